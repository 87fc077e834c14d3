"""What was measured of a treatment stands on the next list, whether it decides or not."""

import json
import shutil

from holdfast.pipeline import make_list
from holdfast.report import decisions as text
from tests.pipeline.test_listing import TODAY, cells, shop_done

__all__ = ["shop_done"]  # the fixture


def test_what_was_measured_is_told_where_it_does_not_decide(shop_done):
    prepared, _ = shop_done
    accepted = {"treatment": "voucher", "stated": 0.3, "mean": 0.12, "low": 0.05, "high": 0.2, "leaving": 0.5}
    accepted |= {"contacted": 900, "held_back": 100, "effect": {"low": 0.01, "high": 0.11}}
    change = {"effect": 0.06, "low": 0.01, "high": 0.11, "p_value": 0.02}
    effect = {"outcome": "bought", "arm": "contacted", "kind": "rate", "mean": 0.5, "control_mean": 0.44, "lift": None}
    effect |= {"difference": change, "adjusted": None, "significant": True, "p_holm": 0.02}
    found = {"acceptance": [accepted], "window_start": "2023-10-01", "window_end": "2024-01-01", "effects": [effect]}
    found |= {"control": "control", "customers": 1000}
    path = prepared.config.outputs / "shop" / "experiments" / "at_risk-2023-10-01.json"
    path.parent.mkdir()
    path.write_text(json.dumps({**found, "randomisation": {"problems": []}}))
    try:
        issued = make_list(prepared, "at_risk", form="xlsx", today=TODAY)
    finally:
        shutil.rmtree(path.parent)
    (measured,) = issued.record["measured"]
    assert (measured["treatment"], measured["experiment"]) == ("voucher", "at_risk-2023-10-01")
    assert [t["acceptance"] for t in issued.record["treatments"]] == [0.3, 0.1]
    said = text.issued(issued.as_dict(), issued.decision, rows=1)
    told = "voucher keeps 12% of those who would leave (95 % 5% to 20%)"
    assert told in said
    assert "measured on at_risk-2023-10-01, 1 October 2023 to 1 January 2024" in said
    assert "unproven" not in said
    rows = [row for row in cells(issued.file, 2) if row]
    assert [row[1].startswith(told) for row in rows if row[0] == "measured"] == [True, False]
    assert "not known" not in dict(row[:2] for row in rows)
