"""Asset checks: every invariant of `verify`, and rejects and refusals as warnings, with counts and samples.

Those of the warehouse stand between merging and publishing and stop what breaks them; those of files follow.
Names and descriptions are those of `contact-merge verify`: a check added there is one here.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import duckdb

from contact_merge.catalog import Catalog
from contact_merge.defs.metadata import Metadata, markdown
from contact_merge.defs.resources import WAREHOUSE_POOL, ContactMerge, StepLog, translate_failures
from contact_merge.defs.specs import LEDGER, OUTPUT, merged_key, raw_key
from contact_merge.engine import fetch
from contact_merge.verify import FILE_CHECKS, WAREHOUSE_CHECKS, describe_check, verify

SAMPLES = 10
CHECK_WAREHOUSE = "check_warehouse"

# The asset that shows each invariant; one that is not named here is shown at the children, the contacts, or the files.
_ASSETS = {
    "retired_not_named": merged_key("contact_redirects"),
    "redirects_no_circle": merged_key("contact_redirects"),
    "redirects_end": merged_key("contact_redirects"),
    "provenance_agrees": merged_key("field_provenance"),
    "requests_answered": LEDGER["responses"],
    "responses_add_up": LEDGER["responses"],
    "merges_have_events": LEDGER["merges"],
    "ledger_appended": LEDGER["merges"],
    "manifest_newest": OUTPUT["manifest"],
    "manifest_files": OUTPUT["manifest"],
    "event_files": OUTPUT["events"],
    "reject_files": OUTPUT["rejects"],
}


def invariants(catalog: Catalog) -> dict[str, dg.AssetCheckSpec]:
    """The checks of the warehouse; one of child tables is shown at the first of them, and is of the others too."""
    whole, deduplicated = (
        [merged_key(child.name) for child in children] for children in (catalog.whole, catalog.deduplicated)
    )
    children = {
        "children_once": whole,
        "memberships_once": deduplicated,
        "memberships_unique": deduplicated,
    }
    specs = {}
    for name in WAREHOUSE_CHECKS:
        asset, *others = children.get(name) or [_ASSETS.get(name, merged_key(catalog.entity.table))]
        specs[name] = dg.AssetCheckSpec(
            name,
            asset=asset,
            additional_deps=others or None,
            description=describe_check(name),
            blocking=True,
        )
    return specs


REJECTS = dg.AssetCheckSpec(
    "no_rejects",
    asset=raw_key("rejects"),
    description="Every input row of the last run could be used: there is nothing under OUTPUT/rejects/.",
)
REFUSALS = dg.AssetCheckSpec(
    "no_refusals",
    asset=merged_key("merge_responses"),
    description="No request was refused of the newest batch that answered any; a run without new requests changes nothing.",
)
FILES = {
    name: dg.AssetCheckSpec(name, asset=_ASSETS.get(name, OUTPUT["merged"]), description=describe_check(name))
    for name in FILE_CHECKS
}


@dataclass(frozen=True)
class Checked:
    """What a check found, for a step that is a check (`result`) and for one that is not (`evaluation`)."""

    spec: dg.AssetCheckSpec
    passed: bool
    severity: dg.AssetCheckSeverity
    description: str
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
            description=self.description,
            metadata=self.metadata,
        )

    def evaluation(self) -> dg.AssetCheckEvaluation:
        """As any other step yields it."""
        return dg.AssetCheckEvaluation(
            asset_key=self.spec.asset_key,
            check_name=self.spec.name,
            passed=self.passed,
            severity=self.severity,
            description=self.description,
            metadata=self.metadata,
            blocking=self.spec.blocking,
        )


def define_check_warehouse(catalog: Catalog) -> dg.AssetChecksDefinition:
    """The step that checks the warehouse."""

    @dg.multi_asset_check(
        name=CHECK_WAREHOUSE,
        specs=[*invariants(catalog).values(), REJECTS, REFUSALS],
        can_subset=True,
        pool=WAREHOUSE_POOL,
        description="Every invariant of the warehouse, before anything is published, and what to look at.",
    )
    def check_warehouse(
        context: dg.AssetCheckExecutionContext, contact_merge: ContactMerge
    ) -> Iterator[dg.AssetCheckResult]:
        """Make the checks asked for."""
        with translate_failures(context):
            checked = check_the_warehouse(
                contact_merge, StepLog(context.log), context.selected_asset_check_keys
            )
        for found in checked:
            yield found.result()

    return check_warehouse


@dg.multi_asset_check(
    name="check_files",
    specs=list(FILES.values()),
    can_subset=True,
    pool=WAREHOUSE_POOL,
    description="That the files in the output folder are those that the warehouse makes.",
)
def check_files(
    context: dg.AssetCheckExecutionContext, contact_merge: ContactMerge
) -> Iterator[dg.AssetCheckResult]:
    """Make the checks asked for."""
    with translate_failures(context):
        checked = check_the_files(contact_merge, StepLog(context.log), context.selected_asset_check_keys)
    for found in checked:
        yield found.result()


def check_the_warehouse(
    contact_merge: ContactMerge, log: StepLog, only: Collection[dg.AssetCheckKey] | None = None
) -> list[Checked]:
    """Make all checks of the warehouse, or only some."""
    checked = _verify(contact_merge, log, invariants(contact_merge.catalog()), only, None)
    with contact_merge.connect() as con:
        warnings = [_rejects(con), _refusals(con)]
    return [*checked, *(found for found in warnings if only is None or found.spec.key in only)]


def refuse_broken(checked: Iterable[Checked]) -> None:
    """Fail where an invariant does not hold."""
    if broken := [found.spec.name for found in checked if found.stops]:
        raise dg.Failure(
            description=f"Nothing is published, for these checks failed: {', '.join(broken)}.",
            allow_retries=False,
        )


def check_the_files(
    contact_merge: ContactMerge, log: StepLog, only: Collection[dg.AssetCheckKey] | None = None
) -> list[Checked]:
    """Make all checks of the files, or only some."""
    return _verify(contact_merge, log, FILES, only, contact_merge.output_folder)


def _verify(
    contact_merge: ContactMerge,
    log: StepLog,
    specs: dict[str, dg.AssetCheckSpec],
    only: Collection[dg.AssetCheckKey] | None,
    output: Path | None,
) -> list[Checked]:
    wanted = {name: spec for name, spec in specs.items() if only is None or spec.key in only}
    if not wanted:
        return []
    results = verify(
        contact_merge.warehouse_file,
        output,
        contact_merge.settings(),
        log,
        only=wanted,
    )
    return [
        Checked(
            wanted[result.name],
            passed=result.passed,
            severity=dg.AssetCheckSeverity.ERROR,
            description="It holds."
            if result.passed
            else f"{result.violations:,} violation{'' if result.violations == 1 else 's'}.",
            metadata={
                "rows_checked": result.rows_checked,
                "exempt": result.exempt,
                "violations": result.violations,
                **({} if result.passed else {"samples": markdown(("violations",), zip(result.samples))}),
            },
        )
        for result in results
    ]


def _rejects(con: duckdb.DuckDBPyConnection) -> Checked:
    rows = sum(rejected for _, rejected in fetch(con, "load/rejected_counts"))
    samples = fetch(con, "load/first_rejects", {"samples": SAMPLES})
    return _warning(
        REJECTS,
        rows,
        f"{rows:,} input rows could not be used, or not in full; OUTPUT/rejects/ holds them all.",
        {"samples": markdown(("table", "file", "row", "reason"), samples)},
    )


def _refusals(con: duckdb.DuckDBPyConnection) -> Checked:
    by_code = fetch(con, "ledger/refusals_by_code")
    samples = fetch(con, "ledger/first_refusals", {"samples": SAMPLES})
    rows = sum(refused for _, refused in by_code)
    return _warning(
        REFUSALS,
        rows,
        f"{rows:,} requests of the newest batch that answered any were refused.",
        {
            "by_code": markdown(("code", "requests"), by_code),
            "samples": markdown(("request", "code", "message"), samples),
        },
    )


def _warning(spec: dg.AssetCheckSpec, rows: int, description: str, samples: Metadata) -> Checked:
    """A check that never stops anything; what it counts is a number, so that it is plotted."""
    return Checked(
        spec,
        passed=not rows,
        severity=dg.AssetCheckSeverity.WARN,
        description=description if rows else "None.",
        metadata={"rows": rows, **(samples if rows else {})},
    )
