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
from contact_merge.load.json_kinds import SPELLED, FileGroup, has_value, key_names, key_types
from contact_merge.load.json_lines import LineFile, slice_reader
from contact_merge.load.partitions import partitions_of
from contact_merge.load.source import Broken, FileScan, Source
from contact_merge.names import fold_name
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
    for file, its in zip(files, names, strict=True):
        location = given.table if len(files) == 1 else str(file.path.relative_to(folder))
        check_names(location, (None if is_unnamed(name) else name for name in its))
    folders = partitions_of(given.files, folder, {name for its in names for name in its})
    for file, its in zip(files, folders, strict=True):
        file.partition = its
    groups = _groups(files, _without_unnamed(con, given.table, files, names))
    types = key_types(con, groups)
    texts, as_json, as_said, given_texts = (
        {fold_name(name) for name in some} for some in (text_columns, json_fields, compared, as_text)
    )
    for name, kind in types.items():
        folded = fold_name(name)
        if folded in texts or (kind is None and folded in as_said):
            types[name] = "VARCHAR"
        elif folded in as_json and kind != "VARCHAR":
            types[name] = None
        elif folded in given_texts and kind is not None and kind not in {"VARCHAR", NO_TYPE}:
            types[name] = None if kind.endswith("[]") else SPELLED
    slices = frozenset(name for name, kind in types.items() if kind in {None, SPELLED})
    spelled: dict[str, str] = {}
    for name in (name for its in folders for name in its):
        spelled.setdefault(fold_name(name), name)
    partitions = list(spelled.values())
    views = [f"{_VIEW}_{number}" for number in range(len(groups))]
    for view, group in zip(views, groups, strict=True):
        cut = [key for name, key in group.names.items() if name in slices]
        con.register(view, slice_reader(group.files, cut, partitions))
    selects = [
        _query(types, group, view, partitions, as_said) for view, group in zip(views, groups, strict=True)
    ]
    return Source(
        given.table,
        "jsonl",
        {name: _held(kind) for name, kind in types.items()} | dict.fromkeys(partitions, "VARCHAR"),
        "\nunion all\n".join(selects),
        tuple(str(path.relative_to(folder)) for path in given.files),
        lambda: [_file_scan(file, folder) for file in files],
        frozenset(name for name in slices if types[name] is None),
        views=tuple(views),
    )


def _without_unnamed(
    con: duckdb.DuckDBPyConnection, table: str, files: Sequence[LineFile], names: Sequence[Sequence[str]]
) -> list[list[str]]:
    """The keys of each file, without those that have neither a name nor a value in any.

    Raises:
        InputError: a key without a name has a value.
    """
    places = {
        name: place for its in reversed(names) for place, name in enumerate(its, start=1) if is_unnamed(name)
    }
    filled = {name for name in places if has_value(con, files, name)}
    for name in filled:
        if not name.strip():
            raise no_name(table, places[name])
    return [[name for name in its if name not in places or name in filled] for its in names]


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


def _query(
    types: Mapping[str, str | None],
    group: FileGroup,
    view: str,
    partitions: Sequence[str],
    compared: Collection[str],
) -> str:
    """The rows of files that spell their keys alike, with all columns.

    Args:
        types: by column its type, SPELLED, or None for JSON text.
        group: the files.
        view: what gives their lines and slices (`slice_reader`).
        partitions: the columns that folders give.
        compared: what `fold_name` gives of the columns that are read for what they say.
    """
    own = {name: key for name, key in group.names.items() if name in types}
    cut = [name for name in own if types[name] in {None, SPELLED}]
    read = {key: _structure(types[name]) for name, key in own.items() if name not in cut}
    values = f"from_json(line, {literal(msgspec.json.encode(read).decode())})" if read else "null"
    items = []
    for name, kind in types.items():
        if name not in own:
            value = f"cast(null as {_held(kind)})"
        elif name in cut:
            value = _slice(f"s{cut.index(name)}", kind, fold_name(name) in compared)
        else:
            value = f"typed.{ident(own[name])}"
        items.append(f"{value} as {ident(name)}")
    items += [f"p{position} as {ident(name)}" for position, name in enumerate(partitions)]
    return f"select {', '.join(items) or 'null'} from (select {values} as typed, * from {view})"


def _held(kind: str | None) -> str:
    """The DuckDB type of a column of this kind."""
    return "VARCHAR" if kind is None or kind == SPELLED else kind


def _slice(value: str, kind: str | None, is_compared: bool) -> str:
    """SQL of a slice of JSON text as a column of this kind holds it."""
    if kind is None:
        return value
    if is_compared:
        return f"json_value_text({value})"
    return f"case when starts_with({value}, '\"') then json_extract_string({value}, '$') else {value} end"


def _structure(kind: str | None) -> object:
    """A type as from_json's structure names it."""
    return [_structure(kind[:-2])] if kind is not None and kind.endswith("[]") else kind
