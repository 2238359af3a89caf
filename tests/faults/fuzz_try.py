"""Runs one input in this process and judges what came of it.

An input ends in success (0), rejects with reasons (1) or one sentence (2). Whatever else happens is a defect:
- another exit, a traceback, more than one line, a value of somebody's data in what is printed,
- a statement of the input that took effect, a file that others may read,
- a refusal after which warehouse or output are not as they were,
- a result that `verify` or a count of rows contradicts.
"""

import atexit
import contextlib
import csv
import io
import json
import os
import shutil
import stat
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
from contact_merge.cli import main
from fuzz_inputs import SOUND, Attempt, Table, cell_text, put_obstacle, write_attempt
from fuzz_values import MARK, MARK_NUMBER

ENDS = {0: "success", 1: "rejects", 2: "refused"}
OURS = {"raw", "ledger", "fold", "merged", "main"}
NEVER = "pwned"


@dataclass(frozen=True)
class Outcome:
    """How an input ended: `success`, `rejects`, `refused` or `defect`, then with what is wrong; what was printed."""

    end: str
    wrong: str
    seconds: float
    printed: str


@dataclass(frozen=True)
class _Ended:
    code: int
    out: str
    err: str


def try_attempt(attempt: Attempt, scratch: Path, *, look_closely: bool) -> Outcome:
    """Run one input in a folder of its own below `scratch`; with `look_closely` what it made is checked row by row."""
    root = Path(tempfile.mkdtemp(prefix="input-", dir=scratch))
    began = time.monotonic()
    try:
        return _try(attempt, root, began, look_closely=look_closely)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _try(attempt: Attempt, root: Path, began: float, *, look_closely: bool) -> Outcome:
    folder = write_attempt(attempt, root)
    output = root / "out"
    if attempt.again:
        shutil.copytree(_first_batch(), output)
    put_obstacle(attempt.obstacle, output)
    before = _files(root)
    arguments = _arguments(attempt, folder, output, root)
    ended = _type(arguments, root)
    wrong = _wrong(attempt, ended, before, root)
    end = ENDS.get(ended.code, "defect")
    if not wrong and end != "refused" and attempt.command == "run" and look_closely:
        wrong = _wrong_inside(attempt, output, root)
    return Outcome("defect" if wrong else end, wrong, time.monotonic() - began, f"{ended.out}\n{ended.err}")


def _arguments(attempt: Attempt, folder: Path, output: Path, root: Path) -> list[str]:
    warehouse = f"--warehouse={output / 'warehouse.duckdb'}"
    given = {
        "run": ["run", f"--input={folder}", f"--output={output}"],
        "undo": ["undo", warehouse, f"--output={output}"],
        "rebuild": ["rebuild", warehouse, f"--output={output}"],
        "explain": ["explain", warehouse],
        "verify": ["verify", warehouse, f"--output={output}"],
    }.get(attempt.command, attempt.command.split())
    config = [f"--config={root / 'settings.toml'}"] if attempt.settings is not None else []
    return [*given, *config, *attempt.arguments]


def _type(arguments: list[str], root: Path) -> _Ended:
    """Type a command in the folder `root`."""
    out, err = io.StringIO(), io.StringIO()
    back = Path.cwd()
    os.chdir(root)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(arguments)
    except BaseException as error:  # a panic of a library is no Exception
        if isinstance(error, (KeyboardInterrupt, GeneratorExit)):
            raise
        return _Ended(-1, out.getvalue(), f"{err.getvalue()}\n{type(error).__name__}: {error}")
    finally:
        os.chdir(back)
    return _Ended(code, out.getvalue(), err.getvalue())


