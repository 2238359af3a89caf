"""Rows that did not move, as JSON: every type of their columns as `primary` has it (INTERFACE.md, 'Outputs')."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge.pipeline import run
from contact_merge.settings import Settings
from contact_merge.verify import verify
from pipeline_endpoint import QUIET
from story import START, id_of

pytestmark = pytest.mark.long


@pytest.mark.parametrize("id_type", ["text", "uuid"])
def test_a_row_that_did_not_move_is_spelled_as_a_primary_is(tmp_path: Path, id_type: str) -> None:
    a, b = (id_of(letter) for letter in "ab")
    ids = [pa.scalar(text) for text in (a, b)]
    if id_type == "uuid":
        ids = [pa.scalar(bytes.fromhex(text.replace("-", "")), pa.binary(16)) for text in (a, b)]
        ids = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([s.as_py() for s in ids], pa.binary(16)))
    columns = {
        "c1": pa.array([None, Decimal("-0.50")], pa.decimal128(5, 2)),
        "list_id": [7, 7],
        'say "hi"': ["kept\nhere", 'dropped "é" \\'],
        "contact_id": ids if id_type == "uuid" else [a, b],
        "at": pa.array([START, datetime(2026, 1, 2, 3, 4, 5, 600, UTC)], pa.timestamp("us", "UTC")),
        "real": [float("nan"), 0.1],
        "blob": [b"", b"\x00\xff"],
        "row": [{"x": 1}, {"x": None}],
    }
    pq.write_table(pa.table(columns), tmp_path / "list_memberships.parquet")
    (tmp_path / "contacts.csv").write_text(f"id\n{a}\n{b}\n")
    (tmp_path / "merge_requests.csv").write_text(
        f'request_id,primary_id,duplicate_ids,requested_at\nr1,{a},"[""{b}""]",2026-03-01\n'
    )
    output = tmp_path / "out"
    run(
        tmp_path, output,
        warehouse=None, dry_run=False, as_of=START, settings=Settings(), progress=QUIET,
    )  # fmt: skip
    rows = pq.read_table(output / "merged/dropped_children.parquet").to_pylist()
    assert rows == [
        {
            "table": "list_memberships",
            "row": '{"c1":-0.50,"list_id":7,"say \\"hi\\"":"dropped \\"é\\" \\\\","contact_id":"ID",'
            '"at":"2026-01-02T03:04:05.0006Z","real":0.1,"blob":"AP8=","row":{"x":null}}'.replace("ID", b),
            "survivor_id": a,
            "kept": '{"c1":null,"list_id":7,"say \\"hi\\"":"kept\\nhere","contact_id":"ID",'
            '"at":"2026-03-01T12:00:00Z","real":null,"blob":"","row":{"x":1}}'.replace("ID", a),
            "request_id": "r1",
        }
    ]
    assert [
        check for check in verify(output / "warehouse.duckdb", output, Settings()) if check.violations
    ] == []
