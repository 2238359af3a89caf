"""What every benchmark shares: inputs that are made once, the commands to measure, looks at what they left."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from figures import Contender, Result, remove, run_once, say

AS_OF = "2026-11-25T12:00:00"
HERE = Path(__file__).resolve().parent
PYTHON = sys.executable
CONTACT_MERGE = Path(PYTHON).with_name("contact-merge")
CHILDREN = ("notes", "activities", "tasks", "emails", "documents")
MOVE, MOVE_OUR_PARQUET, RUN = (
    "move, DuckDB's defaults",
    "move, with our Parquet settings",
    "contact-merge run",
)
RIVALS = {
    "SQLite loop": "sqlite_loop.py",
    "pandas script": "pandas_script.py",
    "depth-1 SQL": "depth_one.py",
    "direct": "direct.py",
}
_ROWS = (
    "import json, sys, pathlib, pyarrow.parquet as pq; "
    "print(json.dumps({p.stem: pq.read_metadata(p).num_rows for p in pathlib.Path(sys.argv[1]).glob('*.parquet')}))"
)
_QUERY = (
    "import json, sys, duckdb; "
    "print(json.dumps(duckdb.connect(sys.argv[1], read_only=True).execute(sys.argv[2]).fetchall()))"
)
_KEYS = "select table_name from duckdb_tables() where schema_name = 'raw' and table_name like '\\_cm\\_keys\\_%' escape '\\'"


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
        folder, listed = self.work / "inputs" / name, self.work / "inputs" / f"{name}.json"
        if not listed.exists():
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
            listed.write_text(json.dumps(rows_of(folder)), encoding="utf-8")
        for path in folder.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())  # that writing it out is not in the time of what is measured
                while file.read(2**20):
                    pass
        return Input(folder, json.loads(listed.read_text(encoding="utf-8")))

    def requests(self, *, contacts: int, first: int, until: int) -> Path:
        """A folder with the merge requests number `first` to `until` alone."""
        folder = self.work / "requests" / f"{contacts}-{first}-{until}"
        options = ["--contacts", contacts, "--requests", until, "--first-request", first, "--only-requests"]
        _output_of([PYTHON, HERE / "generate.py", folder, *options])
        return folder

    def export_with(self, given: Input, asked: Path) -> Path:
        """That folder of requests with the other tables of an input beside them: the same files."""
        for path in given.folder.glob("*.parquet"):
            if path.stem != "merge_requests":
                (asked / path.name).hardlink_to(path)
        return asked

    def night(self, year: Input, *, first: int, until: int) -> Path:
        """A folder with the tables of the night of the requests number `first` to `until` (night.py)."""
        folder = self.work / "night"
        remove(folder)
        _output_of([PYTHON, HERE / "night.py", year.folder, folder, "--first", first, "--until", until])
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
            rows = rows_of(output)
            assert rows == given.rows, (rows, given.rows)

        return [
            Contender(MOVE + label, command, output, check),
            Contender(MOVE_OUR_PARQUET + label, [*command, "--our-parquet"], output, check),
        ]

    def command(self, source: Path, output: Path, *, export: str = "full") -> list[str | Path]:
        """`contact-merge run` from a folder of tables to a folder of outputs, the warehouse among them."""
        command = [CONTACT_MERGE, "run", "--quiet", "--input", source, "--output", output]
        return [*command, *self.config(export=export)]

    def run(
        self, given: Input, name: str = RUN, *, also: Callable[[Path], None] = lambda _: None
    ) -> Contender:
        """`contact-merge run` from files to files, with every output; `also` looks at them, too."""
        output = self.work / "run"

        def check() -> None:
            rows_add_up(output, given)
            also(output)

        command = [*self.command(given.folder, output), "--as-of", f"{AS_OF}Z"]
        return Contender(name, command, output, check)

    def rival(
        self,
        name: str,
        given: Input,
        label: str = "",
        *,
        also: Callable[[str, Path], None] = lambda _, __: None,
    ) -> Contender:
        """One of `RIVALS` on an input; `also` looks at what it wrote, too."""
        output = self.work / "rival"

        def check() -> None:
            rows = rows_of(output)
            assert all(rows[child] == given.rows[child] for child in CHILDREN), (rows, given.rows)
            also(name, output)

        python = [PYTHON, "-E"] if name == "pandas script" else [PYTHON]
        command = [*python, HERE / "rivals" / RIVALS[name], given.folder, output, AS_OF]
        return Contender(name + label, command, output, check)

    @contextmanager
    def loaded(self, result: Result, given: Input, *, export: str = "full") -> Iterator[Path]:
        """A folder of outputs, with a warehouse on which an input was run; taken away in the end."""
        output = self.work / "loaded"
        remove(output)
        try:
            run_once(
                result, Contender("loading it (once)", self.command(given.folder, output, export=export))
            )
            yield output
        finally:
            remove(output)


def rows_of(folder: Path) -> dict[str, int]:
    """The rows of each Parquet file in a folder, by table."""
    return json.loads(_output_of([PYTHON, "-c", _ROWS, folder]))


def rows_add_up(output: Path, given: Input, answered: int | None = None) -> None:
    """Every request was answered and merged, every contact is live or retired, no child was lost.

    After a batch on a loaded warehouse `answered` is the number of all requests; the manifest lists events of that batch alone.
    """
    manifest = json.loads((output / "manifest.json").read_text(encoding="utf-8"))["files"]
    rows = {Path(name).stem: file["rows"] for name, file in manifest.items() if name.startswith("merged/")}
    events = sum(file["rows"] for name, file in manifest.items() if name.startswith("events/"))
    assert rows["merge_responses"] == (answered or given.rows["merge_requests"]), rows
    assert rows["contacts"] + rows["contact_redirects"] == given.rows["contacts"], rows
    assert rows["identity_map"] == given.rows["contacts"], rows
    assert rows["contact_redirects"] >= rows["merge_responses"], rows
    assert answered or events == rows["contact_redirects"], (events, rows)
    assert all(rows[child] == given.rows[child] for child in CHILDREN), rows
    assert rows["list_memberships"] <= given.rows["list_memberships"], rows


def merged_responses(output: Path) -> int:
    """How many requests were answered 200."""
    return _query(output, "select count(*) from ledger.responses where status = 200")[0][0]


def reversed_requests(output: Path) -> int:
    """How many requests were undone."""
    return _query(output, "select count(distinct seq) from ledger.reversals")[0][0]


def newest_run(output: Path) -> str:
    """The id of the newest batch of requests."""
    batches = output_json([CONTACT_MERGE, "history", "--json", "--output", output])["batches"]
    return max(batch["batch_id"] for batch in batches if batch["kind"] == "run")


def bytes_of_keys(output: Path) -> int:
    """What the key tables of the loaded rows take of the warehouse: the blocks that they lie in."""
    blocks = " union ".join(
        f"select unnest([block_id] || additional_block_ids) as block from pragma_storage_info('raw.{table}')"
        for (table,) in _query(output, _KEYS)
    )
    sizes = "(select block_size from pragma_database_size())"
    return _query(output, f"select count(*) * {sizes} from ({blocks}) where block >= 0")[0][0]


def size(path: Path) -> int:
    """The bytes of a file, or of all files in a folder."""
    return sum(
        file.stat().st_size for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file()
    )


def _query(output: Path, text: str) -> list[list]:
    return json.loads(_output_of([PYTHON, "-c", _QUERY, output / "warehouse.duckdb", text]))


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
