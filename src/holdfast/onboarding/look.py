"""Look at files: which are purchases, which are contracts, which something else, and how they are to be read."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from holdfast.data.day import read_today
from holdfast.data.formats import format_of
from holdfast.data.reading.database import tables_of_server
from holdfast.data.reading.files import paths_of, url_of
from holdfast.data.reading.packed import ALL_MEMBERS, members_of, tables_of
from holdfast.data.reading.sheet import ALL_SHEETS
from holdfast.errors import ConfigError, DataError, nearest
from holdfast.onboarding.ahead import find_ahead
from holdfast.onboarding.archives import members_like_others
from holdfast.onboarding.beside import CUSTOMERS, find_beside, is_of_customers, stands_beside
from holdfast.onboarding.called.names import ROLES, Fit
from holdfast.onboarding.columns import find_columns
from holdfast.onboarding.contracts.bills import asked_of_purchases, find_bills, only_day, without_ends
from holdfast.onboarding.contracts.find import are_contracts, find_contracts
from holdfast.onboarding.contracts.paid_until import tell_unproved
from holdfast.onboarding.contracts.panel import of_panel
from holdfast.onboarding.dates import counts_days, find_format
from holdfast.onboarding.early import refuse_early_contracts
from holdfast.onboarding.encodings import SAID
from holdfast.onboarding.export import Export, export_of_server, exports_of, is_filled, looked_up, said_lines
from holdfast.onboarding.findings import Answers, Choice, Findings, Question, listed
from holdfast.onboarding.joins import Table, lookups_for, needs_others, returns_beside, with_customers_of_orders
from holdfast.onboarding.labels_of_lines import find_labels
from holdfast.onboarding.layout import layout_of
from holdfast.onboarding.presets import find_preset
from holdfast.onboarding.profile import Profile, of_purchases, profiles
from holdfast.onboarding.refusals import after_days, of_contracts, of_experiment, of_summaries, refuse_people
from holdfast.onboarding.rules import find_rules
from holdfast.onboarding.sheets import alike_in, tables_in


class _Part(NamedTuple):
    """What a file may hold several of: their names, and how to say so."""

    of: Callable[[Path], list[str]]
    has: str


_PARTS = {
    "sheet": _Part(tables_in, "the workbook has {} sheets with a table"),
    "member": _Part(members_of, "the archive has {} files"),
    "table": _Part(tables_of, "the database has {} tables"),
}


# What stands for all sheets of a workbook, or files of an archive, that are one table.
_ALL = {"sheet": ALL_SHEETS, "member": ALL_MEMBERS}
# Of workbooks, archives and databases with more parts, each is not read to see what it is.
_MOST_MEMBERS = 20


class Look:
    """One export, read once; ``findings`` may be asked again with further answers.

    Parameters
    ----------
    named
        Its files, globs or folders, or a server (``postgresql://HOST/DATABASE``). Files with the same columns
        belong together; of several kinds, one must hold purchases or contracts.
    bills
        Whether they are bills of contracts, each of which goes on while the next one comes.

    Raises
    ------
    ConfigError
        A file is not there, or a server's URL holds a password.
    DataError
        A file cannot be read, a server does not answer, or none, or more than one kind, looks like purchases.
    """

    def __init__(self, named: Sequence[str | Path], *, bills: bool = False) -> None:
        if not named:
            raise ConfigError("Name a file, or say --demo.")
        self._bills = bills
        self._named = [str(name) for name in named]
        self._url = url_of(self._named, "FILE")
        self._paths = paths_of(self._named, "FILE")
        self._parts = {"table": tables_of_server(self._url, "FILE")} if self._url else {}
        self._are_tables: dict[str, bool] = {}
        self._beside: dict[str, list[Table]] = {}
        self._together: dict[str, list[str]] = {}
        self._read: dict[tuple[str | None, ...], tuple[Table, list[Table]]] = {}

    def findings(self, answers: Answers) -> Findings:
        """Return what is known once these questions are answered."""
        found = Findings(asked_of_purchases(answers) if self._bills else answers, paths=self._named)
        parts = [self._part(key, found) for key in _PARTS]
        if found.questions:
            return found
        (export, of_columns), others = self._tables(*parts)
        # Where other files stand beside, a glob or a folder is not the purchases alone.
        found.paths = list(export.named) if others or export.lookups else found.paths
        found.tell(f"{export.label}: {said_lines(export)}; {export.layout.said}")
        _tell_lookups(export, found)
        for key, value in export.layout.keys().items():
            found.set(key, value, found.why.get(key) or _LAYOUT_WHY[key])
        _tell_encoding(export.layout.encoding, found)
        if self._bills:
            its_columns = of_purchases(export, of_columns)
            _purchases(export, without_ends(its_columns), found, preset=False)
            find_bills(export, its_columns, found, answers)
            if (only := only_day(found)) is not None:
                return self.findings({**answers, **only})
        elif are_contracts(export, of_columns):
            find_contracts(export, of_columns, found)
        else:
            _purchases_of(export, of_purchases(export, of_columns), found, [t.export.label for t in others])
        for other, its_columns in [*others, *self._parts_beside(export)]:
            find_beside(other, of_purchases(other, its_columns), export, found)
        return found

    def _part(self, key: str, found: Findings) -> str | None:
        """Return which sheet, file of an archive or table is meant; asked where there are several."""
        if key not in self._parts:
            self._parts[key] = list(dict.fromkeys(part for path in self._paths for part in _PARTS[key].of(path)))
        parts = self._parts[key]
        named = found.answers.get(key)
        together = self._alike(key) if len(parts) > 1 else []
        if named is not None and named.settings[key] not in (*parts, *([_ALL[key]] if together else [])):
            raise ConfigError(_no_such_part(key, named.settings[key], parts))
        if len(parts) < 2 and named is None:
            # The only file of an archive needs no name.
            return None if key == "member" else next(iter(parts), None)
        if key == "member" and not together and len(tables := self._members_with_a_table(parts)) == 1:
            return tables[0]
        has = _PARTS[key].has
        choices = tuple(Choice(f'"{p}"', {key: p}) for p in parts)
        if together:
            said = f"all {len(together)} with the same columns, as one table"
            choices = (Choice(said, {key: _ALL[key]}), *choices)
        chosen = found.ask(Question(key, f"{has.format(len(parts))}: which one is meant?", choices))
        return chosen.settings[key] if chosen else None

    def _parts_beside(self, export: Export) -> list[Table]:
        """Return the other sheets, files or tables of the only file that leave no doubt what they are; read once."""
        key, read = next(((k, name) for k in _PARTS if (name := getattr(export.layout, k)) is not None), (None, None))
        if key is None or read is None or len(self._paths) != 1 or len(self._parts[key]) > _MOST_MEMBERS:
            return []
        if read not in self._beside:
            alike = self._alike(key) if read == _ALL.get(key) else []
            others = [p for p in self._parts[key] if p != read and p not in alike]
            self._beside[read] = [t for part in others for t in _standing_beside(self._paths, key, part)]
        return self._beside[read]

    def _alike(self, key: str) -> list[str]:
        """Return the sheets of the only workbook, or the files of the only archive, that could be one table."""
        if key not in _ALL or len(self._paths) != 1:
            return []
        if key not in self._together:
            path = self._paths[0]
            self._together[key] = alike_in(path) if key == "sheet" else members_like_others(path, self._parts[key])
        return self._together[key]

    def _members_with_a_table(self, members: Sequence[str]) -> list[str]:
        """Return the files of an archive that are tables: beside one, a text that explains it needs no answer."""
        if len(self._paths) > 1 or len(members) > _MOST_MEMBERS:
            return list(members)
        if not self._are_tables:
            self._are_tables = {m: _is_table(self._paths[0], m) for m in members}
        return [m for m in members if self._are_tables[m]]

    def _tables(self, sheet: str | None, member: str | None, table: str | None) -> tuple[Table, list[Table]]:
        """Return the table that the scenario is about, and those beside it; read once."""
        if (sheet, member, table) not in self._read:
            exports = (
                [export_of_server(self._url, table)]
                if self._url
                else exports_of(self._paths, sheet=sheet, member=member, table=table)
            )
            if not any(e.lines + e.bad_lines for e in exports):
                names = listed([Path(name).name for e in exports for name in e.named])
                raise DataError(f"{names}: columns are named, but no line stands below. Export it with its purchases.")
            self._read[sheet, member, table] = _main_of([Table(e, profiles(e)) for e in exports])
        return self._read[sheet, member, table]


def _main_of(tables: Sequence[Table]) -> tuple[Table, list[Table]]:
    """Return the table that the scenario is about, with what other files say of its lines, and those beside it."""
    main = list(tables) if len(tables) == 1 else [t for t in tables if _is_main(t)]
    if len(main) > 1:
        # Visits, tickets and contacts have dates and customers too, but no money.
        with_money = [t for t in main if format_of(t.export.names) or _has_money(t.columns)]
        # Contracts do without money; and beside them money of nobody, as in a list of prices, is no purchase.
        main = [t for t in with_money if format_of(t.export.names) or _is_of_somebody(t)] or [
            t for t in main if _is_labelled(t)
        ]
        main = main or with_money
    alone = len(main) == 1 and not _is_labelled(main[0]) and not format_of(main[0].export.names)
    alone = alone and len(tables) > 1 and needs_others(main[0])
    if len(tables) > 1 and (alone or len(main) != 1 or not (_has_money(main[0].columns) or _is_labelled(main[0]))):
        with_others = [(t, [o for o in tables if o is not t]) for t in tables]
        able = [found for t, o in with_others if _has_money(t.columns) and (found := lookups_for(t, o)) is not None]
        # Lines without money of their own may have a price in a file of products.
        able = able or [found for t, o in with_others if main == [t] and (found := lookups_for(t, o)) is not None]
        if (
            alone
            and not able
            and (beside := with_customers_of_orders(main[0], [t for t in tables if t is not main[0]]))
        ):
            able = [beside]
        if len(able) > 1:
            said = " or ".join(t.lines.export.label for t in able)
            raise DataError(f"The lines of purchases could be {said}. Name the files again, with one of these only.")
        if able:
            export = looked_up(able[0].lines.export, able[0].lookups)
            return Table(export, profiles(export)), able[0].others
    if len(main) != 1:
        names = listed([t.export.label for t in tables])
        said = f"{names} have different columns, and {'none' if not main else 'more than one'} looks like purchases."
        contracts = [t.export.label for t in tables if _is_labelled(t)]
        if contracts:
            raise DataError(f"{said} {_contracts_among(contracts)}")
        if not main and not any(p.is_date for t in tables for p in t.columns):
            raise DataError(f"{said} No column of them holds a day: export purchases with the day of each.")
        raise DataError(f"{said} Name the files of one list of purchases.")
    others = [t for t in tables if t is not main[0]]
    if not format_of(main[0].export.names) and (back := returns_beside(main[0], others)):
        export = looked_up(back.lines.export, back.lookups)
        return Table(export, profiles(export)), back.others
    return main[0], others


def _contracts_among(labels: Sequence[str]) -> str:
    """Say which files hold contracts, and how to go on."""
    if len(labels) > 1:
        return f"{listed(labels)} look like contracts: name the files of one list, of contracts or of purchases."
    return (
        f'"{labels[0]}" looks like contracts: name it alone, or purchases without it. What another file says of a '
        "contract, such as its price, must stand in a column of its line."
    )


def _standing_beside(paths: Sequence[Path], key: str, part: str) -> list[Table]:
    """Return what stands in a part of a file if it can stand beside purchases; a text that explains it cannot."""
    try:
        tables = [Table(e, profiles(e)) for e in exports_of(paths, **{key: part}) if e.lines]
    except DataError:
        return []
    return [t for t in tables if stands_beside(t.columns)]


def _is_labelled(table: Table) -> bool:
    return are_contracts(table.export, table.columns)


def _is_of_somebody(table: Table) -> bool:
    """Say whether a column is called after customers, by a number or an address."""
    return any(ROLES[role].fit(p.name) >= Fit.PARTLY for p in table.columns for role in ("customer_id", "email"))


def _is_table(path: Path, member: str) -> bool:
    try:
        layout_of(path, member=member)
    except DataError:
        return False
    return True


def _no_such_part(key: str, named: str, parts: Sequence[str]) -> str:
    """Say that an option names nothing."""
    if not parts:
        return f"--{key} {named}: there is nothing to choose from. Leave it out."
    if named == _ALL.get(key):
        return f'--{key} "{named}": no two of these have the same columns: {listed(parts[:_MOST_MEMBERS])}. Name one.'
    return f'--{key}: there is no "{named}".{nearest(named, list(parts))} There are: {listed(parts[:_MOST_MEMBERS])}.'


def _purchases_of(export: Export, of_columns: list[Profile], found: Findings, others: Sequence[str]) -> None:
    """Find purchases; where others were named beside them, what is refused is said of their file."""
    try:
        _purchases(export, of_columns, found)
    except DataError as refused:
        if not others or str(refused).startswith(export.label):
            raise
        raise DataError(
            f"{export.label}: {refused} No column that {export.label} shares with {listed(others)} stands there once "
            "for each value, so nothing of theirs could be looked up."
        ) from None


def _purchases(export: Export, of_columns: list[Profile], found: Findings, *, preset: bool = True) -> None:
    refuse_early_contracts(export, of_columns)
    if is_of_customers(of_columns):
        if instead := after_days(of_columns) or of_summaries(of_columns):
            raise DataError(f"{export.label}: this is no list of purchases.{instead}")
        raise DataError(
            f"{export.label}: {CUSTOMERS}. Name a file of purchases beside it.{of_contracts(of_columns)}"
            f"{of_experiment(export, of_columns)}"
        )
    known_format = format_of(export.names) if preset else None
    if known_format is not None:
        find_preset(export, of_columns, known_format, found)
        return
    if instead := of_panel(export, of_columns):
        raise DataError(f"{export.label}: {instead}")
    refuse_people(export, of_columns)
    tell_unproved(export, of_columns, found)
    known = find_columns(export, of_columns, found)
    date = known.get("ordered_at")
    if date is not None:
        kept = is_filled(known["customer_id"].sql) if "customer_id" in known else "TRUE"
        find_format(export, date.sql, date.name, date.type, found, kept=kept)
    asked = len(found.questions)
    find_rules(export, of_columns, known, found)
    if date is not None:
        find_ahead(export, date, found, read_today(None), of_columns, at=asked)
    find_labels(of_columns, found)


def _tell_encoding(encoding: str, found: Findings) -> None:
    """State an encoding that was seen by its letters, or what to do where they may be wrong."""
    if encoding in SAID:
        found.set("encoding", encoding, f"the letters are {SAID[encoding]}")
        found.tell(f"encoding: {encoding}, as the letters are {SAID[encoding]}")
    elif encoding == "latin-1":
        # Names of columns are read in it too: another encoding needs other names, so init must look again.
        found.tell(
            "encoding: no UTF-8, and no cp1252 either; if letters look wrong, save the file as UTF-8 and run "
            "`holdfast init` again (it may be cp850, or cp1251 where it is Cyrillic)"
        )


def _tell_lookups(export: Export, found: Findings) -> None:
    """State the files whose columns stand beside the lines."""
    keys = []
    for one in export.lookups:
        there = f' (there "{one.key}")' if one.key else ""
        names = [one.path] if isinstance(one.path, str | Path) else one.path
        found.tell(f'looked up by "{one.by}"{there}: {listed([Path(name).name for name in names])}')
        keys.append({"path": one.path, "by": one.by} | ({"key": one.key} if one.key else {}))
    if keys:
        found.set("lookups", keys, "columns of other files, by a key that stands there once")


_MONEY = ("amount", "unit_price")
_LAYOUT_WHY = {
    "encoding": "the file is not valid UTF-8",
    "delimiter": "splits all lines alike",
    "quote": "the reader takes the file apart with it",
    "header": "the first line holds data; columns are called by their number",
    "skip_lines": "what stands above is no table",
    "sheet": "the only one with a table",
    "table": "the only one",
    "member": "your answer",
}


def _is_main(table: Table) -> bool:
    """Say whether a table could be purchases or contracts: dates, and ids that come back."""
    if are_contracts(table.export, table.columns):
        return True
    found = of_purchases(table.export, table.columns)
    ids = any(p.may_be_id and p.repeats for p in found)
    dated = any(p.is_date or (p.filled and counts_days(table.export, p.sql, p.name)) for p in found)
    return ids and not is_of_customers(found) and dated


def _has_money(found: Sequence[Profile]) -> bool:
    """Say whether a column is called an amount, or a price, and holds numbers."""
    return any(
        p.is_number and ROLES[role].fit(p.name) >= Fit.PARTLY for p in found for role in ("amount", "unit_price")
    )
