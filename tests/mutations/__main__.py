"""Break the rules one by one, each in a copy of the project, and see that the tests notice: `uv run python tests/mutations`.

Words after it choose the mutations whose rule has all of them. Prints one row of a Markdown table for each; the exit
code is 1 where a broken rule went unnoticed, or the text to be broken is not at its marker any more.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rules import Mutation, with_words

ROOT = Path(__file__).parents[2]


def noticed(mutation: Mutation, copy: Path) -> str:
    """The first test that fails in the copy with this rule broken; empty where none does."""
    files = [str(file) for pattern in mutation.tests.split() for file in copy.glob(pattern)]
    assert files, f"no such tests: {mutation.tests}"
    wanted = f"({mutation.test}) and not [reference and not -reference"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-n",
            "0",
            "-m",
            "",  # long ones, too
            "-p",
            "no:cacheprovider",
            "-k",
            wanted,
            *files,
        ],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy / "pipelines")},
        capture_output=True,
        text=True,
        check=False,
    )
    failed = [line.split(" ")[1] for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    if done.returncode not in (0, 1) or (done.returncode == 1 and not failed):
        raise RuntimeError(f"{mutation.rule}: pytest ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return failed[0] if failed else ""


def main(words: list[str]) -> int:
    chosen = with_words(words)
    unnoticed = 0
    print("| rule | kept in | noticed by |\n|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        copy = Path(folder, "copy")
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "out", "benchmarks"))
        for mutation in chosen:
            path = copy / mutation.file
            text = path.read_text(encoding="utf-8")
            path.write_text(mutation.broken(text), encoding="utf-8")
            test = noticed(mutation, copy)
            path.write_text(text, encoding="utf-8")
            unnoticed += not test
            print(
                f"| {mutation.rule} | `{mutation.file}` | {f'`{test}`' if test else '**nobody**'} |",
                flush=True,
            )
    print(f"\n{len(chosen)} rule{'' if len(chosen) == 1 else 's'} broken, {unnoticed} unnoticed.")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
