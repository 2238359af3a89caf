"""The cells of worlds: ids spelled in all ways, blanks of all kinds, a column of every type, odd JSON, API keys.

Pools are small on purpose: two contacts should often hold the same value, or one that differs in a detail.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pyarrow as pa
from hypothesis import strategies as st
from reference_records import Row

Types = dict[str, pa.DataType]

START = datetime(2026, 3, 1, 23, 50, tzinfo=UTC)
TZ = pa.timestamp("us", tz="UTC")

POOL = [uuid5(NAMESPACE_OID, f"contact {place}") for place in range(14)]
"""The ids of contacts, in no order; the last ones of a world's part of it are never there."""

ID_SPELLINGS: list[Callable[[str], str]] = [
    str.upper,
    lambda text: text.replace("-", ""),
    lambda text: "{" + text + "}",
    lambda text: "urn:uuid:" + text,
    lambda text: f" {text}\n",
    lambda text: f"\u3000{text}\u00a0",
    lambda text: "{" + text.upper().replace("-", "", 2),
]

GARBAGE_IDS = [
    None,
    "",
    " ",
    "garbage",
    str(POOL[0])[:-1],
    str(POOL[0]) + "0",
    "urn:uuid:",
    "{}",
    "URN:UUID:" + str(POOL[1]),
    "g" * 32,
    "0x" + "1" * 30,
    "1" * 15 + "_" + "1" * 16,
    "\u0661" * 32,
]
"""Ids that are none; the last three are odd ones that `uuid.UUID` takes, of contacts that nobody has."""


def rarely() -> st.SearchStrategy[bool]:
    """True once in a while; false when shrunk."""
    return st.integers(0, 19).map(lambda n: n == 13)


def ids_spelled(pool: int, at: int | None = None) -> st.SearchStrategy[str]:
    """An id of the first `pool` of POOL (or the one `at` a place), mostly in its usual spelling."""
    places = st.integers(0, min(pool, len(POOL)) - 1) if at is None else st.just(at)
    spell = st.integers(0, len(ID_SPELLINGS) * 5).map(
        lambda n: ID_SPELLINGS[n] if n < len(ID_SPELLINGS) else str
    )
    plain = st.one_of(st.just(str), st.just(str), spell)
    return st.tuples(places, plain).map(lambda pair: pair[1](str(POOL[pair[0]])))


# -------------------------------------------------------------------------------- cells

TEXTS = [None, "", " ", "\t\r\n", "\u00a0", "\u2028\u3000", "\x1f", "x", "x ", "X", "y", "0", "0870", "null"]
TEXTS += [
    "NaN",
    "[]",
    "\u200b",
    "\u00e9",
    "e\u0301",
    "it's",
    'say "hi"',
    "a\\b",
    "a,b\n;c",
    "2026-01-02T03:04:05Z",
]

SLICES = ["1", "1.0", "1.10", "1e3", "-0", "0", "12345678901234567890.10", "true", "false", "null"]
SLICES += ['""', '" "', '"\\u00a0"', '"x"', '"\\u00e9"', '"\u00e9"', '"\\/"', '"a\\"b"']
SLICES += ["[]", "[ ]", "{}", "[1, 2]", "[null]", '{"b": 1,"a":{ }}', '{"a":1,"a":2}']

KEYS = ['"a"', '"b"', '"\\u0061"', '"\u00e9"', '"\\u00e9"', '"a.b"', '""', '"with space"', '"q\\"q"']

NO_OBJECTS = [None, "", " ", "null", "[]", '[{"a":1}]', '"a"', "1", "garbage", "{", '{"a":1,}', '{"a":NaN}']
NO_OBJECTS += ["{'a':1}", '{"a":1}{"b":2}', "\ufeff{}", '{"a":01}', '{"a" 1}', '{"a":"\t"}']


@st.composite
def json_texts(draw: st.DrawFn) -> str | None:
    """The text of a JSON field: mostly an object, spelled in some way, keys at times twice."""
    if draw(st.integers(0, 7)) == 7:
        return draw(st.sampled_from(NO_OBJECTS))
    pairs = draw(st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(SLICES)), max_size=4))
    colon, comma = draw(st.sampled_from([(":", ","), (": ", ", "), (" :\n", " ,\t")]))
    return "{" + comma.join(f"{key}{colon}{slice_}" for key, slice_ in pairs) + "}"


STRUCT = pa.struct({"city": pa.string(), "zip": pa.string()})
MAP = pa.map_(pa.string(), pa.string())
MOMENTS = [None, datetime(2026, 1, 2, 3, 4, 5, 678900), datetime(2026, 1, 2), datetime(1969, 12, 31, 23, 59)]

CELLS: dict[pa.DataType, list[Any]] = {
    pa.string(): TEXTS,
    pa.int64(): [None, 0, 1, -1, 2**62 + 1],
    pa.int32(): [None, 0, 7],
    pa.float64(): [None, float("nan"), 0.0, 1.5, 0.1, 1e20, 1e-7, float("inf")],
    pa.bool_(): [None, False, True],
    pa.decimal128(10, 2): [None, Decimal("0.00"), Decimal("1.10"), Decimal("-0.50")],
    pa.decimal128(38, 10): [None, Decimal("1234567890123456789012345678.0123456789")],
    pa.date32(): [None, date(2026, 1, 2), date(1969, 12, 31)],
    pa.timestamp("us"): MOMENTS,
    TZ: [moment and moment.replace(tzinfo=UTC) for moment in MOMENTS],
    pa.list_(pa.string()): [None, [], [None], ["a"], ["a", "b, c"], [""]],
    pa.list_(pa.float64()): [None, [], [float("nan")], [1.0, None]],
    STRUCT: [None, {"city": None, "zip": None}, {"city": "a", "zip": ""}, {"city": "b", "zip": "1"}],
    MAP: [None, [], [("k", "v")], [("k", None), ("j", "")], [("j", "w")], [("j", 'a "b"'), ("k", "u")]],
    pa.binary(): [None, b"", b"\x00\xff", b"it's \\"],
}


