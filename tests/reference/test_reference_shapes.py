"""Ids, names, tables and children of any CRM (SHAPES 1 and 2) in the reference: three rows in, rows out, a sentence a test."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from reference import Endpoint, endpoint_of
from reference_values import as_id, salesforce_checksum

Row = dict[str, Any]
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FLAGS = ("overwrite", "dry_run", "idempotency_key", "api_key_id")
SIX = ("notes", "activities", "tasks", "emails", "documents", "list_memberships")
NONE_OF_THE_SIX = {kind: {"enabled": False} for kind in SIX}


class Nights:
    """An endpoint with settings, to which exports and requests come, an hour apart."""

    def __init__(self, **settings: Any) -> None:
        self.endpoint: Endpoint = endpoint_of(settings)
        self.hours = self.asked = 0

    def now(self) -> datetime:
        self.hours += 1
        return START + timedelta(hours=self.hours)

    def load(self, modes: Mapping[str, Any] | None = None, **tables: Sequence[Row]) -> None:
        self.endpoint.load(tables, modes, as_of=self.now())

    def ask(self, primary: Any, *duplicates: Any, **columns: Any) -> Row:
        self.asked += 1
        row = {"request_id": f"r{self.asked}", "primary_id": primary, "duplicate_ids": list(duplicates)}
        row |= {**dict.fromkeys(FLAGS), "requested_at": START + timedelta(minutes=self.asked), **columns}
        return self.endpoint.run([row], as_of=self.now())[0]

    def undo(self, *request_ids: str) -> None:
        self.endpoint.undo(request_ids, as_of=self.now())

    def table(self, name: str, *columns: str) -> list[Any]:
        """The rows of a merged table; with one column its cells, with more tuples of them."""
        rows = self.endpoint.merged()[name]
        if not columns:
            return rows
        return [row[columns[0]] if len(columns) == 1 else tuple(row[c] for c in columns) for row in rows]


def rows(*ids: Any, **columns: Sequence[Any]) -> list[Row]:
    """Rows of the entity: ids, and by column the cells of all."""
    return [{"id": id_, **{c: cells[n] for c, cells in columns.items()}} for n, id_ in enumerate(ids)]


def text_ids(**settings: Any) -> Nights:
    """Nights whose contacts are known by text, with one child table, `deals`, as the settings say."""
    children = {**NONE_OF_THE_SIX, **settings.pop("children", {})}
    return Nights(entity={"id_type": "text", **settings}, children=children)


# ------------------------------------------------------------------------------------------ ids


@pytest.mark.parametrize("spelled", [42, "42", 42.0, " 042", "42.0", "\t42\n"])
def test_whole_numbers_are_the_same_by_value(spelled: Any) -> None:
    assert as_id(spelled, "integer") == 42


@pytest.mark.parametrize(
    ("spelled", "number"),
    [(0, 0), ("-0", 0), (-0.0, 0), ("-7", -7), (2**53 + 1, 2**53 + 1), (str(2**53 + 1), 2**53 + 1)],
)
def test_whole_numbers_may_be_negative_and_large(spelled: Any, number: int) -> None:
    assert as_id(spelled, "integer") == number


@pytest.mark.parametrize(
    "spelled", [None, "", "4x", "4.5", 4.5, float(2**53 + 2), float("nan"), "\u0664\u0662", "4_2", True]
)
def test_what_is_no_whole_number(spelled: Any) -> None:
    assert as_id(spelled, "integer") is None


def test_text_is_the_same_without_white_space_around_it_and_case_counts() -> None:
    assert as_id(" ada@example.org\n", "text") == as_id("ada@example.org", "text")
    assert as_id("Ada@example.org", "text") != as_id("ada@example.org", "text")
    assert as_id("a  b", "text") != as_id("a b", "text")
    assert [as_id(blank, "text") for blank in (None, "", " \u3000")] == [None] * 3


def test_the_first_fifteen_letters_of_a_salesforce_id_decide() -> None:
    assert salesforce_checksum("003Dn00000AbCdE") == "IAV"
    assert as_id("003Dn00000AbCdEIAV", "salesforce") == as_id("003Dn00000AbCdE", "salesforce")
    assert as_id("003Dn00000AbCdE", "salesforce") != as_id("003Dn00000AbCde", "salesforce")


@pytest.mark.parametrize(
    "spelled",
    [
        "003Dn00000AbCdEIAW",
        "003Dn00000AbCdEiav",
        "003Dn00000AbCd",
        "003Dn00000AbCdEI",
        "003Dn00000AbCd-",
        3,
        None,
    ],
)
def test_what_is_no_salesforce_id(spelled: Any) -> None:
    assert as_id(spelled, "salesforce") is None


def test_requests_children_pointers_and_undos_read_ids_of_that_type() -> None:
    nights = Nights(entity={"id_type": "integer"})
    nights.load(
        contacts=rows(42, 7, "x", 8, merged_into_id=[None, None, None, " 0042"]),
        notes=[{"id": "00000000-0000-4000-8000-000000000001", "contact_id": "07"}],
    )
    response = nights.ask(" 042", "7.0")
    assert (response["status"], response["merged_ids"], response["counts"]["notes"]) == (200, ["7"], 1)
    assert nights.table("notes", "contact_id") == ["42"]
    assert nights.table("contacts", "id") == [42]
    assert set(nights.table("identity_map", "contact_id", "survivor_id")) == {
        ("42", "42"),
        ("7", "42"),
        ("8", "42"),
    }
    nights.endpoint.undo([], " 7 ", as_of=nights.now())
    assert nights.table("contacts", "id") == [42, 7]


def test_the_id_zero_is_an_id() -> None:
    nights = Nights(entity={"id_type": "integer"})
    nights.load(contacts=rows(0, 1, 2, phone=[None, "1", "2"]))
    assert nights.ask(1, 0)["status"] == 200
    assert nights.ask("-0", 2)["status"] == 404
    nights.undo("r1")
    assert nights.ask(0, 1)["status"] == 200
    assert nights.table("contacts", "id", "phone") == [(0, "1"), (2, "2")]


def test_what_is_no_id_of_that_type_is_rejected() -> None:
    nights = Nights(entity={"id_type": "salesforce"}, children={"deals": {"key": ["id"]}})
    one, other = "003Dn00000AbCdEIAV", "003Dn00000AbCdFIAV"
    nights.load(
        contacts=rows(one, other, "003Dn00000AbCdEXXX"),
        deals=[{"id": 1, "contact_id": other[:15]}, {"id": 2, "contact_id": "003"}],
    )
    assert nights.ask(one, other)["status"] == 200
    assert nights.ask(one, "003")["status"] == 400
    assert nights.table("contacts", "id") == [one]
    assert nights.table("deals", "id", "contact_id") == [(1, one)]


def test_an_id_leaves_as_a_column_of_numbers_can_hold_it() -> None:
    nights = Nights(entity={"id_type": "integer"}, children={"deals": {"references": ["a", "b", "c"]}})
    nights.load(contacts=rows(" 042", "7"), deals=[{"a": 7, "b": 7.0, "c": "7"}])
    nights.ask(42, 7)
    assert nights.table("deals", "a", "b", "c") == [(42, 42.0, " 042")]


# ------------------------------------------------------------------------------------------ names


def test_the_keys_name_the_users_columns_and_outputs_keep_their_names() -> None:
    entity = {
        "table": "people", "event": "person", "id": "Person Id", "id_type": "text", "workspace": "org",
        "created": ["born"], "updated": ["changed"], "merged_into": "master",
    }  # fmt: skip
    nights = Nights(entity=entity)
    row = {"id": "own", "org": "o", "born": None, "changed": None, "master": None, "workspace_id": None}
    people = [{"Person Id": "a", **row}, {"Person Id": "b", **row, "workspace_id": "w"}]
    nights.load(people=[{**people[0], "id": None}, people[1]])
    response = nights.ask("a", "b")
    assert response["fields_populated"] == ["id", "workspace_id"]
    [merged] = nights.table("people")
    assert list(merged) == ["Person Id", "id", "org", "born", "changed", "master", "workspace_id"]
    assert (merged["id"], merged["workspace_id"], merged["born"]) == ("own", "w", None)
    assert merged["changed"] == START + timedelta(hours=2)
    [event] = nights.table("events")
    assert (event["event"], event["workspace_id"]) == ("person.merged", "o")
    nights.undo("r1")
    assert nights.table("events")[-1]["event"] == "person.unmerged"


def test_names_that_differ_only_in_case_or_in_white_space_around_them_match_where_none_does_as_written() -> (
    None
):
    nights = Nights(
        entity={"id": "ID", "id_type": "text", "system": ["Phone"]},
        children={"deals": {"key": ["Deal"], "references": [" who "]}},
    )
    nights.load(
        contacts=[{"id ": "a", "phone": None, "Phone": None}, {"id ": "b", "phone": "1", "Phone": "2"}],
        deals=[{"DEAL": "1", "Who": "b"}, {"DEAL": "1", "Who": "b"}],
    )
    nights.ask("a", "b")
    assert nights.table("contacts") == [{"id ": "a", "phone": "1", "Phone": None}]
    assert nights.table("deals") == [{"DEAL": "1", "Who": "a"}]


def test_other_workspaces_do_not_exist() -> None:
    nights = text_ids(workspace="org")
    nights.load(contacts=rows("a", "b", "c", org=["o", "p", "o"], workspace_id=["1", "1", "2"]))
    assert (nights.ask("a", "b")["status"], nights.ask("a", "c")["status"]) == (404, 200)


def test_system_columns_are_never_merged() -> None:
    nights = text_ids(system=["owner_id"])
    nights.load(contacts=rows("a", "b", owner_id=[None, "o"], phone=[None, "p"]))
    assert nights.ask("a", "b")["fields_populated"] == ["phone"]
    assert nights.table("contacts", "owner_id", "phone") == [(None, "p")]


# ------------------------------------------------------------------------------------------ merged_ids


def test_lists_of_merged_ids_are_the_same_pointers_seen_from_the_other_end() -> None:
    nights = text_ids(merged_ids="merged", children={"deals": {}})
    contacts = rows("a", "b", "c", merged=[["b", "gone"], None, None], phone=[None, "1", "1"])
    nights.load(contacts=contacts, deals=[{"contact_id": "gone"}, {"contact_id": "b"}])
    assert nights.table("contacts", "id", "phone") == [("a", None), ("c", "1")]
    assert nights.table("deals", "contact_id") == ["a", "a"]
    redirects = nights.table("contact_redirects", "retired_id", "primary_id", "survivor_id", "request_id")
    assert sorted(redirects) == [("b", "a", "a", None), ("gone", "a", "a", None)]
    assert nights.ask("c", "gone")["status"] == 404
    assert nights.ask("c", "a")["counts"] == {"deals": 2}


def test_an_id_without_a_row_has_one_spelling_in_all_redirects() -> None:
    nights = Nights(entity={"id_type": "integer", "merged_ids": "merged"})
    nights.load(contacts=rows("1", "2", merged=["007", None], merged_into_id=[None, "7.0"]))
    redirects = nights.table("contact_redirects", "retired_id", "primary_id", "survivor_id")
    assert sorted(redirects) == [("007", "1", "1"), ("2", "007", "1")]


@pytest.mark.parametrize("cell", [["2", "3"], "2;3", " 2 , 3", '["2", 3]', "2|3", "2 3"])
def test_a_list_of_merged_ids_is_a_list_or_text(cell: Any) -> None:
    nights = Nights(entity={"id_type": "integer", "merged_ids": "merged"})
    nights.load(contacts=rows(1, 2, 3, 4, merged=[cell, None, None, None]))
    assert nights.table("contacts", "id") == [1, 4]


def test_a_contacts_own_pointer_wins_over_lists_and_of_two_lists_the_lower_ids() -> None:
    nights = Nights(entity={"id_type": "integer", "merged_ids": "merged"})
    merged = [None, [4, 5], [4, 5], None, None]
    nights.load(contacts=rows(1, 10, 9, 4, 5, merged=merged, merged_into_id=[None, None, None, 1, None]))
    assert set(nights.table("contact_redirects", "retired_id", "primary_id")) == {("4", "1"), ("5", "9")}


def test_a_list_that_names_its_own_row_says_nothing() -> None:
    nights = text_ids(merged_ids="merged")
    nights.load(contacts=rows("a", "b", merged=[["a", " ", None], None]))
    assert nights.table("contacts", "id") == ["a", "b"]


def test_an_id_that_is_gone_from_a_list_while_its_row_is_exported_loses_its_pointer() -> None:
    nights = text_ids(merged_ids="merged")
    nights.load(contacts=rows("a", "b", merged=[["b", "gone"], None]))
    nights.load(contacts=rows("a", merged=[None]))
    assert nights.table("contact_redirects", "retired_id") == ["b", "gone"]
    nights.load(contacts=rows("a", "b", merged=[None, None]))
    assert nights.table("contact_redirects", "retired_id") == ["gone"]
    assert nights.table("contacts", "id") == ["a", "b"]


# ------------------------------------------------------------------------------------------ deleted


@pytest.mark.parametrize(
    "cell", [True, "true", " TRUE ", "1", 1, START, START.date(), "2026-01-02T03:04:05Z"]
)
def test_a_row_that_is_flagged_deletes_its_entity(cell: Any) -> None:
    nights = text_ids(deleted=["archived", "gone_at"])
    nights.load(contacts=rows("a", "b", archived=[None, None], gone_at=[None, cell]))
    assert nights.table("contacts", "id") == ["a"]
    assert nights.ask("a", "b")["status"] == 404


@pytest.mark.parametrize("cell", [None, False, "", "false", "0", 0])
def test_a_row_that_is_not_flagged_is_live(cell: Any) -> None:
    nights = text_ids(deleted=["archived"])
    nights.load(contacts=rows("a", "b", archived=[None, cell]))
    assert nights.table("contacts", "id") == ["a", "b"]


def test_in_upsert_too_a_flagged_row_deletes_its_entity() -> None:
    nights = text_ids(deleted=["archived"], children={"deals": {}})
    nights.load(contacts=rows("a", "b", "c", archived=[None] * 3), deals=[{"contact_id": "b"}])
    nights.ask("a", "b")
    nights.load({"contacts": "upsert"}, contacts=rows("a", archived=[True]))
    assert nights.table("contacts", "id") == ["c"]
    assert nights.table("deals", "contact_id") == ["a"]
    assert nights.table("identity_map", "contact_id", "survivor_id") == [("c", "c"), ("b", "a")]


def test_a_contact_that_an_undo_brings_back_is_deleted_by_a_flagged_row() -> None:
    nights = text_ids(deleted=["archived"])
    nights.load(contacts=rows("a", "b", archived=[None, None], phone=[None, "1"]))
    nights.ask("a", "b")
    nights.load(contacts=rows("a", "b", archived=[None, True], phone=[None, "2"]))
    assert nights.table("contacts", "id", "phone") == [("a", "1")]
    nights.undo("r1")
    assert sorted(nights.table("contacts", "id", "phone"), key=str) == [("a", None), ("b", "1")]
    nights.load({"contacts": "upsert"}, contacts=rows("b", archived=["true"], phone=["3"]))
    assert nights.table("contacts", "id") == ["a"]


def test_a_flagged_row_with_a_pointer_is_an_imported_retirement() -> None:
    nights = text_ids(deleted=["archived"], merged_ids="merged", children={"deals": {}})
    contacts = rows("a", "b", "c", archived=[None, True, True], merged_into_id=[None, "a", None])
    nights.load(contacts=[{**row, "merged": ["c"] if row["id"] == "a" else None} for row in contacts],
                deals=[{"contact_id": "b"}, {"contact_id": "c"}])  # fmt: skip
    assert nights.table("contacts", "id") == ["a"]
    assert set(nights.table("contact_redirects", "retired_id", "survivor_id")) == {("b", "a"), ("c", "a")}
    assert nights.table("deals", "contact_id") == ["a", "a"]


# ------------------------------------------------------------------------------------------ references of the entity


def test_references_of_the_entity_are_fields_and_the_merged_table_names_survivors() -> None:
    nights = text_ids(references=["manager"])
    nights.load(contacts=rows("p ", "d", "e", manager=[None, "x", " d"]))
    response = nights.ask("p", "d")
    assert (response["fields_populated"], response["primary"]["manager"]) == (["manager"], "x")
    assert nights.table("contacts", "id", "manager") == [("p ", "x"), ("e", "p ")]


def test_a_reference_that_would_name_its_own_row_becomes_null_and_answers_hold_it() -> None:
    nights = text_ids(references=["manager"])
    nights.load(contacts=rows("p", "d", manager=[None, "p"]))
    response = nights.ask("p", "d")
    assert response["primary"]["manager"] == "p"
    assert nights.table("events")[0]["data"]["primary"]["manager"] == "p"
    assert nights.table("contacts", "manager") == [None]
    nights.undo("r1")
    assert nights.table("contacts", "id", "manager") == [("p", None), ("d", "p")]


def test_a_reference_that_names_nobody_stays_as_it_is() -> None:
    nights = Nights(entity={"id_type": "integer", "references": ["manager"]})
    nights.load(contacts=rows(1, 2, 3, manager=["x", " 09", " 02"]))
    assert nights.table("contacts", "manager") == ["x", " 09", "2"]


def test_a_crm_that_takes_over_a_replaced_reference_edits_nothing() -> None:
    nights = text_ids(references=["manager"])
    contacts = rows("a", "b", "c", "d", manager=[None, "c", None, None])
    nights.load(contacts=contacts)
    nights.ask("a", "b")
    nights.ask("d", "c")
    assert sorted(nights.table("contacts", "id", "manager")) == [("a", "d"), ("d", None)]
    nights.load(contacts=[{**contacts[0], "manager": "d"}, *contacts[1:]])
    assert nights.table("field_provenance", "field", "source_contact_id") == [("manager", "b")]
    nights.undo("r2")
    assert sorted(nights.table("contacts", "id", "manager")) == [("a", "c"), ("c", None), ("d", None)]
    nights.undo("r1")
    assert sorted(nights.table("contacts", "id", "manager"))[0] == ("a", None)
    nights.load(contacts=[{**contacts[0], "manager": "b"}, *contacts[1:]])
    assert sorted(nights.table("contacts", "id", "manager"))[0] == ("a", "b")


# ------------------------------------------------------------------------------------------ children


def test_counts_have_a_member_a_child_in_the_order_of_the_settings() -> None:
    nights = Nights(
        entity={"id_type": "text"}, children={"tasks": {"enabled": False}, "deals": {}, "calls": {}}
    )
    nights.load(contacts=rows("a", "b"), deals=[{"contact_id": "b"}])
    counts = nights.ask("a", "b")["counts"]
    assert list(counts) == [
        "notes",
        "activities",
        "emails",
        "documents",
        "list_memberships",
        "deals",
        "calls",
    ]
    assert {kind for kind in counts if counts[kind]} == {"deals"}


def test_without_children_counts_are_null() -> None:
    nights = text_ids()
    nights.load(contacts=rows("a", "b"))
    assert nights.ask("a", "b")["counts"] is None
    assert nights.table("events")[0]["data"]["counts"] is None


def test_a_childs_own_key_is_any_value_but_of_the_six_without_settings() -> None:
    """The six are so with UUIDs alone: who has other ids has set something."""
    x = "00000000-0000-4000-8000-00000000000a"
    nights = Nights(children={"notes": {}, "deals": {"key": ["a", "b"]}})
    nights.load(
        contacts=rows(x),
        notes=[{"id": n, "contact_id": x} for n in ("1", "A", "a", "a ", "1", " ", None)],
        tasks=[{"id": "1", "contact_id": x}],
        deals=[{"a": a, "b": b, "contact_id": x} for a, b in [(1, 1), (1, 2), (1.0, 1), (None, 1)]],
    )
    assert nights.table("notes", "id") == ["1", "A", "a", "a "]
    assert nights.table("tasks") == []
    assert nights.table("deals", "a", "b") == [(1, 1), (1, 2)]
    others = text_ids(children={"tasks": {"enabled": True}})
    others.load(contacts=rows("x"), tasks=[{"id": "1", "contact_id": "x"}])
    assert others.table("tasks", "id") == ["1"]
    others = Nights(entity={"id_type": "text"})
    others.load(contacts=rows("x"), tasks=[{"id": "1", "contact_id": "x"}])
    assert others.table("tasks", "id") == ["1"]


def test_rows_without_a_key_all_stay() -> None:
    nights = text_ids(children={"deals": {}})
    nights.load(contacts=rows("a", "b"), deals=[{"contact_id": "b"}] * 3)
    assert nights.ask("a", "b")["counts"] == {"deals": 3}
    nights.load(deals=[{"contact_id": "b"}] * 2)
    assert nights.table("deals") == [{"contact_id": "a"}] * 2


def test_a_rejected_row_whose_key_can_be_read_keeps_the_last_good_one() -> None:
    nights = Nights(entity={"id_type": "integer"}, children={"deals": {"key": ["k"]}, "calls": {}})
    nights.load(contacts=rows(1), deals=[{"k": "1", "contact_id": 1}], calls=[{"contact_id": 1}])
    nights.load(deals=[{"k": "1", "contact_id": "x"}], calls=[{"contact_id": "x"}])
    assert (nights.table("deals", "contact_id"), nights.table("calls")) == ([1], [])


def test_a_configured_child_whose_reference_is_empty_is_kept_as_it_is() -> None:
    nights = Nights(children={"deals": {"key": ["id"]}})
    a, b, note = (f"00000000-0000-4000-8000-00000000000{digit}" for digit in "ab1")
    nights.load(contacts=rows(a, b), notes=[{"id": note, "contact_id": " "}],
                deals=[{"id": "1", "contact_id": " "}, {"id": "2", "contact_id": None}])  # fmt: skip
    assert nights.ask(a, b)["counts"]["deals"] == 0
    assert nights.table("notes") == []
    assert nights.table("deals", "contact_id") == [" ", None]


def test_each_reference_is_rehomed_by_itself_and_a_row_counts_once() -> None:
    nights = text_ids(children={"deals": {"references": ["owner", "billing"]}})
    pairs = [("b", "c"), ("b", "b"), ("a", "c"), ("d", "a"), ("d", None), ("z", "b")]
    nights.load(contacts=rows("a", "b", "c", "d"), deals=[{"owner": o, "billing": b} for o, b in pairs])
    response = nights.ask("a", "b", "c")
    assert nights.table("deals", "owner", "billing") == [
        ("a", "a"), ("a", "a"), ("a", "a"), ("d", "a"), ("d", None), ("z", "a"),
    ]  # fmt: skip
    assert response["counts"] == {"deals": 4}
    assert [event["data"]["counts"]["deals"] for event in nights.table("events")] == [3, 1]


def test_a_cell_with_several_ids_names_each_survivor_once() -> None:
    nights = text_ids(children={"deals": {"references": ["who"], "separator": ";"}})
    cells = ["b; c;a", "a;a ;d", " d ; z", "z;b;zz", "d; c;", "", None]
    nights.load(contacts=rows("a", "b", "c", "d"), deals=[{"who": cell} for cell in cells])
    assert nights.ask("a", "b", "c")["counts"] == {"deals": 3}
    assert nights.table("deals", "who") == ["a", "a;d", " d ; z", "z;a;zz", "d;a;", "", None]


def test_repeats_of_an_id_that_leads_to_no_contact_stay() -> None:
    nights = text_ids(merged_into="into", children={"deals": {"references": ["who"], "separator": ";"}})
    nights.load(contacts=rows("a", "b", into=["gone", None]), deals=[{"who": "a;b"}, {"who": "a;a"}])
    nights.load(contacts=rows("b", into=[None]), deals=[{"who": "a;a"}, {"who": "b;b; a"}])
    assert nights.table("deals", "who") == ["a;a", "b;a"]


def test_a_list_column_needs_no_separator() -> None:
    nights = Nights(
        entity={"id_type": "integer"}, children={**NONE_OF_THE_SIX, "deals": {"references": ["who"]}}
    )
    cells = [[2, 1], [1, 3], [None, 2, 9], [], None]
    nights.load(contacts=rows(1, 2, 3), deals=[{"who": cell} for cell in cells])
    assert nights.ask(1, 2)["counts"] == {"deals": 2}
    assert nights.table("deals", "who") == [[1], [1, 3], [None, 1, 9], [], None]


def test_only_the_rows_of_where_name_the_entity() -> None:
    where = {"type": ["Contact", "Person"], "n": [1]}
    nights = text_ids(children={"deals": {"key": ["id"], "references": ["who"], "where": where}})
    types = [("Contact", 1), ("Person", 1), ("Lead", 1), (None, 1), ("Contact", 2)]
    deals = [{"id": str(k), "who": "b", "type": t, "n": n} for k, (t, n) in enumerate(types)]
    nights.load(contacts=rows("a", "b"), deals=deals)
    assert nights.ask("a", "b")["counts"] == {"deals": 2}
    assert nights.table("deals", "who") == ["a", "a", "b", "b", "b"]


def test_a_row_that_where_leaves_out_may_hold_anything() -> None:
    child = {"references": ["who"], "where": {"type": ["Contact"]}}
    nights = Nights(entity={"id_type": "integer"}, children={"deals": child})
    nights.load(contacts=rows(1), deals=[{"who": "x", "type": t} for t in ("Lead", "Contact")])
    assert nights.table("deals") == [{"who": "x", "type": "Lead"}]


# ------------------------------------------------------------------------------------------ unique and same


def joined(nights: Nights, *pairs: tuple[str | None, str], keys: Sequence[str] = "123456789") -> None:
    """Load rows of `deals`: value and contact."""
    nights.load(deals=[{"k": k, "v": v, "contact_id": c} for k, (v, c) in zip(keys, pairs, strict=False)])


@pytest.mark.parametrize("how", ["unique", "same"])
def test_of_each_duplicates_rows_for_a_value_one_moves_if_nobody_before_it_had_one(how: str) -> None:
    nights = text_ids(children={"deals": {how: ["v"]}})
    nights.load(contacts=rows("a", "b", "c"))
    joined(nights, ("L", "b"), ("L", "a"), ("L", "a"), ("M", "c"), ("M", "b"), ("M", "b"), ("N", "c"))
    assert nights.ask("a", "b", "c")["counts"] == {"deals": 2}
    assert sorted(nights.table("deals", "k", "contact_id")) == [
        ("2", "a"),
        ("3", "a"),
        ("5", "a"),
        ("7", "a"),
    ]
    dropped = nights.table("dropped_children", "table", "row", "kept", "survivor_id", "request_id")
    assert [(row["k"], kept["k"], *rest) for _, row, kept, *rest in dropped] == [
        ("1", "2", "a", "r1"), ("6", "5", "a", "r1"), ("4", "5", "a", "r1"),
    ]  # fmt: skip
    assert {(table, row["contact_id"], kept["contact_id"]) for table, row, kept, *_ in dropped} == {
        ("deals", "b", "a"), ("deals", "c", "a"),
    }  # fmt: skip
    nights.undo("r1")
    assert (len(nights.table("deals")), nights.table("dropped_children")) == (7, [])


@pytest.mark.parametrize(("key", "kept"), [([], "9"), (["k"], "10")])
def test_it_is_the_least_by_key_and_without_one_the_first_loaded(key: list[str], kept: str) -> None:
    nights = text_ids(children={"deals": {"unique": ["v"], "key": key}})
    nights.load(contacts=rows("a", "b"))
    joined(nights, ("L", "b"), ("L", "b"), keys=["9", "10"])
    nights.ask("a", "b")
    assert nights.table("deals", "k") == [kept]


def test_rows_of_one_contact_never_clash_with_each_other() -> None:
    nights = text_ids(children={"deals": {"unique": ["v"]}})
    nights.load(contacts=rows("a", "b", "c"))
    joined(nights, ("L", "b"), ("L", "b"), ("L", "c"))
    assert nights.ask("b", "c")["counts"] == {"deals": 0}
    assert nights.table("deals", "k") == ["1", "2"]
    assert nights.ask("a", "b")["counts"] == {"deals": 1}
    assert nights.table("deals", "k", "contact_id") == [("1", "a")]
    nights.undo("r1")
    assert sorted(nights.table("deals", "k", "contact_id")) == [("1", "a"), ("3", "c")]


def test_a_null_in_these_columns_clashes_with_nothing() -> None:
    nights = text_ids(children={"deals": {"same": ["v", "w"]}})
    nights.load(contacts=rows("a", "b"))
    nights.load(deals=[{"v": "L", "w": None, "contact_id": c} for c in "abb"])
    assert nights.ask("a", "b")["counts"] == {"deals": 2}
    assert nights.table("dropped_children") == []


def test_rows_that_where_leaves_out_and_rows_of_nobody_clash_with_nothing() -> None:
    nights = text_ids(children={"deals": {"unique": ["v"], "where": {"k": ["1", "2", "4"]}}})
    nights.load(contacts=rows("a", "b"))
    joined(nights, ("L", "a"), ("L", "b"), ("L", "b"), ("L", ""), ("L", "a"))
    assert nights.ask("a", "b")["counts"] == {"deals": 0}
    assert nights.table("deals", "k", "contact_id") == [("1", "a"), ("3", "b"), ("4", ""), ("5", "a")]


def test_same_is_off_by_default() -> None:
    nights = text_ids(children={"deals": {}})
    nights.load(contacts=rows("a", "b"), deals=[{"v": 1, "contact_id": "a"}, {"v": 1, "contact_id": "b"}])
    nights.ask("a", "b")
    assert nights.table("deals") == [{"v": 1, "contact_id": "a"}] * 2


# ------------------------------------------------------------------------------------------ the same laws hold


def test_a_preview_changes_nothing() -> None:
    nights = text_ids(children={"deals": {"unique": ["v"]}}, references=["manager"])
    nights.load(contacts=rows("a", "b", manager=[None, "a"]))
    joined(nights, ("L", "a"), ("L", "b"), ("M", "b"))
    before = nights.table("contacts"), nights.table("deals")
    response = nights.ask("a", "b", dry_run=True)
    assert (response["counts"], response["primary"]["manager"]) == ({"deals": 1}, "a")
    assert (nights.table("contacts"), nights.table("deals")) == before


def test_late_rows_follow_the_pointers() -> None:
    nights = text_ids(children={"deals": {"references": ["x", "y"], "separator": ","}})
    nights.load(contacts=rows("a", "b", "c"))
    nights.ask("a", "b")
    nights.load(deals=[{"x": "b,c", "y": "c, b ,a"}])
    assert nights.table("deals") == [{"x": "a,c", "y": "c,a"}]


def test_under_follow_retired_ids_of_that_type_stand_for_their_survivors() -> None:
    nights = Nights(retired_ids="follow", entity={"id_type": "integer", "merged_ids": "merged"})
    nights.load(contacts=rows(1, 2, 3, merged=[[9], None, None]))
    assert nights.ask(2, "9")["merged_ids"] == ["1"]
    assert nights.ask(3, " 01 ")["merged_ids"] == ["2"]
