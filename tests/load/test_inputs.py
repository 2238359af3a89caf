"""Which tables stand in a folder."""

import os
from pathlib import Path

import pytest
from contact_merge.catalog import make_catalog
from contact_merge.errors import InputError
from contact_merge.load import find_inputs
from contact_merge.load.nearest import nearest_table
from contact_merge.settings import Settings

TABLES = make_catalog(Settings()).input_tables


def make_files(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("id\n")


def test_a_table_is_a_file_of_its_name_in_one_of_three_formats(tmp_path: Path) -> None:
    make_files(tmp_path, "contacts.csv", "notes.parquet", "tasks.jsonl", "emails.json")
    found = find_inputs(tmp_path, TABLES).tables
    assert {name: given.format for name, given in found.items()} == {
        "contacts": "csv",
        "notes": "parquet",
        "tasks": "jsonl",
        "emails": "jsonl",
    }


def test_a_folder_of_files_is_one_table_in_the_order_of_their_names(tmp_path: Path) -> None:
    make_files(tmp_path, "notes/b.csv", "notes/a.csv", "notes/.hidden", "notes/_SUCCESS")
    assert [path.name for path in find_inputs(tmp_path, TABLES).tables["notes"].files] == ["a.csv", "b.csv"]


def test_a_folder_of_a_table_without_a_file_to_read_is_no_table_and_listed(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    make_files(tmp_path, "contacts/.part.csv", "contacts/_SUCCESS")
    found = find_inputs(tmp_path, TABLES)
    assert found.tables == {}
    assert [(file.name, file.advice) for file in found.unknown] == [
        ("contacts/", "the folder has no file to read"),
        ("notes/", "the folder has no file to read"),
    ]


@pytest.mark.parametrize(
    "names",
    [("notes.csv", "notes.jsonl"), ("notes.csv", "notes/a.csv"), ("notes/a.csv", "notes/b.parquet")],
)
def test_a_table_in_two_formats_or_places_is_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    make_files(tmp_path, *names)
    with pytest.raises(InputError, match=r"twice|two formats"):
        find_inputs(tmp_path, TABLES)


def test_a_file_that_names_no_table_is_reported_with_the_nearest_table(tmp_path: Path) -> None:
    make_files(
        tmp_path,
        "contact.csv",
        "contacts.csv.bz2",
        "list_membership.parquet",
        "zzz.csv",
        ".hidden",
    )
    assert [(file.name, file.nearest) for file in find_inputs(tmp_path, TABLES).unknown] == [
        ("contact.csv", "contacts"),
        ("contacts.csv.bz2", None),
        ("list_membership.parquet", "list_memberships"),
        ("zzz.csv", None),
    ]


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("contact", "contacts"),
        ("CONTACTS", "contacts"),
        ("hubspot_contacts", "contacts"),
        ("hubspot-crm-exports-all-contacts-2026-01-01", "contacts"),
        ("contacts_2026-01-01", "contacts"),
        ("contacts (1)", "contacts"),
        ("ContactsExport", "contacts"),
        ("contacts_full_v2", "contacts"),
        ("conatcts", "contacts"),
        ("contcts", "contacts"),
        ("contactss", "contacts"),
        ("taks", "tasks"),
        ("mails", "emails"),
        ("activity", "activities"),
        ("list-membership", "list_memberships"),
        ("ListMemberships", "list_memberships"),
        ("memberships", "list_memberships"),
        ("requests", "merge_requests"),
        ("mergerequests", "merge_requests"),
        ("apikeys", "api_keys"),
        ("contact_notes", "notes"),
        ("consents", None),
        ("contracts", None),
        ("deals", None),
        ("leads", None),
        ("companies", None),
        ("clusters", None),
        ("accounts", None),
        ("votes", None),
        ("contact_tags", None),
        ("list", None),
        ("2026-01-01", None),
        ("---", None),
        ("", None),
        ("ﬁ", None),
    ],
)
def test_only_what_is_near_a_table_is_reported_as_it(name: str, table: str | None) -> None:
    assert nearest_table(name, TABLES) == table


@pytest.mark.parametrize("name", ["contacts.xlsx", "contacts.csv.bz2", "contacts.parquet.gz", "contact"])
def test_an_ending_that_cannot_be_read_is_reported_instead_of_a_table(tmp_path: Path, name: str) -> None:
    make_files(tmp_path, name)
    (file,) = find_inputs(tmp_path, TABLES).unknown
    assert file.nearest is None
    assert file.advice == "its ending can't be read; .parquet, .csv, .tsv, .jsonl, .ndjson or .json can"


def test_a_folder_that_names_no_table_is_reported_as_a_folder(tmp_path: Path) -> None:
    make_files(tmp_path, "contact/a.csv", "other/a.csv", "README.md")
    listed = [(file.name, file.advice) for file in find_inputs(tmp_path, TABLES).unknown]
    assert listed == [("README.md", "nothing near"), ("contact/", "contacts"), ("other/", "nothing near")]


@pytest.mark.parametrize(
    ("mark", "what"),
    [
        ("_delta_log/0.json", "Delta Lake.*delta_scan"),
        ("metadata/v1.metadata.json", "Iceberg.*iceberg_scan"),
        (".hoodie/hoodie.properties", "Hudi"),
    ],
)
def test_a_folder_of_a_table_format_is_refused(tmp_path: Path, mark: str, what: str) -> None:
    make_files(tmp_path, "notes/a.csv", f"notes/{mark}")
    with pytest.raises(InputError, match=f"notes: this is a table of {what}.*notes.parquet"):
        find_inputs(tmp_path, TABLES)


def test_a_stray_file_in_a_tables_folder_is_refused_for_it_may_hold_rows(tmp_path: Path) -> None:
    make_files(tmp_path, "notes/a.csv", "notes/b.csv.bz2")
    with pytest.raises(InputError, match=r"b\.csv\.bz2"):
        find_inputs(tmp_path, TABLES)


def test_no_folder_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        find_inputs(tmp_path / "nowhere", TABLES)


def test_a_file_instead_of_the_folder_is_an_input_error(tmp_path: Path) -> None:
    make_files(tmp_path, "contacts.csv")
    with pytest.raises(InputError, match="is a file"):
        find_inputs(tmp_path / "contacts.csv", TABLES)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_cannot_be_read_is_an_input_error(tmp_path: Path) -> None:
    make_files(tmp_path, "contacts.csv")
    (tmp_path / "contacts.csv").chmod(0)
    with pytest.raises(InputError, match="cannot be read"):
        find_inputs(tmp_path, TABLES)


def test_a_link_that_leads_nowhere_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "contacts.csv").symlink_to(tmp_path / "gone.csv")
    with pytest.raises(InputError, match="cannot be read"):
        find_inputs(tmp_path, TABLES)
