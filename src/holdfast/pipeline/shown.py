"""What lists show of customers beside the scores (``lists.show``): joined where a list is written, and only there."""

from collections.abc import Iterable
from datetime import date

import pandas as pd

from holdfast.columns import CONTACT, Column
from holdfast.config import Config
from holdfast.data.shown import shown_of
from holdfast.data.source import SHOWN_KEY
from holdfast.errors import ConfigError
from holdfast.language import told
from holdfast.pipeline.setting import Prepared, Setting


def refuse_taken(config: Config, setting: Setting) -> None:
    """Refuse to show a column under a name that lists have already.

    Raises
    ------
    ConfigError
        Names the column and the list.
    """
    for name in setting.lists if config.lists.show else ():
        for column in (*setting.columns(config, name), *CONTACT):
            if column.name in config.lists.show:
                raise ConfigError(
                    f'{SHOWN_KEY}: the list {name} has a column "{column.name}" already; give that of the file another '
                    "name."
                )


def with_shown(prepared: Prepared, table: pd.DataFrame, as_of: date | None) -> pd.DataFrame:
    """Return a list with the columns of ``lists.show`` after ``customer_id``: of each the newest known before a day."""
    found = {
        name: texts
        for where, names in prepared.shown.items()
        if names
        for name, texts in shown_of(prepared.connection, where, names, table["customer_id"], as_of).items()
    }
    shown = pd.DataFrame({name: found[name] for name in prepared.config.lists.show}, index=table.index)
    place = list(table.columns).index("customer_id") + 1
    return pd.concat([table.iloc[:, :place], shown, table.iloc[:, place:]], axis=1)


def without_shown(table: pd.DataFrame, known: Iterable[Column]) -> pd.DataFrame:
    """Return a written list without what was shown on it: the columns that the setting knows."""
    names = {column.name for column in known}
    return table[[name for name in table.columns if name in names]]


def meanings(config: Config) -> tuple[Column, ...]:
    """Return what the columns are that lists show."""
    return tuple(
        Column(name, "text", "", told("as it stands in your table (lists.show)")) for name in config.lists.show
    )
