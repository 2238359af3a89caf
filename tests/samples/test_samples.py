"""The committed sample tables: made by the script, small, and with something of everything in them."""

import json
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from contact_merge.catalog import make_catalog
from contact_merge.preset_samples import FOLDER
from contact_merge.samples import make_data_samples, make_world
from contact_merge.settings import Settings

COMMITTED = Path(__file__).parents[2] / "data_samples"


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples") / "new"
    make_data_samples(folder)
    return folder


def test_the_script_makes_the_committed_files(made: Path) -> None:
    assert files_of(made) == files_of(COMMITTED)
    for name in files_of(made):
        if name.endswith(".parquet"):
            ours, theirs = pq.read_table(made / name), pq.read_table(COMMITTED / name)
            assert ours.schema == theirs.schema, name
            # by repr, for NaN equals nothing, not even itself
            assert repr(ours.to_pylist()) == repr(theirs.to_pylist()), name
        else:
            assert (made / name).read_bytes() == (COMMITTED / name).read_bytes(), name


def test_every_table_is_there_in_some_format(made: Path) -> None:
    read = [path for path in made.iterdir() if path.name != FOLDER]
    assert {path.name.split(".")[0] for path in read} == set(make_catalog(Settings()).input_tables)
    assert {path.suffix for path in read} == {".parquet", ".csv", ".jsonl", ""}


def test_a_few_hundred_contacts_a_person_can_read() -> None:
    world = make_world()
    assert 200 <= len(world.contacts) <= 500
    assert all(contact["full_name"] for contact in world.contacts)


def test_every_request_says_what_it_shows_and_every_status_occurs() -> None:
    statuses = Counter(request["reason"].split(": ")[0] for request in make_world().requests)
    assert set(statuses) == {"200", "400", "401", "403", "404", "409", "429"}


def test_requests_show_every_option_of_the_endpoint() -> None:
    requests = make_world().requests
    for option in ("overwrite", "dry_run", "idempotency_key"):
        assert any(request[option] for request in requests), option
    assert {request["api_key_id"] for request in requests} >= {"key-north", "key-south", "key-admin", None}
    assert any(request["primary_id"] != (request["primary_id"] or "").strip() for request in requests)


def test_several_tables_hold_rows_that_cannot_be_used(made: Path) -> None:
    assert "not-a-uuid" in pq.read_table(made / "contacts.parquet")["id"].to_pylist()
    for name in ("notes.csv", "list_memberships.csv"):
        assert "Rejected: " in (made / name).read_text(encoding="utf-8")
    for name in ("emails.jsonl", "merge_requests.jsonl"):
        broken = 0
        for line in (made / name).read_text(encoding="utf-8").splitlines():
            try:
                json.loads(line)
            except ValueError:
                broken += 1
        assert broken == 1, name
