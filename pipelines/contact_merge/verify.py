"""Prove a warehouse and the files made of it: each check is a file of sql/checks/ that selects violations.

Such a file says in its first comment line what holds, in its second what a violation is. Its first statement selects the
violations, named by ids and counts alone. Its second gives one row of figures: `rows_checked`, and `exempt` where some of
these rows are exempt and no fault. A third one selects exempt rows that are worth naming. Files that begin with an
underscore make what several checks read. The warehouse is attached read-only to a database in memory, which holds all that
is made for the checks.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec

from contact_merge.catalog import Catalog, Child
from contact_merge.columns import ContactColumns, kind_of
from contact_merge.digests import BATCH_COLUMNS, FORMER_NAMES, digest_again
from contact_merge.engine import (
    Checked,
    columns_of,
    count,
    create_schema,
    fetch,
    ident,
    read_header,
    read_to_end,
    render,
    run_check,
    run_sql,
    use,
)
from contact_merge.errors import OutputError, WarehouseError
from contact_merge.fold.state import rebuild_fold
from contact_merge.recorded import settings_in_force
from contact_merge.references import cells_of, names_somebody
from contact_merge.schema import (
    FOLDED,
    catalog_of,
    check_there_is,
    counted_kinds,
    folded_columns,
    require_this_version,
)
from contact_merge.settings import Settings
from contact_merge.snapshots import damaged_snapshots
from contact_merge.tables import ENTITY_VIEW, LOADED_PREFIX, RESERVED_PREFIX
from contact_merge.verify_files import compare_manifest, compare_parquet, read_events, read_rejects
from contact_merge.verify_json import find_json_faults
from contact_merge.warehouse import attach_warehouse

if TYPE_CHECKING:
    from contact_merge.progress import Progress

WAREHOUSE_CHECKS = (
    "contacts_once",
    "children_once",
    "memberships_once",
    "memberships_unique",
    "retired_not_named",
    "redirects_no_circle",
    "redirects_end",
    "provenance_agrees",
    "requests_answered",
    "responses_add_up",
    "merges_have_events",
    "projection_rebuilt",
    "ledger_appended",
)
FILE_CHECKS = ("manifest_newest", "manifest_files", "parquet_equal", "event_files", "reject_files")
SAMPLES = 5


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one check found.

    Attributes:
        name: the check: sql/checks/<name>.sql.
        description: what holds where there is no violation.
        rows_checked: how many rows it checked.
        exempt: how many of them are exempt and no fault (retired contacts, imported circles).
        violations: how many rows violate it.
        samples: the first of these, named by ids and counts, never by a contact's values.
        exempt_samples: the first of the exempt rows that are worth naming (imported pointers without effect), likewise.
    """

    name: str
    description: str
    rows_checked: int
    exempt: int
    violations: int
    samples: list[str]
    exempt_samples: list[str] = []

    @property
    def passed(self) -> bool:
        """Whether there is no violation."""
        return self.violations == 0


def verify(
    warehouse: Path,
    output: Path | None,
    settings: Settings,
    progress: "Progress | None" = None,
    *,
    only: Collection[str] | None = None,
) -> list[CheckResult]:
    """Check every invariant of a warehouse and, with `output`, of the files there. Changes nothing.

    Args:
        settings: memory and temporary files.
        only: the names of the checks to make; null is all of them.

    Raises:
        WarehouseError: there is no such warehouse, another process holds it, it is of another version, or damaged
            (the tables that cannot be read are named).

    Source: INTERFACE.md, `contact-merge verify`.
    """
    check_there_is(warehouse)
    if output is not None and not output.is_dir():
        raise OutputError(
            f"{output}: there is no such folder; name the one that `contact-merge run` wrote to."
        )
    with attach_warehouse(warehouse, settings, folders=[] if output is None else [output]) as con:
        require_this_version(con, warehouse)
        _refuse_unreadable_tables(con, warehouse)
        catalog = catalog_of(con, settings_in_force(con, settings))
        columns = folded_columns(con, catalog)
        prepare = _preparations(con, columns, catalog, output)
        results = []
        for name in WAREHOUSE_CHECKS if output is None else WAREHOUSE_CHECKS + FILE_CHECKS:
            if only is not None and name not in only:
                continue
            if progress is not None:
                progress.step(name.replace("_", " ").capitalize())
            results.append(_make_check(con, name, columns, catalog, prepare.get(name, dict)))
        return results


def describe_check(name: str) -> str:
    """What holds where there is no violation: the description of the check's file."""
    return read_header(f"checks/{name}").description


