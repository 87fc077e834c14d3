"""The table made up for those who have none: whole, the same for the same seed, and what the scenario reads."""

import pandas as pd
import pytest

from holdfast.config import load_config
from holdfast.data import simulate_contracts
from tests.conftest import PROJECT
from tests.fuzz.configurations import command


def test_the_table_is_that_of_the_simulator(tmp_path):
    for name in ("one.csv", "two.csv"):
        code, said = command("simulate", "--out", str(tmp_path / name), "--customers", "40", "--seed", "7")
        assert code == 0, said
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    spells = simulate_contracts(40, seed=7).spells
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "one.csv"), spells, check_dtype=False)


def test_the_scenario_reads_its_columns():
    subscriptions = load_config(PROJECT / "configs" / "subscriptions.yaml").subscriptions
    columns = {name for name in vars(subscriptions.columns).values() if name is not None}
    assert {"customer_id", "started_at", "ended_at"} <= columns
    assert columns <= set(simulate_contracts(5).spells.columns)
    reasons = set(simulate_contracts(300).spells["end_reason"].dropna())
    assert set(subscriptions.payment_failure_reasons) < reasons


@pytest.mark.parametrize(("out", "said"), [("x.txt", "the ending says the format"), ("no/x.csv", "there is no folder")])
def test_what_cannot_be_written_is_refused(tmp_path, out, said):
    code, answer = command("simulate", "--out", str(tmp_path / out))
    assert code == 2
    assert said in answer
