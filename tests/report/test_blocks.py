"""The report's blocks below the lists: every figure is that of the files, in both settings."""

import json
import re
import shutil
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import pandas as pd
import pytest

from holdfast.errors import ConfigError
from holdfast.language import month
from holdfast.pipeline import effect_of_list, prepare
from holdfast.pipeline.reporting import facts_of, keep_effect
from holdfast.report.page import render
from holdfast.report.page.cohorts import cohorts
from holdfast.report.page.experiments import _digits, experiments, measurable
from holdfast.report.page.headline import _last_effect
from holdfast.report.page.proof import evidence, sure_of
from holdfast.report.page.words import between, day, number, percent, signed
from holdfast.report.value import _not_known
from tests.report.shops import AS_OF, Page, purchases

EARLIER = "2023-12-31"
ASKED = SimpleNamespace(currency="EUR")
CELLS = (("control", 1), ("with it", 2))


@pytest.mark.parametrize("setting", ["sold", "bound"])
def test_promised_against_happened_is_the_held_out_test(setting, request):
    prepared = request.getfixturevalue(setting)
    held = json.loads((prepared.folder / "metrics.json").read_text(encoding="utf-8"))["held_out"]
    section = Page(prepared.folder / "report.html").root.ident("trust")
    reliability, gains, compared = (t.rows() for t in section.all("table")[:3])
    bins = held["reliability"]
    assert [r[:2] for r in reliability] == [[percent(b["mean_p"], 1), percent(b["churn_rate"], 1)] for b in bins]
    steps = held["gains"]
    assert gains == [[percent(s["share"]), percent(s["churners_reached"]), number(s["lift"], 2)] for s in steps]
    asked = held.get("eligible", held)
    rule = asked["recency_rule" if setting == "sold" else "plan_and_tenure"]
    assert compared[0][1:] == [number(asked["churn"]["auc"], 3), number(rule["auc"], 3)]
    gain = asked["auc_gain"]
    assert f"AUC {signed(gain['gain'], 3)}" in section.words
    assert f"{number(asked['churn']['customers'])} " in section.words


def test_the_race_is_that_of_the_training(sold, page, bound):
    race = json.loads((sold.folder / "model.json").read_text(encoding="utf-8"))["race"]
    newest = race["windows"][0]["churn"]
    table = next(t.rows() for t in page.root.ident("trust").all("table") if "recency (serves)" in t.text)
    assert {r[0].removesuffix(" (serves)"): r[1] for r in table} == {
        row["contender"]: number(row["log_loss"], 4) for row in newest
    }
    told = Page(bound.folder / "report.html").root.ident("trust").words
    assert "contracts have one model" in told.lower()


def test_notes_on_the_scores_stand_where_one_asks_whether_to_trust_them(sold, tmp_path):
    facts = facts_of(sold.config, sold.folder)
    of_scores, of_data = "probabilities are as the model gives them.", "3 customers of the surveys never bought."
    reason = facts.model["race"]["churn"]["reason"]
    notes = [of_data, of_scores, f"recency scores churn: {reason}."]
    known = replace(facts, metrics={**facts.metrics, "notes": notes}, account={**facts.account, "notes": [of_data]})
    path = tmp_path / "report.html"
    path.write_text(render(known), encoding="utf-8")
    root = Page(path).root
    assert of_scores in root.ident("trust").words
    assert of_scores not in root.ident("data").words
    assert of_data in root.ident("data").words
    assert of_data not in root.ident("trust").words
    assert root.ident("trust").words.count(reason) == 1, "the race says it already"


def test_both_dates_stand_side_by_side_with_who_moved(sold, page):
    section = page.root.ident("grids")
    for as_of in (EARLIER, AS_OF):
        customers = pd.read_parquet(sold.folder.parent / as_of / "segments" / "customers.parquet")
        rfm = next(t for t in section.all("div", "scroll") if t.given["aria-label"] == f"RFM, {day(as_of)}")
        counts = customers.groupby(["r", "f"]).size()
        seen = {r[0]: r[1:] for r in rfm.all("table")[0].rows()}
        for r in range(1, 6):
            assert seen[f"R {r}"] == [number(counts.get((r, f), 0)) for f in range(1, 6)]
        grid = next(t for t in section.all("div", "scroll") if t.given["aria-label"] == f"Value by risk, {day(as_of)}")
        total = sum(int(c) for row in grid.all("table")[0].rows() for c in row[1:])
        assert total == len(customers)
    after = pd.read_parquet(sold.folder / "segments" / "customers.parquet").set_index("customer_id")["segment"]
    then = pd.read_parquet(sold.folder.parent / EARLIER / "segments" / "customers.parquet")
    then = then.set_index("customer_id")["segment"]
    moves = {r[0]: r[1:] for r in section.all("table")[-1].rows()}
    for name, row in moves.items():
        stayed = int(((then == name) & (after.reindex(then.index) == name)).sum())
        assert (row[0], row[1], row[5]) == (
            number((then == name).sum()),
            number(stayed),
            number((after == name).sum()),
        )


