"""Profiles of inputs: what differs is told, what chance or a calendar moves is not, and no value is kept."""

import json

import numpy as np
import pandas as pd
import pytest

from holdfast.evaluate import Profile
from holdfast.evaluate.drift import sentence

RANDOM = np.random.default_rng(12)
SPEND = RANDOM.gamma(2.0, 30.0, 4000)
CITY = pd.Series(RANDOM.choice(["Riga", "Oslo", "Rome"], 4000, p=[0.5, 0.3, 0.2]), dtype="str")


def drawn(n: int, seed: int) -> tuple[dict[str, np.ndarray], dict[str, pd.Series]]:
    random = np.random.default_rng(seed)
    city = pd.Series(random.choice(["Riga", "Oslo", "Rome"], n, p=[0.5, 0.3, 0.2]), dtype="str")
    return {"spend": random.gamma(2.0, 30.0, n)}, {"city": city}


@pytest.fixture(scope="module")
def profile() -> Profile:
    return Profile.of({"spend": SPEND}, {"city": CITY})


@pytest.mark.parametrize("n", [20, 60, 300, 4000])
def test_customers_of_the_same_kind_are_hardly_ever_suspected(profile, n):
    suspected = sum(bool(profile.drift(*drawn(n, seed))) for seed in range(200))
    assert suspected <= 3, "one in a thousand is the bar"


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        (
            lambda x: x * 100,
            "shifted",
            r"spend is as if in another unit \(median [\d,]{5}, in the training \d\d\.\d+\)",
        ),
        (lambda x: x / 100, "shifted", r"spend is as if in another unit \(median 0\.\d+, in the training \d\d\.\d+\)"),
        (lambda x: x * 2, "shifted", r"spend has shifted \(median .*, PSI [\d.]+, bar 0.25\)"),
        (lambda x: x * 0 + 7, "constant", "spend is the same for everyone, and was not in the training"),
        (
            lambda x: np.where(np.arange(len(x)) % 2 == 0, np.nan, x),
            "missing",
            "spend is missing in 50.0% of the rows, in the training in 0.0%",
        ),
    ],
)
def test_a_number_unlike_the_trainings_is_told(profile, change, kind, said):
    numbers, texts = drawn(1000, 3)
    (found,) = profile.drift({"spend": change(numbers["spend"])}, texts)
    assert (found.column, found.kind, found.severe) == ("spend", kind, False)
    assert pd.Series([found.said]).str.match(said).all(), found.said
    assert found.size > 1
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False)) == found.as_dict()


def test_psi_is_that_of_the_shares():
    """Second computation: nine bins of the training's deciles by hand."""
    numbers, _ = drawn(1000, 5)
    now = numbers["spend"] * 2
    edges = [-np.inf, *np.quantile(SPEND, np.linspace(0.1, 0.9, 9)), np.inf]
    p, q = (np.histogram(x, edges)[0] / len(x) for x in (SPEND, now))
    (found,) = Profile.of({"spend": SPEND}).drift({"spend": now})
    assert float(found.said.split("PSI ")[1].split(",")[0]) == pytest.approx(
        float(((q - p) * np.log(q / p)).sum()), abs=0.006
    )


@pytest.mark.parametrize(
    ("written", "kind", "said", "severe"),
    [
        (
            lambda c: c.str.upper(),
            "unseen",
            "city holds 3 categories that the training did not see, in 900 rows (100.0%); they differ from known",
            True,
        ),
        (
            lambda c: c.where(c.index % 3 > 0, " " + c + " "),
            "unseen",
            "in 300 rows (33.3%); they differ from known ones only by capitals or blanks",
            False,
        ),
        (
            lambda c: c.where(c.index % 3 > 0, "Bern"),
            "unseen",
            "city holds 1 category that the training did not see, in 300 rows (33.3%)",
            False,
        ),
        (
            lambda c: c.where(c.index % 3 > 0, c.str.lower()).where(c.index % 6 > 0, "Bern"),
            "unseen",
            "150 rows of them differ from known ones only by capitals",
            False,
        ),
        (
            lambda c: c.where(c.index < 0),
            "missing",
            "city is missing in 100.0% of the rows, in the training in 0.0%",
            True,
        ),
        (
            lambda c: c.where(c.index < 0, "Rome"),
            "shifted",
            "the shares of city's categories have shifted (PSI ",
            False,
        ),
    ],
)
def test_a_text_unlike_the_trainings_is_told(profile, written, kind, said, severe):
    numbers, texts = drawn(900, 4)
    (found,) = profile.drift(numbers, {"city": written(texts["city"])})
    assert (found.column, found.kind, found.severe) == ("city", kind, severe)
    assert said in found.said
    assert "Bern" not in found.said


