"""A column may have any name: those that our own SQL gives to its columns and tables, too."""

import re
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from canonical import canonical, differences
from contact_merge.engine import sql_folder
from contact_merge.explain import explain
from contact_merge.pipeline import run, undo
from contact_merge.schema import _OWN_COLUMNS
from contact_merge.settings import Settings
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
        rows = pq.read_table(output / f"merged/{table}.parquet").to_pylist()
        given = pq.read_table(tmp_path / f"second/{table}.parquet").to_pylist()
        assert differences(canonical({table: rows}), canonical({table: given})) == []
