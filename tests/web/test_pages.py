"""The pages: every figure is that of the files, every view is its address, and what is taken along is what is shown."""

import html
import json
import re
import shutil
from urllib.parse import parse_qsl, quote, urlsplit

import numpy as np
import pandas as pd
import pytest

from holdfast.config import load_config
from holdfast.pipeline import prepare, segment
from holdfast.pipeline import value as value_customers
from holdfast.pipeline.outputs import readable, write_table
from holdfast.pipeline.reporting import facts_of
from holdfast.report.page import blocks
from holdfast.report.page.words import day, number, title
from holdfast.web import tables
from holdfast.web.pages import cell, customer_address
from holdfast.web.view import Field
from tests.report.shops import HOSTILE, Page
from tests.web.sites import frame, risk, token, visitor

pytestmark = pytest.mark.usefixtures("commands_here")
PAGES = ("/", "/lists", "/customers", "/segments", "/value", "/experiments", "/model", "/due", "/make")


def tree(text, tmp_path):
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    return Page(tmp_path / "page.html").root


def shown_ids(text):
    return [html.unescape(one) for one in re.findall(r'<th scope="row" class="who"><a [^>]*>([^<]*)</a>', text)]


@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_whole_and_runs_nothing_of_its_own(client, scenario, address, tmp_path):
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    root = tree(answer.text, tmp_path)
    assert len(root.all("h1")) == 1
    links = root.all("nav")[0].all("a")
    here = [] if address == "/segments" and not (scenario.folder / "segments").is_dir() else [address]
    assert [a.given["href"] for a in links if a.given.get("aria-current")] == here
    assert f"{scenario.name}, {day(scenario.as_of)}" in root.words
    assert not [n for n in root if n.given.get("style") or any(name.startswith("on") for name in n.given)]
    assert not root.all("style")
    scripts = root.all("script")
    assert [s.given.get("src") for s in scripts if s.given.get("type") != "application/json"] == ["/static/page.js"]


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("/", ("headline", "figures", "curve")),
        ("/lists", ("lists",)),
        ("/segments", ("grids",)),
        ("/value", ("cohorts", "account")),
        ("/model", ("reliability", "past_lists")),
    ],
)
def test_the_blocks_are_those_of_the_report(client, scenario, address, parts):
    made = blocks(facts_of(load_config(scenario.path), scenario.folder))
    text = client.get(address).text
    report = (scenario.folder / "report.html").read_text(encoding="utf-8")
    begins = {"headline": "act", "curve": "audience", "lists": "lists", "grids": "grids", "cohorts": "cohorts"}
    for part in parts:
        ident = {"figures": "act", "account": "data", "reliability": "trust", "past_lists": "trust"}.get(
            part, begins.get(part)
        )
        block = re.search(rf'<section id="{ident}".*?</section>', report, re.S)[0]
        assert made[part] is not None
        assert block in text, part


def test_a_list_has_the_rows_of_its_file_in_its_order(client, scenario):
    for path in sorted((scenario.folder / "lists").glob("*.parquet")):
        table = frame(path)
        answer = client.get(f"/lists/{path.stem}?rows=25")
        assert shown_ids(answer.text) == table["customer_id"].head(25).tolist()
        assert f"of {number(len(table))}. Download all" in answer.text


def test_cells_are_rounded_as_in_the_files_of_the_commands(client, scenario, tmp_path):
    table = frame(scenario.folder / "scores.parquet")
    rows = tree(client.get("/customers?rows=25").text, tmp_path).all("table")[-1].rows()
    for row, seen in zip(readable(table).head(25).to_dict("records"), rows, strict=True):
        for name, text in zip(table, seen, strict=True):
            if isinstance(row[name], float):
                said, times = text.replace(",", "").replace("−", "-"), 1
                if said.endswith(" %"):
                    said, times = said.removesuffix(" %"), 100
                assert (times == 100) == (name.startswith("p_") and said != "–"), name
                # Of one purchase P(alive) is 1 whatever the silence: beside a risk it would puzzle.
                missing = np.isnan(row[name]) or (name == "p_alive" and row[name] >= 0.9995)
                assert float(said) == pytest.approx(times * row[name], abs=1e-9) if said != "–" else missing
            elif not isinstance(row[name], bool | np.bool_):
                assert text == " ".join(str(row[name]).split())


