"""The catalog: the tables of a warehouse, and what their columns are to it, as a value that is made from the settings.

Loading, `counts`, merged tables, files, checks and Dagster's assets follow it, so a child table is added by a section of a
preset (SHAPES.md 1 and 2).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import msgspec

from contact_merge.faults import join_key
from contact_merge.ids import ID_TYPES, UUIDS, IdType, IdTypeName
from contact_merge.names import find_name, spell, spell_all
from contact_merge.preset import OUTPUTS, ChildTable, Entity, FieldRule, Files, read_preset
from contact_merge.settings import Settings
from contact_merge.tables import ALIKE_PREFIX, API_KEYS, CONTACT_KEY, REQUESTS, VALUE_PREFIX

DERIVED = OUTPUTS


@dataclass(frozen=True)
class Reference:
    """A column of a child table that names the entity.

    Attributes:
        column: its name.
        number: its place among the references of its table, from 1.
        separator: what stands between the ids of a cell; none where a cell holds one id, or the column is a list.
    """

    column: str
    number: int = 1
    separator: str = ""

    @property
    def key_column(self) -> str:
        """The helper column of raw.<child> with what it names: a key, or a list of keys where a cell holds several.

        It is null where the cell is empty and where the row is one that `where` leaves out; in a list the part that is no id is
        null.
        """
        return CONTACT_KEY if self.number == 1 else f"{CONTACT_KEY}_{self.number}"


@dataclass(frozen=True)
class Child:
    """A table whose rows name the entity.

    Attributes:
        name: the table.
        key: the columns of which no two rows have the same values; none: rows have no key.
        references: the columns that name the entity.
        unique: the columns in which no two rows of one survivor may be equal; of the API's memberships the list.
        same: the columns in which rows of one survivor count as the same.
        where: by column the values of the rows that name the entity.
        strict: whether a row is rejected whose reference or key is no id: the six tables of the API, where no setting names them.
        may_lack: those of `key`, `unique`, `same` that a preset alone gives: there is none where the table lacks a column of it.
        source: the name of its file or folder in the input, or a pattern of it; none where that is its own.
        files: which files count where a pattern matches several; none where that is a fault.
        id_type: what an id of the entity is, by its name in the settings.
    """

    name: str
    key: tuple[str, ...]
    references: tuple[Reference, ...]
    unique: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    where: Mapping[str, tuple[str | int | float | bool, ...]] = field(default_factory=dict, hash=False)
    strict: bool = True
    may_lack: tuple[str, ...] = ()
    source: str = ""
    files: Files = ""
    id_type: IdTypeName = "uuid"

    @property
    def reference(self) -> str:
        """The column of its first reference: the only one where rows are dropped."""
        return self.references[0].column

    @property
    def alike(self) -> tuple[str, ...]:
        """The columns in which no two rows of one survivor may be equal, by `unique` or `same`."""
        return self.unique or self.same

    @property
    def deduplicated(self) -> bool:
        """Whether a row is dropped where the survivor has one like it."""
        return bool(self.alike)

    @property
    def repeats(self) -> bool:
        """Whether rows of one contact may be equal in these columns, or empty there: where its key does not forbid both.

        Such rows are read from `alike_rows`, as those of API memberships are from the raw table itself.
        """
        keyed = (
            self.strict and self.unique and {*self.key} == {*self.unique, self.reference} and not self.where
        )
        return self.deduplicated and not keyed

    @property
    def alike_rows(self) -> str:
        """The view that has of each of its rows what is compared, where rows repeat (sql/raw/alike.sql)."""
        return ALIKE_PREFIX + self.name if self.repeats else self.name

    @property
    def compared(self) -> tuple[str, ...]:
        """The columns that `alike_rows` has for `alike`."""
        if not self.repeats:
            return self.alike
        return tuple(f"{VALUE_PREFIX}{number}" for number in range(1, len(self.alike) + 1))

    @property
    def ranked(self) -> tuple[str, ...]:
        """The columns of its key by which rows of one contact are ordered: there all of them name the same contact."""
        return tuple(name for name in self.key if name != self.reference)

    @property
    def subject(self) -> str:
        """What a survivor is on once, in words: the list of `list_memberships`."""
        return " and ".join(name.removesuffix("_id") for name in self.alike)

    @property
    def row_name(self) -> str:
        """Its rows, in words: the memberships of `list_memberships`."""
        return self.name.rpartition("_")[2]

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns that the table is of no use without."""
        return tuple(dict.fromkeys([*self.key, *(reference.column for reference in self.references)]))


