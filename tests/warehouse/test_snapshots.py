"""The files beside a warehouse, over whole runs: just those that it records, wherever it is, and nobody else's business."""

import fcntl
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge import cli
from contact_merge.console import Progress
from contact_merge.errors import ContactMergeError, GuardError, InputError, WarehouseError
from contact_merge.pipeline import run, undo
from contact_merge.settings import Settings
from contact_merge.snapshots import folder_beside, hold_snapshots
from contact_merge.verify import verify
from contact_merge.warehouse import open_warehouse
from pipeline_endpoint import QUIET, read_outputs
from story import START, id_of

pytestmark = pytest.mark.long
Files = dict[str, tuple[int, str]]
DATA = ("contacts", "list_memberships", "notes")


def write(folder: Path, name: str, rows: Mapping[str, Any]) -> None:
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.table(dict(rows)), folder / f"{name}.parquet")


def write_export(folder: Path, people: str, name: str = "n") -> None:
    """An export of these contacts, each with a note and on one list."""
    keys = [id_of(letter) for letter in people]
    write(folder, "contacts", {"id": keys, "name": [f"{name} {letter}" for letter in people]})
    write(folder, "notes", {"id": [key.replace("a", "0") for key in keys], "contact_id": keys, "body": keys})
    write(
        folder,
        "list_memberships",
        {"list_id": ["L"] * len(keys), "contact_id": keys, "added_by": [name] * len(keys)},
    )


def write_request(folder: Path, request_id: str, primary: str, duplicate: str) -> None:
    request = {"request_id": request_id, "primary_id": id_of(primary), "duplicate_ids": [id_of(duplicate)]}
    pq.write_table(
        pa.Table.from_pylist([request | {"requested_at": START}]), folder / "merge_requests.parquet"
    )


def merge(folder: Path, output: Path, *, dry_run: bool = False, allow: Any = (), **settings: Any) -> None:
    run(
        folder, output, allow=allow,
        warehouse=None, dry_run=dry_run, as_of=START, settings=Settings(**settings), progress=QUIET,
    )  # fmt: skip