@pytest.mark.parametrize("kind", ["min", "max"])
def test_filters_of_numbers_keep_what_pandas_keeps(client, scenario, kind):
    table = frame(scenario.folder / "scores.parquet")
    for name in table.select_dtypes("float"):
        edge = float(table[name].median())
        kept = table[table[name] >= edge] if kind == "min" else table[table[name] <= edge]
        answer = client.get("/customers", params={f"{kind}.{name}": repr(edge), "rows": "200"})
        assert answer.status_code == 200
        assert f"of {number(len(kept))}. Download" in answer.text, name
        assert shown_ids(answer.text) == kept["customer_id"].head(200).tolist(), name


def test_filters_join_and_a_flag_is_one(client, scenario):
    table = frame(scenario.folder / "scores.parquet")
    name = risk(table)
    kept = table[table["eligible"] & (table[name] >= 0.1) & (table[name] <= 0.6)]
    given = {"is.eligible": "yes", f"min.{name}": "0.1", f"max.{name}": "0.6"}
    text = client.get("/customers", params=given).text
    assert shown_ids(text) == kept["customer_id"].head(50).tolist()
    assert f'name="min.{name}" value="0.1"' in text, "the form keeps what was asked"
    assert "<summary>Filters (3)</summary>" in text


def test_days_kept_as_texts_and_choices_can_be_filtered(a_shop):
    client, table = visitor(a_shop.site()), frame(a_shop.folder / "lists" / "at_risk.parquet")
    text = client.get("/lists/at_risk?min.last_purchase=2024-02-01&is.confidence=high&rows=200").text
    kept = table[(table["last_purchase"] >= "2024-02-01") & (table["confidence"] == "high")]
    assert 0 < len(kept) < len(table)
    assert shown_ids(text) == kept["customer_id"].tolist()
    text = client.get("/lists/at_risk?max.as_of=2024-02-01").text
    assert "Nobody matches" in text


@pytest.mark.parametrize("sign", ["", "-"])
def test_sorting_puts_blanks_last_and_keeps_the_own_order_of_equals(client, scenario, sign):
    for path in [scenario.folder / "scores.parquet", scenario.folder / "lists" / "at_risk.parquet"]:
        table, address = frame(path), "/customers" if path.stem == "scores" else "/lists/at_risk"
        for name in table:
            order = table.sort_values(name, ascending=not sign, kind="stable", na_position="last")
            if sign:  # pandas turns equals round with the order
                order = table.assign(_=-table[name].rank(method="dense")).sort_values("_", kind="stable")
            text = client.get(address, params={"sort": f"{sign}{name}", "rows": "100"}).text
            assert shown_ids(text) == order["customer_id"].head(100).tolist(), name


def test_the_search_is_for_how_an_id_begins(client, scenario):
    table = frame(scenario.folder / "scores.parquet")
    begins = table["customer_id"].iloc[-1][:3]
    kept = table[table["customer_id"].str.startswith(begins)]
    assert shown_ids(client.get("/customers", params={"q": begins}).text) == kept["customer_id"].head(50).tolist()
    assert "Nobody matches" in client.get("/customers", params={"q": "%"}).text


def test_pages_follow_each_other_and_hold_everyone_once(client, scenario, monkeypatch):
    monkeypatch.setattr(
        tables, "_FAR", 60
    )  # so that the far pages of a small shop are asked for as those of a large one
    table = frame(scenario.folder / "scores.parquet")
    name = risk(table)
    order = table.assign(_=-table[name]).sort_values("_", kind="stable")["customer_id"].tolist()
    address, seen = f"/customers?sort=-{name}&rows=25", []
    while address:
        text = client.get(address).text
        seen += shown_ids(text)
        following = re.search(r'<a rel="next" href="([^"]+)"', text)
        address = html.unescape(following[1]) if following else ""
    assert seen == order
    assert client.get(f"/customers?rows=25&page={len(table) // 25 + 2}").status_code == 404


