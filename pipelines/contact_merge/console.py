"""What a person or a machine reads of a command: tables or one JSON object on stdout, progress and errors on stderr.

Figures or an expected error come in, text goes out. Nothing here decides anything. summary_text.py has the end of a run.
"""

# ruff: noqa: PLC0415  rich is imported only where something is drawn: `--help` and `--json` never pay for it
import json
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from contact_merge.times import iso_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from contact_merge.history import PastBatch
    from contact_merge.verify import CheckResult

STATUS = {
    "validation_error": 400,
    "invalid_key": 401,
    "insufficient_permissions": 403,
    "not_found": 404,
    "merge_conflict": 409,
    "rate_limited": 429,
}
_GAP = "   "  # between the columns of a table
_SHORT_ID = (
    20  # characters of the longest id that is shown whole: those of whole numbers and of Salesforce are
)
_LONGEST = 2000  # characters of an error; names and ids of any length may be in it
OUTCOMES = ("merged", "nothing_merged", "dry_run", "replayed", *STATUS)


def printable(text: str) -> str:
    """The text on one line; what a terminal would act on (escapes, bidi marks, line ends) is spelled out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def print_json(value: Any, indent: int | None = None) -> None:
    """One JSON object on stdout, in ASCII so that any encoding of stdout and any file name can be written.

    On one line, unless an indent is given.
    """
    import msgspec

    print(json.dumps(msgspec.to_builtins(value), indent=indent), flush=True)


def print_error(code: str, message: str, *, as_json: bool) -> None:
    """An expected error: one line on stderr for each thing that is wrong.

    For machines `{"error": {"code", "message"}}` on stdout. On a terminal the line is broken between words.
    """
    several = code in ("undo_error", "settings_error")  # which list each bad id, or setting
    for line in message.splitlines() if several else [message]:
        shown = f"contact-merge: {_shorten(printable(line))}"
        if sys.stderr.isatty():
            width = open_console(stderr=True).width
            shown = textwrap.fill(
                shown, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
            )
        print(shown, file=sys.stderr)
    if as_json:
        print_json({"error": {"code": code, "message": message}})


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 2 :]}"


def short_id(contact_id: str | None) -> str:
    """The beginning of a long id that stands whole elsewhere; `explain` finds the contact by it. Others stay whole."""
    if contact_id is None or len(contact_id) <= _SHORT_ID:
        return contact_id or ""
    return f"{contact_id[:8]}…"


def open_console(*, stderr: bool = False) -> "Console":
    """A console on stdout that takes text as it is: no markup, no emoji; NO_COLOR is honoured by rich."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def print_table(
    console: "Console", title: str, columns: Sequence[str], rows: Iterable[Sequence[str | int | None]]
) -> None:
    """A titled table; numbers are aligned right, long text is wrapped, no word is broken and nothing is cut off.

    A table that needs more width than there is becomes a list: the first cell of a row, under it the others by name.
    """
    values = [list(row) for row in rows]
    body = [[_cell(value) for value in row] for row in values]
    print_heading(console, title)
    if not body:
        return
    header = [name[:1].upper() + name[1:] for name in columns]
    widths = _widths([header, *body], console.width)
    if widths is None:
        for first, *others in body:
            print_paragraph(console, first)
            for name, cell in zip(columns[1:], others, strict=True):
                if cell:
                    print_paragraph(console, f"{name}: {cell}", indent=2)
        return
    numeric = [all(isinstance(row[column], int) for row in values) for column in range(len(columns))]
    _print_row(console, header, widths, numeric)
    rule = "-" if console.options.ascii_only else "─"
    console.print(rule * (sum(widths) + len(_GAP) * (len(widths) - 1)), soft_wrap=True)
    for row in body:
        _print_row(console, row, widths, numeric)


def _cell(value: str | int | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else printable(value)


def _widths(rows: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """The width of each column, the widest ones made narrower until all fit; none where words would be broken."""
    from rich.cells import cell_len

    columns = list(zip(*rows, strict=True))
    least = [max(cell_len(word) for cell in column for word in (cell.split() or [""])) for column in columns]
    widths = [
        max(narrowest, min(room, max(map(cell_len, column))))
        for narrowest, column in zip(least, columns, strict=True)
    ]
    room -= len(_GAP) * (len(columns) - 1)
    while sum(widths) > room:
        wider = [i for i, width in enumerate(widths) if width > least[i]]
        if not wider:
            return None
        widths[max(wider, key=widths.__getitem__)] -= 1
    return widths


def _print_row(
    console: "Console", cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]
) -> None:
    from rich.cells import cell_len

    wrapped = [_wrap(console, cell, width) for cell, width in zip(cells, widths, strict=True)]
    for parts in zip_longest(*wrapped, fillvalue=""):
        blanks = [" " * (width - cell_len(part)) for part, width in zip(parts, widths, strict=True)]
        padded = [
            blank + part if right else part + blank
            for part, blank, right in zip(parts, blanks, numeric, strict=True)
        ]
        console.print(_GAP.join(padded).rstrip(), soft_wrap=True)


def _wrap(console: "Console", text: str, width: int) -> list[str]:
    """Lines of this width; only a word that is longer is broken."""
    from rich.text import Text

    return [line.plain.rstrip() for line in Text(text).wrap(console, width)]


def print_paragraph(console: "Console", text: str, indent: int = 0, style: str = "") -> None:
    """Text of any length, broken between words into lines that all stand under its first one."""
    for line in _wrap(console, printable(text), max(console.width - indent, 1)):
        console.print(" " * indent + line, style=style, soft_wrap=True)


def print_heading(console: "Console", text: str) -> None:
    """A heading with a blank line above it."""
    console.print()
    print_paragraph(console, text, style="bold")


def outcome_rows(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Requests by outcome in reading order: what was done first, then the refusals with their status."""
    known = [outcome for outcome in OUTCOMES if counts.get(outcome)]
    others = sorted(set(counts) - set(OUTCOMES))
    return [(_outcome_name(outcome), counts[outcome]) for outcome in (*known, *others)]


def _outcome_name(outcome: str) -> str:
    if outcome in STATUS:
        return f"refused: {STATUS[outcome]} {outcome}"
    return outcome.replace("_", " ")


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
        ("batch", "when", "kind", "merges", "undone since", "what it did"),
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
            print_heading(console, f"{result.name}: exempt, the first of them")
        for sample in result.exempt_samples:
            print_paragraph(console, sample, indent=2)
    for result in failed:
        print_heading(
            console, f"{result.name}: {result.violations:,} violation{'' if result.violations == 1 else 's'}"
        )
        print_paragraph(console, f"Should hold: {result.description}", indent=2)
        for sample in result.samples:
            print_paragraph(console, sample, indent=2)


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
