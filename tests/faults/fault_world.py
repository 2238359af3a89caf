"""A small warehouse with a history, and the means to do one step of it in a child process and to look at what is left.

The steps are those of a warehouse's life: the first run, a second one on newer exports with new requests, an undo.
Each begins where the one before ended. Times are fixed, so that two lives that went alike left the same.
"""

import json
import multiprocessing
import os
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any
from uuid import UUID

import contact_merge.pipeline
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from contact_merge import cli
from contact_merge.settings import Settings
from contact_merge.verify import verify
from steps import Steps

SNAPSHOTS = {"contacts", "list_memberships"}
"""Tables of which the warehouse keeps a copy of the file."""
STEPS = ("first run", "second run", "undo")
REFUSED = 2


class Fixed(datetime):
    """The clock of an undo."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime(2026, 3, 3, tzinfo=tz)


contact_merge.pipeline.datetime = Fixed  # type: ignore[misc]  # an undo has no --as-of


def id_of(number: int) -> str:
    return str(UUID(int=0xABCDEF00_0000_4000_8000_000000000000 + number))


def _contacts(*, edited: bool) -> list[dict[str, Any]]:
    return [
        {
            "id": id_of(number),
            "full_name": f"Person {number}" + (" Edited" if edited and number == 1 else ""),
            "phone": None if number % 2 else f"0{number}",
            "custom_fields": json.dumps({"plan": number, f"key{number}": "x"}) if number % 3 else None,
        }
        for number in range(1, 31)
    ]


def _requests(first: int, pairs: list[tuple[int, list[int]]]) -> list[dict[str, Any]]:
    return [
        {
            "request_id": f"r{number}",
            "primary_id": id_of(primary),
            "duplicate_ids": [id_of(duplicate) for duplicate in duplicates],
            "overwrite": number % 2 == 0,
            "requested_at": f"2026-03-01T00:{number:02d}:00Z",
        }
        for number, (primary, duplicates) in enumerate(pairs, first)
    ]


def write_inputs(folder: Path) -> None:
    """Two nights of exports; in each some row of another table cannot be used."""
    notes = [{"id": str(UUID(int=n)), "contact_id": id_of(n), "body": f"Note {n}"} for n in range(1, 31)]
    lists = [{"list_id": f"L{n % 4}", "contact_id": id_of(n)} for n in range(1, 31)]
    bad = {"id": "no uuid", "contact_id": id_of(1)}
    nights = [
        {
            "contacts": _contacts(edited=False),
            "notes": [*notes, bad],
            "list_memberships": lists,
            "merge_requests": _requests(1, [(1, [2, 3]), (4, [5]), (6, [7, 8, 9]), (4, [2]), (10, [11])]),
        },
        {
            "contacts": _contacts(edited=True),
            "notes": notes[5:],
            "emails": [bad],
            "merge_requests": _requests(6, [(12, [1, 4]), (13, [14]), (15, [16, 17, 18])]),
        },
    ]
    for number, tables in enumerate(nights, 1):
        (folder / f"night{number}").mkdir(parents=True)
        for table, rows in tables.items():
            if table in SNAPSHOTS:
                pq.write_table(pa.Table.from_pylist(rows), folder / f"night{number}" / f"{table}.parquet")
                continue
            text = "".join(json.dumps(row) + "\n" for row in rows)
            (folder / f"night{number}" / f"{table}.jsonl").write_text(text, "utf-8")


def arguments(step: str, inputs: Path, home: Path) -> list[str]:
    """What a person types for a step; `home` holds warehouse and output."""
    warehouse = [
        "--warehouse",
        str(home / "w" / "warehouse.duckdb"),
        "--output",
        str(home / "out"),
        "--quiet",
    ]
    if step == "undo":
        return ["undo", *warehouse, "r1", "r7"]
    night = 1 if step == "first run" else 2
    as_of = f"2026-03-0{night}T12:00:00Z"
    return ["run", "--input", str(inputs / f"night{night}"), "--as-of", as_of, *warehouse]


# ------------------------------------------------------------------------------------------- child processes


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, or minus the signal; and what it said on stderr."""

    code: int
    said: str


