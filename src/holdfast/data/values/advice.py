"""When lines are refused: which option would read them. Suggests, never decides."""

from collections.abc import Iterable, Sequence

from holdfast.data.source import Written
from holdfast.data.values.date_styles import date_option
from holdfast.data.values.numbers import WIDE, Marks, read_number, undecorated
from holdfast.data.values.parse import AMBIGUOUS, marks_of
from holdfast.data.values.readings import both_readings

# Without marks between groups, blanks and apostrophes are read: these are all the styles there are.
_MARKS = (Marks("."), Marks(","), Marks(".", ","), Marks(",", "."))
# So many words of an outcome are states of it.
_KINDS = 10
_AS_STATED = "Numbers must be written as {} and {} say, and be below 10^12."


def number_option(cells: Sequence[str], written: Written) -> str:
    """Return the sentence that names the option which reads the most numbers of a column; both where two do.

    Parameters
    ----------
    cells
        The filled cells of the column, each once: those that can be read too, so that no advice loses them.
    written
        How values are written now.
    """
    now = marks_of(written)
    readings = {marks: [read_number(cell, marks) for cell in cells] for marks in (now, *_MARKS)}
    count = {marks: len(cells) - values.count(None) for marks, values in readings.items()}
    most = max(count.values(), default=0)
    if most == count[now]:
        return _unreadable([c for c, v in zip(cells, readings[now], strict=True) if v is None], written)
    # Of marks that read the same the first, which says least.
    meant = {tuple(readings[marks]): marks for marks in reversed(_MARKS) if count[marks] == most}
    if len(meant) > 1:
        mark = "," if any("," in cell for cell in cells) else "."
        return f"These can be read in two ways: {both_readings(mark, written)}"
    (marks,) = meant.values()
    rest = "" if most == len(cells) else f" It reads {most:,} of the {len(cells):,} different values; mend the others."
    return f"Set {' and '.join(_changes(marks, now, written))}.{rest}"


def _changes(marks: Marks, now: Marks, written: Written) -> list[str]:
    """Return the keys to set, with their values."""
    said = []
    if marks.decimal != now.decimal or (marks.thousands and written.decimal is None):
        said.append(f'{written.key("decimal")}: "{marks.decimal}"')
    if marks.thousands != now.thousands:
        value = "null" if marks.thousands is None else f'"{marks.thousands}"'
        said.append(f"{written.key('thousands')}: {value}")
    return said


def _unreadable(cells: Sequence[str], written: Written) -> str:
    """Return what to do about cells that no marks read."""
    bare = [undecorated(cell) for cell in cells]
    if sum(cell.endswith("%") for cell in bare) * 2 > len(bare):
        return "A percentage is no number of money or pieces: map another column, or write 12.5 without the sign."
    if any(c.isalpha() for cell in bare for c in cell):
        return "Numbers must be bare but for one currency: take words out of the column."
    return _AS_STATED.format(written.key("decimal"), written.key("thousands"))


def which_counts(column: str, cells: Sequence[str]) -> str:
    """Return how an outcome of words is stated, by the value that counts; empty where it has none, or too many.

    Parameters
    ----------
    column
        Its name.
    cells
        All its filled cells.

    Examples
    --------
    >>> which_counts("status", ["no event", "stroke", "no event", "no event"])
    'It holds two texts: say which counts, --outcome "status=stroke" or --outcome "status=no event".'
    """
    kinds = sorted(set(cells))
    # What stands in one row each may be anybody's name.
    if not 2 <= len(kinds) <= _KINDS or len(cells) < 2 * len(kinds):
        return ""
    # "5 points" and "10 points" differ in their numbers alone.
    if len({"".join(c for c in kind if c.isalpha()) for kind in kinds} - {""}) < len(kinds):
        return ""
    # What is not so is seldom what is asked for.
    kinds.sort(key=lambda kind: kind.casefold().startswith(("no", "0", "un")))
    if any("," in kind for kind in kinds):
        return (
            f'It holds {_in_words(len(kinds))} texts: say in the YAML file which counts, outcomes: ["{column}=TEXT"].'
        )
    if len(kinds) > 2:
        return f'It holds {_in_words(len(kinds))} texts: say which counts, such as --outcome "{column}={kinds[0]}".'
    either = " or ".join(f'--outcome "{column}={kind}"' for kind in kinds)
    return f"It holds two texts: say which counts, {either}."


