"""A warehouse has a version: an older one is brought up to date in a transaction, a newer one is refused."""

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from contact_merge import schema
from contact_merge.catalog import make_catalog
from contact_merge.errors import WarehouseError
from contact_merge.pipeline import rebuild, run, undo
from contact_merge.settings import Settings
from contact_merge.verify import verify
from older_warehouses import downgrade_to_3
from pipeline_endpoint import QUIET
from story import START, id_of

pytestmark = pytest.mark.long


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "contacts.csv").write_text(f"id,phone\n{id_of('a')},\n{id_of('b')},2\n")
    (tmp_path / "merge_requests.csv").write_text(
        f'request_id,primary_id,duplicate_ids,requested_at\nr1,{id_of("a")},"[""{id_of("b")}""]",2026-03-01\n'
    )
    run_on(tmp_path)
    return tmp_path


def run_on(folder: Path, *, dry_run: bool = False) -> None:
    run(
        folder, folder / "out", warehouse=None, dry_run=dry_run, as_of=START, settings=Settings(), progress=QUIET
    )  # fmt: skip


def asked(folder: Path, question: str) -> list[tuple]:
    with duckdb.connect(str(folder / "out/warehouse.duckdb")) as con:
        return con.execute(question).fetchall()


NOW, NEXT = schema.VERSION, schema.VERSION + 1


def next_version(
    monkeypatch: pytest.MonkeyPatch, step: Callable[[duckdb.DuckDBPyConnection], object]
) -> None:
    monkeypatch.setattr(schema, "VERSION", NEXT)
    monkeypatch.setitem(schema.UPGRADES, NOW, step)


