"""What a benchmark hands back: figures of processes, measures held against an aim, and the machine; as table and JSON.

Nothing heavy is imported here: what a measured process holds at its start is what its parent held (see measure.py).
"""

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from measure import Figures, measure
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
LIBRARIES = ("duckdb", "polars", "pyarrow")


@dataclass(frozen=True)
class Contender:
    """A command to measure.

    Attributes:
        name: as tables show it.
        command: its words.
        output: what it writes, taken away before and after; None where it works on what is there.
        check: looks whether what it left is right and raises an AssertionError if not; not in the time.
        ok: exit codes that are right.
    """

    name: str
    command: Sequence[str | Path]
    output: Path | None = None
    check: Callable[[], None] = lambda: None
    ok: Sequence[int] = (0,)


@dataclass
class Measure:
    """Values of one thing, one a round, and what to reach: a median at most `most`, or at least `least`."""

    what: str
    unit: str
    values: list[float]
    most: float | None = None
    least: float | None = None

    @property
    def aim(self) -> str:
        """What to reach, as text; nothing where it is told for comparison only."""
        if self.most is None and self.least is None:
            return ""
        return f"≤ {self.most:g} {self.unit}" if self.most is not None else f"≥ {self.least:g} {self.unit}"

    @property
    def verdict(self) -> str:
        """Whether the median reaches it."""
        median = statistics.median(self.values)
        if self.most is not None:
            return "reached" if median <= self.most else "missed"
        if self.least is not None:
            return "reached" if median >= self.least else "missed"
        return ""


@dataclass
class Result:
    """One benchmark on one machine at one time."""

    benchmark: str
    command: str
    title: str = ""
    processes: dict[str, list[Figures]] = field(default_factory=dict)
    measures: list[Measure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    date: str = ""
    machine: dict[str, Any] = field(default_factory=dict)

    def seconds(self, name: str) -> list[float]:
        """Wall seconds of a contender, one a round."""
        return [figures.seconds for figures in self.processes[name]]

    def ratio(
        self, what: str, over: str, under: str, *, most: float | None = None, least: float | None = None
    ) -> None:
        """Hold the seconds of one contender against another's of the same round."""
        pairs = zip(self.seconds(over), self.seconds(under), strict=True)
        self.measures.append(Measure(what, "×", [a / b for a, b in pairs], most, least))


def alternate(result: Result, contenders: Sequence[Contender], repeat: int) -> None:
    """Measure the contenders one after the other, `repeat` times."""
    for _ in range(repeat):
        for contender in contenders:
            run_once(result, contender)


def run_once(result: Result, contender: Contender) -> None:
    """Measure one contender once, and look at what it left."""
    say(f"{result.benchmark}: {contender.name}")
    if contender.output is not None:
        remove(contender.output)
    figures = measure([str(word) for word in contender.command], ok=contender.ok)
    say(f"{result.benchmark}: {contender.name}: {figures.seconds:.2f} s")
    contender.check()
    if contender.output is not None:
        remove(contender.output)
    result.processes.setdefault(contender.name, []).append(figures)


def remove(path: Path) -> None:
    """Take a folder away, if it is there."""
    shutil.rmtree(path, ignore_errors=True)


def say(text: str) -> None:
    """Tell on stderr what is being done."""
    print(text, file=sys.stderr, flush=True)


def stamp(result: Result) -> None:
    """Write date, machine and versions into a result."""
    result.date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    result.machine = {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "load": os.getloadavg()[2],
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        **{library: version(library) for library in LIBRARIES},
        "commit": _commit(),
    }


def _commit() -> str:
    """The commit that is measured; `-dirty` where other files than results differ from it."""

    def told(*command: str) -> str:
        return subprocess.run(
            ["git", *command], cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout.strip()

    changed = told("status", "--porcelain", "--untracked-files=no", "--", ".", ":!benchmarks/results")
    return told("rev-parse", "--short", "HEAD") + ("-dirty" if changed else "")


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )


def save(result: Result, path: Path) -> None:
    """Write a result as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(result), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load(path: Path) -> Result:
    """Read a result back."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    stored["processes"] = {
        name: [Figures(**figures) for figures in rounds] for name, rounds in stored["processes"].items()
    }
    stored["measures"] = [Measure(**measure) for measure in stored["measures"]]
    return Result(**stored)


def spread(values: Sequence[float]) -> str:
    """Smallest, median and largest, with three digits that count; one number of one round."""
    if len(values) == 1:
        return number(values[0])
    return " / ".join(number(value) for value in (min(values), statistics.median(values), max(values)))


def number(value: float) -> str:
    """A figure as a person reads it."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.4f}"


def tables(result: Result) -> list[tuple[list[str], list[list[str]]]]:
    """Header and rows of a result's tables: its processes, then its measures."""
    found = []
    if result.processes:
        header = ["process", "wall s, min / median / max", "CPU s", "peak GiB", "written MiB"]
        rows = [
            [
                name,
                spread([f.seconds for f in rounds]),
                number(statistics.median(f.cpu for f in rounds)),
                number(max(f.peak_gib for f in rounds)),
                number(statistics.median(f.written_mib for f in rounds)),
            ]
            for name, rounds in result.processes.items()
        ]
        found.append((header, rows))
    if result.measures:
        header = ["measure", "min / median / max", "to reach", ""]
        rows = [[m.what, f"{spread(m.values)} {m.unit}", m.aim, m.verdict] for m in result.measures]
        found.append((header, rows))
    return found


def show(result: Result) -> None:
    """Print a result's tables."""
    console = Console()
    for n, (header, rows) in enumerate(tables(result)):
        table = Table(title=f"{result.benchmark}: {result.title}" if n == 0 else None, title_justify="left")
        for column, name in enumerate(header):
            table.add_column(name, justify="left" if column == 0 else "right")
        for row in rows:
            table.add_row(*row)
        console.print(table)
    for note in result.notes:
        console.print(note)
