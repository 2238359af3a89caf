"""The load room on the shared sample of 1,000 contacts."""

from pathlib import Path

import pytest
from contact_merge.load.inputs import UnknownFile
from load_world import World, empty_world

world = empty_world

DATA = Path(__file__).parents[3] / "shared" / "data" / "fake_1000"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"{DATA} is not here")


def test_every_row_of_fake_1000_is_loaded_and_none_rejected(world: World) -> None:
    world.folder = DATA
    report = world.load()
    assert {name: loaded.rows_loaded for name, loaded in report.tables.items()} == {
        "contacts": 1000,
        "notes": 2000,
        "activities": 4000,
        "tasks": 1000,
        "emails": 2000,
        "documents": 1000,
        "list_memberships": 1843,
        "merge_requests": 387,
    }
    assert report.unknown == (UnknownFile("clusters.csv", None, "nothing near"),)
    assert world.rejects() == []
    assert world.rows(
        "select count(*) from raw.notes semi join raw.contacts on _cm_contact_key = _cm_key"
    ) == [2000]
    assert world.rows("select distinct len(duplicate_ids) > 0 from new_requests") == [True]


def test_loading_fake_1000_twice_changes_nothing(world: World) -> None:
    world.folder = DATA
    world.load()
    world.con.execute(
        "insert into ledger.requests by name select *, row_number() over () as seq, 1 as batch_no, true as counted, "
        "true as first_use from (select request_id, requested_at, body_hash from new_requests)"
    )
    world.con.execute("create temp table before as from raw.contacts")
    report = world.load()
    assert report.tables["merge_requests"].already_known == 387
    assert world.rows("select * from new_requests") == []
    assert (
        world.rows(
            "(from before except all from raw.contacts) union all (from raw.contacts except all from before)"
        )
        == []
    )
