"""Parquet files -> a Source. Refuses types that DuckDB would change silently (SEMANTICS.md, 'Tables').

Found by writing every type of pyarrow and reading it with DuckDB 2.0. Durations are read as bare whole
numbers, and decimals of more than 38 digits as DOUBLE. Struct fields that differ in case alone are renamed, and
INT96 timestamps are cut to microseconds. All other types come back equal.
"""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes its compute functions when it is imported)

import json
from collections.abc import Collection, Iterator
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from contact_merge.engine import has_rows, ident, parquet_rows, types_of_query
from contact_merge.errors import InputError
from contact_merge.load.columns import check_names, file_items, is_unnamed, no_name, unite
from contact_merge.load.inputs import TableInput
from contact_merge.load.partitions import Partition, partitions_of
from contact_merge.load.source import FileScan, Source
from contact_merge.names import find_name, fold_name, spell_all
from contact_merge.widening import BITS, EXACT_BITS, NO_TYPE

_MAX_DIGITS = 38
_UUID_BYTES = 16
_MICROSECONDS = {"milliseconds": 1000, "microseconds": 1}
_ROW_NUMBER = "file_row_number"  # a column of DuckDB's own, beside which the user may have none of that name
_FIRST, _INFINITY = -9_223_372_022_400_000_000, 2**63 - 1  # microseconds since 1970


def read_parquet(
    con: duckdb.DuckDBPyConnection,
    given: TableInput,
    folder: Path,
    *,
    id_columns: Collection[str] = (),
    numbers: Collection[str] = (),
    json_fields: Collection[str] = (),
    settled: Collection[str] = (),
) -> Source:
    """Check the files of a table and give the query that reads them.

    Args:
        con: what reads the files.
        given: the table and its files.
        folder: the input folder.
        id_columns: columns that are text where the files hold nothing in them.
        numbers: columns that are read for what they say, and may hold numbers.
        json_fields: columns that hold JSON objects; text where they are of another type and the files hold nothing in them.
        settled: columns whose types the settings give.

    Raises:
        InputError: a file is no Parquet, or has a column that the warehouse cannot hold.
    """
    names = tuple(str(path.relative_to(folder)) for path in given.files)
    pairs = list(zip(names, given.files, strict=True))
    counts = [_check_and_count(path, name) for name, path in pairs]
    held = [_duckdb_columns(con, path, name) for name, path in pairs]
    schemas = [
        _without_unnamed(con, path, name, schema) for (name, path), schema in zip(pairs, held, strict=True)
    ]
    own = {name for schema in schemas for name in schema}
    folders = partitions_of(given.files, folder, own)
    as_united = _with_uuids(given.files, _with_whole_numbers(con, given, schemas, numbers))
    for schema, its in zip(as_united, folders, strict=True):
        schema.update(dict.fromkeys(its, "VARCHAR"))
    columns = unite(given.table, list(zip(names, as_united, strict=True)), settled=settled)
    ids = {fold_name(name) for name in id_columns}
    columns |= {
        name: "VARCHAR" for name, kind in columns.items() if kind == NO_TYPE and fold_name(name) in ids
    }
    for name in spell_all(json_fields, columns):
        if _holds_no_objects(con, given, schemas, name, columns.get(name, "VARCHAR")):
            columns[name] = "VARCHAR"  # rule: nulls-have-no-type
    scans = [
        FileScan(name, path, rows, header=spell_all((*schema, *its), columns))
        for (name, path), rows, schema, its in zip(pairs, counts, schemas, folders, strict=True)
    ]
    query = "\nunion all\n".join(_selects(given.files, schemas, folders, columns))
    is_whole = held == [columns] and _ROW_NUMBER not in map(str.lower, columns)
    as_it_is = given.files[0] if is_whole else None
    return Source(given.table, "parquet", columns, query, names, lambda: scans, as_it_is=as_it_is)


def _holds_no_objects(
    con: duckdb.DuckDBPyConnection, given: TableInput, schemas: list[dict[str, str]], name: str, kind: str
) -> bool:
    """Whether a column of a type that holds no JSON objects holds nothing at all in any file."""
    if kind in {"VARCHAR", "JSON", NO_TYPE} or kind.startswith(("STRUCT(", "MAP(")):
        return False
    for path, schema in zip(given.files, schemas, strict=True):
        column = find_name(name, schema)
        if column is None:
            continue
        with con.cursor() as other:
            if has_rows(other, parquet_rows((path,)), f"{ident(column)} is not null"):
                return False
    return True


