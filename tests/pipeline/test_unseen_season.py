"""A shop whose season comes again and was never learnt from, and a list for which no treatment is meant."""

import numpy as np
import pandas as pd
import pytest

from holdfast import make_config, prepare, score, train
from holdfast.pipeline import make_list
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


def test_an_even_shop_is_told_nothing_of_last_year(tmp_path):
    given = {**settings(tmp_path), "as_of": AS_OF, "race": _RULES}
    given["purchases"] = {"columns": {name: name for name in ("customer_id", "ordered_at", "amount")}}
    prepared = prepare(make_config(given), purchases=sold(250, 1500))
    train(prepared)
    assert not [note for note in score(prepared).notes if note.startswith("A year ago")]


def test_a_list_without_a_treatment_of_its_own_lists_everybody_and_says_so(scored):
    prepared, _ = scored
    issued = make_list(prepared, "high_value", today="2024-10-02")
    account = issued.record["account"]
    assert account["listed"] + account["control"] == account["in"] > 0
    assert issued.record["treatments"] == []
    said = text.issued(issued.as_dict(), issued.decision, rows=1)
    assert "no treatment is meant for this list (treatments: lists), so everybody on it may be contacted" in said
    assert "not worth contacting" not in said
    meant = make_list(prepared, "win_back", today="2024-10-02")
    assert [t["name"] for t in meant.record["treatments"]] == ["voucher"]
    assert "is meant for this list" not in text.issued(meant.as_dict(), meant.decision, rows=1)


def test_a_list_that_replaces_another_says_whose_effect_is_lost(scored):
    prepared, _ = scored
    said: list[str] = []
    first = make_list(prepared, "at_risk", today="2024-10-02", say=said.append).record["account"]
    make_list(prepared, "at_risk", today="2024-10-03", form="xlsx", say=said.append)
    assert not [one for one in said if one.startswith("replacing")]
    make_list(prepared, "at_risk", today="2024-10-03", capacity=5, say=said.append)
    (lost,) = [one for one in said if one.startswith("replacing")]
    assert f"({first['listed']} to contact, {first['control']} held back)" in lost
