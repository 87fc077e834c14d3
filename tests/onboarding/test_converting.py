"""Amounts in several currencies beside a column that converts them: offered, by its name or by what it holds."""

import pytest

from holdfast.onboarding import Look
from tests.onboarding.looked import day, shop

RATES = {"EUR": 1.0, "USD": 0.92, "SEK": 0.088}


def rows(name: str, kind: str, *, home: bool = True, amount: str = "total") -> list[list[str]]:
    lines = []
    for i in range(300):
        code = list(RATES)[i % 3] if home else ["USD", "SEK"][i % 2]
        rate = RATES[code] * (1 + (i % 7) / 100 * (code != "EUR"))
        worth = 20 + i % 13
        cell = {"rate": f"{rate:.4f}", "amount": f"{worth * rate:.2f}"}
        cell |= {"tax": f"{worth * 0.2:.2f}", "pieces": str(1 + i % 2)}
        lines.append([str(7000 + i), f"c{i % 30}", day(i), f"{worth}.00", code, cell[kind]])
    return [["order_id", "customer_id", "date", amount, "currency", name], *lines]


def offers(lines: list[list[str]]) -> list[dict]:
    (question,) = [q for q in shop(lines).questions if q.key == "rules.keep"]
    assert "If another column than these converts them" in question.asked or not _others(question)
    return _others(question)


def _others(question) -> list[dict]:
    return [dict(c.settings) for c in question.choices if "rules.keep" not in c.settings]


@pytest.mark.parametrize("name", ["total_eur", "home_amount", "base_total", "total_base_currency", "in EUR"])
def test_an_amount_that_was_converted_is_offered(name):
    assert offers(rows(name, "amount")) == [{"columns.amount": name, "columns.currency": None, "currency": "EUR"}]


@pytest.mark.parametrize("name", ["fx_to_eur", "eur_rate", "conversion", "x"])
def test_a_rate_is_offered_with_the_currency_that_it_is_1_in(name):
    assert offers(rows(name, "rate")) == [{"columns.rate": name, "currency": "EUR"}]


def test_where_no_line_is_in_the_shop_s_own_currency_the_name_alone_says_it():
    assert offers(rows("usd_rate", "rate", home=False)) == [{"columns.rate": "usd_rate", "currency": "USD"}]
    assert offers(rows("converted total", "amount", home=False))[0]["columns.amount"] == "converted total"


@pytest.mark.parametrize(("name", "kind"), [("tax", "tax"), ("quantity", "pieces"), ("fee", "tax")])
def test_what_converts_nothing_is_not_offered(name, kind):
    assert offers(rows(name, kind)) == []


def test_the_answer_takes_the_column_of_currencies_out():
    lines = rows("total_eur", "amount")
    (question,) = shop(lines).questions
    chosen = next(c for c in question.choices if "columns.amount" in c.settings)
    settings = Look(["x.csv"]).findings({"rules.keep": chosen}).settings
    assert (settings["columns.amount"], settings["currency"]) == ("total_eur", "EUR")
    assert not {"columns.currency", "rules.keep"} & set(settings)


def test_an_amount_called_after_a_currency_is_in_it_on_every_line():
    found = shop(rows("tax", "tax", amount="amount_eur"))
    assert (found.settings["currency"], [q.key for q in found.questions]) == ("EUR", [])
