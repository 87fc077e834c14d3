"""A practice's appointments, a wholesaler's changed numbers and a charity's gifts: what their columns are called."""

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
import yaml

from holdfast.config import load_config
from holdfast.data.day import read_today
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.look import Look
from tests.fuzz.configurations import command


def lines(**more) -> pd.DataFrame:
    days = pd.date_range("2024-01-01", periods=240)
    return pd.DataFrame({"Betrag": [f"{9 + i % 40}.5" for i in range(240)], **{k: v(days) for k, v in more.items()}})


def test_the_day_of_an_appointment_is_the_day_of_purchase():
    columns = {
        "Termin-Nr": lambda days: [f"{4000 + i}" for i in range(len(days))],
        "Termin": lambda days: days.strftime("%d.%m.%Y %H:%M"),
        "Halter-Nr": lambda days: [f"{200 + i % 60}" for i in range(len(days))],
    }
    lines(**columns).to_csv("x.csv", index=False)
    code, said = command("init", "x.csv", "--yes", "--out", "x.yaml")
    assert code == 0, said
    mapped = load_config(Path("x.yaml")).purchases.columns.mapped()
    assert (mapped["ordered_at"], mapped["customer_id"], mapped["order_id"]) == ("Termin", "Halter-Nr", "Termin-Nr")


def test_numbers_that_changed_are_a_table_of_merged_accounts():
    columns = {
        "Datum": lambda days: days.strftime("%Y-%m-%d"),
        "Kundennr": lambda days: [f"{'K' if i < 120 else 'N'}{i % 60}" for i in range(len(days))],
    }
    lines(**columns).to_csv("x.csv", index=False)
    changed = pd.DataFrame({"Kundennr alt": [f"K{i}" for i in range(60)], "Kundennr neu": [f"N{i}" for i in range(60)]})
    changed.to_csv("numbers.csv", sep=";", index=False)
    code, said = command("init", "x.csv", "numbers.csv", "--yes", "--out", "x.yaml")
    assert code == 0, said
    tables = yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))["tables"]
    columns = {"old_id": "Kundennr alt", "new_id": "Kundennr neu"}
    assert tables == {"id_map": {"path": "numbers.csv", "columns": columns, "delimiter": ";"}}
    assert command("check", "-c", "x.yaml")[0] == 0


def workbook(tables: dict[str, pd.DataFrame]) -> list[str]:
    with pd.ExcelWriter("all.xlsx") as file:
        for name, table in tables.items():
            table.to_excel(file, sheet_name=name, index=False)
    return ["all.xlsx", "--sheet", "orders"]


def archive(tables: dict[str, pd.DataFrame]) -> list[str]:
    with zipfile.ZipFile("all.zip", "w") as file:
        for name, table in tables.items():
            file.writestr(f"{name}.csv", table.to_csv(index=False))
    return ["all.zip", "--member", "orders.csv"]


def database(tables: dict[str, pd.DataFrame]) -> list[str]:
    with closing(sqlite3.connect("all.db")) as file:
        for name, table in tables.items():
            table.to_sql(name, file, index=False)
    return ["all.db", "--table", "orders"]


@pytest.mark.parametrize(
    ("written", "part"),
    [(workbook, {"sheet": "merged"}), (archive, {"member": "merged.csv"}), (database, {"table": "merged"})],
)
def test_what_stands_beside_the_purchases_in_the_same_file_is_named_with_its_part(written, part):
    orders = lines(
        Datum=lambda days: days.strftime("%Y-%m-%d"),
        Kundennr=lambda days: [f"{'K' if i < 120 else 'N'}{i % 60}" for i in range(len(days))],
    )
    merged = pd.DataFrame({"Kundennr alt": [f"K{i}" for i in range(60)], "Kundennr neu": [f"N{i}" for i in range(60)]})
    merged = merged.assign(**{"Datum der Zusammenlegung": "2024-04-30"})
    stock = pd.DataFrame({"Artikel": ["A", "B", "B"], "Bestand": [1, 2, 3]})
    named = written({"orders": orders, "merged": merged, "stock": stock})
    code, said = command("init", *named, "--yes", "--out", "x.yaml")
    assert code == 0, said
    tables = yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))["tables"]
    columns = {"old_id": "Kundennr alt", "new_id": "Kundennr neu"}
    assert tables == {"id_map": {"path": named[0], "columns": columns, **part}}
    assert "stock" not in said
    assert command("check", "-c", "x.yaml")[0] == 0


