"""What the Dagster tests share: the code location."""

import warnings
from collections.abc import Iterator

import dagster as dg
import pytest
from contact_merge.definitions import defs


@pytest.fixture(autouse=True)
def deprecations_are_errors() -> Iterator[None]:
    """What Dagster calls old or not yet settled must not be used here."""
    with warnings.catch_warnings():
        for category in (DeprecationWarning, dg.SupersessionWarning, dg.BetaWarning, dg.PreviewWarning):
            warnings.simplefilter("error", category)
        yield


@pytest.fixture(scope="session")
def definitions() -> dg.Definitions:
    return defs()
