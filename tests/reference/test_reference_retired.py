"""Retired and absent ids, dry runs, order, events (steps 6 to 8), each rule by a case of its own."""

from datetime import timedelta

import pytest
from pipeline_endpoint import MakeEndpoint
from story import START, Row, Story, id_of, key, letter_of, pointing

PEOPLE = {letter: {"phone": letter} for letter in "abcdef"}


@pytest.fixture
def story(endpoint: MakeEndpoint) -> Story:
    return Story(endpoint())


@pytest.fixture
def follow(endpoint: MakeEndpoint) -> Story:
    return Story(endpoint(retired_ids="follow"))


# ------------------------------------------------------------------------------------- 6: circles


def test_pointers_in_a_circle_are_409(story: Story) -> None:
    story.load(pointing(a="b", b="a", c="a", x=None))
    responses = story.batch(*(story.request(*asked) for asked in ("ax", "xa", "bx", "cx")))
    assert [(response["status"], response["code"]) for response in responses] == [(409, "merge_conflict")] * 4


@pytest.mark.long
def test_a_retired_primary_that_leads_into_a_duplicate_is_409(story: Story) -> None:
    story.load(PEOPLE)
    story.batch(story.request("b", "a"), story.request("c", "b"))
    assert story.ask("a", "b")["status"] == 409
    assert story.ask("a", "d", "c")["status"] == 409
    assert story.ask("a", "d")["status"] == 404


@pytest.mark.long
def test_a_retired_primary_that_leads_into_a_duplicate_that_does_not_exist_is_409(story: Story) -> None:
    """Step 6 comes before step 7; z was never loaded, d is deleted later, a key of w1 does not see e."""
    story.load(
        {
            letter: {"workspace_id": "w2" if letter == "e" else "w1", "merged_into_id": into and id_of(into)}
            for letter, into in {"a": "z", "b": "d", "c": "e", "d": None, "e": None, "x": None}.items()
        }
    )
    story.ask("x", "z")
    assert [story.ask(*asked)["status"] for asked in ("az", "axz", "ce", "zx", "xz")] == [
        409,
        409,
        409,
        404,
        404,
    ]
    story.load(
        {
            letter: {"workspace_id": "w1", "merged_into_id": into}
            for letter, into in (("b", id_of("d")), ("x", None))
        }
    )
    answers = story.batch(*(story.request(*asked) for asked in ("bd", "bxd", "db", "bx", "xd")))
    assert [answer["status"] for answer in answers] == [409, 409, 404, 404, 404]


def test_a_circle_counts_before_an_id_that_does_not_exist(story: Story) -> None:
    story.load(pointing(a="b", b="a", x=None))
    assert story.ask("x", "z", "a")["status"] == 409


# ------------------------------------------------------------------------------------- 7: not found


def test_ids_that_do_not_exist_are_404_and_named_in_the_message(story: Story) -> None:
    story.load(PEOPLE)
    story.ask("a", "b")
    response = story.ask("y", "c", "z", "b")
    assert (response["status"], response["code"]) == (404, "not_found")
    message = story.message(response["request_id"])
    assert all(message.count(id_of(letter)) == 1 for letter in "yzb")
    assert id_of("c") not in message


def test_a_retired_id_names_its_survivor(story: Story) -> None:
    story.load(PEOPLE)
    story.batch(story.request("a", "b"), story.request("c", "a"))
    response = story.ask("d", "b")
    assert response["status"] == 404
    assert id_of("c") in story.message(response["request_id"])


def test_a_retired_id_names_the_setting_that_follows_it(story: Story) -> None:
    """b is retired into a; e into one of another workspace, g into none, for which the setting would do nothing."""
    people = pointing(a=None, b="a", d=None, e="f", f=None, g="z")
    for letter in people:
        people[letter]["workspace_id"] = "w2" if letter == "f" else "w1"
    story.load(people)
    hinted = {"db": True, "bd": True, "dbz": True, "dz": False, "de": False, "dg": False}
    responses = story.batch(*(story.request(*asked) for asked in hinted))
    assert {response["status"] for response in responses} == {404}
    messages = [story.message(response["request_id"]) for response in responses]
    assert ['retired_ids = "follow"' in message for message in messages] == list(hinted.values())


