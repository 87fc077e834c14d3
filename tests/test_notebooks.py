"""Notebooks run, what they say in words is what they compute, and they are stored without outputs."""

import re

import nbformat
import pytest
from nbclient import NotebookClient

from tests.conftest import PROJECT

# What the words of each story claim, asked of its own variables after the last cell.
CLAIMS = {
    "01_see_the_purchases": """
assert account["lines_in"] == account["kept"] == 69_659
assert days[lines.groupby("customer_id")["day"].idxmin()].max() < pd.Timestamp("1997-04-01"), "all in three months"
assert 0.45 < often[1] < 0.55, "about half bought once"
assert silence["p_return"].is_monotonic_decreasing and horizons["churn_rate"].is_monotonic_decreasing
""",
    "02_value": """
assert abs(expected.sum() / made.sum() - 1) < 0.2, "about as often as expected"
assert (value["clv_p10"] == 0).mean() > 0.5, "for most it begins at 0"
top = value["clv"].sort_values(ascending=False)
assert top.head(len(top) // 10).sum() > 0.5 * top.sum(), "a few customers carry most"
assert model.transactions.p_alive(summary)[summary["frequency"] == 0].min() == 1
""",
    "03_churn": """
assert table.loc["blend", "log_loss"] < table.loc["recency", "log_loss"]
assert to_blend.loc["recency", "low"] > 0 > to_blend.loc["ridge", "low"]
assert (groups["mean_p"] - groups["churn_rate"]).abs().max() < 0.1
""",
    "04_act": """
account = issued.record["account"]
others = account["not_worth_contacting"] + account["beyond_budget_or_capacity"]
assert account["in"] == account["listed"] + account["control"] + others
assert 0 < account["listed"] <= 150 and contact["expected_spend"].sum() <= 300 and account["control"] > 0
assert known["ordered_at"].max() < pd.Timestamp("1998-02-01")
assert (curve["profit_low"] < curve["profit"]).all() and (curve["profit"] < curve["profit_high"]).all()
""",
    "05_did_it_work": """
effect = result.effects[0]
assert effect.decisive.significant and effect.decisive.low < truth < effect.decisive.high
assert effect.adjusted.high - effect.adjusted.low < effect.difference.high - effect.difference.low
assert not result.effects[1].decisive.significant and wrong > 0.2 and 1 / 7 < base < 1 / 6
assert 90 <= held <= 99 and np.corrcoef(learner.scores, campaign.uplift)[0, 1] > 0.7
""",
}
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))


def test_every_notebook_has_claims():
    assert [path.stem for path in NOTEBOOKS] == sorted(CLAIMS)


@pytest.mark.slow
@pytest.mark.parametrize("name", CLAIMS)
def test_a_notebook_runs_shows_pictures_and_says_what_is_so(tmp_path, name):
    for part in ("notebooks", "configs"):
        (tmp_path / part).mkdir()
    for path in (PROJECT / "configs").glob("*.yaml"):
        (tmp_path / "configs" / path.name).write_bytes(path.read_bytes())
    notebook = nbformat.read(PROJECT / "notebooks" / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert len(notebook.cells) <= 20
    assert all(not c.outputs and c.execution_count is None for c in notebook.cells if c.cell_type == "code")
    notebook.cells.append(nbformat.v4.new_code_cell(CLAIMS[name]))
    NotebookClient(notebook, resources={"metadata": {"path": str(tmp_path / "notebooks")}}, timeout=300).execute()
    outputs = [o for c in notebook.cells for o in c.get("outputs", [])]
    assert sum("image/png" in o.get("data", {}) for o in outputs) >= 2, "pictures"
    assert not [o.text for o in outputs if o.output_type == "stream"], "results only: no warnings, no progress"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_links_of_notebooks_lead_somewhere(path):
    text = "".join(c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "markdown")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (path.parent / target).exists(), target
