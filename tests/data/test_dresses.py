"""The same table as programs of all kinds save it: what is read is the same to the last bit, and so are scores."""

import gzip
import io
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xlsxwriter

from holdfast.config import Config, make_config
from holdfast.pipeline import Prepared, prepare, score, train
from tests.conftest import bundled, in_shared, settings
from tests.postgres import Postgres, server_or_skip

Dress = Callable[[pd.DataFrame, list[str], list[str], Path], dict[str, Any]]


def workbook(table: pd.DataFrame, dates: list[str], numbers: list[str], folder: Path) -> dict[str, Any]:
    """Dates and numbers as Excel stores them; what is text stays text."""
    book = xlsxwriter.Workbook(str(folder / "t.xlsx"), {"constant_memory": True})
    moment, sheet = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}), book.add_worksheet()
    sheet.write_row(0, 0, list(table.columns))
    cells = table.assign(**{name: pd.to_datetime(table[name]) for name in dates})
    for r, row in enumerate(cells.itertuples(index=False), 1):
        for c, (name, value) in enumerate(zip(table.columns, row, strict=True)):
            if name in dates:
                sheet.write_datetime(r, c, value.to_pydatetime(), moment)
            elif name in numbers and value:
                sheet.write_number(r, c, float(value))
            elif value:
                sheet.write_string(r, c, value)
    book.close()
    return {"path": "t.xlsx"}


def utf16_tabs(table: pd.DataFrame, dates: list[str], numbers: list[str], folder: Path) -> dict[str, Any]:
    """As Excel saves "Unicode text"."""
    text = table.to_csv(sep="\t", index=False, lineterminator="\r\n")
    (folder / "t.txt").write_bytes(text.encode("utf-16"))
    return {"path": "t.txt", "delimiter": "\t"}


def german(table: pd.DataFrame, dates: list[str], numbers: list[str], folder: Path) -> dict[str, Any]:
    """Semicolons, decimal commas, days before months."""
    changed = {name: table[name].str.replace(".", ",", regex=False) for name in numbers}
    changed |= {name: pd.to_datetime(table[name]).dt.strftime("%d.%m.%Y %H:%M:%S") for name in dates}
    table.assign(**changed).to_csv(folder / "t.csv", sep=";", index=False)
    date_format = {"date_format": "%d.%m.%Y %H:%M:%S"} if dates else {}
    return {"path": "t.csv", "delimiter": ";", "decimal": ",", **date_format}


def three_parts(table: pd.DataFrame, dates: list[str], numbers: list[str], folder: Path) -> dict[str, Any]:
    """Packed, in three files that a glob finds."""
    third = len(table) // 3 + 1
    for part in range(3):
        text = table.iloc[part * third : (part + 1) * third].to_csv(index=False)
        (folder / f"t-{part}.csv.gz").write_bytes(gzip.compress(text.encode()))
    return {"path": "t-*.csv.gz"}


def sqlite(table: pd.DataFrame, dates: list[str], numbers: list[str], folder: Path) -> dict[str, Any]:
    """A table of a database, whose numbers are numbers."""
    with closing(sqlite3.connect(folder / "t.db")) as database, database:
        cells = table.assign(**{n: [float(v) if v else None for v in table[n]] for n in numbers})
        cells.to_sql("orders", database, index=False)
    return {"path": "t.db", "table": "orders"}


DRESSES: dict[str, Dress] = {
    "xlsx": workbook,
    "utf-16": utf16_tabs,
    "german": german,
    "gz": three_parts,
    "sqlite": sqlite,
}


