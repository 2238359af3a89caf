"""Run the files of sql/, and what every piece of SQL needs.

The files are Jinja templates (strict undefined). Identifiers reach them only through the `ident` filter, values only as
bound parameters `$name`; a file may hold several statements, each bound with the parameters it names.
"""

import glob
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import jinja2


def ident(name: str) -> str:
    """Quote an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote an SQL string, for the few places (COPY options, comments) that take no bound parameter."""
    return "'" + text.replace("'", "''") + "'"


def file_list(paths: Iterable[Path]) -> str:
    """An SQL list of exactly these local files: glob characters in their names stand for themselves."""
    return "[" + ", ".join(literal(glob.escape(str(path.absolute()))) for path in paths) + "]"


def parquet_rows(paths: Iterable[Path]) -> str:
    """SQL of the rows of exactly these Parquet files: their own columns, and none of a folder that is named `name=value`."""
    return f"read_parquet({file_list(paths)}, hive_partitioning = false)"


@cache
def sql_folder() -> Path:
    """Where the SQL files are: inside an installed package, or the repository's sql/ in an editable install."""
    inside = Path(__file__).parent / "sql"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "sql"


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(sql_folder()),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # the output is SQL: identifiers go through `ident`, values are bound
    )
    environment.filters["ident"] = ident
    environment.filters["literal"] = literal
    return environment


def render(name: str, **variables: Any) -> str:
    """The text of sql/<name>.sql with its variables filled in."""
    return _templates().get_template(f"{name}.sql").render(**variables)


_parsed: dict[str, list[duckdb.Statement]] = {}


def _parse(con: duckdb.DuckDBPyConnection, text: str) -> list[duckdb.Statement]:
    """The statements of a text; kept, for a process runs the same ones again and parsing takes longer than a small run."""
    if text not in _parsed:
        if len(_parsed) >= 1000:
            _parsed.clear()
        _parsed[text] = con.extract_statements(text)
    return _parsed[text]


def run_sql(
    con: duckdb.DuckDBPyConnection, name: str, params: Mapping[str, Any] | None = None, **variables: Any
) -> duckdb.DuckDBPyConnection:
    """Run every statement of sql/<name>.sql, each with the parameters that it names; the last one's result is left open."""
    given = params or {}
    for statement in _parse(con, render(name, **variables)):
        bound = {key: given[key] for key in statement.named_parameters}
        con.execute(statement, bound or None)
    return con


def columns_of(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> dict[str, str]:
    """Column names and DuckDB types of a table, in order (empty where there is none), or of a merged view."""
    # duckdb_columns() would bind every view of the file to answer this
    if (
        schema != "merged"
        and not con.execute(
            "select 1 from duckdb_tables() where database_name = current_database() "
            "and schema_name = $schema and table_name = $table",
            {"schema": schema, "table": table},
        ).fetchall()
    ):
        return {}
    return types_of(con, f"{ident(schema)}.{ident(table)}")


def types_of(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Column names and DuckDB types, in order, of a table that is there, as SQL names it; a temporary one too."""
    return {name: str(type_) for name, type_, *_ in con.execute(f"describe {table}").fetchall()}


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """One transaction: committed when the block ends, rolled back on any exception."""
    con.execute("begin transaction")
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error):  # some errors have ended the transaction already
            con.execute("rollback")
        raise
    con.execute("commit")
