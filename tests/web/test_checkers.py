"""Every page in a browser, in both settings: by axe-core, by its contrasts, and its HTML by html-validate."""

import pytest
from docs.screenshots import ADDRESSES, PATIENCE, WIDTHS, chromium, served

from holdfast.web.guard import Access
from holdfast.web.password import hashed
from tests.report.checkers import (
    ABSENT,
    axe_is_there,
    axe_violations,
    html_errors,
    low_contrast,
    validator_is_there,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        chromium() is None, reason="no Chromium is installed (make setup-browser): the pages were not checked"
    ),
]
FURTHER = {
    "another list": "/lists/high_value?rows=25",
    "filtered": "/customers?q=0&min.p_alive=0.1&rows=25&page=2",
    "nobody": "/customers?q=nobody",
    "with segments": "/segments/customers?rows=25",
    "no customer": "/customer?id=nobody",
    "no list": "/lists/nothing",
    "no column": "/customers?sort=nothing",
    "no page": "/nothing",
}


class Looked:
    """What is wrong with each page that was looked at, and the files with its HTML."""

    def __init__(self, browser, folder):
        # In the dark too: the page has one look, and its words must stay readable on it.
        self.page = browser.new_context(color_scheme="dark").new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("response", lambda r: self.answers.append(r) if r.request.is_navigation_request() else None)
        self.folder, self.answers, self.kept_out, self.low, self.looked = folder, [], [], [], []

    def at(self, name, address=None):
        """Look at the open page, or open an address first."""
        if address is not None:
            self.page.goto(address)
        self.looked.append(name)
        (self.folder / f"{name.replace(' ', '-')}.html").write_text(self.answers[-1].text(), encoding="utf-8")
        for width in WIDTHS.values():
            self.page.set_viewport_size({"width": width, "height": 900})
            self.low += [f"{name}, {width}: {one}" for one in low_contrast(self.page)]
            if axe_is_there():
                self.kept_out += [f"{name}, {width}: {one}" for one in axe_violations(self.page, at_least=10)]

    def asked(self, button, **fields):
        """Fill in fields by their id and press a button."""
        for name, text in fields.items():
            self.page.locator(f"#{name}").fill(text)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button).click()


@pytest.fixture(scope="module")
def looked(browser, scenario, tmp_path_factory):
    seen = Looked(browser, tmp_path_factory.mktemp("html"))
    site = scenario.copy(tmp_path_factory.mktemp(f"checked-{scenario.name}")).site()
    (issued,) = (one["folder"].name for one in site.issued())
    with served(site) as home:
        seen.page.goto(f"{home}/lists/at_risk")
        customer = seen.page.locator("tbody th.who a").first.get_attribute("href")
        for name, address in (ADDRESSES | FURTHER | {"customer": customer, "issued": f"/issued/{issued}"}).items():
            seen.at(name, f"{home}{address}")
        seen.page.goto(f"{home}/make")
        # The page itself is to refuse it, not the browser.
        seen.page.evaluate("document.querySelector('form.fields').noValidate = true")
        seen.asked("Make the list", capacity="3.5")
        seen.at("refused form")
    with served(scenario.site(f"outputs={tmp_path_factory.mktemp('nothing')}")) as home:
        seen.at("no scores", f"{home}/")
    with served(site, Access(password=hashed("the right password"))) as home:
        seen.at("log in", f"{home}/due")
        seen.asked("Log in", password="a wrong password")  # noqa: S106  # of the tests alone
        seen.at("not logged in")
        seen.asked("Log in", password="the right password")  # noqa: S106
        seen.at("logged in")
    seen.page.context.close()
    return seen


@pytest.mark.skipif(not axe_is_there(), reason=ABSENT)
def test_axe_finds_nothing_that_keeps_anybody_out(looked):
    assert looked.kept_out == []


def test_all_words_can_be_read(looked):
    assert looked.low == []
    assert len(looked.looked) == len(ADDRESSES) + len(FURTHER) + 7


@pytest.mark.skipif(not validator_is_there(), reason=ABSENT)
def test_every_page_is_valid_html(looked):
    assert html_errors(*sorted(looked.folder.iterdir())) == []
