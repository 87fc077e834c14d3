"""List: a ranked list of the last scores → whom to contact, with what; written, accounted for and recorded."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from holdfast import columns
from holdfast.data import Day
from holdfast.data.day import is_day, read_today
from holdfast.data.engine import EPOCH
from holdfast.data.erased import pseudonym
from holdfast.errors import ConfigError, nearest
from holdfast.language import speaking, to_tell, told
from holdfast.lists.audience import ModelError
from holdfast.lists.contact import CONTROL, LISTED, ContactList, contact_list
from holdfast.lists.spreadsheet import made_harmless
from holdfast.lists.suppression import suppressions
from holdfast.lists.treatments import Treatment
from holdfast.pipeline.about import about
from holdfast.pipeline.detectable import detectable
from holdfast.pipeline.issued import issued_lists, place_of
from holdfast.pipeline.learnt import learnt_of, policy_of, policy_record
from holdfast.pipeline.measured import measured_treatments
from holdfast.pipeline.outputs import (
    FORMATS,
    home_of,
    read_json,
    readable,
    whole_folder,
    write_csv,
    write_json,
    write_parquet,
    write_table,
)
from holdfast.pipeline.privacy import privacy_key, refuse_erased_since
from holdfast.pipeline.programme import kept_off
from holdfast.pipeline.reporting import effects_kept, refresh_report
from holdfast.pipeline.setting import Prepared, refusal
from holdfast.pipeline.settings import setting_of
from holdfast.pipeline.shared import in_common
from holdfast.pipeline.shown import meanings, with_shown, without_shown
from holdfast.pipeline.written import held_out_of, output_folder, read_list, scored_on, shut_until
from holdfast.progress import Say, quiet
from holdfast.report.page.proof import evidence
from holdfast.wording import counted


@dataclass(frozen=True)
class Issued:
    """A list to contact, as it was written to ``folder``; ``file`` is the one to hand on.

    ``earlier`` says what became of the list made before of the same scores; empty where there was none.

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``:

    >>> import holdfast
    >>> shop = holdfast.prepare(holdfast.load_config("demo.yaml"))
    >>> issued = make_list(shop, "at_risk", capacity=100, today="2024-06-26")
    >>> issued.name, sorted(path.name for path in issued.folder.iterdir())
    ('at_risk', ['at_risk.csv', 'audience.csv', 'decisions.parquet', 'record.json'])
    """

    name: str
    folder: Path
    file: Path
    decision: ContactList
    record: dict[str, Any]
    earlier: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return what a program needs to go on, as plain values for JSON; the rows are in the file."""
        return {"folder": str(self.folder), "file": str(self.file), **self.record, "earlier": self.earlier}


