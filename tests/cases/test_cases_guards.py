"""Exports in the shape of public reports that would lose contacts (SHAPES.md, 'Guards'); each test names its case.

P and D are contacts, r1 merges D into P.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from contact_merge import cli
from story import id_of

pytestmark = pytest.mark.long

P, D, X, Y = (id_of(letter) for letter in "pdxy")
Run = Callable[..., tuple[int, str, dict[str, Any]]]


def request(request_id: str, primary: str, duplicate: str) -> dict[str, Any]:
    return {
        "request_id": request_id,
        "primary_id": primary,
        "duplicate_ids": [duplicate],
        "requested_at": "2026-05-01T00:00:00Z",
    }


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """A run on tables given as rows (JSON lines) or as text (CSV): exit code, stderr, figures."""

    def run(*options: str, **tables: Any) -> tuple[int, str, dict[str, Any]]:
        folder = tmp_path / "in"
        folder.mkdir(exist_ok=True)
        for file in folder.iterdir():
            file.unlink()
        for table, rows in tables.items():
            if isinstance(rows, str):
                (folder / f"{table}.csv").write_text(rows, encoding="utf-8")
            else:
                lines = "".join(json.dumps(row) + "\n" for row in rows)
                (folder / f"{table}.jsonl").write_text(lines, encoding="utf-8")
        code = cli.main(
            ["run", "--input", str(folder), "--output", str(tmp_path / "out"), "--json", *options]
        )
        out, err = capsys.readouterr()
        return code, err, json.loads(out)

    return run


def merged(folder: Path, table: str) -> list[dict[str, Any]]:
    return pq.read_table(folder / f"out/merged/{table}.parquet").to_pylist()


def test_36_an_export_without_a_row_stops_and_passes_with_allow(run: Run, tmp_path: Path) -> None:
    contacts = f"id,name,phone\n{P},Ada,\n{D},Ada L,555\n"
    assert run(contacts=contacts, merge_requests=[request("r1", P, D)])[0] == 0
    code, printed, _ = run(contacts="id,name,phone\n")
    assert code == 2
    assert "contacts.csv: this export would delete the only live contact: a guard stopped the run" in printed
    assert [row["id"] for row in merged(tmp_path, "contacts")] == [P]
    code, _, figures = run("--allow", "deleted", contacts="id,name,phone\n")
    assert (code, figures["contacts_before"], figures["contacts_deleted"], figures["contacts_after"]) == (
        0,
        1,
        1,
        0,
    )
    assert run(contacts=contacts)[2]["contacts_back_again"] == 1
    assert merged(tmp_path, "contacts") == [{"id": P, "name": "Ada", "phone": "555"}]


def test_36c_not_one_usable_contact_records_nothing_and_the_corrected_input_works(
    run: Run, tmp_path: Path
) -> None:
    requests = [request("r1", P, D)]
    for options in ([], ["--allow", "deleted", "--allow", "rejected"]):
        code, printed, _ = run(
            *options, contacts="id,name,phone\n101,Ada,\n102,Ada L,555\n", merge_requests=requests
        )
        assert code == 2
        assert (
            "contacts.csv: each of its 2 rows is rejected (id is no UUID), so nothing was changed" in printed
        )
    assert not (tmp_path / "out/merged").exists()
    code, _, figures = run(contacts=f"id,name,phone\n{P},Ada,\n{D},Ada L,555\n", merge_requests=requests)
    assert (code, figures["requests"], figures["batch_id"]) == (0, {"merged": 1}, "000001")


def test_44b_contacts_that_lead_to_nobody_are_counted_and_listed(run: Run) -> None:
    p, d = {"id": P, "phone": None}, {"id": D, "phone": "5"}
    run(contacts=[p, d], merge_requests=[request("r1", P, D)])
    code, _, figures = run(contacts=[d], notes=[{"id": X, "contact_id": D}])
    assert code == 0
    assert (figures["contacts_deleted"], figures["contacts_after"]) == (1, 0)
    assert (figures["leading_to_nobody"], figures["leading_to_nobody_first"]) == (1, [D])


def test_71_a_column_that_is_gone_is_reported_with_the_merged_values_it_showed(run: Run) -> None:
    contacts = [
        {"id": P, "name": "Ada", "phone": None, "email": "p"},
        {"id": D, "name": None, "phone": "5", "email": None},
        {"id": X, "name": "x", "phone": None, "email": None},
        {"id": Y, "name": None, "phone": "6", "email": "y"},
    ]
    run(contacts=contacts, merge_requests=[request("r1", P, D)])
    for row in contacts:
        row["phone_number"] = row.pop("phone")
    code, _, figures = run(contacts=contacts, merge_requests=[request("r2", X, Y)])
    assert code == 0
    assert figures["columns_gone"] == [
        {"table": "contacts", "column": "phone", "values": 2, "merged_values": 1}
    ]
