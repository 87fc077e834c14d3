"""What `holdfast init` asks of the engine stays short: compiling long texts was two thirds of its time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.onboarding import export
from holdfast.onboarding.look import Look

_NAMES = "Customer ID;Order ID;Order date;Amount;Tax;Shipping;Discount;Total;Tip;Fee;Refunded order;Status"


class _Listening:
    """A connection of the engine that keeps the length of what is asked."""

    def __init__(self, connection, lengths: list[int]) -> None:
        self._connection, self._lengths = connection, lengths

    def execute(self, query: str, *given):
        self._lengths.append(len(query))
        return self._connection.execute(query, *given)

    def cursor(self) -> "_Listening":
        return _Listening(self._connection.cursor(), self._lengths)

    def __getattr__(self, name: str):
        return getattr(self._connection, name)


@pytest.fixture
def lengths(monkeypatch) -> Iterator[list[int]]:
    asked: list[int] = []
    connect = export.connect
    monkeypatch.setattr(export, "connect", lambda **given: _Listening(connect(**given), asked))
    return asked


def _file(tmp_path: Path) -> Path:
    """Write orders with tax, three other parts of their total, and refunds that name an order and no customer."""
    rows = [_NAMES]
    for i in range(120):
        day = f"2023-{1 + i // 28 % 12:02}-{1 + i % 28:02}"
        net, tax, freight = 10 + i % 7, 2 + i % 3, 3 + i % 2
        total = net + tax + freight
        back = i % 10 == 9
        who, of = ("", f"A{1000 + i - 5}") if back else (f"c{i % 30}", "")
        sign = "-" if back else ""
        rows.append(
            f"{who};A{1000 + i};{day};{sign}{net}.50;{tax}.10;{freight}.20;0.00;{sign}{total}.80;0.{i % 5};1.{i % 4};"
            f"{of};{'refunded' if back else 'paid'}"
        )
    path = tmp_path / "orders.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_no_question_to_the_engine_is_long(tmp_path, lengths):
    """The longest had 447,000 characters for this file, and all together 1.2 million; now 19,000 and 390,000."""
    Look([str(_file(tmp_path))]).findings({})
    assert len(lengths) > 50
    assert max(lengths) < 25_000
    assert sum(lengths) < 500_000


def test_an_id_and_a_number_name_what_is_long_once():
    """Their patterns are compiled at each mention, in each query of each file."""
    own = parse.own_customer("k0", "VARCHAR", Written())
    assert own.count("anonymi[sz]ed") == 1
    number = parse.number("k0", "VARCHAR", Written()).value
    assert number.count("ZAR|ZMW|R)") == 1
