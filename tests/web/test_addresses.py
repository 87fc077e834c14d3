"""Addresses that somebody made up: refused in a sentence that echoes nothing, and none leads to another file."""

import pytest

from tests.web.sites import visitor


@pytest.fixture(scope="module")
def site(a_shop):
    return a_shop.site()


@pytest.mark.parametrize(
    "address",
    [
        "/lists/..%2f..%2fscenario.yaml",
        "/lists/../../scenario.yaml",
        "/lists/%2e%2e%2f%2e%2e%2fscenario",
        "/lists/at_risk%00",
        "/lists/at_risk.parquet",
        "/lists/at_risk/..%2f..%2fmodel.json",
        "/lists/at_risk/json",
        "/issued/..%2f2024-03-01",
        "/issued/%2e%2e/file",
        "/issued/nothing/file",
        "/static/..%2fapp.py",
        "/static/../app.py",
        "/static/frame.html",
        "/customers/parquet",
        "/outputs/shop/2024-03-01/scores.parquet",
    ],
)
def test_no_address_leads_to_another_file(site, address):
    answer = visitor(site).get(address)
    assert answer.status_code == 404
    assert len(answer.content) < 1000


MADE_UP = "zq7secret"


@pytest.mark.parametrize(
    "query",
    [
        f"{MADE_UP}=1",
        f"sort={MADE_UP}",
        f"sort=-{MADE_UP}",
        f"min.{MADE_UP}=1",
        f"min.p_churn_60d={MADE_UP}",
        "min.p_churn_60d=nan",
        "min.p_churn_60d=1e999",
        "min.p_churn_60d=0x10",
        f"is.p_churn_60d={MADE_UP}",
        f"is.eligible={MADE_UP}",
        "min.eligible=1",
        f"min.as_of={MADE_UP}",
        "min.as_of=2024-13-01",
        f"min.customer_id={MADE_UP}",
        f"page={MADE_UP}",
        "page=0",
        "page=-1",
        "page=99999999999999999999999",
        "page=%C2%B2",
        "rows=7",
        "rows=1000000",
        f"q=1&q={MADE_UP}",
        f"q={MADE_UP * 40}",
        "sort=p_churn_60d;DROP TABLE x",
    ],
)
def test_a_made_up_parameter_is_refused_in_a_sentence_that_echoes_nothing(site, query):
    client = visitor(site)
    for address in ("/customers", "/customers/csv"):
        answer = client.get(f"{address}?{query}")
        if "page=" in query or "rows=" in query:
            assert address.endswith("csv") or answer.status_code == 400, "a file has no pages"
            continue
        assert answer.status_code == 400, query
        assert MADE_UP not in answer.text
        assert 'class="need" role="alert"' in answer.text


def test_words_of_sql_are_words(site):
    client = visitor(site)
    for text in ("' OR 1=1 --", '"; DROP TABLE x; --', "%", "_", "\\", "\x00"):
        answer = client.get("/customers", params={"q": text})
        assert answer.status_code == 200, text
        assert "Nobody matches" in answer.text


@pytest.mark.parametrize("query", ["", "?id=", "?id=a&id=b", "?x=1", "?id=a&x=1", "?id=" + "x" * 2000])
def test_an_address_that_names_no_customer_is_refused(site, query):
    assert visitor(site).get(f"/customer{query}").status_code == 400


def test_an_unknown_customer_is_not_echoed(site):
    answer = visitor(site).get("/customer", params={"id": MADE_UP})
    assert answer.status_code == 404
    assert MADE_UP not in answer.text
