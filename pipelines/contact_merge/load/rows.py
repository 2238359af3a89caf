"""A Source -> raw.contacts or a raw child table, and its unusable rows -> raw.rejects.

Loading is hopeful: all rows go in at once with their keys, then one query looks for missing and repeated keys. Only
where it finds some are the rows worked out, and taken out again.
"""

import duckdb
import pyarrow as pa

from contact_merge.errors import InputError
from contact_merge.load.keys import WHITE_SPACE, uuid_expression
from contact_merge.load.report import TableLoad
from contact_merge.load.source import FilePart, Source
from contact_merge.settings import Settings
from contact_merge.tables import CONTACT_KEY, CONTACTS, INTO, KEY, MEMBERSHIPS, POINTER, RESERVED_PREFIX
from contact_merge.warehouse import columns_of, ident, run_sql


def load_rows(con: duckdb.DuckDBPyConnection, source: Source, settings: Settings) -> TableLoad:
    """Load one data table; see `load_inputs` for what it leaves behind."""
    table = source.table
    before = [name for name in columns_of(con, "raw", table) if not name.startswith(RESERVED_PREFIX)]
    needed = {CONTACTS: ("id",), MEMBERSHIPS: ("list_id", "contact_id")}.get(table, ("id", "contact_id"))
    for name in needed:
        if name not in source.columns:
            raise InputError(
                f"{source.parts[0].file}: the table {table} has no column {name!r}; its columns are "
                f"{', '.join(source.columns)}."
            )
    target = f"raw.{ident(table)}"
    helpers = _helper_columns(source)
    con.execute(
        f"create or replace table {target} as "
        f"select *, {', '.join(f'{expression} as {name}' for name, expression in helpers.items())} from ({source.query})"
    )
    loaded = _count(con, target)
    rejects = _reject(con, source, target)
    return TableLoad(
        table,
        source.format,
        len(source.parts),
        loaded + source.broken_rows,
        _count(con, target),
        rejects,
        columns_added=tuple(name for name in source.columns if name not in before) if before else (),
        columns_dropped=tuple(name for name in before if name not in source.columns),
    )


def _helper_columns(source: Source) -> dict[str, str]:
    if source.table != CONTACTS:
        return {CONTACT_KEY: uuid_expression("contact_id", source.columns["contact_id"])}
    pointer = source.columns.get(POINTER)
    return {
        KEY: uuid_expression("id", source.columns["id"]),
        INTO: uuid_expression(POINTER, pointer) if pointer else "cast(null as uuid)",
    }


def _reject(con: duckdb.DuckDBPyConnection, source: Source, target: str) -> int:
    add_broken(con, source)
    table = source.table
    if table == CONTACTS:
        keys = [KEY]
    elif table == MEMBERSHIPS:
        keys = ["list_id", CONTACT_KEY]
    else:
        keys = [uuid_expression("id", source.columns["id"])]
    variables = {
        "target": target,
        "table": table,
        "keys": keys,
        "columns": source.columns,
        "white_space": WHITE_SPACE,
    }
    found = run_sql(con, "load/has_rejects", **variables).fetchall()
    if any(found[0]):
        place_rows(con, source.parts)
        run_sql(con, "load/rejected_rows", {"table_name": table}, **variables)
    row = con.execute("select count(*) from raw.rejects where table_name = $table", {"table": table}).fetchall()
    return row[0][0]


def add_broken(con: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Put the lines that could not be read as rows into raw.rejects."""
    lines = [
        {"table_name": source.table, "file": part.file, "row_number": line.row, "reason": line.reason, "raw": line.raw}
        for part in source.parts
        for line in part.broken
    ]
    if lines:
        con.register("broken_lines", pa.Table.from_pylist(lines))
        con.execute("insert into raw.rejects by name select * from broken_lines")
        con.unregister("broken_lines")


def place_rows(con: duckdb.DuckDBPyConnection, parts: list[FilePart]) -> None:
    """Make the temporary table row_places: from which ordinal on loaded rows come from which file and row.

    One row for each stretch of rows without a gap: first_ordinal, file, first_row.
    """
    ordinals: list[int] = []
    files: list[str] = []
    rows: list[int] = []
    passed = 0
    for part in parts:
        gaps = sorted([line.row for line in part.broken] + part.blank)
        starts = [(0, 1)] + [(gap - position, gap + 1) for position, gap in enumerate(gaps, start=1)]
        ordinals += [passed + ordinal for ordinal, _ in starts]
        rows += [row for _, row in starts]
        files += [part.file] * len(starts)
        passed += part.rows
    places = pa.table({"first_ordinal": ordinals, "file": files, "first_row": rows})
    con.register("places", places)
    con.execute(
        "create or replace temp table row_places as "
        "select first_ordinal, arg_max(file, position) as file, arg_max(first_row, position) as first_row "
        "from (select *, row_number() over () as position from places) group by first_ordinal"
    )
    con.unregister("places")


def _count(con: duckdb.DuckDBPyConnection, target: str) -> int:
    row = con.execute(f"select count(*) from {target}").fetchall()
    return row[0][0]
