"""Canaries in every column: whatever is done with them, no message, log or file of MLflow holds one."""

import logging
from pathlib import Path

import pandas as pd
import pytest

from holdfast.config import make_config
from holdfast.errors import HoldfastError
from holdfast.pipeline import check, make_list, monitor, prepare, score, train
from tests.conftest import settings

CANARY = "Xq7canary"


def given(folder, **changes):
    purchases = {c: c for c in ("customer_id", "ordered_at", "amount", "order_id", "product_id")}
    beside = {
        "customers": {"columns": {"channel": "channel", "known_at": "known_at"}},
        "tickets": {"columns": {"topic": "topic", "comment": "comment"}},
    }
    return make_config(settings(folder, purchases__columns=purchases, tables=beside, **changes))


def frames(shop):
    log = shop.purchases[shop.purchases["ordered_at"] < "2024-03-01"].astype("str")
    log = log.assign(customer_id=CANARY + log["customer_id"], order_id=CANARY + log["order_id"])
    log["product_id"] = CANARY + "product"
    who = log["customer_id"].drop_duplicates()
    customers = pd.DataFrame({"customer_id": who, "channel": CANARY + "channel", "known_at": "2023-01-01"})
    tickets = pd.DataFrame(
        {
            "customer_id": who.head(50),
            "opened_at": "2024-01-05",
            "topic": CANARY + "topic",
            "comment": CANARY + "comment",
        }
    )
    return log, {"customers": customers, "tickets": tickets}


def test_a_whole_story_leaves_no_canary_in_logs_or_mlflow(shop, tmp_path, caplog, capfd):
    log, beside = frames(shop)
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    read = prepare(given(tmp_path), purchases=log, tables=beside, say=told.append)
    check(read)
    train(read, say=told.append)
    score(read, say=told.append)
    make_list(read, "at_risk", today="2024-03-03", say=told.append)
    monitor(read, today="2024-03-03", say=told.append)
    out, err = capfd.readouterr()
    assert CANARY not in "".join([*told, caplog.text, out, err, read.said(), str(read.account)])
    assert [p for p in (tmp_path / "models").rglob("*") if p.is_file() and CANARY.encode() in p.read_bytes()] == []
    kept = [p for p in (tmp_path / "outputs").rglob("*.json") if CANARY in p.read_text()]
    assert [Path(p).name for p in kept] == [], "figures and accounts, but no values"


@pytest.mark.parametrize("column", ["ordered_at", "amount"])
def test_what_cannot_be_read_is_told_without_its_value(shop, tmp_path, column):
    log, beside = frames(shop)
    log.loc[log.index[:5], column] = CANARY
    read = prepare(given(tmp_path), purchases=log, tables=beside)
    assert sum(read.account["rejected"].values()) == 5
    assert CANARY not in read.said() + str(read.account)
    log[column] = CANARY
    with pytest.raises(HoldfastError) as refused:
        prepare(given(tmp_path), purchases=log, tables=beside)
    assert CANARY not in str(refused.value)
    assert column in str(refused.value)


@pytest.mark.parametrize(("table", "column"), [("customers", "known_at"), ("tickets", "opened_at")])
def test_tables_beside_are_told_without_values_too(shop, tmp_path, table, column):
    log, beside = frames(shop)
    beside[table] = beside[table].assign(**{column: CANARY})
    with pytest.raises(HoldfastError) as refused:
        prepare(given(tmp_path), purchases=log, tables=beside)
    assert CANARY not in str(refused.value)
    assert column in str(refused.value)
