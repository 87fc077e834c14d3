"""Findings → a complete, commented YAML; what is open stands in it as a question, and `check` refuses it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from holdfast.columns import LABELS
from holdfast.config import ANSWER
from holdfast.data.reading.files import URLS
from holdfast.onboarding.findings import Choice, Findings, Question

_WIDTH = 110
# Behind another suffix, as in orders.csv.gz.
_PACKED = {".gz", ".bz2", ".xz", ".zst", ".zip"}
# The comment of a key begins in this column.
_COMMENT = 31
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*( [A-Za-z0-9_./()-]+)*")
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"}
_COLUMNS = {
    "purchases": (
        *("customer_id", "ordered_at", "amount", "quantity", "unit_price", "order_id", "product_id"),
        *("refers_to", "currency", "refunded", "discount", "shipping", "tax", "rate", *LABELS),
    ),
    "subscriptions": (
        *("customer_id", "label", "tenure", "started_at", "ended_at", "leaves_at", "notice", "cut_short"),
        *("end_reason", "plan", "price", "price_per", "price_periods", "changed_at", "mrr_change", "movement"),
        "currency",
        *("billed_at", "refunded", "paid_until", "contract_id"),
    ),
}
WRITTEN = (
    *("table", "sheet", "member", "header", "skip_lines", "delimiter", "quote", "encoding", "decimal", "thousands"),
    *("date_format", "time_zone", "missing_values"),
)
"""Keys that say how values are written, alike in every section."""
_OTHERS = {
    "purchases": ("id_case", "amount_of", "discount_as", "money_in", "purchases_are", "currency"),
    "subscriptions": (
        "missing_start",
        "money_in",
        "begin_values",
        "churned_values",
        "stayed_values",
        "tenure_unit",
        "period_days",
        "renewal_days",
        "payment_failure_reasons",
        "notice_values",
        "ignore",
    ),
}
_RULES = ("missing_customer", "last_date", "keep", "drop", "returns", "exclude", "cancellations", "duplicates")
_BESIDE = {
    "missing_customer": "lines without a customer",
    "duplicates": "lines equal to an earlier one",
    "exclude": "lines that are no purchases",
    "cancellations": "lines that take a purchase back",
}
# Any of them says what a line is worth.
_MONEY = {"columns.amount", "columns.unit_price", "format"}
# Where nothing says what a purchase comes to.
_OFFER = 5.0
_LISTS = {"purchases": "[at_risk, overdue, second_order]", "subscriptions": "[at_risk]"}


def name_of(path: Path) -> str:
    """Return a name for the scenario of a file: letters, digits, dots, dashes and underscores.

    Examples
    --------
    >>> name_of(Path("Ordre 2024 (ny).csv")), name_of(Path("export.csv.gz")), name_of(Path("orders.v0.3.csv"))
    ('ordre_2024_ny', 'export', 'orders_v0_3')
    """
    last = path.suffix.casefold()
    stem = (path.with_suffix("") if last in _PACKED else path).stem
    plain = re.sub(r"[^a-z0-9]+", "_", stem.casefold().encode("ascii", "ignore").decode())
    return plain.strip("_") or "shop"


def scenario(
    name: str,
    paths: Sequence[str],
    findings: Findings,
    *,
    horizon_days: int,
    horizon_why: str,
    usual: float | None = None,
) -> str:
    """Return the YAML.

    Parameters
    ----------
    name
        Of the scenario.
    paths
        Files of the main table.
    findings
        What is known, and what is open.
    horizon_days, horizon_why
        The churn horizon, and where it comes from.
    usual
        What a usual purchase, or a billing period, comes to, in currency, if known: a first offer is a tenth of it.

    Examples
    --------
    >>> found = Findings(settings={"columns.customer_id": "Kunde", "columns.ordered_at": "Dato"})
    >>> print(scenario("shop", ["a.csv"], found, horizon_days=90, horizon_why="usual").split("as_of")[0].strip())
    # shop: written by `holdfast init` from a.csv. Every key: docs/reference/configuration.md
    <BLANKLINE>
    name: shop                     # names the output folder and the registered model
    <BLANKLINE>
    purchases:
      path: a.csv                  # from here, or from this file's folder
      columns:                     # ours: the file's
        customer_id: Kunde
        ordered_at: Dato
      max_reject_share: 0.01       # stop if more lines than this cannot be read
    """
    asked = {q.key: q for q in findings.questions}
    files = ", ".join(Path(p).name for p in paths)
    contracts = findings.section == "subscriptions"
    parts = [
        [f"# {name}: written by `holdfast init` from {files}. Every key: docs/reference/configuration.md"],
        [
            _line(0, "name", name, "names the output folder and the registered model"),
            *(
                [_line(0, "setting", "contractual", "customers have contracts; churn is the end of one")]
                if contracts
                else []
            ),
        ],
        [f"{findings.section}:", *_main(paths, findings, asked)],
        _tables(findings),
        _beside(findings),
        _as_of(findings, asked),
        _churn(findings, horizon_days, horizon_why),
        _rest(findings, usual),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _main(paths: Sequence[str], findings: Findings, asked: Mapping[str, Question]) -> Iterator[str]:
    yield _path(2, paths)
    if lookups := findings.settings.get("lookups"):
        yield _line(2, "lookups", None, findings.why["lookups"])
        yield from (f"    - {_value(one)}" for one in lookups)
    yield from _key(2, "format", findings, asked)
    told = {*findings.settings, *findings.why, *asked}
    if any(f"columns.{role}" in told for role in _COLUMNS[findings.section]) or "format" not in findings.settings:
        yield _line(2, "columns", None, "ours: the file's")
    for role in _COLUMNS[findings.section]:
        yield from _key(4, f"columns.{role}", findings, asked)
    for key in (*WRITTEN, *_OTHERS[findings.section]):
        yield from _key(2, key, findings, asked)
    yield from _rules(findings, asked)
    if findings.section == "purchases":
        yield _line(2, "max_reject_share", 0.01, "stop if more lines than this cannot be read")


def _tables(findings: Findings) -> list[str]:
    """Return the section of the tables beside the purchases."""
    lines = []
    for name, keys in findings.tables.items():
        columns = [k for k in keys.settings if k.startswith("columns.")]
        lines += [_line(2, name, None), _path(4, keys.paths), _line(4, "columns", None)]
        lines += [line for k in columns for line in _key(6, k, keys, {})]
        lines += [line for k in keys.settings if k not in columns for line in _key(4, k, keys, {})]
    return ["tables:", *lines] if lines else []


def _path(indent: int, paths: Sequence[str]) -> str:
    where = "from here, or from this file's folder"
    if paths[0].startswith(URLS):
        where = "who reads it: PGUSER and PGPASSWORD, or ~/.pgpass"
    return _line(indent, "path", list(paths) if len(paths) > 1 else paths[0], where)


def _key(indent: int, key: str, findings: Findings, asked: Mapping[str, Question]) -> Iterator[str]:
    last = key.rpartition(".")[2]
    if key in asked:
        yield from _question(indent, last, asked[key])
    elif key in findings.settings:
        yield _line(indent, last, findings.settings[key], findings.why.get(key, ""))
    elif key in findings.why:
        yield f"{' ' * indent}# {last}: {findings.why[key]}"


def _question(indent: int, key: str, question: Question) -> Iterator[str]:
    """Yield a question as comments with its alternatives, and the key that waits."""
    blank = " " * indent
    yield from (f"{blank}# {said}" for said in wrap(f"QUESTION: {question.asked}", _WIDTH))
    for choice in question.choices:
        yield from (f"{blank}#   {line}" for line in _alternative(question.key, choice))
    yield _line(indent, key, ANSWER, "put your answer here; `holdfast check` refuses this file until then")


def _alternative(asked: str, choice: Choice) -> list[str]:
    """Return what to write in place of the key that was asked, and line by line what belongs elsewhere with it."""
    stated = {k: v for k, v in choice.settings.items() if v is not None}
    if below := {k.removeprefix(f"{asked}."): stated.pop(k) for k in list(stated) if k.startswith(f"{asked}.")}:
        stated[asked] = below
    lines = {k: f"{k.rpartition('.')[2]}: {_value(v)}" for k, v in stated.items()}
    instead = lines.pop(asked, "take the key out")
    return [f"{instead}    ({choice.said})", *(f"  and {_where(k, asked)}: {line}" for k, line in lines.items())]


def _where(key: str, asked: str) -> str:
    """Say where a key goes, seen from the one that was asked."""
    section = key.rpartition(".")[0]
    return "here" if section == asked.rpartition(".")[0] else f"below {section}" if section else "on a line below path"


def _rules(findings: Findings, asked: Mapping[str, Question]) -> list[str]:
    lines: list[str] = []
    for rule in _RULES:
        key = f"rules.{rule}"
        below = [k for k in findings.settings if k.startswith(f"{key}.")]
        if key in asked or key in findings.settings:
            lines += _key(4, key, findings, asked)
        elif below:
            lines.append(_line(4, rule, None, _BESIDE[rule]))
            lines += [line for k in below for line in _key(6, k, findings, asked)]
    return ["  rules:", *lines] if lines else []


def _beside(findings: Findings) -> list[str]:
    return [f"# {Path(path).name}: {what}" for path, what in findings.others]


def _as_of(findings: Findings, asked: Mapping[str, Question]) -> list[str]:
    if findings.section == "purchases":
        return [_line(0, "as_of", "end_of_data", "the day after the last purchase; or a date such as 2025-01-31")]
    return list(_key(0, "as_of", findings, asked))


def _churn(findings: Findings, days: int, why: str) -> list[str]:
    if findings.section == "subscriptions" and "columns.label" in findings.settings:
        return []
    lines = ["churn:", *(f"  # {said}" for said in wrap(why, _WIDTH)), _line(2, "horizon_days", days)]
    if findings.section == "purchases":
        lines.append(_line(2, "gap_days", 0, "lead time between the list and the first day that counts"))
        # Not stated, it follows whatever horizon is chosen later.
        lines.append("  # active_days: two horizons, unless stated; customers whose last purchase is older have left")
    return lines


def _rest(findings: Findings, usual: float | None) -> list[str]:
    return [
        "clv:",
        _line(2, "horizon_days", 365, "value counts what is bought in so many days"),
        _line(2, "yearly_discount", 0.1, "10 % a year"),
        _line(2, "margin", 1.0, "share of money that is margin; 1.0 makes values a revenue: REPLACE by yours"),
        "",
        "lists:",
        _line(2, "most", 1000, "most customers on a list"),
        _line(2, "high_value_share", 0.1, "the top tenth"),
        _line(2, "control_share", 0.1, "of those worth contacting, held back to measure the effect"),
        "",
        *_treatments(findings, usual),
        "",
        _line(0, "outputs", "outputs", "folder of scores, lists and reports"),
        _line(0, "models", "models", "folder of the model store"),
        _line(0, "seed", 1, "the same seed and purchases give the same bytes"),
    ]


def _treatments(findings: Findings, usual: float | None) -> list[str]:
    known = findings.settings
    open_ = {*known, *(q.key for q in findings.questions)}
    if findings.section == "subscriptions" and not open_ & {"columns.mrr_change", "columns.billed_at"}:
        lacks = [] if "columns.price" in known else ["columns.price"]
        lacks += [] if open_ & {"columns.tenure", "columns.started_at"} else ["columns.tenure"]
        if lacks:
            return [f"# No `treatments`: whether one pays is not known without {' and '.join(lacks)}."]
    amounts = next((q for q in findings.questions if q.key == "columns.amount"), None)
    if findings.section == "purchases" and usual is None and amounts is None and not _MONEY & set(known):
        return ["# No `treatments`: no column holds money, and whether one pays is not known without columns.amount."]
    no_money = amounts is not None and any(not _MONEY & set(choice.settings) for choice in amounts.choices)
    return [
        "# What can be done. These costs and acceptances are ASSUMPTIONS: REPLACE them before you spend money.",
        *(
            ["# Without an amount (columns.amount) no offer can be said to earn anything: take `treatments` out then."]
            if no_money
            else []
        ),
        "treatments:",
        "  - name: voucher",
        _line(4, "contact_cost", 0.5, "for everybody contacted, in currency"),
        _offer(findings, usual),
        _line(4, "acceptance", 0.2, "would-be leavers who accept and stay: until a control group has shown it"),
        f"    lists: {_LISTS[findings.section]}",
    ]


def _offer(findings: Findings, usual: float | None) -> str:
    if usual is None:
        return _line(4, "offer_cost", _OFFER, "where the offer is used")
    each = "price" if findings.section == "subscriptions" else "purchase"
    # One digit: it is a guess.
    cost = float(f"{usual / 10:.0e}")
    return _line(4, "offer_cost", cost, f"where the offer is used: about a tenth of a usual {each} ({usual:,.2f})")


def _line(indent: int, key: str, value: Any, comment: str = "") -> str:
    stated = f"{' ' * indent}{key}:" + ("" if value is None else f" {_value(value)}")
    return f"{stated:<{_COMMENT - 1}} # {comment}" if comment else stated


def _value(value: Any) -> str:
    """Return a value as YAML; what YAML could read as something else stands in quotes."""
    if isinstance(value, list):
        return f"[{', '.join(_value(v) for v in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str) or value == ANSWER:
        return str(value)
    plain = _PLAIN.fullmatch(value) and value.casefold() not in _WORDS
    return value if plain else json.dumps(value, ensure_ascii=False)
