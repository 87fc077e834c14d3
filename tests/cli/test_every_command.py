"""Every command in both settings: each does its work, or refuses with exit 2 and the declared reason."""

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from holdfast.cli.commands import app
from holdfast.data import simulate_contracts, simulate_shop
from holdfast.pipeline.settings import PURCHASES, SETTINGS
from holdfast.report.card import FIGURES
from holdfast.track import Store
from holdfast.track.store import _VERSION_TAG
from tests.conftest import settings
from tests.fuzz.configurations import command

SHOP, CONTRACTS = "purchases", "contracts"
TODAY = ("--today", "2024-03-02")
# What each command is called with; a word after a comma tells two calls of one command apart.
COMMANDS = {
    "check": ["check"],
    "train": ["train"],
    "run": ["run"],
    "score": ["score"],
    "card": ["card"],
    "promote": ["promote"],
    "race": ["race"],
    "tune": ["tune", "--trials", "1"],
    "features": ["features", "--sql", "snowflake"],
    "status": ["status", *TODAY],
    "segments": ["segments"],
    "value": ["value"],
    "list at-risk": ["list", "at-risk"],
    "list high-value": ["list", "high-value"],
    "list second-order": ["list", "second-order"],
    "list win-back": ["list", "win-back"],
    "list overdue": ["list", "overdue"],
    "list notice-given": ["list", "notice-given"],
    "list at-risk, chosen": ["list", "at-risk", "--budget", "10", "--capacity", "3", *TODAY],
    "list high-value, as a sheet": ["list", "high-value", "--format", "xlsx", *TODAY],
    "monitor": ["monitor", *TODAY],
    "forget": ["forget", "nobody-of-this-name"],
    "subject-access": ["subject-access", "nobody-of-this-name"],
    "experiment list": ["experiment", "list", "at_risk-2024-03-01", "--days", "1"],
    "experiment pool": ["experiment", "pool"],
    "experiment holdout": ["experiment", "holdout", "--set", "holdout.share=0.2", "--set", "holdout.since=2024-01-01"],
}
# Something may be unlike the training; nothing is held of nobody; no list is over; nobody has given notice.
EXITS = {"monitor": (0, 8), "subject-access": (5,), "experiment pool": (4,), "list notice-given": (5,)}
CANNOT = {SHOP: PURCHASES.cannot, CONTRACTS: SETTINGS["contractual"].cannot}


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory) -> dict[str, Path]:
    """Both settings, trained and scored, on small tables."""
    folder = tmp_path_factory.mktemp("both")
    simulate_shop(400, seed=7).purchases.to_csv(folder / "p.csv", index=False)
    simulate_contracts(500, seed=3).spells.to_csv(folder / "c.csv", index=False)
    rules = ["blend", "lightgbm", "lightgbm_pooled", "ridge", "offset", "direct"]
    shop = settings(folder, purchases__path="p.csv")
    shop["race"] = {"origins": 1, "churn": "p0", "value": "btyd", "leave_out": rules}
    shop["trees"] = {"rounds": 5}
    spells = ("customer_id", "started_at", "ended_at", "end_reason", "plan", "price")
    contracts = {
        "name": "subs",
        "setting": "contractual",
        "as_of": "2023-12-01",
        "churn": {"horizon_days": 60},
        "subscriptions": {"path": "c.csv", "columns": {c: c for c in spells}},
        "treatments": [{"name": "call", "contact_cost": 1.0, "acceptance": 0.3}],
        "outputs": str(folder / "outputs"),
        "models": str(folder / "models"),
    }
    paths = {}
    for name, given in ((SHOP, shop), (CONTRACTS, contracts)):
        paths[name] = folder / f"{name}.yaml"
        paths[name].write_text(yaml.safe_dump(given), encoding="utf-8")
        for once in ("train", "promote", "score"):
            code, said = command(once, "-c", str(paths[name]))
            assert code == 0, said
    return paths


@pytest.mark.parametrize("setting", [SHOP, CONTRACTS])
@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_in_both_settings(scenarios, name, setting):
    asked = COMMANDS[name]
    if name == "experiment list":
        assert command("list", "at-risk", "-c", str(scenarios[setting]), *TODAY)[0] == 0
        asked = [a.replace("2024-03-01", "2023-12-01") for a in asked] if setting == CONTRACTS else asked
    code, said = command(*asked, "-c", str(scenarios[setting]))
    if why := CANNOT[setting].get(name):
        assert code == 2, said
        assert said.splitlines() == [f"holdfast: `holdfast {name}`: {why}"]
    elif name in EXITS:
        assert code in EXITS[name], said
    elif name == "experiment list":
        # The table ends before the window does; nothing else may be wrong.
        assert code in (0, 4), said
    else:
        assert code == 0, said


