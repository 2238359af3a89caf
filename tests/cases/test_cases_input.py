"""Inputs in the shape of public reports: how files and columns are read (SEMANTICS.md, 'Folding', first rule; SHAPES.md 3).

Each test names its case; contacts are A and B (and C, D), requests merge B into A.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge import cli
from story import id_of

A, B, C, D = (id_of(letter) for letter in "abcd")
NAN = float("nan")
Row = dict[str, Any]


@dataclass
class Case:
    """An input folder, and the outputs of a run on it."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def json_lines(self, table: str, *rows: Row) -> None:
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        self.write(f"{table}.jsonl", lines.encode())

    def parquet(self, table: str, rows: Sequence[Row], **types: pa.DataType) -> None:
        self.folder.mkdir(exist_ok=True)
        names = list(rows[0])
        arrays = [pa.array([row[name] for row in rows], types.get(name)) for name in names]
        pq.write_table(pa.table(arrays, names=names), self.folder / f"{table}.parquet")

    def write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def run(self, as_of: str = "2026-06-01") -> tuple[int, str]:
        """The exit code, and what was told."""
        out = str(self.folder.parent / "out")
        code = cli.main(["run", "--input", str(self.folder), "--output", out, "--as-of", as_of, "--quiet"])
        return code, "".join(self.capsys.readouterr())

    def merged(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        path = self.folder.parent / "out" / "merged" / f"{table}.parquet"
        return [tuple(row[name] for name in columns) for row in pq.read_table(path).to_pylist()]

    def answers(self) -> list[tuple[Any, ...]]:
        return self.merged("merge_responses", "request_id", "status")

    def rejects(self, table: str) -> list[tuple[str, int, str]]:
        path = self.folder.parent / "out" / "rejects" / f"{table}.jsonl"
        told = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
        return [(row["file"], row["row"], row["reason"]) for row in told]


@pytest.fixture
def case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Case:
    return Case(tmp_path / "in", capsys)


def request(**fields: Any) -> Row:
    return {
        "request_id": "r1",
        "primary_id": A,
        "duplicate_ids": [B],
        "requested_at": "2026-05-01T00:00:00Z",
    } | fields


# ------------------------------------------------------------------------------------------ one emptiness


def test_88b_a_pointer_column_of_nan_is_no_pointer_and_no_reject(case: Case) -> None:
    case.parquet(
        "contacts",
        [
            {"id": A, "phone": None, "merged_into_id": NAN},
            {"id": B, "phone": "5", "merged_into_id": NAN},
        ],
    )
    case.json_lines("merge_requests", request())
    assert case.run() == (0, "")
    assert (case.answers(), case.rejects("contacts")) == ([("r1", 200)], [])
    assert case.merged("contacts", "id", "phone") == [(A, "5")]


def test_88d_a_membership_of_a_list_that_is_nan_is_rejected(case: Case) -> None:
    case.parquet("contacts", [{"id": A}, {"id": B}])
    case.parquet("list_memberships", [{"list_id": NAN, "contact_id": B}, {"list_id": 7.0, "contact_id": B}])
    case.json_lines("merge_requests", request())
    assert case.run()[0] == 1
    assert case.rejects("list_memberships") == [("list_memberships.parquet", 1, "list_id is missing")]
    assert case.merged("list_memberships", "list_id", "contact_id") == [(7.0, A)]


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        (NAN, None, pa.float64()),
        (NAN, NAN, pa.float32()),
        ("", " \u3000", pa.string()),
        ([], None, pa.list_(pa.string())),
    ],
)
def test_88e_empty_workspaces_are_the_same_workspace(
    case: Case, one: Any, other: Any, kind: pa.DataType
) -> None:
    case.parquet(
        "contacts", [{"id": A, "workspace_id": one}, {"id": B, "workspace_id": other}], workspace_id=kind
    )
    case.json_lines("merge_requests", request())
    assert case.run() == (0, "")
    assert case.answers() == [("r1", 200)]
    (event,) = (case.folder.parent / "out" / "events").iterdir()
    assert json.loads(event.read_text("utf-8"))["workspace_id"] is None


def test_a_workspace_that_came_as_a_double_is_that_of_the_key(case: Case) -> None:
    case.parquet("contacts", [{"id": A, "workspace_id": 7.0}, {"id": B, "workspace_id": 7.0}])
    case.json_lines("api_keys", {"api_key_id": "k", "workspace_id": 7, "scopes": ["write:contacts"]})
    case.json_lines("merge_requests", request(api_key_id="k"))
    assert case.run() == (0, "")
    assert case.answers() == [("r1", 200)]


def test_89_flags_and_keys_of_nan_are_false_and_none(case: Case) -> None:
    case.json_lines("contacts", {"id": A, "phone": None}, {"id": B, "phone": "5"}, {"id": C}, {"id": D})
    nan = {"dry_run": NAN, "idempotency_key": NAN, "api_key_id": NAN}
    case.parquet(
        "merge_requests",
        [
            request(overwrite=0.0, **nan),
            request(request_id="r2", primary_id=C, duplicate_ids=[D], overwrite=1.0, **nan),
        ],
    )
    assert case.run() == (0, "")
    assert case.answers() == [("r1", 200), ("r2", 200)]
    assert case.merged("contacts", "id", "phone") == [(A, "5"), (C, None)]


