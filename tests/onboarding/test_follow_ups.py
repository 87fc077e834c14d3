"""What follows from an answer stands in the YAML too; refunds of orders, days to come, and answers that are none."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from holdfast import load_config, prepare
from holdfast.onboarding import look
from holdfast.onboarding.findings import Question
from tests.fuzz.configurations import command
from tests.onboarding.plain import answer

FIRST = date(2023, 1, 2)


def orders(**more) -> pd.DataFrame:
    """300 orders of two lines; of one in five a part is given back, written on both of its lines."""
    random, rows = np.random.default_rng(2), []
    for order in range(300):
        lines = random.integers(500, 4000, 2) / 100
        back = round(float(lines.sum()) / 2, 2) if order % 5 == 0 else 0.0
        for sku, line in enumerate(lines):
            rows.append(
                {
                    "order_number": 7000 + order,
                    "placed_on": FIRST + timedelta(days=order * 2),
                    "email": f"buyer{order % 60}@example.org",
                    "sku": f"p{(order + sku) % 17}",
                    "line_total": line,
                    "order_total": round(float(lines.sum()), 2),
                    "refunded": back,
                }
            )
    return pd.DataFrame(rows).assign(**more)


def init(name: str) -> tuple[str, str]:
    """Return the YAML, and what was said of the file."""
    _, said = command("init", name, "--yes", "--force")
    told = look.Look([name]).findings({}).told
    return Path(name).with_suffix(".yaml").read_text(encoding="utf-8"), "\n".join([*told, said])


def test_what_an_alternative_leads_to_stands_beside_it_in_the_yaml():
    orders().to_csv("x.csv", index=False)
    text, said = init("x.csv")
    assert 'columns.amount: what is a line worth: "line_total" or "order_total"?' in said
    assert 'amount_of: if it is "order_total": "order_total" is the same on all lines of 300 of 300 orders' in said
    assert "#   amount_of: order    (the whole order's: it counts once)" in text
    # Answered as it says there, the revenue is what was sold.
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    answers = {"amount:": "order_total", "refunded:": "refunded", "amount_of:": "order"}
    for i, line in enumerate(lines):
        key = line.split()[0] if line.split() else ""
        if "<answer>" in line:
            lines[i] = f"{line[: line.index(key)]}{key} {answers[key]}"
    Path("x.yaml").write_text("\n".join(lines), encoding="utf-8")
    log = prepare(load_config("x.yaml")).log
    net = log.connection.execute("SELECT SUM(amount) FROM purchases").fetchall()[0][0]
    each = orders().groupby("order_number").first()
    assert float(net) == pytest.approx((each["order_total"] - each["refunded"]).sum(), abs=0.01)


def test_the_case_of_ids_follows_from_the_column_that_names_customers():
    x = orders().drop(columns=["order_total", "refunded"])
    shouted = np.arange(len(x)) % 7 == 0
    x["email"] = np.where(shouted, x["email"].str.upper(), x["email"])
    x["customer_id"] = [f"k{number}" if number % 3 else "" for number in x["order_number"] % 60]
    x.to_csv("x.csv", index=False)
    text, said = init("x.csv")
    assert "who bought" in said
    at = text.index("customer_id: email")
    assert text[at:].splitlines()[1].strip() == "#     and on a line below path: id_case: fold"


def test_a_refund_that_each_line_of_an_order_repeats_does_not_come_off_each_line():
    orders().drop(columns="order_total").to_csv("x.csv", index=False)
    text, said = init("x.csv")
    assert '"refunded" is the same on all lines of 60 of 60 orders with several lines' in said
    assert "refunded" not in yaml.safe_load(text)["purchases"]["columns"]
    # Of lines of their own it comes off.
    own = orders().drop(columns="order_total")
    own["refunded"] = np.where(own.index % 2 == 0, own["refunded"], 0.0).clip(max=own["line_total"])
    own.to_csv("y.csv", index=False)
    text, said = init("y.csv")
    assert "once a line" not in said
    assert "refunded" in text


@pytest.mark.parametrize(("ahead", "asks"), [(30, True), (0, False), (500, False)])
def test_days_that_are_still_to_come_are_asked_about(monkeypatch, ahead, asks):
    x = orders().drop(columns=["order_total", "refunded"])
    today = x["placed_on"].max() - timedelta(days=ahead)
    monkeypatch.setattr(look, "read_today", lambda _: today)
    x.to_csv("x.csv", index=False)
    text, said = init("x.csv")
    assert ("rules.last_date" in said) == asks
    if asks:
        lines = int((x["placed_on"] > today).sum())
        assert f'{lines} lines of "placed_on" lie after today ({today}), up to {x["placed_on"].max()}' in said
        Path("x.yaml").write_text(text.replace("last_date: <answer>", f'last_date: "{today}"'), encoding="utf-8")
        assert prepare(load_config("x.yaml")).log.last_day <= today


def test_a_log_that_reaches_into_the_future_has_a_note(monkeypatch):
    x = orders().drop(columns=["order_total", "refunded"])
    x.to_csv("x.csv", index=False)
    init("x.csv")
    for days, noted in ((-1, True), (0, False)):
        today = x["placed_on"].max() + timedelta(days=days)
        monkeypatch.setattr("holdfast.pipeline.preparation.read_today", lambda _, today=today: today)
        notes = " ".join(prepare(load_config("x.yaml")).log.report.notes)
        assert (f"purchases.rules.last_date: {today} leaves them out" in notes) == noted


def test_what_is_no_time_zone_is_asked_for_again(monkeypatch):
    shown: list[str] = []
    monkeypatch.setattr("typer.echo", lambda line, **_: shown.append(line))
    x = orders().drop(columns=["order_total", "refunded"])
    x["placed_on"] = [f"{day}T12:00:00+01:00" for day in x["placed_on"]]
    x.to_csv("x.csv", index=False)
    answer(monkeypatch, ["Amsterdam", "1", "Europe/Amsterdam"])
    assert command("init", "x.csv")[0] == 0
    assert shown.count("A region such as Europe/London, please.") == 2
    assert yaml.safe_load(Path("x.yaml").read_text())["purchases"]["time_zone"] == "Europe/Amsterdam"
    assert Question("as_of", "?").answer("tomorrow") is not None
    assert Question("as_of", "?", fits=str.isdigit).answer("tomorrow") is None


@pytest.mark.parametrize(
    ("names", "worth"),
    [
        (("Prijs", "Betaald"), 'worth of a line: "Betaald"'),
        (("Base imponible", "Total factura"), 'what is a line worth: "Base imponible" or "Total factura"?'),
        (("Imponibile", "Totale fattura"), 'what is a line worth: "Imponibile" or "Totale fattura"?'),
    ],
)
def test_what_was_paid_and_what_is_net_are_seen_beside_another_amount(names, worth):
    x = orders()[["placed_on", "email", "order_number", "line_total"]]
    x = x.assign(**{names[0]: x["line_total"].map("{:.2f}".format).str.replace(".", ",")})
    x[names[1]] = (x["line_total"] * 1.21).map("{:.2f}".format).str.replace(".", ",")
    x.drop(columns="line_total").to_csv("x.csv", index=False, sep=";")
    assert worth in init("x.csv")[1]
