"""Contracts that billing systems export by version: a line for each term, and names with their object before them."""

from datetime import date, timedelta

import pandas as pd
import pytest

from holdfast import load_config, prepare
from holdfast.onboarding.called.names import ROLES, Fit
from holdfast.onboarding.look import Look
from tests.onboarding.contracts import EXPORTED, answered, begun, init, number, over, price, written

OBJECTS = {"Number": "Account: Account Number", "MRR": "Rate Plan Charge: MRR", "Rate Plan": "Rate Plan: Name"}
YEAR = timedelta(days=365)


def versions(*, objects: bool) -> tuple[pd.DataFrame, int]:
    """Return the versions of 300 subscriptions of one to four terms of a year, and how many run at the export."""
    rows, running = [], 0
    for n in range(300):
        first = date(2020, 1, 1) + timedelta(days=5 * n)
        for version in range(1, 2 + n % 4):
            begins, ends = first + (version - 1) * YEAR, first + version * YEAR
            if begins >= EXPORTED:
                break
            last, ahead = version == 1 + n % 4, ends > EXPORTED
            running += ahead
            rows.append(
                {
                    "Subscription: Name": f"A-S{n:05d}",
                    "Account: Account Number": f"A{n:05d}",
                    "Subscription: Version": version,
                    "Subscription: Status": "Active" if ahead else "Cancelled" if last else "Expired",
                    "Subscription: Contract Effective Date": f"{first:%m/%d/%Y}",
                    "Subscription: Term Start Date": f"{begins:%m/%d/%Y}",
                    "Subscription: Term End Date": f"{ends:%m/%d/%Y}",
                    "Subscription: Cancelled Date": f"{ends:%m/%d/%Y}" if last and not ahead else "",
                    "Rate Plan Charge: MRR": (49, 99, 249)[n % 3],
                    "Rate Plan: Name": ("Pro", "Team", "Enterprise")[n % 3],
                }
            )
    table = pd.DataFrame(rows)
    plain = {**{v: k for k, v in OBJECTS.items()}, "Account: Account Number": "Account Number"}
    names = {n: plain.get(n, n.removeprefix("Subscription: ")) for n in table.columns}
    return (table if objects else table.rename(columns=names)), running


@pytest.mark.parametrize("objects", [True, False], ids=["with objects", "plain"])
def test_versions_are_terms_that_follow_on(objects):
    table, running = versions(objects=objects)
    table.to_csv("x.csv", index=False)
    found, _ = init()
    columns = found["subscriptions"]["columns"]
    of = "Subscription: " if objects else ""
    assert columns == {
        "customer_id": "Account: Account Number" if objects else "Account Number",
        "started_at": f"{of}Term Start Date",
        "ended_at": f"{of}Term End Date",
        "plan": "Rate Plan: Name" if objects else "Rate Plan",
        "price": "Rate Plan Charge: MRR" if objects else "MRR",
    }
    assert answered()[0] == 0
    prepared = prepare(load_config("x.yaml"))
    spells = prepared.contracts.spells
    as_of = (EXPORTED - date(1970, 1, 1)).days
    assert int((spells.frame["end"] > as_of).sum()) == running
    assert spells.frame["customer_id"].nunique() == 300


def test_days_on_which_terms_were_cut_short_are_said_with_what_to_do():
    table, _ = versions(objects=True)
    cancelled = table["Subscription: Cancelled Date"] != ""
    table.loc[cancelled, "Subscription: Cancelled Date"] = table.loc[cancelled, "Subscription: Term Start Date"]
    table.to_csv("x.csv", index=False)
    said = " ".join(Look(["x.csv"]).findings({}).told)
    assert f"on {int(cancelled.sum())} lines: if contracts end then, name both under" in said
    assert '["Subscription: Term End Date", "Subscription: Cancelled Date"]' in said


def test_a_line_of_each_contract_as_it_is_now_is_from_its_start_to_its_cancellation():
    table, _ = versions(objects=True)
    table.groupby("Account: Account Number").tail(1).to_csv("x.csv", index=False)
    found, _ = init()
    columns = found["subscriptions"]["columns"]
    assert columns["started_at"] == "Subscription: Contract Effective Date"
    assert columns["ended_at"] == "Subscription: Cancelled Date"


def test_terms_without_lines_that_follow_on_are_no_contracts():
    written({"account_id": number(), "created_at": begun(), "cancelled_at": over(), "mrr": price,
             "current_term_end": lambda c: "2024-06-20"})  # fmt: skip
    assert init()[0]["subscriptions"]["columns"]["ended_at"] == "cancelled_at"


@pytest.mark.parametrize(
    ("role", "name", "fit"),
    [
        ("customer_id", "Account: Account Number", Fit.WHOLE),
        ("price", "plan.amount", Fit.WHOLE),
        ("ended_at", "subscription.canceled_at", Fit.WHOLE),
        ("ended_at", "Subscription: Term End Date", Fit.NEVER),
        ("plan", "Rate Plan: Name", Fit.PARTLY),
        ("plan", "Rate Plan Charge: TCV", Fit.SILENT),
    ],
)
def test_names_are_seen_through(role, name, fit):
    assert ROLES[role].fit(name) == fit
