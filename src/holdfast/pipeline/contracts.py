"""Contracts: what this setting does in its own way; the steps are those of every setting (``pipeline.steps``)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from holdfast import columns
from holdfast.config import Config
from holdfast.contractual import recipe, tables
from holdfast.contractual.gaps import notes_on_ends_ahead, notes_on_gaps
from holdfast.contractual.hindsight import LATER, ONLY_RUNNING, SAID_BY_ANOTHER, TOTALS
from holdfast.contractual.judgement import gate, held_out
from holdfast.contractual.lifetimes import contract_lifetimes
from holdfast.contractual.movements import revenue_on
from holdfast.contractual.notes import NO_VALUES, notes_on_snapshots, notes_on_windows
from holdfast.contractual.notice import ENDS_IN, too_late
from holdfast.contractual.periods import MONTH_DAYS
from holdfast.contractual.plan import ColumnPlan
from holdfast.contractual.prices import notes_on_prices
from holdfast.contractual.retention import NO_CURVE
from holdfast.contractual.scorer import ContractScorer
from holdfast.contractual.spells import OPEN
from holdfast.contractual.table import Contracts, read_contracts
from holdfast.contractual.terms import BILL_MONTHS
from holdfast.data import read_tables
from holdfast.data.cells import plain_name
from holdfast.data.day import read_today
from holdfast.data.engine import EPOCH, connect
from holdfast.data.matching import match_customers
from holdfast.data.reading.frames import Frame, values_hash
from holdfast.data.report import merged_notes
from holdfast.data.shown import OF_CONTRACTS, OF_CUSTOMERS
from holdfast.data.source import SHOWN_KEY
from holdfast.errors import ConfigError, DataError, nearest
from holdfast.evaluate.gate import Defender
from holdfast.features import Cutoff
from holdfast.kpis.small_groups import without_small_groups
from holdfast.language import to_tell, told
from holdfast.lists.contracts import contract_lists
from holdfast.lists.suppression import Objectors
from holdfast.pipeline.contacts import contacted_by_lists
from holdfast.pipeline.delivery import contracts_delivered, notes_of
from holdfast.pipeline.happened import contract_drift, contracts_arrived, contracts_since
from holdfast.pipeline.inputs import drift_notes
from holdfast.pipeline.outputs import write_parquet
from holdfast.pipeline.preparation import merged_accounts
from holdfast.pipeline.privacy import erased_of
from holdfast.pipeline.setting import Learnt, Predict, Prepared, Question, Setting, Told, difference
from holdfast.pipeline.timelines import contract_timelines
from holdfast.progress import Say
from holdfast.report import contracts as text
from holdfast.track import Bundle
from holdfast.wording import counted

_HAD = to_tell("{table}: {matched:,} of {customers:n customer} had a contract.")
_MOST_PLANS = 20
_BUYERS = "these are buyers; with setting: contractual there are list at-risk and list high-value."


@dataclass(frozen=True)
class PreparedContracts(Prepared):
    """A table of contracts read as a configuration states, and the tables beside it (``notes`` say how they match).

    Examples
    --------
    >>> import holdfast
    >>> from holdfast.data import simulate_contracts
    >>> named = {name: name for name in ("customer_id", "started_at", "ended_at", "end_reason", "plan", "price")}
    >>> settings = {"name": "club", "setting": "contractual", "as_of": "2023-11-01"}
    >>> config = holdfast.make_config({**settings, "subscriptions": {"columns": named}})
    >>> club = holdfast.prepare(config, subscriptions=simulate_contracts(300, seed=3).spells)
    >>> club.moment, club.account["customers"]
    ('2023-11-01', 300)
    >>> print(club.cannot["race"])
    contracts have one model, which chooses its own recipe, so there is no race (setting: contractual).
    """

    cannot: ClassVar[Mapping[str, str]] = {
        "race": told(
            "contracts have one model, which chooses its own recipe, so there is no race (setting: contractual)."
        ),
        "features": "features of purchases are SQL; those of contracts are columns of their table (setting: "
        "contractual).",
        "tune": "the model of contracts tunes itself in `holdfast train` (setting: contractual).",
        "segments": told(
            "RFM segments and tiers are made from purchases, and setting: contractual has none. "
            "`holdfast list high-value` ranks contracts by CLV."
        ),
        "value": told(
            "history, cohorts and campaigns are counted from purchases, and setting: contractual has none. The CLV of "
            "each contract is in the scores, and `holdfast run` says how many renew, by plan."
        ),
        "list second-order": _BUYERS,
        "list win-back": _BUYERS,
        "list overdue": _BUYERS,
        "experiment holdout": "a programme is measured in purchases, and setting: contractual has none; its lists "
        "leave the holdout off all the same, and `holdfast experiment measure` compares who renewed.",
    }

    contracts: Contracts
    notes: list[str] = field(default_factory=list)
    rejects: pd.DataFrame = field(default_factory=pd.DataFrame)

    def digest(self) -> bytes:
        """Return the sha256 of the rows as they were read."""
        return values_hash(self.contracts.cells.frame)

    @property
    def moment(self) -> str:
        """The as-of date, or ``snapshot`` for a table without one."""
        as_of = self.config.as_of if self.contracts.cutoff is None else self.contracts.cutoff.date
        return as_of.isoformat() if isinstance(as_of, date) else "snapshot"

    @property
    def shown(self) -> Mapping[str, Sequence[str]]:
        """Which columns of ``lists.show`` stand in which table: those of contracts in theirs."""
        theirs = self.contracts.shown.names
        others = [name for name in self.config.lists.show if name not in theirs]
        return {OF_CONTRACTS: theirs, **({OF_CUSTOMERS: others} if others else {})}

    @property
    def account(self) -> dict[str, Any]:
        """What became of every row, and how the tables beside match."""
        return self.contracts.account | ({"notes": self.notes} if self.notes else {})

    def said(self) -> str:
        """Return the account as text."""
        return text.account(self.account)

    @property
    def cells(self) -> pd.DataFrame | None:
        """The rows of the table as they were read."""
        frame = self.contracts.cells.frame
        who = self.config.subscriptions.columns.customer_id
        return frame if who is None else frame.rename(columns={plain_name(who): "customer_id"})

    def last_seen(self) -> list[tuple[str, date]]:
        """Return the end of each customer's last contract; of one that runs, the day after all others."""
        if self.contracts.spells is None:
            return []
        ends = self.contracts.spells.frame.groupby("customer_id", sort=True)["end"].max()
        return [(str(own), date.max if end >= OPEN else EPOCH + timedelta(days=int(end))) for own, end in ends.items()]

    def not_over(self, end: date) -> str:
        """Return the same, when late renewals are in, and that a date in the configuration stands still meanwhile."""
        spells = self.contracts.spells
        said = super().not_over(end if spells is None else end + timedelta(days=spells.renewal_days))
        if not isinstance(self.config.as_of, date):
            return said
        return f"{said}; contracts are read as of {self.moment}: pass --as-of with the day of their export"

    def known_until(self, as_of: date, today: date) -> date:
        """Return the day the list is made on: contracts begin and end ahead of time, so their dates do not tell."""
        return max(as_of, today)


