"""What a user can say about a table: where it lies, how its values are written, which rules drop lines of purchases."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal

from holdfast.data.erased import Erased
from holdfast.data.line_rules import Rules
from holdfast.data.lookup import Lookup
from holdfast.data.merged import IdMap
from holdfast.data.reading.files import paths_of
from holdfast.data.reading.frames import Frame, in_memory
from holdfast.errors import ConfigError

# What ``date_format`` may say beside formats of strptime.
SECONDS, MILLISECONDS, MICROSECONDS, EXCEL, DAYS, HOURS = "%s", "%ms", "%us", "excel", "days", "hours"
Data = str | Path | Sequence[str | Path] | Frame


@dataclass(frozen=True, kw_only=True)
class Written:
    """How the values of a table are written; the same words for purchases, tables beside them, contracts, experiments.

    Parameters
    ----------
    delimiter, quote, encoding
        How a text file is taken apart; ``delimiter="whitespace"`` for columns lined up with blanks, ``None`` for commas
        unless the first line is Excel's own ``sep=;``. A file that begins with the mark of UTF-16 is read as UTF-16.
    header, skip_lines
        Whether a line names the columns (if not, they are called ``"1"``, ``"2"``, …), and how many lines stand above
        it, or above the first line of data. For workbooks: rows; a workbook's blank first rows need no saying.
    sheet, member
        Name of the sheet of a workbook (``None``: the first), and of the file inside a zip archive of several; ``*``:
        all with the same columns.
    table, query
        Of a database (a DuckDB or SQLite file, or ``postgresql://HOST/DATABASE``): a table, with its schema where it is
        not the usual one, or one SELECT.
    decimal, thousands
        Marks of numbers written as text. ``decimal=None`` reads a point, and refuses a file whose numbers (1.234) could
        as well be whole numbers in groups of three. ``thousands=None`` reads blanks and apostrophes between groups of
        three. What else stands about numbers (a currency, a minus behind, parentheses) says ``data.values.numbers``.
    date_format
        ``strptime`` format of dates written as text, or several, tried in order; ``"%s"``, ``"%ms"`` and ``"%us"``:
        seconds, milliseconds and microseconds since 1970-01-01 UTC; ``"excel"``: days of Excel's 1900 system;
        ``"days"`` and ``"hours"``: whole ones, of which 0 is (the beginning of) 1970-01-01. ``None`` accepts ISO 8601
        only: nothing is guessed. A cell that two formats read as different days is refused.
    time_zone
        For moments that carry an offset: the zone whose calendar days count (``"Europe/London"``).
    missing_values
        Further words that mean "blank" in every column, beside those that always do in ids, numbers and dates
        (``parse.BLANK_WORDS``: NULL, N/A, nan, …); capitals do not matter.
    placeholders
        Whether ids that stand for nobody (``values.nobody``: 0, guest, [deleted], …) count as missing customers.
    id_case
        Which ids are one: ``"fold"``, that differ by capitals only (e-mail); ``"digits"``, by marks and leading zeros.
    id_map
        Merged accounts: which id remains of each that was given up (``data.id_map.read_id_map``).
    erased
        Customers whose lines are dropped before anything else is asked of them (``data.erased``).
    max_reject_share
        Above this share of unreadable lines reading stops (0.01 is 1 %).
    section
        What messages call the keys: ``purchases``, ``tables.visits``, …; ``--`` for options of a command.

    Examples
    --------
    >>> import pandas as pd
    >>> from holdfast.data import read_flat
    >>> written = Written(decimal=",", thousands=".")
    >>> read_flat(pd.DataFrame({"spend": ["1.234,50", "80,00"]}), numbers=["spend"], written=written)["spend"].tolist()
    [1234.5, 80.0]
    """

    delimiter: str | None = None
    quote: str = '"'
    header: bool = True
    skip_lines: int = 0
    sheet: str | None = None
    member: str | None = None
    table: str | None = None
    query: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    encoding: str = "utf-8"
    date_format: str | Sequence[str] | None = None
    time_zone: str | None = None
    missing_values: Sequence[str] = ()
    placeholders: bool = True
    id_case: Literal["keep", "fold", "digits"] = "keep"
    max_reject_share: float = 0.01
    id_map: IdMap | None = field(default=None, repr=False)
    erased: Erased | None = field(default=None, repr=False)
    section: str = "purchases"

    def __post_init__(self) -> None:
        """Refuse contradictions at once, before a long file is read.

        Raises
        ------
        ConfigError
            Names the key.
        """
        for wrong, key, said in (
            (self.decimal not in (None, ".", ","), "decimal", 'must be "." or ",".'),
            (self.thousands is not None and len(self.thousands) != 1, "thousands", "must be one character."),
            (self.thousands == self.mark, "thousands", f"and {self.key('decimal')} are the same character."),
            (
                self.separator != "whitespace" and (len(self.separator) != 1 or self.separator in "\r\n"),
                "delimiter",
                'must be one character, or "whitespace".',
            ),
            (
                len(self.quote) > 1 or self.quote in ("\r", "\n"),
                "quote",
                'must be one character, or "" for files without quotes.',
            ),
            (
                self.quote != "" and self.quote == self.separator,
                "quote",
                f"and {self.key('delimiter')} are the same character.",
            ),
            (None not in (self.table, self.query), "table", f"and {self.key('query')} are two answers; give one."),
            (self.skip_lines < 0, "skip_lines", "must be at least 0."),
            (not 0 <= self.max_reject_share <= 1, "max_reject_share", "must be from 0 to 1."),
        ):
            if wrong:
                raise ConfigError(f"{self.key(key)} {said}")

    @property
    def separator(self) -> str:
        """What stands between cells, unless the file itself says so."""
        return "," if self.delimiter is None else self.delimiter

    @property
    def mark(self) -> str:
        """The decimal mark."""
        return self.decimal or "."

    @property
    def date_formats(self) -> tuple[str, ...]:
        """The formats of dates in the order they are tried; none: ISO 8601."""
        given = self.date_format
        return () if given is None else (given,) if isinstance(given, str) else tuple(given)

    def key(self, name: str) -> str:
        """Return how messages call one key of this table, such as ``purchases.decimal`` or ``--decimal``."""
        return f"{self.section}{name.replace('_', '-')}" if self.section == "--" else f"{self.section}.{name}"

    def column_key(self, ours: str) -> str:
        """Return the key that names the file's column of ours."""
        return self.key(f"columns.{ours}")

    @property
    def without_header(self) -> str:
        """How messages say that no line names the columns."""
        return "--no-header" if self.section == "--" else f"{self.key('header')}: false"

    @property
    def path_key(self) -> str:
        """How messages call what names the file."""
        return self.key("data" if self.section == "--" else "path")

    def may_lack(self, ours: str) -> bool:  # noqa: ARG002
        """Say whether the file need not have a column."""
        return False

    def rule(self, name: str) -> str:
        """Return how messages call one rule: only purchases keep theirs in a section of its own."""
        return self.key(f"rules.{name}" if self.section == "purchases" else name)


@dataclass(frozen=True)
class Columns:
    """Which column of the log holds what. ``None``: the log has no such column.

    Give ``amount``, or ``quantity`` and ``unit_price``, or neither. ``refunded`` (given back since) and ``discount``
    come off, ``shipping`` and ``tax`` are added: only where the amount does not hold them already. Money × ``rate`` is
    in the shop's currency. ``branch`` to ``promotion``: what lists say their customers have in common; not learnt from.
    A line without a customer, as of a refund, has that of the order that it ``refers_to``.

    Examples
    --------
    >>> columns = Columns(customer_id="Customer ID", ordered_at="InvoiceDate", quantity="Quantity", unit_price="Price")
    >>> columns.mapped()
    {'customer_id': 'Customer ID', 'ordered_at': 'InvoiceDate', 'quantity': 'Quantity', 'unit_price': 'Price'}
    >>> columns.money
    'quantity × unit_price'
    """

    customer_id: str = "customer_id"
    ordered_at: str = "ordered_at"
    amount: str | None = None
    quantity: str | None = None
    unit_price: str | None = None
    order_id: str | None = None
    product_id: str | None = None
    currency: str | None = None
    refunded: str | None = None
    discount: str | None = None
    shipping: str | None = None
    tax: str | None = None
    rate: str | None = None
    branch: str | None = None
    channel: str | None = None
    category: str | None = None
    seller: str | None = None
    region: str | None = None
    promotion: str | None = None
    refers_to: str | None = None

    def mapped(self) -> dict[str, str]:
        """Return ``{our name: the log's name}`` for every column the log has."""
        pairs = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {ours: theirs for ours, theirs in pairs if theirs is not None}

    @property
    def money(self) -> Literal["amount", "quantity × unit_price", "none"]:
        """Say where a line's worth comes from."""
        if self.amount is not None:
            return "amount"
        return "quantity × unit_price" if self.quantity and self.unit_price else "none"


@dataclass(frozen=True)
class Source(Written):
    """A purchase log: one or more files, or a frame, and how its values are written.

    Parameters
    ----------
    data
        A path, a glob or a folder, or several of them; ``package:NAME/FILE`` for a file inside an installed package; or
        a frame of pandas, Polars, Arrow or whatever else has ``__arrow_c_stream__``.
    columns
        Where each fact stands.
    rules
        Which lines are dropped on purpose.
    amount_of
        ``"line"``: of its line; ``"order"``: of the whole order, on its first line or on all, and counts once, as
        refunds, discount, shipping and tax of the order do; with prices of lines, these are spread over the lines. What
        else is blank on an order's other lines is then as on its first.
    discount_as
        How discounts are stated: ``None``, as money, all above 0 or all below 0; ``"positive"`` or ``"negative"``, as
        money whose other sign is added; ``"percent"`` (10 is 10 %) or ``"share"`` (0.1 is 10 %).
    money_in
        ``"cents"``: money is in hundredths of the currency (1999 is 19.99); ``"micros"``: in millionths.
    purchases_are
        ``"negative"``: what was bought stands below 0, as on a customer's account, what was given back above it.
    lookups
        Files that add columns to every line, each key once: the orders of lines, the customers of orders.
    optional
        Our names of mapped columns that the file need not have; a note says which it has not.

    Examples
    --------
    >>> import pandas as pd
    >>> from holdfast.data import read_purchases
    >>> frame = pd.DataFrame(
    ...     {"customer_id": ["ann", "bob"], "day": ["31.01.2024", "01.02.2024"], "total": ["1.200,50", "80,00"]}
    ... )
    >>> source = Source(
    ...     frame,
    ...     Columns(ordered_at="day", amount="total"),
    ...     date_format="%d.%m.%Y",
    ...     decimal=",",
    ...     thousands=".",
    ... )
    >>> read_purchases(source).frame()[["customer_id", "day", "amount"]]
      customer_id    day  amount
    0         ann  19753  1200.5
    1         bob  19754    80.0
    """

    data: Data
    columns: Columns = field(default_factory=Columns)
    rules: Rules = field(default_factory=Rules, kw_only=True)
    amount_of: Literal["line", "order"] = field(default="line", kw_only=True)
    discount_as: Literal["positive", "negative", "percent", "share"] | None = field(default=None, kw_only=True)
    money_in: Literal["units", "cents", "micros"] = field(default="units", kw_only=True)
    purchases_are: Literal["positive", "negative"] = field(default="positive", kw_only=True)
    lookups: Sequence[Lookup] = field(default=(), kw_only=True)
    optional: Collection[str] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        """Refuse contradictions at once, before a long file is read."""
        super().__post_init__()
        # A stream can be read once only, and a log is read twice: for its lines and for its fingerprint.
        object.__setattr__(self, "data", in_memory(self.data))
        has, rules = self.columns, self.rules
        pairs = {"unit_price": "quantity", "refunded": "amount", "refers_to": "order_id"}
        for name, needed in ((one, other) for one, other in pairs.items() if getattr(has, one) is not None):
            if getattr(has, needed) is None:
                said = "comes off {}, which is not set." if name == "refunded" else "needs {} beside it."
                raise ConfigError(f"{self.key(f'columns.{name}')} {said.format(self.key(f'columns.{needed}'))}")
        if has.amount is not None and has.unit_price is not None:
            raise ConfigError(
                f"{self.key('columns')}: amount and unit_price are both given; keep one, so that a line has one worth."
            )
        if self.amount_of == "order" and (has.order_id is None or not self._of_order()):
            both = f"{self.key('columns.amount')} and {self.key('columns.order_id')}"
            raise ConfigError(f"{self.key('amount_of')}: order needs {both}.")
        self._refuse_without_money()
        for _, kind, of_column in rules.of_columns():
            if (of_column.pattern is None) == (not of_column.listed):
                raise ConfigError(f'{self.rule(kind)} on "{of_column.column}": give either values or pattern.')
        for rule, name in ((rules.cancellations, "cancellations"), (rules.exclude, "exclude")):
            if rule is not None and rule.column not in has.mapped():
                not_set = f"{self.key(f'columns.{rule.column}')} is not set."
                raise ConfigError(f"{self.rule(name)} looks at {rule.column}, but {not_set}")

    def _refuse_without_money(self) -> None:
        for name in ("discount", "shipping", "tax", "rate"):
            if getattr(self.columns, name) is not None and self.columns.money == "none":
                raise ConfigError(f"{self.key(f'columns.{name}')} needs an amount, or a quantity and a unit price.")
        if self.discount_as is not None and self.columns.discount is None:
            raise ConfigError(f"{self.key('discount_as')} needs {self.key('columns.discount')} beside it.")

    def _of_order(self) -> bool:
        """Say whether anything can be of a whole order: an amount, what is spread over lines, what rules look at."""
        has, rules = self.columns, self.rules.of_columns()
        return has.amount is not None or (has.money != "none" and any((has.discount, has.shipping, has.tax, rules)))

    def paths(self) -> list[Path]:
        """Return the files to read, in the order given, those looked up in last; of a frame only these."""
        looked_up = [path for one in self.lookups for path in paths_of(one.path, self.key("lookups"))]
        return [*paths_of(self.data, self.path_key), *looked_up]

    def wanted(self) -> dict[str, str]:
        """Return ``{our name: the file's}`` of every column to read: the mapped ones, and those that rules look at."""
        return {**self.columns.mapped(), **{ours: rule.column for ours, _, rule in self.rules.of_columns()}}

    def column_key(self, ours: str) -> str:
        """Return how messages call the key that names a column."""
        kinds = {name: kind for name, kind, _ in self.rules.of_columns()}
        return self.rule(kinds[ours]) if ours in kinds else super().column_key(ours)

    def may_lack(self, ours: str) -> bool:
        """Say whether the file need not have a column."""
        rules = self.rules.of_columns()
        return ours in self.optional or any(ours == n and kind == "drop" and r.optional for n, kind, r in rules)


@dataclass(frozen=True)
class TableSource(Written):
    """One table beside purchases: where it lies, and how its values are written.

    Parameters
    ----------
    data
        As in ``Source``.
    columns
        ``{our name: the file's name}`` (``columns.TABLES``). What every file must have (``columns.REQUIRED``) is looked
        for under our names unless mapped; any other column that is not mapped is not read.
    missing_customer
        Lines without a customer: ``"reject"``, or ``"drop"`` where they are normal (visits of strangers).
    duplicates
        Lines that equal an earlier one in every column of the file: ``"keep"`` or ``"drop"``.
    scales
        Surveys: lowest and highest answer by item (capitals and blanks aside). A score of such an item that is no whole
        number in between is rejected.
    shown
        Customers: the file's names of columns that lists show as they are written (``data.shown``); features never
        see them.

    The others are those of ``Written``.

    Examples
    --------
    A table of visits whose file has names of its own:

    >>> import pandas as pd
    >>> from holdfast.data import read_tables
    >>> from holdfast.data.engine import connect
    >>> frame = pd.DataFrame({"user": ["007", ""], "seen": ["2024-01-31 23:59", "2024-02-01"]})
    >>> visits = TableSource(frame, {"customer_id": "user", "visited_at": "seen"}, missing_customer="drop")
    >>> print(read_tables(connect(), {"visits": visits}).accounts[0].sentence())
    visits: 2 lines in, 1 kept, 1 dropped by the rule missing_customer.
    """

    data: Data
    columns: Mapping[str, str] = field(default_factory=dict)
    missing_customer: Literal["reject", "drop"] = field(default="reject", kw_only=True)
    duplicates: Literal["keep", "drop"] = field(default="keep", kw_only=True)
    scales: Mapping[str, tuple[float, float]] = field(default_factory=dict, kw_only=True)
    shown: Sequence[str] = field(default=(), kw_only=True)

    def column_key(self, ours: str) -> str:
        """Return the key that names a column of the file: what is shown is named in ``lists.show``."""
        return SHOWN_KEY if ours in shown_columns(self.shown) else super().column_key(ours)


SHOWN_KEY = "lists.show"


def shown_columns(shown: Sequence[str]) -> dict[str, str]:
    """Return ``{our name: the file's}`` of columns that lists show."""
    return {f"shown_{i}": theirs for i, theirs in enumerate(shown)}
