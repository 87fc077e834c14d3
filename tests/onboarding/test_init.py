"""`holdfast init`: other tables, contracts, several files, proofs by line, what is refused, and what is never shown."""

import csv
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml

from holdfast.churn import Definition, define_churn
from holdfast.config import load_config
from holdfast.data import read_purchases, simulate_contracts
from holdfast.errors import ConfigError
from holdfast.features import Cutoff
from holdfast.onboarding import Look, demo_purchases, name_of
from tests.conftest import SHARED
from tests.fuzz.configurations import command
from tests.onboarding.exports import GERMAN, POINT, Export, amount, day, net, order, plain, sales
from tests.onboarding.plain import PLAIN, answer, read


def told(*names: str) -> list[str]:
    return Look([Path(n) for n in names]).findings({}).told


def settings(path: str = "x.yaml") -> dict:
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%m/%d/%Y"])
def test_the_line_that_decides_about_dates_is_named(form):
    Export(PLAIN | {"ordered_at": day(form)}).write(Path("x.csv"))
    line = 2 + next(i for i, s in enumerate(sales()) if s.at.day > 12)
    either = sum(s.at.day <= 12 and s.at.day != s.at.month for s in sales()) / len(sales())
    order = "day first" if form.startswith("%d") else "month first"
    expected = (
        f'dates: "ordered_at", "{form}", {order}: {either:.0%} of them could be either way; line {line:,} decides'
    )
    assert expected in told("x.csv")


def test_the_line_that_decides_about_marks_is_named():
    Export(PLAIN | {"amount": lambda s: "1.234" if s.order != 200 else "0.5"}).write(Path("x.csv"))
    line = 2 + [s.order for s in sales()].index(200)
    assert f"numbers: decimal point: line {line} cannot be read with decimal comma, thousands point" in told("x.csv")


def test_files_of_one_export_are_taken_together_in_any_order_of_columns():
    half = len(sales()) // 2
    Export(PLAIN, sales=sales()[:half]).write(Path("a.csv"))
    Export({k: PLAIN[k] for k in reversed(PLAIN)}, sales=sales()[half:]).write(Path("b.csv"))
    assert command("init", "a.csv", "b.csv", "--yes", "--out", "x.yaml")[0] == 0
    written, customers, revenue, _ = read(Path("x.yaml"))
    assert written["path"] == ["a.csv", "b.csv"]
    assert (customers, round(revenue, 2)) == (60, round(net(), 2))


def test_files_written_in_different_ways_are_refused():
    Export(PLAIN).write(Path("a.csv"))
    Export(PLAIN, ";").write(Path("b.csv"))
    code, said = command("init", "a.csv", "b.csv")
    assert code == 3
    assert "a.csv: UTF-8, delimiter comma; b.csv: UTF-8, delimiter semicolon" in said


def customers(path: str) -> None:
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["customer_id", "consent"], *([f"c{i}", "yes"] for i in range(60))])


def test_a_table_of_customers_is_named_as_one_beside_purchases_and_alone():
    Export(PLAIN).write(Path("a.csv"))
    customers("people.csv")
    assert command("init", "people.csv", "a.csv", "--yes", "--out", "x.yaml")[0] == 0
    assert settings()["purchases"]["path"] == "a.csv"
    assert settings()["tables"]["customers"]["path"] == "people.csv"
    code, said = command("init", "people.csv")
    assert code == 3
    assert "people.csv: this looks like a table of customers; name it under tables.customers" in said


def exported(**columns: list[str]) -> None:
    """A table of forty contracts as a billing system exports it."""
    begun = [f"2023-{i % 12 + 1:02d}-05" for i in range(40)]
    ended = ["" if i % 3 else "2024-01-20" for i in range(40)]
    table = {"account": [f"a{i}" for i in range(40)], "activated_at": begun, "expires_at": ended, **columns}
    pd.DataFrame(table).to_csv("subs.csv", index=False)


def test_two_columns_that_may_say_when_a_contract_ended_are_asked_about(monkeypatch):
    # Some gave notice and no end is known yet, others ended without notice: neither column is the other's.
    exported(
        canceled_at=["2023-12-30" if i % 3 == 1 else "" for i in range(40)], current_period_ends_at=["2024-02-01"] * 40
    )
    code, said = command("init", "subs.csv", "--yes")
    assert code == 2
    assert 'which column says when the contract ended, empty while it runs: "expires_at" or "canceled_at"?' in said
    assert "which column names the customer" not in said
    assert "current_period" not in said
    answer(monkeypatch, ["1", "2024-02-01"])
    command("init", "subs.csv", "--force")
    columns = settings("subs.yaml")["subscriptions"]["columns"]
    assert columns == {"customer_id": "account", "started_at": "activated_at", "ended_at": "expires_at"}


