"""The warehouse over time, and Undo (SEMANTICS), each rule by a case of its own."""

from functools import partial
from typing import Any

import pytest
from contact_merge.fold.json_chunk import Sizes
from contact_merge.fold.json_state import fold_json
from pipeline_endpoint import MakeEndpoint
from reference import Refused
from story import Story, id_of, pointing

pytestmark = pytest.mark.long

Person = dict[str, Any]


@pytest.fixture
def story(endpoint: MakeEndpoint) -> Story:
    return Story(endpoint())


def people(**values: Any) -> dict[str, Person]:
    """Contacts with one field `f`."""
    return {letter: {"f": value} for letter, value in values.items()}


# ------------------------------------------------------------------------------------------ done is done


def test_later_changes_of_a_retired_contact_do_not_reach_the_survivor(story: Story) -> None:
    story.load(people(a=None, b="2"))
    story.ask("a", "b")
    story.load(people(a=None, b="changed", c="3"))
    assert story.field("a", "f") == "2"
    story.ask("a", "c")  # and so it is when the survivor is folded again
    assert story.field("a", "f") == "2"
    story.undo("r1")
    assert (story.field("a", "f"), story.field("b", "f")) == ("3", "changed")


@pytest.mark.parametrize("edited", ["9", "", None])
def test_a_later_edit_of_the_survivor_wins_even_an_emptied_field(story: Story, edited: str | None) -> None:
    story.load(people(a="1", b="2"))
    story.ask("a", "b")
    story.load(people(a=edited, b="2"))
    assert story.field("a", "f") == edited
    assert (story.sources("a"), story.conflicts("a")) == ({}, [])


def test_an_edit_differs_from_the_value_that_the_crm_took_over(story: Story) -> None:
    story.load(people(a=None, b="2", c="3"))
    story.ask("a", "b")
    story.load(people(a="2", b="2", c="3"))
    assert story.sources("a") == {"f": ("b", "r1")}
    story.load(people(a=" ", b="2", c="3"))
    assert story.field("a", "f") == "2"


def test_two_empty_values_do_not_differ_and_the_newest_spelling_stays(story: Story) -> None:
    story.load({"a": {"f": "", "g": ""}, "b": {"f": "2", "g": None}})
    story.ask("a", "b")
    story.load({"a": {"f": None, "g": "\t"}, "b": {"f": "2", "g": None}})
    assert (story.field("a", "f"), story.field("a", "g")) == ("2", "\t")


def test_after_the_crm_took_over_an_emptied_field_is_an_edit_for_the_next_merge(story: Story) -> None:
    story.load(people(a=None, b="2", c="3"))
    story.ask("a", "b")
    story.load(people(a="2", b="2", c="3"))
    story.load(people(a="x", b="2", c="3"))
    story.ask("a", "c")
    assert story.field("a", "f") == "x"
    assert story.conflicts("a") == [("f", "x", "a", "3", "c", "r2")]


def test_the_next_merge_starts_from_what_the_edit_made(story: Story) -> None:
    story.load(people(a="1", b="2", c="3"))
    story.ask("a", "b")
    story.load(people(a=None, b="2", c="3"))
    assert story.ask("a", "c")["fields_populated"] == ["f"]
    assert story.field("a", "f") == "3"
    assert story.sources("a") == {"f": ("c", "r2")}


def test_edits_go_with_the_contact_into_its_own_survivor(story: Story) -> None:
    story.load(people(a=None, b="2", c=None))
    story.ask("a", "b")
    story.load(people(a="edited", b="2", c=None))
    story.ask("c", "a")
    assert story.field("c", "f") == "edited"
    assert story.sources("c") == {"f": ("a", "r2")}


def test_objects_are_edited_key_by_key(story: Story) -> None:
    def fields(a: str) -> dict[str, Person]:
        return {"a": {"custom_fields": a}, "b": {"custom_fields": '{"k":1,"m":2,"n":3}'}}

    story.load(fields('{"k":"","z":0,"y":5}'))
    story.ask("a", "b")
    assert story.plain("contacts")[0]["custom_fields"] == list(zip("kzymn", "10523", strict=True))
    story.load(fields('{"n":9,"z":0.0,"x":1}'))
    assert story.plain("contacts")[0]["custom_fields"] == [
        ("n", "9"),
        ("z", "0.0"),
        ("x", "1"),
        ("k", "1"),
        ("m", "2"),
    ]
    assert set(story.sources("a")) == {"custom_fields.k", "custom_fields.m"}


