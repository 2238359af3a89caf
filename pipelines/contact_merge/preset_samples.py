"""A small made-up export of each CRM that has a preset, for data_samples/_presets/: the same people in all of them.

Each has ids, names of columns, links and flags as that CRM's exports have them (presets/ says which export).
"""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from contact_merge.ids.salesforce import checksum

FOLDER = "_presets"
"""Runs do not read a folder with such a name."""
Row = dict[str, Any]
Ids = Callable[[str, int | None], Any]
"""An id by the kind of record and its number; none where there is no number."""


@dataclass(frozen=True)
class Contact:
    """One contact.

    Attributes:
        company: its number.
        boss: the number of the contact that it reports to.
        merged_into: the number of the contact into which the CRM has merged it.
        deleted: whether the CRM has deleted it.
    """

    given: str
    family: str
    email: str = ""
    phone: str = ""
    title: str = ""
    company: int | None = None
    boss: int | None = None
    merged_into: int | None = None
    deleted: bool = False


ANA, ANA_TOO, A_ALMEIDA, BRUNO, BRUNO_TOO, CARLA, DMITRI = range(7)
CONTACTS = (
    Contact("Ana", "Almeida", "ana@harbour.example", boss=ANA_TOO),
    Contact("Ana", "Almeida", "", "+351 555 0101", "Buyer", 1),
    Contact("A.", "Almeida", "a.almeida@harbour.example", "", "Head of Buying", 1, boss=CARLA),
    Contact("Bruno", "Bauer", "bruno@verde.example", "", "", 2),
    Contact("Bruno", "Bauer", "", "+49 555 0102", "Engineer", 2, boss=CARLA),
    Contact("Carla", "Costa", "carla@verde.example", "+351 555 0103", "Partner", 2),
    Contact("Dmitri", "Dubois", "dmitri@harbour.example", "+33 555 0104", "Clerk", 1, boss=ANA_TOO),
    Contact("Elif", "Eriksen", "elif@kettle.example", "+47 555 0105", "Consultant", 3),
    Contact("Farid", "Fischer", "farid@kettle.example", "", "Office Manager", 3, boss=7),
    Contact("Greta", "García", "greta@verde.example", "+34 555 0107", "", 2, boss=BRUNO_TOO),
    Contact("Hugo", "Horvat", "hugo@kettle.example", "", "", 3, merged_into=11),
    Contact("Hugo", "Horvat", "h.horvat@kettle.example", "+385 555 0108", "Engineer", 3),
    Contact("Inês", "Ivanova", "ines@harbour.example", deleted=True),
)
REQUESTS = (("r1", ANA, (ANA_TOO, A_ALMEIDA)), ("r2", BRUNO, (BRUNO_TOO,)))
DEALS: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("Chairs", (ANA_TOO, DMITRI)),
    ("Tables", (ANA, A_ALMEIDA)),
    ("Lamps", (BRUNO_TOO,)),
    ("Shelves", ()),
)
CALLS = (
    (ANA, "Asked for a quote"),
    (ANA_TOO, "Wants a call back"),
    (BRUNO_TOO, "Moved"),
    (CARLA, "Sent a card"),
)
LISTS = (("newsletter", (ANA, ANA_TOO, BRUNO_TOO, CARLA)), ("fair", (A_ALMEIDA, BRUNO, BRUNO_TOO)))


def make_preset_samples(folder: Path) -> None:
    """Write the exports of all presets, each into a folder of its name."""
    for name, make in (
        ("hubspot", _hubspot),
        ("salesforce", _salesforce),
        ("pipedrive", _pipedrive),
        ("dynamics", _dynamics),
    ):
        (folder / name).mkdir(parents=True, exist_ok=True)
        make(folder / name)


def _hubspot(folder: Path) -> None:
    """Whole numbers as ids, several of them in a cell. A contact that HubSpot merged is no row, but in a list."""
    gone = {number: each.merged_into for number, each in enumerate(CONTACTS) if each.merged_into is not None}

    def id_of(kind: str, number: int | None) -> Any:
        return (
            None
            if number is None
            else {"contact": 101, "company": 9000, "deal": 7001, "note": 5001}[kind] + number
        )

    def ids(numbers: Sequence[int]) -> str:
        return ";".join(str(id_of("contact", number)) for number in numbers)

    contacts = [
        {
            "hs_object_id": id_of("contact", number),
            "firstname": each.given,
            "lastname": each.family,
            "email": each.email,
            "phone": each.phone,
            "jobtitle": each.title,
            "associatedcompanyid": id_of("company", each.company),
            "hubspot_owner_id": 31 + number % 2,
            "createdate": _time(number),
            "lastmodifieddate": _time(number, month=2),
            "hs_merged_object_ids": ids([old for old, into in gone.items() if into == number]),
        }
        for number, each in enumerate(CONTACTS)
        if number not in gone and not each.deleted
    ]
    _write_csv(folder / "contacts.csv", contacts)
    deals = [
        {
            "hs_object_id": id_of("deal", number),
            "dealname": name,
            "dealstage": "appointmentscheduled",
            "Associated Contact IDs": ids(numbers),
        }
        for number, (name, numbers) in enumerate(DEALS)
    ]
    _write_csv(folder / "deals.csv", deals)
    notes = [
        {
            "hs_object_id": id_of("note", number),
            "hs_note_body": text,
            "hs_timestamp": _time(number, month=3),
            "Associated Contact IDs": ids([contact]),
        }
        for number, (contact, text) in enumerate(CALLS)
    ]
    _write_csv(folder / "notes.csv", notes)
    listed = [
        {
            "listId": 41 + number,
            "recordId": id_of("contact", contact),
            "membershipTimestamp": _time(contact, month=3),
        }
        for number, (_, names) in enumerate(LISTS)
        for contact in names
    ]
    _write_csv(folder / "list_memberships.csv", listed)
    _write_requests(folder, id_of)


