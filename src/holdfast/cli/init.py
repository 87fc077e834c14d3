"""From an export to a scenario: look at the files, ask what they cannot decide, write the YAML, and check it."""

import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import say, typed

if TYPE_CHECKING:
    from holdfast.config import Config
    from holdfast.onboarding import Choice, Findings, Look, Question
    from holdfast.pipeline import Prepared

_DEMO = Path("demo.csv")
# So many sheets, files or tables are named where one must be chosen.
_SHOWN = 30
# Where too little is known to say which horizon fits.
_PURCHASES = (
    90,
    "Churned = no purchase in this many days: a quarter, the usual choice; `holdfast check` says what fits.",
)
# Without an answer to these nobody knows who bought when.
_DECIDES = ("columns.customer_id", "columns.ordered_at", "date_format")
# Which lines count, and as of which day, may decide it: so many alternatives of each are tried, and must agree.
_TO_TRY, _TRIED, _MOST_TRIED = ("rules.drop", "rules.keep", "columns.ordered_at"), 3, 4
# In which zone days begin moves few of them; what contracts cost does not depend on the day.
_ANY = {"time_zone": "UTC", "as_of": "end_of_data"}
_CONTRACTS = (30, "Churned = the contract ends in this many days from as_of on.")


def init(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files of one export: text, Excel or Parquet, packed or not; globs and folders too; or a database: "
            "a file of DuckDB or SQLite, or postgresql://HOST/DATABASE.",
            metavar="FILE…",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The YAML to write; not given: the file's name.", metavar="FILE")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite it.", show_default=False)] = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Ask nothing: what is open is written as a question.", show_default=False),
    ] = False,
    sheet: Annotated[
        str | None,
        typer.Option(
            "--sheet", help='Of a workbook with several tables: which sheet; "*" for all alike.', metavar="NAME"
        ),
    ] = None,
    member: Annotated[
        str | None,
        typer.Option(
            "--member", help='Of an archive with several files: which file; "*" for all alike.', metavar="NAME"
        ),
    ] = None,
    table: Annotated[
        str | None, typer.Option("--table", help="Of a database with several tables: which table.", metavar="NAME")
    ] = None,
    bills: Annotated[
        bool,
        typer.Option(
            "--bills",
            help="They are bills of contracts, each of which goes on while the next one comes.",
            show_default=False,
        ),
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Make up a small shop: demo.csv and demo.yaml.", show_default=False)
    ] = False,
) -> None:
    """Look at an export and write the scenario that reads it; what the file cannot decide is asked, never guessed.

    Ends with exit code 2 if questions are open: they stand in the YAML, and `holdfast check` refuses it until then.
    """
    from holdfast.errors import ConfigError
    from holdfast.onboarding import Look, name_of, with_follow_ups

    if demo and files:
        raise ConfigError("--demo makes up its own file: leave the others out.")
    if demo and bills:
        raise ConfigError("--demo makes up purchases: leave --bills out.")
    paths = [str(_DEMO)] if demo else files or []
    target = out or Path(f"{name_of(Path(paths[0]))}.yaml" if paths else "shop.yaml")
    _refuse_to_overwrite([target, *([_DEMO] if demo else [])], force)
    if demo:
        _write_demo()
    look = Look(paths, bills=bills)
    parts = {"sheet": sheet, "member": member, "table": table}
    found = _answered(look, parts, ask=not yes and sys.stdin.isatty())
    if part := next((q for q in found.questions if q.key in parts), None):
        # Nothing is known of the columns yet, so there is no scenario to write.
        raise ConfigError(_which_part(part, paths, out))
    if found.questions:
        known = _known_so_far(look, target, found)
        told = set(found.told)
        found = with_follow_ups(look, found)
        for sentence in (s for s in found.told if s not in told):
            typer.echo(sentence)
        _write(target, _text(target, found, *known))
        raise ConfigError(_open(target, found.questions))
    _check(target, found)


def _refuse_to_overwrite(targets: list[Path], force: bool) -> None:
    from holdfast.errors import ConfigError

    for target in targets:
        if target.exists() and not force:
            raise ConfigError(f"{target} is there already; --force overwrites it, --out names another.")
        if not target.parent.is_dir():
            raise ConfigError(f"--out {target}: there is no folder {target.parent}.")


