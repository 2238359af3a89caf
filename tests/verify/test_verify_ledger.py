"""Damage to the ledger, found by exactly the checks named, with the row.

A check that cannot fail is a defect. Where another check must fail too by nature (the projection is no longer
what a rebuild makes, the ledger was not only appended to) it is named as well.
"""

from pathlib import Path

import pytest
from contact_merge import cli
from verified_world import APPENDED, REBUILT, Copy, Damage, check_failures, the_world, view

pytestmark = pytest.mark.long

DAMAGES = [
    Damage(
        "a response to a refused request gone",
        ("delete from ledger.responses where request_id = 'r4'",),
        {
            "requests_answered": "request_id r4, requests 1, responses 0",
            APPENDED: "batch_no 1, table_name responses, rows_sealed 6, rows_found 5",
        },
    ),
    Damage(
        "a response that answers no request",
        ("update ledger.requests set request_id = 'r44' where request_id = 'r4'",),
        {
            "requests_answered": "request_id r4, requests 0, responses 1",
            APPENDED: "batch_no 1, table_name requests",
        },
    ),
    Damage(
        "a replay that says something else",
        ("update ledger.responses set fields_populated = [] where request_id = 'r6'",),
        {
            "requests_answered": "request_id r6, requests 1, responses 1, fault replays another response",
            APPENDED: "batch_no 1, table_name responses",
        },
    ),
    Damage(
        "a response to an accepted request gone",
        ("delete from ledger.responses where request_id = 'r8'",),
        {
            "requests_answered": "request_id r8",
            "responses_add_up": "request_id r8, fault has merges, but was not accepted",
            "merges_have_events": "event contact.merged, request_id r8, contact_id {h}, merges 1, events 0",
            APPENDED: "batch_no 2, table_name responses, rows_sealed 2, rows_found 1",
        },
    ),
    Damage(
        "a count in a response",
        ("update ledger.responses set counts = struct_update(counts, notes := 99) where request_id = 'r1'",),
        {
            "responses_add_up": "request_id r1, fault counts other notes, stated 99, recorded 2",
            APPENDED: "batch_no 1, table_name responses",
        },
    ),
    Damage(
        "a populated field in a response",
        ("update ledger.responses set fields_populated = ['phone'] where request_id = 'r1'",),
        {
            "responses_add_up": "request_id r1, fault says other populated fields, stated 1, recorded 5",
            APPENDED: "batch_no 1, table_name responses",
        },
    ),
    Damage(
        "a merged contact in a response",
        ("update ledger.responses set merged_ids = merged_ids[:1] where request_id = 'r2'",),
        {
            "responses_add_up": "request_id r2, fault says other merged contacts, stated 1, recorded 2",
            APPENDED: "batch_no 1, table_name responses",
        },
    ),
    Damage(
        "a refusal that merges",
        ("update ledger.responses set merged_ids = ['{b}'] where request_id = 'r10'",),
        {
            "responses_add_up": "request_id r10, fault was refused, but says that something was merged",
            APPENDED: "batch_no 5, table_name responses",
        },
    ),
    Damage(
        "what a merge moved, in the ledger",
        ("update ledger.merges set counts = struct_update(counts, emails := 5) where retired_key = '{h}'",),
        {
            "responses_add_up": "request_id r8, fault counts other emails, stated 1, recorded 5",
            APPENDED: "batch_no 2, table_name merges",
        },
    ),
    Damage(
        "an event gone",
        view("events", "from THIS where request_id <> 'r8'"),
        {"merges_have_events": "event contact.merged, request_id r8, contact_id {h}, merges 1, events 0"},
    ),
    Damage(
        "the event of an undo gone",
        view("events", "from THIS where event = 'contact.merged'"),
        {"merges_have_events": "event contact.unmerged, request_id r9, contact_id {j}, merges 1, events 0"},
    ),
    Damage(
        "an event twice",
        view("events", "from THIS union all from THIS where request_id = 'r8'"),
        {"merges_have_events": "event contact.merged, request_id r8, contact_id {h}, merges 1, events 2"},
    ),
    Damage(
        "two events of one id",
        view("events", "select * replace ('{a}'::uuid as id) from THIS"),
        {"merges_have_events": "events 8"},
    ),
    Damage(
        "an undo of no merge",
        ("update ledger.reversals set seq = 8",),
        {
            "merges_have_events": "event contact.unmerged, request_id r9, contact_id {j}, merges 0, events 1",
            REBUILT: "contact_key {j}",
            APPENDED: "batch_no 4, table_name reversals",
        },
    ),
    Damage(
        "a merge gone from the ledger",
        ("delete from ledger.merges where retired_key = '{h}'",),
        {
            "redirects_end": "retired_id {h}, survivor_id {g}, request_id r8, fault ends in no contact",
            "responses_add_up": "request_id r8, fault says other merged contacts, stated 1, recorded 0",
            REBUILT: "table redirects, contact_key {h}",
            APPENDED: "batch_no 2, table_name merges, rows_sealed 2, rows_found 1",
        },
    ),
    Damage(
        "a row that a merge used, in the ledger",
        ("update ledger.contact_versions set phone = 'secret 3' where _cm_key = '{l}'",),
        {
            "provenance_agrees": "contact_id {k}, field phone, source_contact_id {l}",
            REBUILT: "table survivors, contact_key {k}",
            APPENDED: "batch_no 1, table_name contact_versions",
        },
    ),
    Damage(
        "a detail of a request that nothing reads any more",
        ("update ledger.requests set api_key_id = 'other' where request_id = 'r3'",),
        {APPENDED: "batch_no 1, table_name requests, rows_sealed 6, rows_found 6"},
    ),
    Damage(
        "a column filled that was empty",
        (
            "alter table ledger.requests add column note varchar",
            "update ledger.requests set note = 'x' where seq = 7",
        ),
        {APPENDED: "batch_no 2, table_name requests"},
    ),
    Damage(
        "a row added to a batch of before",
        (
            "insert into ledger.imports select * replace (1 as batch_no, '{z}' as contact_key) "
            "from ledger.imports limit 1",
        ),
        {
            APPENDED: "batch_no 1, table_name imports, rows_sealed 4, rows_found 5",
            REBUILT: "",
            "redirects_end": "is wrong about whether it ends in a contact",
        },
    ),
    Damage(
        "a row of a batch that never was",
        ("insert into ledger.contact_versions (_cm_key, _cm_batch) values ('{q}', 9)",),
        {APPENDED: "batch_no 9, table_name contact_versions, rows_sealed 0, rows_found 1"},
    ),
    Damage(
        "the time of a batch",
        ("update ledger.batches set as_of = as_of + interval 1 hour where batch_no = 4",),
        {APPENDED: "batch_no 4, table_name batches"},
    ),
    Damage(
        "a guard that a batch never passed",
        ("update ledger.batches set allowed = ['deleted'] where batch_no = 4",),
        {APPENDED: "batch_no 4, table_name batches"},
    ),
    Damage(
        "a changed row, and the digest of its table made to fit",
        (
            "update ledger.requests set api_key_id = 'other' where request_id = 'r3'",
            "update ledger.digests set digest = 'made to fit' where batch_no = 1 and table_name = 'requests'",
        ),
        {APPENDED: "batch_no 1, table_name batches"},
    ),
    Damage(
        "the number of rows that were sealed",
        ("update ledger.digests set row_count = 1 where batch_no = 1 and table_name = 'imports'",),
        {APPENDED: "batch_no 1, table_name imports, rows_sealed 1, rows_found 4"},
    ),
    Damage(
        "a link of the chain",
        ("update ledger.batches set previous_digest = 'other' where batch_no = 2",),
        {APPENDED: "batch_no 2, table_name batches"},
    ),
    Damage(
        "a batch gone from the middle",
        ("delete from ledger.batches where batch_no = 4",),
        {
            APPENDED: "batch_no 4, table_name batches, rows_sealed 1, fault is missing",
        },
    ),
    Damage(
        "a batch gone from the middle with all its rows",
        tuple(
            f"delete from ledger.{table} where batch_no = 4" for table in ("batches", "digests", "reversals")
        ),
        {APPENDED: "batch_no 5, table_name batches", REBUILT: "contact_key {j}"},
    ),
    Damage(
        "a warehouse in which a view is broken",
        ("alter view merged.events rename to before", "create view merged.events as select 1 as x"),
        {"merges_have_events": "cannot be checked: BinderException"},
    ),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.label)
