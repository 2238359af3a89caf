"""The chain of digests over batches holds while columns come and types widen, and still finds a change."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge.pipeline import run
from contact_merge.settings import Settings
from contact_merge.verify import CheckResult, verify
from pipeline_endpoint import QUIET
from sampled import proof, some_proofs
from story import id_of

pytestmark = pytest.mark.long

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
NUMBER = pa.int32()


class Runs:
    """Runs on one warehouse, each with a request of its own that merges two of the contacts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warehouse = folder / "out" / "warehouse.duckdb"
        self.count = 0

    def run(self, values: Iterable[Any], type_: pa.DataType, *, of_requests: bool = False) -> None:
        """Merge two new pairs of contacts; column `v` of contacts (or of the requests) holds the values."""
        self.count += 1
        source = self.folder / f"in{self.count}"
        source.mkdir()
        cells = pa.array(values, type_)
        letters = "abcdefghijkl"
        pairs = [letters[4 * self.count - 4 :][:2], letters[4 * self.count - 2 :][:2]]
        contacts = {"id": [id_of(letter) for letter in letters], "name": letters}
        requests: dict[str, Any] = {
            "request_id": [f"r{self.count}-{i}" for i in range(2)],
            "primary_id": [id_of(pair[0]) for pair in pairs],
            "duplicate_ids": [[id_of(pair[1])] for pair in pairs],
            "requested_at": [AS_OF + timedelta(hours=self.count)] * 2,
        }
        if of_requests:
            requests["v"] = cells
        else:
            contacts["v"] = pa.array([cells[i % 2].as_py() for i in range(len(letters))], type_)
        pq.write_table(pa.table(contacts), source / "contacts.parquet")
        pq.write_table(pa.table(requests), source / "merge_requests.parquet")
        run(
            source,
            self.warehouse.parent,
            warehouse=None,
            dry_run=False,
            as_of=AS_OF + timedelta(days=self.count),
            settings=Settings(),
            progress=QUIET,
        )

    def chain(self) -> CheckResult:
        return next(r for r in verify(self.warehouse, None, Settings()) if r.name == "ledger_appended")

    def execute(self, statement: str) -> None:
        with duckdb.connect(str(self.warehouse)) as con:
            con.execute(statement)


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


WIDENED: dict[str, list[tuple[list[Any], pa.DataType]]] = {
    "integers": [([1, 2], pa.int8()), ([300, 4], pa.int32()), ([2**40, 1], pa.int64())],
    "integers, then decimals": [([1, 2], pa.int32()), ([Decimal("1.50"), 2], pa.decimal128(12, 2))],
    "decimals": [([Decimal("1.5"), 2], pa.decimal128(4, 1)), ([Decimal("1.055"), 3], pa.decimal128(12, 3))],
    "floats": [([0.1, 1e30], pa.float32()), ([0.1, 1e300], pa.float64())],
    "integers, then floats": [([5, -7], pa.int16()), ([0.5, 2], pa.float32()), ([1e300, 0.1], pa.float64())],
    "lists": [([[1], []], pa.list_(pa.int8())), ([[2**40], None], pa.list_(pa.int64()))],
    "structs": [
        ([{"a": 1}, None], pa.struct({"a": pa.int32()})),
        ([{"a": 2, "b": "x"}, {"a": None, "b": None}], pa.struct({"a": pa.int64(), "b": pa.string()})),
    ],
    "nothing, then text": [([None, None], pa.null()), (["x", "y"], pa.string())],
}


@pytest.mark.parametrize("case", some_proofs(WIDENED, "integers, then decimals", "structs"))
def test_the_chain_holds_when_a_column_is_widened(runs: Runs, case: str) -> None:
    for values, type_ in WIDENED[case]:
        runs.run(values, type_)
    assert runs.chain().passed, runs.chain().samples


BECOME_TEXT: dict[str, list[tuple[list[Any], pa.DataType]]] = {
    "integers, floats, text": [([5, -7], NUMBER), ([0.1, 5.0], pa.float64()), (["5.0", "x"], pa.string())],
    "floats, doubles, text": [
        ([0.1, 5], pa.float32()),
        ([0.1, 1e300], pa.float64()),
        (["x", "0.1"], pa.string()),
    ],
    "decimals, text": [([Decimal("1.50"), 2], pa.decimal128(8, 2)), (["1.5", "x"], pa.string())],
    "times, text": [([AS_OF, None], pa.timestamp("us", "UTC")), (["x", None], pa.string())],
    "booleans, text": [([True, False], pa.bool_()), (["x", "true"], pa.string())],
    "lists, text": [([["a, b", "it's"], []], pa.list_(pa.string())), (["x", "[]"], pa.string())],
}


@pytest.mark.parametrize("case", some_proofs(BECOME_TEXT, "integers, floats, text", "times, text"))
def test_the_chain_holds_when_a_column_of_requests_becomes_text(runs: Runs, case: str) -> None:
    for values, type_ in BECOME_TEXT[case]:
        runs.run(values, type_, of_requests=True)
    assert runs.chain().passed, runs.chain().samples


def test_a_change_too_small_for_the_old_type_is_found(runs: Runs) -> None:
    for values, type_ in WIDENED["decimals"]:
        runs.run(values, type_)
    runs.execute("update ledger.contact_versions set v = 1.501 where v = 1.5 and _cm_batch = 1")
    assert runs.chain().samples == [
        "batch_no 1, table_name contact_versions, rows_sealed 4, rows_found 4, fault holds other rows than were sealed"
    ]


@pytest.mark.parametrize("value", ["5.0000", proof("'x'"), "null", proof("'7'")])
def test_a_change_in_a_column_that_became_text_is_found(runs: Runs, value: str) -> None:
    for values, type_ in BECOME_TEXT["integers, floats, text"]:
        runs.run(values, type_, of_requests=True)
    runs.execute(f"update ledger.requests set v = {value} where request_id = 'r1-0'")
    assert [sample[:33] for sample in runs.chain().samples] == ["batch_no 1, table_name requests, "]


def test_the_chain_holds_when_columns_come_and_go(runs: Runs) -> None:
    runs.run([1, 2], NUMBER, of_requests=True)
    runs.run(["a", "b"], pa.string())
    runs.run([3, 4], NUMBER, of_requests=True)
    assert runs.chain().passed, runs.chain().samples
    runs.execute("update ledger.contact_versions set v = 'a' where _cm_batch = 1")
    assert not runs.chain().passed


def test_rows_in_another_order_are_the_same_rows(runs: Runs) -> None:
    runs.run([1, 2], NUMBER)
    runs.execute(
        "create table swapped as from ledger.contact_versions; delete from ledger.contact_versions; "
        "insert into ledger.contact_versions from swapped order by _cm_key desc; drop table swapped"
    )
    assert runs.chain().passed


def test_values_that_trade_places_are_found(runs: Runs) -> None:
    runs.run(["a", "b"], pa.string())
    runs.execute("update ledger.contact_versions set v = case v when 'a' then 'b' else 'a' end")
    assert not runs.chain().passed


def test_a_value_cannot_pass_for_two_columns(runs: Runs) -> None:
    runs.run(["a", "b"], pa.string())
    runs.execute("update ledger.contact_versions set name = 'x' || chr(31) || 'v=' || v, v = null")
    assert not runs.chain().passed
