"""What the customers of a list have in common: the branch, the channel, the product, … of their last purchase.

Of most worth is what has stopped: a branch that closed, a product that was taken out. A value has stopped if chance
would not have kept it out of all newer purchases, and is a cause if its last buyers stayed away more than others did.
Without one, the first customers of a list are held against everybody who has been silent for as long.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import gammaln

from holdfast.columns import LISTS
from holdfast.data.engine import EPOCH
from holdfast.features import CustomerSample
from holdfast.language import retold, to_tell, told
from holdfast.language.figures import day
from holdfast.learn.arrays import Floats, Ints

_PRODUCT = "product_id"
_BOUGHT = {
    "branch": to_tell("last bought at {value}"),
    "channel": to_tell("last bought through {value}"),
    "category": to_tell("last bought something of {value}"),
    "seller": to_tell("last bought from {value}"),
    "region": to_tell("last bought in {value}"),
    "promotion": to_tell("last bought with {value}"),
    _PRODUCT: to_tell("last bought the product {value}"),
}
# Of the first so many on a list a tenth must share a value, and at least so many; of a shorter list nothing is said.
_FIRST, _SHORTEST, _SHARE, _FEWEST = 100, 20, 0.1, 5
# So many others tell what is usual.
_OTHERS = 100_000
_ASKED_FOR = "customer_id IN (SELECT customer_id FROM asked_for)"
# What was bought by fewer is not looked at.
_LOOKED_AT = 20
# Of logs in which nothing happened so many may say something: half of them that a value stopped.
_CHANCE = 0.05 / 2
# So many times the usual share is worth a sentence, and a pause so many times the longest before is an end.
_MORE, _END = 1.5, 2
_LAST_DAYS = 30
# Ends of the bands of silence within which customers are compared, in shares of the days of who counts as active.
_BANDS = (1 / 12, 1 / 6, 1 / 3, 1 / 2, 2 / 3, 5 / 6, 1, 3 / 2, 2, 3, 4)


@dataclass(frozen=True)
class LastBought:
    """Where, how and what everybody last bought before a day.

    Attributes
    ----------
    connection
        Holds ``purchases`` and, if the log says where or how it was bought, ``labels`` (``data.purchases``).
    columns
        Our names of the log's columns, and the file's.
    as_of
        First day that last purchases lie before.
    known_until
        First day that is not known: what was bought by then has not stopped.
    active_days, horizon_days
        Most days since the last purchase of who counts as active, and days without one that count as churn: what
        stopped is no cause for those who had left before.
    fewest
        Fewer customers than this are no group to speak of.
    customers
        Where it is given, the others of a large log are some 100,000 of them.

    Examples
    --------
    >>> from holdfast.data import Columns, Source, read_purchases
    >>> north = [(f"n{i % 60}", f"2024-{i // 30 + 1:02}-{i % 28 + 1:02}", "North") for i in range(360)]
    >>> south = [(f"s{i % 40}", f"2024-{i // 40 + 1:02}-{i % 28 + 1:02}", "South") for i in range(240)]
    >>> log = read_purchases(
    ...     Source(pd.DataFrame(north + south, columns=["customer_id", "ordered_at", "shop"]), Columns(branch="shop"))
    ... )
    >>> end = date(2025, 1, 1)
    >>> last = LastBought(log.connection, {"branch": "shop"}, end, end, active_days=240, horizon_days=120)
    >>> last.in_common([f"s{i}" for i in range(40)])
    '40 of the 40 on the list last bought at South; nobody has since 28 June 2024.'
    >>> last.causes(["n1", "s1"])
    {'s1': 'last bought at South; nobody has since 28 June 2024'}
    """

    connection: duckdb.DuckDBPyConnection
    columns: Mapping[str, str]
    as_of: date
    known_until: date
    active_days: int
    horizon_days: int
    fewest: int = 0
    customers: CustomerSample | None = None

    @property
    def places(self) -> list[str]:
        """Our names of the columns that say where, how or what was bought."""
        return [name for name in _BOUGHT if name in self.columns]

    def in_common(self, customers: Sequence[str]) -> str:
        """Return one sentence on the first customers of a ranked list; empty where nothing is unusual."""
        first = customers[:_FIRST]
        if not self.places or len(first) < _SHORTEST:
            return ""
        held, of = self._held(first), len(first)
        found = self._that_stopped(held, of)
        if not found and not self._stopped.empty:
            # What is a cause of some need not be most of the first: it is told of the whole list.
            found, of = self._that_stopped(self._held(customers), len(customers), more=0.0), len(customers)
        if not found:
            found, of = self._more_than_usual(held, len(first)), len(first)
        if not found:
            return ""
        said = to_tell("{count} of the {of} on the list {bought}; {beside}.")
        if len(customers) > of:
            said = to_tell("{count} of the first {of} on the list {bought}; {beside}.")
        count, bought, beside = found
        return told(said, count=count, of=of, bought=bought, beside=beside)

    def causes(self, customers: Collection[str]) -> dict[str, str]:
        """Return by customer of whom it can be said what stopped that they last bought at, in the reader's language."""
        if not self.places or self._stopped.empty or not customers:
            return {}
        held = self._held(list(customers))
        found = self._that_left(_alone(held)).sort_values("p", kind="stable").drop_duplicates("customer_id")
        rows = zip(*(found[name] for name in ("customer_id", "place", "value", "last_day")), strict=True)
        return {
            own: retold(f"{self._bought(place, value)}; {_since(last_day)}") for own, place, value, last_day in rows
        }

    def _that_left(self, held: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of ``held`` at what has stopped of customers who had not left before, with what is known."""
        found = held.merge(self._stopped, on=["place", "value"])
        return found[found["last_day"] - found["day"] < self.horizon_days]

    def _fewest(self, drawn: int) -> float:
        """Return how many of so many customers must share a value."""
        return max(_FEWEST, self.fewest, _SHARE * drawn)

    def _that_stopped(self, held: pd.DataFrame, drawn: int, *, more: float = _MORE) -> tuple[int, str, str] | None:
        """Return of what stopped the value that most share, if they are more than were to be expected."""
        counts = self._that_left(held).groupby(["place", "value", "last_day", "usual"]).size()
        counts = counts[
            (counts >= self._fewest(drawn)) & (counts / drawn >= more * counts.index.get_level_values("usual"))
        ]
        if counts.empty:
            return None
        most: Any = counts.idxmax()
        return int(counts.max()), self._bought(most[0], most[1]), _since(most[2])

    def _more_than_usual(self, held: pd.DataFrame, drawn: int) -> tuple[int, str, str] | None:
        """Return the value that is surest to be shared by more of the first than of others silent for as long."""
        # The more somebody buys at once, the more products there are among it: that says nothing of these.
        alone = _alone(held)
        counts = alone.groupby(["place", "value"]).size()
        counts = counts[counts >= self._fewest(drawn)]
        everyone, sizes = self._bands
        sampled = self._sampled(self.as_of)
        looked = everyone.groupby(["place", "value"])["n"].sum()
        looked = looked[looked >= _LOOKED_AT]
        draws = _by_band(held.drop_duplicates("customer_id")["band"].value_counts(), sizes)
        all_there = sizes.to_numpy(dtype=np.int64)
        others = all_there if sampled else all_there - draws
        best: tuple[float, int, str, str] | None = None
        for place, value in counts.index.intersection(looked.index):
            n = int(counts[place, value])
            of = _by_band(_of(everyone, place, value).set_index("band")["n"], sizes)
            mine = _by_band(_of(alone, place, value)["band"].value_counts(), sizes)
            # Of a sample hardly anybody is on the list, so it is the others.
            theirs = of if sampled else of - mine
            usual = float(np.sum(draws * theirs / np.maximum(others, 1)) / drawn)
            p = _at_least(n, others + draws, theirs + mine, draws)
            if p * len(looked) * len(LISTS) > _CHANCE or n / drawn < max(_MORE * usual, usual + _SHARE):
                continue
            if best is None or p < best[0]:
                beside = told(to_tell("of other customers silent for as long, {usual} did"), usual=f"{usual:.0%}")
                best = p, n, self._bought(place, value), beside
        return best[1:] if best else None

    def _bought(self, place: str, value: str) -> str:
        """Return what was bought where; a number alone stands behind the name of its column."""
        named = place == _PRODUCT or any(letter.isalpha() for letter in value)
        return told(_BOUGHT[place], value=value if named else f"{self.columns[place]} {value}")

    @cached_property
    def _stopped(self) -> pd.DataFrame:
        """The values that stopped and whose last buyers stayed away: place, value, last_day, p and the usual share."""
        from scipy.stats import binom

        some, parts = self._some(self.known_until), self._parts(self.known_until, self._sampled(self.known_until))
        values = some.execute(_VALUES.format(**parts)).df()
        daily = some.execute(_DAILY.format(**parts)).df()
        if values.empty:
            return values.assign(p=[], usual=[])
        total = daily.groupby("place")["bought"].sum().reindex(values["place"]).to_numpy()
        missed, looked = total - values["until_last"].to_numpy(), len(values)
        # What came after the first day in some order: how often would none of the value be among the last so many?
        after, again = total - values["until_first"].to_numpy(), values["bought"].to_numpy() - values["at_first"]
        p = np.exp(_log_ways(after - missed, again) - _log_ways(after, again))
        ended = (missed > _END * values["longest"].to_numpy()) & (p * looked < _CHANCE)
        values = values.assign(p=p)[ended]
        ends = list(zip(values["place"], values["last_day"], strict=True))
        late = [daily[(daily["place"] == at) & daily["day"].between(end - _LAST_DAYS + 1, end)] for at, end in ends]
        bought, gone = (np.array([days[name].sum() for days in late]) for name in ("bought", "gone"))
        usual, mine = values["bought_late"].to_numpy() / bought, values["gone_late"].to_numpy()
        # Where few come back soon anyway, those who did are to be clearly fewer than of the others.
        came, of_others = values["bought_late"].to_numpy() - mine, usual * (bought - gone)
        clearly = (mine > _MORE * usual * gone) | (came < of_others / _MORE)
        stayed_away = (binom.sf(mine - 1, gone, usual) * looked < _CHANCE) & clearly
        found: pd.DataFrame = values.assign(usual=usual).loc[stayed_away]
        return found

    @cached_property
    def _bands(self) -> tuple[pd.DataFrame, pd.Series]:
        """How many last bought at each value, by how long they have been silent, and how many there are."""
        some, parts = self._some(self.as_of), self._parts(self.as_of, self._sampled(self.as_of))
        everyone = some.execute(_BY_BAND.format(**parts)).df()
        sizes = some.execute(_SIZES.format(**parts)).df()
        return everyone, sizes.set_index("band")["n"].sort_index()

    def _held(self, customers: Sequence[str]) -> pd.DataFrame:
        """Return at what some customers last bought: place, value, customer_id and their band of silence."""
        self.connection.register("asked_for", pd.DataFrame({"customer_id": np.array(customers, dtype=object)}))
        try:
            return self.connection.execute(_OF_SOME.format(**self._parts(self.as_of, _ASKED_FOR))).df()
        finally:
            self.connection.unregister("asked_for")

    def _some(self, day: date) -> duckdb.DuckDBPyConnection:
        """Return where the others' purchases are read."""
        return self.connection if self.customers is None else self.customers.reading(day, _OTHERS)

    def _sampled(self, day: date) -> str:
        """Return the condition by which a sample's labels are chosen as its purchases are; empty for everybody's."""
        sampled = self.customers is not None and self.customers.slice_of(day, _OTHERS) is not None
        return "customer_id IN (SELECT customer_id FROM newest)" if sampled else ""

    def _parts(self, until: date, only: str = "") -> dict[str, str]:
        """Return what the queries are made of, of all customers or some."""
        end = (until - EPOCH).days
        ends = [round(self.active_days * share) for share in _BANDS]
        band = " ".join(f"WHEN {end} - newest.day <= {most} THEN {i}" for i, most in enumerate(ends))
        lines = []
        for place in self.places:
            where = "purchases WHERE amount > 0 AND" if place == _PRODUCT else "labels WHERE"
            lines.append(
                f"SELECT DISTINCT '{place}' AS place, {place} AS value, customer_id, day FROM {where} {place} IS NOT "
                f"NULL AND day < {end}{only and f' AND {only}'}"
            )
        return {
            "lines": " UNION ALL ".join(lines),
            "newest": f"SELECT customer_id, MAX(day) AS day FROM purchases WHERE amount > 0 AND day < {end}"
            f"{' AND ' + only if only == _ASKED_FOR else ''} GROUP BY customer_id",
            "band": f"CASE {band} ELSE {len(ends)} END",
            "late": str(_LAST_DAYS),
            "fewest": str(_LOOKED_AT),
        }


def _since(last_day: float) -> str:
    return told(to_tell("nobody has since {day}"), day=day(EPOCH + timedelta(days=int(last_day))))


def _of(rows: pd.DataFrame, place: str, value: str) -> pd.DataFrame:
    return rows[(rows["place"] == place) & (rows["value"] == value)]


def _alone(held: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of customers who bought at one value of a column alone."""
    return held[~held.duplicated(["place", "customer_id"], keep=False)]


def _by_band(counts: pd.Series, sizes: pd.Series) -> Ints:
    return counts.reindex(sizes.index, fill_value=0).to_numpy(dtype=np.int64)


def _log_ways(of: npt.ArrayLike, chosen: npt.ArrayLike) -> Floats:
    """Return the logarithm of the number of ways to choose so many."""
    n, k = np.asarray(of, dtype=np.float64), np.asarray(chosen, dtype=np.float64)
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def _at_least(n: int, sizes: Ints, of: Ints, draws: Ints) -> float:
    """Return how often so many or more have a value if draws from each band are by lot (hypergeometric, summed).

    Examples
    --------
    >>> round(_at_least(2, np.array([4, 4]), np.array([2, 2]), np.array([1, 1])), 2)
    0.25
    """
    from scipy.stats import hypergeom

    chance = np.ones(1)
    for size, have, drawn in zip(sizes, of, draws, strict=True):
        chance = np.convolve(chance, hypergeom.pmf(np.arange(drawn + 1), size, have, drawn))
    return float(chance[n:].sum())


# Of each value: days of customers, how many of its column lay before its first and its last day, the longest pause
# among these, and of its last days how many bought and how many of them never again.
_VALUES = """
WITH newest AS ({newest}), lines AS ({lines}),
per_day AS (
    SELECT place, lines.day AS day, COUNT(DISTINCT lines.customer_id) AS bought FROM lines GROUP BY place, lines.day
),
running AS (SELECT place, day, SUM(bought) OVER (PARTITION BY place ORDER BY day) AS until FROM per_day),
every_day AS (
    SELECT place, value, lines.day AS day, COUNT(*) AS bought,
           SUM(CASE WHEN lines.day = newest.day THEN 1 ELSE 0 END) AS gone
    FROM lines JOIN newest ON lines.customer_id = newest.customer_id GROUP BY place, value, lines.day
),
pauses AS (
    SELECT every_day.place AS place, value, every_day.day AS day, bought, gone, until,
           until - LAG(until) OVER (PARTITION BY every_day.place, value ORDER BY every_day.day) AS pause,
           MAX(every_day.day) OVER (PARTITION BY every_day.place, value) AS last_day
    FROM every_day JOIN running ON every_day.place = running.place AND every_day.day = running.day
)
SELECT place, value, MAX(last_day) AS last_day, CAST(SUM(bought) AS BIGINT) AS bought,
       CAST(MIN(until) AS BIGINT) AS until_first, CAST(MAX(until) AS BIGINT) AS until_last,
       CAST(MAX(pause) AS BIGINT) AS longest,
       CAST(SUM(CASE WHEN pause IS NULL THEN bought ELSE 0 END) AS BIGINT) AS at_first,
       CAST(SUM(CASE WHEN day > last_day - {late} THEN bought ELSE 0 END) AS BIGINT) AS bought_late,
       CAST(SUM(CASE WHEN day > last_day - {late} THEN gone ELSE 0 END) AS BIGINT) AS gone_late
FROM pauses GROUP BY place, value HAVING SUM(bought) >= {fewest} ORDER BY place, value
"""
_DAILY = """
WITH newest AS ({newest}), lines AS ({lines}), visits AS (SELECT DISTINCT place, customer_id, day FROM lines)
SELECT place, visits.day AS day, COUNT(*) AS bought, SUM(CASE WHEN visits.day = newest.day THEN 1 ELSE 0 END) AS gone
FROM visits JOIN newest ON visits.customer_id = newest.customer_id GROUP BY place, visits.day ORDER BY place, day
"""
_BY_BAND = """
WITH newest AS ({newest}), lines AS ({lines}),
alone AS (
    SELECT place, lines.customer_id AS customer_id, MIN(value) AS value, MAX({band}) AS band
    FROM lines JOIN newest ON lines.customer_id = newest.customer_id AND lines.day = newest.day
    WHERE place <> 'product_id' GROUP BY place, lines.customer_id HAVING MIN(value) = MAX(value)
)
SELECT place, value, band, COUNT(*) AS n FROM alone GROUP BY place, value, band ORDER BY place, value, band
"""
_SIZES = "WITH newest AS ({newest}) SELECT {band} AS band, COUNT(*) AS n FROM newest GROUP BY band"
_OF_SOME = """
WITH newest AS ({newest}), lines AS ({lines})
SELECT place, value, lines.customer_id AS customer_id, lines.day AS day, {band} AS band
FROM lines JOIN newest ON lines.customer_id = newest.customer_id AND lines.day = newest.day
ORDER BY place, value, lines.customer_id
"""