@cache
def _first_batch() -> Path:
    """The output folder of a run on sound tables, to begin from."""
    root = Path(tempfile.mkdtemp(prefix="fuzz-first-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    folder = write_attempt(Attempt("first", SOUND), root)
    ended = _type(["run", f"--input={folder}", f"--output={root / 'out'}", "--quiet"], root)
    assert ended.code == 0, ended
    return root / "out"


def _files(root: Path) -> dict[str, object]:
    """What stands below a folder: type, permissions and content of each entry."""
    found: dict[str, object] = {}
    for place, folders, files in os.walk(root):
        for name in [*folders, *files]:
            path = Path(place, name)
            facts = path.lstat()
            content: object = None
            if stat.S_ISREG(facts.st_mode):
                content = path.read_bytes()
            elif stat.S_ISLNK(facts.st_mode):
                content = str(path.readlink())
            found[str(path.relative_to(root))] = (facts.st_mode, content)
    return found


def _wrong(attempt: Attempt, ended: _Ended, before: dict[str, object], root: Path) -> str:
    """What is wrong with how it ended, as far as one sees from outside; empty where nothing is."""
    lines = ended.err.splitlines()
    if ended.code not in ENDS:
        return f"exit {ended.code}: {lines[-1] if lines else ''}"
    if "Traceback" in ended.err:
        return "a traceback"
    said = all(line.startswith("contact-merge: ") for line in lines)
    one_a_setting = f" Correct these {len(lines)} settings (docs/settings.md)."
    if (
        ended.code == 2
        and attempt.command != "undo"
        and not (said and (len(lines) == 1 or (lines and lines[-1].endswith(one_a_setting))))
    ):
        return f"refused with {len(lines)} lines"
    if ended.code == 2 and max(map(len, lines), default=0) > 1000 and attempt.kind != "arguments":
        return "refused with an endless line"
    if ended.code == 1 and not ended.err and not ended.out:
        return "rejects without a word"
    printed = (
        ended.err
        if "--dry-run" in attempt.arguments or attempt.command == "explain"
        else ended.err + ended.out
    )
    for mark in (MARK, str(MARK_NUMBER)):
        if mark in printed:
            return "a value of the data is shown"
    if (
        "--json" in attempt.arguments
        and attempt.command == "run"
        and ended.out
        and "--help" not in attempt.arguments
    ):
        try:
            json.loads(ended.out)
        except ValueError:
            return "what is printed is no JSON"
    after = _files(root)
    if any(NEVER in name for name in after.keys() - before.keys()):
        return "a statement of the input took effect"
    if ended.code == 2 and after != before:
        changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        return f"refused, yet changed: {', '.join(changed)[:200]}"
    new = {name: facts for name, facts in after.items() if before.get(name) != facts}
    return _open_to_others(new, attempt) or _left_over(new)


def _open_to_others(new: dict[str, object], attempt: Attempt) -> str:
    if attempt.settings is not None and "file_mode" in attempt.settings:
        return ""
    for name, facts in new.items():
        mode = facts[0]  # type: ignore[index]
        if stat.S_ISREG(mode) and mode & 0o077:
            return f"others may read {name}: {stat.filemode(mode)}"
    return ""


def _left_over(new: dict[str, object]) -> str:
    left = [name for name in new if name.endswith((".partial", ".wal", ".tmp")) or "/.preview-" in name]
    return f"left over: {', '.join(left)}" if left else ""


def _wrong_inside(attempt: Attempt, output: Path, root: Path) -> str:
    """What is wrong with what a run made; empty where nothing is."""
    dry = "--dry-run" in attempt.arguments
    if dry or not (output / "warehouse.duckdb").is_file():
        return ""
    with duckdb.connect(str(output / "warehouse.duckdb"), read_only=True) as con:
        schemas = {
            name for (name,) in con.execute("select distinct schema_name from duckdb_tables()").fetchall()
        }
        if not schemas <= OURS:
            return f"the warehouse has the schemas {schemas}"
        if con.execute("select 1 from duckdb_tables() where table_name = $name", {"name": NEVER}).fetchall():
            return "a statement of the input took effect"
        wrong = next(filter(None, (_miscounted(con, given, attempt) for given in attempt.tables)), "")
    if wrong:
        return wrong
    settings = [f"--config={root / 'settings.toml'}"] if attempt.settings is not None else []
    whole = [] if "none" in (attempt.settings or "") else [f"--output={output}"]
    ended = _type(["verify", f"--warehouse={output / 'warehouse.duckdb'}", *whole, *settings, "--json"], root)
    if ended.code != 0:
        failed = (
            [check["name"] for check in json.loads(ended.out).get("checks", []) if not check["passed"]]
            if ended.code == 1
            else []
        )
        return f"verify ends with {ended.code}: {', '.join(failed)} {ended.err[-300:]}"
    return ""


def _miscounted(con: duckdb.DuckDBPyConnection, given: Table, attempt: Attempt) -> str:
    """Rows of an unbroken table that are neither loaded nor rejected, or loaded with another text than they had."""
    if (
        given.breaks
        or given.place not in ("file", "link")
        or given.table in ("merge_requests", "api_keys")
        or "" in given.columns
        or any(
            "\r" in name or "\n" in name for name in given.columns
        )  # they stand unquoted in the first line
    ):
        return ""
    (loaded,) = con.execute(f"select count(*) from raw.{given.table}").fetchall()[0]
    (rejected,) = con.execute(
        "select count(distinct row_number) from raw.rejects where table_name = $table "
        "and reason not like '%counts as%'",
        {"table": given.table},
    ).fetchall()[0]
    blank = 0
    if given.format == "csv" and len(given.columns) == 1:
        blank = sum(1 for row in given.rows if not cell_text(row[0]))
    if given.format not in ("jsonl", "json") and loaded + rejected + blank < len(given.rows):
        return f"{given.table}: {len(given.rows)} rows given, {loaded} loaded, {rejected} rejected"
    beside_older = attempt.again and (rejected or "upsert" in (attempt.settings or ""))
    return _misread(con, given) if given.format == "csv" and not beside_older else ""


def _misread(con: duckdb.DuckDBPyConnection, given: Table) -> str:
    """Cells of a CSV file that the raw table holds otherwise."""
    held = con.execute(f"select * from raw.{given.table}")
    names = [name for name, *_ in held.description or ()]
    rows = held.fetchall()
    text = io.StringIO(
        "".join(",".join(_quoted(cell_text(value)) for value in row) + "\r\n" for row in given.rows),
        newline="",
    )
    wanted = [tuple(cell or None for cell in row) for row in csv.reader(text) if row]
    places = [names.index(name) for name in given.columns if name in names]
    if len(places) != len(given.columns):
        return f"{given.table}: columns are missing"
    strange = {tuple(row[place] for place in places) for row in rows} - set(wanted)
    return f"{given.table}: {len(strange)} loaded rows that nobody gave" if strange else ""


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'
