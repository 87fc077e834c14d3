"""Members as they are today: since when, until when, and a status that bears out who has no end."""

import pandas as pd
import pytest

from holdfast.errors import DataError
from holdfast.onboarding import Look


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def patrons(n: int = 300) -> pd.DataFrame:
    """Return a table as Patreon exports it: a third active, a fifth follows for nothing, with and without an end."""
    since = pd.Timestamp("2022-01-03") + pd.to_timedelta([3 * i for i in range(n)], unit="D")
    status = [("Active patron", "Former patron", "Declined patron", "Former patron", "")[i % 5] for i in range(n)]
    ends = [
        "" if s == "Active patron" or (s == "" and i % 2) else str((day + pd.Timedelta(days=40 + i % 90)).date())
        for i, (s, day) in enumerate(zip(status, since, strict=True))
    ]
    return pd.DataFrame(
        {
            "Name": [f"N{i}" for i in range(n)],
            "Patron Status": status,
            "Pledge Amount": ["0.00" if s == "" else ("5.00", "10.00")[i % 2] for i, s in enumerate(status)],
            "Tier": [("Fan", "Super")[i % 2] for i in range(n)],
            "Patronage Since Date": since.strftime("%Y-%m-%d %H:%M:%S"),
            "User ID": [str(10_000_000 + 7 * i) for i in range(n)],
            "Access Expiration": ends,
        }
    )


def found(table: pd.DataFrame):
    table.to_csv("x.csv", index=False)
    return Look(["x.csv"]).findings({})


def test_whoever_a_status_calls_active_has_no_end_and_all_others_have_one():
    known = found(patrons())
    assert known.section == "subscriptions"
    assert {k: v for k, v in known.settings.items() if k.startswith("columns.")} == {
        "columns.customer_id": "User ID",
        "columns.started_at": "Patronage Since Date",
        "columns.ended_at": "Access Expiration",
        "columns.plan": "Tier",
        "columns.price": "Pledge Amount",
    }
    assert known.settings["ignore"] == ["Patron Status"]


@pytest.mark.parametrize(
    ("name", "of_all"), [("Access Expiration", True), ("Card Expiration", False), ("Voucher valid until", False)]
)
def test_what_expires_of_active_customers_too_and_cards_and_vouchers_end_no_contract(name, of_all):
    table = patrons().rename(columns={"Access Expiration": name})
    if of_all:
        table[name] = (pd.to_datetime(table["Patronage Since Date"]) + pd.Timedelta(days=365)).dt.strftime("%Y-%m-%d")
    with pytest.raises(DataError, match="this looks like a table of customers"):
        found(table)