def test_the_address_of_a_form_becomes_short(client, scenario):
    name = risk(frame(scenario.folder / "scores.parquet"))
    asked = f"/customers?q=&sort=-{name}&rows=50&min.{name}=0.2&max.{name}=&is.eligible="
    answer = client.get(asked)
    assert answer.status_code == 303
    place = answer.headers["location"]
    assert place.startswith("/customers?")
    assert dict(parse_qsl(urlsplit(place).query)) == {"sort": f"-{name}", f"min.{name}": "0.2"}
    assert client.get(place).status_code == 200
    assert client.get("/customers?page=1").headers["location"] == "/customers"


def test_a_customer_has_timeline_forecast_reasons_and_lists(client, scenario):
    table = frame(scenario.folder / "lists" / "at_risk.parquet")
    scores = frame(scenario.folder / "scores.parquet").set_index("customer_id")
    for row in table.head(4).to_dict("records"):
        answer = client.get(customer_address(row["customer_id"]))
        assert answer.status_code == 200
        text = html.unescape(answer.text)
        assert row["reason_1"] in text
        height = 150 if "p_alive" in scores else 84  # with the curve, and without it
        assert f'<svg viewBox="0 0 420 {height}"' in answer.text
        assert f"{100 * scores.loc[row['customer_id'], risk(table)]:.1f} % to " in text
        assert f">{number(row['rank'])}</td>" in text
        assert f"At risk, {day(scenario.as_of)}: " in text
    if scenario.name == "shop":
        low, high = (number(scores.loc[row["customer_id"], f"clv_365d_{end}"], 2) for end in ("p10", "p90"))
        assert f"80 %: {low} to {high}" in text


def test_averages_above_their_own_range_are_explained_where_such_rows_are_shown(a_shop, tmp_path):
    copy = a_shop.copy(tmp_path)
    path = copy.folder / "scores.parquet"
    scores = pd.read_parquet(path).assign(clv_365d=43.56, clv_365d_p90=0.0)
    scores.loc[scores["eligible"], "clv_365d_p90"] = 90.0
    scores.to_parquet(path)
    client = visitor(copy.site())
    said = html.escape('"value, 365 days" is an average. Where it is above "value, high end, 365 days",', quote=False)
    assert said in client.get("/customers?is.eligible=no").text.replace("&#34;", '"')
    assert "is an average" not in client.get("/customers?is.eligible=yes").text


def test_ids_that_would_run_are_words(a_shop):
    client = visitor(a_shop.site())
    for who in HOSTILE:
        text = client.get(customer_address(who)).text
        assert html.escape(who, quote=False).replace('"', "&#34;").replace("'", "&#39;") in text
        assert "<script>alert" not in text


def test_a_customer_on_no_list_has_a_page_too(scenario, tmp_path):
    copy = scenario.copy(tmp_path)
    for path in (copy.folder / "lists").glob("*.parquet"):
        path.unlink()
    row = frame(copy.folder / "scores.parquet").iloc[-1]
    text = visitor(copy.site()).get(customer_address(row["customer_id"])).text
    assert "They are on none of the lists." in text
    assert f"{100 * row[risk(row.index)]:.1f} % to " in text


def test_a_segment_leads_to_its_customers(a_shop, tmp_path):
    client, table = visitor(a_shop.site()), frame(a_shop.folder / "segments" / "customers.parquet")
    cards = pd.read_csv(a_shop.folder / "segments" / "cards.csv")
    root = tree(client.get("/segments").text, tmp_path)
    links = [a.given["href"] for a in root.all("a") if a.given["href"].startswith("/segments/customers?")]
    filled = cards[cards["customers"] > 0]
    assert len(links) == len(filled) > 10
    for card, link in zip(filled.to_dict("records"), links, strict=True):
        answer = client.get(link)
        assert answer.status_code == 200, link
        kept = table[table[card["kind"]] == card["name"]]
        assert len(kept) == card["customers"]
        assert shown_ids(answer.text) == kept["customer_id"].head(50).tolist()


