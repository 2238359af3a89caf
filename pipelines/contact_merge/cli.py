"""What a person types: each command reads its options, makes one call, prints what came back (INTERFACE.md).

Exit codes: 0 done; 1 finished, but some input was unusable or a check failed; 2 wrong usage or refused, one
line on stderr; 3 a defect of this program, with its traceback.
"""
# ruff: noqa: PLC0415  everything heavy is imported inside the commands, so that `--help` answers at once

import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contact_merge.errors import ContactMergeError, describe_defect
from contact_merge.places import default_warehouse, local_path
from contact_merge.streams import StdoutError, leave_stdout, noting_ctrl_c, prepare_streams
from contact_merge.tables import Guard
from contact_merge.times import utc_time

if TYPE_CHECKING:
    from contact_merge.summary import Summary

DONE, UNUSABLE_INPUT, REFUSED, DEFECT = 0, 1, 2, 3
CHECK_FAILED = NOT_REPORTED = 1
INTERRUPTED, READER_GONE = 130, 141  # what a shell gives for a process that SIGINT or SIGPIPE ended

app = typer.Typer(
    name="contact-merge",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _path(text: str | Path) -> Path:  # a default is a path already
    if not text:
        raise typer.BadParameter("there is no path; a variable may be unset")
    return local_path(str(text))


WarehouseOption = Annotated[
    Path | None,
    typer.Option(
        parser=_path, metavar="FILE", help="The warehouse, a DuckDB file.  [default: OUTPUT/warehouse.duckdb]"
    ),
]
OutputOption = Annotated[
    Path, typer.Option(parser=_path, metavar="DIR", help="Folder to write the outputs to.")
]
ReadOption = Annotated[
    Path | None, typer.Option(parser=_path, metavar="DIR", help="Folder that a run wrote its outputs to.")
]
WrittenOption = Annotated[
    Path | None,
    typer.Option(
        parser=_path, metavar="DIR", help="Folder of the outputs.  [default: that of the --warehouse]"
    ),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Write all outputs under OUTPUT/preview/ and change nothing else.")
]
ConfigOption = Annotated[
    Path | None, typer.Option(parser=_path, metavar="FILE", help="Settings, a TOML file.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, for machines.")]
QuietOption = Annotated[
    bool, typer.Option("--quiet", help="No progress bar and no summary; warnings and errors only.")
]


def _warehouse_of(warehouse: Path | None, output: Path | None) -> Path:
    """The warehouse that a command reads: as named, or by default under the output (INTERFACE.md, 'Command line').

    Raises:
        UsageError: neither is named.
    """
    if warehouse is not None:
        return warehouse
    if output is None:
        raise typer.BadParameter("name the folder that `contact-merge run` wrote to", param_hint="--output")
    return default_warehouse(output)


def _paths_of(warehouse: Path | None, output: Path | None) -> tuple[Path, Path]:
    """Warehouse and output of a command that writes. Of a default warehouse the output is its folder, if files are there.

    Raises:
        UsageError: the output is not named and not known.
    """
    named = _warehouse_of(warehouse, output)
    if output is not None:
        return named, output
    folder = named.parent
    if named != default_warehouse(folder) or not any(
        (folder / name).exists() for name in ("manifest.json", "merged")
    ):
        raise typer.BadParameter(
            f"there are no outputs beside {named}; name the folder that they are written to",
            param_hint="--output",
        )
    return named, folder


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"contact-merge {version('contact-merge')}")
        raise typer.Exit


