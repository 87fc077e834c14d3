"""Numbers, dates and reasons as each language writes them."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import numpy as np
import pandas as pd
import pytest
from jinja2 import Environment

from holdfast import make_config
from holdfast.churn.signs import NO_SIGN, NO_SIGN_ONCE, NO_SIGN_RARE, SIGNS
from holdfast.columns import headed, heading
from holdfast.contractual.reasons import _level, _number
from holdfast.errors import ConfigError
from holdfast.evaluate.drift import Profile
from holdfast.evaluate.drift import sentence as drift_note
from holdfast.forecast.reasons import value_reasons_for
from holdfast.language import LANGUAGES, current, day, gettext, install, month, number, per_cent, retold, speaking
from holdfast.report.page.words import between, money, percent, signed
from tests.conftest import settings


@pytest.mark.parametrize(
    ("language", "amount", "share", "when", "range_"),
    [
        ("en", "−1,234.50 EUR", "61.4 %", "1 July 1998", "95 %: 1 to 2"),
        ("da", "−1.234,50\u00a0EUR", "61,4\u00a0%", "1. juli 1998", "95 %: 1 til 2"),
        ("sv", "−1\u00a0234,50\u00a0EUR", "61,4\u00a0%", "1 juli 1998", "95 %: 1 till 2"),
        ("nb", "−1\u00a0234,50\u00a0EUR", "61,4\u00a0%", "1. juli 1998", "95 %: 1 til 2"),
        ("zh", "EUR\u00a0−1,234.50", "61.4%", "1998年7月1日", "95%：1 至 2"),
    ],
)
def test_figures_stand_as_the_language_writes_them(language, amount, share, when, range_):
    with speaking(language):
        assert money(-1234.5, "EUR", 2) == amount
        assert percent(0.614, 1) == share
        assert day(date(1998, 7, 1)) == when
        assert between("1", "2") == range_
        assert signed(0.5, 1) == ("+0.5" if language in ("en", "zh") else "+0,5")
        assert percent(-0.0001) == percent(0.0)
    assert current() == "en"


def test_months_on_an_axis():
    said = {}
    for language in LANGUAGES:
        with speaking(language):
            said[language] = month(date(1998, 7, 1))
    assert said == {"en": "Jul 1998", "da": "jul. 1998", "sv": "juli 1998", "nb": "juli 1998", "zh": "1998年7月"}


def test_each_thread_speaks_its_own_language():
    def say(language):
        with speaking(language):
            return [gettext("{customers} customers", customers=number(1200)) for _ in range(50)]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(say, ["da", "zh", "en", "sv"] * 5))
    assert [set(one) for one in found[:4]] == [
        {"1.200 kunder"},
        {"1,200 位客户"},
        {"1,200 customers"},
        {"1\u00a0200 kunder"},
    ]
    assert current() == "en"


SILENT = {
    "en": ("silent for 1 day since the last purchase", "silent for 40 days since the last purchase"),
    "da": ("tavs i 1 dag siden det seneste køb", "tavs i 40 dage siden det seneste køb"),
    "sv": ("tyst i 1 dag sedan det senaste köpet", "tyst i 40 dagar sedan det senaste köpet"),
    "nb": ("taus i 1 dag siden det siste kjøpet", "taus i 40 dager siden det siste kjøpet"),
    "zh": ("自最近一次购买以来已沉默 1 天", "自最近一次购买以来已沉默 40 天"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_of_risk_are_said_in_singular_and_plural(language):
    said = next(s.said for s in SIGNS if s.said.endswith("since the last purchase") and s.group == "silence")
    with speaking(language):
        assert tuple(gettext(said, days_since_last=n) for n in (1.0, 40.0)) == SILENT[language]


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "en"])
def test_every_sign_is_said_in_the_language(language):
    messages = [*(s.said for s in SIGNS), *(s.of_many for s in SIGNS), NO_SIGN, NO_SIGN_ONCE, NO_SIGN_RARE]
    values = dict.fromkeys(re.findall(r"\{(\w+)", " ".join(messages)), 3.0)
    for message in messages:
        english = gettext(message, **values)
        with speaking(language):
            said = gettext(message, **values)
        assert said != english
        assert "{" not in said


VALUE = {
    "da": [
        "køber regelmæssigt med 14 dage imellem",
        "bruger 83,40 pr. køb",
        "køber mere end før: 8 af 12 de seneste 90 dage",
    ],
    "sv": [
        "köper regelbundet med 14 dagar emellan",
        "handlar för 83,40 per köp",
        "köper mer än tidigare: 8 av 12 de senaste 90 dagarna",
    ],
    "nb": [
        "kjøper regelmessig med 14 dager mellom",
        "bruker 83,40 per kjøp",
        "kjøper mer enn før: 8 av 12 de siste 90 dagene",
    ],
    "zh": ["规律购买，每 14 天一次", "每次购买花费 83.40", "购买多于以前：12 次中有 8 次在最近 90 天"],
}


@pytest.mark.parametrize("language", VALUE)
def test_reasons_of_value(language):
    row = {"purchase_days": 12, "tenure": 200, "days_since_last": 9, "gap_median": 14, "gap_variation": 0.3}
    row |= {"spend_mean": 83.4, "recent_to_usual_rate": 1.6, "purchase_days_90d": 8}
    with speaking(language):
        assert value_reasons_for(pd.DataFrame([row])) == [VALUE[language]]


def test_reasons_of_contracts():
    with speaking("da"):
        assert _number("renewals", 0.0, 2.13) == "endnu ikke fornyet; 2,1 gange i gennemsnit"
        assert _number("spell_days", 79.0, 43.4) == "aftalen har løbet i 79 dage; 43 i gennemsnit"
        assert _number("hours_watched", 1.4, 18.291) == "hours watched 1,4; 18,3 i gennemsnit"
        assert (
            _level("plan", "basic", {"basic": 0.4}, 0.2)
            == "plan basic: 40\u00a0% af disse er faldet fra, 20\u00a0% af alle"
        )
        assert _number("price", np.nan, 3.0) == "price er tom"


def test_headings_are_for_people_and_names_for_programs():
    assert headed("p_churn_90d") == "p_churn_90d"
    with speaking("da"):
        assert heading("p_churn_90d") == headed("p_churn_90d") == "risiko for frafald, 90 dage"
        assert headed("clv_365d_p10") == "værdi, lavt skøn, 365 dage"
        assert headed("email") == "email"


def test_templates_speak_and_escape_what_is_put_in():
    environment = Environment(autoescape=True)
    install(environment)
    text = '{{ _("Experiment {name}", name=name) }} {{ language_tag() }} {{ ngettext("{n} day", "{n} days", 2) }}'
    template = environment.from_string(text)
    with speaking("zh"):
        assert template.render(name="<b>&") == "实验 &lt;b&gt;&amp; zh-Hans 2 天"
    assert template.render(name="x") == "Experiment x en 2 days"


def test_a_language_there_is_not_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"language: input should be 'en', 'da', 'sv', 'nb' or 'zh'"):
        make_config({**settings(tmp_path), "language": "fr"})
    with pytest.raises(ValueError, match="no language 'fr'"), speaking("fr"):
        pass


def test_per_cent_in_sentences():
    assert per_cent(0.5) == "50%"
    with speaking("nb"):
        assert per_cent(0.5) == "50\u00a0%"


def test_what_is_unlike_the_training_is_said_again_with_its_figures():
    rng = np.random.default_rng(1)
    spend, town = rng.gamma(2, 20, 1000), pd.Series(["Aarhus"] * 700 + ["Odense"] * 300)
    profile = Profile.of({"spend": spend}, {"town": town})
    found = profile.drift({"spend": spend * 100}, {"town": town.str.upper()})
    note = drift_note(found)
    assert "town holds 2 categories that the training did not see, in 1,000 rows (100.0%); they differ" in note
    with speaking("da"):
        said = retold(note)
    assert "town har 2 kategorier, som træningen ikke så, i 1.000 rækker (100,0\N{NO-BREAK SPACE}%)" in said
    assert "de adskiller sig fra kendte kun ved store bogstaver eller mellemrum" in said
    assert "spend er som i en anden enhed (median 3.320, i træningen 33,2" in said
