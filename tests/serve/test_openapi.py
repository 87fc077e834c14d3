"""The service does what its OpenAPI document says: requests that Schemathesis makes up, right and wrong ones."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.serve.services import service

# The document itself is left out by Schemathesis.
READ, SCORED = {"/health", "/ready", "/version"}, {"/score", "/score/features"}
load_all_checks()


@pytest.fixture(scope="module")
def document(scenario, tmp_path_factory):
    with service(scenario.path, tmp_path_factory.mktemp("log") / "said") as at:
        yield schemathesis.openapi.from_url(f"{at}/openapi.json")


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_one_that_the_document_promises(document, mode):
    operations = {found.ok().path: found.ok() for found in document.get_all_operations()}
    assert set(operations) == READ | SCORED
    right = mode is GenerationMode.POSITIVE
    # Where nothing is sent nothing can be wrong.
    seen = {path: answered(one, mode) for path, one in operations.items() if right or path in SCORED}
    if right:
        assert all(seen[path] == {200} for path in READ)
    else:
        assert all(200 not in statuses and 422 in statuses for statuses in seen.values())


def answered(operation, mode) -> set[int]:
    """Ask an address in many ways, hold every answer against the document, and return their statuses."""
    seen = set()

    @settings(max_examples=40, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case):
        answer = case.call()
        # A row that the schema allows may hold what cannot be read: 422, and the document says so.
        case.validate_response(answer, excluded_checks=[positive_data_acceptance])
        seen.add(answer.status_code)

    holds()
    return seen
