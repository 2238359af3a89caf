"""Children with several references, cells of several ids, and rows that name nobody: where their rows go, from each kind of file.

B was merged into A by the CRM, D into C. E is a contact that no row of contacts has.
"""

from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from added_children import with_children
from contact_merge.errors import InputError
from contact_merge.explain import explain
from contact_merge.pipeline import rebuild, run, undo
from contact_merge.settings import Settings, read_settings
from contact_merge.summary import PartsOfCells, Summary
from contact_merge.verify import verify
from pipeline_endpoint import QUIET
from sampled import proof
from story import START, id_of
from warehouse_folder import WarehouseFolder

A, B, C, D, E = (id_of(letter) for letter in "abcde")
DEALS = with_children("""
[children.deals]
key = ["deal_id"]
references = ["owner_id", "payer_id"]
""")
LINKS = with_children("""
[children.links]
references = ["contact_ids"]
separator = ";"
""")
VISITS = with_children("[children.visits]\n")
CALLS = with_children("""
[children.calls]
references = ["who_id"]
where = { who_type = ["Contact"] }
""")
GUESTS = with_children("""
[children.guests]
key = ["id"]
references = ["host_id", "guest_ids"]
where = { kind = [1] }
""")


class World(WarehouseFolder):
    """An input folder and an output folder."""

    def write(self, form: str, table: str, columns: dict[str, Any]) -> None:
        """Write a table as CSV or Parquet, its rows numbered by `n`; null is an empty cell."""
        columns = {"n": [*range(len(next(iter(columns.values()))))], **columns}
        self.folder.joinpath("in").mkdir(exist_ok=True)
        path = self.folder / "in" / f"{table}.{form}"
        if form == "parquet":
            pq.write_table(pa.table(columns), path)
            return
        rows = zip(*columns.values(), strict=True)
        lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
        path.write_text("\n".join([",".join(columns), *lines]) + "\n", encoding="utf-8")

    def run(self, settings: Settings, *, dry_run: bool = False) -> Summary:
        """Run, and check what was made."""
        summary = run(
            self.folder / "in", self.output,
            warehouse=None, dry_run=dry_run, as_of=START, settings=settings, progress=QUIET,
        )  # fmt: skip
        if not dry_run:
            assert self.violations(settings) == {}
        return summary

    def column(self, table: str, name: str) -> list[Any]:
        """A column of a merged table, in the order in which its rows were loaded."""
        rows = pq.read_table(self.output / f"merged/{table}.parquet").to_pylist()
        return [row[name] for row in sorted(rows, key=lambda row: int(row["n"]))]

    def violations(self, settings: Settings) -> dict[str, list[str]]:
        checks = verify(self.warehouse, self.output, settings)
        return {check.name: check.samples for check in checks if check.violations}


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.write("csv", "contacts", {"id": [A, B.upper(), C.upper(), D], "merged_into_id": [None, A, None, C]})
    return made


@pytest.fixture(params=[proof("csv"), "parquet"])
def form(request: pytest.FixtureRequest) -> str:
    return request.param


def test_each_reference_goes_to_its_survivor_by_itself(world: World, form: str) -> None:
    owners, payers = [B, D, None, E, C, A], [D, A, B, None, B, None]
    world.write(form, "deals", {"deal_id": [*"uvwxyz"], "owner_id": owners, "payer_id": payers})
    world.run(DEALS)
    assert world.column("deals", "owner_id") == [A, C.upper(), None, E, C.upper(), A]
    assert world.column("deals", "payer_id") == [C.upper(), A, A, None, A, None]
    assert world.column("deals", "deal_id") == [*"uvwxyz"]


def test_of_a_cell_with_several_each_id_is_replaced_and_repeats_go(world: World, form: str) -> None:
    cells = {
        f"{A};{B}": A,
        f"{B};{A}": A,
        f" {D} ; {E};x;;{B};{E}": f"{C.upper()};{E};x;;{A};{E}",
        f"{A} ; {E}": f"{A} ; {E}",
        f"{A};{A}": A,
        f"{C}": C.upper(),
        f"{E};{E}": f"{E};{E}",
        "x": "x",
        None: None,
    }
    world.write(form, "links", {"contact_ids": [*cells]})
    parts = [PartsOfCells("links", "contact_ids", no_ids=2, unknown_ids=5)]
    assert world.run(LINKS).parts_that_stay == parts
    assert world.column("links", "contact_ids") == [*cells.values()]


def test_a_list_leaves_as_a_list(world: World) -> None:
    cells = [[A, B], [D, "x", None, A], [], None, [E, A], [B]]
    world.write("parquet", "visits", {"contact_id": pa.array(cells, pa.list_(pa.string()))})
    world.run(VISITS)
    assert world.column("visits", "contact_id") == [
        [A], [C.upper(), "x", None, A], [], None, [E, A], [A],
    ]  # fmt: skip


def test_a_list_of_uuids_leaves_as_one(world: World) -> None:
    cells = pa.array(
        [[UUID(one).bytes for one in cell] for cell in ([A, B], [D, E])], pa.list_(pa.binary(16))
    )
    world.write("parquet", "visits", {"contact_id": cells.cast(pa.list_(pa.uuid()))})
    world.run(VISITS)
    assert world.column("visits", "contact_id") == [[UUID(A)], [UUID(C), UUID(E)]]


def test_rows_that_where_leaves_out_stay(world: World, form: str) -> None:
    who = [B, B, "00Q1", D, None]
    world.write(form, "calls", {"who_type": ["Contact", "Lead", "Lead", "Contact", "Contact"], "who_id": who})
    world.run(CALLS)
    assert world.column("calls", "who_id") == [A, B, "00Q1", C.upper(), None]