def test_codes_of_states_are_regions_and_not_states_of_an_order():
    columns = {
        "Gift Date": lambda days: days.strftime("%m/%d/%Y"),
        "Donor ID": lambda days: [f"D{i % 60}" for i in range(len(days))],
        "State": lambda days: [("NY", "OK", "CT", "PA")[i % 4] for i in range(len(days))],
    }
    lines(**columns).rename(columns={"Betrag": "Gift Amount"}).to_csv("x.csv", index=False)
    code, said = command("init", "x.csv", "--yes", "--out", "x.yaml")
    assert code == 0, said
    assert not [told for told in Look(["x.csv"]).findings({}).told if told.startswith("status")]
    assert yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))["purchases"]["columns"]["region"] == "State"


@pytest.mark.parametrize(("runs", "section"), [(20, "subscriptions"), (0, "purchases")])
def test_periods_of_which_some_run_are_of_contracts_and_those_of_invoices_all_have_an_end(runs, section):
    columns = {
        "Member ID": lambda days: [f"M{i % 60}" for i in range(len(days))],
        "Plan": lambda days: [("Basic", "Plus")[i % 2] for i in range(len(days))],
        "Period start": lambda days: days.strftime("%Y-%m-%d"),
        "Period end": lambda days: [*(days + pd.Timedelta(days=30)).strftime("%Y-%m-%d")[runs:], *[""] * runs],
    }
    lines(**columns).to_csv("x.csv", index=False)
    assert Look(["x.csv"]).findings({}).section == section


def test_the_word_of_a_line_of_totals_is_no_unknown_status():
    columns = {
        "Datum": lambda days: [*days.strftime("%Y-%m-%d")[:-1], ""],
        "Kundennr": lambda days: [*(f"K{i % 60}" for i in range(len(days) - 1)), ""],
        "Belegart": lambda days: [
            *("Gutschrift" if i % 20 == 0 else "Rechnung" for i in range(len(days) - 1)),
            "Summe",
        ],
    }
    log = lines(**columns)
    log.loc[log["Belegart"] == "Gutschrift", "Betrag"] = "-5.5"
    log.to_csv("x.csv", index=False)
    told = Look(["x.csv"]).findings({}).told
    assert any(said.startswith("1 line (0.4%) without a customer: dropped") for said in told)
    assert not [said for said in told if "not known here" in said]


@pytest.mark.parametrize(("column", "dropped"), [("source", True), ("Produkt", False), ("category", False)])
def test_orders_that_a_column_calls_a_test_do_not_count(column, dropped):
    columns = {
        "created_at": lambda days: days.strftime("%Y-%m-%d"),
        "customer_id": lambda days: [f"C{i % 60}" for i in range(len(days))],
        column: lambda days: ["Test" if i % 40 == 7 else ("web", "app")[i % 2] for i in range(len(days))],
    }
    lines(**columns).to_csv("x.csv", index=False)
    code, said = command("init", "x.csv", "--yes", "--out", "x.yaml")
    assert code == 0, said
    rules = yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))["purchases"].get("rules", {})
    assert rules.get("drop") == ([{"column": "source", "values": ["Test"]}] if dropped else None)


