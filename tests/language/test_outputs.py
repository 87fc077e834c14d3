"""What the commands write in each language: nothing English is left on the page, and no score changes."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
import python_calamine

from holdfast.evaluate.promises import Promise, fifths, holm
from holdfast.language import LANGUAGES, speaking
from holdfast.pipeline import effect_of_list, make_list, monitor, prepare, score
from holdfast.pipeline.judged import Judged
from holdfast.pipeline.monitoring import _verdict
from holdfast.pipeline.reporting import facts_of, keep_effect
from holdfast.report import decisions, text
from holdfast.report.page import render, words
from holdfast.report.page.experiments import experiments
from holdfast.report.page.headline import _last_effect
from holdfast.report.page.rows import lists
from holdfast.report.page.words import arm as words_of_an_arm
from tests.language.pseudo import left_over, mark_every_word
from tests.report.shops import AS_OF, TODAY, contracts, purchases, shop

OTHERS = [name for name in LANGUAGES if name != "en"]


@pytest.fixture(scope="module")
def sold(tmp_path_factory):
    prepared = shop(tmp_path_factory)
    who = pd.DataFrame({"customer_id": ["1"], "email": [""]})
    later = prepare(prepared.config, purchases=purchases(), tables={"customers": who})
    found = effect_of_list(later, f"at_risk-{AS_OF}").as_dict()
    unfair = (
        "the arms hold contacted 90.0%, control 10.0% of the customers, not the planned contacted 50.0% (p = 0.0001)"
    )
    keep_effect(later.config, "trial", {**found, "randomisation": {**found["randomisation"], "problems": [unfair]}})
    return prepared


@pytest.fixture(scope="module")
def bound(tmp_path_factory):
    return contracts(tmp_path_factory)


def in_language(prepared, language, tmp_path):
    config = prepared.config.model_copy(update={"language": language, "outputs": tmp_path / "outputs"})
    return replace(prepared, config=config)


@pytest.mark.parametrize("setting", ["sold", "bound"])
@pytest.mark.parametrize("language", OTHERS)
def test_scores_never_change_with_the_language_and_reasons_do(setting, language, request, tmp_path):
    english = request.getfixturevalue(setting)
    spoken = in_language(english, language, tmp_path)
    score(spoken)
    for name in ("scores.parquet", "features.parquet", "metrics.json", "data_report.json", "timelines.parquet"):
        assert (spoken.folder / name).read_bytes() == (english.folder / name).read_bytes(), name
    for path in sorted((english.folder / "lists").glob("*.parquet")):
        ours, theirs = pd.read_parquet(path), pd.read_parquet(spoken.folder / "lists" / path.name)
        reasons = [f"reason_{i}" for i in (1, 2, 3)]
        pd.testing.assert_frame_equal(ours.drop(columns=reasons), theirs.drop(columns=reasons))
        for name in reasons:
            assert ((ours[name] == "") == (theirs[name] == "")).all()
            assert not (ours[name].eq(theirs[name]) & (ours[name] != "")).any(), (path.name, name)


@pytest.mark.parametrize(("language", "headings"), [("da", ["nr.", "kunde-id"]), ("zh", ["排名", "客户编号"])])
def test_a_list_for_people_has_headings_and_one_for_programs_names(sold, language, headings, tmp_path):
    spoken = in_language(sold, language, tmp_path)
    score(spoken)
    made = make_list(spoken, "at_risk", form="csv", today=TODAY)
    assert made.file.read_text(encoding="utf-8").startswith("rank,customer_id,email,p_churn_60d,")
    with speaking(language):
        printed = decisions.issued(made.as_dict(), made.decision, rows=3)
    assert headings[1] in printed
    assert "customers" not in printed
    sheet = make_list(spoken, "at_risk", form="xlsx", today=TODAY).file
    book = python_calamine.CalamineWorkbook.from_path(str(sheet))
    assert book.get_sheet_by_index(0).to_python()[0][:2] == headings
    about = book.get_sheet_by_index(1).to_python()
    names = {row[0]: row[3] for row in about if len(row) > 3 and row[3]}
    assert names[headings[0]] == "rank"
    made = make_list(sold, "at_risk", form="xlsx", today=TODAY)
    assert python_calamine.CalamineWorkbook.from_path(str(made.file)).sheet_names == ["list", "about"]


def looked(prepared):
    """What the monitor says of each kind of promise that was broken, and where there is no champion."""
    groups = [name for name, _ in fifths(np.zeros(5))]
    broken = {
        "recalibrate": [("churners", "all", "customers")],
        "retrain": [("ranking (AUC)", "all", "area"), *(("churners", who, "customers") for who in groups)],
        "revise assumptions": [("profit of contacting", "to contact", "profit")],
        "holds": [],
    }
    runs = []
    for verdict, figures in broken.items():
        held = holm([Promise(*f, 500, 1234.5, 0.5, -2.0, 1.0, chance=0.0) for f in figures])
        kept = Promise("spend", "everyone", "currency", 500, 1.0, 1.0, 0.0, 2.0, chance=1.0)
        found = _verdict(prepared, date(2024, 5, 6), "", [Judged("scores", AS_OF, AS_OF, "m-1", (*held, kept))], [])
        assert found.verdict == verdict
        runs.append(found.as_dict())
    return tuple(runs)


def test_the_monitors_verdict_reasons_and_advice_are_said_in_the_language_of_the_report(sold):
    bought = purchases()
    new = bought["ordered_at"] >= "2024-05-27"
    bought["amount"] = bought["amount"].astype(float) * np.where(new, 100, 1)
    who = pd.DataFrame({"customer_id": ["1"], "email": [""]})
    config = sold.config.model_copy(update={"as_of": "end_of_data"})
    found = monitor(prepare(config, purchases=bought, tables={"customers": who}), today="2024-08-01")
    facts = facts_of(sold.config, sold.folder)
    assert facts.monitored[-1]["verdict"] == "look at the data"
    english = render(facts)
    for said in (found.verdict, *found.reasons):
        assert str(words(said)) in english
    with speaking("da"):
        page = render(facts)
    for said in (
        "se på dataene",
        "Se på de nyeste rækker (<code>holdfast check</code>)",
        "som i en anden enhed: langt større",
    ):
        assert said in page, said
    for said in (found.verdict, "another unit", "the newest row"):
        assert str(words(said)) in english
        assert said not in page


@pytest.mark.parametrize("setting", ["sold", "bound"])
def test_nothing_on_the_page_is_said_past_the_catalogues(setting, request, monkeypatch):
    prepared = request.getfixturevalue(setting)
    facts = facts_of(prepared.config, prepared.folder)
    # Reasons are written when customers are scored (the test above); here they would be English.
    lists = {n: t.assign(**{f"reason_{i}": "" for i in (1, 2, 3)}) for n, t in facts.lists.items()}
    ids, folders = {str(i) for t in lists.values() for i in t["customer_id"]}, {one.folder for one in facts.issued}
    mark_every_word(monkeypatch)
    facts = replace(facts, monitored=looked(prepared))
    bare = replace(facts, value={}, segments=None, issued=(), model={}, experiments={}, timelines=pd.DataFrame())
    untreated = tuple(
        replace(one, record={**one.record, "treatments": []}, audience=pd.DataFrame()) for one in facts.issued
    )
    for shown in (facts, bare, replace(facts, issued=untreated, before=None, lost={}, base={})):
        with speaking("da"):
            page = render(replace(shown, lists=lists))
        assert left_over(page, {*ids, *folders, facts.metrics["model_version"]}) == set()


@pytest.mark.parametrize("setting", ["sold", "bound"])
def test_a_page_says_the_reasons_of_scores_in_another_language_in_its_own(setting, request):
    prepared = request.getfixturevalue(setting)
    facts = facts_of(prepared.config, prepared.folder)
    written = {str(r) for t in facts.lists.values() for i in (1, 2, 3) for r in t[f"reason_{i}"] if r}
    assert len(written) > 20
    shown = {}
    for language in LANGUAGES:
        with speaking(language):
            shown[language] = {why for one in lists(facts) for row in one["rows"] for why in row["reasons"]}
            printed = text.table(facts.lists["at_risk"], rows=3)
        assert (facts.lists["at_risk"]["reason_1"].iloc[0] in printed) == (language == "en")
    assert shown.pop("en") == written
    for language, said in shown.items():
        assert not said & written, language
        tables = {n: t.assign(reason_1=sorted(said)[0], reason_2="", reason_3="") for n, t in facts.lists.items()}
        (english,) = {
            why for one in lists(replace(facts, lists=tables)) for row in one["rows"] for why in row["reasons"]
        }
        assert english in written


@pytest.mark.parametrize(("language", "arms"), [("en", ("control", "contacted")), ("sv", ("kontroll", "kontaktade"))])
def test_arms_are_called_in_the_language_and_those_of_ones_own_by_their_names(sold, language, arms):
    facts = facts_of(sold.config, sold.folder)
    (found,) = facts.experiments.values()
    own = {**found, "control": "none", "effects": [{**found["effects"][0], "arm": "voucher"}]}
    with speaking(language):
        (ours,), (theirs,) = experiments(facts), experiments(replace(facts, experiments={"own": own}))
        said = _last_effect(facts)["said"]
        anything = words_of_an_arm("any treatment")
    assert (ours["control"], {row["arm"] for row in ours["rows"]}) == (arms[0], {arms[1]})
    assert (theirs["control"], [row["arm"] for row in theirs["rows"]]) == ("none", ["voucher"])
    assert f"{arms[1]} {'against' if language == 'en' else 'mot'} {arms[0]}" in said
    assert f"{arms[1]} {'against' if language == 'en' else 'mot'} {arms[0]}" in str(ours["rows"][0]["picture"])
    assert (anything == "any treatment") == (language == "en")
