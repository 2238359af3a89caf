"""Makes the sample tables of data_samples/: `python -m contact_merge.samples [DIR]`.

A few hundred contacts that a person can read: the hand-made cases of sample_cases.py, and everyday people of
two workspaces with everyday duplicates. Seeded: the same tables every time. All three input formats show,
files and a folder of files, and in several tables some rows that cannot be used. Beside them are those of preset_samples.py.
"""

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from contact_merge.preset_samples import FOLDER, make_preset_samples
from contact_merge.sample_cases import (
    API_KEY_COLUMNS,
    API_KEYS,
    BAD_REQUEST_LINES,
    CASES,
    World,
    make_id,
)
from contact_merge.times import iso_text

AS_OF = datetime(2026, 2, 10, 8, 0, tzinfo=UTC)  # the time of the demo's run, after the last request

CONTACTS = pa.schema(
    [
        ("id", pa.string()),
        ("workspace_id", pa.string()),
        ("full_name", pa.string()),
        ("email", pa.string()),
        ("phone", pa.string()),
        ("job_title", pa.string()),
        ("company", pa.string()),
        ("city", pa.string()),
        ("postcode", pa.string()),
        ("linkedin_url", pa.string()),
        ("lead_score", pa.int32()),
        ("annual_budget", pa.decimal128(14, 2)),
        ("engagement", pa.float64()),
        ("opted_in", pa.bool_()),
        ("birthday", pa.date32()),
        ("last_contacted_at", pa.timestamp("us", tz="UTC")),
        ("tags", pa.list_(pa.string())),
        ("custom_fields", pa.string()),
        ("merged_into_id", pa.string()),
        ("created_at", pa.timestamp("us", tz="UTC")),
        ("updated_at", pa.timestamp("us", tz="UTC")),
    ]
)
DOCUMENTS = pa.schema(
    [
        ("id", pa.string()),
        ("contact_id", pa.string()),
        ("title", pa.string()),
        ("size_bytes", pa.int64()),
        ("checksum", pa.binary()),
        ("created_at", pa.timestamp("us", tz="UTC")),
    ]
)

# fmt: off
GIVEN_NAMES = (
    "Aino", "Bruno", "Carla", "Dmitri", "Elif", "Farid", "Greta", "Hugo", "Inês", "Jana", "Karim",
    "Lucía", "Mateo", "Nadia", "Oskar", "Priya",
)
FAMILY_NAMES = (
    "Almeida", "Bauer", "Costa", "Dubois", "Eriksen", "Fischer", "García", "Horvat", "Ivanova",
    "Jensen", "Kowalski", "Laine",
)
# fmt: on
COMPANIES = (
    ("Harbour Logistics", "harbour", "Rotterdam", "3011"),
    ("Müller & Söhne", "mueller", "Freiburg", "79098"),
    ("Bluebird Software", "bluebird", "Dublin", "D02"),
    ("Casa Verde", "casaverde", "Porto", "4000"),
    ("Nordlicht Energie", "nordlicht", "Kiel", "24103"),
    ("Atelier Nuage", "nuage", "Lyon", "69001"),
    ("Copper Kettle", "kettle", "Leeds", "LS1"),
    ("Darwin Supplies", "darwin", "Darwin", "0870"),
)
TITLES = ("Buyer", "Head of Sales", "Engineer", "Office Manager", "Partner", "Consultant", None)
LISTS = ("Newsletter", "Spring fair", "Key accounts", "Alumni", "Beta testers", "Webinar")
TEXTS = {
    "notes": ("Asked for a quote.", "Prefers to be called in the morning.", "Moved to another office."),
    "activities": ("call", "meeting", "demo"),
    "tasks": ("Send the contract", "Call back", "Check the address"),
    "emails": ("Your offer", "Invitation", "Re: invoice"),
    "documents": ("Offer.pdf", "Contract.pdf", "Photo of a business card.jpg"),
}
EVERYDAY_PEOPLE = 150
EVERYDAY_DUPLICATES = 40


