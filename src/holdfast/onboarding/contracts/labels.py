"""Which column says who left, which of its words say so, and which columns only say it again."""

from collections.abc import Mapping, Sequence
from itertools import permutations

from scipy.special import bdtrc

from holdfast.data.engine import literal
from holdfast.data.values import parse
from holdfast.data.values.persons import LOOKED_AT, names_people
from holdfast.data.values.words import word_list
from holdfast.onboarding.called.names import ROLES, Fit, customer_fit, plain_words
from holdfast.onboarding.dateless import is_dateless
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Choice, Findings, Question, listed
from holdfast.onboarding.people import holds_names
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.groups import Group
from holdfast.onboarding.states.words import FALSE, TRUE, State
from holdfast.wording import counted

# What a word of a label begins with.
_ENDED = word_list("""
    churn attrit exit left leav quit cancel terminat lapsed lost resign unsubscrib ended expir inactiv closed deactiv
    disconnect inaktiv beendet defect nonrenew ausgetreten abgelauf gekundigt ehemalig opsagt udmeldt ophort oppsagt
    utmeldt avslut afslut uppsagd resili baja perdu inactif inactivo beeindig opgezegd
""")
_STAYED = word_list("""
    renew kept stay exist retain remain active current loyal running ongoing live force aktiv bestand actif activo
    laufend lobende lopend vigente actief
""")
# Notice was given, and the contract runs until its term ends.
_NOTICES = ("nonrenewing", "notrenewing", "willnotrenew", "pendingcancel", "cancellationpending", "cancelatperiodend")
# Of a contract that was only tried or drawn up; what waits, or is on hold, may be a contract.
_NEVER_BEGAN = ("incomplete", "draft", "quot", "entwurf", "brouillon", "borrador", "bozza", "kladde", "utkast", "szkic")
_DENIES = {"not", "non", "no", "never", "nicht", "ikke", "inte", "pas"}
# States of a contract are few.
_MOST_WORDS, _MOST_READ, _FEW_WORDS = 6, 50, 30
# A column that is filled for so many of those who left, and for nobody else, was filled because they left.
_MOSTLY = 0.5
# Of fewer, too, if there are so many; hardly anybody else has it, and chance would hardly do so.
_FEWEST, _FEW_OTHERS, _CHANCE = 20, 0.01, 1e-6
_NEARLY_ALL = 0.9
_OUTCOME = ("churn", "attrition", "attrited")
# Names of flags, of orders too where days stand beside; and what may say anything, and is asked about.
_FLAGS = {"cancelled", "canceled", "cancel", "renewed", "notrenewed", "unsubscribed", "terminated", "closed", "gone"}
_ASKED = {"target", "label", "outcome", "class", "event", "y", "defaulted", "default", "result"}
_OF_CUSTOMERS = ("is", "has", "er", "ist", "customer", "member", "kunde", "flag", "client", "was")


def label_of(export: Export, found: Sequence[Profile]) -> Profile | None:
    """Return the column that says who left: by its name and two values, or by words that say left and stayed.

    Without days rows are no orders, so that a flag of what was cancelled or renewed is of customers, too.
    """
    return _label_of(export, found) or (_label_without_days(export, found) if is_dateless(export, found) else None)


def _label_without_days(export: Export, found: Sequence[Profile]) -> Profile | None:
    """Return the only column called after cancelling, renewing or a target, or whose words say left and stayed."""
    two = [p for p in found if not p.is_date and p.distinct == 2]
    called = [p for p in two if _joined(p.name) in _FLAGS]
    said = [p for p in found if p.type == "VARCHAR" and not p.is_number and 2 <= p.distinct <= _MOST_WORDS]
    said = [p for p in said if {True, False} <= {ended(word) for word in words_of(export, p) if not _is_plain(word)}]
    asked = [p for p in two if _joined(p.name) in _ASKED]
    return next((able[0] for able in (called, said, asked) if len(able) == 1), None)


def _joined(name: str) -> str:
    return "".join(word for word in plain_words(name) if word not in _OF_CUSTOMERS)


def _label_of(export: Export, found: Sequence[Profile]) -> Profile | None:
    named = [p for p in found if not p.is_date and ROLES["label"].fit(p.name) >= Fit.PARTLY and p.distinct == 2]
    active = [p for p in found if not p.is_date and p.distinct == 2 and says_active(p.name)]
    named = named or [p for p in active if {says_left(p, word) for word in words_of(export, p)} == {True, False}]
    if named:
        # "Churn Label" says yes, "Churn Value" 1: words are read more easily.
        return max(named, key=lambda p: (ROLES["label"].fit(p.name), not p.is_number))
    for p in found:
        called = max(ROLES[role].fit(p.name) for role in ("label", "status")) >= Fit.PARTLY
        if called and p.type == "VARCHAR" and not p.is_date and not p.is_number and 2 <= p.distinct <= _MOST_WORDS:
            meant = {ended(word) for word in words_of(export, p)}
            if {True, False} <= meant:
                return p
    return None


