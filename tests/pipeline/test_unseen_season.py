"""A shop whose season comes again and was never learnt from, and a list for which no treatment is meant."""

import numpy as np
import pandas as pd
import pytest

from holdfast import make_config, prepare, score, train
from holdfast.pipeline import issued_lists, make_list, value
from holdfast.pipeline.last_year import stretch_without_purchases
from holdfast.report import decisions as text
from tests.conftest import settings
from tests.report.shops import _RULES

AS_OF = "2024-10-01"


def sold(busy: int, quiet: int) -> pd.DataFrame:
    """Purchases of 300 customers: so many in October and November 2023, so many in the ten months after."""
    random, begins = np.random.default_rng(2), pd.Timestamp("2023-09-20")
    days = np.concatenate([random.integers(11, 72, busy), random.integers(72, 377, quiet), np.arange(0, 11)])
    who = [f"c{n:03d}" for n in random.integers(0, 300, len(days))]
    return pd.DataFrame({"customer_id": who, "ordered_at": begins + pd.to_timedelta(days, unit="D"), "amount": 20.0})


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    given = {**settings(tmp_path_factory.mktemp("season")), "as_of": AS_OF, "race": _RULES}
    given["treatments"] = [{"name": "voucher", "contact_cost": 0.5, "acceptance": 0.3, "lists": ["win_back"]}]
    given["purchases"] = {"columns": {name: name for name in ("customer_id", "ordered_at", "amount")}}
    prepared = prepare(make_config(given), purchases=sold(900, 600))
    train(prepared)
    return prepared, score(prepared)


def test_a_season_that_no_window_has_shown_is_told(scored):
    prepared, found = scored
    (said,) = [note for note in found.notes if note.startswith("A year ago")]
    ((then, now),) = prepared.connection.execute(
        "SELECT COUNT(*) FILTER (WHERE day BETWEEN DATE '2023-10-03' - DATE '1970-01-01' AND "
        "DATE '2023-12-01' - DATE '1970-01-01'), COUNT(*) FILTER (WHERE day BETWEEN DATE '2024-08-02' - "
        "DATE '1970-01-01' AND DATE '2024-09-30' - DATE '1970-01-01') FROM purchases"
    ).fetchall()
    assert said.startswith(f"A year ago the log had {then} lines in the 60 days that are now to come, and {now} in")
    assert then > 4 * now > 0


def test_value_says_it_too_and_what_the_days_before_brought_in(scored):
    prepared, _ = scored
    notes = value(prepared).notes
    assert [note for note in notes if note.startswith("A year ago the log had")]
    (said,) = [note for note in notes if note.startswith("In the 365 days before")]
    lines = sold(900, 600)
    recent = lines[(lines["ordered_at"] >= "2023-10-02") & (lines["ordered_at"] < AS_OF)]
    assert f"all customers brought in {recent['amount'].sum():,.0f}, those" in said


@pytest.mark.parametrize(("gone", "said"), [(0, False), (45, True)])
def test_weeks_without_a_purchase_a_year_ago_are_named(tmp_path, gone, said):
    random, begins = np.random.default_rng(4), pd.Timestamp("2022-10-01")
    days = random.integers(0, 731, 3000)
    days = days[(days < 380) | (days >= 380 + gone)]
    who = [f"c{n:03d}" for n in random.integers(0, 200, len(days))]
    lines = pd.DataFrame({"customer_id": who, "ordered_at": begins + pd.to_timedelta(days, unit="D"), "amount": 5.0})
    given = {**settings(tmp_path), "as_of": AS_OF}
    given["churn"] = {**given["churn"], "shut": []}
    given["purchases"] = {"columns": {name: name for name in ("customer_id", "ordered_at", "amount")}}
    prepared = prepare(make_config(given), purchases=lines)
    closed = prepared.snapshots.closed(prepared.cutoff.date)
    assert not closed.stretches
    found = stretch_without_purchases(prepared, closed)
    assert bool(found) is said
    if said:
        first, last = begins + pd.Timedelta(days=380), begins + pd.Timedelta(days=380 + gone - 1)
        assert found[0].startswith(f"A year ago nobody bought from {first.date()} to {last.date()}; the log")