def test_damage_is_found_and_named(copy: Copy, damage: Damage) -> None:
    copy.execute(*damage.statements)
    check_failures(copy.failures(), damage.fails)


def test_a_cut_off_end_of_the_ledger_shows_in_the_manifest_alone(copy: Copy) -> None:
    for table in ("requests", "responses", "digests", "batches", "deliveries"):
        copy.execute(f"delete from ledger.{table} where batch_no = 5")
    assert copy.failures() == {}
    fault = "manifest_batch 000005, warehouse_batch 000004, fault the ledger holds no such batch"
    expected = {"manifest_newest": fault, "parquet_equal": "table merge_responses, ids r10, rows_in_file 1"}
    found = copy.failures(files=True)
    assert found.keys() == expected.keys()
    assert fault in found["manifest_newest"][0]


def test_a_chain_forged_from_a_batch_on_shows_in_the_manifest(copy: Copy) -> None:
    copy.execute("update ledger.batches set digest = 'forged' where batch_no = 5")
    expected = {
        "ledger_appended": "batch_no 5, table_name batches",
        "manifest_newest": "fault the ledger holds no such batch",
    }
    check_failures(copy.failures(files=True), expected)


def test_a_command_that_meets_a_row_twice_is_refused_with_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = Copy(the_world().output, tmp_path)
    copy.execute("insert into ledger.requests select * from ledger.requests")
    (tmp_path / "in").mkdir()
    before = copy.warehouse.read_bytes()
    assert cli.main(["run", "--input", str(tmp_path / "in"), "--output", str(copy.output)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"contact-merge: {copy.warehouse}: a row stands in this warehouse twice")
    assert copy.warehouse.read_bytes() == before
    assert "ledger_appended" in copy.failures()
