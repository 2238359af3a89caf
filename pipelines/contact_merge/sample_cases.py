"""The hand-made cases of the sample tables: a few contacts and requests for each rule of SEMANTICS.md.

Each function adds one family of cases to a World; the `reason` of a request begins with the status that it
gets and says which rule it shows. No request of one family names a contact of another.
"""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from contact_merge.times import iso_text

NAMESPACE = uuid5(NAMESPACE_DNS, "contact-merge.example")
FIRST_DAY = datetime(2026, 2, 2, 8, 0, tzinfo=UTC)
STEP = timedelta(minutes=5)

API_KEYS = [
    {"api_key_id": "key-north", "workspace_id": "ws-north", "scopes": ["read:contacts", "write:contacts"]},
    {"api_key_id": "key-south", "workspace_id": "ws-south", "scopes": ["write:contacts"]},
    {"api_key_id": "key-admin", "workspace_id": None, "scopes": ["write:contacts"]},
    {"api_key_id": "key-reader", "workspace_id": "ws-north", "scopes": ["read:contacts"]},
    {"api_key_id": "key-revoked", "workspace_id": "ws-north", "scopes": ["write:contacts"]}
    | {"revoked_at": "2026-01-15T00:00:00Z"},
    {"api_key_id": "key-expiring", "workspace_id": "ws-north", "scopes": ["write:contacts"]}
    | {"expires_at": "2026-02-02T12:00:00Z"},
    {"api_key_id": "key-trickle", "workspace_id": "ws-north", "scopes": ["write:contacts"], "rate_limit": 2},
]
API_KEY_COLUMNS = ("api_key_id", "workspace_id", "scopes", "expires_at", "revoked_at", "rate_limit")


def make_id(*name: object) -> str:
    """A UUID that depends on the name alone."""
    return str(uuid5(NAMESPACE, "/".join(map(str, name))))


class World:
    """Rows of all sample tables, in the making.

    Attributes:
        contacts: rows of contacts; a column that a row does not name is null.
        requests: rows of merge_requests, in the order of asking.
        children: for each kind of child, (contact_id, text) of the rows that a case needs.
        memberships: (name of the list, contact_id).
    """

    def __init__(self) -> None:
        self.contacts: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.children: dict[str, list[tuple[str, str]]] = {}
        self.memberships: list[tuple[str, str]] = []

    def contact(self, full_name: str, workspace_id: str | None = "ws-north", **fields: Any) -> str:
        """Add a contact; returns its id."""
        number = len(self.contacts)
        created = datetime(2024, 1, 8, 9, 0, tzinfo=UTC) + timedelta(days=2 * number, minutes=7 * number)
        self.contacts.append(
            {"id": make_id("contact", number), "workspace_id": workspace_id, "full_name": full_name}
            | {"created_at": created, "updated_at": created + timedelta(days=30)}
            | fields
        )
        return self.contacts[-1]["id"]

    def ask(self, reason: str, primary: str | None, duplicates: Any, at: str = "", **more: Any) -> None:
        """Add a request, five minutes after the one asked before unless `at` says when."""
        number = len(self.requests) + 1
        later = FIRST_DAY + STEP * number
        self.requests.append(
            {"request_id": f"req-{number:03}", "primary_id": primary, "duplicate_ids": duplicates}
            | {"overwrite": False, "dry_run": False, "idempotency_key": None, "api_key_id": "key-north"}
            | {"requested_at": at or iso_text(later)}
            | {"requested_by": "sales-ops", "reason": reason, "score": None}
            | more
        )

    def child(self, kind: str, contact_id: str, text: str) -> None:
        """Add a child row."""
        self.children.setdefault(kind, []).append((contact_id, text))

    def lists(self, contact_id: str, names: Sequence[str]) -> None:
        """Put a contact on lists."""
        self.memberships += [(name, contact_id) for name in names]


