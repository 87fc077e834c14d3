"""Whole-number fees are money; codes and counts called after them are none. Without money no treatment is written."""

from pathlib import Path

import pytest
import yaml

from holdfast.errors import ConfigError
from holdfast.pipeline import make_list, prepare, score, train
from tests.fuzz.configurations import command
from tests.onboarding.looked import day, shop
from tests.onboarding.plain import read

NONE = "worth of a line: no column holds money"


def members(name: str, cells: list[str]) -> list[list[str]]:
    lines = [[f"M{i % 30}", day(i), cells[i % len(cells)]] for i in range(600)]
    return [["Member no", "Order date", name], *lines]


@pytest.mark.parametrize("name", ["Fee", "Fee paid", "Subscription paid", "Jahresbeitrag", "Membership fee"])
@pytest.mark.parametrize("cells", [["60.0", "95.0"], ["60", "60", "95"]])
def test_whole_numbers_called_after_a_fee_are_offered(name, cells):
    found = shop(members(name, cells))
    (question,) = found.questions
    assert (question.key, question.asked) == ("columns.amount", "what is a line worth?")
    assert [c.settings for c in question.choices] == [{"columns.amount": name}, {}]
    assert not any(NONE in line for line in found.told)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        *[
            (name, ["60", "95"])
            for name in ("Fee code", "Months paid", "Charge", "Prepaid", "Fee type", "Subscription")
        ],
        ("Fee paid", ["0", "1"]),
        ("Paid by", ["12", "14"]),
    ],
)
def test_codes_counts_and_flags_are_no_fees(name, cells):
    found = shop(members(name, cells))
    assert found.questions == []
    assert any(NONE in line for line in found.told)


def test_the_fee_that_is_chosen_is_what_lines_are_worth():
    shop(members("Fee", ["60.0", "95.0"]))
    assert command("init", "x.csv", "--yes")[0] == 2
    text = Path("x.yaml").read_text(encoding="utf-8")
    assert "take `treatments` out then" in text
    Path("x.yaml").write_text(text.replace("amount: <answer>", "amount: Fee"), encoding="utf-8")
    assert read(Path("x.yaml"))[1:] == (30, 300 * 60.0 + 300 * 95.0, 0)


def test_without_money_no_treatment_is_written_and_a_list_says_what_to_do_with_one(loaded):
    shop(members("Gate", ["north", "south"]))
    code, told = command("init", "x.csv", "--yes")
    assert code == 0, told
    text = Path("x.yaml").read_text(encoding="utf-8")
    assert "# No `treatments`: no column holds money" in text
    assert "treatments" not in yaml.safe_load(text)
    shop_without = prepare(loaded("x.yaml"))
    train(shop_without)
    score(shop_without)
    assert make_list(shop_without, "at_risk").decision.account["listed"] > 0
    offer = [{"name": "voucher", "contact_cost": 0.5, "offer_cost": 5.0, "acceptance": 0.2, "lists": ["at_risk"]}]
    with pytest.raises(ConfigError, match="Take `treatments` out of the configuration"):
        make_list(prepare(loaded("x.yaml", treatments=offer)), "at_risk")


@pytest.fixture
def loaded():
    """Return what loads a scenario that trains formulas alone, as a team with other keys would have it."""
    from holdfast.config import load_config
    from tests.conftest import RULES

    def load(name: str, **more):
        written = yaml.safe_load(Path(name).read_text(encoding="utf-8"))
        Path("y.yaml").write_text(yaml.safe_dump({**written, "race": RULES, **more}), encoding="utf-8")
        return load_config("y.yaml")

    return load
