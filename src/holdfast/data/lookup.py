"""A file whose columns stand beside the lines of another: the orders of lines, the customers of orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Lookup:
    """A file that has one line for each key, and what it says of it.

    Attributes
    ----------
    path
        The file, or several.
    by
        The column of the lines whose value is looked up.
    key
        The column of this file in which it stands; ``None``: called alike.

    Examples
    --------
    >>> Lookup("customers.csv", by="customer_id", key="id").there
    'id'
    """

    path: str | Path | Sequence[str | Path]
    by: str
    key: str | None = None

    @property
    def there(self) -> str:
        """The column of this file."""
        return self.key or self.by
