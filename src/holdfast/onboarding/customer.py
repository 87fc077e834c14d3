"""Which column is the customer: an id, an address, a phone; never what names places, things or parts of ids."""

from collections.abc import Sequence

from holdfast.errors import DataError
from holdfast.onboarding.called.names import ROLES, Fit, customer_fit, is_nobody, plain_words, says_id
from holdfast.onboarding.called.nobody import NAMES_IN_PART
from holdfast.onboarding.events import lines_of_purchases
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings, listed
from holdfast.onboarding.order_columns import numbers_orders
from holdfast.onboarding.people import (
    beside_names,
    has_digits,
    holds_names,
    is_masked,
    may_be_of_cards,
    not_cut,
    people_of,
    same_groups,
    shortened,
    told_customers,
)
from holdfast.onboarding.profile import LEAST_IDS, Columns, Profile, doubled, free
from holdfast.onboarding.refusals import (
    names_in,
    of_contracts,
    of_experiment,
    of_nobody,
    refuse_few,
    refuse_one_day,
    refuse_outline,
    said_twice,
)
from holdfast.onboarding.settle import settle

# So much more often filled is worth a question.
_MORE = 1.1
# A phone stands in for an id where it is (nearly) as often filled.
_AS_FULL = 0.95
_ARTICLES = {"ean", "gtin", "upc", "asin", "isbn", "title", "titel", "tittel", "titre", "titulo", "titolo", "tytul"}
# How many there were names nobody.
_COUNTS = {"num", "count", "cnt", "nb", "total", "times"}
# In so few lines nobody, and nothing, need come back.
_FEW_LINES = 50


def find_customer(export: Export, found: Sequence[Profile], findings: Findings, known: Columns) -> None:
    """State the column of the customer, or ask for it.

    Raises
    ------
    DataError
        None can name customers, and why.
    """
    able = [p for p in free(found, known) if _may_be_customer(p) and p.repeats and not _speaks_of_others(p)]
    able = [p for p in able if customer_fit(p.name) > Fit.NEVER]
    # R1200 may be money; where a column of plain ids is there, that is meant.
    able = [p for p in able if not p.is_lettered or customer_fit(p.name) >= Fit.PARTLY] or able
    # What holds the lines of one day together is an order, whoever bought.
    day = {role: p for role, p in known.items() if role == "ordered_at"}
    able = [p for p in able if customer_fit(p.name) >= Fit.PARTLY or not numbers_orders(export, p, day)]
    full = _AS_FULL * max(p.filled for p in found)
    phones = [p for p in free(found, known) if p.repeats and p.filled >= full and _is_phone(p)]
    people = [p for p in able if customer_fit(p.name) >= Fit.PARTLY]
    people += [p for p in free(found, known) if p not in people and (p in phones or _is_cut_id(export, p))]
    whole = not_cut(export, people, findings, needed=True)
    able, phones = ([p for p in ps if p not in people or p in whole] for ps in (able, phones))
    called = [p for p in able if customer_fit(p.name) >= Fit.PARTLY]
    masked = [p for p in called if is_masked(export, p)]
    phones = [p for p in phones if not masked or not is_masked(export, p)]
    whole = [p for p in called if p not in masked and not holds_names(export, p)]
    if masked:
        _tell_masked(masked, bool(whole or phones), findings)
        # Numbers and addresses tell people apart better than names do.
        whole = [p for p in whole if has_digits(export, p)] or whole
        able = whole or able
    if phones and (not called or (masked and not whole)):
        # Of several the one that speaks of who bought, not of who got it.
        phone = max(phones, key=lambda p: (customer_fit(p.name), ROLES["phone"].fit(p.name)))
        findings.set("columns.customer_id", phone.name, "who bought, by their phone")
        findings.tell(f'customer_id: "{phone.name}"{told_customers(phone, export)}, by their phone')
        known["customer_id"] = phone
        return
    able = [p for p in able if customer_fit(p.name) >= Fit.PARTLY or not _is_of_articles(export, p, found)]
    ids = [p for p in free(found, known) if p.may_be_id and customer_fit(p.name) >= Fit.PARTLY]
    if ids or phones or any(not _is_part_of_a_name(p) for p in able):
        able = [p for p in able if not _is_part_of_a_name(p)]
    # An address serves for an id where nothing else does.
    named = [p for p in ids if not able or ROLES["customer_id"].fit(p.name) >= Fit.PARTLY]
    once = [p.name for p in named if export.lines > _FEW_LINES and not _comes_back(export, p, known.get("ordered_at"))]
    mails = [p for p in free(found, known) if ROLES["email"].fit(p.name) >= Fit.PARTLY and p.distinct > _FEW_LINES]
    mails = [p for p in mails if not _comes_back(export, p, known.get("ordered_at"))]
    if mails:
        findings.tell(
            f"{listed([p.name for p in mails])}: another with every order, as addresses of marketplaces are: left "
            "aside, as nobody comes back by it"
        )
    # A number that is another with every order names the order, whatever it is called.
    able = [p for p in able if p.name not in once]
    if once and not any(customer_fit(p.name) >= Fit.PARTLY for p in able):
        refuse_one_day(export, known.get("ordered_at"))
        refuse_outline(export, [p for p in named if p.name in once])
        raise DataError(
            f"{listed(once)} {'is' if len(once) == 1 else 'are'} another with every purchase, so nobody comes back. "
            "Holdfast learns from those who do: export one line per purchase, not per customer; or find the number "
            f"that stays with a customer from purchase to purchase.{said_twice(doubled(export))}"
            + of_experiment(export, found)
        )
    # Of animals, who have owners.
    if any(customer_fit(p.name) == Fit.WHOLE and "patient" not in p.name.lower() for p in able):
        able = [p for p in able if "patient" not in p.name.lower()]
    if not able:
        refuse_few(export, found)
        if others := of_nobody(found):
            raise DataError(f"{others}{said_twice(doubled(export))}")
        raise DataError(
            "No column can name customers: an id comes back when somebody buys again, and is neither a date nor an "
            f"amount; a table with one line per customer holds no purchases.{names_in(export)}"
            f"{said_twice(doubled(export))}{of_contracts(found)}"
        )
    counting = lines_of_purchases(export, found)
    also, why = _beside(export, able, called, masked, free(found, known), known, counting)
    settle("customer_id", able, "who bought", export, findings, known, also=also, why=why, counting=counting)


