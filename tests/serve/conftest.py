import pytest

from tests.serve.services import Served, club, shop


@pytest.fixture(scope="session")
def a_shop(tmp_path_factory) -> Served:
    return shop(tmp_path_factory.mktemp("served-shop"))


@pytest.fixture(scope="session")
def a_club(tmp_path_factory) -> Served:
    return club(tmp_path_factory.mktemp("served-club"))


@pytest.fixture(scope="session", params=["purchases", "contracts"])
def scenario(request) -> Served:
    return request.getfixturevalue({"purchases": "a_shop", "contracts": "a_club"}[request.param])
