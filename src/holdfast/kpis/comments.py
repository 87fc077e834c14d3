"""What customers write, counted by topic and tone: comments of surveys and reviews, texts of tickets.

Nothing here knows a language: topics are the words that a scenario names, the tone is the customer's own score, and
where there is none it is learnt from the comments that have one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.kpis.rates import mean
from holdfast.kpis.words import SPACELESS, plain, words_of
from holdfast.learn.arrays import Flags, Floats
from holdfast.learn.intervals import NORMAL_95

ALL, OTHER = "all", "other"
# Tone is learnt from so many scored comments, and used where it ranks unseen ones at least so well.
_FEWEST, _FOLDS, _LEAST_CORRELATION = 300, 5, 0.2


def topics_of(texts: Sequence[str], topics: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return which topics each text is of: a column of flags per topic and ``other`` for none, shape (n, topics + 1).

    A text is of a topic where it holds one of its words, or phrases; ``late*`` is every word that begins so. Capital
    letters and accents do not count.

    Examples
    --------
    >>> topics_of(["Delivered too late", "Très cher"], {"delivery": ["deliver*"], "price": ["cher", "price"]})
       delivery  price  other
    0      True  False  False
    1     False   True  False
    """
    folded = [plain(text) for text in texts]
    patterns = {name: re.compile("|".join(map(_pattern, words))) for name, words in topics.items()}
    found = {name: np.array([bool(p.search(t)) for t in folded], dtype=bool) for name, p in patterns.items()}
    table = pd.DataFrame(found, index=range(len(folded)), dtype=bool)
    return table.assign(**{OTHER: ~table.any(axis=1)})


def _pattern(word: str) -> str:
    folded = plain(word)
    stem = r"\s+".join(re.escape(part) for part in folded.rstrip("*").split())
    if SPACELESS.search(folded):
        return stem
    return rf"(?<!\w){stem}" + (r"\w*" if folded.endswith("*") else r"(?!\w)")


@dataclass(frozen=True)
class Tone:
    """The tone of comments as it was learnt from those whose customer gave a score.

    Attributes
    ----------
    correlation, low
        Spearman's between the tone and the score of customers not learnt from, and the lower end of its 95 % interval.
    comments
        How many it was learnt from.
    predict
        Texts → tone, −1 (as the worst scores) to 1 (as the best), shape (n,).
    """

    correlation: float
    low: float
    comments: int
    predict: Callable[[Sequence[str]], Floats]

    @property
    def useful(self) -> bool:
        """Whether it ranks comments well enough to speak of their tone."""
        return self.low >= _LEAST_CORRELATION


def learn_tone(texts: Sequence[str], scores: npt.ArrayLike, customers: Sequence[str]) -> Tone | None:
    """Learn the tone of words from comments with scores; ``None`` with fewer than 300, or where all scores are alike.

    A ridge regression of the scores on the words and pairs of words (tf-idf), tested in five folds of customers.

    Parameters
    ----------
    texts, scores, customers
        Of each comment: what was written, the tone of the score (−1 to 1), and who wrote it.

    Examples
    --------
    >>> good, bad = ["very good service", "fast and good"], ["bad and slow", "slow, broken, bad"]
    >>> tone = learn_tone((good + bad) * 100, [1, 1, -1, -1] * 100, [str(i) for i in range(400)])
    >>> tone.useful, tone.predict(["good", "slow"]).round() + 0.0
    (True, array([ 1., -1.]))
    """
    from scipy.stats import spearmanr
    from sklearn.model_selection import GroupKFold

    y = np.asarray(scores, dtype=np.float64)
    if len(y) < _FEWEST or y.min() == y.max() or len(set(customers)) < _FOLDS:
        return None
    written = np.asarray(texts, dtype=object)
    unseen = np.empty(len(y))
    for learnt, asked in GroupKFold(_FOLDS).split(written, groups=customers):
        unseen[asked] = _ridge(written[learnt], y[learnt])(written[asked])
    found = float(spearmanr(unseen, y)[0]) if np.ptp(unseen) > 0 else 0.0
    # Fisher's z with the variance of Bonett & Wright (2000) for ranks.
    half = NORMAL_95 * np.sqrt((1 + found**2 / 2) / (len(y) - 3))
    low = float(np.tanh(np.arctanh(min(found, 1 - 1e-12)) - half))
    return Tone(found, low, len(y), _ridge(written, y))


