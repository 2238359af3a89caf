"""What a run reports of input that it could not use, or not in full."""

import json
from pathlib import Path

import pytest
from contact_merge import cli
from story import id_of


def run(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    """The exit code of a run, and what it printed on either stream."""
    code = cli.main(["run", "--input", str(folder), "--output", str(folder / "out"), *options])
    return code, "".join(capsys.readouterr())


def test_a_row_that_is_unusable_in_two_ways_counts_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"id": id_of("a"), "merged_into_id": "x", "custom_fields": "no object"}
    (tmp_path / "contacts.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    code, printed = run(tmp_path, capsys, "--json")
    assert code == 1
    figures = json.loads(printed)
    assert figures["rejects"] == {"contacts": 1}
    assert [reason["rows"] for reason in figures["rejected_reasons"]] == [1, 1]
    assert len((tmp_path / "out/rejects/contacts.jsonl").read_text("utf-8").splitlines()) == 2
    assert run(tmp_path, capsys, "--quiet")[1].startswith("contact-merge: 1 input rows ")


@pytest.mark.parametrize("name", ["contact.csv", "contats.csv"])
def test_where_contacts_are_missing_a_file_of_a_near_name_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / name).write_text("id\n", encoding="utf-8")
    assert run(tmp_path, capsys) == (
        2,
        f"contact-merge: {tmp_path}: there is no table contacts, neither here nor in the warehouse; "
        f"rename {name}, or add contacts.parquet, .csv, .tsv, .jsonl, .ndjson or .json.\n",
    )


def test_where_contacts_are_missing_the_files_that_are_there_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("People.csv", "firms.csv"):
        (tmp_path / name).write_text("id\n", encoding="utf-8")
    assert run(tmp_path, capsys) == (
        2,
        f"contact-merge: {tmp_path}: there is no table contacts, neither here nor in the warehouse; "
        "add contacts.parquet, .csv, .tsv, .jsonl, .ndjson or .json, or name the one of People.csv, firms.csv by `source` under "
        "[entity] of the settings.\n",
    )


def test_where_the_folder_of_contacts_is_empty_the_message_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "contacts").mkdir()
    (tmp_path / "contacts/_part.csv").write_text("id\n", encoding="utf-8")
    assert run(tmp_path, capsys) == (
        2,
        f"contact-merge: {tmp_path}: there is no table contacts, neither here nor in the warehouse; "
        "the folder contacts/ has no file to read: add contacts.parquet, .csv, .tsv, .jsonl, .ndjson or .json.\n",
    )
