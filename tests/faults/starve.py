"""Let `run` and `undo` run out of what they need, and see that they say so in one sentence and change nothing.

    uv run python tests/faults/starve.py

Space (limits on the size of a file, file systems of a few kilobytes, writes that fail), memory, permissions, read-only
file systems, open files. A command has to end with exit code 2, one sentence, and everything as it was, or to come to its
end all the same. Where only publishing the files failed, it has to say that the batch is recorded. Then the same command,
with enough of everything, has to leave what an undisturbed one leaves.
What this machine cannot do (mounts need root, failing writes need strace) is left out, and listed.
"""

import argparse
import ctypes
import dataclasses
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from fault_world import (
    REFUSED,
    STEPS,
    Ended,
    State,
    World,
    arguments,
    differences,
    manifest_faults,
    print_end,
    print_outcomes,
    script,
    state_of,
    type_in,
)

_DAC_CAPABILITIES = 0b1111  # chown, overriding permissions to write, to read, and of owners


@dataclass(frozen=True)
class Limit:
    """A limit of the operating system on the child (`resource.RLIMIT_*`), over what it uses already or at all."""

    kind: int
    at: int

    def __call__(self) -> None:
        more = 0
        if self.kind == resource.RLIMIT_AS:
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            more = pages * resource.getpagesize()
        resource.setrlimit(self.kind, (self.at + more, self.at + more))


def obey_permissions() -> None:
    """Make root in this process obey permissions as everybody does."""
    if os.geteuid() == 0:
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)
        held = (ctypes.c_uint32 * 6)()
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.capget(header, held) == 0
        for place in (0, 1):
            held[place] &= ~_DAC_CAPABILITIES
        assert libc.capset(header, held) == 0


def _nothing() -> None:
    """No limit in the child."""


@contextmanager
def _read_only(*paths: Path) -> Iterator[None]:
    modes = {path: path.stat().st_mode for top in paths for path in (top, *top.rglob("*"))}
    try:
        for path in modes:
            path.chmod(0o500 if path.is_dir() else 0o400)
        yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