def test_a_segment_says_its_risk_in_the_table_of_its_kind_and_tiers_have_no_empty_column(a_shop, tmp_path):
    cards = pd.read_csv(a_shop.folder / "segments" / "cards.csv")
    root = tree(visitor(a_shop.site()).get("/segments").text, tmp_path)
    shown = {t.rows()[0][0]: t for t in root.all("table") if "value per customer" in t.words}
    risk_mean = next(c for c in cards if c.startswith("p_churn_") and c.endswith("_mean"))
    assert len(shown) == cards["kind"].nunique()
    for kind, mine in cards.groupby("kind", sort=False):
        table = shown[mine["name"].iloc[0]]
        assert ("what to do" in table.words) == mine["action"].notna().any(), kind
        told = [row[4] for row in table.rows()]
        assert told == [f"{100 * p:.1f} %" if p == p else "–" for p in mine[risk_mean]], kind


def test_a_list_page_says_what_was_measured_of_its_treatments(a_shop, monkeypatch):
    client = visitor(a_shop.site())
    made = next(one for one in a_shop.site().issued() if one["list"] == "at_risk" and one["as_of"] == a_shop.as_of)
    address = f"/issued/{made['folder'].name}"
    assert "when last tested. What a contact changes is unproven until measured.</p>" in client.get(address).text
    treatment, effect = made["treatments"][0]["name"], {"low": 0.01, "high": 0.11}
    accepted = {"treatment": treatment, "stated": 0.3, "mean": 0.12, "low": 0.05, "high": 0.2, "effect": effect}
    accepted |= {"leaving": 0.5, "contacted": 900, "held_back": 100}
    found = {"acceptance": [accepted], "window_start": "2023-10-01", "window_end": "2024-01-01", "effects": []}
    kept = {"at_risk-2023-10-01": {**found, "randomisation": {"problems": []}}}
    monkeypatch.setattr("holdfast.web.app.effects_kept", lambda _: kept)
    text = client.get(address).text
    assert "keeps 12% of those who would leave (95 % 5% to 20%), as 900 contacted and 100 held back show" in text
    assert "measured on at_risk-2023-10-01, 1 October 2023 to 1 January 2024." in text
    assert "unproven" not in text


def test_a_list_page_says_what_was_decided(a_shop):
    client = visitor(a_shop.site())
    made = next(one for one in a_shop.site().issued() if one["list"] == "at_risk" and one["as_of"] == a_shop.as_of)
    text = client.get("/lists/at_risk").text
    assert f"Decided: {made['account']['listed']:,} to contact, {made['account']['control']:,} held back" in text
    assert f'href="/issued/{made["folder"].name}"' in text
    assert "Decide whom of them to contact" not in text
    assert "Decide whom of them to contact" in client.get("/lists/overdue").text


def test_a_customer_page_has_their_groups_orders_and_spend(a_shop):
    own = pd.read_parquet(a_shop.folder / "segments" / "customers.parquet").iloc[-1]
    features = pd.read_parquet(a_shop.folder / "features.parquet").set_index("customer_id").loc[own["customer_id"]]
    text = visitor(a_shop.site()).get(customer_address(own["customer_id"])).text
    for said in (own["segment"], own["tier"], own["grid"], number(features["spend_total"], 2)):
        assert f"<dd>{said}" in text, said
    assert f"<dt>orders so far</dt><dd>{number(features['orders'])}</dd>" in text


def test_contracts_have_no_segments_and_the_page_says_why(a_business):
    client = visitor(a_business.site())
    answer = client.get("/segments/customers")
    assert answer.status_code == 404
    assert "setting: contractual" in answer.text
    assert 'href="/segments"' not in client.get("/").text, "no way leads there"


