"""`segments` and `value`: from written scores to tables that reconcile with them, and to commands."""

import json
import shutil
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from holdfast import columns
from holdfast.cli.commands import app
from holdfast.config import make_config
from holdfast.errors import ConfigError, NotFoundError
from holdfast.kpis.small_groups import is_hidden
from holdfast.pipeline import prepare, segment, value
from holdfast.pipeline.outputs import write_parquet
from holdfast.report.value import segments as segments_text
from holdfast.report.value import significant
from holdfast.report.value import value as value_text
from holdfast.segments.rfm import SEGMENTS
from tests.conftest import settings
from tests.pipeline.scored_shop import AS_OF, EARLIER, LEVELS, beside, write_scores


@pytest.fixture(scope="module")
def done(shop, tmp_path_factory) -> Any:
    folder = tmp_path_factory.mktemp("value")
    tables = beside(shop)
    shop.purchases.to_csv(folder / "p.csv", index=False)
    described = {}
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
        described[name] = {"path": f"{name}.csv", "columns": {c: c for c in table.columns}}
    described["surveys"]["scales"] = {i: [1, 5] for i in tables["surveys"]["item"].unique() if i != "nps"}
    described["surveys"]["scales"]["why"] = [0, 10]
    given = settings(
        folder,
        purchases__path="p.csv",
        tables=described,
        value={"csi_items": ["csat", "functional"], "topics": {"delivery": ["late"], "service": ["friend*"]}},
    )
    given["segments"] = {
        "tiers": {"measure": "spend_365d", "levels": [{"name": n, "up": u, "down": d} for n, u, d in LEVELS]},
        "personas": {"rules": [{"name": "big baskets", "where": {"spend_mean": {"at_least": 40}}, "action": "call"}]},
    }
    (folder / "shop.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")
    config = make_config(given)
    home = write_scores(config, shop, tables, AS_OF)
    prepared = prepare(config, base=folder)
    return SimpleNamespace(
        folder=folder, config=config, home=home, path=folder / "shop.yaml", tables=tables, given=given,
        segmented=segment(config, compare_as_of=date.fromisoformat(EARLIER), base=folder),
        valued=value(prepared), prepared=prepared,
    )  # fmt: skip


def test_every_scored_customer_is_in_one_segment_and_the_cards_reconcile(done):
    scores = pd.read_parquet(done.home / "scores.parquet")
    customers = pd.read_parquet(done.home / "segments" / "customers.parquet")
    assert customers["customer_id"].tolist() == scores["customer_id"].tolist()
    assert set(customers["segment"]) <= set(SEGMENTS)
    cards = done.segmented.cards
    assert cards["kind"].unique().tolist() == ["segment", "buyer", "grid", "tier", "persona"]
    for kind, some in cards.groupby("kind"):
        assert some["customers"].sum() == len(scores), kind
        assert some["share_of_customers"].sum() == pytest.approx(1)
        assert some["share_of_value"].sum() == pytest.approx(1)
        assert some["clv_365d_total"].sum() == pytest.approx(scores["clv_365d"].sum())
        assert some["name"].is_unique
        filled = some[some["customers"] > 0]
        assert filled["cac_mean"].to_numpy() == pytest.approx(9.5)
    assert cards.loc[cards["name"] == "big baskets", "action"].tolist() == ["call"]
    written = pd.read_csv(done.home / "segments" / "cards.csv", keep_default_na=False)
    assert written["customers"].tolist() == cards["customers"].tolist()


def test_movements_start_with_the_earlier_date_and_end_with_the_scores(done):
    moved = done.segmented.movements
    assert moved["kind"].unique().tolist() == ["segment", "buyer"]  # nothing was scored then
    before = done.prepared.log.connection.execute(
        "SELECT COUNT(DISTINCT customer_id) FROM purchases WHERE day < DATE '2023-12-01' - DATE '1970-01-01'"
    ).fetchall()[0][0]
    rfm = moved[moved["kind"] == "segment"]
    assert rfm["customers"].sum() == len(done.segmented.customers)
    assert rfm.loc[rfm["from_segment"] != "(not yet a customer)", "customers"].sum() == before
    now = done.segmented.cards.query("kind == 'segment' and customers > 0").set_index("name")["customers"]
    assert rfm.groupby("to_segment")["customers"].sum().to_dict() == now.to_dict()