# Children are forked from a server that has imported everything and used nothing: forking a process whose libraries
# have threads does not end well.
_CHILDREN = multiprocessing.get_context("forkserver")
_CHILDREN.set_forkserver_preload(
    ["contact_merge.pipeline", "contact_merge.demo", "contact_merge.verify", "pyarrow.parquet"]
)


def _nothing() -> None:
    """What is done in a child before the command: nothing."""


def _be_child(command: list[str], log: Path, prepare: Callable[[], None]) -> None:
    handle = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o666)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.close(handle)
    prepare()
    sys.exit(cli.main(command))


class Child:
    """A command of contact-merge in a process of its own, begun after `prepare` was called there."""

    def __init__(self, command: list[str], log: Path, prepare: Callable[[], None] = _nothing) -> None:
        self.log = log
        self.process = _CHILDREN.Process(target=_be_child, args=(command, log, prepare))
        self.process.start()

    def is_stopped(self) -> bool:
        """Whether it stands still."""
        return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()

    def wait(self) -> Ended:
        """Wait for its end; a command that takes minutes hangs."""
        self.process.join(300)
        if self.process.exitcode is None:
            self.kill()
            raise TimeoutError(f"a command hangs: {self.log.read_text('utf-8', 'replace')}")
        said = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        return Ended(self.process.exitcode, said)


def type_in(command: list[str], log: Path, prepare: Callable[[], None] = _nothing) -> Ended:
    """Run a command of contact-merge in a child of its own to its end."""
    return Child(command, log, prepare).wait()


def script(command: list[str]) -> list[str]:
    """The same command as a process begun from nothing, for what has to be around it."""
    text = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import fault_world; "
    text += "from contact_merge import cli; sys.exit(cli.main(sys.argv[1:]))"
    return [sys.executable, "-c", text, *command]


# ------------------------------------------------------------------------------------ what is there afterwards


def _rows(path: Path) -> Any:
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        return sorted(repr(row) for row in table.to_pylist())
    return path.read_bytes()


def _without_tokens(text: str) -> str:
    return re.sub(r"\b[0-9a-f]{16}\b", "TOKEN", text)


def files_in(home: Path) -> set[str]:
    """The names of all files and folders, but for what is empty; of those that differ by a token alone how many there are."""
    paths = [path for path in home.rglob("*") if path.is_file() or path.name[0] == "."]
    named = Counter(_without_tokens(str(path.relative_to(home))) for path in paths)
    return {name if number == 1 else f"{name} ({number})" for name, number in named.items()}


@dataclass(frozen=True)
class State:
    """What files and warehouse hold.

    Attributes:
        files: what each file holds: rows in one order for Parquet, bytes for others; without the manifest.
        ledger: the rows of each table of the warehouse, in one order, without what differs by nature.
        names: all files there are.
    """

    files: dict[str, Any]
    ledger: dict[str, list[str]]
    names: set[str]


_BY_NATURE = {"ledger.warehouse", "ledger.publications"}


def ledger_of(warehouse: Path) -> dict[str, list[str]]:
    """The rows of all tables, and of the raw views, in one order."""
    if not warehouse.exists():
        return {}
    with duckdb.connect(str(warehouse), read_only=True) as con:
        con.execute("set timezone = 'UTC'")
        con.execute("set variable contact_merge_raw = $folder", {"folder": f"{warehouse}.raw"})
        tables = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables() union all "
            "select schema_name || '.' || view_name from duckdb_views() where schema_name = 'raw'"
        ).fetchall()
        return {
            table: sorted(_without_tokens(repr(row)) for row in con.execute(f"from {table}").fetchall())
            for (table,) in tables
            if table not in _BY_NATURE
        }


