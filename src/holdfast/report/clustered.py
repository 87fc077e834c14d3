"""What is said of an experiment whose rows are counted together, as text for a terminal."""

from typing import Any

from holdfast.wording import argument, counted, said_p


def counted_together(found: dict[str, Any]) -> list[str]:
    """Return which rows are counted together, or very probably should be."""
    of, unit = found.get("clusters"), found.get("unit")
    if of:
        counts = ", ".join(f"{arm} {n:,}" for arm, n in of["by_arm"].items())
        return [f"  rows with the same {of['column']} are counted together ({counts})"]
    if not unit:
        return []
    many = ", ".join(f"{arm} {n:,}" for arm, n in unit["values"].items())
    said = [
        f'  "{unit["column"]}" has values of its own in each arm ({many}; {unit["rows"]:.1f} rows each), which chance '
        "does not do row by row:",
        "  its rows were dealt to the arms together, as stores or classes are, or customers who stand in several rows",
    ]
    if not unit["verdict_withheld"]:
        return [*said, "  they are no more alike than chance makes them, so each row counts for itself below"]
    column = argument(unit["column"])
    return [
        *said,
        f"  NO VERDICT until --cluster {column} is given: rows that are alike were counted as if each were new.",
        f"  If it was written after the assignment, name it: --after {column}.",
    ]


def of_clusters(e: dict[str, Any], found: dict[str, Any], rate: bool) -> list[str]:
    """Return how alike the customers of a cluster are, and the smallest effect that so many clusters show."""
    of, column, lines = e["clustered"], found["clusters"]["column"], list[str]()
    several = f" of {e['arm']} and {found['control']}" if len({one["arm"] for one in found["effects"]}) > 1 else ""
    everyone = f"{counted(of['customers'], 'customer')}{several}"
    if of["icc"] is not None:
        known = f"ICC {of['icc']:.3f}, 95 % {of['low']:.3f} to {of['high']:.3f}"
        if of["icc"] == 0:
            lines.append(f"  customers of one {column} are no more alike than any others ({known})")
        elif of["design_effect"] < 1:
            lines.append(
                f"  customers of one {column} behave alike ({known}), which makes {e['arm']} surer, as arms are "
                f"compared within {column}"
            )
        else:
            lines.append(
                f"  customers of one {column} behave alike ({known}): {everyone} tell as much as {of['worth']:,} would "
                "who stand for themselves"
            )
    if of["smallest"] is not None:
        size = f"{of['smallest'] * 100:.3g} points" if rate else f"{of['smallest']:,.3g}"
        lines.append(
            f"  {e['arm']}: such an experiment shows an effect of {size} in 80 % of cases, smaller ones less often"
        )
    return lines


def differ(p: float | None, clustered: bool) -> str:
    """Return whether effects differ between segments."""
    if p is None:
        return "too few clusters to say whether effects differ between segments"
    said = "effects differ between segments" if p < 0.05 else "no sign that effects differ"
    how = "compared by cluster" if clustered else "Cochran's Q"
    return f"{said} ({how}, {said_p(p)})"