def test_the_terminal_is_english_whatever_the_language_but_for_lists(scenarios):
    swedish = ("--set", "language=sv")

    def said(name, *more):
        done = CliRunner().invoke(app, [*COMMANDS[name], "-c", str(scenarios[SHOP]), *more])
        assert done.exit_code == 0, done.output
        return done.stdout.replace(f" {' '.join(swedish)}", "")

    for name in ("value", "status", "card", "check"):
        assert said(name) == said(name, *swedish), name
    assert "customers you have will bring in" in said("value", *swedish)
    made = said("list high-value", *TODAY, *swedish)
    assert " kunder på listan" in made
    assert "customers" not in made


@pytest.mark.parametrize("setting", [SHOP, CONTRACTS])
def test_the_card_of_the_champion_says_the_figures_that_were_recorded(scenarios, setting):
    done = CliRunner().invoke(app, ["card", "--json", "-c", str(scenarios[setting])])
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    scenario = yaml.safe_load(scenarios[setting].read_text(encoding="utf-8"))
    store = Store(Path(scenario["models"]))
    model = store.champion(scenario["name"])
    with store._open() as client:
        first = client.get_run(client.get_model_version(model.name, str(model.number)).run_id)
        # The same model trained once more is the same version, whose card tells the newest gate.
        same = f"tags.`{_VERSION_TAG}` = '{model.model_version}'"
        run = client.search_runs([first.info.experiment_id], same, order_by=["attributes.start_time DESC"])[0]
        kept = Path(run.info.artifact_uri.removeprefix("file://"))
        params = run.data.params
    assert (kept / "model_card.md").read_text(encoding="utf-8").startswith("# Model card: ")
    tested, gate = (json.loads((kept / f"{name}.json").read_text(encoding="utf-8")) for name in ("metrics", "gate"))
    card = told["card"]
    assert told["model_version"] == model.model_version
    assert card.splitlines()[0] == f"# Model card: {scenario['name']}, {model.model_version}"

    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in card.splitlines() if line[:1] == "|"]
    groups = [tested[g] for g in ("everyone", "eligible") if g in tested] or [tested]
    rule = "recency_rule" if setting == SHOP else "plan_and_tenure"
    for label, key, form, _ in FIGURES:
        (row,) = (row for row in rows if row[0] == label)
        assert row[1:-1] == [form.format(g[who][key]) for g in groups for who in ("churn", rule)], label
    for group in groups:
        gain = group["auc_gain"]
        assert f"AUC gain {gain['gain']:+.3f} (95 % {gain['low']:+.3f} to {gain['high']:+.3f})" in card
    bins = [[f"{b['customers']:,}", f"{b['mean_p']:.3f}", f"{b['churn_rate']:.3f}"] for b in tested["reliability"]]
    assert rows[-len(bins) :] == bins
    if setting == SHOP:
        assert {g["segment"] for g in tested["segments"]} <= {"one purchase", "2 or 3 purchases", "4 or more"}
    for group in tested.get("segments", []):
        (said,) = (line for line in card.splitlines() if line.startswith(f"- {group['segment']}: "))
        assert f"{group['mean_p']:.3f} promised, {group['churn_rate']:.3f} happened" in said
        for what in ("purchases", "spend"):
            totals = f"{what} {group[f'{what}_expected']:,.0f} expected, {group[f'{what}_actual']:,.0f} seen"
            assert totals in said
    for check in gate["checks"]:
        assert f"- {check['name']}: " in card
        assert check["said"] in card
    assert ("Passed" in card) == gate["promoted"]
    assert params["as_of"] in card
    assert f"seed {params['seed']}" in card
    for section in ("Learnt from", "How good it was", "Calibration", "The gate", "Limits", "Not to be used for"):
        assert f"## {section}" in card
    assert len(card) < 5000, "MLflow keeps descriptions of that length"


def test_what_a_setting_cannot_do_is_a_command_and_a_sentence():
    for cannot in CANNOT.values():
        assert set(cannot) <= set(COMMANDS)
        assert all(why.endswith(".") and "setting: contractual" in why for why in cannot.values())


def test_the_table_above_names_every_command():
    named = {" ".join(a for a in arguments if not a.startswith("-"))[:30] for arguments in COMMANDS.values()}
    commands = {c.name or c.callback.__name__ for c in app.registered_commands}
    groups = {g.name for g in app.registered_groups if g.name}
    without_a_scenario = {"rollback", "uplift", "simulate", "init"}
    # They serve until they are stopped (tests/web, tests/serve); a model to take along is in tests/pipeline.
    elsewhere = {"web", "serve", "export_model"}
    for one in commands - without_a_scenario - elsewhere:
        assert any(n.split()[0] == one.replace("_", "-") for n in named), one
    assert groups == {"list", "experiment"}
