"""What a person types and reads back: help, exit codes, errors of one line, figures as tables or JSON."""

import json
import os
import subprocess
import sys
import types
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from contact_merge import cli, console
from contact_merge.errors import InputError
from contact_merge.summary import Summary

COMMAND = Path(sys.executable).with_name("contact-merge")
HEAVY = {"duckdb", "polars", "pyarrow", "dagster", "rich", "jinja2", "numpy"}

SUMMARY = Summary(
    batch_id="batch-1",
    as_of=datetime(2026, 3, 1, tzinfo=UTC),
    requests={"not_found": 3, "merged": 1200, "replayed": 2},
    requests_new=1205,
    requests_known=4,
    contacts_before=3000,
    contacts_after=1700,
    contacts_retired=1300,
    fields_populated=88,
    rehomed={"notes": 12, "list_memberships": 7},
    rejects={},
    rejected_reasons=[],
    unknown_files=[],
    events=1300,
    files={"merged/contacts.parquet": "/a/path/" + "long/" * 30 + "contacts.parquet"},
    dry_run=False,
    seconds=1.234,
)
WITH_REJECTS = msgspec.structs.replace(
    SUMMARY,
    rejects={"contacts": 2},
    rejected_reasons=[("contacts", "id '\x1b[31mred' is no UUID", 2)],
    unknown_files=[("taks.csv", "tasks", "tasks")],
    misspelt_columns=[("dryrun", "dry_run")],
)

Runs = Callable[[Summary | BaseException], list[dict[str, Any]]]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Replaces the pipeline's run by one that ends as given; returns the list of calls that it will get."""

    def end_with(end: Summary | BaseException) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = []

        def run(input: Path, output: Path, **options: Any) -> Summary:
            calls.append({"input": input, "output": output, **options})
            if isinstance(end, BaseException):
                raise end
            return end

        fake = types.ModuleType("contact_merge.pipeline")
        fake.run = run  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "contact_merge.pipeline", fake)
        return calls

    return end_with


RUN = ["run", "--input", "in", "--output", "out"]


def type_command(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=False, cwd=cwd)


