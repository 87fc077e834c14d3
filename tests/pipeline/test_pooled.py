"""All lists of a scenario as one campaign, and the policy that is learnt from it."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from holdfast import make_config, prepare
from holdfast.cli import app
from holdfast.errors import ConfigError, NotEnoughDataError
from holdfast.pipeline.learnt import _covariates
from holdfast.pipeline.pooled import pool_lists
from holdfast.report import experiments as text
from tests.pipeline.test_measured import issue, people, shop_of


@pytest.fixture
def pooled(tmp_path):
    """Two lists of vouchers, one of letters; whoever is on the first is on the second too."""
    home = tmp_path / "outputs" / "shop"
    first, held = people(0, 300), people(300, 100)
    second, other = people(200, 250), people(450, 100)
    prepared = shop_of(tmp_path, {"2024-02-20": [*first[:200], *held[:30]], "2024-04-20": [*second[:150], *other[:50]]})
    issue(home, "at_risk", "2024-02-01", {"listed": first, "control": held}, control_share=0.25)
    issue(home, "overdue", "2024-04-05", {"listed": second, "control": other}, treatment="letter", control_share=0.6)
    return prepared, home


def test_each_customer_counts_on_their_first_list(pooled):
    prepared, home = pooled
    found = pool_lists(prepared)
    table = pd.read_parquet(home / "pooled" / "campaign.parquet")
    assert found.as_dict()["customers"] == {"control": 200, "letter": 50, "voucher": 300}
    assert not table["customer_id"].duplicated().any()
    assert set(table["list"]) == {"at_risk-2024-02-01", "overdue-2024-04-05"}
    own = table.set_index("customer_id")
    # On both lists: the first counts, with what came in its own window.
    assert own.loc["c0250", ["list", "arm", "stayed"]].tolist() == ["at_risk-2024-02-01", "voucher", 0]
    assert own.loc["c0310", ["arm", "treatment", "stayed"]].tolist() == ["control", "voucher", 1]
    assert own.loc["c0480", ["arm", "treatment", "stayed"]].tolist() == ["control", "letter", 1]
    chances = table[["probability_control", "probability_voucher", "probability_letter"]]
    assert (chances.sum(axis=1) == 1).all()
    assert chances.groupby(table["list"])["probability_control"].agg(["min", "max"]).to_numpy().tolist() == [
        [0.25, 0.25],
        [0.6, 0.6],
    ]
    assert ((chances["probability_letter"] > 0) == (table["treatment"] == "letter")).all()


def test_it_is_a_campaign_that_uplift_reads(pooled, tmp_path):
    prepared, home = pooled
    settings = yaml.safe_load(pool_lists(prepared).yaml.read_text(encoding="utf-8"))
    assert settings["outcomes"] == ["stayed"]
    assert settings["policy"]["present"] == "treatment"
    assert settings["policy"]["offers"] == {
        "voucher": {"contact_cost": 0.5, "offer_cost": 3.0},
        "letter": {"contact_cost": 0.9, "offer_cost": 0.0},
    }
    asked = ["uplift", "-c", str(home / "pooled" / "campaign.yaml"), "--register", "own", "--json"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    # Too few letters, and vouchers that kept a third more at the price of all.
    assert found["customers"] == {"control": 200, "voucher": 300}
    assert (tmp_path / "models" / "policies" / "own").is_dir()


@pytest.mark.parametrize(("got", "said"), [(1, "one customer was"), (0, "nobody was")])
def test_an_arm_of_one_is_left_out_and_said(pooled, got, said):
    prepared, home = pooled
    third = people(550, 31)
    issue(home, "due", "2024-04-06", {"listed": third[:got], "control": third[1:]}, treatment="call")
    record = home / "issued" / "due-2024-04-06" / "record.json"
    known = json.loads(record.read_text())
    known["treatments"] = [*known["treatments"], known["treatments"][0] | {"name": "call"}]
    record.write_text(json.dumps(known))
    found = pool_lists(prepared).as_dict()
    assert found["left_out"] == {"call": got}
    # Those held back from it could have been in no other arm.
    assert found["customers"] == {"control": 200, "letter": 50, "voucher": 300}
    assert f"left out: call, with which {said} contacted; an arm needs two" in text.pooled(found)
    assert "--register NAME" in text.pooled(found)
    few = text.pooled(found | {"enough": False})
    assert "too few to learn a policy: it takes 200 held back, and as many with a treatment" in few
    assert "--register" not in few
    done = CliRunner().invoke(app, ["uplift", "-c", found["yaml"], "--register", "own"])
    assert done.exit_code == 0, done.output


def test_a_policy_finds_on_whom_the_voucher_works(tmp_path):
    """Half of those with few purchases stay for a voucher, and nobody else does."""
    n, random = 6000, np.random.default_rng(3)
    ids = np.array(people(0, n))
    held, few = random.random(n) < 0.2, random.random(n) < 0.5
    stays = (random.random(n) < 0.3) | (~held & few & (random.random(n) < 0.5))
    prepared = shop_of(tmp_path, {"2024-01-05": ids, "2024-02-20": ids[stays]})
    home = tmp_path / "outputs" / "shop"
    issue(home, "at_risk", "2024-02-01", {"listed": ids[~held], "control": ids[held]})
    path = home / "issued" / "at_risk-2024-02-01" / "decisions.parquet"
    known = pd.Series(np.where(few, 1, 9), index=ids)
    rows = pd.read_parquet(path)
    rows.assign(purchases_so_far=known.loc[rows["customer_id"]].to_numpy(), value_if_stays_60d=20.0).to_parquet(path)
    found = pool_lists(prepared)
    assert found.settings["covariates"] == ["p_churn_60d", "value_if_stays_60d", "purchases_so_far"]
    assert found.settings["policy"]["value"] == 20.0
    done = CliRunner().invoke(app, ["uplift", "-c", str(found.yaml), "--register", "own", "--json"])
    assert done.exit_code == 0, done.output
    learnt = json.loads(done.stdout)
    assert learnt["verdict"]["answer"] == "by customer"
    said = learnt["value"]["ways"][0]
    assert said["contacted"] == pytest.approx(few.mean(), abs=0.05)


def with_customers(prepared, **columns):
    """The shop with a table of customers: from whom one came, and a tier that was raised later for all who stayed."""
    ids = people(0, 1000)
    known = {"customer_id": ids, "Kanal": ["web" if i % 3 else "shop" for i in range(1000)], "tier": "1"}
    on_file = pd.concat(
        [
            pd.DataFrame({**known, "valid_from": "2023-12-31"}),
            pd.DataFrame({**known, "Kanal": "left", "tier": "2", "valid_from": "2024-06-01"}),
        ]
    )
    mapped = {"customer_id": "customer_id", "known_at": "valid_from", "channel": "Kanal", "attributes": ["tier"]}
    given = prepared.config.model_dump(exclude_unset=True)
    given["tables"] = {"customers": {"columns": {**mapped, **columns}}}
    bought = prepared.connection.execute("SELECT customer_id, day FROM purchases").df()
    bought = pd.DataFrame(
        {
            "customer_id": bought["customer_id"],
            "ordered_at": pd.to_datetime(bought["day"], unit="D").dt.strftime("%Y-%m-%d"),
            "amount": 10.0,
        }
    )
    return prepare(make_config(given), purchases=bought, tables={"customers": on_file})


def test_a_column_of_the_customers_is_a_covariate_as_it_was_known_then(pooled):
    prepared, _ = pooled
    shop = with_customers(prepared)
    found = pool_lists(shop, covariates=["channel", "tier"])
    table = pd.read_parquet(found.file).set_index("customer_id")
    expected = ["web" if int(c[1:]) % 3 else "shop" for c in table.index]
    assert table["channel"].tolist() == expected
    assert set(table["tier"]) == {1.0}
    # Such a table may have been written over since: whether it tells the outcome is looked at.
    settings = yaml.safe_load(found.yaml.read_text(encoding="utf-8"))
    assert settings["covariates"] == ["p_churn_60d", "channel", "tier"]
    assert settings["trusted"] == ["p_churn_60d"]
    assert pool_lists(shop, covariates=["Kanal"]).table["Kanal"].tolist() == expected
    done = CliRunner().invoke(app, ["uplift", "-c", str(found.yaml), "--register", "own", "--json"])
    assert done.exit_code == 0, done.output
    with pytest.raises(ConfigError, match=r"covariates: shoe_size is no column .* none that tables\.customers maps"):
        pool_lists(shop, covariates=["channel", "shoe_size"])


def test_a_policy_that_learnt_from_the_customers_finds_them_for_the_next_list(pooled):
    prepared, home = pooled
    shop = with_customers(prepared)
    design = SimpleNamespace(names=("channel", "tier"))
    rows = pd.DataFrame({"customer_id": ["c0002", "c0003"]})
    table = _covariates(shop, SimpleNamespace(design=design), "own", rows, home / "2024-02-01")
    assert table[["channel", "tier"]].to_numpy().tolist() == [["web", 1.0], ["shop", 1.0]]
    table = _covariates(shop, SimpleNamespace(design=design), "own", rows, home / "2024-07-01")
    assert table[["channel", "tier"]].to_numpy().tolist() == [["left", 2.0]] * 2
    with pytest.raises(ConfigError, match=r"The policy own has learnt from channel, tier, .* or of tables\.customers"):
        _covariates(prepared, SimpleNamespace(design=design), "own", rows, home / "2024-07-01")


def test_what_the_customers_table_learnt_after_the_lists_is_no_covariate(pooled):
    prepared, _ = pooled
    shop = with_customers(prepared)
    shop.connection.execute("DELETE FROM customers WHERE channel <> 'left'")
    with pytest.raises(ConfigError, match=r"channel was known of nobody on 2024-02-01, the day of the list, but later"):
        pool_lists(shop, covariates=["channel"])


def test_what_cannot_be_pooled_says_why(pooled, tmp_path):
    prepared, home = pooled
    with pytest.raises(ConfigError, match=r"covariates: shoe_size is no column of the scores or features in .*02-01"):
        pool_lists(prepared, covariates=["shoe_size"])
    day = home / "2024-02-01"
    day.mkdir()
    pd.DataFrame({"customer_id": people(0, 1000), "silence": np.arange(1000.0)}).to_parquet(day / "features.parquet")
    (home / "2024-04-05").symlink_to(day)
    table = pool_lists(prepared, covariates=["silence", "p_churn_60d", "silence"]).table
    assert list(table.columns[-2:]) == ["p_churn_60d", "silence"]
    assert (table["silence"] == table["customer_id"].str[1:].astype(float)).all()
    for path in home.glob("issued/*/decisions.parquet"):
        rows = pd.read_parquet(path)
        (rows.drop(index=rows.index[rows["status"] == "listed"][1:])).to_parquet(path)
    with pytest.raises(NotEnoughDataError, match="hold 0 customers held back beside treatments that 2 or more"):
        pool_lists(prepared)
    for record in home.glob("issued/*/record.json"):
        record.write_text(json.dumps(json.loads(record.read_text()) | {"control_share": 0.0}))
    with pytest.raises(NotEnoughDataError, match="No list is over that gave a treatment"):
        pool_lists(prepared)