def _beside(
    export: Export,
    able: Sequence[Profile],
    called: Sequence[Profile],
    masked: Sequence[Profile],
    others: Sequence[Profile],
    known: Columns,
    counting: str,
) -> tuple[list[Profile], str]:
    """Return further columns that may be who bought, and why, where the lines that they are filled on do not say it."""
    whole = [p for p in called if p not in masked and not holds_names(export, p)]
    names = [p for p in able if p not in masked and (p in called or holds_names(export, p))]
    if masked and not whole and names:
        return names, "may tell more people apart than ids with stars in place of letters"
    cards = [p for p in others if p.repeats and p.may_be_id and may_be_of_cards(p.name)]
    if called and not whole and not masked:
        return beside_names(export, called[0], cards, known.get("ordered_at")) or _fuller(export, able, counting), ""
    return _fuller(export, able, counting), ""


def _tell_masked(masked: Sequence[Profile], others: bool, findings: Findings) -> None:
    """Say that ids are shown in part only, so that several people share what is left."""
    hides = f"{listed([p.name for p in masked])} {'hides' if len(masked) == 1 else 'hide'} letters behind stars"
    if others:
        findings.tell(f"{hides}: left aside, as several people share what is left")
    else:
        findings.tell(
            f"{hides}, so several people may count as one: export the ids as they are, or a column that tells people "
            "apart"
        )


def _may_be_customer(p: Profile) -> bool:
    """Say whether a column could name customers: by what it holds, or called an id, as 1026454.4271 is."""
    pairs = p.type == "VARCHAR" and p.is_number and p.distinct >= LEAST_IDS and says_id(p.name)
    return p.may_be_id or (pairs and customer_fit(p.name) >= Fit.PARTLY)


def _is_part_of_a_name(p: Profile) -> bool:
    return "".join(plain_words(p.name)) in NAMES_IN_PART


def _is_of_articles(export: Export, p: Profile, found: Sequence[Profile]) -> bool:
    """Say whether a column tells apart what a column of articles does: it is another number of theirs."""
    articles = [q for q in found if q is not p and (_ARTICLES & set(plain_words(q.name)))]
    articles += [q for q in found if q is not p and ROLES["product_id"].fit(q.name) >= Fit.PARTLY]
    return any(same_groups(export, p, q) for q in articles if q.distinct > 1)


def _is_cut_id(export: Export, p: Profile) -> bool:
    """Say whether a column called after customers holds what a spreadsheet left of long ids, which look like money."""
    return customer_fit(p.name) >= Fit.PARTLY and bool(shortened(export, p))


def _is_phone(p: Profile) -> bool:
    """Say whether a column is called after phones, and holds many: with a + in front they look like amounts."""
    return p.distinct >= LEAST_IDS and not p.is_date and ROLES["phone"].fit(p.name) >= Fit.PARTLY


def _comes_back(export: Export, p: Profile, date: Profile | None) -> bool:
    """Say whether a value of a column stands on two lines, and where a column says when, at two times."""
    if date is None or not p.repeats:
        return p.repeats
    again = f"SELECT 1 FROM {TABLE} WHERE {is_filled(p.sql)} GROUP BY {p.sql} HAVING COUNT(DISTINCT {date.sql}) > 1"
    return bool(export.one(f"SELECT COUNT(*) FROM ({again} LIMIT 1)")[0])


def _fuller(export: Export, able: Sequence[Profile], counting: str) -> list[Profile]:
    """Return columns called customers that know clearly more of them than the one whose name fits best.

    Numbers of accounts are blank, or 0, for guests, whose addresses are known. ``counting``: SQL of lines that count.
    """
    named = [p for p in able if customer_fit(p.name) >= Fit.PARTLY]
    known = {p.name: people_of(export, p, counting).known for p in named}
    first = max(named, key=lambda p: (customer_fit(p.name), says_id(p.name)), default=None)
    return [p for p in named if first is not None and known[p.name] > _MORE * known[first.name]]


def _speaks_of_others(p: Profile) -> bool:
    """Say whether a name says that the column is something other than a customer."""
    if customer_fit(p.name) >= Fit.PARTLY:
        return False
    words = plain_words(p.name)
    if is_nobody(p.name) or (len(words) > 1 and words[0] in _COUNTS and p.is_whole):
        return True
    others = ("order_id", "product_id", "quantity", "unit_price", "amount", "status", "currency")
    return any(ROLES[role].fit(p.name) >= Fit.PARTLY for role in others)