@pytest.mark.long
@pytest.mark.parametrize("setting", ["reject", "follow"])
@pytest.mark.parametrize(("workspaces", "named"), [(None, "aaz"), ({}, "aa"), ({"a": "w2", "b": "w2"}, "")])
def test_a_retired_id_names_a_survivor_that_is_not_among_the_contacts(
    endpoint: MakeEndpoint, setting: str, workspaces: dict[str, str] | None, named: str
) -> None:
    """a is deleted after b was merged into it, and c pointed to it; d points to z, which was never there."""
    story = Story(endpoint(retired_ids=setting))
    people = pointing(a=None, b=None, c="a", d="z", f=None)
    if workspaces is not None:
        for letter, row in people.items():
            row["workspace_id"] = workspaces.get(letter, "w1")
    story.load(people)
    assert story.ask("a", "b")["status"] == 200
    del people["a"]
    story.load(people)
    responses = story.batch(*(story.request("f", letter) for letter in ("b", "c", "d")))
    assert {response["status"] for response in responses} == {404}
    messages = [story.message(response["request_id"]) for response in responses]
    assert [letter for letter in ("a", "z") for message in messages if id_of(letter) in message] == list(
        named
    )
    assert sum("not among the contacts" in message for message in messages) == len(named)
    assert not any("retired_ids" in message for message in messages)


@pytest.mark.long
def test_no_setting_is_named_where_retired_ids_are_followed(follow: Story) -> None:
    follow.load(PEOPLE)
    follow.ask("a", "b")
    assert "retired_ids" not in follow.message(follow.ask("b", "z")["request_id"])


@pytest.mark.long
def test_each_bad_id_has_a_reason_where_another_is_named_twice(story: Story) -> None:
    """b and c are retired, x is live, z does not exist."""
    story.load({letter: {"f": letter} for letter in "abcdx"})
    story.ask("d", "b", "c")
    asked = ("bbc", "bcb", "bbbc", "xxc", "xcxz", "zzc")
    for response in story.batch(*(story.request("a", *named, request_id=named) for named in asked)):
        named = response["request_id"]
        assert (response["status"], response["code"]) == (404, "not_found")
        message = story.message(named)
        assert [id_of(letter) in message for letter in "bczx"] == ["b" in named, True, "z" in named, False]


@pytest.mark.long
@pytest.mark.parametrize("named", ["bbc", "bcb", "bb"])
def test_a_duplicate_named_twice_counts_once_however_requests_are_cut(story: Story, named: str) -> None:
    """Alone in its batch or beside a request that shares a contact with it."""
    story.load({letter: {"f": letter} for letter in "abcx"})
    preview = story.ask("a", *named, dry_run=True)
    requests = [story.request("a", *named, dry_run=True), story.request("a", *named), story.request("x", "a")]
    answers = story.batch(*requests)
    assert [answer["merged_ids"] for answer in (preview, *answers)] == [sorted(set(named))] * 3 + [["a"]]


def test_a_primary_retired_into_a_duplicate_is_a_conflict_when_that_one_retires_in_the_next_batch(
    story: Story,
) -> None:
    story.load(PEOPLE)
    story.ask("b", "a")
    answers = story.batch(story.request("c", "b"), story.request("a", "b"))
    assert [answer["status"] for answer in answers] == [200, 409]


@pytest.mark.parametrize("workspace", [{}, {"workspace_id": None}, {"workspace_id": "w1"}])
def test_an_id_whose_survivor_does_not_exist_is_reported_as_retired(story: Story, workspace: Row) -> None:
    story.load({letter: {**row, **workspace} for letter, row in pointing(a="z", x=None).items()})
    response = story.ask("x", "a")
    assert (response["status"], response["code"]) == (404, "not_found")
    message = story.message(response["request_id"]).rstrip(".")
    if workspace:  # that of the survivor is not known
        assert message == f"{id_of('a')} is retired"
    else:
        assert message.startswith(f"{id_of('a')} is retired")
        assert message.endswith(f"into {id_of('z')}, which is not among the contacts")


WORKSPACES = {"a": {"workspace_id": "w1"}, "b": {"workspace_id": "w2"}, "c": {"workspace_id": None}}


def test_contacts_of_two_workspaces_are_not_merged(story: Story) -> None:
    story.load(WORKSPACES)
    responses = story.batch(*(story.request(*asked) for asked in ("ab", "ba", "ac", "ca")))
    assert [response["status"] for response in responses] == [404] * 4


def test_two_nulls_are_the_same_workspace(story: Story) -> None:
    story.load({"a": {"workspace_id": None}, "b": {"workspace_id": None}})
    assert story.ask("a", "b")["status"] == 200


@pytest.mark.long
def test_a_key_affects_only_its_workspace(story: Story) -> None:
    people = {
        letter: {"workspace_id": w}
        for letter, w in zip("abcdef", ["w1", "w1", "w2", "w2", None, None], strict=True)
    }
    story.load(people, keys=[key(workspace_id="w1"), key(api_key_id="all")])
    statuses = [
        story.ask(*pair, api_key_id=k)["status"] for k in ("k1", "all") for pair in ("cd", "ef", "ab")
    ]
    assert statuses == [404, 404, 200, 200, 200, 404]


