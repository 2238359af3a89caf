"""The demo: sample tables in, a run on them, and what happened, shown from the files that the run wrote.

Everything shown here is read from the output Parquet, as any user could; a second demo on the same outputs
answers nothing new and so shows the same.
"""

import json
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow.parquet as pq

from contact_merge.console import (
    Progress,
    open_console,
    outcome_rows,
    print_heading,
    print_paragraph,
    print_table,
    printable,
    short_id,
)
from contact_merge.errors import OutputError
from contact_merge.pipeline import run
from contact_merge.samples import AS_OF, make_samples
from contact_merge.settings import Settings
from contact_merge.summary_text import print_rejects, print_summary

if TYPE_CHECKING:
    from rich.console import Console

    from contact_merge.summary import Summary

SAMPLES = Path("data_samples")
_SYSTEM_COLUMNS = Settings().preset.entity.system_columns
CONTACTS, REQUESTS = "contacts.parquet", "merge_requests.jsonl"
Row = dict[str, Any]


def run_demo(output: Path, progress: Progress) -> "Summary":
    """Make the samples if they are not there, and run on them as of a fixed time.

    Raises:
        ContactMergeError: they cannot be made, or the run cannot be done.
    """
    if not SAMPLES.exists():
        try:
            with tempfile.TemporaryDirectory(prefix=".data_samples-", dir=Path.cwd()) as made:
                make_samples(Path(made, "tables"))
                Path(made, "tables").rename(SAMPLES)  # whole or not at all
        except OSError as error:
            raise OutputError(
                f"{Path.cwd() / SAMPLES}: the sample tables cannot be made: {error.strerror}; start the demo in a folder "
                "that can be written to."
            ) from error
    return run(
        SAMPLES, output, warehouse=None, dry_run=False, as_of=AS_OF, settings=Settings(), progress=progress
    )


class Story(NamedTuple):
    """The tables that the story is made from, each as rows; requests by their id."""

    before: list[Row]
    after: list[Row]
    responses: list[Row]
    redirects: list[Row]
    provenance: list[Row]
    asked: dict[str, Row]


def print_demo(output: Path, summary: "Summary") -> None:
    """Print requests by outcome, contacts before and after, one contact's story, and where the files are.

    Where data_samples/ holds other tables it prints only what any run prints.
    """
    story = _read_story(output) if _are_samples() else None
    if story is None:
        print_summary(summary)
        return
    console = open_console()
    again = "" if summary.requests_new else " (all answered by an earlier run: nothing is ever merged twice)"
    print_table(
        console,
        f"Requests by outcome{again}",
        ("outcome", "requests"),
        outcome_rows(Counter(map(_outcome, story.responses))),
    )
    imported = sum(row["request_id"] is None for row in story.redirects)
    print_table(
        console,
        "Contacts",
        ("", "contacts"),
        [
            ("rows in data_samples/", len(story.before)),
            ("of these rejected", len(story.before) - len(story.redirects) - len(story.after)),
            ("already retired when imported, by merged_into_id", imported),
            ("retired by requests", len(story.redirects) - imported),
            ("contacts after", len(story.after)),
        ],
    )
    print_rejects(console, summary)
    _print_story(console, story)
    console.print(f"\nAll outputs: {printable(str(output))}", style="bold", soft_wrap=True)


def _read_story(output: Path) -> Story | None:
    """What the story is made from; None where the warehouse has more requests than the samples."""
    names = ("contacts", "merge_responses", "contact_redirects", "field_provenance")
    paths = (SAMPLES / CONTACTS, *(output / f"merged/{name}.parquet" for name in names))
    asked: dict[str, Row] = {}
    for text in (SAMPLES / REQUESTS).read_text(encoding="utf-8").splitlines():
        with suppress(ValueError):  # the samples hold a broken line
            request = json.loads(text)
            asked.setdefault(request.get("request_id"), request)
    story = Story(*(pq.read_table(path).to_pylist() for path in paths), asked=asked)
    return story if all(row["request_id"] in asked for row in story.responses) else None


def _are_samples() -> bool:
    """Whether contacts and requests in data_samples/ are those of the samples."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "tables")
        make_samples(made)
        return all(
            (SAMPLES / name).is_file() and (SAMPLES / name).read_bytes() == (made / name).read_bytes()
            for name in (CONTACTS, REQUESTS)
        )


def _outcome(response: Row) -> str:
    if response["replayed"]:
        return "replayed"
    if response["code"]:
        return response["code"]
    if response["dry_run"]:
        return "dry_run"
    return "merged" if response["merged_ids"] else "nothing_merged"


def _print_story(console: "Console", story: Story) -> None:
    """The contact that most requests made: its rows before, its requests in order, and what it is now."""
    merges = {(row["survivor_id"], row["request_id"]) for row in story.redirects if row["request_id"]}
    if not merges:
        return
    counted = Counter(survivor for survivor, _ in merges)
    hero = min(counted, key=lambda contact: (-counted[contact], contact))
    line = [hero, *(row["retired_id"] for row in story.redirects if row["survivor_id"] == hero)]
    labels = {contact: short_id(contact) for contact in line}
    rows = {row["id"]: row for row in story.before}
    now = _fields(next(row for row in story.after if row["id"] == hero))

    print_heading(console, f"One contact's story: {now.get('full_name')}")
    print_paragraph(console, "Before")
    for contact in line:
        values = "; ".join(f"{field} {value}" for field, value in _fields(rows[contact]).items())
        print_paragraph(console, f"{labels[contact]}: {values}", indent=2)
    print_paragraph(console, "Then")
    about = [row for row in story.responses if story.asked[row["request_id"]]["primary_id"] in line]
    for response in sorted(
        about, key=lambda row: (story.asked[row["request_id"]]["requested_at"], row["request_id"])
    ):
        print_paragraph(console, f"{response['request_id']} {response['reason']}", indent=2)
        for text in _effects(response):
            print_paragraph(console, text, indent=4)
    origin = {row["field"]: row for row in story.provenance if row["contact_id"] == hero}
    print_table(
        console,
        "Now",
        ("field", "value", "came from", "by request"),
        [
            (field, value, labels[origin[field]["source_contact_id"]], origin[field]["request_id"])
            if field in origin
            else (field, value, labels[hero], "")
            for field, value in now.items()
        ],
    )


def _effects(response: Row) -> list[str]:
    """What a request did, or why it was refused."""
    if response["code"]:
        return [response["message"]]
    if response["replayed"]:
        return ["the first answer came again; nothing changed"]
    would = "would have " if response["dry_run"] else ""
    moved = [f"{kind} {rows}" for kind, rows in (response["counts"] or {}).items() if rows]
    effects = [("populated", response["fields_populated"]), ("moved", moved)]
    return [f"{would}{name}: {', '.join(done)}" for name, done in effects if done]


def _fields(row: Row) -> dict[str, str]:
    """The fields of a contact that hold something, as text; keys of custom_fields one by one."""
    shown: dict[str, str] = {}
    for name, value in row.items():
        if name in _SYSTEM_COLUMNS or value is None or value == [] or str(value).isspace():
            continue
        if name == "custom_fields" and value.startswith("{"):
            parsed = json.loads(value, parse_float=str, parse_int=str)
            shown |= {f"{name}.{key}": str(inner) for key, inner in parsed.items()}
        else:
            shown[name] = str(value)
    return shown
