"""Other CRMs' ids, names, children and references in the shape of public reports (SHAPES.md 1 and 2).

Each test names its case; it writes the case's input itself. Contacts are A, B and C, requests merge B into A.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge import cli
from story import id_of

pytestmark = pytest.mark.long

A, B, C = (id_of(letter) for letter in "abc")
SALESFORCE_A, SALESFORCE_B = "003Dn00000AbCdEIAV", "003Dn00000AbCdFIAV"
DYNAMICS_A, DYNAMICS_B = (f"{{{id_.upper()}}}" for id_ in (A, B))
NOTE, MAIL, OTHER_MAIL = (id_of(letter) for letter in "nmo")
Row = dict[str, Any]


@dataclass
class Case:
    """An input folder, and the outputs of a run on it."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def output(self) -> str:
        return str(self.folder.parent / "out")

    def csv(self, table: str, *lines: str) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / f"{table}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def json_lines(self, table: str, *rows: Row) -> None:
        self.folder.mkdir(exist_ok=True)
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (self.folder / f"{table}.jsonl").write_text(lines, encoding="utf-8")

    def parquet(self, file: str, rows: Sequence[Row], **types: pa.DataType) -> None:
        path = self.folder / f"{file}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(list(rows), schema=pa.schema(types)), path)

    def request(self, primary: str = A, duplicate: str = B) -> None:
        self.json_lines(
            "merge_requests",
            {
                "request_id": "r1",
                "primary_id": primary,
                "duplicate_ids": [duplicate],
                "requested_at": "2026-05-01T00:00:00Z",
            },
        )

    def explained(self, contact: str) -> dict[str, Any]:
        """What `explain --json` says of a contact, with the settings of the run."""
        config = self.folder.parent / "settings.toml"
        assert cli.main(["explain", contact, "--output", self.output, "--config", str(config), "--json"]) == 0
        return json.loads(self.capsys.readouterr().out)

    def run(self, settings: str = "") -> tuple[int, str]:
        """The exit code of a run with this settings file, and what was printed, on one line."""
        config = self.folder.parent / "settings.toml"
        config.write_text(settings, encoding="utf-8")
        options = ["--input", str(self.folder), "--output", self.output, "--as-of", "2026-06-01"]
        code = cli.main(["run", *options, "--config", str(config)])
        return code, " ".join("".join(self.capsys.readouterr()).split())

    def verify(self) -> int:
        return cli.main(["verify", "--output", self.output, "--quiet"])

    def merged(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        path = Path(self.output, "merged", f"{table}.parquet")
        return [tuple(row[name] for name in columns) for row in pq.read_table(path).to_pylist()]

    def counts(self) -> Row:
        """What the request moved, by child table; those of which it moved nothing left out."""
        [(counts,)] = self.merged("merge_responses", "counts")
        return {kind: count for kind, count in counts.items() if count}


@pytest.fixture
def case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Case:
    return Case(tmp_path / "in", capsys)


@pytest.fixture
def salesforce(case: Case) -> Case:
    case.csv(
        "contacts",
        "Id,AccountId,FirstName,LastName,Email,Phone",
        f"{SALESFORCE_A},001Dn00000XyZaBIAV,Ada,One,ada@example.org,",
        f"{SALESFORCE_B},001Dn00000XyZaBIAV,Ada,One,,555-0101",
    )
    case.request(SALESFORCE_A, SALESFORCE_B)
    return case


def test_01_salesforce_ids_are_merged(salesforce: Case) -> None:
    assert salesforce.run('[entity]\nid = "Id"\nid_type = "salesforce"\n')[0] == 0
    assert salesforce.merged("contacts", "Id", "Email", "Phone") == [
        (SALESFORCE_A, "ada@example.org", "555-0101")
    ]
    assert salesforce.merged("contact_redirects", "retired_id", "survivor_id") == [
        (SALESFORCE_B, SALESFORCE_A)
    ]
    assert salesforce.verify() == 0


def test_01_a_request_may_name_the_first_fifteen_letters(salesforce: Case) -> None:
    salesforce.request(SALESFORCE_A[:15], SALESFORCE_B[:15])
    assert salesforce.run('[entity]\nid = "Id"\nid_type = "salesforce"\n')[0] == 0
    assert salesforce.merged("contacts", "Id", "Phone") == [(SALESFORCE_A, "555-0101")]


def test_01_without_settings_one_sentence_names_the_type_of_ids(salesforce: Case) -> None:
    code, printed = salesforce.run()
    assert code == 2
    assert "id_type" in printed
    assert "salesforce" in printed


@pytest.fixture
def notes_by_number(case: Case) -> Case:
    case.json_lines("contacts", {"id": A, "phone": None}, {"id": B, "phone": "5"})
    case.csv("notes", "id,contact_id,body", f"1,{B},x", f"2,{A},y")
    case.request()
    return case


def test_98_notes_known_by_a_number_go_to_the_survivor(notes_by_number: Case) -> None:
    assert notes_by_number.run('[children.notes]\nkey = ["id"]\n')[0] == 0
    assert notes_by_number.merged("notes", "id", "contact_id") == [("1", A), ("2", A)]
    assert notes_by_number.counts() == {"notes": 1}
    assert notes_by_number.verify() == 0


def test_98_without_settings_one_sentence_names_the_section(notes_by_number: Case) -> None:
    code, printed = notes_by_number.run()
    assert code == 1
    assert "[children.notes]" in printed


@pytest.fixture
def dynamics(case: Case) -> Case:
    case.csv(
        "contacts",
        "contactid,fullname,emailaddress1,masterid,merged,statecode",
        f"{DYNAMICS_A},Ada One,ada@example.org,,False,0",
        f"{DYNAMICS_B},Ada O,,{DYNAMICS_A},True,1",
    )
    case.csv("notes", "id,contact_id,body", f"{NOTE},{B},hello")
    return case


def test_03_dynamics_merges_are_imported(dynamics: Case) -> None:
    assert dynamics.run('[entity]\nid = "contactid"\nmerged_into = "masterid"\n')[0] == 0
    assert dynamics.merged("contacts", "contactid", "fullname") == [(DYNAMICS_A, "Ada One")]
    assert dynamics.merged("contact_redirects", "retired_id", "survivor_id", "request_id") == [
        (DYNAMICS_B, DYNAMICS_A, None)
    ]
    assert dynamics.merged("notes", "contact_id") == [(DYNAMICS_A,)]
    assert dynamics.verify() == 0


def test_03_without_settings_one_sentence_names_the_column_of_ids(dynamics: Case) -> None:
    code, printed = dynamics.run()
    assert code == 2
    assert "[entity]" in printed
    assert "id =" in printed


def test_08_associations_with_companies_go_to_the_survivor(case: Case) -> None:
    case.csv(
        "company_contacts", "company_id,contact_id,is_primary", f"1,{A},true", f"2,{B},true", f"1,{B},false"
    )
    case.json_lines("contacts", {"id": A, "company": "Acme"}, {"id": B, "company": None})
    case.request()
    section = '[children.company_contacts]\nreferences = ["contact_id"]\nunique = ["company_id"]\n'
    assert case.run(section)[0] == 0
    rows = case.merged("company_contacts", "company_id", "contact_id", "is_primary")
    assert sorted(rows) == [("1", A, "true"), ("2", A, "true")]
    assert case.counts() == {"company_contacts": 1}
    [(table, row, kept)] = case.merged("dropped_children", "table", "row", "kept")
    assert (table, json.loads(row)["is_primary"], json.loads(kept)["is_primary"]) == (
        "company_contacts",
        "false",
        "true",
    )
    assert case.verify() == 0


def test_49_each_reference_of_an_activity_goes_to_the_survivor(case: Case) -> None:
    case.json_lines(
        "activities",
        {"id": MAIL, "contact_id": C, "target_contact_id": B, "attendees": [B, C, A]},
        {"id": OTHER_MAIL, "contact_id": B, "target_contact_id": A},
    )
    case.json_lines("contacts", *({"id": id_} for id_ in (A, B, C)))
    case.request()
    columns = ("contact_id", "target_contact_id", "attendees")
    assert case.run(f"[children.activities]\nreferences = {json.dumps(columns)}\n")[0] == 0
    assert sorted(case.merged("activities", "id", *columns)) == [
        (MAIL, C, A, [A, C]),
        (OTHER_MAIL, A, A, None),
    ]
    assert case.counts() == {"activities": 2}
    assert case.verify() == 0


def test_07_a_manager_is_the_survivor_and_nobody_is_his_own(case: Case) -> None:
    case.json_lines(
        "contacts",
        {"id": A, "name": "P", "manager_id": None},
        {"id": B, "name": "D", "manager_id": A},
        {"id": C, "name": "E employee of D", "manager_id": B},
    )
    case.request()
    assert case.run('[entity]\nreferences = ["manager_id"]\n')[0] == 0
    assert sorted(case.merged("contacts", "id", "manager_id")) == [(A, None), (C, A)]
    [(primary, fields)] = case.merged("merge_responses", "primary", "fields_populated")
    assert (json.loads(primary)["manager_id"], fields) == (A, ["manager_id"])
    assert case.verify() == 0
    assert case.explained(C)["fields"] == [
        {"field": "name", "value": "E employee of D", "source_id": C, "request_id": None, "not_taken": []},
        {"field": "manager_id", "value": A, "source_id": C, "request_id": None, "not_taken": []},
    ]


@pytest.mark.parametrize("key", ['["id", "contact_id"]', "[]"])
def test_51_a_message_of_two_contacts_stays_twice(case: Case, key: str) -> None:
    case.json_lines(
        "emails",
        {"id": MAIL, "contact_id": A, "role": "from"},
        {"id": MAIL, "contact_id": B, "role": "to"},
    )
    case.json_lines("contacts", {"id": A}, {"id": B})
    case.request()
    assert case.run(f"[children.emails]\nkey = {key}\n")[0] == 0
    assert sorted(case.merged("emails", "contact_id", "role")) == [(A, "from"), (A, "to")]
    assert case.counts() == {"emails": 1}
    assert case.verify() == 0


def test_50_a_message_that_both_have_stays_once(case: Case) -> None:
    case.json_lines(
        "emails",
        {"id": MAIL, "contact_id": A, "message_id": "<m1>"},
        {"id": OTHER_MAIL, "contact_id": B, "message_id": "<m1>"},
    )
    case.json_lines("contacts", {"id": A}, {"id": B})
    case.request()
    assert case.run('[children.emails]\nsame = ["message_id"]\n')[0] == 0
    assert case.merged("emails", "id", "contact_id") == [(MAIL, A)]
    assert case.counts() == {}
    dropped = case.merged("dropped_children", "table", "row", "survivor_id", "kept", "request_id")
    assert [(table, json.loads(row)["id"], survivor, json.loads(kept)["id"], request)
            for table, row, survivor, kept, request in dropped] == [("emails", OTHER_MAIL, A, MAIL, "r1")]  # fmt: skip
    assert case.verify() == 0


def test_48_a_soft_deleted_row_is_no_contact(case: Case) -> None:
    flags = ("is_deleted", "_fivetran_deleted")
    case.json_lines(
        "contacts",
        {"id": A, "email": "p@example.org", **dict.fromkeys(flags, True)},
        {"id": B, "email": "d@example.org", **dict.fromkeys(flags, False)},
    )
    case.request()
    assert case.run(f"[entity]\ndeleted = {json.dumps(flags)}\n")[0] == 0
    assert case.merged("contacts", "id") == [(B,)]
    assert case.merged("merge_responses", "status", "code") == [(404, "not_found")]
    assert case.verify() == 0


@pytest.mark.parametrize("first", ["whole", "double"])
def test_64_campaigns_of_whole_numbers_and_doubles_are_the_same(case: Case, first: str) -> None:
    case.json_lines("contacts", {"id": A}, {"id": B})
    names = ("a", "b") if first == "whole" else ("b", "a")
    for file, type_, contact in zip(names, (pa.int64(), pa.float64()), (A, B), strict=True):
        rows = [{"campaign_id": 7, "contact_id": contact}, {"campaign_id": 8, "contact_id": B}]
        case.parquet(f"joined/{file}", rows, campaign_id=type_, contact_id=pa.string())
    case.request()
    section = '[children.joined]\nkey = ["campaign_id", "contact_id"]\nunique = ["campaign_id"]\n'
    assert case.run(section)[0] == 1  # the second row of campaign 8 is rejected
    assert sorted(case.merged("joined", "campaign_id", "contact_id")) == [(7, A), (8, A)]
    assert case.counts() == {"joined": 1}
    assert case.verify() == 0
