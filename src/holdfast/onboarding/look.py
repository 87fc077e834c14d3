"""Look at files: which are purchases, which are contracts, which something else, and how they are to be read."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from holdfast.errors import ConfigError, DataError
from holdfast.onboarding.columns import find_columns
from holdfast.onboarding.contracts import are_contracts, find_contracts
from holdfast.onboarding.dates import find_format
from holdfast.onboarding.export import Export, exports_of, said_layout, said_lines
from holdfast.onboarding.findings import Answers, Findings, listed
from holdfast.onboarding.layout import Layout
from holdfast.onboarding.names import ROLES, Fit
from holdfast.onboarding.profile import Profile, profiles
from holdfast.onboarding.rules import find_rules


class Look:
    """One export, read once; ``findings`` may be asked again with further answers.

    Parameters
    ----------
    paths
        Its files. Those with the same columns belong together; of several kinds, one must hold purchases or contracts.

    Raises
    ------
    ConfigError
        A file is not there.
    DataError
        A file cannot be read, or none, or more than one kind, looks like purchases.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        missing = [p for p in paths if not p.is_file()]
        if missing or not paths:
            raise ConfigError(f"{missing[0]}: no such file." if missing else "Name a file, or say --demo.")
        exports = exports_of(paths)
        main = exports if len(exports) == 1 else [e for e in exports if _is_main(profiles(e))]
        if len(main) != 1:
            names = listed([p.name for p in paths])
            raise DataError(
                f"{names} have different columns, and {'none' if not main else 'more than one'} looks like purchases. "
                "Name the files of one list of purchases."
            )
        self.export: Export = main[0]
        self._others = [e for e in exports if e is not self.export]

    @cached_property
    def _profiles(self) -> list[Profile]:
        return profiles(self.export)

    def findings(self, answers: Answers) -> Findings:
        """Return what is known once these questions are answered."""
        found = Findings(answers)
        export = self.export
        found.tell(f"{', '.join(p.name for p in export.paths)}: {said_lines(export)}; {said_layout(export.layout)}")
        layout = export.layout or Layout()
        for key, value in layout.keys().items():
            found.set(key, value, _LAYOUT_WHY[key])
        if layout.encoding == "latin-1":
            found.tell("encoding: no UTF-8, and no cp1252 either; if letters look wrong, try encoding: cp850")
        if are_contracts(self._profiles):
            find_contracts(export, self._profiles, found)
        else:
            self._purchases(found)
        for other in self._others:
            for path in other.paths:
                found.others.append((str(path), _what(profiles(other))))
        for name, what in found.others:
            found.tell(f"{Path(name).name}: {what}")
        return found

    def _purchases(self, found: Findings) -> None:
        if _is_of_customers(self._profiles):
            raise DataError(f"{self.export.paths[0].name}: {_CUSTOMERS}. Name a file of purchases beside it.")
        known = find_columns(self.export, self._profiles, found)
        date = known.get("ordered_at")
        if date is not None:
            find_format(self.export, date.sql, date.name, date.type, found)
        find_rules(self.export, self._profiles, known, found)


_LAYOUT_WHY = {
    "encoding": "the file is not valid UTF-8",
    "delimiter": "splits all lines alike",
    "quote": "the reader takes the file apart with it",
}
_CUSTOMERS = "this looks like a table of customers; name it under tables.customers"


def _is_main(found: Sequence[Profile]) -> bool:
    """Say whether a table could be purchases or contracts: dates, and ids that come back."""
    if are_contracts(found):
        return True
    ids = any(p.may_be_id and p.repeats for p in found)
    return any(p.is_date for p in found) and ids and not _is_of_customers(found)


def _is_of_customers(found: Sequence[Profile]) -> bool:
    """Say whether every customer stands there once, in a table that names no orders and no amounts."""
    able = [p for p in found if p.may_be_id and ROLES["customer_id"].fit(p.name) >= Fit.PARTLY]
    bought = [p for p in found for role in ("order_id", "amount") if ROLES[role].fit(p.name) == Fit.WHOLE]
    return bool(able) and all(not p.repeats for p in able) and not bought


def _what(found: Sequence[Profile]) -> str:
    """Return what a table beside the purchases may be."""
    if _is_of_customers(found):
        return _CUSTOMERS
    if any("campaign" in p.name.casefold() for p in found):
        return "this looks like a table of contacts; name it under tables.contacts"
    return "this is no list of purchases; docs/guide.md says which tables can stand beside one"
