"""The proof over time: the pipeline and the reference live through the same nights, and agree after each.

As many lives as one likes:
`CONTACT_MERGE_HISTORIES=500 CONTACT_MERGE_SEED=7 uv run pytest tests/reference/test_pipeline_histories.py -n 2`.
"""

import os
from functools import partial
from pathlib import Path
from uuid import UUID

import duckdb
import pytest
from canonical import canonical, differences
from contact_merge.fold.json_chunk import Sizes
from contact_merge.fold.json_state import fold_json
from contact_merge.pipeline import rebuild
from contact_merge.settings import Settings
from contact_merge.verify import verify
from histories import Living, Run, Step, beginnings, next_steps, perform
from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from pipeline_endpoint import QUIET, PipelineEndpoint
from reference_records import CHILDREN, Pick, first

PARTS = 2
HISTORIES = int(os.environ.get("CONTACT_MERGE_HISTORIES", "2"))
SEED = int(os.environ.get("CONTACT_MERGE_SEED", "0"))


class Warehouse(RuleBasedStateMachine):
    """One warehouse, night after night: loads, edits, deletions, late rows, upserts, requests, undos and re-runs."""

    living: Living
    pipeline: PipelineEndpoint
    live: set[UUID]

    pick: Pick = staticmethod(first)

    @initialize(data=st.data())
    def first_run(self, data: st.DataObject) -> None:
        self.living = living = data.draw(beginnings(self.pick))
        self.pipeline = PipelineEndpoint(living.history.settings)
        self.live = set()
        self.live_through(living.history.steps[0])

    @rule(data=st.data())
    def next_step(self, data: st.DataObject) -> None:
        self.live_through(data.draw(next_steps(self.living)))

    @rule()
    def the_same_run_again(self) -> None:
        """Nothing changes, the reference need not even be asked; and no event is written again."""
        last = self.living.history.steps[-1]
        if isinstance(last, Run):
            files = sorted(self.pipeline.output.glob("events/*"))
            perform(last, self.pipeline)
            assert sorted(self.pipeline.output.glob("events/*")) == files
            self.compare()

    @rule()
    def projection_dropped_and_rebuilt(self) -> None:
        with duckdb.connect(str(self.warehouse)) as con:
            con.execute("drop schema merged cascade")
            con.execute("drop schema fold cascade")
        rebuild(self.warehouse, self.pipeline.output, settings=Settings(), events=False, progress=QUIET)
        self.compare()

    @rule()
    def every_check_passes(self) -> None:
        results = verify(self.warehouse, self.pipeline.output, Settings(**self.living.history.settings))
        assert [check for check in results if check.violations] == []

    @property
    def warehouse(self) -> Path:
        return self.pipeline.output / "warehouse.duckdb"

    def live_through(self, step: Step) -> None:
        done = perform(step, self.pipeline)
        self.compare()
        if done and isinstance(step, Run):
            self.compare_summary()
        self.live = self.live_now()

    def live_now(self) -> set[UUID]:
        state = self.living.endpoint.state
        return {contact for contact in state.rows if state.is_live(contact)}

    def compare_summary(self) -> None:
        summary, state, now = self.pipeline.summary, self.living.endpoint.state, self.live_now()
        assert summary is not None
        assert (summary.contacts_before, summary.contacts_after) == (len(self.live), len(now))
        assert summary.contacts_deleted == sum(not state.is_retired(contact) for contact in self.live - now)
        retired = [contact for contact in {*state.retired, *state.imported} if state.is_retired(contact)]
        ends = [state.survivor(contact) for contact in retired]
        assert summary.leading_to_nobody == sum(end not in state.rows for end in ends)

    def compare(self) -> None:
        fields = self.living.history.json_text_fields
        ours = canonical(self.pipeline.merged(), fields)
        theirs = canonical(self.living.endpoint.merged(), fields)
        for table in (*CHILDREN, "list_memberships"):
            theirs.setdefault(table, [])
        for response in (*ours["merge_responses"], *theirs["merge_responses"]):
            response.setdefault("reason", None)
            response.setdefault("score", None)
        found = differences(ours, theirs)
        assert not found, "\n".join(found)

    def teardown(self) -> None:
        if hasattr(self, "pipeline"):
            self.pipeline.folder.cleanup()


@pytest.mark.parametrize("part", range(PARTS))
def test_a_warehouse_lives_as_the_reference_says(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if part % 2:  # as where a line is so long that not all of its objects are held
        small = Sizes(contacts=2, merges=1, objects=0, rows=2, frames=1)
        monkeypatch.setattr("contact_merge.fold.state.fold_json", partial(fold_json, sizes=small))
    lives = settings(max_examples=max(1, HISTORIES // PARTS), stateful_step_count=7)
    run_state_machine_as_test(seed(SEED * PARTS + part)(type("Warehouse", (Warehouse,), {})), settings=lives)
