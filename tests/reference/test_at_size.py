"""Inputs of the benchmarks' generator through the pipeline and the reference, every output compared.

By hand at size (minutes): `CONTACT_MERGE_CONTACTS=100000 uv run pytest -m long tests/reference/test_at_size.py`. The
pipeline takes the whole input in one run. The reference looks through all tables for each request, so it takes contacts in
groups, each of whole families that no request joins to another's. A chain and a star are one family, so they stay small.
"""

import itertools
import os
import subprocess
import sys
from collections import Counter
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

pytestmark = pytest.mark.long

GENERATE = Path(__file__).parents[2] / "benchmarks" / "generate.py"
CONTACTS = int(os.environ.get("CONTACT_MERGE_CONTACTS", "600"))
AS_OF = datetime(2026, 11, 25, tzinfo=UTC)
SHAPES = {
    # the shape: contacts, requests
    "mixed": (CONTACTS, CONTACTS // 6),
    "forest": (CONTACTS, CONTACTS * 5 // 6),
    "chain": (200, 190),
    "star": (201, 10),
}


def generated(folder: Path, contacts: int, requests: int, shape: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table, made in `folder`."""
    sizes = ["--contacts", str(contacts), "--requests", str(requests), "--children", "3"]
    subprocess.run([sys.executable, str(GENERATE), str(folder), "--shape", shape, *sizes], check=True)
    return {path.stem: pq.read_table(path).to_pylist() for path in folder.glob("*.parquet")}


def in_groups(tables: dict[str, list[dict[str, Any]]]) -> list[dict[str, list[dict[str, Any]]]]:
    """The tables cut into some sixty contacts each, with their children and requests: whole families, none torn."""
    up = {row["id"]: row["id"] for row in tables["contacts"]}

    def root(contact: str) -> str:
        while up[contact] != contact:
            up[contact] = contact = up[up[contact]]
        return contact

    for request in tables["merge_requests"]:
        for duplicate in request["duplicate_ids"]:
            up[root(duplicate)] = root(request["primary_id"])
    sizes = Counter(root(contact) for contact in up)
    before = itertools.accumulate(sizes.values(), initial=0)
    group_of = {family: count // 60 for family, count in zip(sizes, before, strict=False)}
    groups: dict[int, dict[str, list[dict[str, Any]]]] = {
        number: {name: [] for name in tables} for number in group_of.values()
    }
    for name, rows in tables.items():
        key = {"contacts": "id", "merge_requests": "primary_id"}.get(name, "contact_id")
        for row in rows:
            groups[group_of[root(row[key])]][name].append(row)
    return list(groups.values())


def expected(tables: dict[str, list[dict[str, Any]]]) -> dict[str, list[Any]]:
    """What the reference makes of the tables, group by group; events in the order of the requests."""
    outputs: dict[str, list[Any]] = {}
    for group in in_groups(tables):
        requests = group.pop("merge_requests")
        endpoint = Endpoint()
        endpoint.load(group, as_of=AS_OF)
        endpoint.run(requests, as_of=AS_OF)
        for name, rows in endpoint.merged().items():
            outputs.setdefault(name, []).extend(rows)
    place = {request["request_id"]: n for n, request in enumerate(tables["merge_requests"])}
    outputs["events"].sort(key=lambda event: place[event["data"]["request_id"]])
    return canonical(outputs)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_large_input_comes_out_as_the_reference_says(tmp_path: Path, shape: str) -> None:
    contacts, requests = SHAPES[shape]
    tables = generated(tmp_path / "in", contacts, requests, shape)
    assert [len(tables["contacts"]), len(tables["merge_requests"])] == [contacts, requests]
    assert {*tables} == {"contacts", "merge_requests", *CHILDREN, "list_memberships"}
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
    for request in tables["merge_requests"]:
        request["requested_at"] = request["requested_at"].replace(tzinfo=UTC)
    ours, theirs = canonical(read_outputs(output)), expected(tables)
    assert {name for name, rows in theirs.items() if not rows} == set(), "nothing to compare"
    # `==` first: rows that differ are looked for one by one, in time squared
    assert ours == theirs or differences(ours, theirs)[:20] == []
