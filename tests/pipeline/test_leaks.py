"""A column that knows the future, brought in by a table beside the purchases, is caught and named."""

import numpy as np
import pandas as pd

from holdfast import make_config, prepare, train
from tests.conftest import settings


def test_a_planted_future_column_is_caught_and_named(shop, tmp_path):
    # Whoever buys in the newest outcome window is marked on file, and the file does not say since when that is known.
    bought = shop.purchases.loc[
        pd.to_datetime(shop.purchases["ordered_at"]).between("2024-01-01", "2024-02-29"), "customer_id"
    ]
    ids = shop.purchases["customer_id"].drop_duplicates()
    on_file = pd.DataFrame(
        {
            "customer_id": ids,
            "age": np.random.default_rng(1).integers(18, 80, len(ids)),
            "churn_score_of_the_old_tool": ids.isin(bought).astype(int),
        }
    )
    tables = {"customers": {"columns": {"attributes": ["age", "churn_score_of_the_old_tool"]}}}
    config = make_config({**settings(tmp_path), "tables": tables})
    trained = train(prepare(config, purchases=shop.purchases, tables={"customers": on_file}))
    (alarm,) = [c for c in trained.verdict.as_dict()["checks"] if "leak" in c["name"]]
    assert alarm["passed"] is False
    assert "attribute_2" in alarm["said"]
    assert not trained.verdict.promoted