def test_cohorts_are_those_of_value_with_what_is_predicted(sold, page):
    table = page.root.ident("cohorts").all("table")[0]
    cohorts = pd.read_csv(sold.folder / "value" / "cohorts.csv", dtype={"cohort": str})
    totals = pd.read_csv(sold.folder / "value" / "totals.csv", dtype={"name": str})
    totals = totals[totals["kind"] == "cohort"].set_index("name")
    known = cohorts.dropna(subset=["retention"]).set_index(["cohort", "age_months"])
    later = known[known.index.get_level_values(1) > 0]["spend_per_customer"].max()
    named = {month(date.fromisoformat(f"{cohort}-01")): cohort for cohort in cohorts["cohort"]}
    assert "Nov 2023" in named
    for row in table.rows():
        name, customers, first, second, *rest = named[row[0]], *row[1:]
        assert customers == number(known.loc[(name, 0), "customers"])
        assert first == number(known.loc[(name, 0), "spend_per_customer"], 2 if later < 100 else 0)
        if (name, 1) in known.index:
            assert second == number(known.loc[(name, 1), "spend_per_customer"], 2 if later < 100 else 0)
        ahead = totals.loc[name]
        low, high = (number(ahead[c] / ahead["customers"], 2) for c in ("low_80", "high_80"))
        assert rest[-1] == f"{number(ahead['clv_365d_total'] / ahead['customers'], 2)} {low} to {high}"


def test_contracts_show_retention_instead_of_cohorts(bound):
    section = Page(bound.folder / "report.html").root.ident("cohorts")
    table = pd.read_csv(bound.folder / "retention.csv")
    everyone = table[table["plan"] == "all"].set_index("period")["survival"]
    after = min(12, len(everyone))
    assert f"All: {percent(everyone[after])} were still there after {after} renewals." in section.words
    assert len(section.all("svg")) == table["plan"].nunique()


def test_figures_of_the_business_are_those_of_value(sold, page):
    kpis = pd.read_csv(sold.folder / "value" / "kpis.csv").set_index("kpi")
    told = page.root.ident("data")
    row = next(r for t in told.all("table") for r in t.rows() if r[0] == "stayed")
    rate = kpis.loc["retention_rate"]
    assert row[1:4] == [
        percent(rate["value"], 1),
        between(percent(rate["low"], 1), percent(rate["high"], 1)),
        number(rate["n"]),
    ]
    account = json.loads((sold.folder / "data_report.json").read_text(encoding="utf-8"))
    assert ["lines read", number(account["lines_in"])] in told.all("table")[0].rows()
    assert f"NPS, CSAT, CSI, perceived value: {kpis.loc['nps', 'reason']}" in told.words
    assert "Satisfaction needs answers" in told.words


@pytest.fixture(scope="module")
def measured(sold, tmp_path_factory):
    """The effect of the list, and an experiment that nobody should trust."""
    folder = tmp_path_factory.mktemp("measured")
    shutil.copytree(sold.config.outputs, folder / "outputs")
    config = sold.config.model_copy(update={"outputs": folder / "outputs"})
    who = pd.DataFrame({"customer_id": ["1"], "email": [""]})
    other = prepare(config, purchases=purchases(), tables={"customers": who})
    found = effect_of_list(other, f"at_risk-{AS_OF}").as_dict()
    assert keep_effect(other.config, f"at_risk-{AS_OF}", found) == other.folder / "report.html"
    unfair = {
        **found,
        "randomisation": {**found["randomisation"], "problems": ["the arms are not of the planned sizes"]},
    }
    effect = {**found["effects"][0], "difference": {"effect": 0.1, "low": 0.05, "high": 0.15, "p_value": 0.001}}
    effect |= {"adjusted": None, "significant": True, "lift": None, "outcome": "clicked"}
    keep_effect(other.config, "unfair", {**unfair, "window_end": "2024-12-31", "effects": [effect]})
    return found, Page(other.folder / "report.html")


