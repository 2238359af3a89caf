"""A preset: the tables of a CRM, what their columns mean, and the rule of each field (SHAPES.md 1, 2, 4 and 5).

It is a file of presets/, which ships with the package. catalog.py makes of it what the other rooms ask for.
"""

from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec

from contact_merge.engine import rule_names

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$")]
FOLDER = Path(__file__).parent / "presets"


class Entity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table that is merged.

    Attributes:
        table: its name.
        id: the column that a row is known by.
        workspace: the column that says to which workspace a row belongs.
        created, updated: the columns that say when a row was made and changed.
        merged_into: the column that names the row into which the CRM itself merged this one.
    """

    table: Name
    id: str
    workspace: str
    created: tuple[str, ...]
    updated: tuple[str, ...]
    merged_into: str

    @property
    def name(self) -> str:
        """Its name, as a child has one."""
        return self.table

    @property
    def system_columns(self) -> frozenset[str]:
        """The columns that merges leave alone."""
        return frozenset({self.id, self.workspace, *self.created, *self.updated, self.merged_into})


class ChildTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table whose rows belong to the entity.

    Attributes:
        key: the columns of which no two rows have the same values. One that is no reference and not in `unique` holds UUIDs.
        references: the column that names the entity.
        unique: the columns in which no two rows of one survivor may be equal; none where all rows move.
    """

    key: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    references: tuple[str]
    unique: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse `unique` where several rows of one contact could be equal in it: which of them moves is not decided yet."""
        if self.unique and set(self.key) != {*self.unique, *self.references}:
            raise ValueError("Expected as key the columns of `unique` and the reference")


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
