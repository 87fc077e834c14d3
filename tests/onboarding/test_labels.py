"""Columns that say where and how was bought are found by their whole names, and only where they are groups."""

import pandas as pd
import pytest

from holdfast.columns import LABELS
from holdfast.config import load_config
from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.labels_of_lines import _NAMES
from tests.fuzz.configurations import command


@pytest.mark.parametrize(
    ("header", "role"),
    [
        *(("Filiale", "branch"), ("Sales Channel", "channel"), ("Verkäufer", "seller"), ("land", "region")),
        *(("Lager", "branch"), ("Behandler", "seller"), ("Leistung", "category"), ("Fund", "category")),
        *(("Bundesland", "region"), ("Appeal", "promotion")),
    ],
)
def test_init_maps_what_lists_can_say(tmp_path, header, role):
    days = pd.date_range("2024-01-01", periods=200).strftime("%Y-%m-%d")
    lines = pd.DataFrame({"customer_id": [f"c{i % 60}" for i in range(200)], "ordered_at": days, "amount": 9.5})
    path = tmp_path / "log.csv"
    lines.assign(**{header: [f"{i % 4}" for i in range(200)]}).to_csv(path, index=False)
    assert command("init", str(path), "--yes", "--out", str(tmp_path / "log.yaml"))[0] == 0
    assert load_config(tmp_path / "log.yaml").purchases.columns.mapped()[role] == header
    # What differs on every line, and a name that only begins so, are no groups of purchases.
    lines.assign(**{header: days.str[1:] + "x", f"{header} of birth": "a"}).to_csv(path, index=False)
    command("init", str(path), "--yes", "--out", str(tmp_path / "other.yaml"))
    assert role not in load_config(tmp_path / "other.yaml").purchases.columns.mapped()


def test_names_are_written_as_they_are_compared():
    assert set(_NAMES) == set(LABELS)
    for names in _NAMES.values():
        assert all("".join(plain_words(name)) == name for name in names.split())
