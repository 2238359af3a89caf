"""What happened to a contact, in the order of the ledger: merges (undone too), undos, imported pointers."""

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb

from contact_merge.columns import ContactColumns
from contact_merge.engine import run_sql
from contact_merge.explain.explanation import Event, Imported, Merged, Retired, Unmerged
from contact_merge.explain.identity import RedirectPath
from contact_merge.ids import Key
from contact_merge.schema import extra_columns

_Row = Mapping[str, Any]
_Moment = tuple[int, int, int]  # batch; pointers before requests; position in the batch


def read_story(con: duckdb.DuckDBPyConnection, columns: ContactColumns, path: RedirectPath) -> list[Event]:
    """All that happened to the contact and to those it absorbed, and what retired it since; newest last."""
    own = {path.key, *path.absorbed}
    later = {step.retired_key: step.seq for step in path.steps if step.retired_key not in own}
    keys = {"keys": [*own, *later]}
    extra = extra_columns(con)
    pointers = _rows(run_sql(con, "explain/imports", keys, key_type=columns.key_type))
    merges = [
        row
        for row in _rows(run_sql(con, "explain/merges", keys, extra=extra, key_type=columns.key_type))
        # of what came after the contact was retired, the active steps
        if row["retired_key"] in own
        or row["primary_key"] in own
        or (row["undone_at"] is None and later.get(row["retired_key"]) == row["seq"])
    ]
    events: list[tuple[_Moment, Event]] = []
    for position, row in enumerate(pointers):
        events.append(((row["batch_no"], 0, position), _import(row, path)))
    for seq, rows in _group(merges, "seq").items():
        events.append(((rows[0]["batch_no"], 1, seq), _merge(rows, extra, path)))
    undone = [row for row in merges if row["undone_at"] is not None]
    for rows in _group(undone, "undone_batch_no", "seq").values():
        events.append(((rows[0]["undone_batch_no"], 2, rows[0]["seq"]), _undo(rows, path)))
    return [event for _, event in sorted(events, key=lambda moment_and_event: moment_and_event[0])]


def _rows(cursor: duckdb.DuckDBPyConnection) -> list[_Row]:
    names = [name for name, *_ in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _group(rows: Iterable[_Row], *names: str) -> dict[Any, list[_Row]]:
    groups: dict[Any, list[_Row]] = {}
    for row in rows:
        key = row[names[0]] if len(names) == 1 else tuple(row[name] for name in names)
        groups.setdefault(key, []).append(row)
    return groups


def _import(row: _Row, path: RedirectPath) -> Imported:
    target: Key | None = row["target_key"]
    return Imported(
        at=row["imported_at"],
        batch_id=row["batch_id"],
        contact_id=path.name(row["contact_key"], row["contact_id"]),
        target_id=None if target is None else path.name(target, row["target_id"]),
        idle_while=row["idle_while"],
        listed=row["listed"],
    )


def _merge(rows: list[_Row], extra: list[str], path: RedirectPath) -> Merged:
    first = rows[0]
    texts = zip(extra, first["extra_columns"], strict=True)
    return Merged(
        at=first["merged_at"],
        batch_id=first["batch_id"],
        request_id=first["request_id"],
        requested_at=first["requested_at"],
        api_key_id=first["api_key_id"],
        extra_columns={name: text for name, text in texts if text is not None},
        overwrite=first["overwrite"],
        primary_id=path.name(first["primary_key"], first["primary_id"]),
        retired=[
            Retired(
                contact_id=path.name(row["retired_key"], row["retired_id"]),
                fields_populated=row["fields_populated"],
                moved={kind: rows for kind, rows in (row["counts"] or {}).items() if rows is not None},
                undone_at=row["undone_at"],
            )
            for row in rows
        ],
    )


def _undo(rows: list[_Row], path: RedirectPath) -> Unmerged:
    first = rows[0]
    return Unmerged(
        at=first["undone_at"],
        batch_id=first["undone_batch_id"],
        request_id=first["request_id"],
        primary_id=path.name(first["primary_key"], first["primary_id"]),
        restored_ids=[path.name(row["retired_key"], row["retired_id"]) for row in rows],
    )
