"""Keys, limits, replays, validation (SEMANTICS, steps 1 to 5), each rule by a case of its own."""

from datetime import timedelta
from typing import Any

import pytest
from pipeline_endpoint import MakeEndpoint
from reference import UNREADABLE
from story import START, Story, id_of, key

PEOPLE = {letter: {"phone": letter} for letter in "abcdef"}


def at(minutes: float = 0, hours: float = 0, seconds: float = 0) -> Any:
    return START + timedelta(minutes=minutes, hours=hours, seconds=seconds)


@pytest.fixture
def story(endpoint: MakeEndpoint) -> Story:
    return Story(endpoint())


# ------------------------------------------------------------------------------------- 1, 2: keys and scopes


def test_without_api_keys_requests_are_trusted(story: Story) -> None:
    story.load(PEOPLE)
    assert story.ask("a", "b", api_key_id="nobody knows it")["status"] == 200


def test_a_missing_or_unknown_key_is_401(story: Story) -> None:
    story.load(PEOPLE, keys=[key()])
    sent = (None, "unknown", "K1", "")
    for response in story.batch(*(story.request("a", "b", api_key_id=name) for name in sent)):
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


def test_a_key_without_the_scope_is_403(story: Story) -> None:
    scopes = {"k1": None, "k2": [], "k3": ["read:contacts"], "k4": ["WRITE:contacts"]}
    keys = [key(api_key_id=name, scopes=given) for name, given in scopes.items()]
    story.load(PEOPLE, keys=[*keys, key(api_key_id="k5")])
    responses = story.batch(*(story.request("a", "b", api_key_id=name) for name in scopes))
    assert [(r["status"], r["code"]) for r in responses] == [(403, "insufficient_permissions")] * 4


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


@pytest.mark.long
def test_requests_of_the_runs_before_count_too(story: Story) -> None:
    story.load(PEOPLE, keys=[key(rate_limit=2)])
    asked = [story.ask("a", d, api_key_id="k1", requested_at=at(5)) for d in "bcd"]
    assert [r["status"] for r in asked] == [200, 200, 429]
    assert [r["rate_limit_remaining"] for r in asked] == [1, 0, 0]


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


def test_a_blank_idempotency_key_is_none(story: Story) -> None:
    story.load(PEOPLE)
    blanks = (None, "", " \u3000")
    story.batch(*(story.request("a", x, idempotency_key=key) for x, key in zip("bcd", blanks, strict=True)))
    again = story.batch(*(story.request("a", "e", idempotency_key=key) for key in blanks))
    assert [response["replayed"] for response in again] == [False] * 3


@pytest.mark.long
def test_each_api_key_has_its_own_idempotency_keys(story: Story) -> None:
    story.load(PEOPLE)
    asked = [
        story.ask("a", d, idempotency_key="i", api_key_id=k) for d, k in [("b", "k"), ("c", None), ("d", "l")]
    ]
    assert [r["replayed"] for r in asked] == [False, False, False]


def test_each_api_key_has_its_own_idempotency_keys_within_a_run(story: Story) -> None:
    story.load(PEOPLE)
    asked = [("b", "k"), ("c", None), ("d", "l"), ("b", "k"), ("c", None), ("d", "l")]
    answers = story.batch(*(story.request("a", d, idempotency_key="i", api_key_id=k) for d, k in asked))
    assert [r["replayed"] for r in answers] == [False, False, False, True, True, True]
    assert [r["merged_ids"] for r in answers] == [["b"], ["c"], ["d"]] * 2


@pytest.mark.long
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


@pytest.mark.long
def test_a_refusal_is_replayed_too_but_not_one_of_the_first_three_steps(story: Story) -> None:
    story.load(PEOPLE, keys=[key(rate_limit=2)])
    sent = {"api_key_id": "k1", "idempotency_key": "i"}
    assert story.ask("a", "b", **{**sent, "api_key_id": None})["status"] == 401
    assert story.ask("a", "z", **sent, requested_at=at(5))["status"] == 404
    again = story.ask("a", "b", **sent, requested_at=at(5))
    assert (again["status"], again["replayed"], again["rate_limit_remaining"]) == (404, True, 0)
    assert story.ask("a", "b", **sent, requested_at=at(5))["replayed"] is False
    assert story.live() == "abcdef"


