"""The command about who responds: uplift, and the policies that are learnt from it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.cli.campaigns import ids_asked_for, read_customers, with_the_rest
from holdfast.cli.experiments import (
    AfterOption,
    ArmOption,
    ControlOption,
    CovariatesOption,
    CustomerOption,
    DataOption,
    MarginOption,
    ScenarioOption,
    SharesOption,
    StrataOption,
    TrustedOption,
)
from holdfast.cli.file_options import NOTHING, Reading, reads_a_file
from holdfast.cli.options import JsonOption, say, show

if TYPE_CHECKING:
    from holdfast.config.experiment import Experiment

SeedOption = Annotated[int | None, typer.Option("--seed", help="Seed of folds, trees and random arms.")]


@reads_a_file()
def uplift(
    data: DataOption = None,
    arm: ArmOption = None,
    control: ControlOption = None,
    treatment: Annotated[
        str | None, typer.Option("--treatment", help="The arm to look at, where there are several.", metavar="VALUE")
    ] = None,
    outcome: Annotated[
        str | None,
        typer.Option(
            "--outcome",
            help='Column of numbers, or "column=value": 1 where it has that value; more is better.',
            metavar="COLUMN",
        ),
    ] = None,
    covariates: CovariatesOption = None,
    trusted: TrustedOption = None,
    after: AfterOption = None,
    strata: StrataOption = None,
    shares: SharesOption = None,
    cost: Annotated[
        float | None,
        typer.Option(
            "--cost-per-treated",
            help="Cost of treating one customer, in units of the outcome; with --margin, in currency.",
        ),
    ] = None,
    margin: MarginOption = None,
    config: ScenarioOption = None,
    register: Annotated[
        str | None,
        typer.Option("--register", help="Learn a policy for all arms and keep it by this name.", metavar="NAME"),
    ] = None,
    policy: Annotated[
        str | None, typer.Option("--policy", help="Instead of learning: apply this policy to --data.", metavar="NAME")
    ] = None,
    models: Annotated[
        Path | None, typer.Option("--models", help="Folder of the model store; models if not given.", metavar="FOLDER")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="With --policy: CSV, XLSX, Parquet or JSON file to write.", metavar="FILE"),
    ] = None,
    customer: CustomerOption = None,
    forced: Annotated[
        bool, typer.Option("--force-policy", help="Choose by customer although that was not shown to be better.")
    ] = False,
    reading: Reading = NOTHING,
    seed: SeedOption = None,
    as_json: JsonOption = False,
) -> None:
    """Learn from a randomised campaign who responds, with the Qini curve beside its random band."""
    from holdfast.config.experiment import USUAL_ID, columns_of, load_experiment, shares_of
    from holdfast.errors import ConfigError
    from holdfast.experiments.trial import margin_of, outcome_of
    from holdfast.experiments.uplift import measure_uplift
    from holdfast.report import experiments as text

    if policy is not None:
        _apply(policy, models or Path("models"), data, customer or USUAL_ID, out, reading, forced, as_json)
        return
    chosen = load_experiment(
        config,
        {
            "data": data,
            "arm": arm,
            "control": control,
            "outcomes": columns_of([outcome] if outcome else []),
            "uplift.outcome": outcome,
            "uplift.treatment": treatment,
            "covariates": columns_of(covariates),
            "trusted": columns_of(trusted),
            "after": columns_of(after),
            "strata": columns_of(strata),
            "customer": customer,
            "shares": shares_of(shares),
            "uplift.cost_per_treated": cost,
            "margin": margin,
            **reading,
            "seed": seed,
            "models": models,
        },
    )
    if register is not None:
        _register(chosen, register, as_json)
        return
    if chosen.strata:
        raise ConfigError(
            "strata: a ranking of all customers takes everybody's chances for the same. Learn a policy "
            "(--register NAME), which weighs them; or look at one stratum at a time."
        )
    wanted = chosen.uplift.outcome or chosen.outcomes[0]
    frame = with_the_rest(read_customers(chosen, [wanted], []), chosen)
    found = measure_uplift(
        frame,
        arm=chosen.arm,
        control=chosen.control,
        treatment=chosen.uplift.treatment,
        outcome=wanted,
        covariates=chosen.covariates,
        trusted=chosen.trusted,
        after=chosen.after,
        customer=chosen.id_in(frame),
        shares=chosen.shares,
        cost_per_treated=chosen.uplift.cost_per_treated,
        # One that was asked for on the command line is refused where the outcome is no money.
        margin=margin if margin is not None else margin_of(outcome_of(frame, wanted), chosen.margin),
        seed=chosen.seed,
    ).as_dict()
    show(found, text.uplift(found), as_json)


def _register(chosen: "Experiment", name: str, as_json: bool) -> None:
    """Learn a policy from a campaign, measure it out of fold, and keep it."""
    from holdfast.pipeline.policy import learn_from
    from holdfast.report import policies as text
    from holdfast.track.policies import register_policy

    wanted = chosen.policy.outcome or chosen.uplift.outcome or chosen.outcomes[0]
    columns = [*(chosen.policy.propensities or {}).values()]
    texts = list(dict.fromkeys([*([chosen.policy.present] if chosen.policy.present else []), *chosen.strata]))
    others = [o for o in chosen.outcomes if o != wanted]
    frame = read_customers(chosen, list(dict.fromkeys([wanted, *others, *columns])), texts)
    policy = learn_from(with_the_rest(frame, chosen), chosen, wanted)
    kept = register_policy(chosen.models, name, policy)
    found = {"policy": name, "version": kept.version, "folder": str(kept.folder), **policy.as_dict()}
    show(found, text.policy(found), as_json)


def _apply(
    name: str,
    models: Path,
    data: str | None,
    customer: str,
    out: Path | None,
    written: dict[str, Any],
    forced: bool,
    as_json: bool,
) -> None:
    """Write what a policy says of customers it has not seen."""
    from holdfast.cli.out import write_out
    from holdfast.data import Written, read_flat
    from holdfast.errors import ConfigError
    from holdfast.experiments.learnt.value import PERSONAL
    from holdfast.pipeline.policy import applied
    from holdfast.report.decisions import made_harmless
    from holdfast.track.policies import read_policy
    from holdfast.wording import counted

    if data is None or out is None:
        raise ConfigError("--policy applies a policy: name the customers (--data FILE) and what to write (--out FILE).")
    policy = read_policy(models, name).policy
    texts = [c.name for c in policy.design.covariates if c.levels]
    numbers = [c.name for c in policy.design.covariates if not c.levels]
    terms = Written(section="--", **written)
    with ids_asked_for(customer):
        frame = read_flat(data, ids=[customer], texts=texts, either=numbers, written=terms)
    table, found = applied(policy, name, frame, customer, forced=forced)
    changed = write_out(table, out)
    say(f"wrote {out}: {counted(len(table), 'customer')}")
    found |= {"policy": name, "file": str(out), "made_harmless": changed}
    lines = [f"{found['chosen'][arm]:,} to contact with {arm}" for arm in policy.arms]
    for column, number in found["unseen"].items():
        who = counted(number, "customer has", "customers have")
        lines.append(f'"{column}": {who} a value that the campaign did not have, and count as average')
    lines += [f"{found['nobody']:,} to leave alone", f"Verdict: {policy.verdict.said}"]
    if forced and policy.verdict.answer != PERSONAL:
        lines.append("  forced: chosen by customer all the same, which was not shown to be better")
    show(found, "\n".join([*lines, *made_harmless(changed, "--out FILE.xlsx")]), as_json)


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(uplift)
