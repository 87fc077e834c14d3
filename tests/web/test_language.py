"""The pages in the language of the scenario: nothing English is left, and no two languages mix."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pandas as pd
import pytest
import python_calamine

from holdfast.language import speaking
from holdfast.report.page.words import day, number, percent
from holdfast.web.guard import Access
from holdfast.web.pages import customer_address
from holdfast.web.password import hashed
from tests.language.pseudo import left_over, mark_every_word
from tests.web.sites import token, visitor
from tests.web.test_pages import PAGES

ENGLISH = re.compile(r"\b(?:the|of|and|is|are|what|whom|who|list|page|rows|customers)\b")
# What is a name everywhere: of formats, columns and commands.
NAMES = set(re.findall(r"\S+", "Holdfast CSV XLSX csv xlsx r f m train status reviewed DATE"))


@pytest.fixture(scope="module")
def without_reasons(scenario, tmp_path_factory):
    """Reasons are written when customers are scored: here they would be English."""
    copy = scenario.copy(tmp_path_factory.mktemp(f"said-{scenario.name}"))
    for path in (*copy.folder.glob("lists/*.parquet"), *copy.home.glob("issued/*/decisions.parquet")):
        table = pd.read_parquet(path)
        table.assign(**{name: "" for name in table if name.startswith("reason_")}).to_parquet(path)
    return copy


def addresses(scenario):
    table = pd.read_parquet(scenario.folder / "lists" / "at_risk.parquet")
    lists = [f"/lists/{path.stem}" for path in sorted((scenario.folder / "lists").glob("*.parquet"))]
    divided = ["/segments/customers"] if (scenario.folder / "segments").is_dir() else []
    issued = [f"/issued/{path.name}" for path in sorted((scenario.home / "issued").glob("[!.]*"))]
    return [*PAGES, *lists, *divided, *issued, *map(customer_address, table["customer_id"].head(2))]


REFUSED = (
    "/nothing",
    "/customer",
    "/customer?id=nobody",
    "/lists/none",
    "/issued/none",
    "/customers?page=999",
    "/customers?page=x",
    "/customers?rows=7",
    "/customers?sort=none",
    "/customers?min.none=1",
    "/customers?is.eligible=perhaps",
)


@pytest.mark.slow
def test_nothing_on_the_pages_is_said_past_the_catalogues(without_reasons, monkeypatch):
    scenario = without_reasons
    mark_every_word(monkeypatch)
    client = visitor(scenario.site("language=da"))
    tables = [pd.read_parquet(path) for path in scenario.folder.glob("lists/*.parquet")]
    scores = pd.read_parquet(scenario.folder / "scores.parquet")
    names = {
        "csv",
        "xlsx",
        "at_risk",
        *scores["customer_id"],
        *scores["model_version"],
        *(name for t in tables for name in t if "_" in name),
    }
    names |= {level.name for level in scenario.site().config.segments.tiers.levels}
    names |= {path.name for path in (scenario.home / "issued").glob("[!.]*")}
    answers = {address: client.get(address) for address in (*addresses(scenario), *REFUSED)}
    answers["a form"] = client.post("/make", data={"list": "none", "token": token(answers["/make"].text)})
    left = {address: left_over(answer.text, names) - NAMES for address, answer in answers.items()}
    assert {address: words for address, words in left.items() if words} == {}


@pytest.mark.parametrize("language", ["da", "sv", "nb", "zh"])
def test_the_pages_speak_the_language_of_the_scenario(a_shop, language):
    client = visitor(a_shop.site(f"language={language}"))
    for address in ("/", "/lists", "/customers", "/make", "/issued/none"):
        text = client.get(address).text
        assert f'<html lang="{"zh-Hans" if language == "zh" else language}">' in text
        shown = re.sub(r"<code>.*?</code>|<script.*?</script>|<[^>]*>", " ", text, flags=re.S)
        # Reasons are of the language in which customers were scored.
        assert not ENGLISH.findall(shown) or address in ("/", "/lists"), ENGLISH.findall(shown)


def test_figures_dates_and_values_are_those_of_the_language(a_shop):
    client = visitor(a_shop.site("language=da"))
    scores = pd.read_parquet(a_shop.folder / "scores.parquet")
    risk = next(c for c in scores if c.startswith("p_churn_"))
    text = client.get("/customers?rows=25").text
    with speaking("da"):
        assert f"shop, {day(a_shop.as_of)}" in text
        assert f">{percent(float(scores[risk].iloc[0]), 1)}</td>" in text
        assert f"Række 1 til 25 af {number(len(scores))}. Hent dem alle:" in text
    assert re.search(r"\d,\d\W%", number_cells(text)[0])
    filtered = client.get(f"/customers?is.eligible=yes&min.{risk}=0.5").text
    assert '<option value="yes" selected>ja</option>' in filtered
    assert f'name="min.{risk}" value="0.5" type="number"' in filtered
    segments = client.get("/segments").text
    assert ">Mestre</a>" in segments or ">Mestre</th>" in segments
    assert "is.segment=Champions" in segments or "is.segment=Lost" in segments


def number_cells(text):
    return re.findall(r'<td class="n">([^<]*)</td>', text)


def test_a_workbook_has_headings_in_the_language_and_the_csv_names(a_shop):
    client, english = visitor(a_shop.site("language=da")), visitor(a_shop.site())
    assert client.get("/lists/at_risk/csv").content == english.get("/lists/at_risk/csv").content
    found = client.get("/lists/at_risk/xlsx?sort=-rank").content
    book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(found))
    assert book.get_sheet_by_index(0).to_python()[0][:2] == ["nr.", "kunde-id"]
    about = book.get_sheet_by_index(1).to_python()
    assert about[1][:2] == ["rækker", "alle rækker; sorteret efter nr., faldende"]


def test_requests_in_two_languages_at_once_do_not_mix(a_shop):
    """One process, two sites: each answer is made in a thread of its own, and so is each row of a download."""
    asked = {"da": ("Alle kunder", "Række 1 til"), "zh": ("所有客户", "第 1 至"), "en": ("All customers", "Rows 1 to")}
    clients = {language: visitor(a_shop.site(f"language={language}")) for language in asked}

    def ask(language):
        answers = [clients[language].get(address) for address in ("/customers?rows=25", "/nothing", "/")]
        return language, [answer.text for answer in answers]

    with ThreadPoolExecutor(6) as many:
        for language, (table, missing, first) in many.map(ask, [*asked] * 6):
            title, rows = asked[language]
            assert f"<h1>{title}</h1>" in table
            assert rows in table
            lang = "zh-Hans" if language == "zh" else language
            assert all(f'<html lang="{lang}">' in text for text in (table, missing, first))
            for other in set(asked) - {language}:
                assert asked[other][0] not in table + missing + first


def test_what_was_made_ready_before_the_first_visitor_speaks_the_language_too(a_shop):
    site = a_shop.site("language=da")
    site.warm()
    assert "Hvad skal man gøre" in visitor(site).get("/").text or "Fire tal" in visitor(site).get("/").text


def test_login_and_refusals_speak_it_before_anybody_is_logged_in(a_shop):
    client = visitor(a_shop.site("language=da"), Access(password=hashed("correct horse battery staple")))
    login = client.get("/")
    assert "<h1>Log ind</h1>" in login.text
    wrong = client.post("/login", data={"token": token(login.text), "password": "wrong", "back": "/"})
    assert "Det er ikke adgangskoden." in wrong.text
    assert "Formularen er for gammel" in client.post("/login", data={"password": "x"}).text
    elsewhere = client.get("/", headers={"host": "elsewhere.example"})
    assert (elsewhere.status_code, "Siden svarer ikke på det navn" in elsewhere.text) == (421, True)


def test_what_to_run_first_is_said_in_the_language(a_shop, tmp_path):
    text = visitor(a_shop.site("language=sv", f"outputs={tmp_path}")).get("/").text
    assert f"finns inte än: kör <code>holdfast score --as-of {a_shop.as_of}</code> först." in text
    text = visitor(a_shop.site("language=sv", f"outputs={tmp_path}", "as_of=end_of_data")).get("/").text
    assert "Inga poäng i" in text
    assert "än: kör <code>holdfast run</code> först." in text


def test_the_models_card_is_english_and_says_so(a_shop):
    text = visitor(a_shop.site("language=zh")).get("/model").text
    version = json.loads((a_shop.folder / "metrics.json").read_text(encoding="utf-8"))["model_version"]
    assert f'<div lang="en"><h3>Model card: shop, {version}</h3>' in text