def test_a_contract_that_is_a_number_of_its_own_is_no_plan():
    exported(contract=[f"K{i}" for i in range(40)])
    assert command("init", "subs.csv", "--yes")[0] == 2
    assert "plan:" not in Path("subs.yaml").read_text(encoding="utf-8")


def test_reviews_with_stars_and_texts_are_surveys_beside_purchases():
    Export(PLAIN).write(Path("a.csv"))
    rows = [(f"c{i}", f"2024-01-{i % 28 + 1:02d}", i % 5 + 1, "arrived late, again") for i in range(60)]
    pd.DataFrame(rows, columns=["customer_id", "Review date", "Stars", "Review text"]).to_csv("said.csv", index=False)
    assert command("init", "a.csv", "said.csv", "--yes", "--out", "x.yaml")[0] == 0
    surveys = settings()["tables"]["surveys"]
    assert surveys["path"] == "said.csv"
    assert surveys["columns"] == {
        "customer_id": "customer_id",
        "asked_at": "Review date",
        "score": "Stars",
        "comment": "Review text",
    }


def test_spells_get_the_contractual_setting_once_the_day_of_the_export_is_said(monkeypatch):
    simulate_contracts(400, seed=3).spells.to_csv("spells.csv", index=False)
    code, said = command("init", "spells.csv", "--yes")
    assert code == 2
    assert "as_of: which is the first day that the table does not know" in said
    assert command("check", "-c", "spells.yaml")[0] == 2
    answer(monkeypatch, ["2023-11-01"])
    code, said = command("init", "spells.csv", "--force")
    assert code == 0, said
    written = settings("spells.yaml")
    columns = ("customer_id", "started_at", "ended_at", "end_reason", "plan", "price")
    assert written["subscriptions"]["columns"] == {name: name for name in columns}
    assert (written["setting"], str(written["as_of"]), written["churn"]["horizon_days"]) == (
        "contractual",
        "2023-11-01",
        30,
    )


def labelled(path: str, words: tuple[str, str]) -> None:
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        rows = [[f"M{i}", str(i % 30 + 1), f"{10 + i % 7}.50", words[i % 3 == 0]] for i in range(300)]
        csv.writer(file).writerows([["Kundenr", "tenure", "Monatsbeitrag", "Gekündigt"], *rows])


def test_a_label_makes_a_snapshot_and_unknown_words_are_asked(monkeypatch):
    labelled("x.csv", ("nein", "ja"))
    found = Look([Path("x.csv")]).findings({})
    assert (found.section, found.questions) == ("subscriptions", [])
    assert found.settings == {
        "columns.customer_id": "Kundenr",
        "columns.price": "Monatsbeitrag",
        "columns.label": "Gekündigt",
        "columns.tenure": "tenure",
        "tenure_unit": "month",
        "churned_values": ["ja"],
        "stayed_values": ["nein"],
    }
    labelled("y.csv", ("aktiv", "weg"))
    assert [q.key for q in Look([Path("y.csv")]).findings({}).questions] == ["churned_values"]
    answer(monkeypatch, ["1"])
    command("init", "y.csv")
    assert (
        settings("y.yaml")["subscriptions"]["churned_values"],
        settings("y.yaml")["subscriptions"]["stayed_values"],
    ) == (
        ["weg"],
        ["aktiv"],
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("17,2024-01-02,9.50\n18,2024-01-03,8.50\n", "No column can name customers"),
        ("Report of spring\nA table of nothing\n", "splits its lines into the same number of columns"),
        ("", "x.csv is empty"),
        ("id,day,amount\n", "no line stands below"),
        ("id,amt\n" + "1,2.5\n" * 20, "No column holds dates"),
        ("id,day\n" + "".join(f"{i},2024-01-02\n" for i in range(20)), "No column can name customers"),
    ],
)
def test_what_is_no_list_of_purchases_is_refused_with_the_reason(content, said):
    Path("x.csv").write_text(content, encoding="utf-8")
    code, answered = command("init", "x.csv", "--yes")
    assert (code, said in answered) == (3, True), answered
    assert not Path("x.yaml").exists()


