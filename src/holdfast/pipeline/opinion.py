"""Opinion: what customers answered and wrote, and how that goes with leaving."""

from collections.abc import Mapping

import pandas as pd

from holdfast.data.values.words import lowered
from holdfast.errors import DataError
from holdfast.kpis.association import association
from holdfast.kpis.perceived import by_customer, by_segment
from holdfast.kpis.rates import Figure, refused
from holdfast.kpis.satisfaction import csi_by_customer, latest_answers, satisfaction
from holdfast.language import told
from holdfast.pipeline.comments import comment_tables, written_until
from holdfast.pipeline.shop import Kpi, Shop, in_order


def opinion(shop: Shop, tables: dict[str, pd.DataFrame], notes: list[str]) -> list[Kpi]:
    """Return the figures of what customers answered, and add the tables of them."""
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
        tables["perceived"] = by_segment(felt, shop.segment_of)
        whole = tables["perceived"].iloc[-1]
        figures.append(Figure(whole["perceived_value"], int(whole["n"]), whole["low"], whole["high"], whole["reason"]))
    except DataError as error:
        figures.append(refused(str(error)))
    tables["associations"] = _associations(shop, surveys, scales)
    notes.append(
        told("Opinion and churn: associations of those who answered; they show neither a cause nor what others think.")
    )
    return [(n, f, bases[n]) for n, f in zip(names, figures, strict=True)]


def comments(shop: Shop, tables: dict[str, pd.DataFrame], notes: list[str]) -> None:
    """Add what customers wrote: of the year before the cutoff, and before the last window what those wrote who left."""
    comments, earlier = (written_until(shop.sql, day, shop.config) for day in (shop.cutoff.day, shop.before.day))
    active, stayed = shop.active_then()
    made, said = comment_tables(comments, earlier, shop.segment_of, active[~stayed], active[stayed], shop.config)
    tables.update({name: in_order(table, "name") if name == "comments" else table for name, table in made.items()})
    notes += said


def _associations(shop: Shop, surveys: pd.DataFrame, scales: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """Return how what was known when the last window began goes with churn in it, among the then active."""
    given = shop.config.value
    then = latest_answers(surveys, shop.before.day)
    base, stayed = shop.active_then()
    items = [lowered(i) for i in given.csi_items]
    weighed = then[then["item"].isin(items)].assign(high=lambda t: t["item"].map({i: s[1] for i, s in scales.items()}))
    measures = {
        "nps": _of_item(then, given.nps_item),
        "csat": _of_item(then, given.csat_item),
        "csi": csi_by_customer(weighed),
        "perceived_value": _felt(then, scales),
        "answered a survey (1 or 0)": then.groupby("customer_id")["score"].count().clip(upper=1).astype(float),
    }
    return pd.DataFrame([association(n, base.map(m).astype(float), ~stayed) for n, m in measures.items()])


def _of_item(answers: pd.DataFrame, item: str) -> pd.Series:
    return answers[answers["item"] == lowered(item)].groupby("customer_id")["score"].mean()


def _felt(answers: pd.DataFrame, scales: Mapping[str, tuple[float, float]]) -> pd.Series:
    try:
        return by_customer(answers[answers["dimension"] != ""], scales)["perceived_value"]
    except DataError:
        return pd.Series(dtype=float)
