"""Accounts that were merged are one customer in every table: chains are followed, circles and forks refused."""

import json

import pandas as pd
import pytest

from holdfast.config import make_config
from holdfast.data import (
    Columns,
    Exclusion,
    IdMap,
    Rules,
    Source,
    TableSource,
    read_id_map,
    read_purchases,
    read_tables,
    simulate_contracts,
)
from holdfast.data.cells import read_cells
from holdfast.data.source import Written
from holdfast.errors import ConfigError, DataError
from holdfast.pipeline import prepare
from tests.conftest import settings

AMOUNT = Columns(customer_id="who", ordered_at="day", amount="paid", order_id="order")
BOUGHT = pd.DataFrame(
    {
        "who": ["anna1", "anna2", "anna3", "ben", "cleo", "anna1"],
        "day": ["2024-01-01", "2024-01-02", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"],
        "paid": ["10.10", "20.25", "0.33", "4.00", "5.00", "-10.10"],
        "order": ["1", "2", "3", "4", "5", "1"],
    }
)
CHAIN = IdMap({"anna1": "anna3", "anna2": "anna3", "zoe": "yan"})


def merges(folder, text: str, **options) -> TableSource:
    path = folder / "merged.csv"
    path.write_text(text, encoding="utf-8")
    return TableSource(path, **options)


def beside(name: str, frame: pd.DataFrame, id_map: IdMap = CHAIN):
    connection = read_purchases(Source(BOUGHT, AMOUNT)).connection
    columns = {c: c for c in frame.columns}
    account = read_tables(connection, {name: TableSource(frame, columns)}, id_map=id_map).accounts[0]
    return connection.execute(f"SELECT * FROM {name} ORDER BY ALL").df(), account


def test_chains_are_followed_in_any_order_of_lines(tmp_path):
    found = read_id_map(merges(tmp_path, "old_id,new_id\nb,c\na,b\nc,d\nx,y\na,b\nself,self\n"))
    assert dict(found.map.remains) == {"b": "d", "a": "d", "c": "d", "x": "y"}
    assert found.sentence() == "id_map: 6 lines in, 6 kept. 4 ids become 2."


def test_ids_of_the_map_are_read_like_those_of_every_table(tmp_path):
    text = "OLD;NEW\n 10001.0 ;Anna@X.example\nB@x.example;anna@x.EXAMPLE\n"
    columns = {"old_id": "OLD", "new_id": "NEW"}
    found = read_id_map(merges(tmp_path, text, columns=columns, delimiter=";", id_case="fold"))
    assert dict(found.map.remains) == {"10001": "anna@x.example", "b@x.example": "anna@x.example"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "a,b\nb,c\nc,a\n",
            r"merged\.csv line 2: following the merges from here leads back here \(3 ids in a circle\)",
        ),
        ("x,a\na,b\nb,a\n", r"merged\.csv line 3: .*\(2 ids in a circle\)"),
        ("a,b\nx,y\na,c\n", r"merged\.csv line 2 and merged\.csv line 4 merge one id into two different ones \(1 such"),
        ("a,b\nx,\n", r"new_id is missing: merged\.csv line 3\. Fill tables\.id_map\.columns\.new_id"),
        ("guest,b\n", r"old_id is missing: merged\.csv line 2"),
    ],
)
def test_circles_forks_and_gaps_are_refused_with_their_line(tmp_path, text, said):
    with pytest.raises(DataError, match=said):
        read_id_map(merges(tmp_path, f"old_id,new_id\n{text}"))


def test_a_missing_column_names_its_key(tmp_path):
    with pytest.raises(DataError, match=r'no column "new_id" \(tables\.id_map\.columns\.new_id\)'):
        read_id_map(merges(tmp_path, "old_id,into\na,b\n"))


def test_purchases_of_merged_accounts_are_one_customer_s_to_the_cent():
    log = read_purchases(Source(BOUGHT, AMOUNT, id_map=CHAIN))
    spent = log.frame().groupby("customer_id")["amount"].sum().astype(float).round(2).to_dict()
    assert spent == {"anna3": 20.58, "ben": 4.0, "cleo": 5.0}
    assert log.report.customers == 3
    # The two accounts bought on one day: one purchase day.
    assert log.report.purchase_days == 4
    said = "purchases: 3 lines of 2 merged accounts (tables.id_map names 3) under the id that remains."
    assert said in log.report.notes
    assert read_purchases(Source(BOUGHT, AMOUNT)).report.customers == 5


@pytest.mark.parametrize("excluded", ["anna1", " ANNA2 ", "anna3"])
def test_whoever_is_excluded_under_one_id_is_excluded_under_all(excluded):
    rules = Rules(exclude=Exclusion("customer_id", [excluded]))
    report = read_purchases(Source(BOUGHT, AMOUNT, rules=rules, id_map=CHAIN)).report
    assert report.dropped == {"exclude": 4}
    assert report.lost.amounts == {"exclude": 20.58}


@pytest.mark.parametrize("name", ["visits", "tickets", "contacts", "surveys"])
def test_tables_beside_follow(name):
    when = {"visits": "visited_at", "tickets": "opened_at", "contacts": "sent_at", "surveys": "asked_at"}[name]
    frame = pd.DataFrame({"customer_id": ["anna1", "anna3", "ben"], when: "2024-01-01"})
    found, account = beside(name, frame)
    assert found["customer_id"].tolist() == ["anna3", "anna3", "ben"]
    assert account.sentence().endswith("1 line of 1 merged account (tables.id_map names 3) under the id that remains.")


def on_file(*lines: tuple) -> pd.DataFrame:
    names = ["customer_id", "known_at", "channel", "consent", "objection", "acquisition_cost"]
    return pd.DataFrame(lines, columns=names, dtype="str")


