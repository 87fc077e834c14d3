"""Commands about experiments: how large, who falls in which arm, what it changed."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.cli.campaigns import ids_asked_for, read_customers, read_past, with_the_rest
from holdfast.cli.file_options import NOTHING, Reading, reads_a_file
from holdfast.cli.options import DEFAULT_CONFIG, AsOfOption, ConfigOption, JsonOption, SetOption, prepared, say, show

if TYPE_CHECKING:
    from holdfast.config import Config

experiment = typer.Typer(
    help="Experiments: how large, who falls in which arm, and what it changed.", no_args_is_help=True
)

DataOption = Annotated[
    str | None, typer.Option("--data", help="Text, Parquet or Excel file, a row per customer.", metavar="FILE")
]
ArmOption = Annotated[str | None, typer.Option("--arm", help="Column of the arms.", metavar="COLUMN")]
ControlOption = Annotated[str | None, typer.Option("--control", help="The arm that got nothing.", metavar="VALUE")]
MarginOption = Annotated[float | None, typer.Option("--margin", help="Share of an outcome of money that is margin.")]
CovariatesOption = Annotated[
    list[str] | None, typer.Option("--covariates", help="Columns known before the assignment: a,b,…", metavar="COLUMNS")
]
TrustedOption = Annotated[
    list[str] | None,
    typer.Option(
        "--trusted", help="Covariates that were known before, although they predict the outcome.", metavar="COLUMNS"
    ),
]
StrataOption = Annotated[
    list[str] | None,
    typer.Option("--strata", help="Columns by which the shares of the arms were set: a,b,…", metavar="COLUMNS"),
]
ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        help="Column whose rows belong together: a store assigned as a whole, a customer in several rows.",
        metavar="COLUMN",
    ),
]
CustomerOption = Annotated[
    str | None,
    typer.Option(
        "--customer",
        help="Column of ids, in which nobody may stand twice; customer_id if there is one.",
        metavar="COLUMN",
    ),
]
SharesOption = Annotated[
    str | None, typer.Option("--shares", help='Planned shares, such as "control=10,offer=90".', metavar="ARM=SHARE,…")
]
ScenarioOption = Annotated[
    Path | None, typer.Option("--config", "-c", help="A YAML file with these options as keys.", metavar="FILE")
]
ReportOption = Annotated[
    Path | None,
    typer.Option("--report", help="Scenario (YAML) whose report is to show the effects.", metavar="FILE"),
]
NameOption = Annotated[
    str | None,
    typer.Option("--name", help="With --report: what the experiment is called there; if not given, as the file."),
]
AfterOption = Annotated[
    list[str] | None,
    typer.Option("--after", help="Columns written after the assignment, so no covariates.", metavar="COLUMNS"),
]


@experiment.command()
@reads_a_file()
def size(
    baseline: Annotated[float | None, typer.Option(help="For a rate: the share expected in the control group.")] = None,
    sd: Annotated[float | None, typer.Option(help="For a mean: standard deviation of the outcome.")] = None,
    effect: Annotated[float | None, typer.Option(help="Smallest difference to detect, in the outcome's unit.")] = None,
    customers: Annotated[
        int | None, typer.Option(help="Instead of --effect: number of customers, to learn which effect they can show.")
    ] = None,
    alpha: Annotated[float, typer.Option(help="Two-sided level.")] = 0.05,
    power: Annotated[float, typer.Option(help="Probability of detecting the effect.")] = 0.8,
    control_share: Annotated[float, typer.Option(help="Share of the customers in the control group.")] = 0.5,
    arms: Annotated[int, typer.Option(help="Treated arms; they share the rest evenly.")] = 1,
    decrease: Annotated[
        bool, typer.Option("--decrease", help="With --customers or --clusters: look for a decrease.")
    ] = False,
    clusters: Annotated[
        int | None,
        typer.Option(
            help="Stores or classes to be assigned as a whole: which effect they show; with --effect, how many "
            "customers of each it takes."
        ),
    ] = None,
    cluster_size: Annotated[
        float | None, typer.Option(help="Customers of a store or class that take part, on average.")
    ] = None,
    cluster_cv: Annotated[
        float | None, typer.Option(help="Standard deviation of these sizes, divided by their mean; 0 for one size.")
    ] = None,
    icc: Annotated[
        float | None, typer.Option(help="Share of the outcome's variance that lies between stores or classes.")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option("--data", help="File of the past, to take these from: a row per customer.", metavar="FILE"),
    ] = None,
    cluster: Annotated[
        str | None, typer.Option("--cluster", help="With --data: column of the stores or classes.", metavar="COLUMN")
    ] = None,
    outcome: Annotated[
        str | None,
        typer.Option("--outcome", help='With --data: column of the outcome, or "column=value".', metavar="COLUMN"),
    ] = None,
    reading: Reading = NOTHING,
    as_json: JsonOption = False,
) -> None:
    """Say how many customers, or stores assigned as a whole, an effect needs, or which effect a number can show."""
    from holdfast.errors import ConfigError
    from holdfast.experiments.planned import past_of, plan_clusters
    from holdfast.experiments.power import detectable_effect, sample_size
    from holdfast.report import planned

    shape: dict[str, Any] = {"alpha": alpha, "power": power, "control_share": control_share, "arms": arms}
    of_past = {"--data": data, "--cluster": cluster, "--outcome": outcome}
    of_clusters: dict[str, Any] = {
        "clusters": clusters,
        "cluster_size": cluster_size,
        "cluster_cv": cluster_cv,
        "icc": icc,
    }
    if any(v is not None for v in (*of_past.values(), *of_clusters.values())):
        if customers is not None:
            raise ConfigError("--customers counts customers assigned one by one: of stores or classes give --clusters.")
        past = None
        if data is not None and cluster is not None and outcome is not None:
            past = past_of(read_past(data, cluster, outcome, reading), cluster, outcome)
        elif lacking := [name for name, value in of_past.items() if value is None][: 3 * any(of_past.values())]:
            raise ConfigError(f"{' and '.join(lacking)} missing: past data are read with {', '.join(of_past)}.")
        given: dict[str, Any] = {"effect": effect, "baseline": baseline, "sd": sd, "decrease": decrease}
        found = plan_clusters(**given, **of_clusters, past=past, **shape).as_dict()
        show(found, planned.clusters(found), as_json)
        return
    if (effect is None) == (customers is None):
        raise ConfigError("Give either --effect (how many customers?) or --customers (which effect?).")
    if effect is not None:
        plan = sample_size(effect=effect, baseline=baseline, sd=sd, **shape)
    else:
        plan = detectable_effect(customers or 0, baseline=baseline, sd=sd, decrease=decrease, **shape)
    show(plan.as_dict(), planned.plan(plan.as_dict()), as_json)


@experiment.command()
@reads_a_file(numbers=False)
def assign(
    data: Annotated[
        str, typer.Option("--data", help="Text, Parquet or Excel file, a row per customer.", metavar="FILE")
    ],
    name: Annotated[str, typer.Option("--name", help="Name of the experiment; it decides who falls in which arm.")],
    shares: Annotated[
        str, typer.Option("--shares", help='Share of each arm, such as "control=10,offer=90".', metavar="ARM=SHARE,…")
    ],
    out: Annotated[
        Path,
        typer.Option("--out", help="CSV, XLSX, Parquet or JSON file to write; its ending says which.", metavar="FILE"),
    ],
    customer: Annotated[str, typer.Option("--customer", help="Column of ids.", metavar="COLUMN")] = "customer_id",
    strata: Annotated[
        list[str] | None, typer.Option("--strata", help="Columns whose values are counted: a,b,…", metavar="COLUMNS")
    ] = None,
    reading: Reading = NOTHING,
    as_json: JsonOption = False,
) -> None:
    """Write each customer's arm: by a keyed hash of the id, so the same customer always falls in the same arm."""
    from holdfast.cli.out import write_out
    from holdfast.config.experiment import columns_of, shares_of
    from holdfast.data import read_flat
    from holdfast.data.flat import OPTIONS
    from holdfast.experiments.assignment import assign as assign_arms
    from holdfast.report import experiments as text
    from holdfast.report.decisions import made_harmless
    from holdfast.wording import counted

    wanted = columns_of(strata)
    with ids_asked_for(customer):
        frame = read_flat(data, ids=[customer], texts=wanted, written=replace(OPTIONS, **reading))
    done = assign_arms(frame, experiment=name, shares=shares_of(shares) or {}, customer=customer, strata=wanted)
    changed = write_out(done.table, out)
    say(f"wrote {out}: {counted(len(done.table), 'customer')}")
    found = done.as_dict() | {"file": str(out), "made_harmless": changed}
    show(found, "\n".join([text.assignment(done.as_dict()), *made_harmless(changed, "--out FILE.xlsx")]), as_json)


