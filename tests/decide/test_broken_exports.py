"""Guards: broken exports stop the run, change nothing, and let the good export restore everything (SHAPES.md, 'Guards')."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge import cli
from contact_merge.errors import GuardError
from contact_merge.json_text import broken_object
from contact_merge.pipeline import run
from contact_merge.settings import Guards, Settings
from contact_merge.summary import GoneColumn, IdlePointer, Summary
from pipeline_endpoint import QUIET, PipelineEndpoint, adds_up, read_bytes
from story import START, Story, id_of, letter_of, pointing

pytestmark = pytest.mark.long

LIVE, MERGED = 439, 20
NAMES = ("Ada", "Zoë", "Łukasz", "Noël")


def uid(number: int) -> str:
    return f"0000000a-000b-400c-800d-{number:012x}"


def contact_lines(count: int = LIVE + MERGED) -> list[str]:
    return [f"{uid(n)},{NAMES[n % 4]},{n if n % 3 else ''}" for n in range(count)]


def request_lines(count: int, duplicates: str | None = None, prefix: str = "r") -> str:
    """Requests that merge contact LIVE + n into contact n."""
    rows = [
        {
            "request_id": f"{prefix}{n}",
            "primary_id": uid(n),
            "duplicate_ids": duplicates or [uid(LIVE + n)],
            "requested_at": "2026-05-01T00:00:00Z",
        }
        for n in range(count)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)


@dataclass
class Warehouse:
    """An input folder and an output folder, and the command line between them."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def output(self) -> Path:
        return self.folder / "out"

    def write(self, table: str, header: str, lines: Sequence[str], encoding: str = "utf-8") -> None:
        text = "".join(f"{line}\n" for line in (header, *lines))
        (self.folder / "in" / f"{table}.csv").write_bytes(text.encode(encoding, errors="replace"))

    def run(self, *options: str) -> tuple[int, str, dict]:
        """Exit code, what stands on stderr, and the figures."""
        code = cli.main(
            ["run", "--input", str(self.folder / "in"), "--output", str(self.output), "--json", *options]
        )
        out, err = self.capsys.readouterr()
        return code, err, json.loads(out)

    def verify(self) -> int:
        code = cli.main(
            ["verify", "--warehouse", str(self.output / "warehouse.duckdb"), "--output", str(self.output)]
        )
        self.capsys.readouterr()
        return code

    def live(self) -> list[tuple[str, str, str]]:
        rows = pq.read_table(self.output / "merged/contacts.parquet").to_pylist()
        return sorted((row["id"], row["name"], row["phone"]) for row in rows)

    def asked(self, question: str) -> list[tuple]:
        with duckdb.connect(str(self.output / "warehouse.duckdb"), read_only=True) as con:
            return con.execute(question).fetchall()


@pytest.fixture(scope="module")
def merged_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """439 live contacts, 20 of them merged with another, 120 notes."""
    folder = tmp_path_factory.mktemp("guards")
    (folder / "in").mkdir()
    contacts = "".join(f"{line}\n" for line in ("id,name,phone", *contact_lines()))
    (folder / "in/contacts.csv").write_text(contacts, encoding="utf-8")
    (folder / "in/merge_requests.jsonl").write_text(request_lines(MERGED), encoding="utf-8")
    notes = "".join(f"{uid(1000 + n)},{uid(n)},{n}\n" for n in range(120))
    (folder / "in/notes.csv").write_text(f"id,contact_id,body\n{notes}", encoding="utf-8")
    summary = run(
        folder / "in", folder / "out",
        warehouse=None, dry_run=False, as_of=START, settings=Settings(), progress=QUIET,
    )  # fmt: skip
    assert summary.contacts_after == LIVE
    return folder


