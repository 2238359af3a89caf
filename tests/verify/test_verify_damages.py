"""Damage to merged views and the tables behind them, found by exactly the checks named, with the row.

A check that cannot fail is a defect. Where another check must fail too by nature (the projection is no longer
what a rebuild makes, the ledger was not only appended to) it is named as well.
"""

import pytest
from verified_world import REBUILT, Copy, Damage, check_failures, view

pytestmark = pytest.mark.long

DAMAGES = [
    Damage(
        "a contact left out of merged.contacts",
        view("contacts", "from THIS where id <> '{m}'"),
        {"contacts_once": "contact_id {m}, raw_rows 1, merged_rows 0, retirements 0"},
    ),
    Damage(
        "a contact merged.contacts has made up",
        view("contacts", "from THIS union all select * replace ('{z}' as id) from THIS where id = '{m}'"),
        {"contacts_once": "contact_id {z}, raw_rows 0, merged_rows 1"},
    ),
    Damage(
        "a survivor twice in fold.survivors",
        ("insert into fold.survivors from fold.survivors where _cm_key = '{c}'",),
        {
            "contacts_once": "contact_id {c}, raw_rows 1, merged_rows 2",
            REBUILT: "table survivors, contact_key {c}",
        },
    ),
    Damage(
        "a contact retired twice",
        ("insert into fold.redirects from fold.redirects where retired_key = '{l}'",),
        {
            "contacts_once": "contact_id {l}, raw_rows 1, merged_rows 0, retirements 2",
            REBUILT: "contact_key {l}",
        },
    ),
    Damage(
        "a note left out of merged.notes",
        view("notes", "from THIS where not ends_with(id, '7')"),
        {"children_once": "table notes, id 00000000-0000-0000-0000-000000000007, raw_rows 1, merged_rows 0"},
    ),
    Damage(
        "an e-mail twice in merged.emails",
        view("emails", "from THIS union all from THIS where ends_with(id, '1')"),
        {"children_once": "table emails, id 00000000-0000-0000-0000-000000000001, raw_rows 1, merged_rows 2"},
    ),
    Damage(
        "the text of a note changed in merged.notes",
        view(
            "notes",
            "select * replace (case when ends_with(id, '7') then 'secret' else body end as body) from THIS",
        ),
        {"children_once": "table notes, id 00000000-0000-0000-0000-000000000007"},
    ),
    Damage(
        "a membership left out of merged.list_memberships",
        view("list_memberships", "from THIS where contact_id <> '{m}'"),
        {"memberships_once": "list_id L, contact_id {m}, due_rows 1, merged_rows 0"},
    ),
    Damage(
        "a membership given to another contact",
        view(
            "list_memberships",
            "select * replace (case contact_id when '{m}' then '{f}' else contact_id end as contact_id) "
            "from THIS",
        ),
        {
            "memberships_once": "list_id L, contact_id {f}, due_rows 1, merged_rows 2",
            "memberships_unique": "list_id L, contact_id {f}, merged_rows 2",
        },
    ),
    Damage(
        "a membership twice among the raw ones",
        (
            "insert into raw._cm_keys_list_memberships from raw._cm_keys_list_memberships where _cm_contact_key = '{m}'",
        ),
        {"memberships_unique": "list_id L, contact_id {m}, merged_rows 2"},
    ),
    Damage(
        "a dropped membership left out of merged.dropped_children",
        view("dropped_children", "from THIS where survivor_id <> '{c}'"),
        {"memberships_once": "contact_id {c}, due_rows 1, merged_rows 0"},
    ),
    Damage(
        "children that stay with a retired contact",
        view("notes", "select n.* exclude (_cm_contact_key) from raw.notes as n"),
        {"retired_not_named": "table notes, contact_id {b}, merged_rows 2"},
    ),
    Damage(
        "a retired contact among the live",
        view("contacts", "from THIS union all select * replace ('{b}' as id) from THIS where id = '{m}'"),
        {"contacts_once": "contact_id {b}", "retired_not_named": "table contacts, contact_id {b}"},
    ),
    Damage(
        "a retired contact that is in no line",
        ("delete from fold.line where contact_key = '{d}'",),
        {
            "memberships_once": "list_id M, contact_id {c}, due_rows 1, merged_rows 2",
            "memberships_unique": "list_id M, contact_id {c}, merged_rows 2",
            "provenance_agrees": "source_contact_id {d}",
            REBUILT: "table line, contact_key {d}, rows_here 0, rows_rebuilt 1",
        },
    ),
    Damage(
        "a circle of merges",
        ("update fold.redirects set target_key = '{b}' where retired_key = '{a}'",),
        {
            "redirects_no_circle": "contact_id {a}, request_id r7, fault is in a circle",
            "redirects_end": "retired_id {a}",
            REBUILT: "table redirects, contact_key {a}",
        },
    ),
    Damage(
        "a pointer without effect that closes no circle",
        ("insert into fold.idle_pointers values ('{n}', '{m}', '{n}', 1, 1)",),
        {
            "redirects_no_circle": "contact_id {n}, fault has a pointer without effect",
            REBUILT: "table idle_pointers, contact_key {n}, rows_here 1, rows_rebuilt 0",
        },
    ),
    Damage(
        "a redirect that names a retired survivor",
        ("update fold.redirects set survivor_key = '{a}', survivor_id = '{a}' where retired_key = '{x}'",),
        {
            "redirects_end": "retired_id {x}, survivor_id {a}, fault names another survivor",
            "retired_not_named": "table notes, contact_id {a}",
            "memberships_once": "list_id L, contact_id {a}",
            REBUILT: "table redirects, contact_key {x}",
        },
    ),
    Damage(
        "a merge that ends in no contact",
        (
            "insert into fold.redirects "
            "select '{n}', '{n}', '{q}', '{q}', '{q}', '{q}', false, 9, 'r9', retired_at "
            "from fold.redirects where retired_key = '{l}'",
        ),
        {
            "redirects_end": "retired_id {n}, survivor_id {q}, request_id r9, fault ends in no contact",
            REBUILT: "table redirects, contact_key {n}",
        },
    ),
    Damage(
        "a redirect that says its end is no contact",
        ("update fold.redirects set is_contact = false where retired_key = '{h}'",),
        {"redirects_end": "retired_id {h}", REBUILT: "table redirects, contact_key {h}"},
    ),
    Damage(
        "a survivor spelled otherwise than in contacts",
        ("update fold.redirects set survivor_id = upper(survivor_id) where retired_key = '{l}'",),
        {"redirects_end": "fault spells its survivor otherwise", REBUILT: "table redirects, contact_key {l}"},
    ),
    Damage(
        "a row in fold.redirects that no merge made",
        (
            "insert into fold.redirects "
            "select '{n}', '{n}', '{m}', '{m}', '{m}', '{m}', true, 9, 'r9', retired_at "
            "from fold.redirects where retired_key = '{l}'",
        ),
        {REBUILT: "table redirects, contact_key {n}, rows_here 1, rows_rebuilt 0"},
    ),
    Damage(
        "a redirect gone",
        ("delete from fold.redirects where retired_key = '{l}'",),
        {
            REBUILT: "table redirects, contact_key {l}, rows_here 0, rows_rebuilt 1",
            "provenance_agrees": "contact_id {k}, field phone, source_contact_id {k}",
        },
    ),
    Damage(
        "a value that was taken, changed in merged.contacts",
        view(
            "contacts",
            "select * replace (case id when '{c}' then 'secret 3' else phone end as phone) from THIS",
        ),
        {"provenance_agrees": "contact_id {c}, field phone, source_contact_id {d}, fault holds"},
    ),
    Damage(
        "a value that was taken, emptied in fold.survivors",
        ("update fold.survivors set score = null where _cm_key = '{f}'",),
        {
            "provenance_agrees": "contact_id {f}, field score, source_contact_id {b}",
            REBUILT: "table survivors, contact_key {f}",
        },
    ),
    Damage(
        "a survivor's own value changed",
        ("update fold.survivors set full_name = 'secret' where _cm_key = '{c}'",),
        {
            "provenance_agrees": "contact_id {c}, field full_name, source_contact_id {d}",
            REBUILT: "table survivors, contact_key {c}",
        },
    ),
    Damage(
        "a list of a survivor changed",
        ("update fold.survivors set tags = ['secret', 'more'] where _cm_key = '{f}'",),
        {"provenance_agrees": "contact_id {f}, field tags", REBUILT: "table survivors, contact_key {f}"},
    ),
    Damage(
        "a key of a survivor's object spelled otherwise",
        (
            "update fold.survivors set custom_fields = replace(custom_fields, '1.10', '1.1') "
            "where _cm_key = '{c}'",
        ),
        {
            "provenance_agrees": "contact_id {c}, field custom_fields.plan, source_contact_id {d}",
            REBUILT: "table survivors, contact_key {c}",
        },
    ),
    Damage(
        "a key of a survivor's object lost",
        ("update fold.survivors set custom_fields = '{\"own\":\"secret new\"}' where _cm_key = '{f}'",),
        {
            "provenance_agrees": "contact_id {f}, field custom_fields.plan, source_contact_id {b}",
            REBUILT: "table survivors, contact_key {f}",
        },
    ),
    Damage(
        "another source for a key",
        ("update fold.kept set source_key = '{a}' where json_key = 'plan' and contact_key = '{f}'",),
        {
            "provenance_agrees": "contact_id {f}, field custom_fields.plan, source_contact_id {a}",
            REBUILT: "table kept, contact_key {f}",
        },
    ),
    Damage(
        "a source from another contact's line",
        ("insert into fold.kept select '{c}', 'custom_fields', 'new', '{b}', 1",),
        {
            "provenance_agrees": "contact_id {c}, field custom_fields.new, source_contact_id {b}",
            REBUILT: "table kept, contact_key {c}",
        },
    ),
    Damage(
        "a request that brought a value, but merged nothing",
        ("update fold.kept set seq = 10 where contact_key = '{c}' and json_key = 'plan'",),
        {
            "provenance_agrees": "field custom_fields.plan, source_contact_id {d}, fault names",
            REBUILT: "table kept, contact_key {c}",
        },
    ),
    Damage(
        "a conflict that is none",
        ("insert into fold.conflicts select '{c}', 'custom_fields', 'k', '1', '{c}', '2', '{d}', 2",),
        {REBUILT: "table conflicts, contact_key {c}"},
    ),
    Damage(
        "another place in a line",
        ("update fold.line set joined_seq = 2 where contact_key = '{b}'",),
        {REBUILT: "table line, contact_key {b}"},
    ),
    Damage(
        "another value that was not taken",
        (
            "update fold.conflicts set other_value = 'secret' where contact_key = '{c}' and field = 'full_name'",
        ),
        {REBUILT: "table conflicts, contact_key {c}"},
    ),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.label)
def test_damage_is_found_and_named(copy: Copy, damage: Damage) -> None:
    copy.execute(*damage.statements)
    check_failures(copy.failures(), damage.fails)
