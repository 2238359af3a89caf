"""The benchmarks, one for each row of the table in README.md."""

import hashlib
import importlib.util
import json
import shutil
import uuid
from pathlib import Path

from bench import (
    CONTACT_MERGE,
    HERE,
    MOVE,
    MOVE_AS_PRODUCT,
    PYTHON,
    RUN,
    Bench,
    merged_responses,
    output_json,
    standing_reversals,
)
from figures import ROOT, Contender, Figures, Measure, Result, alternate, remove, run_once, say
from shapes import contacts_needed

AS_OF = "2026-11-25T12:00:00"
LARGE = 10_000_000


def merge(
    bench: Bench,
    command: str,
    *,
    contacts: list[int],
    requests: list[int],
    shape: str,
    children: float,
    wide: bool,
) -> Result:
    """From files to files with all outputs, beside the yardstick; several sizes also beside each other."""
    sizes = list(zip(contacts, requests, strict=True))
    title = "; ".join(f"{c:,} contacts, {c * children:,.0f} children, {r:,} requests" for c, r in sizes)
    result = Result("merge", f"{title} ({shape}{', wide' if wide else ''})", command)
    labels, contenders = [], []
    for count, asked in sizes:
        given = bench.input(contacts=count, requests=asked, shape=shape, children=children, wide=wide)
        label = f", {count:,} contacts" if len(sizes) > 1 else ""
        contenders += [*bench.moves(given, label), bench.run(given, RUN + label)]
        labels.append(label)
    alternate(result, contenders, bench.repeat)
    for label in labels:
        result.ratio(f"run ÷ move, DuckDB's defaults{label}", RUN + label, MOVE + label, most=1.25)
        result.ratio(
            f"run ÷ move, as the product's warehouse is set{label}",
            RUN + label,
            MOVE_AS_PRODUCT + label,
            most=1.25,
        )
    for (count, _), label in zip(sizes[1:], labels[1:], strict=True):
        times = count / contacts[0]
        result.ratio(f"run{label} ÷ run{labels[0]}", RUN + label, RUN + labels[0], most=round(1.1 * times, 2))
    for (count, _), label in zip(sizes, labels, strict=True):
        peaks = [figures.peak_gib for figures in result.processes[RUN + label]]
        result.measures.append(
            Measure(f"peak memory of run{label}", "GiB", peaks, most=4 if count >= LARGE else None)
        )
    return result


def batch(bench: Bench, command: str, *, contacts: int, requests: int) -> Result:
    """New requests on a loaded warehouse, no files written; each round brings the next ones."""
    result = Result(
        "batch",
        f"new requests on a warehouse of {contacts:,} contacts and {requests:,} answered requests",
        command,
    )
    sizes = (1_000, 100) if requests >= 1_000 else (20, 2)
    last = requests + bench.repeat * sum(sizes)
    if contacts < contacts_needed("mixed", last):
        raise SystemExit(f"{bench.repeat} rounds need {contacts_needed('mixed', last):,} contacts")
    given = bench.input(contacts=contacts, requests=requests)
    warehouse, output = bench.work / "batch.duckdb", bench.work / "batch"
    run = [CONTACT_MERGE, "run", "--quiet", "--warehouse", warehouse, "--output", output]
    run += bench.config(export="none")
    _drop(warehouse)
    run_once(result, Contender("loading it (once)", [*run, "--input", given.folder], output))
    size = warehouse.stat().st_size
    done = requests
    grown: dict[int, list[float]] = {size: [] for size in sizes}
    for number in range(bench.repeat):
        moves = bench.moves(given)
        for contender in moves if number % 2 == 0 else reversed(moves):
            run_once(result, contender)
        for count in sizes:
            new = bench.requests(contacts=contacts, first=done, until=done + count)
            before = warehouse.stat().st_size
            run_once(result, Contender(f"{count:,} new requests", [*run, "--input", new], output))
            grown[count].append((warehouse.stat().st_size - before) / 2**20)
            done += count
            assert merged_responses(warehouse) == done, merged_responses(warehouse)
    _drop(warehouse)
    for count in sizes:
        name = f"{count:,} new requests"
        for move in (MOVE, MOVE_AS_PRODUCT):
            pairs = zip(result.seconds(name), result.seconds(move), strict=True)
            shares = [100 * seconds / of for seconds, of in pairs]
            result.measures.append(
                Measure(f"{name} ÷ {move}", "%", shares, most=5 if count == sizes[0] else None)
            )
    many, few = ([f.written_mib for f in result.processes[f"{count:,} new requests"]] for count in sizes)
    for count, written in zip(sizes, (many, few), strict=True):
        result.measures.append(Measure(f"written by {count:,} new requests", "MiB", written))
        result.measures.append(
            Measure(f"the warehouse grew with {count:,} new requests by", "MiB", grown[count])
        )
    result.notes.append(f"The warehouse was {size / 2**20:,.0f} MiB before. Seconds have start-up in them.")
    return result