def test_a_second_review_remembers_the_tiers_of_the_first(done, shop, tmp_path):
    given = {**done.given, "outputs": str(tmp_path)}
    config = make_config(given)
    write_scores(config, shop, done.tables, EARLIER)
    write_scores(config, shop, done.tables, AS_OF)
    first = segment(config.model_copy(update={"as_of": date.fromisoformat(EARLIER)}), base=done.folder)
    assert any("no earlier review" in note for note in first.notes)
    second = segment(config, compare_as_of=date.fromisoformat(EARLIER), base=done.folder)
    assert f"Tiers: the last review is of {EARLIER}." in second.notes
    assert second.movements["kind"].unique().tolist() == ["segment", "buyer", "grid", "tier", "persona"]
    both = second.customers.merge(first.customers, on="customer_id", suffixes=("", "_before"))
    assert both["previous_tier"].tolist() == both["tier_before"].tolist()
    rank = {name: i for i, (name, *_) in enumerate(LEVELS)}
    fell = both["tier_before"].map(rank) - both["tier"].map(rank)
    assert fell.max() == 1
    down = both["tier_before"].map({n: d for n, _, d in LEVELS})
    assert (both.loc[fell == 1, "tier_measure"] < down[fell == 1]).all()
    stays = both[(both["tier_before"] != "basic") & (both["tier_measure"] >= down)]
    assert (stays["tier"].map(rank) >= stays["tier_before"].map(rank)).all()
    # A review is a function of its inputs: again, the same bytes.
    written = {p.name: p.read_bytes() for p in second.folder.iterdir()}
    segment(config, compare_as_of=date.fromisoformat(EARLIER), base=done.folder)
    assert {p.name: p.read_bytes() for p in second.folder.iterdir()} == written


def test_clusters_become_personas_or_are_refused(done):
    for least, says in ((0.0, "found again"), (1.0, "refused")):
        given = {**done.given, "segments": {"personas": {"clusters": 4, "least_stability": least, "resamples": 3}}}
        found = segment(make_config(given), base=done.folder)
        assert ("persona" in found.customers) == (least == 0)
        assert any(says in note for note in found.notes)


@pytest.mark.parametrize(
    ("segments", "said"),
    [
        ({"tiers": {"measure": "spend_356d"}}, 'Did you mean "spend_365d"'),
        ({"tiers": {"measure": "pieces_per_purchase"}}, "is empty in this log"),
        ({"personas": {"rules": [{"name": "x", "where": {"spend": {"at_least": 1}}}]}}, "no number is called spend"),
    ],
)
def test_a_measure_that_there_is_not_is_told(done, segments, said):
    with pytest.raises(ConfigError, match=said):
        segment(make_config({**done.given, "segments": segments}), base=done.folder)


def test_dates_and_horizons_that_do_not_fit_are_refused(done, tmp_path):
    with pytest.raises(ConfigError, match="not before"):
        segment(done.config, compare_as_of=date(2024, 3, 1), base=done.folder)
    with pytest.raises(ConfigError, match="nobody bought before"):
        segment(done.config, compare_as_of=date(2022, 3, 1), base=done.folder)
    with pytest.raises(ConfigError, match=r"churn.horizon_days.*p_churn_30d"):
        segment(make_config({**done.given, "churn": {"horizon_days": 30}}), base=done.folder)
    with pytest.raises(NotFoundError, match="first"):
        segment(make_config({**done.given, "outputs": str(tmp_path)}), base=done.folder)
    (tmp_path / "shop" / AS_OF).mkdir(parents=True)
    with pytest.raises(NotFoundError, match=r"scores.parquet"):
        segment(make_config({**done.given, "outputs": str(tmp_path)}), base=done.folder)


