"""Parquet files -> a Source. Types are refused here that DuckDB would change without a word (SEMANTICS.md, 'Tables')."""

from collections.abc import Iterator
from glob import escape
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from contact_merge.errors import InputError
from contact_merge.load.columns import check_names, united
from contact_merge.load.inputs import TableInput
from contact_merge.load.source import FilePart, Source
from contact_merge.warehouse import ident, literal


def read_parquet(con: duckdb.DuckDBPyConnection, given: TableInput, folder: Path) -> Source:
    """Check the files of a table and give the query that reads them.

    Raises:
        InputError: a file is no Parquet, or has a type or a column name that the warehouse cannot hold.
    """
    schemas: list[tuple[str, dict[str, str]]] = []
    parts: list[FilePart] = []
    for path in given.files:
        name = str(path.relative_to(folder))
        rows = _check(path, name)
        schemas.append((name, _duckdb_columns(con, path, name)))
        parts.append(FilePart(name, rows))
    columns = united(given.table, schemas)
    query = "\nunion all\n".join(_selects(given.files, [schema for _, schema in schemas], columns))
    return Source(given.table, "parquet", columns, query, parts)


def file_list(paths: list[Path]) -> str:
    """An SQL list of exactly these files: glob characters in their names stand for themselves."""
    return "[" + ", ".join(literal(escape(str(path.absolute()))) for path in paths) + "]"


def _selects(
    files: tuple[Path, ...], schemas: list[dict[str, str]], columns: dict[str, str]
) -> Iterator[str]:
    """One SELECT for each stretch of files of one schema, each giving all columns in their final types."""
    for _, stretch in groupby(zip(files, schemas, strict=True), key=lambda pair: list(pair[1].items())):
        pairs = list(stretch)
        schema = pairs[0][1]
        items = ", ".join(
            ident(name)
            if schema.get(name) == kind
            else f"cast({ident(name) if name in schema else 'null'} as {kind}) as {ident(name)}"
            for name, kind in columns.items()
        )
        yield f"select {items} from {_scan([path for path, _ in pairs])}"


def _scan(paths: list[Path]) -> str:
    return f"read_parquet({file_list(paths)}, hive_partitioning = false, union_by_name = false)"


def _duckdb_columns(con: duckdb.DuckDBPyConnection, path: Path, name: str) -> dict[str, str]:
    try:
        rows = con.execute(f"describe select * from {_scan([path])}").fetchall()
    except duckdb.Error as error:
        raise InputError(f"{name}: the file cannot be read as Parquet; write it again.") from error
    return {row[0]: row[1] for row in rows}


def _check(path: Path, name: str) -> int:
    """Refuse what cannot be held; gives the file's rows."""
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            rows = file.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{name}: the file cannot be read as Parquet; write it again.") from error
    check_names(name, schema.names)
    for field in schema:
        advice = _refusal(field.type)
        if advice is not None:
            raise InputError(
                f"{name}: the column {field.name!r} has the type {field.type}, which the warehouse cannot hold exactly; "
                f"convert it to {advice}."
            )
    return rows


def _refusal(kind: pa.DataType) -> str | None:
    """What to convert a type to that DuckDB would read as something else; None where it reads it exactly."""
    if pa.types.is_duration(kind):
        return "a whole number of its unit (int64) or text"
    if pa.types.is_decimal(kind) and kind.precision > 38:
        return "decimal(38, s) or text"
    for position in range(kind.num_fields):
        advice = _refusal(kind.field(position).type)
        if advice is not None:
            return advice
    return None
