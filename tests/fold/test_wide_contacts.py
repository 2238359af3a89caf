"""Contacts of some hundred columns, as CRMs export them: memory grows with the width, but not with its square."""

import json
from pathlib import Path

import duckdb
import pytest
from contact_merge import cli
from story import id_of

pytestmark = pytest.mark.long

COLUMNS = 300


def test_contacts_of_300_columns_are_merged_and_verified_in_little_memory(tmp_path: Path) -> None:
    folder, out, settings = tmp_path / "in", tmp_path / "out", tmp_path / "settings.toml"
    folder.mkdir()
    settings.write_text('memory_limit = "384MiB"\n', encoding="utf-8")
    names = [f"c{n}" for n in range(COLUMNS)]
    rows = [
        [id_of("a"), *("own" if n % 2 else "" for n in range(COLUMNS))],
        [id_of("b"), *["other"] * COLUMNS],
    ]
    lines = [",".join(row) for row in [["id", *names], *rows]]
    (folder / "contacts.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    request = {"request_id": "r", "primary_id": id_of("a"), "duplicate_ids": [id_of("b")]}
    (folder / "merge_requests.jsonl").write_text(
        json.dumps({**request, "requested_at": "2026-01-01T00:00:00Z"}) + "\n", encoding="utf-8"
    )
    common = ["--output", str(out), "--config", str(settings), "--quiet"]
    assert cli.main(["run", "--input", str(folder), *common]) == 0
    assert cli.main(["verify", "--warehouse", str(out / "warehouse.duckdb"), *common]) == 0
    answers, provenance, conflicts = (
        duckdb.read_parquet(str(out / f"merged/{table}.parquet")).fetchall()
        for table in ("merge_responses", "field_provenance", "field_conflicts")
    )
    assert len(answers) == 1
    assert len(provenance) == COLUMNS // 2
    assert len(conflicts) == COLUMNS // 2
