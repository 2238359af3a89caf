"""The tables of a warehouse as its settings name them (SHAPES 1 and 2), for the reference.

In go settings as a file holds them, `entity` and `children`, over the defaults; out comes a Layout: what each column is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reference_values import as_id, ids_listed, is_empty, is_flagged, said

Row = dict[str, Any]
Named = Mapping[str, Sequence[str]]
"""Table -> its columns."""

ENTITY: Row = {
    "table": "contacts",
    "event": "contact",
    "id": "id",
    "id_type": "uuid",
    "workspace": "workspace_id",
    "created": ["created_at", "created_date"],
    "updated": ["updated_at", "updated_date"],
    "merged_into": "merged_into_id",
    "merged_ids": "",
    "deleted": [],
    "system": [],
    "references": [],
}
CHILD: Row = {"key": ["id"], "references": ["contact_id"]}
SIX: dict[str, Row] = {
    **dict.fromkeys(("notes", "activities", "tasks", "emails", "documents"), CHILD),
    "list_memberships": {**CHILD, "key": ["list_id", "contact_id"], "unique": ["list_id"]},
}


def _matched(name: str, columns: Iterable[str]) -> str:
    """The column that a name means: as written, else the one that differs only in case or in white space around it."""
    if not name or name in columns:
        return name
    return next((c for c in columns if c.strip().casefold() == name.strip().casefold()), name)


@dataclass(frozen=True)
class Child:
    """A table whose rows name the entity. `strict`: one of the API's six that no setting names, beside UUIDs."""

    name: str
    id_type: str
    key: tuple[str, ...]
    references: tuple[str, ...]
    unique: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    separator: str = ""
    where: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    strict: bool = False

    @property
    def alike(self) -> tuple[str, ...]:
        """The columns in which rows of one survivor may not be equal."""
        return self.unique or self.same

    def fitted(self, columns: Sequence[str]) -> "Child":
        """The same, with the names that the columns have in the table."""

        def fit(names: Iterable[str]) -> tuple[str, ...]:
            return tuple(_matched(name, columns) for name in names)

        where = tuple((_matched(name, columns), values) for name, values in self.where)
        return replace(
            self,
            key=fit(self.key),
            references=fit(self.references),
            unique=fit(self.unique),
            same=fit(self.same),
            where=where,
        )

    def holds(self, row: Row) -> bool:
        """Whether `where` lets a row name the entity."""
        return all(said(row.get(name)) in [_said(value) for value in values] for name, values in self.where)

    def parts(self, cell: Any) -> list[Any] | None:
        """The cells of a cell that holds several ids; None where it holds one."""
        if isinstance(cell, list):
            return cell
        return cell.split(self.separator) if self.separator and isinstance(cell, str) else None

    def named(self, row: Row) -> list[Any]:
        """The keys of the contacts that a row names, in the order of its columns."""
        if not self.holds(row):
            return []
        cells: list[Any] = []
        for column in self.references:
            parts = self.parts(row.get(column))
            cells += [row.get(column)] if parts is None else parts
        keys = [as_id(cell, self.id_type) for cell in cells]
        return [key for key in keys if key is not None]

    def key_of(self, row: Row) -> tuple[Any, ...] | None:
        """The values that a row is known by; None where one is empty, or should be an id and is none."""
        values = [self._key_part(column, row.get(column)) for column in self.key]
        return None if any(value is None for value in values) else tuple(values)

    def _key_part(self, column: str, cell: Any) -> Any:
        if is_empty(cell):
            return None
        if column in self.references:
            return as_id(cell, self.id_type)
        if self.strict and column not in self.alike:
            return as_id(cell)
        return int(cell) if isinstance(cell, float) and cell.is_integer() else cell

    def is_usable(self, row: Row) -> bool:
        """Whether all that should be an id is one: a key of the six, and each cell that holds one reference."""
        if self.key and self.key_of(row) is None:
            return False
        if not self.holds(row):
            return True
        for column in self.references:
            cell = row.get(column)
            if is_empty(cell) and not self.strict:
                continue
            if self.parts(cell) is None and as_id(cell, self.id_type) is None:
                return False
        return True

    def value_of(self, row: Row) -> tuple[Any, ...] | None:
        """What a row may not have in common with another of its survivor; None where a part of it is null."""
        values = [row.get(column) for column in self.alike]
        return None if any(is_empty(value) for value in values) else tuple(_plain(value) for value in values)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _said(value: Any) -> str:
    """The text of a value in the settings."""
    return str(value)


