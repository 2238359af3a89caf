"""README.md's tables between its markers, and results.svg, out of the figures in results/*.json."""

import statistics
from html import escape
from pathlib import Path

from figures import Measure, Result, load, number, spread, tables

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
BEGIN, END = "<!-- results: written by `run.py report` -->", "<!-- end of results -->"
FURTHEST = 4.0  # times the aim, at the right edge of the plot


def write_report() -> None:
    """Write tables and plot; SystemExit where nothing was measured."""
    found = {path.stem: load(path) for path in sorted(RESULTS.glob("*.json"))}
    if not found:
        raise SystemExit(
            f"{RESULTS} holds no figures; run a benchmark with --json {RESULTS}/NAME.json first."
        )
    readme = HERE / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    readme.write_text(f"{before}{BEGIN}\n{markdown(found)}\n{END}{after}", encoding="utf-8")
    (HERE / "results.svg").write_text(plot(found), encoding="utf-8")


def markdown(found: dict[str, Result]) -> str:
    """The tables of all results, one section each."""
    return "\n\n".join(
        [
            "![How far each measure is from what is to be reached](results.svg)",
            _goals(found),
            *map(_section, found.values()),
        ]
    )


def _goals(found: dict[str, Result]) -> str:
    """One table of all that is to be reached, with what was measured, and by which command and commit."""
    rows = [
        [
            f"{result.benchmark}: {measure.what}",
            f"{spread(measure.values)} {measure.unit}",
            measure.aim,
            measure.verdict,
            f"`run.py {result.command}`",
            str(result.machine["commit"]),
        ]
        for result in found.values()
        for measure in result.measures
        if measure.aim
    ]
    return _table(["measure", "min / median / max", "to reach", "", "command", "at"], rows)


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _section(result: Result) -> str:
    machine = ", ".join(
        [
            f"{result.machine['cores']} cores ({result.machine['cpu']})",
            f"{result.machine['memory_gib']} GiB",
            *(f"{name} {result.machine[name]}" for name in ("python", "duckdb", "polars", "pyarrow")),
            f"at {result.machine['commit']}",
        ]
    )
    parts = [
        f"### {result.benchmark}: {result.title}",
        f"`uv run python benchmarks/run.py {result.command}`",
        f"{result.date}, {machine}. Load of the machine in the 15 minutes before the end: {result.machine['load']:.1f}.",
    ]
    parts += [_table(header, rows) for header, rows in tables(result)]
    parts += result.notes
    return "\n\n".join(parts)


def plot(found: dict[str, Result]) -> str:
    """A bar for each measure with an aim: how many times the aim its median is, with a line from min to max."""
    bars = [
        (f"{result.benchmark}: {measure.what}", measure)
        for result in found.values()
        for measure in result.measures
        if measure.aim
    ]
    left, wide, line, top = 560, 400, 24, 40
    unit = wide / FURTHEST
    height = top + line * len(bars) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + wide + 150}" height="{height}" '
        f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>',
        f'<text x="{left}" y="20">times what is to be reached (1 or less is reached; cut off at {FURTHEST:g})</text>',
    ]
    for n, (name, measure) in enumerate(bars):
        y = top + n * line
        low, middle, high = sorted(_distance(measure))
        color = "#3a7d44" if measure.verdict == "reached" else "#c0504d"
        ends = [left + min(value, FURTHEST) * unit for value in (low, middle, high)]
        median = statistics.median(measure.values)
        parts += [
            f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{left}" y="{y + 3}" width="{ends[1] - left:.1f}" height="14" fill="{color}"/>',
            f'<path d="M{ends[0]:.1f} {y + 10}H{ends[2]:.1f}" stroke="black"/>',
            f'<text x="{max(ends) + 6:.1f}" y="{y + 14}">{number(median)} ({escape(measure.aim)})</text>',
        ]
    bottom = top + line * len(bars)
    parts.append(f'<path d="M{left + unit} {top - 8}V{bottom + 4}" stroke="black" stroke-dasharray="4 3"/>')
    parts.append(f'<path d="M{left} {top - 8}V{bottom + 4}" stroke="black"/></svg>')
    return "\n".join(parts) + "\n"


def _distance(measure: Measure) -> tuple[float, float, float]:
    values = [min(measure.values), statistics.median(measure.values), max(measure.values)]
    if measure.most is not None:
        return tuple(value / measure.most for value in values)
    assert measure.least is not None
    return tuple(measure.least / value for value in values)
