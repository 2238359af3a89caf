"""The end of a run or an undo as a person reads it, and the same figures for `--json`.

A dry run ends with who would disappear and what would be lost, or what an undo would bring back.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from contact_merge.console import (
    open_console,
    outcome_rows,
    print_heading,
    print_paragraph,
    print_table,
    printable,
    short_id,
)
from contact_merge.times import iso_text

if TYPE_CHECKING:
    from rich.console import Console

    from contact_merge.summary import Preview, Summary, Undone, UndoPreview

_CONTACTS = {
    "contacts_before": "contacts before",
    "contacts_deleted": "contacts deleted by the export",
    "contacts_retired_by_pointers": "contacts retired by imported pointers",
    "contacts_retired": "contacts retired by requests",
    "contacts_new": "contacts new",
    "contacts_back_again": "contacts back again",
    "contacts_after": "contacts after",
}
_LISTED = 50  # contacts that came back; `--json` has all


def summary_json(summary: "Summary") -> dict[str, Any]:
    """The same figures as print_summary, for `--json`: the summary's own names, times as ISO 8601."""
    figures = msgspec.to_builtins(summary)
    figures["rejected_reasons"] = [
        {"table": table, "reason": reason, "rows": rows} for table, reason, rows in summary.rejected_reasons
    ]
    figures["unknown_files"] = [
        {"file": file, "nearest_table": nearest} for file, nearest, _ in summary.unknown_files
    ]
    figures["misspelt_columns"] = [
        {"column": column, "missing_column": missing} for column, missing in summary.misspelt_columns
    ]
    return figures


def print_summary(summary: "Summary") -> None:
    """The end of a run: requests by outcome, what changed, rejects, and where the files are."""
    console = open_console()
    kind = "Dry run (nothing but the preview was written)" if summary.dry_run else "Run"
    batch = f", batch {summary.batch_id}" if summary.batch_id else ""
    title = f"{kind} as of {iso_text(summary.as_of)}{batch}, {summary.seconds:.1f} s"
    print_paragraph(console, title, style="bold")
    known = (
        f", {summary.requests_known:,} known already (answered before, or there twice)"
        if summary.requests_known
        else ""
    )
    print_table(
        console,
        f"Requests: {summary.requests_new:,} new{known}",
        ("outcome", "requests"),
        outcome_rows(summary.requests),
    )
    if summary.loaded:
        print_table(
            console,
            "Tables loaded",
            ("table", "rows", "rows before"),
            [(table, counts.rows, counts.rows_before) for table, counts in summary.loaded.items()],
        )
    flagged = summary.contacts_flagged
    changes = [
        *((_CONTACTS[name], count) for name, count in summary.contacts.items()),
        *([] if isinstance(flagged, msgspec.UnsetType) else [("rows flagged as deleted", flagged)]),
        ("fields populated", summary.fields_populated),
        *(
            (f"{kind} re-homed", rows)
            for kind, rows in summary.rehomed.items()
            if rows or kind in summary.loaded
        ),
        ("events written", summary.events),
    ]
    print_table(console, _changes_title(dry_run=summary.dry_run), ("what", "count"), changes)
    _print_losses(console, summary)
    print_rejects(console, summary)
    _print_files(console, summary.files)
    if summary.preview is not None:
        _print_preview(console, summary, summary.preview)


def warnings(summary: "Summary") -> Iterator[str]:
    """What `--quiet` must not hide, a sentence each: input that was not used, or not as it seems to be meant."""
    if summary.rejected:
        where = "rejects/ of the output" if summary.files else "the table raw.rejects of the warehouse"
        yield f"{summary.rejected:,} input rows could not be used, or not in full; {where} says why."
    for file, nearest, advice in summary.unknown_files:
        said = advice.replace("nothing near", "it names no table")
        why = f", for it names no table; did you mean {said}?" if said == nearest else f": {said}."
        yield f"{printable(file)} was not read{why}"
    for column, missing in summary.misspelt_columns:
        yield f"merge_requests: the column {printable(column)!r} is unknown and only kept; did you mean {missing!r}?"
    for gone in summary.columns_gone:
        yield f"{gone.table}: the column {printable(gone.column)!r} is gone, with {gone.values:,} values that it showed."


def _changes_title(*, dry_run: bool) -> str:
    return "What would change" if dry_run else "What changed"


