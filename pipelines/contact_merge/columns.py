"""The user's columns of contacts, sorted by what a merge does with them: system columns, fields, and keys of JSON fields.

A column of any name and type is a field unless it is a system column (SEMANTICS.md, 'Tables'). A JSON field kept as a struct is
one field a key; kept as text or as a map it is folded outside SQL (fold/json_fields.py), as text.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, cast

import duckdb
import msgspec
from duckdb.sqltypes import DuckDBPyType

from contact_merge.catalog import Catalog
from contact_merge.engine import columns_of, ident, literal
from contact_merge.errors import InputError
from contact_merge.ids import id_type_of
from contact_merge.json_text import content
from contact_merge.preset import Entity
from contact_merge.tables import ENTITY_VIEW, NAMED_PREFIX, RESERVED_PREFIX
from contact_merge.widening import NO_TYPE

_FLOATS = ("FLOAT", "DOUBLE")
_E = f"{RESERVED_PREFIX}e"  # an element in a lambda; a column of that name would be read instead
_NESTED = ("struct", "map", "list", "array", "union")


@dataclass(frozen=True)
class Field:
    """One field that a merge folds.

    Attributes:
        i: its number, in column order.
        column: the column of contacts that holds it.
        label: its name in outputs: the column, or `<column>.<key>` for a key of a struct.
        kind: what its values are tested for emptiness as: text, float, list, struct, map or other.
        json: whether it is a JSON field folded outside SQL, as text.
        path: SQL of the field relative to its row.
        type: DuckDB type of its values.
        rule: which value of a line survives: a file of sql/rules/.
    """

    i: int
    column: str
    label: str
    kind: str
    json: bool
    path: str
    type: str
    rule: str

    @property
    def key(self) -> str | None:
        """Its key, where it is one of a struct."""
        return None if self.label == self.column else self.label.removeprefix(f"{self.column}.")

    @property
    def group(self) -> int:
        """Its column group: the fields that it is taken together with, where a statement takes a group at once."""
        return self.i // 8

    @property
    def is_map(self) -> bool:
        """Whether its text outside SQL is made of a map, each value's text in a string."""
        return self.json and self.type.startswith("MAP(")

    def shown(self, value: str) -> str:
        """The value of one of its keys as outputs show it: the JSON text, or of a map the text that this says."""
        return content(value) if self.is_map else value

    def of(self, row: str) -> str:
        """SQL of this field in a row of contacts or ledger.contact_versions with the given alias."""
        expression = f"{row}.{self.path}"
        if self.is_map:
            return map_as_text(expression, self.type)
        return expression


@dataclass(frozen=True)
class Column:
    """One column of contacts: its number, name, type and fields (none for a system column)."""

    i: int
    name: str
    type: str
    fields: tuple[Field, ...]

    @property
    def named_key(self) -> str:
        """Our column with what it names, where it is a reference."""
        return NAMED_PREFIX + self.name

    def rebuild(self, folded: str, raw: str, json_row: str) -> str:
        """SQL of this column after a merge.

        Args:
            folded: what the number of a field is appended to for its folded value, null where that is empty.
            raw: alias of the newest raw row; an empty field is spelled as it spells it.
            json_row: alias of a row with texts of JSON fields as `value_<i>` and `seq` or `n`, all null where nothing was folded.
        """
        own = f"{raw}.{ident(self.name)}"
        if not self.fields:
            return own
        first = self.fields[0]
        if first.json:
            text = f"{json_row}.value_{first.i}"
            value = map_from_text(text, self.type) if first.is_map else text
            return f"case when {json_row}.known then {value} else {own} end"
        if first.path == ident(self.name):
            return f"case when {folded}{first.i} is null then {own} else {folded}{first.i} end"
        packed = ", ".join(
            f"{f.path.removeprefix(ident(self.name) + '.')} := "
            f"case when {folded}{f.i} is null then {f.of(raw)} else {folded}{f.i} end"
            for f in self.fields
        )
        empty = " and ".join(f"{folded}{f.i} is null" for f in self.fields)
        return f"case when {empty} then {own} else struct_pack({packed}) end"


