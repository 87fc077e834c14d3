"""Value: what customers were and will be worth, what winning them cost, who stays, and what they say of us."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from holdfast import columns
from holdfast.config import Config
from holdfast.errors import DataError
from holdfast.features import Cutoff
from holdfast.features.beside import ROWS
from holdfast.features.build import purchase_days_sql
from holdfast.forecast.spread import totals
from holdfast.kpis.acquisition import ALL, acquisition
from holdfast.kpis.association import association
from holdfast.kpis.campaigns import campaign_response
from holdfast.kpis.cohorts import cohort_of, cohort_triangle, repeat_rate, retention, visit_conversion
from holdfast.kpis.historical import compare_with_predicted, historical
from holdfast.kpis.perceived import by_customer, by_segment
from holdfast.kpis.rates import Figure, rate, refused
from holdfast.kpis.satisfaction import csi_by_customer, latest_answers, satisfaction
from holdfast.kpis.service import days_to_close
from holdfast.kpis.small_groups import without_small_groups
from holdfast.language import to_tell, told
from holdfast.pipeline.outputs import whole_folder, write_csv, write_json, write_parquet
from holdfast.pipeline.preparation import PreparedPurchases, for_purchases
from holdfast.pipeline.reporting import refresh_report
from holdfast.pipeline.segmenting import plain
from holdfast.pipeline.written import Written, read_scored, spread_of
from holdfast.progress import Say, quiet
from holdfast.segments.rfm import SEGMENTS, rfm


@dataclass(frozen=True)
class Valued:
    """What was written to ``folder``: tables by name (``columns.VALUE``), and notes.

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``:

    >>> import holdfast
    >>> valued = value(holdfast.prepare(holdfast.load_config("demo.yaml")))
    >>> valued.tables["kpis"][["kpi", "value", "low", "high", "n"]].head(2).round(3)
                  kpi  value    low   high     n
    0  retention_rate  0.428  0.404  0.452  1605
    1      churn_rate  0.572  0.548  0.596  1605
    """

    folder: Path
    as_of: date
    tables: dict[str, pd.DataFrame]
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the tables as plain values for JSON; the rows of customers are in the files."""
        shown = {name: plain(table) for name, table in self.tables.items() if name != "customers"}
        return {"folder": str(self.folder), "as_of": self.as_of.isoformat(), **shown, "notes": self.notes}


@for_purchases("value")
def value(prepared: PreparedPurchases, *, say: Say = quiet) -> Valued:
    """Set the last scores beside history, cost and opinion, and write the tables beside the scores.

    What a scenario cannot say for want of a table is in ``kpis`` with the reason; nothing is filled in.

    Raises
    ------
    NotFoundError
        There are no scores yet.

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``:

    >>> import holdfast
    >>> valued = value(holdfast.prepare(holdfast.load_config("demo.yaml")))
    >>> sorted(valued.tables)
    ['cohorts', 'customers', 'historical', 'kpis', 'totals']
    """
    config = prepared.config
    written = read_scored(config)
    cutoff = Cutoff(written.as_of, config.churn.horizon_days, config.churn.gap_days)
    shop = _Shop(prepared, written, cutoff)
    notes: list[str] = []
    say("history and cohorts")
    tables: dict[str, pd.DataFrame] = {}
    if written.has_money:
        tables["totals"] = _totals(shop)
        tables["customers"], tables["historical"] = _historical(shop)
        notes += [*_total_notes(shop), _historical_note(config)]
    else:
        notes.append(told("The log has no amounts: there is no historical CLV, no value per cohort and no CLV:CAC."))
    tables["cohorts"] = cohort_triangle(shop.occasions, written.as_of)
    first = tables["cohorts"]["cohort"].min()
    notes.append(told("Cohorts: {month} may hold customers who bought before the log begins.", month=first))
    kpis = [*_loyalty(shop)]
    say("tables beside the purchases")
    kpis += _acquisition(shop, tables, notes)
    kpis += _campaigns(shop, tables, notes)
    kpis += [_service(shop), *_opinion(shop, tables, notes)]
    tables["kpis"] = pd.DataFrame([{"kpi": name, **f.as_dict(), "base": base} for name, f, base in kpis])[
        ["kpi", "value", "low", "high", "n", "base", "reason"]
    ]
    for name, table in tables.items():
        tables[name], said = without_small_groups(name, table, config.privacy.minimum_cell)
        notes += said
    with whole_folder(config, written.folder / "value") as folder:
        for name, table in tables.items():
            if name == "customers":
                write_parquet(folder / "customers.parquet", table)
            else:
                write_csv(folder / f"{name}.csv", table)
        write_json(folder / "notes.json", {"notes": notes})
    refresh_report(config, written.folder)
    return Valued(written.folder / "value", written.as_of, tables, notes)


