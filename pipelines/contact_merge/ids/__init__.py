"""Ids by type (SHAPES.md 1): what is one, when two are the same, and how columns of them are read.

Each type is a module here and a file `sql/load/<type>_ids.sql` of macros. Nothing else knows types by name.
"""

from collections.abc import Mapping
from typing import Literal, Protocol

from contact_merge.ids.id_type import WHITE_SPACE, IdType, Key
from contact_merge.ids.integers import IntegerIds
from contact_merge.ids.salesforce import SalesforceIds
from contact_merge.ids.texts import TextIds
from contact_merge.ids.uuids import UuidIds, uuid_value

__all__ = [
    "ID_TYPES",
    "KEY_TYPES",
    "UUIDS",
    "WHITE_SPACE",
    "IdType",
    "IdTypeName",
    "Key",
    "find_fitting",
    "id_type_of",
    "uuid_value",
]

IdTypeName = Literal["uuid", "integer", "text", "salesforce"]
UUIDS = UuidIds()
ID_TYPES: Mapping[str, IdType] = {
    id_type.name: id_type for id_type in (UUIDS, IntegerIds(), SalesforceIds(), TextIds())
}
"""By its name in the settings; the one that takes all text is the last."""
KEY_TYPES = {name: id_type.key_type for name, id_type in ID_TYPES.items()}
"""By `id_type` the DuckDB type of the values by which ids compare."""


class _HasIdType(Protocol):
    """The entity, or a table whose rows name it."""

    @property
    def id_type(self) -> IdTypeName: ...


def id_type_of(table: _HasIdType) -> IdType:
    """What an id of the entity is."""
    return ID_TYPES[table.id_type]


def find_fitting(texts: list[str], *, but: IdType) -> IdType | None:
    """The first type but one of which all of these texts are ids; None where there is none."""
    fitting = (
        id_type
        for id_type in ID_TYPES.values()
        if id_type is not but and texts and all(id_type.value(text) is not None for text in texts)
    )
    return next(fitting, None)
