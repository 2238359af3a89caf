"""The proof of SHAPES 1 and 2: worlds and histories in random shapes, as the pipeline and the reference make them.

`CONTACT_MERGE_SHAPES=ids,names` tests these features alone (tests/shapes.py lists them), `none` the default settings.
As many as one likes: `CONTACT_MERGE_SHAPED_WORLDS=1000 CONTACT_MERGE_SHAPED_HISTORIES=300 CONTACT_MERGE_SEED=7 uv run pytest
-m "" tests/reference/test_shapes.py -n 2`. A failing one is printed as settings file and tables, as small as it could be made in
CONTACT_MERGE_SHRINK seconds. Every tenth is verified and rebuilt in the end.
"""

import itertools
import os
from typing import Any

import pytest
from hypothesis import given, seed, settings
from shape_play import check
from shapes import Shaped, chosen_features, shaped_histories, shaped_worlds

FEATURES = chosen_features()
SEED = int(os.environ.get("CONTACT_MERGE_SEED", "0"))

pytestmark = pytest.mark.long


def parts(variable: str, few: int, many: int) -> list[Any]:
    """Seed and number of what is drawn: as many as the variable says, in halves, else few, and many as a proof."""
    if given_ := os.environ.get(variable):
        return [(SEED * 2 + half, max(1, int(given_) // 2)) for half in (0, 1)]
    proofs = [pytest.param(SEED * 2 + 2 + half, many // 2, marks=pytest.mark.proof) for half in (0, 1)]
    return [(SEED * 2, few), *proofs]


@pytest.mark.parametrize(("start", "count"), parts("CONTACT_MERGE_SHAPED_WORLDS", 8, 1000))
@pytest.mark.parametrize("cut", [False, True], ids=["whole", "cut"])
def test_worlds_of_any_shape_come_out_as_the_reference_says(start: int, count: int, cut: bool) -> None:
    numbers = itertools.count()

    @seed(start)
    @settings(max_examples=max(1, count // 2))
    @given(shaped_worlds(FEATURES, cut))
    def each(shaped: Shaped) -> None:
        check(shaped, thorough=next(numbers) % 10 == 0)

    each()


@pytest.mark.parametrize(("start", "count"), parts("CONTACT_MERGE_SHAPED_HISTORIES", 2, 300))
def test_warehouses_of_any_shape_live_as_the_reference_says(start: int, count: int) -> None:
    numbers = itertools.count()

    @seed(start)
    @settings(max_examples=count)
    @given(shaped_histories(FEATURES))
    def each(shaped: Shaped) -> None:
        check(shaped, thorough=next(numbers) % 10 == 0)

    each()