def _with_whole_numbers(
    con: duckdb.DuckDBPyConnection,
    given: TableInput,
    schemas: list[dict[str, str]],
    numbers: Collection[str],
) -> list[dict[str, str]]:
    """The columns of each file as they are united.

    In `numbers`, columns that are read for what they say, whole doubles of one file are whole numbers where another file has such
    (SHAPES.md 3).
    """
    read = {fold_name(name) for name in numbers}
    whole = {fold_name(name) for schema in schemas for name, kind in schema.items() if kind in BITS} & read
    as_united = [dict(schema) for schema in schemas]
    for path, schema in zip(given.files, as_united, strict=True):
        for name in [
            name for name, kind in schema.items() if kind in EXACT_BITS and fold_name(name) in whole
        ]:
            value = ident(name)
            others = f"try_cast({value} as bigint) is distinct from {value} or abs({value}) > {1 << 53}"
            with con.cursor() as other:
                try:
                    if not has_rows(other, parquet_rows((path,)), f"not isnan({value}) and ({others})"):
                        schema[name] = "BIGINT"  # rule: doubles-beside-integers
                except duckdb.Error as error:
                    raise _unreadable(path.name, error) from error
    return as_united


def _with_uuids(files: tuple[Path, ...], schemas: list[dict[str, str]]) -> list[dict[str, str]]:
    """The columns of each file, of which those of sixteen bytes of fixed binary are UUIDs (SHAPES.md 3)."""
    for path, schema in zip(files, schemas, strict=True):
        if not any("BLOB" in type_name for type_name in schema.values()):
            continue
        for field in pq.read_schema(path):
            if field.name in schema:
                schema[field.name] = _uuids_for_bytes(field.type, schema[field.name])
    return schemas


def _uuids_for_bytes(kind: pa.DataType, type_name: str) -> str:
    if type_name == "BLOB" and pa.types.is_fixed_size_binary(kind) and kind.byte_width == _UUID_BYTES:
        return "UUID"  # rule: sixteen-bytes
    if type_name.endswith("[]") and isinstance(kind, pa.ListType | pa.LargeListType):
        return _uuids_for_bytes(kind.value_type, type_name[:-2]) + "[]"
    return type_name


def _without_unnamed(
    con: duckdb.DuckDBPyConnection, path: Path, name: str, schema: dict[str, str]
) -> dict[str, str]:
    """The columns of a file without those that have neither a name nor a value.

    Raises:
        InputError: a column without a name has a value.
    """
    kept = dict(schema)
    # DuckDB gives a column without a name one of its own
    for position, (column, given) in enumerate(zip(schema, pq.read_schema(path).names, strict=True), start=1):
        if not is_unnamed(given):
            continue
        with con.cursor() as other:
            try:
                filled = has_rows(
                    other, parquet_rows((path,)), f"regexp_matches(cast({ident(column)} as varchar), '\\S')"
                )
            except duckdb.Error as error:
                raise _unreadable(name, error) from error
        if not filled:
            del kept[column]
        elif not given.strip():
            raise no_name(name, position)
    return kept


def _selects(
    files: tuple[Path, ...],
    schemas: list[dict[str, str]],
    folders: list[Partition],
    columns: dict[str, str],
) -> Iterator[str]:
    """One SELECT for each stretch of files with one schema, each giving all columns in their final types."""
    for (_, its), stretch in groupby(
        zip(files, schemas, folders, strict=True), key=lambda each: (list(each[1].items()), each[2])
    ):
        paths, alike, _ = zip(*stretch, strict=True)
        yield f"select {file_items(alike[0], columns, its)} from {parquet_rows(paths)}"


def _unreadable(name: str, error: Exception) -> InputError:
    reason = str(error).splitlines()[0] if isinstance(error, OSError) and error.strerror else "it is damaged"
    return InputError(f"{name}: the file cannot be read as Parquet ({reason}); write it again.")


def _duckdb_columns(con: duckdb.DuckDBPyConnection, path: Path, name: str) -> dict[str, str]:
    with con.cursor() as other:  # an error here must not break the transaction of the run
        try:
            return types_of_query(other, "load/file_rows", rows=parquet_rows((path,)))
        except duckdb.Error as error:
            raise _unreadable(name, error) from error


