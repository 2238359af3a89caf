"""Nothing gets out that should not: from one workspace into another, into logs, to other users, by SQL to anywhere."""

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from contact_merge import cli, pipeline, session
from contact_merge.engine import sql_folder
from contact_merge.errors import WarehouseError
from contact_merge.explain import explain
from contact_merge.pipeline import run, undo
from contact_merge.settings import Settings
from contact_merge.warehouse import attach_warehouse, open_warehouse
from pipeline_endpoint import QUIET, read_outputs

pytestmark = pytest.mark.long

SECRET = "Zaphod-4711"
AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
Row = Mapping[str, Any]


def uid(workspace: int, number: int) -> str:
    return f"0000000{workspace}-0000-4000-8000-{number:012x}"


def write(folder: Path, **tables: Sequence[Row]) -> Path:
    """A folder of JSON-lines tables."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{table}.jsonl").write_text(lines, encoding="utf-8")
    return folder


def do(folder: Path, output: Path, **settings: Any) -> dict[str, list[Any]]:
    """Run, and read what was written."""
    run(
        folder,
        output,
        warehouse=None,
        dry_run=False,
        as_of=AS_OF,
        settings=Settings(**settings),
        progress=QUIET,
    )
    return read_outputs(output)


# ---------------------------------------------------------------- workspaces and keys

# What a contact may be: live; retired by a request; by an imported pointer; in a circle; merged into by a request.
STATES = ("live", "retired", "imported", "circle", "survivor", "live again")


def spelled(workspace: int, number: int) -> str:
    """How contacts spells an id: that of the other workspace in another way, which would show that it is there."""
    return uid(workspace, number) if workspace == 1 else f"{{{uid(workspace, number)}}}"


def contacts_of(workspace: int) -> list[Row]:
    def contact(number: int, into: int | None = None) -> Row:
        return {
            "id": spelled(workspace, number),
            "workspace_id": f"w{workspace}",
            "name": f"{SECRET}-w{workspace}",
            "merged_into_id": None if into is None else uid(workspace, into),
        }

    return [
        contact(0),
        contact(1),
        contact(2, into=4),
        contact(3, into=6),
        contact(4),
        contact(5),
        contact(6, into=3),
    ]


def state_id(workspace: int, state: str) -> str:
    return uid(workspace, STATES.index(state))


def first_requests(workspace: int) -> list[Row]:
    return [
        {
            "request_id": f"0-{workspace}",
            "primary_id": state_id(workspace, "survivor"),
            "duplicate_ids": [state_id(workspace, "retired")],
            "requested_at": "2026-01-01T00:00:00Z",
            "api_key_id": f"k{workspace}",
            "idempotency_key": "same for both",
        }
    ]


def prying_requests() -> list[Row]:
    """Requests of the key of workspace 1 that name every kind of contact of both workspaces, in every pair of places."""
    ids = [state_id(workspace, state) for workspace in (1, 2) for state in STATES] + [uid(3, 0)]
    return [
        {
            "request_id": f"1-{number:03}",
            "primary_id": primary,
            "duplicate_ids": [duplicate],
            "requested_at": f"2026-02-01T{number // 60:02}:{number % 60:02}:00Z",
            "api_key_id": "k1",
            "idempotency_key": f"i{number % 100}",
            "dry_run": number % 5 > 0,
        }
        for number, (primary, duplicate) in enumerate(product(ids, ids))
        if primary != duplicate
    ]


def notes_of(workspace: int) -> list[Row]:
    return [
        {"id": uid(workspace, 100 + n), "contact_id": uid(workspace, n), "body": f"{SECRET}-w{workspace}"}
        for n in range(7)
    ]


KEYS = [
    {"api_key_id": f"k{workspace}", "workspace_id": f"w{workspace}", "scopes": ["write:contacts"]}
    for workspace in (1, 2)
]


@pytest.mark.parametrize("retired_ids", ["reject", "follow"])
@pytest.mark.parametrize("with_keys", [True, False])
def test_what_another_workspace_holds_changes_nothing_that_this_one_gets(
    tmp_path: Path, retired_ids: str, with_keys: bool
) -> None:
    """Once the other workspace is full, once it is empty: every row, answer and event of this one is the same."""
    seen = []
    for there in (True, False):
        workspaces = (1, 2) if there else (1,)
        requests = [request for w in workspaces for request in first_requests(w)] + prying_requests()
        if not with_keys:  # then the workspace of the primary counts: only this one's contacts are asked for
            requests = [
                r for r in requests if r["primary_id"].startswith(f"0000000{1}") or r["request_id"] == "0-2"
            ]
            requests = [{**r, "api_key_id": None, "idempotency_key": None} for r in requests]
        folder = write(
            tmp_path / f"in-{there}",
            contacts=[row for w in workspaces for row in contacts_of(w)],
            notes=[row for w in workspaces for row in notes_of(w)],
            merge_requests=requests,
            **({"api_keys": KEYS} if with_keys else {}),
        )
        seen.append(_of_workspace_1(do(folder, tmp_path / f"out-{there}", retired_ids=retired_ids)))
    assert seen[0] == seen[1]
    assert sum(row["status"] == 200 for row in seen[0]["merge_responses"]) >= 4
    assert sum(row["status"] == 404 for row in seen[0]["merge_responses"]) >= 10
    assert sum(row["status"] == 409 for row in seen[0]["merge_responses"]) >= 2
    assert f"{SECRET}-w2" not in json.dumps(seen[0], default=str)


def _of_workspace_1(outputs: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The rows that belong to workspace 1 or answer its key; where the order of rows says nothing, by their first column."""
    events = map(json.loads, outputs["events"])
    return {
        "contacts": [row for row in outputs["contacts"] if row["workspace_id"] == "w1"],
        "notes": [row for row in outputs["notes"] if row["id"].startswith("00000001")],
        "merge_responses": [
            row for row in outputs["merge_responses"] if not row["request_id"].startswith("0-2")
        ],
        "contact_redirects": sorted(
            (r for r in outputs["contact_redirects"] if r["retired_id"].startswith("00000001")),
            key=lambda r: r["retired_id"],
        ),
        "field_conflicts": sorted(
            (r for r in outputs["field_conflicts"] if r["contact_id"].startswith("00000001")), key=str
        ),
        "events": [
            {name: value for name, value in event.items() if name != "id"}
            for event in events
            if event["workspace_id"] == "w1"
        ],
    }


