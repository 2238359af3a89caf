"""What a contact is made of: fields with their sources and what was not taken, edits, children."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import NamedTuple

import duckdb
import msgspec

from contact_merge.catalog import Catalog
from contact_merge.columns import ContactColumns, Field
from contact_merge.engine import fetch
from contact_merge.explain.explanation import Children, Edit, FieldNow, Other
from contact_merge.explain.identity import Known, RedirectPath
from contact_merge.ids import Key
from contact_merge.json_text import filled_values, is_filled, parse_object
from contact_merge.references import named_keys
from contact_merge.tables import ENTITY_VIEW


class _Name(NamedTuple):
    """A field: its column's number too, for a column may be labelled as a key of another one."""

    column: int
    label: str


class _Value(NamedTuple):
    """A field's value before contacts and requests have names; `source` and `seq` null: it is its own."""

    label: str
    text: str
    source: Key | None
    seq: int | None
    others: list[tuple[str, Key, int]]


@dataclass(frozen=True)
class _Origins:
    """By column and key (None where the field is the column): where a value came from, and what was not taken."""

    sources: dict[tuple[str, str | None], tuple[Key, int]] = dataclass_field(default_factory=dict)
    others: dict[tuple[str, str | None], list[tuple[str, Key, int]]] = dataclass_field(
        default_factory=lambda: defaultdict(list)
    )

    def value_of(self, column: str, key: str | None, label: str, text: str) -> _Value:
        """The value of a field."""
        return _Value(label, text, *self.sources.get((column, key), (None, None)), self.others[column, key])


def fields_of(
    con: duckdb.DuckDBPyConnection, columns: ContactColumns, known: Known, path: RedirectPath
) -> dict[_Name, FieldNow]:
    """Every field of a live contact that holds a value, with its source and what was not taken."""
    params, variables = {"key": known.key}, columns.variables()
    source = "fold.survivors" if known.survivor else f"raw.{ENTITY_VIEW}"
    values, texts = fetch(con, "explain/values", params, source=source, **variables)[0]
    origins = _Origins()
    for column, key, contact, seq in fetch(con, "explain/kept", params):
        origins.sources[column, key] = contact, seq
    for column, key, other, contact, seq in fetch(con, "explain/conflicts", params):
        origins.others[column, key].append((other, contact, seq))
    found: dict[int, list[_Value]] = {
        field.i: [origins.value_of(field.column, field.key, field.label, values[n])]
        for n, field in enumerate(columns.typed)
        if values[n] is not None
    }
    found |= {field.i: _key_values(field, texts[n], origins) for n, field in enumerate(columns.json)}
    values_now = {_Name(i, value.label): value for i in sorted(found) for value in found[i]}
    requests = _request_ids(con, values_now.values())
    own_id = known.loaded_id or str(known.key)

    def name(contact: Key | None) -> str:
        return own_id if contact is None or contact == known.key else path.name(contact)

    return {
        field: FieldNow(
            field=value.label,
            value=value.text,
            source_id=name(value.source),
            request_id=None if value.seq is None else requests[value.seq],
            not_taken=[
                Other(value=other, contact_id=name(contact), request_id=requests[met])
                for other, contact, met in value.others
            ],
        )
        for field, value in values_now.items()
    }


def _key_values(field: Field, text: str | None, origins: _Origins) -> list[_Value]:
    """The keys of a JSON field that hold a value; text that is no object is one value."""
    column = field.column
    parsed = parse_object(text)
    if parsed is None:
        return [_Value(column, text, None, None, [])] if text is not None and text.strip() else []
    return [
        origins.value_of(column, name, f"{column}.{name}", field.shown(value))
        for name, value in parsed[0].items()
        if is_filled(value)
    ]


def _request_ids(con: duckdb.DuckDBPyConnection, values: Collection[_Value]) -> dict[int, str]:
    seqs = {met for value in values for *_, met in value.others}
    seqs |= {value.seq for value in values if value.seq is not None}
    return dict(fetch(con, "explain/request_ids", {"seqs": sorted(seqs)}))


def fields_about(contact_id: str, fields: Iterable[FieldNow]) -> list[FieldNow]:
    """A survivor's fields as far as they are about a retired contact: it gave the value, or its own lost."""
    about = []
    for field in fields:
        not_taken = [other for other in field.not_taken if other.contact_id == contact_id]
        if field.source_id == contact_id or not_taken:
            about.append(msgspec.structs.replace(field, not_taken=not_taken))
    return about


def edits_of(
    con: duckdb.DuckDBPyConnection,
    columns: ContactColumns,
    key: Key,
    now: Mapping[_Name, FieldNow],
    own_id: str,
) -> list[Edit]:
    """Fields of a survivor that somebody edited: its row holds another value than the one that its last merge used.

    Where a retired contact's value counts, the row only took over what the merge made (SEMANTICS.md, 'Later
    edits win').
    """
    rows = fetch(con, "explain/edits", {"key": key}, **columns.variables())
    if not rows:
        return []
    differs, old_values, old_texts, new_texts = rows[0]
    before: dict[_Name, str | None] = {
        _Name(field.i, field.label): old_values[n] for n, field in enumerate(columns.typed) if differs[n]
    }
    for n, field in enumerate(columns.json):
        old, new = filled_values(old_texts[n]), filled_values(new_texts[n])
        before |= {
            _Name(field.i, f"{field.column}.{name}"): field.shown(old[name]) if name in old else None
            for name in old | new
            if old.get(name) != new.get(name)
        }
    return [
        Edit(field=name.label, before=value, now=now[name].value if name in now else None)
        for name, value in before.items()
        if name not in now or now[name].source_id == own_id
    ]


def children_of(
    con: duckdb.DuckDBPyConnection, path: RedirectPath, root: Key | None, catalog: Catalog
) -> list[Children]:
    """Child rows that name the contact or one that it absorbed."""
    contacts = [path.key, *path.absorbed]
    if not catalog.children:
        return []
    rows = fetch(
        con,
        "explain/children",
        {"keys": contacts, "root": root},
        named_keys=named_keys(con, catalog.children),
        **catalog.variables(),
    )
    figures = {contact: counts for contact, *counts in rows}
    return [
        Children(
            contact_id=path.name(contact),
            rows=dict(zip([child.name for child in catalog.children], figures[contact], strict=False)),
            memberships_dropped=figures[contact][-1],
        )
        for contact in contacts
        if contact in figures
    ]
