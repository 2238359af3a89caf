"""Runs one input in this process and judges what came of it.

An input ends in success (0), rejects with reasons (1) or one sentence (2). Whatever else happens is a defect:
- another exit, a traceback, more than one line, a value of somebody's data in what is printed,
- a statement of the input that took effect, a file that others may read,
- a refusal after which warehouse or output are not as they were,
- a result that `verify` or a count of rows contradicts: rows in are loaded, rejected or passed over.
  Child rows are merged or listed as dropped, CSV says what the Parquet beside it says.
  What was merged can be undone.
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
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from contact_merge.cli import main
from fuzz_inputs import (
    SOUND,
    Attempt,
    Table,
    can_be_read,
    cell_text,
    put_obstacle,
    said_cells,
    write_attempt,
)
from fuzz_values import MARK, MARK_NUMBER

ENDS = {0: "success", 1: "rejects", 2: "refused"}
OURS = {"raw", "ledger", "fold", "merged", "main"}
NEVER = "pwned"
OF_SHAPES = {"files", "entities", "presets"}
"""Kinds of inputs of which what they merge is undone, too."""


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
    if attempt.before:
        config = [f"--config={root / 'before.toml'}"] if attempt.before_settings is not None else []
        began_with = _type(
            ["run", f"--input={root / 'before'}", f"--output={output}", *config, "--quiet"], root
        )
        if began_with.code not in ENDS:
            wrong = _wrong(attempt, began_with, _files(root), root)
            return Outcome("defect", f"first run: {wrong}", time.monotonic() - began, began_with.err)
    put_obstacle(attempt.obstacle, output)
    before = _files(root)
    arguments = _arguments(attempt, folder, output, root)
    ended = _type(arguments, root)
    wrong = _wrong(attempt, ended, before, root)
    end = ENDS.get(ended.code, "defect")
    if not wrong and end != "refused" and attempt.command == "run" and look_closely:
        wrong = _wrong_inside(attempt, ended, output, root)
    if not wrong and attempt.command == "config" and ended.code == 0 and ended.out:
        wrong = _shown_otherwise(attempt, ended, root)
    made = root / attempt.folder / "settings.toml"
    if not wrong and attempt.command.startswith("init") and ended.code == 0 and made.is_file():
        wrong = _no_start(made, root)
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
    shows_values = "--dry-run" in attempt.arguments or attempt.command in ("explain", "config")
    printed = ended.err if shows_values else ended.err + ended.out
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
    if any(Path(name).name.startswith(NEVER) for name in after.keys() - before.keys()):
        return "a statement of the input took effect"
    if ended.code == 2 and after != before:
        changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        return f"refused, yet changed: {', '.join(changed)[:200]}"
    new = {name: facts for name, facts in after.items() if before.get(name) != facts}
    return _open_to_others(new, attempt) or _left_over(new)


def _open_to_others(new: dict[str, object], attempt: Attempt) -> str:
    if (attempt.settings is not None and "file_mode" in attempt.settings) or attempt.command.startswith(
        "init"
    ):
        return ""
    for name, facts in new.items():
        mode = facts[0]  # type: ignore[index]
        if stat.S_ISREG(mode) and mode & 0o077:
            return f"others may read {name}: {stat.filemode(mode)}"
    return ""


def _left_over(new: dict[str, object]) -> str:
    left = [name for name in new if name.endswith((".partial", ".wal", ".tmp")) or "/.preview-" in name]
    return f"left over: {', '.join(left)}" if left else ""


def _shown_otherwise(attempt: Attempt, ended: _Ended, root: Path) -> str:
    """What is wrong with printed settings or the schema: settings as text are a settings file that says the same."""
    if "--json" in attempt.arguments or "--schema" in attempt.arguments:
        json.loads(ended.out)
        return ""
    (root / "shown.toml").write_text(ended.out, encoding="utf-8")
    given = [f"--config={root / 'settings.toml'}"] if attempt.settings is not None else []
    both = [
        _type(["config", "--show", "--json", *config], root)
        for config in (given, [f"--config={root / 'shown.toml'}"])
    ]
    if any(one.code for one in both):
        return f"shown settings can't be read: {both[1].err[-300:]}"
    first, second = (json.loads(one.out)["settings"] for one in both)
    return "" if first == second else "shown settings are not those in force"


def _no_start(settings: Path, root: Path) -> str:
    """What keeps the settings file that `init` made from being read; empty where nothing does."""
    ended = _type(["config", "--show", "--quiet", f"--config={settings}"], root)
    return f"the settings of init can't be read: {ended.err[-300:]}" if ended.code else ""


def _wrong_inside(attempt: Attempt, ran: _Ended, output: Path, root: Path) -> str:
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
        printed = json.loads(ran.out) if "--json" in attempt.arguments and ran.out else None
        wrong = next(
            filter(None, (_miscounted(con, given, attempt, printed) for given in attempt.tables)), ""
        ) or _lost_children(con)
        merged = con.execute(
            "select distinct request_id from merged.contact_redirects where request_id is not null order by all"
        ).fetchall()
    wrong = wrong or _otherwise_in_csv(output) or _unverified(attempt, output, root)
    if wrong or attempt.kind not in OF_SHAPES or not merged:
        return wrong
    settings = [f"--config={root / 'settings.toml'}"] if attempt.settings is not None else []
    places = [f"--warehouse={output / 'warehouse.duckdb'}", f"--output={output}"]
    ended = _type(
        ["undo", *places, *settings, "--quiet", "--", *(request for (request,) in merged[:2])], root
    )
    if ended.code != 0:
        return f"undo ends with {ended.code}: {ended.err[-300:]}"
    return _unverified(attempt, output, root)


def _unverified(attempt: Attempt, output: Path, root: Path) -> str:
    """What `verify` says is wrong; empty where nothing is."""
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


def _name(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def _count(con: duckdb.DuckDBPyConnection, rows: str, given: dict[str, str] | None = None) -> int:
    return con.execute(f"select count(*) from {rows}", given or {}).fetchall()[0][0]


def _entity_of(con: duckdb.DuckDBPyConnection) -> str:
    """The table that is merged, as the last batch recorded it."""
    named = con.execute(
        "select json_extract_string(settings, '$.entity.table') from ledger.batches order by batch_no desc"
    ).fetchall()
    return named[0][0] if named and named[0][0] else "contacts"


def _lost_children(con: duckdb.DuckDBPyConnection) -> str:
    """Child rows that are neither merged nor listed as dropped."""
    tables = {
        (schema, name)
        for schema, name in con.execute(
            "select schema_name, view_name from duckdb_views() union select schema_name, table_name from duckdb_tables()"
        ).fetchall()
    }
    entity = _entity_of(con)
    for schema, name in sorted(tables):
        if (
            schema == "raw"
            and ("merged", name) in tables
            and name not in (entity, "merge_requests", "api_keys")
        ):
            loaded, merged = _count(con, f"raw.{_name(name)}"), _count(con, f"merged.{_name(name)}")
            dropped = _count(con, 'merged.dropped_children where "table" = $name', {"name": name})
            if loaded != merged + dropped:
                return f"{name}: {loaded} child rows loaded, {merged} merged, {dropped} dropped"
    return ""


def _otherwise_in_csv(output: Path) -> str:
    """Cells of text that a merged table's CSV file has otherwise than the Parquet file beside it."""
    csv.field_size_limit(1 << 30)
    for path in sorted((output / "merged").glob("*.csv")):
        beside = pq.read_table(path.with_suffix(".parquet"))
        with path.open(encoding="utf-8", newline="") as file:
            names, *rows = [*csv.reader(file)] or [[]]
        if names != beside.column_names:
            return f"{path.name}: other columns than the Parquet file has"
        if len(names) > 1 and len(rows) != beside.num_rows:
            return f"{path.name}: {len(rows)} rows, and {beside.num_rows} in the Parquet file"
        for at, column in enumerate(beside.columns if len(names) > 1 else []):
            if pa.types.is_string(column.type) and [row[at] for row in rows] != [
                text or "" for text in column.to_pylist()
            ]:
                return f"{path.name}: {names[at]!r} has other texts than in the Parquet file"
    return ""