@pytest.mark.parametrize("retired_ids", ["reject", "follow"])
def test_a_message_never_names_a_survivor_of_another_workspace(tmp_path: Path, retired_ids: str) -> None:
    """The export has a pointer across workspaces: only that the contact is retired may be shown."""
    folder = write(
        tmp_path / "in",
        contacts=[
            {"id": uid(1, 0), "workspace_id": "w1", "merged_into_id": uid(2, 0)},
            {"id": uid(1, 1), "workspace_id": "w1"},
            {"id": uid(2, 0), "workspace_id": "w2"},
        ],
        merge_requests=[
            {
                "request_id": request_id,
                "primary_id": primary,
                "duplicate_ids": [duplicate],
                "requested_at": "2026-01-01T00:00:00Z",
                "api_key_id": "k1",
            }
            for request_id, primary, duplicate in (("1", uid(1, 0), uid(1, 1)), ("2", uid(1, 1), uid(1, 0)))
        ],
        api_keys=KEYS,
    )
    responses = do(folder, tmp_path / "out", retired_ids=retired_ids)["merge_responses"]
    assert [row["status"] for row in responses] == [404, 404]
    for row in responses:
        assert f"{uid(1, 0)} is retired" in row["message"]
        assert "merged into" not in row["message"]
        assert uid(2, 0) not in row["message"]