@dataclass(frozen=True)
class Column:
    """A column that a world may have: the types it comes in, and whether its text is JSON."""

    types: list[pa.DataType]
    cells: list[Any] | None = None
    json: bool = False

    def values(self, type_: pa.DataType) -> st.SearchStrategy[Any]:
        """Cells of this column where it has this type."""
        if self.json and type_ == pa.string():
            return json_texts()
        if self.cells is not None:
            return st.sampled_from(self.cells)
        return st.sampled_from(CELLS[type_])


SIMPLE = [type_ for type_ in CELLS if type_ not in (STRUCT, MAP)]

CATALOGUE: dict[str, Column] = {
    "phone": Column([pa.string()]),
    "full_name": Column([pa.string()]),
    "select": Column([pa.string(), pa.int64()]),
    'quoted "name" \u00e9': Column([pa.string()]),
    "custom_fields": Column([pa.string()] * 6 + [STRUCT, MAP], json=True),
    "extra": Column([pa.string()], json=True),
    "anything": Column(list(CELLS)),
    "any.thing": Column(SIMPLE),
    "score": Column([pa.float64(), pa.int32()]),
    "vip": Column([pa.bool_()]),
    "seen_at": Column([pa.timestamp("us"), TZ, pa.date32()]),
}
"""The fields that a world draws its columns from."""

TIMES_AS_TEXT = [None, "", "no time", "2020-01-01", "2020-01-01T00:00:00Z"]
TIMES_AS_TEXT += ["2099-01-01 00:00:00", "2099-01-01T00:00:00+02:00"]


class TimeColumn(Column):
    """A time column that a merge writes to: values before and after any run."""

    def values(self, type_: pa.DataType) -> st.SearchStrategy[Any]:
        if type_ == pa.string():
            return st.sampled_from(TIMES_AS_TEXT)
        moments = [None, datetime(2020, 1, 1), datetime(2099, 1, 1, 0, 0, 0, 5)]
        if type_ == pa.date32():
            return st.sampled_from([moment and moment.date() for moment in moments])
        return st.sampled_from([m and (m.replace(tzinfo=UTC) if type_ == TZ else m) for m in moments])


class WorkspaceColumn(Column):
    """Workspaces, by name or by number: most contacts in one, some in another, some in none."""

    def values(self, type_: pa.DataType) -> st.SearchStrategy[Any]:
        one, other = ("w1", "w2") if type_ == pa.string() else (1, 2)
        return st.sampled_from([one] * 8 + [other, None])


SYSTEM_COLUMNS: dict[str, Column] = {
    "workspace_id": WorkspaceColumn([pa.string(), pa.string(), pa.int64()]),
    "created_at": Column([pa.string(), pa.timestamp("us"), TZ]),
    "updated_at": TimeColumn([pa.string(), pa.timestamp("us"), TZ]),
    "updated_date": TimeColumn([pa.string(), pa.date32()]),
    "merged_into_id": Column([pa.string()]),
}

# -------------------------------------------------------------------------------- other tables

CHILD_TYPES: Types = {"id": pa.string(), "contact_id": pa.string(), "body": pa.string()}
MEMBERSHIP_TYPES: Types = {"list_id": pa.string(), "contact_id": pa.string(), "added_by": pa.string()}
KEY_TYPES: Types = {
    "api_key_id": pa.string(),
    "workspace_id": pa.string(),
    "scopes": pa.list_(pa.string()),
    "expires_at": TZ,
    "revoked_at": TZ,
    "rate_limit": pa.int64(),
}
REQUEST_TYPES: Types = {
    "request_id": pa.string(),
    "primary_id": pa.string(),
    "duplicate_ids": pa.list_(pa.string()),
    "overwrite": pa.bool_(),
    "dry_run": pa.bool_(),
    "idempotency_key": pa.string(),
    "api_key_id": pa.string(),
    "requested_at": TZ,
    "reason": pa.string(),
    "score": pa.float64(),
}


def _key(name: str, **columns: Any) -> Row:
    key: Row = {"api_key_id": name, "workspace_id": None, "scopes": ["read:contacts", "write:contacts"]}
    return {**key, "expires_at": None, "revoked_at": None, "rate_limit": None, **columns}


API_KEYS: dict[str, Row] = {
    "full": _key("full"),
    "w1": _key("w1", workspace_id="w1"),
    "one_by_number": _key("one_by_number", workspace_id="1"),
    "w2": _key("w2", workspace_id="w2", rate_limit=100),
    "one": _key("one", rate_limit=1),
    "two": _key("two", rate_limit=2, workspace_id="w1"),
    "ends": _key("ends", expires_at=START + timedelta(minutes=2)),
    "revoked": _key("revoked", revoked_at=START),
    "reads": _key("reads", scopes=["read:contacts"]),
    "scopeless": _key("scopeless", scopes=None),
}
"""Keys that may be given, each with a trait of its own."""