def test_an_experiment_has_a_row_per_metric_and_grey_means_no_clear_effect(measured):
    found, page = measured
    section = page.root.ident("experiments")
    unfair, fair = section.all("table", "experiment")
    rows = fair.all("tr")[1:]
    for effect, row in zip(found["effects"], rows, strict=True):
        decisive = effect["adjusted"] or effect["difference"]
        clear = decisive["low"] > 0 or decisive["high"] < 0
        assert (row.given["class"] == "unclear") == (not clear)
        factor, digits = (100, 2) if effect["kind"] == "rate" else (1, _digits(effect))
        low, high = (signed(decisive[k] * factor, digits) for k in ("low", "high"))
        assert between(low, high) in row.words
        told = {name: float(re.match(r"[−\d.]+", row.all("td")[at].words)[0].replace("−", "-")) for name, at in CELLS}
        seen = signed(decisive["effect"] * factor, digits)
        assert abs(told["with it"] - told["control"] - float(seen.replace("−", "-"))) < 1.01 * 10**-digits
        if effect["adjusted"]:
            assert f"{percent(effect['mean'], 2) if factor == 100 else number(effect['mean'], digits)}" in row.words
        assert ("relative" in row.words) == (effect["adjusted"] is None and effect["lift"] is not None)
    assert any(r.given["class"] == "unclear" for r in rows)
    assert unfair.all("tr")[1].given["class"] == "unclear"
    assert "no verdict: the assignment is suspected" in unfair.words
    (warning,) = section.all("p", "warn")
    assert warning.words == "Do not trust these figures. The arms are not of the planned sizes."


def test_arms_that_differ_in_a_column_nobody_named_leave_no_effect_clear(measured):
    found, _ = measured
    effect = found["effects"][0] | {"adjusted": None, "significant": True, "lift": None, "p_holm": 0.001}
    effect |= {"difference": {"effect": 0.1, "low": 0.05, "high": 0.15, "p_value": 0.001}}
    torn = found | {"effects": [effect], "others": {"differing": ["tier", "age"]}}
    facts = SimpleNamespace(experiments=True, measured=[("mail", torn)], issued=[], question=ASKED)
    said = "The arms differ in tier, age: either the treatment changed that, or they were never alike."
    (one,) = experiments(facts)
    assert one["warnings"] == [said]
    assert (one["rows"][0]["kind"], one["rows"][0]["verdict"]) == ("unclear", "no verdict: the assignment is suspected")
    assert _last_effect(facts)["said"].endswith(said)
    (sound,) = experiments(SimpleNamespace(measured=[("mail", torn | {"others": None})], issued=[], question=ASKED))
    assert (sound["warnings"], sound["rows"][0]["verdict"]) == ([], "more")
    dealt = {"others": None, "unit": {"column": "store", "verdict_withheld": True}}
    (whole,) = experiments(SimpleNamespace(measured=[("mail", torn | dealt)], issued=[], question=ASKED))
    said = "How sure the changes are is not known before rows with the same store are counted together."
    assert whole["warnings"] == [said]
    assert whole["rows"][0]["verdict"] == "no verdict: the assignment is suspected"


def test_what_was_measured_of_a_treatment_stands_beside_its_expected_profit(measured):
    found, page = measured
    (one,) = found["acceptance"]
    told = page.root.ident("act").words
    days = f"{day(found['window_start'])} to {day(found['window_end'])}"
    kept = f"Voucher <b> keeps {one['mean']:.0%} of those who would leave (95 % {one['low']:.0%} to {one['high']:.0%})"
    assert kept.replace("%", " %").replace("  %", " %") in told.replace("\u00a0", " ").replace("%", " %").replace(
        "  %", " %"
    )
    assert f"measured on at_risk-{AS_OF}, {days}." in told
    assert "unproven" not in told
    assert "The expected profit goes by the acceptance that is stated" in told


def test_a_list_names_the_treatments_that_nothing_was_measured_of(measured):
    found, _ = measured
    names = ("voucher <b>", "call", "letter")
    offers = [{"name": name, "lists": ["win_back"] if name == "letter" else []} for name in names]
    record = {"list": "at_risk", "treatments": offers, "policy": None}
    fair = {"trial": found}
    said = sure_of(record, evidence(record, fair))
    assert [one.split(" ")[0] for one in said] == ["voucher", "what", "the"]
    assert said[1] == "what a contact with call changes is unproven until measured"
    # Arms that were not alike say nothing; an arm of the treatment's name does.
    unfair = {**found, "randomisation": {**found["randomisation"], "problems": ["the arms are not of one size"]}}
    assert sure_of(record, evidence(record, {"trial": unfair})) == ["what a contact changes is unproven until measured"]
    called = {**found["effects"][0], "arm": "call", "significant": False}
    campaign = {"effects": [called], "randomisation": found["randomisation"]}
    said = sure_of(record, evidence(record, {"spring": campaign}))
    assert said[0].startswith("call was measured in spring: Bought: no clear effect, ")
    assert said[1] == "what a contact with voucher <b> changes is unproven until measured"
    # What a list's decisions went by needs no second telling.
    decided = record | {"acceptance": found["acceptance"], "treatments": offers[:1]}
    assert evidence(decided, fair) == []
    sure = sure_of(decided, [])
    assert [one.split(" ")[0] for one in sure] == ["voucher", "what"]
    assert sure[1] == "what a contact changes is as sure as the control groups of earlier lists"


