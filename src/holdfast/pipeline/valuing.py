"""Value: what customers were and will be worth, what winning them cost, who stays, and what they say of us."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from holdfast import columns
from holdfast.config import Config
from holdfast.features import Cutoff
from holdfast.features.beside import ROWS
from holdfast.forecast.spread import totals
from holdfast.kpis.acquisition import ALL, acquisition
from holdfast.kpis.campaigns import campaign_response
from holdfast.kpis.cohorts import cohort_of, cohort_triangle, empty_months, repeat_rate, retention, visit_conversion
from holdfast.kpis.historical import compare_with_predicted, historical
from holdfast.kpis.rates import Figure, rate, refused
from holdfast.kpis.service import days_to_close
from holdfast.kpis.small_groups import without_small_groups
from holdfast.language import to_tell, told
from holdfast.pipeline.last_year import other_level
from holdfast.pipeline.opinion import comments, opinion
from holdfast.pipeline.outputs import whole_folder, write_csv, write_json, write_parquet
from holdfast.pipeline.preparation import PreparedPurchases, for_purchases
from holdfast.pipeline.reporting import refresh_report
from holdfast.pipeline.segmenting import plain
from holdfast.pipeline.shop import Kpi, Shop, in_order
from holdfast.pipeline.written import read_scored, spread_of
from holdfast.progress import Say, quiet


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
    shop = Shop(prepared, written, cutoff)
    notes: list[str] = []
    say("history and cohorts")
    tables: dict[str, pd.DataFrame] = {}
    if written.has_money:
        tables["totals"] = _totals(shop)
        tables["customers"], tables["historical"] = _historical(shop)
        notes += [*_total_notes(shop), *other_level(prepared), _historical_note(config)]
    else:
        notes.append(told("The log has no amounts: there is no historical CLV, no value per cohort and no CLV:CAC."))
    tables["cohorts"] = cohort_triangle(shop.occasions, written.as_of)
    first = tables["cohorts"]["cohort"].min()
    notes.append(told("Cohorts: {month} may hold customers who bought before the log begins.", month=first))
    if empty := empty_months(shop.occasions):
        nobody = to_tell(
            "Cohorts: nobody bought in {months}, so 0% stands there; if lines are missing, the true share is not known."
        )
        notes.append(told(nobody, months=", ".join(empty)))
    kpis = [*_loyalty(shop)]
    say("tables beside the purchases")
    kpis += _acquisition(shop, tables, notes)
    kpis += _campaigns(shop, tables, notes)
    kpis += [_service(shop), *opinion(shop, tables, notes)]
    comments(shop, tables, notes)
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


_YEAR = 365


def _totals(shop: Shop) -> pd.DataFrame:
    """Return what everybody, each RFM segment and each cohort is expected to bring in, with intervals."""
    scores, spread, days = shop.written.scores, spread_of(shop.written.folder), shop.config.clv.horizon_days
    groups = {
        ALL: pd.Series(ALL, index=scores.index),
        "segment": shop.segment,
        "cohort": scores["customer_id"].map(cohort_of(shop.occasions)),
    }
    parts = [
        totals(scores, by, spread, churn_days=shop.config.churn.horizon_days, clv_days=days) for by in groups.values()
    ]
    parts[1] = in_order(parts[1], "name")
    table = pd.concat([part.assign(kind=kind) for kind, part in zip(groups, parts, strict=True)], ignore_index=True)
    return table.rename(columns={"total": f"{columns.clv(days)}_total"})[[c.name for c in columns.totals(days)]]


def _total_notes(shop: Shop) -> list[str]:
    """Return what the intervals of the totals do not hold."""
    days = shop.config.clv.horizon_days
    clv = shop.config.clv
    notes = [told("Totals are of the customers there are: new ones come on top.")]
    if clv.yearly_discount:
        later = to_tell(
            "What they buy a year from now counts {discount:.0%} less than today (clv.yearly_discount): as cash the "
            "totals are about {more:.0%} higher."
        )
        # Cash that comes in evenly over the horizon, beside what it is worth today.
        years, rate = days / 365.0, clv.yearly_discount
        more = math.log1p(rate) * years / (1.0 - (1.0 + rate) ** -years) - 1.0
        notes.append(told(later, discount=1.0 - 1.0 / (1.0 + rate), more=more))
    known = int(shop.cutoff.day - shop.occasions["day"].min())
    if known >= days:
        spent = shop.occasions.loc[shop.occasions["day"] >= shop.cutoff.day - days, "spend"].sum()
        notes.append(
            told(
                "In the {days} days before, all customers brought in {margin:,.0f}, those included who were new then.",
                days=days,
                margin=spent * clv.margin,
            )
        )
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


def _historical(shop: Shop) -> tuple[pd.DataFrame, pd.DataFrame]:
    config, written = shop.config, shop.written
    found = historical(written.features, margin=config.clv.margin, lifespan_years=config.value.lifespan_years)
    customers = pd.concat([written.scores[["customer_id", "as_of"]], found, written.scores[[written.value]]], axis=1)
    compared = compare_with_predicted(
        found["historical_clv"], written.scores[written.value], written.scores["eligible"], shop.segment
    )
    compared = in_order(compared, "segment")
    renamed = {f"predicted_{what}": f"{written.value}_{what}" for what in ("mean", "total")}
    return customers, compared.rename(columns=renamed)


def _historical_note(config: Config) -> str:
    if config.value.lifespan_years is None:
        return told(
            "Historical CLV uses the years observed, so it is what was spent so far. Lifespans are censored: customers "
            "who are still active will spend more; the predicted CLV counts the next {days} days only.",
            days=config.clv.horizon_days,
        )
    assumed = to_tell("Historical CLV assumes that every customer stays {years:g} years, which nothing shows.")
    return told(assumed, years=config.value.lifespan_years)


def _loyalty(shop: Shop) -> list[Kpi]:
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


def _visits(shop: Shop, window: Mapping[str, date]) -> Kpi:
    first = shop.before.day + shop.before.gap_days
    visits = shop.sql(
        "SELECT customer_id, visited_day AS day FROM visits WHERE customer_id IS NOT NULL "
        f"AND visited_day >= {first} AND visited_day < {shop.cutoff.day}"
    )
    none = refused(told("needs tables.visits in this window"))
    figure = visit_conversion(visits, shop.occasions) if len(visits) else none
    base = told("customer-days with a visit, {first} to {last}, on which the customer bought", **window)
    return "visit_conversion", figure, base


def _acquisition(shop: Shop, tables: dict[str, pd.DataFrame], notes: list[str]) -> list[Kpi]:
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


def _campaigns(shop: Shop, tables: dict[str, pd.DataFrame], notes: list[str]) -> list[Kpi]:
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


def _service(shop: Shop) -> Kpi:
    """Return how long questions and complaints of the last year took."""
    base = told("questions and complaints of the last {days} days; median of days until one is closed", days=_YEAR)
    tickets = shop.sql(
        f"SELECT opened_day, closed_day FROM tickets WHERE opened_day < {shop.cutoff.day} "
        f"AND opened_day >= {shop.cutoff.day - _YEAR}"
    )
    if not len(tickets) or tickets["closed_day"].isna().all():
        return "service_days", refused(told("needs tables.tickets with closed_at"), len(tickets)), base
    return "service_days", days_to_close(tickets["opened_day"], tickets["closed_day"], shop.cutoff.day), base
