"""What happens to one request (SEMANTICS, the eight steps), each rule by a case of its own."""

from datetime import timedelta
from typing import Any

import pytest
from conftest import MakeEndpoint
from reference import UNREADABLE
from story import START, Story, id_of

KEY = {"api_key_id": "k1", "workspace_id": None, "scopes": ["write:contacts"], "rate_limit": None}
PEOPLE = {letter: {"phone": letter} for letter in "abcdef"}


def at(minutes: float = 0, hours: float = 0, seconds: float = 0) -> Any:
    return START + timedelta(minutes=minutes, hours=hours, seconds=seconds)


@pytest.fixture
def story(endpoint: MakeEndpoint) -> Story:
    return Story(endpoint())


@pytest.fixture
def follow(endpoint: MakeEndpoint) -> Story:
    return Story(endpoint(retired_ids="follow"))


def key(**columns: Any) -> dict[str, Any]:
    return {**KEY, "expires_at": None, "revoked_at": None, **columns}


# ------------------------------------------------------------------------------------- 1, 2: keys and scopes


def test_without_api_keys_requests_are_trusted(story: Story) -> None:
    story.load(PEOPLE)
    assert story.ask("a", "b", api_key_id="nobody knows it")["status"] == 200


@pytest.mark.parametrize("sent", [None, "unknown", "K1", ""])
def test_a_missing_or_unknown_key_is_401(story: Story, sent: str | None) -> None:
    story.load(PEOPLE, keys=[key()])
    response = story.ask("a", "b", api_key_id=sent)
    assert (response["status"], response["code"]) == (401, "invalid_key")
    assert (response["primary"], response["counts"], response["merged_ids"]) == (None, None, [])
    assert story.live() == "abcdef"


def test_an_empty_table_of_keys_is_a_table_of_keys(story: Story) -> None:
    story.load(PEOPLE, keys=[])
    assert story.ask("a", "b", api_key_id="k1")["status"] == 401


@pytest.mark.parametrize("column", ["revoked_at", "expires_at"])
def test_a_key_ends_at_the_very_moment(story: Story, column: str) -> None:
    story.load(PEOPLE, keys=[key(**{column: at(10)})])
    early = story.ask("a", "b", api_key_id="k1", requested_at=at(10, seconds=-1))
    late = story.ask("a", "c", api_key_id="k1", requested_at=at(10))
    assert (early["status"], late["status"]) == (200, 401)


@pytest.mark.parametrize("scopes", [None, [], ["read:contacts"], ["WRITE:contacts"]])
def test_a_key_without_the_scope_is_403(story: Story, scopes: list[str] | None) -> None:
    story.load(PEOPLE, keys=[key(scopes=scopes), key(api_key_id="k2")])
    response = story.ask("a", "b", api_key_id="k1")
    assert (response["status"], response["code"]) == (403, "insufficient_permissions")


def test_the_key_is_checked_before_all_else(story: Story) -> None:
    story.load(PEOPLE, keys=[])
    assert story.ask(None)["status"] == 401


# ------------------------------------------------------------------------------------- 3: rate limits


def test_the_third_request_of_a_minute_is_one_too_many_for_a_limit_of_two(story: Story) -> None:
    story.load(PEOPLE, keys=[key(rate_limit=2)])
    moments = [at(5), at(5, seconds=59), at(5, seconds=59.5), at(6)]
    requests = [
        story.request("a", duplicate, api_key_id="k1", requested_at=moment)
        for duplicate, moment in zip("bcde", moments, strict=True)
    ]
    responses = story.batch(*requests)
    assert [r["status"] for r in responses] == [200, 200, 429, 200]
    assert [r["rate_limit_remaining"] for r in responses] == [1, 0, 0, 1]
    assert {r["rate_limit_limit"] for r in responses} == {2}
    assert [r["rate_limit_reset"] - int(START.timestamp()) for r in responses] == [360, 360, 360, 420]
    assert responses[2]["code"] == "rate_limited"


