"""The report: what to do, the lists, and the page itself, which asks for nothing and shows what lists show."""

import json
import re
import shutil
import stat
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from holdfast import columns
from holdfast.cli.commands import app
from holdfast.errors import NotFoundError
from holdfast.lists.audience import ModelError, lost_in_total
from holdfast.pipeline import report
from holdfast.pipeline.reporting import facts_of
from holdfast.report.page import render
from holdfast.report.page.audience import curve
from holdfast.report.page.rows import _has_broken_off, past, timeline
from holdfast.report.page.words import between, day, money, number, percent
from holdfast.wording import rounded
from tests.report.shops import AS_OF, HOSTILE, Page, purchases

EARLIER = "2023-12-31"


def record(prepared, name="at_risk"):
    (path,) = (prepared.folder.parent / "issued").glob(f"{name}-{prepared.moment}/record.json")
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("setting", ["sold", "bound"])
def test_the_first_sentence_says_what_the_list_says(setting, request):
    prepared = request.getfixturevalue(setting)
    made, told = record(prepared), Page(prepared.folder / "report.html").root.ident("act").words
    listed, of, expected = made["account"]["listed"], made["account"]["in"], made["expected"]
    currency = "EUR" if setting == "sold" else ""
    until = day(made["valid_until"])
    assert f"{number(listed)} of {number(of)} customers on the list at risk are to be contacted until {until}." in told
    interval = between(money(expected["profit_low"]), money(expected["profit_high"], currency))
    earn = f"to earn {money(expected['profit'], currency)} ({interval})"
    assert f"expected to cost {money(expected['cost'], currency)} and {earn}." in told
    assert "What a contact changes is unproven until measured." in told
    assert f"Model {made['model_version']}, trained as of" in told


@pytest.mark.parametrize("setting", ["sold", "bound"])
def test_the_four_figures_are_sums_of_the_scores(setting, request):
    prepared = request.getfixturevalue(setting)
    scores = pd.read_parquet(prepared.folder / "scores.parquet")
    active = scores[scores["eligible"]]
    cards = [n.words for n in Page(prepared.folder / "report.html").root.ident("act").all("li")]
    risk = next(c for c in scores if c.startswith("value_at_risk_"))
    currency = "EUR" if setting == "sold" else ""
    assert number(len(active)) in cards[0]
    p = active[next(c for c in scores if c.startswith("p_churn_"))]
    assert f"{number(p.sum())} of them (95 %:" in cards[0]
    assert f"value at risk {money(active[risk].sum(), currency)} 95 %:" in cards[1]
    if setting == "sold":
        row = pd.read_csv(prepared.folder / "value" / "totals.csv").iloc[0]
        assert money(rounded(row["clv_365d_total"]), "EUR") in cards[2]
        assert between(*(money(rounded(row[end])) for end in ("low_80", "high_80")), 80) in cards[2]
    else:
        assert money(rounded(active["clv_365d"].sum())) in cards[2]
    assert "not measured yet" in cards[3]


def test_before_value_has_run_the_same_total_stands_there(sold, page, tmp_path):
    before = facts_of(sold.config, sold.folder)
    folder = copied(sold, tmp_path)
    shutil.rmtree(folder / "value")
    config = sold.config.model_copy(update={"outputs": tmp_path / "outputs"})
    assert facts_of(config, folder).base == pytest.approx(before.base)


def copied(prepared, tmp_path) -> Path:
    shutil.copytree(prepared.config.outputs, tmp_path / "outputs")
    return tmp_path / "outputs" / prepared.config.name / prepared.moment


