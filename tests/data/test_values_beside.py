"""The styles of numbers and dates that purchases may have, in the tables beside them, in experiments and contracts."""

import pandas as pd
import pytest

from holdfast.config import make_config
from holdfast.contractual import read_contracts
from holdfast.data import TableSource, Written, read_flat, read_tables
from holdfast.data.engine import connect
from holdfast.errors import DataError
from holdfast.features import Cutoff


def table(name: str, frame: pd.DataFrame, **options):
    connection = connect()
    columns = {c: c for c in frame.columns}
    account = read_tables(connection, {name: TableSource(frame, columns, **options)})
    return connection.execute(f"SELECT * FROM {name} ORDER BY customer_id").df(), account


def contacts(*costs: str, sent: str = "2024-01-01") -> pd.DataFrame:
    ids = [f"k{i}" for i in range(len(costs))]
    return pd.DataFrame({"customer_id": ids, "sent_at": [sent] * len(costs), "cost": list(costs)})


def test_a_table_beside_reads_the_same_numbers():
    found, _ = table("contacts", contacts("$1,234.50", "($0.25)", "2\u00a0000.00 $"), thousands=",", max_reject_share=1)
    assert found["cost"].astype(float).tolist()[:2] == [1234.5, -0.25]
    found, _ = table("contacts", contacts("1.234,50 kr", "7\u2212 kr."), decimal=",", thousands=".")
    assert found["cost"].astype(float).tolist() == [1234.5, -7.0]
    with pytest.raises(
        DataError, match=r"tables\.contacts\.columns\.cost: .* several currencies .*: \$ 2 lines, € 1 line"
    ):
        table("contacts", contacts("$1", "$2", "€3"))
    with pytest.raises(DataError, match=r'Set tables\.contacts\.decimal: ","\.'):
        table("contacts", contacts("1,5 €", "2,25 €"))


def test_a_table_beside_reads_the_same_dates():
    frame = pd.DataFrame({"customer_id": ["a", "b"], "visited_at": ["31.12.2024", "2024-01-05"]})
    formats = ["%d.%m.%Y", "%Y-%m-%d"]
    found, _ = table("visits", frame, date_format=formats)
    assert found["visited_day"].tolist() == [20088, 19727]
    with pytest.raises(DataError) as refused:
        table("visits", frame)
    assert 'Set tables.visits.date_format: ["%Y-%m-%d", "%d.%m.%Y"].' in str(refused.value)
    numbers = pd.DataFrame({"customer_id": ["a", "b"], "visited_at": [45657.75, 45296.0]})
    assert table("visits", numbers, date_format="excel")[0]["visited_day"].tolist() == [20088, 19727]


def test_a_date_that_two_formats_read_as_different_days_is_refused_and_counted():
    days = ["05/06/2024", "01/02/2024", "31/12/2024", "05/05/2024"]
    frame = pd.DataFrame({"customer_id": list("abcd"), "visited_at": days})
    formats = ["%d/%m/%Y", "%m/%d/%Y"]
    _, read = table("visits", frame, date_format=formats, max_reject_share=1)
    assert read.accounts[0].rejected == {"visited_at is another day in each of two date formats": 2}
    assert read.accounts[0].kept == 2
    with pytest.raises(DataError, match=r"Leave those formats out of tables\.visits\.date_format"):
        table("visits", frame, date_format=formats)


def test_an_experiment_reads_the_same_numbers(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("id;arm;spent\na;x;€ 1.234,50\nb;y;(€ 7,00)\n", encoding="utf-8")
    written = Written(delimiter=";", decimal=",", thousands=".", section="--")
    assert read_flat(path, numbers=["spent"], written=written)["spent"].tolist() == [1234.5, -7.0]
    path.write_text("id;arm;spent\na;x;€ 5\nb;y;$7\n", encoding="utf-8")
    with pytest.raises(DataError, match=r'x\.csv: column "spent": .* € 1 line'):
        read_flat(path, numbers=["spent"], written=Written(delimiter=";", section="--"))
    path.write_text("id;arm;spent\na;x;1.234,50\nb;y;7,00\n", encoding="utf-8")
    with pytest.raises(DataError, match=r'Set --decimal: "," and --thousands: "\."\.'):
        read_flat(path, numbers=["spent"], written=Written(delimiter=";", section="--"))


def test_contracts_read_the_same_prices_and_dates():
    frame = pd.DataFrame(
        {"who": ["1 234", "1 235"], "from": ["31.12.2023", "2024-02-01"], "to": [None, "24.12.2024"],
         "rent": ["$1 234.50", "$99.00"]}
    )  # fmt: skip
    columns = {"customer_id": "who", "started_at": "from", "ended_at": "to", "price": "rent"}
    given = {"date_format": ["%d.%m.%Y", "%Y-%m-%d"], "columns": columns}
    config = make_config({"name": "c", "setting": "contractual", "as_of": "2025-01-01", "subscriptions": given})
    read = read_contracts(
        config.source(frame=frame), config.subscriptions.meaning(), cutoff=Cutoff(config.as_of, horizon_days=30)
    )
    spells = read.spells.frame.sort_values("customer_id")
    assert spells["customer_id"].tolist() == ["1 234", "1 235"]
    assert spells["price"].tolist() == [1234.5, 99.0]
    assert spells["start"].tolist() == [19722, 19754]