def shapes(bench: Bench, command: str, *, sizes: list[int], kinds: list[str], children: float) -> Result:
    """Seconds a request in shapes that nest or grow without end, at two sizes; and the deciding pass alone."""
    result = Result(
        "shapes", f"{', '.join(kinds)}: {' and '.join(f'{size:,}' for size in sizes)} requests", command
    )
    contenders = []
    for kind in kinds:
        for size in sizes:
            count = contacts_needed(kind, size)
            given = bench.input(contacts=count, requests=size, shape=kind, children=children)
            contenders.append(bench.run(given, f"{kind}, {size:,} requests, {count:,} contacts"))
    alternate(result, contenders, bench.repeat)
    small, large = sizes[0], sizes[-1]
    for n, kind in enumerate(kinds):
        of = {
            size: [s / size for s in result.seconds(contenders[n * len(sizes) + m].name)]
            for m, size in enumerate(sizes)
        }
        for size in sizes:
            result.measures.append(
                Measure(f"{kind}, {size:,}: whole run", "µs a request", [s * 1e6 for s in of[size]])
            )
        if small == large:
            continue
        result.measures.append(
            Measure(
                f"{kind}: a request at {large:,} ÷ at {small:,}",
                "×",
                [b / a for a, b in zip(of[small], of[large], strict=True)],
                most=1.3,
            )
        )
    for kind in kinds:
        for size in sizes:
            say(f"shapes: deciding alone, {kind}, {size:,}")
            given = bench.input(
                contacts=contacts_needed(kind, size), requests=size, shape=kind, children=children
            )
            told = output_json([PYTHON, HERE / "decide_alone.py", given.folder, bench.repeat])
            assert told["requests"] == size, told
            for part, name, most in (
                ("walk", "the pass request by request (retirement._walk)", None),
                ("answer", "accept or refuse (retirement.answer)", 5),
                ("decide", "all of contact_merge.decide, with its SQL and messages", None),
            ):
                values = [seconds / size * 1e6 for seconds in told[part]]
                result.measures.append(
                    Measure(f"{kind}, {size:,}: {name}", "µs a request", values, most=most)
                )
    result.notes.append(
        f"Each shape has the contacts that its requests name and {children:g} children a contact; whole runs, from files to "
        "files, with start-up, which weighs more in the smaller one."
    )
    return result


