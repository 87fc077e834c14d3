"""Changes of recurring revenue as subscription tools export them, and ledgers that look like them and are none."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from holdfast.config import load_config
from holdfast.contractual import recipe
from holdfast.onboarding import Look
from holdfast.onboarding.called.movements import Kind, kind_of
from holdfast.pipeline import check, export_model, prepare, score, train
from holdfast.pipeline.online import online
from holdfast.track import load_bundle
from tests.contractual.movements import AS_OF, Log, log_of_changes
from tests.fuzz.configurations import command
from tests.onboarding.contracts import answered, init

LOG = log_of_changes(300)
CHARTMOGUL = {"new": "new_biz"}
STRIPE = {"new": "ACTIVE_START", "reactivation": "ACTIVE_START", "churn": "ACTIVE_END",
          "expansion": "ACTIVE_UPGRADE", "contraction": "ACTIVE_DOWNGRADE"}  # fmt: skip
BAREMETRICS = {"new": "New", "reactivation": "Reactivation", "churn": "Cancellation", "expansion": "Upgrade",
               "contraction": "Downgrade"}  # fmt: skip
GERMAN = {"new": "Neukunde", "reactivation": "Reaktivierung", "churn": "Kündigung", "expansion": "Erweiterung",
          "contraction": "Herabstufung"}  # fmt: skip


def as_chartmogul(log: Log) -> pd.DataFrame:
    t = log.lines
    return pd.DataFrame(
        {
            "customer-name": "Firm " + t["customer"],
            "customer-uuid": "cus_" + t["customer"],
            "date": t["date"] + " 09:30:00",
            "type": t["type"].replace(CHARTMOGUL),
            "activity-mrr-movement": t["mrr_change"],
            "activity-mrr": t["mrr"],
            "activity-arr": t["mrr"] * 12,
            "currency": "USD",
            "plan": np.where(t["seats"] % 2, "Pro", "Team"),
        }
    )


def as_stripe(log: Log) -> pd.DataFrame:
    t = log.lines
    return pd.DataFrame(
        {
            "event_timestamp": t["date"],
            "event_type": t["type"].map(STRIPE),
            "customer_id": "cus_9xKq" + t["customer"].str[5:],
            "currency": "eur",
            "mrr_change": (t["mrr_change"] * 100).astype(int),
        }
    )


def as_baremetrics(log: Log) -> pd.DataFrame:
    t = log.lines
    money = t["mrr_change"].abs().map("${:,.2f}".format)
    return pd.DataFrame(
        {"Occurred on": pd.to_datetime(t["date"]).dt.strftime("%b %d, %Y"), "Email": t["customer"] + "@firm.com",
         "Category": t["type"].map(BAREMETRICS), "MRR Change": np.where(t["mrr_change"] < 0, "-" + money, money),
         "Cancellation reason": t["reason"]}
    )  # fmt: skip


def as_a_german_tool(log: Log) -> pd.DataFrame:
    t = log.lines
    return pd.DataFrame(
        {"Datum": pd.to_datetime(t["date"]).dt.strftime("%d.%m.%Y"), "Kundennummer": t["customer"],
         "Art": t["type"].map(GERMAN), "Differenz": t["mrr_change"].map("{:.2f}".format).str.replace(".", ",")}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("made", "columns", "others"),
    [
        (
            as_chartmogul,
            {"customer_id": "customer-uuid", "changed_at": "date", "mrr_change": "activity-mrr-movement",
             "movement": "type", "currency": "currency", "plan": "plan"},
            {"ignore": ["activity-mrr", "activity-arr"], "begin_values": ["new_biz", "reactivation"]},
        ),
        (
            as_stripe,
            {"customer_id": "customer_id", "changed_at": "event_timestamp", "mrr_change": "mrr_change",
             "movement": "event_type", "currency": "currency"},
            {"begin_values": ["ACTIVE_START"], "churned_values": ["ACTIVE_END"], "money_in": "<answer>"},
        ),
        (
            as_baremetrics,
            {"customer_id": "Email", "changed_at": "Occurred on", "mrr_change": "MRR Change", "movement": "Category",
             "end_reason": "Cancellation reason"},
            {"begin_values": ["New", "Reactivation"], "churned_values": ["Cancellation"]},
        ),
        (
            as_a_german_tool,
            {"customer_id": "Kundennummer", "changed_at": "Datum", "mrr_change": "Differenz", "movement": "Art"},
            {"churned_values": ["Kündigung"], "decimal": ","},
        ),
    ],
    ids=["ChartMogul", "Stripe", "Baremetrics", "German"],
)  # fmt: skip
def test_changes_of_recurring_revenue_are_read_as_contracts(made, columns, others):
    made(LOG).to_csv("x.csv", index=False)
    found, _ = init()
    section: dict[str, Any] = found["subscriptions"]
    assert section["columns"] == columns
    assert {k: sorted(v) if isinstance(v, list) else v for k, v in section.items() if k in others} == {
        k: sorted(v) if isinstance(v, list) else v for k, v in others.items()
    }
    assert section["renewal_days"] == 0
    assert found["as_of"] == "end_of_data"
    assert answered(money_in="cents")[0] == 0
    prepared = prepare(load_config("x.yaml", [f"as_of={AS_OF.date()}"]))
    money = LOG.lines.groupby("customer")["mrr"].last()
    today = prepared.account["movements"]
    assert (today["mrr"], today["paying"]) == (pytest.approx(money.sum()), len(LOG.leaves))
    assert (
        f"recurring revenue on 2024-07-01: {money.sum():,.2f} a period, of {len(LOG.leaves)} customers"
        in prepared.said()
    )
    assert check(prepared).problem == ""


def test_the_day_after_the_last_movement_is_the_first_that_is_not_known():
    last = LOG.lines[LOG.lines["type"] == "churn"].index[-1]
    LOG.lines.loc[:last, ["date", "customer", "type", "mrr_change"]].to_csv("x.csv", index=False)
    init()
    prepared = prepare(load_config("x.yaml"))
    assert prepared.moment == str((pd.Timestamp(LOG.lines["date"][last]) + pd.Timedelta(days=1)).date())


def test_probabilities_are_those_of_the_truth_and_nobody_who_left_is_on_the_list():
    log = log_of_changes(2500, seed=5, small=0.12, large=0.02)
    log.lines.drop(columns=["mrr", "reason"]).to_csv("x.csv", index=False)
    init()
    prepared = prepare(load_config("x.yaml", [f"as_of={AS_OF.date()}"]))
    train(prepared)
    scores = score(prepared).scores
    running = scores[scores["eligible"]].set_index("customer_id")["p_churn_30d"]
    assert set(running.index) == set(log.leaves.index)
    left = log.leaves < AS_OF + pd.Timedelta(days=30)
    # By chance the sum of those who leave differs by about its root.
    assert running.sum() == pytest.approx(left.sum(), abs=2.5 * np.sqrt(left.sum()))
    seats = log.lines.groupby("customer")["seats"].last()[running.index]
    assert running[seats < 5].mean() > 3 * running[seats >= 5].mean()
    # Their movements sent alone give the same scores, and who has left has none.
    gone = sorted(set(log.lines["customer"]) - set(log.leaves.index))[:1]
    sent = log.lines[log.lines["customer"].isin([*running.index[:2], *gone])].drop(columns=["mrr", "reason"])
    export_model(prepared.config, Path("model"))
    answer = online(prepared.config, Path()).score(load_bundle("model"), sent.astype(str), AS_OF.date()).scores
    assert answer.set_index("customer_id")["p_churn_30d"].to_dict() == running[:2].to_dict()


def test_a_log_that_cannot_be_read_is_refused_with_why():
    for change, why in (
        (lambda t: t.assign(mrr_change=t["mrr_change"].abs()), "put a minus before what lowers it"),
        (lambda t: t[t["type"] != "new"], "begin with another line than a new one: the log starts in the middle"),
        (lambda t: t[t["type"] != "expansion"], "the changes of the customer in \"mrr_change\" do not come to 0"),
        (lambda t: t.drop(columns="date"), "No column names the day of each change"),
    ):  # fmt: skip
        change(LOG.lines[["date", "customer", "type", "mrr_change"]]).to_csv("x.csv", index=False)
        code, said = command("init", "x.csv", "--yes", "--force", "--out", "x.yaml")
        assert code == 3, said
        assert "these are changes of recurring revenue, not purchases" in said.replace("\n", " ")
        assert why in said.replace("\n", " ")
    LOG.lines.assign(currency=np.where(LOG.lines["seats"] % 2, "EUR", "USD")).to_csv("x.csv", index=False)
    assert '"currency" says 2 currencies' in command("init", "x.csv", "--yes", "--force", "--out", "x.yaml")[1]


def ledger(words: dict[str, tuple[int, int]], *, n: int = 60, seed: int = 3) -> pd.DataFrame:
    """Lines of customers with a type and an amount between two bounds."""
    random, rows = np.random.default_rng(seed), []
    for who in range(n):
        for _ in range(int(random.integers(3, 15))):
            word = list(words)[int(random.integers(0, len(words)))]
            day = pd.Timestamp("2022-01-01") + pd.Timedelta(days=int(random.integers(0, 900)))
            least, most = words[word]
            rows.append((day, f"K{who:04}", word, round(float(random.uniform(least, most)), 2)))
    return pd.DataFrame(rows, columns=["date", "customer_id", "type", "amount"]).sort_values("date")


def cancelled_orders() -> pd.DataFrame:
    """Orders of which one in ten is taken back by a line of its own, the customer's only one often."""
    sold = ledger({"new": (10, 90)})
    back = sold[::10].assign(type="cancelled", amount=-sold["amount"][::10])
    return pd.concat([sold, back]).sort_values("date")