def story(world: World) -> None:
    """One contact that many requests made: the one whose story the demo shows."""
    maria = world.contact(
        "Maria Keller",
        email="maria.keller@alpenblick.example",
        company="Alpenblick AG",
        job_title="Assistant",
        lead_score=0,
        custom_fields='{"tier": "gold", "discount": 1.10}',
    )
    fair = world.contact("M. Keller", phone="+41 44 555 01 17", city="Bern", job_title="Buyer")
    newer = world.contact(
        "Maria Keller-Baumann",
        job_title="Head of Purchasing",
        company="Alpenblick Holding AG",
        tags=["vip"],
        custom_fields='{"discount": 2.50, "account": 12345678901234567890123}',
    )
    card = world.contact("Keller Maria", phone="+41 79 555 88 02", birthday=date(1984, 5, 9), postcode="0307")
    form = world.contact(
        "maria keller", linkedin_url="https://linkedin.example/in/mkeller", lead_score=87, opted_in=False
    )
    world.child("notes", maria, "Met at the spring fair, wants the new catalogue.")
    world.child("notes", fair, "Left her number at our stand.")
    world.child("emails", newer, "Re: framework contract")
    world.child("tasks", card, "Call back about the birthday card")
    world.lists(maria, ["Newsletter"])
    world.lists(fair, ["Newsletter", "Spring fair"])
    world.lists(newer, ["Spring fair", "Key accounts"])
    world.ask("200: fill: what Maria has stays, what is empty comes from the duplicate", maria, [fair])
    world.ask("200: elsewhere: the survivor of this merge is a duplicate of the next", newer, [card])
    world.ask(
        "200: overwrite: the duplicate's values win, those it got from its own duplicate too",
        maria,
        [newer],
        overwrite=True,
    )
    world.ask("200: dry run: the answer that there would be; nothing changes", maria, [form], dry_run=True)
    world.ask(
        "200: the same in earnest: her score of 0 is a value and stays",
        maria,
        [form],
        idempotency_key="maria-web-form",
    )
    world.ask(
        "200: replay: the same idempotency key gets the first answer again",
        maria,
        [form],
        idempotency_key="maria-web-form",
    )
    world.ask("404: this duplicate is retired; the message names its survivor", maria, [fair])


def access(world: World) -> None:
    """Steps 1 to 3: keys, scopes, rate limits."""
    ada, copy = world.contact("Ada Access"), world.contact("Ada Access", phone="+44 20 5550 0101")
    world.ask("401: no key, where keys are checked", ada, [copy], api_key_id=None)
    world.ask("401: an unknown key", ada, [copy], api_key_id="key-lost")
    world.ask("401: a revoked key", ada, [copy], api_key_id="key-revoked")
    world.ask(
        "401: a key expires at that very moment",
        ada,
        [copy],
        "2026-02-02T12:00:00Z",
        api_key_id="key-expiring",
    )
    world.ask("403: this key may only read", ada, [copy], api_key_id="key-reader")
    minute = "2026-02-02T16:40:"
    others = [world.contact("Ada Access", city=city) for city in ("Leeds", "York")]
    slow = {"api_key_id": "key-trickle"}
    world.ask(
        "200: first of two a minute: a dry run counts", ada, [copy], f"{minute}05Z", dry_run=True, **slow
    )
    world.ask("200: second of two a minute", ada, [copy], f"{minute}20Z", **slow)
    world.ask("429: third in the same clock minute", ada, others[:1], f"{minute}59Z", **slow)
    world.ask("200: the next minute has calls left again", ada, others, "2026-02-02T16:41:00Z", **slow)


def replay(world: World) -> None:
    """Step 4: idempotency keys."""
    olga, *copies = (
        world.contact("Olga Replay", city=city) for city in (None, "Oslo", "Bergen", "Tromsø", "Bodø")
    )
    nobody = make_id("nobody", "replay")
    key = {"idempotency_key": "olga-1"}
    world.ask("200: first use of an idempotency key", olga, copies[:1], "2026-02-03T09:00:00Z", **key)
    world.ask("200: replay, whatever this body says", olga, copies[1:2], "2026-02-04T08:59:59Z", **key)
    world.ask("200: a day later the key is new again", olga, copies[1:2], "2026-02-04T09:00:00Z", **key)
    bad = {"idempotency_key": "olga-2"}
    world.ask("404: a refusal is a first use too", olga, [nobody], "2026-02-03T10:00:00Z", **bad)
    world.ask("404: replay of that refusal", olga, copies[2:3], "2026-02-03T10:05:00Z", **bad)
    soft = {"idempotency_key": "olga-3"}
    world.ask("200: a dry run does not use up its key", olga, copies[2:3], dry_run=True, **soft)
    world.ask("200: so this is no replay", olga, copies[2:3], **soft)
    world.ask("200: a blank key is none", olga, copies[3:4], idempotency_key="  ")
    world.ask("404: nor does it replay; the duplicate is retired", olga, copies[3:4], idempotency_key="  ")
    south = [world.contact("Otto Replay", "ws-south", city=city) for city in (None, "Linz")]
    world.ask(
        "200: another API key has keys of its own",
        south[0],
        south[1:],
        "2026-02-03T11:00:00Z",
        api_key_id="key-south",
        **key,
    )