def prepare_contracts(
    config: Config,
    base: Path | None,
    table: Frame | None,
    beside: Mapping[str, Frame] | None,
    say: Say,
) -> PreparedContracts:
    """Read the table of contracts and the tables beside it; parameters and errors as of ``prepare``."""
    merged = merged_accounts(config, base, beside)
    id_map = merged.map if merged else None
    erased = erased_of(config)
    rules, source = config.subscriptions.meaning(), replace(config.source(base, table), id_map=id_map, erased=erased)
    say("reading subscriptions")
    engine = config.engine.engine()
    window = (config.churn.horizon_days, config.churn.gap_days)
    stated = Cutoff(config.as_of, *window) if config.subscriptions.spells and isinstance(config.as_of, date) else None
    contracts = read_contracts(source, rules, cutoff=stated, shown=config.lists.show, engine=engine)
    about_lists = ""
    if (spells := contracts.spells) is not None:
        cutoff = stated or Cutoff(contracts.end_of_data(read_today(None)), *window)
        contacted, about_lists = contacted_by_lists(config, id_map, cutoff, contracts.customers.nunique())
        contracts = replace(contracts, cutoff=cutoff, contacted=contacted)
        for kind in contracts.account.keys() & {"movements", "bills"}:
            contracts.account[kind] |= revenue_on(spells, cutoff)
    _all_there(config, contracts, beside or {})
    connection = connect(engine)
    ids = pd.DataFrame({"customer_id": contracts.customers.astype(object)})
    connection.register("ids", ids)
    connection.execute("CREATE TABLE subscriptions AS SELECT CAST(customer_id AS VARCHAR) AS customer_id FROM ids")
    connection.unregister("ids")
    contracts.shown.keep(connection)
    beside_it = config.table_sources(base, beside, elsewhere=contracts.shown.names)
    found = read_tables(connection, beside_it, id_map=id_map, erased=erased)
    names = [account.name for account in found.accounts]
    matched = match_customers(connection, names, config.suppress.reads, ours="subscriptions", did=_HAD)
    said = [merged.sentence()] if merged else []
    said += merged_notes("subscriptions", contracts.cells.merged, source)
    if contracts.spells is not None and contracts.cutoff is not None:
        grace = contracts.account.get("bills", {}).get("grace_days", 0)
        said += notes_on_gaps(contracts.spells, contracts.cutoff.date, grace_days=grace)
        said += notes_on_windows(contracts.spells, contracts.cutoff)
        said += [about_lists] if about_lists else []
        leaves = rules.columns.leaves_at
        ends = leaves or rules.columns.ends
        said += notes_on_ends_ahead(contracts.spells, contracts.cutoff, ends, stated=leaves is not None)
    said += notes_on_prices(contracts)
    delivered = contracts_delivered(contracts, config.subscriptions.columns.billed_at)
    notes = [*notes_of(delivered, ()), *said, *(account.sentence() for account in found.accounts), *matched]
    rejects = pd.concat([found.rejects, merged.rejects], ignore_index=True) if merged else found.rejects
    return PreparedContracts(config, source, connection, contracts, notes, rejects, delivered=delivered)


