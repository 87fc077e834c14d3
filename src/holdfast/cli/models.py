"""Commands about models: which contender is best, which parameters, and which model is the champion."""

from pathlib import Path
from typing import Annotated

import typer

from holdfast.cli.options import (
    DEFAULT_CONFIG,
    AsOfOption,
    ConfigOption,
    JsonOption,
    SetOption,
    configured,
    prepared,
    print_json,
    say,
)


def race(
    config: ConfigOption = DEFAULT_CONFIG,
    as_of: AsOfOption = None,
    change: SetOption = None,
    families: Annotated[
        bool, typer.Option("--families", help="Also say what each family of features adds.", show_default=False)
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Race every churn and value model over past windows, and at the as-of date where its outcome is known."""
    from holdfast.pipeline import ablate
    from holdfast.pipeline import race as race_models
    from holdfast.report import race as race_text

    shop = prepared(config, as_of, change, command="race")
    contest = race_models(shop, say=say).as_dict()
    gains = [g.as_dict() for g in ablate(shop, say=say)] if families else []
    if as_json:
        print_json({**contest, "families": gains} if families else contest)
    else:
        typer.echo(race_text.race(contest))
        if gains:
            typer.echo("\n" + race_text.families(gains))


def tune(
    config: ConfigOption = DEFAULT_CONFIG,
    as_of: AsOfOption = None,
    change: SetOption = None,
    trials: Annotated[int, typer.Option(help="Stop at this many trials, earlier sessions included.", min=1)] = 30,
    minutes: Annotated[float | None, typer.Option(help="Stop after this many minutes.", min=0)] = None,
    as_json: JsonOption = False,
) -> None:
    """Search LightGBM's parameters on past windows; the next call goes on where this one stopped."""
    from holdfast.pipeline import tune as tune_trees
    from holdfast.report import race as race_text

    found = tune_trees(
        prepared(config, as_of, change, command="tune"), trials=trials, minutes=minutes, say=say
    ).as_dict()
    if as_json:
        print_json(found)
    else:
        typer.echo(race_text.tuned(found))


def card(
    config: ConfigOption = DEFAULT_CONFIG,
    change: SetOption = None,
    last: Annotated[
        bool, typer.Option("--last", help="The model trained last, champion or not.", show_default=False)
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Print the champion's model card: what it predicts, from what, how well, and what it must not be used for."""
    from holdfast.track import CHALLENGER, CHAMPION, open_store

    settings = configured(config, None, change)
    store = open_store(settings.models, settings.tracking_uri)
    model, told = store.card(settings.name, CHALLENGER if last else CHAMPION)
    if as_json:
        print_json({"scenario": model.name, "number": model.number, "model_version": model.model_version, "card": told})
    else:
        typer.echo(told.rstrip("\n"))


def promote(config: ConfigOption = DEFAULT_CONFIG, change: SetOption = None) -> None:
    """Make the model trained last the champion, whatever the gate said."""
    from holdfast.track import open_store

    settings = configured(config, None, change)
    typer.echo(f"Champion: {open_store(settings.models, settings.tracking_uri).promote(settings.name).model_version}")


def rollback(config: ConfigOption = DEFAULT_CONFIG, change: SetOption = None) -> None:
    """Make the champion before the present one the champion again."""
    from holdfast.track import open_store

    settings = configured(config, None, change)
    typer.echo(f"Champion: {open_store(settings.models, settings.tracking_uri).rollback(settings.name).model_version}")


def export_model(
    folder: Annotated[
        Path, typer.Argument(help="Where to write it: a new folder, or one with a model.", metavar="DIR")
    ],
    config: ConfigOption = DEFAULT_CONFIG,
    change: SetOption = None,
) -> None:
    """Copy the champion into a folder that scores without MLflow, as `--model` of `score` and `serve`."""
    from holdfast.pipeline import export_model as export

    typer.echo(f"{export(configured(config, None, change), folder)} in {folder}")