def _salesforce(folder: Path) -> None:
    """Ids of 18 characters, in requests of 15. WhoId names contacts and leads; what is deleted or merged is a row still."""
    prefixes = {
        "contact": "003",
        "account": "001",
        "task": "00T",
        "event": "00U",
        "campaign": "701",
        "member": "00v",
    }
    prefixes |= {"opportunity": "006", "role": "00K", "lead": "00Q", "user": "005"}

    def short(kind: str, number: int | None) -> Any:
        return None if number is None else f"{prefixes[kind]}5g00000Ab{number:03}"

    def id_of(kind: str, number: int | None) -> Any:
        return None if number is None else short(kind, number) + checksum(short(kind, number))

    contacts = [
        {
            "Id": id_of("contact", number),
            "IsDeleted": str(each.deleted or each.merged_into is not None).lower(),
            "MasterRecordId": id_of("contact", each.merged_into),
            "AccountId": id_of("account", each.company),
            "FirstName": each.given,
            "LastName": each.family,
            "Email": each.email,
            "Phone": each.phone,
            "Title": each.title,
            "ReportsToId": id_of("contact", each.boss),
            "OwnerId": id_of("user", number % 2),
            "CreatedDate": _time(number),
            "LastModifiedDate": _time(number, month=2),
            "SystemModstamp": _time(number, month=2),
        }
        for number, each in enumerate(CONTACTS)
    ]
    _write_csv(folder / "Contact.csv", contacts)
    tasks = [
        {
            "Id": id_of("task", number),
            "WhoId": id_of("contact", contact),
            "WhatId": id_of("opportunity", number),
            "Subject": text,
            "Status": "Completed",
        }
        for number, (contact, text) in enumerate(CALLS)
    ]
    tasks += [{**tasks[0], "Id": id_of("task", 90), "WhoId": id_of("lead", ANA_TOO), "WhatId": None}]
    _write_csv(folder / "Task.csv", tasks)
    events = [
        {"Id": id_of("event", 0), "WhoId": id_of("contact", ANA_TOO), "WhatId": None, "Subject": "Demo"},
        {"Id": id_of("event", 1), "WhoId": None, "WhatId": id_of("account", 1), "Subject": "Fair"},
    ]
    _write_csv(folder / "Event.csv", events)
    listed = [
        {
            "Id": id_of("member", 10 * number + contact),
            "CampaignId": id_of("campaign", number),
            "ContactId": id_of("contact", contact),
            "LeadId": None,
            "Status": "Sent",
        }
        for number, (_, names) in enumerate(LISTS)
        for contact in names
    ]
    listed += [{**listed[0], "Id": id_of("member", 90), "ContactId": None, "LeadId": id_of("lead", 1)}]
    _write_csv(folder / "CampaignMember.csv", listed)
    roles = [
        {
            "Id": id_of("role", 10 * number + contact),
            "OpportunityId": id_of("opportunity", number),
            "ContactId": id_of("contact", contact),
            "Role": "Buyer",
            "IsPrimary": str(contact == numbers[0]).lower(),
        }
        for number, (_, numbers) in enumerate(DEALS)
        for contact in numbers
    ]
    _write_csv(folder / "OpportunityContactRole.csv", roles)
    _write_requests(folder, short)


