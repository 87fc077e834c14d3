"""Exports as they really are: stray cells, ids as decimals, doubled names, words of a status, capitals, tax, prices."""

from pathlib import Path

import pytest

from holdfast.onboarding import Look
from tests.fuzz.configurations import command
from tests.onboarding.exports import POINT, Cell, Export, amount, day, net, order, plain, sales
from tests.onboarding.plain import PLAIN, answer, read

MAPPED = {"customer_id": "customer_id", "ordered_at": "ordered_at", "amount": "amount"}


def init(columns: dict[str, Cell]) -> tuple[dict, int, float]:
    """Return the section of purchases that is written, customers and revenue; no line may be rejected."""
    Export(columns).write(Path("x.csv"))
    code, said = command("init", "x.csv", "--yes", "--force", "--out", "x.yaml")
    assert code == 0, said
    found, customers, revenue, rejected = read(Path("x.yaml"))
    assert rejected == 0
    return found, customers, round(revenue, 2)


def told(columns: dict[str, Cell]) -> str:
    Export(columns).write(Path("x.csv"))
    return "\n".join(Look(["x.csv"]).findings({}).told)


def every_tenth(word: str, other: str) -> Cell:
    return lambda s: word if s.order % 10 == 0 else other


def without_every_tenth() -> float:
    return net([s for s in sales() if s.order % 10])


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_one_text_among_ids_that_are_numbers_leaves_them_ids():
    ids = {**PLAIN, "customer_id": lambda s: "A-17" if s.order == 5 else f"{s.customer + 10_000}"}
    found, customers, revenue = init({"Customer": lambda s: f"Ann {s.customer // 2}", **ids})
    assert (found["columns"], customers, revenue) == (MAPPED, 61, net())


def test_ids_that_are_decimals_are_read_as_whole_numbers():
    decimals = {**PLAIN, "customer_id": lambda s: f"{s.customer + 10_000}{'.0' if s.order % 2 else ''}"}
    found, customers, revenue = init(decimals)
    assert (found["columns"], customers, revenue) == (MAPPED, 60, net())


def test_orders_of_returns_beside_orders_that_are_numbers():
    found, _, _ = init(
        {
            **PLAIN,
            "order no": lambda s: f"{'R-' if s.order % 20 == 9 else ''}{s.order + 1000}",
            "amount": lambda s: f"{'-' if s.order % 20 == 9 else ''}{POINT(s.cents)}",
        }
    )
    assert found["columns"]["order_id"] == "order no"
    assert found["rules"]["cancellations"] == {"column": "order_id", "prefix": "R", "treat_as": "return"}


def doubled(column: str) -> None:
    """Give a further column the name of another."""
    lines = Path("x.csv").read_text(encoding="utf-8").splitlines()
    cells = ["more", *("1" for _ in lines[1:])]
    Path("x.csv").write_text("\n".join(f"{a},{b}" for a, b in zip(lines, cells, strict=True)), encoding="utf-8")
    text = Path("x.csv").read_text(encoding="utf-8").replace(",more", f",{column}", 1)
    Path("x.csv").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("column", list(PLAIN))
def test_a_doubled_name_that_is_needed_is_named(column):
    Export(PLAIN).write(Path("x.csv"))
    doubled(column)
    code, said = command("init", "x.csv", "--yes")
    assert code == 3
    assert f'Two columns are called "{column}"' in said


def test_a_doubled_name_that_is_not_needed_is_left_aside():
    Export({**PLAIN, "Note": lambda s: "a"}).write(Path("x.csv"))
    doubled("Note")
    assert 'two columns are called "Note": left aside' in "\n".join(Look(["x.csv"]).findings({}).told)
    assert command("init", "x.csv", "--yes", "--out", "x.yaml")[0] == 0
    assert round(read(Path("x.yaml"))[2], 2) == net()