def add_a_column(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("alter table ledger.batches add column extra varchar")


def test_an_older_warehouse_is_brought_up_to_date_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    next_version(monkeypatch, add_a_column)
    run_on(folder)
    run_on(folder)
    assert asked(folder, "select version from ledger.warehouse") == [(NEXT,)]
    assert asked(folder, "select extra from ledger.batches") == [(None,)]


def test_an_upgrade_that_fails_leaves_the_warehouse_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(con: duckdb.DuckDBPyConnection) -> None:
        add_a_column(con)
        raise ZeroDivisionError

    next_version(monkeypatch, fail)
    with pytest.raises(ZeroDivisionError):
        run_on(folder)
    assert asked(folder, "select version from ledger.warehouse") == [(NOW,)]
    with pytest.raises(duckdb.BinderException):
        asked(folder, "select extra from ledger.batches")


def test_a_dry_run_brings_only_its_copy_up_to_date(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    next_version(monkeypatch, add_a_column)
    before = (folder / "out/warehouse.duckdb").read_bytes()
    run_on(folder, dry_run=True)
    assert (folder / "out/warehouse.duckdb").read_bytes() == before


def test_the_ledger_of_version_3_goes_on_with_its_chain_of_digests(folder: Path) -> None:
    """What it sealed stays sealed."""
    downgrade_to_3(folder / "out/warehouse.duckdb")
    (folder / "contacts.csv").write_text(f"id,phone\n{id_of('c')},\n")
    run(
        folder, folder / "out",
        warehouse=None, dry_run=False, as_of=START, settings=Settings(), progress=QUIET, allow=["deleted"],
    )  # fmt: skip
    assert asked(folder, "select allowed from ledger.batches order by batch_no") == [(None,), (["deleted"],)]
    assert asked(folder, "select contact_id from ledger.deletions") == [(id_of("a"),)]
    results = verify(folder / "out/warehouse.duckdb", folder / "out", Settings())
    assert [check.name for check in results if check.violations] == []


def test_a_pointer_to_itself_in_the_ledger_of_version_3_retires_nobody(folder: Path) -> None:
    """That version recorded such a pointer; where an export has lost its contact, no load can empty it any more."""
    lost = id_of("c")
    asked(
        folder,
        "insert into ledger.imports (batch_no, contact_key, contact_id, target_key, target_id, imported_at) "
        f"values (1, '{lost}', '{lost}', '{lost}', '{lost}', timestamptz '{START.isoformat()}')",
    )
    downgrade_to_3(folder / "out/warehouse.duckdb")
    (folder / "merge_requests.csv").write_text(
        f'request_id,primary_id,duplicate_ids,requested_at\nr2,{id_of("a")},"[""{lost}""]",2026-03-02\n'
    )
    run_on(folder)
    assert asked(folder, "select retired_id from merged.contact_redirects") == [(id_of("b"),)]
    assert asked(folder, "select status from merged.merge_responses where request_id = 'r2'") == [(404,)]
    results = verify(folder / "out/warehouse.duckdb", folder / "out", Settings())
    # the row above was put into a sealed batch by hand
    assert [check.name for check in results if check.violations] == ["ledger_appended"]


def test_a_newer_warehouse_is_refused_and_stays_as_it_was(folder: Path) -> None:
    asked(folder, "update ledger.warehouse set version = 99")
    warehouse, output = folder / "out/warehouse.duckdb", folder / "out"
    before = warehouse.read_bytes()
    with pytest.raises(WarehouseError, match=f"version 99, this program knows up to {NOW}"):
        run_on(folder)
    with pytest.raises(WarehouseError, match="version 99"):
        undo(
            warehouse, output, ["r1"],
            dry_run=False, as_of=None, settings=Settings(), progress=QUIET,
        )  # fmt: skip
    with pytest.raises(WarehouseError, match="version 99"):
        rebuild(warehouse, output, settings=Settings(), events=False, progress=QUIET)
    assert warehouse.read_bytes() == before


# ------------------------------------------------------------------------------------------------------- version 4

WITH_VERSION_4 = Path(__file__).parent / "version-4.tar.xz"
"""The output folder that the code of commit 5512917, the last of version 4, left; without the merged tables.

- Batch 1 merges b into a (r1), d and e into c by an overwrite (r2), c into a (r3), m into l (r7). A pointer retires g into f.
- Batch 2 is a newer export, and merges i into h (r6). It edits a and c, lacks b and f, and has a pointer from l to m.
- Batch 3 undoes r6.
"""


def contact(letter: str, **columns: Any) -> dict[str, Any]:
    row = {"id": id_of(letter), "first_name": letter, "phone": None, "score": None, "custom_fields": None}
    return row | {"merged_into_id": None, "updated_at": "2026-01-01T00:00:00Z"} | columns


@pytest.fixture
def version_4(tmp_path: Path) -> Path:
    """A folder with that output, and with an export in which scores have decimals."""
    shutil.unpack_archive(WITH_VERSION_4, tmp_path)
    contacts = [
        contact("a", first_name="Ada", phone="1", custom_fields='{"size": 1.10}'),
        contact("c", first_name="Cy", phone="3", score=8.5),
        contact("d", first_name="Dee", phone="4"),
        contact("e", first_name="Eve", score=8),
        contact("g", first_name="Gus", merged_into_id=id_of("f")),
        contact("h", first_name="Hal", id=id_of("h").upper()),
        contact("i", first_name="Ivy", phone="9"),
        contact("j", first_name="Joe"),
        contact("k", first_name="Kim", phone="11"),
        contact("l", first_name="Lou", merged_into_id=id_of("m")),
        contact("m", first_name="Moe", phone="13"),
    ]
    request = {"request_id": "r8", "primary_id": id_of("j"), "duplicate_ids": [id_of("k")]}
    for name, rows in (
        ("contacts", contacts),
        ("merge_requests", [request | {"requested_at": START.isoformat()}]),
    ):
        (tmp_path / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return tmp_path


def run_later(folder: Path) -> None:
    run(
        folder, folder / "out",
        warehouse=None, dry_run=False, as_of=START + timedelta(days=1), settings=Settings(), progress=QUIET,
    )  # fmt: skip


def faults(folder: Path) -> dict[str, list[str]]:
    results = verify(folder / "out/warehouse.duckdb", folder / "out", Settings())
    return {check.name: check.samples for check in results if not check.passed}


def names_of(folder: Path, schema_name: str) -> set[str]:
    return {
        name
        for (name,) in asked(
            folder,
            "select table_name from information_schema.tables "
            f"where table_schema = '{schema_name}' and table_catalog = 'warehouse'",
        )
    }


def test_the_first_run_renames_or_drops_the_tables_of_version_4(version_4: Path) -> None:
    versions = asked(version_4, "select * exclude (score) from ledger.seen order by all")
    sealed = asked(
        version_4, "select batch_no, digest, previous_digest from ledger.batches order by batch_no"
    )
    digests = asked(version_4, "select * from ledger.digests order by all")
    spellings = asked(version_4, "from fold.spellings")
    run_later(version_4)
    assert asked(version_4, "select version from ledger.warehouse") == [(NOW,)]
    assert names_of(version_4, "ledger") & {"seen", "contact_versions"} == {"contact_versions"}
    assert names_of(version_4, "fold") == {*schema.FOLDED, "survivors", "child_targets"}
    kept = "select * exclude (score) from ledger.contact_versions where _cm_batch < 4 order by all"
    assert asked(version_4, kept) == versions
    batches = (
        "select batch_no, digest, previous_digest from ledger.batches where batch_no < 4 order by batch_no"
    )
    assert asked(version_4, batches) == sealed
    assert asked(version_4, "select * from ledger.digests where batch_no < 4 order by all") == digests
    assert asked(version_4, "from fold.id_spellings") == spellings


def test_a_warehouse_of_version_4_stays_sound(version_4: Path) -> None:
    run_later(version_4)
    assert faults(version_4) == {}
    rows = "select id, phone, score, custom_fields from merged.contacts where first_name in ('Ada', 'Lou') order by id"
    assert asked(version_4, rows) == [
        (id_of("a"), "1", 5.0, '{"size":1.10,"vip":true}'),
        (id_of("l"), "13", None, None),
    ]
    sealed = "select distinct table_name from ledger.digests where batch_no {} and table_name in ('seen', 'contact_versions')"
    assert asked(version_4, sealed.format("< 4")) == [("seen",)]
    assert asked(version_4, sealed.format("= 4")) == [("contact_versions",)]


def test_rebuild_brings_a_warehouse_of_version_4_up_to_date(version_4: Path) -> None:
    rebuild(
        version_4 / "out/warehouse.duckdb",
        version_4 / "out",
        settings=Settings(),
        events=True,
        progress=QUIET,
    )
    assert asked(version_4, "select version from ledger.warehouse") == [(NOW,)]
    assert faults(version_4) == {}


def test_undo_asks_for_a_run_on_a_warehouse_of_version_4(version_4: Path) -> None:
    with pytest.raises(WarehouseError, match="`contact-merge run` brings it up to date"):
        undo(
            version_4 / "out/warehouse.duckdb", version_4 / "out", ["r2"],
            dry_run=False, as_of=None, settings=Settings(), progress=QUIET,
        )  # fmt: skip


def test_a_merge_of_version_4_is_undone(version_4: Path) -> None:
    run_later(version_4)
    undone = undo(
        version_4 / "out/warehouse.duckdb", version_4 / "out", ["r2", "r1"],
        dry_run=False, as_of=START + timedelta(days=2), settings=Settings(), progress=QUIET,
    )  # fmt: skip
    assert sorted(undone.restored) == [id_of("d"), id_of("e"), f"{{{id_of('b').upper()}}}"]
    rows = "select first_name, phone, score from merged.contacts where first_name in ('Ada', 'Bob', 'Dee', 'Eve') order by 1"
    assert asked(version_4, rows) == [
        ("Ada", "1", 7.0), ("Bob", "2", 5.0), ("Dee", "4", None), ("Eve", None, 8.0),
    ]  # fmt: skip
    assert faults(version_4) == {}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("update ledger.contact_versions set phone = 'x' where _cm_batch = 1 and phone = '2'", 7),
        ("update ledger.contact_versions set score = 5.5 where _cm_batch = 1 and score = 5", 7),
        ("delete from ledger.contact_versions where _cm_batch = 1 and phone = '4'", 6),
    ],
)
def test_a_change_in_what_version_4_sealed_is_found(version_4: Path, change: str, found: int) -> None:
    run_later(version_4)
    asked(version_4, change)
    assert faults(version_4)["ledger_appended"] == [
        f"batch_no 1, table_name contact_versions, rows_sealed 7, rows_found {found}, fault holds other rows than were sealed"
    ]


def test_a_row_added_to_what_version_4_sealed_is_found(version_4: Path) -> None:
    run_later(version_4)
    asked(version_4, f"insert into ledger.contact_versions (_cm_key, _cm_batch) values ('{id_of('q')}', 3)")
    assert faults(version_4)["ledger_appended"] == [
        "batch_no 3, table_name contact_versions, rows_sealed 0, rows_found 1, fault holds other rows than were sealed"
    ]


# ------------------------------------------------------------------------------------------------------- version 5

WITH_VERSION_5 = Path(__file__).parent / "version-5.tar.xz"
"""The output folder that the code of commit 593999a, the last of version 5, left; without the merged tables.

- Batch 1 merges b into a (r1), d into c (r2), e into h (r3). A pointer retires g into f. Contacts have a column `nick`.
- An export that is no batch lacks b, d and `nick`, and has a score with decimals.
- Batch 2 is an export in which scores are whole numbers again, and merges q into f (r4).
- Batch 3 undoes r1: b comes back, which the export lacks.
"""


@pytest.fixture
def version_5(tmp_path: Path) -> Path:
    """A folder with that output, and an input folder in it without a table."""
    shutil.unpack_archive(WITH_VERSION_5, tmp_path)
    return tmp_path


def rows_of(folder: Path, *tables: str) -> dict[str, list[tuple]]:
    """Their rows, without columns of ours, and without what batches record since version 8."""
    named = "not starts_with(c, '_cm_') and c not in ('settings', 'event')"
    return {
        table: asked(folder, f"select columns(lambda c: {named}) from {table} order by all")
        for table in tables
    }


def run_empty(folder: Path) -> None:
    """A run without any table: it brings the warehouse up to date."""
    (folder / "empty").mkdir()
    run(
        folder / "empty", folder / "out",
        warehouse=None, dry_run=False, as_of=START, settings=Settings(), progress=QUIET,
    )  # fmt: skip


def test_the_first_run_shows_what_version_5_loaded_by_views(version_5: Path) -> None:
    tables = (
        "raw.contacts",
        "raw.notes",
        "merged.contacts",
        "merged.notes",
        "merged.list_memberships",
        "merged.contact_redirects",
    )
    before = rows_of(version_5, *tables, "ledger.batches", "ledger.digests", "ledger.contact_versions")
    run_empty(version_5)
    assert rows_of(version_5, *before) == before
    assert asked(version_5, "select version, restored_since from ledger.warehouse") == [(NOW, None)]
    views = "select view_name from duckdb_views() where schema_name = 'raw' order by all"
    shown = ["_cm_entity", *sorted(make_catalog(Settings()).data_tables)]
    assert [name for (name,) in asked(version_5, views)] == shown
    recorded = "select distinct settings, event from ledger.batches"
    assert asked(version_5, recorded) == [(None, "contact")]
    assert len(before["raw.contacts"]) == len(asked(version_5, 'from raw."_cm_loaded_contacts"')) == 9
    assert faults(version_5) == {}


def test_a_contact_that_version_5_brought_back_stays_until_a_full_export(version_5: Path) -> None:
    """One that comes back later stands in the ledger."""
    run_empty(version_5)
    undone = undo(
        version_5 / "out/warehouse.duckdb", version_5 / "out", ["r2"],
        dry_run=False, as_of=START, settings=Settings(), progress=QUIET,
    )  # fmt: skip
    assert undone.restored == [id_of("d")]
    live = "select first_name, score from merged.contacts where first_name in ('Bob', 'Dee') order by 1"
    assert asked(version_5, live) == [("Bob", 5.0), ("Dee", None)]
    assert asked(version_5, "select batch_no, contact_key::varchar from ledger.restored") == [(4, id_of("d"))]
    assert faults(version_5) == {}
    (version_5 / "contacts.jsonl").write_text(f"{json.dumps(contact('a', score=1))}\n")
    run(
        version_5, version_5 / "out",
        warehouse=None, dry_run=False, as_of=START, settings=Settings(), progress=QUIET, allow=["deleted"],
    )  # fmt: skip
    assert asked(version_5, live) == []
    lost = "select contact_id from ledger.deletions where batch_no = 5"
    deleted = {contact_id for (contact_id,) in asked(version_5, lost)}
    assert {id_of("d"), f"{{{id_of('b').upper()}}}"} <= deleted
    assert faults(version_5) == {}


# ------------------------------------------------------------------------------------------------------- version 6

WITH_VERSION_6 = Path(__file__).parent / "version-6.tar.xz"
"""The output folder of version 5 after a run without tables by the code of commit cde9f97, the last of version 6."""


def test_an_export_after_version_6_is_kept_as_a_snapshot(tmp_path: Path) -> None:
    shutil.unpack_archive(WITH_VERSION_6, tmp_path)
    tables = ("merged.contacts", "merged.contact_redirects", "ledger.requests", "ledger.digests")
    (tmp_path / "export").mkdir()
    for table in ("contacts", "notes"):
        asked(tmp_path, f"copy (select columns(lambda c: not starts_with(c, '_cm_')) from raw.{table}) "
            f"to '{tmp_path}/export/{table}.parquet'")  # fmt: skip
    before = rows_of(tmp_path, *tables)
    run(
        tmp_path / "export", tmp_path / "out",
        warehouse=None, dry_run=False, as_of=START, settings=Settings(), progress=QUIET,
    )  # fmt: skip
    assert rows_of(tmp_path, *before) == before
    assert asked(tmp_path, "select version from ledger.warehouse") == [(NOW,)]
    snapshots = "select table_name from raw._cm_snapshots"
    assert asked(tmp_path, snapshots) == [("notes",)]  # some ids of contacts are not spelled as UUIDs are
    assert faults(tmp_path) == {}
