"""What stands in a warehouse: made, and brought up to this program's version and to the columns of contacts."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from contact_merge.casts import exact, holds_exactly
from contact_merge.catalog import DERIVED, Catalog, Child, make_catalog
from contact_merge.columns import Column, ContactColumns, contact_columns, json_pairs
from contact_merge.digests import keep_sealed_texts
from contact_merge.engine import (
    add_column,
    allow_nulls,
    change_type,
    columns_of,
    comment_on_column,
    create_schema,
    drop,
    drop_column,
    fetch,
    fetch_value,
    has_rows,
    ident,
    rename_column,
    rename_table,
    render,
    run_sql,
    transaction,
    types_of,
)
from contact_merge.errors import InputError, WarehouseError
from contact_merge.faults import join_key
from contact_merge.ids import id_type_of
from contact_merge.loaded import cast_of, loaded, make_alike_view, make_view, show_loaded
from contact_merge.preset import Entity, read_preset
from contact_merge.recorded import counts_as_json, read_periods
from contact_merge.references import Cells, cells_of, key_type_of, names_somebody
from contact_merge.settings import Settings
from contact_merge.snapshots import SNAPSHOTS, require_snapshots, snapshot_tables
from contact_merge.tables import (
    CONTACT_KEY,
    ENTITY_VIEW,
    FLAGGED,
    KEY,
    LOADED_PREFIX,
    NAMED_PREFIX,
    RESERVED_PREFIX,
)
from contact_merge.widening import NO_TYPE, common_type

VERSION = 8
_SCHEMAS = ("raw", "ledger", "fold", "merged")
_LEDGER = (
    "warehouse", "batches", "digests", "requests", "responses", "merges", "imports", "reversals", "deletions",
    "restored", "contact_versions", "deliveries", "publications",
)  # fmt: skip
FOLDED = ("line", "redirects", "idle_pointers", "id_spellings", "kept", "conflicts")
"""Tables of the schema fold whose columns are always the same."""
PLAN = ("child_targets", "line", "replaced_references", "retired", "survivors")
"""The files of sql/apply with all that an engine needs of a warehouse to write its big tables; some need a reference."""
_VIEWS = (*DERIVED, "events", "idle_pointers")
_OLD = Catalog(read_preset().entity, (), {})
"""The entity of warehouses that knew no other."""
_OLDER = "The last run on this warehouse was of an older version; `contact-merge run` brings it up to date."


def identify(con: duckdb.DuckDBPyConnection) -> str:
    """The id of the warehouse; a new one gets it for good, before any file is staged in its name.

    Raises:
        WarehouseError: the database is another program's.
    """
    if not columns_of(con, "ledger", "warehouse"):
        refuse_other_tables(con)
        with transaction(con):
            create_schema(con, "ledger")
            run_sql(con, "ledger/warehouse")
            _name(con)
    return fetch_value(con, "ledger/warehouse_id")


def _name(con: duckdb.DuckDBPyConnection) -> None:
    run_sql(con, "ledger/add_warehouse", {"version": VERSION})


def refuse_other_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Refuse a database without our ledger whose tables stand where ours would.

    Raises:
        WarehouseError: naming the first one.
    """
    there = [table for table in fetch(con, "warehouse/tables") if table[0] in _SCHEMAS]
    if there and ("ledger", "warehouse") not in there:
        raise WarehouseError(
            f"The database that was given for a warehouse holds a table {'.'.join(there[0])} of another program; name another "
            "file."
        )


def check_there_is(warehouse: Path) -> None:
    """For commands that need a warehouse; WarehouseError where there is none."""
    if not warehouse.is_file():
        raise WarehouseError(
            f"{warehouse}: there is no warehouse here; name the file that `contact-merge run` made."
        )


