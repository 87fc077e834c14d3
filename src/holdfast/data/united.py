"""What is on file about accounts that were merged → what is known of the one customer that they are."""

from collections.abc import Sequence

# Since when a line about a customer is known.
KNOWN = "COALESCE(known_at, acquired_at)"
_FLAGS = ("consent", "objection", "profiling_objection")
_MOMENT = f"COALESCE(epoch_us({KNOWN}), -9223372036854775807)"


def flags(judged: str) -> str:
    """Return the SELECT of the flags of every line about a customer with several accounts, all that was known by then.

    An objection on any account holds for the customer. Consent holds if the newest line of each account gives it, as a
    single account's does: a blank cell is none.
    """
    last = ", ".join(f"'{flag}': v.{flag}" for flag in _FLAGS)
    return f"""
        WITH valid AS (SELECT *, {_MOMENT} AS moment FROM {judged} WHERE fault IS NULL AND customer_id IN (
            SELECT customer_id FROM {judged} WHERE fault IS NULL GROUP BY 1 HAVING MIN(own_id) <> MAX(own_id)))
        SELECT file, record, CASE WHEN COUNT(last.consent) > 0 THEN MIN(COALESCE(last.consent, 0)) END AS consent,
               MAX(last.objection) AS objection, MAX(last.profiling_objection) AS profiling_objection
        FROM (SELECT l.file, l.record, v.own_id, arg_max({{{last}}}, v.moment) AS last
              FROM valid AS l JOIN valid AS v ON v.customer_id = l.customer_id AND v.moment <= l.moment
              GROUP BY 1, 2, 3) AS accounts
        GROUP BY 1, 2"""


def united(names: Sequence[str], judged: str, flags: str) -> str:
    """Return the SELECT in which lines of one customer and one moment say the same, whichever account they are of.

    The line of the id that remains counts; without one, what the others agree in, and the rest is blank. ``beside`` is
    true where several accounts have such lines.
    """
    several = "fault IS NULL AND MIN(own_id) OVER version <> MAX(own_id) OVER version"
    kept = "own_id = customer_id"
    picked = {"customer_id": "customer_id", "known_at": f"CASE WHEN beside THEN {KNOWN} ELSE known_at END"}
    for name in (n for n in names if n not in picked):
        if name in _FLAGS:
            picked[name] = f"CASE WHEN f.record IS NULL THEN l.{name} ELSE f.{name} END"
            continue
        agreed = f"CASE WHEN MIN({name}) OVER version = MAX({name}) OVER version THEN {name} END"
        # Lines of one account and one moment are alike, or at fault: the greatest is any of them.
        own = f"MAX({name}) FILTER (WHERE {kept}) OVER version"
        one = f"CASE WHEN BOOL_OR({kept}) OVER version THEN {own} ELSE {agreed} END"
        picked[name] = f"CASE WHEN beside THEN {one} ELSE {name} END"
    listed = ", ".join(f"{sql} AS {name}" for name, sql in picked.items())
    window = f"WINDOW version AS (PARTITION BY fault IS NULL, customer_id, {KNOWN})"
    return (
        f"SELECT l.file, l.record, l.line_hash, l.own_id, l.fault, l.beside, {listed} "
        f"FROM (SELECT *, {several} AS beside FROM {judged} {window}) AS l "
        f"LEFT JOIN ({flags}) AS f USING (file, record) {window}"
    )
