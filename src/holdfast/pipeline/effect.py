"""Effect: what a list changed, once its window is over: those contacted against those held back at random."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from holdfast.errors import ConfigError, NotEnoughDataError, NotFoundError, nearest
from holdfast.experiments.acceptance import Acceptance, acceptance_after
from holdfast.experiments.experiment import Measured, measure
from holdfast.experiments.trial import varies
from holdfast.features import Cutoff
from holdfast.lists.contact import CONTROL, LEAST_HELD_BACK
from holdfast.lists.treatments import NOTHING
from holdfast.pipeline.contracts import PreparedContracts
from holdfast.pipeline.issued import arms_of, issued_folders
from holdfast.pipeline.outputs import home_of
from holdfast.pipeline.preparation import PreparedPurchases
from holdfast.pipeline.setting import Prepared
from holdfast.pipeline.settings import setting_of

CONTACTED = "contacted"


@dataclass(frozen=True)
class ListEffect:
    """What was measured: ``table`` has one row per customer of both arms, ``measured`` the effects.

    ``acceptance`` is what the control group says of each treatment's acceptance.

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``, as if the list had been made four months ago:

    >>> import holdfast
    >>> from holdfast.pipeline import make_list
    >>> then = holdfast.load_config("demo.yaml", ["as_of=2024-02-25", "purchases.rules.last_date=2024-02-24"])
    >>> scored = holdfast.score(holdfast.prepare(then))
    >>> issued = make_list(holdfast.prepare(then), "at_risk", today="2024-02-25")
    >>> found = effect_of_list(holdfast.prepare(holdfast.load_config("demo.yaml")), issued.folder.name)
    >>> str(found.window_start), str(found.window_end), found.table["arm"].value_counts().to_dict()
    ('2024-02-25', '2024-06-24', {'contacted': 904, 'control': 96})
    """

    issued: str
    window_start: date
    window_end: date
    table: pd.DataFrame
    measured: Measured
    acceptance: tuple[Acceptance, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; customers are left out."""
        window = {"window_start": self.window_start.isoformat(), "window_end": self.window_end.isoformat()}
        accepted = [one.as_dict() for one in self.acceptance]
        return {"list": self.issued, **window, **self.measured.as_dict(), "acceptance": accepted}


