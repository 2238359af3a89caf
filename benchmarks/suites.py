"""The benchmarks, one for each row of the table in README.md. Each fills a result: title, processes, measures and notes."""

import hashlib
import importlib.util
import uuid
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from bench import (
    CONTACT_MERGE,
    HERE,
    MOVE,
    MOVE_OUR_PARQUET,
    PYTHON,
    RIVALS,
    RUN,
    Bench,
    Input,
    bytes_of_keys,
    merged_responses,
    newest_run,
    output_json,
    reversed_requests,
    rows_add_up,
    size,
)
from figures import ROOT, Contender, Measure, Result, alternate, remove, run_once, say
from shapes import requests_possible

LARGE = 10_000_000
MIB, KB = 2**20, 1000


def merge(bench: Bench, result: Result, *, contacts: int, requests: int, wide: bool = False) -> None:
    """From files to files with all outputs, beside moving the tables and beside the least that merges them."""
    given = bench.input(contacts=contacts, requests=requests, wide=wide)
    result.title = f"{_world(given)} (mixed{', wide' if wide else ''})"
    large = contacts >= LARGE
    alternate(result, [*bench.moves(given), bench.run(given), bench.rival("direct", given)], bench.repeat)
    _beside_move(result, RUN, most=1.4 if wide else 1)
    result.ratio(f"{RUN} ÷ direct", RUN, "direct", most=None if wide or large else 2)
    peaks = [figures.peak_gib for figures in result.processes[RUN]]
    result.measures.append(Measure(f"peak memory of {RUN}", "GiB", peaks, most=4 if large else None))


def rivals(bench: Bench, result: Result, *, contacts: int, requests: int, kinds: list[str]) -> None:
    """What people do today on the same files: timed on the first shape, once on the others; all compared with ours."""
    names = [name for name in RIVALS if name != "pandas script" or importlib.util.find_spec("pandas")]
    if len(names) < len(RIVALS):
        result.notes.append("The pandas script was left out: run with `uv run --group benchmarks`.")
    ours = bench.work / "ours"
    for shape in kinds:
        given = bench.input(contacts=contacts, requests=requests, shape=shape)
        result.title = result.title or _world(given)
        remove(ours)
        compared: set[str] = set()

        def keep(output: Path) -> None:
            if not ours.exists():
                (output / "merged").rename(ours)

        def look(name: str, output: Path, shape: str = shape, compared: set[str] = compared) -> None:
            if name in compared:
                return
            compared.add(name)
            differing = output_json([PYTHON, HERE / "rivals" / "compare.py", ours, output])
            exactly = differing.pop("contacts_exactly")
            claimed = {  # what this rival says that it does right here
                table: count
                for table, count in differing.items()
                if name == "SQLite loop"
                or (name != "direct" and shape == "pairs")
                or (name == "direct" and table not in ("contacts", "list_memberships"))
            }
            assert not any(claimed.values()), (name, differing)
            children = sum(differing.values()) - differing["contacts"]
            spelled = f" ({exactly:,} contacts with the spelling of numbers in JSON)"
            result.notes.append(
                f"{name}, {shape}: {differing['contacts']:,} contacts and {children:,} child rows differ from ours"
                f"{spelled if exactly > differing['contacts'] else ''}."
            )

        contenders = [bench.run(given, f"{RUN}, {shape}", also=keep), *bench.moves(given, f", {shape}")]
        contenders += [bench.rival(name, given, f", {shape}", also=look) for name in names]
        alternate(result, contenders, bench.repeat if shape == kinds[0] else 1)
    remove(ours)
    goals = {"pandas script": 0.75, "depth-1 SQL": 1.2, "direct": 2}
    for name in names:
        over, under = f"{RUN}, {kinds[0]}", f"{name}, {kinds[0]}"
        result.ratio(f"{RUN} ÷ {name}", over, under, most=goals.get(name))


def batch(bench: Bench, result: Result, *, contacts: int, requests: int, new: int) -> None:
    """New requests on a loaded warehouse, no files written; each round brings the next ones."""
    given = bench.input(contacts=contacts, requests=requests)
    result.title = f"{new:,} new requests on a warehouse of {_world(given)}; no files written"
    name = f"{new:,} new requests"
    with bench.loaded(result, given, export="none") as output:
        for asked, answered in _rounds(bench, result, given, new):
            run_once(result, Contender(name, bench.command(asked, output, export="none")))
            assert merged_responses(output) == answered, merged_responses(output)
    _beside_move(result, name, most=0.06)


def nightly(bench: Bench, result: Result, *, contacts: int, requests: int, new: int) -> None:
    """The same export again and new requests on a loaded warehouse, all files written."""
    given = bench.input(contacts=contacts, requests=requests)
    result.title = (
        f"the same export again and {new:,} new requests on a warehouse of {_world(given)}; all files written"
    )
    name = f"export and {new:,} new requests"
    with bench.loaded(result, given) as output:
        for asked, answered in _rounds(bench, result, given, new):
            folder = bench.export_with(given, asked)
            run_once(result, Contender(name, bench.command(folder, output)))
            rows_add_up(output, given, answered)
    _beside_move(result, name, most=0.7)