@pytest.mark.parametrize("command", [(), ("run",), ("demo",)])
def test_help_ends_with_0_and_names_every_option(command: tuple[str, ...]) -> None:
    done = type_command(*command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    options = {
        (): ("--version", "run", "demo", "Exit codes"),
        ("run",): (
            "--input DIR",
            "--output DIR",
            "--warehouse FILE",
            "--dry-run",
            "--as-of TIMESTAMP",
            "--config FILE",
            "--json",
            "--quiet",
        ),
        ("demo",): ("--output DIR", "--json", "--quiet"),
    }
    for option in options[command]:
        assert option in done.stdout


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from contact_merge.cli import main\n"
        "for command in ([], ['run'], ['demo']): main([*command, '--help'])\n"
        f"print(sorted({HEAVY} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_version_is_printed() -> None:
    assert type_command("--version").stdout.startswith("contact-merge ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing command."),
        (["merge"], "No such command 'merge'."),
        (["run"], "Missing option '--input'."),
        (["run", "--input", "in"], "Missing option '--output'."),
        ([*RUN, "--dryrun"], "No such option: --dryrun"),
        ([*RUN, "more"], "unexpected extra argument"),
        ([*RUN, "--as-of", "tomorrow"], "'tomorrow' is no ISO 8601 time"),
        ([*RUN, "--as-of", "0001-01-01T00:00:00+10:00"], "is no ISO 8601 time"),
        ([*RUN, "--config", "missing.toml"], "missing.toml"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(arguments: list[str], said: str, tmp_path: Path) -> None:
    done = type_command(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.startswith("contact-merge: ")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_wrong_usage_with_json_is_one_object_on_stdout_too() -> None:
    done = type_command("run", "--json")
    assert done.returncode == 2
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "usage_error"
    assert done.stderr == f"contact-merge: {error['message']}\n"


def test_an_expected_error_is_one_line_without_traceback(
    runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    runs(InputError("in/contacts.csv: no column\nid \x1b[2J. Add it."))
    assert cli.main(RUN) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", "contact-merge: in/contacts.csv: no column\\nid \\x1b[2J. Add it.\n")


def test_an_expected_error_with_json_has_a_code(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    runs(InputError("No contacts."))
    assert cli.main([*RUN, "--json"]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out) == {"error": {"code": "input_error", "message": "No contacts."}}
    assert err == "contact-merge: No contacts.\n"


def test_a_system_error_names_the_file(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    runs(PermissionError(13, "Permission denied", "out/merged"))
    assert cli.main(RUN) == 2
    assert capsys.readouterr().err == "contact-merge: out/merged: Permission denied.\n"


def test_a_defect_keeps_its_traceback_and_is_not_taken_for_rejects(
    runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    runs(ZeroDivisionError())
    assert cli.main([*RUN, "--json"]) == 3
    out, err = capsys.readouterr()
    assert "Traceback" in err
    assert json.loads(out)["error"]["code"] == "defect"


def test_an_interrupt_is_one_line(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    runs(KeyboardInterrupt())
    assert cli.main(RUN) == 130
    assert capsys.readouterr().err == "contact-merge: interrupted.\n"


def test_a_run_without_rejects_ends_with_0(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    runs(SUMMARY)
    assert cli.main(RUN) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for text in ("2026-03-01T00:00:00Z", "batch-1", "1,205 new", "refused: 404 not_found", "notes re-homed"):
        assert text in out
    assert SUMMARY.files["merged/contacts.parquet"] in out, "a path can be copied from one line"


def test_a_run_with_rejects_ends_with_1(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    runs(WITH_REJECTS)
    assert cli.main(RUN) == 1
    out = capsys.readouterr().out
    assert "Input rows that could not be used, or not in full: 2 (contacts 2)" in out
    assert "\\x1b[31mred" in out, "what a terminal would act on is spelled out"
    assert "taks.csv" in out
    assert "dryrun" in out


def test_json_is_one_object_with_the_same_figures(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    runs(WITH_REJECTS)
    assert cli.main([*RUN, "--json", "--quiet"]) == 1
    out, err = capsys.readouterr()
    figures = json.loads(out)
    assert err == ""
    of_settings = {"contacts_flagged", "lists_outranked", "lists_outranked_first"}
    assert figures.keys() == set(Summary.__struct_fields__) - of_settings
    assert figures["as_of"] == "2026-03-01T00:00:00Z"
    assert figures["requests"]["merged"] == 1200
    assert figures["rejected_reasons"] == [
        {"table": "contacts", "reason": "id '\x1b[31mred' is no UUID", "rows": 2}
    ]
    assert figures["unknown_files"] == [{"file": "taks.csv", "nearest_table": "tasks"}]


def test_quiet_says_nothing_but_what_was_not_used(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    runs(SUMMARY)
    assert cli.main([*RUN, "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    runs(WITH_REJECTS)
    assert cli.main([*RUN, "--quiet"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "contact-merge: 2 input rows could not be used, or not in full; rejects/ of the output says why.",
        "contact-merge: taks.csv was not read, for it names no table; did you mean tasks?",
        "contact-merge: merge_requests: the column 'dryrun' is unknown and only kept; did you mean 'dry_run'?",
    ]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00.000001+02:00", datetime(2026, 1, 31, 10, 0, 0, 1, tzinfo=UTC)),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
    ],
)
def test_as_of_is_utc_where_it_has_no_zone(runs: Runs, text: str, time: datetime) -> None:
    calls = runs(SUMMARY)
    assert cli.main([*RUN, "--as-of", text, "--quiet"]) == 0
    assert calls[0]["as_of"] == time
    assert calls[0]["as_of"].utcoffset().total_seconds() == 0


def test_options_reach_the_run(runs: Runs, tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text('retired_ids = "follow"\n')
    calls = runs(SUMMARY)
    options = ["--warehouse", "w.duckdb", "--dry-run", "--config", str(config), "--quiet"]
    assert cli.main([*RUN, *options]) == 0
    call = calls[0]
    assert (call["input"], call["output"], call["warehouse"]) == (Path("in"), Path("out"), Path("w.duckdb"))
    assert call["dry_run"] is True
    assert call["as_of"] is None
    assert call["settings"].retired_ids == "follow"


def test_progress_is_not_drawn_where_stderr_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with console.Progress() as progress:
        progress.step("load", total=2)
        progress.advance(2)
    assert capsys.readouterr() == ("", "")


def test_progress_is_drawn_on_a_terminal_unless_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    for quiet in (True, False):
        with console.Progress(quiet=quiet) as progress:
            progress.step("load", total=2)
            progress.advance(1)
            progress.doing("load notes")
            progress.step("decide")
            progress.advance(1)
        out, err = capsys.readouterr()
        assert out == ""
        assert ("decide" in err) is not quiet


def test_a_reader_who_goes_away_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([COMMAND, "--help"], stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


def test_names_of_people_can_be_printed_in_any_encoding() -> None:
    script = (
        "import sys; from contact_merge import cli, console\n"
        "cli.app.command()(lambda: print(console.printable('Zoë Ødegård \\u202e')))\n"
        "sys.exit(cli.main(['<lambda>']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONIOENCODING": "ascii"},
    )
    assert "\\xf8deg" in done.stdout.lower() or "\\xd8deg" in done.stdout.lower()
