"""Prepare: a configuration → a purchase log and the cutoff to work at."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar

import pandas as pd

from holdfast.churn import MEMBERS, Past, Snapshots
from holdfast.clv import LIFETIME_VALUE_MODEL
from holdfast.config import Config
from holdfast.data import PurchaseLog, ReadIdMap, Source, read_id_map, read_purchases, read_tables
from holdfast.data.day import read_today
from holdfast.data.engine import EPOCH
from holdfast.data.matching import match_customers
from holdfast.data.reading.database import said_url
from holdfast.data.reading.files import url_of
from holdfast.data.reading.frames import Frame, is_frame, values_hash
from holdfast.errors import DataError, NotEnoughDataError
from holdfast.features import Cutoff
from holdfast.features.shut import Shut
from holdfast.forecast import Outlook
from holdfast.language import to_tell, told
from holdfast.pipeline.billed import looks_like_bills
from holdfast.pipeline.contacts import contacted_by_lists
from holdfast.pipeline.delivery import notes_of, purchases_delivered
from holdfast.pipeline.privacy import erased_of
from holdfast.pipeline.setting import Prepared, refusal
from holdfast.pipeline.shut import closures, few_windows
from holdfast.progress import Say
from holdfast.report import text
from holdfast.spark.purchases import read_purchases_there
from holdfast.spark.session import address_of
from holdfast.wording import counted

P = ParamSpec("P")
R = TypeVar("R")
# A log that ends so few days before the as-of date is a weekend or a slow week.
_QUIET_DAYS = 7
# A folder may hold thousands of files; MLflow keeps one line about a run's data.
_NAMED = 10
AHEAD = to_tell(
    "The log holds purchases of days still to come, up to {last}: bookings, or dates that are misread? {rule}: {today} "
    "leaves them out."
)


@dataclass(frozen=True)
class PreparedPurchases(Prepared):
    """A purchase log read as a configuration states, and the cutoff of today's question.

    Examples
    --------
    >>> import holdfast
    >>> from holdfast.data import simulate_shop
    >>> config = holdfast.make_config({"name": "shop", "purchases": {}, "as_of": "2024-03-01"})
    >>> shop = holdfast.prepare(config, purchases=simulate_shop(200, seed=3).purchases)
    >>> shop.cutoff.horizon_days, shop.outcome_known, shop.log.has_money
    (90, True, False)
    """

    cannot: ClassVar[Mapping[str, str]] = {
        "list notice-given": "nobody gives notice of purchases; with setting: contractual there is list notice-given.",
    }

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

    def digest(self) -> bytes:
        """Return the sha256 of the clean purchases, in whatever order they came."""
        rows = self.connection.execute(
            "SELECT COUNT(*), SUM(CAST(hash(rows) AS HUGEINT)), BIT_XOR(hash(rows)) FROM purchases AS rows"
        ).fetchall()
        return hashlib.sha256(repr(rows).encode()).digest()

    @property
    def moment(self) -> str:
        """The as-of date."""
        return self.cutoff.date.isoformat()

    @property
    def account(self) -> dict[str, Any]:
        """What became of every line."""
        return self.log.report.as_dict()

    def said(self) -> str:
        """Return the account as text."""
        return f"{text.data_account(self.log.report)}\n{text.rejected_lines(self.log.rejects)}"

    def last_seen(self) -> list[tuple[str, date]]:
        """Return the last day of each customer in the log."""
        rows = self.connection.execute(
            "SELECT customer_id, MAX(day) FROM purchases GROUP BY customer_id ORDER BY customer_id"
        ).fetchall()
        return [(str(own), EPOCH + timedelta(days=int(day))) for own, day in rows]

    def known_until(self, as_of: date, today: date) -> date:  # noqa: ARG002  # a log says itself how far it reaches
        """Return the first day that neither the scores nor the log know."""
        return max(as_of, self.log.last_day + timedelta(days=1))


def for_purchases(
    command: str,
) -> Callable[[Callable[Concatenate[PreparedPurchases, P], R]], Callable[Concatenate[Prepared, P], R]]:
    """Let a function that asks about purchases take any scenario, and refuse another setting with its reason."""

    def guard(function: Callable[Concatenate[PreparedPurchases, P], R]) -> Callable[Concatenate[Prepared, P], R]:
        @wraps(function)
        def guarded(prepared: Prepared, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if not isinstance(prepared, PreparedPurchases):
                raise refusal(prepared.cannot, command)
            return function(prepared, *args, **kwargs)

        return guarded

    return guard


def prepare_purchases(
    config: Config,
    base: Path | None,
    purchases: Frame | None,
    tables: Mapping[str, Frame] | None,
    say: Say,
) -> PreparedPurchases:
    """Read the purchases and the tables beside them, and cut time; parameters and errors as of ``prepare``."""
    merged = merged_accounts(config, base, tables)
    source = replace(config.source(base, purchases), id_map=merged.map if merged else None, erased=erased_of(config))
    say("reading purchases")
    log = _with_tables(_read(config, source), config, base, tables, merged)
    cutoff = Cutoff(_as_of(config, source, log), config.churn.horizon_days, config.churn.gap_days)
    # Lines far off from all others are told of already.
    if log.last_day > (today := read_today(None)) and not log.report.far_off:
        log.report.notes.append(told(AHEAD, last=log.last_day, rule=source.rule("last_date"), today=today))
    shut = closures(config.churn.shut, log, cutoff.date)
    cutoff = replace(cutoff, shut=shut.past)
    log.report.notes[:] = shut.beside(log.report.notes)
    found = [*_ends_early(log, cutoff), *shut.notes, *few_windows(log, cutoff), *looks_like_bills(log, cutoff)]
    delivered = purchases_delivered(log, cutoff, config.churn.shut or ())
    contacted, said = contacted_by_lists(config, source.id_map, cutoff, log.report.customers)
    about_lists = [said] if said else []
    log.report.notes.extend([*notes_of(delivered, log.report.notes, shut.past.stretches), *found, *about_lists])
    snapshots = Snapshots(
        log.connection,
        log.first_day,
        everyone=log.elsewhere,
        shut=shut.past,
        ahead=shut.ahead,
        contacted=contacted,
    )
    return PreparedPurchases(config, source, log.connection, log, cutoff, snapshots, delivered=delivered)


def _read(config: Config, source: Source) -> PurchaseLog:
    """Read the purchases with the engine that the configuration names."""
    keys, currency = config.engine, config.purchases.currency
    if keys.kind == "duckdb":
        return read_purchases(source, currency=currency, engine=keys.engine())
    remote = address_of(keys.remote)
    return read_purchases_there(source, remote, folder=keys.folder, currency=currency, engine=keys.engine())


def teachable(prepared: PreparedPurchases) -> None:
    """Refuse a log that cannot teach any model, before any work is done.

    Raises
    ------
    NotEnoughDataError
        No outcome window was over, all show one outcome only, or hardly anybody has bought twice.
    """
    snapshots, day = prepared.snapshots, prepared.cutoff.date
    snapshots.both_outcomes(snapshots.plan(prepared.cutoff))
    if not snapshots.trio(day, names=(LIFETIME_VALUE_MODEL,)).models:
        everyone = snapshots.histories(day)
        again, total = (int(everyone.loc[everyone["frequency"] >= n, "customers"].sum()) for n in (1, 0))
        raise NotEnoughDataError(
            f"As of {day} {again:,} of {total:,} customers have bought on two days or more: "
            "too few to foresee purchases from. Use a longer log; if buyers come back under new ids, mend the ids."
        )


def merged_accounts(config: Config, base: Path | None, frames: Mapping[str, Frame] | None) -> ReadIdMap | None:
    """Read which accounts were merged; None where no table says so."""
    source = config.id_map_source(base, frames)
    return None if source is None else read_id_map(source, engine=config.engine.engine())


def _with_tables(
    log: PurchaseLog,
    config: Config,
    base: Path | None,
    frames: Mapping[str, Frame] | None,
    merged: ReadIdMap | None,
) -> PurchaseLog:
    """Read the tables beside the purchases; their accounts become notes, their rejected lines join the log's."""
    found = read_tables(
        log.connection,
        config.table_sources(base, frames),
        id_map=merged.map if merged else None,
        erased=erased_of(config),
    )
    matched = match_customers(log.connection, [account.name for account in found.accounts], config.suppress.reads)
    said = [merged.sentence()] if merged else []
    notes = [*said, *log.report.notes, *(account.sentence() for account in found.accounts), *matched]
    parts = [log.rejects, found.rejects, *([merged.rejects] if merged else [])]
    rejects = pd.concat([p for p in parts if len(p)], ignore_index=True) if any(map(len, parts[1:])) else log.rejects
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
    if Shut(config.churn.shut or ()).open_days(ends + timedelta(days=1), config.as_of) >= most:
        raise DataError(
            f"as_of: {config.as_of} lies {counted(silent, 'day')} after the last line ({ends}), at least "
            f"churn.horizon_days ({most}): everybody would look as if they had left. "
            f"Use as_of: {ends + timedelta(days=1)}, or a log that reaches further."
        )
    return config.as_of


