"""Accounts are merged in one warehouse, with contacts among their children; then contacts in another, as accounts left them."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from contact_merge.explain import explain
from contact_merge.pipeline import run
from contact_merge.settings import Settings, read_settings
from contact_merge.summary import Summary
from contact_merge.verify import verify
from pipeline_endpoint import QUIET
from story import START, id_of

SIX = ("notes", "activities", "tasks", "emails", "documents", "list_memberships")
ACCOUNTS = """
[entity]
table = "accounts"
event = "account"
id = "AccountId"
workspace = "org"
created = []
updated = ["LastModifiedDate"]
merged_into = "MasterRecordId"
json_fields = []

[children.contacts]
key = ["id"]
references = ["account_id"]

[children.opportunities]
source = "Opportunity*"
key = ["id"]
references = ["account_id"]
""" + "".join(f"[children.{name}]\nenabled = false\n" for name in SIX)
CONTACTS = "".join(f"[children.{name}]\nenabled = false\n" for name in SIX if name != "notes")


def settings_of(file: Path, text: str) -> Settings:
    file.write_text(text, "utf-8")
    return read_settings(file)


def write(folder: Path, **tables: list[dict[str, Any]]) -> None:
    folder.mkdir(exist_ok=True)
    for table, rows in tables.items():
        pl.DataFrame(rows).write_parquet(folder / f"{table}.parquet")


def go(place: Path, settings: Settings) -> Summary:
    summary = run(
        place / "in", place / "out", warehouse=None, dry_run=False, as_of=START, settings=settings, progress=QUIET
    )  # fmt: skip
    checks = verify(place / "out/warehouse.duckdb", place / "out", settings)
    assert [check for check in checks if check.violations] == []
    return summary


def request(primary: str, *duplicates: str) -> list[dict[str, Any]]:
    ids = {"primary_id": id_of(primary), "duplicate_ids": [id_of(letter) for letter in duplicates]}
    return [{"request_id": f"merge {primary}", **ids, "requested_at": START}]


def events(output: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for file in (output / "events").iterdir()
        for line in file.read_text("utf-8").splitlines()
    ]


@pytest.mark.long
def test_accounts_and_then_the_contacts_that_they_left(tmp_path: Path) -> None:
    accounts, contacts = tmp_path / "accounts", tmp_path / "contacts"
    for place in (accounts, contacts):
        place.mkdir()
    write(
        accounts / "in",
        accounts=[
            {
                "AccountId": id_of("A"),
                "org": "1",
                "LastModifiedDate": START,
                "MasterRecordId": None,
                "Name": None,
            },
            {
                "AccountId": id_of("B"),
                "org": "1",
                "LastModifiedDate": START,
                "MasterRecordId": None,
                "Name": "Byte",
            },
            {
                "AccountId": id_of("C"),
                "org": "1",
                "LastModifiedDate": START,
                "MasterRecordId": id_of("B"),
                "Name": None,
            },
        ],
        contacts=[
            {"id": id_of("p"), "account_id": id_of("C"), "name": "Ada", "phone": None},
            {"id": id_of("q"), "account_id": id_of("B"), "name": "Ada L.", "phone": "5"},
        ],
        opportunities=[{"id": id_of("o"), "account_id": id_of("B")}],
        merge_requests=request("A", "B"),
    )
    (accounts / "in/opportunities.parquet").rename(accounts / "in/opportunity 2026.parquet")
    of_accounts = settings_of(accounts / "settings.toml", ACCOUNTS)
    summary = go(accounts, of_accounts)
    assert (summary.requests, summary.rehomed) == ({"merged": 1}, {"contacts": 2, "opportunities": 1})
    merged = accounts / "out/merged"
    assert pl.read_parquet(merged / "accounts.parquet").select("AccountId", "Name").rows() == [
        (id_of("A"), "Byte")
    ]
    assert pl.read_parquet(merged / "contacts.parquet")["account_id"].to_list() == [id_of("A")] * 2
    (event,) = events(accounts / "out")
    assert (event["event"], event["workspace_id"]) == ("account.merged", "1")
    assert event["data"]["counts"] == {"contacts": 2, "opportunities": 1}
    assert event["data"]["primary"]["AccountId"] == id_of("A")
    known = explain(accounts / "out/warehouse.duckdb", id_of("C"), of_accounts)
    assert (known.state, known.survivor_id) == ("retired", id_of("A"))

    notes = [{"id": id_of("n"), "contact_id": id_of("q")}]
    write(contacts / "in", merge_requests=request("p", "q"), notes=notes)
    (contacts / "in/contacts.parquet").symlink_to(merged / "contacts.parquet")
    summary = go(contacts, settings_of(contacts / "settings.toml", CONTACTS))
    assert (summary.requests, summary.rehomed) == ({"merged": 1}, {"notes": 1})
    (row,) = pl.read_parquet(contacts / "out/merged/contacts.parquet").to_dicts()
    assert row == {"id": id_of("p"), "account_id": id_of("A"), "name": "Ada", "phone": "5"}
    assert [event["event"] for event in events(contacts / "out")] == ["contact.merged"]
