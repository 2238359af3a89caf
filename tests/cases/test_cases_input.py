"""Inputs in the shape of public reports: how files and columns are read (SEMANTICS.md, 'Folding', first rule; SHAPES.md 3).

Each test names its case; contacts are A and B (and C, D), requests merge B into A.
"""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge import cli
from contact_merge.places import scheme_of
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
        """The exit code, and what was printed."""
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
        rejects = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
        return [(row["file"], row["row"], row["reason"]) for row in rejects]


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


@pytest.mark.parametrize("first", ["int", "double"])
def test_64_list_ids_of_whole_numbers_and_doubles_are_the_same(case: Case, first: str) -> None:
    case.json_lines("contacts", {"id": A}, {"id": B})
    rows: list[Row] = [{"list_id": 7, "contact_id": A}]
    doubles: list[Row] = [{"list_id": 7.0, "contact_id": B}, {"list_id": NAN, "contact_id": B}]
    (case.folder / "list_memberships").mkdir()
    case.parquet("list_memberships/" + ("a" if first == "int" else "b"), rows)
    case.parquet("list_memberships/" + ("b" if first == "int" else "a"), doubles)
    case.json_lines("merge_requests", request())
    assert case.run()[0] == 1
    assert [reason for _, _, reason in case.rejects("list_memberships")] == ["list_id is missing"]
    assert case.merged("list_memberships", "list_id", "contact_id") == [(7, A)]


def test_list_ids_that_are_no_whole_numbers_stay_apart_from_those_that_are(case: Case) -> None:
    case.json_lines("contacts", {"id": A}, {"id": B})
    (case.folder / "list_memberships").mkdir()
    case.parquet("list_memberships/a", [{"list_id": 7, "contact_id": A}])
    case.parquet("list_memberships/b", [{"list_id": 7.5, "contact_id": B}])
    code, printed = case.run()
    assert (code, "the column 'list_id' is BIGINT" in printed) == (2, True)


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


@pytest.mark.long
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
def test_92_an_empty_id_among_the_duplicates_is_reported_as_one(case: Case, empty: str | None) -> None:
    case.json_lines("contacts", {"id": A}, {"id": B})
    case.json_lines("merge_requests", request(duplicate_ids=[B, empty]))
    assert case.run() == (0, "")
    ((status, message),) = case.merged("merge_responses", "status", "message")
    assert (status, message.split(".")[0]) == (400, "duplicate_ids holds an empty id (null or blank)")


# ------------------------------------------------------------------------------------------ duplicate_ids as text


def test_duplicate_ids_of_a_csv_file_are_read(case: Case) -> None:
    """The first three are the cases 37a, 37b, 37e. The requests change nothing, so that all can be asked."""
    spelled = [
        f"{B}",
        f"{B};{C}",
        f'"{{{B},{C}}}"',
        f'"{B}, {C}"',
        f"{B}|{C}",
        f"{B} {C}",
        f'"[""{B}"", ""{C}""]"',
        f"\"['{B}', '{C}']\"",
        f'"{{""{B}"",""{C}""}}"',
        f"{{{B}}};{{{C}}}",
    ]
    case.write("contacts.csv", f"id,name,phone\n{A},Ada,\n{B},Ada L,555\n{C},,\n".encode())
    lines = [f"r{number},{A},{ids},2026-05-01T00:00:0{number}Z,true\n" for number, ids in enumerate(spelled)]
    header = "request_id,primary_id,duplicate_ids,requested_at,dry_run\n"
    case.write("merge_requests.csv", "".join([header, *lines]).encode())
    assert case.run() == (0, "")
    answers = sorted(case.merged("merge_responses", "request_id", "status", "merged_ids"))
    wanted = [[B, C] if C in ids else [B] for ids in spelled]
    assert answers == [(f"r{number}", 200, ids) for number, ids in enumerate(wanted)]


# ------------------------------------------------------------------------------------------ refused, and then corrected


@pytest.mark.long
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


# ------------------------------------------------------------------------------------------ files


def test_21_a_lone_surrogate_is_reported_as_one(case: Case) -> None:
    case.write(
        "contacts.jsonl",
        f'{{"id":"{A}","bio":"\\ud83d"}}\n{{"id":"{B}","bio":"\\ud83d\\udc69 \\\\ud83d"}}\n'.encode(),
    )
    assert case.run()[0] == 1
    ((file, row, reason),) = case.rejects("contacts")
    assert (file, row) == ("contacts.jsonl", 1)
    assert reason == "the line is no JSON (half of a character: a lone surrogate such as \\ud83d)"
    assert case.merged("contacts", "id", "bio") == [(B, "👩 \\ud83d")]


CSV = f"id,name\n{A},Ada\n".encode()


def _archive(name: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, CSV)
    return content.getvalue()


def _parquet() -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table({"id": [A]}), content)
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("contacts.csv", gzip.compress(CSV, mtime=0), "the file is compressed (gzip)"),
        ("contacts.jsonl", gzip.compress(CSV, mtime=0), "the file is compressed (gzip)"),
        ("contacts.parquet", gzip.compress(CSV, mtime=0), "the file is compressed (gzip)"),
        ("contacts.csv", pa.compress(CSV, "zstd", asbytes=True), "the file is compressed (zstd)"),
        ("contacts.csv", bz2.compress(CSV), "the file is compressed (bzip2)"),
        ("contacts.csv", lzma.compress(CSV), "the file is compressed (xz)"),
        ("contacts.csv", _archive("contacts.csv"), "the file is compressed (zip)"),
        ("contacts.csv", _archive("[Content_Types].xml"), "this is an Excel workbook"),
        (
            "contacts.csv",
            _parquet(),
            "this is Parquet, whatever its name says; rename it to contacts.parquet.",
        ),
        ("contacts/a.json", _parquet(), "this is Parquet, whatever its name says; rename it to a.parquet."),
        ("contacts.parquet", CSV, "this is text, not Parquet"),
    ],
    ids=lambda value: "content" if isinstance(value, bytes) else None,
)
def test_29c_a_file_under_a_wrong_name_says_so(case: Case, name: str, content: bytes, reason: str) -> None:
    case.write(name, content)
    code, sentence = case.run()
    assert code == 2
    assert sentence.startswith(f"contact-merge: {name}: {reason}")
    assert not (case.folder.parent / "out" / "merged").exists()


