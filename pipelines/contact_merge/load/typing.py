"""The types that settings give columns: rows are cast as they are loaded, and what a type cannot hold is noted (SHAPES.md 3)."""

from collections.abc import Mapping
from dataclasses import replace

import duckdb

from contact_merge.casts import exact, is_lost
from contact_merge.engine import drop_column, ident, run_sql
from contact_merge.load.source import Source, Uncast
from contact_merge.tables import RESERVED_PREFIX


def with_types(source: Source, types: Mapping[str, str]) -> Source:
    """The source with these columns cast; beside each a helper column has what its type cannot hold.

    Args:
        types: by column its DuckDB type, of columns that are there.
    """
    changed = {name: kind for name, kind in types.items() if source.columns[name] != kind}
    if not changed:
        return replace(source, types=types)
    uncast = {
        name: Uncast(f"{RESERVED_PREFIX}uncast_{number}", source.columns[name], name in source.json_text)
        for number, name in enumerate(changed)
    }
    items = [
        f"{exact(ident(name), kind, changed[name])} as {ident(name)}" if name in changed else ident(name)
        for name, kind in source.columns.items()
    ]
    items += [
        f"case when {is_lost(ident(name), its.type, changed[name])} then {ident(name)} end as {its.helper}"
        for name, its in uncast.items()
    ]
    return replace(
        source,
        columns={**source.columns, **changed},
        query=f"select {', '.join(items)}\nfrom (\n{source.query}\n)",
        json_text=source.json_text - changed.keys(),
        as_it_is=None,
        types=types,
        uncast=uncast,
    )


def note_uncast(con: duckdb.DuckDBPyConnection, source: Source, target: str, row_id: str) -> None:
    """Add to the temp table noted_rows the values that their types cannot hold.

    Args:
        target: the table that was just loaded, as SQL names it.
        row_id: its column with the number of a row.
    """
    for name, its in source.uncast.items():
        reason = f"{name} is no {source.columns[name].lower()}; it counts as empty"
        run_sql(con, "load/noted_uncast", target=target, row_id=row_id, helper=its.helper, reason=reason)


def drop_uncast(con: duckdb.DuckDBPyConnection, source: Source, target: str) -> None:
    """Drop the helper columns, once the rows are loaded."""
    for its in source.uncast.values():
        drop_column(con, target, its.helper)