def test_leavers_in_total_vary_by_chance_and_by_how_far_off_the_model_was():
    p, value = np.array([0.2, 0.5, 0.9]), np.array([10.0, 20.0, 30.0])
    random = np.random.default_rng(5)
    leaves = random.random((200_000, 3)) < p
    lost = (leaves * value * random.exponential(1.0, (200_000, 3))).sum(axis=1)
    found = lost_in_total(p, value)
    assert found["churners"] == pytest.approx(1.6)
    assert (found["churners_high"] - 1.6) / 1.96 == pytest.approx(leaves.sum(axis=1).std(), rel=0.01)
    assert found["value"] == pytest.approx(lost.mean(), rel=0.01)
    assert (found["value_high"] - found["value"]) / 1.96 == pytest.approx(lost.std(), rel=0.01)
    off = lost_in_total(p, value, error=ModelError(log_odds=0.3, value=0.1))
    assert off["churners_high"] > found["churners_high"]
    assert off["value_high"] > found["value_high"]


@pytest.mark.parametrize("setting", ["sold", "bound"])
def test_the_histogram_counts_everyone_of_whom_churn_is_asked(setting, request):
    prepared = request.getfixturevalue(setting)
    scores = pd.read_parquet(prepared.folder / "scores.parquet")
    p = scores.loc[scores["eligible"], next(c for c in scores if c.startswith("p_churn_"))]
    section = Page(prepared.folder / "report.html").root.ident("audience")
    rows = section.all("table")[0].rows()
    top = 1.0 if setting == "sold" else float(next(t for t in (0.05, 0.1, 0.2, 0.4, 0.6) if p.max() <= t))
    assert [r[1] for r in rows] == [number(n) for n in np.histogram(p, np.linspace(0, top, 21))[0]]
    assert sum(int(r[1].replace(",", "")) for r in rows) == len(p)


@pytest.mark.parametrize("setting", ["sold", "bound"])
def test_the_slider_holds_the_rows_of_the_audience_curve(setting, request):
    prepared = request.getfixturevalue(setting)
    root = Page(prepared.folder / "report.html").root
    data = json.loads(root.ident("audience-data").inside[0])
    (path,) = (prepared.folder.parent / "issued").glob(f"at_risk-{prepared.moment}/audience.csv")
    table = pd.read_csv(path).set_index("customers")
    assert data["customers"][0] == 1
    assert data["customers"][-1] == len(table)
    assert len(data["customers"]) <= 300
    for name in table.columns:
        if name != "customers":
            assert [money(n) for n in data[name]] == [money(v) for v in table.loc[data["customers"], name]]
    last = table.iloc[-1]
    assert root.ident("now-profit").text == money(last["profit"], data["currency"])
    assert root.ident("range-cost").text == between(money(last["cost_low"]), money(last["cost_high"]))
    assert int(root.ident("n").given["max"]) == len(data["customers"]) - 1


def test_the_slider_rounds_a_figure_once_as_the_list_does(sold):
    facts = facts_of(sold.config, sold.folder)
    made = facts.current[0]
    costs = [598.496, 598.5, 599.5, -0.4, *made.audience["cost"][4:]]
    issued = (replace(made, audience=made.audience.assign(cost=costs)),)
    data = json.loads(str(curve(replace(facts, issued=issued))["data"]))
    assert data["cost"][:4] == [598, 598, 600, 0]
    assert [money(n) for n in data["cost"][:4]] == [money(c) for c in costs[:4]] == ["598", "598", "600", "0"]


def test_a_curve_written_for_excel_is_read_by_its_own_marks(sold, tmp_path):
    folder = copied(sold, tmp_path)
    config = sold.config.model_copy(update={"outputs": tmp_path / "outputs"})
    plain = facts_of(config, folder).current[0].audience
    path = folder.parent / "issued" / f"at_risk-{AS_OF}" / "audience.csv"
    pd.read_csv(path).to_csv(path, index=False, sep=";", decimal=",", encoding="utf-8-sig")
    pd.testing.assert_frame_equal(facts_of(config, folder).current[0].audience, plain)


