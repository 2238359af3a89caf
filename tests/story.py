"""A small language for hand-written cases: contacts are letters, requests come a minute apart.

    story = Story(endpoint())
    story.load(contacts={"a": {"phone": None}, "b": {"phone": "2"}}, notes="b", lists="L:b M:a")
    assert story.ask("a", "b")["status"] == 200

It knows an implementation only by `load`, `run`, `undo` and `merged`, so the same cases run on each.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from canonical import canonical
from reference_records import CHILDREN
from reference_values import as_id

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
Row = dict[str, Any]


def id_of(letter: str) -> str:
    """The UUID of a contact's letter; ids ascend with the alphabet. Longer text stands for itself."""
    return str(UUID(int=0xABCDEF00_0000_4000_8000_000000000000 + ord(letter))) if len(letter) == 1 else letter


def letter_of(text: str | None) -> str | None:
    """The letter of a UUID in any spelling; other text as it is."""
    value = as_id(text)
    if value is None or not (32 < value.int & 0xFFFF < 127):
        return text
    return chr(value.int & 0xFFFF)


class Story:
    """An endpoint to which things happen one after the other; runs are an hour apart (`as_of`)."""

    def __init__(self, endpoint: Any, json_fields: Sequence[str] = ("custom_fields",)) -> None:
        self.endpoint, self.json_fields = endpoint, json_fields
        self.asked, self.runs = 0, 0

    def now(self) -> datetime:
        """The `as_of` of the next run."""
        self.runs += 1
        return START + timedelta(hours=self.runs)

    # ------------------------------------------------------------------------------- what happens

    def load(
        self,
        contacts: Mapping[str, Row] | None = None,
        lists: str | None = None,
        keys: Sequence[Row] | None = None,
        modes: Mapping[str, str] | None = None,
        **children: str,
    ) -> None:
        """Load tables. `notes="b b"` are two notes of b; `lists="L:b"` is b's membership of L."""
        tables: dict[str, list[Row]] = {}
        if contacts is not None:
            tables["contacts"] = contact_rows(contacts)
        if lists is not None:
            pairs = [word.split(":") for word in lists.split()]
            tables["list_memberships"] = [
                {"list_id": name, "contact_id": id_of(owner), "row": f"{name}:{owner}"}
                for name, owner in pairs
            ]
        for kind, owners in children.items():
            assert kind in CHILDREN
            tables[kind] = [
                {"id": str(UUID(int=place + 1)), "contact_id": id_of(owner), "body": f"{place} of {owner}"}
                for place, owner in enumerate(owners.split())
            ]
        if keys is not None:
            tables["api_keys"] = list(keys)
        self.endpoint.load(tables, modes or {}, as_of=self.now())

    def request(self, primary: Any, *duplicates: Any, **columns: Any) -> Row:
        """The row of a request; ids by letter, r1, r2 … and a minute apart where nothing else is said."""
        self.asked += 1
        return {
            "request_id": f"r{self.asked}",
            "primary_id": id_of(primary) if isinstance(primary, str) else primary,
            "duplicate_ids": [id_of(d) if isinstance(d, str) else d for d in duplicates],
            "overwrite": None,
            "dry_run": None,
            "idempotency_key": None,
            "api_key_id": None,
            "requested_at": START + timedelta(minutes=self.asked),
            **columns,
        }

    def ask(self, primary: Any, *duplicates: Any, **columns: Any) -> Row:
        """One request in a run of its own, and its response in plain form (ids by letter)."""
        return self.batch(self.request(primary, *duplicates, **columns))[0]

    def batch(self, *requests: Row) -> list[Row]:
        """Requests in one run, and their responses in the order in which they are given."""
        self.endpoint.run(list(requests), as_of=self.now())
        return [self.response(request["request_id"]) for request in requests]

    def undo(self, *request_ids: str, contact: str | None = None) -> None:
        """Take merges back, or one contact (by letter) out of them."""
        self.endpoint.undo(list(request_ids), None if contact is None else id_of(contact), as_of=self.now())

    # ------------------------------------------------------------------------------- what is then

    def table(self, name: str) -> list[Row]:
        """A table of the outputs, as it is."""
        return self.endpoint.merged()[name]

    def plain(self, name: str) -> list[Row]:
        """A table of the outputs in canonical form."""
        return canonical({name: self.table(name)}, self.json_fields)[name]

    def response(self, request_id: str) -> Row:
        """A response: `primary` as dictionary of plain values, `merged_ids` as letters."""
        found = next(row for row in self.plain("merge_responses") if row["request_id"] == request_id)
        primary = None if found["primary"] is None else dict(found["primary"])
        return {**found, "primary": primary, "merged_ids": [letter_of(m) for m in found["merged_ids"]]}

    def message(self, request_id: str) -> str:
        """The free wording of a response."""
        return next(r["message"] for r in self.table("merge_responses") if r["request_id"] == request_id)

    def contact(self, letter: str) -> Row | None:
        """A live contact as it is now, or None."""
        return next((row for row in self.table("contacts") if letter_of(row["id"]) == letter), None)

    def field(self, letter: str, column: str) -> Any:
        """A value of a live contact."""
        row = self.contact(letter)
        assert row is not None, f"{letter} is not live"
        return row[column]

    def live(self) -> str:
        """The letters of all live contacts."""
        return "".join(sorted(str(letter_of(row["id"])) for row in self.table("contacts")))

    def owners(self, kind: str) -> str:
        """Who has the children of a kind, in the order of the children."""
        rows = sorted(self.table(kind), key=lambda row: row["id"])
        return " ".join(str(letter_of(row["contact_id"])) for row in rows)

    def lists(self) -> str:
        """The memberships as `list:owner`, with the row they come from where that was another's."""
        words = []
        for row in self.table("list_memberships"):
            now = f"{row['list_id']}:{letter_of(row['contact_id'])}"
            words.append(now if row["row"] == now else f"{now}({row['row']})")
        return " ".join(sorted(words))

    def pointers(self) -> dict[str | None, str | None]:
        """The redirects: retired -> survivor now."""
        return {
            letter_of(r["retired_id"]): letter_of(r["survivor_id"]) for r in self.table("contact_redirects")
        }

    def sources(self, letter: str) -> dict[str, tuple[str | None, str]]:
        """Of a live contact, field -> source and request, where the value came from a retired one."""
        return {
            row["field"]: (letter_of(row["source_contact_id"]), row["request_id"])
            for row in self.table("field_provenance")
            if letter_of(row["contact_id"]) == letter
        }

    def conflicts(self, letter: str) -> list[tuple[Any, ...]]:
        """Of a live contact, (field, kept value, kept from, other value, other from, request)."""
        return sorted(
            (
                row["field"],
                row["kept_value"],
                letter_of(row["kept_from"]),
                row["other_value"],
                letter_of(row["other_from"]),
                row["request_id"],
            )
            for row in self.table("field_conflicts")
            if letter_of(row["contact_id"]) == letter
        )


def contact_rows(contacts: Mapping[str, Row]) -> list[Row]:
    """Rows of contacts, all with the same columns: in the order in which they are first named."""
    columns = dict.fromkeys(column for fields in contacts.values() for column in fields)
    blank = dict.fromkeys(("id", *columns))
    return [{**blank, "id": id_of(letter), **fields} for letter, fields in contacts.items()]


def pointing(**targets: str | None) -> dict[str, Row]:
    """Contacts with imported pointers: `pointing(a="b", b=None)`."""
    return {c: {"merged_into_id": t if t is None else id_of(t), "f": c} for c, t in targets.items()}


def key(**columns: Any) -> Row:
    """A row of api_keys: k1, which may do all, where nothing else is said."""
    row: Row = {"api_key_id": "k1", "workspace_id": None, "scopes": ["write:contacts"]}
    return {**row, "expires_at": None, "revoked_at": None, "rate_limit": None, **columns}