@dataclass(frozen=True)
class ContactColumns:
    """All columns of the entity in their order.

    Attributes:
        columns: the columns.
        entity: the table that they are columns of.
        key_type: the DuckDB type of the values by which ids compare.
        reference_names: the columns that hold ids of the same table, which the merged table replaces.
    """

    columns: tuple[Column, ...]
    entity: Entity
    key_type: str
    reference_names: frozenset[str] = frozenset()

    @property
    def updated_names(self) -> tuple[str, ...]:
        """What the columns are called that say when a contact changed."""
        return self.entity.updated

    @property
    def has_workspace(self) -> bool:
        """Whether contacts belong to workspaces."""
        return any(column.name == self.entity.workspace for column in self.columns)

    def id_of(self, row: str) -> str:
        """SQL of the id of a row of contacts with the given alias, as outputs spell it."""
        types = {column.name: column.type for column in self.columns}
        return id_text(self.entity, types[self.entity.id], row)

    @property
    def fields(self) -> list[Field]:
        """Every field, in column order."""
        return [field for column in self.columns for field in column.fields]

    @property
    def typed(self) -> list[Field]:
        """The fields that SQL folds."""
        return [field for field in self.fields if not field.json]

    @property
    def json(self) -> list[Field]:
        """The fields that are folded as text outside SQL."""
        return [field for field in self.fields if field.json]

    @property
    def field_columns(self) -> list[Column]:
        """The columns that are no system columns."""
        return [column for column in self.columns if column.fields]

    @property
    def changing(self) -> list[Column]:
        """The columns that a merge may change."""
        return [column for column in self.columns if column.fields or column.name in self.updated_names]

    @property
    def references(self) -> list[Column]:
        """The fields that hold ids of the same table."""
        return [column for column in self.field_columns if column.name in self.reference_names]

    @property
    def updated(self) -> list[Column]:
        """The columns that say when a contact changed."""
        return [column for column in self.columns if column.name in self.updated_names]

    def variables(self) -> dict[str, Any]:
        """What the templates of sql/ read of all this."""
        return {
            "columns": self.columns,
            "fields": self.fields,
            "typed": self.typed,
            "json": self.json,
            "field_columns": self.field_columns,
            "references": self.references,
            "updated": self.updated,
            "updated_names": self.updated_names,
            "workspace": self.has_workspace,
            "entity": self.entity,
            "merged_entity": f"merged.{ident(self.entity.table)}",
            "key_type": self.key_type,
            "id_of": self.id_of,
        }


def contact_columns(
    con: duckdb.DuckDBPyConnection,
    json_fields: Collection[str],
    catalog: Catalog,
    references: Collection[str] | None = None,
) -> ContactColumns:
    """Read the columns of the entity; those of `json_fields` are folded key by key.

    Args:
        references: those that hold ids of the same table, where they are not as the catalog has them.
    """
    entity = catalog.entity
    columns: list[Column] = []
    count = 0
    for name, type_name in columns_of(con, "raw", ENTITY_VIEW).items():
        if name.startswith(RESERVED_PREFIX):
            continue
        fields: tuple[Field, ...] = ()
        if name not in entity.system_columns:
            fields = tuple(_fields(count, name, type_name, catalog, is_json=name in json_fields))
            count += len(fields)
        columns.append(Column(len(columns), name, type_name, fields))
    names = entity.references if references is None else references
    return ContactColumns(tuple(columns), entity, catalog.key_type, frozenset(names))