def _print_files(console: "Console", files: Mapping[str, str]) -> None:
    if files:
        print_heading(console, "Files")
        for path in files.values():
            console.print(printable(path), soft_wrap=True)  # whole, so that it can be copied


def _print_first(
    console: "Console",
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str | int | None]],
    count: int,
    where: str,
) -> None:
    """A table of the first of `count` rows, and where all of them are; nothing where there are none."""
    if not count:
        return
    print_table(console, f"{title}: {count:,}", columns, rows)
    if count > len(rows):
        print_paragraph(console, f"and {count - len(rows):,} more: {where}")


def _print_preview(console: "Console", summary: "Summary", preview: "Preview") -> None:
    """Who would disappear and what would be lost, without any value of a contact."""
    redirects = summary.files["merged/contact_redirects.parquet"]
    _print_first(
        console,
        "Contacts that requests would retire",
        ("contact", "becomes", "request"),
        [(r.contact_id, short_id(r.survivor_id), r.request_id) for r in preview.retired_first],
        summary.contacts_retired,
        redirects,
    )
    _print_first(
        console,
        "Contacts that imported pointers would retire",
        ("contact", "becomes"),
        [(r.contact_id, short_id(r.survivor_id)) for r in preview.retired_by_pointers_first],
        summary.contacts_retired_by_pointers,
        redirects,
    )
    _print_first(
        console,
        "Contacts that the export would delete",
        ("contact",),
        [(contact,) for contact in preview.deleted_first],
        summary.contacts_deleted,
        f"those missing in {summary.files['merged/identity_map.parquet']}",
    )
    if not (summary.contacts_retired or summary.contacts_retired_by_pointers or summary.contacts_deleted):
        print_heading(console, "No contact would disappear")
    if preview.values_not_kept:
        print_table(
            console,
            f"Values that would not be kept: {preview.values_not_kept:,}",
            ("field", "kept", "not kept"),
            [(field.field, field.kept, field.not_kept) for field in preview.fields_first],
        )
        more = preview.fields - len(preview.fields_first)
        fields = f"and {more:,} more fields: " if more else "All of them: "
        print_paragraph(console, fields + summary.files["merged/field_conflicts.parquet"])
    lost = [
        ("rows that do not move, for the survivor has one like them", preview.memberships_dropped),
        *((f"{kind} of deleted contacts", rows) for kind, rows in preview.rows_of_deleted.items()),
        *(
            (f"values of {gone.table}.{gone.column}, a column gone", gone.values)
            for gone in summary.columns_gone
        ),
    ]
    if any(count for _, count in lost):
        print_table(console, "What else would be lost", ("what", "count"), [row for row in lost if row[1]])
    elif not preview.values_not_kept:
        print_heading(console, "Nothing else would be lost")


def _print_losses(console: "Console", summary: "Summary") -> None:
    """What is lost, or might be missed: contacts that lead to nobody, idle pointers, rows kept, columns gone, guards."""
    _print_first(
        console,
        "Retired contacts whose redirects lead to nobody",
        ("retired contact",),
        [(contact,) for contact in summary.leading_to_nobody_first],
        summary.leading_to_nobody,
        "merged.contact_redirects has them",
    )
    _print_first(
        console,
        "Imported pointers without effect, for they would close a circle with a merge",
        ("contact", "points to", "merged by"),
        [
            (idle.contact_id, short_id(idle.target_id), idle.request_id)
            for idle in summary.pointers_without_effect_first
        ],
        summary.pointers_without_effect,
        "merged.idle_pointers has them",
    )
    lists, first = summary.lists_outranked, summary.lists_outranked_first
    if not isinstance(lists, msgspec.UnsetType) and not isinstance(first, msgspec.UnsetType):
        _print_first(
            console,
            "Lists of merged ids without effect on a contact, for the list of a lower id names it, too",
            ("contact", "merged into", "listed by, too"),
            [(listed.contact_id, short_id(listed.target_id), short_id(listed.other_id)) for listed in first],
            lists,
            "the lists in raw.contacts have them",
        )
    kept = [(table, counts.rows_kept) for table, counts in summary.loaded.items() if counts.rows_kept]
    if kept:
        print_table(console, "Earlier rows that stay, for the new ones are rejected", ("table", "rows"), kept)
    passed_over = [
        (table, counts.rows_passed_over)
        for table, counts in summary.loaded.items()
        if counts.rows_passed_over
    ]
    if passed_over:
        print_table(
            console, "Rows passed over, for one with their key is newer", ("table", "rows"), passed_over
        )
    if summary.columns_gone:
        print_table(
            console,
            "Columns that are gone, from all files or from some",
            ("table", "column", "values it showed", "of them by merges alone"),
            [(gone.table, gone.column, gone.values, gone.merged_values) for gone in summary.columns_gone],
        )
    if summary.parts_that_stay:
        print_table(
            console,
            "Parts of cells that stay as they are",
            ("table", "column", "no ids", "ids of no contact"),
            [(part.table, part.column, part.no_ids, part.unknown_ids) for part in summary.parts_that_stay],
        )
    if summary.settings_changed:
        console.print()
        changes = printable(", ".join(summary.settings_changed))
        print_paragraph(
            console, f"Settings changed since the last batch: {changes}: all contacts were folded again"
        )
    if summary.guards_passed:
        console.print()
        print_paragraph(console, f"Guards that were allowed to pass: {', '.join(summary.guards_passed)}")