@experiment.command()
@reads_a_file()
def measure(
    data: DataOption = None,
    arm: ArmOption = None,
    control: ControlOption = None,
    outcome: Annotated[
        list[str] | None,
        typer.Option(
            "--outcome",
            help='Column of numbers, or "column=value": 1 where it has that value. May be repeated.',
            metavar="COLUMN",
        ),
    ] = None,
    covariates: CovariatesOption = None,
    trusted: TrustedOption = None,
    after: AfterOption = None,
    segment: Annotated[
        str | None, typer.Option("--segment", help="Show effects by its values.", metavar="COLUMN")
    ] = None,
    strata: StrataOption = None,
    cluster: ClusterOption = None,
    customer: CustomerOption = None,
    shares: SharesOption = None,
    margin: MarginOption = None,
    cost: Annotated[
        float | None,
        typer.Option("--cost-per-treated", help="Cost of treating one customer, in the outcome's currency."),
    ] = None,
    config: ScenarioOption = None,
    report: ReportOption = None,
    name: NameOption = None,
    reading: Reading = NOTHING,
    as_json: JsonOption = False,
) -> None:
    """Measure the effect of every arm against control, everyone counted in the arm assigned."""
    from holdfast.config import load_config
    from holdfast.config.experiment import columns_of, load_experiment, shares_of
    from holdfast.errors import ConfigError
    from holdfast.experiments.experiment import measure as measure_effects
    from holdfast.report import experiments as text

    chosen = load_experiment(
        config,
        {
            "data": data,
            "arm": arm,
            "control": control,
            "outcomes": columns_of(outcome),
            "covariates": columns_of(covariates),
            "trusted": columns_of(trusted),
            "after": columns_of(after),
            "segment": segment,
            "strata": columns_of(strata),
            "cluster": cluster,
            "customer": customer,
            "shares": shares_of(shares),
            "margin": margin,
            "cost_per_treated": cost,
            **reading,
        },
    )
    texts = [c for c in (chosen.segment, chosen.cluster, *chosen.strata) if c is not None]
    frame = read_customers(chosen, chosen.outcomes, texts)
    whole = with_the_rest(frame, chosen)
    found = measure_effects(
        whole,
        arm=chosen.arm,
        control=chosen.control,
        outcomes=chosen.outcomes,
        covariates=chosen.covariates,
        trusted=chosen.trusted,
        after=chosen.after,
        segment=chosen.segment,
        strata=chosen.strata,
        cluster=chosen.cluster,
        others=list(whole.columns[len(frame.columns) :]),
        customer=chosen.id_in(frame),
        shares=chosen.shares,
        margin=chosen.margin,
        cost_per_treated=chosen.cost_per_treated,
    ).as_dict()
    if report is not None:
        _keep(load_config(report), name or Path(str(chosen.data)).name.partition(".")[0], found)
    elif name is not None:
        raise ConfigError("--name is what --report calls the experiment: give --report FILE too.")
    show(found, text.measured(found), as_json)


