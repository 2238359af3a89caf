"""What `explain` shows of a contact, each fact by a small world; and that it agrees with the views."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest
from contact_merge.catalog import make_catalog
from contact_merge.errors import ContactError, WarehouseError
from contact_merge.explain import Explanation, explain, explain_contact
from contact_merge.explain.explanation import Deletion, Imported, Merged, Unmerged
from contact_merge.explain.text import headline, lines_of
from contact_merge.pipeline import run
from contact_merge.samples import AS_OF, make_samples
from contact_merge.settings import Settings
from pipeline_endpoint import QUIET, PipelineEndpoint
from story import START, Story, id_of, letter_of

COMMAND = Path(sys.executable).with_name("contact-merge")
NOBODY = "00000000-0000-4000-8000-000000000000"


class Explained(Story):
    """A story on the pipeline, of which contacts can be explained."""

    def __init__(self) -> None:
        super().__init__(PipelineEndpoint({}))
        self.warehouse: Path = self.endpoint.output / "warehouse.duckdb"

    def explain(self, letter: str) -> Explanation:
        self.endpoint.merged()  # tables that wait for a run
        return explain(self.warehouse, id_of(letter), Settings())


@pytest.fixture
def story() -> Explained:
    return Explained()


def people(**values: Any) -> dict[str, dict[str, Any]]:
    """Contacts with one field `f`."""
    return {letter: {"f": value} for letter, value in values.items()}


def values(explanation: Explanation) -> dict[str, tuple[str, str | None, str | None]]:
    """Field -> its value, its source's letter, the request that brought it."""
    return {f.field: (f.value, letter_of(f.source_id), f.request_id) for f in explanation.fields}


def not_taken(explanation: Explanation) -> list[tuple[str, str, str | None, str]]:
    """(field, value, letter of the contact it stood in, the request by which it met the kept one)."""
    return [
        (f.field, other.value, letter_of(other.contact_id), other.request_id)
        for f in explanation.fields
        for other in f.not_taken
    ]


def plot(explanation: Explanation) -> list[str]:
    """The story in short: `r1 bc>a`, `undo r1 b<a`, `import b>a`."""
    short = []
    for event in explanation.story:
        match event:
            case Merged():
                contacts = "".join(str(letter_of(r.contact_id)) for r in event.retired)
                short.append(f"{event.request_id} {contacts}>{letter_of(event.primary_id)}")
            case Unmerged():
                contacts = "".join(map(str, map(letter_of, event.restored_ids)))
                short.append(f"undo {event.request_id} {contacts}<{letter_of(event.primary_id)}")
            case Imported():
                short.append(f"import {letter_of(event.contact_id)}>{letter_of(event.target_id) or ''}")
    return short


# ------------------------------------------------------------------------------------------- who it is


def test_a_contact_that_nothing_was_merged_into_is_live_and_all_its_own(story: Explained) -> None:
    story.load({"a": {"f": "1", "g": " ", "custom_fields": '{"k": 1.10, "e": ""}'}})
    explanation = story.explain("a")
    assert (explanation.state, explanation.story, explanation.absorbed, explanation.edits) == (
        "live",
        [],
        [],
        [],
    )
    assert values(explanation) == {"f": ("1", "a", None), "custom_fields.k": ("1.10", "a", None)}
    assert headline(explanation).endswith("is a live contact; no other contact is retired into it.")


def test_the_chain_of_a_retired_contact_shows_step_by_step_who_it_became(story: Explained) -> None:
    story.load(people(a="1", b="2", c="3"))
    story.ask("b", "a")
    story.ask("c", "b")
    explanation = story.explain("a")
    assert (explanation.state, letter_of(explanation.survivor_id), explanation.survivor_state) == (
        "retired",
        "c",
        "live",
    )
    steps = [(letter_of(s.retired_id), letter_of(s.primary_id), s.request_id) for s in explanation.chain]
    assert steps == [("a", "b", "r1"), ("b", "c", "r2")]
    assert plot(explanation) == ["r1 a>b", "r2 b>c"]