def files_of(home: Path) -> dict[str, Any]:
    """What each published file holds."""
    out = home / "out"
    paths = [path for path in out.rglob("*") if path.is_file() and path.name[0] != "."]
    return {
        str(path.relative_to(out)): _rows(path)
        for path in paths
        if path.name != "manifest.json" and "preview" not in path.parts
    }


def state_of(home: Path) -> State:
    """All of it."""
    return State(files_of(home), ledger_of(home / "w" / "warehouse.duckdb"), files_in(home))


def manifest_faults(home: Path) -> list[str]:
    """What manifest.json says that is not so; nothing where there is none."""
    path = home / "out" / "manifest.json"
    if not path.exists():
        return []
    listed = json.loads(path.read_text("utf-8"))["files"]
    return [
        f"manifest.json lists another size of {name}"
        for name, figures in listed.items()
        if not (home / "out" / name).exists() or (home / "out" / name).stat().st_size != figures["bytes"]
    ]


def differences(found: State, expected: State) -> list[str]:
    """What is not as it should be, a line each."""
    lines = [f"{name}: there, and should not be" for name in sorted(found.names - expected.names)]
    lines += [f"{name}: missing" for name in sorted(expected.names - found.names)]
    for one, other in ((found.files, expected.files), (found.ledger, expected.ledger)):
        lines += [f"{name}: holds something else" for name in other if one.get(name) != other[name]]
    return lines


def failed_checks(home: Path) -> list[str]:
    """The checks of `verify` that fail, of files too."""
    results = verify(home / "w" / "warehouse.duckdb", home / "out", Settings())
    return [f"{result.name}: {result.samples}" for result in results if not result.passed]


class World:
    """The undisturbed life: the home before and after each step, and the state that it left.

    Attributes:
        inputs: the exports of the nights.
        states: by step, the state after it; `""` is the state before the first.
        steps: by step, what it does, call by call (see steps.py).
        seconds: by step, how long it takes.
    """

    def __init__(self, folder: Path, steps: Sequence[str] = STEPS) -> None:
        self.folder = folder
        self.inputs = folder / "inputs"
        write_inputs(self.inputs)
        self.states: dict[str, State] = {}
        self.steps: dict[str, list[str]] = {}
        self.seconds: dict[str, float] = {}
        home = folder / "life"
        home.mkdir()
        self._keep("", home)
        for step in steps:
            log, began = folder / f"steps of {step}", time.monotonic()
            ended = type_in(arguments(step, self.inputs, home), folder / "log", Steps(None, log).install)
            assert ended.code in (0, 1), ended.said
            self.seconds[step] = time.monotonic() - began
            self.steps[step] = log.read_text("utf-8").splitlines()
            self._keep(step, home)
        assert not failed_checks(home)

    def _keep(self, step: str, home: Path) -> None:
        shutil.copytree(home, self.folder / f"after {step}")
        self.states[step] = state_of(home)

    def before(self, step: str) -> State:
        """The state in which a step begins."""
        return self.states[self._step_before(step)]

    def _step_before(self, step: str) -> str:
        return ("", *STEPS)[STEPS.index(step)]

    @contextmanager
    def home(self, step: str, *, after: bool = False) -> Iterator[Path]:
        """A copy of the home in which a step begins (or that it left); gone in the end."""
        kept = self.folder / f"after {step if after else self._step_before(step)}"
        home = self.folder / "home"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(kept, home)
        try:
            yield home
        finally:
            shutil.rmtree(home, ignore_errors=True)


def print_outcomes(kind: str, outcomes: Counter[str]) -> None:
    """Print how the tries of one kind ended, as soon as they have."""
    counts = ", ".join(f"{n} {outcome}" for outcome, n in sorted(outcomes.items()))
    print(f"{kind}: {counts}", flush=True)


def print_end(faults: int) -> int:
    """Print how many tries had a fault; returns the exit code."""
    print(f"with a fault: {faults}")
    return 1 if faults else 0
