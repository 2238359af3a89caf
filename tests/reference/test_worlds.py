"""What holds of every world, shown on the reference: why oracle and strategies can be trusted."""

import json
from pathlib import Path
from uuid import UUID

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from canonical import canonical, differences
from hypothesis import given
from reference_values import as_text, is_empty, json_object
from world_values import CELLS, json_texts
from worlds import World, reference_of, worlds, write_world


@given(worlds())
def test_cutting_the_requests_into_batches_changes_nothing(world: World) -> None:
    whole, cut = (canonical(reference_of(world, cut), world.json_text_fields) for cut in (False, True))
    assert differences(whole, cut) == []


@given(worlds())
def test_no_row_is_lost_and_each_id_is_live_or_retired(world: World) -> None:
    out = reference_of(world)
    known = [row["contact_id"] for row in out["identity_map"]]
    assert len(known) == len({UUID(text.strip()) for text in known})
    retired = [row["retired_id"] for row in out["contact_redirects"]]
    assert {row["id"] for row in out["contacts"]}.isdisjoint(retired)
    pairs = [(row["list_id"], row["contact_id"]) for row in out["list_memberships"]]
    assert len(pairs) == len(set(pairs))
    sent = [event for event in out["events"] if event["event"] == "contact.merged"]
    answers = out["merge_responses"]
    done = [r for r in answers if r["status"] == 200 and not r["dry_run"] and not r["replayed"]]
    assert len(sent) == sum(len(response["merged_ids"]) for response in done)


@given(world=worlds())
def test_a_world_comes_back_from_its_files_as_it_was(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder: Path = tmp_path_factory.mktemp("world")
    write_world(world, folder)
    read = {path.stem: pq.read_table(path).to_pylist() for path in folder.glob("*.parquet")}
    written = {**world.tables(), "merge_requests": world.requests}
    assert canonical(read, ()) == canonical({name: written[name] for name in read}, ())
    assert set(written) - set(read) <= {"merge_requests"}


@pytest.mark.parametrize("type_", list(CELLS), ids=str)
def test_values_read_as_duckdb_casts_them_to_text(type_: pa.DataType) -> None:
    values = [value for value in CELLS[type_] if not is_empty(value)]
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.register("cells", pa.table({"cell": pa.array(values, type_)}))
    cast = [text for (text,) in connection.execute("select cast(cell as varchar) from cells").fetchall()]
    assert [as_text(value) for value in values] == cast


@given(json_texts())
def test_slices_are_cut_out_of_an_object_as_they_stand(text: str | None) -> None:
    cut = None if text is None else json_object(text)
    try:
        value = json.loads(text or "", parse_constant=lambda name: 1 / 0)
    except (ValueError, ZeroDivisionError):
        value = None
    assert (cut is None) == (not isinstance(value, dict))
    if cut is not None and text is not None:
        assert {key: json.loads(slice_) for key, slice_ in cut.items()} == value
        assert all(slice_ in text for slice_ in cut.values())
