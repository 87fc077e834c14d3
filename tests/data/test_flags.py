"""Consent as shops abroad write it: pairs of words that a whole column keeps to, and nothing guessed."""

import pandas as pd
import pytest

from holdfast.data import TableSource, read_tables
from holdfast.data.engine import connect
from holdfast.data.values.flags import ADVICE, PAIRS
from holdfast.errors import DataError

READ = [
    (("S", "N", "s", ""), (1, 0, 1, None)),
    (("sim", "NÃO", "Não", "-"), (1, 0, 0, None)),
    (("Sí", "si", "no", "NO"), (1, 1, 0, 0)),
    (("Oui", "Non"), (1, 0)),
    (("O", "N"), (1, 0)),
    (("Ja", "nein"), (1, 0)),
    (("J", "N"), (1, 0)),
    (("ja", "nej"), (1, 0)),
    (("TAK", "nie"), (1, 0)),
    (("Да", "нет"), (1, 0)),
    (("はい", "いいえ"), (1, 0)),
    (("是", "否"), (1, 0)),
    (("예", "아니오"), (1, 0)),
    # Letters with marks of their own, as macOS writes them.
    (("sim", "na\u0303o"), (1, 0)),
    (("N", "n"), (0, 0)),
    (("ja", "JA"), (1, 1)),
    (("yes", "No", "1", "f"), (1, 0, 1, 0)),
]
REFUSED = [
    (("ja", "no"), 1),
    (("S", "não"), 2),
    (("oui", "nein"), 2),
    (("ja", "nein", "nej"), 3),
    (("ja", "nein", "1"), 2),
    (("ja", "nein", "perhaps"), 3),
    # A letter for yes alone may mean anything, as O may mean out.
    (("O", "O"), 2),
    (("S", "s"), 2),
    (("si", "nie"), 2),
]


def customers(column: str, *cells: str) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": [f"k{i:02d}" for i in range(len(cells))], column: list(cells)})


def flags(frame: pd.DataFrame, column: str, **options) -> tuple[list[int | None], dict[str, int]]:
    connection = connect()
    source = TableSource(frame, {c: c for c in frame.columns}, **options)
    (account,) = read_tables(connection, {"customers": source}).accounts
    found = connection.execute(f"SELECT {column} FROM customers ORDER BY customer_id").fetchall()
    return [row[0] for row in found], account.rejected


@pytest.mark.parametrize("column", ["consent", "objection", "profiling_objection"])
@pytest.mark.parametrize(("cells", "meant"), READ)
def test_a_pair_that_a_whole_column_keeps_to_is_read(cells, meant, column):
    assert flags(customers(column, *cells), column) == (list(meant), {})


@pytest.mark.parametrize(("cells", "lines"), REFUSED)
def test_words_of_several_pairs_or_none_are_refused(cells, lines):
    frame = customers("consent", *cells)
    _, rejected = flags(frame, "consent", max_reject_share=1)
    assert rejected == {"consent is not true or false, yes or no, 1 or 0": lines}
    with pytest.raises(DataError) as refused:
        flags(frame, "consent")
    assert ADVICE in str(refused.value)
    assert all(pair.said in ADVICE for pair in PAIRS)


def test_what_several_files_say_is_one_column(tmp_path):
    for name, cells in (("a.csv", ["J", "J"]), ("b.csv", ["N", "J"])):
        customers("consent", *cells).assign(customer_id=[f"{name}{i}" for i in range(2)]).to_csv(
            tmp_path / name, index=False
        )
    connection = connect()
    source = TableSource([tmp_path / "a.csv", tmp_path / "b.csv"], {"customer_id": "customer_id", "consent": "consent"})
    read_tables(connection, {"customers": source})
    found = connection.execute("SELECT consent FROM customers ORDER BY customer_id").fetchall()
    assert found == [(1,), (1,), (0,), (1,)]


def test_no_word_means_yes_in_one_pair_and_no_in_another():
    assert not {word for pair in PAIRS for word in pair.yes} & {word for pair in PAIRS for word in pair.no}
