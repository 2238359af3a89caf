"""JSON-lines files -> a Source.

A column of strings, booleans, numbers, or lists of one of these is read by DuckDB in its type. Any other
column (objects, mixed values, numbers that no type holds exactly) is the JSON text that was there, cut out
of its line byte for byte. DuckDB's JSON functions would spell numbers and escapes differently.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import duckdb
import msgspec

from contact_merge.engine import ident, literal
from contact_merge.errors import InputError
from contact_merge.load.columns import check_names
from contact_merge.load.inputs import TableInput
from contact_merge.load.json_kinds import key_names, key_types
from contact_merge.load.json_lines import LineFile, slice_reader
from contact_merge.load.source import Broken, FileScan, Source

_VIEW = "json_slice_batches"


def read_jsonl(
    con: duckdb.DuckDBPyConnection,
    given: TableInput,
    folder: Path,
    text_columns: Collection[str] = (),
    json_fields: Collection[str] = (),
    compared: Collection[str] = (),
) -> Source:
    """Find the columns of a table's files, of JSON lines or an array each, and give the query that reads them.

    Args:
        con: where batches of lines are registered for a while.
        given: the table and its files.
        folder: the input folder.
        text_columns: columns that are text whatever they hold (one number must not make all ids JSON text).
        json_fields: columns that are text or JSON text, never a typed value.
        compared: columns that are text where their values are of several kinds: as JSON text "7" and 7 would differ.

    Raises:
        InputError: a column has a name that no table can have, or the array of a file has no end.
    """
    files = [LineFile(path, number) for number, path in enumerate(given.files)]
    names = key_names(con, files)
    for file in files:
        if file.fault is not None:  # rule: whole-array
            raise InputError(f"{file.path.relative_to(folder)}: {file.fault}.")
    check_names(given.table, names)
    types = key_types(con, files, names)
    for name, kind in types.items():
        if name in text_columns or (kind is None and name in compared):
            types[name] = "VARCHAR"
        elif name in json_fields and kind != "VARCHAR":
            types[name] = None
    slices = [name for name, kind in types.items() if kind is None]
    con.register(_VIEW, slice_reader(files, slices))
    return Source(
        given.table,
        "jsonl",
        {name: kind or "VARCHAR" for name, kind in types.items()},
        _query(types, slices),
        tuple(str(path.relative_to(folder)) for path in given.files),
        lambda: [_file_scan(file, folder) for file in files],
        frozenset(slices),
        views=(_VIEW,),
    )


def _file_scan(file: LineFile, folder: Path) -> FileScan:
    """What a file gave, after the last pass over its lines, which may still have found broken ones."""
    return FileScan(
        str(file.path.relative_to(folder)),
        file.path,
        file.total - len(file.blank) - len(file.broken),
        [Broken(row, reason, raw) for row, (reason, raw) in sorted(file.broken.items())],
        file.blank,
    )


def _query(types: Mapping[str, str | None], slices: Sequence[str]) -> str:
    read = {name: _structure(kind) for name, kind in types.items() if kind is not None}
    values = f"from_json(line, {literal(msgspec.json.encode(read).decode())})" if read else "null"
    items = ", ".join(
        f"s{slices.index(name)} as {ident(name)}" if kind is None else f"typed.{ident(name)}"
        for name, kind in types.items()
    )
    return f"select {items or 'null'} from (select {values} as typed, * from {_VIEW})"


def _structure(kind: str) -> object:
    """A type as from_json's structure names it."""
    return [_structure(kind[:-2])] if kind.endswith("[]") else kind