def _fields(first: int, name: str, type_name: str, catalog: Catalog, *, is_json: bool) -> list[Field]:
    path, rule = ident(name), catalog.rule_of(name)
    kind = kind_of(type_name)
    if not is_json or type_name == NO_TYPE:  # what holds nothing has no keys
        return [Field(first, name, name, kind, False, path, type_name, rule)]
    if kind == "text":
        return [Field(first, name, name, kind, True, path, type_name, rule)]
    if kind == "map":
        values = _children(duckdb.sqltype(type_name))[1][1]
        if values.id in _NESTED:
            raise InputError(
                f"{catalog.entity.table}: column {name}: a JSON field kept as a map must hold plain values, not {type_name}; "
                "export it as JSON text."
            )
        return [Field(first, name, name, kind, True, path, type_name, rule)]
    if kind == "struct":
        return [
            Field(
                first + i,
                name,
                f"{name}.{key}",
                kind_of(str(child)),
                False,
                f"{path}.{ident(key)}",
                str(child),
                catalog.rule_of(f"{name}.{key}"),
            )
            for i, (key, child) in enumerate(_children(duckdb.sqltype(type_name)))
        ]
    raise InputError(
        f"{catalog.entity.table}: column {name} is set as a JSON field, but its type is {type_name}; "
        "a JSON field is text, a struct or a map: take it out of json_fields or export it as text."
    )


def id_text(entity: Entity, type_name: str, row: str) -> str:
    """SQL of the id of a row with the given alias, as outputs spell it.

    Args:
        type_name: the type of the column.
    """
    return id_type_of(entity).spelled(f"{row}.{ident(entity.id)}", type_name)


def kind_of(type_name: str) -> str:
    """What values of a DuckDB type are tested for emptiness as (SEMANTICS.md, 'Folding')."""
    if type_name.endswith("]"):
        return "list"
    if type_name.startswith("STRUCT("):
        return "struct"
    if type_name.startswith("MAP("):
        return "map"
    if type_name in _FLOATS:
        return "float"
    if type_name in ("VARCHAR", "JSON"):
        return "text"
    return "other"


def map_as_text(expression: str, type_name: str) -> str:
    """SQL of a map as JSON text, each value as its text in a string; what is no number as [], which is empty too."""
    values = str(_children(duckdb.sqltype(type_name))[1][1])
    text = f"cast(to_json(cast({_E}.value as varchar)) as varchar)"
    if values in _FLOATS:
        text = f"case when isnan({_E}.value) then '[]' else {text} end"
    return (
        f"case when {expression} is not null then '{{' || array_to_string(list_transform(map_entries({expression}), "
        f"lambda {_E}: to_json(cast({_E}.key as varchar)) || ':' || "
        f"coalesce({text}, 'null')), ',') || '}}' end"
    )


def map_from_text(expression: str, type_name: str) -> str:
    """SQL of a map of the given type from what `map_as_text` made of it."""
    key, value = (str(child) for _, child in _children(duckdb.sqltype(type_name)))
    text = (
        f"case when {_E}.value = '[]' then 'nan' else {_E}.value end" if value in _FLOATS else f"{_E}.value"
    )
    return (
        f"case when {expression} is not null then map_from_entries(list_transform("
        f"map_entries(cast(cast({expression} as json) as map(varchar, varchar))), "
        f"lambda {_E}: {{'key': cast({_E}.key as {key}), 'value': cast({text} as {value})}})) end"
    )


def json_of(expression: str, type_name: str) -> str:
    """SQL of a value as JSON text: numbers with all their digits, times ISO 8601, blobs base64 (INTERFACE.md, `primary`)."""
    return f"case when ({expression}) is null then 'null' else {_json(expression, duckdb.sqltype(type_name), 0)} end"


def _children(type_: DuckDBPyType) -> list[tuple[str, DuckDBPyType]]:
    """Names and types of what a nested type holds; an array's size, which DuckDB counts among them, left out."""
    return [
        (name, cast(DuckDBPyType, child))
        for name, child in type_.children
        if type_.id != "array" or name != "size"
    ]


