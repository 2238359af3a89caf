"""Thousands of hostile inputs: `uv run python tests/faults/fuzz.py --inputs 10000`; prints a table of how they ended.

Workers take the inputs in chunks, each with a seed of its own, so that `--seed` repeats them all. What an input hangs or
kills is a worker, which is reported and replaced. Defects go, as Python, to the file named at the end; the exit code is 1
where there are any.
"""

import argparse
import faulthandler
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import duckdb
from fuzz_giants import GIANTS
from fuzz_inputs import Attempt
from fuzz_shapes import OF_KIND, attempts
from fuzz_try import try_attempt
from hypothesis import HealthCheck, Phase, given, seed, settings

CHUNK = 250
THE_GIANTS = 0  # the chunk of them
SECONDS, OF_A_GIANT = 180, 900  # of one input, on a busy machine; what takes longer hangs
CLOSELY = 8  # of so many inputs one is checked row by row


def fuzz_chunk(first: int, count: int, report: Path, scratch: Path, kinds: Sequence[str] = ()) -> None:
    """Try `count` inputs of the chunk with this seed; a line of `report` for each, and one before it.

    Args:
        kinds: those to draw; all where none are given.
    """
    number = 0

    @seed(first)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(attempts(kinds))
    def each(attempt: Attempt) -> None:
        nonlocal number
        number += 1
        _try_and_record(attempt, first, report, scratch, SECONDS, look_closely=number % CLOSELY == 0)

    each()


def _try_and_record(
    attempt: Attempt, chunk: int, report: Path, scratch: Path, seconds: int, *, look_closely: bool
) -> None:
    _write(report, {"begins": repr(attempt), "chunk": chunk})
    faulthandler.dump_traceback_later(seconds, exit=True)
    outcome = try_attempt(attempt, scratch, look_closely=look_closely)
    faulthandler.cancel_dump_traceback_later()
    record = {"end": outcome.end, "kind": attempt.kind, "seconds": outcome.seconds, "chunk": chunk}
    if outcome.wrong:
        record |= {"wrong": outcome.wrong, "attempt": repr(attempt), "printed": outcome.printed[-3000:]}
    _write(report, record)


def _use_one_thread() -> None:
    """There is a worker for each core already."""
    connect = duckdb.connect
    duckdb.connect = lambda database, config=None, **options: connect(
        database, config={"threads": 1, **(config or {})}, **options
    )


def _write(report: Path, line: dict[str, object]) -> None:
    with report.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def main() -> int:
    """Share the chunks out, add up what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000, help="how many inputs")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other inputs")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--report", type=Path, default=Path("out/fuzz"), help="folder for what was found")
    parser.add_argument("--kinds", nargs="+", choices=OF_KIND, default=[], help="inputs of these kinds alone")
    parser.add_argument("--chunk", type=int, help=argparse.SUPPRESS)
    given_ = parser.parse_args()
    if given_.chunk is not None:
        report = given_.report / f"{given_.chunk}.jsonl"
        _use_one_thread()
        with tempfile.TemporaryDirectory(
            prefix="fuzz-", ignore_cleanup_errors=True, dir=_in_memory()
        ) as scratch:
            if given_.chunk == THE_GIANTS:
                for giant in GIANTS:
                    attempt = Attempt("giants", giant=giant, arguments=("--json",))
                    _try_and_record(attempt, THE_GIANTS, report, Path(scratch), OF_A_GIANT, look_closely=True)
            else:
                fuzz_chunk(given_.chunk, given_.inputs, report, Path(scratch), given_.kinds)
        return 0
    began = time.monotonic()
    given_.report.mkdir(parents=True, exist_ok=True)
    for old in given_.report.glob("*.jsonl"):
        old.unlink()
    sizes = [CHUNK] * (given_.inputs // CHUNK) + [given_.inputs % CHUNK] * bool(given_.inputs % CHUNK)
    giants = [] if given_.kinds else [(THE_GIANTS, len(GIANTS))]
    waiting = [*giants, *enumerate(sizes, start=given_.seed * 1_000_000)]
    running: list[tuple[int, subprocess.Popen[bytes]]] = []
    while waiting or running:
        while waiting and len(running) < given_.workers:
            chunk, size = waiting.pop(0)
            command = [
                sys.executable,
                __file__,
                f"--chunk={chunk}",
                f"--inputs={size}",
                f"--report={given_.report}",
                *(["--kinds", *given_.kinds] if given_.kinds else []),
            ]
            running.append(
                (chunk, subprocess.Popen(command, stderr=(given_.report / f"{chunk}.stderr").open("wb")))
            )
        time.sleep(0.2)
        for one in [one for one in running if one[1].poll() is not None]:
            running.remove(one)
            _look_at_end(*one, given_.report)
    return _print_report(given_.report, time.monotonic() - began)


def _in_memory() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _look_at_end(chunk: int, worker: "subprocess.Popen[bytes]", folder: Path) -> None:
    """Record the input during which a worker died; the rest of its chunk goes untried."""
    errors = folder / f"{chunk}.stderr"
    if worker.returncode == 0:
        errors.unlink()
        return
    report = folder / f"{chunk}.jsonl"
    lines = report.read_text(encoding="utf-8").splitlines() if report.exists() else []
    last = json.loads(lines[-1]) if lines else {}
    wrong = f"the worker ended with {worker.returncode} (a hang of {SECONDS} s, or a crash)"
    printed = errors.read_text(encoding="utf-8", errors="replace")[-3000:]
    _write(
        report,
        {
            "end": "defect",
            "kind": "?",
            "seconds": SECONDS,
            "chunk": chunk,
            "wrong": wrong,
            "attempt": last.get("begins"),
            "printed": printed,
        },
    )


def _print_report(folder: Path, seconds: float) -> int:
    ends = [
        record
        for report in sorted(folder.glob("*.jsonl"))
        for record in map(json.loads, report.read_text(encoding="utf-8").splitlines())
        if "end" in record
    ]
    counted = Counter((record["kind"], record["end"]) for record in ends)
    heads = ("success", "rejects", "refused", "defect")
    print(f"| inputs | {' | '.join(heads)} | all |\n|---|{'---:|' * (len(heads) + 1)}")
    for kind in [*sorted({kind for kind, _ in counted}), "all"]:
        row = [
            sum(n for (k, end), n in counted.items() if kind in (k, "all") and end == head) for head in heads
        ]
        print(f"| {kind} | {' | '.join(f'{n:,}' for n in [*row, sum(row)])} |")
    defects = [record for record in ends if record["end"] == "defect"]
    slowest = max((record["seconds"] for record in ends), default=0.0)
    print(f"\n{len(ends):,} inputs in {seconds:,.0f} s; the slowest took {slowest:.1f} s.")
    if defects:
        found = folder / "defects.json"
        found.write_text(json.dumps(defects, indent=1), encoding="utf-8")
        for wrong, number in Counter(record["wrong"][:150] for record in defects).most_common():
            print(f"{number:5} {wrong}")
        print(f"Defects: {found}")
    return 1 if defects else 0


if __name__ == "__main__":
    sys.exit(main())
