"""The contracts of tables: names carry horizons, and tables beside purchases have exact types."""

import json
import re

import numpy as np
import pytest

from holdfast import columns
from holdfast.columns.plain import plain
from holdfast.lists.kinds import KINDS
from holdfast.pipeline.outputs import write_json


def names(table):
    return [c.name for c in table]


def every_table():
    yield from ((name, getattr(columns, name)) for name in ("PURCHASES", "CLEAN_PURCHASES", "REFUNDS", "REJECTS"))
    yield from ((name, getattr(columns, name)) for name in ("SUMMARY", "SEGMENTS", "MOVEMENTS", "AUDIENCE"))
    yield from columns.TABLES.items()
    for name in columns.TABLES:
        yield f"clean {name}", columns.clean_table(name)
    for money in (True, False):
        yield f"scores {money}", columns.scores(90, 365, money=money)
        yield f"cards {money}", columns.cards(90, 365, money=money)
        for name in columns.LISTS:
            if money or name != "high_value":
                yield f"{name} {money}", (*columns.listed(name, 90, 365, money=money), *columns.CONTACT)


@pytest.mark.parametrize(("title", "table"), [pytest.param(*one, id=one[0]) for one in every_table()])
def test_every_column_has_one_name_a_type_and_a_meaning(title, table):
    assert len(set(names(table))) == len(table)
    for column in table:
        assert re.fullmatch(r"[A-Za-z]\w*", column.name)
        assert column.type
        assert column.meaning
        if column.type in ("decimal", "double") or column.type.startswith("DECIMAL"):
            assert column.unit, column.name


def test_a_horizon_is_part_of_the_name_and_of_the_meaning():
    scores = {c.name: c.meaning for c in columns.scores(45, 730)}
    assert scores["p_churn_45d"] == "no purchase in the 45 days from as_of on"
    assert "next 730 days" in scores["clv_730d"]
    assert scores["value_at_risk_45d"] == "p_churn_45d × value_if_stays_45d"
    assert not any("90d" in name or "365d" in name for name in scores)


def test_without_amounts_there_is_no_column_of_money():
    for table in (columns.scores(90, 365, money=False), columns.listed("at_risk", 90, 365, money=False)):
        assert "currency" not in {c.unit for c in table}
    assert "purchases_at_risk_90d" in names(columns.listed("at_risk", 90, 365, money=False))


def test_the_lists_are_those_of_the_kinds():
    assert set(columns.LISTS) == set(KINDS)
    assert [n for n in names(columns.listed("second_order", 90, 365)) if n.startswith("p_second")] == [
        f"p_second_{days}d" for days in columns.SECOND_ORDER_DAYS
    ]


def test_what_a_file_must_have_is_known_and_times_become_days():
    for name, required in columns.REQUIRED.items():
        assert set(required) <= set(names(columns.TABLES[name]))
        clean = {c.name: c.type for c in columns.clean_table(name)}
        assert not any(n.endswith("_at") for n in clean)
        for column in columns.TABLES[name]:
            if column.type == "timestamp":
                assert clean[column.name.removesuffix("_at") + "_day"] == "INTEGER"
    assert [c.type for c in columns.clean_table("contacts") if c.name == "cost"] == ["DECIMAL(18,2)"]
    assert [c.type for c in columns.clean_table("surveys") if c.name == "score"] == ["DECIMAL(18,6)"]
    assert names(columns.clean_table("customers"))[-1] == "version"


def test_what_json_does_not_know_is_null(tmp_path):
    content = {"gain": np.float64("nan"), "interval": (float("-inf"), 0.5), "rows": [{"auc": float("inf")}], "n": 3}
    assert plain(content) == {"gain": None, "interval": [None, 0.5], "rows": [{"auc": None}], "n": 3}
    write_json(tmp_path / "it.json", content)
    assert json.loads((tmp_path / "it.json").read_text()) == plain(content)
