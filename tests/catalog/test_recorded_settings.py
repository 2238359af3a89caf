"""What a warehouse was made by is recorded: some of it is fixed, all else may change, and children come and go."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from contact_merge.errors import InputError, SettingsError
from contact_merge.explain import explain
from contact_merge.pipeline import rebuild, run, undo
from contact_merge.preset import read_preset
from contact_merge.settings import Settings, read_settings
from contact_merge.summary import Summary
from contact_merge.verify import verify
from pipeline_endpoint import QUIET
from story import START, id_of
from warehouse_folder import WarehouseFolder

pytestmark = pytest.mark.long

A, B, C, D = (id_of(letter) for letter in "abcd")
CALLS = '[children.calls]\nkey = ["id"]\nreferences = ["contact_id"]\n'
SIX = tuple(read_preset().children)
NONE = "".join(f"[children.{name}]\nenabled = false\n" for name in SIX)


class World(WarehouseFolder):
    """An input folder, an output folder, and the settings file between them."""

    def write(self, name: str, header: str, *rows: str) -> None:
        (self.folder / "in").mkdir(exist_ok=True)
        (self.folder / "in" / name).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")

    def ask(self, *requests: tuple[str, str, str]) -> None:
        rows = [f'{name},{primary},"[""{duplicate}""]",2026-02-01' for name, primary, duplicate in requests]
        self.write("merge_requests.csv", "request_id,primary_id,duplicate_ids,requested_at", *rows)

    def settings(self, text: str) -> Settings:
        path = self.folder / "settings.toml"
        path.write_text(text, encoding="utf-8")
        return read_settings(path)

    def run(self, text: str = "", *, dry_run: bool = False) -> Summary:
        return run(
            self.folder / "in", self.output, warehouse=None, dry_run=dry_run, as_of=START, settings=self.settings(text),
            progress=QUIET,
        )  # fmt: skip

    def undo(self, request: str, text: str = "") -> None:
        undo(
            self.warehouse, self.output, [request], dry_run=False, as_of=START, settings=self.settings(text), progress=QUIET,
        )  # fmt: skip

    def merged(self, table: str) -> list[dict[str, Any]]:
        return pq.read_table(self.output / f"merged/{table}.parquet").to_pylist()

    def counts(self) -> dict[str, dict[str, int | None] | None]:
        return {row["request_id"]: row["counts"] for row in self.merged("merge_responses")}

    def fetch(self, query: str) -> list[tuple]:
        with duckdb.connect(str(self.warehouse), read_only=True) as con:
            return con.execute(query).fetchall()

    def counts_in_events(self) -> dict[str, dict[str, int] | None]:
        paths = sorted(self.output.glob("events/contact_merged-*.jsonl"))
        lines = [json.loads(line)["data"] for path in paths for line in path.read_text("utf-8").splitlines()]
        return {line["request_id"]: line["counts"] for line in lines}

    def violations(self, text: str = "") -> list[str]:
        return [
            check.name
            for check in verify(self.warehouse, self.output, self.settings(text))
            if check.violations
        ]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """B is merged into A. It has a note and a call; C, a contact of its own, has a call."""
    made = World(tmp_path)
    made.write("contacts.csv", "id,full_name,org", f"{A},,x", f"{B},Bo,x", f"{C},Cy,y", f"{D},Di,x")
    made.write("notes.csv", "id,contact_id", f"{id_of('e')},{B}")
    made.write("calls.csv", "id,contact_id,other_id", f"{id_of('f')},{B},{C}", f"{id_of('d')},{C},{A}")
    made.ask(("r1", A, B))
    return made


@pytest.mark.proof
def test_a_child_that_is_added_later_is_counted_from_then_on(world: World) -> None:
    world.run()
    summary = world.run(CALLS)
    assert summary.settings_changed == ["children.calls added"]
    assert [row["contact_id"] for row in world.merged("calls")] == [A, C]
    world.ask(("r2", A, C))
    world.run(CALLS)
    counts = world.counts()
    assert list(counts["r1"] or {}) == [*SIX, "calls"]
    assert (counts["r1"] or {})["calls"] is None
    assert counts["r2"] == {**dict.fromkeys(SIX, 0), "calls": 1}
    assert [list(shown or {}) for shown in world.counts_in_events().values()] == [list(SIX), [*SIX, "calls"]]
    assert world.violations() == []


def test_a_child_that_is_dropped_keeps_its_place_in_earlier_answers(world: World) -> None:
    world.run(CALLS)
    before = world.counts_in_events()
    assert world.run().settings_changed == ["children.calls dropped"]
    assert not (world.output / "merged/calls.parquet").exists()
    assert world.fetch("from duckdb_views() where view_name = 'calls'") == []
    world.ask(("r2", A, D))
    world.run()
    counts = world.counts()
    assert counts["r1"] == {**dict.fromkeys(SIX, 0), "notes": 1, "calls": 1}
    assert counts["r2"] == {**dict.fromkeys(SIX, 0), "calls": None}
    rebuild(world.warehouse, world.output, events=True, settings=Settings(), progress=QUIET)
    assert world.counts_in_events() == {**before, "r2": dict.fromkeys(SIX, 0)}
    assert world.violations() == []


def test_one_that_comes_back_is_read_again(world: World) -> None:
    world.run(CALLS)
    world.run()
    world.write("calls.csv", "id,contact_id", f"{id_of('f')},{B}")
    assert world.run(CALLS).settings_changed == ["children.calls added"]
    assert world.merged("calls") == [{"id": id_of("f"), "contact_id": A}]
    assert world.counts()["r1"] == {**dict.fromkeys(SIX, 0), "notes": 1, "calls": 1}
    assert world.violations() == []


@pytest.mark.proof
def test_without_any_child_nothing_is_counted(world: World) -> None:
    summary = world.run(NONE)
    assert (summary.rehomed, summary.contacts_after) == ({}, 3)
    assert world.counts() == {"r1": None}
    assert world.counts_in_events() == {"r1": None}
    assert world.merged("dropped_children") == []
    assert pq.read_schema(world.output / "merged/dropped_children.parquet").names == [
        "table", "row", "survivor_id", "kept", "request_id",
    ]  # fmt: skip
    assert explain(world.warehouse, B, Settings()).survivor_id == A
    assert world.violations() == []
    world.undo("r1")
    assert world.violations() == []
    world.ask(("r2", A, D))
    world.run(CALLS)
    assert world.counts()["r2"] == {**dict.fromkeys(SIX, 0), "calls": 0}
    assert world.violations() == []


@pytest.mark.proof
def test_all_children_may_go_later(world: World) -> None:
    world.run()
    assert len(world.run(NONE).settings_changed) == len(SIX)
    world.ask(("r2", A, D))
    world.run(NONE)
    assert world.counts() == {"r1": {**dict.fromkeys(SIX, 0), "notes": 1}, "r2": None}
    assert list(world.counts_in_events().values()) == [{**dict.fromkeys(SIX, 0), "notes": 1}, None]
    assert world.violations() == []


@pytest.mark.proof
def test_counts_are_in_the_order_of_the_settings(world: World) -> None:
    deals = '[children.deals]\nkey = ["id"]\n'
    world.run(CALLS)
    assert world.run(deals + CALLS).settings_changed == ["children.deals added"]
    assert list(world.counts()["r1"] or {}) == [*SIX, "deals", "calls"]
    assert world.run(CALLS + deals).settings_changed == ["children reordered"]
    assert list(world.counts()["r1"] or {}) == [*SIX, "calls", "deals"]
    assert world.violations() == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[entity]\ntable = "people"', 'entity.table: it was "contacts" when this warehouse was made, and is "people" now.'),
        ('[entity]\nid = "org"', 'entity.id: it was "id" when'),
        ('[entity]\nid_type = "text"', 'entity.id_type: it was "uuid" when'),
        ('[entity]\nworkspace = "org"', 'entity.workspace: it was "workspace_id" when'),
    ],
)  # fmt: skip
def test_what_decides_whom_an_id_names_is_fixed_at_the_first_run(world: World, text: str, said: str) -> None:
    world.run()
    world.write("people.csv", "id", A)
    with pytest.raises(SettingsError) as refused:
        world.run(text)
    assert str(refused.value).startswith(said)
    with pytest.raises(SettingsError) as refused:
        world.undo("r1", text)
    assert str(refused.value).startswith(said)
    assert world.fetch("select count(*) from ledger.batches") == [(1,)]


@pytest.mark.proof
def test_a_run_without_the_settings_of_the_first_one_is_refused(world: World) -> None:
    world.run('[entity]\nworkspace = "org"')
    with pytest.raises(
        SettingsError, match=r'entity.workspace: it was "org" when .* and is "workspace_id" now'
    ):
        world.run()


def test_other_commands_go_by_the_settings_of_the_newest_batch(world: World) -> None:
    world.run(CALLS + '[entity]\nworkspace = "org"\n')
    [of_b] = explain(world.warehouse, A, Settings()).children
    assert (of_b.contact_id, of_b.rows["calls"]) == (B, 1)
    world.undo("r1", 'max_duplicates = 5\n[children.deals]\nkey = ["id"]\n[load]\ndeals = "upsert"')
    assert [row["contact_id"] for row in world.merged("calls")] == [B, C]
    assert not (world.output / "merged/deals.parquet").exists()
    assert world.violations() == []
    assert world.fetch('select settings like \'%"workspace":"org"%\' from ledger.batches') == [
        (True,),
        (True,),
    ]


@pytest.mark.proof
def test_settings_are_recorded_even_where_nothing_is_merged(world: World) -> None:
    world.ask()
    world.run('[entity]\nworkspace = "org"')
    [(text,)] = world.fetch("select settings from ledger.batches")
    recorded = json.loads(text)
    assert recorded["entity"]["workspace"] == "org"
    assert list(recorded["children"]) == list(SIX)
    assert recorded["fields"] == {"*": {"rule": "first"}}
    assert (recorded["retired_ids"], recorded["max_duplicates"], recorded["guards"]["max_deleted_share"]) == (
        "reject", 20, 0.2,
    )  # fmt: skip
    assert recorded["written"] == ["entity.workspace"]
    assert "memory_limit" not in recorded
    assert world.run('[entity]\nworkspace = "org"').batch_id is None
    assert world.violations() == []


@pytest.mark.proof
def test_a_column_that_becomes_a_system_column_is_folded_no_more(world: World) -> None:
    world.run()
    assert "Bo" in [row["full_name"] for row in world.merged("contacts")]
    summary = world.run('[entity]\nsystem = ["full_name"]')
    assert summary.settings_changed == ["entity.system changed"]
    assert "Bo" not in [row["full_name"] for row in world.merged("contacts")]
    assert world.violations() == []


@pytest.mark.proof
def test_settings_may_change_in_a_run_without_contacts(world: World) -> None:
    world.run()
    (world.folder / "in/contacts.csv").unlink()
    assert world.run('[entity]\nsystem = ["full_name"]').settings_changed == ["entity.system changed"]
    assert "Bo" not in [row["full_name"] for row in world.merged("contacts")]


@pytest.mark.proof
def test_other_pointers_are_read_of_a_whole_export_alone(world: World) -> None:
    world.write("contacts.csv", "id,merged_into_id,master_id", f"{A},,", f"{B},,", f"{C},,{A}", f"{D},{A},")
    world.run()
    contacts = world.folder / "in/contacts.csv"
    text = contacts.read_text("utf-8")
    contacts.unlink()
    other = '[entity]\nmerged_into = "master_id"\n'
    with pytest.raises(
        InputError, match=r"contacts: the setting entity.merged_into changed, .* in the input of this run"
    ):
        world.run(other)
    contacts.write_text(text, "utf-8")
    with pytest.raises(
        InputError, match=r'contacts: .* give the whole table, with "replace" as load.contacts'
    ):
        world.run(other + '[load]\ncontacts = "upsert"')
    assert world.run(other).settings_changed == ["entity.merged_into changed"]
    retired = {row["retired_id"] for row in world.merged("contact_redirects")}
    assert retired == {B, C}
    assert world.violations() == []


@pytest.mark.proof
def test_json_fields_that_change_are_reported(world: World) -> None:
    world.run()
    assert world.run("json_fields = []").settings_changed == ["entity.json_fields changed"]
    assert world.run("[entity]\njson_fields = []").settings_changed == []


@pytest.mark.proof
def test_a_dry_run_shows_what_changed_and_records_nothing(world: World) -> None:
    world.run()
    assert world.run(CALLS, dry_run=True).settings_changed == ["children.calls added"]
    assert world.run(CALLS, dry_run=True).settings_changed == ["children.calls added"]


@pytest.mark.parametrize("left_out", [False, True])
def test_rows_that_are_read_otherwise_now_name_others(world: World, *, left_out: bool) -> None:
    world.run(CALLS)
    other = CALLS.replace('"contact_id"', '"other_id"')
    if left_out:
        (world.folder / "in/calls.csv").unlink()
    else:
        other += '[load]\ncalls = "upsert"'
    assert world.run(other).settings_changed == ["children.calls.references changed"]
    world.ask(("r2", A, C))
    world.run(other)
    assert (world.counts()["r2"] or {})["calls"] == 1
    assert [row["other_id"] for row in world.merged("calls")] == [A, A]
    assert world.violations() == []


@pytest.mark.proof
def test_rows_that_are_read_otherwise_now_and_given_again_are_compared_with_none(world: World) -> None:
    world.run(CALLS)
    calls = world.folder / "in/calls.csv"
    header, first, *others = calls.read_text("utf-8").splitlines()
    broken = ",".join("x" if cell in {A, B, C} else cell for cell in first.split(","))
    calls.write_text("\n".join([header, broken, *others]) + "\n", "utf-8")
    world.run(CALLS.replace('"contact_id"', '"contact_id", "other_id"'))
    assert len(world.merged("calls")) == len(others)
    assert world.violations() == []


@pytest.mark.proof
def test_rows_that_cannot_be_used_as_they_are_read_now_have_to_be_given_again(world: World) -> None:
    world.write("calls.csv", "id,contact_id,other_id", f"{id_of('f')},{B},{C}", f"{id_of('d')},{C},{C}")
    world.run(CALLS)
    (world.folder / "in/calls.csv").unlink()
    for key, said in (("other_id", "no id or no key of their own"), ("number", "no column 'number'")):
        with pytest.raises(InputError, match=f"calls: .*{said}.* give the whole table"):
            world.run(CALLS.replace('key = ["id"]', f'key = ["{key}"]'))


@pytest.mark.proof
def test_where_a_file_is_does_not_count_as_a_change(world: World) -> None:
    world.run()
    assert world.run('[children.notes]\nsource = "all_notes"\n[entity]\nfiles = "all"').settings_changed == []


@pytest.mark.proof
def test_changed_settings_of_a_batch_are_found(world: World) -> None:
    world.run(CALLS)
    with duckdb.connect(str(world.warehouse)) as con:
        con.execute("update ledger.batches set settings = replace(settings, 'reject', 'follow')")
    assert world.violations() == ["ledger_appended"]
