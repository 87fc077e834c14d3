"""What MLflow's page shows of a training: a name, grouped figures, pictures, and the report without any customer."""

import re
from xml.etree import ElementTree

import pytest

from holdfast.track import Store
from tests.report.shops import HOSTILE, contracts, shop

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return shop(tmp_path_factory)


def runs(prepared):
    with Store(prepared.config.models)._open() as client:
        found = client.search_runs([client.get_experiment_by_name(prepared.config.name).experiment_id])
    return {run.info.run_name: run for run in found}


def documents(prepared):
    return Store(prepared.config.models).champion(prepared.config.name).documents


def test_a_run_is_called_by_its_date_and_its_figures_stand_in_groups(made):
    found = runs(made)
    assert set(found) == {"training as of 2023-12-31", "training as of 2024-03-01"}
    figures = found["training as of 2024-03-01"].data.metrics
    assert {name.partition("/")[0] for name in figures} == {"heldout", "race"}
    assert 0.5 < figures["heldout/eligible/churn/auc"] < 1
    race = {name.rpartition("/")[2] for name in figures if name.startswith("race/churn log_loss/")}
    assert {"recency", "p0"} <= race
    assert figures["race/churn log_loss/p0"] > 0
    assert any(name.startswith("race/purchases rmse/") for name in figures)


def test_pictures_open_alone_and_show_what_the_documents_say(made):
    folder = documents(made) / "pictures"
    assert sorted(path.stem for path in folder.iterdir()) == ["gains", "race", "reliability"]
    for path in folder.iterdir():
        root = ElementTree.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314  # ours
        assert root.tag == f"{SVG}svg"
        assert ".dot" in root.find(f"{SVG}style").text
        assert root.get("aria-label")
        # An image viewer shows nothing of a picture that has no size of its own.
        assert int(root.get("width")) == 840
        assert int(root.get("height")) >= 200
    race = ElementTree.fromstring((folder / "race.svg").read_text(encoding="utf-8"))  # noqa: S314
    words = [text.text for text in race.iter(f"{SVG}text")]
    assert "recency (serves)" in words
    losses = dict(zip(words, [t.text for t in race.iter(f"{SVG}title")], strict=False))
    assert list(losses.values()) == sorted(losses.values())
    (champions,) = (run for run in runs(made).values() if run.info.run_id == folder.parent.parent.name)
    figures = champions.data.metrics
    assert float(losses["recency (serves)"]) == pytest.approx(figures["race/churn log_loss/recency"], abs=5e-5)


@pytest.mark.parametrize("make", [shop, contracts])
def test_the_report_beside_a_training_shows_no_customer(make, made, tmp_path_factory):
    prepared = made if make is shop else make(tmp_path_factory)
    own = (prepared.folder / "report.html").read_text(encoding="utf-8")
    shared = (documents(prepared) / "report.html").read_text(encoding="utf-8")
    listed = re.findall(r'<span class="id">([^<]+)</span>', own)
    assert len(listed) >= 20
    assert 'class="customer"' not in shared
    assert "Its rows are left out here" in shared
    # Short numbers stand in any page: ids with letters or marks in them, and every id as a word of its own.
    for who in {*listed, *HOSTILE}:
        assert not re.search(rf">\s*{re.escape(who)}\s*<", shared), "a customer's id"
        assert who.isdigit() or who not in shared, "a customer's id"
    assert "someone" not in shared
    assert "Can I trust it?" in shared
    title = re.search(r"<h1>.*?</h1>", own).group()
    assert title in shared


def test_a_store_that_others_own_is_left_as_it_is(made, tmp_path):
    from holdfast.track import lay_beside

    lay_beside(tmp_path / "gone", "report.html", "text")
    assert not (tmp_path / "gone").exists()
    lay_beside(tmp_path, "report.html", "text")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == "text"
