"""Kill `run` and `undo` at every step and at any instant, run them again, and see that nothing is lost or there twice.

    uv run python tests/faults/kill.py --kills 500

Kills are of three kinds:
- At a *step*: the child wraps what Python calls of the operating system (open, sync, rename, remove, make a folder) and
  each SQL statement it hands to DuckDB. It kills itself before the nth of them, or when a file is half written.
- At an *instant*: the parent kills it after a random time.
- At a *system call*: strace kills it at the nth write, sync, rename or removal, those inside DuckDB's commit and
  checkpoint included.

A command that was killed is run again, and may be killed again; the third time it comes to its end.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from fault_world import (
    REFUSED,
    STEPS,
    Child,
    World,
    arguments,
    differences,
    failed_checks,
    files_of,
    manifest_faults,
    script,
    state_of,
    type_in,
)
from steps import Kill, Steps

SYSTEM_CALLS = "pwrite64,write,fdatasync,fsync,ftruncate,rename,link,unlink,unlinkat"


def named_steps(world: World, step: str) -> list[Kill]:
    """A kill before each call of the operating system, each commit and each file's copy; and in the middle of each file."""
    kills = []
    for number, label in enumerate(world.steps[step], 1):
        if label.startswith("sql") and not label.startswith(("sql begin", "sql commit", "sql copy")):
            continue
        kills.append(Kill(f"before {label}", number))
        if label.startswith("fsync") and ".partial" in label:
            kills.append(Kill(f"in the middle of {label.removeprefix('fsync ')}", number, half=True))
    return kills


@dataclass
class Figures:
    """What came of the kills."""

    kills: Counter[str] = field(default_factory=Counter)
    not_reached: int = 0
    runs_again: int = 0
    verified: int = 0
    faults: list[str] = field(default_factory=list)


def be_killed(world: World, step: str, home: Path, kill: Kill) -> bool:
    """Run the command and kill it; False where it came to its end before."""
    command, log = arguments(step, world.inputs, home), world.folder / "log"
    if kill.system_call is not None:
        return _killed_by_strace(command, log, kill.system_call)
    if kill.step is not None:
        ended = type_in(command, log, Steps(kill).install)
    else:
        child = Child(command, log)
        time.sleep(kill.seconds)
        child.kill()
        ended = child.wait()
    return ended.code == -signal.SIGKILL


def _killed_by_strace(command: list[str], log: Path, number: int) -> bool:
    inject = f"inject={SYSTEM_CALLS}:signal=KILL:when={number}"
    traced = ["strace", "-f", "-qqq", "-o", os.devnull, "-e", f"trace={SYSTEM_CALLS}", "-e", inject]
    with log.open("wb") as said:
        done = subprocess.run([*traced, *script(command)], stdout=said, stderr=said, check=False)
    return done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)


def faults_of_killed(world: World, step: str, home: Path) -> list[str]:
    """What must not be seen after a kill: a file that is neither the old nor the new one, a manifest of a broken set."""
    before, after = world.before(step).files, world.states[step].files
    faults = manifest_faults(home)
    try:
        found = files_of(home)
    except Exception as error:
        return [*faults, f"a file under its final name cannot be read: {error}"]
    for name, held in found.items():
        if held not in (before.get(name), after.get(name)):
            faults.append(f"{name}: half written, or of another batch")
    if (home / "out" / "manifest.json").exists() and found not in (before, after):
        faults.append("manifest.json is there, and the set is neither the old nor the new one")
    return faults


def run_again(world: World, step: str, home: Path) -> list[str]:
    """Run the command once more to its end; what is not as after an undisturbed one."""
    ended = type_in(arguments(step, world.inputs, home), world.folder / "log")
    done_before = step == "undo" and ended.code == REFUSED and "already undone" in ended.said
    if ended.code not in (0, 1) and not done_before:
        return [f"run again: exit code {ended.code}: {ended.said[-500:]}"]
    return [*differences(state_of(home), world.states[step]), *manifest_faults(home)]


def try_kills(world: World, step: str, kills: list[Kill], figures: Figures, *, verifying: bool) -> None:
    """Kill one command several times in a row, then let it end; adds to the figures."""
    said = f"{step}, {', then '.join(kill.label for kill in kills)}"
    with world.home(step) as home:
        for kill in kills:
            if be_killed(world, step, home, kill):
                figures.kills[step] += 1
            else:
                figures.not_reached += 1
            figures.faults += [f"{said}: {fault}" for fault in faults_of_killed(world, step, home)]
        figures.runs_again += 1
        faults = run_again(world, step, home)
        if verifying:
            figures.verified += 1
            faults += failed_checks(home)
        figures.faults += [f"{said}: {fault}" for fault in faults]


def chosen_kills(world: World, step: str, wanted: int, rng: random.Random) -> list[Kill]:
    """The kills of one command: half at named steps, spread over all of them; the rest anywhere."""
    named, steps = named_steps(world, step), len(world.steps[step])
    at_named = max(wanted // 2, 1)
    if at_named < len(named):
        named = [named[i * len(named) // at_named] for i in range(at_named)]
    seconds = world.seconds[step]
    by_strace = wanted // 8 if shutil.which("strace") else 0
    kills = list(named)
    kills += [Kill(f"at system call {(n := rng.randint(1, 120))}", system_call=n) for _ in range(by_strace)]
    while len(kills) < wanted:
        if len(kills) % 2:
            number = rng.randint(1, steps)
            kills.append(Kill(f"before step {number}", number))
        else:
            instant = rng.uniform(0, seconds)
            kills.append(Kill(f"after {instant:.3f} s", seconds=instant))
    rng.shuffle(kills)
    return kills[:wanted]


def main(argv: list[str]) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(
        description="Kill run and undo, and see that nothing is lost or there twice."
    )
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    rng, figures = random.Random(options.seed), Figures()
    if not shutil.which("strace"):
        print("strace is not here: no kills at system calls.")
    with tempfile.TemporaryDirectory(prefix="kill-") as folder:
        world = World(Path(folder))
        for step in STEPS:
            wanted = -(-options.kills // len(STEPS))
            while (missing := wanted - figures.kills[step]) > 0:  # some come too late, and are no kills
                kills = chosen_kills(world, step, missing, rng)
                while kills:
                    row = [kills.pop() for _ in range(min(rng.randint(1, 3), len(kills)))]
                    try_kills(world, step, row, figures, verifying=rng.random() < 0.2)
            print(f"{step}: killed {figures.kills[step]} times; faults: {len(figures.faults)}", flush=True)
    print(
        f"came to its end before the kill: {figures.not_reached}; run again: {figures.runs_again}; "
        f"verified: {figures.verified}; faults: {len(figures.faults)}"
    )
    for fault in figures.faults:
        print(f"  {fault}")
    return 1 if figures.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