@pytest.mark.parametrize("name", ["N. prenotazione", "Reservation ID", "Zimmerkarte"])
def test_lines_of_one_customer_and_one_day_are_of_one_order_whatever_it_is_called(name):
    columns = {
        "Buchungsdatum": lambda days: [f"{days[i // 2 * 2]:%d.%m.%Y}" for i in range(len(days))],
        "Kundennr": lambda days: [f"K{i // 2 % 50}" for i in range(len(days))],
        name: lambda days: [f"{70000 + i // 2}" for i in range(len(days))],
        "Zimmer": lambda days: [f"{i % 7}" for i in range(len(days))],
    }
    booked = lines(**columns)
    booked["Betrag"] = [f"{90 + i // 2 % 40}.5" for i in range(len(booked))]
    booked.to_csv("x.csv", index=False)
    code, said = command("init", "x.csv", "--yes", "--out", "x.yaml")
    # Which of the two it is, the file cannot say: the total of the booking, or of each room.
    assert code == 2, said
    assert 'amount_of: "Betrag" is the same on all lines of 120 of 120 orders with several lines' in said
    assert yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))["purchases"]["columns"]["order_id"] == name


def test_a_number_with_a_country_code_in_one_cell_is_still_a_customer():
    columns = {
        "Data": lambda days: days.strftime("%Y-%m-%d"),
        "Numer klienta": lambda days: [f"{'+' if i == 5 else ''}486010000{i % 60:02d}" for i in range(len(days))],
    }
    lines(**columns).rename(columns={"Betrag": "Kwota"}).to_csv("x.csv", index=False)
    code, said = command("init", "x.csv", "--yes", "--out", "x.yaml")
    assert code == 0, said
    assert (
        yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))["purchases"]["columns"]["customer_id"]
        == "Numer klienta"
    )


@pytest.mark.parametrize("name", ["Pris (kr)", "Månadsavgift", "Månadspris (SEK)"])
def test_the_price_of_a_contract_is_known_with_its_currency_and_by_month(name):
    random = pd.date_range("2022-01-01", periods=300)
    frame = pd.DataFrame(
        {
            "Kundnummer": [f"K{i}" for i in range(300)],
            "Avtalsstart": random.strftime("%Y-%m-%d"),
            "Avtalsslut": [
                (d + pd.Timedelta(days=200)).strftime("%Y-%m-%d") if i % 2 else "" for i, d in enumerate(random)
            ],
            name: [f"{(199, 249, 299)[i % 3]},00" for i in range(300)],
        }
    )
    frame.to_csv("x.csv", sep=";", index=False)
    command("init", "x.csv", "--yes", "--out", "x.yaml")
    assert yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))["subscriptions"]["columns"]["price"] == name


def booked(visit: str, *, ahead: int = 0) -> Findings:
    """240 appointments or visits, each booked nine days before; some are still to come."""
    last = pd.Timestamp(read_today(None)) + pd.Timedelta(days=ahead)
    days = pd.date_range(end=last, periods=240)
    made = days - pd.Timedelta(days=9)
    frame = pd.DataFrame({visit: days.strftime("%d/%m/%Y"), "Client ID": [f"c{i % 60}" for i in range(240)]})
    frame.assign(
        Price=[f"{20 + i % 9}.50" for i in range(240)], **{"Booked On": made.strftime("%d/%m/%Y %H:%M")}
    ).to_csv("x.csv", index=False)
    return Look(["x.csv"]).findings({})


def test_the_day_of_an_appointment_counts_where_it_was_booked_before_and_days_ahead_are_asked():
    found = booked("Appointment Date", ahead=6)
    assert found.settings["columns.ordered_at"] == "Appointment Date"
    assert '"Booked On": when it was booked; "Appointment Date" counts' in found.told
    (question,) = found.questions
    assert question.key == "rules.last_date"
    assert question.asked.startswith('6 lines of "Appointment Date" lie after today')
    assert question.choices[0].said == "they are booked, and no purchases yet: left out"


@pytest.mark.parametrize("visit", ["Check-in", "Event Date", "Next Appointment"])
def test_of_tickets_and_nights_the_booking_is_the_purchase(visit):
    assert booked(visit).settings["columns.ordered_at"] == "Booked On"


def test_a_visit_may_have_been_paid_for_when_it_was_booked_so_it_is_asked():
    (question,) = booked("Visit Date").questions
    assert [c.settings["columns.ordered_at"] for c in question.choices] == ["Booked On", "Visit Date"]
    assert '"Visit Date" may be the day that counts, if nobody pays before' in question.asked
