"""The two checks that only warn: of rejects as they are published, of refusals until other requests are answered."""

from pathlib import Path

import pytest
from contact_merge.defs.checks import REFUSALS, REJECTS, check_the_warehouse
from contact_merge.defs.resources import ContactMerge
from contact_merge.pipeline import run
from contact_merge.settings import Settings
from pipeline_endpoint import QUIET

pytestmark = pytest.mark.long

A, B, C, NOBODY = (f"00000000-0000-4000-8000-00000000000{digit}" for digit in "1239")


@pytest.fixture
def place(tmp_path: Path) -> ContactMerge:
    """Two contacts, a row that cannot be used, and a request for a contact that does not exist."""
    place = ContactMerge(input=str(tmp_path / "input"), output=str(tmp_path / "output"))
    (place.input_folder / "merge_requests").mkdir(parents=True)
    contacts(place, f"{A},\n{B},\nno-id,\n")
    ask(place, "first", NOBODY)
    return place


def contacts(place: ContactMerge, rows: str) -> None:
    (place.input_folder / "contacts.csv").write_text(f"id,merged_into_id\n{rows}")


def ask(place: ContactMerge, name: str, duplicate: str) -> None:
    (place.input_folder / "merge_requests" / f"{name}.jsonl").write_text(
        f'{{"request_id": "{name}", "primary_id": "{A}", "duplicate_ids": ["{duplicate}"], '
        '"requested_at": "2026-02-01T00:00:00Z"}\n'
    )


def warned(place: ContactMerge) -> dict[str, int]:
    """What the two checks count after one more run; no row where they pass."""
    run(
        place.input_folder, place.output_folder,
        warehouse=None, dry_run=False, as_of=None, settings=Settings(), progress=QUIET,
    )  # fmt: skip
    found = check_the_warehouse(place, QUIET, {REJECTS.key, REFUSALS.key})
    assert all(check.passed == (not check.metadata["rows"]) and not check.stops for check in found)
    return {check.spec.name: check.metadata["rows"] for check in found}


def test_a_warning_stays_while_what_is_published_has_what_it_warns_of(place: ContactMerge) -> None:
    both = {"no_rejects": 1, "no_refusals": 1}
    assert warned(place) == both
    assert warned(place) == both, "a run without anything new"
    contacts(place, f"{A},\n{B},\n{C},{A}\n")
    assert warned(place) == {"no_rejects": 0, "no_refusals": 1}, "a batch that answers no request"
    assert not (place.output_folder / "rejects" / "contacts.jsonl").exists()
    ask(place, "second", B)
    assert warned(place) == {"no_rejects": 0, "no_refusals": 0}
