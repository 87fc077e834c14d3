"""Three columns of money of which one is the sum of the others on (nearly) every line, whatever they are called."""

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import NamedTuple

import numpy as np

from holdfast.data.engine import quote
from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.data.values.words import word_list
from holdfast.learn.arrays import Floats
from holdfast.onboarding.called.names import BESIDE_PRICE, Fit, plain_words
from holdfast.onboarding.export import PEEK, TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.money.amounts import marks_that_read
from holdfast.onboarding.profile import Profile

# So many columns are held against each other, at first on so many lines: what these do not show, all lines do not.
_MOST_COLUMNS, _FIRST_LINES = 12, 3_000
_NEARLY_ALL, _FIRST, _LINES = 0.99, 0.97, 3
# So many lines are read at once; sums differ by less than so much.
_BATCH, _CENT = 1 << 16, 0.015
# What is left of nothing on many lines is another way of paying (cash beside cards), and no sum.
_MOSTLY, _MOSTLY_THERE = 0.9, 0.95
# Taxes are few shares of what they are on: halves of a per cent, and at most so much of it.
_MOST_TAX, _STEP, _MOST_RATES = 0.4, 0.005, 5
# What stands beside money that was paid and is neither a tax nor a discount: what a word of its name begins with.
_NEITHER = word_list("""
    fee fees gebuhr gebyr avgift frais commission comision comissao commissi kommission provision provisjon provvigion
    prowizj cost kost coste cout costo koszt cogs einkauf profit margin marge gewinn ertrag benefi ganancia
    lucro winst zysk vinst fortjen deckung payout auszahlung balance saldo remain outstanding ausstand offen deposit
    kaution trinkgeld gratuity pourboire insur versicher shipping ship versand deliver liefer postage porto
    freight fracht frakt fragt handling surcharge refund return rembours erstatt paypal earning
""")

_NEITHER_WORDS = {"rest", "tip", "tips", "cash", "card", "karte", "bar", "cards", "kort", "carte", "custo"}


class Triple(NamedTuple):
    """``whole`` is ``less`` and ``part`` together, on nearly all lines; ``part`` is the smaller of the two."""

    whole: Profile
    less: Profile
    part: Profile


def triples_of(
    export: Export, numbers: Sequence[Profile], findings: Findings, *, of: Profile | None = None
) -> list[Triple]:
    """Return the triples among columns, those with ``of`` as the whole or the rest where it is given."""
    columns = [p for p in numbers if p.distinct > 1 and p is not of][: _MOST_COLUMNS - (of is not None)]
    columns = [*([of] if of else []), *columns]
    tried = [Triple(*some) for some in permutations(columns, 3) if of is None or of in some[:2]]
    if not tried:
        return []
    value = _values(export, columns, findings)

    def proved() -> list[Triple]:
        near = _proved(export, tried, value, f"{PEEK} LIMIT {_FIRST_LINES}", _FIRST)
        return _proved(export, near, value, TABLE, _NEARLY_ALL) if near else []

    return export.once(("triples", of, tuple(value.items())), proved)


def _values(export: Export, columns: Sequence[Profile], findings: Findings) -> dict[str, str]:
    """Return the SQL of numbers by the name of their column, with the marks that are stated, or that read most."""
    decimal, thousands = (findings.settings.get(key) for key in ("decimal", "thousands"))
    stated = Written(decimal=decimal, thousands=thousands) if decimal or thousands else None
    written = stated or marks_that_read(export, *columns)
    return {p.name: f"CAST({parse.number(p.sql, p.type, written).value} AS DOUBLE)" for p in columns}


def _proved(
    export: Export, tried: Sequence[Triple], value: Mapping[str, str], source: str, share: float
) -> list[Triple]:
    # Counted here: of twelve columns there are 1,320 triples, and that many sums take the engine long to plan.
    names = {p.name for t in tried for p in t}
    read = ", ".join(f"{value[name]} AS {quote(name)}" for name in sorted(names))
    found = np.zeros((len(tried), 5), dtype=np.int64)
    for batch in export.connection.sql(f"SELECT {read} FROM (SELECT * FROM {source})").to_arrow_reader(_BATCH):
        numbers = {name: batch[name].to_numpy(zero_copy_only=False) for name in names}
        found += [_counts(*(numbers[p.name] for p in t)) for t in tried]
    return [
        t
        for t, (lines, alike, parts, less, rests) in zip(tried, found.tolist(), strict=True)
        if parts >= _LINES and less >= _MOSTLY * parts and alike >= share * lines and rests >= _MOSTLY_THERE * lines
    ]


