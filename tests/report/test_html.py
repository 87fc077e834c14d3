"""The report's HTML, held against html-validate; skipped, and said so, where npm's packages are not installed."""

import pytest

from holdfast.report.page import words
from tests.report.checkers import ABSENT, html_errors, validator_is_there

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not validator_is_there(), reason=ABSENT)]


@pytest.mark.parametrize("scenario", ["sold", "bound"])
def test_the_report_is_valid_html(scenario, request):
    assert html_errors(request.getfixturevalue(scenario).folder / "report.html") == []


def test_the_checker_would_find_what_is_wrong(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<!DOCTYPE html><html lang=en><head><title>x</title></head><body><p><div>x</p></body></html>")
    assert any("element-permitted" in line or "close-order" in line for line in html_errors(page))


def test_an_option_is_never_broken_behind_its_hyphen():
    assert (
        words("takes `-c` and `--as-of 1998-03-03`")
        == 'takes <code class="keep">-c</code> and <code>--as-of 1998-03-03</code>'
    )
