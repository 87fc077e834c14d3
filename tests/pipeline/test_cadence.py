"""Status says what was done in both settings, whatever the model holds."""

from datetime import date, datetime

import pytest

from holdfast.data import simulate_contracts
from holdfast.pipeline import prepare, score, status_of, train
from tests.pipeline.contracts import config, snapshot


def tasks(settings, today):
    return {t["task"]: (t["done"], t["days"], t["due"]) for t in status_of(settings, today=today)["tasks"]}


def commands(settings, today):
    return [t["do"] for t in status_of(settings, today=today)["tasks"]]


def test_spells_have_the_dates_they_were_trained_and_scored_as_of(tmp_path):
    prepared = prepare(config(tmp_path, "spells"), subscriptions=simulate_contracts(600, seed=3).spells)
    nothing = tasks(prepared.config, date(2023, 11, 6))
    assert nothing == dict.fromkeys(("scores", "training", "review"), (None, None, True))
    # `holdfast score` would refuse.
    assert commands(prepared.config, date(2023, 11, 6)) == [
        "holdfast run",
        "holdfast run",
        "holdfast status --reviewed",
    ]
    train(prepared)
    assert commands(prepared.config, date(2023, 11, 6))[:2] == [
        "holdfast score --as-of DATE",
        "holdfast train --as-of DATE",
    ]
    score(prepared)
    assert tasks(prepared.config, date(2023, 11, 6)) == {
        "scores": ("2023-11-01", 5, False),
        "training": ("2023-11-01", 5, False),
        "review": (None, None, True),
    }
    assert tasks(prepared.config, date(2023, 12, 20))["training"] == ("2023-11-01", 49, True)


@pytest.mark.parametrize("as_of", [None, "2024-02-01"])
def test_a_table_without_dates_counts_from_the_day_of_the_work(tmp_path, as_of):
    given = config(tmp_path, "customers", **({"as_of": as_of} if as_of else {}))
    prepared = prepare(given, subscriptions=snapshot())
    train(prepared)
    score(prepared)
    today = datetime.now().date()  # the day on this machine's calendar, as files have it
    found = tasks(prepared.config, today)
    # Trained today; scored today, or as of the day that the configuration names.
    assert found["training"][:2] == (today.isoformat(), 0)
    assert found["scores"][0] == (as_of or today.isoformat())
    assert not found["training"][2]
