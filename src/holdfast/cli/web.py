"""The web page."""

import json
from pathlib import Path
from typing import Annotated

import typer

from holdfast.cli.options import DEFAULT_CONFIG, AsOfOption, ConfigOption, SetOption, configured, day, say, typed


def web(
    config: ConfigOption = DEFAULT_CONFIG,
    as_of: AsOfOption = None,
    change: SetOption = None,
    host: Annotated[
        str | None,
        typer.Option("--host", help="Address to listen on, instead of `web.host`; any but your own needs a login."),
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Port to listen on, instead of `web.port`.", min=0, max=65_535)
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", help="Certificate for HTTPS, a PEM file.", metavar="FILE")
    ] = None,
    key: Annotated[Path | None, typer.Option("--key", help="Its private key, a PEM file.", metavar="FILE")] = None,
    today: Annotated[
        str | None,
        typer.Option("--today", help="Date to judge by (YYYY-MM-DD), instead of the machine's.", metavar="DATE"),
    ] = None,
    new_password: Annotated[
        bool,
        typer.Option("--set-password", help="Ask for a password, keep its hash, and end.", show_default=False),
    ] = False,
) -> None:
    """Serve a page to work in: filter, sort and download lists, look up customers, make a list; Ctrl-C stops it."""
    from holdfast.web import serve, set_password
    from holdfast.web.site import Site

    dated = [] if as_of is None else [f"as_of={as_of}"]
    # In quotes: to YAML, "::" is no text.
    asked = [f"web.{name}={json.dumps(value)}" for name, value in (("host", host), ("port", port)) if value is not None]
    changes = [*(change or []), *dated, *asked]
    if new_password:
        settings = configured(config, None, changes)
        password = typed("Password (12 characters or more)", hide_input=True, confirmation_prompt=True)
        say(f"wrote {set_password(settings, password)}: from now on the page asks for it")
        return
    site = Site(config, changes, today=day(today, "--today"), say=say)
    serve(site, certificate=certificate, private_key=key)
