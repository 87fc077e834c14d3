"""What the commands write in each language: nothing English is left on the page, and no score changes."""

import re
from dataclasses import replace
from gettext import NullTranslations
from html.parser import HTMLParser

import pandas as pd
import pytest
import python_calamine

from holdfast.language import LANGUAGES, speaking
from holdfast.pipeline import effect_of_list, make_list, prepare, score
from holdfast.pipeline.reporting import facts_of, keep_effect
from holdfast.report import decisions
from holdfast.report.page import render
from tests.report.shops import AS_OF, TODAY, contracts, purchases, shop

OTHERS = [name for name in LANGUAGES if name != "en"]


@pytest.fixture(scope="module")
def sold(tmp_path_factory):
    prepared = shop(tmp_path_factory.mktemp("sold"))
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
    return contracts(tmp_path_factory.mktemp("bound"))


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


class Pseudo(NullTranslations):
    """A language in which every word of a message is marked, and nothing else."""

    @staticmethod
    def _marked(message):
        return re.sub(r"[^{}]+(?![^{]*\})", lambda own: f"⟦{own[0]}⟧", message)

    def gettext(self, message):
        return self._marked(message)

    def ngettext(self, singular, plural, n):
        return self._marked(singular if n == 1 else plural)

    def pgettext(self, context, message):
        return self._marked(message)


class Visible(HTMLParser):
    """Collects what a person sees or hears: texts and the attributes that are read out."""

    def __init__(self, text):
        super().__init__()
        self.texts, self._hidden = [], 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self._hidden += tag in ("script", "style")
        self.texts += [value for name, value in attrs if name in ("aria-label", "title", "alt", "data-said") and value]

    def handle_endtag(self, tag):
        self._hidden -= tag in ("script", "style")

    def handle_data(self, data):
        if not self._hidden:
            self.texts.append(data)


# Names of the data, of models and of the user's own things, and CLDR's months and thousands: nothing to translate.
NAMES = set(
    re.findall(
        r"\S+",
        """
        shop subs EUR trial contacted control voucher b call list at-risk P alive R F mio t all plan price email i
        someone example org bg_nbd mbg_nbd pareto_nbd recency rfm p base_rate last_period contract customers bought
        purchases revenue margin_net Basic Plus Premium high-value second-order win-back overdue holdfast score segments
        as-of earlier_contracts payment_failures price_change plans_had
        jan feb mar apr maj jun jul aug sep okt nov dec januar februar marts april juni juli august september oktober
        november december
        """,
    )
)


@pytest.mark.parametrize("setting", ["sold", "bound"])
def test_nothing_on_the_page_is_said_past_the_catalogues(setting, request, monkeypatch):
    prepared = request.getfixturevalue(setting)
    facts = facts_of(prepared.config, prepared.folder)
    # Reasons are written when customers are scored (the test above); here they would be English.
    lists = {n: t.assign(**{f"reason_{i}": "" for i in (1, 2, 3)}) for n, t in facts.lists.items()}
    ids, folders = {str(i) for t in lists.values() for i in t["customer_id"]}, {one.folder for one in facts.issued}
    monkeypatch.setattr("holdfast.language.sentences.translations", lambda language: Pseudo())
    bare = replace(facts, value={}, segments=None, issued=(), model={}, experiments={}, timelines=pd.DataFrame())
    untreated = tuple(
        replace(one, record={**one.record, "treatments": []}, audience=pd.DataFrame()) for one in facts.issued
    )
    for shown in (facts, bare, replace(facts, issued=untreated, before=None, lost={}, base={})):
        with speaking("da"):
            page = render(replace(shown, lists=lists))
        # A code within a sentence is an element of its own: only joined are the sentence's marks in pairs.
        left = re.sub(r"⟦[^⟧]*⟧", " ", "".join(Visible(page).texts))
        for name in sorted({*ids, *folders, facts.metrics["model_version"]}, key=len, reverse=True):
            left = left.replace(name, " ")
        assert set(re.findall(r"[^\W\d_]+(?:[-_][^\W\d_]+)*", left)) - NAMES == set()
