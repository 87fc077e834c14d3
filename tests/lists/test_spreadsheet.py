"""What a spreadsheet could run, what it could not, and the marks of a reader's country."""

import numpy as np
import pandas as pd
import pytest

from holdfast.lists.spreadsheet import CsvStyle, harmless, made_harmless, style_of, would_run


@pytest.mark.parametrize(
    "text",
    [
        "+491701234",
        "-5",
        "+1.5e3",
        "-0,5",
        "+.5",
        "-7.",
        "+1E-9",
        " +491701234",
        "a=b",
        "00123",
        "",
        " ",
        "Jane",
        "5-3",
    ],
)
def test_what_runs_nothing_stays_as_it_is(text):
    assert not would_run(text)
    assert harmless(pd.DataFrame({"id": [text]}))["id"].tolist() == [text]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3*cmd|' /C calc'!A0",
        "+1+1",
        "+49-170-1234",
        "+49 170 1234",
        "-",
        "+e5",
        "-5\n",
        "+1.2.3",
        "@SUM(A1)",
        "\t5",
        "\r5",
        "\n5",
        "  =1",
        "\u00a0=1",
        "\ufeff=1",
        "\u200b =1",
        "＝1+1",
        "－1＋1",
        "+١٢",  # digits, but not those of a number that is known to run nothing
    ],
)
def test_what_could_run_begins_with_an_apostrophe(text):
    assert would_run(text)
    assert harmless(pd.DataFrame({"id": [text]}))["id"].tolist() == [f"'{text}"]


def test_names_of_columns_are_cells_too_and_numbers_stay_numbers():
    table = pd.DataFrame(
        {"=n": [-1.5, 2.0], "-5": ["a", "=b"], "who": pd.Categorical(["@x", "y"]), "none": [None, "=z"]}
    )
    safe = harmless(table)
    assert list(safe.columns) == ["'=n", "-5", "who", "none"]
    assert safe["'=n"].tolist() == [-1.5, 2.0]
    assert safe["-5"].tolist() == ["a", "'=b"]
    assert safe["who"].tolist() == ["'@x", "y"]
    assert table["-5"].tolist() == ["a", "=b"]
    assert made_harmless(table) == {"=n": 1, "-5": 1, "who": 1, "none": 1}
    assert made_harmless(pd.DataFrame({"a": ["+1", "b"], "n": [np.nan, -1.0]})) == {}
    assert made_harmless(pd.DataFrame({"a": []})) == {}


@pytest.mark.parametrize(
    ("locale", "delimiter", "decimal"),
    [
        ("de_DE.UTF-8", ";", ","),
        ("de-at", ";", ","),
        ("fr", ";", ","),
        ("pt_BR", ";", ","),
        ("es_ES", ";", ","),
        ("es_MX", ",", "."),
        ("en_US", ",", "."),
        ("en_ZA", ";", ","),
        ("ja_JP", ",", "."),
        ("de_CH", ";", "."),
        ("fr_CH", ";", ","),
        ("it_IT@euro", ";", ","),
    ],
)
def test_a_country_has_its_marks(locale, delimiter, decimal):
    assert style_of(locale) == CsvStyle(delimiter, decimal, mark=True)


@pytest.mark.parametrize("locale", ["xx_XX", "", "german"])
def test_a_country_that_is_not_known_is_not_guessed(locale):
    assert style_of(locale) is None