@pytest.mark.parametrize(
    "table",
    [
        ledger({"deposit": (10, 900), "withdrawal": (-400, -5), "fee": (-5, -1), "interest": (0, 3)}),
        ledger({"new stock": (10, 90), "sale": (-9, -1), "lost": (-2, -1), "increase": (1, 4), "decrease": (-4, -1)}),
        ledger({"earned": (1, 90), "redeemed": (-50, -1), "expired": (-9, -1), "new member bonus": (5, 9),
                "tier upgrade bonus": (5, 9), "cancelled": (-20, -1)}),
        ledger({"sale": (10, 90), "refund": (-90, -10)}),
        ledger({"new": (10, 90), "upgrade": (5, 20), "cancelled": (-90, -10)}),
        ledger({"New": (10, 90), "Returning": (5, 80), "Churned": (5, 80)}),
        cancelled_orders(),
    ],
    ids=["bank", "stock", "points", "refunds", "orders that are upgraded", "kinds of customers", "cancelled orders"],
)  # fmt: skip
def test_ledgers_with_kinds_of_lines_are_no_changes_of_revenue(table):
    table.to_csv("x.csv", index=False)
    found = Look(["x.csv"]).findings({})
    assert found.section == "purchases"
    assert found.settings["columns.customer_id"] == "customer_id"
    assert not any("recurring revenue" in said for said in found.told)