def make_list(
    prepared: Prepared,
    name: str,
    *,
    budget: float | None = None,
    capacity: int | None = None,
    form: str = "csv",
    today: Day | None = None,
    pseudonyms: bool = False,
    policy: str | None = None,
    forced: bool = False,
    beside: bool | None = None,
    say: Say = quiet,
) -> Issued:
    """Decide on every customer of a list of the last scores, and record the decision.

    The folder ``outputs/<name>/issued/<list>-<as_of>`` holds the list to contact, ``decisions.parquet`` (every
    customer with what was decided), ``audience.csv`` and ``record.json``. The same inputs give the same bytes. A list
    of the same scores that was made on an earlier day stays, and its customers count as contacted: the new one stands
    in ``<list>-<as_of>-2``.

    Parameters
    ----------
    prepared
        The tables as they are now: they may know more than the scores do.
    name
        One of the setting's lists (``setting_of(config).lists``).
    budget, capacity
        Of those contacted: expected spend in currency, and number.
    form
        ``csv``, ``xlsx``, ``parquet`` or ``json``.
    today
        The day the list is made on, which says whether the scores are overdue; the as-of date of scores of a table
        without dates. The machine's date if not given.
    pseudonyms
        Whether keyed pseudonyms stand in place of ids in the list to hand on (``pipeline.privacy``).
    policy, forced
        A registered policy whose effects take the place of p·γ (``lists.policy`` if not given); and whether it decides
        by customer although its campaign did not show that this is better.
    beside
        Whether the list made last of the same scores was sent and stays (true), or was not and is replaced (false). If
        not given, it was sent if it was made on an earlier day.

    Raises
    ------
    NotFoundError
        There are no scores yet, or they have no such list; or there is no such policy.
    NotEnoughDataError
        The policy's campaign did not show what to do.
    ConfigError
        There is no such list or format, or treatments are configured where values are not known.

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``:

    >>> import holdfast
    >>> shop = holdfast.prepare(holdfast.load_config("demo.yaml"))
    >>> issued = make_list(shop, "at_risk", budget=200, capacity=100, today="2024-06-26")
    >>> str(issued.file), issued.record["account"]["listed"]
    ('outputs/demo/issued/at_risk-2024-06-24/at_risk.csv', 100)
    """
    config, now = prepared.config, read_today(today)
    setting, command = setting_of(config), f"list {name.replace('_', '-')}"
    if command in setting.cannot:
        raise refusal(setting.cannot, command)
    if name not in setting.lists:
        raise ConfigError(f'There is no list "{name}".{nearest(name, list(setting.lists))}')
    if form not in FORMATS:
        raise ConfigError(f'There is no format "{form}": one of {", ".join(FORMATS)}.')
    folder = output_folder(config)
    as_of = date.fromisoformat(folder.name) if is_day(folder.name) else now
    known, asked = setting.columns(config, name), setting.question(config)
    table = without_shown(read_list(config, name)[1], known)
    value = asked.value if asked.value in table else None
    treatments = [t.treatment() for t in config.treatments]
    if treatments and value is None:
        raise ConfigError(
            "treatments need amounts (or prices of contracts): these scores have no values, so no offer can be said to "
            "earn anything. Take `treatments` out of the configuration to list who is most likely to leave; or name "
            "the column of amounts (columns.amount; of contracts columns.price) and run `holdfast run` again."
        )
    registered = policy_of(config, policy)
    # Of treatments for other lists alone, none says whom on this one to leave alone.
    meant_for_others = bool(treatments) and registered is None and not any(t.is_for(name) for t in treatments)
    treatments = [] if meant_for_others else treatments
    learnt = None
    if registered is not None:
        worth = np.zeros(len(table)) if value is None else table[value].to_numpy(dtype=np.float64)
        learnt = learnt_of(registered, prepared, table, folder, treatments, worth, forced=forced)
    known_until = prepared.known_until(as_of, now)
    treatments, accepted = measured_treatments(prepared, treatments, known_until=known_until)
    home = home_of(config) / "issued"
    issued = issued_lists(home)
    own = place_of(issued, name, as_of.isoformat(), now.isoformat(), beside=beside)
    contacted, held_back = _on_other_lists(issued, own, known_until, config.suppress.contacted_within_days)
    stated = config.lists.experiment
    experiment = f"{config.name}/{name}" if stated is None else stated
    valid_until = (as_of + timedelta(days=config.lists.valid_days)).isoformat()
    say(f"deciding on {counted(len(table), 'customer')}")
    decision = contact_list(
        table,
        treatments,
        suppressions(
            prepared.connection,
            prepared.remaining(table["customer_id"]),
            as_of=(as_of - EPOCH).days,
            today=(known_until - EPOCH).days,
            rules=config.suppress.rules(),
            contacted=prepared.remaining(contacted),
            held_back=prepared.remaining(held_back),
            holdout=table["customer_id"][kept_off(config, prepared.remaining(table["customer_id"]))],
        ),
        list_name=name,
        p_churn=asked.p_churn,
        value=value,
        experiment=experiment,
        control_share=config.lists.control_share,
        valid_until=valid_until,
        budget=budget,
        capacity=capacity,
        error=ModelError.of(held_out_of(folder)),
        learnt=learnt,
        explore=config.lists.explore,
    )
    shared = in_common(prepared, decision.contact["customer_id"].tolist(), as_of, known_until)
    # Neither the decisions nor the record hold what is shown: the list alone does.
    decision = replace(decision, contact=with_shown(prepared, decision.contact, as_of))
    if pseudonyms:
        # In what is handed on alone: decisions are read again, and measured.
        secret = privacy_key(config, make=True)
        named = decision.contact["customer_id"].map(lambda own: pseudonym(secret, own)).astype("str")
        decision = replace(decision, contact=decision.contact.assign(customer_id=named))
    metrics = read_json(folder / "metrics.json")
    warnings = list(metrics.get("warnings", []))
    scored = scored_on(folder) or as_of
    overdue = (now - scored).days - config.cadence.score_days
    if overdue > 0 and (known_until != as_of or shut_until(folder, scored, now) is None):
        warnings.insert(0, _overdue(overdue, now, newer=known_until != as_of))
    if valid_until < now.isoformat():
        over = to_tell(
            "The last day to contact by these scores was {until}: it is for you to say whether this goes out."
        )
        warnings.append(told(over, until=valid_until))
    warnings += _of_budget(budget) if meant_for_others else []
    record = {
        "list": name,
        "customers": setting.lists[name],
        "as_of": as_of.isoformat(),
        "made": now.isoformat(),
        "known_until": known_until.isoformat(),
        "valid_until": valid_until,
        "model_version": str(table["model_version"].iloc[0]) if len(table) else metrics.get("model_version"),
        "experiment": experiment,
        **({"pseudonyms": True} if pseudonyms else {}),
        "control_share": config.lists.control_share,
        "holdout": config.holdout.share,
        **({"explored": decision.explored} if config.lists.explore else {}),
        "budget": budget,
        "capacity": capacity,
        "treatments": [_plain(t) for t in treatments],
        **({"treatments_for_others": True} if meant_for_others else {}),
        **({"acceptance": [one.as_dict() for one in accepted]} if accepted else {}),
        "policy": None if registered is None else policy_record(registered, forced),
        **({"in_common": shared} if shared else {}),
        "account": decision.account,
        **({} if learnt or value is None else _nobody(decision, treatments, name, table[[asked.p_churn, value]])),
        "smallest_effect": detectable(decision, asked.p_churn, treatments),
        "expected": _expected(decision, treatments),
        "made_harmless": made_harmless(decision.contact) if form == "csv" else {},
        "warnings": warnings,
    }
    shown_of = evidence(record, effects_kept(config)) if treatments else []
    record |= {"measured": shown_of} if shown_of else {}
    earlier = _earlier(home, own, f"{name}-{as_of.isoformat()}", decision)
    file, style = home / own / f"{name}.{form}", config.lists.csv_style()
    with speaking(config.language), whole_folder(config, home / own) as draft:
        refuse_erased_since(config, prepared.source.erased)
        shown = readable(decision.contact) if form in ("csv", "xlsx") else decision.contact
        sheet = about(record, (*known, *columns.CONTACT, *meanings(config)), shown)
        write_table(draft / file.name, shown, form, style, sheet)
        write_parquet(draft / "decisions.parquet", decision.decisions)
        if len(decision.audience):
            write_csv(draft / "audience.csv", decision.audience, style)
        digest = hashlib.sha256((draft / file.name).read_bytes()).hexdigest()
        write_json(draft / "record.json", record | {"file": file.name, "sha256": digest})
    refresh_report(config, folder)
    return Issued(name, home / own, file, decision, record, earlier)