@dataclass(frozen=True)
class Catalog:
    """The tables of a warehouse.

    Attributes:
        entity: the table that is merged.
        children: the tables whose rows belong to it, in the order of `counts` and outputs.
        fields: by a field's name its rule; that of `*` is the rule of all others.
        written: by table and column the setting by which the user named it.
    """

    entity: Entity
    children: tuple[Child, ...]
    fields: Mapping[str, FieldRule]
    written: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def id_type(self) -> IdType:
        """What an id of the entity is."""
        return ID_TYPES[self.entity.id_type]

    @property
    def key_type(self) -> str:
        """The DuckDB type of the values by which ids compare."""
        return self.id_type.key_type

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of the children."""
        return tuple(child.name for child in self.children)

    @property
    def deduplicated(self) -> tuple[Child, ...]:
        """The children of which rows are dropped."""
        return tuple(child for child in self.children if child.deduplicated)

    @property
    def whole(self) -> tuple[Child, ...]:
        """The children of which all rows move."""
        return tuple(child for child in self.children if not child.deduplicated)

    @property
    def data_tables(self) -> tuple[str, ...]:
        """The tables that are merged: entity and children."""
        return (self.entity.table, *self.kinds)

    @property
    def input_tables(self) -> tuple[str, ...]:
        """All tables of the input, in the order in which they are loaded."""
        return (*self.data_tables, REQUESTS, API_KEYS)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The merged tables that are written as files."""
        return (*self.data_tables, *DERIVED)

    def variables(self) -> dict[str, Any]:
        """What the templates of sql/ read of all this."""
        return {"entity": self.entity, "children": self.children, "key_type": self.key_type}

    def table(self, name: str) -> Entity | Child:
        """The data table of that name; KeyError where there is none."""
        return {self.entity.table: self.entity, **{child.name: child for child in self.children}}[name]

    def required(self, table: str) -> dict[str, str]:
        """The columns without which a data table is refused, each with the setting by which the user named it, or no text.

        What a preset or a default names may be absent, but for ids (SHAPES.md 1).
        """
        found = self.table(table)
        needed = (found.id,) if isinstance(found, Entity) else found.needed if found.strict else ()
        named = {column: key for (of, column), key in self.written.items() if of == table}
        return dict.fromkeys(needed, "") | named  # rule: named-columns

    @cached_property
    def unique_columns(self) -> frozenset[str]:
        """The columns by which rows of some child are dropped."""
        return frozenset(name for child in self.children for name in child.alike)

    @cached_property
    def id_columns(self) -> frozenset[str]:
        """The columns of some data table that hold ids of its rows, or name the entity."""
        named = {name for child in self.children for name in child.needed}
        own = {self.entity.id, self.entity.merged_into, *self.entity.references}
        return frozenset({*own, *named} - self.unique_columns)

    def _ids_of(self, table: str) -> frozenset[str]:
        """The columns of a table that hold ids, or the key of a child that settings describe.

        Those of the entity and of the API's tables have these names in every table.
        """
        strict = [child for child in self.children if child.strict]
        named = {
            self.entity.id,
            self.entity.merged_into,
            *(name for child in strict for name in child.needed),
        }
        own = [name for child in self.children if child.name == table for name in child.needed]
        if table == self.entity.table:
            own += self.entity.references
        return frozenset(named - {name for child in strict for name in child.alike} | {*own})

    def text_columns(self, table: str) -> frozenset[str]:
        """The columns of a table that are text whatever JSON lines hold in them, for they hold UUIDs."""
        child = next((child for child in self.children if child.name == table), None)
        if self.id_type is not UUIDS or (child is not None and not child.strict):
            return frozenset()
        return self._ids_of(table) - (frozenset(child.alike) if child else frozenset())

    def compared_columns(self, table: str) -> frozenset[str]:
        """The columns of a table that are text where JSON lines hold values of several kinds: as JSON text "7" and 7 differ."""
        stated = {self.entity.workspace, self.entity.merged_ids, *self.entity.deleted}
        return (self.unique_columns | self._ids_of(table) | stated) - self.text_columns(table)

    def read_numbers(self, table: str) -> frozenset[str]:
        """The columns of a table that are read for what they say, and may hold numbers."""
        if table == REQUESTS:
            return frozenset(
                {"request_id", "primary_id", "overwrite", "dry_run", "idempotency_key", "api_key_id"}
            )
        if table == API_KEYS:
            return frozenset({"api_key_id", "workspace_id", "rate_limit"})
        found = self.table(table)
        ids = self._ids_of(table) - self.text_columns(table)
        return ids | (frozenset({found.workspace}) if isinstance(found, Entity) else frozenset(found.unique))

    def rule_of(self, field: str) -> str:
        """The rule of a field, by its name in outputs."""
        return self.fields.get(field, self.fields["*"]).rule

    def spelled(self, columns: Mapping[str, Collection[str]]) -> "Catalog":
        """The same catalog, with columns named as the tables themselves spell them.

        Args:
            columns: of each data table the columns; a table that is left out, and a column that is not there, keeps its name.
        """
        there = columns.get(self.entity.table, ())
        return replace(
            self,
            entity=spell_entity(self.entity, there),
            children=tuple(spell_child(child, columns.get(child.name, ())) for child in self.children),
            fields={_spell_field(name, there): rule for name, rule in self.fields.items()},
        )