@contextmanager
def _mounted(place: Path, *options: str) -> Iterator[None]:
    subprocess.run(["mount", *options, str(place)], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@contextmanager
def _read_only_mount(place: Path) -> Iterator[None]:
    with _mounted(place, "--bind", str(place)):
        subprocess.run(["mount", "-o", "remount,bind,ro", str(place)], check=True, capture_output=True)
        yield


@contextmanager
def _small_disk(home: Path, room: int) -> Iterator[None]:
    """The home on a disk with so much room left; what is there in the end is moved back."""
    kept = home.with_name("kept")
    shutil.copytree(home, kept)
    used = sum(-(-path.stat().st_size // 4096) * 4096 + 4096 for path in home.rglob("*"))
    with _mounted(home, "-t", "tmpfs", "-o", f"size={used + room}", "tmpfs"):
        shutil.copytree(kept, home, dirs_exist_ok=True)
        yield
        shutil.rmtree(kept)
        shutil.copytree(home, kept)
    shutil.rmtree(home)
    kept.rename(home)


@dataclass(frozen=True)
class Case:
    """Something that a command is short of: in the child (`limit`), around it (`around`), by a setting, by failing calls."""

    label: str
    limit: Callable[[], None] = _nothing
    around: Callable[[Path], AbstractContextManager[None]] = lambda _: nullcontext()
    config: str | None = None
    inject: str | None = None


def can_mount() -> bool:
    """Whether this process may mount file systems."""
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=False, capture_output=True)
        if tried.returncode:
            return False
        subprocess.run(["umount", folder], check=True)
        return True


KIB, MIB = 2**10, 2**20
PERMISSIONS = [
    Case("may not write to the output", obey_permissions, lambda home: _read_only(home / "out")),
    Case("may not write beside the warehouse", obey_permissions, lambda home: _read_only(home / "w")),
    Case(
        "may not write to the warehouse",
        obey_permissions,
        lambda home: _read_only(home / "w" / "warehouse.duckdb"),
    ),
    Case("may not write to merged/", obey_permissions, lambda home: _read_only(home / "out" / "merged")),
    Case("may not write to events/", obey_permissions, lambda home: _read_only(home / "out" / "events")),
]
SIZES = [
    Case(f"no file above {size // KIB} KiB", Limit(resource.RLIMIT_FSIZE, size))
    for size in [4 * KIB, 16 * KIB, 300 * KIB, 600 * KIB, *(n * 512 * KIB for n in range(2, 16))]
]
MEMORY = [
    *(
        Case(f"memory_limit {n} MiB", config=f'memory_limit = "{n}MiB"\n')
        for n in (1, 2, 4, 8, 16, 24, 32, 48, 64)
    ),
    *(
        Case(f"{n} MiB more of address space", Limit(resource.RLIMIT_AS, n * MIB))
        for n in (8, 64, 512, 1024, 2048, 4096, 6144)
    ),
]
OPEN_FILES = [
    Case(f"{n} open files", Limit(resource.RLIMIT_NOFILE, n)) for n in (5, 6, 7, 8, 9, 10, 12, 14, 16, 20)
]
MOUNTS = [
    *(
        Case(f"a disk with {n} KiB left", around=lambda home, n=n: _small_disk(home, n * KIB))
        for n in (0, 16, 64, 128, 256, 512, 1024, 1536, 2048, 3072, 4096, 6144)
    ),
    Case("the output on a read-only file system", around=lambda home: _read_only_mount(home / "out")),
    Case("the warehouse on a read-only file system", around=lambda home: _read_only_mount(home / "w")),
]
FAILING = [
    *(
        Case(f"write {n} and all after it fail: disk full", inject=f"pwrite64:error=ENOSPC:when={n}+")
        for n in (1, 2, 3, 5, 8, 13, 21, 34)
    ),
    *(Case(f"sync {n} fails", inject=f"fdatasync,fsync:error=EIO:when={n}") for n in (1, 2, 3, 5, 8, 13, 21)),
    *(
        Case(f"change of size {n} fails: disk full", inject=f"ftruncate:error=ENOSPC:when={n}")
        for n in (1, 2, 3, 5)
    ),
]


def try_case(world: World, step: str, case: Case) -> tuple[str, list[str]]:
    """Starve one command, then run it again; what it came to (refused, done, died), and what is not as it should be."""
    log = world.folder / "log"
    before, after = world.before(step), world.states[step]
    with world.home(step) as home:
        command = arguments(step, world.inputs, home)
        with case.around(home):
            ended = _run(world, case, command, log)
        found = _without_log(state_of(home))
        outcome, faults = _judged(ended, found, before, after)
        again = type_in(command, log)
        done_before = step == "undo" and outcome != "refused" and again.code == REFUSED
        if again.code not in (0, 1) and not done_before:
            faults.append(f"the next run ends with {again.code}: {again.said[-300:]}")
        faults += [f"after the next run, {line}" for line in differences(state_of(home), after)]
        faults += manifest_faults(home)
    return outcome, faults


def _run(world: World, case: Case, command: list[str], log: Path) -> Ended:
    if case.config is not None:
        config = world.folder / "settings.toml"
        config.write_text(case.config, "utf-8")
        command = [*command, "--config", str(config)]
    if case.inject is None:
        return type_in(command, log, case.limit)
    calls = case.inject.partition(":")[0]
    traced = ["strace", "-f", "-qqq", "-o", os.devnull, "-e", f"trace={calls}", "-e", f"inject={case.inject}"]
    with log.open("wb") as said:
        code = subprocess.run([*traced, *script(command)], stdout=said, stderr=said, check=False).returncode
    return Ended(code, log.read_text("utf-8", "replace"))


def _without_log(state: State) -> State:
    """Without the name of DuckDB's log: it is part of the warehouse where there was no room to take it in."""
    return dataclasses.replace(state, names=state.names - {"w/warehouse.duckdb.wal"})


def _judged(ended: Ended, found: State, before: State, after: State) -> tuple[str, list[str]]:
    if ended.code in (0, 1):
        return "done", differences(found, after)
    if ended.code == REFUSED and "has recorded the batch" in ended.said:  # only publishing failed
        return "recorded", []
    if ended.code == REFUSED:
        sentence = ended.said.startswith("contact-merge: ") and ended.said.count("\n") == 1
        wrong = [] if sentence else [f"not one sentence: {ended.said[-600:]}"]
        return "refused", [*wrong, *(f"after the refusal, {line}" for line in differences(found, before))]
    return "died", [f"ended with {ended.code}: {ended.said[-600:]}"]


def main(argv: list[str]) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description="Let run and undo run out of what they need.")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    options = parser.parse_args(argv)
    groups = {"permissions": PERMISSIONS, "size of files": SIZES, "memory": MEMORY, "open files": OPEN_FILES}
    if can_mount():
        groups["small and read-only disks"] = MOUNTS
    else:
        print("mounting is not allowed here: no small and read-only disks.")
    if shutil.which("strace"):
        groups["failing writes"] = FAILING
    else:
        print("strace is not here: no failing writes.")
    failed = 0
    with tempfile.TemporaryDirectory(prefix="starve-") as folder:
        world = World(Path(folder))
        for group, cases in groups.items():
            outcomes: Counter[str] = Counter()
            for case in cases:
                for step in STEPS:
                    if options.only not in case.label or (
                        step == "first run" and group in ("permissions", "small and read-only disks")
                    ):
                        continue
                    outcome, faults = try_case(world, step, case)
                    outcomes[outcome] += 1
                    failed += bool(faults)
                    for fault in faults:
                        print(f"  {case.label}, {step}: {fault}", flush=True)
            print_outcomes(group, outcomes)
    return print_end(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
