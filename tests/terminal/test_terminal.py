"""What stands on a terminal: lines that fit in 60 columns, and a dry run that lists who disappears and what is lost."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from contact_merge import cli, console
from contact_merge.pipeline import run, undo
from contact_merge.samples import make_samples
from contact_merge.settings import Settings
from contact_merge.summary import Disappearing, LostField, NotKept, Preview, Restored, Summary, UndoPreview
from pipeline_endpoint import QUIET
from story import START, id_of

A, B, C, D, E = (id_of(letter) for letter in "abcde")
REQUESTS = f"""request_id,primary_id,duplicate_ids,requested_at
r1,{A},"[""{B}""]",2026-03-01
"""
FIRST = {
    "contacts.csv": f"""id,name,city,fax,merged_into_id
{A},Ann,,1,
{B},Bea,Bern,2,
{C},Cy,,,
{D},Di,,3,
{E},Ed,,,{D}
""",
    "notes.csv": f"id,contact_id\n{id_of('1')},{B}\n{id_of('2')},{D}\n{id_of('3')},{E}\n",
    "list_memberships.csv": f"list_id,contact_id\nL,{A}\nL,{B}\nM,{B}\n",
}
SECOND = {
    **FIRST,
    "contacts.csv": f"id,name,city,merged_into_id\n{A},Ann,,\n{B},Bea,Bern,\n{C},Cy,,{A}\n",
    "merge_requests.csv": REQUESTS,
}


def night(folder: Path, files: dict[str, str], *, dry_run: bool = False) -> Summary:
    inputs = folder / "in"
    shutil.rmtree(inputs, ignore_errors=True)
    inputs.mkdir()
    for name, text in files.items():
        (inputs / name).write_text(text, encoding="utf-8")
    return run(
        inputs, folder / "out",
        warehouse=None, dry_run=dry_run, as_of=START, settings=Settings(), progress=QUIET, allow=["deleted"],
    )  # fmt: skip


def test_a_dry_run_lists_who_would_disappear_and_what_would_be_lost(tmp_path: Path) -> None:
    night(tmp_path, FIRST)
    summary = night(tmp_path, SECOND, dry_run=True)
    assert summary.preview == Preview(
        retired_first=[Disappearing(B, A, "r1")],
        retired_by_pointers_first=[Disappearing(C, A, None)],
        deleted_first=[D],
        values_not_kept=1,
        fields=1,
        fields_first=[NotKept("name", kept=1, not_kept=1)],
        memberships_dropped=1,
        rows_of_deleted={"notes": 2},
    )
    assert [(gone.column, gone.values) for gone in summary.columns_gone] == [("fax", 3)]


def test_a_run_that_is_no_dry_run_has_no_preview(tmp_path: Path) -> None:
    assert night(tmp_path, FIRST).preview is None


@pytest.mark.long
def test_what_earlier_batches_lost_is_not_listed_again(tmp_path: Path) -> None:
    night(tmp_path, SECOND)
    preview = night(tmp_path, SECOND, dry_run=True).preview
    assert preview == Preview(
        retired_first=[],
        retired_by_pointers_first=[],
        deleted_first=[],
        values_not_kept=0,
        fields=0,
        fields_first=[],
        memberships_dropped=0,
        rows_of_deleted={},
    )


def test_a_dry_run_of_an_undo_lists_who_would_come_back_and_what_survivors_lose(tmp_path: Path) -> None:
    night(tmp_path, SECOND)
    undone = undo(
        tmp_path / "out/warehouse.duckdb", tmp_path / "out", ["r1"],
        dry_run=True, as_of=START, settings=Settings(), progress=QUIET,
    )  # fmt: skip
    assert undone.preview == UndoPreview(
        restored_first=[Restored(B, A, "r1")],
        fields=1,
        fields_first=[LostField("city", 1)],
        moved={
            "notes": 1, "activities": 0, "tasks": 0, "emails": 0, "documents": 0, "list_memberships": 1,
        },
    )  # fmt: skip


def test_of_many_contacts_the_first_twenty_are_listed_and_how_many_more_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    letters = [chr(code) for code in range(ord("A"), ord("A") + 50)]
    contacts = "".join(f"{id_of(letter)},{letter}\n" for letter in letters)
    asked = "".join(f'{letter},{id_of("A")},"[""{id_of(letter)}""]",2026-03-01\n' for letter in letters[1:24])
    requests = REQUESTS.splitlines()[0] + "\n" + asked
    (tmp_path / "in").mkdir()
    (tmp_path / "in/contacts.csv").write_text(f"id,name\n{contacts}", encoding="utf-8")
    (tmp_path / "in/merge_requests.csv").write_text(requests, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "60")
    assert cli.main(["run", "--input", "in", "--output", "out", "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    title = lines.index("Contacts that requests would retire: 23")
    assert lines[title + 1].split() == ["Contact", "Becomes", "Request"]
    assert lines[title + 3].split() == [id_of("B"), f"{id_of('A')[:8]}…", "B"]
    assert lines[title + 23] == "and 3 more: out/preview/merged/contact_redirects.parquet"
    assert lines[-2:] == [
        "name       1         23",
        "All of them: out/preview/merged/field_conflicts.parquet",
    ]


@pytest.mark.long
def test_no_value_of_a_contact_is_printed_by_a_dry_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    night(tmp_path, FIRST)
    night(tmp_path, SECOND, dry_run=True)
    monkeypatch.chdir(tmp_path)
    options = ["--dry-run", "--allow", "deleted"]
    assert cli.main(["run", "--input", "in", "--output", "out", *options]) == 0
    assert cli.main(["run", "--input", "in", "--output", "out", *options, "--json"]) == 0
    out = capsys.readouterr().out
    assert "Contacts that the export would delete: 1" in out
    assert json.loads(out.splitlines()[-1])["preview"]["fields_first"] == [
        {"field": "name", "kept": 1, "not_kept": 1}
    ]
    assert not [value for value in ("Ann", "Bea", "Bern", "Cy", "Di") if value in out]


@pytest.fixture(scope="module")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("terminal")
    make_samples(folder / "data_samples")
    return folder


@pytest.mark.long
def test_every_line_of_every_command_fits_in_60_columns(
    demo_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(demo_folder)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(console, "Progress", quiet_progress)
    for command, code in [
        ("demo", 0),
        ("run --input data_samples --output o --dry-run --as-of 2026-01-31", 1),
        ("run --input data_samples --output o --as-of 2026-01-31", 1),
        ("undo --output o --dry-run req-001", 0),
        ("undo --output o req-001 req-003", 0),
        ("history --output o", 0),
        ("verify --output o", 0),
        ("rebuild --output o", 0),
        ("explain --output o 0f98a2d1", 0),
        ("explain --output o 754a4a71", 0),
        ("explain --output o --by city Bern", 0),
        ("explain --output o nobody", 2),
        ("explain --output o 00000000-0000-4000-8000-000000000000", 2),
        ("undo --output o nothing", 2),
        ("run --input nowhere --output o", 2),
        ("run --output o", 2),
        ("verify --output nowhere", 2),
        ("--help", 0),
        ("run --help", 0),
        ("undo --help", 0),
        ("explain --help", 0),
    ]:
        assert cli.main(command.split()) == code, command
        out, err = capsys.readouterr()
        lines = [*out.splitlines(), *err.splitlines()]
        assert lines, command
        assert [line for line in lines if len(line) > 60] == [], command


def quiet_progress(**_: bool) -> console.Progress:
    return QUIET


def test_no_word_of_a_table_is_broken_and_figures_are_aligned_right(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    rows = [("short words that go on", 1234567), ("x", 5)]
    console.print_table(console.open_console(), "T", ("what", "count"), rows)
    assert capsys.readouterr().out.splitlines() == [
        "",
        "T",
        "What           Count",
        "────────────────────",
        "short      1,234,567",
        "words",
        "that go",
        "on",
        "x                  5",
    ]


def test_a_table_that_needs_more_width_is_a_list(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    rows: list[tuple[str | None, ...]] = [(A, B, "r1"), (C, None, "r2")]
    console.print_table(console.open_console(), "T", ("contact", "becomes", "request"), rows)
    assert capsys.readouterr().out.splitlines() == [
        "", "T",
        A, "  becomes:", f"  {B}", "  request: r1",
        C, "  request: r2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("漢字漢字漢字 漢字", ["  漢字漢字漢字", "  漢字"]),
        ("0123456789abcdefghij", ["  0123456789abcd", "  efghij"]),
    ],
)
def test_a_paragraph_counts_columns_and_breaks_only_what_is_longer_than_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, lines: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "16")
    console.print_paragraph(console.open_console(), text, indent=2)
    assert capsys.readouterr().out.splitlines() == lines
