"""Covariates of the customers of a list as known on its day: scores, features, the table of customers."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pandas as pd

from holdfast.data.engine import EPOCH
from holdfast.errors import ConfigError
from holdfast.features.beside import ROWS
from holdfast.pipeline.setting import Prepared
from holdfast.pipeline.written import with_columns

# What the table of customers says of one beside days, which no model of a campaign takes.
_OURS = ("channel", "acquisition_cost", "consent", "objection", *(f"attribute_{i}" for i in range(1, 6)))


def with_covariates(
    prepared: Prepared, table: pd.DataFrame, names: Iterable[str], folder: Path, as_of: date
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Return rows of customers with columns known on a day, those that the table of customers gave, and those unknown.

    Parameters
    ----------
    prepared
        The tables as they are now.
    table
        With ``customer_id``; what it has already is not looked for.
    names
        Columns of scores or features, or columns that ``tables.customers`` maps, by our name or the file's.
    folder, as_of
        Where scores and features of that day lie, and the first day that is not known.

    Raises
    ------
    ConfigError
        Every row of the table of customers that says it was known later (``known_at``, ``acquired_at``).
    """
    table, wanted = with_columns(table, names, folder)
    mapped = _mapped(prepared)
    told = {name: mapped[name] for name in wanted if name in mapped}
    if told:
        table = _of_customers(prepared, table, told, as_of)
    return table, list(told), [name for name in wanted if name not in mapped]


def _mapped(prepared: Prepared) -> dict[str, str]:
    """Return the columns of ``tables.customers`` that say something of a customer: ``{any name: ours}``."""
    customers = prepared.config.tables.customers
    if customers is None:
        return {}
    found = {ours: theirs for ours, theirs in customers.mapping().items() if ours in _OURS}
    return {ours: ours for ours in found} | {theirs: ours for ours, theirs in found.items()}


def _of_customers(prepared: Prepared, table: pd.DataFrame, wanted: dict[str, str], as_of: date) -> pd.DataFrame:
    """Return rows with what the table of customers said of them on a day."""
    picked = ", ".join(f"{_number(ours)} AS {ours}" for ours in dict.fromkeys(wanted.values()))

    def known_by(day: int) -> pd.DataFrame:
        rows = ROWS["customers"].replace("{cutoff}", str(day))
        found: pd.DataFrame = prepared.connection.execute(f"SELECT customer_id, {picked} FROM ({rows}) AS known").df()
        return table[["customer_id"]].merge(found, on="customer_id", how="left", validate="many_to_one")

    known = known_by((as_of - EPOCH).days)
    nobody = [name for name, ours in wanted.items() if len(known) and known[ours].isna().all()]
    if nobody:
        later = known_by((date.max - EPOCH).days)
        late = [name for name in nobody if later[wanted[name]].notna().any()]
        if late:
            raise ConfigError(
                f"covariates: {', '.join(late)} was known of nobody on {as_of}, the day of the list, but later "
                "(known_at or acquired_at of tables.customers): what was measured after the assignment is no covariate."
            )
    return table.assign(**{name: known[ours].to_numpy() for name, ours in wanted.items()})


def _number(ours: str) -> str:
    return ours if ours == "channel" else f"CAST({ours} AS DOUBLE)"