def _all_there(config: Config, contracts: Contracts, beside: Mapping[str, Frame]) -> None:
    """Refuse a column to show that the contracts do not have where there is no table of customers to look in."""
    absent = [name for name in config.lists.show if name not in contracts.shown.names]
    if absent and config.tables.customers is None and "customers" not in beside:
        names = list(contracts.cells.frame.columns)
        raise ConfigError(
            f'{SHOWN_KEY}: {contracts.cells.label} has no column "{absent[0]}", and there is no table of customers '
            f"(tables.customers.path).{nearest(absent[0], names)}"
        )


def _learn(prepared: PreparedContracts, champion: Defender[ContractScorer], say: Say) -> Learnt:
    config, contracts = prepared.config, prepared.contracts
    say("training")
    fitted = recipe.fit_churn(contracts, contracts.cutoff, seed=config.seed)
    money = {name: getattr(config.clv, name) for name in ("horizon_days", "yearly_discount", "margin")}
    scorer = recipe.scorer_of(contracts, fitted, clv_horizon_days=money.pop("horizon_days"), **money)
    judged = held_out(contracts, seed=config.seed, say=say)
    plan = asdict(fitted.columns)
    parameters = {
        "rows": len(fitted.table.churned),
        "features": len(fitted.columns.used),
        **{f"churn.{k}": v for k, v in vars(scorer.churn.recipe).items() if k != "log_loss"},
        **{f"retention.{name}": curve.name for name, curve in scorer.retention.all_curves.items()},
        "clv.horizon_days": config.clv.horizon_days,
    }
    known = {"held_out": judged.document, "columns": plan}
    return Learnt(scorer, judged.document, gate(judged, champion), parameters, {"columns.json": plan}, known)


