"""The report in a real browser without a network; skipped, and said so, where no Chromium is installed."""

import json

import pandas as pd
import pytest
from docs.screenshots import WIDTHS, chromium

from holdfast.report.page.words import between, money, number
from tests.report.checkers import ABSENT, axe_is_there, axe_violations, low_contrast
from tests.report.shops import Page

CHROMIUM = chromium()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no Chromium is installed (make setup-browser): the report was not opened in a browser"
    ),
]


@pytest.fixture(params=["sold", "bound"], ids=["purchases", "contracts"])
def prepared(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def opened(browser, prepared):
    """The page, with every request but its own refused and written down, and what the console said."""
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page, own = context.new_page(), (prepared.folder / "report.html").resolve().as_uri()
    page.asked, page.said = [], []
    page.route("**/*", lambda route: route.continue_() if route.request.url == own else page.asked.append(route))
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("dialog", lambda dialog: page.said.append(dialog.message))
    page.goto(own)
    yield page
    context.close()


def test_it_opens_without_a_network_and_asks_for_nothing(opened):
    assert opened.title().endswith("Holdfast report")
    assert opened.locator("section").count() == 8
    assert (opened.asked, opened.said) == ([], [])
    assert opened.evaluate("performance.getEntriesByType('resource').length") == 0


def test_the_slider_shows_the_rows_of_the_audience_curve(opened, prepared):
    (path,) = (prepared.folder.parent / "issued").glob(f"at_risk-{prepared.moment}/audience.csv")
    curve = pd.read_csv(path).set_index("customers")
    data = json.loads(Page(prepared.folder / "report.html").root.ident("audience-data").inside[0])
    slider = opened.locator("#n")
    slider.focus()
    seen = [len(data["customers"]) - 1]
    for key, place in (("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("End", seen[0])):
        opened.keyboard.press(key)
        n = data["customers"][place]
        row = curve.loc[n]
        assert opened.locator("#n-out").inner_text() == number(n)
        assert slider.get_attribute("aria-valuetext") == f"{number(n)} customers"
        for name in ("churners", "false_alarms", "cost", "profit"):
            unit = data["currency"] if name in ("cost", "profit") else ""
            # To the last digit what the list says: a browser would round halves up.
            assert opened.locator(f"#now-{name}").inner_text() == money(row[name], unit)
            said = between(money(row[f"{name}_low"]), money(row[f"{name}_high"]))
            assert opened.locator(f"#range-{name}").inner_text() == said
    assert float(opened.locator("#marker").get_attribute("x1")) == data["x"][-1]


def test_a_customer_opens_by_keyboard(opened):
    first = opened.locator("details.customer").first
    assert not first.evaluate("d => d.open")
    first.locator("summary").focus()
    opened.keyboard.press("Enter")
    assert first.evaluate("d => d.open")
    assert first.locator("svg.timeline").is_visible()
    assert first.locator("dl").is_visible()


def test_without_javascript_the_figures_of_the_whole_list_stand_there(browser, prepared):
    context = browser.new_context(offline=True, java_script_enabled=False)
    page = context.new_page()
    page.goto((prepared.folder / "report.html").resolve().as_uri())
    (path,) = (prepared.folder.parent / "issued").glob(f"at_risk-{prepared.moment}/audience.csv")
    last = pd.read_csv(path).iloc[-1]
    assert page.locator("#now-churners").inner_text() == number(last["churners"])
    assert not page.locator("#n").is_visible()
    assert page.locator("#curve").is_visible()
    context.close()


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_nothing_is_wider_than_the_window_and_no_words_are_cut(opened, width):
    opened.set_viewport_size({"width": width, "height": 900})
    opened.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    cut = opened.evaluate(
        """() => [...document.querySelectorAll('svg text')].filter(t => {
            const box = t.getBoundingClientRect(), picture = t.ownerSVGElement.getBoundingClientRect();
            return box.width && (box.left < picture.left - 1 || box.right > picture.right + 1 ||
                                 box.bottom > picture.bottom + 1);
        }).map(t => t.textContent)"""
    )
    assert cut == []
    small = opened.evaluate(
        """() => [...document.querySelectorAll('svg text')].map(t => t.getBoundingClientRect().height)
            .filter(h => h && h < 9).length"""
    )
    assert small == 0


def test_all_words_can_be_read(opened):
    """WCAG's contrast of 4.5 to 1, of words in pictures and on hatched fields too."""
    assert low_contrast(opened) == []


@pytest.mark.parametrize("colour", ["fill: #9fc1e3", "color: #9aa0a6"])
def test_words_that_cannot_be_read_would_be_found(opened, colour):
    opened.add_style_tag(content=f"figcaption, svg text {{ {colour} !important }}")
    assert low_contrast(opened)


@pytest.mark.skipif(not axe_is_there(), reason=ABSENT)
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_axe_finds_nothing_that_keeps_anybody_out(opened, width):
    opened.set_viewport_size({"width": width, "height": 900})
    assert axe_violations(opened) == []


@pytest.mark.skipif(not axe_is_there(), reason=ABSENT)
def test_axe_would_find_what_keeps_somebody_out(opened):
    opened.evaluate("document.querySelector('label[for=n]').remove()")
    opened.evaluate("document.querySelector('html').removeAttribute('lang')")
    assert {line.partition(" ")[0] for line in axe_violations(opened)} >= {"html-has-lang", "label"}
