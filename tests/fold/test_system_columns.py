"""Columns that the setting `system` names are never merged (SHAPES.md 1)."""

import json
from pathlib import Path

import pytest
from forms_world import FormsWorld, table


def test_a_system_column_is_of_the_survivors_row_alone(tmp_path: Path) -> None:
    world = FormsWorld(tmp_path, settings={"system": ("owner_id", "score")})
    contacts = table("id name owner_id score", "A - - 1", "B Bo bob 2", "C Cy cyd 3")
    world.run("AB", "!AC", contacts=contacts)
    assert world.contacts("name") == {"a": "Cy"}
    assert world.contacts("owner_id") == {"a": None}
    assert world.contacts("score") == {"a": "1"}
    assert [world.answer(request)["fields_populated"] for request in ("r1", "r2")] == [["name"], ["name"]]
    assert json.loads(world.answer("r2")["primary"])["owner_id"] is None
    assert {row["field"] for row in world.merged("field_provenance")} == {"name"}
    assert {row["field"] for row in world.merged("field_conflicts")} == {"name"}
    world.run(contacts=table("id name owner_id score", "A - ann 9", "B Bo bob 2", "C Cy cyd 3"))
    assert world.contacts("owner_id") == {"a": "ann"}
    assert world.contacts("score") == {"a": "9"}
    assert world.violations() == {}


@pytest.mark.long
def test_a_column_that_becomes_a_system_column_is_folded_no_more(tmp_path: Path) -> None:
    world = FormsWorld(tmp_path)
    world.run("AB", contacts=table("id name owner_id", "A Al -", "B Bo bob"))
    assert world.contacts("owner_id") == {"a": "bob"}
    world.settings = {"system": ("owner_id",)}
    world.run(notes=table("id contact_id"))
    assert world.contacts("owner_id") == {"a": None}
    world.settings = {}
    world.run(notes=table("id contact_id"))
    assert world.contacts("owner_id") == {"a": "bob"}
    assert world.violations() == {}
