"""A shop with tables beside, and scores by a plain rule instead of a model."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from holdfast.config import Config
from holdfast.features import build_features
from holdfast.pipeline import prepare
from holdfast.pipeline.outputs import write_parquet

EARLIER, AS_OF = "2023-12-01", "2024-03-01"


def beside(shop) -> dict[str, pd.DataFrame]:
    """Tables of the shop's customers: channels with costs, a campaign by lot, surveys."""
    random = np.random.default_rng(3)
    names = shop.truth["customer_id"].to_numpy()
    joined = pd.Timestamp("2023-01-01") + pd.to_timedelta(np.floor(shop.truth["joined"].to_numpy()), unit="D")
    n = len(names)
    customers = pd.DataFrame(
        {
            "customer_id": names,
            "acquired_at": joined,
            "channel": random.choice(["web", "shop"], n),
            "acquisition_cost": 9.5,
        }
    )
    contacts = pd.DataFrame(
        {
            "customer_id": names[:600],
            "campaign": "autumn",
            "sent_at": "2023-10-01",
            "converted_at": np.where(random.random(600) < 0.2, "2023-10-09", ""),
            "cost": 0.5,
            "arm": random.choice(["A", "control"], 600),
        }
    )
    asked = names[:400]
    items = [("nps", "", 0, 10), ("csat", "", 1, 5)]
    items += [(d, d, 1, 5) for d in ("functional", "monetary benefit", "social", "time", "monetary cost", "emotional")]
    surveys = pd.concat(
        [
            pd.DataFrame(
                {
                    "customer_id": asked,
                    "asked_at": "2023-11-15",
                    "item": item,
                    "dimension": dimension,
                    "score": [int(s) if random.random() < 0.8 else None for s in random.integers(low, high + 1, 400)],
                    "importance": random.integers(1, 6, 400),
                }
            )
            for item, dimension, low, high in items
        ]
    )
    said = np.where(random.random(400) < 0.5, "too late and broken", "quick and friendly")
    scores = np.where(said == "quick and friendly", 9, 3)
    surveys = pd.concat(
        [
            surveys,
            pd.DataFrame(
                {"customer_id": asked, "asked_at": "2023-11-20", "item": "why", "score": scores, "comment": said}
            ),
        ]
    )
    tickets = pd.DataFrame({"customer_id": names[300:500], "opened_at": "2024-01-05", "comment": "it came too late"})
    visits = pd.DataFrame(
        {"customer_id": random.choice(names, 2000), "visited_at": pd.Timestamp("2024-01-01") + days(random, 2000)}
    )
    return {"customers": customers, "contacts": contacts, "surveys": surveys, "tickets": tickets, "visits": visits}


def days(random: np.random.Generator, n: int) -> pd.TimedeltaIndex:
    return pd.to_timedelta(random.integers(-20, 60, n), unit="D")


def write_scores(config: Config, shop, tables: dict[str, pd.DataFrame], as_of: str) -> Path:
    """Write scores as `holdfast score` would; probabilities and values by a plain rule instead of a model."""
    prepared = prepare(
        config.model_copy(update={"as_of": date.fromisoformat(as_of)}), purchases=shop.purchases, tables=tables
    )
    features = build_features(prepared.log.connection, prepared.cutoff)
    h, year = config.churn.horizon_days, config.clv.horizon_days
    p = np.exp(-features["purchase_days"] / (1 + features["days_since_last"] / 30) / 2)
    scores = pd.DataFrame(
        {
            "customer_id": features["customer_id"],
            "as_of": date.fromisoformat(as_of),
            "eligible": features["days_since_last"] <= config.active_days,
            f"p_churn_{h}d": p,
            f"expected_purchases_{h}d": 2 * (1 - p),
            "p_alive": 1 - p / 2,
            f"clv_{year}d": (1 - p) * features["spend_mean"].fillna(0) * 4,
            f"clv_{year}d_sd": features["spend_mean"].fillna(0),
            f"value_if_stays_{h}d": features["spend_mean"].fillna(0) * 2,
            "model_version": "m-0",
        }
    )
    if not prepared.log.has_money:
        scores = scores.drop(columns=[f"clv_{year}d", f"clv_{year}d_sd", f"value_if_stays_{h}d"])
    prepared.folder.mkdir(parents=True)
    write_parquet(prepared.folder / "scores.parquet", scores)
    write_parquet(prepared.folder / "features.parquet", features.assign(as_of=as_of))
    return prepared.folder


LEVELS = (("basic", 0, 0), ("silver", 100, 60), ("gold", 400, 300))