def _write_demo() -> None:
    from holdfast.cli.out import write_out
    from holdfast.onboarding import demo_purchases
    from holdfast.wording import counted

    purchases = demo_purchases()
    write_out(purchases, _DEMO)
    say(f"wrote {_DEMO}: {counted(len(purchases), 'line')}, made up")


def _answered(look: "Look", parts: Mapping[str, str | None], *, ask: bool) -> "Findings":
    """Return the findings, printed; on a terminal each question is asked as it comes up: an answer may raise others."""
    from holdfast.onboarding.findings import Choice

    answers = {key: Choice(name, {key: name}) for key, name in parts.items() if name is not None}
    said: set[str] = set()
    while True:
        found = look.findings(answers)
        for sentence in (s for s in found.told if s not in said):
            typer.echo(sentence)
            said.add(sentence)
        if not (ask and found.questions):
            return found
        question = found.questions[0]
        answers[question.key] = _asked(question)


def _asked(question: "Question") -> "Choice":
    typer.echo(question.asked[0].upper() + question.asked[1:])
    for number, choice in enumerate(question.choices, 1):
        typer.echo(f"  {number}  {choice.said}")
    while True:
        chosen = question.answer(typed("Your answer"))
        if chosen is not None:
            return chosen
        typer.echo(f"{question.wanted[0].upper()}{question.wanted[1:]}, please.")


def _which_part(question: "Question", paths: list[str], out: Path | None) -> str:
    """Return the question with the commands that answer it."""
    from holdfast.data.reading.packed import ALL_MEMBERS
    from holdfast.data.reading.sheet import ALL_SHEETS

    before = " ".join(["holdfast init", *map(_in_quotes, paths)])
    after = f" --out {_in_quotes(str(out))}" if out else ""
    commands = []
    for choice in question.choices[:_SHOWN]:
        name = choice.settings[question.key]
        said = f"   ({choice.said})" if name in (ALL_SHEETS, ALL_MEMBERS) else ""
        commands.append(f"  {before} --{question.key} {_in_quotes(name)}{after}{said}")
    return "\n".join([f"{question.asked} Say one of:", *commands])


def _in_quotes(word: str) -> str:
    """Return a word as every shell takes it: in double quotes if it needs any, which Windows knows too."""
    if re.fullmatch(r"[\w./:@+-]+", word):
        return word
    return shlex.quote(word) if re.search(r'["$`!\\]', word) else f'"{word}"'


def _first_horizon(found: "Findings") -> tuple[int, str]:
    return _CONTRACTS if found.section == "subscriptions" else _PURCHASES


def _known_so_far(look: "Look", target: Path, found: "Findings") -> tuple[tuple[int, str], float | None]:
    """Return what `holdfast check` would recommend, and what is usual, unless an open question decides of it."""
    from holdfast.errors import HoldfastError

    several = [[(q.key, choice) for choice in q.choices[:_TRIED]] for q in found.questions if q.key in _TO_TRY]
    tried = [dict(answers) for answers in product(*several)]
    recommended, usual = [], None
    for answers in tried if len(tried) <= _MOST_TRIED else ():
        known = _provisional(look, found, answers)
        if known is None:
            return _first_horizon(found), None
        try:
            days, why, read = _recommended(target, known)
        except HoldfastError:
            # What is wrong with the file is told by `holdfast check`, once the questions are answered.
            return _first_horizon(found), None
        recommended.append((days, why))
        usual = usual or _usual(read)
    if not recommended:
        return _first_horizon(found), None
    (days, why), *others = recommended
    if found.section == "subscriptions" or any(other != days for other, _ in others):
        return _first_horizon(found), usual
    return (days, f"{why} Found with the first alternative of every open question."), usual


def _provisional(look: "Look", found: "Findings", answers: "Mapping[str, Choice]") -> "Findings | None":
    """Return the findings with the first alternative of what stays open; nothing where that decides the horizon."""
    from holdfast.onboarding.findings import Choice

    given = {**found.answers, **answers}
    while found.questions:
        for question in (q for q in found.questions if q.key not in given):
            any_word = [Choice(word, {key: word}) for key, word in _ANY.items() if key == question.key]
            first = next(iter([*question.choices, *any_word]), None)
            if first is None or question.key in _DECIDES:
                return None
            given[question.key] = first
        found = look.findings(given)
    return found