def _in_words(number: int) -> str:
    return {2: "two", 3: "three", 4: "four"}.get(number, str(number))


def of_nobody(column: str, reason: str, values: Iterable[object]) -> str:
    """Say that cells of customers which are called missing are filled, with what stands for nobody; else nothing."""
    filled = [v.strip() for v in values if isinstance(v, str) and v.strip()]
    if column != "customer_id" or not reason.endswith("is missing") or not filled:
        return ""
    what = (
        "0 stands"
        if all(_is_zero(v) for v in filled)
        else "What these cells hold (0, guest, deleted, n/a and such) stands"
    )
    return f"{what} for nobody. "


def like(value: object) -> str:
    """Return the shape of a cell in brackets, but 0 as it is, whose shape tells nothing; nothing of an empty one.

    Examples
    --------
    >>> like("C-1042"), like("0"), like(" ")
    (' (like x-9999)', ' (like 0)', '')
    """
    if not isinstance(value, str) or not value.strip():
        return ""
    return f" (like {value.strip() if _is_zero(value) else mask(value)})"


def _is_zero(value: str) -> bool:
    return "0" in value and not value.strip().strip("0.,-/ ")


def for_column(column: str, reason: str, cells: Sequence[str], written: Written) -> str:
    """Return what to do about refused lines of one column; ``cells`` are its filled cells, each once."""
    if column == "customer_id" and not reason.endswith("is missing"):
        return "Hand ids over as text or as whole numbers; numbers above 2^53 held as floats are rounded."
    if column == "customer_id":
        return f"If lines without a customer are normal here, set {written.rule('missing_customer')}: drop."
    if column == "amount" and reason.endswith("is missing"):
        return (
            f"Fill {written.column_key(column)} in the file, or map another column; where an amount is of its whole "
            f"order and stands on the first line only, set {written.key('amount_of')}: order; where nothing was paid "
            f'on such lines, drop them by {written.rule("drop")}: [{{column: NAME IN THE FILE, values: [""]}}].'
        )
    if reason.endswith("is missing"):
        return f"Fill {written.column_key(column)} in the file, or map another column."
    if column == "ordered_at":
        return date_advice(reason, cells, written)
    if column == "line":
        return (
            f"Mend these lines; if it is most of them, look at {written.key('delimiter')} and {written.key('quote')}."
        )
    if reason.endswith("of its order"):
        return f"Give every line of an order the same total, or set {written.key('amount_of')}: line."
    return number_option(cells, written)


def date_advice(reason: str, cells: Sequence[str], written: Written) -> str:
    """Return what to do about refused dates."""
    if reason == AMBIGUOUS:
        return f"Leave those formats out of {written.key('date_format')} by which these dates are not meant."
    return date_option(cells, written)


def of_a_header(cell: object, others: Sequence[str], written: Written) -> str:
    """Return what to do where the first line's date is a word and those below are none: it holds names; else nothing.

    Examples
    --------
    >>> of_a_header("注文日", ["2024-01-31", "2024-02-01"], Written(header=False))[:59]
    'Line 1 looks like names of columns, which are read as data:'
    """
    if written.header or not isinstance(cell, str) or any(map(str.isdigit, cell)):
        return ""
    if sum(any(map(str.isdigit, other)) for other in others) * 2 <= len(others):
        return ""
    return (
        f"Line {written.skip_lines + 1} looks like names of columns, which are read as data: set "
        f"{written.key('header')}: true, and under {written.key('columns')} write the names that stand there in place "
        "of the numbers."
    )


def mask(value: str) -> str:
    """Show the shape of a value without the value: digits become 9, letters become x.

    Examples
    --------
    >>> mask("12,50 kr"), mask("１２，５０")
    ('99,99 xx', '99，99 in full-width characters')
    """
    shape = "".join("9" if c.isdigit() else "x" if c.isalpha() else c for c in value[:30])
    # A 9 looks the same for either kind of digit.
    wide = " in full-width characters" if WIDE.search(value[:30]) else ""
    return shape + ("…" if len(value) > 30 else "") + wide
