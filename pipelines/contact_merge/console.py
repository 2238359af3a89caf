"""What a person or a machine reads of a run: tables or one JSON object on stdout, progress on stderr.

A run's Summary or an expected error comes in, text goes out. Nothing here decides anything.
"""

# ruff: noqa: PLC0415  rich is imported only where something is drawn: `--help` and `--json` never pay for it
import json
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from contact_merge.times import iso_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from contact_merge.history import PastBatch
    from contact_merge.summary import Summary
    from contact_merge.undo import Undone
    from contact_merge.verify import CheckResult

STATUS = {
    "validation_error": 400,
    "invalid_key": 401,
    "insufficient_permissions": 403,
    "not_found": 404,
    "merge_conflict": 409,
    "rate_limited": 429,
}
_CONTACTS = {
    "contacts_before": "contacts before",
    "contacts_deleted": "contacts deleted by the export",
    "contacts_retired_by_pointers": "contacts retired by imported pointers",
    "contacts_retired": "contacts retired by requests",
    "contacts_new": "contacts new",
    "contacts_back_again": "contacts back again",
    "contacts_after": "contacts after",
}
_LONGEST = 2000  # characters of an error; names and ids of any length may be in it
_LISTED = 50  # rows of a list of contacts; `--json` has all
OUTCOMES = ("merged", "nothing_merged", "dry_run", "replayed", *STATUS)


def printable(text: str) -> str:
    """The text on one line; what a terminal would act on (escapes, bidi marks, line ends) is spelled out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def print_json(value: Any) -> None:
    """One JSON object on stdout, in ASCII so that any encoding of stdout and any file name can be written."""
    import msgspec

    print(json.dumps(msgspec.to_builtins(value)), flush=True)


def print_error(code: str, message: str, *, as_json: bool) -> None:
    """An expected error: one line on stderr and, for machines, `{"error": {"code", "message"}}` on stdout."""
    for line in message.splitlines() if code == "undo_error" else [message]:  # an undo lists each bad id
        shown = printable(line)
        if len(shown) > _LONGEST:
            shown = f"{shown[: _LONGEST // 2]} … {shown[-_LONGEST // 2 :]}"
        print(f"contact-merge: {shown}", file=sys.stderr)
    if as_json:
        print_json({"error": {"code": code, "message": message}})


def open_console() -> "Console":
    """A console on stdout that takes text as it is: no markup, no emoji; NO_COLOR is honoured by rich."""
    from rich.console import Console

    return Console(markup=False, emoji=False, highlight=False)


def print_table(
    console: "Console", title: str, columns: Sequence[str], rows: Iterable[Sequence[str | int | None]]
) -> None:
    """A titled table; numbers are aligned right, long text is folded, nothing is cut off."""
    from rich import box
    from rich.table import Table

    body = [list(row) for row in rows]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for position, name in enumerate(columns):
        numeric = bool(body) and all(isinstance(row[position], int) for row in body)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in body:
        table.add_row(*(_cell(value) for value in row))
    console.print()
    console.print(title, style="bold", soft_wrap=True)
    if body:
        console.print(table)


def _cell(value: str | int | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else printable(value)


def print_paragraph(console: "Console", text: str, indent: int = 0) -> None:
    """Text of any length, broken into lines that all stand under its first one."""
    margin = " " * indent
    lines = textwrap.wrap(printable(text), console.width, initial_indent=margin, subsequent_indent=margin)
    console.print("\n".join(lines), soft_wrap=True)


def outcome_rows(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Requests by outcome in reading order: what was done first, then the refusals with their status."""
    known = [outcome for outcome in OUTCOMES if counts.get(outcome)]
    others = sorted(set(counts) - set(OUTCOMES))
    return [(_outcome_name(outcome), counts[outcome]) for outcome in (*known, *others)]


def _outcome_name(outcome: str) -> str:
    if outcome in STATUS:
        return f"refused: {STATUS[outcome]} {outcome}"
    return outcome.replace("_", " ")


