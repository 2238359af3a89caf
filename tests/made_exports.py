"""Three exports of 400 contacts, made up, as HubSpot, Salesforce and a shop's own database write them.

`python tests/made_exports.py FOLDER` writes them to hubspot/exports/, salesforce/exports/ and shop/exports/ there. They are the
same each time. docs/exports.md goes on from them.
"""

import csv
import gzip
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from contact_merge.ids.salesforce import checksum
from made_people import Request, World, make_world

Row = dict[str, Any]
START = datetime(2026, 1, 1, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Child:
    """A table that names contacts: its rows as they are written, and what the settings say of it."""

    rows: list[Row]
    references: tuple[str, ...]
    key: str = ""
    separator: str = ""
    where: Mapping[str, Any] = field(default_factory=dict)
    alike: tuple[str, ...] = ()


@dataclass(frozen=True)
class Made:
    """What an export holds.

    Attributes:
        id: the column of the id.
        contacts: the rows, with those that are deleted or merged, where this CRM exports them.
        fields: the columns that are merged.
        references: those of them that name contacts.
        ids: how the export spells the id of each contact, by its number.
        world: the contacts, of which some were merged by the CRM or deleted, and the requests.
    """

    id: str
    contacts: list[Row]
    fields: tuple[str, ...]
    references: tuple[str, ...]
    children: dict[str, Child]
    ids: list[str]
    world: World


def make_exports(folder: Path) -> dict[str, Made]:
    """Write all three, each to `exports/` in a folder of its name, where `init` expects it."""
    makers: dict[str, Callable[[Path], Made]] = {
        "hubspot": make_hubspot,
        "salesforce": make_salesforce,
        "shop": make_shop,
    }
    return {name: make(folder / name / "exports") for name, make in makers.items()}


def make_hubspot(folder: Path) -> Made:
    """CSV of the export API: long whole numbers as ids, several of them in a cell, times as milliseconds, a mark at the start.

    A contact that HubSpot merged is no row, but in a list of the one that came of it.
    """
    world = make_world(1)
    random, people = world.random, world.people
    ids = [str(34_510_000_000 + 377 * number) for number in range(len(people))]

    def cell(count: int) -> str:
        return ";".join(ids[number] for number in world.some(count))

    contacts = [
        {
            "hs_object_id": ids[number],
            "firstname": one.given,
            "lastname": one.family,
            "email": one.email,
            "phone": one.phone,
            "jobtitle": one.title,
            "city": one.city,
            "remark": one.remark,
            "interests": ";".join(one.interests),
            "hs_email_optout": random.choice(("true", "false", "")),
            "referred_by": "" if one.boss is None else ids[one.boss],
            "hubspot_owner_id": 71_000 + one.owner,
            "createdate": _milliseconds(number),
            "lastmodifieddate": _milliseconds(number + 20),
            "hs_merged_object_ids": ";".join(
                ids[old] for old, gone in enumerate(people) if gone.into == number
            ),
            "archived": str(one.deleted).lower(),
        }
        for number, one in enumerate(people)
        if one.into is None
    ]

    def objects(first: int, count: int, most: int, **values: Callable[[int], Any]) -> Child:
        rows = [
            {
                "hs_object_id": first + number,
                **{name: make(number) for name, make in values.items()},
                "Associated Contact IDs": cell(random.randrange(most + 1)),
            }
            for number in range(count)
        ]
        return Child(rows, ("Associated Contact IDs",), separator=";")

    listed = [
        {"listId": number, "recordId": ids[contact], "membershipTimestamp": _time(contact)}
        for number in (41, 42, 43)
        for contact in world.some(120, merged=False)
    ]
    children = {
        "companies": objects(9_100_000_000, 80, 6, name=lambda number: f"Company {number}"),
        "deals": objects(
            18_200_000_000,
            150,
            4,
            dealname=lambda number: f"Deal {number}",
            amount=lambda number: f"{random.randrange(90_000) / 100:.2f}",
            dealstage=lambda number: random.choice(("appointmentscheduled", "closedwon", "closedlost")),
        ),
        "tickets": objects(
            2_300_000_000,
            100,
            2,
            subject=lambda number: f"Ticket {number}",
            hs_pipeline_stage=lambda number: 1 + number % 4,
        ),
        "notes": objects(
            30_000_000_000,
            300,
            3,
            hs_note_body=lambda number: f"<p>Note {number}, by phone</p>",
            hs_timestamp=_milliseconds,
        ),
        "calls": objects(
            31_000_000_000, 120, 1, hs_call_title=lambda number: f"Call {number}", hs_timestamp=_milliseconds
        ),
        "list_memberships": Child(listed, ("recordId",), alike=("listId",)),
    }
    day = "2026-05-04"
    _write_csv(folder / f"hubspot-crm-exports-all-contacts-{day}.csv", contacts, encoding="utf-8-sig")
    for name, child in children.items():
        own = name == "list_memberships"
        file = f"{name}.csv" if own else f"hubspot-crm-exports-all-{name}-{day}.csv"
        _write_csv(folder / file, child.rows, encoding="utf-8" if own else "utf-8-sig")
    _write_csv(folder / "merge_requests.csv", _requests(world, ids))
    fields = (
        "firstname",
        "lastname",
        "email",
        "phone",
        "jobtitle",
        "city",
        "remark",
        "interests",
        "hs_email_optout",
    )
    return Made("hs_object_id", contacts, (*fields, "referred_by"), ("referred_by",), children, ids, world)


def make_salesforce(folder: Path) -> Made:
    """CSV of Data Loader's Export All: names in capitals, all quoted, ids of 18 characters. Requests have 15, as reports do.

    Some ids differ in case alone. What is deleted or merged is a row still. `WhoId` names leads, too.
    """
    world = make_world(2)
    random, people = world.random, world.people

    def short(prefix: str, number: int) -> str:
        return f"{prefix}5g00000{'q' if number % 2 else 'Q'}{number // 2:04}"

    def long(prefix: str, number: int) -> str:
        return short(prefix, number) + checksum(short(prefix, number))

    ids = [long("003", number) for number in range(len(people))]

    def boolean(value: bool) -> str:
        return str(value).lower()

    def somebody() -> str:
        return ids[world.some()[0]]

    contacts = [
        {
            "ID": ids[number],
            "ISDELETED": boolean(one.deleted or one.into is not None),
            "MASTERRECORDID": "" if one.into is None else ids[one.into],
            "ACCOUNTID": long("001", one.company),
            "LASTNAME": one.family,
            "FIRSTNAME": one.given,
            "EMAIL": one.email,
            "PHONE": one.phone,
            "TITLE": one.title,
            "MAILINGCITY": one.city,
            "DESCRIPTION": one.remark,
            "INTERESTS__C": ";".join(one.interests),
            "HASOPTEDOUTOFEMAIL": boolean(random.random() < 0.2),
            "REPORTSTOID": "" if one.boss is None else ids[one.boss],
            "OWNERID": long("005", one.owner),
            "CREATEDDATE": _time(number),
            "LASTMODIFIEDDATE": _time(number + 20),
            "SYSTEMMODSTAMP": _time(number + 20),
        }
        for number, one in enumerate(people)
    ]

    def who() -> str:
        return random.choice((somebody(), somebody(), long("00Q", random.randrange(90)), ""))

    def row(prefix: str, number: int, deleted: bool = False, **values: Any) -> Row:
        return {"ID": long(prefix, number), "ISDELETED": boolean(deleted), **values}

    tasks = [
        row(
            "00T",
            number,
            WHOID=who(),
            WHATID=long("006", number % 60),
            SUBJECT=f"Task {number}",
            ISCLOSED="true",
        )
        for number in range(300)
    ]
    events = [
        row("00U", number, WHOID=who(), SUBJECT=f"Event {number}", STARTDATETIME=_time(number))
        for number in range(80)
    ]
    roles = [
        row(
            "00K",
            number,
            OPPORTUNITYID=long("006", number % 60),
            CONTACTID=somebody(),
            ROLE="Decision Maker",
            ISPRIMARY="false",
        )
        for number in range(150)
    ]
    joined = [(campaign, contact) for campaign in range(3) for contact in world.some(110, merged=False)]
    in_campaigns = [
        row(
            "00v",
            number,
            deleted=number % 9 == 0,
            CAMPAIGNID=long("701", campaign),
            CONTACTID=ids[contact],
            LEADID="",
            STATUS="Sent",
        )
        for number, (campaign, contact) in enumerate(joined)
    ]
    in_campaigns += [
        row(
            "00v",
            900 + number,
            CAMPAIGNID=long("701", number % 3),
            CONTACTID="",
            LEADID=long("00Q", number),
            STATUS="Sent",
        )
        for number in range(30)
    ]
    cases = [
        row("500", number, CONTACTID=random.choice((somebody(), "")), SUBJECT=f"Case {number}", PARENTID="")
        for number in range(90)
    ]
    children = {
        "Task": Child(tasks, ("WHOID",)),
        "Event": Child(events, ("WHOID",)),
        "OpportunityContactRole": Child(roles, ("CONTACTID",)),
        "CampaignMember": Child(
            in_campaigns, ("CONTACTID",), key="ID", where={"ISDELETED": "false"}, alike=("CAMPAIGNID",)
        ),
        "Case": Child(cases, ("CONTACTID",)),
    }
    _write_csv(folder / "Contact.csv", contacts, quoting=csv.QUOTE_ALL)
    for name, child in children.items():
        _write_csv(folder / f"{name}.csv", child.rows, quoting=csv.QUOTE_ALL)
    _write_csv(folder / "merge_requests.csv", _requests(world, [id_[:15] for id_ in ids]))
    fields = (
        "ACCOUNTID",
        "LASTNAME",
        "FIRSTNAME",
        "EMAIL",
        "PHONE",
        "TITLE",
        "MAILINGCITY",
        "DESCRIPTION",
        "INTERESTS__C",
    )
    return Made(
        "ID", contacts, (*fields, "HASOPTEDOUTOFEMAIL", "REPORTSTOID"), ("REPORTSTOID",), children, ids, world
    )


def make_shop(folder: Path) -> Made:
    r"""Of a database with programs around it: semicolons, windows-1252 and `\N`, numbers as 42.0, parts, lines of JSON.

    One table names two customers in a row, one says in another column whom it names. Activities come as a file a night.
    """
    world = make_world(3)
    random, people = world.random, world.people
    ids = [str(1000 + number) for number in range(len(people))]

    def somebody(empty: float = 0.0) -> str | None:
        return None if random.random() < empty else ids[world.some()[0]]

    def real(spelled: str | None) -> str | None:
        return spelled and f"{spelled}.0"

    customers = [
        {
            "customer_id": ids[number],
            "first_name": one.given,
            "last_name": one.family,
            "email": one.email or None,
            "phone": one.phone or None,
            "zip": random.choice((f"0{random.randrange(9000):04}", None)),
            "city": one.city or None,
            "remark": one.remark or None,
            "newsletter": random.choice(("0", "1", None)),
            "referrer_id": None if one.boss is None else ids[one.boss],
            "created_on": _date(number),
            "changed_on": _date(number + 20),
            "merged_into": None if one.into is None else ids[one.into],
            "deleted_at": "2026-04-30 17:00:00" if one.deleted else None,
        }
        for number, one in enumerate(people)
    ]
    orders = [
        {
            "order_no": f"2026-{number:04}",
            "customer_id": real(somebody()),
            "ship_to_id": real(somebody(0.6)),
            "total": f"{random.randrange(90_000) / 100:.2f}",
        }
        for number in range(200)
    ]
    links = [
        {
            "customer_a": somebody(),
            "customer_b": somebody(),
            "kind": random.choice(("household", "colleague")),
        }
        for _ in range(100)
    ]
    comments = [
        {
            "comment_id": str(number),
            "subject_type": random.choice(("Customer", "Customer", "Order")),
            "subject_id": somebody(),
            "body": f"Comment {number}; für später",
        }
        for number in range(150)
    ]
    listed = [
        {"list": name, "customer_id": ids[contact]}
        for name in ("newsletter", "sale")
        for contact in world.some(130, merged=False)
    ]
    messages = [
        {
            "message_id": number,
            "customer_id": int(ids[world.some(merged=False)[0]]),
            "sent_at": _date(number % 3),
            "subject": f"Offer {number % 4}",
        }
        for number in range(250)
    ]
    threads = [
        {"thread": number, "people": [int(ids[one]) for one in world.some(1 + number % 4)]}
        for number in range(60)
    ]
    visits = [
        {
            "visit_id": f"v{number:05}",
            "customer_id": somebody(0.3),
            "page": f"/shelves/{number % 40}",
            "year": str(2025 + number % 2),
        }
        for number in range(1200)
    ]
    activities = [
        {
            "activity_id": str(number),
            "customer_id": somebody(),
            "state": "open",
            "updated_at": _date(number % 90),
        }
        for number in range(160)
    ]
    later = [{**row, "state": "done", "updated_at": _date(100)} for row in activities[::4]]
    stale = [{**row, "state": "lost", "updated_at": "2025-12-01 08:00:00"} for row in activities[1::16]]
    newest = {row["activity_id"]: row for row in [*activities, *later]}
    children = {
        "orders": Child(orders, ("customer_id", "ship_to_id")),
        "links": Child(links, ("customer_a", "customer_b")),
        "comments": Child(comments, ("subject_id",), where={"subject_type": "Customer"}),
        "subscriptions": Child(listed, ("customer_id",), alike=("list",)),
        "messages": Child(messages, ("customer_id",), key="message_id", alike=("sent_at", "subject")),
        "threads": Child(threads, ("people",)),
        "visits": Child(visits, ("customer_id",)),
        "activities": Child(list(newest.values()), ("customer_id",)),
    }
    _write_dump(folder / "customers.csv", customers)
    for name in ("links", "comments", "subscriptions"):
        _write_dump(folder / f"{name}.csv", children[name].rows)
    _write_dump(folder / "activities-2026-05-03.csv", activities)
    _write_dump(folder / "activities-2026-05-04.csv", [*later, *stale])
    _write_csv(folder / "orders.csv", orders)
    for name, rows in (("messages", messages), ("threads", threads)):
        lines = "".join(f"{json.dumps(row)}\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    for year in ("2025", "2026"):
        part = folder / f"visits/year={year}/part-0.csv.gz"
        part.parent.mkdir(parents=True, exist_ok=True)
        rows = [{name: row[name] for name in row if name != "year"} for row in visits if row["year"] == year]
        part.write_bytes(gzip.compress(_dump(rows), mtime=0))
    requests = [
        {**row, "duplicate_ids": f"{{{row['duplicate_ids'].replace(';', ',')}}}"}
        for row in _requests(world, ids)
    ]
    _write_dump(folder / "merge_requests.csv", requests)
    fields = (
        "first_name",
        "last_name",
        "email",
        "phone",
        "zip",
        "city",
        "remark",
        "newsletter",
        "referrer_id",
    )
    return Made("customer_id", customers, fields, ("referrer_id",), children, ids, world)


def _requests(world: World, ids: list[str]) -> list[Row]:
    """The merge requests, a minute between two of them."""

    def row(number: int, request: Request) -> Row:
        return {
            "request_id": request.name,
            "primary_id": ids[request.primary],
            "duplicate_ids": ";".join(ids[one] for one in request.duplicates),
            "overwrite": str(request.overwrite).lower(),
            "requested_at": f"2026-05-04T20:{number:02}:00Z",
            "requested_by": "nightly matching",
        }

    return [row(number, request) for number, request in enumerate(world.requests)]


def _time(hours: int) -> str:
    return f"{START + timedelta(hours=7 * hours):%Y-%m-%dT%H:%M:%S}.000Z"


def _date(hours: int) -> str:
    return f"{START + timedelta(hours=7 * hours):%Y-%m-%d %H:%M:%S}"


def _milliseconds(hours: int) -> str:
    return str(int((START + timedelta(hours=7 * hours)).timestamp() * 1000))


def _write_csv(
    path: Path, rows: list[Row], encoding: str = "utf-8", quoting: Any = csv.QUOTE_MINIMAL
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n", quoting=quoting)
        writer.writeheader()
        writer.writerows(rows)


def _write_dump(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_dump(rows))


def _dump(rows: list[Row]) -> bytes:
    r"""As MySQL writes a table: texts between quotes, with a backslash before a quote, a newline and itself; \N is null."""

    def cell(value: str | None) -> str:
        if value is None:
            return r"\N"
        for mark in ("\\", '"', "\n"):
            value = value.replace(mark, f"\\{mark}")
        return f'"{value}"'

    def line(values: Iterable[str | None]) -> str:
        return ";".join(cell(value) for value in values)

    return "".join(f"{line(values)}\n" for values in (rows[0], *(row.values() for row in rows))).encode(
        "windows-1252"
    )


if __name__ == "__main__":
    for name, made in make_exports(Path(sys.argv[1])).items():
        print(f"{name}: {len(made.contacts)} rows of contacts, {len(made.world.requests)} requests")
