"""The settings that a warehouse was made by: recorded with each batch, and compared with those of the next run.

What decides which contact an id names is fixed at the first run. All else may change: then all contacts are folded again.
Commands other than a run go by the settings of the newest batch, whatever the file says that they are given.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

import duckdb
import msgspec

from contact_merge.engine import columns_of, drop, fetch, has_rows, ident, is_view, literal, run_sql
from contact_merge.errors import InputError, SettingsError
from contact_merge.faults import join_key, quote
from contact_merge.loaded import loaded
from contact_merge.names import fold_name
from contact_merge.preset import DEFAULT, ChildTable, Entity, FieldRule, Preset, read_preset
from contact_merge.reading import Reading
from contact_merge.settings import ExportFormat, LoadMode, Settings
from contact_merge.snapshots import forget_snapshot, keys_of
from contact_merge.tables import ENTITY_VIEW

FIXED = ("table", "id", "id_type", "workspace")
"""Settings of the entity that stay as they were at the first run."""
_COLUMNS = frozenset({"id", "workspace"})
"""Those of them that name a column, which may be spelled otherwise."""
_OF_FILES = frozenset({"enabled", "source", "files"})
"""Settings of a table that say where its rows are, and nothing about them."""
_READ = ("merged_into", "merged_ids", "deleted", "key", "references", "separator", "where")
"""Settings of a table by which its rows are read; after a change what was loaded before is of no use."""
_OF_THIS_MACHINE = frozenset({"json_fields", "memory_limit", "temp_directory", "file_mode"})
"""Settings that do not decide what comes out, and `json_fields`, which the entity has."""


class Recorded(msgspec.Struct, frozen=True):
    """What a batch recorded of its settings, as far as it decides how contacts are folded.

    Attributes:
        entity, children, fields: as a preset has them.
        written, preset_name, export_format: as Settings has them; the second is recorded as `preset`.
    """

    entity: Entity
    children: dict[str, ChildTable]
    fields: dict[str, FieldRule]
    written: tuple[str, ...] = ()
    preset_name: str = msgspec.field(default=DEFAULT, name="preset")
    export_format: tuple[ExportFormat, ...] = ("parquet",)

    @property
    def preset(self) -> Preset:
        """The tables, and the rules of their fields."""
        return Preset(self.entity, self.children, self.fields)


@dataclass(frozen=True)
class Period:
    """Batches that one set of child tables was in force for: from the number `first` on, up to the next period."""

    first: int
    kinds: tuple[str, ...]


def settings_text(settings: Settings) -> str:
    """All settings that decide what comes out, as JSON."""
    preset = settings.preset
    plain = {
        name: getattr(settings, name)
        for name in settings.__struct_fields__
        if name not in {*_OF_THIS_MACHINE, "preset", "preset_name", "written", "load"}
    }
    written = tuple(sorted(settings.written))
    recorded = Recorded(
        preset.entity, preset.children, preset.fields, written, settings.preset_name, settings.export_format
    )
    whole = {**msgspec.to_builtins(recorded), **plain, "load": dict(sorted(settings.load.items()))}
    return msgspec.json.encode(whole).decode()


def read_recorded(con: duckdb.DuckDBPyConnection) -> Recorded | None:
    """The settings of the newest batch; those of the defaults where none recorded any, and None where nothing was loaded yet."""
    if "settings" in columns_of(con, "ledger", "batches"):
        newest = fetch(con, "ledger/newest_settings")
        if newest:
            return _decode(newest[0][0])
    preset = read_preset()
    if not (columns_of(con, "raw", ENTITY_VIEW) or columns_of(con, "raw", preset.entity.table)):
        return None
    entity = preset.entity
    if "json_fields" in columns_of(con, "ledger", "warehouse"):
        [(names,)] = fetch(con, "ledger/json_fields")
        if names is not None:
            entity = msgspec.structs.replace(entity, json_fields=tuple(names))
    return Recorded(entity, preset.children, preset.fields)


def _decode(text: str) -> Recorded:
    return msgspec.json.decode(text, type=Recorded)


def settings_in_force(con: duckdb.DuckDBPyConnection, settings: Settings) -> Settings:
    """The settings of a command that is no run: of tables, their fields and formats of files those of the newest batch.

    Raises:
        SettingsError: the ones that it was given are of another warehouse.
    """
    recorded = read_recorded(con)
    if recorded is None:
        return settings
    default = read_preset().entity
    given = {
        name
        for name in FIXED
        if {f"entity.{name}", "preset"} & settings.written
        or getattr(settings.preset.entity, name) != getattr(default, name)
    }
    check_fixed(recorded, settings.preset.entity, given)
    return msgspec.structs.replace(
        settings,
        preset=recorded.preset,  # rule: recorded-in-force
        preset_name=recorded.preset_name,
        export_format=tuple(dict.fromkeys((*recorded.export_format, *settings.export_format))),
        json_fields=recorded.entity.json_fields,
        written=frozenset(recorded.written),
        load={},
        reading=Reading(),
    )


def check_fixed(recorded: Recorded | None, entity: Entity, names: Collection[str] = FIXED) -> None:
    """Refuse another value of what is fixed.

    Raises:
        SettingsError: a line for each, with the old and the new value and what to do.
    """
    if recorded is None:
        return
    lines = []
    for name in FIXED:
        before, now = getattr(recorded.entity, name), getattr(entity, name)
        is_same = before == now or (name in _COLUMNS and fold_name(before) == fold_name(now))
        if name in names and not is_same:  # rule: fixed-settings
            lines.append(
                f"entity.{name}: it was {quote(before)} when this warehouse was made, and is {quote(now)} now. It can't change: "
                f"give {quote(before)} again, by --config, or begin another warehouse."
            )
    if lines:
        raise SettingsError("\n".join(lines))


def compare_settings(before: Preset, now: Preset) -> list[str]:
    """What is configured otherwise than before, in words that begin with its key; where its files are does not count."""
    changes = [f"{key} changed" for key in _changed("entity", before.entity, now.entity)]
    changes += [
        f"{join_key('children', name)} dropped" for name in before.children if name not in now.children
    ]
    for name, table in now.children.items():
        key = join_key("children", name)
        if name not in before.children:
            changes.append(f"{key} added")
        else:
            changes += [f"{its} changed" for its in _changed(key, before.children[name], table)]
    common = [name for name in before.children if name in now.children]
    if common != [name for name in now.children if name in before.children]:
        changes.append("children reordered")
    for name in {**before.fields, **now.fields}:
        if before.fields.get(name) != now.fields.get(name):
            changes.append(f"{join_key('fields', name)} changed")
    return changes


def _changed(section: str, before: Entity | ChildTable, now: Entity | ChildTable) -> Iterator[str]:
    """The keys of a table whose values differ."""
    for name in before.__struct_fields__:
        if name not in _OF_FILES and getattr(before, name) != getattr(now, name):
            yield f"{section}.{name}"


def forget_tables(
    con: duckdb.DuckDBPyConnection,
    before: Preset,
    now: Preset,
    given: Collection[str],
    load: Mapping[str, LoadMode],
    read_again: Callable[[str], object],
) -> None:
    """Drop what was loaded of children that are no more, and of those that are read otherwise now and are given whole.

    Args:
        given: the tables of this input.
        load: which of them are upserted.
        read_again: reads what was loaded of a child as settings read it now; for those that are not given whole.

    Raises:
        InputError: the entity is read otherwise now, and is not given whole.
    """
    tables = {before.entity.table: ("entity", before.entity, now.entity)} | {
        name: (join_key("children", name), table, now.children[name])
        for name, table in before.children.items()
        if name in now.children
    }
    for name, (section, old, new) in tables.items():
        changed = [key for key in _changed(section, old, new) if key.rpartition(".")[2] in _READ]
        if name == before.entity.table and f"{section}.references" in changed:
            changed.remove(f"{section}.references")  # named_keys.py reads them out of what was loaded
        if not changed or not columns_of(con, "raw", name) or not has_rows(con, f"raw.{ident(name)}"):
            continue
        if name not in given or load.get(name) == "upsert":
            if isinstance(new, ChildTable):
                read_again(name)  # rule: read-where-it-is
                continue
            how = f'with "replace" as load.{name}' if name in given else "in the input of this run"
            raise InputError(
                f"{name}: the setting {changed[0]} changed, so its rows have to be read again; give the whole table, {how}."
            )
        if isinstance(new, ChildTable):
            _forget(con, name)  # rule: read-again
        else:
            forget_snapshot_reading(con, name)
    for name in before.children:
        if name not in now.children:
            _forget(con, name)


def _forget(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Drop all that was loaded of a child table, and the views over it; the snapshot goes after the commit."""
    drop(con, "view", f"merged.{ident(table)}")
    drop(con, "view", f"raw.{ident(table)}")
    drop(con, "view" if is_view(con, "raw", f"_cm_loaded_{table}") else "table", loaded(table))
    drop(con, "table", keys_of(table))
    forget_snapshot(con, table)


