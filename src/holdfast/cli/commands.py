"""The commands. Heavy imports stand inside, so that ``holdfast --help`` answers at once."""

from typing import Annotated, Any

import typer

from holdfast.cli import experiments, guard, models, uplift
from holdfast.cli.features import features
from holdfast.cli.init import init
from holdfast.cli.lists import TodayOption, list_command, status
from holdfast.cli.options import (
    DEFAULT_CONFIG,
    AsOfOption,
    ConfigOption,
    JsonOption,
    ModelOption,
    SetOption,
    configured,
    day,
    prepared,
    print_json,
    say,
)
from holdfast.cli.serve import serve
from holdfast.cli.simulate import simulate
from holdfast.cli.value import app as value_commands
from holdfast.cli.web import web
from holdfast.columns import ALL_LISTS

_EXIT_CODES = (
    "Exit codes: 0 done, 1 refused, 2 a key, value or option is wrong, 3 the purchases cannot be read as stated, "
    "4 too little to learn from, 5 no model or output yet, 6 a model file is damaged, "
    "7 a file or folder cannot be read or written, 8 what happened is not what was promised (monitor), "
    "70 a bug, 130 interrupted. Results go to stdout, progress and errors to stderr."
)

app = typer.Typer(
    help="Who is about to leave, what each customer is worth, and whom to contact this week.",
    epilog=_EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
lists = typer.Typer(
    help="Decide whom of a list of the last scores to contact, with what, and record it.", no_args_is_help=True
)
app.add_typer(lists, name="list")
experiments.add_to(app)
uplift.add_to(app)
app.add_typer(value_commands)  # segments, value, report


def _version(wanted: bool) -> None:
    if wanted:
        from holdfast import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _start(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    pass


app.command()(init)


@app.command()
def check(
    config: ConfigOption = DEFAULT_CONFIG,
    as_of: AsOfOption = None,
    change: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read the tables, account for every line, and say whether a model can be learnt from them."""
    from holdfast.errors import NotEnoughDataError
    from holdfast.pipeline import check as check_tables
    from holdfast.pipeline import setting_of

    read = prepared(config, as_of, change)
    readiness = check_tables(read)
    found = readiness.as_dict()
    if as_json:
        print_json({"data_report": read.account, "readiness": found})
    else:
        typer.echo(read.said())
        typer.echo(setting_of(read.config).told(found))
    if readiness.problem:
        raise NotEnoughDataError(readiness.problem)


@app.command()
def train(
    config: ConfigOption = DEFAULT_CONFIG,
    as_of: AsOfOption = None,
    change: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fit the models, test the same recipe on what it had not seen, and register the result in MLflow."""
    from holdfast.pipeline import train as train_models
    from holdfast.report import race as race_text
    from holdfast.report import text

    trained = train_models(prepared(config, as_of, change), say=say)
    if as_json:
        print_json(trained.as_dict())
    else:
        if trained.contest is not None:
            typer.echo(race_text.race(trained.contest.as_dict()))
        typer.echo(text.verdict("Held out", trained.held_out))
        typer.echo(_gate(trained))


for _command in (
    models.race,
    models.tune,
    models.card,
    models.promote,
    models.rollback,
    models.export_model,
    status,
    web,
    serve,
    guard.monitor,
    guard.forget,
    guard.subject_access,
    simulate,
    features,
):
    app.command()(_command)


@app.command()
def score(
    config: ConfigOption = DEFAULT_CONFIG,
    as_of: AsOfOption = None,
    change: SetOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Score every customer with the champion and write scores, lists and reports."""
    from holdfast.pipeline import score as score_customers

    read = prepared(config, as_of, change)
    _show_scored(score_customers(read, model=model, say=say), as_json, read.config)


@app.command()
def run(
    config: ConfigOption = DEFAULT_CONFIG,
    as_of: AsOfOption = None,
    change: SetOption = None,
    due: Annotated[
        bool,
        typer.Option(
            "--due", help="Only what is due by `cadence` (`holdfast status`): for schedules.", show_default=False
        ),
    ] = False,
    today: TodayOption = None,
    as_json: JsonOption = False,
) -> None:
    """Do all of it: read, train, test, score, and write the lists; with --due, only what is due."""
    from holdfast.errors import HoldfastError
    from holdfast.pipeline import Due, due_of
    from holdfast.pipeline import score as score_customers
    from holdfast.pipeline.outputs import refuse_no_room
    from holdfast.report import text

    todo = Due(training=True, scores=True, done={}, said=[])
    if due:
        todo = due_of(configured(config, as_of, change), today=day(today, "--today"))
    read = prepared(config, as_of, change) if todo else None
    if due and read is not None:
        todo = todo.as_of(read.moment)
    if read is None or not todo:
        _show_nothing_due(todo.said, as_json)
        return
    if not as_json:
        typer.echo(read.said())
    refuse_no_room(read.config)
    if todo.training and (refusal := _train_within(read, as_json)):
        raise HoldfastError(refusal)
    _show_scored(score_customers(read, say=say), as_json, read.config)
    if not as_json:
        typer.echo(text.experiment_page(read.config.models, read.config.tracking_uri))


def _train_within(read: Any, as_json: bool) -> str:
    """Train as a part of `holdfast run`; return why nothing can be scored, if so."""
    from holdfast.pipeline import train as train_models
    from holdfast.report import race as race_text

    trained = train_models(read, say=say)
    if not as_json:
        if trained.contest is not None:
            typer.echo(race_text.race(trained.contest.as_dict(), newest_only=True))
        typer.echo(_gate(trained) + "\n")
    return trained.refusal


def _show_nothing_due(said: list[str], as_json: bool) -> None:
    if as_json:
        print_json({"due": False, "said": said})
    else:
        typer.echo("\n".join(["Nothing is due.", *(f"  {sentence}" for sentence in said)]))


for _name, _who in ALL_LISTS.items():
    lists.command(_name.replace("_", "-"), help=f"{_who[0].upper()}{_who[1:]}: whom to contact, with what.")(
        list_command(_name)
    )


def _gate(trained: Any) -> str:
    from holdfast.report.race import gate

    since = trained.champion_since
    stays = f"the champion{f' trained as of {since}' if since else ''} scores" if trained.champion else ""
    unseen = "customers left out" if "folds" in trained.held_out else "the newest outcome window"
    return gate(trained.verdict.as_dict(), trained.model.model_version, on=unseen, stays=stays)


def _show_scored(scored: Any, as_json: bool, config: Any) -> None:
    from holdfast.language import speaking
    from holdfast.pipeline import setting_of
    from holdfast.report import text

    if as_json:
        print_json(scored.as_dict())
    else:
        who, shared = setting_of(config).lists, scored.metrics.get("in_common", {})
        with speaking(config.language):
            typer.echo(text.lists(scored.at_risk, scored.high_value, who=who, in_common=shared) + "\n")
        typer.echo(text.scored(scored.metrics, scored.notes, scored.folder))
