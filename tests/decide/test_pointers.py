"""What lies on the way of a contact's pointers, beside following them one by one; as many as one likes."""

import random
from itertools import pairwise
from uuid import UUID

import pytest
from contact_merge.decide.pointers import lie_on_path
from pipeline_endpoint import PipelineEndpoint
from reference import Endpoint
from story import Story


def way_of(up: list[int], contact: int) -> list[int]:
    """A contact and all that its pointers lead over, one by one."""
    way = [contact]
    while up[way[-1]] >= 0:
        way.append(up[way[-1]])
    return way


@pytest.mark.parametrize("seed", range(20))
def test_a_contact_lies_on_the_path_of_those_whose_pointers_lead_over_it(seed: int) -> None:
    chance = random.Random(seed)
    names = chance.sample(range(30), 30)
    up = [-1] * 30
    for place, contact in enumerate(names[1:], 1):
        if chance.random() < 0.9:
            up[contact] = names[chance.randrange(max(0, place - 4), place)]
    pairs = [(contact, into) for contact in range(30) for into in range(30)]
    assert lie_on_path(up, pairs) == [into in way_of(up, contact) for contact, into in pairs]


def test_a_chain_of_any_length_is_searched_in_linear_time() -> None:
    """Following each way would take a hundred thousand million steps."""
    length = 300_000
    pairs = [(0, length - 1), (length - 1, 0)] * length
    assert lie_on_path([*range(1, length), -1], pairs) == [True, False] * length


@pytest.mark.parametrize("cut", [False, True])
def test_a_retired_primary_conflicts_with_what_lies_on_its_path_alone(cut: bool) -> None:
    """a, b and c went into d one after the other, and so did x; then each is asked to take in another."""
    merges = [("b", "a"), ("c", "b"), ("d", "c"), ("d", "x"), ("e", "d")]
    asked = [("a", "c"), ("a", "x"), ("b", "a"), ("x", "d"), ("x", "a"), ("a", "e"), ("c", "x", "d")]
    answered = []
    for endpoint in (Endpoint(), PipelineEndpoint({})):
        story = Story(endpoint)
        story.load({letter: {"f": letter} for letter in "abcdex"})
        requests = [story.request(*ids) for ids in merges + asked]
        at = len(merges) if cut else len(requests)
        answers = [*story.batch(*requests[:at]), *(story.batch(*requests[at:]) if cut else [])]
        answered.append([(answer["status"], answer["code"]) for answer in answers])
    assert answered[0] == answered[1]
    assert [status for status, _ in answered[1][5:]] == [409, 404, 404, 409, 404, 409, 409]


@pytest.mark.long
@pytest.mark.parametrize("retired_ids", ["reject", "follow"])
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.proof) for seed in (1, 2))])
def test_many_requests_over_few_contacts_are_answered_as_one_by_one(seed: int, retired_ids: str) -> None:
    """Contacts are named by two requests or three, some by many, some ids twice, some are absent; in one batch, and in three."""
    chance = random.Random(seed)
    contacts = [str(UUID(int=number)) for number in range(1, 151)]
    asked = []
    for _ in range(120):
        named = chance.choices([*contacts, str(UUID(int=0))], k=chance.choice([2, 2, 3, 4]))
        asked.append([named[0], *(contact for contact in named[1:] if contact != named[0])])
    asked = [ids for ids in asked if len(ids) > 1]
    answered = []
    for cuts in (None, [], sorted(chance.sample(range(len(asked)), 2))):
        endpoint = Endpoint(retired_ids) if cuts is None else PipelineEndpoint({"retired_ids": retired_ids})
        story = Story(endpoint)
        story.load({contact: {"f": contact} for contact in contacts})
        requests = [story.request(*ids) for ids in asked]
        places = [0, *(cuts or []), len(requests)]
        for first, last in pairwise(places):
            story.batch(*requests[first:last])
        kept = ("request_id", "status", "code", "reasons", "merged_ids")
        answers = [{name: row.get(name) for name in kept} for row in story.plain("merge_responses")]
        answered.append((sorted(answers, key=str), story.pointers()))
    assert answered[1] == answered[0]
    assert answered[2] == answered[0]