def test_scores_of_an_earlier_version_or_of_others_are_refused(done, tmp_path):
    config = make_config({**done.given, "outputs": str(tmp_path)})
    home = tmp_path / "shop" / AS_OF
    home.mkdir(parents=True)
    scores, features = (pd.read_parquet(done.home / f"{n}.parquet") for n in ("scores", "features"))
    write_parquet(home / "scores.parquet", scores)
    write_parquet(home / "features.parquet", features.drop(columns="gap_mean"))
    with pytest.raises(NotFoundError, match="another version"):
        segment(config)
    write_parquet(home / "features.parquet", features)
    write_parquet(home / "scores.parquet", scores.drop(columns="clv_365d_sd"))
    with pytest.raises(NotFoundError, match=r"another version \(no clv_365d_sd\): run `holdfast train`"):
        segment(config)
    write_parquet(home / "scores.parquet", scores)
    write_parquet(home / "features.parquet", features.iloc[1:])
    with pytest.raises(NotFoundError, match="not of the same customers"):
        segment(config)


def test_the_figures_are_those_of_a_second_computation(done, shop):
    kpis = done.valued.tables["kpis"].set_index("kpi")
    bought = shop.purchases.assign(day=shop.purchases["ordered_at"].dt.normalize())
    bought = bought[bought["day"] < AS_OF]
    start = pd.Timestamp("2024-01-01")  # 60 days before
    last = bought[bought["day"] < start].groupby("customer_id")["day"].max()
    active = last[last >= start - pd.Timedelta(days=120)].index
    kept = set(bought.loc[bought["day"] >= start, "customer_id"]) & set(active)
    assert kpis.loc["retention_rate", "value"] == pytest.approx(len(kept) / len(active))
    assert kpis.loc["retention_rate", "value"] + kpis.loc["churn_rate", "value"] == pytest.approx(1)
    assert kpis.loc["retention_rate", "n"] == kpis.loc["churn_rate", "n"] == len(active)
    surveys = done.tables["surveys"]
    nps = surveys.loc[surveys["item"] == "nps", "score"].dropna()
    assert kpis.loc["nps", "value"] == pytest.approx(100 * ((nps >= 9).mean() - (nps <= 6).mean()))
    csat = surveys.loc[surveys["item"] == "csat", "score"].dropna()
    assert kpis.loc["csat", "value"] == pytest.approx(100 * (csat >= 4).mean())
    some = surveys[surveys["item"].isin(["csat", "functional"])].dropna(subset=["score", "importance"])
    assert kpis.loc["csi", "value"] == pytest.approx(
        100 * (some["score"] * some["importance"]).sum() / (5 * some["importance"]).sum()
    )
    said = done.valued.tables["satisfaction"].set_index("measure")
    assert said.loc["NPS", "response_rate"] == pytest.approx(len(nps) / 400)
    contacts = done.tables["contacts"]
    sent = contacts[contacts["arm"] == "A"]
    assert kpis.loc["campaign_conversion", "value"] == pytest.approx((sent["converted_at"] != "").mean())
    seen = done.tables["visits"].drop_duplicates().query("visited_at >= '2024-01-01'")
    both = seen.merge(
        bought[["customer_id", "day"]].drop_duplicates(),
        left_on=["customer_id", "visited_at"],
        right_on=["customer_id", "day"],
    )
    assert kpis.loc["visit_conversion", "value"] == pytest.approx(len(both) / len(seen))
    assert len(both) > 5
    assert (kpis["low"].dropna() <= kpis.loc[kpis["low"].notna(), "value"]).all()