def words_of(export: Export, p: Profile) -> list[str]:
    """Return the different words of a column with few, as the reader sees them."""
    query = f"SELECT DISTINCT {_text(p)} AS x FROM {TABLE} WHERE {is_filled(p.sql)} ORDER BY x LIMIT {_MOST_READ}"
    rows = export.once(query, lambda: export.connection.execute(query).fetchall())
    return [str(row[0]) for row in rows]


def _text(p: Profile) -> str:
    return f"CAST({parse.text(p.sql, p.type)} AS VARCHAR)"


def ended(word: str) -> bool | None:
    """Say whether a word means that a contract ended; ``None`` where it is not known.

    Examples
    --------
    >>> [ended(word) for word in ("True.", "0.0", "Attrited Customer", "Existing Customer", "not churned", "Joined")]
    [True, False, True, False, False, None]
    """
    plain = word.strip().rstrip(".").casefold()
    plain = plain.removesuffix(".0")
    if plain in TRUE:
        return True
    if plain and plain in FALSE:
        return False
    words = plain_words(word)
    left, stays = (any(w.startswith(begins) for w in words) for begins in (_ENDED, _STAYED))
    if left == stays:
        return None
    return left != bool(_DENIES & set(words))


def says_left(p: Profile, word: str) -> bool | None:
    """Say whether a word of a column means that a contract ended: where it says who is active, no means that."""
    means = ended(word)
    plain = _is_plain(word.strip().rstrip(".").casefold().removesuffix(".0"))
    return not means if means is not None and plain and says_active(p.name) else means


def says_active(name: str) -> bool:
    """Say whether a column of yes and no is called after who is still there.

    Examples
    --------
    >>> [says_active(name) for name in ("is_active", "Aktiv", "active", "Inactive", "last_active", "churn")]
    [True, True, True, False, False, False]
    """
    words = [word for word in plain_words(name) if word not in _OF_CUSTOMERS]
    return len(words) == 1 and words[0].removeprefix("is").startswith(
        ("active", "aktiv", "actif", "activo", "subscribed", "retained", "renewed", "stayed")
    )


def is_notice(word: str) -> bool:
    """Say whether a word of a status says that notice was given, while the contract runs until its term ends.

    Examples
    --------
    >>> [is_notice(word) for word in ("non_renewing", "Not renewing", "Pending cancellation", "cancelled")]
    [True, True, True, False]
    """
    return "".join(plain_words(word)).startswith(_NOTICES)


def status_of(export: Export, found: Sequence[Profile]) -> Profile | None:
    """Return the column of few words that says who left, on the day of the export."""
    label = label_of(export, found)
    if label is not None:
        return label
    for p in found:
        called = ROLES["status"].fit(p.name) >= Fit.PARTLY and not p.is_date and not p.is_number
        if called and p.distinct <= _FEW_WORDS and any(ended(word) is not None for word in words_of(export, p)):
            return p
    return None


def never_began(export: Export, found: Sequence[Profile]) -> Group | None:
    """Return the rows of contracts that were only drawn up, or whose first payment failed, as a status says."""
    for p in found:
        if ROLES["status"].fit(p.name) < Fit.PARTLY or p.is_date or p.is_number or p.distinct > _FEW_WORDS:
            continue
        words = words_of(export, p)
        never = [word for word in words if any(w.startswith(_NEVER_BEGAN) for w in plain_words(word))]
        if never and len(never) < len(words):
            return Group(p, State.PENDING, {"column": p.name, "values": never})
    return None


def words_that_mean(export: Export, status: Profile, *, ended_: bool) -> str:
    """Return the SQL that is true where a status says that a contract ended, or that it runs."""
    means = {word: says_left(status, word) for word in words_of(export, status) if not is_notice(word)}
    words = [literal(word) for word, left in means.items() if left is ended_]
    return f"{_text(status)} IN ({', '.join(words)})" if words else "FALSE"


def ended_and_running(export: Export, status: Profile, where: str = "TRUE") -> tuple[int, int]:
    """Return of how many lines a status says that the contract ended, and of how many that it runs.

    ``where``: SQL that is true of the lines that count.
    """
    gone, runs = (words_that_mean(export, status, ended_=meant) for meant in (True, False))
    ended_, running = export.one(
        f"SELECT COUNT(*) FILTER ({gone}), COUNT(*) FILTER ({runs}) FROM {TABLE} WHERE {where}"
    )
    return ended_, running