@pytest.mark.long
def test_what_came_to_the_survivor_otherwise_is_no_part_of_a_retired_contacts_story(story: Explained) -> None:
    story.load(people(a="1", b="2", c="3", d="4"))
    story.batch(story.request("c", "b", "d"), story.request("b", "a"))
    story.ask("a", "c")
    assert plot(story.explain("d")) == ["r1 d>c", "r3 c>a"]
    assert plot(story.explain("a")) == ["r1 bd>c", "r3 c>a"]


@pytest.mark.long
@pytest.mark.parametrize("spell", [str.upper, "{{{}}}".format, "urn:uuid:{}".format, " {}\n".format])
def test_any_spelling_of_the_id_will_do(story: Explained, spell: Any) -> None:
    story.load(people(a="1"))
    story.endpoint.merged()
    assert explain(story.warehouse, spell(id_of("a")), Settings()).contact_id == id_of("a")


@pytest.mark.parametrize("unknown", [NOBODY, "a", ""])
def test_an_unknown_id_and_no_uuid_are_refused_with_one_sentence(story: Explained, unknown: str) -> None:
    story.load(people(a="1"))
    story.endpoint.merged()
    with pytest.raises(ContactError, match=r"^[^\n]*\.$"):
        explain(story.warehouse, unknown, Settings())


@pytest.mark.long
def test_a_survivor_that_an_export_no_longer_holds_is_deleted_and_its_retired_show_that(
    story: Explained,
) -> None:
    story.load(people(a="1", b="2"), notes="b")
    story.ask("a", "b")
    story.load(people(c="3"))
    explanation = story.explain("a")
    assert (explanation.state, explanation.fields, plot(explanation)) == ("deleted", [], ["r1 b>a"])
    assert [letter_of(c.contact_id) for c in explanation.children] == ["b"]
    explanation = story.explain("b")
    assert (explanation.state, letter_of(explanation.survivor_id), explanation.survivor_state) == (
        "retired",
        "a",
        "deleted",
    )
    assert "deleted since" in headline(explanation)
    assert explanation.deleted is not None
    assert "by the export of batch" in headline(explanation)


@pytest.mark.long
def test_a_contact_that_was_never_merged_and_is_gone_was_deleted_by_an_export(story: Explained) -> None:
    story.load(people(a="1", b="2") | {NOBODY: {"f": "9"}})
    story.load(people(a="1"))
    story.load(people(a="1", b="3"))
    story.load(people(a="1", c="4"))
    explanation = story.explain("b")
    assert (explanation.state, explanation.survivor_id) == ("deleted", id_of("b"))
    assert (explanation.fields, explanation.story) == ([], [])
    assert explanation.deleted == Deletion(batch_id="000002", at=START + timedelta(hours=4))
    assert "deleted by the export of batch 000002 (2026-03-01T16:00:00Z)" in headline(explanation)
    assert "Its values were not kept" in headline(explanation)
    assert explain(story.warehouse, NOBODY[:6], Settings()).contact_id == NOBODY
    story.load(people(b="5", c="4"))
    assert (story.explain("b").state, story.explain("b").deleted) == ("live", None)


@pytest.mark.long
def test_imported_pointers_are_followed_into_circles_and_nowhere(story: Explained) -> None:
    into = {"b": "a", "c": "d", "d": "c", "e": "n"}
    rows = {x: {"f": x, "merged_into_id": id_of(into[x]) if x in into else None} for x in "abcde"}
    story.load(rows)
    assert plot(story.explain("a")) == plot(story.explain("b")) == ["import b>a"]
    assert story.explain("b").chain[0].request_id is None
    circle = story.explain("c")
    assert (circle.state, circle.survivor_id, circle.survivor_state) == ("circle", None, None)
    assert [letter_of(step.retired_id) for step in circle.chain] == ["c", "d"]
    assert circle.absorbed == []
    assert (story.explain("e").state, story.explain("e").survivor_state) == ("retired", "missing")
    assert (story.explain("n").state, plot(story.explain("n"))) == ("missing", ["import e>n"])
    rows["b"]["merged_into_id"] = None
    story.load(rows)
    assert (story.explain("b").state, plot(story.explain("b"))) == ("live", ["import b>a", "import b>"])
    assert "emptied" in lines_of(story.explain("b").story[-1])[0]


