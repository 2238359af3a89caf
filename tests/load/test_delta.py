"""Delta tables as input: their live rows, by the extra `delta` (SHAPES.md 3)."""

import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge import cli
from contact_merge.errors import InputError
from contact_merge.load.inputs import TableSource, find_inputs
from deltalake import DeltaTable, write_deltalake
from story import id_of

pytestmark = pytest.mark.long
SOURCES = [TableSource("contacts", "contacts")]
SIX_ROWS = {
    "storageType": "i",
    "pathOrInlineDv": "^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L",
    "sizeInBytes": 44,
    "cardinality": 6,
}
"""Rows that are deleted, as the log of a Delta table has them: a bitmap of the rows 3, 4, 7, 11, 18 and 29."""


def write(folder: Path, *letters: str, partition_by: str | None = None) -> DeltaTable:
    """Append contacts to the Delta table contacts in a folder."""
    ids = [id_of(letter) for letter in letters]
    countries = ["D E" if letter in "ac" else "" for letter in letters]
    rows = pa.table({"id": ids, "country": countries, "name": [letter * 2 for letter in letters]})
    write_deltalake(str(folder / "contacts"), rows, mode="append", partition_by=partition_by)
    return DeltaTable(str(folder / "contacts"))


def merged(folder: Path) -> list[tuple[str, str | None]]:
    """Run on a folder beside its output; name and country of each merged contact."""
    out = folder.parent / "out"
    given = ["--input", str(folder), "--output", str(out), "--as-of", "2026-06-01", "--quiet"]
    assert cli.main(["run", *given]) == 0
    rows = pq.read_table(out / "merged" / "contacts.parquet").to_pylist()
    return sorted((row["name"], row["country"]) for row in rows)


@pytest.mark.parametrize("partition_by", [None, "country"])
def test_live_rows_are_read_and_no_others(tmp_path: Path, partition_by: str | None) -> None:
    write(tmp_path / "in", "a", "b", partition_by=partition_by)
    write(tmp_path / "in", "c", partition_by=partition_by).delete("name = 'aa'")
    empty = "" if partition_by is None else None
    assert merged(tmp_path / "in") == [("bb", empty), ("cc", "D E")]


def test_a_table_that_was_written_again_has_its_new_rows_alone(tmp_path: Path) -> None:
    table = write(tmp_path / "in", "a", "b")
    write_deltalake(table, pa.table({"id": [id_of("c")], "country": ["x"], "name": ["y"]}), mode="overwrite")
    assert merged(tmp_path / "in") == [("y", "x")]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (
            {"configuration": {"delta.columnMapping.mode": "name"}},
            "its columns have other names in its files",
        ),
        ({"features": ["rowsInTheClouds"]}, "its log cannot be read|it has the feature rowsInTheClouds"),
        (
            {"add": "elsewhere/part-0.parquet", "partitions": ["country"]},
            "names of its folders do not give its partitions",
        ),
        (
            {"features": ["deletionVectors"], "add": "part-0.parquet", "deletionVector": SIX_ROWS},
            "rows of its files are deleted by deletion vectors",
        ),
        ({}, "it holds no row"),
    ],
)
def test_what_whole_files_do_not_say_is_refused_with_what_to_do(
    tmp_path: Path, changed: dict, why: str
) -> None:
    """Each log is one commit, as the protocol of Delta Lake has it."""
    mapped = {"delta.columnMapping.id": 1, "delta.columnMapping.physicalName": "column-1"}
    column = {"name": "country", "type": "string", "nullable": True, "metadata": mapped}
    schema = {"type": "struct", "fields": [column]}
    features = changed.get("features", ["columnMapping"])
    actions = [
        {
            "protocol": {
                "minReaderVersion": 3,
                "minWriterVersion": 7,
                "readerFeatures": features,
                "writerFeatures": features,
            }
        },
        {
            "metaData": {
                "id": "1",
                "format": {"provider": "parquet", "options": {}},
                "schemaString": json.dumps(schema),
                "partitionColumns": changed.get("partitions", []),
                "configuration": changed.get("configuration", {}),
                "createdTime": 0,
            }
        },
    ]
    if "add" in changed:
        added = {
            "path": changed["add"],
            "partitionValues": dict.fromkeys(changed.get("partitions", []), "DE"),
            "size": 1,
            "modificationTime": 0,
            "stats": '{"numRecords": 30}',
        } | {name: value for name, value in changed.items() if name == "deletionVector"}
        actions.append({"add": {**added, "dataChange": True}})
    log = tmp_path / "contacts" / "_delta_log"
    log.mkdir(parents=True)
    (log / f"{0:020}.json").write_text("\n".join(map(json.dumps, actions)), encoding="utf-8")
    with pytest.raises(
        InputError, match=rf"deleted or replaced \(.*({why})\); export its live rows to contacts.parquet"
    ):
        find_inputs(tmp_path, SOURCES)


def test_without_the_extra_the_sentence_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a")
    monkeypatch.setitem(sys.modules, "deltalake", None)
    with pytest.raises(InputError, match=r"contact-merge\[delta\], which reads them, is not installed"):
        find_inputs(tmp_path, SOURCES)