def test_the_card_of_the_model_is_on_its_page(client, scenario):
    version = json.loads((scenario.folder / "metrics.json").read_text(encoding="utf-8"))["model_version"]
    text = client.get("/model").text
    assert f"Model card: {scenario.name}, {version}</h3>" in text
    assert "Not to be used for</h4>" in text
    card = text.partition("The model's card")[2]
    assert card.count("<table>") >= 2
    for label in ("How good it was on what it had not seen", "Calibration"):
        assert f'<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table>' in card, (
            "only tables scroll"
        )


def test_what_is_due_is_what_the_command_says(scenario, tmp_path):
    copy = scenario.copy(tmp_path)
    client = visitor(copy.site())
    text = client.get("/due").text
    assert '<td class="keep">never</td>' in text
    assert title("at_risk") in text
    assert client.post("/due", data={"token": token(text)}).headers["location"] == "/due"
    kept = json.loads((copy.home / "review.json").read_text(encoding="utf-8"))
    assert kept == {"reviewed": copy.today}
    assert f'<td class="keep">{day(copy.today)}</td>' in client.get("/due").text


def test_outputs_written_while_it_serves_are_seen(a_shop, tmp_path):
    copy = a_shop.copy(tmp_path)
    client = visitor(copy.site())
    before = client.get("/").text
    assert client.get("/lists/overdue").status_code == 200
    scores = frame(copy.folder / "scores.parquet")
    fewer = scores[scores["customer_id"].str.startswith("00")].head(60)
    draft = copy.folder.with_name(".new")
    shutil.copytree(copy.folder, draft)
    (draft / "lists" / "overdue.parquet").unlink()
    write_table(draft / "scores.parquet", fewer, "parquet")
    shutil.rmtree(copy.folder)
    draft.rename(copy.folder)
    assert f"of {number(60)}. Download all" in client.get("/customers").text
    after = client.get("/").text
    assert before != after
    assert f"<strong>{number(int(fewer['eligible'].sum()))}</strong>" in after
    assert client.get("/lists/overdue").status_code == 404


def test_later_scores_take_the_place_of_earlier_ones(a_shop, tmp_path):
    copy = a_shop.copy(tmp_path)
    shutil.move(copy.folder, tmp_path / "later")
    client = visitor(copy.site("as_of=end_of_data"))
    assert day("2023-12-31") in client.get("/").text
    shutil.move(tmp_path / "later", copy.folder)
    assert day(copy.as_of) in client.get("/").text


def test_before_the_first_scores_every_page_says_what_to_run(a_shop, tmp_path):
    client = visitor(a_shop.site(f"outputs={tmp_path}"))
    for address in (*PAGES[:4], "/lists/at_risk", "/customer?id=x", "/customers/csv"):
        answer = client.get(address)
        assert answer.status_code == 404, address
        assert "holdfast" in answer.text


def test_cells_without_a_value_are_dashes():
    for value in (None, float("nan"), pd.NaT, ""):
        assert cell(Field("a", "number"), value) == "–"
    assert cell(Field("in_best_window", "flag"), False) == "no"
    assert customer_address(quote("ø/&")) == "/customer?id=%25C3%25B8%2F%2526"


def test_groups_of_few_customers_are_dashes_on_the_page_and_in_the_report(a_shop, tmp_path):
    shop, hidden = a_shop.copy(tmp_path), "privacy.minimum_cell=30"
    config = load_config(str(shop.path), [hidden])
    cards = segment(config).cards
    value_customers(prepare(config, base=shop.path.parent))
    small = cards[(cards["kind"] == "segment") & cards["customers"].isna()]["name"].tolist()
    assert len(small) > 1
    page = visitor(shop.site(hidden))
    text = page.get("/segments").text
    for name in small:
        assert re.search(rf'{re.escape(name)}(</a>)?</th><td class="n">–</td>', text), name
    assert page.get("/value").status_code == 200
    report = (shop.folder / "report.html").read_text("utf-8")
    assert "of fewer than 30 customers not shown" in report
    assert re.search(r'<td class="n d0">–</td>', report)
