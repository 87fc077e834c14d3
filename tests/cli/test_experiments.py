"""The commands about experiments as a user types them, and as the guide shows them."""

import json
import re
import shlex
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from holdfast.cli import main
from holdfast.cli.commands import app
from holdfast.config.experiment import load_experiment
from holdfast.experiments.assignment import arm_of
from tests.conftest import PROJECT, in_shared

RUN = CliRunner()
GUIDE = (PROJECT / "docs" / "experiments.md").read_text(encoding="utf-8")
MEASURE = ["experiment", "measure", "--data", "campaign.csv", "--arm", "arm", "--control", "control"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the guide's campaign."""
    home = tmp_path_factory.mktemp("experiments")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        exec(re.search(r"^```python\n(.*?)^```$", GUIDE, re.M | re.S)[1], {})  # noqa: S102
    return home


@pytest.fixture(autouse=True)
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)


def answer(*arguments: object) -> str:
    done = RUN.invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(monkeypatch, capsys, *arguments: object) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["holdfast", *map(str, arguments)])
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0), capsys.readouterr().err


def guide(command: str) -> list[str]:
    return [line for line in GUIDE.splitlines() if line.startswith(f"holdfast {command}") and " -c " not in line]


def test_size_as_the_guide_shows_it():
    # What is made from a file of the past is tried in test_clusters_and_words.py.
    lines = [line for line in guide("experiment size") if "--data" not in line]
    rate, mean, stores = (answer(*shlex.split(line)[1:]) for line in lines)
    assert stores.startswith("236 clusters of 50 customers (11,800): 118 control, 118 treated")
    assert "detect +3 points on a share of 0.2 with power 80% at alpha 0.05" in rate
    assert mean.startswith("8,000 customers: 4,000 control, 4,000 treated")
    # 2.8·√(2/4000) standard deviations, by the normal approximation.
    found = json.loads(answer("experiment", "size", "--sd", 40, "--customers", 8000, "--json"))
    assert found["effect"] == pytest.approx(40 * 2.8016 * (2 / 4000) ** 0.5, rel=0.001)
    assert "3 arms of" in answer("experiment", "size", "--sd", 1, "--effect", 1, "--arms", 3)


def test_assign_as_the_guide_shows_it(folder):
    (line,) = guide("experiment assign")
    said = answer(*shlex.split(line)[1:])
    assert "planned" in said
    assert "phone" in said
    written = pd.read_csv(folder / "arms.csv", dtype="str")
    assert len(written) == 8000
    shares = {"control": 30.0, "offer": 70.0}
    assert all(arm_of("spring", who, shares) == arm for who, arm in written.head(50).itertuples(index=False))
    first = (folder / "arms.csv").read_bytes()
    found = json.loads(answer(*shlex.split(line)[1:], "--json"))
    assert (folder / "arms.csv").read_bytes() == first
    assert found["balance"][0]["customers"] == 8000
    answer(*shlex.split(line.replace("arms.csv", "arms.parquet"))[1:])
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "arms.parquet"), written)
    assert not list(folder.glob(".*"))


def test_assigned_ids_are_for_their_owner_and_join_back_from_every_format(tmp_path):
    ids = ["+491701234", "=1+1", "007", "@x"]
    (tmp_path / "c.csv").write_text("\n".join(["customer_id", *ids, ""]), encoding="utf-8")
    command = ["experiment", "assign", "--data", tmp_path / "c.csv", "--name", "x", "--shares", "a=1,b=1", "--out"]
    said = answer(*command, tmp_path / "arms.csv")
    assert "2 in customer_id" in said
    assert "--out FILE.xlsx" in said
    assert json.loads(answer(*command, tmp_path / "arms.csv", "--json"))["made_harmless"] == {"customer_id": 2}
    csv = [line.split(",")[0] for line in (tmp_path / "arms.csv").read_text(encoding="utf-8").splitlines()]
    assert csv == ["customer_id", "+491701234", "'=1+1", "007", "'@x"]
    for form in ("json", "parquet", "pq", "xlsx"):
        assert "apostrophe" not in answer(*command, tmp_path / f"arms.{form}")
    assert [row["customer_id"] for row in json.loads((tmp_path / "arms.json").read_text(encoding="utf-8"))] == ids
    assert pd.read_parquet(tmp_path / "arms.pq")["customer_id"].tolist() == ids
    assert {oct(p.stat().st_mode & 0o777) for p in tmp_path.glob("arms.*")} == {"0o600"}
    assert not list(tmp_path.glob(".*"))