def test_refused_dry_and_replayed_requests_count_but_not_those_without_access(story: Story) -> None:
    story.load(PEOPLE, keys=[key(rate_limit=4), key(api_key_id="k2", scopes=[], rate_limit=4)])
    sent: list[dict[str, Any]] = [
        {"api_key_id": "k1", "primary_id": "garbage"},
        {"api_key_id": "k1", "dry_run": True},
        {"api_key_id": "k1", "idempotency_key": "i"},
        {"api_key_id": "k1", "idempotency_key": "i"},
        {"api_key_id": "k2"},
        {"api_key_id": "k1"},
    ]
    responses = story.batch(*(story.request("a", "b", requested_at=at(1), **columns) for columns in sent))
    assert [r["status"] for r in responses] == [400, 200, 200, 200, 403, 429]
    assert [r["rate_limit_remaining"] for r in responses] == [3, 2, 1, 0, None, 0]


def test_a_key_without_a_limit_gives_no_rate_limit_columns(story: Story) -> None:
    story.load(PEOPLE, keys=[key()])
    assert story.ask("a", "b", api_key_id="k1")["rate_limit_limit"] is None


# ------------------------------------------------------------------------------------- 4: replays


def test_the_same_key_gives_the_first_response_again_and_changes_nothing(story: Story) -> None:
    story.load(PEOPLE)
    first = story.ask("a", "b", idempotency_key="i")
    again = story.ask("c", "d", idempotency_key="i", overwrite=True)
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert (again["primary"], again["merged_ids"]) == (first["primary"], ["b"])
    assert story.live() == "acdef"


@pytest.mark.parametrize("blank", [None, "", " \u3000"])
def test_a_blank_idempotency_key_is_none(story: Story, blank: str | None) -> None:
    story.load(PEOPLE)
    story.ask("a", "b", idempotency_key=blank)
    assert story.ask("a", "c", idempotency_key=blank)["replayed"] is False


def test_each_api_key_has_its_own_idempotency_keys(story: Story) -> None:
    story.load(PEOPLE)
    asked = [
        story.ask("a", d, idempotency_key="i", api_key_id=k) for d, k in [("b", "k"), ("c", None), ("d", "l")]
    ]
    assert [r["replayed"] for r in asked] == [False, False, False]


def test_a_key_lasts_less_than_24_hours_from_its_first_use(story: Story) -> None:
    story.load(PEOPLE)
    story.ask("a", "b", idempotency_key="i", requested_at=at())
    replay = story.ask("a", "c", idempotency_key="i", requested_at=at(hours=24, seconds=-1))
    fresh = story.ask("a", "c", idempotency_key="i", requested_at=at(hours=24))
    newer = story.ask("a", "d", idempotency_key="i", requested_at=at(hours=47))
    assert [r["replayed"] for r in (replay, fresh, newer)] == [True, False, True]
    assert newer["merged_ids"] == ["c"]


def test_a_request_that_arrives_late_replays_a_later_first_use(story: Story) -> None:
    story.load(PEOPLE)
    story.ask("a", "b", idempotency_key="i", requested_at=at(hours=90))
    assert story.ask("a", "c", idempotency_key="i", requested_at=at())["replayed"] is True


def test_a_refusal_is_replayed_too_but_not_one_of_the_first_three_steps(story: Story) -> None:
    story.load(PEOPLE, keys=[key(rate_limit=2)])
    sent = {"api_key_id": "k1", "idempotency_key": "i"}
    assert story.ask("a", "b", **{**sent, "api_key_id": None})["status"] == 401
    assert story.ask("a", "z", **sent, requested_at=at(5))["status"] == 404
    again = story.ask("a", "b", **sent, requested_at=at(5))
    assert (again["status"], again["replayed"], again["rate_limit_remaining"]) == (404, True, 0)
    assert story.ask("a", "b", **sent, requested_at=at(5))["replayed"] is False
    assert story.live() == "abcdef"


