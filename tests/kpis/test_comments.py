"""Topics are counted as a person would, tone is learnt only where it can be, and chance makes no word stand out."""

import numpy as np
import pandas as pd
import pytest

from holdfast.kpis.comments import by_topic, learn_tone, topics_of
from holdfast.kpis.words import standing_out, words_of

TOPICS = {"delivery": ["deliver*", "too late", "ZU SPÄT"], "price": ["cher", "price"], "logistics": ["物流"]}


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("Delivered yesterday", {"delivery"}),
        ("It came TOO   LATE", {"delivery"}),
        ("late, but not too early", {"other"}),
        ("Kam zu spat", {"delivery"}),  # as typed without the letter
        ("très chère", {"other"}),  # a word of its own, not the beginning of one
        ("Trop cher; delivery fine", {"price", "delivery"}),
        ("pricey", {"other"}),
        ("物流很慢", {"logistics"}),
        ("", {"other"}),
    ],
)
def test_a_text_is_of_the_topics_whose_words_stand_in_it(text, topics):
    row = topics_of([text], TOPICS).iloc[0]
    assert {name for name in row.index if row[name]} == topics


def test_signs_in_topics_are_signs_and_no_patterns():
    flags = topics_of(["c++ (fast)", "c and fast"], {"language": ["c++"], "brackets": ["(fast)"]})
    assert flags["other"].tolist() == [False, True]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don’t  stop!", ["don’t", "stop", "don’t stop"]),
        ("Årets bedste", ["årets", "bedste", "årets bedste"]),
        ("A\u030arets", ["årets"]),  # a ring on its own is the same letter
        ("order 4711 late", ["order", "late", "order late"]),
        ("快递 very late", ["快递", "very", "late", "very late"]),
        ("慢", ["慢"]),
    ],
)
def test_words_and_neighbours(text, words):
    assert words_of(text) == words


def test_by_topic_counts_customers_once_and_their_mean_tone():
    comments = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "c", "d"],
            "tone": [-1.0, 0.0, 1.0, np.nan, 0.0],
            "by_words": [np.nan, np.nan, np.nan, -0.5, np.nan],
        }
    )
    flags = pd.DataFrame({"price": [True, True, True, True, False]})
    table = by_topic(comments, flags, pd.Series({"a": "Loyal", "b": "Loyal", "c": "Lost"}))
    table = table.set_index(["name", "topic"])
    whole = table.loc[("all", "price")]
    assert (whole["comments"], whole["customers"], whole["share"]) == (4, 3, 0.75)
    # a: −0.5, b: 1; c has no score, and d said nothing of it.
    assert (whole["scored"], whole["tone"], whole["unhappy"], whole["happy"]) == (2, 0.25, 1, 1)
    assert whole["tone_by_words"] == -0.5
    assert table.loc[("all", "all"), "customers"] == 4
    assert table.loc[("all", "all"), "unhappy"] == 1  # d's 0 is neither
    assert table.loc[("Lost", "price"), "scored"] == 0
    assert np.isnan(table.loc[("Lost", "price"), "tone"])
    assert -1 <= whole["low"] < 0.25 < whole["high"] <= 1
    # d is in no segment, and counts in `all` alone.
    assert table.loc[("Loyal", "all"), "customers"] + table.loc[("Lost", "all"), "customers"] == 3


def texts_of(random: np.random.Generator, n: int, telling: float) -> tuple[list[str], np.ndarray]:
    """Comments of twelve words, of which a few tell the score in so many of them."""
    common = [f"w{a}{b}" for a in "abcdefgh" for b in "abcdefgh"]
    scores = random.choice([-1.0, -0.5, 0.5, 1.0], n)
    texts = []
    for score in scores:
        words = list(random.choice(common, 12))
        if random.random() < telling:
            words[3] = str(random.choice(["awful", "broken"] if score < 0 else ["lovely", "quick"]))
        texts.append(" ".join(words))
    return texts, scores


def test_tone_is_learnt_from_words_that_tell_it_and_not_from_noise():
    random = np.random.default_rng(1)
    who = [str(i) for i in range(1500)]
    told = learn_tone(*texts_of(random, 1500, 0.7), who)
    assert told.useful
    assert told.correlation > 0.5
    assert told.low < told.correlation
    unseen, truth = texts_of(random, 800, 0.7)
    assert np.corrcoef(told.predict(unseen), truth)[0, 1] > 0.5
    assert np.abs(told.predict([*unseen, "", "never seen before"])).max() <= 1
    noise = learn_tone(*texts_of(random, 1500, 0.0), who)
    assert not noise.useful
    assert abs(noise.correlation) < 0.1


def test_one_customer_who_writes_the_same_again_and_again_proves_nothing():
    random = np.random.default_rng(2)
    texts, scores = texts_of(random, 40, 0.0)
    assert not learn_tone(texts * 10, np.tile(scores, 10), [str(i) for i in range(40)] * 10).useful


@pytest.mark.parametrize("scores", [[1.0] * 400, [-1.0, 1.0] * 100], ids=["all alike", "too few"])
def test_there_is_no_tone_to_learn(scores):
    assert learn_tone(["good", "bad"] * (len(scores) // 2), scores, [str(i) for i in range(len(scores))]) is None


def test_chance_makes_a_word_stand_out_in_one_of_twenty_worlds_at_most():
    random = np.random.default_rng(3)
    found = 0
    for _ in range(100):
        texts, _scores = texts_of(random, 200, 0.0)
        who = [str(i) for i in range(200)]
        side = random.random(200) < 0.4
        first, second = standing_out(texts, who, np.array(who)[side], np.array(who)[~side])
        found += len(first) + len(second) > 0
    assert found <= 9  # 5 are expected at the most; 10 and more have a chance of 3 %


def test_a_word_counts_once_a_customer_and_needs_five():
    late = ["so late", "late again", "late, late, late"]
    who = [f"u{i}" for i in range(20)] + [f"h{i}" for i in range(20)]
    texts = [late[i % 3] for i in range(20)] + ["thank you"] * 20
    # One customer who writes "dreadful" in fifty comments is one customer.
    unhappy, happy = standing_out([*texts, *["dreadful"] * 50], [*who, *["u1"] * 50], who[:20], who[20:])
    assert unhappy["word"].tolist()[0] == "late"
    assert (unhappy["customers"].iloc[0], unhappy["share"].iloc[0], unhappy["share_of_others"].iloc[0]) == (
        20,
        1.0,
        0.0,
    )
    assert "dreadful" not in set(unhappy["word"])
    assert len(happy) == 1  # "thank", "you" and "thank you" are the same customers'
    assert standing_out(texts, who, who[:20], who[20:], least=21)[0].empty
    assert standing_out(texts, who, who[:20], [])[0].empty
    from scipy.stats import fisher_exact

    assert unhappy["p_value"].iloc[0] == pytest.approx(fisher_exact([[20, 0], [0, 20]], "greater")[1])
