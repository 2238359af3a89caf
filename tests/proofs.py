"""All the long proofs, one after the other: `uv run python tests/proofs.py`. Hours; the exit code is 1 where one fails.

Prints the last line of each as it ends. Words after it choose proofs by name, such as `histories kills`.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTEST = [sys.executable, "-m", "pytest", "-q", "-m", ""]
FAULTS = ROOT / "tests" / "faults"
PROOFS: dict[str, tuple[dict[str, str], list[str]]] = {
    "long tests": ({}, [*PYTEST[:-1], "long"]),
    "worlds": ({"CONTACT_MERGE_WORLDS": "1000"}, [*PYTEST, "tests/reference/test_pipeline_worlds.py"]),
    "histories": (
        {"CONTACT_MERGE_HISTORIES": "500"},
        [*PYTEST, "tests/reference/test_pipeline_histories.py"],
    ),
    "shapes": (
        {"CONTACT_MERGE_SHAPED_WORLDS": "1000", "CONTACT_MERGE_SHAPED_HISTORIES": "300"},
        [*PYTEST, "tests/reference/test_shapes.py"],
    ),
    "reference": (
        {"CONTACT_MERGE_EXAMPLES": "200"},
        [*PYTEST, "tests/reference/test_histories.py", "tests/reference/test_worlds.py"],
    ),
    "explained": ({"CONTACT_MERGE_EXPLAINED": "200"}, [*PYTEST, "tests/explain/test_explain_histories.py"]),
    "cuts": ({"CONTACT_MERGE_CUTS": "1,2,10,387"}, [*PYTEST, "tests/reference/test_fake_1000.py"]),
    "at size": ({"CONTACT_MERGE_CONTACTS": "100000"}, [*PYTEST, "tests/reference/test_at_size.py"]),
    "fuzz": ({}, [sys.executable, str(FAULTS / "fuzz.py"), "--inputs", "10000"]),
    "kills": ({}, [sys.executable, str(FAULTS / "kill.py"), "--kills", "500"]),
    "starve": ({}, [sys.executable, str(FAULTS / "starve.py")]),
    "damage": ({}, [sys.executable, str(FAULTS / "damage.py")]),
    "mutations": ({}, [sys.executable, str(ROOT / "tests" / "mutations")]),
}


def main(words: list[str]) -> int:
    chosen = {
        name: proof for name, proof in PROOFS.items() if not words or any(word in name for word in words)
    }
    failed = []
    for name, (counts, command) in chosen.items():
        began = time.monotonic()
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **counts}, capture_output=True, text=True, check=False
        )
        last = next(
            (line for line in reversed(done.stdout.splitlines()) if line.strip()), "it printed nothing"
        )
        print(f"{name}: {last} (exit {done.returncode}, {time.monotonic() - began:.0f} s)", flush=True)
        if done.returncode:
            failed.append(name)
            print(done.stdout[-4000:] + done.stderr[-4000:], file=sys.stderr, flush=True)
    print(f"{len(chosen)} proofs, {len(failed)} failed{': ' + ', '.join(failed) if failed else ''}")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