def find_label(export: Export, label: Profile, words: Sequence[str], findings: Findings) -> None:
    """State which words of a label mean that a contract ended, and which not; ask where that is not known."""
    findings.set("columns.label", label.name)
    if _joined(label.name) in _ASKED and all(_is_plain(word.casefold()) for word in words):
        _ask_which(label, words, findings)
        return
    # As the reader compares them: capitals aside.
    once = list({word.casefold(): word for word in words}.values())
    said = {word: says_left(label, word) for word in once}
    gone, stayed = ([_shown(w) for w in once if said[w] is meant] for meant in (True, False))
    open_ = [word for word in once if said[word] is None]
    if gone and stayed:
        findings.set("churned_values", gone)
        findings.set("stayed_values", stayed)
        findings.tell(
            f'one row per customer with a label: "{label.name}"; {" and ".join(gone)} means ended'
            + (f", {' and '.join(stayed)} stayed" if len(words) > 2 or not _is_plain(gone[0]) else "")
        )
    if gone and stayed and not open_:
        return
    if gone and stayed:
        _ask_for_others(export, label, gone, stayed, open_, findings)
    elif len(once) == 2:
        _ask_which(label, once, findings)


def _ask_which(label: Profile, words: Sequence[str], findings: Findings) -> None:
    """Ask which of two words means that a contract ended, the likelier first."""
    choices = tuple(
        Choice(
            f'"{one}" means ended, "{other}" that they stayed',
            {"churned_values": [one], "stayed_values": [other]},
        )
        # What is known to mean that they stayed, last.
        for one, other in sorted(permutations(words), key=lambda pair: says_left(label, pair[0]) is False)
    )
    asked = f'which value of "{label.name}" means that the contract ended?'
    if _joined(label.name) in _ASKED:
        asked = (
            f'if "{label.name}" says who left, this is a table with one row per customer and a label: {asked} If it '
            "says something else, nothing here says who left, and the table cannot be read: name a file of purchases."
        )
    findings.ask(Question("churned_values", asked, choices))


def _is_plain(word: str) -> bool:
    return word in TRUE or word in FALSE


def _shown(word: str) -> str:
    """Return a word as it is stated: yes and no in small letters, others as they stand."""
    return word.casefold() if _is_plain(word.casefold()) else word


def _ask_for_others(
    export: Export, label: Profile, left: list[str], stayed: list[str], others: list[str], findings: Findings
) -> None:
    """Ask what words of a label mean that are neither left nor stayed, as "joined" is."""
    text = _text(label)
    lines = {
        word: export.connection.execute(f"SELECT COUNT(*) FROM {TABLE} WHERE {text} = ?", [word]).fetchall()[0][0]
        for word in others
    }
    said = ", ".join(f'"{word}" ({counted(lines[word], "row")})' for word in others)
    choices = (
        Choice(
            "they are customers, as who joined lately", {"churned_values": left, "stayed_values": [*stayed, *others]}
        ),
        Choice("their contracts ended", {"churned_values": [*left, *others], "stayed_values": stayed}),
    )
    for key in ("churned_values", "stayed_values"):
        findings.settings.pop(key)
    findings.ask(Question("churned_values", f'"{label.name}" says {said}, too: did they stay, or end?', choices))


