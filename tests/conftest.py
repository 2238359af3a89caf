"""What the tests share: the implementations that have to behave alike."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from pipeline_endpoint import PipelineEndpoint
from reference import Endpoint, endpoint_of

# Worlds are large on purpose, and how fast one is drawn says nothing of what it shows.
settings.register_profile(
    "worlds", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile("worlds")

MakeEndpoint = Callable[..., Any]


def reference(settings: Mapping[str, Any]) -> Endpoint:
    """The endpoint in plain Python."""
    return endpoint_of(settings)


IMPLEMENTATIONS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "reference": reference,
    "pipeline": PipelineEndpoint,
}


@pytest.fixture(params=IMPLEMENTATIONS)
def endpoint(request: pytest.FixtureRequest) -> MakeEndpoint:
    """Makes an endpoint of one implementation: `endpoint(retired_ids="follow", max_duplicates=3)`."""
    make = IMPLEMENTATIONS[request.param]
    return lambda **settings: make(settings)
