"""Comments: what customers wrote in surveys and tickets, by topic, tone and segment, and the words that stand out."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from holdfast.config import Config
from holdfast.kpis.comments import Tone, by_topic, learn_tone, topics_of
from holdfast.kpis.words import standing_out
from holdfast.language import told
from holdfast.learn.arrays import Floats

_YEAR = 365
_WRITTEN = """
SELECT customer_id, item, day, score, comment FROM (
    SELECT customer_id, COALESCE(LOWER(item), '') AS item, COALESCE(answered_day, asked_day) AS day,
           CAST(score AS DOUBLE) AS score, comment FROM surveys
    UNION ALL
    SELECT customer_id, '' AS item, opened_day AS day, CAST(NULL AS DOUBLE) AS score, comment FROM tickets
) AS written WHERE day >= {first} AND day < {last} AND (comment IS NOT NULL OR score IS NOT NULL)
"""


def written_until(sql: Callable[[str], pd.DataFrame], day: int, config: Config) -> pd.DataFrame:
    """Return the comments of the year before a day number, with the tone of the score that goes with each.

    The score is that of the comment's own line, else the mean of those that the customer gave on the same day; on the
    scale of its item, or from the lowest to the highest answer where none is stated.

    Returns
    -------
    pandas.DataFrame
        ``customer_id``, ``comment``, ``tone`` (−1 to 1; NaN: no score).
    """
    rows = sql(_WRITTEN.format(first=day - _YEAR, last=day))
    if not len(rows):
        return pd.DataFrame({"customer_id": [], "comment": [], "tone": []}, dtype="str").astype({"tone": "float64"})
    rows["tone"] = _tones(rows, config.survey_scales)
    together = rows.groupby(["customer_id", "day"])["tone"].transform("mean")
    wrote = rows["comment"].notna() & (rows["comment"] != "")
    return rows.assign(tone=rows["tone"].fillna(together)).loc[wrote, ["customer_id", "comment", "tone"]]


def _tones(rows: pd.DataFrame, scales: Mapping[str, tuple[float, float]]) -> Floats:
    """Return each score on −1 (the worst of its item's scale) to 1 (the best)."""
    seen = rows.groupby("item")["score"].agg(["min", "max"])
    low = rows["item"].map({name: scales[name][0] if name in scales else seen["min"][name] for name in seen.index})
    high = rows["item"].map({name: scales[name][1] if name in scales else seen["max"][name] for name in seen.index})
    width = (high - low).to_numpy(dtype=np.float64)
    width = np.where(width > 0, width, np.nan)
    return np.asarray(2 * (rows["score"] - low).to_numpy(dtype=np.float64) / width - 1, dtype=np.float64)


def comment_tables(
    comments: pd.DataFrame,
    earlier: pd.DataFrame,
    segment: pd.Series,
    left: pd.Series,
    stayed: pd.Series,
    config: Config,
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return the tables ``comments`` and ``words``, and what to know of them; no tables where nobody wrote.

    Parameters
    ----------
    comments, earlier
        As ``written_until`` returns them: until the cutoff, and until the last window that is over began.
    segment
        RFM segment by customer.
    left, stayed
        Who of those who were active when that window began did not buy in it, and who did.
    config
        Topics, and how few customers a figure may be of.
    """
    if not len(comments):
        return {}, []
    flags = topics_of(comments["comment"].tolist(), config.value.topics)
    if not config.value.topics:
        flags = flags[[]]
    learnt, notes = _by_words(comments)
    tables = {"comments": by_topic(comments.assign(by_words=learnt), flags, segment)}
    words = _words(comments, earlier, left, stayed, config.privacy.minimum_cell)
    if len(words):
        tables["words"] = words
        notes.append(
            told("Words go with a score or with leaving; they are not the cause of it, and not all customers write.")
        )
    else:
        notes.append(told("No word stands out among the comments of one group of customers."))
    return tables, notes


def _by_words(comments: pd.DataFrame) -> tuple[Floats, list[str]]:
    """Return the tone of comments without a score, as learnt from the others; NaN where it was not, and why."""
    unknown = np.full(len(comments), np.nan)
    without = comments["tone"].isna().to_numpy()
    if not without.any():
        return unknown, []
    known = comments[~without]
    tone = learn_tone(known["comment"].tolist(), known["tone"].to_numpy(), known["customer_id"].tolist())
    if tone is None or not tone.useful:
        return unknown, [_not_learnt(tone, len(known))]
    unknown[without] = tone.predict(comments.loc[without, "comment"].tolist())
    note = told(
        "The tone of comments without a score was learnt from {n:,} with one: of customers not learnt from, tone and "
        "score have a rank correlation of {r:.2f}.",
        n=tone.comments,
        r=tone.correlation,
    )
    return unknown, [note]


def _not_learnt(tone: Tone | None, scored: int) -> str:
    if tone is None:
        return told(
            "Comments without a score have no tone: {n:,} comments have a score, and 300 different ones are needed to "
            "learn from.",
            n=scored,
        )
    return told(
        "Comments without a score have no tone: of customers not learnt from, words and score have a rank correlation "
        "of {r:.2f} only.",
        r=tone.correlation,
    )


def _words(
    comments: pd.DataFrame, earlier: pd.DataFrame, left: pd.Series, stayed: pd.Series, least: int
) -> pd.DataFrame:
    """Return the words that stand out among the unhappy and the happy, and among those who left and who stayed."""
    mean = comments.groupby("customer_id")["tone"].mean()
    scored = comments[~comments["tone"].isna()]
    unhappy, happy = standing_out(
        scored["comment"].tolist(), scored["customer_id"].tolist(), mean.index[mean < 0], mean.index[mean > 0], least
    )
    gone, there = standing_out(earlier["comment"].tolist(), earlier["customer_id"].tolist(), left, stayed, least)
    found = {"unhappy": unhappy, "happy": happy, "left": gone, "stayed": there}
    return pd.concat(
        [words.assign(said_by=name)[["said_by", *words]] for name, words in found.items()], ignore_index=True
    )