def validation(world: World) -> None:
    """Step 5: what a request must look like."""
    vera, copy, other = (
        world.contact("Vera Valid", phone=phone) for phone in (None, "+31 20 555 0102", None)
    )
    world.ask("400: no primary", None, [copy])
    world.ask("400: the primary is no UUID", "vera", [copy])
    world.ask("400: a duplicate is no UUID", vera, [copy, "1234"])
    world.ask("400: no duplicates", vera, [])
    world.ask("400: duplicate_ids are missing", vera, None)
    world.ask("400: duplicate_ids cannot be read", vera, "everyone called Vera")
    world.ask("400: more than 20 duplicates as sent", vera, [make_id("many", n) for n in range(21)])
    world.ask("400: the primary among the duplicates, in another spelling", vera, [f"{{{vera.upper()}}}"])
    world.ask("400: overwrite cannot be read", vera, [copy], overwrite="perhaps")
    world.ask("200: a duplicate named twice counts once", vera, [copy, copy.upper(), other])
    spelled, urn, bare = (world.contact("Wim Spelling", city=city) for city in (None, "Ghent", "Bruges"))
    world.ask(
        "200: ids compare by value, however spelled",
        f" {spelled.upper()} ",
        [f"urn:uuid:{urn}", bare.replace("-", "")],
    )


def retirement(world: World) -> None:
    """Step 6 and imported pointers: chains, circles, ends that are nowhere."""
    first, second = world.contact("Circe Circle"), world.contact("Circe Circle")
    world.contacts[-2]["merged_into_id"], world.contacts[-1]["merged_into_id"] = second, first
    alive = world.contact("Circe Circle", city="Naples")
    world.ask("409: imported pointers run in a circle", alive, [first])
    end = world.contact("Imre Imported", city="Pécs")
    middle = world.contact("Imre Imported", merged_into_id=end.upper(), phone="+36 1 555 0103")
    start = world.contact("I. Imported", merged_into_id=middle)
    world.child(
        "notes",
        start,
        "Names a contact that was already retired when imported: goes to the end of its pointers.",
    )
    world.child("activities", middle, "Names another contact that was already retired when imported.")
    world.lists(start, ["Newsletter"])
    world.ask("409: the primary is retired into one of the duplicates", start, [end])
    lost = world.contact("Nico Nowhere", merged_into_id=make_id("nobody", "nico"))
    world.child("tasks", lost, "Stays as it is: its contact was merged into nobody we know.")
    found = world.contact("Nico Nowhere", city="Nice")
    world.ask("404: retired, into a contact that does not exist", found, [lost])
    vague = world.contact("Vaclav Vague", merged_into_id="see the other Vaclav", phone="+420 2 555 0104")
    world.ask(
        "200: a pointer that is no UUID is rejected and counts as none",
        world.contact("Vaclav Vague"),
        [vague],
    )
    anna, bea, cleo = (world.contact(f"{name} Chain") for name in ("Anna", "Bea", "Cleo"))
    world.ask("200: chain, first link", bea, [anna])
    world.ask("409: back again: the retired primary leads into the duplicate", anna, [bea])
    world.ask("200: chain, second link: a survivor is retired in its turn", cleo, [bea])
    world.ask("404: a retired primary: the message names the survivor of now", anna, [alive])


def visibility(world: World) -> None:
    """Step 7: what does not exist, or is somebody else's."""
    nora, copy = world.contact("Nora Nord"), world.contact("Nora Nord", city="Narvik")
    sue = world.contact("Sue Sud", "ws-south", city="Siena")
    free, loose = (world.contact("Fritz Free", None, city=city) for city in (None, "Fulda"))
    world.ask("404: the primary does not exist", make_id("nobody", "nora"), [copy])
    world.ask("404: of another workspace than the key: as if it did not exist", nora, [sue])
    world.ask("404: a reason for each bad id", nora, [copy, make_id("nobody", "one"), sue])
    world.ask("404: no workspace is another one than the key's", nora, [free])
    world.ask("404: of another workspace than the primary", nora, [sue], api_key_id="key-admin")
    world.ask(
        "200: a key without workspace may merge all; two nulls agree", free, [loose], api_key_id="key-admin"
    )
    world.ask("200: and where nothing is wrong it is merged", nora, [copy])


def folding(world: World) -> None:
    """Which value a field gets."""
    kept = world.contact("Finn Fill", phone="+353 1 555 0105", lead_score=0, opted_in=False)
    given = {
        "phone": "+353 1 555 9999",
        "lead_score": 87,
        "opted_in": True,
        "annual_budget": Decimal("1250.10"),
    }
    world.ask("200: fill: zero and false are values", kept, [world.contact("Finn Fill", **given)])
    blank = world.contact(
        "Bella Blank", phone="  ", city="\u00a0\u2003", engagement=float("nan"), tags=[], custom_fields="{}"
    )
    full = {"phone": "+39 06 555 0106", "city": "Rome", "engagement": 0.75, "tags": ["press"]}
    world.ask("200: blank text, NaN and [] are empty", blank, [world.contact("Bella Blank", **full)])
    order = world.contact("Orla Order")
    twice = [world.contact("Orla Order", city=city) for city in (" ", "Cork", "Galway")]
    world.ask("200: the first duplicate that has a value gives it", order, twice)
    over = world.contact("Owen Over", city="Cardiff", job_title="Owner", company="Over & Out")
    new = [world.contact("Owen Over", job_title="Founder"), world.contact("Owen Over", company="Over Ltd")]
    world.ask("200: overwrite: where no duplicate has a value the primary's stays", over, new, overwrite=True)
    same = [world.contact("Edda Equal", city="Essen") for _ in range(2)]
    world.ask(
        "200: overwrite by an equal value: not populated, but its source", same[0], same[1:], overwrite=True
    )
    typed = world.contact("Tara Typed")
    rich = world.contact(
        "Tara Typed",
        annual_budget=Decimal("99999999999.99"),
        birthday=date(1979, 12, 31),
        last_contacted_at=datetime(2026, 1, 31, 23, 59, 59, 123456, tzinfo=UTC),
        tags=["a, b", 'say "hi"', "ünïcode"],
        postcode="0870",
    )
    world.ask("200: every type is carried over untouched", typed, [rich])


