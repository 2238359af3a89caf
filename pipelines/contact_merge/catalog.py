"""The catalog: the tables of a warehouse, and what their columns are to it, as a value that is made from the settings.

Loading, `counts`, merged tables, files, checks and Dagster's assets follow it, so a child table is added by a section of a
preset (SHAPES.md 1 and 2).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from contact_merge.faults import join_key
from contact_merge.preset import OUTPUTS, ChildTable, Entity, FieldRule, Files, read_preset
from contact_merge.settings import Settings
from contact_merge.tables import API_KEYS, CONTACT_KEY, REQUESTS

DERIVED = OUTPUTS

KEY_TYPES = {"uuid": "UUID", "integer": "BIGINT", "text": "VARCHAR", "salesforce": "VARCHAR"}
"""By `id_type` the DuckDB type of the values by which ids compare (SHAPES.md 1)."""


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
        source: the name of its file or folder in the input, or a pattern of it; none where that is its own.
        files: which files count where a pattern matches several; none where that is a fault.
    """

    name: str
    key: tuple[str, ...]
    references: tuple[Reference, ...]
    unique: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    where: Mapping[str, tuple[str | int | float | bool, ...]] = field(default_factory=dict, hash=False)
    strict: bool = True
    source: str = ""
    files: Files = ""

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
    def key_type(self) -> str:
        """The DuckDB type of the values by which ids compare."""
        return KEY_TYPES[self.entity.id_type]

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
        return dict.fromkeys(needed, "") | named

    @cached_property
    def unique_columns(self) -> frozenset[str]:
        """The columns by which rows of some child are dropped."""
        return frozenset(name for child in self.children for name in child.alike)

    @cached_property
    def uuid_columns(self) -> frozenset[str]:
        """The columns of some data table that hold ids of its rows, or name the entity."""
        named = {name for child in self.children for name in child.needed}
        return frozenset({self.entity.id, self.entity.merged_into, *named} - self.unique_columns)

    def read_numbers(self, table: str) -> frozenset[str]:
        """The columns of a table that are read for what they say, and may hold numbers."""
        if table == REQUESTS:
            return frozenset({"request_id", "overwrite", "dry_run", "idempotency_key", "api_key_id"})
        if table == API_KEYS:
            return frozenset({"api_key_id", "workspace_id", "rate_limit"})
        found = self.table(table)
        return frozenset({found.workspace}) if isinstance(found, Entity) else frozenset(found.unique)

    def rule_of(self, field: str) -> str:
        """The rule of a field, by its name in outputs."""
        return self.fields.get(field, self.fields["*"]).rule


def make_catalog(settings: Settings) -> Catalog:
    """The catalog that settings describe."""
    preset = settings.preset
    children = (_child(name, table, settings.written) for name, table in preset.children.items())
    return Catalog(preset.entity, tuple(children), preset.fields, _written(settings))


def _child(name: str, table: ChildTable, written: Collection[str]) -> Child:
    references = (
        Reference(column, number, table.separator) for number, column in enumerate(table.references, start=1)
    )
    named = {join_key("children", name, key) for key in ("key", "references")}
    return Child(
        name,
        table.key,
        tuple(references),
        table.unique,
        table.same,
        table.where,
        strict=name in read_preset().children and named.isdisjoint(written),
        source=table.source,
        files=table.files,
    )


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
