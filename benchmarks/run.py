"""Measure contact-merge beside the yardstick and beside what people do today; README.md tells what each command shows.

    uv run python benchmarks/run.py merge --contacts 1000000 --requests 50000 --repeat 3
    uv run python benchmarks/run.py report

Each benchmark measures whole processes in turn, several times, looks whether what they left is right, and prints figures
and ratios as min / median / max; `--json FILE` keeps them for `report`.
"""

import argparse
import re
import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import suites
from bench import Bench
from figures import Result, save, say, show, stamp
from report import RESULTS, write_report
from shapes import SHAPES

# The whole table: what `all` runs, each with the name of its file in results/.
ALL = {
    "start": "start --repeat 7",
    "merge": "merge --contacts 1000000 --requests 50000 --repeat 5",
    "batch": "batch --contacts 1000000 --requests 50000 --repeat 5",
    "undo": "undo --contacts 1000000 --requests 100000 --repeat 5",
    "rivals": "rivals --contacts 1000000 --requests 100000 --repeat 1",
    "shapes": "shapes --shapes chain forest --sizes 100000 1000000 --repeat 1",
    "shapes-star": "shapes --shapes star --sizes 50000 500000 --repeat 1 --memory-limit 6GiB",
    "merge-wide": "merge --contacts 1000000 --requests 50000 --wide --repeat 3",
    "merge-large": "merge --contacts 1000000 10000000 --requests 50000 500000 --repeat 1",
}


def make_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(dest="benchmark", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--repeat", type=int, default=3, help="rounds (default 3)")
    common.add_argument(
        "--work", type=Path, help="folder for inputs, kept, and outputs; default a temporary one"
    )
    common.add_argument("--memory-limit", help="of DuckDB, for move and run, as `4GiB`")
    common.add_argument("--json", type=Path, metavar="FILE", help="keep the figures")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, parents=[common], help=text, description=text)

    one = command("merge", "from files to files, beside move")
    one.add_argument("--contacts", type=int, nargs="+", default=[1_000_000], help="one size or several")
    one.add_argument("--requests", type=int, nargs="+", default=[50_000], help="as many as sizes")
    one.add_argument("--shape", choices=SHAPES, default="mixed")
    one.add_argument("--children", type=float, default=11.0, help="child rows a contact")
    one.add_argument("--wide", action="store_true", help="contacts of 60 columns, JSON of 30 keys")
    for name, text, requests in (
        ("batch", "1,000 and 100 new requests on a loaded warehouse, as a share of move", 50_000),
        ("rivals", "a loop over SQLite, a pandas script, depth-1 SQL", 100_000),
        ("undo", "one request taken back", 100_000),
    ):
        one = command(name, text)
        one.add_argument("--contacts", type=int, default=1_000_000)
        one.add_argument("--requests", type=int, default=requests)
        if name == "rivals":
            one.add_argument("--shapes", dest="kinds", nargs="+", choices=SHAPES, default=["mixed", "pairs"])
    one = command("shapes", "seconds a request in a chain, a star and a forest; the deciding pass alone")
    one.add_argument("--shapes", dest="kinds", nargs="+", choices=SHAPES, default=["chain", "star", "forest"])
    one.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000], help="requests")
    one.add_argument("--children", type=float, default=1.0, help="child rows a contact")
    command("start", "--help, and a run on data_samples")
    one = commands.add_parser("all", help="every one of them, figures into results/, then the report")
    one.add_argument("--work", type=Path, help="as above")
    commands.add_parser("report", help="README's tables and results.svg out of results/*.json")
    return parser


def main(words: Sequence[str] | None = None) -> None:
    """Run what was asked for."""
    asked = vars(make_parser().parse_args(words))
    name = asked.pop("benchmark")
    if name == "report":
        write_report()
    elif name == "all":
        work = ["--work", str(asked["work"])] if asked["work"] else []
        failed = []
        for file, line in ALL.items():
            try:
                main([*shlex.split(line), *work, "--json", str(RESULTS / f"{file}.json")])
            except (RuntimeError, AssertionError, SystemExit) as error:
                say(f"{file} failed: {error}")
                failed.append(file)
        write_report()
        if failed:
            raise SystemExit(f"Failed: {', '.join(failed)}.")
    else:
        line = shlex.join(words if words is not None else sys.argv[1:])
        _measure(name, re.sub(r" --(work|json)[ =]\S+", "", line), asked)


def _measure(name: str, command: str, asked: dict) -> None:
    repeat, work, limit, file = (asked.pop(key) for key in ("repeat", "work", "memory_limit", "json"))
    with tempfile.TemporaryDirectory(prefix="contact-merge-benchmarks-") as temporary:
        folder = (work or Path(temporary)).resolve()
        (folder / "inputs").mkdir(parents=True, exist_ok=True)
        result: Result = getattr(suites, name)(Bench(folder, repeat, limit), command, **asked)
    stamp(result)
    show(result)
    if file is not None:
        save(result, file)


if __name__ == "__main__":
    main()
