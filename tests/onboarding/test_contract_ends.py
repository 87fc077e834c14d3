"""Which day is the end of a contract, of several that say that it ended, or will."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from holdfast.config import load_config
from holdfast.contractual import recipe
from holdfast.contractual.notice import ENDS_IN
from holdfast.onboarding import Look
from holdfast.pipeline import check, prepare
from tests.fuzz.configurations import command
from tests.onboarding.contracts import EXPORTED, Contract, begun, contracts, day, init, number, over, plan, written


def announced(c: Contract) -> str:
    """Two of three ends were announced 20 days before, and some who stay have announced theirs."""
    if c.end and c.number % 3:
        return day(max(c.start, c.end - timedelta(days=20)))
    return day(EXPORTED - timedelta(days=3)) if not c.end and c.number % 5 == 0 else ""


@pytest.mark.parametrize("end", ["Cancelled At", "ended_at", "Austrittsdatum"])
@pytest.mark.parametrize(
    "name",
    [
        *("Cancel Schedule Created At", "Cancel Requested At", "Cancellation Scheduled", "cancel_at_period_end"),
        *("Kündigungseingang", "Opsigelse modtaget", "Date de demande de résiliation", "Opzegging ontvangen"),
    ],
)
def test_an_end_that_was_announced_or_planned_is_not_the_end(name, end):
    written({"Customer Id": number("k"), "Plan Id": plan, "Started At": begun(), name: announced, end: over()})
    found, _ = init()
    assert found["subscriptions"]["columns"]["ended_at"] == end
    assert found["subscriptions"]["ignore"] == [name]
    # Where nothing else says when it ended, the day on which that was announced is what there is.
    if name == "Cancel Requested At":
        written({"Customer Id": number("k"), "Plan Id": plan, "Started At": begun(), name: announced})
        assert init()[0]["subscriptions"]["columns"]["ended_at"] == name


def test_a_recurring_contract_is_not_announced():
    written({"Customer Id": number("k"), "Plan Id": plan, "Started At": begun(), "Recurring end date": over()})
    assert init()[0]["subscriptions"]["columns"]["ended_at"] == "Recurring end date"


def policies(*, notice: bool = False) -> pd.DataFrame:
    """Yearly policies exported on 1 July 2024, one in ten cut short; else a fifth is not renewed.

    ``notice``: what is cancelled runs on to the end of its term, and is called active until then.
    """
    random, rows, now = np.random.default_rng(3), [], pd.Timestamp("2024-07-01")
    for i in range(400):
        start = pd.Timestamp("2021-01-01") + pd.Timedelta(days=int(random.integers(0, 900)))
        while start < now:
            over = start + pd.Timedelta(days=365)
            cut = start + pd.Timedelta(days=120) if random.random() < 0.1 else pd.NaT
            cut = cut if cut < now else pd.NaT
            ended = over if notice or pd.isna(cut) else cut
            gone = "Cancelled" if pd.notna(cut) and cut == ended else "Expired"
            rows.append((f"P{i:04}", start, over, cut, 300 + i, gone if ended <= now else "In force", ended))
            if pd.notna(cut) or random.random() < 0.2:
                break
            start = over
    names = ["PolicyholderID", "Inception", "Expiry", "CancelledOn", "AnnualPremium", "Status", "true end"]
    return pd.DataFrame(rows, columns=names)


def test_of_a_term_and_a_day_on_which_it_was_cut_short_the_earlier_counts_where_a_status_bears_it_out():
    table = policies()
    table.drop(columns="true end").to_csv("policies.csv", index=False)
    told = "\n".join(Look(["policies.csv"]).findings({}).told)
    cut = table["CancelledOn"].notna().sum()
    assert f'"Expiry" stands on every line, "CancelledOn" on {cut} lines before it, and they are called ended' in told
    command("init", "policies.csv", "--yes")
    text = Path("policies.yaml").read_text(encoding="utf-8").replace("as_of: <answer>", "as_of: 2024-07-01")
    Path("policies.yaml").write_text(text, encoding="utf-8")
    assert "ended_at: [Expiry, CancelledOn]" in text
    assert "ignore: [Status]" in text
    prepared = prepare(load_config("policies.yaml"), base=Path())
    assert check(prepared).problem == ""
    now = pd.Timestamp("2024-07-01")
    runs = table.loc[(table["Inception"] < now) & (table["true end"] >= now), "PolicyholderID"]
    rows = recipe.today(prepared.contracts)
    assert set(rows["customer_id"]) == set(runs)
    # Every contract that runs has the end of its term ahead, which is no notice: no probability is 1 or 0 for it.
    assert ENDS_IN not in rows
    assert "that is the end of a term, which may be renewed, and no notice" in "\n".join(prepared.notes)


@pytest.mark.parametrize("notice", [True, False], ids=["who is cancelled runs on", "no status"])
def test_else_it_is_asked_with_the_likelier_day_first(notice):
    table = policies(notice=notice).drop(columns=["true end", *([] if notice else ["Status"])])
    table.to_csv("policies.csv", index=False)
    found = Look(["policies.csv"]).findings({})
    (question,) = (q for q in found.questions if q.key == "columns.ended_at")
    assert question.asked.startswith('"Expiry" stands on every line, "CancelledOn" on ')
    ends = [["Expiry", "CancelledOn"], "Expiry", "CancelledOn"]
    if notice:
        ends[:2] = reversed(ends[:2])
    assert [c.settings["columns.ended_at"] for c in question.choices] == ends
    for choice, end in zip(question.choices, ends, strict=True):
        answered = Look(["policies.csv"]).findings({"columns.ended_at": choice})
        assert answered.settings["columns.ended_at"] == end
        left = {"Expiry", "CancelledOn"} - set([end] if isinstance(end, str) else end)
        ignored = set(answered.settings.get("ignore", []))
        assert left <= ignored
        assert not ignored & set([end] if isinstance(end, str) else end)


def test_a_day_of_cancelling_after_terms_or_before_the_start_is_no_cut():
    table = policies().drop(columns=["true end", "Status"])
    late = table.assign(CancelledOn=table["CancelledOn"] + pd.Timedelta(days=400))
    early = table.assign(CancelledOn=table["Inception"].where(table["CancelledOn"].notna()) - pd.Timedelta(days=9))
    for other in (late, early):
        other.to_csv("policies.csv", index=False)
        asked = [q for q in Look(["policies.csv"]).findings({}).questions if q.key == "columns.ended_at"]
        assert all(isinstance(c.settings["columns.ended_at"], str) for q in asked for c in q.choices)


def test_of_a_term_that_is_moved_on_at_renewals_those_that_were_not_renewed_ended():
    """As billing systems write contracts as they are now: a term that is over, and no day of cancelling."""

    def term(c: Contract) -> str:
        return day(c.end if c.end and c.number % 2 else (c.end or EXPORTED) + timedelta(days=30))

    def terminated(c: Contract) -> str:
        return day(c.end) if c.end and not c.number % 2 else ""

    columns = {"customer_id": number(), "started_at": begun(), "current_term_end": term, "terminated_at": terminated}
    written(
        {**columns, "status": lambda c: "Expired" if c.end and c.number % 2 else "Cancelled" if c.end else "Active"}
    )
    found, _ = init()
    assert found["subscriptions"]["columns"]["ended_at"] == ["current_term_end", "terminated_at"]
    runs = sum(c.end is None for c in contracts())
    text = Path("x.yaml").read_text(encoding="utf-8").replace("as_of: <answer>", f"as_of: {EXPORTED}")
    Path("x.yaml").write_text(text, encoding="utf-8")
    rows = recipe.today(prepare(load_config("x.yaml")).contracts)
    assert len(rows) == runs
    assert ENDS_IN not in rows
    # Where nothing calls them ended, or they are said to run, the term is none of their end.
    for status in ({}, {"status": lambda c: "Cancelled" if terminated(c) else "Active"}):
        written({**columns, **status})
        assert init()[0]["subscriptions"]["columns"]["ended_at"] == "terminated_at"


def test_a_day_of_cancelling_that_lies_ahead_is_a_notice_and_the_end_of_a_term_is_none():
    table = policies()
    latest = table["Inception"].max()
    runs = table["CancelledOn"].isna() & (table["Expiry"] > latest + pd.Timedelta(days=60))
    noticed = table[runs].index[:7]
    table.loc[noticed, "CancelledOn"] = latest + pd.Timedelta(days=40)
    table["Cancel reason"] = table["CancelledOn"].notna().map({True: "card declined", False: ""})
    table.drop(columns="true end").to_csv("policies.csv", index=False)
    command("init", "policies.csv", "--yes")
    text = Path("policies.yaml").read_text(encoding="utf-8").replace("as_of: <answer>", "as_of: 2024-07-01")
    Path("policies.yaml").write_text(text, encoding="utf-8")
    config = load_config("policies.yaml")
    assert config.subscriptions.columns.ends == ("Expiry", "CancelledOn")
    assert config.subscriptions.columns.leaves_at == "CancelledOn"
    rows = recipe.today(prepare(config, base=Path()).contracts).set_index("customer_id")
    known = rows[ENDS_IN].dropna()
    assert set(known.index) == set(table.loc[noticed, "PolicyholderID"])
    assert set(known) == {float((latest + pd.Timedelta(days=40) - pd.Timestamp("2024-07-01")).days)}