def find_copies(
    export: Export,
    found: Sequence[Profile],
    left: Sequence[str],
    said: str,
    findings: Findings,
    *,
    label: Profile | None = None,
    later: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """State that columns are ignored which say again who left, or were filled because of it, or say who somebody is.

    The former would tell everything, and be unknown on the day on which they are needed.

    Parameters
    ----------
    export, found
        The table, and its columns.
    left, said
        SQL that is true of who left, each in a way of its own; where that is, in words. None: not known yet.
    findings
        Gets ``ignore``.
    label
        The column that says who left, if one does.
    later
        Columns known to be written later, by the reason.
    """
    used = findings.columns
    why = {reason: list(names) for reason, names in (later or {}).items()}
    used = used.union(*why.values())
    for p in (p for p in found if p.name not in used and p.filled):
        if label is not None and p.distinct == 2 and _same(export, p, label):
            why.setdefault(f'the same as "{label.name}"', []).append(p.name)
        elif any(_only_of(export, p, gone) for gone in left):
            why.setdefault(f"filled only where {said}", []).append(p.name)
        elif any(is_emptied(export, p, gone) for gone in left):
            why.setdefault(f"0 or blank where {said}", []).append(p.name)
        elif any(word in "".join(plain_words(p.name)) for word in _OUTCOME):
            why.setdefault("named after the outcome", []).append(p.name)
        elif _of_people(export, p):
            why.setdefault("who somebody is, and nothing of why people leave", []).append(p.name)
    for reason, names in why.items():
        findings.tell(f"not learnt from (subscriptions.ignore): {listed(names)}, {reason}")
    if why:
        findings.set(
            "ignore",
            [name for names in why.values() for name in names],
            "written later, or because they left, it seems; or who somebody is",
        )


def _of_people(export: Export, p: Profile) -> bool:
    """Say whether a column holds names, e-mails, phones or streets of people; called a customer, names say it alone."""
    if customer_fit(p.name) >= Fit.PARTLY and holds_names(export, p):
        return True
    rows = f"SELECT DISTINCT CAST({p.sql} AS VARCHAR) AS cell FROM {TABLE} WHERE {is_filled(p.sql)}"
    cells = export.connection.execute(f"{rows} ORDER BY hash(cell), cell LIMIT {LOOKED_AT}").fetchall()
    return names_people(p.name, [cell for (cell,) in cells])


def left_of(label: Profile, findings: Findings) -> tuple[list[str], str]:
    """Return the SQL that is true of who left by a label, and where that is in words; nothing where it is not known."""
    gone = findings.settings.get("churned_values")
    if not gone:
        return [], ""
    words = ", ".join(f"LOWER({literal(word)})" for word in gone)
    return [f"LOWER({_text(label)}) IN ({words})"], f'"{label.name}" says {" or ".join(gone)}'


def _same(export: Export, p: Profile, label: Profile) -> bool:
    """Say whether two columns of two values each split the rows alike."""
    a, b = _text(p), _text(label)
    differ = f"({is_filled(p.sql)}) <> ({is_filled(label.sql)})"
    pairs, blank = export.one(f"SELECT COUNT(DISTINCT ({a}, {b})), COUNT(*) FILTER ({differ}) FROM {TABLE}")
    return pairs == 2 and not blank


def _only_of(export: Export, p: Profile, left: str) -> bool:
    """Say whether a column is filled for those who left, and for hardly anybody else, beyond chance."""
    filled = is_filled(p.sql)
    gone, others, of_them, of_others = export.one(
        f"SELECT COUNT(*) FILTER ({left}), COUNT(*) FILTER (NOT ({left})), COUNT(*) FILTER ({left} AND {filled}), "
        f"COUNT(*) FILTER (NOT ({left}) AND {filled}) FROM {TABLE}"
    )
    # Where nobody stayed, every column is filled for those alone who left.
    if not others or of_others > _FEW_OTHERS * of_them:
        return False
    by_chance = float(bdtrc(of_them - 1, of_them + of_others, gone / (gone + others)))
    return (of_them > _MOSTLY * gone and not of_others) or bool(of_them >= _FEWEST and by_chance < _CHANCE)


def is_emptied(export: Export, p: Profile, left: str) -> bool:
    """Say whether a number is 0 or blank for nearly all who left, and for hardly anybody else: as of the export."""
    if not p.is_number:
        return False
    none = f"NOT regexp_matches(COALESCE(CAST({p.sql} AS VARCHAR), ''), '[1-9]')"
    gone, others, of_them, of_others = export.one(
        f"SELECT COUNT(*) FILTER ({left}), COUNT(*) FILTER (NOT ({left})), COUNT(*) FILTER ({left} AND {none}), "
        f"COUNT(*) FILTER (NOT ({left}) AND {none}) FROM {TABLE}"
    )
    known = min(gone, others) >= _FEWEST
    return bool(known and of_them >= _NEARLY_ALL * gone and of_others <= (1 - _NEARLY_ALL) * others)


def ids_of(export: Export, found: Sequence[Profile]) -> list[Profile]:
    """Return the columns that may name the customers of a table with one row of each: another value in each row."""
    alone = [p for p in found if p.may_be_id and not p.repeats and _is_another_in_each_row(export, p)]
    named = [p for p in alone if ROLES["customer_id"].fit(p.name) >= Fit.PARTLY]
    return named or [p for p in alone if not {"row", "index", "unnamed"} & set(plain_words(p.name))]


def _is_another_in_each_row(export: Export, p: Profile) -> bool:
    filled, different = export.one(f"SELECT COUNT(*), COUNT(DISTINCT {p.sql}) FROM {TABLE} WHERE {is_filled(p.sql)}")
    return filled == different
