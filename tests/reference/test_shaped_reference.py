"""What holds of every world and history in any shape, shown on the reference: why it can be trusted."""

import tomllib
from typing import Any

from canonical import differences
from hypothesis import given
from hypothesis import strategies as st
from reference import Endpoint, endpoint_of
from shape_play import as_toml, plain_outputs
from shapes import FEATURES, Shaped, perform, shape_world, shaped_histories
from worlds import World, worlds


def lived(shaped: Shaped) -> Endpoint:
    """The reference after a history."""
    endpoint = endpoint_of(shaped.settings)
    for step in shaped.steps:
        perform(step, endpoint, shaped.layout)
    return endpoint


def outputs(endpoint: Endpoint, shaped: Shaped) -> dict[str, Any]:
    return plain_outputs(endpoint.merged(), shaped)


@given(worlds(), st.integers(0, 2**32))
def test_cutting_the_requests_into_batches_changes_nothing(world: World, seed: int) -> None:
    whole, cut = (shape_world(world, seed, FEATURES, cut=cut) for cut in (False, True))
    assert differences(outputs(lived(whole), whole), outputs(lived(cut), cut)) == []


@given(shaped_histories(FEATURES))
def test_a_replay_of_the_log_changes_nothing(shaped: Shaped) -> None:
    endpoint = lived(shaped)
    before = outputs(endpoint, shaped)
    endpoint.replay()
    assert differences(before, outputs(endpoint, shaped)) == []


@given(shaped_histories(FEATURES))
def test_no_row_is_lost(shaped: Shaped) -> None:
    endpoint = lived(shaped)
    merged = endpoint.merged()
    ids = [row["contact_id"] for row in merged["identity_map"]]
    assert len(ids) == len(set(ids))
    for child in shaped.layout.children:
        dropped = [row for row in merged["dropped_children"] if row["table"] == child.name]
        loaded = endpoint.tables.get(child.name, {})
        assert len(merged[child.name]) + len(dropped) == len(loaded)


@given(shaped_histories(FEATURES))
def test_settings_come_back_from_their_file_as_they_were(shaped: Shaped) -> None:
    assert tomllib.loads(as_toml(shaped.settings)) == shaped.settings