def test_history_and_channels_reconcile_with_the_scores_and_the_log(done, shop):
    scores = pd.read_parquet(done.home / "scores.parquet")
    history = done.valued.tables["historical"].set_index("segment")
    assert history.loc["all", "clv_365d_total"] == pytest.approx(scores["clv_365d"].sum())
    assert history["customers"].iloc[:-1].sum() == history.loc["all", "customers"] == len(scores)
    before = shop.purchases[shop.purchases["ordered_at"] < AS_OF]
    assert history.loc["all", "historical_total"] == pytest.approx(before["amount"].sum())
    customers = pd.read_parquet(done.home / "value" / "customers.parquet")
    assert customers["historical_clv"].sum() == pytest.approx(before["amount"].sum())
    channels = done.valued.tables["acquisition"].set_index("channel")
    joined = done.tables["customers"]
    old = joined[joined["acquired_at"] <= pd.Timestamp(AS_OF) - pd.Timedelta(days=365)]
    assert channels.loc["all", "mature"] == len(old)
    assert channels.loc["all", "cost_total"] == pytest.approx(9.5 * len(old))
    assert channels.loc[["shop", "web"], "clv_total"].sum() == pytest.approx(channels.loc["all", "clv_total"])


def test_totals_of_all_segments_and_cohorts_are_one_total_with_intervals(done, shop):
    table = done.valued.tables["totals"]
    scores = pd.read_parquet(done.home / "scores.parquet")
    for _, kind in table.groupby("kind"):
        assert kind["customers"].sum() == len(scores)
        assert kind["clv_365d_total"].sum() == pytest.approx(scores["clv_365d"].sum())
    assert list(table["kind"].unique()) == ["all", "segment", "cohort"]
    first = shop.purchases.groupby("customer_id")["ordered_at"].min()
    month = first[first < AS_OF].astype(str).str[:7].value_counts()
    cohorts = table[table["kind"] == "cohort"].set_index("name")["customers"]
    assert cohorts.to_dict() == month.to_dict()
    assert (table["low_95"] <= table["low_80"]).all()
    assert (table["low_80"] < table["high_80"]).all()
    assert (table["high_80"] <= table["high_95"]).all()
    text = value_text(done.valued.tables, done.valued.notes, "outputs")
    total, low, high = (significant(table.iloc[0][c]) for c in ("clv_365d_total", "low_80", "high_80"))
    assert "counts 9% less than today (clv.yearly_discount): as cash the totals are about 5% higher." in text
    assert f"you have will bring in {total} ({low} to {high}) in the next 365 days" in text


def test_comments_are_counted_by_topic_tone_and_segment(done):
    surveys = done.tables["surveys"]
    said = surveys[surveys["comment"].notna()]
    late = said[said["comment"].str.contains("late")]
    table = done.valued.tables["comments"].set_index(["kind", "name", "topic"])
    whole = table.loc[("all", "all", "delivery")]
    assert whole["comments"] == len(late) + 200  # tickets
    assert whole["customers"] == len({*late["customer_id"], *done.tables["tickets"]["customer_id"]})
    assert whole["share"] == pytest.approx(whole["customers"] / 500)
    # Of 3 on a scale from 0 to 10; whoever also opened a ticket gave it no score.
    assert (whole["scored"], whole["tone"], whole["unhappy"]) == (len(late), pytest.approx(-0.4), len(late))
    assert table.loc[("all", "all", "service"), "tone"] == pytest.approx(0.8)
    assert table.loc[("all", "all", "other"), "comments"] == 0
    # "it came too late" of the tickets, by what the words "too late" went with.
    assert whole["tone_by_words"] < -0.2
    segments = table.loc["segment"].groupby("topic")[["comments", "customers"]].sum()
    scored = set(pd.read_parquet(done.home / "scores.parquet")["customer_id"])
    known = len({*said["customer_id"], *done.tables["tickets"]["customer_id"]} & scored)
    assert segments.loc["all", "customers"] == known
    words = done.valued.tables["words"].set_index("said_by")
    assert words.loc["unhappy", "word"] == "broken"
    assert words.loc["happy", "word"] == "friendly"
    assert not {"left", "stayed"} & set(words.index)  # who would leave was not drawn by what they wrote
    assert any("of customers not learnt from" in note for note in done.valued.notes)
    text = value_text(done.valued.tables, done.valued.notes, "outputs")
    assert "What customers wrote" in text
    assert "broken" in text