@pytest.mark.parametrize("kept", [0, 200_000])
def test_an_edited_object_is_as_edited_in_the_line_of_its_own_survivor(
    story: Story, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setattr("contact_merge.fold.state.fold_json", partial(fold_json, sizes=Sizes(objects=kept)))
    story.load({"a": {"custom_fields": '{"k":1}'}, "b": {"custom_fields": '{"m":2}'}, "c": {}})
    story.ask("a", "b")
    story.load({"a": {"custom_fields": '{"k":3}'}, "b": {}, "c": {"custom_fields": '{"k":7,"m":8}'}})
    story.ask("c", "a")
    assert story.conflicts("c") == [
        ("custom_fields.k", "7", "c", "3", "a", "r2"),
        ("custom_fields.m", "8", "c", "2", "b", "r2"),
    ]


def test_a_new_column_with_a_value_is_an_edit(story: Story) -> None:
    story.load(people(a="1", b="2"))
    story.ask("a", "b")
    story.load({"a": {"f": "1", "g": "new"}, "b": {"f": "2", "g": None}})
    assert story.field("a", "g") == "new"
    story.load({"a": {"g": "new"}, "b": {"g": None}})
    assert story.contact("a") == {"id": id_of("a"), "g": "new"}


def test_a_merge_sees_no_value_of_a_column_that_its_export_lacks(story: Story) -> None:
    """Not even where an earlier merge, undone since, saw one."""
    story.load({"a": {"f": None, "g": "1"}, "b": {"f": "2", "g": None}})
    story.ask("a", "b")
    story.undo("r1")
    story.load({"a": {"g": "1"}, "b": {"g": None}})
    assert story.ask("a", "b")["fields_populated"] == []
    story.load({"a": {"f": None, "g": "1"}, "b": {"f": "2", "g": None}})
    assert (story.field("a", "f"), story.sources("a")) == (None, {})


def test_a_contact_that_comes_back_has_the_columns_that_contacts_have_then(story: Story) -> None:
    """Also when an upsert brings a column again that exports had dropped."""
    story.load({"a": {"f": None, "g": "1"}, "b": {"f": "2", "g": "3"}})
    story.ask("a", "b")
    story.load({"a": {"g": "1"}})
    story.undo("r1")
    assert story.contact("b") == {"id": id_of("b"), "g": "3"}
    story.load({"a": {"f": "4", "g": "1"}}, modes={"contacts": "upsert"})
    assert (story.field("a", "f"), story.field("b", "f"), story.field("b", "g")) == ("4", None, "3")


def test_system_columns_come_from_the_newest_row_and_updated_at_is_the_later(story: Story) -> None:
    def rows(at: str, created: str) -> dict[str, Person]:
        return {letter: {"updated_at": at, "created_at": created} for letter in "ab"}

    story.load(rows("2020-01-01T00:00:00Z", "2019"))
    story.ask("a", "b")
    story.load(rows("2021-01-01T00:00:00Z", "2018"))
    assert story.field("a", "updated_at") == "2026-03-01T14:00:00Z"
    assert story.field("a", "created_at") == "2018"
    story.load(rows("2027-01-01 00:00", "2018"))
    assert story.field("a", "updated_at") == "2027-01-01 00:00"


# ------------------------------------------------------------------------------------------ loading


def test_a_table_not_found_stays_and_one_found_replaces(story: Story) -> None:
    story.load(people(a="1", b="2"), notes="a b", tasks="a")
    story.load(notes="b")
    assert (story.owners("notes"), story.owners("tasks"), story.live()) == ("b", "a", "ab")


def test_upsert_replaces_rows_of_the_same_key_and_keeps_the_rest(story: Story) -> None:
    story.load(people(a="1", b="2"), lists="L:a M:b")
    upsert = {"contacts": "upsert", "list_memberships": "upsert"}
    story.load(people(b="3", c="4"), lists="M:b N:a", modes=upsert)
    assert story.live() == "abc"
    assert [story.field(letter, "f") for letter in "abc"] == ["1", "3", "4"]
    assert story.lists() == "L:a M:b N:a"


def test_of_two_rows_with_one_key_the_first_stays(story: Story) -> None:
    story.load({"a": {"f": "1"}, "b": {"id": id_of("a").upper(), "f": "2"}})
    assert [row["f"] for row in story.table("contacts")] == ["1"]


def test_an_empty_field_is_spelled_as_the_row_of_a_contact_that_came_back(story: Story) -> None:
    rows = {"a": {"f": None, "blank": " ", "g": "1"}, "b": {"f": "2", "blank": None, "g": None}}
    story.load(rows)
    story.ask("a", "b")
    story.load({"b": rows["b"]})
    assert story.live() == ""
    story.load(rows)
    assert [story.field("a", name) for name in ("f", "blank", "g")] == ["2", " ", "1"]


def test_an_undo_spells_a_lost_primary_as_contacts_spelled_it_last(story: Story) -> None:
    story.load({letter: {"f": letter} for letter in "abc"})
    story.ask("a", "b", "c")
    story.load({"a": {"id": id_of("a").upper(), "f": "a"}, "b": {"f": "b"}})
    story.load({"b": {"f": "b"}})
    story.undo("r1", contact="b")
    shown = [event["data"] for event in story.plain("events") if event["event"] == "contact.unmerged"]
    assert [(data["primary_id"], data["restored_id"]) for data in shown] == [(id_of("a").upper(), id_of("b"))]
    assert [row["survivor_id"] for row in story.table("contact_redirects")] == [id_of("a").upper()]


def test_children_that_arrive_later_go_to_the_survivor_and_those_gone_are_gone(story: Story) -> None:
    story.load(people(a="1", b="2", c="3"), notes="b", lists="L:b")
    story.batch(story.request("a", "b", "c"))
    story.load(notes="b b c", lists="M:c M:b L:c")
    assert story.owners("notes") == "a a a"
    assert story.lists() == "L:a(L:c) M:a(M:b)"


def test_which_memberships_stay_is_decided_again(story: Story) -> None:
    story.load(people(a="1", b="2"), lists="L:b")
    story.ask("a", "b")
    story.load(lists="L:b L:a")
    assert story.lists() == "L:a"


def test_a_retired_contact_stays_retired_and_loses_nothing(story: Story) -> None:
    story.load(people(a=None, b="2"))
    story.ask("a", "b")
    story.load(people(a=None))
    assert (story.live(), story.field("a", "f"), story.pointers()) == ("a", "2", {"b": "a"})
    story.load(people(a=None, b="again"))
    assert (story.live(), story.field("a", "f")) == ("a", "2")


def test_a_live_contact_that_vanishes_is_deleted_and_children_keep_naming_it(story: Story) -> None:
    story.load(people(a=None, b="2", c="3"), notes="a b", lists="L:a L:b M:b")
    story.ask("a", "b")
    story.load(people(c="3"))
    assert (story.live(), story.pointers()) == ("c", {"b": "a"})
    assert (story.owners("notes"), story.lists()) == ("a a", "L:a M:a(M:b)")
    assert story.ask("c", "a")["status"] == 404
    story.load(people(a=None, c="3"))
    assert (story.live(), story.field("a", "f"), story.sources("a")) == ("ac", "2", {"f": ("b", "r1")})


def test_a_late_request_is_processed_when_it_arrives(story: Story) -> None:
    story.load(people(a=None, b="2", c="3"))
    story.ask("a", "b")
    late = story.ask("b", "c", requested_at=story.request("a", "b")["requested_at"].replace(year=2020))
    assert late["status"] == 404


# ------------------------------------------------------------------------------------------ imported pointers


def test_a_pointer_that_appears_on_a_survivor_retires_it(story: Story) -> None:
    story.load(pointing(a=None, b=None, c=None), notes="a b", lists="L:c L:a L:b M:a M:b")
    story.ask("a", "b")
    story.load(pointing(a="c", b=None, c=None))
    assert (story.live(), story.pointers()) == ("c", {"a": "c", "b": "c"})
    assert (story.owners("notes"), story.lists()) == ("c c", "L:c M:c(M:a)")


def test_a_pointer_lasts_where_its_contact_vanishes_and_ends_where_it_is_empty(story: Story) -> None:
    story.load(pointing(a=None, b="a"), notes="b")
    story.load(pointing(a=None))
    assert (story.pointers(), story.owners("notes")) == ({"b": "a"}, "a")
    story.load(pointing(a=None, b=None))
    assert (story.pointers(), story.owners("notes"), story.live()) == ({}, "b", "ab")


def test_children_keep_naming_the_end_of_a_pointer_that_was_deleted(story: Story) -> None:
    story.load(pointing(a=None, b="a", c=None), notes="a b", lists="L:b")
    story.load(pointing(c=None))
    assert (story.live(), story.pointers()) == ("c", {"b": "a"})
    assert (story.owners("notes"), story.lists()) == ("a a", "L:a(L:b)")


def test_a_pointer_of_the_ledger_counts_before_an_imported_one(story: Story) -> None:
    story.load(pointing(a=None, b=None, c=None))
    story.ask("a", "b")
    story.load(pointing(a=None, b="c", c=None))
    assert story.pointers() == {"b": "a"}
    story.undo("r1")
    assert (story.pointers(), story.live()) == ({"b": "c"}, "ac")


def test_an_imported_pointer_that_closes_a_circle_with_a_merge_has_no_effect(story: Story) -> None:
    """The CRM merged the two the other way round; its pointer counts when the merge is undone."""
    story.load(pointing(a=None, b=None, c=None), notes="a b", lists="L:a M:b")
    story.ask("a", "b")
    story.load(pointing(a="b", b=None, c=None))
    assert (story.pointers(), story.owners("notes"), story.live()) == ({"b": "a"}, "a a", "ac")
    assert [story.ask(*asked)["status"] for asked in ("ba", "cb")] == [409, 404]
    assert story.ask("c", "a", dry_run=True)["status"] == 200
    story.undo("r1")
    assert (story.pointers(), story.owners("notes"), story.live()) == ({"a": "b"}, "b b", "bc")
    assert story.lists() == "L:b(L:a) M:b"
    shown = [event["data"] for event in story.plain("events") if event["event"] == "contact.unmerged"]
    assert [(data["restored_id"], dict(data["primary"])["id"]) for data in shown] == [
        (id_of("b"), id_of("b"))
    ]


def test_no_imported_pointer_on_a_circle_with_a_merge_has_effect(story: Story) -> None:
    """a into b by a merge, b -> c -> d -> a by pointers, x -> c and y -> d from outside: three stay live."""
    story.load(pointing(a=None, b=None, c=None, d=None, x=None, y=None), notes="a b c d x y")
    story.ask("b", "a")
    story.load(pointing(a=None, b="c", c="d", d="a", x="c", y="d"))
    assert (story.live(), story.pointers()) == ("bcd", {"a": "b", "x": "c", "y": "d"})
    assert story.owners("notes") == "b b c d c d"
    story.load(pointing(a=None, b="c", c=None, d="a", x="c", y="d"))
    assert (story.live(), set(story.pointers().values())) == ("c", {"c"})
    story.load(pointing(a=None, b="c", c="d", d="a", x="c", y="d"))
    assert (story.live(), story.pointers()) == ("bcd", {"a": "b", "x": "c", "y": "d"})
    story.undo("r1")
    assert (story.live(), set(story.pointers().values())) == ("a", {"a"})
    assert story.owners("notes") == "a a a a a a"


def test_a_circle_of_imported_pointers_alone_stays_one_where_a_merge_leads_into_it(story: Story) -> None:
    story.load(pointing(a=None, b=None, c=None, x=None), notes="a b c")
    story.ask("b", "a")
    story.load(pointing(a=None, b="c", c="b", x=None))
    assert (story.live(), set(story.pointers().values()), story.owners("notes")) == ("x", {None}, "a b c")
    assert [story.ask("x", asked)["status"] for asked in "abc"] == [409, 409, 409]


def test_a_contact_whose_pointer_has_no_effect_may_retire_and_its_merge_be_undone(story: Story) -> None:
    story.load(pointing(a=None, b=None, c=None), notes="a b c")
    story.ask("a", "b")
    story.load(pointing(a="b", b=None, c=None))
    assert story.ask("c", "a")["status"] == 200
    assert (story.live(), story.pointers()) == ("c", {"a": "c", "b": "c"})
    story.undo("r1")
    assert (story.live(), story.pointers()) == ("bc", {"a": "c"})
    story.undo("r2")
    assert (story.live(), story.pointers(), story.owners("notes")) == ("bc", {"a": "b"}, "b b c")


def test_a_merge_stays_active_into_a_contact_that_an_undo_leaves_retired_by_its_pointer(story: Story) -> None:
    """c went into a while a's pointer to b had no effect; the pointer is older than that merge, and b's line has both."""
    story.load(pointing(a=None, b=None, c=None, d=None, e=None), notes="c", lists="L:b L:c M:c M:d N:a N:d")
    story.ask("a", "b")
    story.load(pointing(a="b", b=None, c=None, d=None, e=None))
    story.ask("a", "c")
    story.undo("r1")
    assert (story.live(), story.pointers(), story.owners("notes")) == ("bde", {"a": "b", "c": "b"}, "b")
    assert story.lists() == "L:b M:b(M:c) M:d N:b(N:a) N:d"
    response = story.ask("e", "b")
    assert (response["counts"]["list_memberships"], response["counts"]["notes"]) == (3, 1)
    assert story.lists() == "L:e(L:b) M:d M:e(M:c) N:d N:e(N:a)"
    response = story.ask("d", "e")
    assert response["counts"]["list_memberships"] == 1
    assert story.lists() == "L:d(L:b) M:d N:d"


def test_imported_retirements_join_the_line_when_they_were_loaded(story: Story) -> None:
    story.load(pointing(a=None, b=None, c="a", d=None), lists="L:b L:c L:d M:d M:b")
    story.ask("a", "d")
    story.load(pointing(a=None, b="a", c="a", d=None))
    assert story.lists() == "L:a(L:c) M:a(M:d)"


# ------------------------------------------------------------------------------------------ undo


@pytest.mark.parametrize("undone", [False, True])
def test_a_merge_that_was_undone_does_not_decide_where_children_go(story: Story, undone: bool) -> None:
    """A pointer into b appears when b is gone: b is no contact to a, whether or not a merge once knew it."""
    spelled = {"b": {"id": id_of("b").upper()}}
    story.load(
        {**pointing(a=None, b=None, c=None), "b": {**spelled["b"], "f": "b"}}, notes="a b", lists="L:a L:b"
    )
    if undone:
        story.ask("b", "a")
        story.undo("r1")
    story.load(pointing(a="b", c=None))
    assert (story.live(), story.owners("notes"), story.lists()) == ("c", "a b", "L:a L:b")
    assert [row["survivor_id"] for row in story.table("contact_redirects")] == [id_of("b")]


@pytest.mark.parametrize("undone", [False, True])
def test_a_merge_does_not_decide_where_children_go_when_it_is_undone_later(
    story: Story, undone: bool
) -> None:
    """Another pointer led to b when it was deleted: only then is b the contact that children go on naming."""
    for pointer, owner in ((None, "d"), ("b", "b")):
        rows = {"a": None, "b": None, "c": pointer}
        story.load(pointing(**rows, d=None), notes="d")
        if undone:
            story.ask("b", "a", request_id=f"{pointer}")
        story.load(pointing(a=None, c=pointer, d="b"))
        if undone:
            story.undo(f"{pointer}")
        assert (story.owners("notes"), story.pointers()["d"]) == (owner, "b")


def test_undo_gives_what_there_would_be_had_the_merge_never_been(story: Story) -> None:
    story.load(people(a=None, b="2", c="3"), notes="a b c", lists="L:b L:c")
    story.batch(story.request("a", "b"), story.request("a", "c"))
    story.undo("r1")
    assert (story.live(), story.field("a", "f"), story.field("b", "f")) == ("ab", "3", "2")
    assert (story.owners("notes"), story.lists()) == ("a b a", "L:a(L:c) L:b")
    assert story.sources("a") == {"f": ("c", "r2")}
    assert story.response("r1")["fields_populated"] == ["f"]


def test_undo_of_one_contact_leaves_the_rest_of_its_request(story: Story) -> None:
    story.load(people(a=None, b="2", c="3"))
    story.ask("a", "b", "c")
    story.undo("r1", contact="b")
    assert (story.live(), story.field("a", "f")) == ("ab", "3")
    story.undo("r1")
    assert (story.live(), story.field("a", "f")) == ("abc", None)


UNDONE = [
    ("r1", "a:dc b:b-", {"c": "a", "d": "a"}, "a b a a", "L:a(L:d) L:b M:a(M:c)"),
    ("r2", "a:bc d:dd", {"b": "a", "c": "a"}, "a a a d", "L:a(L:b) L:d M:a(M:c) M:d"),
    ("r3", "a:b- c:dc", {"b": "a", "d": "c"}, "a a c c", "L:a(L:b) L:c(L:d) M:c"),
    ("r1 r2", "a:-c b:b- d:dd", {"c": "a"}, "a b a d", "L:b L:d M:a(M:c) M:d"),
    ("r1 r3", "a:-- b:b- c:dc", {"d": "c"}, "a b c c", "L:b L:c(L:d) M:c"),
    ("r2 r3", "a:b- c:-c d:dd", {"b": "a"}, "a a c d", "L:a(L:b) L:d M:c M:d"),
    ("r1 r2 r3", "a:-- b:b- c:-c d:dd", {}, "a b c d", "L:b L:d M:c M:d"),
]


@pytest.mark.parametrize(
    ("undone", "fields", "pointers", "notes", "lists", "way"),
    [
        (*expected, way)
        for expected in UNDONE
        for way in (["at once", "one by one", "backwards"] if " " in expected[0] else ["at once"])
    ],
)
def test_of_a_from_b_then_c_from_d_then_a_from_c_any_can_be_undone(
    story: Story, undone: str, fields: str, pointers: dict[str, str], notes: str, lists: str, way: str
) -> None:
    values = {"a": (None, None), "b": ("b", None), "c": (None, "c"), "d": ("d", "d")}
    rows = {letter: {"f": f, "g": g} for letter, (f, g) in values.items()}
    story.load(rows, notes="a b c d", lists="L:b L:d M:c M:d")
    story.batch(story.request("a", "b"), story.request("c", "d"), story.request("a", "c"))
    assert (story.field("a", "f"), story.field("a", "g"), story.live()) == ("b", "c", "a")
    steps = [undone.split()] if way == "at once" else [[r] for r in undone.split()]
    for step in reversed(steps) if way == "backwards" else steps:
        story.undo(*step)
    shown = [f"{x}:{story.field(x, 'f') or '-'}{story.field(x, 'g') or '-'}" for x in story.live()]
    assert (" ".join(shown), story.pointers()) == (fields, pointers)
    assert (story.owners("notes"), story.lists()) == (notes, lists)


def test_undo_in_the_middle_of_a_chain_keeps_the_merges_around_it(story: Story) -> None:
    story.load(people(a=None, b=None, c="3", d="4"))
    story.batch(story.request("b", "c"), story.request("a", "b"), story.request("a", "d"))
    story.undo("r2")
    assert (story.live(), story.pointers()) == ("ab", {"c": "b", "d": "a"})
    assert (story.field("a", "f"), story.field("b", "f")) == ("4", "3")


def test_undo_keeps_edits(story: Story) -> None:
    story.load({"a": {"f": None, "g": None}, "b": {"f": "2", "g": "2"}})
    story.ask("a", "b")
    story.load({"a": {"f": "edited", "g": None}, "b": {"f": "2", "g": "2"}})
    story.undo("r1")
    assert (story.field("a", "f"), story.field("a", "g")) == ("edited", None)


def test_undo_leaves_merges_that_followed_the_undone_pointer(endpoint: MakeEndpoint) -> None:
    story = Story(endpoint(retired_ids="follow"))
    story.load(people(a=None, b="2", c="3"))
    story.batch(story.request("a", "b"), story.request("b", "c"))
    story.undo("r1")
    assert (story.pointers(), story.field("a", "f")) == ({"c": "a"}, "3")


def test_a_contact_that_the_export_lost_comes_back_until_a_full_export_lacks_it_again(story: Story) -> None:
    story.load(people(a=None, b="2"))
    story.ask("a", "b")
    story.load(people(a=None))
    story.undo("r1")
    assert (story.live(), story.field("b", "f")) == ("ab", "2")
    story.load(notes="b")
    story.load(people(a="1"), modes={"contacts": "upsert"})
    assert story.live() == "ab"
    story.load(people(a=None))
    assert story.live() == "a"


def test_a_contact_that_came_back_can_be_merged_and_undone_again(story: Story) -> None:
    story.load(people(a=None, b="2", c=None))
    story.ask("a", "b")
    story.load(people(a=None, c=None))
    story.undo("r1")
    assert story.ask("c", "b")["status"] == 200
    assert (story.field("c", "f"), story.live()) == ("2", "ac")
    story.load(people(a=None, c=None))
    story.undo("r2")
    assert (story.live(), story.field("c", "f"), story.field("b", "f")) == ("abc", None, "2")


def test_an_undone_merge_may_be_asked_for_again(story: Story) -> None:
    story.load(people(a=None, b="2"))
    story.ask("a", "b")
    story.undo("r1")
    assert story.ask("a", "b")["status"] == 200
    assert story.sources("a") == {"f": ("b", "r2")}


def test_each_contact_that_comes_back_is_reported(story: Story) -> None:
    story.load(people(a=None, b="2", c="3"))
    story.ask("a", "b", "c")
    story.undo("r1")
    shown = [e["data"] for e in story.plain("events") if e["event"] == "contact.unmerged"]
    assert [(d["primary_id"], d["restored_id"], d["request_id"]) for d in shown] == [
        (id_of("a"), id_of("b"), "r1"),
        (id_of("a"), id_of("c"), "r1"),
    ]
    assert [dict(d["restored"])["f"] for d in shown] == ["2", "3"]
    assert [dict(d["primary"])["f"] for d in shown] == [None, None]


def test_an_undo_with_a_bad_id_undoes_nothing_and_names_each(endpoint: MakeEndpoint) -> None:
    story = Story(endpoint(retired_ids="follow"))
    story.load(people(a=None, b="2", c="3", d="4"))
    story.ask("a", "b", request_id="good")
    story.ask("a", "z", request_id="refused")
    story.ask("a", "c", request_id="dry", dry_run=True)
    story.ask("a", "c", request_id="first", idempotency_key="i")
    story.ask("a", "c", request_id="replay", idempotency_key="i")
    story.ask("a", "b", request_id="nothing")
    story.ask("a", "d", request_id="undone")
    story.undo("undone")
    bad = ["unknown", "refused", "dry", "replay", "nothing", "undone"]
    with pytest.raises(Refused) as refused:
        story.undo("good", *bad)
    assert len(refused.value.lines) == len(bad)
    assert all(name in line for name, line in zip(bad, refused.value.lines, strict=True))
    assert story.live() == "ad"


def test_a_contact_that_the_request_did_not_retire_is_no_undo(story: Story) -> None:
    story.load(people(a=None, b="2", c="3"))
    story.ask("a", "b")
    for letter in "acz":
        with pytest.raises(Refused):
            story.undo("r1", contact=letter)


def test_a_contact_alone_undoes_the_merge_that_retired_it(story: Story) -> None:
    """b was merged and undone before: what counts is the merge by which it is retired now."""
    story.load(people(a=None, b="2", c="3"))
    story.ask("a", "b")
    story.undo("r1")
    story.ask("a", "b", "c")
    story.undo(contact="b")
    assert (story.live(), story.field("a", "f")) == ("ab", "3")


def test_a_contact_alone_that_no_merge_retires_is_no_undo(story: Story) -> None:
    """a is live, b was undone, p was already retired when imported, z is nobody."""
    story.load(pointing(a=None, b=None, c=None, p="a"))
    story.ask("a", "b")
    story.undo("r1")
    for letter in "abpz":
        with pytest.raises(Refused) as refused:
            story.undo(contact=letter)
        assert [line.split(":")[0] for line in refused.value.lines] == [id_of(letter)]


def test_an_undo_reports_only_contacts_that_came_back(story: Story) -> None:
    """The CRM has merged b as well, so that its pointer counts once the merge is undone."""
    story.load({letter: {"merged_into_id": None} for letter in "abc"})
    story.ask("a", "b", "c")
    story.load(pointing(a=None, b="a", c=None))
    story.undo("r1")
    assert (story.live(), story.pointers()) == ("ac", {"b": "a"})
    shown = [event for event in story.plain("events") if event["event"] == "contact.unmerged"]
    assert [event["data"]["restored_id"] for event in shown] == [id_of("c")]