# ----------------------------------------------------------------------------------------- who asked


def test_a_request_is_shown_with_when_who_and_why(story: Explained) -> None:
    story.load(people(a=None, b="2"))
    story.ask("a", "b", requested_by="ops", reason="same phone", score=0.25)
    [merge] = story.explain("a").story
    assert isinstance(merge, Merged)
    assert merge.extra_columns == {"requested_by": "ops", "reason": "same phone", "score": "0.25"}
    assert merge.requested_at == START + timedelta(minutes=1)
    assert merge.at == START + timedelta(hours=2)
    assert merge.retired[0].fields_populated == ["f"]
    asked = lines_of(merge)[-1]
    assert all(f"; {part}" in asked for part in ("reason: same phone", "requested_by: ops", "score: 0.25"))


@pytest.mark.long
def test_a_request_that_says_neither_who_nor_why_is_shown_without(story: Explained) -> None:
    story.load(people(a=None, b="2"))
    story.ask("a", "b")
    [merge] = story.explain("a").story
    assert isinstance(merge, Merged)
    assert (merge.extra_columns, lines_of(merge)[-1]) == ({}, "asked at 2026-03-01T12:01:00Z")


@pytest.mark.long
def test_the_story_has_the_newest_last_across_batches(story: Explained) -> None:
    story.load(people(a="1", b="2", c="3", d="4"))
    story.ask("a", "d")
    story.batch(story.request("c", "b"), story.request("a", "c", overwrite=True))
    explanation = story.explain("a")
    assert plot(explanation) == ["r1 d>a", "r2 b>c", "r3 c>a"]
    assert [event.overwrite for event in explanation.story if isinstance(event, Merged)] == [
        False,
        False,
        True,
    ]
    assert "".join(map(str, map(letter_of, explanation.absorbed))) == "dcb"


# -------------------------------------------------------------------------------------------- values


def test_each_value_is_shown_with_its_source_its_request_and_what_was_not_taken(story: Explained) -> None:
    story.load({"a": {"f": None, "g": "1"}, "b": {"f": "2", "g": "3"}, "c": {"f": "4", "g": "1"}})
    story.ask("a", "b")
    story.ask("a", "c")
    explanation = story.explain("a")
    assert values(explanation) == {"f": ("2", "b", "r1"), "g": ("1", "a", None)}
    assert not_taken(explanation) == [("f", "4", "c", "r2"), ("g", "3", "b", "r1")]


def test_keys_of_json_fields_are_shown_one_by_one_as_they_are_spelled(story: Explained) -> None:
    story.load({"a": {"custom_fields": '{"k": 1.10}'}, "b": {"custom_fields": r'{"k": 2, "\u00e9": "x"}'}})
    story.ask("a", "b")
    explanation = story.explain("a")
    assert values(explanation) == {
        "custom_fields.k": ("1.10", "a", None),
        "custom_fields.é": ('"x"', "b", "r1"),
    }
    assert not_taken(explanation) == [("custom_fields.k", "2", "b", "r1")]


@pytest.mark.long
def test_of_a_retired_contact_only_what_became_of_its_own_values_is_shown(story: Explained) -> None:
    story.load(
        {
            "a": {"f": "1", "g": None, "h": "5"},
            "b": {"f": "2", "g": "3", "h": None},
            "c": {"f": "4", "g": "6", "h": "7"},
        }
    )
    story.ask("a", "b", "c")
    explanation = story.explain("b")
    assert values(explanation) == {"f": ("1", "a", None), "g": ("3", "b", "r1")}
    assert not_taken(explanation) == [("f", "2", "b", "r1")]


