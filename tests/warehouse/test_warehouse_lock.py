"""A warehouse's file while it is written down: its lock, which a process gives up as soon as it closes any handle of that
file, and a disk that fails.
"""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from contact_merge import cli
from contact_merge.engine import transaction
from contact_merge.publish.folder import hold_output
from contact_merge.samples import make_samples
from contact_merge.settings import Settings
from contact_merge.warehouse import open_warehouse, sync_meanwhile

_TRY = "import duckdb, sys; duckdb.connect(sys.argv[1]).close()"


def _opens_elsewhere(path: Path) -> bool:
    tried = subprocess.run([sys.executable, "-c", _TRY, str(path)], check=False, capture_output=True)
    return tried.returncode == 0


def _fill(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create table filled as select range as n from range(1_000_000)")


def test_the_lock_stays_while_the_file_is_written_down_and_after(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with open_warehouse(path, Settings()) as con:
        _fill(con)
        with sync_meanwhile(con):
            assert not _opens_elsewhere(path)
        assert not _opens_elsewhere(path)
    assert _opens_elsewhere(path)


def test_this_would_notice_a_handle_that_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with open_warehouse(path, Settings()) as con:
        _fill(con)
        with path.open("rb"):
            pass
        assert _opens_elsewhere(path)


def test_what_another_warehouse_spills_and_makes_is_left_alone(tmp_path: Path) -> None:
    """One whose name begins with ours; what a killed process left of ours is removed."""
    token = "0123456789abcdef"
    others = [tmp_path / f"w.duckdb.bak.{token}.tmp", tmp_path / f".w.duckdb.bak.{token}.new"]
    ours = [tmp_path / f"w.duckdb.{token}.tmp", tmp_path / f".w.duckdb.{token}.new"]
    for folder, file in (others, ours):
        folder.mkdir()
        file.touch()
    with open_warehouse(tmp_path / "w.duckdb", Settings()):
        assert [path.exists() for path in (*others, *ours)] == [True, True, False, False]


def test_one_who_is_stopped_while_it_waits_for_a_folder_leaves_the_lock_of_its_holder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with hold_output(tmp_path):
        lock = {path.name: path.stat().st_ino for path in tmp_path.iterdir()}
        monkeypatch.setattr("fcntl.flock", stopped)
        with pytest.raises(KeyboardInterrupt), hold_output(tmp_path):
            pass
        assert {path.name: path.stat().st_ino for path in tmp_path.iterdir()} == lock != {}


@pytest.mark.long
def test_no_join_loses_rows_to_filters_that_another_hands_down(tmp_path: Path) -> None:
    """DuckDB 2.0.0 lost one of the two rows in one of ten times (duckdb/duckdb#22075); 2.0.1, which is required, must not."""
    query = """
        with newest as (
            select imports.*, row_number() over (partition by imports.contact order by imports.batch_no desc) as newest
            from imports inner join named on named.contact = imports.contact
        )
        select newest.batch_no, contacts.n as d, targets.n as t from newest
        inner join named as contacts on contacts.contact = newest.contact
        inner join named as targets on targets.contact = newest.target
        anti join merges on merges.d = contacts.n
        where newest.newest = 1
        order by newest.batch_no, contacts.n
    """
    key = "md5('{}')::uuid"
    with open_warehouse(tmp_path / "w.duckdb", Settings()) as con:
        con.execute("create table imports (batch_no bigint, contact uuid, target uuid)")
        for contact, target in ("ax", "by", "cz"):
            con.execute(f"insert into imports values (1, {key.format(contact)}, {key.format(target)})")
    with open_warehouse(tmp_path / "w.duckdb", Settings()) as con, transaction(con):
        con.execute(f"insert into imports values (2, {key.format('d')}, {key.format('z')})")
        con.execute("create temp table merges (d bigint)")
        con.execute(
            "create temp table named as select row_number() over (order by contact) - 1 as n, contact "
            f"from (values ({key.format('c')}), ({key.format('d')}), ({key.format('z')})) as named(contact)"
        )
        assert {len(con.execute(query).fetchall()) for _ in range(300)} == {2}


def test_one_that_is_made_is_not_missed_where_another_process_took_it_for_a_leftover(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two first runs at once: the one that holds the warehouse sweeps away what the other was about to put there."""
    path = tmp_path / "warehouse.duckdb"
    link = os.link

    def swept(made: Path, place: Path) -> None:
        monkeypatch.setattr(os, "link", link)
        made.unlink()
        link(made, place)

    monkeypatch.setattr(os, "link", swept)
    with open_warehouse(path, Settings()) as con:
        _fill(con)
    assert [left.name for left in tmp_path.iterdir()] == [path.name]


@pytest.mark.long
def test_a_disk_that_fails_meanwhile_is_reported_and_nothing_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commit's own call would not get an error again that this one got."""

    def fail(_handle: int) -> None:
        raise OSError(5, "Input/output error")

    make_samples(tmp_path / "in")
    arguments = ["run", "--input", str(tmp_path / "in"), "--output", str(tmp_path / "out")]
    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", fail)
        assert cli.main(arguments) == 2
    assert "cannot be written down to the disk: Input/output error" in capsys.readouterr().err
    assert not (tmp_path / "out").exists() or not any((tmp_path / "out").rglob("*.parquet"))
    assert cli.main([*arguments, "--json"]) == 1
    assert '"batch_id": "000001"' in capsys.readouterr().out


def test_a_link_to_where_no_warehouse_is_yet_makes_it_there(tmp_path: Path) -> None:
    path, place = tmp_path / "warehouse.duckdb", tmp_path / "elsewhere.duckdb"
    path.symlink_to(place)
    with open_warehouse(path, Settings()) as con:
        _fill(con)
    assert place.is_file()
    assert path.is_symlink()