ARRAY = f"""\ufeff [
 {{
  "id": "{A}",
  "a": null,
  "custom_fields": {{"x":  [1,\n 2]}}
 }},
 {{ "id": "{B}", "a": "]}},\\\\\\"[" }}, "no object"
]
"""


@pytest.mark.parametrize("name", ["contacts.jsonl", "contacts.json", "contacts/a.json"])
def test_34c_a_file_that_is_one_array_is_read(case: Case, name: str) -> None:
    case.write(name, ARRAY.encode())
    case.json_lines("merge_requests", request())
    assert case.run()[0] == 1
    assert case.answers() == [("r1", 200)]
    assert case.merged("contacts", "id", "a", "custom_fields") == [(A, ']},\\"[', '{"x":  [1,\n 2]}')]
    assert case.rejects("contacts") == [(name, 3, "the line is no JSON object")]


def test_a_json_file_may_hold_one_object_a_line(case: Case) -> None:
    case.write("contacts.json", f'{{"id": "{A}"}}\n{{"id": "{B}"}}\n'.encode())
    assert case.run() == (0, "")
    assert case.merged("contacts", "id") == [(A,), (B,)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (ARRAY.rstrip()[:-1], "its array has no end, so the file may have been cut off; write it again."),
        (ARRAY[:60], "its array has no end, so the file may have been cut off; write it again."),
        (
            ARRAY + "[]",
            "something stands behind the end of its array; write one array, or one object a line.",
        ),
    ],
)
def test_an_array_that_is_not_whole_is_refused(case: Case, content: str, reason: str) -> None:
    case.write("contacts.json", content.encode())
    assert case.run() == (2, f"contact-merge: contacts.json: {reason}\n")


def test_32b_a_folder_of_a_table_format_is_refused(case: Case) -> None:
    case.write("contacts/part-0.parquet", _parquet())
    case.write("contacts/_delta_log/00000000000000000001.json", b"{}")
    code, printed = case.run()
    assert code == 2
    assert "contacts: this is a table of Delta Lake" in printed
    assert "copy (from delta_scan(" in printed


@pytest.mark.parametrize("option", ["--input", "--output", "--warehouse", "--config"])
@pytest.mark.parametrize(
    ("place", "scheme"),
    [
        ("s3://bucket/in", "s3"),
        ("postgres://user:secret@host/db", "postgres"),
        ("jdbc:postgresql://host/db", "postgresql"),
        ("https://host/contacts.csv", "https"),
        ("abfss://c@a.dfs.core.windows.net/x", "abfss"),
    ],
)
def test_a_path_with_a_scheme_is_refused_and_no_folder_made(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    option: str,
    place: str,
    scheme: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "contacts.csv").write_bytes(CSV)
    options = {"--input": "in", "--output": "out", option: place}
    code = cli.main(["run", *(word for pair in options.items() for word in pair)])
    printed = "".join(capsys.readouterr())
    assert code == 2
    assert printed.startswith(f"contact-merge: A path that begins with {scheme}:// cannot be read or written")
    assert (printed.count("\n"), "secret" in printed) == (1, False)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("path", ["C:\\in", "C:/in", "a:b", "in/x:y", "s3:bucket", ""])
def test_a_path_may_have_a_colon(path: str) -> None:
    assert scheme_of(path) is None


def test_04_a_header_in_capitals_names_the_same_columns(case: Case) -> None:
    case.write("contacts.csv", f"Id,Email,Phone\n{A},a@example.org,\n{B},,555\n".encode())
    sent = f'r1,{A},"[""{B}""]",2026-05-01T00:00:00Z'
    case.write("merge_requests.csv", f"Request_Id,Primary_Id,Duplicate_Ids,Requested_At\n{sent}\n".encode())
    assert case.run()[0] == 0
    assert case.merged("contacts", "Id", "Email", "Phone") == [(A, "a@example.org", "555")]


def test_34_60_names_of_files_in_capitals_and_blanks_in_a_header(case: Case) -> None:
    case.write("Contacts.CSV", f"id, name, phone\n{A}, Ada,\n{B},, 555\n".encode())
    case.json_lines("merge_requests", request())
    assert case.run()[0] == 0
    assert case.merged("contacts", "id", " name", " phone") == [(A, " Ada", " 555")]


def test_72_a_column_may_change_its_case_between_exports(case: Case) -> None:
    case.json_lines("contacts", {"id": A, "phone": None}, {"id": B, "phone": "5"})
    case.json_lines("merge_requests", request())
    assert case.run()[0] == 0
    case.json_lines(
        "contacts",
        {"id": A, "Phone": None},
        {"id": B, "Phone": "5"},
        {"id": C, "Phone": None},
        {"id": D, "Phone": "6"},
    )
    case.json_lines("merge_requests", request(request_id="r2", primary_id=C, duplicate_ids=[D]))
    assert case.run("2026-06-02")[0] == 0
    assert case.merged("contacts", "id", "phone") == [(A, "5"), (C, "6")]
