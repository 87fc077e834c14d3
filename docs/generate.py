"""Write the reference pages from the code they describe: `python -m docs.generate`; with `--check` only compare."""

import inspect
import re
import sys
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

from docs.public import MODULES, documented, names
from pydantic import BaseModel
from typer.main import get_command

from holdfast import columns
from holdfast.cli.commands import app
from holdfast.config import Config
from holdfast.contractual import ContractColumns
from holdfast.contractual import tables as contracts
from holdfast.data import Cancellation, Columns, Exclusion, Rules
from holdfast.features import FAMILIES

FOLDER = Path(__file__).parent / "reference"
_MADE = "<!-- Made from the code by `make format`; changes here are lost. -->\n"
_RULES = {
    "missing_customer": "lines without a customer: `reject` or `drop`",
    "duplicates": "lines that equal an earlier one in every column of the file: `keep` or `drop`",
    "cancellations": "lines that take a purchase back",
    "cancellations.column": "`order_id` or `product_id`",
    "cancellations.prefix": "such lines start with this in that column",
    "cancellations.treat_as": "`return` (negative: comes off what it takes back) or `drop`",
    "exclude": "fees, postage, samples: what is no purchase",
    "exclude.column": "`product_id`, `order_id` or `customer_id`",
    "exclude.values": "lines with one of these are dropped; capitals and blanks aside",
    "first_date": "lines before this day (YYYY-MM-DD) are dropped",
    "last_date": "lines after this day (YYYY-MM-DD) are dropped",
    "returns": "lines that one of these matches are returns, such as credit memos: their amounts count as negative; "
    "written as `keep`",
    "keep": "lines that one of these does not match are dropped: `{column: NAME IN THE FILE, values: [...]}`, or with "
    "`pattern: REGEX` for `values`; capitals and blanks aside; an empty value is a blank cell",
    "drop": "lines that one of these matches are dropped; written as `keep`",
}


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in lines)


def features() -> str:
    """Return the page of features."""
    parts = [
        "# Features\n\nEvery number the churn model sees, as of a cutoff: purchases from it on change no bit of them. "
        "A *purchase day* is a customer-day with positive net spend. A feature that has no meaning for a customer "
        "(a gap after one purchase) is empty, never 0.\n"
    ]
    for family, members in FAMILIES.items():
        rows = [[f"`{f.name}`", f.unit, f.meaning, f.needs or "–"] for f in members]
        parts.append(f"\n## {family.capitalize()}\n\n" + table(["name", "unit", "meaning", "needs"], rows))
    return "".join(parts)


def tables() -> str:
    """Return the page of tables and columns."""
    parts = ["# Tables\n"]
    for title, contents in (
        ("Purchases: what a log may hold", columns.PURCHASES),
        ("Purchases as read: exact types", columns.CLEAN_PURCHASES),
        ("Refunds as read: what returns of later days take off earlier purchases", columns.REFUNDS),
        ("Summary that CLV models read", columns.SUMMARY),
        ("`scores.parquet`, for `churn.horizon_days: 90` and `clv.horizon_days: 365`", columns.scores(90, 365)),
        *((f"`lists/{n}.csv`: {who}", columns.listed(n, 90, 365)) for n, who in columns.LISTS.items()),
        ("What `holdfast list` adds to them", columns.CONTACT),
        ("`audience.csv`: the audience-size curve", columns.AUDIENCE),
        ("`timelines.parquet`: what the customers on the first rows of the lists did so far", columns.TIMELINES),
        ("`segments/customers.parquet`", columns.SEGMENTS),
        ("`segments/cards.csv`", columns.cards(90, 365)),
        ("`segments/movements.csv`", columns.MOVEMENTS),
        ("`value/totals.csv`", columns.totals(365)),
        ("`value/historical.csv`", columns.historical(365)),
        *((f"`value/{name}.csv`", contents) for name, contents in columns.VALUE.items()),
        ("`rejects.csv`", columns.REJECTS),
        ("Subscriptions: what a table of spells may hold", contracts.SPELLS),
        ("Features of spells, beside the table's own columns", contracts.SPELL_FEATURES),
        (
            "`scores.parquet` of subscriptions, for `churn.horizon_days: 30`",
            contracts.scores(30, 365, money=True, reasons=True, notice=True),
        ),
        ("`lists/at_risk.csv` of subscriptions", contracts.at_risk(30, 365, money=True, reasons=True)),
        ("`lists/high_value.csv` of subscriptions", contracts.high_value(30, 365)),
        ("`lists/notice_given.csv` of subscriptions", contracts.listed("notice_given", 30, 365)),
        ("`retention.csv`", contracts.RETENTION),
    ):
        rows = [[f"`{c.name}`", c.type, c.unit or "–", c.meaning] for c in contents]
        parts.append(f"\n## {title}\n\n" + table(["column", "type", "unit", "meaning"], rows))
    return "".join(parts)