@pytest.mark.long
def test_an_edit_since_the_last_merge_is_shown_and_its_source_is_the_survivor(story: Explained) -> None:
    row = {"f": None, "g": "1", "h": "1", "custom_fields": '{"k": 1, "l": 2}'}
    duplicate = {"f": "2", "g": "2", "h": "2", "custom_fields": '{"k": 3, "m": 4}'}
    story.load({"a": row, "b": duplicate})
    story.ask("a", "b")
    assert story.explain("a").edits == []
    story.load({"a": {**row, "g": "9", "h": " ", "custom_fields": '{"k": 7, "l": 2}'}, "b": duplicate})
    explanation = story.explain("a")
    edits = [(edit.field, edit.before, edit.now) for edit in explanation.edits]
    assert edits == [("g", "1", "9"), ("h", "1", None), ("custom_fields.k", "1", "7")]
    assert values(explanation)["g"] == ("9", "a", None)
    assert "h" not in values(explanation)
    assert not_taken(explanation) == []


@pytest.mark.long
def test_an_edited_key_is_shown_beside_a_column_that_is_named_as_that_key(story: Explained) -> None:
    row = {"custom_fields": '{"k": 1}', "custom_fields.k": "own"}
    story.load({"a": row, "b": {**row, "custom_fields.k": "other"}})
    story.ask("a", "b")
    story.load({"a": {**row, "custom_fields": '{"k": 2}'}, "b": row})
    explanation = story.explain("a")
    assert [(edit.field, edit.before, edit.now) for edit in explanation.edits] == [
        ("custom_fields.k", "1", "2")
    ]
    assert [field.value for field in explanation.fields] == ["2", "own"]


@pytest.mark.long
def test_a_value_that_the_crm_took_over_is_no_edit(story: Explained) -> None:
    story.load(people(a=None, b="2"))
    story.ask("a", "b")
    story.load(people(a="2", b="2"))
    explanation = story.explain("a")
    assert (explanation.edits, values(explanation)) == ([], {"f": ("2", "b", "r1")})


# ------------------------------------------------------------------------------------------ children


def test_child_rows_are_shown_by_the_contact_they_name_and_memberships_that_were_dropped(
    story: Explained,
) -> None:
    story.load(people(a="1", b="2", c="3"), notes="b b a c", tasks="c", lists="L:a L:b M:b M:c N:c")
    story.ask("a", "b", "c")
    explanation = {str(letter_of(each.contact_id)): each for each in story.explain("a").children}
    rows = {letter: {kind: n for kind, n in each.rows.items() if n} for letter, each in explanation.items()}
    assert rows == {
        "a": {"notes": 1, "list_memberships": 1},
        "b": {"notes": 2, "list_memberships": 2},
        "c": {"notes": 1, "tasks": 1, "list_memberships": 2},
    }
    assert {letter: each.memberships_dropped for letter, each in explanation.items()} == {
        "a": 0,
        "b": 1,
        "c": 1,
    }
    assert [letter_of(each.contact_id) for each in story.explain("c").children] == ["c"]


# --------------------------------------------------------------------------------------------- undo


@pytest.mark.long
def test_an_undone_merge_stays_in_the_story_of_both(story: Explained) -> None:
    story.load(people(a=None, b="2", c="3"))
    story.ask("a", "b", "c")
    story.undo("r1", contact="b")
    explanation = story.explain("a")
    assert plot(explanation) == ["r1 bc>a", "undo r1 b<a"]
    [merge, undo] = explanation.story
    assert isinstance(merge, Merged)
    assert [retired.undone_at for retired in merge.retired] == [undo.at, None]
    assert values(explanation) == {"f": ("3", "c", "r1")}
    assert story.explain("b").state == "live"
    assert plot(story.explain("b")) == ["r1 b>a", "undo r1 b<a"]


@pytest.mark.long
def test_a_merge_asked_for_again_after_its_undo_is_shown_twice(story: Explained) -> None:
    story.load(people(a=None, b="2"))
    story.ask("a", "b")
    story.undo("r1")
    story.ask("b", "a")
    assert plot(story.explain("a")) == ["r1 b>a", "undo r1 b<a", "r2 a>b"]


@pytest.mark.long
def test_an_undone_merge_of_a_later_survivor_is_no_part_of_a_retired_contacts_story(story: Explained) -> None:
    story.load(people(a="1", b="2", c="3", d="4"))
    story.ask("b", "a")
    story.ask("c", "b")
    story.undo("r2")
    story.ask("d", "b")
    assert plot(story.explain("a")) == ["r1 a>b", "r3 b>d"]


