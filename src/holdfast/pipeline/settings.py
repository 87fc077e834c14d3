"""The settings, and which of them a scenario has: the one place where purchases and contracts part."""

from collections.abc import Mapping
from pathlib import Path

from holdfast import columns
from holdfast.config import Config
from holdfast.data.reading.frames import Frame
from holdfast.errors import ConfigError
from holdfast.pipeline.contracts import CONTRACTS
from holdfast.pipeline.happened import margin_since, purchases_arrived, purchases_since
from holdfast.pipeline.judgement import by_purchases
from holdfast.pipeline.preparation import PreparedPurchases, prepare_purchases
from holdfast.pipeline.readiness import readiness
from holdfast.pipeline.scoring import another_question, score_purchases
from holdfast.pipeline.setting import Prepared, Question, Setting
from holdfast.pipeline.shown import refuse_taken
from holdfast.pipeline.training import learn
from holdfast.progress import Say, quiet
from holdfast.report import text


def _question(config: Config) -> Question:
    days = config.churn.horizon_days
    stays, lost = columns.value_if_stays(days), columns.value_at_risk(days)
    return Question(days, "churn.horizon_days", columns.p_churn(days), stays, lost)


def _columns(config: Config, name: str) -> tuple[columns.Column, ...]:
    """Return the columns of a list, with and without amounts."""
    days, clv_days = config.churn.horizon_days, config.clv.horizon_days
    return (*columns.listed(name, days, clv_days), *columns.listed(name, days, clv_days, money=False))


PURCHASES = Setting(
    table="purchases",
    lists=columns.LISTS,
    cannot=PreparedPurchases.cannot,
    question=_question,
    columns=_columns,
    prepare=prepare_purchases,
    check=readiness,
    told=text.readiness,
    learn=learn,
    differs=another_question,
    score=score_purchases,
    happened=purchases_since,
    brought_in=margin_since,
    arrived=purchases_arrived,
    segments=by_purchases,
)
SETTINGS = {"noncontractual": PURCHASES, "contractual": CONTRACTS}


def setting_of(config: Config) -> Setting:
    """Return the setting of a scenario.

    Examples
    --------
    >>> import holdfast
    >>> config = holdfast.make_config({"name": "shop", "purchases": {}, "as_of": "2024-03-01"})
    >>> list(setting_of(config).lists)
    ['at_risk', 'high_value', 'second_order', 'win_back', 'overdue']
    """
    return SETTINGS[config.setting]


def prepare(
    config: Config,
    *,
    base: Path | None = None,
    purchases: Frame | None = None,
    subscriptions: Frame | None = None,
    tables: Mapping[str, Frame] | None = None,
    say: Say = quiet,
) -> Prepared:
    r"""Read the main table of a scenario and the tables beside it, and cut time.

    Parameters
    ----------
    config
        The scenario.
    base
        Where relative paths start if nothing lies at the current folder; the configuration's folder.
    purchases, subscriptions
        A frame (pandas, Polars, Arrow) to use instead of ``purchases.path``, or of ``subscriptions.path`` with
        ``setting: contractual``.
    tables
        Frames to use instead of ``tables.<name>.path``, by name.
    say
        Receives progress sentences.

    Returns
    -------
    Prepared
        What every other step takes: ``PreparedPurchases`` or ``PreparedContracts``.

    Raises
    ------
    ConfigError
        There is neither a path nor a frame, or the frame is of the other setting.
    DataError
        A table cannot be read as stated: file, line and column, never the value; or nobody bought before the as-of
        date.

    Examples
    --------
    >>> import holdfast
    >>> from holdfast.data import simulate_shop
    >>> config = holdfast.make_config({"name": "shop", "purchases": {}, "as_of": "2024-03-01"})
    >>> shop = holdfast.prepare(config, purchases=simulate_shop(200, seed=3).purchases)
    >>> print("\n".join(shop.said().splitlines()[:4]))
    Purchases
      1,082 lines in
      1,082 kept
      200 customers, 1,071 purchase days, 2023-01-08 to 2024-06-23
    """
    setting, frames = setting_of(config), {"purchases": purchases, "subscriptions": subscriptions}
    frame = frames.pop(setting.table)
    if any(other is not None for other in frames.values()):
        raise ConfigError(f"setting: {config.setting} reads {setting.table}, not {', '.join(frames)}.")
    refuse_taken(config, setting)
    return setting.prepare(config, base, frame, tables, say)
