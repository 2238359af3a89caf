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
from contact_merge.load.json_kinds import FileGroup, key_names, key_types
from contact_merge.load.json_lines import LineFile, slice_reader
from contact_merge.load.source import Broken, FileScan, Source
from contact_merge.names import fold_name

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
    for file, its in zip(files, names, strict=True):
        check_names(given.table if len(files) == 1 else str(file.path.relative_to(folder)), its)
    groups = _groups(files, names)
    types = key_types(con, groups)
    as_text, as_json, as_said = (
        {fold_name(name) for name in some} for some in (text_columns, json_fields, compared)
    )
    for name, kind in types.items():
        folded = fold_name(name)
        if folded in as_text or (kind is None and folded in as_said):
            types[name] = "VARCHAR"
        elif folded in as_json and kind != "VARCHAR":
            types[name] = None
    slices = frozenset(name for name, kind in types.items() if kind is None)
    views = [f"{_VIEW}_{number}" for number in range(len(groups))]
    for view, group in zip(views, groups, strict=True):
        cut = [key for name, key in group.names.items() if name in slices]
        con.register(view, slice_reader(group.files, cut))
    selects = [_query(types, group, view) for view, group in zip(views, groups, strict=True)]
    return Source(
        given.table,
        "jsonl",
        {name: kind or "VARCHAR" for name, kind in types.items()},
        "\nunion all\n".join(selects),
        tuple(str(path.relative_to(folder)) for path in given.files),
        lambda: [_file_scan(file, folder) for file in files],
        slices,
        views=tuple(views),
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


def _groups(files: Sequence[LineFile], names: Sequence[Sequence[str]]) -> list[FileGroup]:
    """The files in their order, as long as they spell their keys alike; a column has the name that comes first."""
    columns: dict[str, str] = {}
    found: list[FileGroup] = []
    for file, keys in zip(files, names, strict=True):
        its = {columns.setdefault(fold_name(key), key): key for key in keys}
        if not found or any(found[-1].names.get(name, key) != key for name, key in its.items()):
            found.append(FileGroup([], {}))
        found[-1].files.append(file)
        found[-1].names.update(its)
    return found


def _query(types: Mapping[str, str | None], group: FileGroup, view: str) -> str:
    """The rows of files that spell their keys alike, with all columns."""
    own = {name: key for name, key in group.names.items() if name in types}
    read = {own[name]: _structure(kind) for name, kind in types.items() if name in own and kind is not None}
    cut = [name for name in own if types[name] is None]
    values = f"from_json(line, {literal(msgspec.json.encode(read).decode())})" if read else "null"
    items = []
    for name, kind in types.items():
        if name not in own:
            value = f"cast(null as {kind or 'VARCHAR'})"
        else:
            value = f"s{cut.index(name)}" if kind is None else f"typed.{ident(own[name])}"
        items.append(f"{value} as {ident(name)}")
    return f"select {', '.join(items) or 'null'} from (select {values} as typed, * from {view})"


def _structure(kind: str) -> object:
    """A type as from_json's structure names it."""
    return [_structure(kind[:-2])] if kind.endswith("[]") else kind
