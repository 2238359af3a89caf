"""The batches of a warehouse: when, what kind, what they did, and what was undone since (INTERFACE.md, `history`)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from contact_merge import cli
from contact_merge.history import PastBatch, read_history
from contact_merge.settings import Settings
from pipeline_endpoint import PipelineEndpoint, read_bytes
from story import START, Story, pointing

pytestmark = [pytest.mark.xdist_group("history"), pytest.mark.long]  # its fixture is made once


@pytest.fixture
def output() -> Iterator[Path]:
    """b and c are merged into a, b's merge is undone; then an export holds none of a, b and e, the live ones."""
    endpoint = PipelineEndpoint({})
    story = Story(endpoint)
    story.load(pointing(a=None, b=None, c=None, d="a", e=None))
    story.batch(story.request("a", "b"), story.request("a", "c"), story.request("a", "z"))
    story.undo("r1")
    story.load(pointing(f=None))
    assert story.live() == "f"
    yield endpoint.output
    endpoint.folder.cleanup()


def test_each_batch_is_listed_with_what_it_did(output: Path) -> None:
    before = read_bytes(output)
    nothing = {
        "requests": {}, "merges": 0, "undone_since": 0, "merges_undone": 0, "contacts_deleted": 0, "pointers_changed": 0,
        "guards_passed": [],
    }  # fmt: skip
    assert read_history(output / "warehouse.duckdb", Settings()) == [
        PastBatch(
            **{
                **nothing,
                "batch_id": "000001",
                "kind": "run",
                "as_of": START + timedelta(hours=2),
                "requests": {"merged": 2, "not_found": 1},
                "merges": 2,
                "undone_since": 1,
                "pointers_changed": 1,
            }
        ),
        PastBatch(
            **{
                **nothing,
                "batch_id": "000002",
                "kind": "undo",
                "as_of": START + timedelta(hours=3),
                "merges_undone": 1,
            }
        ),
        PastBatch(
            **{
                **nothing,
                "batch_id": "000003",
                "kind": "run",
                "as_of": START + timedelta(hours=4),
                "contacts_deleted": 3,
                "guards_passed": ["deleted"],
            }
        ),
    ]
    assert read_bytes(output) == before


def test_the_command_prints_them_as_a_table_and_as_json(
    output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["history", "--output", str(output), "--json"]) == 0
    batches = json.loads(capsys.readouterr().out)["batches"]
    assert [batch["batch_id"] for batch in batches] == ["000001", "000002", "000003"]
    assert batches[0]["requests"] == {"merged": 2, "not_found": 1}
    assert cli.main(["history", "--warehouse", str(output / "warehouse.duckdb")]) == 0
    printed = capsys.readouterr().out
    for text in (
        "3 batches",
        "000001 2026-03-01T14:00:00Z run 2 1 2 merged; 1 refused: 404",
        "merges undone: 1",
    ):
        assert text in " ".join(printed.split())
    assert cli.main(["history"]) == 2
    assert "--output" in capsys.readouterr().err