def test_a_cell_that_changes_in_one_row_stays_where_where_leaves_a_row_out(world: World) -> None:
    cells = pa.array([[A, B], [A, B]], pa.list_(pa.string()))
    world.write(
        "parquet", "guests", {"id": [1, 2], "kind": [1.0, 2.0], "host_id": [B, B], "guest_ids": cells}
    )
    world.run(GUESTS)
    assert world.column("guests", "guest_ids") == [[A], [A, B]]
    assert world.column("guests", "host_id") == [A, B]


@pytest.mark.proof
@pytest.mark.long
def test_explain_counts_a_row_once_for_each_contact_that_it_names(world: World, form: str) -> None:
    world.write(form, "links", {"contact_ids": [f"{A};{B};{B}", B, f"{D};x"]})
    world.run(LINKS)
    found = {one.contact_id: one.rows["links"] for one in explain(world.warehouse, A, LINKS).children}
    assert found == {A: 1, B.upper(): 2}


@pytest.mark.proof
@pytest.mark.long
def test_a_dry_run_counts_a_row_of_a_deleted_contact_once(world: World, form: str) -> None:
    world.write(form, "deals", {"deal_id": [1, 2, 3], "owner_id": [C, D, A], "payer_id": [C, None, D]})
    world.run(DEALS)
    world.write("csv", "contacts", {"id": [A, B, D], "merged_into_id": [None, A, C]})
    preview = world.run(DEALS, dry_run=True).preview
    assert preview is not None
    assert preview.rows_of_deleted == {"deals": 3}


@pytest.mark.long
def test_rows_that_arrive_later_and_a_rebuild_make_the_same(world: World, form: str) -> None:
    world.write(form, "links", {"contact_ids": [f"{E};{D}"]})
    world.run(LINKS)
    world.write(form, "links", {"contact_ids": [f"{E};{D}", f"{B};{A}"]})
    world.run(LINKS)
    before = world.column("links", "contact_ids")
    assert before == [f"{E};{C.upper()}", A]
    rebuild(world.warehouse, world.output, events=False, settings=LINKS, progress=QUIET)
    assert world.column("links", "contact_ids") == before


@pytest.mark.proof
@pytest.mark.long
def test_what_was_loaded_is_read_again_by_other_settings(world: World, form: str) -> None:
    cells = {f"{A},{B}": A, f"{D},{E}": f"{C.upper()},{E}"}
    quoted = [f'"{cell}"' for cell in cells] if form == "csv" else [*cells]
    world.write(form, "links", {"contact_ids": quoted})
    world.run(LINKS)
    assert world.column("links", "contact_ids") == [*cells]
    (world.folder / "in" / f"links.{form}").unlink()
    world.run(with_children('[children.links]\nreferences = ["contact_ids"]\nseparator = ","\n'))
    assert world.column("links", "contact_ids") == [*cells.values()]


@pytest.mark.long
def test_an_undo_takes_each_id_of_a_cell_home(world: World, form: str) -> None:
    world.write("csv", "contacts", {"id": [A, B, C, D]})
    cells = [f"{B};{C}", f"{D};{B}", A]
    world.write(form, "links", {"contact_ids": cells})
    requests = {"request_id": ["r1", "r2"], "primary_id": [A, C], "duplicate_ids": [[B], [D]]}
    times = {"requested_at": ["2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z"]}
    world.write("parquet", "merge_requests", {**requests, **times})
    assert world.run(LINKS).rehomed["links"] == 3
    assert world.column("links", "contact_ids") == [f"{A};{C}", f"{C};{A}", A]
    undo(
        world.warehouse, world.output, ["r1"],
        dry_run=False, as_of=START, settings=LINKS, progress=QUIET,
    )  # fmt: skip
    assert world.column("links", "contact_ids") == [f"{B};{C}", f"{C};{B}", A]
    assert world.violations(LINKS) == {}


ROOM = {
    "a list of doubles": ("integer", 2**53 + 1, 2, pa.array([[2.0, 7.0]]), "", "is DOUBLE, which cannot hold the id"),
    "a list of small numbers": (
        "integer", 1000, 2, pa.array([[2, 7]], pa.list_(pa.int8())), "", "is TINYINT, which cannot hold the id",
    ),
    "a separator": ("text", "a;b", "x", pa.array(["x;y"]), ";", "has ';' between its ids, which stands in the id"),
}  # fmt: skip


@pytest.mark.parametrize("case", ROOM)
def test_a_cell_of_several_that_cannot_hold_the_survivor_stops_the_run(tmp_path: Path, case: str) -> None:
    id_type, survivor, retired, cells, separator, said = ROOM[case]
    config = tmp_path / "settings.toml"
    config.write_text(
        f'[entity]\nid_type = "{id_type}"\n[children.links]\nreferences = ["contact_ids"]\nseparator = "{separator}"\n'
        if separator
        else f'[entity]\nid_type = "{id_type}"\n[children.links]\nreferences = ["contact_ids"]\n'
    )
    world, settings = World(tmp_path), read_settings(config)
    world.write("parquet", "contacts", {"id": [survivor, retired], "merged_into_id": [None, survivor]})
    world.write("parquet", "links", {"contact_ids": cells})
    with pytest.raises(InputError, match=said):
        world.run(settings)
    assert not world.output.exists()
    world.write("parquet", "contacts", {"id": [survivor, retired], "merged_into_id": [retired, None]})
    world.run(settings)