def spell_table(table: Entity | Child, there: Collection[str]) -> Entity | Child:
    """A data table with its columns named as these columns spell them."""
    return spell_entity(table, there) if isinstance(table, Entity) else spell_child(table, there)


def spell_entity(entity: Entity, there: Collection[str]) -> Entity:
    """The entity with its columns named as these columns spell them."""
    named = {name: getattr(entity, name) for name in _COLUMNS[Entity]}
    spelled = {
        name: spell(value, there) if isinstance(value, str) else spell_all(value, there)
        for name, value in named.items()
        if value
    }
    return msgspec.structs.replace(entity, **spelled)


def spell_child(child: Child, there: Collection[str]) -> Child:
    """A child with its columns named as these columns spell them, and without what a preset says of columns that they lack."""
    own = {name: spell_all(getattr(child, name), there) for name in _OF_ROWS}
    for name in child.may_lack if there else ():
        if not set(own[name]) <= set(there):  # rule: preset-keys
            own[name] = ()
    return replace(
        child,
        **own,
        references=tuple(
            replace(reference, column=spell(reference.column, there)) for reference in child.references
        ),
        where={spell(name, there): values for name, values in child.where.items()},
    )


def _spell_field(field: str, there: Collection[str]) -> str:
    """The name of a field, or of a key of one, as these columns spell it."""
    dots = [place for place, letter in enumerate(field) if letter == "."]
    for end in (len(field), *reversed(dots)):
        if column := find_name(field[:end], there):
            return column + field[end:]
    return field


def make_catalog(settings: Settings) -> Catalog:
    """The catalog that settings describe."""
    preset = settings.preset
    children = (_child(name, table, settings) for name, table in preset.children.items())
    return Catalog(preset.entity, tuple(children), preset.fields, _written(settings))


def _child(name: str, table: ChildTable, settings: Settings) -> Child:
    references = (
        Reference(column, number, table.separator) for number, column in enumerate(table.references, start=1)
    )
    section = join_key("children", name)
    strict = (
        settings.preset.entity.id_type == "uuid"
        and table == read_preset().children.get(name)
        and not any(key.startswith(f"{section}.") for key in settings.written)
    )
    return Child(
        name,
        table.key,
        tuple(references),
        table.unique,
        table.same,
        table.where,
        strict=strict,
        may_lack=()
        if strict
        else tuple(key for key in _OF_ROWS if f"{section}.{key}" not in settings.written),
        source=table.source,
        files=table.files,
        id_type=settings.preset.entity.id_type,
    )


_OF_ROWS = ("key", "unique", "same")
"""The settings of a child that say which of its rows are alike."""
_COLUMNS = {
    Entity: (
        "id", "workspace", "created", "updated", "merged_into", "merged_ids", "deleted", "system", "references",
        "json_fields",
    ),
    ChildTable: ("key", "references", "unique", "same", "where"),
}  # fmt: skip
"""The settings of a table that name columns of it."""


def _written(settings: Settings) -> dict[tuple[str, str], str]:
    """By table and column the setting by which the user's own file named it."""
    preset = settings.preset
    tables = [("entity", preset.entity.table, preset.entity)]
    tables += [(join_key("children", name), name, table) for name, table in preset.children.items()]
    found: dict[tuple[str, str], str] = {}
    for section, name, table in tables:
        for setting in _COLUMNS[type(table)]:
            key, columns = f"{section}.{setting}", getattr(table, setting)
            if key not in settings.written:
                continue
            for column in (columns,) if isinstance(columns, str) else columns:
                if column:
                    found.setdefault((name, column), key)
    return found