def test_nothing_is_overwritten_without_force():
    Export(PLAIN).write(Path("x.csv"))
    Path("x.yaml").write_text("mine", encoding="utf-8")
    code, said = command("init", "x.csv", "--yes")
    assert (code, Path("x.yaml").read_text()) == (2, "mine")
    assert "--force overwrites it" in said
    assert command("init", "x.csv", "--yes", "--out", "no/x.yaml")[0] == 2
    assert command("init", "absent.csv")[0] == 2
    assert command("init")[0] == 2
    assert command("init", "x.csv", "--demo", "--force")[0] == 2
    Path("demo.csv").write_text("mine", encoding="utf-8")
    assert command("init", "--demo")[0] == 2
    assert Path("demo.csv").read_text() == "mine"


def test_cells_are_never_shown(capsys):
    """Whatever is found, asked or refused: no id, amount or date of the file."""
    marked = {
        "Kunde": lambda s: f"Hemmelig{s.customer}",
        "Käufer": lambda s: f"Geheim{s.customer // 2}",
        "Datum": day("%d/%m/%Y"),
        "Betrag": lambda s: f"{GERMAN(s.cents)} Taler",
    }
    Export(marked, ";").write(Path("x.csv"))
    found = Look([Path("x.csv")]).findings({})
    code, said = command("init", "x.csv", "--yes")
    assert code == 2
    shown = said + "\n".join(found.told) + Path("x.yaml").read_text(encoding="utf-8")
    assert not any(word in shown for word in ("Hemmelig", "Geheim", "Taler", sales()[0].at.strftime("%d/%m/%Y")))


def test_the_demo_is_a_shop_that_the_command_reads_by_itself():
    assert command("init", "--demo")[0] == 0
    log = read_purchases(load_config("demo.yaml").source(Path()))
    assert log.report.kept == len(demo_purchases())
    total = log.connection.execute("SELECT SUM(amount) FROM purchases").fetchall()[0][0]
    assert round(float(total), 2) == round(demo_purchases()["amount"].sum(), 2)
    written = settings("demo.yaml")
    assert written["churn"]["horizon_days"] == 120
    # Another horizon has other active customers: nothing of the first one stays behind.
    assert [load_config("demo.yaml", [f"churn.horizon_days={days}"]).active_days for days in (120, 14)] == [240, 28]


@pytest.mark.parametrize("slower", [1, 2])
def test_the_horizon_is_the_one_that_check_recommends(slower):
    """The same purchases at half the pace: a silence of 90 days is unusual in the first, one of 180 in the second."""
    first = sales()[0].at
    paced = tuple(replace(s, at=first + slower * (s.at - first)) for s in sales())
    Export(PLAIN | {"order": order()}, sales=paced).write(Path("x.csv"))
    command("init", "x.csv", "--yes")
    churn = settings()["churn"]
    assert churn["horizon_days"] == 90 * slower
    found = define_churn_of(Path("x.yaml"))
    assert found.recommended_days == churn["horizon_days"]
    text = " ".join(Path("x.yaml").read_text(encoding="utf-8").replace("#", "").split())
    assert f"Churned = no purchase in this many days; `holdfast check`: {found.why}" in text


def define_churn_of(path: Path) -> Definition:
    log = read_purchases(load_config(path).source())
    as_of = log.last_day + timedelta(days=1)
    return define_churn(log.connection, Cutoff(as_of, 90, 0), (as_of - log.first_day).days)


def test_set_answers_a_question_on_the_command_line():
    Export(PLAIN | {"ordered_at": day("%Y-%m-%d %H:%M:%S +0100")}).write(Path("x.csv"))
    assert command("init", "x.csv", "--yes")[0] == 2
    with pytest.raises(ConfigError, match=r"x\.yaml, line \d+: purchases\.time_zone waits for your answer"):
        load_config("x.yaml")
    assert load_config("x.yaml", ["purchases.time_zone=Europe/Oslo"]).purchases.time_zone == "Europe/Oslo"


def test_quantity_times_price_and_an_order_total_are_a_question(monkeypatch):
    wide = PLAIN | {"qty": lambda s: "2", "price": amount(POINT)}
    Export(wide).write(Path("x.csv"))
    answer(monkeypatch, ["2"])
    assert command("init", "x.csv")[0] == 0
    written, _, revenue, _ = read(Path("x.yaml"))
    assert written["columns"] == {
        "customer_id": "customer_id",
        "ordered_at": "ordered_at",
        "quantity": "qty",
        "unit_price": "price",
    }
    assert round(revenue, 2) == round(2 * net(), 2)