def cdnow() -> tuple[pd.DataFrame, list[str], list[str], dict[str, Any]]:
    """A tenth of CDNOW's customers, which come with the package `lifetimes`, with a time of day."""
    columns = ["customer_id", "ordered_at", "units", "amount"]
    table = pd.read_csv(bundled("CDNOW_master.txt"), sep=r"\s+", names=columns, dtype="str")
    table = table[table["customer_id"].str.endswith("7")].reset_index(drop=True)
    minutes = pd.to_timedelta(table.index % 1440, unit="min")
    table["ordered_at"] = (pd.to_datetime(table["ordered_at"]) + minutes).dt.strftime("%Y-%m-%d %H:%M:%S")
    mapped = {"customer_id": "customer_id", "ordered_at": "ordered_at", "amount": "amount"}
    return table, ["ordered_at"], ["units", "amount"], {"purchases": {"columns": mapped}, "as_of": "1998-04-02"}


def online_retail() -> tuple[pd.DataFrame, list[str], list[str], dict[str, Any]]:
    """An eighth of the lines: more than engines and readers take at once, and not minutes to write into a sheet."""
    table = pd.read_parquet(in_shared("online_retail.parquet")).iloc[::8].reset_index(drop=True)
    table["CustomerID"] = table["CustomerID"].astype("Int64")
    table["InvoiceDate"] = pd.to_datetime(table["InvoiceDate"]).dt.strftime("%Y-%m-%d %H:%M:%S")
    purchases = {
        "columns": {
            "customer_id": "CustomerID",
            "ordered_at": "InvoiceDate",
            "quantity": "Quantity",
            "unit_price": "UnitPrice",
            "order_id": "InvoiceNo",
            "product_id": "StockCode",
        },
        "rules": {
            "missing_customer": "drop",
            "cancellations": {"column": "order_id", "prefix": "C", "treat_as": "return"},
            "duplicates": "drop",
        },
    }
    return texts(table), ["InvoiceDate"], ["Quantity", "UnitPrice"], {"purchases": purchases, "as_of": "2011-09-10"}


def apparel() -> tuple[pd.DataFrame, list[str], list[str], dict[str, Any]]:
    table = pd.read_csv(in_shared("apparel_transactions.csv"), dtype="str")
    purchases = {"columns": {"customer_id": "Id", "ordered_at": "Date", "amount": "Price"}}
    return table, ["Date"], ["Price"], {"purchases": purchases, "as_of": "2008-01-01"}


def telco() -> tuple[pd.DataFrame, list[str], list[str], dict[str, Any]]:
    table = pd.read_csv(in_shared("telco_churn.csv"), dtype="str", keep_default_na=False)
    table["TotalCharges"] = table["TotalCharges"].str.strip()
    columns = {"customer_id": "customerID", "label": "Churn", "tenure": "tenure", "price": "MonthlyCharges"}
    contracts = {"columns": {**columns, "plan": "Contract"}, "churned_values": ["Yes"], "stayed_values": ["No"]}
    numbers = ["tenure", "MonthlyCharges", "TotalCharges"]
    return table, [], numbers, {"setting": "contractual", "subscriptions": contracts}


def iranian() -> tuple[pd.DataFrame, list[str], list[str], dict[str, Any]]:
    table = pd.read_csv(in_shared("iranian_churn.csv"), dtype="str", keep_default_na=False)
    contracts = {
        "columns": {"label": "Churn", "tenure": "Subscription  Length"},
        "churned_values": ["1"],
        "stayed_values": ["0"],
        "duplicates": "keep",
    }
    numbers = [name for name in table if name not in ("Churn", "Status")]
    return table, [], numbers, {"setting": "contractual", "subscriptions": contracts}


def texts(table: pd.DataFrame) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(table.to_csv(index=False)), dtype="str", keep_default_na=False)


def plain(table: pd.DataFrame, folder: Path) -> dict[str, Any]:
    table.to_csv(folder / "t.csv", index=False)
    return {"path": "t.csv"}


def scenario(folder: Path, changes: dict[str, Any], written: dict[str, Any], home: Path) -> Config:
    """One scenario for all dresses: they share the store of models."""
    contracts = changes.get("setting") == "contractual"
    section = "subscriptions" if contracts else "purchases"
    given = {
        k: v for k, v in settings(home).items() if k not in ("purchases", *(("race", "as_of") if contracts else ()))
    }
    if contracts:
        given.pop("churn")
    path = written["path"] if "://" in written["path"] else str(folder / written["path"])
    return make_config(given | changes | {section: {**changes[section], **written, "path": path}})