def _nobody(decision: ContactList, treatments: Sequence[Treatment], name: str, table: pd.DataFrame) -> dict[str, Any]:
    """Return where no treatment pays for anybody what each would have to be; ``table``: P(churn) and value."""
    if decision.account["listed"] or decision.account["control"] or not decision.account["not_worth_contacting"]:
        return {}
    p, value = (table[column].to_numpy(dtype=np.float64) for column in table)
    limits = {t: t.pays_from(p, value) for t in treatments if t.is_for(name)}
    return {
        "would_pay": [
            {"treatment": t.name, "acceptance": least, "offer_cost": most, "stated": [t.acceptance, t.offer_cost]}
            for t, (least, most) in limits.items()
            if least <= 1 or most > 0
        ]
    }


def _of_budget(budget: float | None) -> list[str]:
    """Return that a budget limits nobody on a list that no treatment is for."""
    said = to_tell(
        "None of the treatments is for this list, so contacting costs nothing here and the budget limits nobody: "
        "limit it by a capacity, or name the list in treatments[].lists."
    )
    return [] if budget is None else [told(said)]


def _overdue(days: int, today: date, *, newer: bool) -> str:
    """Return that scores are overdue, and what to do: where nothing is newer, scoring again gives the same ones."""
    said = to_tell("The scores are overdue by {days:n day}: score again before contacting anybody.")
    if not newer:
        said = to_tell(
            "The scores are overdue by {days:n day}, and no purchase is newer: read a newer export; if nothing was "
            "sold since, score with --as-of {today}."
        )
    return told(said, days=days, today=today.isoformat())


