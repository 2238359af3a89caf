"""Children, memberships and imported pointers (SEMANTICS), each rule by a case of its own."""

import pytest
from canonical import canonical
from pipeline_endpoint import MakeEndpoint
from story import START, Story, id_of, letter_of, pointing


@pytest.fixture
def story(endpoint: MakeEndpoint) -> Story:
    return Story(endpoint())


# ------------------------------------------------------------------------------------------ children


def test_children_go_to_the_survivor(story: Story) -> None:
    story.load({letter: {} for letter in "abcd"}, notes="a b c d b", emails="c c")
    responses = story.batch(story.request("b", "c"), story.request("a", "b"))
    assert story.owners("notes") == "a a a d a"
    assert [r["counts"]["notes"] for r in responses] == [1, 3]
    assert [r["counts"]["emails"] for r in responses] == [2, 2]


def test_a_child_of_no_contact_stays_as_it_is(story: Story) -> None:
    story.load({"a": {}, "b": {}}, notes="z b")
    story.ask("a", "b")
    assert story.owners("notes") == "z a"


def test_children_that_stay_name_their_contact_as_contacts_spell_it(story: Story) -> None:
    story.load({"a": {}, "b": {}, "c": {}})
    for letter in "ac":
        note = {"id": id_of("n"), "contact_id": id_of(letter).upper(), "body": None}
        story.endpoint.load({"notes": [note]}, {}, as_of=START)
        story.ask("a", "b")
        assert story.table("notes")[0]["contact_id"] == id_of(letter)


def test_the_primary_s_memberships_stay_and_the_first_of_the_duplicates_moves(story: Story) -> None:
    story.load({letter: {} for letter in "abcd"}, lists="L:a L:b M:c M:b N:c N:d")
    response = story.ask("a", "b", "c")
    assert response["counts"]["list_memberships"] == 2
    assert story.lists() == "L:a M:a(M:b) N:a(N:c) N:d"


def test_memberships_append_even_where_an_overwrite_puts_in_front(story: Story) -> None:
    story.load({letter: {} for letter in "abc"}, lists="L:a L:b M:b M:c")
    story.batch(story.request("a", "b", overwrite=True), story.request("a", "c", overwrite=True))
    assert story.lists() == "L:a M:a(M:b)"


def test_memberships_of_a_chain_append_even_where_overwrites_put_in_front(story: Story) -> None:
    story.load({letter: {} for letter in "abcd"}, lists="L:b L:c M:c M:d N:d")
    asked = [("b", "c", True), ("a", "b", True), ("a", "d", True)]
    answers = story.batch(*(story.request(p, d, overwrite=overwrite) for p, d, overwrite in asked))
    assert story.lists() == "L:a(L:b) M:a(M:c) N:a(N:d)"
    assert [a["counts"]["list_memberships"] for a in answers] == [1, 2, 1]


def test_counts_are_of_rows_that_really_moved(story: Story) -> None:
    story.load({letter: {} for letter in "abc"}, lists="L:b L:c M:c")
    responses = story.batch(story.request("b", "c"), story.request("a", "b"))
    assert [r["counts"]["list_memberships"] for r in responses] == [1, 2]


# ------------------------------------------------------------------------------------------ imported pointers


def test_a_contact_with_a_pointer_is_already_retired_when_imported_and_its_fields_are_not_folded(
    story: Story,
) -> None:
    story.load({**pointing(a=None, b="a"), "a": {"merged_into_id": None, "f": None}}, notes="b", lists="L:b")
    assert story.live() == "a"
    assert story.field("a", "f") is None
    assert (story.owners("notes"), story.lists()) == ("a", "L:a(L:b)")
    assert story.pointers() == {"b": "a"}
    assert story.table("contact_redirects")[0]["request_id"] is None
    assert story.table("events") == []


def test_imported_chains_end_where_their_pointers_end(story: Story) -> None:
    story.load(pointing(a=None, b="a", c="b", d=None), notes="c b a d", lists="L:c L:b M:c")
    assert story.owners("notes") == "a a a d"
    assert story.lists() == "L:a(L:b) M:a(M:c)"
    response = story.ask("d", "a")
    assert (response["counts"]["notes"], response["counts"]["list_memberships"]) == (3, 2)
    assert story.pointers() == {"a": "d", "b": "d", "c": "d"}


NOWHERE = [({"b": "z"}, "z"), ({"b": "c", "c": "b"}, None)]


@pytest.mark.parametrize(("targets", "survivor"), NOWHERE)
def test_where_pointers_end_in_no_contact_or_a_circle_rows_stay(
    story: Story, targets: dict[str, str], survivor: str | None
) -> None:
    story.load(pointing(a=None, **targets), notes="b", lists="L:b L:z")
    assert (story.owners("notes"), story.lists()) == ("b", "L:b L:z")
    assert story.pointers()["b"] == survivor


