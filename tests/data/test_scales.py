"""Survey answers off their item's scale are rejected by line."""

import pandas as pd
import pytest

from holdfast.config import load_config, make_config
from holdfast.data import TableSource, read_tables
from holdfast.data.engine import connect
from holdfast.errors import ConfigError, DataError
from tests.conftest import settings

COLUMNS = {"item": "question", "score": "answer"}


def write(tmp_path, rows):
    path = tmp_path / "surveys.csv"
    path.write_text("customer_id,asked_at,question,answer\n" + "".join(f"{r}\n" for r in rows), encoding="utf-8")
    return path


def test_each_line_off_the_scale_is_named_and_the_rest_is_kept(tmp_path):
    rows = ["1,2024-01-01,nps,10", "2,2024-01-01, NPS ,11", "3,2024-01-01,nps,7.5", "4,2024-01-01,nps,"]
    rows += ["5,2024-01-01,nps,-1", "6,2024-01-01,other,99", "7,2024-01-01,csat,5.0", "8,2024-01-01,csat,0"]
    source = TableSource(write(tmp_path, rows), COLUMNS, scales={"nps": (0, 10), "CSAT": (1, 5)}, max_reject_share=1)
    connection = connect()
    read = read_tables(connection, {"surveys": source})
    rejects = read.rejects.set_index("line")
    assert rejects.index.tolist() == [3, 4, 6, 9]
    assert set(rejects["column"]) == {"score"}
    assert rejects.loc[3, "reason"] == "is no whole number from 0 to 10"
    assert rejects.loc[9, "reason"] == "is no whole number from 1 to 5"
    kept = connection.execute("SELECT customer_id, score FROM surveys ORDER BY customer_id").fetchall()
    assert [c for c, _ in kept] == ["1", "4", "6", "7"]
    assert [None if s is None else float(s) for _, s in kept] == [10, None, 99, 5]
    assert read.accounts[0].lines_in == read.accounts[0].kept + sum(read.accounts[0].rejected.values())


def test_too_many_stop_the_reading_with_file_line_and_advice_but_no_answer(tmp_path):
    source = TableSource(write(tmp_path, ["1,2024-01-01,nps,4711"]), COLUMNS, scales={"nps": (0, 10)})
    with pytest.raises(DataError) as stopped:
        read_tables(connect(), {"surveys": source})
    said = str(stopped.value)
    assert "score is no whole number from 0 to 10: surveys.csv line 2" in said
    assert "tables.surveys.scales" in said
    assert "4711" not in said


def test_without_scales_or_items_nothing_changes():
    frame = pd.DataFrame({"customer_id": ["1"], "asked_at": ["2024-01-01"], "question": ["nps"], "answer": [12]})
    for source in (
        TableSource(frame, COLUMNS),
        TableSource(frame, {"score": "answer"}, scales={"nps": (0, 10)}),
    ):
        assert read_tables(connect(), {"surveys": source}).accounts[0].kept == 1


def test_the_configuration_states_scales_and_nps_has_its_own(tmp_path):
    given = settings(tmp_path)
    given["tables"] = {"surveys": {"path": "s.csv", "columns": COLUMNS, "scales": {" CSAT": [1, 7], "nps": [1, 5]}}}
    config = make_config(given)
    assert config.survey_scales == {"csat": (1, 7), "nps": (0, 10)}
    assert config.table_sources()["surveys"].scales == config.survey_scales
    given["tables"]["surveys"]["scales"] = {"csat": [5, 1]}
    with pytest.raises(ConfigError, match="lowest answer first"):
        make_config(given)


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("segments: {risk_from: [0.7, 0.4]}", "rising"),
        ("segments: {tiers: {levels: [{name: a, up: 0, down: 1}]}}", "down"),
        ("segments: {tiers: {level: []}}", 'Did you mean "levels"'),
        ("segments: {personas: {clusters: 1}}", "clusters"),
        ("value: {nps_itm: x}", 'Did you mean "nps_item"'),
    ],
)
def test_wrong_keys_of_segments_and_value_are_told(tmp_path, yaml, said):
    path = tmp_path / "c.yaml"
    path.write_text(f"name: x\npurchases: {{path: p.csv}}\nas_of: end_of_data\n{yaml}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as stopped:
        load_config(path)
    assert said in str(stopped.value)