def _earlier(home: Path, own: str, first: str, decision: ContactList) -> str:
    """Return what becomes of the list that was made before of the same scores; empty where nothing changes."""
    if not (home / own).is_dir():
        if own == first:
            return ""
        return told(
            "The list made before of the same scores stays, as one that was sent, and its customers are left alone; if "
            "it was never sent, make this one with --replace."
        )
    try:
        before = _decided(home / own)
    except (OSError, ValueError):
        return ""
    now = decision.decisions[["customer_id", "status"]]
    if set(before.itertuples(index=False, name=None)) == set(now.itertuples(index=False, name=None)):
        return ""
    counts = [int((before["status"] == status).sum()) for status in (LISTED, CONTROL)]
    if not any(counts):  # nobody was on it, so it was not sent
        return ""
    return told(
        "This list replaces the one made before of the same scores ({listed:,} to contact, {held:,} held back): if "
        "that one was sent, make it again with its limits, and then this one with --beside.",
        listed=counts[0],
        held=counts[1],
    )


def _on_other_lists(
    issued: Sequence[Mapping[str, Any]], own: str, known_until: date, days: int
) -> tuple[pd.Series, pd.Series]:
    """Return who was listed in the last days (the table of contacts may not know yet), and who is held back still."""
    listed, held = [pd.Series([], dtype="str")], [pd.Series([], dtype="str")]
    for record in issued:
        age = (known_until - date.fromisoformat(record["known_until"])).days
        if record["folder"].name == own or age < 0:
            continue
        if age <= days:
            listed.append(_ids(record["folder"], LISTED))
        if known_until.isoformat() <= record["valid_until"]:
            held.append(_ids(record["folder"], CONTROL))
    return pd.concat(listed, ignore_index=True), pd.concat(held, ignore_index=True)


def _decided(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "decisions.parquet", columns=["customer_id", "status"])


def _ids(folder: Path, status: str) -> pd.Series:
    decisions = _decided(folder)
    return decisions.loc[decisions["status"] == status, "customer_id"]


def _expected(decision: ContactList, treatments: Sequence[Treatment]) -> dict[str, float] | None:
    """Return what the list is expected to cost and earn, with 95 % intervals; None without treatments."""
    if not treatments:
        return None
    if not len(decision.audience):
        return {"profit": 0.0, "cost": 0.0}
    return {str(k): float(v) for k, v in decision.audience.iloc[-1].items()}


def _plain(treatment: Treatment) -> dict[str, Any]:
    return {k: (None if v == float("inf") else v) for k, v in vars(treatment).items()}
