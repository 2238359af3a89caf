"""Which cases of a test are proofs: its other cases run with every commit, these by `pytest -m proof`."""

from collections.abc import Iterable
from typing import Any

import pytest

PROOF = [pytest.mark.long, pytest.mark.proof]


def proof(case: Any) -> Any:
    """A case that is a proof."""
    return pytest.param(case, marks=PROOF)


def some_proofs(cases: Iterable[Any], *always: Any) -> list[Any]:
    """All cases as proofs, but for those that always run."""
    return [case if case in always else proof(case) for case in cases]