def test_the_last_effect_is_the_fourth_figure_and_stands_beside_its_list(measured):
    found, page = measured
    fourth = page.root.ident("act").all("li")[3].words
    # The newest, of arms that were not alike, says nothing that an older one could be trusted with.
    assert "Margin less costs per customer, contacted against control, At risk, 1 March 2024." in fourth
    assert f"Counted {day(found['window_start'])} to {day(found['window_end'])}. No clear effect" in fourth
    assert fourth.endswith("The newest, unfair, is not to be trusted.")
    past = next(r for t in page.root.ident("trust").all("table") for r in t.rows() if r[0] == "At risk")
    last = found["effects"][-1]
    change = last["adjusted"] or last["difference"]
    assert past[-1] == (
        f"Margin less costs: no clear effect, {signed(change['effect'])} "
        f"({between(signed(change['low']), signed(change['high']))})"
    )
    assert past[2:4] == [number(found["effects"][0][a]) for a in ("customers", "control_customers")]


def test_a_clear_effect_is_shown_before_a_newer_one_that_is_none(measured):
    found, _ = measured

    def one(effect, p, month, **more):
        change = {"effect": effect, "low": effect - 5, "high": effect + 5, "p_value": p}
        shown = found["effects"][-1] | {"difference": change, "adjusted": None, "p_holm": p, "significant": p < 0.05}
        span = {"window_start": f"2024-{month:02d}-01", "window_end": f"2024-{month + 1:02d}-01"}
        return {**found, **span, "effects": [shown], **more}

    def told(*measured):
        named = [(f"list {i}", one) for i, one in enumerate(measured)]
        return _last_effect(SimpleNamespace(experiments=True, measured=named, issued=[], question=ASKED))

    small, clear, last = one(0.1, 0.9, 5), one(12.0, 0.001, 3), one(-8.0, 0.001, 6)
    shown = told(clear, small)
    assert (shown["value"], shown["name"]) == ("+12.00", "what contacts changed")
    newest = "The newest, list 1: Margin less costs: no clear effect, +0.10 (95 %: −4.90 to +5.10)."
    assert shown["said"].endswith(f"list 0. Counted 1 March 2024 to 1 April 2024. {newest}")
    assert told(clear, last)["value"] == told(clear, last, small)["value"] == "−8.00"
    assert told(small, one(3.0, 0.4, 6))["value"] == "+3.00"
    # Of many lists one differs by chance.
    assert told(one(12.0, 0.02, 1), *[small] * 5)["value"] == "+0.10"
    unfair = {"randomisation": {**found["randomisation"], "problems": ["the arms are not of the planned sizes"]}}
    shown = told(small, one(12.0, 0.001, 6, **unfair))
    assert (shown["value"], shown["said"].rpartition(". ")[2]) == ("+0.10", "The newest, list 1, is not to be trusted.")
    assert "Do not trust this figure" in told(one(12.0, 0.001, 6, **unfair))["said"]


def test_an_experiment_with_a_name_that_is_no_file_name_is_refused(sold):
    for name in ("../up", ".hidden", "a/b", ""):
        with pytest.raises(ConfigError, match="cannot be called"):
            keep_effect(sold.config, name, {})


def test_totals_of_another_horizon_than_the_one_asked_for_are_left_out(sold):
    facts = facts_of(sold.config, sold.folder)
    other = replace(facts, question=replace(facts.question, value="clv_1d"))
    assert all(row["ahead"] for row in cohorts(facts)["rows"])
    assert not any(row["ahead"] for row in cohorts(other)["rows"])


def test_lists_whose_window_is_over_can_be_measured_until_they_are(sold):
    facts = facts_of(sold.config, sold.folder)
    held = next(one for one in facts.issued if one.record["account"]["control"] >= 2)
    over = date.fromisoformat(held.record["known_until"]) + timedelta(days=facts.question.churn_days)

    def folders(last, **known):
        account = {**facts.account, "last_day": last.isoformat()}
        return [one["folder"] for one in measurable(replace(facts, account=account, issued=(held,), **known))]

    assert folders(over - timedelta(days=1)) == [held.folder]
    assert folders(over - timedelta(days=2)) == [], "its last day is not known yet"
    assert folders(over, experiments={held.folder: {}}) == []


def test_figures_that_other_tables_would_give_are_one_sentence():
    kpis = pd.DataFrame(
        {
            "kpi": ["nps", "csat", "service_days", "retention_rate", "cac"],
            "value": [None, None, None, 0.4, None],
            "reason": [
                "needs tables.surveys with score",
                "needs tables.surveys with item",
                "needs tables.tickets with closed_at",
                "",
                "too few",
            ],
        }
    )
    assert _not_known(kpis[kpis["value"].isna()]) == [
        "  cac: too few",
        "  More tables would give more: tables.surveys for nps, csat; tables.tickets for service_days.",
    ]
