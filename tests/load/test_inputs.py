"""Which tables stand in a folder."""

import os
from pathlib import Path

import pytest
from contact_merge.errors import InputError
from contact_merge.load import find_inputs


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("id\n")


def test_a_table_is_a_file_of_its_name_in_one_of_three_formats(tmp_path: Path) -> None:
    touch(tmp_path, "contacts.csv", "notes.parquet", "tasks.jsonl")
    found = find_inputs(tmp_path).tables
    assert {name: given.format for name, given in found.items()} == {
        "contacts": "csv",
        "notes": "parquet",
        "tasks": "jsonl",
    }


def test_a_folder_of_files_is_one_table_in_the_order_of_their_names(tmp_path: Path) -> None:
    touch(tmp_path, "notes/b.csv", "notes/a.csv", "notes/.hidden", "notes/_SUCCESS")
    assert [path.name for path in find_inputs(tmp_path).tables["notes"].files] == ["a.csv", "b.csv"]


def test_an_empty_folder_of_a_table_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    assert find_inputs(tmp_path).tables == {}


@pytest.mark.parametrize(
    "names",
    [("notes.csv", "notes.jsonl"), ("notes.csv", "notes/a.csv"), ("notes/a.csv", "notes/b.parquet")],
)
def test_a_table_in_two_formats_or_places_is_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    touch(tmp_path, *names)
    with pytest.raises(InputError, match=r"twice|two formats"):
        find_inputs(tmp_path)


def test_a_file_that_names_no_table_is_told_with_the_nearest_table(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "contact.csv",
        "Contacts.csv",
        "list_membership.parquet",
        "contacts.csv.gz",
        "zzz.csv",
        ".hidden",
    )
    assert [(file.name, file.nearest) for file in find_inputs(tmp_path).unknown] == [
        ("Contacts.csv", "contacts"),
        ("contact.csv", "contacts"),
        ("contacts.csv.gz", "contacts"),
        ("list_membership.parquet", "list_memberships"),
        ("zzz.csv", None),
    ]


def test_a_stray_file_in_a_tables_folder_is_refused_for_it_may_hold_rows(tmp_path: Path) -> None:
    touch(tmp_path, "notes/a.csv", "notes/b.csv.gz")
    with pytest.raises(InputError, match=r"b\.csv\.gz"):
        find_inputs(tmp_path)


def test_no_folder_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        find_inputs(tmp_path / "nowhere")


def test_a_file_in_place_of_the_folder_is_an_input_error(tmp_path: Path) -> None:
    touch(tmp_path, "contacts.csv")
    with pytest.raises(InputError, match="is a file"):
        find_inputs(tmp_path / "contacts.csv")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_cannot_be_read_is_an_input_error(tmp_path: Path) -> None:
    touch(tmp_path, "contacts.csv")
    (tmp_path / "contacts.csv").chmod(0)
    with pytest.raises(InputError, match="cannot be read"):
        find_inputs(tmp_path)


def test_a_link_that_leads_nowhere_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "contacts.csv").symlink_to(tmp_path / "gone.csv")
    with pytest.raises(InputError, match="cannot be read"):
        find_inputs(tmp_path)
