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
from contact_merge.samples import make_samples
from contact_merge.settings import Settings
from contact_merge.warehouse import open_warehouse, written_down_meanwhile

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
        with written_down_meanwhile(con):
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


def test_a_disk_that_fails_meanwhile_is_told_and_nothing_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commit's own call would not be told again of an error that this one was told of."""

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
