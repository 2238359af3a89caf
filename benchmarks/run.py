"""Measure contact-merge beside the yardstick and beside what people do today; README.md says what each command shows.

    uv run python benchmarks/run.py merge
    uv run python benchmarks/run.py nights --nights 3 --contacts 2000 --new 20
    uv run python benchmarks/run.py all merge batch nightly
    uv run python benchmarks/run.py report

Each benchmark measures whole processes in turn, several times, looks whether what they left is right, and prints figures
and ratios as min / median / max; `--json FILE` keeps them for `report`. The defaults are the sizes of the table.
"""

import argparse
import re
import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import Bench
from figures import Result, save, say, show, stamp
from report import RESULTS, write_report
from shapes import SHAPES
from suites import SUITES


def make_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(dest="benchmark", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--work", type=Path, help="folder for inputs, kept, and outputs; default a temporary one"
    )
    common.add_argument("--memory-limit", help="of DuckDB, for move and run, as `4GiB`")
    common.add_argument("--json", type=Path, metavar="FILE", help="keep the figures")

    def command(name: str, text: str, *, repeat: int = 5, contacts: int = 0, requests: int = 0, new: int = 0):
        one = commands.add_parser(name, parents=[common], help=text, description=text)
        one.add_argument("--repeat", type=int, default=repeat, help=f"rounds (default {repeat})")
        for option, value in (("--contacts", contacts), ("--requests", requests), ("--new", new)):
            if value:
                one.add_argument(option, type=int, default=value, help=f"default {value:,}")
        return one

    million = {"contacts": 1_000_000, "requests": 50_000}
    command("start", "--help, and a run on data_samples", repeat=7)
    command("merge", "from files to files, beside move and the direct merge", **million)
    command("wide", "the same with contacts of 60 columns, JSON of 30 keys", **million)
    command("large", "the same at ten times the size", repeat=3, contacts=10_000_000, requests=500_000)
    one = command("rivals", "what people do today", repeat=3, contacts=1_000_000, requests=100_000)
    one.add_argument("--shapes", dest="kinds", nargs="+", choices=SHAPES, default=["mixed", "pairs"])
    command("batch", "new requests on a loaded warehouse, no files written", **million, new=1_000)
    command("nightly", "the same export again and new requests, all files written", **million, new=1_000)
    one = command("nights", "a year of nights", repeat=1, contacts=100_000, new=1_000)
    one.add_argument("--nights", dest="count", type=int, default=365, help="default 365; at least 3")
    one.add_argument("--export", choices=("full", "none"), default="full", help="whether files are written")
    command("verify", "every check, of the warehouse and all files", **million)
    command("undo", "one request undone, and a batch", **million, new=1_000)
    command("disk", "what warehouse and files take", repeat=1, **million)
    one = command("shapes", "a chain, a star and a forest at two sizes", repeat=3)
    one.add_argument("--shapes", dest="kinds", nargs="+", choices=SHAPES, default=["chain", "star", "forest"])
    one.add_argument("--contacts", type=int, nargs="+", default=[100_000, 1_000_000])
    one.add_argument("--children", type=float, default=1.0, help="child rows a contact")
    one = commands.add_parser(
        "all", help="all of them, or those named, figures into results/, then the report"
    )
    one.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SUITES))
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
        for suite in asked["names"] or SUITES:
            try:
                main([suite, *work, "--json", str(RESULTS / f"{suite}.json")])
            except (RuntimeError, AssertionError, SystemExit) as error:
                say(f"{suite} failed: {error}")
                failed.append(suite)
        write_report()
        if failed:
            raise SystemExit(f"Failed: {', '.join(failed)}.")
    else:
        line = shlex.join(words if words is not None else sys.argv[1:])
        _measure(name, re.sub(r" --(work|json)[ =]\S+", "", line), asked)


def _measure(name: str, command: str, asked: dict) -> None:
    repeat, work, limit, file = (asked.pop(key) for key in ("repeat", "work", "memory_limit", "json"))
    result = Result(name, command)
    with tempfile.TemporaryDirectory(prefix="contact-merge-benchmarks-") as temporary:
        folder = (work or Path(temporary)).resolve()
        (folder / "inputs").mkdir(parents=True, exist_ok=True)
        SUITES[name](Bench(folder, repeat, limit), result, **asked)
    stamp(result)
    show(result)
    if file is not None:
        save(result, file)


if __name__ == "__main__":
    main()