def _counts(whole: Floats, less: Floats, part: Floats) -> list[int]:
    """Count lines with a whole, where it is the sum, with a part, with a part below the rest, with a whole and a rest.

    Examples
    --------
    >>> blank = np.nan
    >>> whole, less, part = [119.0, 50.0, 0.0, blank], [100.0, 50.0, 0.0, 7.0], [19.0, blank, 0.0, 2.0]
    >>> _counts(np.array(whole), np.array(less), np.array(part))
    [2, 2, 2, 2, 2]
    """
    there, off = np.abs(whole) > 0, np.nan_to_num(np.abs(part))
    is_sum = (np.abs(np.abs(whole - less) - off) < _CENT) & (np.abs(less) <= np.abs(whole) + 0.005)
    masks = (there, there & is_sum, off > 0, (off > 0) & (off <= np.abs(less)), there & (np.abs(less) > 0))
    return [int(np.count_nonzero(mask)) for mask in masks]


def _is_like_tax(export: Export, triple: Triple, findings: Findings) -> bool:
    """Say whether the part of a triple is one of a few shares of the rest, as taxes are.

    A discount of a fifth is a quarter of what is left: of what could be either, a tax is on nearly every line.
    """
    less, part = (f"ABS({sql})" for sql in _values(export, triple[1:], findings).values())
    of_less, of_whole = (_is_step("part", of) for of in ("less", "(less + part)"))
    lines, some, on_less, on_whole, rates = export.one(
        f"SELECT COUNT(*), COUNT(*) FILTER (part > 0), COUNT(*) FILTER (part > 0 AND {of_less}), "
        f"COUNT(*) FILTER (part > 0 AND {of_whole}), "
        f"COUNT(DISTINCT ROUND(part / less / {_STEP})) FILTER (part > 0 AND less > 5) "
        f"FROM (SELECT {less} AS less, COALESCE({part}, 0) AS part FROM {TABLE} "
        f"WHERE {is_filled(triple.whole.sql)}) AS read WHERE less > 0"
    )
    if not some or rates > _MOST_RATES or on_less < _MOSTLY_THERE * some:
        return False
    return bool(some >= _MOSTLY_THERE * lines or on_whole < _MOSTLY_THERE * on_less)


def _is_step(part: str, of: str) -> str:
    """Return the SQL that is true of what is a round share of something, to the last digit that is written."""
    share = f"{_STEP} * ROUND({part} / {of} / {_STEP})"
    near = f"CASE WHEN {part} = FLOOR({part}) AND {of} = FLOOR({of}) THEN 1 ELSE 0.0151 END"
    return f"(ABS({part} - {share} * {of}) <= {near} AND {share} <= {_MOST_TAX})"


def taxes_by_sums(export: Export, amount: Profile, numbers: Sequence[Profile], findings: Findings) -> list[Profile]:
    """Return what is a tax in an amount, or on top of it, by what it comes to on every line."""
    triples = [t for t in triples_of(export, numbers, findings, of=amount) if not _is_named(t.part)]
    return [t.part for t in triples if not _is_neither(t) and _is_like_tax(export, t, findings)]


def discount_by_sums(export: Export, amount: Profile, numbers: Sequence[Profile], findings: Findings) -> Profile | None:
    """Return what comes off an amount in another column, by what it comes to; no tax, and nothing that is added.

    Files begin with what their other columns are made of: what is left stands behind the amount.
    """
    places = {name: i for i, name in enumerate(export.names)}
    for t in triples_of(export, numbers, findings, of=amount):
        behind = t.whole is amount and places[t.less.name] > places[amount.name]
        if behind and not _is_named(t.part) and not _is_neither(t) and not _is_like_tax(export, t, findings):
            return t.part
    return None


def tell_added(export: Export, amount: Profile, numbers: Sequence[Profile], findings: Findings) -> None:
    """Say what an amount is proved to hold beside another one, where its name does not tell what that is."""
    for t in triples_of(export, numbers, findings, of=amount):
        if t.whole is amount and not _is_named(t.part) and not _is_neither(t):
            findings.tell(
                f'"{amount.name}" is "{t.less.name}" and "{t.part.name}" together: to count without '
                f'"{t.part.name}", state columns.amount: {t.less.name}'
            )
            return


def parts_among(export: Export, columns: Sequence[Profile], findings: Findings) -> list[Profile]:
    """Return the columns that are what two others differ by: a tax or a discount, and no amount."""
    found = {t.part.name for t in triples_of(export, columns, findings)}
    return [p for p in columns if p.name in found]


def _is_named(p: Profile) -> bool:
    """Say whether a name says already that it is a discount, a tax, shipping or what was given back."""
    return any(BESIDE_PRICE[role].fit(p.name) >= Fit.PARTLY for role in ("discount", "shipping", "tax", "refunded"))


def _is_neither(t: Triple) -> bool:
    words = [word for p in t[1:] for word in plain_words(p.name)]
    return any(word.startswith(_NEITHER) for word in words) or bool(_NEITHER_WORDS & set(words))