@pytest.mark.parametrize("setting", ["sold", "bound"])
def test_lists_show_their_first_rows_and_what_was_decided(setting, request):
    prepared = request.getfixturevalue(setting)
    root = Page(prepared.folder / "report.html").root
    decisions = pd.read_parquet(prepared.folder.parent / "issued" / f"at_risk-{prepared.moment}" / "decisions.parquet")
    status = decisions.set_index("customer_id")["status"]
    customers = root.ident("lists").all("details", "customer")
    names = list(columns.LISTS) if setting == "sold" else ["at_risk", "high_value"]
    expected = [pd.read_parquet(prepared.folder / "lists" / f"{n}.parquet").head(columns.FIRST_ROWS) for n in names]
    ids = [n.all("span", "id")[0].text for n in customers]
    assert ids == [" ".join(str(c).split()) for table in expected for c in table["customer_id"]]
    first, row = customers[0], expected[0].iloc[0]
    risk = next(c for c in expected[0] if c.startswith("p_churn_"))
    value = next(c for c in expected[0] if c.startswith("value_at_risk_"))
    cells = [n.text for n in first.all("span", "cell")]
    currency = "EUR" if setting == "sold" else ""
    assert any(c.endswith(percent(row[risk], 1)) for c in cells)
    assert any(c.endswith(money(row[value], currency, 2)) for c in cells)
    assert first.all("span", "why")[0].text == row["reason_1"]
    words = {"listed": "contact:", "control": "held back as control"}
    said = first.all("span", "do")[0].text
    assert words.get(status[row["customer_id"]], status[row["customer_id"]]) in said


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((0.0, 0.0), "{value} on average: at least 9 in 10 such customers bring nothing, a few bring more"),
        ((0.0, 12.0), "{value} on average: at least 9 in 10 such customers bring 12.00 or less, a few bring more"),
        ((0.0, 90.0), "{value} (80 %: 0.00 to 90.00)"),
    ],
)
def test_an_average_above_its_own_range_says_what_it_is_an_average_of(sold, ends, said):
    facts = facts_of(sold.config, sold.folder)
    low, high = ends
    scores = facts.scores.assign(clv_365d=43.56, clv_365d_p10=low, clv_365d_p90=high)
    page = render(replace(facts, scores=scores))
    assert f"<dd>{said.format(value=money(43.56, 'EUR', 2))}</dd>" in page
    assert "0.00 to 0.00" not in page


def test_whoever_may_buy_is_a_customer_still(sold):
    """25 in 100 cannot buy in the window where only 3 in 100 are still customers."""
    facts = facts_of(sold.config, sold.folder)
    page = render(replace(facts, scores=facts.scores.assign(p_alive=0.03, p_churn_60d=0.75)))
    assert f"{percent(0.25)}: the chance that they have not left for good" in page
    assert f"{percent(0.03)}: the chance that they have not left for good" not in page


def test_a_timeline_ends_with_the_p_alive_of_the_scores(sold, scores):
    times = pd.read_parquet(sold.folder / "timelines.parquet")
    assert list(times.columns) == [c.name for c in columns.TIMELINES]
    paths = times[times["what"] == "p_alive"].groupby("customer_id")
    p_alive = scores.set_index("customer_id")["p_alive"]
    last = paths.last()
    assert {d.isoformat() for d in last["date"]} == {AS_OF}
    assert last["value"].to_numpy() == pytest.approx(p_alive[last.index].to_numpy(), rel=1e-9)
    bought = purchases()
    who = last.index[0]
    days = (
        bought.loc[(bought["customer_id"] == who) & (bought["ordered_at"] < AS_OF), "ordered_at"].astype(str).str[:10]
    )
    mine = times[(times["customer_id"] == who) & (times["what"] == "purchase")]
    assert [d.isoformat() for d in mine["date"]] == sorted(set(days))


def test_a_timeline_of_contracts_says_when_they_began_and_ended(bound):
    times = pd.read_parquet(bound.folder / "timelines.parquet")
    spells = bound.contracts.spells.frame
    who = times["customer_id"].iloc[0]
    mine = spells[(spells["customer_id"] == who) & (spells["start"] < bound.contracts.cutoff.day)]
    starts = times[(times["customer_id"] == who) & (times["what"] == "start")]
    assert len(starts) == len(mine)
    assert starts["value"].tolist() == mine.sort_values("start")["price"].tolist()


