"""Asset checks, all in one step between merging and publishing.

Rejects and refusals are warnings, with counts and samples.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg
import duckdb

from contact_merge.defs.metadata import Metadata, markdown
from contact_merge.defs.resources import WAREHOUSE_POOL, ContactMerge, failing_in_a_sentence
from contact_merge.defs.specs import MERGED, RAW

SAMPLES = 10

REJECTS = dg.AssetCheckSpec(
    "no_rejects", asset=RAW["rejects"], description="Every input row of the last run could be used."
)
REFUSALS = dg.AssetCheckSpec(
    "no_refusals", asset=MERGED["merge_responses"], description="No request of the newest run was refused."
)


def check_specs() -> list[dg.AssetCheckSpec]:
    """Every check there is."""
    return [REJECTS, REFUSALS]


@dataclass(frozen=True)
class Checked:
    """What a check found, for a step that is a check (`result`) and for one that is not (`evaluation`)."""

    spec: dg.AssetCheckSpec
    passed: bool
    severity: dg.AssetCheckSeverity
    told: str
    metadata: Metadata

    @property
    def stops(self) -> bool:
        """Whether nothing may be published."""
        return self.spec.blocking and not self.passed and self.severity is dg.AssetCheckSeverity.ERROR

    def result(self) -> dg.AssetCheckResult:
        """As an asset check yields it."""
        return dg.AssetCheckResult(
            asset_key=self.spec.asset_key,
            check_name=self.spec.name,
            passed=self.passed,
            severity=self.severity,
            description=self.told,
            metadata=self.metadata,
        )

    def evaluation(self) -> dg.AssetCheckEvaluation:
        """As any other step logs it."""
        return dg.AssetCheckEvaluation(
            asset_key=self.spec.asset_key,
            check_name=self.spec.name,
            passed=self.passed,
            severity=self.severity,
            description=self.told,
            metadata=self.metadata,
            blocking=self.spec.blocking,
        )


@dg.multi_asset_check(
    name="check_warehouse",
    specs=check_specs(),
    can_subset=True,
    pool=WAREHOUSE_POOL,
    description="Every invariant of the warehouse, and what a person should look at.",
)
def check_warehouse(
    context: dg.AssetCheckExecutionContext, contact_merge: ContactMerge
) -> Iterator[dg.AssetCheckResult]:
    """Evaluate the checks asked for over one connection."""
    with failing_in_a_sentence(context.log):
        checked = check_all(contact_merge)
    for found in checked:
        if found.spec.key in context.selected_asset_check_keys:
            yield found.result()


def check_all(contact_merge: ContactMerge) -> list[Checked]:
    """Evaluate every check of `check_specs`."""
    with contact_merge.connect(read_only=True) as con:
        return [_rejects(con), _refusals(con)]


def _rejects(con: duckdb.DuckDBPyConnection) -> Checked:
    rows = con.execute("select count(*) from raw.rejects").fetchall()[0][0]
    samples = con.execute(
        "select table_name, file, row_number, reason from raw.rejects "
        "order by table_name, file, row_number limit $samples",
        {"samples": SAMPLES},
    ).fetchall()
    return _warning(
        REJECTS,
        rows,
        f"{rows:,} input rows could not be used, or not in full; OUTPUT/rejects/ holds them all.",
        {"samples": markdown(("table", "file", "row", "reason"), samples)},
    )


def _refusals(con: duckdb.DuckDBPyConnection) -> Checked:
    newest = "batch_no = (select max(batch_no) from ledger.batches where kind = 'run') and status <> 200"
    by_code = con.execute(
        f"select code, count(*) from ledger.responses where {newest} group by code order by code"
    ).fetchall()
    samples = con.execute(
        f"select request_id, code, message from ledger.responses where {newest} order by seq limit $samples",
        {"samples": SAMPLES},
    ).fetchall()
    rows = sum(count for _, count in by_code)
    return _warning(
        REFUSALS,
        rows,
        f"{rows:,} requests of the newest run were refused.",
        {
            "by_code": markdown(("code", "requests"), by_code),
            "samples": markdown(("request", "code", "message"), samples),
        },
    )


def _warning(spec: dg.AssetCheckSpec, rows: int, told: str, samples: Metadata) -> Checked:
    """A check that never stops anything; what it counts is a number, so that it is plotted."""
    return Checked(
        spec,
        passed=not rows,
        severity=dg.AssetCheckSeverity.WARN,
        told=told if rows else "None.",
        metadata={"rows": rows, **(samples if rows else {})},
    )