def make_world() -> World:
    """All rows of the samples; the same at every call."""
    world, random = World(), Random(20260202)
    for case in CASES:
        case(world)
    _everyday(world, random)
    for kind, contact in product(TEXTS, world.contacts):
        for text in random.sample(
            TEXTS[kind], random.choice((0, 0, 1, 1, 2) if kind != "documents" else (0, 0, 1))
        ):
            world.child(kind, contact["id"], text)
    return world


def _everyday(world: World, random: Random) -> None:
    """People of two workspaces; some are there twice or three times, and a job asks to merge these."""
    names = random.sample(list(product(GIVEN_NAMES, FAMILY_NAMES)), EVERYDAY_PEOPLE)
    for number, (given, family) in enumerate(names):
        company, domain, city, postcode = random.choice(COMPANIES)
        workspace = random.choice(("ws-north", "ws-north", "ws-south"))
        whole = {
            "email": f"{given}.{family}@{domain}.example".lower(),
            "phone": f"+00 555 {random.randrange(10**6):06}",
            "job_title": random.choice(TITLES),
            "company": company,
            "city": city,
            "postcode": postcode,
            "lead_score": random.choice((None, 0, random.randrange(100))),
            "annual_budget": random.choice((None, Decimal(random.randrange(10**7)) / 100)),
            "engagement": random.choice((None, float("nan"), random.randrange(100) / 100)),
            "opted_in": random.choice((None, True, False)),
            "birthday": random.choice((None, date(1950, 1, 1) + timedelta(days=random.randrange(18000)))),
            "last_contacted_at": random.choice((None, AS_OF - timedelta(minutes=random.randrange(10**6)))),
            "tags": random.choice((None, [], random.sample(("vip", "press", "trial", "partner"), 2))),
            "custom_fields": random.choice((None, "{}", json.dumps({"seats": random.randrange(90)}))),
        }
        twins = (number < EVERYDAY_DUPLICATES) + (number % 10 == 0 and number < EVERYDAY_DUPLICATES)
        spelled = (f"{given} {family}", f"{given[0]}. {family}", f"{family}, {given}")
        ids = [
            world.contact(
                spelled[n],
                workspace,
                **{k: v for k, v in whole.items() if not twins or random.random() < 0.6},
            )
            for n in range(1 + twins)
        ]
        for contact_id in ids:
            world.lists(contact_id, random.sample(LISTS, random.randrange(3)))
        if twins:
            world.ask(
                "200: everyday: the same person",
                ids[0],
                ids[1:],
                api_key_id=workspace.replace("ws", "key"),
                overwrite=number % 4 == 3,
                requested_by="dedupe-job",
                score=round(random.uniform(0.8, 1.0), 3),
            )


def child_rows(world: World, kind: str) -> list[dict[str, Any]]:
    """Rows of one kind of child, as far as all kinds share their columns."""
    start = datetime(2025, 3, 1, 10, 0, tzinfo=UTC)
    return [
        {
            "id": make_id(kind, n),
            "contact_id": contact_id,
            "text": text,
            "created_at": start + timedelta(hours=7 * n),
        }
        for n, (contact_id, text) in enumerate(world.children[kind])
    ]


def make_data_samples(folder: Path) -> None:
    """Write all that data_samples/ has: the sample tables, and the exports of other CRMs in a folder of their own."""
    make_samples(folder)
    make_preset_samples(folder / FOLDER)


def make_samples(folder: Path) -> None:
    """Write the sample tables into a folder, which is made if it is not there."""
    world = make_world()
    folder.mkdir(parents=True, exist_ok=True)
    _contacts(folder / "contacts.parquet", world)
    _documents(folder / "documents", child_rows(world, "documents"))
    _notes(folder / "notes.csv", child_rows(world, "notes"))
    _tasks(folder / "tasks.csv", child_rows(world, "tasks"))
    _activities(folder / "activities.jsonl", child_rows(world, "activities"))
    _emails(folder / "emails.jsonl", child_rows(world, "emails"))
    _memberships(folder / "list_memberships.csv", world)
    keys = [json.dumps({column: key.get(column) for column in API_KEY_COLUMNS}) for key in API_KEYS]
    _write_lines(folder / "api_keys.jsonl", keys)
    asked = [json.dumps(request, ensure_ascii=False) for request in world.requests]
    _write_lines(
        folder / "merge_requests.jsonl", [*asked, asked[1], *BAD_REQUEST_LINES]
    )  # one twice: counts once