@app.callback()
def contact_merge(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Merge duplicate CRM contacts in the warehouse, exactly as the CRM's own endpoint would.

    Exit codes: 0 done; 1 finished, but some input could not be used, or a check failed; 2 wrong usage, or
    refused.
    """
    from contact_merge.limits import check_limits

    check_limits()


def parse_time(text: str) -> datetime:
    """An ISO 8601 time as UTC; a time without zone is UTC. Raises BadParameter with one sentence."""
    try:
        return utc_time(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no ISO 8601 time; write it like 2026-01-31T12:00:00Z.", param_hint="--as-of"
        ) from None


@app.command()
def run(
    *,
    input: Annotated[
        Path,
        typer.Option(parser=_path, metavar="DIR", help="Folder with the tables: Parquet, CSV or JSON."),
    ],
    output: OutputOption,
    warehouse: Annotated[
        Path | None,
        typer.Option(
            parser=_path, metavar="FILE", help="The DuckDB file.  [default: OUTPUT/warehouse.duckdb]"
        ),
    ] = None,
    dry_run: DryRunOption = False,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="TIMESTAMP", help="The time of the run, ISO 8601; UTC if no zone.  [default: now]"
        ),
    ] = None,
    allow: Annotated[
        list[Guard] | None,
        typer.Option(help="Let a run pass that this guard would stop; may be given more than once."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Merge contacts: load tables, process new requests, write outputs.

    Reads the tables found in the input folder, processes the merge requests that are not yet in the ledger,
    and writes merged tables, responses, events and rejects.
    """
    time = None if as_of is None else parse_time(as_of)
    from contact_merge.console import Progress
    from contact_merge.pipeline import run as run_pipeline
    from contact_merge.settings import read_settings

    settings = read_settings(config)
    with Progress(quiet=quiet) as progress:
        summary = run_pipeline(
            input,
            output,
            warehouse=warehouse,
            dry_run=dry_run,
            as_of=time,
            settings=settings,
            progress=progress,
            allow=frozenset(allow or ()),
        )
    return _report(summary, as_json=as_json, quiet=quiet)


@app.command()
def demo(
    *,
    output: OutputOption = Path("out/demo"),
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Run on sample tables and show what happened.

    Makes the sample tables in data_samples/ of the current folder if that is not there. Ends with 0 in spite
    of the rejects that the samples hold on purpose.
    """
    from contact_merge.console import Progress
    from contact_merge.demo import print_demo, run_demo

    with Progress(quiet=quiet) as progress:
        summary = run_demo(output, progress)
    if as_json:
        _report(summary, as_json=True, quiet=quiet)
    elif not quiet:
        print_demo(output, summary)
    return DONE  # its rejects are there on purpose


@app.command()
def undo(
    request_ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="REQUEST_ID...", help="Requests to undo; - reads them from stdin, one a line."
        ),
    ] = None,
    *,
    warehouse: WarehouseOption = None,
    output: WrittenOption = None,
    contact: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CONTACT_ID",
            help="Undo only this retired contact, in any spelling; of any request if none is named.",
        ),
    ] = None,
    batch: Annotated[
        str | None, typer.Option(metavar="BATCH_ID", help="Undo all that this batch merged.")
    ] = None,
    dry_run: DryRunOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Undo merges, as if they had never been.

    Any request, at any time, in any order. An id that cannot be undone is named, and then nothing is undone.
    """
    from contact_merge.console import Progress, print_json
    from contact_merge.pipeline import undo as undo_merges
    from contact_merge.settings import read_settings

    path, written = _paths_of(warehouse, output)
    ids = list(_with_stdin(request_ids or []))
    settings = read_settings(config)
    with Progress(quiet=quiet) as progress:
        undone = undo_merges(
            path,
            written,
            ids,
            contacts=contact or [],
            batch=batch,
            dry_run=dry_run,
            as_of=None,
            settings=settings,
            progress=progress,
        )
    if as_json:
        print_json(undone)
    elif not quiet:
        from contact_merge.summary_text import print_undone

        print_undone(undone)
    return DONE


def _with_stdin(ids: list[str]) -> Iterator[str]:
    """The ids; `-` stands for those on standard input: one a line, blank lines left out."""
    for given in ids:
        if given != "-":
            yield given
            continue
        try:
            lines = sys.stdin.buffer.read().decode("utf-8-sig").split("\n")
        except UnicodeDecodeError:
            raise typer.BadParameter("standard input is no UTF-8", param_hint="-") from None
        yield from (line.removesuffix("\r") for line in lines if line.strip())


@app.command()
def rebuild(
    *,
    warehouse: WarehouseOption = None,
    output: WrittenOption = None,
    events: Annotated[bool, typer.Option("--events", help="Write the event files again too.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Make merged tables and files again from the ledger."""
    from contact_merge.console import Progress, print_json
    from contact_merge.pipeline import rebuild as rebuild_warehouse
    from contact_merge.settings import read_settings

    path, written = _paths_of(warehouse, output)
    settings = read_settings(config)
    with Progress(quiet=quiet) as progress:
        rows = rebuild_warehouse(path, written, events=events, settings=settings, progress=progress)
    if as_json:
        print_json(
            {"files": {name: {"path": str(written / name), "rows": count} for name, count in rows.items()}}
        )
    elif not quiet:
        for name, count in rows.items():
            print(f"{written / name}: {count:,} row{'' if count == 1 else 's'}")
        if not rows:
            print(f"{path}: the merged tables were made again; no files, for export is none.")
    return DONE


@app.command()
def explain(
    contact_id: Annotated[
        str,
        typer.Argument(
            metavar="CONTACT_ID",
            help="A contact, live or retired: its id in any spelling, or a beginning of it of 6 digits or more.",
        ),
    ],
    *,
    warehouse: WarehouseOption = None,
    output: ReadOption = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="Look for the contact that has CONTACT_ID in this column instead."
        ),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Show a contact's story: what it is now, and how it came to be so.

    Which requests made it so, who asked and why, where each value came from and what was not taken, whose
    child rows it has; of a retired contact, who it became. The warehouse is only read.
    """
    from contact_merge.explain import explain as explain_contact
    from contact_merge.settings import read_settings

    settings = read_settings(config)
    explanation = explain_contact(_warehouse_of(warehouse, output), contact_id, settings, by=by)
    if as_json:
        from contact_merge.console import print_json

        print_json(explanation)
    elif not quiet:
        from contact_merge.explain.text import print_explanation

        print_explanation(explanation, settings.preset.entity.merged_into)
    return DONE


@app.command()
def verify(
    *,
    warehouse: WarehouseOption = None,
    output: ReadOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Check every invariant, with its figures.

    The warehouse and, with --output, its files. They are only read. Ends with 1 where a check fails, naming the violations.
    """
    from contact_merge.console import Progress, checks_json, print_checks, print_json
    from contact_merge.settings import read_settings
    from contact_merge.verify import verify as check

    settings = read_settings(config)
    with Progress(quiet=quiet) as progress:
        results = check(_warehouse_of(warehouse, output), output, settings, progress)
    if as_json:
        print_json(checks_json(results))
    elif not quiet:
        print_checks(results)
    failed = [result.name for result in results if not result.passed]
    if failed and quiet and not as_json:
        print(
            f"contact-merge: failed: {', '.join(failed)}; without --quiet the rows are named.",
            file=sys.stderr,
        )
    return CHECK_FAILED if failed else DONE


@app.command()
def pack(
    file: Annotated[
        Path,
        typer.Argument(
            parser=_path, metavar="FILE", help="The DuckDB file to write; it may not be there yet."
        ),
    ],
    *,
    warehouse: WarehouseOption = None,
    output: ReadOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Write the whole warehouse as one DuckDB file, to hand it to somebody.

    It needs no folder beside it: all tables stand in the file itself. The warehouse is only read.
    """
    from contact_merge.console import Progress, print_json
    from contact_merge.pack import pack as pack_warehouse
    from contact_merge.settings import read_settings

    settings = read_settings(config)
    with Progress(quiet=quiet) as progress:
        packed = pack_warehouse(_warehouse_of(warehouse, output), file, settings, progress, output=output)
    if as_json:
        print_json(packed)
    elif not quiet:
        print(f"{packed.path}: the whole warehouse in one file, {packed.bytes:,} bytes.")
    return DONE


@app.command()
def history(
    *,
    warehouse: WarehouseOption = None,
    output: ReadOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """List the batches: when, what kind, requests by outcome, merges, and what was undone since.

    Also the contacts that each export deleted, and the guards that were allowed to pass. The warehouse is only read.
    """
    from contact_merge.console import print_history, print_json
    from contact_merge.history import read_history
    from contact_merge.settings import read_settings

    batches = read_history(_warehouse_of(warehouse, output), read_settings(config))
    if as_json:
        print_json({"batches": batches})
    elif not quiet:
        print_history(batches)
    return DONE


def _report(summary: "Summary", *, as_json: bool, quiet: bool) -> int:
    """Print the figures of a run; returns its exit code."""
    from contact_merge.console import print_json
    from contact_merge.summary_text import print_summary, summary_json, warnings

    if as_json:
        print_json(summary_json(summary))
    elif not quiet:
        print_summary(summary)
    else:
        for message in warnings(summary):
            print(f"contact-merge: {message}", file=sys.stderr)
    return UNUSABLE_INPUT if summary.rejected else DONE


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, return its exit code; expected errors become one line, not a traceback."""
    arguments = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in arguments  # read by hand: wrong usage is reported in JSON too
    prepare_streams()
    for argument in arguments:
        if not _is_text(argument):
            return _refuse("usage_error", f"The argument {argument!r} is no UTF-8.", as_json=as_json)
    with noting_ctrl_c() as pressed:
        try:
            code = app(arguments, prog_name="contact-merge", standalone_mode=False) or DONE
            sys.stdout.flush()
        except KeyboardInterrupt:
            code = INTERRUPTED
        except (Exception, SystemExit) as error:
            code = INTERRUPTED if pressed.is_set() else _report_error(error, as_json=as_json)
    if code == INTERRUPTED:
        print("contact-merge: interrupted.", file=sys.stderr)
    return code


def _report_error(error: BaseException, *, as_json: bool) -> int:
    """Print what went wrong; returns the exit code."""
    match error:
        case ContactMergeError():
            return _refuse(_error_code(error), str(error), as_json=as_json)
        case typer.TyperException():
            return _refuse("usage_error", _usage(error), as_json=as_json)
        case BrokenPipeError() | SystemExit():  # typer exits where the reader of stdout went away
            leave_stdout()
            return READER_GONE
        case StdoutError():
            leave_stdout()
            _refuse(
                "os_error",
                f"standard output: {error.strerror}; the work is done, but not reported.",
                as_json=as_json,
            )
            return NOT_REPORTED
        case OSError():
            message = f"{error.filename}: {error.strerror}." if error.filename else f"{error}."
            return _refuse("os_error", message, as_json=as_json)
        case _:
            print(describe_defect(error), file=sys.stderr)
            message = (
                f"{type(error).__name__}: a defect of contact-merge; please report it with the lines above."
            )
            _refuse("defect", message, as_json=as_json)
            return DEFECT


def _is_text(argument: str) -> bool:
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse(code: str, message: str, *, as_json: bool) -> int:
    from contact_merge.console import print_error

    try:
        print_error(code, message, as_json=as_json)
    except StdoutError:  # the sentence stands on stderr
        leave_stdout()
    return REFUSED


def _usage(error: typer.TyperException) -> str:
    context: typer.Context | None = getattr(error, "ctx", None)
    command = "contact-merge" if context is None else context.command_path
    message = error.format_message().rstrip(".")
    return f"{message}{'' if message.endswith('?') else '.'} See {command} --help."


def _error_code(error: ContactMergeError) -> str:
    """The class name in small letters: InputError is `input_error`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()