def test_an_even_shop_is_told_nothing_of_last_year(tmp_path):
    given = {**settings(tmp_path), "as_of": AS_OF, "race": _RULES}
    given["purchases"] = {"columns": {name: name for name in ("customer_id", "ordered_at", "amount")}}
    prepared = prepare(make_config(given), purchases=sold(250, 1500))
    train(prepared)
    assert not [note for note in score(prepared).notes if note.startswith("A year ago")]


def test_a_list_without_a_treatment_of_its_own_lists_everybody_and_says_so(scored):
    prepared, _ = scored
    issued = make_list(prepared, "high_value", today="2024-10-02")
    warned, lots = issued.record["warnings"]
    assert warned.startswith("A year ago the log had")
    assert "could not be told from drawing lots" in lots
    account = issued.record["account"]
    assert account["listed"] + account["control"] == account["in"] > 0
    assert issued.record["treatments"] == []
    said = text.issued(issued.as_dict(), issued.decision, rows=1)
    assert said.startswith("WARNING: A year ago the log had")
    assert "no treatment is meant for this list (treatments: lists), so everybody on it may be contacted" in said
    assert "not worth contacting" not in said
    meant = make_list(prepared, "win_back", today="2024-10-02")
    assert [t["name"] for t in meant.record["treatments"]] == ["voucher"]
    assert "is meant for this list" not in text.issued(meant.as_dict(), meant.decision, rows=1)


def test_a_list_of_the_same_day_replaces_and_one_of_a_later_day_stands_beside(scored):
    prepared, _ = scored

    def made(**asked):
        issued = make_list(prepared, "at_risk", **asked)
        said = issued.as_dict()["earlier"]
        assert said in text.issued(issued.as_dict(), issued.decision, rows=1)
        return issued, said

    first, said = made(today="2024-10-02", capacity=5)
    kept, count = (first.folder / "decisions.parquet").read_bytes(), first.record["account"]
    assert (first.folder.name, said) == ("at_risk-2024-10-01", "")
    again, said = made(today="2024-10-02", capacity=5, form="xlsx")
    assert (again.folder, said) == (first.folder, "")
    other, lost = made(today="2024-10-02", capacity=9)
    assert other.folder == first.folder
    assert f"({count['listed']} to contact, {count['control']} held back)" in lost
    # The advice restores the list that was sent, and keeps it.
    made(today="2024-10-02", capacity=5)
    assert (first.folder / "decisions.parquet").read_bytes() == kept
    second, stays = made(today="2024-10-02", capacity=9, beside=True)
    assert second.folder.name == "at_risk-2024-10-01-2"
    assert (first.folder / "decisions.parquet").read_bytes() == kept
    assert stays.endswith("make this one with --replace.")
    earlier, later = (one.decision.decisions.set_index("customer_id")["status"] for one in (first, second))
    met = earlier.index[earlier.isin(["listed", "control"])]
    assert set(later[met]) == {"contacted recently", "control of an earlier list"}
    assert second.record["account"]["listed"] == 9
    # A week later it was sent, whatever nobody says; and a list that was not sent goes.
    third, _ = made(today="2024-10-09", capacity=9)
    assert third.folder.name == "at_risk-2024-10-01-3"
    instead, lost = made(today="2024-10-10", capacity=2, beside=False)
    assert instead.folder == third.folder
    assert lost.startswith("This list replaces the one")
    lists = [one["folder"].name for one in issued_lists(first.folder.parent) if one["list"] == "at_risk"]
    assert lists == ["at_risk-2024-10-01", "at_risk-2024-10-01-2", "at_risk-2024-10-01-3"]
