"""Inputs of the benchmarks' generator through the pipeline and the reference, every output compared.

By hand at size (minutes, several GiB): `CONTACT_MERGE_CONTACTS=100000 uv run pytest tests/test_at_size.py`.
A chain and a star get a hundredth of the contacts, for the reference takes as long as their length squared.
"""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from canonical import canonical, differences
from contact_merge.pipeline import run
from contact_merge.settings import Settings
from pipeline_endpoint import QUIET, read_outputs
from reference import CHILDREN, Endpoint

GENERATE = Path(__file__).parents[1] / "benchmarks" / "generate.py"
CONTACTS = int(os.environ.get("CONTACT_MERGE_CONTACTS", "600"))
AS_OF = datetime(2026, 11, 25, tzinfo=UTC)
SHAPES = {
    # the shape: contacts, requests
    "mixed": (CONTACTS, CONTACTS // 6),
    "forest": (CONTACTS, CONTACTS * 5 // 6),
    "chain": (max(200, CONTACTS // 100), max(190, CONTACTS // 110)),
    "star": (max(201, CONTACTS // 100), max(10, CONTACTS // 2100)),
}


def generated(folder: Path, contacts: int, requests: int, shape: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table, made in `folder`."""
    sizes = ["--contacts", str(contacts), "--requests", str(requests), "--children", "3"]
    subprocess.run([sys.executable, str(GENERATE), str(folder), "--shape", shape, *sizes], check=True)
    return {path.stem: pq.read_table(path).to_pylist() for path in folder.glob("*.parquet")}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_large_input_comes_out_as_the_reference_says(tmp_path: Path, shape: str) -> None:
    contacts, requests = SHAPES[shape]
    tables = generated(tmp_path / "in", contacts, requests, shape)
    assert [len(tables["contacts"]), len(tables["merge_requests"])] == [contacts, requests]
    output = tmp_path / "out"
    run(
        tmp_path / "in",
        output,
        warehouse=None,
        dry_run=False,
        as_of=AS_OF,
        settings=Settings(),
        progress=QUIET,
    )
    asked = tables.pop("merge_requests")
    for request in asked:
        request["requested_at"] = request["requested_at"].replace(tzinfo=UTC)
    endpoint = Endpoint()
    assert {*tables} == {"contacts", *CHILDREN, "list_memberships"}
    endpoint.load(tables, as_of=AS_OF)
    endpoint.run(asked, as_of=AS_OF)
    ours, theirs = canonical(read_outputs(output)), canonical(endpoint.merged())
    assert {table for table in theirs if not theirs[table]} == set(), "nothing to compare"
    # `==` first: rows that differ are looked for one by one, in time squared
    assert ours == theirs or differences(ours, theirs)[:20] == []
