"""Broken exports: the run fails with figures and how to go on, `allow` passes what may pass, the good export restores all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from contact_merge.defs.merge import Passing
from contact_merge.tables import Guard
from looking import figures, materialized, read_files, sentence_of
from starting import AS_OF, Start, make_start

pytestmark = pytest.mark.long

CONTACTS = [f"00000000-0000-4000-8000-{number:012}" for number in range(439)]
HEADER = "id,name\n"
GOOD = HEADER + "".join(f"{contact},{'Zoe' if n % 2 else 'Zoë'} {n}\n" for n, contact in enumerate(CONTACTS))


def half(text: str) -> bytes:
    return "".join(text.splitlines(keepends=True)[:100]).encode()


def re_encoded(text: str) -> bytes:
    return text.encode("latin-1")


def unreadable_ids(text: str) -> bytes:
    return text.replace("-4000-8000-", "E+").encode()


def empty(_: str) -> bytes:
    return HEADER.encode()


@pytest.fixture(scope="module")
def contacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("input")
    (folder / "merge_requests.jsonl").write_text(
        f'{{"request_id": "first", "primary_id": "{CONTACTS[0]}", "duplicate_ids": ["{CONTACTS[400]}"], '
        '"requested_at": "2026-02-01T00:00:00Z"}\n'
    )
    file = folder / "contacts.csv"
    file.write_text(GOOD)
    return file


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("output")


@pytest.fixture(scope="module")
def start(contacts: Path, output: Path) -> Start:
    start = make_start(contacts.parent, output, dg.DagsterInstance.ephemeral())
    assert start("merge_contacts", merge_batch={"as_of": AS_OF}).success
    return start


@pytest.fixture(scope="module")
def published(start: Start, output: Path) -> dict[str, Any]:
    """The files of the good export."""
    return read_files(output)


def metadata_of(failed: dg.ExecuteInProcessResult) -> dict[str, Any]:
    """What the failed step reported beside its sentence."""
    (event,) = (event for event in failed.all_events if event.is_step_failure)
    data = event.step_failure_data.user_failure_data
    assert data is not None
    return {name: value.value for name, value in data.metadata.items()}


@pytest.mark.parametrize(
    ("broken", "finding", "guards"),
    [
        (half, "contacts.csv: this export would delete 339 of 438 live contacts", ["deleted"]),
        (re_encoded, "contacts.csv: 220 of 439 rows are rejected", ["rejected"]),
        (unreadable_ids, "contacts.csv: each of its 439 rows is rejected", []),
        (empty, "contacts.csv: this export would delete all 438 live contacts", ["deleted"]),
    ],
)
def test_a_broken_export_stops_the_run_until_it_is_allowed_and_the_good_one_restores_all(
    start: Start,
    contacts: Path,
    output: Path,
    published: dict[str, Any],
    broken: Callable[[str], bytes],
    finding: str,
    guards: list[str],
) -> None:
    before = read_files(output)
    contacts.write_bytes(broken(GOOD))
    stopped = start("merge_contacts", merge_batch={"as_of": AS_OF})
    assert finding in sentence_of(stopped)
    assert not materialized(stopped)
    assert not any(event.is_step_up_for_retry for event in stopped.all_events)
    assert read_files(output) == before
    allowed = start("merge_contacts", merge_batch={"as_of": AS_OF, "allow": ["deleted", "rejected"]})
    if guards:
        how_to_pass = {"ops": {"merge_batch": {"config": {"allow": guards}}}}
        assert metadata_of(stopped)["run_configuration_to_let_it_pass"] == how_to_pass
        assert finding in metadata_of(stopped)["found"]
        assert allowed.success
        assert figures(allowed, "merged/contacts")["guards_passed"] == ", ".join(guards)
    else:
        assert sentence_of(allowed) == sentence_of(stopped)
        assert read_files(output) == before
    contacts.write_text(GOOD)
    assert start("merge_contacts", merge_batch={"as_of": AS_OF}).success
    restored = read_files(output)
    assert {name for name in published if restored[name] != published[name]} <= {"manifest.json"}


def test_every_guard_can_be_let_pass() -> None:
    assert {passing.name for passing in Passing} == {passing.value for passing in Passing} == set(Guard)
