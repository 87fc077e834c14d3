"""One row per customer, from CSV, packed CSV and Parquet."""

import gzip

import pandas as pd
import pytest

from holdfast.data import Written, read_flat
from holdfast.errors import DataError, HoldfastError

TEXT = "id,arm,y,x,z\n007,a,1,2.5,web\n\n008,b,true,,shop\n009,,0,4,\n"


@pytest.fixture(params=["t.csv", "t.csv.gz"])
def file(request, tmp_path):
    path = tmp_path / request.param
    path.write_bytes(gzip.compress(TEXT.encode(), mtime=0) if path.suffix == ".gz" else TEXT.encode())
    return path


def test_columns_come_as_asked_with_their_lines(file):
    frame = read_flat(file, texts=["id", "arm"], numbers=["y"], either=["x", "z"])
    assert frame["id"].tolist() == ["007", "008", "009"]
    assert frame["y"].tolist() == [1.0, 1.0, 0.0]
    assert frame["arm"].isna().tolist() == [False, False, True]
    assert frame["x"].isna().tolist() == [False, True, False]
    assert frame["x"].dtype == "float64"
    assert frame["z"].tolist()[:2] == ["web", "shop"]
    assert (frame.index.name, frame.index.tolist()) == ("line", [2, 4, 5])


def test_parquet(tmp_path):
    pd.DataFrame({"id": [13085.0, 2.0], "y": [True, False], "x": [1.5, None]}).to_parquet(tmp_path / "t.parquet")
    frame = read_flat(tmp_path / "t.parquet", texts=["id"], numbers=["y"], either=["x"])
    assert frame["id"].tolist() == ["13085", "2"]
    assert frame["y"].tolist() == [1.0, 0.0]
    assert frame["x"].tolist()[0] == 1.5
    assert frame.index.name == "row"


def test_another_decimal_mark(tmp_path):
    (tmp_path / "t.csv").write_text("y;x\n1,5;a\n", encoding="utf-8")
    frame = read_flat(
        tmp_path / "t.csv", numbers=["y"], either=["x"], written=Written(delimiter=";", decimal=",", section="--")
    )
    assert frame["y"].tolist() == [1.5]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("y\n1\nsecret\n", r't.csv: column "y": 1 of 2 cells is no number \(first: line 3, like xxxxxx\)'),
        ("y;x\n1;2\n", 'set --delimiter: ";"'),
        ("yy,x\n1,2\n", r't.csv, line 1: no column "y".* Columns found: "yy", "x"'),
        ("y,y\n1,2\n", 'two columns are called "y"'),
        ("y,x\n1,2\n1,2,3\n", "1 line cannot be split .first: line 3 has 3 cells where 2 columns are expected"),
    ],
)
def test_what_is_refused(tmp_path, content, said):
    (tmp_path / "t.csv").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=said) as refused:
        read_flat(tmp_path / "t.csv", numbers=["y"])
    assert "secret" not in str(refused.value)


def test_files_that_are_none(tmp_path):
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"no", mtime=0)[:-4])
    (tmp_path / "t.parquet").write_bytes(b"no")
    for name, said in (("no.csv", "does not exist"), ("t.csv.gz", "gzip"), ("t.parquet", "Parquet")):
        with pytest.raises(HoldfastError, match=said):
            read_flat(tmp_path / name, numbers=["y"])
