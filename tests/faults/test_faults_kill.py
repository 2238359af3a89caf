"""Thirty kills: at each kind of step of a first run, a second one and an undo (`kill.py` makes as many as one likes)."""

import re

import pytest
from fault_world import STEPS, World
from kill import Figures, faults_of_killed, named_steps, try_kills
from steps import Kill

pytestmark = pytest.mark.long

# The first step of each kind, in the order in which they come.
MOMENTS = (
    "before sql begin",
    "before sql copy",
    "in the middle of out/merged/.notes",
    "in the middle of out/(events|rejects)/",
    "in the middle of out/.manifest",
    "before sql commit",
    "before fsync out$",
    "before replace out/merged/.emails",
    "before replace out/(events|rejects)/",
    "before fsync out/events$",
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("faults"))


def moments(world: World, step: str) -> list[Kill]:
    named = named_steps(world, step)
    return [next(kill for kill in named if re.match(moment, kill.label)) for moment in MOMENTS]


@pytest.mark.parametrize(
    "step", [STEPS[0], *(pytest.param(step, marks=pytest.mark.proof) for step in STEPS[1:])]
)
def test_nothing_is_lost_or_sent_twice_where_a_command_is_killed(world: World, step: str) -> None:
    figures = Figures()
    kills = moments(world, step)
    # up to the commit several in a row; what is killed after it has nothing left to do but to finish
    for row in (kills[:3], kills[3:6], *([kill] for kill in kills[6:])):
        try_kills(world, step, row, figures, verifying=row == kills[9:])
    assert not figures.faults, "\n".join(figures.faults)
    assert figures.kills[step] == len(MOMENTS), figures


def test_what_a_kill_must_not_leave_is_seen(world: World) -> None:
    with world.home("undo") as home:
        assert not faults_of_killed(world, "undo", home)
        (home / "out/merged/notes.parquet").write_bytes((home / "out/merged/tasks.parquet").read_bytes())
        assert any("notes" in fault for fault in faults_of_killed(world, "undo", home))
        assert any("manifest" in fault for fault in faults_of_killed(world, "undo", home))
