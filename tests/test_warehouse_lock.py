"""The lock of a warehouse's file, which a process gives up as soon as it closes any handle of that file."""

import subprocess
import sys
from pathlib import Path

import duckdb
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