def test_an_idempotency_key_of_one_api_key_never_answers_another(tmp_path: Path) -> None:
    requests = [
        {
            "request_id": f"{second}{api_key}",
            "primary_id": uid(workspace, 0),
            "duplicate_ids": [uid(workspace, 1)],
            "requested_at": f"2026-01-01T00:00:0{second}Z",
            "api_key_id": api_key,
            "idempotency_key": "the same",
        }
        for second in (1, 2)
        for workspace, api_key in ((1, "k1"), (2, "k2"))
    ]
    folder = write(
        tmp_path / "in",
        contacts=[*contacts_of(1), *contacts_of(2)],
        merge_requests=requests[:2],
        api_keys=KEYS,
    )
    do(folder, tmp_path / "out")
    write(folder, merge_requests=requests)  # the others come in a later run
    responses = {row["request_id"]: row for row in do(folder, tmp_path / "out")["merge_responses"]}
    assert {id_: row["replayed"] for id_, row in responses.items()} == {
        "1k1": False,
        "1k2": False,
        "2k1": True,
        "2k2": True,
    }
    for id_, row in responses.items():
        assert json.loads(row["primary"])["workspace_id"] == f"w{id_[-1]}"


# ---------------------------------------------------------------- logs and messages


def hostile_folder(folder: Path) -> Path:
    """Tables whose every value is a secret, with rows and requests that are rejected or refused."""
    return write(
        folder,
        contacts=[
            {"id": uid(1, 0), "name": SECRET, "custom_fields": SECRET, "merged_into_id": SECRET},
            {"id": uid(1, 1), "name": SECRET, "custom_fields": json.dumps({"a": SECRET})},
            {"id": SECRET, "name": SECRET},
        ],
        notes=[{"id": uid(1, 100), "contact_id": SECRET, "body": SECRET}],
        merge_requests=[
            {
                "request_id": "1",
                "primary_id": SECRET,
                "duplicate_ids": [SECRET, None, {"a": SECRET}],
                "overwrite": SECRET,
                "requested_at": "2026-01-01T00:00:00Z",
                "reason": SECRET,
            },
            {
                "request_id": "2",
                "primary_id": uid(1, 0),
                "duplicate_ids": [uid(1, 1)],
                "requested_at": SECRET,
            },
            {
                "request_id": "3",
                "primary_id": uid(1, 0),
                "duplicate_ids": [uid(1, 1)],
                "requested_at": "2026-01-01T00:00:00Z",
            },
        ],
    )


def type_run(folder: Path, output: Path, *options: str) -> int:
    return cli.main(["run", "--input", str(folder), "--output", str(output), *options])


@pytest.mark.parametrize("options", [(), ("--json",), ("--quiet",)])
def test_the_summary_of_a_run_shows_no_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    assert type_run(hostile_folder(tmp_path / "in"), tmp_path / "out", *options) == 1
    out, err = capsys.readouterr()
    assert out + err
    assert SECRET not in out + err


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("contacts.csv", f"{uid(1, 0)},{SECRET}\n"),
        ("contacts.csv", f"{uid(1, 0)},{SECRET},{SECRET}\n"),
        ("contacts.csv", f"{uid(1, 0)},{SECRET},{SECRET.upper()}\n"),
        ("contacts.csv", f'{uid(1, 0)},"{SECRET}\n'),
        ("contacts.csv", f"_cm_{SECRET}\n"),
        ("contacts.jsonl", f'{{"id": "{SECRET}'),
        ("contacts.jsonl", f'"{SECRET}"'),
        ("contacts.parquet", SECRET),
        ("merge_requests.csv", f"{uid(1, 0)},{SECRET}\n"),
        ("api_keys.csv", f"{SECRET}\n"),
    ],
)
def test_a_file_that_cannot_be_used_is_reported_without_its_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str
) -> None:
    """A CSV file without a line of column names among them, whose first row stands in the names' place."""
    folder = write(tmp_path / "in", contacts=[{"id": uid(1, 0)}] if not name.startswith("contacts") else [])
    if name.startswith("contacts"):
        (folder / "contacts.jsonl").unlink()
    (folder / name).write_text(content, encoding="utf-8")
    assert type_run(folder, tmp_path / "out") == 2
    assert SECRET not in capsys.readouterr().err


def test_a_file_that_cannot_be_used_is_reported_without_a_cell_that_is_like_a_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "contacts.csv").write_text(f"{uid(1, 0)},idd\n", encoding="utf-8")
    assert type_run(folder, tmp_path / "out") == 2
    assert "idd" not in capsys.readouterr().err


