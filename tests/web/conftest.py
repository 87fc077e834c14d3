import pytest

from tests.web.sites import Scenario, bound, sold, visitor


@pytest.fixture(scope="session")
def a_shop(tmp_path_factory) -> Scenario:
    return sold(tmp_path_factory.mktemp("web-shop"))


@pytest.fixture(scope="session")
def a_business(tmp_path_factory) -> Scenario:
    return bound(tmp_path_factory.mktemp("web-contracts"))


@pytest.fixture(scope="session", params=["purchases", "contracts"])
def scenario(request) -> Scenario:
    return request.getfixturevalue({"purchases": "a_shop", "contracts": "a_business"}[request.param])


@pytest.fixture(scope="session")
def said() -> list[str]:
    """What the page said to its log."""
    return []


@pytest.fixture(scope="session")
def client(scenario, said):
    return visitor(scenario.site(say=said.append))
