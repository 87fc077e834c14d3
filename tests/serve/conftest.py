import pytest

from tests.serve.services import Served, a_club_of, a_shop_of


@pytest.fixture(scope="session")
def a_shop(tmp_path_factory) -> Served:
    return a_shop_of(tmp_path_factory)


@pytest.fixture(scope="session")
def a_club(tmp_path_factory) -> Served:
    return a_club_of(tmp_path_factory)


@pytest.fixture(scope="session", params=["purchases", "contracts"])
def scenario(request) -> Served:
    return request.getfixturevalue({"purchases": "a_shop", "contracts": "a_club"}[request.param])
