"""A preset: the tables of a CRM, what their columns mean, and the rule of each field (SHAPES.md 1, 2, 4 and 5).

It is a file of presets/, which ships with the package. catalog.py makes of it what the other rooms ask for.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from contact_merge.engine import rule_names
from contact_merge.faults import Fault, join_key, quote
from contact_merge.ids import IdTypeName
from contact_merge.tables import API_KEYS, DO_NOT_MERGE, NAMED_PREFIX, REQUESTS, RESERVED_PREFIX

Name = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(?![ ._])[^\x00-\x1f\x7f/\\:*?\"'`<>|\[\]{};%$=]{1,100}(?<![ .])$",
        description="a name of at most 100 letters, digits, blanks, hyphens, dots and underscores, a letter or digit first",
    ),
]
Column = Annotated[str, msgspec.Meta(min_length=1, description="the name of a column")]
Optional = Annotated[str, msgspec.Meta(description='the name of a column, or "" where there is none')]
Word = Annotated[
    str,
    msgspec.Meta(
        pattern="^[A-Za-z][A-Za-z0-9_]*$", max_length=50, description='one plain word, such as "contact"'
    ),
]
Source = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^([^\x00-\x1f\x7f/\\._][^\x00-\x1f\x7f/\\]*)?$",
        description="the name of a file without its ending, or of a folder, or a pattern of it; without slashes, and with no dot "
        "or underscore first",
    ),
]
Values = Annotated[
    tuple[str | int | float | bool, ...],
    msgspec.Meta(min_length=1, description="a list of one value or more: text, numbers, true or false"),
]
Files = Literal["", "all", "last"]
FOLDER = Path(__file__).parent / "presets"
OUTPUTS = (
    "contact_redirects", "merge_responses", "field_provenance", "field_conflicts", "identity_map", "dropped_children",
)  # fmt: skip
"""Outputs that are no table of the input."""
_TAKEN = frozenset({*OUTPUTS, "merges", "contact_history", "events", "idle_pointers", "rejects"})
"""What a table may not be called, for something that we make is."""
_BYTES = 200
"""So many bytes of a table's name leave room for what file names add to it."""


class Entity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table that is merged.

    Attributes:
        table: its name, and that of its merged file.
        id: the column that a row is known by.
        workspace: the column that says to which workspace a row belongs.
        created, updated: the columns that say when a row was made and changed.
        merged_into: the column that names the row into which the CRM itself merged this one.
        source: the name of its file or folder in the input; none where that is `table`. It may be a pattern.
        files: which files count where a pattern matches several: all of them, or the last by name; none where that is a fault.
        event: events are `<event>.merged` and `<event>.unmerged`.
        id_type: what an id is, and when two are the same.
        merged_ids: the column of a survivor that lists the ids merged into it; none where there is none.
        deleted: a row in which one of these columns is true, or a time, deletes its entity.
        system: more columns that merges leave alone.
        references: columns that hold ids of the same entity.
        json_fields: columns that hold a JSON object as text, struct or map; folded key by key.

    Source: SHAPES.md 1.
    """

    table: Name
    id: Column
    workspace: Optional
    created: tuple[Column, ...]
    updated: tuple[Column, ...]
    merged_into: Optional
    source: Source = ""
    files: Files = ""
    event: Word = "contact"
    id_type: IdTypeName = "uuid"
    merged_ids: Optional = ""
    deleted: tuple[Column, ...] = ()
    system: tuple[Column, ...] = ()
    references: tuple[Column, ...] = ()
    json_fields: tuple[Column, ...] = ()

    @property
    def name(self) -> str:
        """Its name, as a child has one."""
        return self.table

    @property
    def system_columns(self) -> frozenset[str]:
        """The columns that merges leave alone."""
        named = (self.id, self.workspace, self.merged_into, self.merged_ids)
        return frozenset({*named, *self.created, *self.updated, *self.deleted, *self.system} - {""})

    @property
    def named_keys(self) -> dict[str, str]:
        """Our column with what each reference names, by the reference."""
        return {name: NAMED_PREFIX + name for name in self.references}


class ChildTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table whose rows name the entity.

    Attributes:
        enabled: whether there is such a table.
        key: the columns of which no two rows have the same values; none: rows have no key.
        references: the columns that name the entity.
        unique: the columns in which, with the reference, no two rows may be equal after a merge; none where all rows move.
        same: the columns in which rows of one survivor count as the same; only the first of such rows stays.
        source, files: as the entity has them.
        separator: what stands between the ids of a cell that holds several; none where a cell holds one, or a list.
        where: by column the values of the rows that name the entity; other rows stay as they are.

    Source: SHAPES.md 2.
    """

    enabled: bool = True
    key: tuple[Column, ...] = ()
    references: Annotated[tuple[Column, ...], msgspec.Meta(min_length=1)] = ("contact_id",)
    unique: tuple[Column, ...] = ()
    same: tuple[Column, ...] = ()
    source: Source = ""
    files: Files = ""
    separator: str = ""
    where: dict[Column, Values] = {}


class FieldRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which value of a field survives.

    Attributes:
        rule: a file of sql/rules/.
    """

    rule: str

    def __post_init__(self) -> None:
        """Refuse a rule that there is not."""
        if self.rule not in rule_names():
            raise ValueError(f"Expected a rule: {', '.join(rule_names())}")


class Preset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file of presets/ says.

    Attributes:
        entity: the table that is merged.
        children: the tables whose rows belong to it, in the order in which `counts` and outputs have them.
        fields: by a field's name its rule; that of `*` is the rule of all others.
    """

    entity: Entity
    children: dict[Name, ChildTable]
    fields: dict[str, FieldRule]

    def __post_init__(self) -> None:
        """Refuse a preset that leaves fields without a rule."""
        if "*" not in self.fields:
            raise ValueError('Expected a rule of "*" - at `$.fields`')


def parse_preset(text: str) -> Preset:
    """A preset from its TOML text.

    Raises:
        msgspec.ValidationError: an unknown key, a wrong type, or what the classes above refuse.
    """
    return msgspec.toml.decode(text, type=Preset)


@cache
def read_preset(name: str = "leadlex") -> Preset:
    """The preset of that name."""
    return parse_preset((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def overlay(
    preset: Preset, entity: Mapping[str, Any], children: Mapping[str, Mapping[str, Any]]
) -> tuple[Preset, tuple[Fault, ...]]:
    """A preset with a user's sections over it: tables key by key, lists whole; new children come last, in their order.

    Args:
        entity, children: sound, as TOML has them; any key may be missing.

    Returns the preset, of enabled children alone, and what the sections ask for in vain.

    Source: SHAPES.md 4.
    """
    faults = []
    tables = msgspec.to_builtins(preset.children)
    for name, section in children.items():
        if name not in tables and section.keys() == {"enabled"} and not section["enabled"]:
            known = ", ".join(tables)
            faults.append(
                Fault(join_key("children", name), f"there is no such table to drop; there are {known}")
            )
        before = tables.get(name, {})
        where = {**before.get("where", {}), **section.get("where", {})}
        tables[name] = {**before, **section, "where": where}
    return Preset(
        msgspec.convert({**msgspec.to_builtins(preset.entity), **entity}, Entity),
        {
            name: table
            for name, table in msgspec.convert(tables, dict[Name, ChildTable]).items()
            if table.enabled
        },
        preset.fields,
    ), tuple(faults)


def find_faults(preset: Preset, *, json_fields: str = "entity.json_fields") -> Iterator[Fault]:
    """What rules between settings refuse of a preset.

    Args:
        json_fields: the key that gave those of the entity.
    """
    yield from _faults_of_names(preset)
    yield from _faults_of_entity(preset.entity, json_fields)
    for name, child in preset.children.items():
        yield from _faults_of_child(join_key("children", name), child)


def _faults_of_names(preset: Preset) -> Iterator[Fault]:
    """Names of tables that are taken, too long, or the same to a file system or a database."""
    tables = {"entity.table": preset.entity.table} | {
        join_key("children", name): name for name in preset.children
    }
    sources = {"entity.source": preset.entity.source}
    sources |= {join_key("children", name, "source"): child.source for name, child in preset.children.items()}
    known: dict[str, tuple[str, str]] = {}
    for key, name in tables.items():
        first, other = known.setdefault(name.lower(), (key, name))
        if name.lower() in _TAKEN:
            yield Fault(
                key, f"{quote(name)} is the name of something that this program makes; choose another one"
            )
        elif name.lower() in (REQUESTS, API_KEYS, DO_NOT_MERGE):
            yield Fault(key, f"{quote(name)} is another table of the input; choose another name")
        elif not name.isprintable() or len(name.encode(errors="replace")) > _BYTES:
            yield Fault(
                key, f"{quote(name)} is no name for a file; choose a shorter one of letters and digits"
            )
        elif first != key:
            how = (
                "is the name of two tables" if name == other else f"differs from {quote(other)} in case alone"
            )
            yield Fault(key, f"{quote(name)} {how}, for {first} has it too; choose another one")
    read: dict[str, str] = {}
    for (key, source), name in zip(sources.items(), tables.values(), strict=True):
        first = read.setdefault(source or name, key)
        if first != key and (source or sources[first]):
            yield Fault(
                key, f"{quote(source or name)} is the source of two tables, for {first} names it, too"
            )


def _faults_of_entity(entity: Entity, json_fields: str) -> Iterator[Fault]:
    columns = {
        f"entity.{name}": (value,) if isinstance(value, str) else value
        for name in (
            "id",
            "workspace",
            "created",
            "updated",
            "merged_into",
            "merged_ids",
            "deleted",
            "references",
        )
        if (value := getattr(entity, name))
    }
    yield from _faults_of_columns(columns, once=True)
    yield from _faults_of_columns({"entity.system": entity.system, json_fields: entity.json_fields})
    for name in entity.references:
        if name in entity.system:
            yield Fault(
                "entity.references",
                f"{quote(name)} is among entity.system, too; a reference is a field that merges fold",
            )
    for name in entity.json_fields:
        if name in entity.system_columns:
            yield Fault(
                json_fields, f"{quote(name)} is a system column, which merges leave alone; take it out"
            )
        elif name in entity.references:
            yield Fault(
                json_fields, f"{quote(name)} is among entity.references, too; a reference holds an id"
            )


def _faults_of_child(key: str, child: ChildTable) -> Iterator[Fault]:
    for name in ("key", "references", "unique", "same"):
        yield from _faults_of_columns({f"{key}.{name}": getattr(child, name)})
    yield from _faults_of_columns({f"{key}.where": tuple(child.where)})
    if child.unique and child.same:
        yield Fault(f"{key}.same", f"{key}.unique is given, too; a table has one of them")
    for name in ("unique", "same"):
        columns: tuple[str, ...] = getattr(child, name)
        if columns and len(child.references) > 1:
            yield Fault(
                f"{key}.{name}",
                f"it needs exactly one reference, and {key}.references has {len(child.references)}",
            )
        if columns and child.separator:
            yield Fault(
                f"{key}.{name}", f"it needs a reference of one id a cell, and {key}.separator is given"
            )
        for column in columns:
            if column in child.references:
                yield Fault(
                    f"{key}.{name}", f"{quote(column)} is the reference, which counts anyway; take it out"
                )


def _faults_of_columns(columns: Mapping[str, Collection[str]], *, once: bool = False) -> Iterator[Fault]:
    """Names that no column of an input has, and a column that is named twice.

    Args:
        columns: the names by the key that gives them.
        once: whether no two keys may name one column.
    """
    known: dict[str, str] = {}
    for key, names in columns.items():
        if not once:
            known = {}
        for name in names:
            plain = name.strip().lower()
            first = known.get(plain)
            known.setdefault(plain, key)
            if not plain or "\0" in name:
                yield Fault(key, f"{quote(name)} is no name of a column")
            elif plain.startswith(RESERVED_PREFIX):
                yield Fault(
                    key,
                    f"{quote(name)} begins with {RESERVED_PREFIX}, which is kept for helper columns; rename it",
                )
            elif first:
                where = "twice" if first == key else f"by {first}, too"
                yield Fault(key, f"{quote(name)} is named {where}; a column is named once")