@pytest.mark.long
def test_an_id_of_another_workspace_reads_like_one_that_does_not_exist(story: Story) -> None:
    story.load({"a": {"workspace_id": "w1"}, "b": {"workspace_id": "w2"}, "c": {"workspace_id": "w2"}})
    story.ask("b", "c")
    messages = [story.message(story.ask("a", other)["request_id"]) for other in ("b", "c", "z")]
    assert [m.replace(id_of(o), "?") for m, o in zip(messages, "bcz", strict=True)] == [
        messages[2].replace(id_of("z"), "?")
    ] * 3


def test_pointers_of_another_workspace_are_not_followed(story: Story) -> None:
    people = pointing(a="b", b="a", x=None)
    for letter, workspace in zip("abx", ["w2", "w2", "w1"], strict=True):
        people[letter]["workspace_id"] = workspace
    story.load(people)
    assert story.ask("x", "a")["status"] == 404


def across(*, boundary: bool) -> dict[str, Row]:
    """a is retired into c by way of b, and d and e point at each other; b and e are in another workspace or not."""
    people = pointing(a="b", b="c", c=None, x=None, d="e", e="d")
    for letter in people:
        people[letter]["workspace_id"] = "w2" if boundary and letter in "be" else "w1"
    return people


@pytest.mark.parametrize("boundary", [False, True])
def test_pointers_lead_through_another_workspace(story: Story, boundary: bool) -> None:
    story.load(across(boundary=boundary))
    answers = story.batch(*(story.request(*asked, dry_run=True) for asked in ("ac", "axc", "xd", "dx", "xa")))
    assert [answer["status"] for answer in answers] == [409, 409, 409, 409, 404]
    assert id_of("c") in story.message(answers[-1]["request_id"])


@pytest.mark.parametrize("boundary", [False, True])
def test_follow_leads_through_another_workspace(follow: Story, boundary: bool) -> None:
    follow.load(across(boundary=boundary))
    answers = follow.batch(
        *(follow.request(*asked, dry_run=True) for asked in ("ac", "xd", "xa", "ax", "ca"))
    )
    assert [(answer["status"], answer["merged_ids"]) for answer in answers] == [
        (409, []),
        (409, []),
        (200, ["c"]),
        (200, ["x"]),
        (200, []),
    ]


# ------------------------------------------------------------------------------------- 8: dry runs, following


def test_a_dry_run_answers_as_if_and_changes_nothing(story: Story) -> None:
    story.load({"a": {"phone": None}, "b": {"phone": "2"}}, notes="b b", lists="L:b")
    preview = story.ask("a", "b", dry_run=True)
    assert preview["status"] == 200
    assert (preview["dry_run"], preview["fields_populated"], preview["merged_ids"]) == (
        True,
        ["phone"],
        ["b"],
    )
    assert story.live() == "ab"
    assert (story.owners("notes"), story.table("events")) == ("b b", [])
    real = story.ask("a", "b")
    skip = ("request_id", "dry_run", "processed_at", "primary")
    assert {k: v for k, v in real.items() if k not in skip} == {
        k: v for k, v in preview.items() if k not in skip
    }
    assert real["primary"] == preview["primary"]


def test_retired_ids_stand_for_survivors_of_their_own_workspace_alone(follow: Story) -> None:
    """a and e are retired into b and d of another workspace, g into nobody, h into c."""
    workspaces = {"a": "w1", "b": "w2", "c": "w1", "d": "w2", "e": "w1", "g": "w1", "h": "w1"}
    pointers = {"a": "b", "e": "d", "g": "z", "h": "c"}
    follow.load(
        {
            letter: {
                "workspace_id": name,
                "merged_into_id": id_of(pointers[letter]) if letter in pointers else None,
            }
            for letter, name in workspaces.items()
        }
    )
    bad = {"ae": "ae", "ac": "a", "ad": "ad", "ce": "e", "be": "e", "gc": "g", "gh": "g"}
    for response in follow.batch(*(follow.request(*asked, request_id=asked) for asked in bad)):
        assert response["status"] == 404
        reasons = follow.message(response["request_id"]).split("; ")
        assert [letter_of(reason.split()[0]) for reason in reasons] == list(bad[response["request_id"]])