def test_a_table_of_deals_with_recurring_revenue_is_no_log_of_changes():
    # One line per customer, with what they pay, and a state: nothing there changes.
    last = LOG.lines.groupby("customer").tail(1)
    table = pd.DataFrame(
        {"customer": last["customer"], "since": last["date"], "status": last["type"], "mrr": last["mrr"]}
    )
    table.to_csv("x.csv", index=False)
    code, said = command("init", "x.csv", "--yes", "--force", "--out", "x.yaml")
    assert not Path("x.yaml").exists() or "changed_at" not in Path("x.yaml").read_text(encoding="utf-8"), (code, said)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        *(("New business", Kind.BEGINS), ("Neukunde", Kind.BEGINS), ("win-back", Kind.BACK)),
        *(("Upsell", Kind.RISES), ("Nedgradering", Kind.FALLS), ("newsletter", None), ("renewal", None)),
        *(("end", Kind.CHURNS), ("Opsigelse", Kind.CHURNS)),
    ],
)  # fmt: skip
def test_words_of_changes(word, kind):
    assert kind_of(word) is kind


def test_nothing_is_left_of_the_words_behind_the_reader():
    LOG.lines.drop(columns=["mrr", "reason"]).to_csv("x.csv", index=False)
    init()
    features = recipe.today(prepare(load_config("x.yaml")).contracts)
    assert not {"type", "mrr_change", "date"} & set(features.columns)
    assert {"seats", "price", "price_change", "earlier_contracts"} <= set(features.columns)