def rows(found: pd.DataFrame) -> list[tuple]:
    cells = found[["customer_id", "channel", "consent", "objection", "acquisition_cost"]].astype(object)
    return [tuple(None if pd.isna(v) else v for v in row) for row in cells.itertuples(index=False, name=None)]


def test_an_objection_of_one_account_holds_for_all_and_the_line_of_the_one_that_remains_counts():
    found, account = beside(
        "customers",
        on_file(
            ("anna1", "2024-01-01", "web", "1", "1", "2.50"),
            ("anna3", "2024-01-01", "shop", "1", "0", "4.75"),
            ("ben", "2024-01-01", "web", "1", "0", "1.00"),
        ),
    )
    assert rows(found) == [("anna3", "shop", 1, 1, 4.75), ("ben", "web", 1, 0, 1.0)]
    assert (account.kept, account.dropped) == (2, {"id_map": 1})


def test_without_a_line_of_the_one_that_remains_what_the_others_agree_in_is_known():
    found, account = beside(
        "customers",
        on_file(("anna1", "", "web", "1", "", "2.50"), ("anna2", "", "web", "", "", "3.50")).drop(columns="known_at"),
    )
    assert rows(found) == [("anna3", "web", 0, None, None)]
    assert account.dropped == {"id_map": 1}


def test_what_a_later_line_of_another_account_does_not_say_still_stands():
    found, _ = beside(
        "customers",
        on_file(
            ("anna1", "2023-01-01", "web", "1", "1", ""),
            ("anna3", "2023-06-01", "shop", "1", "0", ""),
            ("anna1", "2024-01-01", "web", "1", "0", ""),
        ),
    )
    by_version = found.sort_values("version")
    assert by_version["objection"].tolist() == [1, 1, 0]
    assert by_version["consent"].tolist() == [1, 1, 1]
    assert by_version["version"].tolist() == [1, 2, 3]


def test_two_lines_of_one_account_that_differ_are_at_fault_as_ever():
    lines = on_file(("anna1", "", "web", "1", "", ""), ("anna1", "", "shop", "1", "", "")).drop(columns="known_at")
    with pytest.raises(DataError, match="has lines of the same time that differ"):
        beside("customers", lines)


def test_contracts_follow():
    frame = pd.DataFrame({"who": ["anna1", "ben"], "from": "2024-01-01"})
    cells = read_cells(frame, Written(section="subscriptions", id_map=CHAIN), customer="who")
    assert cells.frame["who"].tolist() == ["anna3", "ben"]
    assert (cells.merged.ids, cells.merged.lines) == (1, 1)


def scenario(folder, **changes):
    (folder / "merged.csv").write_text("gone,stays\nanna1,anna2\nanna2,anna3\n", encoding="utf-8")
    given = settings(folder, as_of="2024-01-06", **changes)
    given["purchases"]["columns"] = {"customer_id": "who", "ordered_at": "day", "amount": "paid"}
    columns = {"old_id": "gone", "new_id": "stays"}
    given["tables"] = {"id_map": {"path": str(folder / "merged.csv"), "columns": columns}}
    return make_config(given)


def test_a_configuration_names_the_map_and_the_account_says_what_it_did(tmp_path):
    prepared = prepare(scenario(tmp_path), purchases=BOUGHT)
    ids = prepared.connection.execute("SELECT DISTINCT customer_id FROM purchases ORDER BY 1").fetchall()
    assert ids == [("anna3",), ("ben",), ("cleo",)]
    said = prepared.said()
    assert "id_map: 2 lines in, 2 kept. 2 ids become 1." in said
    assert "purchases: 3 lines of 2 merged accounts (tables.id_map names 2) under the id that remains." in said
    json.dumps(prepared.account)


def test_a_map_may_be_a_frame_and_needs_a_path_or_one(tmp_path):
    config = make_config(settings(tmp_path, as_of="2024-01-06"))
    bought = BOUGHT.rename(columns={"who": "customer_id", "day": "ordered_at", "paid": "amount", "order": "order_id"})
    frame = pd.DataFrame({"old_id": ["cleo"], "new_id": ["ben"]})
    prepared = prepare(config, purchases=bought, tables={"id_map": frame})
    assert prepared.log.report.customers == 4
    bare = make_config({**settings(tmp_path, as_of="2024-01-06"), "tables": {"id_map": {}}})
    with pytest.raises(ConfigError, match=r"tables\.id_map\.path is missing"):
        prepare(bare, purchases=bought)


def test_contracts_of_merged_accounts_are_one_customer_s(tmp_path):
    spells = simulate_contracts(40, seed=3).spells[["customer_id", "started_at", "ended_at"]]
    ids = spells["customer_id"].unique().tolist()
    given = settings(tmp_path, setting="contractual", as_of="2023-11-01")
    del given["purchases"]
    columns = {name: name for name in ("customer_id", "started_at", "ended_at")}
    config = make_config({**given, "subscriptions": {"columns": columns}})
    merged = pd.DataFrame({"old_id": ids[:2], "new_id": [ids[1], ids[2]]})
    contacts = pd.DataFrame({"customer_id": ids[:1], "sent_at": "2023-10-30"})
    prepared = prepare(config, subscriptions=spells, tables={"id_map": merged, "contacts": contacts})
    assert prepared.contracts.customers.nunique() == len(ids) - 2
    notes = "\n".join(prepared.notes)
    lines = int(spells["customer_id"].isin(ids[:2]).sum())
    assert "id_map: 2 lines in, 2 kept. 2 ids become 1." in notes
    assert f"subscriptions: {lines} lines of 2 merged accounts (tables.id_map names 2)" in notes
    assert prepared.connection.execute("SELECT customer_id FROM contacts").fetchall() == [(ids[2],)]
