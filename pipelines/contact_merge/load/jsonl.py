"""JSON-lines files -> a Source, with types that follow from every value, never from a sample or a guess.

Three passes: which members there are and which lines are broken; of what kind each member's values are; the rows. A
column of strings, booleans, integers, or lists of one of these is read by DuckDB. Any other column (objects, mixed
values, numbers that no type holds exactly) stays the JSON text that was there, cut out of its line byte for byte.
"""

from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa

from contact_merge.load.columns import check_names
from contact_merge.load.inputs import TableInput
from contact_merge.load.json_lines import (
    LINE_SCHEMA,
    Lines,
    object_text,
    slice_batches,
    strict_members,
)
from contact_merge.load.source import Broken, FilePart, Source
from contact_merge.warehouse import ident, literal, run_sql

VIEW = "json_line_batches"


def read_jsonl(
    con: duckdb.DuckDBPyConnection, given: TableInput, folder: Path, text_columns: frozenset[str]
) -> Source:
    """Find the columns of a table's files and give the query that reads them (it can run once).

    Columns named in `text_columns` are text whatever they hold (ids).
    """
    files = [Lines(path, number) for number, path in enumerate(given.files)]
    names = _members(con, files)
    check_names(given.table, names)
    kinds = _kinds(con, files, names)
    columns = {name: "VARCHAR" if name in text_columns else kind or "VARCHAR" for name, kind in kinds.items()}
    slices = [name for name, kind in kinds.items() if kind is None and name not in text_columns]
    schema, batches = slice_batches(files, slices)
    con.register(VIEW, pa.RecordBatchReader.from_batches(schema, batches))
    structure = msgspec.json.encode({name: _structure(columns[name]) for name in names if name not in slices}).decode()
    items = ", ".join(
        f"s{slices.index(name)} as {ident(name)}" if name in slices else f"members.{ident(name)}" for name in names
    )
    members = f"from_json(line, {literal(structure)})" if len(slices) < len(names) else "null"
    query = f"select {items} from (select {members} as members, * from {VIEW})"
    parts = [
        FilePart(
            str(file.path.relative_to(folder)),
            file.total - len(file.blank) - len(file.broken),
            [Broken(row, reason, raw) for row, (reason, raw) in sorted(file.broken.items())],
            file.blank,
        )
        for file in files
    ]
    return Source(given.table, "jsonl", columns, query, parts, frozenset(slices))


def _members(con: duckdb.DuckDBPyConnection, files: list[Lines]) -> list[str]:
    """All members' names in the order of their first line; notes broken lines in `files`."""
    _register(con, files)
    run_sql(con, "load/json_members")
    con.unregister(VIEW)
    names: dict[str, None] = {}
    rows = con.execute("from json_members order by first_file, first_line")
    while batch := rows.fetchmany(10_000):
        for file_no, line_no, keys, line in batch:
            if line is not None:
                members = strict_members(line)
                if isinstance(members, str):
                    files[file_no].broken[line_no] = (members, line)
                    continue
                if keys is not None:
                    files[file_no].rewritten[line_no] = object_text(members)
                keys = list(members)  # noqa: PLW2901
            names.update(dict.fromkeys(keys))
    return list(names)


def _register(con: duckdb.DuckDBPyConnection, files: list[Lines]) -> None:
    batches = (batch for file in files for batch in file.batches())
    con.register(VIEW, pa.RecordBatchReader.from_batches(LINE_SCHEMA, batches))


def _kinds(con: duckdb.DuckDBPyConnection, files: list[Lines], names: list[str]) -> dict[str, str | None]:
    """The type of each column, null where only its JSON text holds it."""
    if not names:
        return {}
    _register(con, files)
    structure = msgspec.json.encode(dict.fromkeys(names, "JSON")).decode()
    row = run_sql(con, "load/json_kinds", names=names, structure=structure).fetchall()
    con.unregister(VIEW)
    return {name: _type_of(set(kinds or ())) for name, kinds in zip(names, row[0], strict=True)}


_SCALARS = {"string": "VARCHAR", "boolean": "BOOLEAN", "integer": "BIGINT", "double": "DOUBLE"}


def _type_of(kinds: set[str]) -> str | None:
    """The type that holds all values of these kinds as they are."""
    lists = {kind[:-2] for kind in kinds if kind.endswith("[]")}
    if lists and len(lists) == len(kinds):
        inner = _type_of(lists - {"empty"})
        return None if inner is None else f"{inner}[]"
    if not kinds:
        return "VARCHAR"
    if len(kinds) == 1:
        return _SCALARS.get(*kinds)
    return "DOUBLE" if kinds == {"integer", "double"} else None


def _structure(kind: str) -> object:
    """A type as from_json's structure names it."""
    return [_structure(kind[:-2])] if kind.endswith("[]") else kind