def require_ledger(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Refuse a database that is no warehouse of ours, or one in which nothing was ever loaded.

    Raises:
        WarehouseError: it is none, or a snapshot is missing.
    """
    require_snapshots(con, path)  # the view of contacts cannot be described without its own
    if not columns_of(con, "ledger", "warehouse") or not (
        columns_of(con, "raw", ENTITY_VIEW) or columns_of(con, "raw", _OLD.entity.table)
    ):
        raise WarehouseError(
            f"{path}: this DuckDB file is no warehouse of contact-merge; name the file that `contact-merge run` made."
        )


def catalog_of(con: duckdb.DuckDBPyConnection, settings: Settings) -> Catalog:
    """The catalog that settings describe, with columns named as the tables of this warehouse spell them."""
    catalog = make_catalog(settings)
    return catalog.spelled({table: columns_of(con, "raw", table).keys() for table in catalog.data_tables})


def is_folded(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether all tables of the schema fold are there."""
    tables = fetch(con, "warehouse/tables")
    return {*FOLDED, "survivors"}.issubset(name for schema, name in tables if schema == "fold")


def require_merged(con: duckdb.DuckDBPyConnection, path: Path, catalog: Catalog) -> None:
    """Refuse a warehouse of which a merged table, or one of the small ones behind them, was dropped, or never made.

    Raises:
        WarehouseError: how to make them.
    """
    views = {name for schema, name in fetch(con, "warehouse/views") if schema in {"merged", "fold"}}
    needed = {*catalog.data_tables, *_VIEWS, "child_targets"}
    if not is_folded(con) or not needed <= views:
        if _version(con) < VERSION:
            raise WarehouseError(f"{path}: {_OLDER}")
        raise WarehouseError(
            f"{path}: the merged tables of this warehouse were dropped; make them again by `contact-merge rebuild`."
        )


def require_this_version(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """For commands that only read a warehouse.

    Raises:
        WarehouseError: it is none, of a newer version, or of an older one, which only a command that writes brings up to date.
    """
    require_ledger(con, path)
    version = _version(con)
    if version != VERSION:
        todo = "update contact-merge" if version > VERSION else f"the next run brings it up to {VERSION}"
        raise WarehouseError(
            f"{path}: this warehouse has version {version}, this program reads {VERSION}; {todo}."
        )


def _version(con: duckdb.DuckDBPyConnection) -> int:
    return fetch_value(con, "ledger/newest_version")


def prepare(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Bring a warehouse of an older version up to date, and make what a new one needs, inside the caller's transaction.

    Raises:
        WarehouseError: the warehouse is of a newer version.
    """
    known = columns_of(con, "ledger", "warehouse")
    versions = fetch(con, "ledger/versions") if known else []
    for (version,) in versions:
        _upgrade(con, version)
    there = {*fetch(con, "warehouse/tables"), *fetch(con, "warehouse/views")}
    for schema in {*_SCHEMAS} - {schema for schema, _ in there}:
        create_schema(con, schema)
    is_older = versions != [(VERSION,)]  # whose tables may have columns that have no comment yet
    kept = [("ledger", name) for name in _LEDGER] + [("fold", name) for name in FOLDED]
    kept += [("raw", SNAPSHOTS), ("raw", FLAGGED)]
    for schema, name in kept:
        if is_older or (schema, name) not in there:
            run_sql(con, f"{schema}/{name.removeprefix(RESERVED_PREFIX)}", **catalog.variables())
    make_children(con, catalog)
    if not versions:
        _name(con)


def make_children(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Make the raw tables of children that there are none of yet, empty."""
    there = {*fetch(con, "warehouse/tables"), *fetch(con, "warehouse/views")}
    for child in catalog.children:
        if ("raw", LOADED_PREFIX + child.name) not in there:
            _make_empty(con, child, catalog.key_type)


def counted_kinds(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """The kinds of children that were ever counted, as the column `counts` has them; none where there were none yet."""
    type_ = duckdb.sqltype(columns_of(con, "ledger", "responses")["counts"])
    return tuple(name for name, _ in type_.children) if type_.id == "struct" else ()


def adopt_children(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Give `counts` a member for each child table, in the order of the settings; those that are no more stay behind them."""
    counted = counted_kinds(con)
    known = {kind.lower() for kind in catalog.kinds}
    wanted = (*catalog.kinds, *(name for name in counted if name.lower() not in known))
    if wanted == counted:
        return
    type_name = f"struct({', '.join(f'{ident(name)} bigint' for name in wanted)})"
    for table in ("ledger.responses", "ledger.merges"):
        change_type(con, table, "counts", type_name, None if counted else f"cast(null as {type_name})")


def _make_empty(con: duckdb.DuckDBPyConnection, child: Child, key_type: str) -> None:
    """Make the raw table of a child that no input had yet."""
    helpers = {
        reference.key_column: key_type_of(child, reference, {}, key_type) for reference in child.references
    }
    columns = dict.fromkeys([*child.needed, *child.alike])
    run_sql(con, "load/child", loaded=loaded(child.name), columns=columns, helpers=helpers)
    show_loaded(con, child)


def _upgrade(con: duckdb.DuckDBPyConnection, version: int) -> None:
    if version > VERSION:
        raise WarehouseError(
            f"This warehouse has version {version}, this program knows up to {VERSION}; update contact-merge."
        )
    for older in range(version, VERSION):
        UPGRADES[older](con)
    if version < VERSION:
        run_sql(con, "ledger/set_version", {"version": VERSION})


def _upgrade_1(con: duckdb.DuckDBPyConnection) -> None:
    """Version 1 did not record which columns it folded key by key; a run that finds that unknown folds all contacts again."""
    drop_column(con, "ledger.batches", "report")
    add_column(con, "ledger.warehouse", "json_fields", "varchar[]")


def _upgrade_2(con: duckdb.DuckDBPyConnection) -> None:
    """Version 2 left child rows spelled as they came; a run that does not know what was folded folds all contacts again."""
    run_sql(con, "ledger/set_json_fields", {"names": None})


def _upgrade_3(con: duckdb.DuckDBPyConnection) -> None:
    """Version 3 had no guards, and did not record deletions. It kept the last row of a deleted contact that a pointer named.

    All contacts are folded again, for pointers that close a circle with a merge have no effect any more.
    """
    add_column(con, "ledger.batches", "allowed", "varchar[]")
    run_sql(con, "ledger/deletions", key_type=_OLD.key_type)
    run_sql(con, "ledger/deletions_before")
    run_sql(con, "ledger/set_json_fields", {"names": None})


def _upgrade_4(con: duckdb.DuckDBPyConnection) -> None:
    """Version 4 had other names for some tables; `ledger.digests` keeps the name under which a batch was sealed."""
    rename_table(con, "ledger.seen", "contact_versions")
    # what was folded may have been dropped, and is folded again then
    drop(con, "view", "fold.homes")
    for old, new in (("amended", "overrides"), ("spellings", "id_spellings")):
        if columns_of(con, "fold", old):
            rename_table(con, f"fold.{old}", new)
    if columns_of(con, "fold", "line"):
        rename_column(con, "fold.line", "member_position", "membership_position")


def _upgrade_5(con: duckdb.DuckDBPyConnection) -> None:
    """Version 5 had one table for what was loaded and what everybody reads: an undo and a change of type wrote it.

    Contacts that an undo brought back are among what was loaded then, until a later full export. Sources and conflicts were kept
    of JSON fields alone: as the tables of all fields are missing, all is folded again.
    """
    add_column(con, "ledger.warehouse", "restored_since", "bigint")
    run_sql(con, "ledger/restored", key_type=_OLD.key_type)
    for schema, table in fetch(con, "warehouse/tables"):
        if schema != "raw":
            continue
        if table in {"api_keys", "rejects"}:
            run_sql(con, f"load/{table}")
        else:
            rename_table(con, f"raw.{ident(table)}", LOADED_PREFIX + table)
            show_loaded(con, _OLD.entity if table == _OLD.entity.table else Child(table, (), ()))
    drop(con, "view", "fold.places")
    for table in ("overrides", "json_provenance", "json_conflicts"):
        drop(con, "table", f"fold.{table}")


def _upgrade_6(con: duckdb.DuckDBPyConnection) -> None:
    """Version 6 had no snapshots: what loads made were tables, as some are still."""


def _upgrade_7(con: duckdb.DuckDBPyConnection) -> None:
    """Version 7 knew the tables of the API alone, with UUIDs for ids, and the events of contacts; it recorded no settings."""
    added = [
        (
            "restored",
            "reference_keys",
            f"map(varchar, {_OLD.key_type})",
        ),  # which upgrades make as they are now
        ("imports", "listed", "boolean"),
        ("batches", "settings", "varchar"),
        ("batches", "event", "varchar"),
    ]
    for table, name, type_ in added:
        if name not in columns_of(con, "ledger", table):
            add_column(con, f"ledger.{table}", name, type_)
    run_sql(con, "ledger/name_events", {"event": _OLD.entity.event})
    allow_nulls(con, "ledger.merges", "counts")  # of a batch without any child table
    if columns_of(con, "raw", LOADED_PREFIX + _OLD.entity.table):
        make_view(con, _OLD.entity)


UPGRADES: dict[int, Callable[[duckdb.DuckDBPyConnection], None]] = {
    1: _upgrade_1,
    2: _upgrade_2,
    3: _upgrade_3,
    4: _upgrade_4,
    5: _upgrade_5,
    6: _upgrade_6,
    7: _upgrade_7,
}
"""By version, what brings a warehouse of it to the next one, in the transaction of the run that opens it."""


def join_types(
    con: duckdb.DuckDBPyConnection, entity: Entity, known: Sequence[str], given: Mapping[str, str]
) -> None:
    """Give raw.<entity> and ledger.contact_versions one type for each column that both have: no kept value is lost.

    What was loaded stays as it is: the view casts it.

    Args:
        known: ledger.contact_versions, and what has rows that may yet go into it, of the same types.
        given: the columns whose types the settings give.

    Raises:
        InputError: no type holds all values of a column; it names all such columns.
    """
    raw = columns_of(con, "raw", ENTITY_VIEW)
    if _hold_nothing(con, known, "_cm_key"):  # no merge has used a row yet
        for name in columns_of(con, "ledger", "contact_versions").keys() - raw.keys():
            if not name.startswith(RESERVED_PREFIX):
                drop_column(con, "ledger.contact_versions", name)
    kept = columns_of(con, "ledger", "contact_versions")
    types: dict[str, str] = {}
    apart: dict[str, str] = {}
    for name, type_name in raw.items():
        old = kept.get(name, type_name)
        if old == type_name:
            continue
        if given.get(name) == type_name and old != NO_TYPE:
            _cast_known(con, entity.table, known, name, type_name)
            continue
        wide = _wider(con, known, name, old, type_name)
        if wide is None:
            apart[name] = f"column {name} was {old} and is {type_name} now"
        else:
            types[name] = wide
    if apart:
        raise _apart(entity.table, apart)
    held = [(table, name, kind) for table in known for name, kind in types_of(con, table).items()]
    for table, name, kind in held:
        if types.get(name, kind) != kind:
            change_type(con, table, name, types[name], cast_of(con, table, name, types[name]))
    if any(raw[name] != wide for name, wide in types.items()):
        make_view(con, entity, {**raw, **types})  # rule: widened


def _apart(table: str, columns: Mapping[str, str]) -> InputError:
    """The refusal of columns whose old and new types have none in common, by what each was and is."""
    lines = ", ".join(f'{join_key(table, name)} = "text"' for name in columns)
    return InputError(
        f"{table}: {', '.join(columns.values())}, which cannot be joined without losing values; write {lines} into [types] of "
        "the settings, or export with the old type."
    )


def _wider(con: duckdb.DuckDBPyConnection, known: Sequence[str], name: str, old: str, new: str) -> str | None:
    """The type that holds all values of a column, of contacts and of what merges saw; None where there is none."""
    wide = common_type(con, name, ("ledger.contact_versions", old), (f"raw.{ENTITY_VIEW}", new))
    if wide is None and _hold_nothing(con, known, name):
        return new
    if wide is None and _hold_nothing(con, [f"raw.{ENTITY_VIEW}"], name):
        return old
    return wide


def _cast_known(
    con: duckdb.DuckDBPyConnection, table: str, known: Iterable[str], name: str, type_name: str
) -> None:
    """Cast what merges saw of a column, so that a change of its type alone is no edit (SHAPES.md 3).

    Raises:
        InputError: the type does not hold every value exactly.
    """
    for where in known:
        old = types_of(con, where).get(name, type_name)
        if old == type_name:
            continue
        if not holds_exactly(con, where, name, old, type_name):
            raise InputError(
                f"{table}: column {name} was {old}, and merges saw values of it that {type_name} can't hold exactly; write "
                f'{join_key(table, name)} = "text" into [types] of the settings.'
            )
        cast = exact(ident(name), old, type_name)
        if where == "ledger.contact_versions":
            keep_sealed_texts(con, name, type_name, cast)
        change_type(con, where, name, type_name, cast)


def _hold_nothing(con: duckdb.DuckDBPyConnection, tables: Iterable[str], column: str) -> bool:
    """Whether a column has only nulls in tables, or is not there."""
    return not any(
        has_rows(con, table, f"{ident(column)} is not null")
        for table in tables
        if column in types_of(con, table)
    )


def folded_columns(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> ContactColumns:
    """The columns of contacts, with those folded key by key that the last run folded so.

    Raises:
        WarehouseError: that was a run of a version which did not record them.
    """
    json_fields = _json_fields(con)
    if json_fields is None:
        raise WarehouseError(_OLDER)
    return contact_columns(con, json_fields, catalog, _references(con))  # rule: folds-as-that-run


def _references(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The references of which fold.survivors has what they name."""
    names = columns_of(con, "fold", "survivors")
    return {name.removeprefix(NAMED_PREFIX) for name in names if name.startswith(NAMED_PREFIX)}


def _json_fields(con: duckdb.DuckDBPyConnection) -> list[str] | None:
    return fetch_value(con, "ledger/json_fields")


def adopt_columns(
    con: duckdb.DuckDBPyConnection,
    columns: ContactColumns,
    json_fields: Collection[str],
    *,
    changed: bool = False,
) -> bool:
    """Give ledger.contact_versions every column of contacts.

    Args:
        changed: whether settings changed by which contacts are folded.

    Returns whether the fields changed, so that all contacts have to be folded again.
    """
    kept = columns_of(con, "ledger", "contact_versions")
    for column in columns.columns:
        if column.name not in kept:
            add_column(con, "ledger.contact_versions", column.name, column.type)
            text = f"Column {column.name} of contacts, as merges used it."
            comment_on_column(con, "ledger.contact_versions", column.name, text)
    fields = {column.name: column.type for column in [*columns.field_columns, *columns.updated]}
    survivors = columns_of(con, "fold", "survivors")
    had = {name: type_ for name, type_ in survivors.items() if not name.startswith(RESERVED_PREFIX)}
    names = list(json_fields)
    references = {column.name for column in columns.references}
    same = had == fields and names == _json_fields(con) and references == _references(con)
    if not changed and survivors and same:
        return False
    run_sql(con, "ledger/set_json_fields", {"names": names})
    make_survivors(con, columns)
    return True


def make_survivors(con: duckdb.DuckDBPyConnection, columns: ContactColumns) -> None:
    """Make fold.survivors again, empty: its columns follow those of contacts."""
    run_sql(con, "fold/survivors", **columns.variables())


def make_views(con: duckdb.DuckDBPyConnection, columns: ContactColumns, children: Sequence[Child]) -> None:
    """Make the merged views again: an old view breaks on a dropped column and does not see a new one."""
    run_sql(con, "fold/child_targets")
    if columns.references:
        run_sql(con, "fold/replaced_references", **columns.variables())
    needed = PLAN if columns.references else set(PLAN) - {"replaced_references"}
    variables = {"changing": columns.changing, "references": columns.references}
    plan = {name: as_rows(render(f"apply/{name}", **variables)) for name in needed}
    contacts = overlaid(columns, rows=f"raw.{ENTITY_VIEW}", named_by=KEY, plan=plan)
    run_sql(con, "merged/entity", overlaid=contacts, **columns.variables())
    if not columns.references:
        drop(con, "view", "fold.replaced_references")
    repeating = [child for child in children if child.repeats]
    for child in repeating:
        make_alike_view(con, child)
    if repeating:
        run_sql(con, "fold/dropped_rows", repeating=repeating)
    columns_of_children = {child: plain_columns(con, child.name) for child in children}
    snapshots = snapshot_tables(con)
    for child, its_columns in columns_of_children.items():
        if child.repeats:
            targets = plan["child_targets"]
            rows = render("merged/rows_that_stay", child=child, child_columns=its_columns, targets=targets)
        else:
            rows = rehomed(
                child,
                its_columns,
                rows=f"raw.{ident(child.name)}",
                plan=plan,
                snapshot=child.name in snapshots,
            )
        several = {cells.column: cells.several for cells in cells_of(child, types_in(its_columns))}
        run_sql(
            con,
            view_of_child(child),
            child=child,
            child_columns=its_columns,
            several=several,
            rehomed=rows,
        )
    variables = {**columns.variables(), "extra": extra_columns(con)}
    deduplicated = {child: its for child, its in columns_of_children.items() if child.deduplicated}
    variables |= {"deduplicated": deduplicated, "json_pairs": json_pairs}
    variables["counts_of"] = counts_as_json(read_periods(con), counted_kinds(con))
    for view in _VIEWS:
        run_sql(con, f"merged/{view}", **variables)


def view_of_child(child: Child) -> str:
    """The file of sql/ that makes the merged view of a child table."""
    return "merged/deduplicated_child" if child.deduplicated else "merged/child"


def plain_columns(con: duckdb.DuckDBPyConnection, table: str) -> list[Column]:
    """The user's columns of a raw table of children, in order."""
    named = columns_of(con, "raw", table).items()
    users = [(name, type_name) for name, type_name in named if not name.startswith(RESERVED_PREFIX)]
    return [Column(i, name, type_name, ()) for i, (name, type_name) in enumerate(users)]


def as_rows(query: str) -> str:
    """A query as SQL names a table."""
    return f"(\n{query}\n)"


def overlaid(columns: ContactColumns, *, rows: str, named_by: str, plan: Mapping[str, str]) -> str:
    """SQL of contacts as they are after all merges.

    Args:
        columns: their columns.
        rows: the table, as SQL names it.
        named_by: its column of keys: KEY, or one of ids that are known to be plain (IdType.plain_keys).
        plan: the tables of the plan (PLAN), as SQL names them.
    """
    types = {column.name: column.type for column in columns.columns}
    id_type, column = id_type_of(columns.entity), f"contacts.{ident(named_by)}"
    return render(
        "apply/entity",
        columns=columns.columns,
        changing=columns.changing,
        rows=rows,
        is_of=lambda key: (
            f"{key} = {column}" if named_by == KEY else id_type.same(key, column, types[named_by])
        ),
        references=columns.references,
        replaced=plan.get("replaced_references"),
        survivors=plan["survivors"],
        retired=plan["retired"],
    )


@dataclass(frozen=True)
class Rehoming:
    """How a column of references is joined with what its ids become.

    Attributes:
        alias: of what it is joined with.
        on: SQL of the join's condition.
        cells: of a column of several ids the cells that change, as SQL names a table; none where it holds one.
    """

    alias: str
    on: str
    cells: str = ""


def types_in(columns: Iterable[Column]) -> dict[str, str]:
    """The types of columns by their names."""
    return {column.name: column.type for column in columns}


def cells_name(cells: Cells) -> str:
    """The table of a plan with the cells of a column of several ids that change."""
    return f"cells_{cells.reference.number}"


def changing_cells(child: Child, cells: Cells) -> str:
    """SQL of the cells of a column of several ids that change, in the warehouse."""
    return render("fold/cells", cells=cells, rows=f"raw.{ident(child.name)}")


def rehomed(
    child: Child,
    columns: Sequence[Column],
    *,
    rows: str,
    plan: Mapping[str, str],
    snapshot: bool,
) -> str:
    """SQL of a child's rows, of which those of retired contacts name the survivor.

    Args:
        columns: its columns.
        rows: the table, as SQL names it.
        plan: the tables of the plan (PLAN), as SQL names them. Those of cells (`cells_name`) are made of the warehouse's own
            tables where the plan has none.
        snapshot: whether its references are known to be plain ids (IdType.plain_keys).
    """
    types = types_in(columns)
    id_type = id_type_of(child)

    def names(row: str, key: str) -> str:
        column = f"{row}.{ident(child.reference if snapshot else CONTACT_KEY)}"
        return id_type.same(key, column, types[child.reference]) if snapshot else f"{key} = {column}"

    rehoming: dict[str, Rehoming] = {}
    for cells in cells_of(child, types):
        number, column = cells.reference.number, f"children.{ident(cells.column)}"
        alias = ("cells" if cells.several else "child_targets") + (f"_{number}" if number > 1 else "")
        table = ""
        if cells.several:
            table = plan.get(cells_name(cells)) or as_rows(changing_cells(child, cells))
            on = f"{alias}.cell = {column}"
        elif snapshot:
            on = id_type.same(f"{alias}.contact_key", column, cells.type)
        else:  # which is null where a row names nobody
            on = f"{alias}.contact_key = children.{cells.key_column}"
        condition = names_somebody(child, types, "children") if snapshot or cells.several else ""
        rehoming[cells.column] = Rehoming(alias, f"{on} and {condition}" if condition else on, table)
    return render(
        "apply/deduplicated_child" if child.deduplicated else "apply/child",
        child=child,
        child_columns=columns,
        rows=rows,
        targets=plan["child_targets"],
        line=plan.get("line"),
        names=names,
        rehoming=rehoming,
    )


_OWN_COLUMNS = frozenset(
    {
        "seq", "batch_no", "request_id", "body_hash", "primary_id", "duplicate_ids", "overwrite", "dry_run",
        "idempotency_key", "api_key_id", "requested_at", "counted", "first_use", "replay_of",
        "status", "code", "message", "primary", "merged_ids", "fields_populated", "counts", "replayed",
        "rate_limit_limit", "rate_limit_remaining", "rate_limit_reset", "batch_id", "processed_at",
    }
)  # fmt: skip
"""Columns of requests and responses that are not the user's."""


def extra_columns(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Extra columns of requests, beyond the usual ones; they come back with the responses."""
    return [name for name in columns_of(con, "ledger", "requests") if name not in _OWN_COLUMNS]


def adopt_request_columns(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Give ledger.requests the extra columns of the new requests; returns their names.

    Raises:
        InputError: a column has a name under which it could not come back with the responses.
    """
    kept = columns_of(con, "ledger", "requests")
    given = list(types_of(con, "new_requests").items())
    extra = dict(given[[name for name, _ in given].index("body_hash") + 1 :])
    for name, type_name in extra.items():
        if name.lower() in _OWN_COLUMNS:
            raise InputError(
                f"merge_requests: the column {name!r} has the name of one that responses or the ledger have; rename it."
            )
        if name not in kept:
            add_column(con, "ledger.requests", name, type_name)
            comment_on_column(con, "ledger.requests", name, f"Extra column {name} of the request, as sent.")
        elif kept[name] != type_name:
            tables = ("ledger.requests", kept[name]), ("new_requests", type_name)
            wide = common_type(con, name, *tables) or "VARCHAR"
            change_type(con, "ledger.requests", name, wide)
    return list(extra)