def _contacts(path: Path, world: World) -> None:
    bad = [
        {"id": "not-a-uuid", "full_name": "Rejected: its id is no UUID"},
        {"id": world.contacts[0]["id"].upper(), "full_name": "Rejected: an earlier row has this id"},
    ]
    pq.write_table(pa.Table.from_pylist([*world.contacts, *bad], schema=CONTACTS), path)


def _documents(folder: Path, rows: list[dict[str, Any]]) -> None:
    """A table as a folder of files, one a year, with binary values."""
    for number, row in enumerate(rows):
        row["title"] = row.pop("text")
        row["size_bytes"] = 2**40 + number if number == 0 else 1000 + 37 * number
        row["checksum"] = bytes.fromhex(row["id"].replace("-", ""))
    folder.mkdir(exist_ok=True)
    half = len(rows) // 2
    for name, some in (("part-1", rows[:half]), ("part-2", rows[half:])):
        pq.write_table(pa.Table.from_pylist(some, schema=DOCUMENTS), folder / f"{name}.parquet")


def _notes(path: Path, rows: list[dict[str, Any]]) -> None:
    table = [(row["id"], row["contact_id"], row["text"], iso_text(row["created_at"])) for row in rows]
    bad = [
        (make_id("bad note"), "maria", "Rejected: contact_id is no UUID", "2026-01-05T09:00:00Z"),
        (table[0][0], table[0][1], "Rejected: an earlier row has this id", "2026-01-05T09:00:00Z"),
        (make_id("long note"), table[0][1], "Rejected: one cell too many", "2026-01-05T09:00:00Z", "surplus"),
    ]
    _write_csv(path, ("id", "contact_id", "body", "created_at"), [*table, *bad])


def _tasks(path: Path, rows: list[dict[str, Any]]) -> None:
    table = [
        (
            row["id"],
            row["contact_id"],
            row["text"],
            (row["created_at"] + timedelta(days=14)).date(),
            "yes" if n % 3 else "",
        )
        for n, row in enumerate(rows)
    ]
    _write_csv(path, ("id", "contact_id", "title", "due_on", "done"), table)


def _activities(path: Path, rows: list[dict[str, Any]]) -> None:
    lines = [
        json.dumps(
            {
                "id": row["id"],
                "contact_id": row["contact_id"],
                "kind": row["text"],
                "minutes": 15 * (1 + n % 4),
                "details": {"via": ("phone", "video")[n % 2], "outcome": "ok"},
                "happened_at": iso_text(row["created_at"]),
            },
            ensure_ascii=False,
        )
        for n, row in enumerate(rows)
    ]
    _write_lines(path, lines)


def _emails(path: Path, rows: list[dict[str, Any]]) -> None:
    lines = [
        json.dumps(
            {
                "id": row["id"],
                "contact_id": row["contact_id"],
                "subject": row["text"],
                "cc": ["office@alpenblick.example"] if n % 5 == 0 else [],
                "opened": n % 2 == 0,
                "sent_at": iso_text(row["created_at"]),
            },
            ensure_ascii=False,
        )
        for n, row in enumerate(rows)
    ]
    _write_lines(path, [*lines, '{"id": "cut off in the middle of'])


def _memberships(path: Path, world: World) -> None:
    rows = [
        (make_id("list", name), contact_id, name) for name, contact_id in dict.fromkeys(world.memberships)
    ]
    bad = [
        ("", rows[0][1], "Rejected: no list_id"),
        (rows[0][0], rows[0][1].upper(), "Rejected: an earlier row has this list and contact"),
    ]
    _write_csv(path, ("list_id", "contact_id", "list_name"), [*rows, *bad])


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="")


if __name__ == "__main__":
    make_data_samples(Path(*(sys.argv[1:2] or ["data_samples"])))