def _json(expression: str, type_: DuckDBPyType, depth: int) -> str:
    def nest(item: str, item_type: DuckDBPyType) -> str:
        return f"case when ({item}) is null then 'null' else {_json(item, item_type, depth + 1)} end"

    text = f"cast({expression} as varchar)"
    item = f"{_E}{depth}"
    match type_.id:
        case "boolean" | "tinyint" | "smallint" | "integer" | "bigint" | "hugeint":
            return text
        case "decimal":  # one of no digits before the point is written without the 0 that JSON needs
            return f"regexp_replace({text}, '^(-?)[.]', '\\10.')"
        case "utinyint" | "usmallint" | "uinteger" | "ubigint" | "uhugeint":
            return text
        case "float" | "double":
            return f"case when isfinite({expression}) then {text} else 'null' end"
        case "blob":
            return f"('\"' || base64({expression}) || '\"')"
        case "date" | "timestamp" | "timestamp_s" | "timestamp_ms" | "timestamp_ns":
            return _iso(expression)
        case "timestamptz_ns":
            return _iso(f"cast({expression} as timestamp_ns)", "Z")
        case "timestamp with time zone":
            return _iso(f"timezone('UTC', {expression})", "Z")
        case "list" | "array":
            each = nest(item, _children(type_)[0][1])
            listed = f"cast({expression} as {_children(type_)[0][1]}[])"
            return f"('[' || array_to_string(list_transform({listed}, lambda {item}: {each}), ',') || ']')"
        case "struct":
            pairs = [
                f"{literal(_key(name))} || {nest(f'({expression}).{ident(name)}', child)}"
                for name, child in _children(type_)
            ]
            return f"('{{' || {join_commas(pairs)} || '}}')"
        case "map":
            key = f"cast(to_json(cast({item}.key as varchar)) as varchar)"
            each = f"{key} || ':' || {nest(f'{item}.value', _children(type_)[1][1])}"
            return f"('{{' || array_to_string(list_transform(map_entries({expression}), lambda {item}: {each}), ',') || '}}')"
        case _:
            return f"cast(to_json({text}) as varchar)"


def _iso(moment: str, zone: str = "") -> str:
    """SQL of a date or time as a JSON string, null where it is infinite; a year of more digits or before the first has a sign."""
    year, text = f"year({moment})", f"cast({moment} as varchar)"
    sign = f"case when {year} < 0 then '-' when {year} > 9999 then '+' else '' end"
    rest = f"replace(replace(substr({text}, strpos({text}, '-')), ' (BC)', ''), ' ', 'T')"
    iso = f"{sign} || printf('%04d', abs({year})) || {rest}"
    return f"case when isfinite({moment}) then '\"' || {iso} || '{zone}\"' else 'null' end"


def join_commas(texts: Iterable[str]) -> str:
    """SQL of texts with commas between; a chain of `||` as long as a table is wide is too deep for a parser."""
    return f"concat_ws(',', {', '.join(texts)})"


def _key(name: str) -> str:
    return msgspec.json.encode(name).decode() + ":"


def json_pairs(columns: Iterable[Column], row: str) -> str:
    """SQL of columns of a contact as pairs of a JSON object in one line: columns `column_<i>` of a row, in table order.

    JSON fields are inlined as they are where `is_object_<field>` of the row says that their text is an object; line ends
    between their tokens become blanks.
    """
    pairs = []
    for column in columns:
        value = f"{row}.column_{column.i}"
        text = json_of(value, column.type)
        if column.fields and column.fields[0].json and not column.fields[0].is_map:
            inlined = f"replace(replace({value}, chr(10), ' '), chr(13), ' ')"
            text = f"case when {row}.is_object_{column.fields[0].i} then {inlined} else {text} end"
        pairs.append(f"{literal(_key(column.name))} || {text}")
    return join_commas(pairs)