# --------------------------------------------------------------------------------- agreeing with the views


@pytest.fixture(scope="module")
def sample_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explain")
    make_samples(folder / "in")
    run(
        folder / "in",
        folder / "out",
        warehouse=None,
        dry_run=False,
        as_of=AS_OF,
        settings=Settings(),
        progress=QUIET,
    )
    return folder / "out/warehouse.duckdb"


@pytest.fixture
def samples(sample_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(sample_warehouse), read_only=True) as con:
        yield con


@pytest.mark.long
def test_sources_and_conflicts_of_all_samples_are_those_of_the_views(
    samples: duckdb.DuckDBPyConnection,
) -> None:
    provenance: dict[str, list[Any]] = {}
    for contact, *row in samples.execute("select * from merged.field_provenance").fetchall():
        provenance.setdefault(contact, []).append(tuple(row))
    conflicts: dict[str, list[Any]] = {}
    for contact, *row in samples.execute("select * from merged.field_conflicts").fetchall():
        conflicts.setdefault(contact, []).append(tuple(row))
    assert provenance
    assert conflicts
    for contact in provenance.keys() | conflicts.keys():
        explanation = explain_contact(samples, contact, make_catalog(Settings()))
        sources = [
            (f.field, f.source_id, f.request_id) for f in explanation.fields if f.request_id is not None
        ]
        assert sorted(sources) == sorted(provenance.get(contact, [])), contact
        others = [
            (f.field, f.value, f.source_id, other.value, other.contact_id, other.request_id)
            for f in explanation.fields
            for other in f.not_taken
        ]
        assert sorted(others) == sorted(conflicts.get(contact, [])), contact


# ------------------------------------------------------------------------------------- the command line


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, "explain", *arguments], capture_output=True, text=True, check=False)


@pytest.mark.long
def test_the_command_shows_the_story_or_the_facts_and_changes_nothing(sample_warehouse: Path) -> None:
    before = sample_warehouse.read_bytes()
    survivor = "0f98a2d1-feac-54fc-852d-f723d12259fc"
    explanation = command("--warehouse", sample_warehouse, survivor.upper())
    assert (explanation.returncode, explanation.stderr) == (0, "")
    for text in (
        "4 other contacts are retired into it",
        "req-003",
        "requested_by: sales-ops",
        "Not taken",
        "1 did not move",
    ):
        assert text in " ".join(explanation.stdout.split())
    facts = json.loads(command("--warehouse", sample_warehouse, survivor, "--json").stdout)
    assert facts == msgspec.to_builtins(explain(sample_warehouse, survivor, Settings()))
    assert command("--warehouse", sample_warehouse, survivor, "--quiet").stdout == ""
    retired = command("--warehouse", sample_warehouse, "754a4a71-bc28-520a-8e0c-333b120b0d57").stdout
    assert f"it is {survivor} now" in " ".join(retired.split())
    assert "taken, by req-003" in retired
    unknown = command("--warehouse", sample_warehouse, NOBODY)
    assert (unknown.returncode, unknown.stdout, unknown.stderr.count("\n")) == (2, "", 1)
    assert sample_warehouse.read_bytes() == before


def test_a_file_that_is_no_warehouse_and_a_newer_one_are_refused(story: Explained, tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="there is no warehouse here"):
        explain(tmp_path / "none.duckdb", NOBODY, Settings())
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    with pytest.raises(WarehouseError, match="is no warehouse"):
        explain(tmp_path / "other.duckdb", NOBODY, Settings())
    story.load(people(a="1"))
    story.endpoint.merged()
    with duckdb.connect(str(story.warehouse)) as con:
        con.execute("update ledger.warehouse set version = version + 1")
    with pytest.raises(WarehouseError, match="update contact-merge"):
        story.explain("a")


@pytest.mark.long
def test_fields_are_shown_as_the_last_run_folded_them(story: Explained) -> None:
    story.load({"a": {"custom_fields": '{"k": 1}'}})
    story.endpoint.merged()
    explanation = explain(story.warehouse, id_of("a"), Settings(json_fields=()))
    assert [(field.field, field.value) for field in explanation.fields] == [("custom_fields.k", "1")]