def _differs(config: Config, scorer: ContractScorer) -> str:
    """Return how the question that a model answers differs from the configuration's; nothing where it does not."""
    dated = config.subscriptions.spells
    if scorer.money and not config.subscriptions.priced:
        return "the champion was trained with prices, and subscriptions.columns.price is not set"
    if dated != (scorer.trained_as_of is not None):
        return "the champion was trained on a table of the other kind"
    window, key = _window(config)
    asked: dict[str, tuple[object, object]] = {
        "clv.horizon_days": (config.clv.horizon_days, scorer.clv_horizon_days),
        "clv.yearly_discount": (config.clv.yearly_discount, scorer.yearly_discount),
        "clv.margin": (config.clv.margin, scorer.margin),
        "subscriptions.period_days": (config.subscriptions.period_days or MONTH_DAYS, scorer.period_days),
        key: (window, scorer.window_days),
    }
    return difference(asked | ({"churn.gap_days": (config.churn.gap_days, scorer.gap_days)} if dated else {}))


def _score(
    prepared: PreparedContracts, bundle: Bundle[ContractScorer], predict: Predict, folder: Path, say: Say
) -> Told:
    config, contracts, scorer = prepared.config, prepared.contracts, bundle.scorer
    rows = recipe.today(contracts)
    _readable(contracts, scorer, rows)
    recipe.refuse_unreadable(contracts, scorer, rows)
    drifts = contract_drift(contracts, scorer, rows)
    scores = predict(rows)
    if ENDS_IN in rows and scorer.notice is not None:
        scores.insert(len(scores.columns) - 1, ENDS_IN, rows[ENDS_IN].to_numpy())
    say("making lists")
    most, share = config.lists.most, config.lists.high_value_share
    objectors = Objectors(prepared.connection)
    off = objectors.among(scores["customer_id"])
    lists = contract_lists(scorer, scores, rows, off, most=most, share=share, cutoff=contracts.cutoff)
    summary, plans, months = contract_lifetimes(contracts)
    least = config.privacy.minimum_cell
    retention, few = pd.DataFrame(), list[str]()
    if summary is not None and not summary.empty:
        retention, few = _large_groups(scorer.retention.table(summary, plans, months), least)
    further = {"retention": retention, "rejects": prepared.rejects}
    metrics = {
        **bundle.metrics,
        "recipe": vars(scorer.churn.recipe),
        "retention": [c.figures(name) for name, c in scorer.retention.all_curves.items() if c.customers >= least],
        "drift": [d.as_dict() for d in drifts],
    }
    notes = [*prepared.notes, *_notes(prepared, scorer, ColumnPlan(**bundle.metrics["columns"]))]
    if ENDS_IN in scores and contracts.cutoff is not None:
        p_churn = scores[tables.p_churn(scorer.window_days)].to_numpy()
        notes += too_late(p_churn, scores[ENDS_IN].to_numpy(), contracts.cutoff)
    notes += [*drift_notes(scorer.profile, drifts), *few, *objectors.notes()]
    write_parquet(folder / "scores.parquet", scores)
    write_parquet(folder / "features.parquet", rows)
    written = {name: table for name, table in further.items() if len(table)}
    timelines = contract_timelines(contracts, lists.values())
    return Told(len(scores), int(scores["eligible"].sum()), lists, written, metrics, notes, timelines)


def _large_groups(table: pd.DataFrame, least: int) -> tuple[pd.DataFrame, list[str]]:
    """Return the retention table without small groups; plans without a curve of their own are a group that is known."""
    if BILL_MONTHS in table:
        own = [table[table[BILL_MONTHS] == months] for months in table[BILL_MONTHS].unique()]
        found = [_large_groups(mine.drop(columns=BILL_MONTHS), least) for mine in own]
        parts = [part.assign(bill_months=mine[BILL_MONTHS].iloc[0]) for mine, (part, _) in zip(own, found, strict=True)]
        return pd.concat(parts)[[*table.columns]], list(dict.fromkeys(note for _, notes in found for note in notes))
    listed = table[table["plan"] != "all"].groupby("period")["at_risk"].sum()
    rest = table[table["plan"] == "all"].assign(plan="")
    rest["at_risk"] -= rest["period"].map(listed).fillna(0).astype(np.int64)
    shown, notes = without_small_groups("retention", pd.concat([table, rest], ignore_index=True), least)
    return shown[shown["plan"] != ""].reset_index(drop=True), notes


