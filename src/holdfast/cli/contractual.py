"""The same commands for ``setting: contractual``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from holdfast.cli.options import configured, print_json, say

if TYPE_CHECKING:
    from holdfast.config import Config
    from holdfast.pipeline.contract_table import PreparedContracts
    from holdfast.pipeline.contractual import ScoredContracts, TrainedContracts


def contracts(config: Path, as_of: str | None, changes: list[str] | None) -> "PreparedContracts | None":
    """Read the table of contracts if the scenario has them; ``None`` for a shop without."""
    scenario: Config = configured(config, as_of, changes)
    if scenario.setting != "contractual":
        return None
    from holdfast.pipeline.contract_table import prepare_contracts

    return prepare_contracts(scenario, base=config.parent, say=say)


def check(prepared: "PreparedContracts") -> tuple[dict[str, Any], str, str]:
    """Return (document, text, problem)."""
    from holdfast.pipeline.contractual import check_contracts
    from holdfast.report import contractual as text

    readiness = check_contracts(prepared)
    document = {"data_report": prepared.account, "readiness": readiness.as_dict()}
    return document, f"{text.account(prepared.account)}\n{text.readiness(readiness.as_dict())}", readiness.problem


def train(prepared: "PreparedContracts") -> tuple[dict[str, Any], str]:
    """Return (document, text)."""
    from holdfast.pipeline.contractual import train_contracts
    from holdfast.report import contractual as text

    trained = train_contracts(prepared, say=say)
    verdict = trained.verdict.as_dict()
    document = {"model_version": trained.model.model_version, "held_out": trained.held_out, "gate": verdict}
    return document, f"{text.verdict(trained.held_out)}\n{_gate(trained)}"


def score(prepared: "PreparedContracts") -> tuple[dict[str, Any], str]:
    """Return (document, text)."""
    from holdfast.pipeline.contractual import score_contracts

    return shown(score_contracts(prepared, say=say))


def run(prepared: "PreparedContracts") -> tuple[dict[str, Any], str]:
    """Train and score; return (document, text)."""
    from holdfast.errors import HoldfastError
    from holdfast.pipeline.contractual import score_contracts, train_contracts
    from holdfast.report import contractual as text
    from holdfast.report.text import experiment_page

    trained = train_contracts(prepared, say=say)
    if trained.refusal:
        raise HoldfastError(trained.refusal)
    document, said = shown(score_contracts(prepared, say=say))
    parts = [text.account(prepared.account), "", _gate(trained), "", said, experiment_page(prepared.config.models)]
    return document, "\n".join(parts)


def _gate(trained: "TrainedContracts") -> str:
    from holdfast.report.race import gate

    unseen = "customers left out" if trained.held_out.get("kind") == "left out" else "the newest outcome window"
    stays = "the champion scores" if trained.champion else ""
    return gate(trained.verdict.as_dict(), trained.model.model_version, on=unseen, stays=stays)


def shown(scored: "ScoredContracts") -> tuple[dict[str, Any], str]:
    """Return (document, text)."""
    from holdfast.report import contractual as text

    return scored.as_dict(), text.scored(scored.at_risk, scored.high_value, scored.metrics, scored.notes, scored.folder)


def tell(document: dict[str, Any], said: str, *, as_json: bool) -> None:
    """Print one of both."""
    if as_json:
        print_json(document)
    else:
        typer.echo(said)