def test_measure_as_the_guide_shows_it():
    (line,) = guide("experiment measure")
    said = answer(*shlex.split(line)[1:])
    for part in (
        "sample ratio: p =",
        "offer: raises bought",
        "margin less cost",
        "Cochran's Q",
        "after Holm's correction",
    ):
        assert part in said
    effect = json.loads(answer(*shlex.split(line)[1:], "--json"))["effects"][0]
    assert effect["adjusted"]["low"] < 0.05 < effect["adjusted"]["high"]
    assert effect["lift"]["p_value"] is None


def test_uplift_as_the_guide_shows_it():
    line, *_ = guide("uplift")
    said = answer(*shlex.split(line)[1:], "--cost-per-treated", "0.02")
    for part in ("random band", "better than chance", "less 0.02 per treated", "as many at random", "not checked"):
        assert part in said
    assert json.loads(answer(*shlex.split(line)[1:], "--json"))["found"] is True


def test_a_margin_is_what_an_outcome_of_money_is_worth(folder):
    _, register, apply = guide("uplift")
    asked = [x if x != "bought" else "spend" for x in shlex.split(register)[1:]]
    said = answer(*asked, "--margin", "0.4")
    assert "Verdict" in said
    answer(*shlex.split(apply)[1:], "--force-policy")
    advice = pd.read_csv("advice.csv")
    assert np.allclose(advice["profit_offer"], 0.4 * advice["effect_offer"] - 0.03, atol=1e-6)
    assert "less 0.075 per treated" in answer(
        *[x for x in asked if x not in ("--register", "spring")], "--margin", "0.4"
    )


def test_a_policy_as_the_guide_shows_it(folder, monkeypatch, capsys):
    _, register, apply = guide("uplift")
    said = answer(*shlex.split(register)[1:])
    assert "Verdict: by customer: choosing by customer brings clearly more than nobody or contacting all" in said
    assert (folder / "models" / "policies" / "spring" / "manifest.json").is_file()
    found = json.loads(answer(*shlex.split(apply)[1:], "--json"))
    advice = pd.read_csv("advice.csv", dtype={"customer_id": "str"})
    assert (advice["treatment"] == "offer").sum() == found["chosen"]["offer"]
    assert np.allclose(advice["profit_offer"], advice["effect_offer"] - 0.03)
    assert ((advice["profit_offer"] > 0) == (advice["treatment"] == "offer")).all()
    others = pd.read_csv("campaign.csv").head(50)
    others.assign(channel=["fax"] * 7 + others["channel"].tolist()[7:]).to_csv("others.csv", index=False)
    said = answer(*(a if a != "campaign.csv" else "others.csv" for a in shlex.split(apply)[1:]))
    assert '"channel": 7 customers have a value that the campaign did not have, and count as average' in said
    others.assign(Who=others["customer_id"] + 1).drop(columns="customer_id").to_csv("others.csv", index=False)
    elsewhere = [a if a != "campaign.csv" else "others.csv" for a in shlex.split(apply)[1:]]
    assign = shlex.split(guide("experiment assign")[0].replace("campaign.csv", "others.csv"))[1:]
    for command in (elsewhere, assign):
        code, said = refused(monkeypatch, capsys, *command)
        assert code == 3
        assert "Say which column holds the ids: --customer COLUMN." in said
        answer(*command, "--customer", "Who")
    code, said = refused(monkeypatch, capsys, *shlex.split(register)[1:], "--after", "past_spend")
    assert code
    assert '"past_spend": written after the assignment' in said


def test_a_policy_of_which_nothing_is_known_advises_nothing(folder, monkeypatch, capsys):
    data = pd.read_csv("campaign.csv", dtype={"customer_id": "str"}).head(2000)
    data["arm"] = [arm_of("idle", who, {"control": 1, "offer": 1}) for who in data["customer_id"]]
    data.to_csv("idle.csv", index=False)
    known = ["--covariates", "past_spend,silent_days"]
    learn = ["uplift", *MEASURE[2:], "--outcome", "bought", *known, "--register", "idle"]
    assert "Verdict: cannot tell: " in answer(*("idle.csv" if a == "campaign.csv" else a for a in learn))
    apply = ["uplift", "--policy", "idle", "--data", "idle.csv", "--out", "idle_advice.csv"]
    code, said = refused(monkeypatch, capsys, *apply)
    assert code == 4
    assert "The policy idle is not used: no effect was shown that pays" in said
    assert "Keep to the present rule, or use it all the same with --force-policy." in said
    assert not (folder / "idle_advice.csv").exists()
    said = answer(*apply, "--force-policy")
    assert "forced: chosen by customer all the same, which was not shown to be better" in said


