"""Pointers and undos in the shape of public reports (SEMANTICS.md, 'Retirement pointers', 'Undo'); each test names its case."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from contact_merge import cli
from contact_merge.samples import AS_OF
from contact_merge.times import iso_text
from story import id_of

pytestmark = pytest.mark.long

A, B, C, N = (id_of(letter) for letter in "abcn")
BARE = A.upper().replace("-", "")
Command = Callable[..., tuple[int, dict[str, Any]]]
B_TAKES_A = f'request_id,primary_id,duplicate_ids,requested_at\nr1,{B},"[""{A}""]",2026-01-01\n'


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """A command on the output of this test, with tables as text (CSV) where it is a run: exit code, and what `--json` says."""

    def command(
        name: str, *options: str, tables: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        if name == "run":
            folder = tmp_path / f"in{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            for table, text in (tables or {}).items():
                (folder / f"{table}.csv").write_text(text, encoding="utf-8")
            options = ("--input", str(folder), "--as-of", iso_text(AS_OF), *options)
        code = cli.main([name, "--output", str(tmp_path / "out"), "--json", *options])
        return code, json.loads(capsys.readouterr().out)

    return command


def merged(folder: Path, table: str) -> list[dict[str, Any]]:
    return pq.read_table(folder / f"out/merged/{table}.parquet").to_pylist()


@pytest.mark.parametrize("with_the_merge", [True, False])
def test_f1_an_undone_merge_does_not_decide_where_children_go(
    command: Command, tmp_path: Path, with_the_merge: bool
) -> None:
    """B is gone from the export in which A points into it: A ends in no contact, and A's note stays as it is."""
    tables = {
        "contacts": f"id,name,merged_into_id\n{A},Ann,\n{B},Bob,\n{C},Cy,\n",
        "notes": f"id,contact_id,body\n{N},{A},note of A\n",
    }
    command("run", tables=tables | ({"merge_requests": B_TAKES_A} if with_the_merge else {}))
    if with_the_merge:
        assert command("undo", "r1")[0] == 0
    command("run", tables={"contacts": f"id,name,merged_into_id\n{A},Ann,{B}\n{C},Cy,\n"})
    assert [row["contact_id"] for row in merged(tmp_path, "notes")] == [A]
    assert [(row["contact_id"], row["survivor_id"]) for row in merged(tmp_path, "identity_map")] == [
        (C, C),
        (A, B),
    ]
    assert command("verify")[1]["passed"]


def test_f2_a_contact_that_the_export_lost_comes_back_as_its_last_row_spells_it(
    command: Command, tmp_path: Path
) -> None:
    command(
        "run",
        tables={
            "contacts": f"id,name\n{A},Ann\n{B},Bob\n",
            "notes": f"id,contact_id,body\n{N},{BARE},note of A\n",
            "list_memberships": f"list_id,contact_id\nL,{BARE}\n",
            "merge_requests": B_TAKES_A,
        },
    )
    command("run", tables={"contacts": f"id,name\n{B},Bob\n"})
    assert command("undo", "r1")[0] == 0
    assert [row["id"] for row in merged(tmp_path, "contacts")] == [B, A]
    for table in ("notes", "list_memberships"):
        assert [row["contact_id"] for row in merged(tmp_path, table)] == [A]
    assert command("verify")[1]["passed"]


def test_f3_two_rejects_of_one_row_have_one_order(command: Command, tmp_path: Path) -> None:
    rows = "".join(f"{id_of(letter)},oops,nobody\n" for letter in "abcdefgh")
    code, _ = command("run", tables={"contacts": f"id,custom_fields,merged_into_id\n{rows}"})
    assert code == 1
    rejects = [json.loads(line) for line in (tmp_path / "out/rejects/contacts.jsonl").open(encoding="utf-8")]
    assert [(reject["row"], reject["reason"].split()[0]) for reject in rejects] == [
        (row, column) for row in range(1, 9) for column in ("custom_fields", "merged_into_id")
    ]
    assert command("verify")[1]["passed"]


def test_44_a_pointer_that_closes_a_circle_with_a_merge_is_named_and_has_no_effect(
    command: Command, tmp_path: Path
) -> None:
    """The CRM merged B into A, here A went into B."""
    tables = {
        "contacts": f"id,phone,merged_into_id\n{A},5,\n{B},,\n",
        "notes": f"id,contact_id\n{N},{A}\n",
        "merge_requests": B_TAKES_A,
    }
    command("run", tables=tables)
    code, figures = command("run", tables={"contacts": f"id,phone,merged_into_id\n{A},5,\n{B},,{A}\n"})
    assert (code, figures["contacts_before"], figures["contacts_after"]) == (0, 1, 1)
    assert figures["pointers_without_effect_first"] == [{"contact_id": B, "target_id": A, "request_id": "r1"}]
    assert [(row["id"], row["phone"]) for row in merged(tmp_path, "contacts")] == [(B, "5")]
    assert [row["contact_id"] for row in merged(tmp_path, "notes")] == [B]
    report = command("verify")[1]
    circles = next(check for check in report["checks"] if check["name"] == "redirects_no_circle")
    assert (report["passed"], circles["exempt"], len(circles["exempt_samples"])) == (True, 1, 1)
    assert [
        event["idle_while"] for event in command("explain", B)[1]["story"] if event["event"] == "imported"
    ] == ["r1"]
    assert command("undo", "r1")[0] == 0
    assert [row["id"] for row in merged(tmp_path, "contacts")] == [A]
    assert [row["contact_id"] for row in merged(tmp_path, "notes")] == [A]


def test_57b_a_pointer_that_names_its_own_row_is_no_pointer(command: Command, tmp_path: Path) -> None:
    code, figures = command("run", tables={"contacts": f"id,merged_into_id\n{A},{BARE}\n"})
    assert (code, figures["contacts_after"]) == (0, 1)
    assert merged(tmp_path, "contact_redirects") == []
    with duckdb.connect(str(tmp_path / "out/warehouse.duckdb"), read_only=True) as con:
        assert con.execute("from ledger.imports").fetchall() == []