def test_a_dry_run_neither_reads_nor_writes_keys(story: Story) -> None:
    story.load(PEOPLE)
    story.ask("a", "b", idempotency_key="i", dry_run=True)
    assert story.ask("a", "b", idempotency_key="i")["replayed"] is False
    assert story.ask("a", "c", idempotency_key="i", dry_run=True)["replayed"] is False


def test_further_columns_of_a_replay_are_its_own(story: Story) -> None:
    story.load(PEOPLE)
    story.ask("a", "b", idempotency_key="i", reason="first")
    assert story.ask("a", "b", idempotency_key="i", reason="second")["reason"] == "second"


# ------------------------------------------------------------------------------------- 5: validation


BAD_IDS = [None, "", "  ", "x", "1234", id_of("a")[:-1], id_of("a") + "0", "urn:uuid:"]


@pytest.mark.parametrize("bad", BAD_IDS)
def test_an_id_that_is_no_uuid_is_400(story: Story, bad: Any) -> None:
    story.load(PEOPLE)
    for response in (
        story.batch({**story.request("a", "b"), "primary_id": bad})[0],
        story.batch({**story.request("a"), "duplicate_ids": [id_of("b"), bad]})[0],
    ):
        assert (response["status"], response["code"]) == (400, "validation_error")


@pytest.mark.parametrize("duplicates", [None, [], UNREADABLE])
def test_no_duplicates_is_400(story: Story, duplicates: Any) -> None:
    story.load(PEOPLE)
    assert story.ask("a", duplicate_ids=duplicates)["status"] == 400


@pytest.mark.parametrize("flag", ["overwrite", "dry_run"])
def test_a_flag_that_cannot_be_read_is_400(story: Story, flag: str) -> None:
    story.load(PEOPLE)
    response = story.ask("a", "b", **{flag: UNREADABLE})
    assert (response["status"], response["dry_run"]) == (400, False)


def test_more_than_twenty_duplicates_as_sent_are_400(story: Story) -> None:
    story.load(PEOPLE)
    assert story.ask("a", *"b" * 21)["status"] == 400
    assert story.ask("a", *"b" * 20)["merged_ids"] == ["b"]


def test_the_maximum_is_a_setting(endpoint: MakeEndpoint) -> None:
    story = Story(endpoint(max_duplicates=1))
    story.load(PEOPLE)
    assert [story.ask("a", "b", "c")["status"], story.ask("a", "b")["status"]] == [400, 200]


SPELLINGS = [
    str.upper,
    lambda text: text.replace("-", ""),
    lambda text: "{" + text + "}",
    lambda text: "urn:uuid:" + text,
    lambda text: f"\u3000{text}\n",
]


@pytest.mark.parametrize("spell", SPELLINGS)
def test_ids_compare_by_value_not_by_spelling(story: Story, spell: Any) -> None:
    story.load(PEOPLE)
    assert story.ask("a", spell(id_of("a")))["status"] == 400
    response = story.ask(spell(id_of("a")), "b", spell(id_of("b")), "c")
    assert (response["status"], response["merged_ids"]) == (200, ["b", "c"])


@pytest.mark.parametrize("spell", SPELLINGS)
def test_ids_are_written_as_contacts_spells_them(story: Story, spell: Any) -> None:
    story.load({letter: {"id": spell(id_of(letter)), "phone": None} for letter in "ab"}, notes="b")
    story.ask("a", "b")
    a, b = spell(id_of("a")), spell(id_of("b"))
    assert [row["id"] for row in story.table("contacts")] == [a]
    assert story.table("merge_responses")[0]["merged_ids"] == [b]
    assert story.table("notes")[0]["contact_id"] == a
    redirect = story.table("contact_redirects")[0]
    assert (redirect["retired_id"], redirect["primary_id"], redirect["survivor_id"]) == (b, a, a)