def test_a_file_says_in_which_of_its_columns_the_arms_differ(tmp_path):
    random = np.random.default_rng(1)
    gold = random.random(4000) < 0.5
    arm = np.where(random.random(4000) < np.where(gold, 0.1, 0.5), "control", "offer")
    bought = (random.random(4000) < np.where(gold, 0.45, 0.2)).astype(int)
    data = pd.DataFrame({"arm": arm, "bought": bought, "Tier": np.where(gold, "gold", "other"), "user_id": arm})
    # Cells that no column of numbers may hold are no reason to refuse a column that nobody asked for.
    data["note"] = ["1,5", "1.5", "€ 3"] + [""] * 3997
    data.to_csv(tmp_path / "tiers.csv", index=False)
    asked = ["experiment", "measure", "--data", tmp_path / "tiers.csv", *MEASURE[4:], "--outcome", "bought"]
    said = answer(*asked)
    assert "THE ARMS DIFFER in Tier, more than chance allows (2 further columns compared" in said
    assert "only if the treatment itself changed Tier: else the arms were not alike" in said
    assert "no significant effect on bought" in answer(*asked, "--strata", "Tier")
    assert "THE ARMS DIFFER" not in answer(*asked, "--after", "Tier")


def test_no_effect_is_said_in_so_many_words(folder):
    data = pd.read_csv("campaign.csv", dtype={"customer_id": "str"})
    data["arm"] = [arm_of("nothing", who, {"control": 1, "offer": 1}) for who in data["customer_id"]]
    data["spend"] = 10.0 + data["past_spend"]
    data.to_parquet("nothing.parquet")
    said = answer(*MEASURE, "--outcome", "bought,spend", "--data", "nothing.parquet", "--cost-per-treated", "1000")
    assert said.count("no significant effect on") == 2
    assert "it costs more than it brings" in said


def test_what_is_broken_is_said_beside_the_effects():
    said = answer(*MEASURE, "--outcome", "bought", "--shares", "control=1,offer=3")
    assert "DO NOT TRUST" in said


def test_a_file_says_the_same_as_options(folder):
    settings = {
        "data": "campaign.csv",
        "arm": "arm",
        "control": "control",
        "outcomes": ["bought"],
        "covariates": ["past_spend"],
        "uplift": {"treatment": "offer"},
    }
    (folder / "deep").mkdir(exist_ok=True)
    (folder / "deep" / "e.yaml").write_text(yaml.safe_dump(settings | {"data": "../campaign.csv"}), encoding="utf-8")
    by_options = answer(*MEASURE, "--outcome", "bought", "--covariates", "past_spend", "--json")
    assert answer("experiment", "measure", "-c", "deep/e.yaml", "--json") == by_options
    other = json.loads(answer("experiment", "measure", "-c", "deep/e.yaml", "--outcome", "spend", "--json"))
    assert [e["outcome"] for e in other["effects"]] == ["spend"]
    found = json.loads(answer("uplift", "-c", "deep/e.yaml", "--json"))
    assert (found["treatment"], found["outcome"]) == ("offer", "bought")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("arm: arm\n", "outcomes is missing (--outcome"),
        ("covariate: [a]\n", 'line 5: covariate is not a key. Did you mean "covariates"'),
        ("uplift: {treatmen: x}\n", 'line 5: uplift.treatmen is not a key. Did you mean "treatment"'),
        ("margin: 3\n", "line 5: margin: "),
        ("shares: {a: x}\n", "line 5: shares: "),
        ("uplift: x\n", "line 5: uplift: "),
        ("- x\n", "not valid YAML"),
    ],
)
def test_a_file_that_is_wrong(folder, monkeypatch, capsys, change, said):
    head = "data: campaign.csv\narm: arm\ncontrol: control\noutcomes: [bought]\n"
    (folder / "wrong.yaml").write_text(change if change.startswith("arm") else head + change, encoding="utf-8")
    code, error = refused(monkeypatch, capsys, "experiment", "measure", "-c", "wrong.yaml")
    assert code == 2
    assert said in error


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["experiment", "size", "--sd", 1], 2, "either --effect"),
        (["experiment", "measure", "-c", "no.yaml"], 2, "no such configuration file"),
        (["experiment", "measure", "--arm", "arm"], 2, "data is missing (--data"),
        ([*MEASURE, "--outcome", "bougth"], 3, 'no column "bougth". Did you mean "bought"'),
        (
            [*MEASURE, "--outcome", "channel"],
            3,
            '"channel": 8,000 of 8,000 cells are no numbers (first: line 2',
        ),
        ([*MEASURE, "--outcome", "bought", "--shares", "control:1"], 2, "write ARM=SHARE"),
        ([*MEASURE, "--outcome", "bought", "--shares", "a=1,a=2"], 2, "twice"),
        (
            [
                "experiment",
                "assign",
                "--data",
                "campaign.csv",
                "--name",
                "x",
                "--shares",
                "a=1,b=1",
                "--out",
                "no/a.csv",
            ],
            2,
            "there is no folder",
        ),
        (
            [
                "experiment",
                "assign",
                "--data",
                "campaign.csv",
                "--name",
                "x",
                "--shares",
                "a=1,b=1",
                "--out",
                "a.csv.gz",
            ],
            2,
            "the ending says the format, one of .csv, .xlsx, .parquet, .json",
        ),
    ],
)
def test_what_is_refused(monkeypatch, capsys, arguments, code, said):
    assert refused(monkeypatch, capsys, *arguments)[0] == code
    assert said in refused(monkeypatch, capsys, *arguments)[1]