def _ridge(texts: npt.NDArray[Any], y: Floats) -> Callable[[Sequence[str]], Floats]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge

    seen: dict[str, int] = {}
    for text in texts:
        for word in set(words_of(text)):
            seen[word] = seen.get(word, 0) + 1
    known = sorted(word for word, n in seen.items() if n >= 2)
    if not known:
        middle = float(y.mean())
        return lambda asked: np.full(len(asked), middle)
    weigh = TfidfVectorizer(analyzer=words_of, vocabulary=known, sublinear_tf=True)
    model = Ridge(alpha=1.0, solver="sparse_cg", tol=1e-6).fit(weigh.fit_transform(texts), y)
    return lambda asked: np.clip(np.asarray(model.predict(weigh.transform(asked)), dtype=np.float64), -1.0, 1.0)


def by_topic(comments: pd.DataFrame, flags: pd.DataFrame, segments: pd.Series) -> pd.DataFrame:
    """Return how many wrote about what, and in which tone: of all, and of each segment.

    Parameters
    ----------
    comments
        One row per comment: ``customer_id``, ``tone`` (−1 to 1; NaN: no score) and ``by_words`` (the same, as learnt;
        NaN where it was not).
    flags
        Of each comment, by topic (``topics_of``).
    segments
        By ``customer_id``; who has none counts in ``all`` alone.

    Returns
    -------
    pandas.DataFrame
        ``columns.VALUE["comments"]``: for every group the row ``all`` and one per topic.

    Examples
    --------
    >>> comments = pd.DataFrame({"customer_id": ["a", "a", "b"], "tone": [-1.0, 0.5, 1.0], "by_words": float("nan")})
    >>> table = by_topic(comments, pd.DataFrame({"price": [True, False, True]}), pd.Series({"a": "Loyal"}))
    >>> table[["kind", "name", "topic", "comments", "customers", "share", "tone", "unhappy", "happy"]]
          kind   name  topic  comments  customers  share   tone  unhappy  happy
    0      all    all    all         3          2    1.0  0.375        1      1
    1      all    all  price         2          2    1.0  0.000        1      1
    2  segment  Loyal    all         2          1    1.0 -0.250        1      0
    3  segment  Loyal  price         1          1    1.0 -1.000        1      0
    """
    mine = comments["customer_id"].map(segments)
    groups: list[tuple[str, str, Flags]] = [(ALL, ALL, np.ones(len(comments), dtype=bool))]
    groups += [("segment", name, (mine == name).to_numpy()) for name in mine.dropna().unique()]
    rows = []
    for kind, name, inside in groups:
        wrote = comments.loc[inside, "customer_id"].nunique()
        for topic, about in [(ALL, np.ones(len(comments), dtype=bool)), *((t, flags[t].to_numpy()) for t in flags)]:
            rows.append({"kind": kind, "name": name, "topic": topic, **_told(comments[inside & about], wrote)})
    return pd.DataFrame(rows)


def _told(some: pd.DataFrame, wrote: int) -> dict[str, Any]:
    """Return the figures of some comments, by customer."""
    own = some.groupby("customer_id")["tone"].mean().dropna().to_numpy()
    figure = mean(own)
    learnt = some.loc[some["tone"].isna(), "by_words"].mean()
    customers = some["customer_id"].nunique()
    return {
        "comments": len(some),
        "customers": customers,
        "share": customers / wrote if wrote else np.nan,
        "scored": len(own),
        "tone": figure.value,
        "low": max(figure.low, -1.0) if len(own) > 1 else np.nan,
        "high": min(figure.high, 1.0) if len(own) > 1 else np.nan,
        "unhappy": int((own < 0).sum()),
        "happy": int((own > 0).sum()),
        "tone_by_words": learnt,
    }