def effect_of_list(prepared: Prepared, issued: str, *, days: int | None = None) -> ListEffect:
    """Compare those on a list with its control group, everyone counted in the group the draw put them in.

    Parameters
    ----------
    prepared
        The log, or the contracts, as they are now: they must reach to the end of the window, contracts so far beyond
        it as they may be renewed late.
    issued
        Folder of the list below ``outputs/<name>/issued``, such as ``at_risk-2024-03-01``.
    days
        Length of the window from the day the list was made on; the churn horizon if not given.

    Returns
    -------
    ListEffect
        Of purchases, effects on ``bought`` (share who bought), ``purchases`` (purchase days) and, with amounts,
        ``revenue`` and ``margin_net`` (revenue × clv.margin less the contact, and less the offer where a customer who
        got it bought; currency per customer). Of contracts, on ``stayed`` (share whose contract went on, of those whose
        contract had not ended before). Adjusted for what was known of a customer when the list was made.

    Raises
    ------
    ConfigError
        ``days`` is below 1.
    NotFoundError
        There is no such list.
    NotEnoughDataError
        The window is not over yet, nobody was held back, or the table of contracts has no dates.

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``, as if the list had been made four months ago:

    >>> import holdfast
    >>> from holdfast.pipeline import make_list
    >>> then = holdfast.load_config("demo.yaml", ["as_of=2024-02-25", "purchases.rules.last_date=2024-02-24"])
    >>> scored = holdfast.score(holdfast.prepare(then))
    >>> issued = make_list(holdfast.prepare(then), "at_risk", today="2024-02-25")
    >>> found = effect_of_list(holdfast.prepare(holdfast.load_config("demo.yaml")), issued.folder.name)
    >>> found.measured.customers
    1000
    >>> print(found.measured.effects[0].verdict)
    no significant effect on bought: +2.95 points (95 % -6.21 to +11.46) includes 0
    """
    home = home_of(prepared.config) / "issued"
    known = [folder.name for folder in issued_folders(home)]
    if issued not in known:
        raise NotFoundError(f'There is no list "{issued}" in {home}.{nearest(issued, known)}')
    record = json.loads((home / issued / "record.json").read_text(encoding="utf-8"))
    decisions = arms_of(home / issued, prepared.source.id_map)
    start = date.fromisoformat(record["known_until"])
    if days is not None and days < 1:
        raise ConfigError(f"days: {days}; a window has at least one day.")
    setting = setting_of(prepared.config)
    window = Cutoff(start, prepared.config.churn.horizon_days if days is None else days)
    happened = setting.happened(prepared, window)
    if happened is None and isinstance(prepared, PreparedContracts) and prepared.contracts.spells is None:
        raise NotEnoughDataError(
            "A table of contracts without dates does not say who left since a list was made: `holdfast experiment "
            "measure` takes a table of who was held back and who left."
        )
    if happened is None:
        raise NotEnoughDataError(
            f"The window of {issued} ends on {window.window_end}: {prepared.not_over(window.window_end)}. Measure it "
            "then, or use --days for a shorter window."
        )
    if (held := int((decisions["status"] == CONTROL).sum())) < LEAST_HELD_BACK:
        raise NotEnoughDataError(f"{issued} has no control group: {_why_none(record, held)}")
    table, outcomes = _with_outcomes(prepared, decisions, happened, record)
    known_then = ("p_churn_", "value_if_stays_", "purchases_so_far")
    covariates = [c for c in map(str, table.columns) if c.startswith(known_then) and table[c].max() > table[c].min()]
    share = record["control_share"]
    arms = table["arm"].to_numpy(dtype=object)
    # A small arm bears few of them, or none.
    covariates = covariates[: max(int(table["arm"].value_counts().min()) // 2 - 1, 0)]
    # Where nobody bought, purchases and money say nothing that the share of buyers does not.
    outcomes = [o for o in outcomes if o == outcomes[0] or varies(table[o].to_numpy(dtype=np.float64), arms)]
    measured = measure(
        table,
        arm="arm",
        control=CONTROL,
        outcomes=outcomes,
        covariates=covariates,
        trusted=covariates,  # written down when the list was made
        segment="treatment" if len(set(table["treatment"])) > 1 else None,
        others=(),  # the draw was ours
        shares={CONTROL: share, CONTACTED: 1 - share},
    )
    found = _acceptance(table, outcomes[0], record["treatments"], setting.question(prepared.config).p_churn)
    return ListEffect(issued, window.window_start, window.window_end, table, measured, found)


def _with_outcomes(
    prepared: Prepared, decisions: pd.DataFrame, happened: pd.DataFrame, record: dict[str, Any]
) -> tuple[pd.DataFrame, list[str]]:
    """Return the customers of both arms with what they did in the window, and the columns that say it, the share first.

    Whose contract had ended before the window began is in neither arm.
    """
    arm = np.where(decisions["status"] == CONTROL, CONTROL, CONTACTED)
    if not isinstance(prepared, PreparedPurchases):
        table = decisions.assign(arm=arm).merge(happened[["customer_id", "churned"]], on="customer_id")
        return table.assign(stayed=1 - table.pop("churned")), ["stayed"]
    seen = happened.set_index("customer_id").reindex(decisions["customer_id"]).fillna(0.0).reset_index(drop=True)
    bought = (seen["purchases"] > 0).astype(int)
    table = decisions.assign(arm=arm, bought=bought, purchases=seen["purchases"])
    if not prepared.log.has_money:
        return table, ["bought", "purchases"]
    cost = _cost(table, {t["name"]: t for t in record["treatments"]})
    table = table.assign(revenue=seen["spend"], margin_net=seen["spend"] * prepared.config.clv.margin - cost)
    return table, ["bought", "purchases", "revenue", "margin_net"]


def _acceptance(
    table: pd.DataFrame, outcome: str, treatments: list[dict[str, Any]], p_churn: str
) -> tuple[Acceptance, ...]:
    """Return what the control group says of the acceptance of each treatment that was given."""
    found = []
    for treatment in treatments:
        mine = table[table["treatment"] == treatment["name"]]
        stayed, p = (mine[column].to_numpy(dtype=np.float64) for column in (outcome, p_churn))
        held = (mine["arm"] == CONTROL).to_numpy(dtype=bool)
        found.append(acceptance_after(treatment["name"], stayed, held, p, stated=treatment["acceptance"]))
    return tuple(one for one in found if one is not None)


def _cost(table: pd.DataFrame, treatments: dict[str, dict[str, Any]]) -> pd.Series:
    """Return what each contacted customer cost: the contact, and the offer if they bought; controls cost nothing."""
    names = table["treatment"].where(table["treatment"] != NOTHING)
    contact = names.map({n: t["contact_cost"] for n, t in treatments.items()}).fillna(0.0).astype(float)
    offer = names.map({n: t["offer_cost"] for n, t in treatments.items()}).fillna(0.0).astype(float)
    return (contact + offer * table["bought"]) * (table["arm"] == CONTACTED)


def _why_none(record: dict[str, Any], held: int) -> str:
    """Say why hardly anybody was held back from a list, and what to do."""
    share = record["control_share"]
    if not share:
        return "lists.control_share holds one back."
    return (
        f"chance held back {'one customer' if held else 'nobody'} at lists.control_share: {share:g}. Hold back more of "
        "the next list, or pool several lists (holdfast experiment pool)."
    )
