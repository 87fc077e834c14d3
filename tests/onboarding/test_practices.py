"""A practice's appointments, a wholesaler's changed numbers and a charity's gifts: what their columns are called."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from holdfast.config import load_config
from holdfast.onboarding.look import Look
from tests.fuzz.configurations import command


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


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
