"""Which tables stand in a folder."""

import os
from pathlib import Path

import msgspec
import pytest
from contact_merge.catalog import make_catalog
from contact_merge.errors import InputError
from contact_merge.load import TableSource, find_inputs, table_sources
from contact_merge.load.nearest import nearest_table
from contact_merge.preset import read_preset
from contact_merge.settings import Settings

TABLES = table_sources(make_catalog(Settings()), {})


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


@pytest.mark.parametrize("name", ["CONTACTS.CSV", "Contacts.csv", " contacts .CSV", "contacts /a.Csv"])
def test_a_name_may_differ_in_case_and_outer_blanks(tmp_path: Path, name: str) -> None:
    make_files(tmp_path, name)
    found = find_inputs(tmp_path, TABLES)
    assert ([*found.tables], found.tables["contacts"].format, found.unknown) == (["contacts"], "csv", ())


def sources(**of_contacts: str) -> list[TableSource]:
    """The usual tables, of which the contacts have this source."""
    preset = read_preset()
    entity = msgspec.structs.replace(preset.entity, **of_contacts)
    return table_sources(make_catalog(Settings(preset=msgspec.structs.replace(preset, entity=entity))), {})


EXPORTS = [f"hubspot-crm-exports-all-contacts-2026-0{month}-01.csv" for month in (1, 2, 3)]
PATTERN = "hubspot-crm-exports-all-contacts-*"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("kunden", "kunden.csv"),
        ("kunden", "Kunden.CSV"),
        ("kunden", "kunden/a.csv"),
        ("kunden.csv", "kunden.csv"),
        ("kunden?2026", "kunden-2026.csv"),
        ("a[b]*", "A[b] 1.csv"),
        (PATTERN, EXPORTS[0]),
        (PATTERN, "hubspot-crm-exports-all-contacts-2026/a.csv"),
    ],
)
def test_a_source_names_the_file_of_a_table(tmp_path: Path, source: str, name: str) -> None:
    make_files(tmp_path, name, "contacts.csv", "b.csv")
    found = find_inputs(tmp_path, sources(source=source))
    assert [str(path.relative_to(tmp_path)) for path in found.tables["contacts"].files] == [name]
    assert [file.name for file in found.unknown] == ["b.csv", "contacts.csv"]


def test_several_files_that_fit_a_pattern_are_refused_and_named(tmp_path: Path) -> None:
    make_files(tmp_path, *EXPORTS)
    with pytest.raises(InputError) as refused:
        find_inputs(tmp_path, sources(source=PATTERN))
    assert str(refused.value) == (
        f'{tmp_path}: 3 files fit the source "{PATTERN}" of the table contacts: {", ".join(EXPORTS)}; keep one of them, or set '
        'files = "last" or "all" in [entity].'
    )


@pytest.mark.parametrize(("files", "read"), [("all", EXPORTS), ("last", EXPORTS[-1:])])
def test_all_or_the_last_of_several_files_count_where_the_settings_say_so(
    tmp_path: Path, files: str, read: list[str]
) -> None:
    make_files(tmp_path, *EXPORTS)
    found = find_inputs(tmp_path, sources(source=PATTERN, files=files)).tables["contacts"]
    assert [path.name for path in found.files] == read


def test_of_a_table_that_is_upserted_all_files_count(tmp_path: Path) -> None:
    make_files(tmp_path, *EXPORTS)
    preset = read_preset()
    entity = msgspec.structs.replace(preset.entity, source=PATTERN)
    catalog = make_catalog(Settings(preset=msgspec.structs.replace(preset, entity=entity)))
    found = find_inputs(tmp_path, table_sources(catalog, {"contacts": "upsert"})).tables["contacts"]
    assert [path.name for path in found.files] == EXPORTS


def test_files_of_two_formats_are_not_one_table(tmp_path: Path) -> None:
    make_files(tmp_path, EXPORTS[0], "hubspot-crm-exports-all-contacts-z.parquet")
    with pytest.raises(InputError, match=r"files of several formats \(csv and parquet\)"):
        find_inputs(tmp_path, sources(source=PATTERN, files="all"))


def test_a_file_that_is_the_source_of_two_tables_is_refused(tmp_path: Path) -> None:
    make_files(tmp_path, "notes.csv")
    said = r"notes\.csv: this is the source of two tables, contacts \(n\*\) and notes \(notes\)"
    with pytest.raises(InputError, match=said):
        find_inputs(tmp_path, sources(source="n*"))


def test_a_name_as_it_is_written_goes_before_one_in_another_case(tmp_path: Path) -> None:
    make_files(tmp_path, "NOTES.csv", "notes.csv")
    found = find_inputs(tmp_path, sources(source="NOTES"))
    assert {table: its.files[0].name for table, its in found.tables.items()} == {
        "contacts": "NOTES.csv",
        "notes": "notes.csv",
    }


def test_a_file_near_a_source_is_reported_with_the_source(tmp_path: Path) -> None:
    make_files(tmp_path, "Leads.csv", "contact.csv")
    listed = [
        (file.name, file.nearest) for file in find_inputs(tmp_path, sources(source="Lead 2024*")).unknown
    ]
    assert listed == [("Leads.csv", None), ("contact.csv", None)]
    make_files(tmp_path, "lead-2025.csv")
    assert find_inputs(tmp_path, sources(source="leads")).unknown[-1].nearest == "leads"


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
    [
        ("notes.csv", "notes.jsonl"),
        ("notes.csv", "notes/a.csv"),
        ("notes/a.csv", "notes/b.parquet"),
        ("notes.csv", "NOTES.csv"),
    ],
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
    assert nearest_table(name, [source.table for source in TABLES]) == table


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