def test_a_pointer_that_names_its_own_row_is_no_pointer(story: Story) -> None:
    spelled = {"b": id_of("b"), "c": f" {id_of('c').upper()}"}
    rows = {letter: {"merged_into_id": into, "f": letter} for letter, into in spelled.items()}
    story.load({"a": {"merged_into_id": None, "f": None}, **rows}, notes="b", lists="L:c")
    assert (story.live(), story.pointers()) == ("abc", {})
    assert story.ask("a", "b", "c")["status"] == 200
    assert (story.field("a", "f"), story.owners("notes"), story.lists()) == ("b", "a", "L:a(L:c)")


def test_an_id_that_contacts_never_held_is_spelled_as_pointers_spell_it(story: Story) -> None:
    spelled = {"b": f" {id_of('z').upper()}\n", "c": id_of("z").replace("-", ""), "d": id_of("b")}
    story.load({"a": {"merged_into_id": None}, **{c: {"merged_into_id": t} for c, t in spelled.items()}})
    rows = {
        row["retired_id"]: (row["primary_id"], row["survivor_id"]) for row in story.table("contact_redirects")
    }
    upper, plain = id_of("z").upper(), id_of("z").replace("-", "")
    assert [rows[id_of(c)] for c in "bcd"] == [(upper, upper), (plain, upper), (id_of("b"), upper)]


def test_a_pointer_that_is_no_uuid_counts_as_none(story: Story) -> None:
    story.load({"a": {"merged_into_id": "soon"}, "b": {"merged_into_id": " "}})
    assert story.ask("a", "b")["status"] == 200
    assert story.field("a", "merged_into_id") == "soon"


def dropped(story: Story) -> str:
    """The rows that did not move as `row kept survivor request`, sorted; rows by the `list:contact` that they came as."""
    words = []
    for row in story.plain("dropped_children"):
        own, kept = dict(row["row"]), dict(row["kept"])
        assert row["table"] == "list_memberships"
        assert own["row"] == f"{own['list_id']}:{letter_of(own['contact_id'])}"
        assert kept["contact_id"] == row["survivor_id"]
        words.append(f"{own['row']} {kept['row']} {letter_of(row['survivor_id'])} {row['request_id']}")
    return ", ".join(sorted(words))


@pytest.mark.long
def test_memberships_that_did_not_move_are_listed_with_those_that_stay(story: Story) -> None:
    """c brings L and M to b, and b all three to a, which is on L: by whom a row's contact was retired counts."""
    story.load({letter: {} for letter in "abcd"}, lists="L:a L:b M:b M:c L:c N:c N:d")
    story.ask("b", "c")
    assert dropped(story) == "L:c L:b b r1, M:c M:b b r1"
    story.ask("a", "b", overwrite=True)
    assert dropped(story) == "L:b L:a a r2, L:c L:a a r1, M:c M:b a r1"
    story.undo("r1")
    assert dropped(story) == "L:b L:a a r2"
    story.undo("r2")
    assert dropped(story) == ""


@pytest.mark.long
def test_memberships_that_did_not_move_follow_newer_exports(story: Story) -> None:
    story.load({letter: {} for letter in "ab"})
    story.ask("a", "b")
    assert dropped(story) == ""
    story.load(lists="L:a L:b")
    assert dropped(story) == "L:b L:a a r1"
    story.load(lists="L:b M:b M:z")
    assert dropped(story) == ""


def test_memberships_of_contacts_already_retired_when_imported_are_dropped_by_no_request(
    story: Story,
) -> None:
    """c and e lead to nobody, so that their rows stay as they are."""
    story.load(pointing(a=None, b="a", c="z", e="z"), lists="L:a L:b M:c M:e")
    assert dropped(story) == "L:b L:a a None"


def test_a_membership_that_did_not_move_names_its_contact_as_contacts_spell_it(story: Story) -> None:
    story.load({"a": {}, "b": {}})
    rows = [{"list_id": "L", "contact_id": id_of(letter).upper()} for letter in "ab"]
    story.endpoint.load({"list_memberships": rows}, {}, as_of=START)
    story.ask("a", "b")
    [row] = story.plain("dropped_children")
    assert [dict(row[name])["contact_id"] for name in ("row", "kept")] == [id_of("b"), id_of("a")]


def test_every_live_and_retired_id_is_in_the_identity_map(story: Story) -> None:
    story.load(pointing(a=None, b="a", c="f", d=None, e=None, f="c"))
    story.ask("a", "d")
    rows = canonical({"identity_map": story.table("identity_map")})["identity_map"]
    pairs = {(row["contact_id"][-2:], (row["survivor_id"] or "--")[-2:]) for row in rows}
    assert len(rows) == 6
    assert pairs == {("61", "61"), ("62", "61"), ("63", "--"), ("64", "61"), ("65", "65"), ("66", "--")}