def print_rejects(console: "Console", summary: "Summary") -> None:
    """The input that could not be used: rows by table and reason, and files that were not read."""
    if summary.rejected:
        tables = ", ".join(f"{table} {rows:,}" for table, rows in summary.rejects.items() if rows)
        print_table(
            console,
            f"Input rows that could not be used, or not in full: {summary.rejected:,} ({tables})",
            ("table", "reason", "rows"),
            summary.rejected_reasons,
        )
        for table, reason, _ in summary.rejected_reasons:
            counts = summary.loaded.get(table)
            if counts and not counts.rows and reason.endswith(" is no UUID"):
                advice = f"{table}: if its keys are no UUIDs, name them in the settings: key = [...] under [children.{table}]."
                print_paragraph(console, advice)
    if summary.unknown_files:
        print_table(
            console,
            "Not read: files that name no table, folders without a file",
            ("file", "did you mean"),
            [(file, advice) for file, _, advice in summary.unknown_files],
        )
    if summary.misspelt_columns:
        print_table(
            console,
            "Unknown columns of merge_requests, only kept, that look like a missing one",
            ("column", "did you mean"),
            summary.misspelt_columns,
        )


def print_undone(undone: "Undone") -> None:
    """The end of an undo: what came back, and where the files are."""
    console = open_console()
    kind = "Dry run of an undo (nothing but the preview was written)" if undone.dry_run else "Undo"
    title = f"{kind} as of {iso_text(undone.as_of)}, batch {undone.batch_id}, {undone.seconds:.1f} s"
    print_paragraph(console, title, style="bold")
    if undone.preview is None:
        shown = undone.restored[:_LISTED]
        first = (
            f" (the first {_LISTED:,} of {len(undone.restored):,})"
            if len(shown) < len(undone.restored)
            else ""
        )
        print_table(
            console, f"Contacts that came back{first}", ("contact",), [(contact,) for contact in shown]
        )
    counts = [
        ("requests undone", len(undone.requests)),
        ("contacts back again", len(undone.restored)),
        ("contacts before", undone.contacts_before),
        ("contacts after", undone.contacts_after),
        ("events written", undone.events),
    ]
    print_table(console, _changes_title(dry_run=undone.dry_run), ("what", "count"), counts)
    _print_files(console, undone.files)
    if undone.preview is not None:
        _print_undo_preview(console, undone, undone.preview)


def _print_undo_preview(console: "Console", undone: "Undone", preview: "UndoPreview") -> None:
    """Who would come back, and what the contacts that they leave would lose."""
    _print_first(
        console,
        "Contacts that would come back",
        ("contact", "leaves", "request"),
        [(r.contact_id, short_id(r.primary_id), r.request_id) for r in preview.restored_first],
        len(undone.restored),
        next((path for name, path in undone.files.items() if name.startswith("events/")), ""),
    )
    print_heading(console, "No contact would disappear")
    lost = [
        *((f"values of {field.field}", field.values) for field in preview.fields_first),
        *((kind, rows) for kind, rows in preview.moved.items() if rows),
    ]
    if lost:
        print_table(console, "What the contacts that they leave would lose", ("what", "count"), lost)
    more = preview.fields - len(preview.fields_first)
    if more:
        print_paragraph(console, f"and {more:,} more fields: {undone.files['changes.parquet']}")