def _miscounted(
    con: duckdb.DuckDBPyConnection, given: Table, attempt: Attempt, printed: dict[str, Any] | None
) -> str:
    """Rows of an unbroken table that are neither loaded nor rejected nor passed over, or loaded with other texts."""
    copies = sum(not name.startswith((".", "_")) for name in given.partitions) or {
        "file": 1, "link": 1, "folder": 1, "hidden_too": 1, "two": 2, "folder_of_that_name": 1, "delta": 1,
    }.get(given.place, 0)  # fmt: skip
    if (
        given.breaks
        or not given.fits
        or not copies
        or not can_be_read(given)
        or (given.written is None and "csv." in (attempt.settings or ""))
        or given.table in ("merge_requests", "api_keys")
        or any(not name.strip() or name.startswith("Unnamed") for name in given.columns)
        or any(
            "\r" in name or "\n" in name for name in given.columns
        )  # they stand unquoted in the first line
    ):
        return ""
    if not con.execute(
        "select 1 from (select schema_name, view_name as name from duckdb_views() union all "
        "select schema_name, table_name from duckdb_tables()) where schema_name = 'raw' and name = $name",
        {"name": given.table},
    ).fetchall():
        listed = {name.rstrip("/") for name, *_ in (printed or {}).get("unknown_files", [])}
        its = {given.name, given.table}
        return "" if printed is None or its & listed else f"{given.table}: neither loaded nor listed"
    loaded = _count(con, f"raw.{_name(given.table)}")
    rejected = _count(
        con,
        "(select distinct file, row_number from raw.rejects where table_name = $table and reason not like '%counts as%')",
        {"table": given.table},
    )
    figures = (printed or {}).get("loaded", {}).get(given.table, {})
    elsewhere = figures.get("rows_passed_over", 0)
    if given.table == _entity_of(con):
        elsewhere += (printed or {}).get("contacts_flagged") or 0
    blank = 0
    if given.format == "csv":  # a line without any value is no row
        blank = sum(1 for row in said_cells(given) if not any(row))
    if loaded + rejected + blank * copies + elsewhere < len(given.rows) * copies:
        what = f"{loaded} loaded, {rejected} rejected, {elsewhere} passed over"
        return f"{given.table}: {len(given.rows)} rows given {copies} times, {what}"
    is_first = not attempt.again and not attempt.before
    if is_first and loaded > len(given.rows) * copies:
        return f"{given.table}: {len(given.rows)} rows given {copies} times, {loaded} loaded"
    as_it_was = given.format == "csv" and given.place != "delta"
    if not as_it_was or f"types.{given.table}" in (attempt.settings or ""):
        return ""
    beside_older = not is_first and (rejected > 0 or "upsert" in (attempt.settings or ""))
    return _misread(con, given, (rejected + elsewhere) // copies, beside_older=beside_older)


def _misread(con: duckdb.DuckDBPyConnection, given: Table, accounted: int, *, beside_older: bool) -> str:
    """Cells of a CSV file that the raw table holds otherwise, or rows that it lacks beyond those accounted for."""
    held = con.execute(f"select * from raw.{_name(given.table)}")
    names = [name for name, *_ in held.description or ()]
    folded = [name.strip().lower() for name in names]
    rows = held.fetchall()
    if given.written is not None:
        wanted = [row for row in said_cells(given) if any(cell is not None for cell in row)]
    else:
        text = io.StringIO(
            "".join(",".join(_quoted(cell_text(value)) for value in row) + "\r\n" for row in given.rows),
            newline="",
        )
        wanted = [tuple(cell or None for cell in row) for row in csv.reader(text) if any(row)]
    places = [
        names.index(name) if name in names else folded.index(name.strip().lower())
        for name in given.columns
        if name.strip().lower() in folded
    ]
    if len(places) != len(given.columns):
        return f"{given.table}: columns are missing"
    there = {tuple(row[place] for place in places) for row in rows}
    strange = set() if beside_older else there - set(wanted)
    if strange:
        return f"{given.table}: {len(strange)} loaded rows that nobody gave"
    is_text = all(cell is None or isinstance(cell, str) for row in there for cell in row)
    lacking = sum(row not in there for row in wanted) if is_text else 0
    if lacking > accounted:
        return f"{given.table}: {lacking} given rows are not there, {accounted} rejected or passed over"
    return ""


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'
