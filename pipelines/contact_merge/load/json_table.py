"""JSON-lines files -> a Source.

A column of strings, booleans, numbers, or lists of one of these is read by DuckDB in its type. A column of strings beside numbers
or booleans, or of numbers that no type holds exactly, is text, of which the numbers are as they are spelled. Any other column
(objects, lists of several kinds) is the JSON text that was there. Both are cut out of their line byte for byte: DuckDB's JSON
functions would spell numbers and escapes differently.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import duckdb
import msgspec

from contact_merge.engine import ident, literal
from contact_merge.errors import InputError
from contact_merge.load.columns import check_names, is_unnamed, no_name
from contact_merge.load.inputs import TableInput
from contact_merge.load.json_kinds import SPELLED, has_value, key_names, key_types
from contact_merge.load.json_lines import LineFile, slice_reader
from contact_merge.load.partitions import partitions_of
from contact_merge.load.source import Broken, FileScan, Source
from contact_merge.widening import NO_TYPE

_VIEW = "json_slice_batches"


def read_jsonl(
    con: duckdb.DuckDBPyConnection,
    given: TableInput,
    folder: Path,
    text_columns: Collection[str] = (),
    json_fields: Collection[str] = (),
    compared: Collection[str] = (),
    as_text: Collection[str] = (),
) -> Source:
    """Find the columns of a table's files, of JSON lines or an array each, and give the query that reads them.

    Args:
        con: where batches of lines are registered for a while.
        given: the table and its files.
        folder: the input folder.
        text_columns: columns that are text whatever they hold (one number must not make all ids JSON text).
        json_fields: columns that are text or JSON text, never a typed value.
        compared: columns that are read for what they say: where their values are of several kinds "7", 7 and 7.0 are one text.
        as_text: columns that the settings make text.

    Raises:
        InputError: a column has a name that no table can have, or the array of a file has no end.
    """
    files = [LineFile(path, number) for number, path in enumerate(given.files)]
    names = key_names(con, files)
    for file in files:
        if file.fault is not None:  # rule: whole-array
            raise InputError(f"{file.path.relative_to(folder)}: {file.fault}.")
    check_names(given.table, (None if is_unnamed(name) else name for name in names))
    folders = partitions_of(given.files, folder, names)
    for file, its in zip(files, folders, strict=True):
        file.partition = its
    names = [
        name
        for position, name in enumerate(names, start=1)
        if not is_unnamed(name) or _has_value(con, given.table, files, name, position)
    ]
    types = key_types(con, files, names)
    for name, kind in types.items():
        if name in text_columns or (kind is None and name in compared):
            types[name] = "VARCHAR"
        elif name in json_fields and kind != "VARCHAR":
            types[name] = None
        elif name in as_text and kind is not None and kind not in {"VARCHAR", NO_TYPE}:
            types[name] = None if kind.endswith("[]") else SPELLED
    slices = [name for name, kind in types.items() if kind in {None, SPELLED}]
    partitions = list(dict.fromkeys(name for its in folders for name in its))
    con.register(_VIEW, slice_reader(files, slices, partitions))
    return Source(
        given.table,
        "jsonl",
        {name: "VARCHAR" if kind is None or kind == SPELLED else kind for name, kind in types.items()}
        | dict.fromkeys(partitions, "VARCHAR"),
        _query(types, slices, partitions, compared),
        tuple(str(path.relative_to(folder)) for path in given.files),
        lambda: [_file_scan(file, folder) for file in files],
        frozenset(name for name in slices if types[name] is None),
        views=(_VIEW,),
    )


def _has_value(
    con: duckdb.DuckDBPyConnection, table: str, files: Sequence[LineFile], name: str, position: int
) -> bool:
    """Whether a column without a name, or with one that pandas gives, has a value.

    Raises:
        InputError: it has one, and no name.
    """
    if not has_value(con, files, name):
        return False
    if not name:
        raise no_name(table, position)
    return True


def _file_scan(file: LineFile, folder: Path) -> FileScan:
    """What a file gave, after the last pass over its lines, which may still have found broken ones."""
    return FileScan(
        str(file.path.relative_to(folder)),
        file.path,
        file.total - len(file.blank) - len(file.broken),
        [Broken(row, reason, raw) for row, (reason, raw) in sorted(file.broken.items())],
        file.blank,
    )


def _query(
    types: Mapping[str, str | None],
    slices: Sequence[str],
    partitions: Sequence[str],
    compared: Collection[str],
) -> str:
    read = {name: _structure(kind) for name, kind in types.items() if kind not in {None, SPELLED}}
    values = f"from_json(line, {literal(msgspec.json.encode(read).decode())})" if read else "null"
    items = [
        f"{_slice(f's{slices.index(name)}', kind, name in compared)} as {ident(name)}"
        if name in slices
        else f"typed.{ident(name)}"
        for name, kind in types.items()
    ]
    items += [f"p{position} as {ident(name)}" for position, name in enumerate(partitions)]
    return f"select {', '.join(items) or 'null'} from (select {values} as typed, * from {_VIEW})"


def _slice(value: str, kind: str | None, is_compared: bool) -> str:
    """SQL of a slice of JSON text as a column of this kind holds it."""
    if kind is None:
        return value
    if is_compared:
        return f"json_value_text({value})"
    return f"case when starts_with({value}, '\"') then json_extract_string({value}, '$') else {value} end"


def _structure(kind: str | None) -> object:
    """A type as from_json's structure names it."""
    return [_structure(kind[:-2])] if kind and kind.endswith("[]") else kind