_Kpi = tuple[str, Figure, str]
_YEAR = 365


class _Shop:
    """The log, the scores and the cutoff that all parts read."""

    def __init__(self, prepared: PreparedPurchases, written: Written, cutoff: Cutoff) -> None:
        self.config, self.connection = prepared.config, prepared.log.connection
        self.written, self.cutoff = written, cutoff
        self.has_money = prepared.log.has_money
        days = purchase_days_sql(cutoff)
        self.occasions = self.sql(f"SELECT customer_id, day, CAST(spend AS DOUBLE) AS spend FROM ({days}) AS days")
        if not self.has_money:
            self.occasions = self.occasions.drop(columns="spend")
        self.segment = rfm(written.features)["segment"]
        # The last window that is over: it began here.
        self.before = cutoff.earlier(cutoff.gap_days + cutoff.horizon_days)

    def sql(self, query: str) -> pd.DataFrame:
        """Return the answer of a query in a fixed order; text is text, and a number that is missing is NaN."""
        given: pd.DataFrame = self.connection.sql(query).df()
        table = pd.DataFrame({str(c): _plain(given[c]) for c in given.columns})
        return table.sort_values(list(table.columns), ignore_index=True)

    def at_window_start(self) -> pd.DataFrame:
        """Return who had bought when the last window began, and how long ago."""
        start = self.before.day
        last = self.occasions[self.occasions["day"] < start].groupby("customer_id")["day"].max()
        return (start - last).rename("days_since_last").reset_index()

    def bought_in_window(self) -> pd.Series:
        """Return who bought in the last window."""
        first = self.before.day + self.before.gap_days
        inside = self.occasions[(self.occasions["day"] >= first) & (self.occasions["day"] < self.cutoff.day)]
        return pd.Series(inside["customer_id"].unique(), dtype="str")


def _plain(column: pd.Series) -> pd.Series:
    if not pd.api.types.is_numeric_dtype(column):
        return column.astype("str")
    numbers = pd.Series(column.to_numpy(dtype=np.float64, na_value=np.nan))
    whole = pd.api.types.is_integer_dtype(column) and not numbers.isna().any()
    return numbers.astype("int64") if whole else numbers


def _totals(shop: _Shop) -> pd.DataFrame:
    """Return what everybody, each RFM segment and each cohort is expected to bring in, with intervals."""
    scores, spread, days = shop.written.scores, spread_of(shop.written.folder), shop.config.clv.horizon_days
    groups = {
        ALL: pd.Series(ALL, index=scores.index),
        "segment": shop.segment,
        "cohort": scores["customer_id"].map(cohort_of(shop.occasions)),
    }
    parts = [
        totals(scores[columns.clv(days)], scores[columns.clv_deviation(days)], scores[shop.written.p_churn], by, spread)
        for by in groups.values()
    ]
    parts[1] = _in_order(parts[1], "name")
    table = pd.concat([part.assign(kind=kind) for kind, part in zip(groups, parts, strict=True)], ignore_index=True)
    return table.rename(columns={"total": f"{columns.clv(days)}_total"})[[c.name for c in columns.totals(days)]]


def _total_notes(shop: _Shop) -> list[str]:
    """Return what the intervals of the totals do not hold."""
    days = shop.config.clv.horizon_days
    notes = [told("Totals are of the customers there are: new ones come on top.")]
    known = int(shop.cutoff.day - shop.occasions["day"].min())
    if known < _YEAR:
        notes.append(
            told(
                "The log reaches back {known} days: how the coming {days} differ by their season is not known, and "
                "the intervals of the totals do not hold it.",
                known=known,
                days=days,
            )
        )
    return notes


def _historical(shop: _Shop) -> tuple[pd.DataFrame, pd.DataFrame]:
    config, written = shop.config, shop.written
    found = historical(written.features, margin=config.clv.margin, lifespan_years=config.value.lifespan_years)
    customers = pd.concat([written.scores[["customer_id", "as_of"]], found, written.scores[[written.value]]], axis=1)
    compared = compare_with_predicted(
        found["historical_clv"], written.scores[written.value], written.scores["eligible"], shop.segment
    )
    compared = _in_order(compared, "segment")
    renamed = {f"predicted_{what}": f"{written.value}_{what}" for what in ("mean", "total")}
    return customers, compared.rename(columns=renamed)