@dataclass(frozen=True)
class Layout:
    """What the columns of the tables are. `children` in the order of `counts`."""

    table: str
    event: str
    id: str
    id_type: str
    workspace: str
    created: tuple[str, ...]
    updated: tuple[str, ...]
    merged_into: str
    merged_ids: str
    deleted: tuple[str, ...]
    system: tuple[str, ...]
    references: tuple[str, ...]
    children: tuple[Child, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of the children."""
        return tuple(child.name for child in self.children)

    @property
    def never_merged(self) -> frozenset[str]:
        """The columns that merges leave alone."""
        one = (self.id, self.workspace, self.merged_into, self.merged_ids)
        return frozenset((*one, *self.created, *self.updated, *self.deleted, *self.system))

    def child(self, name: str) -> Child:
        """The child table of that name."""
        return next(child for child in self.children if child.name == name)

    def read(self, cell: Any) -> Any:
        """The key that a cell spells, or None where it is no id."""
        return as_id(cell, self.id_type)

    def is_deleted(self, row: Row) -> bool:
        """Whether a row says that its entity is deleted."""
        return any(is_flagged(row.get(column)) for column in self.deleted)

    def own_pointer(self, row: Row) -> Any:
        """The key that a row's own pointer names; None where it names nobody, or its own row."""
        target = self.read(row.get(self.merged_into)) if self.merged_into else None
        return None if target == self.read(row[self.id]) else target

    def fitted(self, columns: Named) -> "Layout":
        """The same, with the names that the columns have in the tables."""
        own = columns.get(self.table, ())

        def fit(names: Iterable[str]) -> tuple[str, ...]:
            return tuple(_matched(name, own) for name in names)

        return replace(
            self,
            id=_matched(self.id, own),
            workspace=_matched(self.workspace, own),
            created=fit(self.created),
            updated=fit(self.updated),
            merged_into=_matched(self.merged_into, own),
            merged_ids=_matched(self.merged_ids, own),
            deleted=fit(self.deleted),
            system=fit(self.system),
            references=fit(self.references),
            children=tuple(child.fitted(columns.get(child.name, ())) for child in self.children),
        )


def listed(layout: Layout, rows: Mapping[Any, Row], among: Iterable[Any]) -> list[tuple[Any, Any, str]]:
    """What the lists of merged ids of some rows say: retired contact, survivor, and how the list spells the retired one.

    Of two lists that name one id the lower id's counts; a list that names its own row says nothing.
    """
    found: dict[Any, tuple[Any, Any, str]] = {}
    for contact in sorted(among):
        cell = rows[contact].get(layout.merged_ids) if layout.merged_ids else None
        for part in ids_listed(cell, layout.id_type):
            retired = layout.read(part)
            if retired is not None and retired != contact:
                found.setdefault(retired, (retired, contact, str(said(part)).strip()))
    return list(found.values())


def layout_of(settings: Mapping[str, Any]) -> Layout:
    """The layout that settings describe: their tables merge with the defaults key by key."""
    entity = {**ENTITY, **settings.get("entity", {})}
    fields = {name: tuple(v) if isinstance(v, list) else v for name, v in entity.items() if name in ENTITY}
    sections = settings.get("children", {})
    children = []
    for name in dict.fromkeys((*SIX, *sections)):
        section = {**SIX.get(name, {}), **sections.get(name, {})}
        if section.get("enabled", True):
            where = tuple((column, tuple(values)) for column, values in section.get("where", {}).items())
            child = Child(
                name,
                fields["id_type"],
                tuple(section.get("key", ())),
                tuple(section.get("references", ("contact_id",))),
                tuple(section.get("unique", ())),
                tuple(section.get("same", ())),
                section.get("separator", ""),
                where,
                strict=name not in sections and fields["id_type"] == "uuid",
            )
            children.append(child)
    return Layout(**fields, children=tuple(children))