# ------------------------------------------------------------------------------------- 6: circles


def pointing(**targets: str | None) -> dict[str, dict[str, Any]]:
    """Contacts with imported pointers: `pointing(a="b", b=None)`."""
    return {c: {"merged_into_id": t if t is None else id_of(t), "phone": c} for c, t in targets.items()}


@pytest.mark.parametrize("asked", ["ax", "xa", "bx", "cx"])
def test_pointers_in_a_circle_are_409(story: Story, asked: str) -> None:
    story.load(pointing(a="b", b="a", c="a", x=None))
    response = story.ask(*asked)
    assert (response["status"], response["code"]) == (409, "merge_conflict")


def test_a_contact_that_points_at_itself_is_a_circle(story: Story) -> None:
    story.load(pointing(a="a", x=None))
    assert story.ask("x", "a")["status"] == 409


def test_a_retired_primary_that_leads_into_a_duplicate_is_409(story: Story) -> None:
    story.load(PEOPLE)
    story.batch(story.request("b", "a"), story.request("c", "b"))
    assert story.ask("a", "b")["status"] == 409
    assert story.ask("a", "d", "c")["status"] == 409
    assert story.ask("a", "d")["status"] == 404


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


WORKSPACES = {"a": {"workspace_id": "w1"}, "b": {"workspace_id": "w2"}, "c": {"workspace_id": None}}


@pytest.mark.parametrize("asked", ["ab", "ba", "ac", "ca"])
def test_contacts_of_two_workspaces_are_not_merged(story: Story, asked: str) -> None:
    story.load(WORKSPACES)
    assert story.ask(*asked)["status"] == 404


def test_two_nulls_are_the_same_workspace(story: Story) -> None:
    story.load({"a": {"workspace_id": None}, "b": {"workspace_id": None}})
    assert story.ask("a", "b")["status"] == 200


def test_a_key_touches_only_its_workspace(story: Story) -> None:
    people = {
        letter: {"workspace_id": w}
        for letter, w in zip("abcdef", ["w1", "w1", "w2", "w2", None, None], strict=True)
    }
    story.load(people, keys=[key(workspace_id="w1"), key(api_key_id="all")])
    statuses = [
        story.ask(*pair, api_key_id=k)["status"] for k in ("k1", "all") for pair in ("cd", "ef", "ab")
    ]
    assert statuses == [404, 404, 200, 200, 200, 404]


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


def test_requests_of_a_batch_are_answered_in_order_of_time_then_of_id(story: Story) -> None:
    story.load(PEOPLE)
    late = story.request("a", "b", request_id="0", requested_at=at(2))
    second = story.request("b", "c", request_id="2", requested_at=at(1))
    tie = story.request("c", "d", request_id="10", requested_at=at(1))
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


@pytest.mark.parametrize("asked", ["ab", "ac", "acb"])
def test_follow_refuses_a_retired_primary_whose_survivor_is_a_duplicate(follow: Story, asked: str) -> None:
    follow.load(PEOPLE)
    follow.ask("b", "a", "c")
    assert follow.ask(*asked)["status"] == 409


def test_follow_into_no_contact_is_404(follow: Story) -> None:
    follow.load(pointing(a="z", x=None))
    assert [follow.ask("x", "a")["status"], follow.ask("a", "x")["status"]] == [404, 404]


def test_events_tell_of_each_duplicate_what_it_gave(story: Story) -> None:
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
    told = [event["data"] for event in story.plain("events")]
    assert [data["merged_id"] for data in told] == [id_of("b"), id_of("c")]
    assert [data["fields_populated"] for data in told] == [["phone"], ["city"]]
    assert [(d["counts"]["notes"], d["counts"]["list_memberships"]) for d in told] == [(1, 1), (2, 1)]
    assert {dict(data["primary"])["city"] for data in told} == {"C"}