def _recommended(target: Path, found: "Findings") -> "tuple[int, str, Prepared]":
    """Return the horizon, its reason, and the tables read with it."""
    from holdfast.pipeline import PreparedPurchases

    days, why = _first_horizon(found)
    read = _read(target, _text(target, found, (days, why)))
    if isinstance(read, PreparedPurchases) and (fits := read.snapshots.definition(read.cutoff)).recommended_days:
        why = f"Churned = no purchase in this many days; `holdfast check`: {fits.why}"
        days = fits.recommended_days
        # The same log, asked for another horizon: it is not read twice.
        config = _config(target, _text(target, found, (days, why)))
        read = replace(read, config=config, cutoff=replace(read.cutoff, horizon_days=days))
    return days, why, read


def _text(target: Path, found: "Findings", horizon: tuple[int, str], usual: float | None = None) -> str:
    from holdfast.onboarding import name_of, scenario
    from holdfast.onboarding.seen_from import seen_from

    days, why = horizon
    found = seen_from(found, target.parent)
    return scenario(name_of(target), found.paths, found, horizon_days=days, horizon_why=why, usual=usual)


def _usual(read: "Prepared") -> float | None:
    """Return the median of what purchase days, or billing periods, come to, in currency; None where nothing says."""
    from holdfast.data.typed import as_numbers
    from holdfast.pipeline import PreparedPurchases
    from holdfast.pipeline.contracts import PreparedContracts

    if isinstance(read, PreparedPurchases) and read.log.has_money:
        days = "SELECT CAST(SUM(amount) AS DOUBLE) AS spend FROM purchases GROUP BY customer_id, day"
        ((usual,),) = read.connection.execute(f"SELECT MEDIAN(spend) FROM ({days}) WHERE spend > 0").fetchall()
        return None if usual is None else float(usual)
    if not isinstance(read, PreparedContracts):
        return None
    of = read.contracts
    # There they are in currency and of one period, as values are.
    table, name = (of.rows, of.rules.columns.price) if of.spells is None else (of.spells.frame, "price")
    paid = [float(price) for price in as_numbers(table[name])[0] if price > 0] if name in table else []
    return median(paid) if paid else None


def _write(target: Path, text: str) -> None:
    from holdfast.disk import whole_file

    with whole_file(target) as draft:
        draft.write_text(text, encoding="utf-8")
    say(f"wrote {target}")


def _read(target: Path, text: str) -> "Prepared":
    """Read the tables as a scenario says that is not written yet."""
    from holdfast.pipeline import prepare

    return prepare(_config(target, text), base=target.parent, say=say)


def _config(target: Path, text: str) -> "Config":
    from holdfast.config import make_config
    from holdfast.config.reading import parse

    settings, lines = parse(text, str(target))
    return make_config(settings, where=str(target), lines=lines)


def _open(target: Path, questions: "list[Question]") -> str:
    from holdfast.wording import counted

    asked = "\n".join(f"  {i}. {q.key}: {q.asked}" for i, q in enumerate(questions, 1))
    number = counted(len(questions), "question")
    return (
        f"{number} must be answered before {target} can be used; each stands there with its "
        f"alternatives:\n{asked}\nThen: holdfast check -c {target}"
    )


def _check(target: Path, found: "Findings") -> None:
    """Read the scenario as `holdfast check` does, let that choose the horizon, and say what comes next."""
    from holdfast.errors import NotEnoughDataError
    from holdfast.pipeline import check, setting_of

    text = _text(target, found, _first_horizon(found))
    try:
        days, why, read = _recommended(target, found)
        text = _text(target, found, (days, why), _usual(read))
    finally:
        # What is wrong with the file is told by the error; the scenario is there to be mended.
        _write(target, text)
    readiness = check(read)
    typer.echo(read.said())
    typer.echo(setting_of(read.config).told(readiness.as_dict()))
    if readiness.problem:
        raise NotEnoughDataError(readiness.problem)
    typer.echo(f"Next: holdfast run -c {target}\n      holdfast list at-risk -c {target}")