def forget_snapshot_reading(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Note that a snapshot was read otherwise than any file is read now, so that the same file is read again."""
    run_sql(con, "raw/forget_reading", {"table": table})


def read_periods(con: duckdb.DuckDBPyConnection) -> list[Period]:
    """Which child tables were in force when, the oldest first; those of the API before any batch recorded settings."""
    found = [Period(0, tuple(read_preset().children))]
    for batch_no, text in fetch(con, "ledger/settings_in_time"):
        period = Period(batch_no, tuple(_decode(text).children))
        if batch_no == 1:
            found = [period]
        elif period.kinds != found[-1].kinds:
            found.append(period)
    return found


def counts_as_json(periods: list[Period], counted: Collection[str]) -> Callable[[str], str]:
    """SQL of the counts of a row of ledger.merges with the given alias, as JSON: the kinds that there were then, in their order.

    Args:
        counted: the kinds that the column has, in its order.
    """

    def of_row(row: str) -> str:
        if counted and [period.kinds for period in periods] == [tuple(counted)]:
            return f"to_json({row}.counts)"
        cases = [
            f"when {row}.batch_no >= {period.first} then {_as_json(period.kinds, row)}"
            for period in reversed(periods)
        ]
        return f"case {' '.join(cases)} end"

    return of_row


def _as_json(kinds: Collection[str], row: str) -> str:
    if not kinds:
        return "'null'"
    pairs = (
        literal(f"{json.dumps(kind, ensure_ascii=False)}:") + f", {row}.counts.{ident(kind)}"
        for kind in kinds
    )
    return "concat('{', " + ", ',', ".join(pairs) + ", '}')"
