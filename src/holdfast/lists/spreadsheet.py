"""CSV for spreadsheets: text that would run as a formula is made harmless; marks are those of the reader's country."""

import re
from dataclasses import dataclass

import pandas as pd

# Full-width signs are signs too where Excel speaks Chinese, Japanese or Korean.
_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
DELIMITERS = (",", ";", "\t", "|")
_BREAKS = ("\t", "\r", "\n")
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"
_SIGNED_NUMBER = re.compile(r"[+-](\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?", re.ASCII)


def digits(column: str) -> int:
    """Return to how many digits people read a column's numbers: probabilities three, shares four, everything else two.

    Examples
    --------
    >>> digits("p_churn_90d"), digits("share_of_total"), digits("clv_365d")
    (3, 4, 2)
    """
    return 3 if column.startswith("p_") else 4 if "share" in column else 2


def would_run(text: str) -> bool:
    r"""Say whether a spreadsheet that opens this cell from a CSV could run it as a formula.

    A plain signed number is a number, so a telephone number with its country's prefix stays what it is in the
    customer table it came from; ``+49-170-1`` would be calculated.

    Examples
    --------
    >>> [would_run(text) for text in ("+491701234", "-5", "+1.5e3", "-0,5", "Jane", "")]
    [False, False, False, False, False, False]
    >>> [would_run(text) for text in ("=1+1", "+cmd", "-2+3", "@SUM(A1)", " =1", "\t5", "+49-170-1")]
    [True, True, True, True, True, True, True]
    """
    bare = text.lstrip().lstrip(_INVISIBLE).lstrip()
    return text.startswith(_BREAKS) or (bare.startswith(_SIGNS) and not _SIGNED_NUMBER.fullmatch(bare))


def harmless_text(text: str) -> str:
    """Return a text as CSV holds it: with an apostrophe before it where a spreadsheet would run it.

    Examples
    --------
    >>> harmless_text("=1+1"), harmless_text("007")
    ("'=1+1", '007')
    """
    return f"'{text}" if would_run(text) else text


def delimiter_of(head: str) -> str:
    """Return what stands between the cells of a CSV that Holdfast wrote, by the line of its columns' names.

    Examples
    --------
    >>> delimiter_of("customer_id;p_churn_90d")
    ';'
    """
    return next((mark for mark in DELIMITERS if mark in head), DELIMITERS[0])


def harmless(table: pd.DataFrame) -> pd.DataFrame:
    """Return a copy in which every text that a spreadsheet would run begins with an apostrophe.

    Column names included; numbers stay numbers.
    """
    safe = table.map(lambda cell: harmless_text(cell) if isinstance(cell, str) else cell)
    return safe.rename(columns=lambda name: f"'{name}" if would_run(str(name)) else name)


def made_harmless(table: pd.DataFrame) -> dict[str, int]:
    """Return how many cells of each column ``harmless`` changes, its name among them; columns without any are left out.

    Examples
    --------
    >>> made_harmless(pd.DataFrame({"customer_id": ["007", "+491701234", "=1+1"], "rank": [1, 2, 3]}))
    {'customer_id': 1}
    """
    counts = {
        str(name): would_run(str(name)) + sum(isinstance(cell, str) and would_run(cell) for cell in column)
        for name, column in table.items()
    }
    return {name: count for name, count in counts.items() if count}


@dataclass(frozen=True)
class CsvStyle:
    """Marks of a CSV: between cells, before decimals, and whether a byte order mark tells Excel that it is UTF-8."""

    delimiter: str = ","
    decimal: str = "."
    mark: bool = False


PLAIN = CsvStyle()

# Decimal marks by language and, where a country differs, by locale: Unicode CLDR.
_MARKS = {
    ",": "af az be bg br bs ca cs da de el eo es et eu ff fi fo fr fy gl hr hu hy ia id is it ka kk kl ku ky lb ln lo "
    "lt lu lv mk nb nl nn no pl ps pt rn ro ru rw sc se sg sk sl sq sr ss su sv tg tk tr ts tt uk uz ve vi wo "
    "ar_DZ ar_LB ar_LY ar_MA ar_MR ar_TN en_AT en_BE en_CZ en_DE en_DK en_ES en_FI en_FR en_HU en_ID en_IT en_NL en_NO "
    "en_PL en_PT en_RO en_SE en_SI en_SK en_ZA ms_BN ms_ID qu_BO sw_CD",
    ".": "ak am ar as bm bn bo ce cy dz ee en fa ga gd gu gv ha he hi ig ii ja ki km kn ko ks kw lg mg mi ml mn mr ms "
    "mt my nd ne om or pa qu rm sa sd si sn so st sw ta te th ti tn to ug ur xh yi yo za zh zu "
    "de_CH de_LI es_BZ es_CU es_DO es_GT es_HN es_MX es_NI es_PA es_PE es_PR es_SV es_US it_CH",
}
_MARK_OF = {name: mark for mark, names in _MARKS.items() for name in names.split()}
# Between cells there stands a semicolon although decimals have a point.
_SEMICOLON = ("CH", "LI")


def style_of(locale: str) -> CsvStyle | None:
    """Return the marks that Excel expects in a country; None for a locale that is not known.

    Parameters
    ----------
    locale
        Language and country such as ``de_DE`` or ``de-DE``; or a language alone.

    Examples
    --------
    >>> style_of("de_DE")
    CsvStyle(delimiter=';', decimal=',', mark=True)
    >>> style_of("en_GB"), style_of("de_CH")
    (CsvStyle(delimiter=',', decimal='.', mark=True), CsvStyle(delimiter=';', decimal='.', mark=True))
    """
    language, _, country = re.sub(r"[.@].*", "", locale.strip()).replace("-", "_").partition("_")
    language, country = language.lower(), country.upper()
    decimal = _MARK_OF.get(f"{language}_{country}") or _MARK_OF.get(language)
    if decimal is None:
        return None
    return CsvStyle(";" if decimal == "," or country in _SEMICOLON else ",", decimal, mark=True)
