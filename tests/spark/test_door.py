"""The door inside an engine: the same account, rejected lines and clean purchases, and the same refusals, as here."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from holdfast.churn.definition import days_to_second_purchase, define_churn
from holdfast.data import (
    Cancellation,
    ColumnRule,
    Columns,
    Exclusion,
    IdMap,
    PurchaseLog,
    Rules,
    Source,
    read_purchases,
)
from holdfast.errors import ConfigError, DataError
from holdfast.features import Cutoff, build_histories, population
from holdfast.spark.purchases import read_purchases_there
from holdfast.spark.session import connect_spark
from tests.sail import free_port, sail_or_skip

COLUMNS = Columns("who", "day", "total", "pieces", None, "order", "sku", "currency")


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with sail_or_skip(tmp_path_factory.mktemp("sail")) as address:
        yield address


def _rows(seed: int, lines: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(lines):
        day = f"2023-{random.integers(1, 13):02d}-{random.integers(1, 29):02d}"
        amount = f"{random.normal(30, 25):.2f}"
        who = str(random.choice(["", "guest", "é1", "007", "7.0", "ann@x.example", "bob", "cy", "old"]))
        order = f"{'C' if random.random() < 0.1 else ''}{random.integers(0, 400)}"
        rows.append((who, day, amount, str(random.integers(1, 5)), order, f"p{random.integers(0, 9)}", "EUR", "paid"))
    table = pd.DataFrame(rows, columns=["who", "day", "total", "pieces", "order", "sku", "currency", "status"])
    table.loc[::97, "day"] = "yesterday"
    table.loc[5::83, "total"] = "many"
    table.loc[7::101, "total"] = "123456789012345"
    table.loc[3::71, "status"] = "refused"
    table.loc[2::61, "sku"] = "POST"
    return pd.concat([table, table.iloc[::13]], ignore_index=True)


def _torture(folder: Path) -> Path:
    """Several files: text with blank and broken lines and breaks inside quotes, a packed one, and Parquet."""
    folder.mkdir()
    _rows(1, 900).to_csv(folder / "a.csv", index=False)
    text = (folder / "a.csv").read_text().splitlines(keepends=True)
    text[40:40] = ["\n", "one,two\n"]
    text[90] = text[90].replace("\n", "").rsplit(",", 1)[0] + ',"pa\nid"\n'
    (folder / "a.csv").write_text("".join(text))
    _rows(2, 500).to_csv(folder / "b.csv.gz", index=False)
    typed = _rows(3, 400)
    typed.loc[typed["total"] == "many", "total"] = ""
    typed.to_parquet(folder / "c.parquet")
    return folder


RULES = Rules(
    missing_customer="drop", duplicates="drop", cancellations=Cancellation(prefix="C"),
    exclude=Exclusion("product_id", ["POST"]), last_date="2023-12-20",
    drop=[ColumnRule("status", ["refused", "never seen"])], returns=[ColumnRule("sku", ["p8"])],
)  # fmt: skip


def _same(ours: PurchaseLog, theirs: PurchaseLog) -> None:
    assert theirs.report == ours.report
    by = ["file", "line", "column", "reason"]
    rejects = [log.rejects.fillna("").sort_values(by, ignore_index=True) for log in (theirs, ours)]
    pd.testing.assert_frame_equal(*rejects, check_dtype=False)
    pd.testing.assert_frame_equal(theirs.frame(), ours.frame())
    refunds = "SELECT * FROM refunds ORDER BY ALL"
    expected = ours.connection.execute(refunds).df()
    pd.testing.assert_frame_equal(theirs.connection.execute(refunds).df(), expected)
    there = theirs.everyone.execute("SELECT * FROM refunds ORDER BY customer_id, day, known_day, amount").df()
    pd.testing.assert_frame_equal(there, expected)


def test_a_torture_log_has_the_same_account(remote, tmp_path):
    merged = IdMap({"old": "bob"})
    source = Source(str(_torture(tmp_path / "log")), COLUMNS, rules=RULES, max_reject_share=0.5, id_map=merged)
    ours, theirs = read_purchases(source), read_purchases_there(source, remote, folder=tmp_path)
    assert {"duplicates", "exclude", "dates", "missing_customer", "drop status"} <= set(ours.report.dropped)
    assert {"line has 2 cells where 8 columns are expected", "amount is too large"} <= set(
        ours.report.rejected
    ) or ours.rejects.size
    assert ours.report.returns.later_lines > 10
    assert ours.report.placeholders["guest"] > 10
    _same(ours, theirs)
    cutoff = Cutoff("2023-09-01", 60)
    pd.testing.assert_frame_equal(
        build_histories(theirs.everyone, cutoff), build_histories(ours.connection, cutoff), check_exact=True
    )
    # What `check` and `score` ask of everyone.
    for asked in (population, days_to_second_purchase, lambda reads, at: define_churn(reads, at, 240).as_dict()):
        assert asked(theirs.everyone, cutoff) == asked(ours.everyone, cutoff)


def test_amounts_of_whole_orders_have_the_same_account(remote, tmp_path):
    rows = _rows(4, 800)
    rows["order"] = rows.index // 3
    for column in ("who", "day"):
        rows[column] = rows.groupby("order")[column].transform("first").where(rows.index % 3 == 0, "")
    rows["total"] = rows.groupby("order")["total"].transform("first")
    rows.loc[11::50, "total"] = "1.00"
    rows["discount"] = np.where(rows.index % 3 == 0, "1.5", "")
    rows.to_csv(tmp_path / "orders.csv", index=False)
    columns = Columns("who", "day", "total", None, None, "order", "sku", discount="discount")
    source = Source(
        str(tmp_path / "orders.csv"), columns, amount_of="order", max_reject_share=1, rules=RULES, money_in="cents"
    )
    ours = read_purchases(source)
    assert any("another total" in reason for reason in ours.report.rejected)
    assert ours.report.stated["discount"].lines > 50
    _same(ours, read_purchases_there(source, remote, folder=tmp_path))


def test_refunds_of_one_file_are_of_the_customer_of_an_order_in_another(remote, tmp_path):
    (tmp_path / "log").mkdir()
    sold = _rows(5, 300).assign(order=lambda t: "o" + t.index.astype(str), of="")
    back = _rows(6, 60).assign(order=lambda t: "r" + t.index.astype(str), who="", of=lambda t: "o" + t.order.str[1:])
    back.loc[::9, "of"] = "o9999"
    again = back.head(10).assign(order=lambda t: "s" + t.order.str[1:], of=lambda t: "r" + t.order.str[1:])
    sold.to_csv(tmp_path / "log" / "b.csv", index=False)
    pd.concat([back, again]).to_parquet(tmp_path / "log" / "a.parquet")
    columns = Columns("who", "day", "total", None, None, "order", refers_to="of")
    source = Source(str(tmp_path / "log"), columns, rules=Rules(missing_customer="drop"), max_reject_share=0.5)
    ours, theirs = read_purchases(source), read_purchases_there(source, remote, folder=tmp_path)
    assert ours.report.referred.lines > 30
    assert ours.report.referred.lost_lines > 7
    _same(ours, theirs)


def test_a_table_of_the_engine_is_read(remote, tmp_path):
    rows = _rows(5, 300)
    rows["day"] = pd.to_datetime(rows["day"].replace("yesterday", "2023-01-01"))
    rows.to_parquet(tmp_path / "rows.parquet")
    table = f"parquet.`{tmp_path / 'rows.parquet'}`"  # what a session's own catalogue has ends with it
    options: dict[str, Any] = {"rules": RULES, "max_reject_share": 0.5}
    ours = read_purchases(Source(str(tmp_path / "rows.parquet"), COLUMNS, **options))
    theirs = read_purchases_there(
        Source((), COLUMNS, query=f"SELECT * FROM {table}", **options), remote, folder=tmp_path
    )
    assert theirs.report == ours.report
    pd.testing.assert_frame_equal(theirs.frame(), ours.frame())
    asked = Source((), COLUMNS, query=f"SELECT * FROM {table} WHERE who = 'bob'", **options)
    assert read_purchases_there(asked, remote, folder=tmp_path).report.customers == 1
    with pytest.raises(ConfigError, match=r"purchases\.table: the engine has no table nowhere"):
        read_purchases_there(Source((), COLUMNS, table="nowhere", **options), remote, folder=tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.drop(columns="total"),
        lambda rows: rows.assign(total="9.999"),
        lambda rows: rows.assign(total=["€ 10"] + ["$ 10"] * (len(rows) - 1)),
        lambda rows: rows.assign(day="31/12/2023"),
        lambda rows: rows.assign(total="-5"),
        lambda rows: rows.iloc[:0],
    ],
)
def test_what_is_refused_here_is_refused_there_in_the_same_words(remote, tmp_path, change):
    rows = _rows(6, 60).replace({"total": {"many": "1"}, "day": {"yesterday": "2023-01-01"}})
    change(rows.assign(who="ann")).to_csv(tmp_path / "log.csv", index=False)
    source = Source(str(tmp_path / "log.csv"), COLUMNS)
    with pytest.raises((DataError, ConfigError)) as here:
        read_purchases(source)
    with pytest.raises(type(here.value)) as there:
        read_purchases_there(source, remote, folder=tmp_path)
    assert str(there.value) == str(here.value)


def test_what_is_kept_there_is_taken_away(remote, tmp_path):
    _rows(7, 100).to_csv(tmp_path / "log.csv", index=False)
    log = read_purchases_there(
        Source(str(tmp_path / "log.csv"), COLUMNS, max_reject_share=0.5), remote, folder=tmp_path / "kept"
    )
    assert list((tmp_path / "kept").iterdir())
    log.connection.close()
    del log
    import gc

    gc.collect()
    assert not list((tmp_path / "kept").iterdir())


def test_nobody_answers():
    with pytest.raises(ConfigError, match=r"engine\.remote: nobody answers at sc://127\.0\.0\.1"):
        connect_spark(f"sc://127.0.0.1:{free_port()}")
