"""A few damages of each kind (`damage.py` tries as many as one likes)."""

import json
import random
import shutil
import time
from pathlib import Path

import duckdb
import pytest
from damage import STEP, try_damage, verify_command
from fault_world import REFUSED, Child, World, arguments, files_of, type_in
from steps import StopBeforeCommit, wait_a_moment_only

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("damaged"), steps=("first run", "second run"))


@pytest.mark.proof
@pytest.mark.parametrize(
    ("kind", "seed"),
    [("warehouse cut off", 3), ("warehouse overwritten", 1), ("warehouse overwritten", 6), ("ledger row", 1)],
)
def test_damage_is_noticed_and_never_continued_on(world: World, kind: str, seed: int) -> None:
    noticed, faults = try_damage(world, kind, random.Random(seed))
    assert not faults
    assert noticed != "died"


def test_a_damaged_block_is_reported_with_its_table(world: World, tmp_path: Path) -> None:
    with world.home(STEP) as home:
        path = home / "w" / "warehouse.duckdb"
        with duckdb.connect(str(path)) as con:
            con.execute(
                "create table raw._cm_loaded_padding as select hash(range) as filler from range(200000)"
            )
        with duckdb.connect(str(path), read_only=True) as con:
            blocks = con.execute(
                "select block_id from pragma_storage_info('raw._cm_loaded_padding') where block_id >= 0"
            )
            block = blocks.fetchall()[1][0]
        with path.open("r+b") as file:
            file.seek(3 * 4096 + block * 262144 + 1000)
            file.write(b"damage")
        ended = type_in(verify_command(home), tmp_path / "log")
        assert ended.code == REFUSED
        assert "raw.padding cannot be read" in ended.said
        assert ended.said.count("\n") == 1


def test_a_ledger_that_holds_a_batch_twice_is_not_continued(world: World, tmp_path: Path) -> None:
    with world.home("second run") as home:
        with duckdb.connect(str(home / "w" / "warehouse.duckdb")) as con:
            con.execute("insert into ledger.batches from ledger.batches")
        ended = type_in(arguments("second run", world.inputs, home), tmp_path / "log")
        assert ended.code == REFUSED
        assert "holds batch 1 more than once" in ended.said
        assert ended.said.count("\n") == 1


def test_files_of_tables_come_again_with_nothing_new_and_events_only_when_asked(
    world: World, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with world.home("second run", after=True) as home:
        before = files_of(home)
        events = home / "out/events/contact_merged-000002.jsonl"
        for path in (home / "out/merged/notes.parquet", home / "out/rejects/emails.jsonl", events):
            path.unlink()
        (home / "out/merged/contacts.parquet").write_bytes(b"edited")
        assert type_in(verify_command(home), log).code == 1
        assert type_in(arguments("second run", world.inputs, home), log).code in (0, 1)
        assert {name for name in before if files_of(home).get(name) != before[name]} == {
            f"events/{events.name}"
        }
        rebuild = ["rebuild", *verify_command(home)[1:]]
        assert type_in(rebuild, log).code == 0
        assert not events.exists()
        assert type_in([*rebuild, "--events"], log).code == 0
        assert files_of(home) == before


def test_an_older_warehouse_is_not_continued_on(world: World, tmp_path: Path) -> None:
    """A backup put back, or a ledger that lost its end: what was published since must not be published again."""
    log = tmp_path / "log"
    with world.home("second run", after=True) as home:
        shutil.rmtree(home / "w")
        shutil.copytree(world.folder / "after first run" / "w", home / "w")
        before = files_of(home)
        again = arguments("second run", world.inputs, home)
        ended = type_in(again, log)
        assert ended.code == REFUSED
        assert "rebuild" in ended.said
        assert files_of(home) == before
        assert type_in(["rebuild", *verify_command(home)[1:]], log).code == 0
        ended = type_in(again, log)  # the events of that batch are there, and may have been read
        assert ended.code == REFUSED
        assert "contact_merged-000002.jsonl" in ended.said


def test_an_output_belongs_to_one_warehouse(world: World, tmp_path: Path) -> None:
    with world.home(STEP) as home:
        before = files_of(home)
        command = arguments("second run", world.inputs, home)
        other = [str(tmp_path / "other.duckdb") if "warehouse.duckdb" in word else word for word in command]
        for more in ([], ["--dry-run"]):
            ended = type_in([*other, *more], tmp_path / "log")
            assert ended.code == REFUSED
            assert "another warehouse" in ended.said
        assert not (tmp_path / "other.duckdb").exists()
        assert files_of(home) == before


def test_of_two_at_once_the_second_learns_who_holds_what(world: World, tmp_path: Path) -> None:
    with world.home(STEP) as home:
        command = arguments("second run", world.inputs, home)
        elsewhere = [str(tmp_path / "out") if word == str(home / "out") else word for word in command]
        holder = Child(command, tmp_path / "held", StopBeforeCommit())
        try:
            while not holder.is_stopped():
                time.sleep(0.05)
            for other, held in ((elsewhere, "warehouse.duckdb"), (command, str(home / "out"))):
                ended = type_in(other, tmp_path / "log", wait_a_moment_only)
                assert ended.code == REFUSED
                assert held in ended.said
                assert f"process {holder.process.pid}" in ended.said
                assert ended.said.count("\n") == 1
        finally:
            holder.kill()
            holder.wait()
        assert type_in(command, tmp_path / "log").code in (0, 1)
        assert json.loads((home / "out/manifest.json").read_text())["batch_id"] == "000002"
