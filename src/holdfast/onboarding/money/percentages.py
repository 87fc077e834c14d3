"""Discounts that are a share of the worth, and have no sum: by their name, or by what they hold."""

from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.export import TABLE, Export
from holdfast.onboarding.profile import Profile

_PERCENT = {"percent", "percentage", "perc", "prozent", "prozentsatz", "pct", "procent", "prosent", "pourcentage"}
_PERCENT |= {"porcentaje", "porcentagem", "percentuale", "rate", "satz"}
# Percentages are whole numbers of at most 100 without hundredths, of which so few differ; or shares.
_MOST_PERCENT, _DIFFERENT = 100, 10


def is_called_percentage(name: str) -> bool:
    """Say whether a column is called a percentage.

    Examples
    --------
    >>> [is_called_percentage(name) for name in ("Discount Percentage", "disc_pct", "Rabatt")]
    [True, True, False]
    """
    return "%" in name or bool(_PERCENT & set(plain_words(name)))


def may_be_percentage(export: Export, p: Profile, part: str) -> bool:
    """Say whether numbers may be percentages: 10 is written so, and 10.00 is money; ``part``: SQL, without signs.

    Numbers up to 1 with decimals may be shares, however many differ: nothing tells them from money of a few cents.
    """
    cents = f"regexp_matches({p.sql}, '[.,][0-9]{{2}}\\D*$')" if p.type == "VARCHAR" else "FALSE"
    different, most, broken, written = export.one(
        f"SELECT COUNT(DISTINCT {part}), COALESCE(MAX({part}), 0), COUNT(*) FILTER ({part} <> FLOOR({part})), "
        f"COUNT(*) FILTER ({cents}) FROM {TABLE} WHERE {part} > 0"
    )
    whole = not broken and not written and most <= _MOST_PERCENT
    return bool((different <= _DIFFERENT and whole) or may_be_share(export, part))


def may_be_share(export: Export, part: str) -> bool:
    """Say whether numbers may be shares: up to 1, with decimals; ``part``: SQL, without signs."""
    broken, above = export.one(
        f"SELECT COUNT(*) FILTER ({part} <> FLOOR({part})), COUNT(*) FILTER ({part} > 1) FROM {TABLE}"
    )
    return bool(broken) and not above


def written_as(most: float) -> str:
    """Return which ``discount_as`` reads percentages of which the largest is so much; nothing where it is none.

    Examples
    --------
    >>> written_as(25), written_as(0.25), written_as(450)
    ('percent', 'share', '')
    """
    return "share" if most <= 1 else "percent" if most <= _MOST_PERCENT else ""


def left_sql(part: str, kind: str) -> str:
    """Return the SQL of the share of a worth that a percentage leaves."""
    return f"(1 - {part}{' / 100' if kind == 'percent' else ''})"
