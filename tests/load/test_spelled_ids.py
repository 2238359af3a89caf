"""Contacts spelled in a way that only Python reads as a UUID, beside children whose ids are UUID values."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge.pipeline import run, undo
from contact_merge.settings import Settings
from contact_merge.verify import verify
from pipeline_endpoint import QUIET
from story import START, id_of

pytestmark = pytest.mark.long

ID_SPELLINGS = ["urn:uuid:{}", "uuid:{}", " {} ", "{{{{{}}}}}", "{}"]


def uuids(*letters: str) -> pa.Array:
    storage = pa.array([bytes.fromhex(id_of(letter).replace("-", "")) for letter in letters], pa.binary(16))
    return pa.ExtensionArray.from_storage(pa.uuid(), storage)


def contact_ids(output: Path, table: str) -> list[str]:
    return [
        str(value) for value in pq.read_table(output / f"merged/{table}.parquet")["contact_id"].to_pylist()
    ]


def test_child_rows_leave_with_the_id_as_contacts_spell_it_moved_or_not(tmp_path: Path) -> None:
    """Night after night: c is retired, d was never loaded, and contacts spell b in large letters; then in small ones."""
    a, b, c, d = (id_of(letter) for letter in "abcd")
    request = {"request_id": "r1", "primary_id": a, "duplicate_ids": [c], "requested_at": START}
    pq.write_table(pa.Table.from_pylist([request]), tmp_path / "merge_requests.parquet")
    owners = [a, a.upper(), f"urn:uuid:{a}", b, b.upper(), c.upper(), d.upper()]
    numbers = [id_of(letter) for letter in "rstuvwx"]
    pq.write_table(pa.table({"id": numbers, "contact_id": owners}), tmp_path / "notes.parquet")
    pq.write_table(
        pa.table({"list_id": numbers, "contact_id": owners}), tmp_path / "list_memberships.parquet"
    )
    output, warehouse = tmp_path / "out", tmp_path / "out/warehouse.duckdb"
    for spelled_b in (b.upper(), b):
        pq.write_table(pa.table({"id": [a, spelled_b, c]}), tmp_path / "contacts.parquet")
        run(
            tmp_path, output,
            warehouse=None, dry_run=False, as_of=START, settings=Settings(), progress=QUIET,
        )  # fmt: skip
        due = sorted([a, a, a, spelled_b, spelled_b, a, d.upper()])
        assert [sorted(contact_ids(output, table)) for table in ("notes", "list_memberships")] == [due, due]
        assert [check.name for check in verify(warehouse, output, Settings()) if check.violations] == []


@pytest.mark.parametrize("spelling", ID_SPELLINGS)
def test_children_with_uuid_columns_go_to_survivors_of_any_spelling(tmp_path: Path, spelling: str) -> None:
    ids = [spelling.format(id_of("a")), id_of("b")]
    pq.write_table(pa.table({"id": ids, "name": ["a", "b"]}), tmp_path / "contacts.parquet")
    owners = uuids("b", "a")
    pq.write_table(pa.table({"id": uuids("x", "y"), "contact_id": owners}), tmp_path / "notes.parquet")
    pq.write_table(
        pa.table({"list_id": ["L", "M"], "contact_id": owners}), tmp_path / "list_memberships.parquet"
    )
    request: dict[str, Any] = {"request_id": "r1", "requested_at": START}
    request |= {"primary_id": id_of("a"), "duplicate_ids": [id_of("b")]}
    pq.write_table(pa.Table.from_pylist([request]), tmp_path / "merge_requests.parquet")
    output, warehouse = tmp_path / "out", tmp_path / "out/warehouse.duckdb"
    run(
        tmp_path, output,
        warehouse=None, dry_run=False, as_of=START, settings=Settings(), progress=QUIET,
    )  # fmt: skip
    for table in ("notes", "list_memberships"):
        assert contact_ids(output, table) == [id_of("a")] * 2
    assert [check.name for check in verify(warehouse, output, Settings()) if check.violations] == []
    undo(
        warehouse, output, ["r1"],
        dry_run=False, as_of=START, settings=Settings(), progress=QUIET,
    )  # fmt: skip
    for table in ("notes", "list_memberships"):
        assert sorted(contact_ids(output, table)) == [id_of("a"), id_of("b")]
