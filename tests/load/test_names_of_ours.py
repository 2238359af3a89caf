"""A column may have any name: those that our own SQL gives to its columns and tables, too."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from canonical import canonical, differences
from contact_merge.engine import sql_folder
from contact_merge.explain import explain
from contact_merge.pipeline import run, undo
from contact_merge.schema import _OWN_COLUMNS
from contact_merge.settings import Settings, read_settings
from contact_merge.verify import verify
from pipeline_endpoint import QUIET
from story import START, id_of

PARTS = 4


def names_of_ours() -> list[str]:
    """Every name that a column or table has in sql/; of those with a number the first ones."""
    found: set[str] = set()
    for file in sql_folder().rglob("*.sql"):
        text = re.sub(r"--.*|\{#.*?#\}", "", file.read_text("utf-8"))
        found |= set(re.findall(r"(?:\bas |\b\w+\.|^)(?!_cm_)([a-z_]+)\b", text, re.MULTILINE))
        found |= {f"{name}{number}" for name in re.findall(r"\b([a-z_]+)\{\{", text) for number in range(3)}
    return sorted(found - {"id", "contact_id", "list_id"} - Settings().preset.entity.system_columns)


def write_tables(folder: Path, names: list[str], value: str) -> None:
    folder.mkdir()

    def write(table: str, **keys: list[str]) -> None:
        values = {name: [f"{value} {name} {row}" for row in range(3)] for name in names}
        pq.write_table(pa.table({**keys, **values}), folder / f"{table}.parquet")

    ids = [id_of(letter) for letter in "abc"]
    write("contacts", id=ids)
    write("notes", id=ids, contact_id=ids)
    write("list_memberships", list_id=["L"] * 3, contact_id=ids)


def differs_from_given(output: Path, folder: Path, table: str) -> list[str]:
    """How the rows of a merged table differ from those of its input."""
    rows, given = (
        pq.read_table(path / f"{table}.parquet").to_pylist() for path in (output / "merged", folder)
    )
    return differences(canonical({table: rows}), canonical({table: given}))


@pytest.mark.long
@pytest.mark.proof
@pytest.mark.parametrize("part", range(PARTS))
def test_columns_may_have_the_names_that_our_sql_uses(tmp_path: Path, part: int) -> None:
    names = names_of_ours()[part::PARTS]
    assert len(names) > 50
    kept = {*_OWN_COLUMNS, *re.findall(r"\w+", (sql_folder() / "load/no_requests.sql").read_text("utf-8"))}
    extra = {name: f"extra {name}" for name in names if name not in kept}
    request = {"request_id": "r1", "primary_id": id_of("a"), "duplicate_ids": [id_of("b")], **extra}
    write_tables(tmp_path / "first", names, "first")
    write_tables(tmp_path / "second", names, "second")
    for folder in ("first", "second"):
        pq.write_table(
            pa.Table.from_pylist([{**request, "requested_at": START}]),
            tmp_path / folder / "merge_requests.parquet",
        )
    output = tmp_path / "out"
    for night, (folder, dry_run) in enumerate([("first", True), ("first", False), ("second", False)]):
        summary = run(
            tmp_path / folder,
            output,
            warehouse=None,
            dry_run=dry_run,
            as_of=START + timedelta(days=night),
            settings=Settings(),
            progress=QUIET,
        )
        assert summary.requests == ({"merged": 1} if folder == "first" else {})
    warehouse = output / "warehouse.duckdb"
    explanation = explain(warehouse, id_of("a"), Settings())
    assert {field.field: field.value for field in explanation.fields} == {n: f"second {n} 0" for n in names}
    (response,) = pq.read_table(output / "merged/merge_responses.parquet").to_pylist()
    assert extra.items() <= response.items()
    assert [check for check in verify(warehouse, output, Settings()) if check.violations] == []
    undo(
        warehouse, output, ["r1"], dry_run=False, as_of=START, settings=Settings(), progress=QUIET
    )  # fmt: skip
    for table in ("contacts", "notes", "list_memberships"):
        assert differs_from_given(output, tmp_path / "second", table) == []


@pytest.mark.long
@pytest.mark.proof
@pytest.mark.parametrize("part", range(12))
def test_references_and_keys_may_have_the_names_that_our_sql_uses(tmp_path: Path, part: int) -> None:
    """Children of every form, whose references, keys and other columns that settings name have such names; B goes into A."""
    own = names_of_ours()[part::12]
    owner, payer, guests, person, subject, who, kind, listed, people, manager, deal = own[:11]
    settings = tmp_path / "settings.toml"
    settings.write_text(
        f"""
        [entity]
        references = ["{manager}"]
        [children.deals]
        key = ["{deal}"]
        references = ["{owner}", "{payer}"]
        [children.meetings]
        references = ["{guests}"]
        separator = ";"
        [children.messages]
        references = ["{person}"]
        same = ["{subject}"]
        [children.joins]
        references = ["{who}"]
        where = {{ "{kind}" = ["Contact"] }}
        unique = ["{listed}"]
        [children.teams]
        references = ["{people}"]
        """
    )
    a, b, c = (id_of(letter) for letter in "abc")
    tables = {
        "contacts": {"id": [a, b, c], manager: [None, c, b]},
        "deals": {deal: [1, 2, 3], owner: [b, c, c], payer: [c, b, None]},
        "meetings": {guests: [f"{b};{a}", f"{c};{b}", None]},
        "messages": {person: [a, b, b], subject: ["x", "x", "y"]},
        "joins": {who: [a, b, b], kind: ["Contact", "Contact", "Lead"], listed: ["L", "L", "L"]},
        "teams": {people: [[b, a], [c], [b]]},
    }
    folder = tmp_path / "in"
    folder.mkdir()
    for table, columns in tables.items():
        others = {name: [f"{name} {row}" for row in range(3)] for name in own if name not in columns}
        pq.write_table(pa.table({**columns, **others}), folder / f"{table}.parquet")
    request = {"request_id": "r1", "primary_id": a, "duplicate_ids": [b], "requested_at": START}
    pq.write_table(pa.Table.from_pylist([request]), folder / "merge_requests.parquet")
    output, read = tmp_path / "out", read_settings(settings)
    for night in range(2):
        run(
            folder, output,
            warehouse=None, dry_run=False, as_of=START + timedelta(days=night), settings=read, progress=QUIET,
        )  # fmt: skip

    def merged(table: str, *columns: str) -> list[tuple[Any, ...]]:
        rows = pq.read_table(output / f"merged/{table}.parquet").to_pylist()
        return sorted((tuple(row[column] for column in columns) for row in rows), key=str)

    counts = merged("merge_responses", "counts")[0][0]
    assert {table: counts[table] for table in tables if table != "contacts"} == {
        "deals": 2, "meetings": 2, "messages": 1, "joins": 0, "teams": 2,
    }  # fmt: skip
    assert merged("contacts", "id", manager) == [(a, c), (c, a)]
    assert merged("deals", deal, owner, payer) == [(1, a, c), (2, c, a), (3, c, None)]
    assert merged("meetings", guests) == sorted([(a,), (f"{c};{a}",), (None,)], key=str)
    assert merged("messages", person, subject) == [(a, "x"), (a, "y")]
    assert merged("joins", who, kind) == sorted([(a, "Contact"), (b, "Lead")])
    assert merged("teams", people) == sorted([([a],), ([c],), ([a],)], key=str)
    warehouse = output / "warehouse.duckdb"
    assert [check for check in verify(warehouse, output, read) if check.violations] == []
    undo(warehouse, output, ["r1"], dry_run=False, as_of=START, settings=read, progress=QUIET)
    for table in tables:
        assert differs_from_given(output, folder, table) == []