def test_a_defect_is_reported_without_the_message_that_may_quote_a_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def convert(*_: Any, **__: Any) -> None:
        try:
            duckdb.sql(f"select cast('{SECRET}' as integer)").fetchall()
        except duckdb.Error as error:
            raise ValueError(f"cannot decide {SECRET}") from error

    monkeypatch.setattr(pipeline, "decide", convert)
    assert type_run(hostile_folder(tmp_path / "in"), tmp_path / "out", "--json") == 3
    out, err = capsys.readouterr()
    assert SECRET not in out + err
    assert "ConversionException" in err
    assert "in convert" in err, "where it happened is shown"


# ---------------------------------------------------------------- files


@pytest.fixture
def no_mask() -> Iterator[None]:
    """As on a machine where everybody may read what is made."""
    before = os.umask(0)
    yield
    os.umask(before)


def open_to_others(root: Path) -> list[str]:
    return [
        f"{stat.filemode(path.lstat().st_mode)} {path.relative_to(root)}"
        for path in root.rglob("*")
        if path.lstat().st_mode & 0o077
    ]


@pytest.mark.usefixtures("no_mask")
def test_every_file_is_its_owners_alone_from_the_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outputs, rejects, events, warehouse and its log, previews and their copies: checked while they are written."""
    found: list[str] = []
    looked = 0
    folder, root = hostile_folder(tmp_path / "in"), tmp_path / "root"
    root.mkdir(mode=0o700)

    def look(original: Any) -> Any:
        def looking(*args: Any, **options: Any) -> Any:
            nonlocal looked
            looked += 1
            found.extend(open_to_others(root))
            return original(*args, **options)

        return looking

    monkeypatch.setattr(Path, "chmod", look(lambda *_: None))  # what is right from the start needs none
    monkeypatch.setattr(Path, "replace", look(Path.replace))
    for module, names in (
        (pipeline, ("merge", "summarize")),
        (session, ("write_merged", "write_events", "write_rejects", "write_manifest")),
    ):
        for name in names:
            monkeypatch.setattr(module, name, look(getattr(module, name)))
    for dry_run in (True, False, True):
        run(
            folder,
            root / "out",
            warehouse=None,
            dry_run=dry_run,
            as_of=AS_OF,
            settings=Settings(),
            progress=QUIET,
        )
    undo(
        root / "out/warehouse.duckdb", root / "out", ["3"], dry_run=False, as_of=AS_OF,
        settings=Settings(), progress=QUIET,
    )  # fmt: skip
    assert looked > 100
    assert found + open_to_others(root) == []
    names = {path.name for path in (root / "out").rglob("*")}
    assert {"contacts.jsonl", "warehouse.duckdb", "preview", "changes.parquet", "manifest.json"} <= names


@pytest.mark.usefixtures("no_mask")
def test_the_log_of_the_warehouse_and_spilled_rows_are_their_owners_alone(tmp_path: Path) -> None:
    spill = tmp_path / "spill"
    settings = Settings(memory_limit="60MB", temp_directory=str(spill))
    with open_warehouse(tmp_path / "warehouse.duckdb", settings) as con:
        con.execute("create table t as select 1 as i")
        con.execute(
            "create temp table big as select range as i, md5(cast(range as varchar)) as h from range(3000000)"
        )
        assert list(spill.rglob("*")), "rows were spilled"
        assert (tmp_path / "warehouse.duckdb.wal").exists()
        assert open_to_others(tmp_path) == []


@pytest.mark.usefixtures("no_mask")
def test_a_team_may_read_what_file_mode_lets_it_read(tmp_path: Path) -> None:
    do(hostile_folder(tmp_path / "in"), tmp_path / "out", file_mode="0640")
    modes = {path.is_dir(): stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").rglob("*")}
    assert modes == {True: 0o750, False: 0o640}


# ---------------------------------------------------------------- SQL

FORBIDDEN = [
    "select * from read_csv('/etc/passwd')",
    "select * from '/etc/passwd'",
    "select * from read_text('{outside}')",
    "select * from read_text('{allowed}/link')",
    "select * from read_text('{allowed}/../outside')",
    "select * from glob('/etc/*')",
    "select * from 'https://example.invalid/x.parquet'",
    "select * from read_parquet('s3://bucket/x.parquet')",
    "select * from read_blob('/proc/self/environ')",
    "copy (select 1) to '{outside}'",
    "export database '{outside}'",
    "attach '{outside}' as other",
    "install httpfs",
    "load httpfs",
    "load '{allowed}/extension.so'",
    "set enable_external_access = true",
    "reset enable_external_access",
    "set allowed_directories = ['/']",
    "set lock_configuration = false",
    "set temp_directory = '/tmp'",
    "set autoload_known_extensions = true",
    "pragma enable_logging",
    "select * from frame_of_python",
]


@pytest.mark.parametrize("way", ["write", "read", "attached"])
def test_sql_reaches_the_folders_of_the_run_and_nothing_else(tmp_path: Path, way: str) -> None:
    allowed, outside, path = tmp_path / "allowed", tmp_path / "outside", tmp_path / "warehouse.duckdb"
    allowed.mkdir()
    (allowed / "file.csv").write_text("a\n1\n")
    outside.write_text(SECRET)
    (allowed / "link").symlink_to(outside)
    frame_of_python = pa.table({"a": [1]})
    assert frame_of_python.num_rows == 1
    with open_warehouse(path, Settings()) as con:
        con.execute("create table t as select 1 as a")
    opened = {
        "write": lambda: open_warehouse(path, Settings(), folders=[allowed]),
        "read": lambda: open_warehouse(path, Settings(), read_only=True, folders=[allowed]),
        "attached": lambda: attach_warehouse(path, Settings(), folders=[allowed]),
    }[way]
    with opened() as con:
        assert con.execute(f"select a from read_csv('{allowed}/file.csv')").fetchall() == [(1,)]
        assert con.execute("select a from t").fetchall() == [(1,)]
        for statement in FORBIDDEN:
            with pytest.raises(duckdb.Error) as refused:
                con.execute(statement.format(allowed=allowed, outside=outside)).fetchall()
            assert SECRET not in str(refused.value)
    assert outside.read_text() == SECRET


def test_duckdb_is_opened_in_one_module_alone() -> None:
    package = Path(cli.__file__).parent
    opens = [
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if re.search(r"duckdb\.connect\(|duckdb\.(sql|execute|query|read_\w+)\(", path.read_text("utf-8"))
    ]
    assert opens == ["warehouse.py"]
    for path in sql_folder().rglob("*.sql"):
        assert not re.search(
            r"(?im)^\s*(install|load|attach|pragma|copy|export|import)\b|\bread_\w+\(",
            _without_comments(path),
        ), path


def _without_comments(path: Path) -> str:
    return re.sub(r"--.*|\{#.*?#\}", "", path.read_text("utf-8"))


def test_a_link_in_the_input_leads_to_its_file_and_to_nothing_beside_it_by_name(tmp_path: Path) -> None:
    elsewhere = write(tmp_path / "elsewhere", contacts=[{"id": uid(1, 0), "name": "a"}])
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "contacts.jsonl").symlink_to(elsewhere / "contacts.jsonl")
    (folder / "notes.csv").write_text(
        f"id,contact_id,body\n{uid(1, 1)},{uid(1, 0)},{elsewhere}/contacts.jsonl\n"
    )
    outputs = do(folder, tmp_path / "out")
    assert [row["name"] for row in outputs["contacts"]] == ["a"]
    assert [row["body"] for row in outputs["notes"]] == [f"{elsewhere}/contacts.jsonl"]


def test_explain_and_a_missing_warehouse_read_nothing_else(tmp_path: Path) -> None:
    do(hostile_folder(tmp_path / "in"), tmp_path / "out")
    assert explain(tmp_path / "out/warehouse.duckdb", uid(1, 0), Settings()).contact_id == uid(1, 0)
    with pytest.raises(WarehouseError):
        explain(Path("https://example.invalid/w.duckdb"), uid(1, 0), Settings())
