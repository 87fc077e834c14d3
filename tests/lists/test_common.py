"""What the customers of a list have in common is said where something happened, and by chance alone seldom."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from holdfast.data import Columns, Source, read_purchases
from holdfast.features import CustomerSample
from holdfast.language import LANGUAGES, retold, speaking
from holdfast.lists import common
from holdfast.lists.common import LastBought

START, AS_OF, CLOSED = pd.Timestamp("2024-01-01"), date(2025, 1, 1), pd.Timestamp("2024-10-15")
COLUMNS = Columns(amount="amount", branch="Filiale", product_id="sku")


def shop(seed: int = 1, *, closed: bool = True, wanders: float = 0.0, customers: int = 600) -> pd.DataFrame:
    """Customers of six branches, of which the fourth closes; most of its customers never come again."""
    random = np.random.default_rng(seed)
    rows = []
    for i in range(customers):
        branch, gap = 1 + i % 6, random.gamma(4, 6)
        day, end = random.uniform(0, 200), random.exponential(600)
        while day < min(end, 366):
            at = START + pd.Timedelta(days=int(day))
            here = 1 + int(random.integers(6)) if random.random() < wanders else branch
            if closed and here == 4 and at >= CLOSED:
                if random.random() < 0.75:
                    break
                here = branch = 5
            rows.append((f"c{i}", at, str(here), 10.0, f"p{random.integers(40)}"))
            day += random.exponential(gap)
    return pd.DataFrame(rows, columns=["customer_id", "ordered_at", "Filiale", "amount", "sku"])


def last_bought(lines: pd.DataFrame, **other) -> LastBought:
    log = read_purchases(Source(lines, COLUMNS))
    last = LastBought(log.connection, COLUMNS.mapped(), AS_OF, AS_OF, active_days=180, horizon_days=90)
    return replace(last, **other)


def silent(lines: pd.DataFrame, days: int = 180) -> list[str]:
    """Return the customers who have been silent for longest, of those whose last purchase is no older."""
    newest = lines.groupby("customer_id")["ordered_at"].max()
    ago = (pd.Timestamp(AS_OF) - newest).dt.days
    return ago[ago <= days].sort_values(ascending=False, kind="stable").index.tolist()


@pytest.fixture(scope="module")
def lines():
    return shop()


def test_a_branch_that_closed_is_what_a_list_has_in_common(lines):
    of_four = lines[lines["Filiale"] == "4"].groupby("customer_id")["ordered_at"].max()
    newest = lines.groupby("customer_id")["ordered_at"].max()
    last = last_bought(lines)
    ranked = silent(lines, 110)
    held = [c for c in ranked[:100] if c in of_four.index and of_four[c] == newest[c]]
    day = lines.loc[lines["Filiale"] == "4", "ordered_at"].max()
    since = f"nobody has since {day.day} {day:%B %Y}"
    assert last.in_common(ranked) == f"{len(held)} of the first 100 on the list last bought at Filiale 4; {since}."
    first = [c for c in held if c in ranked[:60]]
    assert last.in_common(ranked[:60]).startswith(f"{len(first)} of the 60 on the list last bought at Filiale 4;")
    assert last.causes(ranked) == {
        c: f"last bought at Filiale 4; {since}" for c in ranked if c in of_four.index and of_four[c] == newest[c]
    }


def test_of_a_large_log_some_others_are_enough(monkeypatch):
    many = shop(customers=3000)
    ranked = silent(many, 110)
    whole = last_bought(many)
    some = replace(whole, customers=CustomerSample(whole.connection, most=1500))
    monkeypatch.setattr(common, "_OTHERS", 1000)
    # Of those on the list everything is known, whoever the others are that they are held against.
    assert some.in_common(ranked) == whole.in_common(ranked)
    assert "last bought at Filiale 4; nobody has since" in some.in_common(ranked)
    assert some.causes(ranked) == whole.causes(ranked)
    open_still = shop(customers=3000, closed=False)
    whole = last_bought(open_still)
    some = replace(whole, customers=CustomerSample(whole.connection, most=1500))
    of_two = {f"c{i}" for i in range(1, 3000, 6)}
    theirs, other = ([c for c in silent(open_still) if (c in of_two) is so] for so in (True, False))
    ranked = [*theirs[::4][:40], *other[::20][:60]]
    said, by_some = (one.in_common(ranked).split("; of other customers silent for as long, ") for one in (whole, some))
    assert said[0] == by_some[0] == "40 of the 100 on the list last bought at Filiale 2"
    assert abs(int(said[1].split("%")[0]) - int(by_some[1].split("%")[0])) <= 4


def test_a_cause_of_some_is_told_of_the_whole_list_where_it_is_not_most_of_the_first(lines):
    last = last_bought(lines)
    ranked = silent(lines, 110)
    theirs = set(last.causes(ranked))
    others = [c for c in ranked if c not in theirs]
    # Of the first hundred 15, less than 1.5 times their usual share of purchases; then the others of them.
    mixed = [*sorted(theirs)[:15], *others[:85], *sorted(theirs)[15:], *others[85:]]
    assert len(theirs) > 0.1 * len(mixed) > 15
    said = last.in_common(mixed)
    assert said.startswith(f"{len(theirs)} of the {len(mixed)} on the list last bought at Filiale 4; nobody has since ")


@pytest.mark.parametrize(("stay", "cause"), [(0.1, True), (1.0, False)])
def test_a_dentist_who_left_is_noticed_though_few_come_back_soon_anyway(stay, cause):
    random = np.random.default_rng(5)
    rows = []
    for i in range(1500):
        branch, day = 1 + i % 3, random.uniform(0, 150)
        while day < 366:
            at = START + pd.Timedelta(days=int(day))
            if branch == 2 and at >= CLOSED:
                if random.random() >= stay:
                    break
                branch = 1
            rows.append((f"c{i}", at, str(branch), 10.0, "check-up"))
            day += random.exponential(130)
    rare = pd.DataFrame(rows, columns=["customer_id", "ordered_at", "Filiale", "amount", "sku"])
    found = last_bought(rare).causes(silent(rare))
    assert bool(found) == cause
    newest = rare.sort_values("ordered_at", kind="stable").groupby("customer_id").last()
    assert set(newest.loc[list(found), "Filiale"]) == ({"2"} if cause else set())


def test_what_was_bought_since_the_scores_has_not_stopped(lines):
    again = pd.concat([lines, lines[lines["Filiale"] == "4"].head(1).assign(ordered_at=pd.Timestamp(AS_OF))])
    last = last_bought(again, known_until=date(2025, 1, 2))
    assert last.causes(silent(lines)) == {}
    assert "nobody" not in last.in_common(silent(lines))


def test_who_had_left_before_did_not_leave_because_of_it(lines):
    newest = lines[lines["Filiale"] == "4"].groupby("customer_id")["ordered_at"].max()
    gone = newest[newest < CLOSED - pd.Timedelta(days=120)].index.tolist()
    assert len(gone) > 5
    assert last_bought(lines).causes(gone) == {}


def test_what_everybody_buys_and_nobody_misses_is_no_cause():
    lines = shop(closed=False)
    # A bag on every third purchase is taken out of the shop; people come as before.
    bags = lines.sample(frac=0.33, random_state=2).assign(sku="bag")
    lines = pd.concat([lines, bags[bags["ordered_at"] < CLOSED]])
    assert last_bought(lines).causes(silent(lines)) == {}
    assert last_bought(lines).in_common(silent(lines, 110)) == ""


def test_what_is_sold_in_one_season_is_not_over_in_the_next(lines):
    lines = shop(closed=False)
    seasons = lines["ordered_at"].dt.month.isin([2, 3, 7, 8])
    lines["sku"] = np.where(seasons & (np.arange(len(lines)) % 3 == 0), "skis", lines["sku"])
    last = last_bought(lines)
    assert "skis" not in last.in_common(silent(lines))
    assert not any("skis" in said for said in last.causes(silent(lines)).values())


def test_more_than_others_silent_for_as_long_is_said_with_their_share():
    lines = shop(closed=False)
    ranked = list(np.random.default_rng(4).permutation(silent(lines)))
    # Of the first hundred two thirds come from one branch, of others as ever.
    first = set(ranked[:66])
    lines.loc[lines["customer_id"].isin(first), "Filiale"] = "2"
    rest = [c for c in ranked if c not in first]
    said = last_bought(lines).in_common([*ranked[:66], *rest])
    assert "of the first 100 on the list last bought at Filiale 2; of other customers silent for as long, " in said


def test_chance_alone_seldom_says_anything():
    lines, random, said = shop(closed=False, wanders=0.3, customers=240), np.random.default_rng(7), 0
    log = read_purchases(Source(lines, COLUMNS))
    labels = log.connection.execute("SELECT * FROM labels ORDER BY customer_id, day, branch").df()
    lists = [silent(lines), silent(lines, 60)[::-1], sorted(silent(lines))]
    for _ in range(200):
        log.connection.register("drawn", labels.assign(branch=random.permutation(labels["branch"].to_numpy())))
        log.connection.execute("CREATE OR REPLACE TABLE labels AS SELECT * FROM drawn")
        last = LastBought(log.connection, {"branch": "Filiale"}, AS_OF, AS_OF, active_days=180, horizon_days=90)
        said += any(last.in_common(one) for one in lists) or bool(last.causes(lists[0]))
    assert said <= 10


def test_small_groups_and_logs_without_labels_say_nothing(lines):
    ranked = silent(lines, 110)
    assert last_bought(lines, fewest=90).in_common(ranked) == ""
    assert last_bought(lines, columns={"customer_id": "customer_id"}).in_common(ranked) == ""
    assert last_bought(lines).in_common(ranked[:10]) == ""


def test_every_language_says_it_whole(lines):
    said = last_bought(lines).in_common(silent(lines, 110))
    for language in LANGUAGES:
        with speaking(language):
            again = retold(said)
        assert "Filiale 4" in again
        assert ("nobody" in again) == ("October" in again) == (language == "en")
