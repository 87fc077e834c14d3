"""Small tables of orders, and what a look at them found."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from holdfast.onboarding.findings import Answers, Findings
from holdfast.onboarding.look import Look

LINES = 120


def look(columns: dict[str, Sequence[str]], *, when: str = "Order date", lines: int = LINES) -> Findings:
    """Look at orders of ten customers, one every third day, of 10.50 each; the words of a column come in turn."""
    names = ["Customer ID", when, "Amount", *columns]
    rows = [
        [
            f"c{i % 10}",
            str(date(2023, 1, 1) + timedelta(days=3 * i)),
            "10.50",
            *(w[i % len(w)] for w in columns.values()),
        ]
        for i in range(lines)
    ]
    Path("x.csv").write_text("\n".join(";".join(row) for row in [names, *rows]) + "\n", encoding="utf-8")
    return Look(["x.csv"]).findings({})


def dropped(findings: Findings) -> dict[str, list[str]]:
    """Return the words that ``rules.drop`` names, by column."""
    return {rule["column"]: sorted(rule["values"]) for rule in findings.settings.get("rules.drop", [])}


def said(findings: Findings) -> str:
    return "\n".join(line for line in findings.told if line.startswith(("status", "documents", "returns")))


def shop(rows: Sequence[Sequence[str]], answers: Answers | None = None) -> Findings:
    """Look at a file of these lines, its names first."""
    Path("x.csv").write_text("\n".join(";".join(row) for row in rows) + "\n", encoding="utf-8")
    return Look(["x.csv"]).findings(answers or {})


def day(i: int) -> str:
    return str(date(2023, 1, 1) + timedelta(days=i))
