"""Lists that are made late, or beside earlier ones."""

import json
from datetime import date, timedelta

import pytest

from holdfast import make_config, prepare, score, train
from holdfast.pipeline import make_list
from holdfast.report import decisions as text
from tests.conftest import settings

TODAY = date(2024, 3, 3)


@pytest.fixture(scope="module")
def shop_done(shop, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    given = {**settings(folder), "lists": {"most": 200}}
    prepared = prepare(make_config(given), purchases=shop.purchases[shop.purchases["ordered_at"] < "2024-03-01"])
    train(prepared)
    return prepared, score(prepared)


def test_the_records_of_earlier_lists_are_read_once(shop_done, monkeypatch):
    prepared, _ = shop_done
    make_list(prepared, "at_risk", today=TODAY)
    read = []
    # The report comes after the list is written, and reads anew.
    monkeypatch.setattr("holdfast.pipeline.listing.refresh_report", lambda *_: None)
    monkeypatch.setattr(
        "holdfast.pipeline.issued.read_json", lambda path: read.append(path) or json.loads(path.read_text("utf-8"))
    )
    make_list(prepared, "win_back", today=TODAY)
    assert len(read) == len(set(read)) > 0


def test_overdue_scores_say_so(shop_done):
    prepared, _ = shop_done
    issued = make_list(prepared, "at_risk", today=date(2024, 3, 20), beside=False)
    assert "overdue by 12 days" in issued.record["warnings"][0]
    said = text.issued(issued.as_dict(), issued.decision, rows=1)
    assert said.startswith("WARNING: The scores are overdue")
    # Fourteen days from the as-of date on: the head of the list says until when, and this that it is over.
    assert "WARNING: The last day to contact by these scores was 2024-03-15: " in said
    assert "contact until 2024-03-15" in said
    in_time = make_list(prepared, "at_risk", today=date(2024, 3, 15), beside=False)
    assert [w for w in in_time.record["warnings"] if "last day" in w] == []


def test_where_nothing_is_newer_than_overdue_scores_the_same_command_is_not_advised(shop_done, monkeypatch):
    """A closed season: with as_of: end_of_data, scoring again gives the same day."""
    prepared, _ = shop_done
    for newer, said in ((0, "score with --as-of 2024-03-20."), (1, "score again before contacting anybody.")):
        monkeypatch.setattr(type(prepared), "known_until", lambda _, as_of, today, n=newer: as_of + timedelta(days=n))
        issued = make_list(prepared, "at_risk", today=date(2024, 3, 20), beside=False)
        assert issued.record["warnings"][0].startswith("The scores are overdue by 12 days")
        assert issued.record["warnings"][0].endswith(said)