def _ends_early(log: PurchaseLog, cutoff: Cutoff) -> list[str]:
    """Return what to know of a log that ends long before the as-of date, unless that time is none."""
    far, last = log.report.far_off, log.last_day
    ends = min(last, date.fromisoformat(far.after)) if far is not None else last
    silent = cutoff.since(ends) - 1
    if silent <= max(_QUIET_DAYS, cutoff.horizon_days // 4):
        return []
    return [
        told(
            "as_of {as_of} lies {days:n day} after the last line ({ends}): if the log ends early, risks are too high.",
            as_of=cutoff.date,
            days=silent,
            ends=ends,
        )
    ]


def fingerprint(prepared: Prepared) -> tuple[str, str]:
    """Return where the main table lies and the sha256 of its files (of its values, for a frame or a server's table)."""
    source = prepared.source
    if url := url_of(source.data, source.path_key):
        return f"{said_url(url)} {source.table or 'query'}", prepared.digest().hex()
    if is_frame(source.data):
        kind = "a pandas" if isinstance(source.data, pd.DataFrame) else "an Arrow"
        return f"{kind} frame", values_hash(source.data).hex()
    if not source.data:
        return f"{source.table or 'query'} of the engine", prepared.digest().hex()
    total, paths = hashlib.sha256(), source.paths()
    for path in paths:
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    named = ", ".join(str(p) for p in paths[:_NAMED])
    more = f" and {len(paths) - _NAMED:,} more" if len(paths) > _NAMED else ""
    return named + more, total.hexdigest()