def _pipedrive(folder: Path) -> None:
    """Objects as the API lists them: whole numbers as ids, lists of e-mail addresses, fields of its own in an object."""

    def id_of(kind: str, number: int | None) -> Any:
        return (
            None
            if number is None
            else {"contact": 1, "company": 20, "deal": 301, "activity": 401, "note": 501}[kind] + number
        )

    def values(text: str) -> list[Row] | None:
        return [{"label": "work", "value": text, "primary": True}] if text else None

    persons = [
        {
            "id": id_of("contact", number),
            "name": f"{each.given} {each.family}",
            "first_name": each.given,
            "last_name": each.family,
            "owner_id": 31 + number % 2,
            "org_id": id_of("company", each.company),
            "add_time": _time(number),
            "update_time": _time(number, month=2),
            "is_deleted": each.deleted,
            "emails": values(each.email),
            "phones": values(each.phone),
            "job_title": each.title or None,
            "custom_fields": {f"5f{number % 3}c": each.title} if each.title else {},
        }
        for number, each in enumerate(CONTACTS)
        if each.merged_into is None
    ]
    _write_lines(folder / "persons.jsonl", persons)
    deals = [
        {
            "id": id_of("deal", number),
            "title": name,
            "person_id": id_of("contact", next(iter(numbers), None)),
            "status": "open",
        }
        for number, (name, numbers) in enumerate(DEALS)
    ]
    _write_lines(folder / "deals.jsonl", deals)
    participants = [
        {
            "id": 10 * number + contact,
            "deal_id": id_of("deal", number),
            "person_id": id_of("contact", contact),
        }
        for number, (_, numbers) in enumerate(DEALS)
        for contact in numbers
    ]
    _write_lines(folder / "deal_participants.jsonl", participants)
    activities = [
        {
            "id": id_of("activity", number),
            "subject": text,
            "type": "call",
            "person_id": id_of("contact", contact),
            "done": True,
        }
        for number, (contact, text) in enumerate(CALLS)
    ]
    _write_lines(folder / "activities.jsonl", activities)
    notes = [
        {
            "id": id_of("note", 0),
            "content": "Prefers mail",
            "person_id": id_of("contact", A_ALMEIDA),
            "deal_id": None,
        },
        {"id": id_of("note", 1), "content": "Pays late", "person_id": None, "deal_id": id_of("deal", 0)},
    ]
    _write_lines(folder / "notes.jsonl", notes)
    _write_requests(folder, id_of)


def _dynamics(folder: Path) -> None:
    """GUIDs as ids, in other tables in capitals and braces. Lookups name contacts and other rows; merged rows are inactive."""

    def id_of(kind: str, number: int | None) -> Any:
        return None if number is None else str(uuid5(NAMESPACE_URL, f"{kind}/{number}"))

    def braced(kind: str, number: int | None) -> Any:
        return None if number is None else f"{{{id_of(kind, number).upper()}}}"

    contacts = [
        {
            "contactid": id_of("contact", number),
            "firstname": each.given,
            "lastname": each.family,
            "emailaddress1": each.email,
            "telephone1": each.phone,
            "jobtitle": each.title,
            "parentcustomerid": id_of("account", each.company)
            if each.boss is None
            else id_of("contact", each.boss),
            "parentcustomerid_entitytype": "account" if each.boss is None else "contact",
            "masterid": id_of("contact", each.merged_into),
            "merged": each.merged_into is not None,
            "statecode": int(each.merged_into is not None),
            "ownerid": id_of("user", number % 2),
            "createdon": _time(number),
            "modifiedon": _time(number, month=2),
            "IsDelete": each.deleted or None,
        }
        for number, each in enumerate(CONTACTS)
    ]
    _write_csv(folder / "contact.csv", contacts)
    pointers = [
        {
            "activityid": id_of("activity", number),
            "activitytypecode": "phonecall",
            "subject": text,
            "regardingobjectid": braced("contact", contact),
            "regardingobjectid_entitytype": "contact",
        }
        for number, (contact, text) in enumerate(CALLS)
    ]
    pointers += [
        {**pointers[0], "activityid": id_of("activity", 90), "regardingobjectid": braced("account", 1),
         "regardingobjectid_entitytype": "account"}
    ]  # fmt: skip
    _write_csv(folder / "activitypointer.csv", pointers)
    parties = [
        {
            "activitypartyid": id_of(f"party of {number}", contact),
            "activityid": id_of("activity", number),
            "partyid": braced("contact", contact),
            "partyid_entitytype": "contact",
            "participationtypemask": mask,
        }
        for number, (_, numbers) in enumerate(DEALS)
        for mask, contact in enumerate(numbers, start=1)
    ]
    _write_csv(folder / "activityparty.csv", parties)
    notes = [
        {
            "annotationid": id_of("note", note),
            "subject": subject,
            "objectid": braced(kind, number),
            "objectid_entitytype": kind,
        }
        for note, (subject, kind, number) in enumerate(
            (("Card", "contact", A_ALMEIDA), ("Offer", "account", 1))
        )
    ]
    _write_csv(folder / "annotation.csv", notes)
    listed = [
        {
            "listmemberid": id_of(name, contact),
            "listid": id_of("list", number),
            "entityid": braced("contact", contact),
        }
        for number, (name, names) in enumerate(LISTS)
        for contact in names
    ]
    _write_csv(folder / "listmember.csv", listed)
    _write_requests(folder, id_of)


def _time(day: int, month: int = 1) -> str:
    return f"2026-{month:02}-{day + 1:02}T08:00:00.000Z"


def _write_requests(folder: Path, id_of: Ids) -> None:
    """What a matching tool asks for."""
    rows = [
        {
            "request_id": name,
            "primary_id": id_of("contact", primary),
            "duplicate_ids": ";".join(str(id_of("contact", duplicate)) for duplicate in duplicates),
            "requested_at": "2026-04-01T08:00:00Z",
        }
        for name, primary, duplicates in REQUESTS
    ]
    _write_csv(folder / "merge_requests.csv", rows)


def _write_csv(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _write_lines(path: Path, rows: Sequence[Row]) -> None:
    text = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    path.write_text(text, encoding="utf-8", newline="")