def configuration() -> str:
    """Return the page of configuration keys."""
    head = (
        "# Configuration\n\nOne YAML file is one scenario; [`configs/`](../../configs) holds complete, commented ones. "
        "`--set key=value` changes a key for one command. A key that is not in this table is refused, and the nearest "
        "one suggested.\n\n"
    )
    return head + table(["key", "default", "meaning"], [list(row) for row in _keys(Config, "")])


def _keys(section: type[BaseModel], prefix: str) -> Any:
    for name, info in section.model_fields.items():
        default = "required" if info.is_required() else _shown(info.default)
        inner = info.annotation
        if isinstance(inner, type) and (issubclass(inner, BaseModel) or is_dataclass(inner)):
            yield f"`{prefix}{name}`", "", str(info.description)
            yield from (
                _keys(inner, f"{prefix}{name}.") if issubclass(inner, BaseModel) else _plain(inner, f"{prefix}{name}.")
            )
        else:
            yield f"`{prefix}{name}`", default, str(info.description)


def _plain(section: type, prefix: str) -> Any:
    if section in (Columns, ContractColumns):
        meanings = {c.name: c.meaning for c in columns.PURCHASES}
        meanings |= {f.name: f.metadata["meaning"] for f in fields(section) if f.metadata}
        yield from ((f"`{prefix}{f.name}`", _shown(f.default), meanings[f.name]) for f in fields(section))
    elif section is Rules:
        for field in fields(Rules):
            yield f"`{prefix}{field.name}`", _shown(field.default), _RULES[field.name]
            for choice in (Cancellation, Exclusion):
                if choice in get_args(field.type):
                    for f in fields(choice):
                        key = f"{field.name}.{f.name}"
                        yield f"`{prefix}{key}`", _shown(f.default), _RULES[key]


def _shown(value: Any) -> str:
    if value is None or value is MISSING:
        return "–"
    if value == ():
        return "none"
    return f"`'{value}'`" if isinstance(value, str) else f"`{value}`"


def commands() -> str:
    """Return the page of commands, as ``--help`` prints them."""
    group = get_command(app)
    parts = ["# Commands\n\n`holdfast COMMAND --help` says the same.\n"]
    for name, command in sorted(_leaves(group, "holdfast")):
        parts.append(f"\n## `{name}`\n\n{command.help}\n\n")
        rows = [[", ".join(f"`{o}`" for o in p.opts), p.help or ""] for p in command.params if p.name != "help"]
        parts.append(table(["option", "meaning"], rows))
    codes = re.sub(
        r"(\d+) ([^,.]+)", r"\n- \1: \2", group.epilog.partition(". Results")[0].removeprefix("Exit codes: ")
    )
    parts.append(
        "\n## Exit codes\n"
        + re.sub(r", (?=\n)", "", codes)
        + "\n\nResults go to stdout, progress and errors to stderr.\n"
    )
    return "".join(parts)


def _leaves(command: Any, name: str) -> Any:
    if hasattr(command, "commands"):
        for inner, child in command.commands.items():
            yield from _leaves(child, f"{name} {inner}")
    else:
        yield name, command


def python() -> str:
    """Return the page that lists the public modules."""
    rows = [[f"[`{name}`]({name}.md)", _sentence(import_module(name))] for name in MODULES]
    head = (
        "# Python\n\nWhat is public, module by module; every function and class has an example that the tests run.\n\n"
    )
    toctree = "\n```{toctree}\n:hidden:\n\n" + "".join(f"{name}\n" for name in MODULES) + "```\n"
    return head + table(["module", "what it holds"], rows) + toctree


def module(place: str) -> str:
    """Return the page of one public module: its names, each with the first sentence of its docstring."""
    home = import_module(place)
    kept = {name: getattr(home, name) for name in names(home)}
    rows = [[f"`{n}`", _sentence(thing)] for n, thing in kept.items() if documented(thing)]
    page = f"# `{place}`\n\n{_sentence(home)}\n\n" + table(["name", "what it is"], rows)
    others = [f"`{name}`" for name, thing in kept.items() if not documented(thing)]
    return page + (f"\nConstants and registers: {', '.join(others)}.\n" if others else "")


def _sentence(thing: Any) -> str:
    """Return the first paragraph of a docstring, in Markdown."""
    said = " ".join((inspect.getdoc(thing) or "").partition("\n\n")[0].split())
    return said.replace("``", "`")


PAGES: dict[str, Callable[[], str]] = {
    "features.md": features,
    "tables.md": tables,
    "configuration.md": configuration,
    "commands.md": commands,
    "python/index.md": python,
    **{f"python/{name}.md": partial(module, name) for name in MODULES},
}


def main() -> None:
    """Write the pages, or with ``--check`` fail where one is not what the code says."""
    (FOLDER / "python").mkdir(parents=True, exist_ok=True)
    stale = [name for name, page in PAGES.items() if _differs(FOLDER / name, _MADE + page())]
    if "--check" in sys.argv[1:]:
        if stale:
            sys.exit(f"docs/reference: {', '.join(stale)} no longer say what the code says. Run: make format")
        return
    for name in stale:
        (FOLDER / name).write_text(_MADE + PAGES[name](), encoding="utf-8")


def _differs(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_text(encoding="utf-8") != text


if __name__ == "__main__":
    main()
