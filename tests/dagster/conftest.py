"""What the Dagster tests share: the code location, and the samples as input."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from contact_merge.definitions import defs
from contact_merge.samples import make_samples


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


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample tables; not to be written to."""
    folder = tmp_path_factory.mktemp("samples") / "tables"
    make_samples(folder)
    return folder