def files(output: Path) -> Files:
    """The files beside the warehouse, by their names there: size and digest."""
    folder = folder_beside(output / "warehouse.duckdb")
    return {
        str(path.relative_to(folder)): (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in folder.rglob("*")
        if path.is_file()
    }


def recorded(output: Path) -> Files:
    with duckdb.connect(str(output / "warehouse.duckdb"), read_only=True) as con:
        rows = con.execute("select file, bytes, sha256 from raw._cm_snapshots").fetchall()
    return {file: (size, digest) for file, size, digest in rows}


def kinds(found: Files) -> list[str]:
    return sorted(file.split("/")[0] for file in found)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An export of a, b and c, with a request to merge b into a."""
    folder = tmp_path / "in"
    write_export(folder, "abc")
    write_request(folder, "r1", "a", "b")
    return folder


@pytest.fixture
def output(folder: Path, tmp_path: Path) -> Path:
    """What a run on it made."""
    merge(folder, tmp_path / "out")
    return tmp_path / "out"


def test_a_refused_run_leaves_no_folder_either(tmp_path: Path) -> None:
    given, output = tmp_path / "in", tmp_path / "out"
    given.mkdir()
    (given / "contacts.csv").write_text(f"id\n{id_of('a')}\n", encoding="utf-8")
    merge(given, output)
    before = sorted(output.rglob("*"))
    (given / "contacts.csv").unlink()
    write_export(given, "ab")
    (given / "tasks.csv").write_text("no\n1\n", encoding="utf-8")
    with pytest.raises(InputError, match="needs a column 'id'"):
        merge(given, output)
    assert sorted(output.rglob("*")) == before


def test_after_a_run_just_the_recorded_files_are_there(folder: Path, output: Path) -> None:
    assert kinds(files(output)) == list(DATA)
    assert files(output) == recorded(output)
    digests = {hashlib.sha256((folder / f"{name}.parquet").read_bytes()).hexdigest() for name in DATA}
    assert {digest for _, digest in files(output).values()} == digests


def test_a_new_export_replaces_the_files_of_its_tables_and_no_others(folder: Path, output: Path) -> None:
    before = files(output)
    (folder / "notes.parquet").unlink()
    write_export(folder, "abcd", "new")
    (folder / "notes.parquet").unlink()
    merge(folder, output)
    after = files(output)
    assert after == recorded(output)
    assert kinds(after) == list(DATA)
    assert {file for file in before if file in after} == {file for file in before if "notes/" in file}


def test_a_run_on_the_same_export_leaves_its_files_and_merges(folder: Path, output: Path) -> None:
    before = files(output)
    write_request(folder, "r2", "a", "c")
    merge(folder, output)
    assert files(output) == recorded(output) == before
    assert [row["id"] for row in pq.read_table(output / "merged/contacts.parquet").to_pylist()] == [
        id_of("a")
    ]


def test_the_same_export_takes_the_place_of_a_damaged_snapshot(folder: Path, output: Path) -> None:
    (notes,) = (folder_beside(output / "warehouse.duckdb") / "notes").iterdir()
    data = notes.read_bytes()
    notes.write_bytes(data[:50] + bytes([data[50] ^ 1]) + data[51:])
    merge(folder, output)
    assert not notes.exists()
    assert files(output) == recorded(output)


def test_the_same_export_is_read_again_where_other_columns_hold_objects(
    folder: Path, output: Path, tmp_path: Path
) -> None:
    merge(folder, output, json_fields=("name",))
    assert kinds(files(output)) == ["list_memberships", "notes"], (
        "no name is an object, so contacts have rejects"
    )
    merge(folder, tmp_path / "other", json_fields=("name",))
    assert read_outputs(output) == read_outputs(tmp_path / "other")


def test_the_same_export_deletes_what_an_undo_brought_back(folder: Path, output: Path) -> None:
    """b is no longer exported when its merge is undone: it is back until an export without it comes again."""
    write_export(folder, "ac")
    (folder / "merge_requests.parquet").unlink()
    merge(folder, output)
    before = files(output)
    undo(
        output / "warehouse.duckdb",
        output,
        ["r1"],
        dry_run=False,
        as_of=START,
        settings=Settings(),
        progress=QUIET,
    )
    live = pq.read_table(output / "merged/contacts.parquet").column("id").to_pylist()
    assert live == [id_of("a"), id_of("c"), id_of("b")]
    merge(folder, output)
    live = pq.read_table(output / "merged/contacts.parquet").column("id").to_pylist()
    assert live == [id_of("a"), id_of("c")]
    assert {name for name in files(output) if name in before} == {
        name for name in before if "contacts/" not in name
    }


@pytest.mark.parametrize("command", ["run", "undo", "rebuild"])
def test_a_file_that_nobody_recorded_is_removed_by_the_next_command(
    folder: Path, output: Path, command: str
) -> None:
    before = files(output)
    beside = folder_beside(output / "warehouse.duckdb")
    for name in ("contacts/0123456789abcdef.parquet", "gone/0123456789abcdef.parquet"):
        (beside / name).parent.mkdir(exist_ok=True)
        (beside / name).write_bytes(b"of a run that was killed")
    for path in folder.iterdir():
        path.unlink()
    given = {"run": ["--input", str(folder)], "undo": ["r1"], "rebuild": []}[command]
    assert cli.main([command, *given, "--output", str(output), "--quiet"]) == 0
    assert files(output) == recorded(output) == before


def break_notes(folder: Path) -> type[ContactMergeError]:
    """The second table that is read cannot be."""
    (folder / "notes.parquet").write_bytes(b"PAR1 and no more")
    return InputError


def lack_a_column(folder: Path) -> type[ContactMergeError]:
    write(folder, "list_memberships", {"list_id": ["L"]})
    return InputError


def set_off_a_guard(folder: Path) -> type[ContactMergeError]:
    """Most of the contacts of before are gone."""
    write(folder, "contacts", {"id": [id_of("a")]})
    return GuardError


@pytest.mark.parametrize("fail", [break_notes, lack_a_column, set_off_a_guard])
def test_a_run_that_fails_leaves_the_files_as_they_were(tmp_path: Path, fail: Any) -> None:
    folder, output = tmp_path / "in", tmp_path / "out"
    people = "".join(chr(n) for n in range(ord("A"), ord("A") + 60))
    write_export(folder, people)
    merge(folder, output)
    before, outputs = files(output), read_outputs(output)
    write_export(folder, people, "new")
    with pytest.raises(fail(folder)):
        merge(folder, output)
    assert files(output) == recorded(output) == before
    assert read_outputs(output) == outputs
    write_export(folder, people, "newer")
    merge(folder, output)
    assert files(output) == recorded(output)
    assert not files(output).keys() & before.keys()


@pytest.mark.parametrize("export", ["full", "none"])
@pytest.mark.parametrize("fail", [break_notes, lack_a_column])
def test_a_new_warehouse_whose_first_run_fails_leaves_no_folder(
    folder: Path, tmp_path: Path, fail: Any, export: Any
) -> None:
    with pytest.raises(fail(folder)):
        merge(folder, tmp_path / "out", export=export)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_snapshots_of_a_warehouse_that_is_not_there_are_left_alone(folder: Path, tmp_path: Path) -> None:
    """It was moved away for now, say, without them."""
    kept = tmp_path / "out/warehouse.duckdb.raw/contacts/0123456789abcdef.parquet"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"a backup's")
    with pytest.raises(WarehouseError, match="the snapshots of a warehouse that is not here"):
        merge(folder, tmp_path / "out")
    assert kept.read_bytes() == b"a backup's"


# ---------------------------------------------------------------- dry runs


def beside(output: Path) -> dict[str, tuple[int, int]]:
    """All files of an output folder but previews: size and time of the last change."""
    return {
        str(path.relative_to(output)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in output.rglob("*")
        if path.is_file() and path.relative_to(output).parts[0] not in {"preview", ".lock"}
    }


@pytest.mark.parametrize("new_export", [True, False])
def test_a_dry_run_changes_nothing_and_shows_what_a_run_makes(
    folder: Path, output: Path, new_export: bool
) -> None:
    for path in folder.iterdir():
        path.unlink()
    if new_export:
        write_export(folder, "abcd", "new")
    write_request(folder, "r2", "a", "c")
    before = beside(output)
    assert len(before) > 10
    merge(folder, output, dry_run=True)
    assert beside(output) == before
    assert not [path for path in output.iterdir() if path.name.startswith(".preview")]
    shown = read_outputs(output / "preview")
    merge(folder, output)
    made = read_outputs(output)
    assert {name: made[name] for name in DATA} == {name: shown[name] for name in DATA}
    assert [row["id"] for row in made["contacts"]] == [id_of(x) for x in ("ad" if new_export else "a")]


def test_a_dry_run_that_is_the_first_leaves_no_warehouse(folder: Path, tmp_path: Path) -> None:
    merge(folder, tmp_path / "out", dry_run=True)
    assert [path.name for path in (tmp_path / "out").iterdir() if path.name != ".lock"] == ["preview"]
    assert len(read_outputs(tmp_path / "out/preview")["contacts"]) == 2


def test_a_dry_run_of_an_undo_changes_nothing(output: Path) -> None:
    before = beside(output)
    undo(
        output / "warehouse.duckdb", output, ["r1"],
        dry_run=True, as_of=START, settings=Settings(), progress=QUIET,
    )  # fmt: skip
    assert beside(output) == before
    assert len(read_outputs(output / "preview")["contacts"]) == 3


def test_while_somebody_reads_the_snapshots_none_is_removed(folder: Path, output: Path) -> None:
    before = files(output)
    write_export(folder, "abcd", "new")
    with hold_snapshots(output / "warehouse.duckdb"):
        merge(folder, output)
        assert before.items() <= files(output).items()
        assert files(output) == {**before, **recorded(output)}
        assert len(files(output)) == 6
    merge(folder, output)
    assert files(output) == recorded(output)
    assert len(files(output)) == 3


class Watch(Progress):
    """Notes at each step whether the snapshots of a warehouse are held."""

    def __init__(self, warehouse: Path) -> None:
        super().__init__(quiet=True)
        self.folder, self.held = folder_beside(warehouse), list[bool]()

    def step(self, *given: Any) -> None:
        super().step(*given)
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.held.append(False)
        except BlockingIOError:
            self.held.append(True)
        finally:
            os.close(handle)


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_dry_run_holds_the_snapshots_and_a_run_does_not(folder: Path, output: Path, dry_run: bool) -> None:
    watch = Watch(output / "warehouse.duckdb")
    run(
        folder, output,
        warehouse=None, dry_run=dry_run, as_of=START, settings=Settings(), progress=watch,
    )  # fmt: skip
    assert set(watch.held) == {dry_run}


@pytest.mark.parametrize("tables", [("contacts",), ("contacts", "notes")])
def test_files_that_are_no_snapshots_leave_no_folder(
    folder: Path, tmp_path: Path, tables: tuple[str, ...]
) -> None:
    for path in folder.iterdir():
        if path.stem not in tables:
            path.unlink()
    write(folder, "contacts", {"id": [id_of("a").upper(), id_of("b")]})
    merge(folder, tmp_path / "out")
    found = sorted(path.name for path in (tmp_path / "out").glob("warehouse.duckdb.raw/*"))
    assert found == [name for name in tables if name != "contacts"]
    assert (tmp_path / "out/warehouse.duckdb.raw").exists() == bool(found)


def test_who_holds_the_snapshots_of_no_warehouse_makes_no_folder(tmp_path: Path) -> None:
    with hold_snapshots(tmp_path / "warehouse.duckdb"):
        pass
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- elsewhere


@pytest.fixture
def moved(folder: Path, output: Path, tmp_path: Path) -> Path:
    """The outputs with the warehouse and its snapshots, moved elsewhere."""
    place = tmp_path / "another place" / "[new]*"
    place.parent.mkdir()
    shutil.move(output, place)
    assert not output.exists()
    return place


def test_a_warehouse_that_was_moved_reads_its_snapshots(moved: Path) -> None:
    with open_warehouse(moved / "warehouse.duckdb", Settings(), read_only=True) as con:
        assert con.execute("select count(*) from merged.contacts").fetchall() == [(2,)]
        assert con.execute("select count(*), count(body) from raw.notes").fetchall() == [(3, 3)]
    assert [
        check.name for check in verify(moved / "warehouse.duckdb", moved, Settings()) if check.violations
    ] == []


def test_a_warehouse_that_was_moved_goes_on(folder: Path, moved: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    write_request(folder, "r2", "a", "c")
    merge(folder, moved)
    assert [row["id"] for row in read_outputs(moved)["contacts"]] == [id_of("a")]
    undo(
        moved / "warehouse.duckdb", moved, ["r1", "r2"],
        dry_run=False, as_of=START, settings=Settings(), progress=QUIET,
    )  # fmt: skip
    assert [row["name"] for row in read_outputs(moved)["contacts"]] == ["n a", "n b", "n c"]
    merge(folder, moved, dry_run=True)
    write_export(folder, "abcd", "new")
    merge(folder, moved)
    assert files(moved) == recorded(moved)
    assert [row["name"] for row in read_outputs(moved)["contacts"]] == ["new a", "new b", "new c", "new d"]


def test_the_lookups_of_a_warehouse_that_was_moved_are_as_before(
    folder: Path, output: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def shown(place: Path) -> list[str]:
        printed = []
        for given in (["explain", id_of("a")], ["explain", id_of("b")], ["history"], ["verify"]):
            assert cli.main([*given, "--output", str(place), "--json"]) == 0
            printed.append(capsys.readouterr().out)
        return printed

    before = shown(output)
    assert json.loads(before[0])
    place = Path(shutil.move(output, tmp_path / "elsewhere"))
    assert [text.replace(str(place), str(output)) for text in shown(place)] == before


def test_a_warehouse_that_is_a_link_has_its_snapshots_where_it_is(folder: Path, tmp_path: Path) -> None:
    real, link = tmp_path / "real/w.duckdb", tmp_path / "link.duckdb"
    real.parent.mkdir()
    link.symlink_to(real)
    for _ in range(2):
        run(
            folder, tmp_path / "out",
            warehouse=link, dry_run=False, as_of=START, settings=Settings(), progress=QUIET,
        )  # fmt: skip
    assert len([path for path in (tmp_path / "real/w.duckdb.raw").rglob("*") if path.is_file()]) == 3
    assert not (tmp_path / "link.duckdb.raw").exists()
    assert len(read_outputs(tmp_path / "out")["contacts"]) == 2


def test_anybody_reads_a_warehouse_where_it_is(
    output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path.parent)
    with duckdb.connect(str(output / "warehouse.duckdb"), read_only=True) as con:
        assert con.execute("select getvariable('contact_merge_raw')").fetchall() == [(None,)]
        assert con.execute("select name from merged.contacts order by all").fetchall() == [("n a",), ("n c",)]
        moved = "select count(*) from merged.notes where contact_id = $id"
        assert con.execute(moved, {"id": id_of("a")}).fetchall() == [(2,)]
        assert con.execute("select count(*), count(body) from raw.notes").fetchall() == [(3, 3)]


def test_anybody_reads_what_a_run_after_a_dry_run_made(folder: Path, output: Path) -> None:
    write_export(folder, "abcd", "new")
    merge(folder, output, dry_run=True)
    merge(folder, output)
    with duckdb.connect(str(output / "warehouse.duckdb"), read_only=True) as con:
        assert con.execute("select count(*) from raw.contacts").fetchall() == [(4,)]


# ---------------------------------------------------------------- permissions


@pytest.fixture
def no_mask() -> Iterator[None]:
    """As on a machine where everybody may read what is made."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("no_mask")
@pytest.mark.parametrize(("file_mode", "modes"), [("0600", (0o700, 0o600)), ("0640", (0o750, 0o640))])
def test_snapshots_and_their_folders_have_the_permissions_of_file_mode(
    folder: Path, tmp_path: Path, file_mode: str, modes: tuple[int, int]
) -> None:
    merge(folder, tmp_path / "out", file_mode=file_mode)
    root = folder_beside(tmp_path / "out/warehouse.duckdb")
    found = [root, *root.rglob("*")]
    assert len(found) == 7
    of_folders = {stat.S_IMODE(path.stat().st_mode) for path in found if path.is_dir()}
    of_files = {stat.S_IMODE(path.stat().st_mode) for path in found if path.is_file()}
    assert (of_folders, of_files) == ({modes[0]}, {modes[1]})
