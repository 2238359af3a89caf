"""What every benchmark shares: inputs that are made once, the commands to measure, looks at what they left."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from figures import Contender, say

HERE = Path(__file__).resolve().parent
PYTHON = sys.executable
CONTACT_MERGE = Path(PYTHON).with_name("contact-merge")
CHILDREN = ("notes", "activities", "tasks", "emails", "documents")
MOVE, MOVE_AS_PRODUCT, RUN = (
    "move, DuckDB's defaults",
    "move, as the product's warehouse is set",
    "contact-merge run",
)
_ROWS = (
    "import json, sys, pathlib, pyarrow.parquet as pq; "
    "print(json.dumps({p.stem: pq.read_metadata(p).num_rows for p in pathlib.Path(sys.argv[1]).glob('*.parquet')}))"
)
_QUERY = (
    "import json, sys, duckdb; "
    "print(json.dumps(duckdb.connect(sys.argv[1], read_only=True).execute(sys.argv[2]).fetchall()))"
)


@dataclass(frozen=True)
class Input:
    """A folder of generated tables, and the rows of each."""

    folder: Path
    rows: dict[str, int]


@dataclass(frozen=True)
class Bench:
    """Where and how often: the folder to work in, the rounds, the memory limit of DuckDB (None: its default)."""

    work: Path
    repeat: int
    memory_limit: str | None = None

    def input(
        self,
        *,
        contacts: int,
        requests: int,
        shape: str = "mixed",
        children: float = 11.0,
        wide: bool = False,
    ) -> Input:
        """Tables as generate.py makes them, or those made earlier; read once, so that all find them in memory."""
        name = f"{shape}-{contacts}-{requests}-{children:g}" + ("-wide" if wide else "")
        folder, told = self.work / "inputs" / name, self.work / "inputs" / f"{name}.json"
        if not told.exists():
            say(f"making {folder}")
            shutil.rmtree(folder, ignore_errors=True)
            options = [
                "--contacts",
                contacts,
                "--requests",
                requests,
                "--shape",
                shape,
                "--children",
                children,
            ]
            _output_of([PYTHON, HERE / "generate.py", folder, *options, *(["--wide"] if wide else [])])
            told.write_text(_output_of([PYTHON, "-c", _ROWS, folder]), encoding="utf-8")
        for path in folder.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())  # that writing it out is not in the time of what is measured
                while file.read(2**20):
                    pass
        return Input(folder, json.loads(told.read_text(encoding="utf-8")))

    def requests(self, *, contacts: int, first: int, until: int) -> Path:
        """A folder with the merge requests number `first` to `until` alone."""
        folder = self.work / "requests" / f"{contacts}-{first}-{until}"
        options = ["--contacts", contacts, "--requests", until, "--first-request", first, "--only-requests"]
        _output_of([PYTHON, HERE / "generate.py", folder, *options])
        return folder

    def config(self, *, export: str = "full") -> list[str | Path]:
        """`--config` with a settings file, for what differs from the defaults."""
        lines = [f'export = "{export}"'] if export != "full" else []
        lines += [f'memory_limit = "{self.memory_limit}"'] if self.memory_limit else []
        if not lines:
            return []
        path = self.work / f"settings-{export}.toml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return ["--config", path]

    def moves(self, given: Input, label: str = "") -> list[Contender]:
        """The yardstick in its two settings."""
        output = self.work / "move"
        limit = ["--memory-limit", self.memory_limit] if self.memory_limit else []
        command = [PYTHON, HERE / "move.py", given.folder, output, *limit]

        def check() -> None:
            rows = json.loads(_output_of([PYTHON, "-c", _ROWS, output]))
            assert rows == given.rows, (rows, given.rows)

        return [
            Contender(MOVE + label, command, output, check),
            Contender(MOVE_AS_PRODUCT + label, [*command, "--as-product"], output, check),
        ]

    def run(
        self, given: Input, name: str = RUN, *, also: Callable[[Path], None] = lambda _: None
    ) -> Contender:
        """`contact-merge run` from files to files, with every output; `also` looks at them, too."""
        output = self.work / "run"
        command = [CONTACT_MERGE, "run", "--quiet", "--as-of", "2026-11-25T12:00:00Z"]

        def check() -> None:
            rows_add_up(output, given)
            also(output)

        return Contender(
            name, [*command, "--input", given.folder, "--output", output, *self.config()], output, check
        )


def rows_add_up(output: Path, given: Input) -> None:
    """Every request was answered and merged, every contact is live or retired, no child was lost."""
    manifest = json.loads((output / "manifest.json").read_text(encoding="utf-8"))["files"]
    rows = {Path(name).stem: file["rows"] for name, file in manifest.items() if name.startswith("merged/")}
    events = sum(file["rows"] for name, file in manifest.items() if name.startswith("events/"))
    assert rows["merge_responses"] == given.rows["merge_requests"], rows
    assert rows["contacts"] + rows["contact_redirects"] == given.rows["contacts"], rows
    assert rows["identity_map"] == given.rows["contacts"], rows
    assert events == rows["contact_redirects"] >= given.rows["merge_requests"], (events, rows)
    assert all(rows[child] == given.rows[child] for child in CHILDREN), rows
    assert rows["list_memberships"] <= given.rows["list_memberships"], rows


def merged_responses(warehouse: Path) -> int:
    """How many requests of a warehouse were answered 200."""
    text = "select count(*) from ledger.responses where status = 200"
    return json.loads(_output_of([PYTHON, "-c", _QUERY, warehouse, text]))[0][0]


def standing_reversals(warehouse: Path) -> int:
    """How many requests of a warehouse were taken back."""
    text = "select count(distinct seq) from ledger.reversals"
    return json.loads(_output_of([PYTHON, "-c", _QUERY, warehouse, text]))[0][0]


def output_json(command: list[str | Path | int]) -> dict:
    """What a command prints as JSON."""
    return json.loads(_output_of(command))


def _output_of(command: list) -> str:
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False, env=os.environ
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout
