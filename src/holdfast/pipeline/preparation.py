"""Prepare: a configuration → a purchase log and the cutoff to work at."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import pandas as pd

from holdfast.churn import MEMBERS, Past, Snapshots
from holdfast.clv import LIFETIME_VALUE_MODEL
from holdfast.config import Config
from holdfast.data import PurchaseLog, Source, match_customers, read_purchases, read_tables
from holdfast.errors import ConfigError, DataError, NotEnoughDataError
from holdfast.features import Cutoff
from holdfast.forecast import Outlook
from holdfast.wording import counted

Say = Callable[[str], None]
# A log that ends so few days before the as-of date is a weekend or a slow week.
_QUIET_DAYS = 7


def quiet(_: str) -> None:
    """Say nothing: what library users get unless they ask for progress."""


@dataclass(frozen=True)
class Prepared:
    """A purchase log read as a configuration states, and the cutoff of today's question."""

    config: Config
    source: Source
    log: PurchaseLog
    cutoff: Cutoff
    snapshots: Snapshots
    outlooks: dict[Cutoff, Outlook] = field(default_factory=dict, compare=False, repr=False)
    """What forecasts may use as of a cutoff, made once (``pipeline.contest.outlook_at``)."""

    @property
    def outcome_known(self) -> bool:
        """Whether the log reaches to the end of the outcome window: then predictions can be judged."""
        return self.cutoff.observed_by(self.log.last_day + timedelta(days=1))

    @cached_property
    def past(self) -> Past:
        """What may be learnt as of the configured date; each model is fitted once."""
        left_out = self.config.race.leave_out
        members = tuple(m for m in MEMBERS if m not in left_out)
        stated = self.config.trees.stated()
        return Past(
            self.snapshots, self.cutoff, self.log.has_money, self.config.seed, parameters=stated, members=members
        )

    @property
    def folder(self) -> Path:
        """Where this scenario's files of this as-of date go."""
        return self.config.outputs / self.config.name / self.cutoff.date.isoformat()


def prepare(
    config: Config,
    *,
    base: Path | None = None,
    purchases: pd.DataFrame | None = None,
    tables: Mapping[str, pd.DataFrame] | None = None,
    say: Say = quiet,
) -> Prepared:
    """Read the purchases and the tables beside them, and cut time.

    Parameters
    ----------
    config
        The scenario.
    base
        Where relative paths start if nothing lies at the current folder; the configuration's folder.
    purchases
        A frame to use instead of ``purchases.path``.
    tables
        Frames to use instead of ``tables.<name>.path``, by name.
    say
        Receives progress sentences.

    Raises
    ------
    ConfigError
        The setting is another, or there is neither a path nor a frame.
    DataError
        The log or a table cannot be read as stated, or nobody bought before the as-of date.
    """
    if config.setting != "noncontractual":
        raise ConfigError("setting: contractual has no purchases to read; this needs setting: noncontractual.")
    source = config.source(base, purchases)
    say("reading purchases")
    log = _with_tables(
        read_purchases(source, currency=config.purchases.currency, engine=config.engine.engine()), config, base, tables
    )
    cutoff = Cutoff(_as_of(config, source, log), config.churn.horizon_days, config.churn.gap_days)
    return Prepared(config, source, log, cutoff, Snapshots(log.connection, log.first_day))


def teachable(prepared: Prepared) -> None:
    """Refuse a log that cannot teach any model, before any work is done.

    Raises
    ------
    NotEnoughDataError
        No outcome window was over, all show one outcome only, or hardly anybody has bought twice.
    """
    prepared.past.training_windows()
    if LIFETIME_VALUE_MODEL not in prepared.past.trio.models:
        everyone = prepared.snapshots.histories(prepared.cutoff.date)
        again, total = (int(everyone.loc[everyone["frequency"] >= n, "customers"].sum()) for n in (1, 0))
        raise NotEnoughDataError(
            f"As of {prepared.cutoff.date} {again:,} of {total:,} customers have bought on two days or more: "
            "too few to foresee purchases from. Use a longer log; if buyers come back under new ids, mend the ids."
        )


def difference(asked: Mapping[str, tuple[object, object]]) -> str:
    """Return how the champion's question differs from that of now, or nothing; ``asked`` is {key: (now, then)}.

    Examples
    --------
    >>> difference({"clv.margin": (1.0, 1.0), "churn.gap_days": (7, 0)})
    'churn.gap_days is 7, but the champion was trained with 0'
    """
    differing = ((key, now, then) for key, (now, then) in asked.items() if now != then)
    return next((f"{key} is {now}, but the champion was trained with {then}" for key, now, then in differing), "")


def _with_tables(
    log: PurchaseLog, config: Config, base: Path | None, frames: Mapping[str, pd.DataFrame] | None
) -> PurchaseLog:
    """Read the tables beside the purchases; their accounts become notes, their rejected lines join the log's."""
    found = read_tables(log.connection, config.table_sources(base, frames))
    matched = match_customers(log.connection, [account.name for account in found.accounts], config.suppress.reads)
    notes = [*log.report.notes, *(account.sentence() for account in found.accounts), *matched]
    rejects = pd.concat([log.rejects, found.rejects], ignore_index=True) if len(found.rejects) else log.rejects
    return replace(log, report=replace(log.report, notes=notes), rejects=rejects)


def _as_of(config: Config, source: Source, log: PurchaseLog) -> date:
    """Return the as-of date if it makes sense for this log.

    Raises
    ------
    DataError
        Nobody bought before it; the last lines lie far off and would decide it; or the log ends so long before it that
        silence would be taken for churn.
    """
    far, last = log.report.far_off, log.last_day
    if not isinstance(config.as_of, date):
        if far is not None:
            raise DataError(
                f"as_of: end_of_data would be the day after {far.until}, but all lines except "
                f"{counted(far.lines, 'line')} end on {far.after}. Set {source.rule('last_date')}: {far.after} to drop "
                "what is later, or state as_of."
            )
        return last + timedelta(days=1)
    if log.first_day >= config.as_of:
        raise DataError(f"as_of: nobody bought before {config.as_of}; the log runs from {log.first_day} to {last}.")
    ends = min(last, date.fromisoformat(far.after)) if far is not None else last
    silent, most = (config.as_of - ends).days - 1, config.churn.horizon_days
    if silent >= most:
        raise DataError(
            f"as_of: {config.as_of} lies {counted(silent, 'day')} after the last line ({ends}), at least "
            f"churn.horizon_days ({most}): everybody would look as if they had left. "
            f"Use as_of: {ends + timedelta(days=1)}, or a log that reaches further."
        )
    if silent > max(_QUIET_DAYS, most // 4):
        log.report.notes.append(
            f"as_of {config.as_of} lies {counted(silent, 'day')} after the last line ({ends}): if the log ends early, "
            "risks are too high."
        )
    return config.as_of


def fingerprint(source: Source) -> tuple[str, str]:
    """Return where the purchases lie and the sha256 of their files (of their values, for a frame)."""
    if isinstance(source.data, pd.DataFrame):
        values = pd.util.hash_pandas_object(source.data, index=False).to_numpy().tobytes()
        return "a pandas frame", hashlib.sha256(values).hexdigest()
    total, paths = hashlib.sha256(), source.paths()
    for path in paths:
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return ", ".join(str(p) for p in paths), total.hexdigest()
