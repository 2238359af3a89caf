"""The whole of ../shared/data/fake_1000 (1,000 contacts, 387 chained requests) through the pipeline and the reference.

One request a night takes minutes: `CONTACT_MERGE_CUTS=1,2,10,387 uv run pytest -m long tests/reference/test_fake_1000.py`.
"""

import csv
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from canonical import canonical, differences
from contact_merge.pipeline import run, undo
from contact_merge.settings import Settings
from pipeline_endpoint import QUIET, read_outputs
from reference import CHILDREN, Endpoint

FAKE = Path(__file__).parents[3] / "shared" / "data" / "fake_1000"
CUTS = [int(cut) for cut in os.environ.get("CONTACT_MERGE_CUTS", "2,10").split(",")]
AS_OF = datetime(2026, 11, 24, tzinfo=UTC)

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not FAKE.is_dir(), reason=f"{FAKE} is absent: it stands beside the project, not in it"
    ),
]


def read_table(name: str) -> list[dict[str, Any]]:
    with (FAKE / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return [{column: text or None for column, text in row.items()} for row in csv.DictReader(lines)]


def read_requests() -> list[dict[str, Any]]:
    lines = (FAKE / "merge_requests.jsonl").read_text(encoding="utf-8").splitlines()
    requests = [json.loads(line) for line in lines]
    for request in requests:
        request["requested_at"] = datetime.fromisoformat(request["requested_at"]).replace(tzinfo=UTC)
    return requests


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    endpoint = Endpoint()
    tables = {name: read_table(name) for name in ("contacts", *CHILDREN, "list_memberships")}
    endpoint.load(tables, as_of=AS_OF)
    endpoint.run(read_requests(), as_of=AS_OF)
    return canonical(endpoint.merged())


def test_fake_1000_comes_out_exactly_as_the_reference_says(tmp_path: Path, expected: dict[str, Any]) -> None:
    summary = run(
        FAKE, tmp_path, warehouse=None, dry_run=False, as_of=AS_OF, settings=Settings(), progress=QUIET
    )
    assert summary.requests_new == 387
    assert summary.rejected == 0
    assert differences(canonical(read_outputs(tmp_path)), expected) == []


@pytest.mark.parametrize("batches", CUTS)
def test_fake_1000_cut_into_batches_comes_out_the_same(
    tmp_path: Path, expected: dict[str, Any], batches: int
) -> None:
    """The requests in their order (SEMANTICS.md), a night's share at a time; only the last night writes files."""
    requests = sorted(
        (FAKE / "merge_requests.jsonl").read_text(encoding="utf-8").splitlines(),
        key=lambda line: (json.loads(line)["requested_at"], json.loads(line)["request_id"]),
    )
    size = -(-len(requests) // batches)
    nights = [requests[start : start + size] for start in range(0, len(requests), size)]
    assert len(nights) == batches
    for number, night in enumerate(nights):
        inputs = tmp_path / f"night{number}"
        inputs.mkdir()
        if number == 0:
            for table in FAKE.glob("*.csv"):
                (inputs / table.name).symlink_to(table)
        (inputs / "merge_requests.jsonl").write_text("".join(f"{line}\n" for line in night), "utf-8")
        settings = Settings(export="full" if night is nights[-1] else "none")
        run(
            inputs,
            tmp_path / "out",
            warehouse=None,
            dry_run=False,
            as_of=AS_OF,
            settings=settings,
            progress=QUIET,
        )
    assert differences(canonical(read_outputs(tmp_path / "out")), expected) == []


def test_fake_1000_is_as_it_was_when_every_merge_is_undone(tmp_path: Path) -> None:
    """To the last value: contacts and children as they stand in the input, in another order at most."""
    run(FAKE, tmp_path, warehouse=None, dry_run=False, as_of=AS_OF, settings=Settings(), progress=QUIET)
    merged = [r["request_id"] for r in read_outputs(tmp_path)["merge_responses"] if r["status"] == 200]
    later = AS_OF + timedelta(days=1)
    undone = undo(
        tmp_path / "warehouse.duckdb",
        tmp_path,
        merged,
        dry_run=False,
        as_of=later,
        settings=Settings(),
        progress=QUIET,
    )
    assert len(undone.requests) == 312
    now = read_outputs(tmp_path)
    for table in ("contacts", *CHILDREN, "list_memberships"):
        assert differences(canonical({table: now[table]}), canonical({table: read_table(table)})) == []
    assert now["contact_redirects"] == now["field_provenance"] == now["field_conflicts"] == []
