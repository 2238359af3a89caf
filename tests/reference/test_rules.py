"""A rule of fields is one file: with it alone all outputs follow, as the reference says with the same rule."""

import os
from collections.abc import Callable

import pytest
from hypothesis import given, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from reference_records import Pick, Place
from reference_values import is_empty
from test_pipeline_histories import Warehouse
from test_pipeline_worlds import agree
from worlds import World, worlds

pytestmark = pytest.mark.long

EXAMPLES = int(os.environ.get("CONTACT_MERGE_RULES", "2"))


def last(line: list[Place]) -> Place | None:
    """The last place that holds a value."""
    return next((place for place in reversed(line) if not is_empty(place.value)), None)


def longest(line: list[Place]) -> Place | None:
    """The longest text; of equally long ones, and of what is no text, the first."""
    filled = [place for place in line if not is_empty(place.value)]
    return max(filled, key=lambda place: len(place.value) if type(place.value) is str else 0, default=None)


RULES: dict[Pick, str] = {
    last: """\
-- The last value along the line.
-- reads: none
-- ties: last
-- kind: rule
null
""",
    longest: """\
-- The longest text.
-- reads: none
-- kind: rule
{{ "-length(" ~ field.of(row) ~ ")" if field.kind == "text" else "null" }}
""",
}
"""By how the reference has a rule its file of sql/rules/."""


@pytest.fixture(params=RULES, ids=lambda pick: pick.__name__)
def pick(request: pytest.FixtureRequest, set_rule: Callable[[str], None]) -> Pick:
    """The rule of all fields, as the reference has it."""
    set_rule(RULES[request.param])
    return request.param


@pytest.mark.parametrize("cut", [False, True], ids=["whole", "cut"])
def test_random_worlds_come_out_by_the_rule(pick: Pick, cut: bool) -> None:
    """Values, answers, dry runs, populated fields, provenance, conflicts and events."""

    @seed(0)
    @settings(max_examples=EXAMPLES)
    @given(worlds())
    def each(world: World) -> None:
        agree(world, cut=cut, pick=pick)

    each()


def test_a_warehouse_lives_by_the_rule(pick: Pick) -> None:
    """With edits, undos, a projection made again, and every check of verify."""
    machine = type("Warehouse", (Warehouse,), {"pick": staticmethod(pick)})
    lives = settings(max_examples=EXAMPLES, stateful_step_count=5)
    run_state_machine_as_test(seed(0)(machine), settings=lives)
