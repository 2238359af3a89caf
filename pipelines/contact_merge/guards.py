"""Guards: a run that would delete or reject a large share stops, unless `--allow` lets it pass (SHAPES.md, 'Guards')."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb

from contact_merge.catalog import Catalog, Child
from contact_merge.engine import fetch, fetch_value
from contact_merge.errors import GuardError, InputError
from contact_merge.ids import find_fitting, id_type_of
from contact_merge.load import LoadReport
from contact_merge.load.replacing import count_deleted_rows
from contact_merge.load.report import TableLoad
from contact_merge.losses import Liveness, each_deleted_has_a_retired_one
from contact_merge.preset import Entity
from contact_merge.settings import Guards
from contact_merge.tables import REQUESTS, Guard

LEAST_ROWS = 50
"""Fewer rows than these stop no run, whatever their share."""
LEAST_OF_NONE = 5
"""From so many rows on a table, or requests, of which none can be used stops the run."""


@dataclass(frozen=True)
class Alarm:
    """What a guard found, in words with the figures, and the setting that lets such a share pass for good."""

    guard: Guard
    finding: str
    setting: str | None = None


def require_usable_contacts(con: duckdb.DuckDBPyConnection, report: LoadReport, entity: Entity) -> None:
    """Stop a run whose contacts came with rows, and not one of them can be used; nothing lets it pass.

    Raises:
        InputError: saying how many, and why; and which type of ids would fit.
    """
    contacts = report.tables.get(entity.table)
    if contacts and contacts.rows and not contacts.rows_loaded:  # rule: none-usable
        advice = _advice(con, entity)
        rows = "its row" if contacts.rows == 1 else f"each of its {contacts.rows:,} rows"
        raise InputError(
            f"{contacts.location}: {rows} is rejected ({_reason(con, entity.table)}), so nothing was changed; "
            f"{advice}correct the file{',' if advice else ''} and run again."
        )


def _advice(con: duckdb.DuckDBPyConnection, entity: Entity) -> str:
    """What type of ids would fit where none is of the one that is set; no text where none would, or something else is wrong."""
    id_type = id_type_of(entity)
    reason = f"{entity.id} is {id_type.fault}"
    if _reason(con, entity.table) != reason:
        return ""
    rows = fetch(con, "load/rejected_raw", {"table": entity.table, "reason": reason})
    values = [json.loads(raw).get(entity.id) for (raw,) in rows]
    texts = [str(value) for value in values if value is not None and str(value).strip()]
    fitting = find_fitting(texts, but=id_type)
    if fitting is None:
        return ""
    return f'the ids look like {fitting.looks}: set id_type = "{fitting.name}" in [entity], or '


def heed_guards(
    con: duckdb.DuckDBPyConnection,
    report: LoadReport,
    liveness: Liveness | None,
    guards: Guards,
    catalog: Catalog,
    allow: Collection[str],
) -> list[Guard]:
    """Stop the run where it would delete or reject too much and that is not allowed; returns the guards that let it pass.

    Args:
        liveness: what the load changed in contacts; None where it loaded none, and none were folded again.
        allow: guards that let this run pass.

    Raises:
        GuardError: one sentence with all findings and how to go on.
    """
    alarms = _rejected_alarms(con, report, guards)
    contacts = report.tables.get(catalog.entity.table)
    if liveness and contacts:  # without an export contacts are only folded again, by other settings
        alarms += _deleted_contacts_alarms(con, contacts, liveness, guards)
    alarms += _deleted_rows_alarms(con, report, guards, catalog.children)
    return _heed(alarms, allow)


def _rejected_alarms(con: duckdb.DuckDBPyConnection, report: LoadReport, guards: Guards) -> list[Alarm]:
    """The tables of which too many rows are rejected."""
    alarms = [
        Alarm(
            Guard.REJECTED,
            f"{loaded.location}: {_of(loaded.rejected, loaded.rows, 'row')} are rejected ({_reason(con, table)})",
            "max_rejected_share" if loaded.rejected < loaded.rows else None,
        )
        for table, loaded in report.tables.items()
        if _too_many(loaded.rejected, loaded.rows, guards.max_rejected_share) or _none_is_usable(loaded)
    ]
    new, readable = fetch(con, "load/readable_requests")[0]
    if new >= LEAST_OF_NONE and not readable:  # rule: none-readable
        location = report.tables[REQUESTS].location
        finding = f"{location}: of {new:,} new requests none has duplicate_ids that can be read"
        alarms.append(Alarm(Guard.REJECTED, finding))
    return alarms


def _deleted_contacts_alarms(
    con: duckdb.DuckDBPyConnection, loaded: TableLoad, liveness: Liveness, guards: Guards
) -> list[Alarm]:
    """Whether an export would delete too many of the live contacts.

    All of them are too many, unless it holds for each one that is retired into it: the CRM merged these the other way round.
    """
    deleted, before = liveness.deleted, liveness.before
    too_many = _too_many(deleted, before, guards.max_deleted_share)
    all_of_them = 0 < deleted == before and not each_deleted_has_a_retired_one(con)  # rule: all-deleted
    if not too_many and not all_of_them:
        return []
    finding = _would_delete(loaded, _of(deleted, before, "live contact"))
    return [Alarm(Guard.DELETED, finding, None if all_of_them else "max_deleted_share")]


def _deleted_rows_alarms(
    con: duckdb.DuckDBPyConnection, report: LoadReport, guards: Guards, children: Sequence[Child]
) -> list[Alarm]:
    """The child tables of which an export would delete too much, while what it replaces is still set aside."""
    alarms = []
    share = guards.max_deleted_rows_share
    for child in children:
        loaded = report.tables.get(child.name)
        if loaded is None or loaded.raw_rows_before < LEAST_ROWS:
            continue
        if child.key:
            rows = count_deleted_rows(
                con, child, at_least=max(LEAST_ROWS, int(share * loaded.raw_rows_before) + 1)
            )
        else:  # which of its rows are gone cannot be said
            rows = max(0, loaded.raw_rows_before - loaded.raw_rows)
        if _too_many(rows, loaded.raw_rows_before, share):  # rule: child-rows
            finding = _would_delete(loaded, _of(rows, loaded.raw_rows_before, "row"))
            alarms.append(Alarm(Guard.DELETED, finding, "max_deleted_rows_share"))
    return alarms


def _heed(alarms: list[Alarm], allow: Collection[str]) -> list[Guard]:
    """Stop the run where a guard that is not allowed to pass gave an alarm; returns those that passed."""
    stopping = [alarm for alarm in alarms if alarm.guard not in allow]
    if stopping:
        findings = tuple(alarm.finding for alarm in stopping)
        names = tuple(guard for guard in Guard if any(alarm.guard == guard for alarm in alarms))
        settings = list(dict.fromkeys(alarm.setting for alarm in stopping if alarm.setting))
        raise GuardError(
            f"{'; '.join(findings)}: a guard stopped the run, and nothing was changed; correct the "
            f"export, or, where this is as it should be, run again with {' '.join(f'--allow {name}' for name in names)} "
            f"(in Dagster allow: [{', '.join(names)}])"
            + (f", or set {' and '.join(settings)} in [guards] of the settings higher" if settings else "")
            + ".",
            findings,
            names,
        )
    return [guard for guard in Guard if any(alarm.guard == guard for alarm in alarms)]


def _too_many(rows: int, of: int, share: float) -> bool:
    return rows >= LEAST_ROWS and rows > share * of  # rule: share


def _none_is_usable(loaded: TableLoad) -> bool:
    return loaded.rows >= LEAST_OF_NONE and loaded.rejected == loaded.rows


def _reason(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """Why most rows of a table are rejected."""
    return fetch_value(con, "load/main_reason", {"table": table})


def _would_delete(loaded: TableLoad, rows: str) -> str:
    why = f"{loaded.emptiness}, and " if loaded.emptiness else ""
    return f"{loaded.location}: {why}this export would delete {rows}"


def _of(rows: int, of: int, what: str) -> str:
    if rows == of == 1:
        return f"the only {what}"
    return f"all {of:,} {what}s" if rows == of else f"{rows:,} of {of:,} {what}s"
