"""Run a command as a process of its own and tell what it took: wall and CPU seconds, peak memory, bytes written."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figures:
    """What a process took.

    Attributes:
        seconds: from its start to its end.
        cpu: seconds that processors worked for it (user and system, all threads).
        peak_gib: the most memory that it held at once.
        written_mib: what it sent to the disk.
    """

    seconds: float
    cpu: float
    peak_gib: float
    written_mib: float


def _as_installed() -> dict[str, str]:
    """The environment, without a wish to compile all modules again at each start, and without pandas (`python -E` has it)."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPATH": str(Path(__file__).with_name("without_pandas"))}


def measure(command: Sequence[str], *, ok: Sequence[int] = (0,)) -> Figures:
    """Run a command to its end, output thrown away; RuntimeError with its last words where it fails."""
    began = time.perf_counter()
    # This process stays small: a child's peak begins with what its parent held when it was made.
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=_as_installed()
    )
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in ok:
        raise RuntimeError(f"{command}: {process.returncode}\n{errors.decode(errors='replace')[-2000:]}")
    return Figures(
        seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20, usage.ru_oublock * 512 / 2**20
    )
