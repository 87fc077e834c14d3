"""What is killed: every command that writes, on a shop of 300 customers with the cheapest models."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from holdfast.cli import main
from holdfast.data import simulate_shop
from holdfast.serve.token import read_token
from holdfast.web.password import read_hash
from tests.conftest import settings
from tests.kill.harness import Case, rows

NAME = "shop"


def shop(folder: Path) -> None:
    """Write the purchases and the scenario."""
    purchases = simulate_shop(300, seed=7).purchases
    # Nothing after the as-of date: an earlier list would be too old to matter.
    purchases = purchases[purchases["ordered_at"] < "2024-03-01"]
    purchases.to_csv(folder / "p.csv", index=False)
    purchases[["customer_id"]].drop_duplicates().to_csv(folder / "c.csv", index=False)
    given = settings(folder, purchases__path="p.csv", trees__rounds=3)
    given["race"] = {
        "origins": 1,
        "churn": "recency",
        "value": "last_period",
        "leave_out": ["blend", "lightgbm", "lightgbm_pooled", "ridge", "p0", "offset", "btyd", "direct"],
    }
    given["outputs"], given["models"] = "outputs", "models"
    (folder / "shop.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")


def command(*words: str) -> Callable[[Path], None]:
    """Return ``holdfast`` with these words, on the scenario of the work folder."""

    def act(folder: Path) -> None:
        import sys

        alone = ("experiment", "init", "simulate", "uplift")
        scenario = [] if words[0] in alone else ["-c", "shop.yaml"]
        sys.argv = ["holdfast", *words, *scenario]
        main()

    return act


def store(folder: Path) -> None:
    """Make the model store, and nothing in it."""
    from holdfast.track import Store

    with Store(folder / "models")._open():
        pass


def files(folder: Path) -> dict[str, str]:
    """Return the digest of every file below a folder, hidden ones too; locks are no content."""
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "folder"
        for p in folder.rglob("*")
        if p.name != ".lock"
    }


def outputs(folder: Path) -> dict[str, str]:
    """Return every byte that was written for people, and every name."""
    return files(folder / "outputs")


def schema(folder: Path) -> dict[str, Any]:
    """Return the tables of MLflow's database, its revision and the experiment it comes with.

    The order of the constraints of a table differs from one making to the next.
    """
    database = folder / "models" / "mlflow.db"
    made = rows(database, "SELECT type, name, coalesce(sql, '') FROM sqlite_master")
    return {
        "tables": [(kind, name, sorted(sql.replace(",", "").split())) for kind, name, sql in made],
        "revision": rows(database, "SELECT version_num FROM alembic_version"),
        "experiments": rows(database, "SELECT name, artifact_location FROM experiments"),
        "hidden": sorted(p.name for p in (folder / "models").iterdir() if p.name.startswith(".")),
    }


def registry(folder: Path) -> dict[str, Any]:
    """Return what counts of a model store: the models, which one reigns, their files, and nothing half done.

    Ids, times, and how many runs were killed before one was finished differ from run to run.
    """
    models = folder / "models"
    database = models / "mlflow.db"
    tagged = (
        "SELECT v.version, t.value, v.source FROM model_versions v JOIN model_version_tags t "
        "ON v.name = t.name AND v.version = t.version AND t.key = 'holdfast.model_version'"
    )
    version = {number: content for number, content, _ in rows(database, tagged)}
    ids = {source.rpartition("/")[2]: content for _, content, source in rows(database, tagged)}
    kept = rows(database, "SELECT model_id, status FROM logged_models WHERE lifecycle_stage = 'active'")
    folders = models / "artifacts" / "models"
    return {
        "models": sorted(version.items()),
        "aliases": [(a, version[n]) for a, n in rows(database, "SELECT alias, version FROM registered_model_aliases")],
        "reigns": rows(database, "SELECT value FROM registered_model_tags WHERE key = 'holdfast.champions'"),
        "running": rows(database, "SELECT name FROM runs WHERE status = 'RUNNING'"),
        "finished": bool(rows(database, "SELECT name FROM runs WHERE status = 'FINISHED'")),
        "logged": sorted((ids.get(i, "of no version"), status) for i, status in kept),
        "bundles": {
            ids.get(p.name, p.name): files(p / "artifacts" / "artifacts" / "bundle") for p in folders.glob("*")
        },
        "drafts": sorted(p.name for p in models.rglob("*") if ".draft" in p.name or ".old" in p.name),
    }


def trials(folder: Path) -> dict[str, Any]:
    """Return what a search found, and the trials that MLflow shows."""
    database = folder / "models" / "mlflow.db"
    finished = "SELECT name, status FROM runs WHERE status <> 'KILLED'"
    return {"said": (folder / "stdout").read_text(), "runs": rows(database, finished)}


train, score = command("train"), command("score")
at_risk = command("list", "at-risk", "--today", "2024-03-03")
# Another question, so that the gate has no champion to hold against it.
other = command("train", "--set", "clv.margin=0.9")
assign = command(
    "experiment",
    "assign",
    "--data",
    "c.csv",
    "--name",
    "spring",
    "--shares",
    "control=10,offer=90",
    "--out",
    "arms.csv",
)

status = command("status", "--json", "--today", "2024-03-03")
monitor = command("monitor", "--today", "2024-03-01")
monitor_later = command("monitor", "--today", "2024-03-03")
sheet = command("list", "high-value", "--format", "xlsx", "--today", "2024-03-03")


forget = command("forget", "00003", "00017", "00081", "--today", "2024-03-03")


def outputs_but_key(folder: Path) -> dict[str, str]:
    """Return every byte that was written for people; the key, and tombstones made with it, are random."""
    found = outputs(folder)
    secret = ("shop/privacy/key", "shop/privacy/tombstones.json")
    held = json.loads((folder / "outputs" / secret[1]).read_text())["erased"]
    return {name: digest for name, digest in found.items() if name not in secret} | {"tombstones": str(len(held))}


def effect(folder: Path) -> None:
    """Measure an experiment and show it in the report."""
    arms = "".join(f"{arm},{i % 3 == 0:d}\n" for i in range(60) for arm in ("control", "offer"))
    (folder / "arms.csv").write_text(f"arm,bought\n{arms}", encoding="utf-8")
    measure = ("measure", "--data", "arms.csv", "--arm", "arm", "--control", "control", "--outcome", "bought")
    command("experiment", *measure, "--report", "shop.yaml")(folder)


def made_and_models(folder: Path) -> dict[str, Any]:
    """Return every byte that was written for people, and what counts of the model store, where reports are kept too."""
    return {"outputs": outputs(folder), "models": registry(folder)}


def exported(folder: Path) -> dict[str, str]:
    """Return every byte of the model that was taken along, and every name beside it."""
    return {name: digest for name, digest in files(folder).items() if "taken" in name}


def taken_is_whole(folder: Path) -> None:
    """Load the model that was taken along, where there is one: half of one would be refused."""
    from holdfast import load_bundle

    if (folder / "taken").exists():
        load_bundle(folder / "taken")


def set_password(folder: Path) -> None:
    """Keep the hash of a password of the web page."""
    from holdfast.config import load_config
    from holdfast.web import set_password as keep

    keep(load_config(folder / "shop.yaml"), "correct horse battery")


def secret(name: str, read: Callable[[Path], str | None]) -> Callable[[Path], dict[str, Any]]:
    """Return what says which names there are, and whether a kept hash, which differs each time, is one."""

    def found(folder: Path) -> dict[str, Any]:
        place = folder / "outputs" / "shop" / name
        return {"names": sorted(outputs(folder)), "kept": bool(read(place)), "mode": oct(place.stat().st_mode)}

    return found


def secrets_are_whole(folder: Path) -> None:
    """Read both hashes, where there are any: half of one would be refused."""
    read_hash(folder / "outputs" / "shop" / "web.password")
    read_token(folder / "outputs" / "shop" / "serve.token")


def campaign(folder: Path) -> None:
    """Write a randomised campaign, in which customers with a high ``x`` respond."""
    rows = [(i, "call" if i % 2 else "none", i % 7, 1 + (i % 7) * (i % 2) + i % 3) for i in range(400)]
    table = pd.DataFrame(rows, columns=["customer_id", "arm", "x", "spend"])
    table.to_csv(folder / "campaign.csv", index=False)


def policies(folder: Path) -> dict[str, str]:
    """Return every byte of the learnt policies."""
    return files(folder / "models" / "policies")


def policy_is_whole(folder: Path) -> None:
    """Load the policy: half of one would be refused."""
    from holdfast.track.policies import read_policy

    read_policy(folder / "models", "spring")


export = command("export-model", "taken")
learn = command(
    "uplift",
    *("--data", "campaign.csv", "--arm", "arm", "--control", "none", "--outcome", "spend"),
    *("--covariates", "x", "--register", "spring"),
)

CASES = [
    Case("store", (), store, schema),
    Case("train", (shop,), train, registry),
    Case("train again", (shop, train), other, registry, status),
    # Rolled back, so that the challenger is not the champion already.
    Case("promote", (shop, train, other, command("rollback")), command("promote"), registry, status),
    Case("export", (shop, train), export, exported, taken_is_whole),
    Case("export again", (shop, train, export), export, exported, taken_is_whole),
    Case("policy again", (shop, campaign, learn), learn, policies, policy_is_whole),
    Case("token", (shop,), command("serve", "--new-token"), secret("serve.token", read_token), secrets_are_whole),
    Case("password", (shop,), set_password, secret("web.password", read_hash), secrets_are_whole),
    Case("score", (shop, train), score, made_and_models),
    Case("score again", (shop, train, score), score, made_and_models, status),
    Case("list", (shop, train, score), at_risk, outputs),
    Case("list again", (shop, train, score, at_risk), at_risk, outputs, status),
    Case("sheet again", (shop, train, score, sheet), sheet, outputs, status),
    Case("segments", (shop, train, score), command("segments"), outputs, status),
    Case("value", (shop, train, score), command("value"), outputs, status),
    Case("report", (shop, train, score, at_risk), command("report"), outputs, status),
    Case("effect", (shop, train, score), effect, outputs, status),
    Case("monitor", (shop, train, score, at_risk), monitor, outputs, status),
    Case("monitor again", (shop, train, score, monitor), monitor_later, outputs, status),
    Case("forget", (shop, train, score, at_risk, sheet), forget, outputs_but_key),
    Case(
        "access",
        (shop, train, score),
        command("subject-access", "00003", "--out", "access.json"),
        lambda folder: {k: v for k, v in files(folder).items() if "access" in k},
    ),
    Case("review", (shop,), command("status", "--reviewed", "--today", "2024-03-03"), outputs),
    Case("assign", (shop,), assign, lambda folder: {k: v for k, v in files(folder).items() if "arms" in k}),
    Case(
        "simulate",
        (),
        command("simulate", "--out", "subscriptions.csv", "--customers", "50"),
        lambda folder: {k: v for k, v in files(folder).items() if "subscriptions" in k},
    ),
    Case(
        "init", (), command("init", "--demo", "--force"), lambda f: {k: v for k, v in files(f).items() if "demo" in k}
    ),
    Case("tune", (shop,), command("tune", "--trials", "2", "--json"), trials),
]
