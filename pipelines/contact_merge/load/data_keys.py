"""What makes a row of a data table usable: ids, and a key that no other row has.

The key of a child that settings describe is of any values; its references may be empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import duckdb

from contact_merge.catalog import Child
from contact_merge.engine import ident, run_sql
from contact_merge.ids import UUIDS, IdType, id_type_of
from contact_merge.load.keys import (
    find_non_standard_uuids,
    id_expression,
    parts_expression,
    text_expression,
)
from contact_merge.preset import Entity
from contact_merge.references import Cells, cells_of, is_several, key_type_of, names_somebody
from contact_merge.tables import INTO, KEY
from contact_merge.widening import NO_TYPE


@dataclass(frozen=True)
class DataKeys:
    """The keys of one data table.

    Attributes:
        needed: columns that the table is of no use without.
        helpers: our columns beside the user's, with SQL of their values.
        helper_texts: for those of them that are UUIDs and read from text, SQL of that text.
        list_texts: for those of them that hold several UUIDs, SQL of the list of their texts.
        ids: SQL of the key in each column of ids that a row must have, by the column's name.
        id_texts: for those of them that are UUIDs, no helper columns, and read from text, SQL of that text.
        said: by the SQL of their values the columns of the key that are no ids; a row has to say something in each.
        unique: SQL of what no two rows may have in common; none where rows have no key.
        in_common: how a reject says it.
        no_ids: by the name of a column that may be empty SQL of whether a row says something there that is no id.
        key_type: the DuckDB type of the entity's ids as they compare.
        faults: by the name of a column that holds the entity's ids what is said, after `is`, of a value that is none.
    """

    needed: tuple[str, ...]
    helpers: Mapping[str, str]
    helper_texts: Mapping[str, str]
    ids: Mapping[str, str]
    id_texts: Mapping[str, str]
    said: Mapping[str, str]
    unique: tuple[str, ...]
    in_common: str
    no_ids: Mapping[str, str] = field(default_factory=dict)
    list_texts: Mapping[str, str] = field(default_factory=dict)
    key_type: str = "UUID"
    faults: Mapping[str, str] = field(default_factory=dict)

    def fault_of(self, name: str) -> str:
        """What is said, after `is`, of a value that is no id in a column; a child's own keys are UUIDs."""
        return self.faults.get(name, UUIDS.fault)

    def type_of(self, value: str) -> str:
        """The DuckDB type of a value of `across_loads`, of its SQL in `unique`."""
        if value in self.said:
            return "varchar"
        return self.key_type if value in self.helpers else UUIDS.key_type

    @property
    def texts(self) -> tuple[str, ...]:
        """SQL of every text that is read as a UUID."""
        return (*self.helper_texts.values(), *self.id_texts.values())

    def sources(self, target: str) -> list[tuple[str, str]]:
        """All texts of a table that are read as ids: what to select from, and SQL of a text there."""
        parts = [f"(select unnest({texts}) as _cm_part from {target})" for texts in self.list_texts.values()]
        return [*((target, text) for text in self.texts), *((rows, "_cm_part") for rows in parts)]

    @property
    def across_loads(self) -> tuple[str, ...]:
        """`unique` as it compares with that of another load: what is no id is the text that it says, whatever its type."""
        said = {value: f"said({value})" for value in self.said}  # rule: lists
        return tuple(said.get(value, value) for value in self.unique)

    def with_non_standard_uuids(self) -> "DataKeys":
        """The same keys, with the values that the temporary table non_standard_uuids has for some id spellings (keys.py)."""
        with_values = {
            self.ids[
                name
            ]: f"coalesce({self.ids[name]}, (select value from non_standard_uuids where spelled = {text}))"
            for name, text in self.id_texts.items()
        }
        return replace(
            self,
            ids={name: with_values.get(value, value) for name, value in self.ids.items()},
            unique=tuple(with_values.get(value, value) for value in self.unique),
        )


def data_keys(table: Entity | Child, columns: Mapping[str, str]) -> DataKeys:
    """The keys of a data table with these columns (SEMANTICS.md, 'Tables')."""
    return _keys_of_entity(table, columns) if isinstance(table, Entity) else _keys_of_child(table, columns)


def _keys_of_entity(entity: Entity, columns: Mapping[str, str]) -> DataKeys:
    id_type = id_type_of(entity)
    named = {helper: name for name, helper in entity.named_keys.items()}
    read_into = {KEY: entity.id, INTO: entity.merged_into, **named}
    return DataKeys(
        needed=(entity.id,),
        helpers={
            helper: id_expression(name, columns.get(name), id_type) for helper, name in read_into.items()
        },
        helper_texts=_texts_of(read_into, columns, id_type),
        ids={entity.id: KEY},
        id_texts={},
        said={},
        unique=(KEY,),
        in_common=entity.id,
        key_type=id_type.key_type,
        faults=dict.fromkeys(read_into.values(), id_type.fault),
    )


def _texts_of(read_into: Mapping[str, str], columns: Mapping[str, str], id_type: IdType) -> dict[str, str]:
    """For UUIDs that are read from text SQL of that text, by what the column is read into."""
    if id_type is not UUIDS:
        return {}
    return {
        into: text_expression(name, columns[name])
        for into, name in read_into.items()
        if columns.get(name, "UUID") != "UUID"
    }


