"""Files without a single row: what was loaded before is deleted, or kept, as for any other file; never with an error of ours."""

import json
from pathlib import Path
from typing import Any

import pytest
from contact_merge import cli
from story import id_of

A, B, N, M = (id_of(letter) for letter in "abnm")


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Writes these files in place of all others, runs, and gives exit code and figures."""

    def run(files: dict[str, str], *options: str) -> tuple[int, dict[str, Any]]:
        inputs = tmp_path / "in"
        inputs.mkdir(exist_ok=True)
        for old in inputs.iterdir():
            old.unlink()
        for name, text in files.items():
            (inputs / name).write_text(text)
        code = cli.main(
            ["run", "--input", str(inputs), "--output", str(tmp_path / "out"), "--json", *options]
        )
        return code, json.loads(capsys.readouterr().out)

    return run


@pytest.mark.parametrize(
    ("name", "text"), [("contacts.jsonl", ""), ("contacts.json", "[]"), ("contacts.csv", "")]
)
def test_contacts_without_a_row_stop_the_run_until_it_is_allowed(run: Any, name: str, text: str) -> None:
    """SHAPES.md 6: an export that deletes all live entities stops at any size; `--allow deleted` passes it."""
    assert run({"contacts.csv": f"id\n{A}\n{B}\n"})[0] == 0
    code, stopped = run({name: text})
    assert code == 2
    finding = f"{name}: the file is empty, and this export would delete all 2 live contacts"
    assert finding in stopped["error"]["message"]
    code, passed = run({name: text}, "--allow", "deleted")
    assert (code, passed["contacts_deleted"], passed["contacts_after"]) == (0, 2, 0)


def test_a_child_table_of_broken_lines_alone_keeps_the_rows_whose_key_they_name(run: Any) -> None:
    contacts = {"contacts.csv": f"id\n{A}\n"}
    notes = "".join(f'{{"id": "{note}", "contact_id": "{A}", "text": "good"}}\n' for note in (N, M))
    assert run({**contacts, "notes.jsonl": notes})[0] == 0
    code, figures = run({**contacts, "notes.jsonl": f'{{"id": "{N}", "text": "bro\n'})
    assert code == 1
    assert figures["loaded"]["notes"]["rows_kept"] == 1


def test_half_a_character_as_a_list_id_is_a_reject(run: Any) -> None:
    contacts = {"contacts.csv": f"id\n{A}\n"}
    good = f'{{"list_id": "L", "contact_id": "{A}"}}\n'
    assert run({**contacts, "list_memberships.jsonl": good})[0] == 0
    code, figures = run(
        {**contacts, "list_memberships.jsonl": good + f'{{"list_id": "\\ud83d", "contact_id": "{A}"}}\n'}
    )
    assert (code, figures["rejects"]) == (1, {"list_memberships": 1})