@pytest.fixture
def warehouse(merged_once: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Warehouse:
    shutil.copytree(merged_once, tmp_path, dirs_exist_ok=True)
    return Warehouse(tmp_path, capsys)


BROKEN = {
    "half": (contact_lines()[:99], "utf-8", "this export would delete 340 of 439 live contacts", "deleted", 99),
    "empty": ([], "utf-8", "this export would delete all 439 live contacts", "deleted", 0),
    "re-encoded": (
        contact_lines(), "windows-1252", "229 of 459 rows are rejected (the line is no UTF-8)", "rejected", LIVE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_export_stops_unless_it_is_allowed_and_the_good_one_restores_everything(
    broken: str, warehouse: Warehouse
) -> None:
    lines, encoding, finding, guard, left = BROKEN[broken]
    live, files = warehouse.live(), read_bytes(warehouse.output)
    warehouse.write("contacts", "id,name,phone", lines, encoding)
    code, printed, figures = warehouse.run()
    assert (code, printed.count("\n")) == (2, 1)
    assert f"contacts.csv: {finding}: a guard stopped the run" in printed
    assert f"--allow {guard} (in Dagster allow: [{guard}])" in printed
    assert ("max_deleted_share" in printed) == (broken == "half")
    assert ("max_rejected_share" in printed) == (broken == "re-encoded")
    assert figures["error"]["code"] == "guard_error"
    assert read_bytes(warehouse.output) == files

    other = "rejected" if guard == "deleted" else "deleted"
    assert warehouse.run("--allow", other)[0] == 2
    code, _, figures = warehouse.run("--allow", guard)
    assert code == (1 if broken == "re-encoded" else 0)
    assert figures["guards_passed"] == [guard]
    assert (figures["contacts_before"], figures["contacts_deleted"]) == (LIVE, LIVE - left)
    assert len(warehouse.live()) == figures["contacts_after"] == left
    assert warehouse.asked("select allowed from ledger.batches order by batch_no") == [(None,), ([guard],)]
    assert warehouse.verify() == 0

    warehouse.write("contacts", "id,name,phone", contact_lines())
    code, _, figures = warehouse.run()
    assert (code, figures["contacts_back_again"], figures["contacts_new"]) == (0, LIVE - left, 0)
    assert warehouse.live() == live
    assert warehouse.verify() == 0


def test_nothing_lets_an_export_pass_of_which_no_id_can_be_read(warehouse: Warehouse) -> None:
    live, files = warehouse.live(), read_bytes(warehouse.output)
    warehouse.write("contacts", "id,name,phone", [f"C-{n},x," for n in range(459)])
    for options in ([], ["--allow", "deleted", "--allow", "rejected"]):
        code, printed, figures = warehouse.run(*options)
        assert (code, figures["error"]["code"]) == (2, "input_error")
        assert "contacts.csv: each of its 459 rows is rejected (id is no UUID)" in printed
        assert read_bytes(warehouse.output) == files
    warehouse.write("contacts", "id,name,phone", contact_lines())
    assert warehouse.run()[0] == 0
    assert warehouse.live() == live


def test_settings_set_the_shares_and_what_is_just_within_them_passes(warehouse: Warehouse) -> None:
    """340 of 439 are deleted and 61 of 120 notes: more than 0.77, and than 0.5, of them."""
    warehouse.write("contacts", "id,name,phone", contact_lines()[:99])
    settings = warehouse.folder / "settings.toml"
    settings.write_text(f"[guards]\nmax_deleted_share = {340 / 439}\n", encoding="utf-8")
    warehouse.write("notes", "id,contact_id,body", [f"{uid(1000 + n)},{uid(n)},{n}" for n in range(59)])
    code, printed, _ = warehouse.run("--config", str(settings))
    assert code == 2
    assert "notes.csv: this export would delete 61 of 120 rows: a guard" in printed
    assert "max_deleted_rows_share" in printed
    assert "live contacts" not in printed
    warehouse.write("notes", "id,contact_id,body", [f"{uid(1000 + n)},{uid(n)},{n}" for n in range(60)])
    assert warehouse.run("--config", str(settings))[0] == 0
    assert len(warehouse.live()) == 99


def test_all_that_stops_a_run_is_reported_at_once(warehouse: Warehouse) -> None:
    warehouse.write("contacts", "id,name,phone", [])
    warehouse.write("notes", "id,contact_id,body", [f"{uid(1000 + n)},nobody,{n}" for n in range(120)])
    code, printed, _ = warehouse.run()
    assert (code, printed.count("\n")) == (2, 1)
    assert "contacts.csv: this export would delete all 439 live contacts" in printed
    assert "notes.csv: all 120 rows are rejected (contact_id is no UUID)" in printed
    assert "--allow deleted --allow rejected (in Dagster allow: [deleted, rejected])" in printed


def test_an_upsert_deletes_nothing(warehouse: Warehouse) -> None:
    settings = warehouse.folder / "settings.toml"
    settings.write_text('[load]\ncontacts = "upsert"\nnotes = "upsert"\n', encoding="utf-8")
    warehouse.write("contacts", "id,name,phone", contact_lines()[:1])
    warehouse.write("notes", "id,contact_id,body", [])
    code, _, figures = warehouse.run("--config", str(settings))
    assert (code, figures["contacts_deleted"], figures["contacts_after"]) == (0, 0, LIVE)


@pytest.mark.parametrize(("count", "code"), [(4, 0), (5, 2)])
def test_requests_of_which_none_has_readable_duplicates_wait_for_a_correction(
    count: int, code: int, warehouse: Warehouse
) -> None:
    requests = request_lines(count, duplicates="nobody", prefix="s")
    (warehouse.folder / "in/merge_requests.jsonl").write_text(requests, encoding="utf-8")
    printed = warehouse.run()
    assert printed[0] == code
    if code:
        assert "merge_requests.jsonl: of 5 new requests none has duplicate_ids that can be read" in printed[1]
        assert warehouse.run("--allow", "rejected")[2]["requests"] == {"validation_error": 5}


def test_a_value_that_allow_does_not_know_is_wrong_usage(warehouse: Warehouse) -> None:
    code, printed, figures = warehouse.run("--allow", "merges")
    assert (code, figures["error"]["code"]) == (2, "usage_error")
    assert "'merges' is not one of 'deleted', 'rejected'" in printed


# ---------------------------------------------------------------------------------------- small tables


def night(folder: Path, *, allow: Sequence[str] = (), **tables: str) -> Summary:
    """A run on tables given as CSV, rows separated by blanks; a small letter stands for its id."""
    (folder / "in").mkdir(exist_ok=True)
    for file in (folder / "in").iterdir():
        file.unlink()
    for table, text in tables.items():
        header, *rows = text.split()
        named = [
            ",".join(id_of(cell) if len(cell) == 1 and cell.islower() else cell for cell in row.split(","))
            for row in rows
        ]
        (folder / f"in/{table}.csv").write_text("\n".join([header, *named, ""]), encoding="utf-8")
    return run(
        folder / "in", folder / "out",
        warehouse=None, dry_run=False, as_of=START, settings=Settings(), progress=QUIET, allow=allow,
    )  # fmt: skip


def rows_of(folder: Path, table: str) -> list[tuple]:
    return sorted(
        tuple(row.values()) for row in pq.read_table(folder / f"out/merged/{table}.parquet").to_pylist()
    )


def test_an_export_that_deletes_all_live_contacts_stops_at_any_size(tmp_path: Path) -> None:
    night(tmp_path, contacts="id,f a,1 b,2")
    with pytest.raises(GuardError, match="would delete all 2 live contacts: a guard") as stopped:
        night(tmp_path, contacts="id,f c,1 d,2")
    assert stopped.value.guards == ("deleted",)
    assert night(tmp_path, contacts="id,f a,1 c,2").contacts == {
        "contacts_before": 2, "contacts_deleted": 1, "contacts_retired_by_pointers": 0, "contacts_retired": 0,
        "contacts_new": 1, "contacts_back_again": 0, "contacts_after": 2,
    }  # fmt: skip
    back = night(tmp_path, contacts="id,f b,2 d,2", allow=["deleted"])
    assert (back.contacts_deleted, back.contacts_back_again, back.contacts_new) == (2, 1, 1)


def test_of_deleted_contacts_each_needs_one_in_the_export_that_is_retired_into_it(tmp_path: Path) -> None:
    """a has b, c has d, and e goes to c only by way of d."""
    header = "request_id,primary_id,duplicate_ids,requested_at"
    merges = [("r1", "a", "b"), ("r2", "d", "e"), ("r3", "c", "d")]
    requests = [
        f'{name},{id_of(into)},"[""{id_of(gone)}""]",2026-03-0{n}'
        for n, (name, into, gone) in enumerate(merges, 1)
    ]
    (tmp_path / "in").mkdir()
    night(tmp_path, contacts="id,f a,1 b,2 c,3 d,4 e,5", merge_requests=" ".join([header, *requests]))
    for held in ("b,2", "d,4 e,5", "b,2 x,9"):
        with pytest.raises(GuardError, match="would delete all 2 live contacts: a guard") as stopped:
            night(tmp_path, contacts=f"id,f {held}")
        assert stopped.value.guards == ("deleted",)
    summary = night(tmp_path, contacts="id,f b,2 e,5")
    assert (summary.contacts_deleted, summary.contacts_after, summary.leading_to_nobody) == (2, 0, 3)


def test_a_first_load_is_all_new_whether_live_or_retired_already(tmp_path: Path) -> None:
    summary = night(tmp_path, contacts=f"id,merged_into_id a, b,a c,{id_of('z')}")
    assert (summary.contacts_new, summary.contacts_retired_by_pointers, summary.contacts_after) == (3, 2, 1)
    assert (summary.leading_to_nobody, summary.leading_to_nobody_first) == (1, [id_of("c")])
    summary = night(tmp_path, contacts="id,merged_into_id a,b b, c,")
    assert summary.contacts_retired_by_pointers == 1
    assert summary.contacts_back_again == 2
    assert adds_up(summary)
    assert summary.leading_to_nobody == 0


def test_a_rejected_row_whose_key_can_be_read_leaves_the_last_good_row(tmp_path: Path) -> None:
    night(tmp_path, contacts="id,f a,1 b,2 c,3", notes="id,contact_id n,a o,b p,c")
    summary = night(tmp_path, contacts="id,f a,9 b,2,too,many", notes="id,contact_id n,nobody o,b q,nobody r")
    assert rows_of(tmp_path, "contacts") == [(id_of("a"), "9"), (id_of("b"), "2")]
    assert rows_of(tmp_path, "notes") == [(id_of("n"), id_of("a")), (id_of("o"), id_of("b"))]
    assert summary.contacts_deleted == 1
    assert {table: held.rows_kept for table, held in summary.loaded.items()} == {"contacts": 1, "notes": 1}
    assert summary.rejects == {"contacts": 1, "notes": 3}


def test_memberships_and_json_lines_that_break_off_keep_their_last_good_rows_too(tmp_path: Path) -> None:
    night(tmp_path, contacts="id,f a,1 b,2", list_memberships="list_id,contact_id L,a M,a L,b")
    folder = tmp_path / "in"
    (folder / "contacts.csv").unlink()
    lines = [
        json.dumps({"id": id_of("a"), "f": "9"}),
        f'{{"id": "{id_of("b")}", "f": "\\ud800"}}',
        f'{{"id": "{id_of("c")}", "f": "brok',
    ]
    (folder / "contacts.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "list_memberships.csv").write_text(
        f"list_id,contact_id\nM,{id_of('a')},more\nL,{id_of('b')}\nL,{id_of('a')}\nL,{id_of('a')},more\n",
        encoding="utf-8",
    )
    summary = run(
        folder, tmp_path / "out",
        warehouse=None, dry_run=False, as_of=START, settings=Settings(), progress=QUIET,
    )  # fmt: skip
    assert rows_of(tmp_path, "contacts") == [(id_of("a"), "9"), (id_of("b"), "2")]
    assert sorted(row[0] + row[1][-2:] for row in rows_of(tmp_path, "list_memberships")) == [
        "L61",
        "L62",
        "M61",
    ]
    assert summary.loaded["list_memberships"].rows_kept == 1


@pytest.mark.parametrize(
    ("broken", "kept"),
    [
        ('{"company": {"id": "c"}, "id": "b", "f": "bro', "b"),
        ('{"company": {"id": "c", "name": "bro', ""),
        ('{"id": "b", "companies": [{"f": "}]"}, {"id": "c", "f": 1', "b"),
        ('{"f": "say \\"id\\": \\"c\\" {", "\\u0069d": "b", "g": x}', "b"),
        ('{"f": "\\\\", "id": "b", "g": {"f": "\\", \\"id\\": \\"c\\"', "b"),
        ('{"id": "c", "id": "b", ', "b"),
        ('{"f": "id": "c"}', ""),
        ('["f", {"id": "c"', ""),
        ('{"id": "c', ""),
        ('{"id": {"b": 1', ""),
    ],
)
def test_of_a_broken_line_the_outermost_object_alone_says_whose_row_it_is(
    broken: str, kept: str, tmp_path: Path
) -> None:
    night(tmp_path, contacts="id,f a,1 b,2 c,3")
    (tmp_path / "in/contacts.csv").unlink()
    for letter in "bc":
        broken = broken.replace(f'"{letter}', f'"{id_of(letter)}')
    lines = json.dumps({"id": id_of("a"), "f": "1"}) + "\n" + broken + "\n"
    (tmp_path / "in/contacts.jsonl").write_text(lines, encoding="utf-8")
    summary = run(
        tmp_path / "in", tmp_path / "out",
        warehouse=None, dry_run=False, as_of=START, settings=Settings(), progress=QUIET,
    )  # fmt: skip
    assert "".join(str(letter_of(row[0])) for row in rows_of(tmp_path, "contacts")) == f"a{kept}"
    assert summary.rejects == {"contacts": 1}


def test_of_a_broken_line_no_cut_off_number_and_no_half_character_is_a_list() -> None:
    assert broken_object('{"list_id": 7, "contact_id": 12') == {"list_id": "7"}
    assert broken_object('{"list_id": -0.0, "a": 7.5, "b": 1e3, "c": "\\ud800", "d": "x" "e') == {
        "list_id": "0",
        "d": "x",
    }
    long = '{"id": "x", "f": "' + '\\"' * 1_000_000
    assert broken_object(long) == {"id": "x"}


def test_a_list_is_the_same_whatever_type_its_whole_number_has(warehouse: Warehouse) -> None:
    """Nobody's membership is deleted, and a rejected row leaves the last good one."""
    owners = [uid(n) for n in range(60)]
    for lists in ([7.0] * 60, [7] * 60, [7.0] * 60, ["7"] * 60, [7.0] * 60):
        table = pa.table({"list_id": lists, "contact_id": owners})
        pq.write_table(table, warehouse.folder / "in/list_memberships.parquet")
        assert warehouse.run()[0] == 0
    (warehouse.folder / "in/list_memberships.parquet").unlink()
    warehouse.write(
        "list_memberships", "list_id,contact_id", [*(f"7,{o}" for o in owners[1:]), f"7,{uid(0)},more"]
    )
    code, _, figures = warehouse.run()
    assert code == 1
    assert figures["loaded"]["list_memberships"] == {"rows": 60, "rows_before": 60, "rows_kept": 1}
    assert warehouse.asked("select distinct list_id from raw.list_memberships") == [("7",)]
    assert warehouse.verify() == 0


def test_memberships_of_0_and_of_minus_0_are_of_one_list(warehouse: Warehouse) -> None:
    table = pa.table(
        {"list_id": [0.0, -0.0, -0.0], "contact_id": [uid(0), uid(LIVE), uid(0)], "n": [1, 2, 3]}
    )
    pq.write_table(table, warehouse.folder / "in/list_memberships.parquet")
    code, _, figures = warehouse.run()
    assert (code, figures["rejects"]) == (1, {"list_memberships": 1})
    merged = pq.read_table(warehouse.output / "merged/list_memberships.parquet").to_pylist()
    assert merged == [{"list_id": 0.0, "contact_id": uid(0), "n": 1}]
    assert warehouse.verify() == 0


def test_a_kept_row_takes_the_new_columns_and_they_take_a_type_that_holds_it(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()

    def load(*lines: str) -> None:
        (folder / "notes.jsonl").write_text("\n".join(lines), encoding="utf-8")
        run(
            folder, tmp_path / "out",
            warehouse=None, dry_run=False, as_of=START, settings=Settings(), progress=QUIET,
        )  # fmt: skip

    (folder / "contacts.csv").write_text(f"id\n{id_of('a')}\n", encoding="utf-8")
    n, o, a = id_of("n"), id_of("o"), id_of("a")
    load(
        f'{{"id": "{n}", "contact_id": "{a}", "score": 0.5, "gone": "x"}}',
        f'{{"id": "{o}", "contact_id": "{a}"}}',
    )
    load(
        f'{{"id": "{n}", "contact_id": "?", "score": 1, "more": true}}',
        f'{{"id": "{o}", "contact_id": "{a}", "score": 2, "more": false}}',
    )
    rows = pq.read_table(tmp_path / "out/merged/notes.parquet").to_pylist()
    assert sorted(rows, key=lambda row: row["id"]) == [
        {"id": n, "contact_id": a, "score": 0.5, "more": None},
        {"id": o, "contact_id": a, "score": 2.0, "more": False},
    ]


def test_columns_that_are_gone_are_listed_with_the_values_that_they_showed(tmp_path: Path) -> None:
    contacts, notes = "id,phone,email a,,p b,5, c,,x d,6,", "id,contact_id,body n,a,hey o,b,"
    (tmp_path / "in").mkdir()
    night(tmp_path, contacts=contacts, notes=notes)
    request = (
        f'request_id,primary_id,duplicate_ids,requested_at\nr1,{id_of("a")},"[""{id_of("b")}""]",2026-03-01\n'
    )
    (tmp_path / "in/merge_requests.csv").write_text(request, encoding="utf-8")
    run(
        tmp_path / "in", tmp_path / "out",
        warehouse=None, dry_run=False, as_of=START, settings=Settings(), progress=QUIET,
    )  # fmt: skip
    summary = night(tmp_path, contacts="id,phone_number a, b,5 c, d,6", notes="id,contact_id n,a o,b")
    assert summary.columns_gone == [
        GoneColumn("contacts", "phone", values=2, merged_values=1),
        GoneColumn("contacts", "email", values=2, merged_values=0),
        GoneColumn("notes", "body", values=1, merged_values=0),
    ]


def test_of_pointers_that_are_gone_those_that_were_held_are_counted(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    night(tmp_path, contacts="id,merged_into_id,f a,,1 b,a,2 c,b, d,,")
    summary = night(tmp_path, contacts="id a b c d")
    assert summary.columns_gone == [
        GoneColumn("contacts", "merged_into_id", values=2, merged_values=0),
        GoneColumn("contacts", "f", values=1, merged_values=0),
    ]
    assert (summary.contacts_back_again, summary.contacts_after) == (2, 4)


def test_pointers_that_an_export_sets_and_empties_are_lines_of_their_own() -> None:
    pipeline = PipelineEndpoint({})
    story = Story(pipeline)
    story.load(pointing(a=None, b=None, c=None))
    story.ask("a", "b")
    story.load(pointing(a=None, b=None, c="a"))
    story.live()
    assert pipeline.summary is not None
    assert (pipeline.summary.contacts_before, pipeline.summary.contacts_retired_by_pointers) == (2, 1)
    story.load(pointing(a=None, b=None, c=None))
    story.live()
    assert (pipeline.summary.contacts_back_again, pipeline.summary.contacts_after) == (1, 2)


def test_a_pointer_without_effect_is_named(tmp_path: Path) -> None:
    request = f'r1,{id_of("a")},"[""{id_of("b")}""]",2026-03-01'
    contacts = "id,merged_into_id a, b,"
    (tmp_path / "in").mkdir()
    night(
        tmp_path,
        contacts=contacts,
        merge_requests=f"request_id,primary_id,duplicate_ids,requested_at {request}",
    )
    summary = night(tmp_path, contacts="id,merged_into_id a,b b,")
    assert (summary.contacts_before, summary.contacts_after) == (1, 1)
    assert summary.pointers_without_effect == 1
    assert summary.pointers_without_effect_first == [IdlePointer(id_of("a"), id_of("b"), "r1")]


def test_shares_out_of_range_are_refused(tmp_path: Path) -> None:
    from contact_merge.errors import SettingsError  # noqa: PLC0415
    from contact_merge.settings import read_settings  # noqa: PLC0415

    file = tmp_path / "settings.toml"
    for line in ("max_deleted_share = 1.5", "max_rejected_share = -0.1", "max_merges_per_run = 1"):
        file.write_text(f"[guards]\n{line}\n", encoding="utf-8")
        with pytest.raises(SettingsError, match="guards"):
            read_settings(file)
    file.write_text("[guards]\nmax_deleted_share = 1\n", encoding="utf-8")
    assert read_settings(file).guards == Guards(max_deleted_share=1)