def _refuse_unreadable_tables(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Read every table to its end: the checksums of DuckDB's blocks, and digests of snapshots, show what the disk has damaged."""
    damaged = []
    for schema, table in fetch(con, "warehouse/tables"):
        try:
            read_to_end(con, f"{ident(schema)}.{ident(table)}")
        except duckdb.Error:
            damaged.append(f"{schema}.{table.removeprefix(LOADED_PREFIX)}")
    damaged += [f"{snapshot.parent.name} in {snapshot}" for snapshot in damaged_snapshots(con)]
    if damaged:
        raise WarehouseError(
            f"{path}: the file is damaged: {', '.join(damaged)} cannot be read to the end; put back a backup "
            "(docs/operators.md, 'Backup and restore')."
        )


def _make_check(
    con: duckdb.DuckDBPyConnection,
    name: str,
    columns: ContactColumns,
    catalog: Catalog,
    prepare: Callable[[], dict[str, Any]],
) -> CheckResult:
    """Make one check; what a damaged warehouse does not even let it check is a violation too."""

    def unchecked(error: Exception) -> Checked:  # its message could hold a value
        return Checked(0, 0, 1, [f"cannot be checked: {type(error).__name__}"], [])

    try:
        special = prepare()
        text = render(
            f"checks/{name}",
            children=catalog.children,
            kinds=catalog.kinds,
            **columns.variables(),
            **special,
        )
    except Exception as error:  # of any kind: what is folded or read here may be damaged in any way
        found = unchecked(error)
    else:
        try:
            found = run_check(con, text, special, SAMPLES)
        except duckdb.Error as error:
            found = unchecked(error)
    return CheckResult(name=name, description=describe_check(name), **asdict(found))


def _preparations(
    con: duckdb.DuckDBPyConnection, columns: ContactColumns, catalog: Catalog, output: Path | None
) -> dict[str, Callable[[], dict[str, Any]]]:
    """By check, what has to be made before it; each gives variables and parameters of the check's file."""
    prepare: dict[str, Callable[[], dict[str, Any]]] = {
        "children_once": lambda: _contents(con, catalog.whole),
        "retired_not_named": lambda: _references(con, catalog.children),
        "memberships_once": lambda: _reference_types(con, catalog.deduplicated),
        "memberships_unique": lambda: _reference_types(con, catalog.deduplicated),
        "redirects_no_circle": lambda: _follow_pointers(con),
        "redirects_end": lambda: _follow_pointers(con),
        "provenance_agrees": lambda: _compare_values(con, columns),
        "projection_rebuilt": lambda: _rebuild_beside(con, columns, catalog),
        "responses_add_up": lambda: {"counted": counted_kinds(con)},
        "ledger_appended": lambda: digest_again(con) or {"former_names": FORMER_NAMES},
    }
    if output is not None:
        prepare |= {
            "manifest_newest": lambda: compare_manifest(con, output),
            "manifest_files": lambda: compare_manifest(con, output),
            "parquet_equal": lambda: compare_parquet(con, catalog, output),
            "event_files": lambda: read_events(con, output),
            "reject_files": lambda: read_rejects(con, output),
        }
    return prepare


def _contents(con: duckdb.DuckDBPyConnection, children: Iterable[Child]) -> dict[str, Any]:
    """Of children SQL of what no merge changes of a row, and the columns of the key that are such."""
    types = {child: columns_of(con, "raw", child.name) for child in children}
    references = {child: {reference.column for reference in child.references} for child in types}
    return {
        "whole": {child: _content(child, its, references[child]) for child, its in types.items()},
        "ids": {
            child.name: [name for name in child.key if name in its and name not in references[child]]
            for child, its in types.items()
        },
    }


def _content(child: Child, columns: Mapping[str, str], references: Collection[str]) -> list[str]:
    """SQL of what no merge changes of a child's row: all but references, and these where the row names nobody."""
    users = [name for name in columns if not name.startswith(RESERVED_PREFIX)]
    content = [ident(name) for name in users if name not in references]
    if names := names_somebody(child, columns):
        content += [
            f"case when ({names}) is not true then {ident(name)} end" for name in users if name in references
        ]
    return content


def _references(con: duckdb.DuckDBPyConnection, children: Iterable[Child]) -> dict[str, Any]:
    """Each column of references, with its table, and SQL of the rows of the merged table that name somebody in it."""
    found = []
    for child in children:
        types = columns_of(con, "raw", child.name)
        names = names_somebody(child, types)
        found += [(child.name, cells, names) for cells in cells_of(child, types)]
    return {"child_references": found}


def _reference_types(con: duckdb.DuckDBPyConnection, children: Iterable[Child]) -> dict[str, Any]:
    """Of children of which rows are dropped the type of the reference, and what their values are tested as."""
    types = {child: columns_of(con, "raw", child.name) for child in children}
    return {
        "deduplicated": {child: its[child.reference] for child, its in types.items()},
        "tested_as": {
            child.name: {name: kind_of(its[name]) for name in child.alike} for child, its in types.items()
        },
    }


def _follow_pointers(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Make the temp table `pointer_ends`."""
    retired = count(con, "fold.redirects")
    run_sql(con, "checks/pointer_ends", steps=retired.bit_length())
    return {}


def _compare_values(con: duckdb.DuckDBPyConnection, columns: ContactColumns) -> dict[str, Any]:
    """Make the temp tables `checked_survivors`, `checked_versions` and `json_faults`."""
    run_sql(con, "checks/checked_survivors", **columns.variables())
    run_sql(con, "checks/checked_versions", columns=columns.columns)
    return {"json_keys": find_json_faults(con, columns.json, columns.key_type)}


def _rebuild_beside(
    con: duckdb.DuckDBPyConnection, columns: ContactColumns, catalog: Catalog
) -> dict[str, Any]:
    """Fold everything again in memory, from views of the warehouse's raw tables and ledger."""
    tables = {table: list(columns_of(con, "fold", table)) for table in (*FOLDED, "survivors")}
    use(con, "memory")
    try:
        for schema in ("raw", "ledger", "fold"):
            create_schema(con, schema)
        for table in catalog.data_tables:
            run_sql(con, "checks/beside", table=f"raw.{ident(table)}")
        run_sql(con, "checks/beside", table=f"raw.{ENTITY_VIEW}")
        for table in (*BATCH_COLUMNS, "batches"):
            run_sql(con, "checks/beside", table=f"ledger.{table}")
        for table in FOLDED:
            run_sql(con, f"fold/{table}", key_type=catalog.key_type)
        rebuild_fold(con, columns, catalog)
    finally:
        use(con, "warehouse")
    return {"tables": tables}
