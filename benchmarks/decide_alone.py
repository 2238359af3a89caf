"""Time the deciding pass alone, in this process, on the requests of a folder; seconds as JSON on stdout.

    uv run python benchmarks/decide_alone.py INPUT REPEAT

Loads as a run does, then decides again and again: `decide` is all of contact_merge.decide, from the loaded requests to the
tables of decisions; `answer` is the pass within it that accepts or refuses (retirement.answer). Nothing is merged.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
from contact_merge import pipeline
from contact_merge.console import Progress
from contact_merge.decide import requests, retirement
from contact_merge.settings import Settings


class Decided(Exception):
    """Ends the run where the deciding is done."""


def main(source: Path, repeat: int) -> None:
    """Decide `repeat` times and print the seconds of each part, and the number of requests."""
    seconds: dict[str, list[float]] = {"decide": [], "answer": []}

    def timed(part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            result = function(*args, **kwargs)
            seconds[part].append(time.perf_counter() - began)
            return result

        return call

    decide = timed("decide", requests.decide)
    requests.answer = timed("answer", retirement.answer)
    count = 0

    def only_decide(con: duckdb.DuckDBPyConnection, settings: Settings) -> int:
        nonlocal count
        for _ in range(repeat):
            count = decide(con, settings)
        raise Decided

    pipeline.decide = only_decide
    with tempfile.TemporaryDirectory(dir=source.parent) as folder, suppress(Decided):
        pipeline.run(
            source,
            Path(folder),
            warehouse=None,
            dry_run=False,
            as_of=None,
            settings=Settings(),
            progress=Progress(quiet=True),
        )
    assert all(len(values) == repeat for values in seconds.values()), seconds
    print(json.dumps({"requests": count, **seconds}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