def test_89d_a_key_that_came_as_a_double_is_known_and_nan_is_none(case: Case) -> None:
    case.parquet("contacts", [{"id": A}, {"id": B}])
    case.json_lines("api_keys", {"api_key_id": "7", "scopes": ["write:contacts"]})
    case.parquet(
        "merge_requests",
        [request(api_key_id=7.0), request(request_id="r2", api_key_id=NAN, requested_at="2026-05-02")],
    )
    assert case.run() == (0, "")
    assert case.answers() == [("r1", 200), ("r2", 401)]


@pytest.mark.parametrize("empty", [NAN, "", "\u2003"])
def test_89e_empty_idempotency_keys_are_none(case: Case, empty: Any) -> None:
    case.json_lines("contacts", *({"id": each} for each in (A, B, C, D)))
    case.parquet(
        "merge_requests",
        [
            request(idempotency_key=empty),
            request(request_id="r2", primary_id=C, duplicate_ids=[D], idempotency_key=empty),
        ],
    )
    assert case.run() == (0, "")
    assert case.merged("merge_responses", "status", "merged_ids") == [(200, [B]), (200, [D])]


def test_an_empty_value_of_a_request_is_one_body_however_it_came(case: Case) -> None:
    case.json_lines("contacts", {"id": A}, {"id": B})
    case.json_lines("merge_requests", request(idempotency_key="", dry_run=None))
    assert case.run() == (0, "")
    case.json_lines("merge_requests", request(api_key_id=" ", overwrite=[]))
    assert case.run() == (0, "")
    assert case.answers() == [("r1", 200)]


@pytest.mark.parametrize("empty", [None, "", " \t"])
def test_92_an_empty_id_among_the_duplicates_is_told_as_one(case: Case, empty: str | None) -> None:
    case.json_lines("contacts", {"id": A}, {"id": B})
    case.json_lines("merge_requests", request(duplicate_ids=[B, empty]))
    assert case.run() == (0, "")
    ((status, message),) = case.merged("merge_responses", "status", "message")
    assert (status, message.split(".")[0]) == (400, "duplicate_ids holds an empty id (null or blank)")


# ------------------------------------------------------------------------------------------ duplicate_ids as text


@pytest.mark.parametrize(
    "spelled",
    [
        pytest.param(f"{B}", id="37a"),
        pytest.param(f"{B};{C}", id="37b"),
        pytest.param(f'"{{{B},{C}}}"', id="37e"),
        f'"{B}, {C}"',
        f"{B}|{C}",
        f"{B} {C}",
        f'"[""{B}"", ""{C}""]"',
        f"\"['{B}', '{C}']\"",
        f'"{{""{B}"",""{C}""}}"',
        f"{{{B}}};{{{C}}}",
    ],
)
def test_duplicate_ids_of_a_csv_file_are_read(case: Case, spelled: str) -> None:
    case.write("contacts.csv", f"id,name,phone\n{A},Ada,\n{B},Ada L,555\n{C},,\n".encode())
    lines = f"request_id,primary_id,duplicate_ids,requested_at\nr1,{A},{spelled},2026-05-01T00:00:00Z\n"
    case.write("merge_requests.csv", lines.encode())
    assert case.run() == (0, "")
    ((status, merged_ids),) = case.merged("merge_responses", "status", "merged_ids")
    assert (status, merged_ids) == (200, [B, C] if C in spelled else [B])


# ------------------------------------------------------------------------------------------ refused, and then corrected


@pytest.mark.parametrize(
    ("wrong", "needed"),
    [
        ({"overwrite": "maybe"}, "a new request_id."),
        ({"duplicate_ids": "no id"}, "a new request_id."),
        ({"dry_run": "x", "idempotency_key": "k"}, "a new request_id and a new idempotency_key."),
    ],
)
def test_76_what_cannot_be_read_says_what_a_corrected_request_needs(
    case: Case, wrong: Row, needed: str
) -> None:
    case.json_lines("contacts", {"id": A}, {"id": B})
    case.json_lines("merge_requests", request(**wrong))
    assert case.run() == (0, "")
    ((status, message),) = case.merged("merge_responses", "status", "message")
    assert (status, message.endswith(f" A corrected request needs {needed}")) == (400, True)

    case.json_lines("merge_requests", request(idempotency_key=wrong.get("idempotency_key")))
    assert case.run()[0] == 1
    assert case.rejects("merge_requests") == [
        (
            "merge_requests.jsonl",
            1,
            "the ledger has this request_id with another body; a corrected request needs a new request_id",
        )
    ]
    case.json_lines("merge_requests", request(request_id="r2", idempotency_key="k2"))
    assert case.run() == (0, "")
    assert case.answers() == [("r1", 400), ("r2", 200)]