def test_opinion_that_says_nothing_about_churn_is_said_to(done):
    found = done.valued.tables["associations"].set_index("measure")
    assert found.loc["nps", "n"] > 100
    assert found.loc["nps", "finding"] == "none found"  # the answers were drawn by lot
    assert found.loc["nps", "low"] < 0.5 < found.loc["nps", "high"]
    felt = done.valued.tables["perceived"].set_index("segment")
    assert felt.loc["all", "n"] == felt["n"].iloc[:-1].sum()
    assert felt.loc["all", "benefit_index"] - felt.loc["all", "cost_index"] == pytest.approx(
        felt.loc["all", "perceived_value"]
    )


def test_monetary_alone_is_refused_and_the_rest_still_stands(done):
    surveys = done.tables["surveys"].replace({"dimension": {"monetary cost": "monetary"}})
    prepared = prepare(done.config, base=done.folder, tables={**done.tables, "surveys": surveys})
    kpis = value(prepared).tables["kpis"].set_index("kpi")
    assert "may be a benefit or a cost" in kpis.loc["perceived_value", "reason"]
    assert kpis.loc["nps", "n"] > 0
    value(done.prepared)


def test_early_in_the_life_of_a_shop_figures_are_refused_as_too_young(done, shop, tmp_path):
    tables = {k: t for k, t in done.tables.items() if k == "customers"}
    tables["contacts"] = pd.DataFrame({"customer_id": ["00001"], "sent_at": ["2023-02-01"]})
    given = {**done.given, "as_of": "2023-02-10", "outputs": str(tmp_path)}
    opened = ["2023-01-20", "2023-01-25", "2023-01-30", "2023-02-09"]
    tables["tickets"] = pd.DataFrame(
        {"customer_id": "00001", "opened_at": opened, "closed_at": ["2023-01-21", "2023-01-27", "2023-02-12", ""]}
    )
    given["tables"] = {**done.given["tables"], "contacts": {"columns": {"sent_at": "sent_at"}}}
    given["tables"]["tickets"] = {"columns": {"closed_at": "closed_at"}}
    del given["tables"]["surveys"], given["tables"]["visits"]
    config = make_config(given)
    write_scores(config, shop, tables, "2023-02-10")
    valued = value(prepare(config, purchases=shop.purchases, tables=tables))
    kpis = valued.tables["kpis"].set_index("kpi")
    for kpi in ("retention_rate", "churn_rate", "repeat_rate", "conversion_rate", "cac", "payback_days"):
        assert np.isnan(kpis.loc[kpi, "value"])
        assert kpis.loc[kpi, "reason"].startswith("too young"), kpi
    # One day, two days, and two that are open still: one of them longer than that, and one for a day so far.
    assert kpis.loc["service_days", ["value", "n"]].tolist() == [2, 4]
    assert kpis.loc["campaign_conversion", "reason"] == "needs tables.contacts.columns.converted_at"
    assert valued.tables["campaigns"]["reason"].tolist()[0].startswith("too young")
    cohorts = valued.tables["cohorts"]
    assert cohorts.loc[cohorts["cohort"] == "2023-02", "retention"].isna().all()
    document = json.dumps(valued.as_dict(), allow_nan=False)
    assert "too young" in document


def answer(*arguments: object) -> str:
    ran = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def test_the_commands_print_tables_and_json(done):
    text = answer("segments", "-c", done.path, "--compare-as-of", EARLIER)
    for part in ("RFM segments", "Champions", "Loyalty tiers", "Movements", "cac_mean", "note: Cards name no reasons"):
        assert part in text
    document = json.loads(answer("segments", "-c", done.path, "--json"))
    assert sum(c["customers"] for c in document["cards"] if c["kind"] == "tier") == document["customers"]
    text = answer("value", "-c", done.path)
    for part in ("Historical CLV", "Cohorts", "Acquisition", "Campaign", "Satisfaction", "Perceived", "none found"):
        assert part in text
    document = json.loads(answer("value", "-c", done.path, "--json"))
    assert {k["kpi"] for k in document["kpis"]} >= {"retention_rate", "nps", "cac"}
    assert "customers" not in document
    with pytest.raises(ConfigError, match="YYYY-MM-DD"):
        answer("segments", "-c", done.path, "--compare-as-of", "May")


