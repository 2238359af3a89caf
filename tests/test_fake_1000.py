"""The whole of ../shared/data/fake_1000 (1,000 contacts, 387 chained requests) through the pipeline and the reference."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from canonical import canonical, differences
from contact_merge.pipeline import run
from contact_merge.settings import Settings
from pipeline_endpoint import QUIET, read_outputs
from reference import CHILDREN, Endpoint

FAKE = Path(__file__).parents[2] / "shared" / "data" / "fake_1000"
AS_OF = datetime(2026, 11, 24, tzinfo=UTC)

pytestmark = pytest.mark.skipif(
    not FAKE.is_dir(), reason=f"{FAKE} is absent: it stands beside the project, not in it"
)


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


@pytest.mark.parametrize("settings", [Settings()])
def test_fake_1000_comes_out_exactly_as_the_reference_says(
    tmp_path: Path, expected: dict[str, Any], settings: Settings
) -> None:
    summary = run(
        FAKE, tmp_path, warehouse=None, dry_run=False, as_of=AS_OF, settings=settings, progress=QUIET
    )
    assert summary.requests_new == 387
    assert summary.rejected == 0
    assert differences(canonical(read_outputs(tmp_path)), expected) == []
