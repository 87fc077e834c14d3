"""The options that say how a customers' file is written: named once, given to every command that reads one."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

OPTIONS: dict[str, Any] = {
    "delimiter": Annotated[str | None, typer.Option("--delimiter", help="Mark between the cells of a CSV file.")],
    "quote": Annotated[
        str | None, typer.Option("--quote", help='Mark that quotes a cell; "" where quotes mean nothing.')
    ],
    "decimal": Annotated[str | None, typer.Option("--decimal", help='Decimal mark of a CSV file: "." or ",".')],
    "thousands": Annotated[str | None, typer.Option("--thousands", help="Thousands separator of a CSV file.")],
    "encoding": Annotated[
        str | None, typer.Option("--encoding", help='Encoding of a CSV file: "utf-8", "latin-1", "cp1252".')
    ],
    "header": Annotated[
        bool | None,
        typer.Option("--header/--no-header", help='Whether a line names the columns; if not, "1" is the first.'),
    ],
    "skip_lines": Annotated[int | None, typer.Option("--skip-lines", help="Lines above the header.")],
    "sheet": Annotated[
        str | None, typer.Option("--sheet", help="Sheet of an Excel workbook; if not given, the first.")
    ],
    "member": Annotated[
        str | None, typer.Option("--member", help='File inside a zip archive that holds several; "*" for all alike.')
    ],
    "table": Annotated[str | None, typer.Option("--table", help="Table of a database.")],
    "query": Annotated[str | None, typer.Option("--query", help="One SELECT of a database, in place of a table.")],
    "missing_values": Annotated[
        list[str] | None, typer.Option("--missing-values", help="Words that mean blank: a,b,…", metavar="WORDS")
    ],
}
Reading = dict[str, Any]
NOTHING: Reading = {}
NUMBERS = ("decimal", "thousands", "missing_values")
"""Of a file in which numbers are read."""


def reads_a_file(*, numbers: bool = True) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command these options where its parameter ``reading`` stands; it gets those that were named, as a dict.

    Parameters
    ----------
    numbers
        Whether it reads numbers too; if not, the options of ``NUMBERS`` are left out.
    """
    names = [name for name in OPTIONS if numbers or name not in NUMBERS]
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=OPTIONS[name])
        for name in names
    ]

    def with_options(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(**given: Any) -> None:
            from holdfast.config.experiment import columns_of

            reading = {name: given.pop(name) for name in names}
            if numbers:
                reading["missing_values"] = columns_of(reading["missing_values"]) or None
            command(**given, reading={name: value for name, value in reading.items() if value is not None})

        parameters = []
        for name, parameter in inspect.signature(command, eval_str=True).parameters.items():
            own = parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            parameters += options if name == "reading" else [own]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return run

    return with_options
