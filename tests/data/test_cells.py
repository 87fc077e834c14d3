"""Any table as texts with their lines."""

import numpy as np
import pandas as pd
import pytest

from holdfast.data import Written
from holdfast.data.cells import read_cells
from holdfast.errors import ConfigError, DataError

CONTRACTS = Written(section="subscriptions")


def test_a_file_keeps_texts_blanks_and_lines(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('id,Call  Failure,note\n001, 5 ,"two\nlines"\n002,n/a,x\n', encoding="utf-8-sig")
    cells = read_cells(path, Written(missing_values=["n/a"], section="subscriptions"))
    assert list(cells.frame.columns) == ["id", "Call Failure", "note"]
    assert cells.frame["id"].tolist() == ["001", "002"]
    assert cells.frame["Call Failure"].isna().tolist() == [False, True]
    assert cells.lines.tolist() == [2, 4]
    assert cells.place(1, "note") == 't.csv, line 4, column "note"'
    assert cells.rows(np.array([False, True])).lines.tolist() == [4]


def test_a_parquet_file_and_a_frame_read_alike(tmp_path):
    frame = pd.DataFrame({"id": ["a", "b"], "n": [1.5, np.nan], "when": pd.to_datetime(["2024-01-01", None])})
    frame.to_parquet(tmp_path / "t.parquet")
    for data in (frame, tmp_path / "t.parquet"):
        cells = read_cells(data, CONTRACTS)
        assert cells.frame["n"].isna().tolist() == [False, True]
        assert cells.lines.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n1,2,3\n", "1 line.* cannot be split"),
        ("a, a\n1,2\n", 'two columns are called "a"'),
        ("a,b\n", "has no rows"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path, content, said):
    path = tmp_path / "t.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        read_cells(path, CONTRACTS)


def test_a_broken_parquet_file_is_refused(tmp_path):
    (tmp_path / "t.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(DataError, match="not a readable Parquet file"):
        read_cells(tmp_path / "t.parquet", CONTRACTS)
    with pytest.raises(ConfigError, match=r"subscriptions\.path"):
        read_cells(tmp_path / "absent.csv", CONTRACTS)