def _keys_of_child(child: Child, columns: Mapping[str, str]) -> DataKeys:
    helpers, single = _references_of(child, columns)
    names = names_somebody(child, columns)
    ids: dict[str, str] = {}
    if child.strict:
        named = {} if names else single
        for name in child.needed:
            if name in named:
                ids[name] = named[name]
            elif name in child.key and name not in (*child.unique, *single):
                ids[name] = id_expression(name, columns.get(name), UUIDS)
    no_ids = {
        name: _and(names, f"{helper} is null and said({ident(name)}) is not null")
        for name, helper in single.items()
        if name in columns and name not in ids
    }
    key = {name: ids.get(name) or _key_value(child, name, columns, single) for name in child.key}
    own = {name: name for name, value in ids.items() if value not in helpers}
    id_type = id_type_of(child)
    return DataKeys(
        needed=child.needed,
        helpers=helpers,
        helper_texts=_helper_texts(single, columns, id_type, names),
        ids=ids,
        id_texts=_texts_of(own, columns, UUIDS),
        said={
            ident(name) if key[name] in helpers else key[name]: name for name in child.key if name not in ids
        },
        unique=tuple(key.values()),
        in_common=" and ".join(child.key),
        key_type=id_type.key_type,
        faults=dict.fromkeys(single, id_type.fault),
        no_ids=no_ids,
        list_texts=_list_texts(child, columns, names) if id_type is UUIDS else {},
    )


def _references_of(child: Child, columns: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The helper columns of a child with SQL of their values; and by column those of references of one id."""
    id_type, names = id_type_of(child), names_somebody(child, columns)
    helpers: dict[str, str] = {}
    single: dict[str, str] = {}
    for reference in child.references:
        name, kind = reference.column, columns.get(reference.column, NO_TYPE)
        several = is_several(child, reference, kind)
        if not several:
            single[name] = reference.key_column
        if NO_TYPE in kind:  # or it is not there
            value = f"cast(null as {key_type_of(child, reference, columns, id_type.key_type)})"
        elif several:
            cells = Cells(reference, kind, several=True)
            keys = parts_expression(cells.parts(ident(name)), cells.part_type, id_type)
            value = f"case when said({ident(name)}) is not null then {keys} end"
        else:
            value = id_expression(name, kind, id_type)
        helpers[reference.key_column] = f"case when {names} then {value} end" if names else value
    return helpers, single


def _helper_texts(
    single: Mapping[str, str], columns: Mapping[str, str], id_type: IdType, names: str
) -> dict[str, str]:
    """Of helper columns of one id that are read from text SQL of that text."""
    texts = _texts_of({helper: name for name, helper in single.items()}, columns, id_type)
    return {helper: f"case when {names} then {text} end" if names else text for helper, text in texts.items()}


def _list_texts(child: Child, columns: Mapping[str, str], names: str) -> dict[str, str]:
    """Of helper columns of several ids SQL of the list of their texts."""
    texts = {
        cells.key_column: cells.texts(ident(cells.column))
        for cells in cells_of(child, columns)
        if cells.several
    }
    return {helper: f"case when {names} then {text} end" if names else text for helper, text in texts.items()}


def _key_value(child: Child, name: str, columns: Mapping[str, str], single: Mapping[str, str]) -> str:
    """SQL of a column of a child's key that need not hold an id: of a reference by what it names."""
    if name not in columns and not child.strict:
        return "cast(null as varchar)"
    if name not in single:
        return ident(name)
    if not names_somebody(child, columns):
        return single[name]
    # rows that `where` leaves out have a key, too, which may be no id
    value = id_expression(name, columns.get(name), id_type_of(child))
    return f"coalesce(cast({value} as varchar), said({ident(name)}))"


def _and(*conditions: str) -> str:
    return " and ".join(filter(None, conditions))


def comparable_keys(
    con: duckdb.DuckDBPyConnection,
    table: Entity | Child,
    old: tuple[str, Mapping[str, str]],
    new: tuple[str, Mapping[str, str]],
) -> tuple[DataKeys, DataKeys]:
    """The keys of two loads of a table, each as SQL names it with its columns; ids of any spelling have their values."""
    keys = data_keys(table, old[1]), data_keys(table, new[1])
    texts = [
        (name, text)
        for (name, _), its in zip((old, new), keys, strict=True)
        for text in its.id_texts.values()
    ]
    if find_non_standard_uuids(con, texts):
        return keys[0].with_non_standard_uuids(), keys[1].with_non_standard_uuids()
    return keys


def settle_non_standard_uuids(
    con: duckdb.DuckDBPyConnection, target: str, keys: DataKeys, row_id: str, *, temp: bool
) -> DataKeys:
    """Give the helper columns of a table the values of ids that only Python reads; returns the keys that name these, too.

    Makes the temp table non_standard_uuids.

    Args:
        row_id: the column of the table that numbers its rows.
        temp: whether the table is a temporary one.
    """
    if not find_non_standard_uuids(con, keys.sources(target)):
        return keys
    for helper, text in keys.helper_texts.items():
        run_sql(con, "load/settle_non_standard_uuids", target=target, helper=helper, text=text)
    for helper, texts in keys.list_texts.items():
        run_sql(
            con, "load/settle_non_standard_parts",
            target=target, helper=helper, texts=texts, row_id=row_id, temp=temp,
        )  # fmt: skip
    return keys.with_non_standard_uuids()