def _in_order(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return rows with RFM segments in the order in which all tables show them; others last."""
    rank = {name: i for i, name in enumerate(SEGMENTS)}
    return table.sort_values(column, key=lambda s: s.map(rank).fillna(len(rank)), ignore_index=True)


def _historical_note(config: Config) -> str:
    if config.value.lifespan_years is None:
        return told(
            "Historical CLV uses the years observed, so it is what was spent so far. Lifespans are censored: customers "
            "who are still active will spend more; the predicted CLV counts the next {days} days only.",
            days=config.clv.horizon_days,
        )
    assumed = to_tell("Historical CLV assumes that every customer stays {years:g} years, which nothing shows.")
    return told(assumed, years=config.value.lifespan_years)


def _loyalty(shop: _Shop) -> list[_Kpi]:
    h, active = shop.cutoff.horizon_days, shop.config.active_days
    window = {"first": shop.before.window_start, "last": shop.cutoff.date}
    before = shop.at_window_start()
    if len(before):
        kept, lost = retention(before, shop.bought_in_window(), active_days=active)
    else:
        kept = lost = refused(told("too young: nobody had bought before {day}", day=shop.before.date))
    base = {"day": shop.before.date, "days": active, **window}
    stayed = to_tell("active on {day} (last purchase at most {days} days before), bought {first} to {last}")
    left = to_tell("active on {day} (last purchase at most {days} days before), did not buy {first} to {last}")
    return [
        ("retention_rate", kept, told(stayed, **base)),
        ("churn_rate", lost, told(left, **base)),
        (
            "repeat_rate",
            repeat_rate(shop.occasions, shop.cutoff.day, within_days=h),
            told(
                "second purchase day within {days} days of the first; first purchase more than {days} days back", days=h
            ),
        ),
        _visits(shop, window),
    ]


def _visits(shop: _Shop, window: Mapping[str, date]) -> _Kpi:
    first = shop.before.day + shop.before.gap_days
    visits = shop.sql(
        "SELECT customer_id, visited_day AS day FROM visits WHERE customer_id IS NOT NULL "
        f"AND visited_day >= {first} AND visited_day < {shop.cutoff.day}"
    )
    none = refused(told("needs tables.visits in this window"))
    figure = visit_conversion(visits, shop.occasions) if len(visits) else none
    base = told("customer-days with a visit, {first} to {last}, on which the customer bought", **window)
    return "visit_conversion", figure, base


def _acquisition(shop: _Shop, tables: dict[str, pd.DataFrame], notes: list[str]) -> list[_Kpi]:
    h = shop.config.clv.horizon_days
    bases = {
        "conversion_rate": told(
            "people acquired at least {days} days ago with a known cost who bought within {days} days", days=h
        ),
        "cac": told("cost of these people per buyer"),
        "clv_to_cac": told("their margin within {days} days over their cost", days=h),
        "payback_days": told("days until their margin covers their cost, within {days} days", days=h),
    }
    people = shop.sql(
        "SELECT customer_id, acquired_day, channel, CAST(acquisition_cost AS DOUBLE) AS acquisition_cost "
        f"FROM ({ROWS['customers'].replace('{cutoff}', str(shop.cutoff.day))}) AS latest"
    )
    if len(people) == 0 or not shop.has_money:
        needs = to_tell("needs tables.customers with channel and acquisition_cost")
        why = told(to_tell("the log has no amounts") if len(people) else needs)
        return [(name, refused(why), base) for name, base in bases.items()]
    made = acquisition(people, shop.occasions, shop.cutoff.day, horizon_days=h, margin=shop.config.clv.margin)
    tables["acquisition"] = made
    strangers = int((~shop.written.scores["customer_id"].isin(set(people["customer_id"]))).sum())
    if strangers:
        notes.append(told("Acquisition: {n:n scored customer} not in tables.customers: not counted.", n=strangers))
    whole = made[made["channel"] == ALL].iloc[0]
    mature = int(whole["mature"])
    buyers = 0 if np.isnan(whole["buyers"]) else int(whole["buyers"])
    why = str(whole["reason"])
    converted = rate(buyers, mature, nobody=why)
    figures = [
        Figure(float(whole[name]), n, reason=why if np.isnan(whole[name]) else "")
        for name, n in (("cac", buyers), ("clv_to_cac", mature), ("payback_days", mature))
    ]
    return [(n, f, b) for (n, b), f in zip(bases.items(), [converted, *figures], strict=True)]


def _campaigns(shop: _Shop, tables: dict[str, pd.DataFrame], notes: list[str]) -> list[_Kpi]:
    base = told("contacts sent, control group aside, after which the customer converted")
    contacts = shop.sql(
        "SELECT customer_id, campaign, arm, sent_day, opened_day, converted_day, CAST(cost AS DOUBLE) AS cost "
        f"FROM contacts WHERE sent_day < {shop.cutoff.day}"
    )
    if len(contacts) == 0:
        return [("campaign_conversion", refused(told("needs tables.contacts with sent_at and converted_at")), base)]
    made = campaign_response(contacts, shop.occasions, shop.cutoff.day, response_days=shop.config.value.response_days)
    tables["campaigns"] = made
    notes.append(told("Campaigns: a lift is an effect only where chance chose the control group."))
    sent = int(made["sent"].sum())
    if made["conversion"].isna().all():
        return [("campaign_conversion", refused(told("needs tables.contacts.columns.converted_at"), sent), base)]
    hits = int((made["conversion"].fillna(0) * made["sent"]).round().sum())
    return [("campaign_conversion", rate(hits, sent, nobody=told("nothing was sent")), base)]


def _service(shop: _Shop) -> _Kpi:
    """Return how long questions and complaints of the last year took."""
    base = told("questions and complaints of the last {days} days; median of days until one is closed", days=_YEAR)
    tickets = shop.sql(
        f"SELECT opened_day, closed_day FROM tickets WHERE opened_day < {shop.cutoff.day} "
        f"AND opened_day >= {shop.cutoff.day - _YEAR}"
    )
    if not len(tickets) or tickets["closed_day"].isna().all():
        return "service_days", refused(told("needs tables.tickets with closed_at"), len(tickets)), base
    return "service_days", days_to_close(tickets["opened_day"], tickets["closed_day"], shop.cutoff.day), base


def _opinion(shop: _Shop, tables: dict[str, pd.DataFrame], notes: list[str]) -> list[_Kpi]:
    names = ("nps", "csat", "csi", "perceived_value")
    surveys = shop.sql(
        "SELECT customer_id, item, dimension, asked_day, answered_day, CAST(score AS DOUBLE) AS score, "
        "CAST(importance AS DOUBLE) AS importance FROM surveys"
    )
    bases = {
        "nps": told("customers who answered; points, % of 9–10 minus % of 0–6"),
        "csat": told("customers who answered; % of the top two answers"),
        "csi": told("customers who answered; 0 to 100, weighed by importance"),
        "perceived_value": told("customers who answered both sides; benefit index − cost index, −100 to 100"),
    }
    if len(surveys) == 0:
        why = told("needs tables.surveys with item, dimension, score, importance")
        return [(n, refused(why), bases[n]) for n in names]
    given, scales = shop.config.value, shop.config.survey_scales
    answers = latest_answers(surveys, shop.cutoff.day)
    said = satisfaction(answers, scales, nps_item=given.nps_item, csat_item=given.csat_item, csi_items=given.csi_items)
    tables["satisfaction"] = said
    figures = [Figure(r["value"], r["n"], r["low"], r["high"], r["reason"]) for r in said.to_dict("records")]
    try:
        felt = by_customer(answers[answers["dimension"] != ""], scales)
        segment = pd.Series(shop.segment.to_numpy(), index=shop.written.scores["customer_id"])
        tables["perceived"] = by_segment(felt, segment)
        whole = tables["perceived"].iloc[-1]
        figures.append(Figure(whole["perceived_value"], int(whole["n"]), whole["low"], whole["high"], whole["reason"]))
    except DataError as error:
        figures.append(refused(str(error)))
    tables["associations"] = _associations(shop, surveys, scales)
    notes.append(
        told("Opinion and churn: associations of those who answered; they show neither a cause nor what others think.")
    )
    return [(n, f, bases[n]) for n, f in zip(names, figures, strict=True)]


def _associations(shop: _Shop, surveys: pd.DataFrame, scales: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """Return how what was known when the last window began goes with churn in it, among the then active."""
    given = shop.config.value
    then = latest_answers(surveys, shop.before.day)
    at_start = shop.at_window_start()
    base = at_start.loc[at_start["days_since_last"] <= shop.config.active_days, "customer_id"]
    churned = ~base.isin(set(shop.bought_in_window()))
    items = [i.lower() for i in given.csi_items]
    weighed = then[then["item"].isin(items)].assign(high=lambda t: t["item"].map({i: s[1] for i, s in scales.items()}))
    measures = {
        "nps": _of_item(then, given.nps_item),
        "csat": _of_item(then, given.csat_item),
        "csi": csi_by_customer(weighed),
        "perceived_value": _felt(then, scales),
        "answered a survey (1 or 0)": then.groupby("customer_id")["score"].count().clip(upper=1).astype(float),
    }
    return pd.DataFrame([association(n, base.map(m).astype(float), churned) for n, m in measures.items()])


def _of_item(answers: pd.DataFrame, item: str) -> pd.Series:
    return answers[answers["item"] == item.lower()].groupby("customer_id")["score"].mean()


def _felt(answers: pd.DataFrame, scales: Mapping[str, tuple[float, float]]) -> pd.Series:
    try:
        return by_customer(answers[answers["dimension"] != ""], scales)["perceived_value"]
    except DataError:
        return pd.Series(dtype=float)