def summary_json(summary: "Summary") -> dict[str, Any]:
    """The same figures as print_summary, for `--json`: the summary's own names, times as ISO 8601."""
    import msgspec

    figures = msgspec.to_builtins(summary)
    figures["rejected_reasons"] = [
        {"table": table, "reason": reason, "rows": rows} for table, reason, rows in summary.rejected_reasons
    ]
    figures["unknown_files"] = [
        {"file": file, "nearest_table": nearest} for file, nearest in summary.unknown_files
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
    console.print(
        f"{kind} as of {iso_text(summary.as_of)}{batch}, {summary.seconds:.1f} s",
        style="bold",
        soft_wrap=True,
    )
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
    changes = [
        *((_CONTACTS[name], count) for name, count in summary.contacts.items()),
        ("fields populated", summary.fields_populated),
        *((f"{kind} re-homed", rows) for kind, rows in summary.rehomed.items()),
        ("events written", summary.events),
    ]
    print_table(console, "What changed", ("", "count"), changes)
    print_losses(console, summary)
    if summary.first_changes:
        print_table(
            console,
            "First changes (all of them in preview/changes.parquet)",
            ("contact", "field", "before", "after"),
            [change[:4] for change in summary.first_changes],
        )
    print_rejects(console, summary)
    if summary.files:
        console.print("\nFiles", style="bold")
        for path in summary.files.values():
            console.print(printable(path), soft_wrap=True)


def print_losses(console: "Console", summary: "Summary") -> None:
    """What is lost, or might be missed: contacts that lead to nobody, idle pointers, rows kept, columns gone, guards."""
    if summary.leading_to_nobody:
        print_table(
            console,
            f"Retired contacts whose redirects lead to nobody: {summary.leading_to_nobody:,}",
            (
                "retired contact"
                if summary.leading_to_nobody == len(summary.leading_to_nobody_first)
                else "the first of them",
            ),
            [(contact,) for contact in summary.leading_to_nobody_first],
        )
    if summary.pointers_without_effect:
        print_table(
            console,
            f"Imported pointers without effect, for they would close a circle with a merge: {summary.pointers_without_effect:,}",
            ("contact", "points to", "merged by"),
            [
                (idle.contact_id, idle.target_id, idle.request_id)
                for idle in summary.pointers_without_effect_first
            ],
        )
    kept = [(table, counts.rows_kept) for table, counts in summary.loaded.items() if counts.rows_kept]
    if kept:
        print_table(console, "Earlier rows that stay, for the new ones are rejected", ("table", "rows"), kept)
    if summary.columns_gone:
        print_table(
            console,
            "Columns that are gone, from all files or from some",
            ("table", "column", "values it showed", "of them by merges alone"),
            [(gone.table, gone.column, gone.values, gone.merged_values) for gone in summary.columns_gone],
        )
    if summary.guards_passed:
        console.print(
            f"\nGuards that were allowed to pass: {', '.join(summary.guards_passed)}", soft_wrap=True
        )


def print_undone(undone: "Undone") -> None:
    """The end of an undo: what came back, and where the files are."""
    console = open_console()
    kind = "Dry run of an undo (nothing but the preview was written)" if undone.dry_run else "Undo"
    title = f"{kind} as of {iso_text(undone.as_of)}, batch {undone.batch_id}"
    console.print(f"{title}, {undone.seconds:.1f} s", style="bold", soft_wrap=True)
    shown = undone.restored[:_LISTED]
    first = (
        f" (the first {_LISTED:,} of {len(undone.restored):,})" if len(shown) < len(undone.restored) else ""
    )
    print_table(console, f"Contacts that came back{first}", ("contact",), [(contact,) for contact in shown])
    counts = [
        ("requests undone", len(undone.requests)),
        ("contacts that came back", len(undone.restored)),
        ("contacts before", undone.contacts_before),
        ("contacts after", undone.contacts_after),
        ("events written", undone.events),
    ]
    print_table(console, "What changed", ("", "count"), counts)
    if undone.files:
        console.print("\nFiles", style="bold")
        for path in undone.files.values():
            console.print(printable(path), soft_wrap=True)


def print_history(batches: "Sequence[PastBatch]") -> None:
    """The batches of a warehouse, newest last."""
    rows = [
        (
            batch.batch_id,
            iso_text(batch.as_of.replace(microsecond=0)),
            batch.kind,
            batch.merges,
            batch.undone_since,
            "; ".join(_doings(batch)),
        )
        for batch in batches
    ]
    print_table(
        open_console(),
        f"{len(rows):,} batch{'' if len(rows) == 1 else 'es'}",
        ("batch", "when", "kind", "merges", "undone\nsince", "what it did"),
        rows,
    )


def _doings(batch: "PastBatch") -> Iterator[str]:
    """What a batch did, beside its merges."""
    yield from (f"{count:,} {outcome}" for outcome, count in outcome_rows(batch.requests))
    if batch.merges_undone:
        yield f"merges undone: {batch.merges_undone:,}"
    if batch.pointers_changed:
        yield f"imported pointers changed: {batch.pointers_changed:,}"
    if batch.contacts_deleted:
        yield f"contacts deleted: {batch.contacts_deleted:,}"
    if batch.guards_passed:
        yield f"guards passed: {', '.join(batch.guards_passed)}"


def checks_json(results: "Sequence[CheckResult]") -> dict[str, Any]:
    """The results of all checks, for `--json`: whether all passed, and each with its figures and samples."""
    import msgspec

    return {
        "passed": all(result.passed for result in results),
        "checks": [{**msgspec.to_builtins(result), "passed": result.passed} for result in results],
    }


def print_checks(results: "Sequence[CheckResult]") -> None:
    """Each check with its figures; of those that failed, what should hold and the first violations."""
    console = open_console()
    failed = [result for result in results if not result.passed]
    print_table(
        console,
        f"{len(results)} checks, {len(failed)} failed" if failed else f"{len(results)} checks, all passed",
        ("check", "rows checked", "exempt", "violations"),
        [(result.name, result.rows_checked, result.exempt, result.violations) for result in results],
    )
    for result in results:
        if result.exempt_samples:
            console.print(f"\n{result.name}: exempt, the first of them", style="bold", soft_wrap=True)
        for sample in result.exempt_samples:
            print_paragraph(console, sample, indent=2)
    for result in failed:
        console.print(
            f"\n{result.name}: {result.violations:,} violation{'' if result.violations == 1 else 's'}",
            style="bold",
            soft_wrap=True,
        )
        print_paragraph(console, f"Should hold: {result.description}", indent=2)
        for sample in result.samples:
            print_paragraph(console, sample, indent=2)


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
    if summary.unknown_files:
        from contact_merge.load.inputs import advice

        print_table(
            console,
            "Not read: files that name no table, folders without a file",
            ("file", "did you mean"),
            [(file, advice(file, nearest)) for file, nearest in summary.unknown_files],
        )
    if summary.misspelt_columns:
        print_table(
            console,
            "Unknown columns of merge_requests, only kept, that look like a missing one",
            ("column", "did you mean"),
            summary.misspelt_columns,
        )


class Progress:
    """A progress bar on stderr, drawn only on a terminal and not when quiet; else every call does nothing."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._shown = not quiet and sys.stderr.isatty()
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._shown:
            from rich.console import Console
            from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                TaskProgressColumn(),
                TextColumn("remaining"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def step(self, name: str, total: int | None = None) -> None:
        """Begin the next step; without a total the bar pulses until the step after it."""
        if self._bar is not None:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(name, total=total)

    def doing(self, name: str) -> None:
        """Show what of the present step is being done."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=name)

    def advance(self, n: int) -> None:
        """Count n more units of the present step as done."""
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task, n)
