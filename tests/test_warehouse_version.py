"""A warehouse has a version: an older one is brought up to date in a transaction, a newer one is refused."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from contact_merge import schema
from contact_merge.errors import WarehouseError
from contact_merge.pipeline import run
from contact_merge.settings import Settings
from contact_merge.undo import rebuild, undo
from contact_merge.verify import verify
from pipeline_endpoint import QUIET
from story import START, id_of


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
    """It had no guards and no deletions; what it sealed stays sealed."""
    asked(folder, "alter table ledger.batches drop column allowed")
    asked(folder, "drop table ledger.deletions")
    asked(folder, "update ledger.warehouse set version = 3")
    (folder / "contacts.csv").write_text(f"id,phone\n{id_of('c')},\n")
    run(
        folder, folder / "out",
        warehouse=None, dry_run=False, as_of=START, settings=Settings(), progress=QUIET, allow=["deleted"],
    )  # fmt: skip
    assert asked(folder, "select allowed from ledger.batches order by batch_no") == [(None,), (["deleted"],)]
    assert asked(folder, "select contact_id from ledger.deletions") == [(id_of("a"),)]
    results = verify(folder / "out/warehouse.duckdb", folder / "out", Settings())
    assert [check.name for check in results if check.offending] == []


def test_a_pointer_to_itself_in_the_ledger_of_version_3_retires_nobody(folder: Path) -> None:
    """That version recorded such a pointer; where an export has lost its contact, no load can empty it any more."""
    lost = id_of("c")
    asked(
        folder,
        "insert into ledger.imports (batch_no, contact_key, contact_id, target_key, target_id, imported_at) "
        f"values (1, '{lost}', '{lost}', '{lost}', '{lost}', timestamptz '{START.isoformat()}')",
    )
    asked(folder, "alter table ledger.batches drop column allowed")
    asked(folder, "drop table ledger.deletions")
    asked(folder, "update ledger.warehouse set version = 3")
    (folder / "merge_requests.csv").write_text(
        f'request_id,primary_id,duplicate_ids,requested_at\nr2,{id_of("a")},"[""{lost}""]",2026-03-02\n'
    )
    run_on(folder)
    assert asked(folder, "select retired_id from merged.contact_redirects") == [(id_of("b"),)]
    assert asked(folder, "select status from merged.merge_responses where request_id = 'r2'") == [(404,)]
    results = verify(folder / "out/warehouse.duckdb", folder / "out", Settings())
    # the row above was put into a sealed batch by hand
    assert [check.name for check in results if check.offending] == ["ledger_appended"]


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