def contents(prepared: Prepared, numbers: list[str]) -> pd.DataFrame:
    """Return the cleaned table that everything is computed from; texts of numbers as the numbers they are."""
    if hasattr(prepared, "contracts"):
        rows = prepared.contracts.rows
        plain_names = [" ".join(name.split()) for name in numbers]
        return rows.assign(**{n: pd.to_numeric(rows[n]).astype("float64") for n in plain_names})
    return prepared.connection.execute("SELECT * FROM purchases ORDER BY ALL").df()


def dressed(of: Callable[[], Any], name: str, tmp_path: Path) -> None:
    table, dates, numbers, changes = of()
    (tmp_path / "plain").mkdir()
    (tmp_path / name).mkdir()
    before = prepare(scenario(tmp_path / "plain", changes, plain(table, tmp_path / "plain"), tmp_path))
    written = DRESSES[name](table, dates, numbers, tmp_path / name)
    after = prepare(scenario(tmp_path / name, changes, written, tmp_path))
    seen, expected = contents(after, numbers), contents(before, numbers)
    pd.testing.assert_frame_equal(seen, expected, check_exact=True)
    assert len(expected) > 500


@pytest.mark.parametrize("name", DRESSES)
@pytest.mark.parametrize("of", [cdnow, apparel, telco, iranian], ids=lambda f: f.__name__)
def test_a_table_in_another_dress_is_the_same_table(of, name, tmp_path):
    dressed(of, name, tmp_path)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with server_or_skip() as server:
        yield server


@pytest.mark.parametrize("of", [cdnow, apparel, telco, iranian], ids=lambda f: f.__name__)
def test_a_table_of_postgres_is_the_same_table(of, postgres, tmp_path, monkeypatch):
    monkeypatch.setitem(
        DRESSES, "postgres", lambda table, dates, numbers, _: in_postgres(postgres, table, dates, numbers)
    )
    dressed(of, "postgres", tmp_path)


def in_postgres(server: Postgres, table: pd.DataFrame, dates: list[str], numbers: list[str]) -> dict[str, Any]:
    kinds = dict.fromkeys(dates, "timestamp") | dict.fromkeys(numbers, "numeric")
    typed = ", ".join(f'"{name}" {kinds.get(name, "text")}' for name in table)
    server.query(f"DROP TABLE IF EXISTS orders; CREATE TABLE orders ({typed})")
    server.query("COPY orders FROM STDIN WITH (FORMAT csv)", table.to_csv(index=False, header=False))
    return {"path": server.url, "table": "orders"}


@pytest.mark.parametrize("name", DRESSES)
def test_tens_of_thousands_of_lines_in_another_dress_are_the_same_lines(name, tmp_path):
    dressed(online_retail, name, tmp_path)


@pytest.mark.parametrize("of", [cdnow, iranian], ids=lambda f: f.__name__)
def test_scores_of_one_model_are_the_same_bytes_in_another_dress(of, postgres, tmp_path):
    table, dates, numbers, changes = of()
    found = {}
    # The tables are the same in every dress, as was seen above; of three kinds the scores are looked at, too.
    typed = {name: DRESSES[name] for name in ("xlsx", "sqlite")}
    others = {"postgres": lambda t, d, n, f: in_postgres(postgres, t, d, n), **typed}
    for name, dress in {"plain": lambda t, d, n, f: plain(t, f), **others}.items():
        (tmp_path / name).mkdir()
        config = scenario(tmp_path / name, changes, dress(table, dates, numbers, tmp_path / name), tmp_path)
        if name == "plain":
            train(prepare(config))
        found[name] = Path(score(prepare(config)).folder, "scores.parquet").read_bytes()
    assert len(set(found.values())) == 1