def nights(bench: Bench, result: Result, *, contacts: int, count: int, new: int, export: str) -> None:
    """Night after night a new export and new requests, of which each retires a contact that came the day before."""
    if count < 3 or contacts <= new:
        raise SystemExit("nights needs --nights 3 or more, and more --contacts than --new")
    year = bench.input(contacts=contacts - new + count * new, requests=count * new, shape="arrivals")
    result.title = f"{count} nights of {new:,} requests on {contacts:,} contacts" + (
        "; no files written" if export == "none" else ""
    )
    name, output = "one night", bench.work / "nights"
    sizes: dict[str, list[float]] = {"warehouse": [], "snapshots": [], "other files": []}
    remove(output)
    for n in range(count):
        tonight = bench.night(year, first=n * new, until=(n + 1) * new)
        as_of = f"{date(2026, 1, 1) + timedelta(days=n)}T03:00:00Z"
        run_once(result, Contender(name, [*bench.command(tonight, output, export=export), "--as-of", as_of]))
        remove(tonight)
        assert merged_responses(output) == (n + 1) * new, merged_responses(output)
        warehouse, snapshots = size(output / "warehouse.duckdb"), size(output / "warehouse.duckdb.raw")
        rest = size(output) - warehouse - snapshots
        for part, value in zip(sizes.values(), (warehouse, snapshots, rest), strict=True):
            part.append(value / MIB)
    written = ["--output", output] if export == "full" else []
    output_json([CONTACT_MERGE, "verify", "--json", "--warehouse", output / "warehouse.duckdb", *written])
    remove(output)
    seconds = result.seconds(name)
    few = max(1, min(5, (count - 1) // 2))
    ratios = [late / early for early, late in zip(seconds[1 : 1 + few], seconds[-few:], strict=True)]
    result.measures.append(Measure(f"night {count} ÷ night 2", "×", ratios, most=1.2))
    for part, values in sizes.items():
        grown = [b - a for a, b in pairwise(values[1:])]
        each = sum(grown) * MIB / (new * len(grown))
        result.measures.append(Measure(f"{part}: size after each night", "MiB", values))
        result.measures.append(Measure(f"{part}: growth", "bytes a request", [each]))
        half = len(grown) // 2
        if part == "warehouse" and sum(grown[:half]) > 0:
            ratio = sum(grown[-half:]) / sum(grown[:half])
            what = f"{part}: growth in the second half of the nights ÷ in the first"
            result.measures.append(Measure(what, "×", [ratio], most=1.1))
    result.notes.append(
        f"Night {count} ÷ night 2: the last {few}, in order, against as many from the second on. Growth is shown from the second "
        "night on. The JSON has the seconds of each night and the sizes after it, in order."
    )


def verify(bench: Bench, result: Result, *, contacts: int, requests: int) -> None:
    """Every check, of the warehouse and of all its files."""
    given = bench.input(contacts=contacts, requests=requests)
    result.title = _world(given)
    name = "contact-merge verify --output"
    with bench.loaded(result, given) as output:
        command = [CONTACT_MERGE, "verify", "--quiet", "--output", output, *bench.config()]
        alternate(result, [*bench.moves(given), Contender(name, command)], bench.repeat)
    _beside_move(result, name, most=1.5)


def undo(bench: Bench, result: Result, *, contacts: int, requests: int, new: int) -> None:
    """One request undone, without files and with all of them, and a whole batch; each round undoes others."""
    given = bench.input(contacts=contacts, requests=requests)
    result.title = f"on a warehouse of {_world(given)}"
    names = [
        "undo of one request, no files written",
        "undo of one request",
        f"undo of a batch of {new:,} requests",
    ]
    undone = 0
    with bench.loaded(result, given) as output:
        for asked, _ in _rounds(bench, result, given, new):
            run_once(result, Contender(f"{new:,} new requests", bench.command(asked, output)))
            one, another = (
                str(uuid.UUID(hashlib.md5(f"r{(undone + n) % requests}".encode()).hexdigest()))
                for n in (0, 1)
            )
            for name, export, what, many in (
                (names[0], "none", [one], 1),
                (names[1], "full", [another], 1),
                (names[2], "full", ["--batch", newest_run(output)], new),
            ):
                command = [CONTACT_MERGE, "undo", "--quiet", "--output", output, *bench.config(export=export)]
                run_once(result, Contender(name, [*command, *what]))
                undone += many
                assert reversed_requests(output) == undone, (reversed_requests(output), undone)
    for name in names:
        _beside_move(result, name)


def disk(bench: Bench, result: Result, *, contacts: int, requests: int) -> None:
    """What a warehouse and its files take, beside the Parquet files that were loaded."""
    given = bench.input(contacts=contacts, requests=requests)
    result.title = _world(given)
    of = size(given.folder)
    with bench.loaded(result, given) as output:
        warehouse, keys = size(output / "warehouse.duckdb"), bytes_of_keys(output)
        snapshots, merged = size(output / "warehouse.duckdb.raw"), size(output / "merged")
        events = size(output / "events")
    rest = warehouse - keys
    result.measures += [
        Measure("Parquet input", "MiB", [of / MIB]),
        Measure("snapshots ÷ Parquet input", "×", [snapshots / of]),
        Measure("keys ÷ Parquet input", "×", [keys / of]),
        Measure("rest of the warehouse ÷ Parquet input", "×", [rest / of]),
        Measure("rest of the warehouse", "KB a request", [rest / requests / KB]),
        Measure(
            "snapshots, keys and rest, less 8 KB a request, ÷ Parquet input",
            "×",
            [(snapshots + warehouse - 8 * KB * requests) / of],
            most=1.35,
        ),
        Measure("merged/ ÷ Parquet input", "×", [merged / of], most=1),
        Measure("events/", "KB a request", [events / requests / KB]),
    ]


def shapes(bench: Bench, result: Result, *, contacts: list[int], kinds: list[str], children: float) -> None:
    """Seconds a request in shapes that nest or grow without end, at two sizes; and accepting or refusing alone."""
    result.title = f"{', '.join(kinds)} of {' and '.join(f'{count:,}' for count in contacts)} contacts"
    inputs: dict[tuple[str, int], Input] = {
        (kind, count): bench.input(
            contacts=count, requests=requests_possible(kind, count), shape=kind, children=children
        )
        for kind in kinds
        for count in contacts
    }
    named = {key: f"{key[0]} of {key[1]:,} contacts" for key in inputs}
    alternate(result, [bench.run(given, named[key]) for key, given in inputs.items()], bench.repeat)
    each = {
        key: [seconds / given.rows["merge_requests"] * 1e6 for seconds in result.seconds(named[key])]
        for key, given in inputs.items()
    }
    for key, values in each.items():
        result.measures.append(Measure(f"{named[key]}: whole run", "µs a request", values))
    small, large = contacts[0], contacts[-1]
    for kind in kinds if small != large else ():
        ratios = [b / a for a, b in zip(each[kind, small], each[kind, large], strict=True)]
        what = f"{kind}: a request at {large:,} ÷ at {small:,} contacts"
        result.measures.append(Measure(what, "×", ratios, most=1.3))
    for kind in kinds:
        given = inputs[kind, large]
        say(f"{result.benchmark}: deciding alone, {named[kind, large]}")
        timed = output_json([PYTHON, HERE / "decide_alone.py", given.folder, bench.repeat])
        assert timed["requests"] == given.rows["merge_requests"], timed
        values = [seconds / timed["requests"] * 1e6 for seconds in timed["answer"]]
        what = f"{named[kind, large]}: accept or refuse alone"
        result.measures.append(Measure(what, "µs a request", values, most=5))
    result.notes.append(
        f"Every contact takes part, and has {children:g} children; whole runs, from files to files, with start-up, which "
        "weighs more in the smaller one."
    )


def start(bench: Bench, result: Result) -> None:
    """`--help`, and a run on data_samples."""
    result.title = "from nothing"
    output = bench.work / "start"
    sample = [CONTACT_MERGE, "run", "--quiet", "--input", ROOT / "data_samples", "--output", output]
    contenders = [
        Contender("contact-merge --help", [CONTACT_MERGE, "--help"]),
        Contender(
            "run on data_samples", sample, output, lambda: (output / "manifest.json").stat() and None, ok=(1,)
        ),
    ]
    alternate(result, contenders, bench.repeat)
    for contender, most in zip(contenders, (0.3, 2), strict=True):
        result.measures.append(Measure(contender.name, "s", result.seconds(contender.name), most=most))


def _rounds(bench: Bench, result: Result, given: Input, new: int) -> Iterator[tuple[Path, int]]:
    """For each round, after both moves: a folder with the next `new` requests, and how many there are with them."""
    done = given.rows["merge_requests"]
    for _ in range(bench.repeat):
        for move in bench.moves(given):
            run_once(result, move)
        asked = bench.requests(contacts=given.rows["contacts"], first=done, until=done + new)
        done += new
        yield asked, done
        remove(asked)


def _beside_move(result: Result, name: str, *, most: float | None = None) -> None:
    """The ratios to both moves; what is to be reached holds for the one with DuckDB's defaults."""
    result.ratio(f"{name} ÷ {MOVE}", name, MOVE, most=most)
    result.ratio(f"{name} ÷ {MOVE_OUR_PARQUET}", name, MOVE_OUR_PARQUET)


def _world(given: Input) -> str:
    children = sum(given.rows.values()) - given.rows["contacts"] - given.rows["merge_requests"]
    return f"{given.rows['contacts']:,} contacts, {children:,} children, {given.rows['merge_requests']:,} requests"


SUITES: dict[str, Callable[..., None]] = {
    "start": start,
    "merge": merge,
    "rivals": rivals,
    "wide": lambda bench, result, **asked: merge(bench, result, **asked, wide=True),
    "large": merge,
    "batch": batch,
    "nightly": nightly,
    "nights": nights,
    "verify": verify,
    "undo": undo,
    "disk": disk,
    "shapes": shapes,
}