def test_every_table_has_the_columns_of_its_contract(done):
    names = [c.name for c in columns.SEGMENTS]
    assert list(done.segmented.customers.columns) == names
    assert list(done.segmented.cards.columns) == [c.name for c in columns.cards(60, 365)]
    assert list(done.segmented.movements.columns) == [c.name for c in columns.MOVEMENTS]
    tables = done.valued.tables
    assert list(tables["historical"].columns) == [c.name for c in columns.historical(365)]
    assert list(tables["totals"].columns) == [c.name for c in columns.totals(365)]
    for name, contract in columns.VALUE.items():
        assert list(tables[name].columns) == [c.name for c in contract], name
    assert set(tables) == {*columns.VALUE, "totals", "historical", "customers"}


def test_no_output_names_a_customer_outside_the_tables_of_customers(done):
    for path in (done.home / "value").glob("*.csv"):
        assert "customer_id" not in path.read_text(encoding="utf-8").splitlines()[0], path.name


def test_groups_of_few_customers_are_blank_in_every_file_and_a_note_says_how_many(done, tmp_path):
    shutil.copytree(done.config.outputs, tmp_path / "outputs")
    config = make_config({**done.given, "outputs": str(tmp_path / "outputs"), "privacy": {"minimum_cell": 40}})
    divided = segment(config, compare_as_of=date.fromisoformat(EARLIER), base=done.folder)
    valued = value(prepare(config, base=done.folder))
    whole = {"cards": done.segmented.cards, "movements": done.segmented.movements, **done.valued.tables}
    shown = {"cards": divided.cards, "movements": divided.movements, **valued.tables}
    counts = {"acquisition": "people", "campaigns": "sent", "satisfaction": "asked", "perceived": "n", "kpis": "n"}
    hid = {}
    for name in ("cards", "movements", "totals", "historical", "cohorts", *counts):
        count = counts.get(name, "customers")
        before, after = whole[name][count].fillna(0), shown[name][count]
        assert after[(before > 0) & (before < 40)].isna().all(), name
        assert (after.dropna() == before[after.notna()]).all(), name
        hid[name] = int(((before > 0) & after.isna()).sum())
        folder = divided.folder if name in ("cards", "movements") else valued.folder
        written = pd.read_csv(folder / f"{name}.csv", dtype=str)[count]
        assert written.tolist() == [str(n) if pd.notna(n) else pytest.approx(np.nan, nan_ok=True) for n in after], name
    assert all(hid[name] > 1 for name in ("cards", "movements", "totals", "historical", "perceived")), hid
    few = whole["cohorts"]["active"].between(1, 39)
    assert few.any()
    assert shown["cohorts"].loc[few, ["active", "retention", "spend_per_customer"]].isna().all(axis=None)
    assert shown["cohorts"].loc[few, "reason"].map(is_hidden).all()
    for _, kind in shown["cards"].groupby("kind"):
        blank = kind[kind["customers"].isna()]
        assert len(blank) != 1
        assert blank["clv_365d_mean"].isna().all()
        assert (blank["reason_1"] == "").all()
    assert "cards: " in str(divided.notes)
    assert any(n.endswith("of fewer than 40 customers not shown.") for n in valued.notes)
    json.dumps([divided.as_dict(), valued.as_dict()], allow_nan=False)
    text = segments_text(divided.cards, divided.movements, divided.notes, "out") + value_text(valued.tables, [], "out")
    assert "–" in text
    with pytest.raises(ConfigError, match="minimum_cell"):
        make_config({**done.given, "privacy": {"minimum_cell": -1}})
