"""The page in a real browser, in both settings; skipped, and said so, where no Chromium is installed."""

from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from docs.screenshots import ADDRESSES, PATIENCE, WIDTHS, chromium, served
from typer.testing import CliRunner

from holdfast.cli.commands import app
from holdfast.pipeline.outputs import readable, write_csv
from holdfast.report.page.words import number

CHROMIUM = chromium()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no Chromium is installed (make setup-browser): the page was not opened in a browser"
    ),
]


@pytest.fixture(scope="module")
def shown(scenario, tmp_path_factory):
    """The scenario with outputs of its own, and the address of its page."""
    copy = scenario.copy(tmp_path_factory.mktemp(f"seen-{scenario.name}"))
    with served(copy.site()) as home:
        yield copy, home


@pytest.fixture
def tab(browser, shown):
    """A tab whose every request to elsewhere is written down, and what the console said."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.elsewhere, page.said = [], []
    page.on("request", lambda r: None if r.url.startswith((shown[1], "data:")) else page.elsewhere.append(r.url))
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("dialog", lambda dialog: page.said.append(dialog.message))
    yield page
    assert (page.elsewhere, page.said) == ([], []), "nothing is asked of anybody, and the policy stops nothing of ours"
    context.close()


def ids(page):
    return page.locator("tbody th.who").all_inner_texts()


def plain(table):
    return [" ".join(str(one).split()) for one in table["customer_id"]]


def test_load_slide_filter_sort_download_open_back_share(tab, shown, tmp_path):
    scenario, home = shown
    tab.goto(home)
    assert tab.locator("h1").inner_text() == "Overview"
    (path,) = scenario.issued.glob("audience.csv")
    curve = pd.read_csv(path)
    tab.locator("#n").focus()
    tab.keyboard.press("Home")
    assert tab.locator("#n-out").inner_text() == number(curve["customers"].iloc[0])

    scores = pd.read_parquet(scenario.folder / "scores.parquet")
    risk = next(c for c in scores if c.startswith("p_churn_"))
    edge = round(float(scores[risk].median()), 3)
    tab.get_by_role("navigation", name="Pages").get_by_role("link", name="Customers").click()
    tab.locator(".filter summary").click()
    tab.locator(f'[name="min.{risk}"]').fill(str(edge))
    with tab.expect_navigation():
        tab.get_by_role("button", name="Show").click()
    kept = scores[scores[risk] >= edge]
    assert ids(tab) == plain(kept.head(50))

    with tab.expect_navigation():
        tab.locator("thead th", has=tab.locator(f'a[href*="sort=-{risk}"]')).get_by_role("link").click()
    order = kept.assign(_=-kept[risk]).sort_values("_", kind="stable").drop(columns="_")
    assert ids(tab) == plain(order.head(50))
    assert tab.locator("thead th[aria-sort=descending]").count() == 1
    view = tab.url
    assert parse_qs(urlsplit(view).query) == {f"min.{risk}": [str(edge)], "sort": [f"-{risk}"]}

    with tab.expect_download() as taken:
        tab.get_by_role("link", name="CSV").click()
    write_csv(tmp_path / "view.csv", readable(order))
    assert taken.value.suggested_filename == "customers.csv"
    assert taken.value.path().read_bytes() == (tmp_path / "view.csv").read_bytes()

    tab.locator("tbody th.who a").first.click()
    assert tab.locator(".customer-id").inner_text() == plain(order)[0]
    tab.go_back()
    assert (tab.url, ids(tab)) == (view, plain(order.head(50)))
    other = tab.context.new_page()
    other.goto(view)
    assert ids(other) == plain(order.head(50))


def test_a_list_taken_along_has_the_bytes_that_the_command_wrote(tab, shown):
    scenario, home = shown
    tab.goto(f"{home}/lists/at_risk")
    with tab.expect_download() as taken:
        tab.get_by_role("link", name="CSV").click()
    assert taken.value.path().read_bytes() == (scenario.folder / "lists" / "at_risk.csv").read_bytes()


def test_a_list_is_made_by_keyboard(tab, shown, scenario, tmp_path):
    mine, home = shown
    tab.goto(f"{home}/make")
    tab.locator("#capacity").focus()
    tab.keyboard.type("11")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/issued/**")
    assert "to contact until" in tab.locator(".first-line").inner_text()
    copy = scenario.copy(tmp_path)
    words = ["list", "at-risk", "-c", str(copy.path), "--capacity", "11", "--today", copy.today]
    assert CliRunner().invoke(app, words).exit_code == 0
    with tab.expect_download() as taken:
        tab.get_by_role("link", name="Download the list to contact").click()
    assert taken.value.path().read_bytes() == (copy.issued / "at_risk.csv").read_bytes()
    assert {p.name: p.read_bytes() for p in mine.issued.iterdir()} == {
        p.name: p.read_bytes() for p in copy.issued.iterdir()
    }


def test_it_works_without_javascript(browser, shown):
    scenario, home = shown
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{home}/lists/at_risk")
    page.locator("#q").fill("0000")
    page.get_by_role("button", name="Show").click()
    table = pd.read_parquet(scenario.folder / "lists" / "at_risk.parquet")
    found = table[table["customer_id"].str.startswith("0000")]
    assert urlsplit(page.url).query == "q=0000"
    # A click waits for the answer to begin, not for its rows.
    page.wait_for_load_state()
    assert ids(page) == plain(found)
    context.close()


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_no_page_is_wider_than_the_window_and_what_is_wider_scrolls_by_keyboard(tab, shown, width):
    _, home = shown
    tab.set_viewport_size({"width": width, "height": 900})
    for address in ADDRESSES.values():
        tab.goto(f"{home}{address}")
        tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, address
        lost = tab.evaluate(
            """() => [...document.querySelectorAll('main *')].filter(e => {
                const box = e.getBoundingClientRect();
                return box.width && box.right > innerWidth + 1 && !e.closest('.scroll[tabindex], .quiet, .tag');
            }).map(e => e.outerHTML.slice(0, 100))"""
        )
        assert lost == [], address


@pytest.mark.parametrize("language", ["da", "sv", "nb", "zh"])
def test_no_language_is_wider_than_a_phone(browser, a_shop, language):
    context = browser.new_context(viewport={"width": WIDTHS["phone"], "height": 900})
    page = context.new_page()
    with served(a_shop.site(f"language={language}")) as home:
        for address in ("/", "/lists/at_risk", "/customers", "/segments/customers", "/make", "/due"):
            page.goto(f"{home}{address}")
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS["phone"], address
    context.close()
