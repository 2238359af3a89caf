"""The proof: random adversarial worlds through the pipeline and through the reference, every output compared.

As many as one likes: `CONTACT_MERGE_WORLDS=1000 CONTACT_MERGE_SEED=7 uv run pytest tests/reference/test_pipeline_worlds.py -n 2`.
"""

import os
import tempfile
from pathlib import Path

import pytest
from canonical import canonical, differences
from contact_merge.pipeline import run
from contact_merge.settings import Settings
from hypothesis import given, seed, settings
from pipeline_endpoint import QUIET, read_outputs
from reference_records import Pick, first
from worlds import World, batches, reference_of, worlds, write_world

PARTS = 2
WORLDS = int(os.environ.get("CONTACT_MERGE_WORLDS", "4"))
SEED = int(os.environ.get("CONTACT_MERGE_SEED", "0"))


def outputs_of(world: World, *, cut: bool) -> dict[str, list[object]]:
    """What the pipeline makes of a world, in one run or in the batches that the world is cut into."""
    with tempfile.TemporaryDirectory(prefix="world-") as folder:
        for number, requests in enumerate(batches(world) if cut else [world.requests]):
            inputs = Path(folder, f"in{number}")
            inputs.mkdir()
            write_world(world, inputs, requests)
            run(
                inputs,
                Path(folder, "out"),
                warehouse=None,
                dry_run=False,
                as_of=world.as_of,
                settings=Settings(**world.settings),
                progress=QUIET,
            )
        return read_outputs(Path(folder, "out"))


def agree(world: World, *, cut: bool, pick: Pick = first) -> None:
    """Whether pipeline and reference make the same of a world, by a rule of its fields."""
    fields = world.json_text_fields
    ours = canonical(outputs_of(world, cut=cut), fields)
    theirs = canonical(reference_of(world, pick=pick), fields)
    for table in ("notes", "activities", "tasks", "emails", "documents", "list_memberships"):
        theirs.setdefault(table, [])
    for response in (*ours["merge_responses"], *theirs["merge_responses"]):
        response.setdefault("reason", None)
    found = differences(ours, theirs)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("cut", [False, True], ids=["whole", "cut"])
def test_random_worlds_come_out_as_the_reference_says(part: int, cut: bool) -> None:
    @seed(SEED * PARTS + part)
    @settings(max_examples=max(1, WORLDS // PARTS // 2))
    @given(worlds())
    def each(world: World) -> None:
        agree(world, cut=cut)

    each()
