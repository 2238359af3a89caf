"""What a contact is made of: fields with their sources and what was not taken, edits, children."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import duckdb
import msgspec

from contact_merge.catalog import Child
from contact_merge.columns import ContactColumns, Field
from contact_merge.engine import fetch
from contact_merge.explain.explanation import Children, Edit, FieldNow, Other
from contact_merge.explain.identity import Known, RedirectPath
from contact_merge.json_text import filled_values, is_filled, parse_object


class _Place(NamedTuple):
    """A place of a survivor's line; see sql/explain/places.sql."""

    contact: UUID
    joined_seq: int | None
    brought_seq: int | None
    values: list[str | None]
    differs: list[bool]


class _Name(NamedTuple):
    """A field: its column's number too, for a column may be labelled as a key of another one."""

    column: int
    label: str


class _Value(NamedTuple):
    """A field's value before contacts and requests have names; `source` and `seq` null: it is its own."""

    label: str
    text: str
    source: UUID | None
    seq: int | None
    others: list[tuple[str, UUID, int]]


def fields_of(
    con: duckdb.DuckDBPyConnection, columns: ContactColumns, known: Known, path: RedirectPath
) -> dict[_Name, FieldNow]:
    """Every field of a live contact that holds a value, with its source and what was not taken."""
    params, variables = {"key": known.key}, columns.variables()
    source = "fold.survivors" if known.survivor else "raw.contacts"
    values, texts = fetch(con, "explain/values", params, source=source, **variables)[0]
    places = [_Place(*row) for row in fetch(con, "explain/places", params, **variables)]
    found: dict[int, list[_Value]] = {
        field.i: [_typed_value(field.label, values[n], n, places)]
        for n, field in enumerate(columns.typed)
        if values[n] is not None
    }
    if columns.json:
        sources = fetch(con, "explain/json_sources", params)
        others = fetch(con, "explain/json_others", params)
        for n, field in enumerate(columns.json):
            found[field.i] = _key_values(field, texts[n], sources, others)
    values_now = {_Name(i, value.label): value for i in sorted(found) for value in found[i]}
    requests = _request_ids(con, values_now.values())
    own_id = known.loaded_id or str(known.key)

    def name(contact: UUID | None) -> str:
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


def _typed_value(label: str, text: str, n: int, places: list[_Place]) -> _Value:
    """The n-th field that SQL folds: the first value of the line is kept.

    Another one met it by the newest of the requests that joined what is between them.
    """
    kept: _Place | None = None
    met = 0
    others = []
    for place in places:
        value = place.values[n]
        if kept is None:
            kept = place if value is not None else None
            continue
        met = max(met, place.joined_seq or 0)
        if value is not None and place.differs[n]:
            others.append((value, place.contact, met))
    if kept is None:
        return _Value(label, text, None, None, [])
    return _Value(label, text, kept.contact, kept.brought_seq, others)


def _key_values(field: Field, text: str | None, sources: list[Any], others: list[Any]) -> list[_Value]:
    """The keys of a JSON field that hold a value; text that is no object is one value."""
    column = field.column
    parsed = parse_object(text)
    if parsed is None:
        return [_Value(column, text, None, None, [])] if text is not None and text.strip() else []
    came = {name: (contact, seq) for owner, name, contact, seq in sources if owner == column}
    not_taken = defaultdict[str, list[tuple[str, UUID, int]]](list)
    for owner, name, other, contact, met in others:
        if owner == column:
            not_taken[name].append((other, contact, met))
    return [
        _Value(
            f"{column}.{name}",
            field.shown(value),
            *came.get(name, (None, None)),
            not_taken[name],
        )
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
    key: UUID,
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
    con: duckdb.DuckDBPyConnection, path: RedirectPath, root: UUID | None, children: Sequence[Child]
) -> list[Children]:
    """Child rows that name the contact or one that it absorbed."""
    contacts = [path.key, *path.absorbed]
    rows = fetch(con, "explain/children", {"keys": contacts, "root": root}, children=children)
    figures = {contact: counts for contact, *counts in rows}
    return [
        Children(
            contact_id=path.name(contact),
            rows=dict(zip([child.name for child in children], figures[contact], strict=False)),
            memberships_dropped=figures[contact][-1],
        )
        for contact in contacts
        if contact in figures
    ]
