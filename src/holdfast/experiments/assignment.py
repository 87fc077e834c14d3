"""Who falls in which arm: decided by a keyed hash of the customer's id, and by nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from holdfast.data.reading.frames import Frame, in_pandas
from holdfast.errors import ConfigError, DataError
from holdfast.experiments.trial import chi_square_of_shares, column_of, labels, normalised, place_of
from holdfast.learn.draws import uniform
from holdfast.wording import counted


@dataclass(frozen=True)
class Assignment:
    """Who falls in which arm, and how even that came out.

    Attributes
    ----------
    table
        ``customer_id`` and ``arm``, in the order given.
    shares
        Planned share of each arm; they sum to 1.
    balance
        One row per stratum (``all`` first): ``stratum``, ``customers``, one count per arm, and ``p_value`` of the
        chi-square test that the counts follow the shares. By chance alone one stratum in twenty is below 0.05.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": [f"C{i:04}" for i in range(1000)], "tier": ["gold", "silver"] * 500})
    >>> found = assign(customers, experiment="spring", shares={"control": 1, "voucher": 3}, strata=["tier"])
    >>> found.shares
    {'control': 0.25, 'voucher': 0.75}
    >>> found.balance[["stratum", "customers", "control", "voucher"]]
      stratum  customers  control  voucher
    0     all       1000      261      739
    1    gold        500      136      364
    2  silver        500      125      375
    """

    table: pd.DataFrame
    shares: dict[str, float]
    balance: pd.DataFrame

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; customers are left out."""
        return {"shares": self.shares, "balance": self.balance.to_dict(orient="records")}


def arm_of(experiment: str, customer_id: str, shares: Mapping[str, float]) -> str:
    """Return a customer's arm in one experiment.

    The id is hashed with BLAKE2b under the experiment's name as key; the hash, as a number in [0, 1), falls in the
    arms' shares laid end to end in the order given. Two experiments assign independently of each other.

    Examples
    --------
    >>> arm_of("spring", "00123", {"control": 0.1, "offer": 0.9})
    'offer'
    """
    return str(_arms(experiment, [customer_id], normalised(shares))[0])


def assign(
    customers: Frame,
    *,
    experiment: str,
    shares: Mapping[str, float],
    customer: str = "customer_id",
    strata: Sequence[str] = (),
) -> Assignment:
    """Assign every customer to an arm.

    A customer's arm depends on the experiment's name, the id and the shares; not on the order of the rows, who else is
    there, or the strata, which are counted only. So a customer met again, tomorrow or elsewhere, falls in the same arm.

    Parameters
    ----------
    customers
        One row per customer.
    experiment
        Its name; another name gives an independent assignment.
    shares
        ``{arm: share}``; any positive numbers, brought to sum 1. Their order counts.
    customer
        The column of ids.
    strata
        Columns whose combinations are reported, such as a tier and a channel.

    Raises
    ------
    ConfigError
        The experiment has no name, or the shares are no shares.
    DataError
        A column or an id is missing, a customer has two rows, or there are more than 200 strata.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["ann", "bob", "cid", "dee"]})
    >>> assign(customers, experiment="spring", shares={"control": 0.5, "voucher": 0.5}).table
      customer_id      arm
    0         ann  control
    1         bob  control
    2         cid  control
    3         dee  voucher
    """
    customers = in_pandas(customers)
    if not experiment:
        raise ConfigError("experiment: name it; the name decides who falls in which arm.")
    planned = normalised(shares)
    given = column_of(customers, customer)
    missing = given.isna().to_numpy()
    if missing.any():
        raise DataError(
            f'column "{customer}": {counted(int(missing.sum()), "row has", "rows have")} no id '
            f"({place_of(customers, missing)})."
        )
    ids = labels(given)
    again = ids.duplicated().to_numpy()
    if again.any():
        raise DataError(
            f'column "{customer}": {counted(int(again.sum()), "row repeats", "rows repeat")} a customer '
            f"({place_of(customers, again)}); give one row per customer."
        )
    arms = _arms(experiment, ids.tolist(), planned)
    table = pd.DataFrame({"customer_id": ids.to_numpy(), "arm": arms})
    return Assignment(table, planned, _balance(customers, arms, planned, list(strata)))


def _arms(experiment: str, ids: Sequence[str], shares: Mapping[str, float]) -> np.ndarray[Any, np.dtype[np.object_]]:
    place = uniform(experiment, ids)
    ends = np.cumsum(list(shares.values()))[:-1]
    return np.asarray(list(shares), dtype=object)[np.searchsorted(ends, place, side="right")]


def _balance(
    customers: pd.DataFrame, arms: np.ndarray[Any, np.dtype[np.object_]], shares: dict[str, float], strata: list[str]
) -> pd.DataFrame:
    whose = pd.Series("all", index=range(len(customers)))
    groups = {"all": np.ones(len(customers), dtype=bool)}
    if strata:
        parts = [labels(column_of(customers, s)).tolist() for s in strata]
        whose = pd.Series([" · ".join(row) for row in zip(*parts, strict=True)])
        names = sorted(whose.unique())
        if len(names) > 200:
            raise DataError(f"strata {', '.join(strata)}: {len(names):,} combinations; at most 200 can be reported.")
        groups |= {f"{name}": (whose == name).to_numpy() for name in names}
    rows = []
    for name, members in groups.items():
        counts = {arm: int((arms[members] == arm).sum()) for arm in shares}
        p = chi_square_of_shares(counts, shares)
        rows.append({"stratum": name, "customers": int(members.sum()), **counts, "p_value": p})
    return pd.DataFrame(rows)
