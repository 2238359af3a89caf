"""A preset: the tables of a CRM, what their columns mean, and the rule of each field (SHAPES.md 1, 2, 4 and 5).

It is a file of presets/, which ships with the package. catalog.py makes of it what the other rooms ask for.
"""

from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec

from contact_merge.engine import rule_names
from contact_merge.ids import IdTypeName

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$")]
Column = Annotated[str, msgspec.Meta(min_length=1)]
FOLDER = Path(__file__).parent / "presets"


class Entity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table that is merged.

    Attributes:
        table: its name, and that of its merged file.
        id: the column that a row is known by.
        workspace: the column that says to which workspace a row belongs.
        created, updated: the columns that say when a row was made and changed.
        merged_into: the column that names the row into which the CRM itself merged this one.
        source: the name of its file or folder in the input; none where that is `table`. It may be a pattern.
        event: events are `<event>.merged` and `<event>.unmerged`.
        id_type: what an id is, and when two are the same.
        merged_ids: the column of a survivor that lists the ids merged into it; none where there is none.
        deleted: a row in which one of these columns is true, or a time, deletes its entity.
        system: further columns that merges leave alone.
        references: columns that hold ids of the same entity.

    Source: SHAPES.md 1.
    """

    table: Name
    id: Column
    workspace: str
    created: tuple[str, ...]
    updated: tuple[str, ...]
    merged_into: str
    source: str = ""
    event: str = "contact"
    id_type: IdTypeName = "uuid"
    merged_ids: str = ""
    deleted: tuple[str, ...] = ()
    system: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name, as a child has one."""
        return self.table

    @property
    def system_columns(self) -> frozenset[str]:
        """The columns that merges leave alone."""
        named = (self.id, self.workspace, self.merged_into, self.merged_ids)
        return frozenset({*named, *self.created, *self.updated, *self.deleted, *self.system} - {""})


class ChildTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table whose rows name the entity.

    Attributes:
        key: the columns of which no two rows have the same values; none: rows have no key.
        references: the columns that name the entity.
        unique: the columns in which, with the reference, no two rows may be equal after a merge; none where all rows move.
        same: the columns in which rows of one survivor count as the same; only the first of such rows stays.
        source: the name of its file or folder in the input; none where that is its own. It may be a pattern.
        separator: what stands between the ids of a cell that holds several; none where a cell holds one, or a list.
        where: by column the values of the rows that name the entity; other rows stay as they are.

    Source: SHAPES.md 2.
    """

    key: tuple[Column, ...] = ()
    references: Annotated[tuple[Column, ...], msgspec.Meta(min_length=1)] = ("contact_id",)
    unique: tuple[Column, ...] = ()
    same: tuple[Column, ...] = ()
    source: str = ""
    separator: str = ""
    where: dict[Column, tuple[str | int | float | bool, ...]] = {}


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
