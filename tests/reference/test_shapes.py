"""The proof of SHAPES 1 and 2: worlds and histories in random shapes, as the pipeline and the reference make them.

`CONTACT_MERGE_SHAPES=ids,names` tests these features alone (tests/shapes.py lists them), `none` the default settings.
As many as one likes: `CONTACT_MERGE_SHAPED_WORLDS=1000 CONTACT_MERGE_SHAPED_HISTORIES=300 CONTACT_MERGE_SEED=7 uv run pytest
-m "" tests/reference/test_shapes.py -n 2`. A failing one is printed as settings file and tables, as small as it could be made in
CONTACT_MERGE_SHRINK seconds.
"""

import os

import pytest
from hypothesis import given, seed, settings
from shape_play import check
from shapes import Shaped, chosen_features, shaped_histories, shaped_worlds

FEATURES = chosen_features()
WORLDS = int(os.environ.get("CONTACT_MERGE_SHAPED_WORLDS", "24"))
HISTORIES = int(os.environ.get("CONTACT_MERGE_SHAPED_HISTORIES", "8"))
SEED = int(os.environ.get("CONTACT_MERGE_SEED", "0"))
PARTS = 2


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("cut", [False, True], ids=["whole", "cut"])
def test_worlds_of_any_shape_come_out_as_the_reference_says(part: int, cut: bool) -> None:
    @seed(SEED * PARTS + part)
    @settings(max_examples=max(1, WORLDS // PARTS // 2))
    @given(shaped_worlds(FEATURES, cut))
    def each(shaped: Shaped) -> None:
        check(shaped)

    each()


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_warehouses_of_any_shape_live_as_the_reference_says(part: int) -> None:
    @seed(SEED * PARTS + part)
    @settings(max_examples=max(1, HISTORIES // PARTS))
    @given(shaped_histories(FEATURES))
    def each(shaped: Shaped) -> None:
        check(shaped)

    each()