@experiment.command("list")
def of_list(
    name: Annotated[str, typer.Argument(help="Folder below outputs/<name>/issued, such as at_risk-2024-03-01.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_of: AsOfOption = None,
    change: SetOption = None,
    days: Annotated[
        int | None, typer.Option(help="Length of the window; the churn horizon if not given.", min=1)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure what a list of `holdfast list` changed: those contacted against those held back at random."""
    from holdfast.pipeline import effect_of_list
    from holdfast.report import experiments as text

    read = prepared(config, as_of, change, command="experiment list")
    effect = effect_of_list(read, name, days=days)
    found = effect.as_dict()
    _keep(read.config, name, found)
    head = f"{name}, window {effect.window_start} to {effect.window_end}"
    show(found, "\n".join([head, text.measured(found), *text.acceptance(found["acceptance"])]), as_json)


@experiment.command("pool")
def of_lists(
    config: ConfigOption = DEFAULT_CONFIG,
    change: SetOption = None,
    covariates: Annotated[
        list[str] | None,
        typer.Option(
            "--covariates",
            help="Features of the day of each list, or columns of tables.customers, beside risk and value: a,b,…",
            metavar="COLUMNS",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write all lists whose window is over as one campaign: `holdfast uplift -c` then learns a policy from it."""
    from holdfast.config.experiment import columns_of
    from holdfast.pipeline.pooled import pool_lists
    from holdfast.report import experiments as text

    read = prepared(config, None, change, command="experiment pool")
    found = pool_lists(read, covariates=columns_of(covariates)).as_dict()
    show(found, text.pooled(found), as_json)


@experiment.command("holdout")
def of_programme(
    config: ConfigOption = DEFAULT_CONFIG,
    change: SetOption = None,
    weeks: Annotated[int | None, typer.Option(help="Read the last so many weeks; all if not given.", min=1)] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure what all lists together change: everybody against the programme holdout, readable every week."""
    from holdfast.pipeline import effect_of_programme
    from holdfast.report import experiments as text

    read = prepared(config, None, change, command="experiment holdout")
    found = effect_of_programme(read, weeks=weeks).as_dict()
    show(found, text.programme(found), as_json)


def _keep(settings: "Config", name: str, found: dict[str, Any]) -> None:
    """Let the report of a scenario show what was measured."""
    from holdfast.pipeline.reporting import keep_effect

    path = keep_effect(settings, name, found)
    say(f"shown in {path}" if path else "kept for the report: there are no scores yet")


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(experiment, name="experiment")
