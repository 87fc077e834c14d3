"""How figures stand in the report: money with its currency, shares, dates as people write them, intervals."""

import re
from collections.abc import Sequence
from datetime import date

import numpy as np

from holdfast.language import N_, amount, current, figures
from holdfast.language import gettext as _

MISSING = "–"
_LATER = re.compile(r"\d{4}-\d{2}-\d{2}-(\d+)$")
_ISO = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def day(iso: str) -> str:
    """Return a date as people write it; what is no date stays as it is.

    Examples
    --------
    >>> day("1998-07-01"), day("snapshot")
    ('1 July 1998', 'snapshot')
    """
    try:
        found = date.fromisoformat(iso)
    except ValueError:
        return iso
    return figures.day(found)


def dated(text: str) -> str:
    """Return a text with its dates as people write them.

    Examples
    --------
    >>> dated("bought 1998-02-02 to 1998-07-01")
    'bought 2 February 1998 to 1 July 1998'
    """
    return _ISO.sub(lambda found: day(found.group()), text)


def number(value: float | None, digits: int = 0) -> str:
    """Return a number with its thousands apart; a dash where there is none.

    Examples
    --------
    >>> number(1234.5), number(0.5, 2), number(float("nan")), number(-3.2), number(-0.2)
    ('1,234', '0.50', '–', '−3', '0')
    """
    if value is None or not np.isfinite(value):
        return MISSING
    text = figures.number(value, digits).replace("-", "−")
    return text.lstrip("−") if not text.strip("−0.,") else text


def money(value: float | None, currency: str = "", digits: int = 0) -> str:
    """Return an amount with its currency.

    Examples
    --------
    >>> money(6471.4, "USD"), money(3.5, digits=2)
    ('6,471 USD', '3.50')
    """
    text = number(value, digits)
    return amount(text, currency) if currency and text != MISSING else text


def percent(share: float | None, digits: int = 0) -> str:
    """Return a share in per cent.

    Examples
    --------
    >>> percent(0.614), percent(0.0123, 1), percent(None)
    ('61 %', '1.2 %', '–')
    """
    text = number(None if share is None else share * 100, digits)
    return text if text == MISSING else figures.with_per_cent(text)


def signed(value: float | None, digits: int = 2) -> str:
    """Return a difference with its sign.

    Examples
    --------
    >>> signed(0.088, 3), signed(-1.5, 1), signed(None)
    ('+0.088', '−1.5', '–')
    """
    text = number(value, digits)
    return text if text == MISSING else f"{'+' if value is not None and value > 0 else ''}{text}"


def between(low: str, high: str, level: int = 95) -> str:
    """Return an interval in words.

    Examples
    --------
    >>> between("2,586", "10,357 USD")
    '95 %: 2,586 to 10,357 USD'
    """
    return _("{level} %: {low} to {high}", level=level, low=low, high=high)


def sentence(text: str) -> str:
    """Return a text that begins with a capital letter; the rest stays as it is.

    Examples
    --------
    >>> sentence("no dates: an ID has none")
    'No dates: an ID has none'
    """
    return text[:1].upper() + text[1:]


def sentences_of(sentences: Sequence[str]) -> str:
    """Return sentences one after the other; in Chinese nothing stands between them.

    Examples
    --------
    >>> sentences_of(["One is here.", "Two are not."])
    'One is here. Two are not.'
    """
    return ("" if current() == "zh" else " ").join(sentences)


_TITLES = {
    "at_risk": N_("At risk"),
    "high_value": N_("High value"),
    "second_order": N_("Second order"),
    "win_back": N_("Win back"),
    "overdue": N_("Overdue"),
    "notice_given": N_("Notice given"),
    "all": N_("All"),
    "bought": N_("Bought"),
    "purchases": N_("Purchases"),
    "churned": N_("Churned"),
    "spend": N_("Spend"),
    "revenue": N_("Revenue"),
    "margin_net": N_("Margin less costs"),
}


def title(name: str) -> str:
    """Return a name of a list or a figure as a heading.

    Examples
    --------
    >>> title("at_risk"), title("win_back")
    ('At risk', 'Win back')
    """
    known = _TITLES.get(name)
    return _(known) if known else name.replace("_", " ").capitalize()


def list_title(name: str, folder: str) -> str:
    """Return a list to contact as a heading; later ones of the same scores are numbered, as their folders are.

    Examples
    --------
    >>> list_title("at_risk", "at_risk-2024-03-01"), list_title("at_risk", "at_risk-2024-03-01-2")
    ('At risk', 'At risk (2)')
    """
    later = _LATER.search(folder)
    return f"{title(name)} ({later[1]})" if later else title(name)


# The arms of a list's experiment, all arms together, and what two arms are usually called.
_ARMS = {name: name for name in (N_("control"), N_("contacted"), N_("treatment"), N_("any treatment"))}


def arm(name: str) -> str:
    """Return the arm of an experiment in the reader's language; a name of the user's own stays.

    Examples
    --------
    >>> from holdfast.language import speaking
    >>> with speaking("da"):
    ...     arm("control"), arm("voucher")
    ('kontrol', 'voucher')
    """
    return _(_ARMS[name]) if name in _ARMS else name