def test_a_single_row_is_not_judged_by_its_distribution(profile):
    assert profile.drift({"spend": np.array([5000.0])}, {"city": pd.Series(["Riga"])}) == []
    (unseen,) = profile.drift({"spend": np.array([5000.0])}, {"city": pd.Series(["Bern"])})
    assert (unseen.kind, unseen.severe) == ("unseen", False)


def test_no_customers_value_is_in_the_profile():
    """Categories of fewer than 20 are pooled; a quantile has at least 20 customers on either side."""
    names = pd.Series([f"customer {i % 400}" for i in range(2000)] + ["web"] * 500 + ["shop"] * 19, dtype="str")
    secret = RANDOM.normal(0, 1, 2519) + np.array([1e6, -1e6] + [0.0] * 2517)
    made = Profile.of({"income": secret, "few": np.array([3.0, 4.0] * 10)}, {"name": names})
    assert made.categories["name"].levels == ("web",)
    assert made.categories["name"].others == pytest.approx(2019 / 2519)
    income = made.numbers["income"]
    assert all((secret < edge).sum() >= 20 and (secret > edge).sum() >= 20 for edge in income.edges)
    assert made.numbers["few"].edges == ()
    text = json.dumps(made.to_dict())
    assert "customer" not in text
    assert "1000000" not in text
    # What was pooled is no news; what was not there at all is, beyond the share that was pooled.
    assert made.drift({"income": secret}, {"name": names}) == []


def test_a_share_that_moves_with_every_customer_is_the_same_still():
    """Without one of 6,000 customers the share of each channel is another number, for everybody."""
    web = np.arange(6000) < 3003

    def shares(rows):
        return {"channel_share": np.where(rows, rows.mean(), 1 - rows.mean())}

    was = Profile.of(shares(web))
    assert was.drift(shares(web[1:])) == []
    (found,) = was.drift(shares(np.arange(6000) < 3300))
    assert found.kind == "shifted"


def test_what_a_window_moves_by_itself_is_usual():
    ages = RANDOM.uniform(100, 200, 2000)
    still = Profile.of({"tenure": ages})
    known = Profile.of({"tenure": ages}, earlier={"tenure": ages - 60})
    (told,) = still.drift({"tenure": ages + 60})
    assert told.kind == "shifted"
    assert known.drift({"tenure": ages + 60}) == []
    window = Profile.of({"spend_365d": SPEND}, windowed=["spend_365d"])
    assert window.drift({"spend_365d": SPEND * 100}) == []
    (blank,) = window.drift({"spend_365d": np.full(400, np.nan)})
    assert blank.severe


def test_a_profile_survives_its_file(profile):
    again = Profile.from_dict(json.loads(json.dumps(profile.to_dict())))
    assert again == profile
    numbers, texts = drawn(500, 9)
    assert again.drift(numbers, texts) == []


def test_the_worst_are_named_and_the_rest_counted():
    many = Profile.of({f"x{i}": RANDOM.normal(50, 1, 400) for i in range(8)})
    found = many.drift({f"x{i}": RANDOM.normal(50, 1, 400) * (1 + i) for i in range(8)})
    said = sentence(found)
    assert len(found) == 7
    assert said.startswith("Inputs unlike the training's: x")
    assert said.endswith("; and 2 more (metrics.json, drift).")
    assert sentence([]) == ""
