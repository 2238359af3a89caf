"""Damage warehouse and files in many spots, and see that it is noticed and named, and never continued on.

    uv run python tests/faults/damage.py --damages 200

The warehouse file is cut off, and overwritten in spots; rows of the ledger are changed; output files are removed,
emptied, cut off and edited. The next `verify` must report each, or it must lie where nothing reads;
`run` must refuse with a sentence or leave what an undisturbed one leaves. No command may end in a traceback.
"""

import argparse
import json
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
from fault_world import (
    REFUSED,
    World,
    arguments,
    differences,
    files_of,
    ledger_of,
    print_end,
    print_outcomes,
    state_of,
    type_in,
)

STEP = "second run"  # what is done with a damaged warehouse, after the first run


def verify_command(home: Path) -> list[str]:
    """`verify` of warehouse and files."""
    return ["verify", "--warehouse", str(home / "w" / "warehouse.duckdb"), "--output", str(home / "out")]


def cut_off(home: Path, rng: random.Random) -> str:
    """The warehouse file ends too early."""
    path = home / "w" / "warehouse.duckdb"
    size = rng.choice([0, 1, 4096, rng.randrange(path.stat().st_size), path.stat().st_size - 1])
    with path.open("r+b") as file:
        file.truncate(size)
    return f"cut off at byte {size}"


def overwrite(home: Path, rng: random.Random) -> str:
    """Some bytes of the warehouse file are others."""
    path = home / "w" / "warehouse.duckdb"
    length = rng.choice([1, 8, 512, 4096])
    place = rng.randrange(path.stat().st_size - length)
    with path.open("r+b") as file:
        file.seek(place)
        old = file.read(length)
        file.seek(place)
        file.write(rng.choice([bytes(length), bytes(byte ^ 0x5A for byte in old), rng.randbytes(length)]))
    return f"{length} bytes overwritten at {place}"


def change_row(home: Path, rng: random.Random) -> str:
    """A row of the ledger is changed, added or removed by hand."""
    path = home / "w" / "warehouse.duckdb"
    with duckdb.connect(str(path)) as con:
        table = rng.choice(["requests", "responses", "merges", "contact_versions", "batches", "digests"])
        row = con.execute(f"select rowid from ledger.{table} order by random() limit 1").fetchall()[0][0]
        kind = rng.choice(["changed", "added", "removed"])
        if kind == "added":
            con.execute(f"insert into ledger.{table} select * from ledger.{table} where rowid = {row}")
        elif kind == "removed":
            con.execute(f"delete from ledger.{table} where rowid = {row}")
        else:
            columns = {name: type_ for name, type_, *_ in con.execute(f"describe ledger.{table}").fetchall()}
            texts = [name for name, type_ in columns.items() if type_ == "VARCHAR"]
            column = rng.choice(texts)
            con.execute(
                f"update ledger.{table} set \"{column}\" = coalesce(\"{column}\", '') || 'x' where rowid = {row}"
            )
            kind += f" in {column}"
    return f"row of ledger.{table} {kind}"


def damage_file(home: Path, rng: random.Random) -> str:
    """An output file is removed, emptied, cut off, edited, or another's."""
    files = sorted(path for path in (home / "out").rglob("*") if path.is_file())
    path = rng.choice(files)
    name, data = path.relative_to(home / "out"), path.read_bytes()
    kind = rng.choice(["removed", "emptied", "cut off", "edited"])
    if kind == "removed":
        path.unlink()
    elif kind == "emptied":
        path.write_bytes(b"")
    elif kind == "cut off":
        path.write_bytes(data[: len(data) // 2])
    else:
        place = rng.randrange(len(data))
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    return f"{name} {kind}"


DAMAGES: dict[str, Callable[[Path, random.Random], str]] = {
    "warehouse cut off": cut_off,
    "warehouse overwritten": overwrite,
    "ledger row": change_row,
    "output file": damage_file,
}


def try_damage(world: World, kind: str, rng: random.Random) -> tuple[str, list[str]]:
    """Do one damage, then `verify` and `run`; how it was noticed (refused, failed, unused), and what is not as it should be."""
    log, faults = world.folder / "log", []
    with world.home(STEP) as home:
        ledger = ledger_of(home / "w" / "warehouse.duckdb")
        damage = DAMAGES[kind](home, rng)
        verified = type_in(verify_command(home), log)
        if verified.code not in (0, 1, REFUSED) or "Traceback" in verified.said:
            faults.append(f"verify ends with {verified.code}: {verified.said[-400:]}")
        if verified.code == 0 and kind != "warehouse overwritten" and not _is_harmless(world, kind, home):
            faults.append("verify does not notice it")
        if (
            verified.code == 0
            and kind == "warehouse overwritten"
            and ledger_of(home / "w" / "warehouse.duckdb") != ledger
        ):
            faults.append("verify does not notice other rows")
        if kind == "output file" and verified.code == 1 and not _is_named(damage, verified.said):
            faults.append(f"verify does not name it: {verified.said}")
        noticed = {0: "unused", 1: "verify fails", REFUSED: "verify refuses"}.get(verified.code, "died")
        faults += _run_after(world, kind, home, noticed)
    return noticed, [f"{damage}: {fault}" for fault in faults]


def _is_harmless(world: World, kind: str, home: Path) -> bool:
    """Whether the files hold the same rows in spite of it: a byte of a Parquet file that nothing reads."""
    listed = json.loads((home / "out" / "manifest.json").read_text("utf-8"))
    return kind == "output file" and files_of(home) == world.before(STEP).files and "files" in listed


def _is_named(damage: str, said: str) -> bool:
    name = damage.rpartition(" ")[0].removesuffix(" cut")
    return name in said or Path(name).stem in said or "manifest.json" in said


def _run_after(world: World, kind: str, home: Path, noticed: str) -> list[str]:
    """A run on what is damaged: refused with one sentence, or all as it should be."""
    ended = type_in(arguments(STEP, world.inputs, home), world.folder / "log")
    if ended.code == REFUSED:
        sentence = ended.said.startswith("contact-merge: ") and ended.said.count("\n") == 1
        return [] if sentence and kind != "output file" else [f"run: not one sentence: {ended.said[-400:]}"]
    if ended.code not in (0, 1):
        return [f"run ends with {ended.code}: {ended.said[-700:]}"]
    if kind == "ledger row":  # verify reports it before and after
        return (
            []
            if type_in(verify_command(home), world.folder / "log").code == 1
            else ["no more noticed after a run"]
        )
    try:
        wrong = differences(state_of(home), world.states[STEP])
    except duckdb.Error as error:  # the run had no need of what is damaged
        return [] if noticed.startswith("verify") else [f"after a run, {error}"]
    if kind == "output file":  # events are written again by `rebuild --events` alone
        wrong = [line for line in wrong if not line.startswith(("out/events/", "events/"))]
    return [f"after a run, {line}" for line in wrong]


def main(argv: list[str]) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description="Damage warehouse and files, and see that it is noticed.")
    parser.add_argument("--damages", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    rng, failed = random.Random(options.seed), 0
    with tempfile.TemporaryDirectory(prefix="damage-") as folder:
        world = World(Path(folder))
        for kind in DAMAGES:
            outcomes: Counter[str] = Counter()
            for _ in range(-(-options.damages // len(DAMAGES))):
                noticed, faults = try_damage(world, kind, rng)
                outcomes[noticed] += 1
                failed += bool(faults)
                for fault in faults:
                    print(f"  {re.sub(r'/tmp/[^ ]*/home/', '', fault)}", flush=True)
            print_outcomes(kind, outcomes)
    return print_end(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
