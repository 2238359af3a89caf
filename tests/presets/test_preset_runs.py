"""From `init --preset` to merged tables, checked and undone, on the export of each CRM among the samples."""

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from contact_merge.cli import main
from contact_merge.preset import read_preset
from contact_merge.preset_samples import make_preset_samples
from sampled import PROOF

pytestmark = PROOF  # the pages of HubSpot and Salesforce go the same way

CRMS = ["hubspot", "salesforce", "pipedrive", "dynamics"]


class Crm:
    """A folder that `init` made, with the sample export of a CRM in it, and the command line."""

    def __init__(self, folder: Path, preset: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys, self.entity = folder / preset, capsys, read_preset(preset).entity
        self.do("init", "--preset", preset, str(self.folder))
        make_preset_samples(folder / "samples")
        for path in (folder / "samples" / preset).iterdir():
            shutil.copy(path, self.folder / "exports" / path.name)

    def do(self, *words: str, code: int = 0) -> Any:
        assert main([*words, "--json"]) == code
        return json.loads(self.capsys.readouterr().out)

    def run(self, output: str = "out") -> Any:
        settings = str(self.folder / "settings.toml")
        where = ["--input", str(self.folder / "exports"), "--output", str(self.folder / output)]
        return self.do("run", *where, "--config", settings)

    def ask(self, query: str, output: str = "out") -> list[tuple]:
        with duckdb.connect(str(self.folder / output / "warehouse.duckdb"), read_only=True) as con:
            return con.sql(query).fetchall()

    def merged(self, table: str, output: str = "out") -> list[dict[str, Any]]:
        file = self.folder / output / f"merged/{table}.parquet"
        return duckdb.sql(f"from '{file}' order by all").to_arrow_table().to_pylist()


@pytest.mark.parametrize("preset", CRMS)
def test_an_export_is_merged_checked_and_undone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], preset: str
) -> None:
    crm = Crm(tmp_path, preset, capsys)
    tables = [path.stem for path in (crm.folder / "exports").iterdir() if path.stem != "merge_requests"]
    requests = crm.folder / "exports/merge_requests.csv"
    asked = requests.read_text(encoding="utf-8")
    requests.unlink()
    crm.run("unmerged")
    requests.write_text(asked, encoding="utf-8")
    summary = crm.run()
    assert (summary["rejects"], summary["requests"]) == ({}, {"merged": 2})
    assert crm.do("verify", "--output", str(crm.folder / "out"))["passed"]
    assert len(crm.merged(crm.entity.table)) == len(crm.merged(crm.entity.table, "unmerged")) - 3
    moved = [table for table in tables if crm.merged(table) != crm.merged(table, "unmerged")]
    assert sorted(moved) == sorted(tables)
    crm.do("undo", "--output", str(crm.folder / "out"), "r1", "r2")
    assert {table: crm.merged(table) for table in tables} == {
        table: crm.merged(table, "unmerged") for table in tables
    }
    assert crm.do("verify", "--output", str(crm.folder / "out"))["passed"]


def test_another_preset_is_refused_for_the_same_warehouse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crm = Crm(tmp_path, "hubspot", capsys)
    crm.run()
    settings = tmp_path / "other.toml"
    for text, code in (('preset = "leadlex"', 2), ("max_duplicates = 5", 0), ('preset = "hubspot"', 0)):
        settings.write_text(text, encoding="utf-8")
        crm.do("verify", "--output", str(crm.folder / "out"), "--config", str(settings), code=code)
    recorded = crm.ask("select settings->>'preset' from ledger.batches")
    assert recorded == [("hubspot",)]


def test_columns_that_only_the_preset_names_may_be_absent_and_come_later(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crm = Crm(tmp_path, "hubspot", capsys)
    whole = {
        name: (crm.folder / "exports" / name).read_text("utf-8")
        for name in ("deals.csv", "list_memberships.csv")
    }
    parts = {
        "deals.csv": "dealname,Associated Contact IDs\nChairs,102;107\nChairs,102;107\n",
        "list_memberships.csv": "recordId\n102\n101\n",
        "notes.csv": "hs_object_id\n1\n",
    }
    for texts, dropped in ((parts, 0), (whole, 2), (parts, 0)):
        for name, text in texts.items():
            (crm.folder / "exports" / name).write_text(text, encoding="utf-8")
        assert crm.run()["rejects"] == {}
        assert len(crm.merged("dropped_children")) == dropped
        assert crm.do("verify", "--output", str(crm.folder / "out"))["passed"]
    assert crm.merged("deals") == [{"dealname": "Chairs", "Associated Contact IDs": "101;107"}] * 2
    assert crm.merged("list_memberships") == [{"recordId": "101"}] * 2


def test_names_of_columns_in_capitals_are_those_of_the_preset(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crm = Crm(tmp_path, "salesforce", capsys)
    for path in (crm.folder / "exports").glob("[A-Z]*.csv"):
        header, _, rows = path.read_text("utf-8").partition("\n")
        path.write_text(f"{header.upper()}\n{rows}", encoding="utf-8")
    summary = crm.run()
    assert (summary["rejects"], summary["columns_gone"]) == ({}, [])
    assert crm.do("verify", "--output", str(crm.folder / "out"))["passed"]


@pytest.mark.parametrize("preset", CRMS)
def test_what_the_crm_deleted_or_merged_is_no_contact(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], preset: str
) -> None:
    crm = Crm(tmp_path, preset, capsys)
    crm.run()
    retired = dict(crm.ask("select request_id, count(*) from merged.contact_redirects group by all"))
    imported = 0 if preset == "pipedrive" else 1
    assert retired == {"r1": 2, "r2": 1} | ({None: 1} if imported else {})
    names = crm.merged(crm.entity.table)
    assert "Inês" not in {value for row in names for value in row.values()}
    assert len(names) == 13 - 3 - 2