def _readable(contracts: Contracts, scorer: ContractScorer, rows: pd.DataFrame) -> None:
    for name, at in scorer.unreadable(rows).items():
        place = contracts.cells.place(int(at[0]), name) if contracts.spells is None else f'column "{name}"'
        raise DataError(
            f"{place}: a number is needed ({counted(len(at), 'such row')}). The model learnt it as numbers."
        )


def _notes(prepared: PreparedContracts, scorer: ContractScorer, plan: ColumnPlan) -> list[str]:
    """Return what a reader of the scores must know."""
    notes, stated = [], prepared.contracts.rules.columns.leaves_at
    for names, said in (
        (plan.constant, to_tell("Not used, the same in every row: {names}.")),
        (plan.identifiers, to_tell("Not used, another value in nearly every row: {names}.")),
        (plan.people, to_tell("Not used, for it says who somebody is, and nothing of why people leave: {names}.")),
        ([f"{name} ({n:,})" for name, n in plan.running.items()], SAID_BY_ANOTHER if stated else ONLY_RUNNING),
        (plan.totals, TOTALS),
        (plan.later, LATER),
    ):
        notes += [told(said, names=", ".join(names))] if names else []
    as_of = scorer.trained_as_of
    if as_of is None:
        notes += notes_on_snapshots(
            labelled=bool((prepared.contracts.churned >= 0).any()),
            window_stated=scorer.window_days is not None,
            curves=bool(scorer.retention.all_curves),
            valued=scorer.money,
        )
    if not scorer.retention.all_curves:
        notes.append(told(NO_CURVE, reason=scorer.retention.why))
    if not scorer.money:
        notes.append(NO_VALUES[scorer.terms.price is None, scorer.terms.tenure is None])
    if as_of is not None and as_of.isoformat() > prepared.moment:
        notes.append(told("The model was trained on contracts up to {day}, after this as-of date.", day=as_of))
    return notes


def _window(config: Config) -> tuple[int | None, str]:
    """Return the days of the outcome window, and the key that says so."""
    if config.subscriptions.spells:
        return config.churn.horizon_days, "churn.horizon_days"
    return config.subscriptions.label_window_days, "subscriptions.label_window_days"


def _by_plan(features: pd.DataFrame) -> dict[str, Any]:
    """Return the customers of each plan; of spells it has this name."""
    if "plan" not in features:
        return {}
    plans = features["plan"].astype("str")
    return {f"plan {plan}": (plans == plan).to_numpy() for plan in sorted(plans.dropna().unique())[:_MOST_PLANS]}


def _question(config: Config) -> Question:
    days, key = _window(config)
    stays, lost = columns.value_if_stays(config.clv.horizon_days), columns.value_at_risk(config.clv.horizon_days)
    return Question(days, key, tables.p_churn(days), stays, lost)


def _columns(config: Config, name: str) -> tuple[columns.Column, ...]:
    days, clv_days = _window(config)[0], config.clv.horizon_days
    return tables.listed(name, days, clv_days)


CONTRACTS = Setting(
    table="subscriptions",
    lists=columns.CONTRACT_LISTS,
    cannot=PreparedContracts.cannot,
    question=_question,
    columns=_columns,
    prepare=prepare_contracts,
    check=lambda prepared: recipe.contracts_readiness(prepared.contracts),
    told=text.readiness,
    learn=_learn,
    differs=_differs,
    score=_score,
    happened=contracts_since,
    brought_in=lambda prepared, as_of, days: None,  # noqa: ARG005  # what contracts paid since is not known
    arrived=contracts_arrived,
    segments=_by_plan,
)