def test_a_contract_that_goes_on_in_a_new_one_has_not_ended(bound):
    facts = facts_of(bound.config, bound.folder)
    (made,) = facts.issued
    first, renewed, over = date(2023, 1, 1), date(2023, 3, 1), date(2023, 4, 15)
    rows = [("C1", first, "start"), ("C1", renewed, "end"), ("C1", renewed, "start"), ("C1", over, "end")]
    times = pd.DataFrame(rows, columns=["customer_id", "date", "what"]).assign(value=1.0)
    decisions = pd.DataFrame({"customer_id": ["C1"], "status": ["listed"], "treatment": ["call"]})
    earlier = {**made.record, "as_of": "2023-02-01", "known_until": "2023-02-01"}
    known = replace(facts, timelines=times, issued=(replace(made, record=earlier, decisions=decisions),))
    assert str(timeline(known, "C1")).count("×</text>") == 1
    assert past(known, "C1") == ["At risk, 1 February 2023: contact; the contract ended on 15 April 2023"]


@pytest.mark.parametrize("setting", ["sold", "bound"])
def test_it_asks_for_nothing_from_anywhere_and_is_small_and_private(setting, request):
    path = request.getfixturevalue(setting).folder / "report.html"
    text = path.read_text(encoding="utf-8")
    assert not re.findall(r"(?:src|srcset|action|poster|formaction)\s*=", text)
    assert set(re.findall(r'href="([^"#]*)', text)) <= {"", "data:,"}
    assert not re.findall(r"(?i)url\(|@import|\bimport\b|fetch\(|XMLHttpRequest|https?:|//[a-z]", text)
    assert "default-src 'none'" in text
    assert len(text.encode()) < 1_000_000
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_ids_are_text_and_never_markup(page, sold):
    root = page.root
    seen = {n.text for n in root.all("span", "id")}
    assert set(HOSTILE) <= seen
    assert len(root.all("script")) == 2  # ours, and the numbers of the slider
    assert not root.all("i")  # of lists.show
    assert not root.all("b")  # of the treatment's name
    assert any("<i>someone</i>@example.org" in n.text for n in root.all("span", "cell"))
    assert "{{ 7*7 }}" in page.source


def test_only_columns_of_lists_show_are_shown(sold, bound):
    given = {c.name for c in columns.TABLES["customers"]}
    heads = {n.words for n in Page(sold.folder / "report.html").root.all("span", "tag")}
    assert "email" in heads
    assert not heads & (given - {"customer_id"})
    assert "@" not in Page(bound.folder / "report.html").root.ident("lists").words


def test_the_same_files_give_the_same_bytes(sold, bound):
    for prepared in (sold, bound):
        before = (prepared.folder / "report.html").read_bytes()
        assert report(prepared.config) == prepared.folder / "report.html"
        assert (prepared.folder / "report.html").read_bytes() == before


def test_headings_and_labels_are_there_for_a_screen_reader(page):
    root = page.root
    assert root.all("html")[0].given["lang"] == "en"
    assert len(root.all("h1")) == 1
    levels = [int(n.tag[1]) for n in root if n.tag in ("h1", "h2", "h3")]
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert all(n.given["role"] == "img" and n.given["aria-label"] for n in root.all("svg"))
    ids = [n.given["id"] for n in root if n.given.get("id")]
    assert len(ids) == len(set(ids))
    for n in root:
        for key in ("aria-labelledby", "aria-describedby", "for"):
            assert n.given.get(key) is None or n.given[key] in ids
    assert {a.given["href"][1:] for a in root.all("a")} <= set(ids)