@pytest.mark.parametrize(
    ("column", "word", "other"),
    [
        ("Status", "Cancelled by customer", "Completed"),
        ("Order status", "Canceled - Refunded", "Shipped"),
        ("payment_status", "not paid", "paid"),
        ("status", "requires_payment_method", "succeeded"),
        ("Zustand", "Storno", "OK"),
        ("État", "Annulé", "Livré"),
        ("Stato", "Annullato", "Completato"),
        ("Status", "gelöscht", "bezahlt"),
        ("Status", "No show", "Checked out"),
        ("is_cancelled", "1", "0"),
        ("cancelled", "true", "false"),
    ],
)
def test_words_and_flags_of_lines_that_are_no_sales(column, word, other):
    found, _, revenue = init({**PLAIN, column: every_tenth(word, other)})
    assert found["rules"]["drop"] == [{"column": column, "values": [word]}]
    assert revenue == without_every_tenth()


def test_the_day_of_a_cancellation_says_that_there_was_one():
    columns = {**PLAIN, "deleted_at": lambda s: s.at.strftime("%Y-%m-%d") if s.order % 10 == 0 else "NULL"}
    found, _, revenue = init(columns)
    assert found["rules"]["drop"] == [{"column": "deleted_at", "pattern": ".*[1-9].*"}]
    assert revenue == without_every_tenth()


def test_a_flag_of_refunds_is_a_question(monkeypatch):
    Export({**PLAIN, "refunded": every_tenth("yes", "no")}).write(Path("x.csv"))
    answer(monkeypatch, ["1"])
    assert command("init", "x.csv", "--out", "x.yaml")[0] == 0
    assert round(read(Path("x.yaml"))[2], 2) == without_every_tenth()


def test_unknown_words_of_a_status_are_said_and_count_but_nobodys_address():
    lines = sum(s.order % 10 == 0 for s in sales())
    assert f'"Status" says "Blocked" ({lines} lines): not known here' in told(
        {**PLAIN, "Status": every_tenth("Blocked", "Shipped")}
    )
    assert "ann@x.example" not in told({**PLAIN, "Status": every_tenth("ann@x.example", "Shipped")})
    assert "status:" not in told({**PLAIN, "Status": every_tenth("Delivered", "Shipped")})


def test_addresses_that_differ_by_capitals_are_one_customer_and_other_ids_are_not():
    mixed = {**PLAIN, "customer_id": lambda s: f"{'ANN' if s.order % 2 else 'ann'}{s.customer}@x.example"}
    found, customers, _ = init(mixed)
    assert (found["id_case"], customers) == ("fold", 60)
    codes = {**PLAIN, "customer_id": lambda s: f"{'K' if s.order % 2 else 'k'}{s.customer}"}
    found, customers, _ = init(codes)
    assert "id_case" not in found
    assert customers > 60
    assert "# id_case: fold, if ids that differ by capitals only" in Path("x.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["Total (incl. VAT)", "Betrag inkl. MwSt.", "Beløb inkl. moms", "Total incl. tax", "Gesamtpreis"]
)
def test_amounts_that_say_whether_tax_is_in_them(name):
    bare = {column: cell for column, cell in PLAIN.items() if column != "amount"}
    found, _, revenue = init({**bare, name: amount(POINT)})
    assert (found["columns"]["amount"], revenue) == (name, net())


def of_pieces(*, whole_line: bool) -> dict[str, Cell]:
    return {
        "order id": order(),
        "customer": plain("m"),
        "date": day("%Y-%m-%d"),
        "sku": lambda s: f"P{s.order % 7}",
        "quantity": lambda s: str(1 + s.customer % 3),
        "item price": lambda s: POINT((399 + 100 * (s.order % 7)) * (1 + s.customer % 3 if whole_line else 1)),
    }


def test_a_price_that_grows_with_the_quantity_is_of_the_whole_line():
    worth = round(sum((399 + 100 * (s.order % 7)) * (1 + s.customer % 3) for s in sales()) / 100, 2)
    found, _, revenue = init(of_pieces(whole_line=True))
    assert (found["columns"]["amount"], found["columns"]["quantity"], revenue) == ("item price", "quantity", worth)
    found, _, revenue = init(of_pieces(whole_line=False))
    assert (found["columns"]["unit_price"], revenue) == ("item price", worth)
