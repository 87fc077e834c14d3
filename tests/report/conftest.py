"""One shop and one business with contracts for all tests of the report: every command was run on them."""

import pandas as pd
import pytest

from tests.report.shops import Page, contracts, shop


@pytest.fixture(scope="session")
def sold(tmp_path_factory):
    return shop(tmp_path_factory)


@pytest.fixture(scope="session")
def bound(tmp_path_factory):
    return contracts(tmp_path_factory)


@pytest.fixture(scope="session")
def page(sold):
    return Page(sold.folder / "report.html")


@pytest.fixture(scope="session")
def scores(sold):
    return pd.read_parquet(sold.folder / "scores.parquet")
