"""The scoring service."""

import json
from pathlib import Path
from typing import Annotated

import typer

from holdfast.cli.options import DEFAULT_CONFIG, ConfigOption, ModelOption, SetOption, configured, say


def serve(
    config: ConfigOption = DEFAULT_CONFIG,
    change: SetOption = None,
    host: Annotated[
        str | None,
        typer.Option("--host", help="Address to listen on, instead of `serve.host`; any but your own needs a token."),
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Port to listen on, instead of `serve.port`.", min=0, max=65_535)
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", help="Certificate for HTTPS, a PEM file.", metavar="FILE")
    ] = None,
    key: Annotated[Path | None, typer.Option("--key", help="Its private key, a PEM file.", metavar="FILE")] = None,
    model: ModelOption = None,
    token: Annotated[
        bool,
        typer.Option("--new-token", help="Make a token, print it once, keep its hash, and end.", show_default=False),
    ] = False,
) -> None:
    """Score customers over HTTP, one or many: purchases or features in, scores and reasons out; Ctrl-C stops it."""
    from holdfast.serve.desk import Desk
    from holdfast.serve.server import limits_of
    from holdfast.serve.server import serve as serve_scores
    from holdfast.serve.token import new_token

    # In quotes: to YAML, "::" is no text.
    asked = [f"serve.{k}={json.dumps(value)}" for k, value in (("host", host), ("port", port)) if value is not None]
    settings = configured(config, None, [*(change or []), *asked])
    if token:
        made, path = new_token(settings)
        typer.echo(made)
        say(f"wrote its hash to {path}: from now on the service asks for the token")
        return
    limits_of(settings)  # before the model is loaded
    serve_scores(Desk(settings, config.parent, model=model, say=say), certificate=certificate, private_key=key)
