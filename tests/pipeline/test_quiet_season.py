"""A shop whose customers buy in winter: in autumn, reasons tell who is more silent than everybody is."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from holdfast import make_config, prepare
from holdfast.churn.norms import figures
from holdfast.churn.reasons import reasons_for
from holdfast.churn.signs import signs_of
from holdfast.forecast.reasons import value_reasons_for
from holdfast.forecast.scorer import Scorer
from holdfast.pipeline.online import online
from holdfast.pipeline.training import fit
from tests.conftest import settings
from tests.lists.whole import list_of

BEGAN, DAYS, CUSTOMERS = date(2021, 1, 1), 1400, 1200


def busy(day: float) -> float:
    """How busy a day is beside the busiest, the middle of January."""
    apart = abs((day - 15) % 365)
    return 0.02 + 0.98 * float(np.exp(-0.5 * (min(apart, 365 - apart) / 35) ** 2))


def sold() -> tuple[pd.DataFrame, pd.Series]:
    """Purchases, and on which day each customer leaves."""
    random, rows, leaves = np.random.default_rng(4), [], {}
    for number in range(CUSTOMERS):
        who, day = f"c{number:04d}", random.uniform(-200, DAYS)
        gap, leaves[who] = random.uniform(4, 20), day + random.exponential(900)
        while day < min(leaves[who], DAYS):
            if day >= 0 and random.random() < busy(day):
                rows.append((who, pd.Timestamp(BEGAN + timedelta(days=int(day))), round(random.uniform(10, 90), 2)))
            day += random.exponential(gap)
    return pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount"]), pd.Series(leaves)


@pytest.fixture(scope="module")
def shop():
    return sold()


def as_of(shop, day: date, folder):
    """The scorer of a day, and the features of everybody."""
    lines = shop[0][shop[0]["ordered_at"] < pd.Timestamp(day)]
    given = {**settings(folder), "as_of": day, "churn": {"horizon_days": 90, "active_days": 365}}
    given["purchases"] = {"columns": {name: name for name in ("customer_id", "ordered_at", "amount")}}
    prepared = prepare(make_config(given), purchases=lines)
    return fit(prepared, prepared.cutoff, churn="p0", value="btyd"), prepared.snapshots.features(day)


def shares(shop, features, day, behind):
    """The share of customers who still are some, and of those gone, of whom each group of signs holds."""
    gone = shop[1].reindex(features["customer_id"]).to_numpy() < (day - BEGAN).days
    held = [{s.group for s in signs_of(figures(row, behind))} for row in features.to_dict("records")]
    return {
        group: [
            np.mean([group in h for h, is_gone in zip(held, gone, strict=True) if is_gone == who]) for who in (0, 1)
        ]
        for group in ("silence", "recent activity", "trend", "year")
    }


QUIET_DAY, BUSY_DAY = date(2024, 9, 20), date(2024, 2, 20)


@pytest.fixture(scope="module")
def autumn(shop, tmp_path_factory):
    return as_of(shop, QUIET_DAY, tmp_path_factory.mktemp("autumn"))


def test_in_autumn_the_silence_of_everybody_is_no_sign(shop, autumn):
    scorer, features = autumn
    alike, by_season = (shares(shop, features, QUIET_DAY, b) for b in (None, scorer.behind(QUIET_DAY)))
    assert alike["silence"][0] > 0.9, "without the season it is true of nearly everybody who still is a customer"
    assert alike["recent activity"][0] > 0.8
    assert by_season["silence"][0] < 0.5
    assert by_season["silence"][1] > 0.9, "and of those who are gone it still is"
    assert by_season["recent activity"] == [0.0, 0.0], "none is no news where none is to be expected"
    assert by_season["trend"][0] < 0.1 < 0.4 < by_season["trend"][1]
    assert by_season["year"][0] < 0.25 < 0.6 < by_season["year"][1]


def test_a_list_of_autumn_says_what_is_usual_then(autumn):
    scorer, features = autumn
    scores = scorer.score(features, as_of=QUIET_DAY, model_version="")
    first = list_of("at_risk", scorer, scores, features, most=200)["reason_1"]
    silent = first[first.str.startswith("silent for")]
    assert 0.2 < len(silent) / len(first) < 0.8
    said = silent.str.extract(
        r"^silent for (\d+) days; usually buys every (\d+) days, at this time of year about every (\d+)$"
    )
    said = said.dropna().astype(int)
    assert len(said) > 0.5 * len(silent)
    assert (said[0] > said[2]).all()
    assert (said[2] > 3 * said[1]).all()


def test_in_winter_a_silence_is_one(shop, tmp_path):
    scorer, features = as_of(shop, BUSY_DAY, tmp_path)
    alike, by_season = (shares(shop, features, BUSY_DAY, b) for b in (None, scorer.behind(BUSY_DAY)))
    assert by_season["silence"][1] > 0.9
    assert by_season["silence"] == pytest.approx(alike["silence"], abs=0.03)
    assert by_season["recent activity"] == pytest.approx(alike["recent activity"], abs=0.03)
    value, without = (value_reasons_for(features, behind=b) for b in (scorer.behind(BUSY_DAY), None))
    more = [np.mean(["buys more than before" in " ".join(r) for r in said]) for said in (value, without)]
    assert more[0] < 0.1 < 0.25 < more[1], "in the season, everybody buys more than before"


def test_a_customer_alone_has_the_reasons_they_have_among_all(autumn):
    scorer, features = autumn
    again = Scorer.from_dict(scorer.to_dict())
    assert again.year == scorer.year
    rows = features.iloc[::40].reset_index(drop=True)
    together = reasons_for(scorer.churn, rows, behind=scorer.behind(QUIET_DAY))
    alone = [reasons_for(again.churn, rows.iloc[[i]], behind=again.behind(QUIET_DAY))[0] for i in range(len(rows))]
    assert alone == together
    assert any("at this time of year" in said for reasons in alone for said in reasons)
    # Rows of features that are sent, one at a time.
    sent = rows.assign(as_of=QUIET_DAY.isoformat())
    bundle: Any = SimpleNamespace(scorer=again, predict=lambda some: again.score_rows(some, model_version=""))
    served = online(make_config({"name": "shop", "purchases": {}, "as_of": QUIET_DAY}))
    answers = [served.score_features(bundle, sent.iloc[[i]]).reasons["reasons"][0] for i in range(len(sent))]
    assert answers == together


def test_where_nobody_buys_for_a_while_nobody_is_named_for_it(autumn):
    """As of early spring the coming window is a quiet one: whoever has no sign of their own is told so."""
    scorer, features = autumn
    spring = scorer.behind(date(2024, 4, 20))
    found = reasons_for(scorer.churn, features, behind=spring)
    bare = [said[0] for said in found if len(said) == 1]
    assert "no sign of their own: few customers buy at this time of year" in bare
    assert not any(said.startswith("as likely to leave") for said in bare)
    assert "year" not in Scorer.from_dict({**scorer.to_dict(), "year": []}).to_dict()