def test_confounded_data_are_refused_with_exit_code_1(folder, monkeypatch, capsys):
    data = pd.read_csv("campaign.csv")
    data["arm"] = (data["past_spend"] > data["past_spend"].median()).map({True: "offer", False: "control"})
    data.to_csv("confounded.csv", index=False)
    line = guide("uplift")[0].replace("campaign.csv", "confounded.csv")
    code, error = refused(monkeypatch, capsys, *shlex.split(line)[1:])
    assert code == 1
    assert "the covariates differ between the arms" in error


def test_the_projects_own_scenario_is_valid_and_reproduces():
    path = PROJECT / "configs" / "hillstrom.yaml"
    chosen = load_experiment(path, {})
    assert chosen.uplift.treatment == "Womens E-Mail"
    data = in_shared("hillstrom.csv.gz")
    effects = json.loads(answer("experiment", "measure", "-c", path, "--data", data, "--json"))["effects"]
    visit = {e["arm"]: e["difference"] for e in effects if e["outcome"] == "visit"}
    assert visit["Mens E-Mail"]["effect"] == pytest.approx(0.077, abs=0.001)
    assert visit["Womens E-Mail"]["effect"] == pytest.approx(0.045, abs=0.001)


def test_strata_and_ids_of_a_file(folder, monkeypatch, capsys):
    random = np.random.default_rng(4)
    gold = random.random(2000) < 0.3
    arms = np.where(random.random(2000) < np.where(gold, 0.9, 0.1), "offer", "control")
    data = pd.DataFrame({"customer_id": [f"{i:05}" for i in range(2000)], "tier": np.where(gold, "gold", "other")})
    data["arm"], data["bought"] = arms, (random.random(2000) < np.where(gold, 0.4, 0.1)) * 1
    data.to_csv("tiers.csv", index=False)
    command = ("experiment", "measure", "--data", "tiers.csv", "--arm", "arm", "--control", "control")
    outcome = ("--outcome", "bought")
    said = answer(*command, *outcome, "--strata", "tier")
    assert "compared within 2 strata of tier, in which control holds" in said
    assert "no significant effect on bought" in said
    assert "raises bought" in answer(*command, *outcome), "which is what the tiers alone do"
    code, said = refused(monkeypatch, capsys, *command, *outcome, "--segment", "tier")
    assert code
    assert "--strata tier" in said
    data.assign(code=data["customer_id"]).drop(columns="customer_id").to_parquet("other.parquet")
    elsewhere = (*command[:3], "other.parquet", *command[4:], *outcome, "--strata", "tier", "--customer", "code")
    assert "no significant effect" in answer(*elsewhere)
    again = pd.concat([data, data.head(3).assign(arm="control"), data.tail(1)])
    again.to_csv("tiers.csv", index=False)
    code, said = refused(monkeypatch, capsys, *command, *outcome, "--strata", "tier")
    assert code
    assert "4 customers stand in more than one row (first: line 2002)" in said
    assert data["customer_id"].iloc[0] not in said
    uplift = ("uplift", *command[2:], *outcome, "--covariates", "tier", "--strata", "tier")
    code, said = refused(monkeypatch, capsys, *uplift)
    assert code
    assert "--register NAME" in said
    data.to_csv("tiers.csv", index=False)
    said = answer(*uplift, "--register", "tiers")
    assert "Verdict: cannot tell" in said
    code, said = refused(monkeypatch, capsys, *uplift[:-2], "--register", "tiers")
    assert code
    assert "name them (--strata)" in said


def test_ids_that_may_be_customers_and_repeat_are_said(folder):
    random = np.random.default_rng(5)
    data = pd.DataFrame(
        {"User ID": [1 + i % 900 for i in range(1000)], "arm": np.where(random.random(1000) < 0.5, "a", "b")}
    )
    data.assign(bought=(random.random(1000) < 0.3) * 1).to_csv("users.csv", index=False)
    command = ["experiment", "measure", "--data", "users.csv", "--arm", "arm", "--control", "a", "--outcome", "bought"]
    done = RUN.invoke(app, command)
    assert done.exit_code == 0
    assert '100 rows with a "User ID" that an earlier row has: if it names customers' in done.stderr
    data.head(900).assign(bought=1).to_csv("users.csv", index=False)
    assert "User ID" not in RUN.invoke(app, command).stderr
