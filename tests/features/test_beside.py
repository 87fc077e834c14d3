"""Features of the tables beside purchases against a second computation in pandas."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from holdfast.data import Source, read_purchases
from holdfast.features import FAMILIES, FEATURES, Cutoff, build_features, feature_sql
from holdfast.features.build import known_facts
from tests.features.beside import awkward_tables, frame, log_of
from tests.features.test_build import BESIDE, COLUMNS, awkward_log

OF_TABLES = [f.name for name in BESIDE for f in FAMILIES[name]]


def ago(day: str | float | None, cutoff: date) -> float:
    return np.nan if pd.isna(day) else (cutoff - date.fromisoformat(str(day)[:10])).days


def of_visits(rows: pd.DataFrame, cutoff: date, last_purchase: str) -> dict[str, float]:
    since = [ago(d, cutoff) for d in rows["visited_at"]]
    pages = rows["pages"][[s <= 90 for s in since]]
    return {
        "visits_30d": sum(s <= 30 for s in since), "visits_90d": sum(s <= 90 for s in since),
        "days_since_visit": min(since, default=np.nan),
        "visits_since_purchase": int((rows["visited_at"] > last_purchase).sum()),
        "pages_per_visit_90d": pages.mean(),
    }  # fmt: skip


def of_tickets(rows: pd.DataFrame, cutoff: date) -> dict[str, float]:
    closed = rows[rows["closed_at"] < cutoff.isoformat()]
    since = [ago(d, cutoff) for d in rows["opened_at"]]
    took = [ago(a, cutoff) - ago(b, cutoff) for a, b in zip(closed["opened_at"], closed["closed_at"], strict=True)]
    return {
        "tickets_open": len(rows) - len(closed), "tickets_90d": sum(s <= 90 for s in since),
        "days_since_ticket": min(since, default=np.nan), "ticket_days_to_close": np.mean(took) if took else np.nan,
    }  # fmt: skip


def of_contacts(rows: pd.DataFrame, cutoff: date) -> dict[str, float]:
    rows = rows[rows["arm"].str.lower() != "control"]
    since, n, now = [ago(d, cutoff) for d in rows["sent_at"]], len(rows), cutoff.isoformat()
    return {
        "contacts_90d": sum(s <= 90 for s in since), "days_since_contact": min(since, default=np.nan),
        "contact_opened_share": (rows["opened_at"] < now).sum() / n if n else np.nan,
        "contact_converted_share": (rows["converted_at"] < now).sum() / n if n else np.nan,
    }  # fmt: skip


def of_surveys(rows: pd.DataFrame, cutoff: date) -> dict[str, float]:
    answered = rows["answered_at"].fillna(rows["asked_at"])
    known = rows.assign(day=answered)[rows["score"].notna() & (answered < cutoff.isoformat())]
    last = known["day"].max()
    return {
        "survey_score": known.loc[known["day"] == last, "score"].mean(), "days_since_score": ago(last, cutoff),
        "survey_answered_share": len(known) / len(rows) if len(rows) else np.nan,
        "survey_missing": float(len(known) == 0),
    }  # fmt: skip


def of_customers(rows: pd.DataFrame, latest: pd.DataFrame, cutoff: date) -> dict[str, float]:
    names = ["days_since_acquired", "acquisition_cost", "channel_share", "consent", "objection"]
    names += [f"attribute_{i}" for i in range(1, 6)]
    if rows.empty:
        return dict.fromkeys(names, np.nan)
    row = rows.sort_values("known_at").iloc[-1]
    channels = latest["channel"][latest["channel"] != ""]
    values = [
        ago(row["acquired_at"], cutoff) if row["acquired_at"] < cutoff.isoformat() else np.nan,
        row["acquisition_cost"],
        (channels == row["channel"]).mean() if row["channel"] else np.nan,
        {"yes": 1, "0": 0, "": np.nan}[row["consent"]],
        {"false": 0, "TRUE": 1, "": np.nan}[row["objection"]],
        row["attribute_1"],
    ]
    return dict(zip(names, [*values, *[np.nan] * 4], strict=True))


def in_pandas(purchases: pd.DataFrame, tables: dict[str, pd.DataFrame], cutoff: date) -> pd.DataFrame:
    now = cutoff.isoformat()
    times = {
        "visits": "visited_at",
        "tickets": "opened_at",
        "contacts": "sent_at",
        "surveys": "asked_at",
        "customers": "known_at",
    }
    past = {name: table[table[times[name]] < now] for name, table in tables.items()}
    latest = past["customers"].sort_values("known_at").groupby("customer_id").tail(1)
    bought = purchases[purchases["ordered_at"] < now].groupby(["customer_id", "ordered_at"])["amount"].sum().round(2)
    last = bought[bought > 0].reset_index().groupby("customer_id")["ordered_at"].max()
    answers = {}
    for who, last_purchase in last.items():
        rows = {name: table[table["customer_id"] == who] for name, table in past.items()}
        answers[who] = {
            **of_visits(rows["visits"], cutoff, str(last_purchase)),
            **of_tickets(rows["tickets"], cutoff),
            **of_contacts(rows["contacts"], cutoff),
            **of_surveys(rows["surveys"], cutoff),
            **of_customers(rows["customers"], latest, cutoff),
        }
    return pd.DataFrame.from_dict(answers, orient="index")


@pytest.mark.parametrize("as_of", [date(2022, 6, 1), date(2023, 6, 15), date(2025, 1, 1)])
def test_every_feature_of_the_tables_equals_a_second_computation(as_of):
    purchases = awkward_log(customers=60)
    tables = awkward_tables(purchases["customer_id"].unique().tolist())
    built = build_features(log_of(purchases, tables).connection, Cutoff(as_of, 60)).set_index("customer_id")
    expected = in_pandas(purchases, tables, as_of).loc[built.index]
    assert set(expected.columns) == set(OF_TABLES)
    for name in OF_TABLES:
        np.testing.assert_allclose(
            built[name].to_numpy(), expected[name].to_numpy(dtype=float), rtol=1e-9, atol=1e-9, err_msg=name
        )
    if as_of.year == 2023:  # the data are rich enough to tell: all but the four attributes not given differ
        assert sum(built[name].min() < built[name].max() for name in OF_TABLES) == len(OF_TABLES) - 4


def test_without_tables_their_features_are_empty_and_the_rest_is_untouched():
    purchases, cutoff = awkward_log(customers=60), Cutoff(date(2023, 6, 15), 60)
    bare = build_features(read_purchases(Source(purchases, COLUMNS)).connection, cutoff)
    empty = log_of(purchases, {})
    pd.testing.assert_frame_equal(build_features(empty.connection, cutoff), bare, check_exact=True)
    assert known_facts(empty.connection, cutoff) == []
    assert bare[OF_TABLES].isna().all(axis=None)
    tables = awkward_tables(purchases["customer_id"].unique().tolist())
    full = build_features(log_of(purchases, tables).connection, cutoff)
    others = ["customer_id", *(f.name for f in FEATURES if f.name not in OF_TABLES)]
    pd.testing.assert_frame_equal(full[others], bare[others], check_exact=True)


def test_a_log_that_began_later_says_nothing_rather_than_0():
    purchases, cutoff = awkward_log(customers=20), Cutoff(date(2023, 1, 1), 60)
    later = frame("visits", [("0001", "2023-01-01", 3, "web")])
    built = build_features(log_of(purchases, {"visits": later}).connection, cutoff)
    assert built["visits_90d"].isna().all()
    before = frame("visits", [("stranger", "2022-12-31", 3, "web")])
    assert (build_features(log_of(purchases, {"visits": before}).connection, cutoff)["visits_90d"] == 0).all()


def test_tickets_that_are_never_closed_in_the_log_are_not_called_open():
    purchases, cutoff = awkward_log(customers=20), Cutoff(date(2023, 1, 1), 60)
    tickets = frame("tickets", [("0001", "2022-12-31")])
    log = log_of(purchases, {"tickets": tickets})
    assert "tickets_open" not in feature_sql(cutoff, known_facts(log.connection, cutoff))
    built = build_features(log.connection, cutoff).set_index("customer_id")
    assert built["tickets_open"].isna().all()
    assert built.loc["0001", "tickets_90d"] == 1


def test_customers_without_known_at_count_from_their_acquisition_on_or_always():
    purchases, cutoff = awkward_log(customers=20), Cutoff(date(2023, 1, 1), 60)
    customers = pd.DataFrame(
        [("0001", "2022-06-01", 5), ("0002", "2023-06-01", 6), ("0004", "", 7), ("0001", "2022-07-01", 8)],
        columns=["customer_id", "acquired_at", "attribute_1"],
    )
    built = build_features(log_of(purchases, {"customers": customers}).connection, cutoff).set_index("customer_id")
    assert built["attribute_1"].dropna().to_dict() == {"0001": 8, "0004": 7}
    assert built["days_since_acquired"].dropna().to_dict() == {"0001": 184}
