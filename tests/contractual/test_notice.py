"""Ends that are known ahead are taken for notices where the table can tell, and leave the others less to answer for."""

import numpy as np
import pandas as pd
import pytest

from holdfast.contractual import OPEN, Retention, Spells
from holdfast.contractual.notice import Notice, ends_in, exported_later
from holdfast.features import Cutoff

DAY = 1_000
CUTOFF = Cutoff(pd.Timestamp("1972-09-27").date(), 30)


def table(rows, **others):
    frame = pd.DataFrame(rows, columns=["customer_id", "start", "end"])
    return Spells.of(frame.assign(end_reason=None, **others), renewal_days=30)


def running(n, ends, *, start=100):
    """So many contracts, of which the first have these ends."""
    return [(f"r{i:03d}", start + i, ends[i] if i < len(ends) else OPEN) for i in range(n)]


def days(spells, **stated):
    who = pd.Series(sorted(spells.frame["customer_id"].unique()))
    return ends_in(spells, CUTOFF, who, **stated)


def test_an_end_ahead_is_a_notice_and_one_that_was_renewed_is_none():
    assert CUTOFF.day == DAY
    renewed = [("back", 100, DAY + 5), ("back", DAY - 3, OPEN)]
    found = days(table([*running(20, [DAY, DAY + 40]), *renewed]))
    assert found.tolist()[:3] == pytest.approx([np.nan, 0.0, 40.0], nan_ok=True)
    assert np.isnan(found[3:]).all()


def test_a_table_of_a_later_day_tells_what_happened_and_not_what_was_known():
    rows = running(20, [DAY + 5])
    assert days(table(rows)) is not None
    # One contract that was sold ahead, of thirty that began in as long a time before, is none.
    sold = [("late", DAY + 29, OPEN)]
    before = [(f"n{i}", DAY - 1 - i, OPEN) for i in range(8)]
    assert days(table([*rows, *before, *sold])) is not None
    later = [(f"l{i}", DAY + i, OPEN) for i in range(6)]
    assert exported_later(table([*rows, *before, *later]), DAY)
    assert days(table([*rows, *before, *later])) is None
    assert days(table([*rows, *before, *later]), stated=True) is None


def test_ends_of_terms_are_no_notices_unless_the_table_says_so():
    many = table(running(20, [DAY + 9] * 5))
    assert days(many) is None
    assert np.isfinite(days(many, stated=True)).sum() == 5
    # Of the spells that ended every second one was renewed: an end ahead may be renewed, too.
    old = [(f"o{i}", 100, 400) for i in range(4)] + [(f"o{i}", 410, OPEN) for i in range(2)]
    assert days(table([*running(40, [DAY + 9]), *old])) is None
    assert days(table([*running(40, [DAY + 9]), *old]), stated=True) is not None


def test_whoever_has_not_given_notice_is_as_likely_to_leave_as_the_others_leave_room_for():
    rng = np.random.default_rng(1)
    p = rng.uniform(0.01, 0.3, 20_000)
    leaves = rng.random(len(p)) < p
    known = leaves & (rng.random(len(p)) < 0.7)
    ends = np.where(known, rng.integers(0, 30, len(p)), np.nan)
    notice = Notice.of(p, ends, (0, 30))
    assert notice.given == pytest.approx(0.7, abs=0.02)
    after = notice.applied(p, ends, 30)
    assert after[known].tolist() == [1.0] * known.sum()
    assert after[~known].sum() == pytest.approx(leaves[~known].sum(), rel=0.1)
    assert (after[~known] < p[~known]).all()
    assert Notice.from_dict(notice.to_dict()) == notice
    # More notices than ends expected leave the others little, and never less than nothing.
    assert Notice.of(np.full(10, 0.1), np.zeros(10), (0, 30)).applied(np.array([0.1]), np.array([np.nan]), 30)[0] > 0


def test_nothing_changes_where_no_notice_is_known():
    p = np.array([0.2, 0.5])
    for ends in (None, np.full(2, np.nan), np.array([np.nan, 45.0])):
        assert Notice.of(p, ends, (0, 30)).given == 0.0
    assert Notice.of(p, np.array([3.0, np.nan]), (7, 37)).given == 0.0
    assert Notice().applied(p, np.full(2, np.nan), 30).tolist() == p.tolist()


def test_value_ends_with_the_contract():
    summary = pd.DataFrame({"T": [1, 2, 3, 6] * 50, "churned": [1, 1, 1, 0] * 50})
    curve = Retention.fit(summary)
    asked = {"plan": None, "window": 1, "horizon": 12, "discount": 0.0}
    so_far, p = np.array([2.0, 2.0, 2.0]), np.array([1.0, 1.0, 0.25])
    known = np.array([0.0, 4.0, np.nan])
    stays, expected = curve.values(so_far, p, known=known, **asked)
    assert expected[:2].tolist() == [0.0, 4.0]
    assert expected[2] == pytest.approx(curve.values(so_far, p, **asked)[1][2])
    assert stays[0] == stays[1] == stays[2] > 4
    assert [curve.quantile(q, so_far, p, known=known, **asked).tolist()[:2] for q in (0.1, 0.9)] == [[0, 4], [0, 4]]
