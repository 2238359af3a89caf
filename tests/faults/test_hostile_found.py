"""Inputs that once broke something, kept small: each says what came of it before it was mended."""

import dataclasses
from pathlib import Path

import pytest
from contact_merge.errors import WarehouseError
from contact_merge.settings import Settings
from contact_merge.warehouse import open_warehouse
from fuzz_inputs import SOUND, Attempt, Table
from fuzz_try import try_attempt
from fuzz_values import IDS, MARK

pytestmark = pytest.mark.long

NIGHT = Attempt("found", SOUND)
AGAIN = Attempt("found", again=True)


def requests_with(*columns: str) -> Table:
    rows = tuple(
        tuple({"request_id": "r9", "requested_at": "2026-01-01", "primary_id": IDS[0]}[c] for c in columns)
        for _ in "1"
    )
    return Table("merge_requests", "csv", columns, rows)


def contacts_with(*names: str) -> Table:
    return Table("contacts", "csv", ("id", *names), tuple((one, *names) for one in IDS[:6]))


FOUND = {
    "refused before the warehouse was made, an empty one and its folder stayed": (
        dataclasses.replace(NIGHT, more=("contacts.jsonl",)), "refused",
    ),
    "refused while loading, an empty warehouse and its folder stayed": (
        dataclasses.replace(NIGHT, tables=(Table("contacts", "csv", ("name",), (("x",),)),)), "refused",
    ),
    "refused, a dry run had made the output folder": (
        dataclasses.replace(NIGHT, tables=(Table("contacts", "csv", ("name",), ()),), arguments=("--dry-run",)), "refused",
    ),
    "the first row of a file without column names was shown": (
        dataclasses.replace(NIGHT, tables=(Table("contacts", "csv", (IDS[0], MARK), ()),)), "refused",
    ),
    "column names of 70,000 characters were shown in full": (
        dataclasses.replace(NIGHT, tables=(Table("contacts", "jsonl", ("x" * 70_000,), ((1,),)),)), "refused",
    ),
    "merge_requests without duplicate_ids: a traceback": (
        dataclasses.replace(AGAIN, tables=(requests_with("request_id", "requested_at", "primary_id"),)), "success",
    ),
    "json_fields was shortened after a merge: a traceback": (
        dataclasses.replace(AGAIN, settings="json_fields = []\n"), "success",
    ),
    "json_fields was lengthened after a merge": (
        dataclasses.replace(AGAIN, settings='json_fields = ["custom_fields", "email"]\n'), "success",
    ),
    "a pipe was waited for, for ever": (dataclasses.replace(NIGHT, more=("tasks.csv@pipe",)), "refused"),
    "a device was read, for ever": (dataclasses.replace(NIGHT, more=("notes.csv@/dev/zero",), tables=SOUND[:1]), "refused"),
    "merged, and then a folder stood where a file goes": (
        dataclasses.replace(NIGHT, obstacle="merged/contacts.parquet/"), "refused",
    ),
    "merged, and then a file stood where a folder goes": (dataclasses.replace(NIGHT, obstacle="merged"), "refused"),
    "files were written, and then a folder stood among the rejects": (
        dataclasses.replace(NIGHT, obstacle="rejects/x.jsonl/"), "refused",
    ),
    "settings nested a thousand deep: a traceback": (
        dataclasses.replace(NIGHT, settings="x = " + "{a=" * 1000 + "1" + "}" * 1000), "refused",
    ),
    "an unknown setting of 40,000 characters was shown in full": (
        dataclasses.replace(NIGHT, settings="x" * 40_000 + " = 1\n"), "refused",
    ),
    "a temporary folder with a NUL in its name: a traceback": (
        dataclasses.replace(NIGHT, settings='temp_directory = "\\u0000"\n'), "refused",
    ),
    "more memory than all: a traceback": (dataclasses.replace(NIGHT, settings='memory_limit = "1000%"\n'), "refused"),
    "a request to be undone that is no UTF-8: a traceback": (
        dataclasses.replace(AGAIN, command="undo", arguments=("\udcff",)), "refused",
    ),
    "a log without its warehouse was removed": (dataclasses.replace(NIGHT, obstacle="warehouse.duckdb.wal"), "refused"),
    "a folder whose name is no UTF-8: a traceback": (dataclasses.replace(NIGHT, folder="\udcff"), "refused"),
    "an output whose name is no UTF-8: a traceback": (
        dataclasses.replace(AGAIN, arguments=("--output=\udcff",)), "refused",
    ),
    "a warehouse with a name that asks for an extension": (
        dataclasses.replace(NIGHT, arguments=("--warehouse=md:x",)), "success",
    ),
    "cells of a row that ran into the line of names were shown": (
        dataclasses.replace(NIGHT, tables=(*SOUND[:1], Table("merge_requests", "csv", (MARK, "primary_id"), ()))), "refused",
    ),
    "columns with names that our own SQL uses: a traceback": (
        dataclasses.replace(NIGHT, tables=(contacts_with("contact_key", "n"), *SOUND[1:]), arguments=("--dry-run",)), "success",
    ),
}  # fmt: skip


@pytest.mark.parametrize("broke", FOUND)
def test_what_once_broke_something_ends_as_it_should(tmp_path: Path, broke: str) -> None:
    attempt, end = FOUND[broke]
    outcome = try_attempt(attempt, tmp_path, look_closely=True)
    assert (outcome.end, outcome.wrong) == (end, "")


@pytest.mark.parametrize("table", ["contacts", "list_memberships"])
def test_a_night_whose_columns_hold_nothing_and_have_no_type(tmp_path: Path, table: str) -> None:
    """Values of the nights before had nowhere to go (a traceback), or `verify` could not look (a check that failed)."""
    columns = ("id", "email") if table == "contacts" else ("list_id", "contact_id")
    rows = tuple((one, None) for one in IDS[:6]) if table == "contacts" else ()
    attempt = dataclasses.replace(AGAIN, tables=(Table(table, "parquet", columns, rows),))
    outcome = try_attempt(attempt, tmp_path, look_closely=True)
    assert (outcome.end, outcome.wrong) == ("success", "")


def test_a_path_that_is_no_utf_8_is_reported(tmp_path: Path) -> None:
    """Not every path is an argument: a relative one stands in the folder where the command is started."""
    with pytest.raises(WarehouseError, match="no UTF-8"), open_warehouse(tmp_path / "\udcff", Settings()):
        raise AssertionError("it was opened")
