"""What holds of every history, shown on the reference."""

from dataclasses import replace
from typing import Any

from canonical import canonical, differences
from histories import History, Run, UndoStep, histories, perform, play
from hypothesis import given
from hypothesis import strategies as st
from reference import Endpoint, Undo, endpoint_of


def lived(history: History, steps: list[Any] | None = None) -> Endpoint:
    """The reference after a history, or after these of its steps."""
    endpoint = endpoint_of(history.settings)
    for step in history.steps if steps is None else steps:
        perform(step, endpoint)
    return endpoint


def state_of(endpoint: Endpoint, history: History) -> dict[str, Any]:
    """The merged tables, without what shows the past."""
    outputs = canonical(endpoint.merged(), history.json_text_fields)
    return {table: rows for table, rows in outputs.items() if table not in ("merge_responses", "events")}


@given(histories())
def test_the_same_inputs_again_change_nothing(history: History) -> None:
    endpoint = lived(history)
    before = canonical(endpoint.merged(), history.json_text_fields)
    last = next(step for step in reversed(history.steps) if isinstance(step, Run))
    if history.steps[-1] is last:
        perform(last, endpoint)
        assert differences(before, canonical(endpoint.merged(), history.json_text_fields)) == []


@given(histories())
def test_answers_are_never_redone_and_events_only_added(history: History) -> None:
    answers: list[Any] = []
    events: list[Any] = []
    for _, outputs in play(history, endpoint_of(history.settings)):
        now = canonical(outputs, history.json_text_fields)
        assert all(answer in now["merge_responses"] for answer in answers)
        assert now["events"][: len(events)] == events
        answers, events = now["merge_responses"], now["events"]


@given(histories(), st.randoms(use_true_random=False))
def test_merges_can_be_undone_in_any_order(history: History, random: Any) -> None:
    one, other = lived(history), lived(history)
    as_of = history.steps[-1].as_of
    taken = [step for step in history.steps if isinstance(step, UndoStep)]
    active = [r for r in one.merges if not any(r in step.request_ids for step in taken)]
    random.shuffle(active)
    for request_id in active:
        one.undo([request_id], as_of=as_of)
    if active:
        other.undo(sorted(active), as_of=as_of)
    assert differences(state_of(one, history), state_of(other, history)) == []


@given(histories())
def test_when_all_is_undone_contacts_have_their_newest_rows(history: History) -> None:
    endpoint = lived(history)
    taken = {r for step in history.steps if isinstance(step, UndoStep) for r in step.request_ids}
    left = [r for r in endpoint.merges if r not in taken]
    if left and not taken:
        endpoint.undo(left, as_of=history.steps[-1].as_of)
        loads = [replace(step, requests=[]) for step in history.steps if isinstance(step, Run)]
        unaffected = lived(history, loads)
        mine, theirs = state_of(endpoint, history), state_of(unaffected, history)
        kept = [row for row in mine["contacts"] if row in theirs["contacts"]]
        assert kept == theirs["contacts"]
        assert mine["field_provenance"] == mine["field_conflicts"] == []


@given(histories())
def test_an_undone_merge_leaves_what_there_would_be_without_its_request(history: History) -> None:
    endpoint = lived(history)
    undone = {pair for entry in endpoint.log if isinstance(entry, Undo) for pair in entry.undone}
    merges = endpoint.merges.items()
    whole = {r for r, merge in merges if all((merge.number, d) in undone for d in merge.duplicates)}
    never = lived(
        history,
        [
            replace(run, requests=[r for r in run.requests if r["request_id"] not in whole])
            for run in history.steps
            if isinstance(run, Run)
        ],
    )
    active = {r: (m.primary, m.duplicates) for r, m in merges if r not in whole}
    in_part = any(merge.number in {n for n, _ in undone} for r, merge in merges if r not in whole)
    otherwise = active != {r: (m.primary, m.duplicates) for r, m in never.merges.items()}
    lost = any(contact not in endpoint.tables["contacts"] for _, contact in undone)
    if not (in_part or otherwise or lost):
        assert differences(state_of(endpoint, history), state_of(never, history)) == []


@given(histories())
def test_a_rebuild_from_the_log_changes_nothing(history: History) -> None:
    endpoint = lived(history)
    before = state_of(endpoint, history)
    endpoint.replay()
    assert differences(before, state_of(endpoint, history)) == []