def test_a_block_without_data_says_which_command_gives_it(sold, bound, tmp_path):
    folder = copied(sold, tmp_path)
    for name in ("value", "segments"):
        shutil.rmtree(folder / name)
    shutil.rmtree(folder.parent / "issued")
    (folder / "timelines.parquet").unlink()
    (folder / "model.json").unlink()
    config = sold.config.model_copy(update={"outputs": tmp_path / "outputs"})
    page = Page(report(config))
    for block, command in (
        ("act", "holdfast list at-risk"),
        ("audience", "holdfast list at-risk"),
        ("lists", "holdfast score"),
        ("trust", "holdfast train"),
        ("trust", "holdfast list at-risk"),
        ("grids", "holdfast segments"),
        ("cohorts", "holdfast value"),
        ("experiments", "holdfast experiment list"),
        ("data", "holdfast value"),
    ):
        section = page.root.ident(block)
        assert command in [n.text for n in section.all("code")], block
    told = Page(bound.folder / "report.html").root
    assert "setting: contractual has none" in told.ident("grids").words
    assert "holdfast experiment measure" in told.ident("experiments").words
    (folder / "scores.parquet").unlink()
    with pytest.raises(NotFoundError, match="holdfast run"):
        report(config)


def test_a_log_without_amounts_has_a_report_too(sold):
    facts = facts_of(sold.config, sold.folder)
    question = replace(facts.question, at_risk="purchases_at_risk_60d", value="expected_purchases_60d")
    rows = {n: t.rename(columns={"value_at_risk_60d": "purchases_at_risk_60d"}) for n, t in facts.lists.items()}
    text = render(replace(facts, question=question, lost={}, base={}, lists=rows, value={}))
    assert "not known" in text
    assert "purchases at risk, 60 days" in text


def test_the_command_says_where_it_lies(sold, tmp_path):
    import yaml

    path = tmp_path / "shop.yaml"
    given = {"name": "shop", "outputs": str(sold.config.outputs), "as_of": AS_OF, "churn": {"horizon_days": 60}}
    path.write_text(yaml.safe_dump({**given, "purchases": {"path": "none.csv"}}), encoding="utf-8")
    done = CliRunner().invoke(app, ["report", "-c", str(path)])
    assert done.exit_code == 0, done.output
    assert done.stdout == f"Report: {sold.folder / 'report.html'}\n"
    empty = CliRunner().invoke(app, ["report", "-c", str(path), "--set", "name=other"])
    assert isinstance(empty.exception, NotFoundError)


def test_no_chance_of_still_being_a_customer_stands_beside_the_certainty_that_a_regular_is_gone(sold):
    facts = facts_of(sold.config, sold.folder)
    bought = facts.events
    often = next(
        who
        for who, mine in bought.items()
        if len(days := sorted(d.toordinal() for d in mine.loc[mine["what"] == "purchase", "date"])) > 3
        and np.median(np.diff(days)) <= 30
    )
    for p, said in ((0.5, False), (0.99, True)):
        assert _has_broken_off(facts, often, {facts.question.p_churn: p}) is said
    once_only = next(who for who, mine in bought.items() if (mine["what"] == "purchase").sum() == 1)
    assert not _has_broken_off(facts, once_only, {facts.question.p_churn: 0.99})


def test_an_address_as_id_breaks_behind_its_marks_and_texts_stand_to_the_left(sold, tmp_path):
    facts = facts_of(sold.config, sold.folder)
    listed = facts.lists["at_risk"].head(2)
    listed = listed.assign(customer_id=["anna.berg@mail.example.org", "<7>"], email="a.b@example.org")
    (tmp_path / "page.html").write_text(render(replace(facts, lists={"at_risk": listed}, sizes={"at_risk": 2})))
    page = Page(tmp_path / "page.html")
    rows = page.root.ident("lists")
    assert [len(one.all("wbr")) for one in rows.all("span", "id")] == [4, 0]
    assert [one.text for one in rows.all("span", "id")] == ["anna.berg@mail.example.org", "<7>"]
    assert "long-ids" in rows.all("div", "rows")[0].given["class"]
    assert "texts-1" in rows.all("div", "rows")[0].given["class"]
    cells = [one.given["class"] for one in rows.all("span", "cell")]
    assert cells == ["cell text", "cell", "cell"] * 2
    short = render(replace(facts, lists={"at_risk": listed.assign(customer_id=["1", "2"])}, sizes={"at_risk": 2}))
    assert "rows undecided long-ids" not in short
    assert 'class="rows long-ids' not in short