def objects(world: World) -> None:
    """JSON fields, folded key by key."""
    jo = world.contact("Jo Json", custom_fields='{"tier": "gold", "nickname": "", "rate": 1.10}')
    other = world.contact(
        "Jo Json",
        custom_fields=r'{"nickname": "Jos\u00e9", "rate": 2, "big": 12345678901234567890123, "fax": null, '
        r'"region": "old", "region": "north"}',
    )
    world.ask(
        "200: JSON: each key is a field; spelling stays; of a key written twice the last counts", jo, [other]
    )
    broken = world.contact("Nia Nojson", custom_fields="n/a")
    proper = world.contact("Nia Nojson", custom_fields='{"tier": "silver"}')
    world.ask("200: text that is no JSON object is rejected and counts as empty", broken, [proper])
    world.contact("Ned Nojson", custom_fields="[1, 2]")


def order_of_time(world: World) -> None:
    """Requests are processed by time, then by request_id, in whatever order the file has them."""
    email = "tess.time@clockwork.example"
    tess, copy, third = (
        world.contact("Tess Time", email=email, city=city) for city in (None, "Turin", "Trento")
    )
    zoneless, zoned = "2026-02-05T10:30:00", "2026-02-05T11:45:00+01:00"
    world.ask(
        "404: a zoneless time is UTC: this is a quarter of an hour after the next",
        tess,
        [copy],
        "2026-02-05T11:00:00",
    )
    world.ask("200: 10:45 UTC, written with its zone", tess, [copy], zoned)
    world.ask(
        "200: the same moment as the next: the lower request_id comes first",
        third,
        [tess],
        "2026-02-05T12:00:00Z",
    )
    world.ask(
        "404: the same moment: its primary was just retired",
        tess,
        [world.contact("Tess Time", email=email.title())],
        "2026-02-05T12:00:00Z",
    )
    world.ask(
        "200: the earliest of these, though it stands last",
        tess,
        [world.contact("Tess Time", phone="+39 011 555 0107")],
        zoneless,
    )


def children(world: World) -> None:
    """Who gets the children, and which memberships stay."""
    lena, one, two = (world.contact("Lena Lists") for _ in range(3))
    world.lists(lena, ["Newsletter"])
    world.lists(one, ["Newsletter", "Key accounts"])
    world.lists(two, ["Key accounts", "Alumni"])
    world.ask("200: of the duplicates' memberships the first of each list moves", lena, [one, two])
    kim, copy = world.contact("Kim Child"), world.contact("Kim Child")
    for kind in ("notes", "activities", "tasks", "emails", "documents"):
        world.child(kind, copy, "Moves to the primary.")
    world.child("notes", copy.upper(), "Moves too: ids compare by value.")
    world.child("notes", make_id("nobody", "kim"), "Of a contact that does not exist: kept as it is.")
    world.ask("200: children move to the primary and are counted", kim, [copy])
    sten, *star = (world.contact("Sten Star", phone=phone) for phone in (None, None, "+46 8 555 0108", None))
    world.ask("200: star: many into one", sten, star)
    world.ask("200: a later duplicate of the same survivor", sten, [world.contact("S. Star", city="Solna")])


CASES = (
    story,
    access,
    replay,
    validation,
    retirement,
    visibility,
    folding,
    objects,
    order_of_time,
    children,
)

BAD_REQUEST_LINES = (
    json.dumps({"primary_id": make_id("contact", 0), "requested_at": "2026-02-02T08:00:00Z"}),
    json.dumps({"request_id": "req-without-time", "primary_id": make_id("contact", 0)}),
    json.dumps({"request_id": "req-bad-time", "requested_at": "yesterday"}),
    json.dumps({"request_id": "req-001", "requested_at": "2026-02-02T08:05:00Z", "reason": "another body"}),
    '{"request_id": "req-cut-off", "primary_id": "',
)