def _check_and_count(path: Path, name: str) -> int:
    """The number of a file's rows, if the warehouse can hold all its columns exactly."""
    try:
        with pq.ParquetFile(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
            beyond = _beyond_time(file.metadata)
            int96 = {
                column.path.split(".")[0]
                for column in map(file.schema.column, range(len(file.schema.names)))
                if column.physical_type == "INT96"
            }
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _unreadable(name, error) from error
    if not schema.names:
        raise InputError(
            f"{name}: the file has no columns; write it again with those of its table, or move it away."
        )
    check_names(name, (None if is_unnamed(column) else column for column in schema.names))
    if beyond is not None:
        raise InputError(
            f"{name}: the column {beyond[:80]!r} holds a time before 290,308 BC or after 294,247; correct it, or convert it "
            "to text."
        )
    for column in schema:
        refused = _refusal(column.type)
        if refused is None and column.name in int96 and _has_nanoseconds(path, column.name):
            refused = ("timestamp (INT96) with nanoseconds", "timestamp(us), or to an int64 timestamp(ns)")
        if refused is not None:
            kind, advice = refused
            raise InputError(
                f"{name}: the column {column.name!r} has the type {kind}, which the warehouse cannot hold "
                f"exactly; convert it to {advice}."
            )
    return rows


def _beyond_time(file: pq.FileMetaData) -> str | None:
    """The first column with a time that DuckDB cannot hold, by the statistics of the file."""
    for group in map(file.row_group, range(file.num_row_groups)):
        for position, column in ((n, file.schema.column(n)) for n in range(file.num_columns)):
            unit = _MICROSECONDS.get(column.logical_type.type == "TIMESTAMP" and _unit(column), 0)
            facts = group.column(position).statistics if unit else None
            if facts is None or not facts.has_min_max:
                continue
            low, high = facts.min_raw * unit, facts.max_raw * unit
            if (low < _FIRST and low != -_INFINITY) or high > _INFINITY:
                return column.path.split(".")[0]
    return None


def _unit(column: pq.ColumnSchema) -> str:
    return str(json.loads(column.logical_type.to_json())["timeUnit"])


def _refusal(kind: pa.DataType) -> tuple[str, str] | None:
    """The type inside `kind` that DuckDB would read as something else, and what to convert it to."""
    if pa.types.is_duration(kind):  # rule: bent-types
        return str(kind), "a whole number of its unit (int64) or to text"
    if pa.types.is_decimal(kind) and kind.precision > _MAX_DIGITS:
        return str(kind), f"a decimal of at most {_MAX_DIGITS} digits or to text"
    fields = [kind.field(position) for position in range(kind.num_fields)]
    if pa.types.is_struct(kind) and len({field.name.lower() for field in fields}) < len(fields):
        return str(kind), "a struct whose fields differ in more than case"
    return next(filter(None, (_refusal(field.type) for field in fields)), None)


def _has_nanoseconds(path: Path, column: str) -> bool:
    """Whether INT96 timestamps of a column have fractions of microseconds.

    Nanoseconds may overflow 64 bits, but what they and the microseconds differ by does not.
    """
    import pyarrow.compute as pc  # noqa: PLC0415  importing it takes long, and few files need it

    with (
        pq.ParquetFile(path, coerce_int96_timestamp_unit="ns") as fine,
        pq.ParquetFile(path, coerce_int96_timestamp_unit="us") as coarse,
    ):
        for nanos, micros in zip(
            fine.iter_batches(columns=[column]), coarse.iter_batches(columns=[column]), strict=True
        ):
            for left, right in zip(_leaves(nanos.column(0)), _leaves(micros.column(0)), strict=True):
                if pc.any(
                    pc.not_equal(left.view(pa.int64()), pc.multiply(right.view(pa.int64()), 1000))
                ).as_py():
                    return True
    return False


def _leaves(values: pa.Array) -> Iterator[pa.Array]:
    """The timestamp arrays inside an array."""
    if pa.types.is_timestamp(values.type):
        yield values
    elif pa.types.is_struct(values.type):
        for child in values.flatten():
            yield from _leaves(child)
    elif pa.types.is_map(values.type):
        yield from _leaves(values.keys)
        yield from _leaves(values.items)
    elif pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
        yield from _leaves(values.flatten())
