"""What a user can say about a purchase log: where it lies, how it is written, which rules drop lines."""

import importlib.resources
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal

import pandas as pd

from holdfast.errors import DataError

PACKAGE_SCHEME = "package:"


@dataclass(frozen=True)
class Columns:
    """Which column of the log holds what. ``None``: the log has no such column.

    Give either ``amount``, or ``quantity`` and ``unit_price``, or neither (a log without money).
    """

    customer_id: str = "customer_id"
    ordered_at: str = "ordered_at"
    amount: str | None = None
    quantity: str | None = None
    unit_price: str | None = None
    order_id: str | None = None
    product_id: str | None = None

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
class Cancellation:
    """Lines whose ``column`` starts with ``prefix`` are returns (negative amounts), or are dropped."""

    column: Literal["order_id", "product_id"] = "order_id"
    prefix: str = "C"
    treat_as: Literal["return", "drop"] = "return"


@dataclass(frozen=True)
class Exclusion:
    """Lines whose ``column`` equals one of ``values`` (capitals and blanks aside) are dropped: fees, postage."""

    column: Literal["product_id", "order_id", "customer_id"] = "product_id"
    values: Sequence[str] = ()


@dataclass(frozen=True)
class Rules:
    """Which readable lines are dropped on purpose; each rule is counted by name in the data report."""

    missing_customer: Literal["reject", "drop"] = "reject"
    duplicates: Literal["keep", "drop"] = "keep"
    cancellations: Cancellation | None = None
    exclude: Exclusion | None = None


@dataclass(frozen=True)
class Source:
    """A purchase log: one or more files, or a pandas frame, and how its values are written.

    Parameters
    ----------
    data
        A path, several paths, ``package:NAME/FILE`` for a file inside an installed package, or a frame.
    columns
        Where each fact stands.
    delimiter, quote, decimal, thousands, encoding
        How text files are written; ``delimiter="whitespace"`` for columns lined up with blanks.
    date_format
        ``strptime`` format of ``ordered_at`` where it is text. ``None`` accepts ISO 8601 only: nothing is guessed.
    time_zone
        For timestamps that carry an offset: the zone whose calendar days count (``"Europe/London"``).
    max_reject_share
        Above this share of unreadable lines reading stops (0.01 is 1 %).
    """

    data: str | Path | Sequence[str | Path] | pd.DataFrame
    columns: Columns = field(default_factory=Columns)
    delimiter: str = ","
    quote: str = '"'
    decimal: str = "."
    thousands: str | None = None
    encoding: str = "utf-8"
    date_format: str | None = None
    time_zone: str | None = None
    rules: Rules = field(default_factory=Rules)
    max_reject_share: float = 0.01

    def __post_init__(self) -> None:
        """Refuse contradictions at once, before a long file is read."""
        if self.decimal not in (".", ","):
            raise DataError('purchases.decimal must be "." or ",".')
        if self.thousands is not None and self.thousands == self.decimal:
            raise DataError("purchases.thousands and purchases.decimal are the same character.")
        if self.delimiter != "whitespace" and len(self.delimiter) != 1:
            raise DataError('purchases.delimiter must be one character, or "whitespace".')
        if len(self.quote) > 1:
            raise DataError('purchases.quote must be one character, or "" for files without quotes.')
        has = self.columns
        if has.unit_price is not None and has.quantity is None:
            raise DataError("purchases.columns.unit_price needs purchases.columns.quantity beside it.")
        if has.amount is not None and has.unit_price is not None:
            raise DataError(
                "purchases.columns: amount and unit_price are both given; keep one, so that a line has one worth."
            )
        for rule, name in ((self.rules.cancellations, "cancellations"), (self.rules.exclude, "exclude")):
            if rule is not None and rule.column not in has.mapped():
                raise DataError(
                    f"purchases.rules.{name} looks at {rule.column}, but purchases.columns.{rule.column} is not set."
                )

    def paths(self) -> list[Path]:
        """Return the files to read, in the order given.

        Raises
        ------
        DataError
            A file does not exist, or no file was named.
        """
        given = self.data
        if isinstance(given, pd.DataFrame):
            return []
        names = [given] if isinstance(given, str | Path) else list(given)
        if not names:
            raise DataError("purchases.path: no file is named.")
        return [_existing(str(name)) for name in names]


def _existing(name: str) -> Path:
    if name.startswith(PACKAGE_SCHEME):
        package, _, inside = name.removeprefix(PACKAGE_SCHEME).partition("/")
        spec = importlib.util.find_spec(package)
        if spec is None:
            raise DataError(f'purchases.path: the package "{package}" is not installed.')
        # The module is not run: importing a package may change global options, or fail.
        files = importlib.resources.files(importlib.util.module_from_spec(spec))
        path = Path(str(files.joinpath(inside)))
    else:
        path = Path(name).expanduser()
    if not path.is_file():
        what = "is a directory, not a file" if path.is_dir() else "does not exist"
        raise DataError(f"purchases.path: {path} {what}. Relative paths start at {Path.cwd()}.")
    return path
