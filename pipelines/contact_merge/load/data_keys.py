"""What makes a row of a data table usable: ids, and a key that no other row has."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import duckdb

from contact_merge.catalog import Child
from contact_merge.engine import ident
from contact_merge.ids import UUIDS, id_type_of
from contact_merge.load.keys import find_non_standard_uuids, id_expression, text_expression
from contact_merge.preset import Entity
from contact_merge.tables import CONTACT_KEY, INTO, KEY


@dataclass(frozen=True)
class DataKeys:
    """The keys of one data table.

    Attributes:
        needed: columns that the table is of no use without.
        helpers: our columns beside the user's, with SQL of their values.
        helper_texts: for those of them that are UUIDs and read from text, SQL of that text.
        ids: SQL of the key in each column of ids that a row must have, by the column's name.
        id_texts: for those of them that are UUIDs, no helper columns, and read from text, SQL of that text.
        said: by the SQL of their values the columns of the key that are no ids; a row has to say something in each.
        unique: SQL of what no two rows may have in common.
        in_common: how a reject says it.
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
    id_type = id_type_of(table)
    if isinstance(table, Entity):
        key = needed = (table.id,)
        read_into, ids = {KEY: table.id, INTO: table.merged_into}, {table.id: KEY}
    else:
        key, needed = table.key, table.needed
        read_into = {CONTACT_KEY: table.reference}
        ids = {
            name: CONTACT_KEY if name == table.reference else id_expression(name, columns.get(name), UUIDS)
            for name in needed
            if name not in table.unique
        }
    texts = {name: text_expression(name, kind) for name, kind in columns.items() if kind != "UUID"}
    return DataKeys(
        needed=needed,
        helpers={
            helper: id_expression(name, columns.get(name), id_type) for helper, name in read_into.items()
        },
        helper_texts={
            helper: texts[name] for helper, name in read_into.items() if name in texts and id_type is UUIDS
        },
        ids=ids,
        id_texts={
            name: texts[name] for name, value in ids.items() if value not in read_into and name in texts
        },
        said={ident(name): name for name in key if name not in ids},
        unique=tuple(ids.get(name, ident(name)) for name in key),
        in_common=" and ".join(key),
        key_type=id_type.key_type,
        faults=dict.fromkeys(read_into.values(), id_type.fault),
    )


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