@pytest.mark.long
def test_a_dry_run_neither_reads_nor_writes_keys(story: Story) -> None:
    story.load(PEOPLE)
    story.ask("a", "b", idempotency_key="i", dry_run=True)
    assert story.ask("a", "b", idempotency_key="i")["replayed"] is False
    assert story.ask("a", "c", idempotency_key="i", dry_run=True)["replayed"] is False


def test_extra_columns_of_a_replay_are_its_own(story: Story) -> None:
    story.load(PEOPLE)
    story.ask("a", "b", idempotency_key="i", reason="first")
    assert story.ask("a", "b", idempotency_key="i", reason="second")["reason"] == "second"


# ------------------------------------------------------------------------------------- 5: validation


BAD_IDS = [None, "", "  ", "x", "1234", id_of("a")[:-1], id_of("a") + "0", "urn:uuid:"]


def test_an_id_that_is_no_uuid_is_400(story: Story) -> None:
    story.load(PEOPLE)
    primaries = ({**story.request("a", "b"), "primary_id": bad} for bad in BAD_IDS)
    duplicates = ({**story.request("a"), "duplicate_ids": [id_of("b"), bad]} for bad in BAD_IDS)
    responses = story.batch(*primaries, *duplicates)
    assert [(r["status"], r["code"]) for r in responses] == [(400, "validation_error")] * 2 * len(BAD_IDS)


def test_no_duplicates_is_400(story: Story) -> None:
    story.load(PEOPLE)
    responses = story.batch(*(story.request("a", duplicate_ids=ids) for ids in (None, [], UNREADABLE)))
    assert [response["status"] for response in responses] == [400] * 3


@pytest.mark.parametrize("flag", ["overwrite", "dry_run"])
def test_a_flag_that_cannot_be_read_is_400(story: Story, flag: str) -> None:
    story.load(PEOPLE)
    response = story.ask("a", "b", **{flag: UNREADABLE})
    assert (response["status"], response["dry_run"]) == (400, False)


def test_more_than_twenty_duplicates_as_sent_are_400(story: Story) -> None:
    story.load(PEOPLE)
    assert story.ask("a", *"b" * 21)["status"] == 400
    assert story.ask("a", *"b" * 20)["merged_ids"] == ["b"]


@pytest.mark.long
def test_the_maximum_is_a_setting(endpoint: MakeEndpoint) -> None:
    story = Story(endpoint(max_duplicates=1))
    story.load(PEOPLE)
    assert [story.ask("a", "b", "c")["status"], story.ask("a", "b")["status"]] == [400, 200]


OTHERWISE_SPELLED = [
    str.upper,
    lambda text: text.replace("-", ""),
    lambda text: "{" + text + "}",
    lambda text: "urn:uuid:" + text,
    lambda text: f"\u3000{text}\n",
]


def test_ids_compare_by_value_not_by_spelling(story: Story) -> None:
    story.load(PEOPLE)
    same = [story.request("a", spell(id_of("a"))) for spell in OTHERWISE_SPELLED]
    merging = [
        story.request(spell(id_of("a")), "b", spell(id_of("b")), "c", dry_run=True)
        for spell in OTHERWISE_SPELLED
    ]
    answers = story.batch(*same, *merging)
    assert [answer["status"] for answer in answers] == [400] * len(same) + [200] * len(merging)
    assert [answer["merged_ids"] for answer in answers[len(same) :]] == [["b", "c"]] * len(merging)


@pytest.mark.parametrize("spell", OTHERWISE_SPELLED)
def test_ids_are_written_as_contacts_spells_them(story: Story, spell: Any) -> None:
    story.load({letter: {"id": spell(id_of(letter)), "phone": None} for letter in "ab"}, notes="b")
    story.ask("a", "b")
    a, b = spell(id_of("a")), spell(id_of("b"))
    assert [row["id"] for row in story.table("contacts")] == [a]
    assert story.table("merge_responses")[0]["merged_ids"] == [b]
    assert story.table("notes")[0]["contact_id"] == a
    redirect = story.table("contact_redirects")[0]
    assert (redirect["retired_id"], redirect["primary_id"], redirect["survivor_id"]) == (b, a, a)