def test_a_primary_retires_where_another_id_stands_for_it(follow: Story) -> None:
    """b stands for a when it is merged into c; a is named as a primary alone, before and after."""
    follow.load({letter: {"name": letter.upper(), "city": None} for letter in "abcd"})
    answers = follow.batch(follow.request("a", "b"), follow.request("c", "b"), follow.request("a", "d"))
    assert [answer["merged_ids"] for answer in answers] == [["b"], ["a"], ["d"]]
    assert [letter_of(answer["primary"]["id"]) for answer in answers] == ["a", "c", "c"]
    assert follow.live() == "c"
    assert set(follow.pointers().values()) == {"c"}


def test_a_dry_run_changes_nothing_for_the_requests_after_it_in_its_run(story: Story) -> None:
    story.load({"a": {"phone": None}, "b": {"phone": "2"}, "c": {"phone": "3"}}, notes="b b", lists="L:b")
    asked = [
        story.request("a", "b", dry_run=True),
        story.request("c", "b", overwrite=True),
        story.request("a", "c", dry_run=True),
        story.request("a", "c"),
    ]
    answers = story.batch(*asked)
    assert [(a["status"], a["counts"]["notes"]) for a in answers] == [(200, 2), (200, 2), (200, 2), (200, 2)]
    assert (story.live(), story.field("a", "phone")) == ("a", "2")


def test_requests_of_a_batch_are_answered_in_order_of_time_then_of_id(story: Story) -> None:
    story.load(PEOPLE)
    late = story.request("a", "b", request_id="0", requested_at=START + timedelta(minutes=2))
    second = story.request("b", "c", request_id="2", requested_at=START + timedelta(minutes=1))
    tie = story.request("c", "d", request_id="10", requested_at=START + timedelta(minutes=1))
    assert [r["status"] for r in story.batch(late, second, tie)] == [200, 200, 200]
    assert story.pointers() == {"b": "a", "c": "a", "d": "a"}


def test_a_request_id_is_answered_once(story: Story) -> None:
    story.load(PEOPLE)
    request = story.request("a", "b")
    other = {**story.request("a", "c"), "request_id": request["request_id"]}
    story.batch(request, request)
    story.batch(request)
    assert story.batch(other)[0]["merged_ids"] == ["b"]
    assert len(story.table("merge_responses")) == 1
    assert len(story.table("events")) == 1


def test_follow_takes_survivors_for_retired_ids(follow: Story) -> None:
    follow.load(PEOPLE)
    follow.batch(follow.request("b", "a"), follow.request("d", "c"))
    response = follow.ask("a", "c", "e", "d")
    assert (response["status"], response["merged_ids"]) == (200, ["d", "e"])
    assert follow.live() == "bf"


def test_follow_drops_a_duplicate_that_already_is_the_primary(follow: Story) -> None:
    follow.load(PEOPLE)
    follow.ask("a", "b")
    response = follow.ask("a", "b")
    assert (response["status"], response["merged_ids"], response["fields_populated"]) == (200, [], [])
    assert set(response["counts"].values()) == {0}
    assert len(follow.table("events")) == 1


def test_follow_refuses_a_retired_primary_whose_survivor_is_a_duplicate(follow: Story) -> None:
    follow.load(PEOPLE)
    follow.ask("b", "a", "c")
    responses = follow.batch(*(follow.request(*asked) for asked in ("ab", "ac", "acb")))
    assert [response["status"] for response in responses] == [409] * 3


def test_follow_refuses_a_primary_on_its_way_into_a_duplicate_and_on_to_no_contact(follow: Story) -> None:
    follow.load(pointing(a="b", b="z", c="z", x=None))
    responses = follow.batch(*(follow.request(*asked) for asked in ("ab", "axb", "ac", "ba", "ax")))
    assert [response["status"] for response in responses] == [409, 409, 409, 409, 404]


def test_follow_into_no_contact_is_404(follow: Story) -> None:
    follow.load(pointing(a="z", x=None))
    responses = follow.batch(follow.request("x", "a"), follow.request("a", "x"))
    assert [response["status"] for response in responses] == [404, 404]


def test_events_show_of_each_duplicate_what_it_gave(story: Story) -> None:
    story.load(
        {
            "a": {"phone": None, "city": None},
            "b": {"phone": "2", "city": None},
            "c": {"phone": "3", "city": "C"},
        },
        notes="b c c",
        lists="L:b L:c M:c",
    )
    story.ask("a", "b", "c")
    events = [event["data"] for event in story.plain("events")]
    assert [data["merged_id"] for data in events] == [id_of("b"), id_of("c")]
    assert [data["fields_populated"] for data in events] == [["phone"], ["city"]]
    assert [(d["counts"]["notes"], d["counts"]["list_memberships"]) for d in events] == [(1, 1), (2, 1)]
    assert {dict(data["primary"])["city"] for data in events} == {"C"}
