"""Codes of documents: each means something only beside the codes of invoices of the same system."""

import re
from collections.abc import Iterable

from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.states.words import State

# SAP's billing types; those that a company made for itself begin with Z.
_SAP_COLUMNS = {
    *("fkart", "fakturaart", "billingtype", "billtype", "billingdocumenttype", "billingdoctype", "typdefacturation"),
}
_SAP = (
    (State.NO_SALE, "F5|F8"),
    (State.INVOICED, "F[0-9A-Z]{1,2}|L2[A-Z]?|IV|B[1-3]"),
    (State.CREDITED, "G2[A-Z]?|RE[A-Z]?|IG"),
    (State.REVERSAL, "S[1-3]"),
)
# By the code of an invoice: those of credits that stand beside it.
_CREDITS = {
    **dict.fromkeys(("inv", "si", "in", "i", "is", "rv", "dr"), "cn crn cm cr c sc scn crd rc cc kg dg g2"),
    **dict.fromkeys(("re", "ar", "rg", "rech"), "gs gu gut gut1 rk ku"),
    **dict.fromkeys(("fr", "fs"), "nc"),
    # Not FR, which is paid at once in Portugal, nor AC, which is paid ahead in France.
    **dict.fromkeys(("fa", "fac", "fact", "fc", "ft", "fv"), "av avr nc na ab fk kfv kor"),
    **dict.fromkeys(("fak", "vf"), "kn kre kr cf"),
}
# Order confirmations and delivery notes beside them.
_AHEAD = dict.fromkeys(("re", "ar", "rg", "rech"), "ab ls aub lief")
# Of a whole ledger (Sage 50), where SI and SC are a customer's: receipts and payments on account settle these; what is
# bought, paid from the bank or the till, and journals are no sales.
_LEDGER = {
    **dict.fromkeys(("sr", "sa", "sp"), State.PAYMENT),
    **dict.fromkeys(("pi", "pc", "pp", "pa", "pr", "bp", "br", "cp", "vp", "vr", "jc", "jd"), State.NO_SALE),
}
_LONGEST = 4
# A column that is called a type alone may be of customers or goods: there every word must be such a code, no letter.
_OF_DOCUMENTS = ("doc", "invoice", "beleg", "faktur", "rechnung", "voucher", "piece", "bilag", "fattura", "factur")


def codes_of(name: str, values: Iterable[str]) -> dict[str, State]:
    """Return what the codes of a column mean; nothing where no code of an invoice stands among them.

    Examples
    --------
    >>> {code: str(state) for code, state in codes_of("FkArt", ["F2", "G2", "S1"]).items()}
    {'F2': 'invoiced', 'G2': 'credited', 'S1': 'reversal'}
    >>> {code: str(state) for code, state in codes_of("Doc type", ["INV", "CN"]).items()}
    {'INV': 'invoiced', 'CN': 'credited'}
    >>> {code: str(state) for code, state in codes_of("Type", ["SI", "SC", "SR", "PI", "JD"]).items()}
    {'SR': 'payment', 'PI': 'no sale', 'JD': 'no sale', 'SI': 'invoiced', 'SC': 'credited'}
    >>> codes_of("Doc type", ["A", "C"]), codes_of("Type", ["I", "C"]), codes_of("Type", ["INV", "CN", "Gold"])
    ({}, {}, {})
    """
    said = [value for value in values if value.strip()]
    if "".join(plain_words(name)) in _SAP_COLUMNS:
        found = {value: state for value in said if (state := _of_sap(value)) is not None}
    else:
        found = _beside_invoices(said)
        if not any(part in "".join(plain_words(name)) for part in _OF_DOCUMENTS):
            found = found if len(found) == len(said) and all(len(value.strip()) > 1 for value in said) else {}
    return found if State.INVOICED in found.values() else {}


def _of_sap(value: str) -> State | None:
    code = value.strip().upper()
    code = code.removeprefix("Z") if len(code) > len("F2") else code
    return next((state for state, pattern in _SAP if re.fullmatch(pattern, code)), None)


def _beside_invoices(said: list[str]) -> dict[str, State]:
    """Return the codes of invoices and of the credits beside them, where all of a column is codes."""
    codes = {value: value.strip().lower() for value in said}
    if any(len(code) > _LONGEST for code in codes.values()):
        return {}
    credits = {c for code in codes.values() for c in _CREDITS.get(code, "").split()}
    found = {value: State.INVOICED for value, code in codes.items() if code in _CREDITS and code not in credits}
    credited = {value: State.CREDITED for value, code in codes.items() if code in credits}
    before = {c for code in codes.values() for c in _AHEAD.get(code, "").split()}
    ahead = {value: State.FORERUNNER for value, code in codes.items() if code in before}
    ledger = {"si", "sc"} <= set(codes.values())
    others = {value: _LEDGER[code] for value, code in codes.items() if ledger and code in _LEDGER}
    return {**others, **found, **credited, **ahead} if credited or ahead else {}