def rivals(bench: Bench, command: str, *, contacts: int, requests: int, kinds: list[str]) -> Result:
    """What people do today on the same files: timed on the first shape, once on the others; all compared with ours."""
    result = Result(
        "rivals", f"{contacts:,} contacts, {contacts * 11:,} children, {requests:,} requests", command
    )
    scripts = {
        "SQLite loop": "sqlite_loop.py",
        "pandas script": "pandas_script.py",
        "depth-1 SQL": "depth_one.py",
    }
    if importlib.util.find_spec("pandas") is None:
        del scripts["pandas script"]
        result.notes.append("The pandas script was left out: run with `uv run --group benchmarks`.")
    ours = bench.work / "ours"
    phases: dict[str, list[float]] = {}
    for shape in kinds:
        given = bench.input(contacts=contacts, requests=requests, shape=shape)
        remove(ours)
        compared: set[str] = set()

        def keep(output: Path) -> None:
            if not ours.exists():
                (output / "merged").rename(ours)

        def look(name: str, output: Path, shape: str = shape, compared: set[str] = compared) -> None:
            if (told := output / "phases.json").exists() and shape == kinds[0]:
                phases.setdefault(name, []).append(json.loads(told.read_text(encoding="utf-8"))["merge"])
            if name in compared:
                return
            compared.add(name)
            differing = output_json([PYTHON, HERE / "rivals" / "compare.py", ours, output])
            exactly = differing.pop("contacts_exactly")
            if shape == "pairs" or name == "SQLite loop":
                assert not any(differing.values()), (name, differing)
            children = sum(differing.values()) - differing["contacts"]
            result.notes.append(
                f"{name}, {shape}: {differing['contacts']:,} contacts and {children:,} child rows differ from ours"
                + (
                    f" ({exactly:,} contacts with the spelling of numbers in JSON)."
                    if exactly > differing["contacts"]
                    else "."
                )
            )

        contenders = [bench.run(given, f"{RUN}, {shape}", also=keep)]
        for name, script in scripts.items():
            output = bench.work / "rival"
            contenders.append(
                Contender(
                    f"{name}, {shape}",
                    [PYTHON, HERE / "rivals" / script, given.folder, output, AS_OF],
                    output,
                    lambda name=name, output=output, look=look: look(name, output),
                )
            )
        contenders[1:1] = bench.moves(given, f", {shape}")
        alternate(result, contenders, bench.repeat if shape == kinds[0] else 1)
    remove(ours)
    run = f"{RUN}, {kinds[0]}"
    for name, least in (("SQLite loop", 100), ("pandas script", 5)):
        if name in scripts:
            result.ratio(f"{name} ÷ run, whole processes", f"{name}, {kinds[0]}", run, least=least)
    result.ratio("run ÷ depth-1 SQL, whole processes", run, f"depth-1 SQL, {kinds[0]}", most=1.2)
    for name, merging in phases.items():
        beyond = zip(result.seconds(run), result.seconds(f"{MOVE_AS_PRODUCT}, {kinds[0]}"), strict=True)
        # Where a run takes no longer than moving, the machine's noise is larger than what is looked for.
        pairs = [(theirs, a - b) for theirs, (a, b) in zip(merging, beyond, strict=True) if a > b]
        result.measures.append(
            Measure(f"{name}: its merging alone, without loading and writing", "s", merging)
        )
        if pairs:
            result.measures.append(
                Measure(
                    f"{name}: its merging alone ÷ what our run takes beyond move (as the warehouse is set)",
                    "×",
                    [theirs / rest for theirs, rest in pairs],
                )
            )
    return result


def start(bench: Bench, command: str) -> Result:
    """`--help`, and a run on data_samples."""
    result = Result("start", "from nothing", command)
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
    return result


def undo(bench: Bench, command: str, *, contacts: int, requests: int) -> Result:
    """One request out of many taken back, no files written; each round takes back another one."""
    result = Result("undo", f"one of {requests:,} requests on {contacts:,} contacts", command)
    given = bench.input(contacts=contacts, requests=requests)
    warehouse, output = bench.work / "undo.duckdb", bench.work / "undo"
    config = bench.config(export="none")
    _drop(warehouse)
    where = ["--warehouse", warehouse, "--output", output]
    load = [CONTACT_MERGE, "run", "--quiet", "--input", given.folder, *where, *config]
    run_once(result, Contender("loading it (once)", load, output))
    opened = (
        "import sys, pathlib, contact_merge.cli, contact_merge.pipeline; from contact_merge.settings import Settings\n"
        "from contact_merge.warehouse import open_warehouse\n"
        "with open_warehouse(pathlib.Path(sys.argv[1]), Settings()): pass"
    )
    starting = Contender("start-up: import, open the warehouse, close it", [PYTHON, "-c", opened, warehouse])
    name = "contact-merge undo"
    for number in range(bench.repeat):
        request = uuid.UUID(hashlib.md5(f"r{number * 7 % requests}".encode()).hexdigest())
        run_once(result, starting)
        run_once(
            result, Contender(name, [CONTACT_MERGE, "undo", "--quiet", *where, *config, str(request)], output)
        )
        assert standing_reversals(warehouse) == number + 1, standing_reversals(warehouse)
    _drop(warehouse)
    pairs = zip(result.seconds(name), result.seconds(starting.name), strict=True)
    result.measures.append(Measure("undo beyond start-up", "s", [a - b for a, b in pairs]))
    result.measures.append(Measure("written by an undo", "MiB", _written(result.processes[name])))
    return result


def _written(rounds: list[Figures]) -> list[float]:
    return [figures.written_mib for figures in rounds]


def _drop(warehouse: Path) -> None:
    for path in warehouse.parent.glob(f"{warehouse.name}*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
