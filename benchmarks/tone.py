"""Tone learnt from scored comments beside a lexicon, on texts that people have rated: `make bench-tone TEXTS=FOLDER`.

FOLDER holds the corpora of Hutto & Gilbert (2014), as the source archive of the package vaderSentiment brings them:
files ``*_GroundTruth.txt`` with an id, a mean rating from −4 to 4 and a text, tab between them. Every text counts as a
customer's. Where that package is installed, its lexicon stands beside.
"""

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from holdfast.kpis.comments import learn_tone

_SIZES = (300, 1000, 3000, 10_000)


def lexicon() -> Callable[[str], float] | None:
    """Return the tone of a text by VADER's lexicon, or nothing where the package is not installed."""
    try:
        found = importlib.import_module("vaderSentiment.vaderSentiment").SentimentIntensityAnalyzer()
    except ImportError:
        return None
    return lambda text: float(found.polarity_scores(text)["compound"])


def main() -> None:
    """Print a line per corpus and size."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--texts", type=Path, required=True)
    peer = lexicon()
    print("corpus                    texts  learnt (95 % from)   lexicon")
    for path in sorted(options.parse_args().texts.glob("*_GroundTruth.txt")):
        rows = [line.split("\t") for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
        order = np.random.default_rng(1).permutation(len(rows))
        for size in (n for n in _SIZES if n <= len(rows)):
            some = [rows[i] for i in order[:size]]
            texts, ratings = [row[2] for row in some], np.array([float(row[1]) / 4 for row in some])
            tone = learn_tone(texts, ratings, [str(i) for i in range(size)])
            correlation, low = (np.nan, np.nan) if tone is None else (tone.correlation, tone.low)
            beside = "–" if peer is None else f"{spearmanr([peer(text) for text in texts], ratings)[0]:.2f}"
            name = path.name.removesuffix("_GroundTruth.txt")
            print(f"{name:<24}{size:>7}  {correlation:>6.2f} ({low:.2f}){beside:>17}", flush=True)


if __name__ == "__main__":
    main()