def test_names_of_scenarios_are_words():
    assert [name_of(Path(p)) for p in ("Órdenes 2024.csv", "a-b.parquet", "合计.csv")] == ["rdenes_2024", "a_b", "shop"]


def test_ids_that_tell_the_same_customers_apart_are_no_question():
    Export({"Client": plain("a"), "Buyer": plain("b"), "Date": day("%Y-%m-%d"), "Sum": amount(POINT)}).write(
        Path("x.csv")
    )
    found = Look([Path("x.csv")]).findings({})
    assert (found.questions, found.settings["columns.customer_id"]) == ([], "Client")


REAL = {
    "online_retail.parquet": (
        {"customer_id": "CustomerID", "ordered_at": "InvoiceDate", "quantity": "Quantity", "unit_price": "UnitPrice"},
        ("InvoiceNo", "StockCode"),
        4372,
        8300065.81,
    ),
    "apparel_transactions.csv": (
        {"customer_id": "Id", "ordered_at": "Date", "amount": "Price"},
        (None, None),
        600,
        None,
    ),
}


@pytest.mark.parametrize("name", list(REAL))
def test_real_exports_are_understood(name):
    if not (SHARED / name).is_file():
        pytest.skip(f"{name} is not beside the project")
    columns, (order_id, product_id), who, revenue = REAL[name]
    found = Look([SHARED / name]).findings({})
    assert found.questions == []
    expected = columns | {k: v for k, v in (("order_id", order_id), ("product_id", product_id)) if v}
    if name.startswith("online"):
        expected |= {"region": "Country"}
    assert {k.removeprefix("columns."): v for k, v in found.settings.items() if k.startswith("columns.")} == expected
    if name.startswith("online"):
        assert found.settings["rules.cancellations.prefix"] == "C"
    assert command("init", str(SHARED / name), "--yes", "--out", "x.yaml")[0] == 0
    _, customers, worth, rejected = read(Path("x.yaml"))
    assert (customers, rejected) == (who, 0)
    if revenue is not None:
        assert round(worth, 2) == revenue


def test_a_real_table_without_purchases_is_refused():
    if not (SHARED / "donations.csv").is_file():
        pytest.skip("donations.csv is not beside the project")
    code, said = command("init", str(SHARED / "donations.csv"))
    assert (code, "No column holds dates" in said) == (3, True)


def in_database(kind: str, *tables: str) -> str:
    """Write the sales as a table of a database, and beside it tables of something else."""
    Export(PLAIN).write(Path("x.csv"))
    orders, others = pd.read_csv("x.csv", dtype="str"), pd.DataFrame({"code": ["a", "b"], "rate": [1, 2]})
    path = f"shop.{kind}"
    with closing(duckdb.connect(path) if kind == "duckdb" else sqlite3.connect(path)) as database:
        for name in ("orders", *tables):
            given = orders if name == "orders" else others
            if kind == "duckdb":
                database.execute(f'CREATE TABLE "{name}" AS SELECT * FROM given')
            else:
                given.to_sql(name, database, index=False)
        if kind != "duckdb":
            database.commit()
    return path


@pytest.mark.parametrize("kind", ["duckdb", "db"])
def test_the_only_table_of_a_database_is_read_as_the_file_would_be(kind):
    path = in_database(kind)
    assert command("init", path, "--yes", "--out", "x.yaml")[0] == 0
    written, customers, revenue, rejected = read(Path("x.yaml"))
    assert (written["path"], written["table"]) == (path, "orders")
    assert (customers, rejected) == (len({s.customer for s in sales()}), 0)
    assert revenue == pytest.approx(net())


@pytest.mark.parametrize("kind", ["duckdb", "db"])
def test_of_several_tables_of_a_database_one_is_asked_for(kind, monkeypatch):
    path = in_database(kind, "rates")
    code, said = command("init", path, "--yes", "--out", "x.yaml")
    assert (code, "the database has 2 tables: which one is meant?" in said) == (2, True)
    assert f"holdfast init {path} --table orders --out x.yaml" in said
    assert not Path("x.yaml").exists(), "without columns it could not be read"
    assert command("init", path, "--table", "orders", "--out", "x.yaml")[0] == 0
    assert settings()["purchases"]["table"] == "orders"
    code, said = command("init", path, "--table", "order", "--out", "z.yaml")
    assert (code, 'there is no "order"' in said) == (2, True)
    answer(monkeypatch, ["1"])
    assert command("init", path, "--out", "y.yaml")[0] == 0
    assert settings("y.yaml")["purchases"]["table"] == "orders"
    assert read(Path("y.yaml"))[2] == pytest.approx(net())
