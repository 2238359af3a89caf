"""Hypothesis strategies of whole inputs: tables in every format, settings, arguments and paths, and how they are broken.

A strategy draws a small recipe (`Attempt`), which prints as Python and can be run again; `write_attempt` makes the files of it.
"""

import bz2
import csv
import gzip
import io
import json
import lzma
import math
import os
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import write_deltalake
from fuzz_giants import GIANTS
from fuzz_values import (
    ARGUMENTS,
    BAD_IDS,
    COLUMN_NAMES,
    DECIMALS,
    DUPLICATES,
    FLAGS,
    IDS,
    MARK,
    NESTED,
    NUMBERS,
    ODD_IDS,
    PATH_NAMES,
    SETTINGS,
    SOUND_KEYS,
    TEXTS,
    TIMES,
    TOKENS,
    TOML_JUNK,
)
from hypothesis import strategies as st

CHILDREN = ("notes", "activities", "tasks", "emails", "documents", "list_memberships")
TABLES = ("contacts", *CHILDREN, "merge_requests", "api_keys")
FORMATS = ("csv", "jsonl", "json", "parquet")


@dataclass(frozen=True)
class Table:
    """One file of a table: `columns` with their values, row by row; `kinds` of columns that only Parquet has."""

    table: str
    format: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    kinds: tuple[str, ...] = ()
    breaks: tuple[
        tuple[str, int, int], ...
    ] = ()  # what is done to its bytes: how, where (per mille), with what
    place: str = "file"  # or in a folder, behind a link, ...
    ending: str = ""  # where it is not "." and the format.
    packed: str = ""  # one of PACKED.
    written: "Written | None" = None  # how its cells are spelled as CSV.
    partitions: tuple[str, ...] = ()  # folders within that of the table: each has the file.
    fits: bool = True  # whether settings and ending say what is so.

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.table}{self.ending or f'.{self.format}'}"


@dataclass(frozen=True)
class Written:
    """How the cells of a CSV file are spelled; `null` is what stands for None, `nulls` what settings call null."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    encoding: str = "utf-8"
    null: str = ""
    nulls: tuple[str, ...] = ("",)
    first_line: str = ""  # Excel's `sep=;`


@dataclass(frozen=True)
class Attempt:
    """One input: what a hostile or unlucky user hands over, and how."""

    kind: str
    tables: tuple[Table, ...] = ()
    settings: str | None = None
    settings_breaks: tuple[tuple[str, int, int], ...] = ()
    arguments: tuple[str, ...] = ()
    command: str = "run"
    folder: str = "plain"
    again: bool = False  # on a warehouse that holds a batch already
    obstacle: str = ""  # what stands in the output folder where something else should
    more: tuple[str, ...] = ()  # files beside the tables
    giant: str = ""  # one of GIANTS
    before: tuple[Table, ...] = ()  # the tables of an earlier run
    before_settings: str | None = None  # and its settings


# ---------------------------------------------------------------- tables

ids = st.sampled_from([*IDS[:5] * 6, *IDS, *ODD_IDS, *BAD_IDS])
values = st.one_of(
    st.none(),
    st.sampled_from(TEXTS),
    st.sampled_from(TEXTS),
    st.sampled_from(NUMBERS),
    st.sampled_from(NESTED),
    st.sampled_from(TIMES),
    st.booleans(),
    st.text(max_size=12).map(lambda text: text + MARK),
)
NEEDED: dict[str, tuple[str, ...]] = {
    "contacts": ("id",),
    "list_memberships": ("list_id", "contact_id"),
    "merge_requests": ("request_id", "primary_id", "duplicate_ids", "requested_at"),
    "api_keys": ("api_key_id", "scopes"),
} | dict.fromkeys(CHILDREN[:-1], ("id", "contact_id"))
OF_COLUMN: dict[str, st.SearchStrategy[Any]] = {
    "id": ids,
    "contact_id": ids,
    "primary_id": ids,
    "merged_into_id": st.one_of(st.none(), st.none(), ids),
    "list_id": st.sampled_from(["l1", "l2", "", None, 1, *TEXTS[:8]]),
    "request_id": st.sampled_from(["r1", "r2", "r3", "r4", "r5", "", None, 7, *TEXTS[:14]]),
    "duplicate_ids": st.sampled_from([*DUPLICATES[:2] * 8, *DUPLICATES]),
    "overwrite": st.sampled_from(FLAGS),
    "dry_run": st.sampled_from(FLAGS),
    "requested_at": st.sampled_from([*TIMES[:1] * 20, *TIMES]),
    "expires_at": st.sampled_from([None, "2030-01-01T00:00:00Z", *TIMES]),
    "revoked_at": st.sampled_from([None, None, *TIMES]),
    "updated_at": st.sampled_from(TIMES),
    "updated_date": st.sampled_from(TIMES),
    "workspace_id": st.sampled_from(["w1", "w1", "w2", None, "", 1, *TEXTS[:6]]),
    "api_key_id": st.sampled_from(["k1", "k1", "k2", None, "", *TEXTS[:6]]),
    "idempotency_key": st.sampled_from(["i1", "i2", None, "", *TEXTS[:6]]),
    "scopes": st.sampled_from(
        [["write:contacts"], "write:contacts", '["write:contacts"]', [], None, MARK, {}, 1, [None]]
    ),
    "rate_limit": st.sampled_from([None, 1, 0, "5", -1, 2**63, 1.5, math.nan, MARK, True]),
    "custom_fields": st.sampled_from([*TEXTS, *NESTED]),
}
USUAL: dict[str, tuple[str, ...]] = {
    "contacts": ("email", "custom_fields", "workspace_id", "merged_into_id", "updated_at"),
    "merge_requests": ("overwrite", "dry_run", "idempotency_key", "api_key_id", "reason"),
    "api_keys": ("workspace_id", "expires_at", "revoked_at", "rate_limit"),
}
KINDS: dict[str, Callable[[int], pa.Array]] = {
    "int8": lambda n: pa.array([-128] * n, pa.int8()),
    "uint64": lambda n: pa.array([2**64 - 1] * n, pa.uint64()),
    "float16": lambda n: pa.array([math.nan] * n, pa.float16()),
    "float32": lambda n: pa.array([math.inf] * n, pa.float32()),
    "decimal38": lambda n: pa.array([DECIMALS[i % 2] for i in range(n)], pa.decimal128(38, 2)),
    "decimal0": lambda n: pa.array([10**37] * n, pa.decimal128(38, 0)),
    "decimal60": lambda n: pa.array([10**50] * n, pa.decimal256(60, 0)),
    "duration": lambda n: pa.array([1] * n, pa.duration("us")),
    "date32": lambda n: pa.array([2**31 - 1 - i for i in range(n)], pa.int32()).cast(pa.date32()),
    "date32low": lambda n: pa.array([-(2**31) + i for i in range(n)], pa.int32()).cast(pa.date32()),
    "date64": lambda n: pa.array([date(9999, 12, 31)] * n, pa.date64()),
    "ts_s": lambda n: pa.array([2**52 - i for i in range(n)], pa.int64()).cast(pa.timestamp("s")),
    "ts_ms": lambda n: pa.array([2**62 - i for i in range(n)], pa.int64()).cast(pa.timestamp("ms")),
    "ts_us": lambda n: pa.array([2**63 - 1 - i for i in range(n)], pa.int64()).cast(pa.timestamp("us", "UTC")),
    "ts_low": lambda n: pa.array([-(2**63) + i for i in range(n)], pa.int64()).cast(pa.timestamp("us")),
    "ts_ns": lambda n: pa.array([-(2**63) + i for i in range(n)], pa.int64()).cast(pa.timestamp("ns")),
    "ts_zone": lambda n: pa.array([0] * n, pa.timestamp("us", "Asia/Kathmandu")),
    "time": lambda n: pa.array([86_400_000_000] * n, pa.int64()).cast(pa.time64("us")),
    "binary": lambda n: pa.array([b"\xff\0" + MARK.encode()] * n, pa.binary()),
    "fixed": lambda n: pa.array([b"\xff\0\x01"] * n, pa.binary(3)),
    "badtext": lambda n: pa.array([b"\xff\xfe" + MARK.encode()] * n, pa.binary()).view(pa.string()),
    "nultext": lambda n: pa.array([f"{MARK}\0{MARK}"] * n, pa.string()),
    "dictionary": lambda n: pa.array([MARK] * n, pa.string()).dictionary_encode(),
    "null": pa.nulls,
    "list": lambda n: pa.array([[MARK, None]] * n, pa.list_(pa.string())),
    "lists": lambda n: pa.array([[[[[1], []], None]]] * n),
    "fixedlist": lambda n: pa.array([[1, 2]] * n, pa.list_(pa.int32(), 2)),
    "struct": lambda n: pa.array([{"a": MARK, "A b": [1], '"': None}] * n),
    "struct_twice": lambda n: pa.StructArray.from_arrays([pa.array([1] * n), pa.array([2] * n)], ["a", "A"]),
    "struct_noname": lambda n: pa.StructArray.from_arrays([pa.array([1] * n)], [""]),
    "map": lambda n: pa.array([[("a", MARK), ("b", None)]] * n, pa.map_(pa.string(), pa.string())),
    "map_list": lambda n: pa.array([[("a", [1])]] * n, pa.map_(pa.string(), pa.list_(pa.int64()))),
    "map_twice": lambda n: pa.array([[("a", 1), ("a", 2)]] * n, pa.map_(pa.string(), pa.int64())),
    "map_int": lambda n: pa.array([[(1, math.nan)]] * n, pa.map_(pa.int64(), pa.float64())),
    "deep": lambda n: _deep(n, 60),
    "uuid": lambda n: pa.ExtensionArray.from_storage(
        pa.uuid(), pa.array([bytes([0] * 15 + [i % 8]) for i in range(n)], pa.binary(16))
    ),
    "large": lambda n: pa.array([MARK] * n, pa.large_string()),
    "view": lambda n: pa.array([MARK] * n, pa.string_view()),
    "bool": lambda n: pa.array([True, None][: max(n, 0)] * n, pa.bool_())[:n],
}  # fmt: skip


def _deep(n: int, levels: int) -> pa.Array:
    value: Any = [MARK]
    for _ in range(levels):
        value = [value]
    return pa.array([value] * n)


@st.composite
def tables(draw: st.DrawFn, table: str) -> Table:
    """One table, broken or not."""
    form = draw(st.sampled_from(FORMATS))
    named = list(NEEDED[table])
    if draw(st.integers(0, 19)) == 0:
        named.pop(draw(st.integers(0, len(named) - 1)))
    for name in USUAL.get(table, ()):
        if draw(st.booleans()):
            named.append(name)
    if draw(st.booleans()):
        named += draw(st.lists(st.sampled_from(COLUMN_NAMES), max_size=3, unique=draw(st.integers(0, 3)) > 0))
    if draw(st.integers(0, 3)) == 0:
        named = list(draw(st.permutations(named)))
    count = draw(st.sampled_from([0, 1, 2, 3, 5, 8]))
    drawn = []
    for name in named:
        plain = (
            draw(st.integers(0, 2)) > 0
        )  # most columns have values of one kind, or nothing would ever be merged
        strategy = OF_COLUMN.get(name, values)
        if plain and name in ("id", "contact_id", "primary_id"):
            strategy = st.sampled_from(IDS[:5] if name != "primary_id" else IDS[:2])
        elif plain and name not in OF_COLUMN:
            strategy = draw(
                st.sampled_from(
                    [st.sampled_from(TEXTS), st.sampled_from(NUMBERS), st.sampled_from([True, None])]
                )
            )
        unique = plain and table in ("contacts", "merge_requests") and name in ("id", "request_id")
        if unique:
            pool = IDS if name == "id" else ["r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8"]
            drawn.append(pool[:count])
        else:
            drawn.append([draw(strategy) for _ in range(count)])
    rows = tuple(zip(*drawn, strict=True)) if named else ()
    kinds: tuple[str, ...] = ()
    if form == "parquet" and draw(st.booleans()):
        kinds = tuple(draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=3)))
    place = draw(
        st.sampled_from(
            ["file"] * 14 + ["folder", "two", "link", "parts_of_others", "itself_a_folder", "hidden_too"]
        )
    )
    return Table(table, form, tuple(named), rows, kinds, draw(breaks()), place)


@st.composite
def breaks(draw: st.DrawFn) -> tuple[tuple[str, int, int], ...]:
    """What is done to the bytes of a file: nothing, mostly."""
    if draw(st.integers(0, 9)) < 6:
        return ()
    ways = sorted(BREAKS) + ["put"] * 3
    one = st.tuples(st.sampled_from(ways), st.integers(0, 1000), st.integers(0, len(TOKENS) - 1))
    return tuple(draw(st.lists(one, min_size=1, max_size=3)))


def _newline(content: bytes, newline: bytes) -> bytes:
    return content.replace(b"\n", newline)


# Each takes the bytes of a file, a place in them and the number of a token.
BREAKS: dict[str, Callable[[bytes, int, int], bytes]] = {
    "cut": lambda content, at, _: content[:at],
    "drop": lambda content, at, token: content[:at] + content[at + 1 + token :],
    "put": lambda content, at, token: content[:at] + TOKENS[token] + content[at:],
    "flip": lambda content, at, token: (
        content[:at] + bytes(b ^ (1 << token % 8) for b in content[at : at + 1]) + content[at + 1 :]
    ),
    "utf16": lambda content, _, __: content.decode(errors="replace").encode("utf-16"),
    "latin1": lambda content, _, __: (
        content.decode(errors="replace").encode("latin-1", errors="replace") + b"\xe9\n"
    ),
    "bom": lambda content, _, token: b"\xef\xbb\xbf" * (1 + token % 2) + content,
    "cr": lambda content, _, __: _newline(content, b"\r"),
    "crlf": lambda content, _, __: _newline(content, b"\r\n"),
    "mixed": lambda content, at, token: (
        content[:at] + _newline(content[at:], b"\r\n" if token % 2 else b"\r")
    ),
    "empty": lambda _, __, token: b"" if token % 2 else b"\n",
    "gzip": lambda content, _, __: gzip.compress(content, mtime=0),
    "twice": lambda content, _, __: content * 2,
    "headless": lambda content, _, __: content.partition(b"\n")[2],
    "blank": lambda content, _, token: _newline(content, b"\n\n" if token % 2 else b"\n \t\n"),
    "swap": lambda content, at, _: content[at:] + content[:at],
    "nuls": lambda content, at, token: content[:at] + b"\0" * (1 + token * 50),
    "tail": lambda content, _, token: content + TOKENS[token],
}


def broken(content: bytes, how: Sequence[tuple[str, int, int]]) -> bytes:
    """The bytes with all that done to them."""
    for way, mille, token in how:
        content = BREAKS[way](content, len(content) * mille // 1000, token)
    return content


def table_bytes(given: Table) -> bytes:
    """The file of a table."""
    content = {"csv": _csv, "jsonl": _json_lines, "json": _json_array, "parquet": _parquet}[given.format](
        given
    )
    content = broken(content, given.breaks)
    return PACKED[given.packed](content) if given.packed else content


def _zstd(content: bytes) -> bytes:
    return pa.compress(content, "zstd", asbytes=True)


def _zip(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("contacts.csv", content)
    return packed.getvalue()


def _in_two(packed: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda content: packed(content[: len(content) // 2]) + packed(content[len(content) // 2 :])


# How a file is packed; the first two of each compression are what a reader has to read.
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "gzip in two": _in_two(gzip.compress),
    "zstd": _zstd,
    "zstd frames": _in_two(_zstd),
    "gzip cut": lambda content: gzip.compress(content)[:-9],
    "gzip cut to its head": lambda content: gzip.compress(content)[:12],
    "gzip damaged": lambda content: gzip.compress(content)[:-8] + bytes(8),
    "gzip and more": lambda content: gzip.compress(content) + b"more",
    "gzip and nothing": lambda content: gzip.compress(content) + bytes(100),
    "gzip twice": lambda content: gzip.compress(gzip.compress(content)),
    "zstd cut": lambda content: _zstd(content)[:-3],
    "zstd and more": lambda content: _zstd(content) + b"more",
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zip": _zip,
}
PACKED_AS = {".gz": ("gzip", "gzip in two"), ".zst": ("zstd", "zstd frames")}


def cell_text(value: Any) -> str:
    """A value as CSV spells it."""
    if value is None:
        return ""
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def said_cells(given: Table) -> list[tuple[str | None, ...]]:
    """What the cells of a CSV file say to whom settings say how they are written; None for null."""
    how = given.written or Written()

    def said(value: Any) -> str | None:
        text = how.null if value is None else _sayable(cell_text(value), how)
        return None if (text if value is None else _escaped(text, how)) in how.nulls else text

    return [tuple(map(said, row)) for row in given.rows]


def _sayable(text: str, how: Written) -> str:
    """What of a text can be written at all."""
    text = text.encode(how.encoding, "replace").decode(how.encoding, "replace")
    unsayable = "" if how.escape else how.quote or f"{how.delimiter}\r\n"
    return "".join(letter for letter in text if letter not in unsayable)


def _escaped(text: str, how: Written) -> str:
    special = how.quote if how.quote else f"{how.delimiter}\r\n"
    return "".join(
        how.escape + letter if how.escape and letter in f"{special}{how.escape}" else letter
        for letter in text
    )


def _written_csv(given: Table, how: Written) -> bytes:
    lines = [how.delimiter.join(f"{how.quote}{_escaped(name, how)}{how.quote}" for name in given.columns)]
    for row in given.rows:
        cells = [
            how.null
            if value is None
            else f"{how.quote}{_escaped(_sayable(cell_text(value), how), how)}{how.quote}"
            for value in row
        ]
        lines.append(how.delimiter.join(cells))
    text = "".join(f"{line}\n" for line in [*([how.first_line] if how.first_line else []), *lines])
    return text.encode(how.encoding, "replace")


def can_be_read(given: Table) -> bool:
    """Whether the text of a CSV file survives its encoding."""
    if given.written is None:
        return True
    content = _written_csv(given, given.written)
    try:
        return content.decode(given.written.encoding).encode(given.written.encoding) == content
    except UnicodeError:
        return False


def _csv(given: Table) -> bytes:
    if given.written is not None:
        return _written_csv(given, given.written)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(given.columns)
    writer.writerows([cell_text(value) for value in row] for row in given.rows)
    return text.getvalue().encode(errors="surrogatepass")


def _json_array(given: Table) -> bytes:
    return b"[\n" + _json_lines(given).rstrip(b"\n").replace(b"\n", b",\n") + b"\n]\n"


def _json_lines(given: Table) -> bytes:
    lines = [
        "{"
        + ", ".join(f"{_json(name)}: {_json(value)}" for name, value in zip(given.columns, row, strict=True))
        + "}"
        for row in given.rows
    ]
    return "".join(f"{line}\n" for line in lines).encode(errors="surrogatepass")


def _parquet(given: Table) -> bytes:
    columns = list(zip(*given.rows, strict=True)) or [() for _ in given.columns]
    arrays, names = [_array(column) for column in columns], [_sound(name) for name in given.columns]
    for kind in given.kinds:
        arrays.append(KINDS[kind](len(given.rows)))
        names.append(
            "custom_fields"
            if kind.startswith(("map", "struct")) and "custom_fields" not in names
            else f"k_{kind}"
        )
    return _written(pa.Table.from_arrays(arrays, names))


def _written(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    try:
        pq.write_table(table, sink)
    except pa.ArrowException:  # a type that pyarrow itself does not write
        return b"PAR1"
    return sink.getvalue().to_pybytes()


def _sound(text: str) -> str:
    return text.encode(errors="replace").decode()


def _array(column: Sequence[Any]) -> pa.Array:
    """The values in a type that they share, or as text."""
    try:
        return pa.array(column)
    except (pa.ArrowException, OverflowError, UnicodeEncodeError, ValueError, TypeError):
        return pa.array(
            [None if value is None else _sound(cell_text(value)) for value in column], pa.string()
        )


# ---------------------------------------------------------------- settings and arguments


@st.composite
def settings_files(draw: st.DrawFn, *, sound: bool) -> str:
    """A settings file; a sound one holds the first values of the lists, which may be used."""
    keys = draw(
        st.lists(st.sampled_from(SOUND_KEYS if sound else sorted(SETTINGS)), max_size=4, unique=sound)
    )
    lines = [
        f"{key} = {draw(st.sampled_from(SETTINGS[key][:2] if sound else SETTINGS[key]))}" for key in keys
    ]
    if not sound:
        lines += draw(st.lists(st.sampled_from(TOML_JUNK), max_size=2))
    return "\n".join(lines) + "\n"


@st.composite
def runs(draw: st.DrawFn) -> Attempt:
    """Hostile tables, on sound settings."""
    names = ["contacts"] if draw(st.integers(0, 14)) else []
    names += draw(st.lists(st.sampled_from(TABLES[1:]), max_size=3, unique=True))
    if "merge_requests" not in names and draw(st.booleans()):
        names.append("merge_requests")
    given = tuple(draw(tables(name)) for name in names)
    settings = draw(st.one_of(st.none(), settings_files(sound=True)))
    arguments = draw(
        st.sampled_from([(), (), ("--json",), ("--json", "--quiet"), ("--quiet",), ("--dry-run", "--json")])
    )
    return Attempt("tables", given, settings, arguments=arguments, again=draw(st.integers(0, 2)) == 0)


@st.composite
def runs_with_settings(draw: st.DrawFn) -> Attempt:
    """Hostile settings, on sound tables."""
    how = draw(breaks())
    return Attempt("settings", SOUND, draw(settings_files(sound=False)), how, again=draw(st.booleans()))


@st.composite
def command_lines(draw: st.DrawFn) -> Attempt:
    """Hostile arguments of every command, on sound tables."""
    command = draw(
        st.sampled_from(["run", "undo", "rebuild", "explain", "verify", "", "demo --help", "plan"])
    )
    arguments = tuple(draw(st.lists(st.sampled_from(ARGUMENTS), max_size=3)))
    return Attempt(
        "arguments", SOUND, arguments=arguments, command=command, again=draw(st.integers(0, 3)) > 0
    )


MORE = [
    "contact.csv",
    "Contacts.CSV",
    "contacts.csv.gz",
    "contacts",
    "contacts.parquet/",
    "notes/",
    "notes/sub/",
    "notes/.hidden",
    "notes/a.txt",
    "notes.csv/",
    "contacts.csv",
    "contacts.jsonl",
    "merge_requests.csv@nowhere",
    "notes.jsonl@loop",
    "notes.jsonl@/dev/zero",
    "tasks.jsonl@/dev/null",
    "tasks.csv@/proc/self/environ",
    "tasks.csv@pipe",
    "emails.parquet@/",
    "documents/a.csv@outside",
    "documents/b[1]*?.csv",
    "notes/_delta_log/",
    "notes/_delta_log/00000000000000000000.json",
    "notes/_delta_log",
    "contacts.parquet/_delta_log/_last_checkpoint",
    "notes/metadata/v1.metadata.json",
    "notes/metadata/",
    "notes/.hoodie/hoodie.properties",
    "notes/country=DE/a.jsonl",
    "notes/country=/",
    "tasks/country=DE/a.csv",
    "tasks/country=DE/id=%31/a.csv",
    "tasks/=/a.csv",
    "tasks/%ff=%00/a.csv",
    "tasks/_cm_key=1/a.csv",
    "tasks/sub/country=DE/a.csv",
    "Contacts.TSV",
    "contacts.ndjson",
    "notes.csv.zst",
    "notes.parquet.gz",
    "tasks.csv.gz",
    "notes/https:\\x.csv",
    'notes/it\'s; "x".jsonl',
    "\udcff.csv",
    "notes/\udcff.csv",
    "notes/new\nline.csv",
    "x" * 250,
]
OBSTACLES = [
    "",
    "",
    "merged",
    "merged/",
    "manifest.json/",
    "events",
    "rejects",
    "merged/contacts.parquet/",
    "warehouse.duckdb/",
    "warehouse.duckdb",
    "warehouse.duckdb.wal",
    "warehouse.duckdb@nowhere",
    "warehouse.duckdb.tmp",
    "preview",
    "preview@outside",
    "merged@outside",
    "rejects/x.jsonl/",
    "events/.x.partial/",
]


@st.composite
def places(draw: st.DrawFn) -> Attempt:
    """Sound tables in places of hostile names, with things beside them and in the way."""
    more = tuple(draw(st.lists(st.sampled_from(MORE), max_size=3, unique=True)))
    return Attempt(
        "places",
        SOUND,
        folder=draw(st.sampled_from(PATH_NAMES)),
        more=more,
        obstacle=draw(st.sampled_from(OBSTACLES)),
        again=draw(st.integers(0, 3)) == 0,
        arguments=draw(st.sampled_from([(), ("--json",), ("--dry-run", "--json")])),
    )


SOUND = (
    Table(
        "contacts",
        "csv",
        ("id", "email", "custom_fields", "workspace_id"),
        tuple((one, f"{MARK}{n}", '{"a": 1}' if n else "", "w1") for n, one in enumerate(IDS[:6])),
    ),
    Table("notes", "jsonl", ("id", "contact_id", "body"), tuple((one, one, MARK) for one in IDS[:6])),
    Table("list_memberships", "csv", ("list_id", "contact_id"), tuple(("l1", one) for one in IDS[:4])),
    Table(
        "merge_requests",
        "jsonl",
        ("request_id", "primary_id", "duplicate_ids", "requested_at"),
        tuple((request, IDS[0], [IDS[1]], TIMES[0]) for request in ("r1", "r2")),
    ),
)


def write_attempt(attempt: Attempt, root: Path) -> Path:
    """Write the files of an input below `root`; returns the input folder."""
    folder = root / attempt.folder
    folder.mkdir(parents=True)
    if attempt.before:
        for given in attempt.before:
            _put(given, root / "before", root)
    if attempt.before_settings is not None:
        text = attempt.before_settings.encode(errors="surrogatepass")
        (root / "before.toml").write_bytes(text)
    outside = root / "outside"
    outside.mkdir()
    for given in attempt.tables:
        _put(given, folder, outside)
    for name in attempt.more:
        _put_beside(name, folder, outside)
    if attempt.giant:
        GIANTS[attempt.giant](folder)
    if attempt.settings is not None:
        text = attempt.settings.encode(errors="surrogatepass")
        (root / "settings.toml").write_bytes(broken(text, attempt.settings_breaks))
    return folder


def _put(given: Table, folder: Path, outside: Path) -> None:
    name, content = given.name, table_bytes(given)
    for partition in given.partitions:
        _write(folder / given.table / partition / name, content)
    match given.place if not given.partitions else "in partitions":
        case "in partitions":
            pass
        case "folder_of_that_name":
            _write(folder / name / f"part-0{name.removeprefix(given.table)}", content)
            _write(folder / name / "_SUCCESS", b"")
        case "delta":
            _put_delta(given, folder / given.table)
        case "folder":
            _write(folder / given.table / f"a {name}", content)
        case "two":
            _write(folder / given.table / f"1.{given.format}", content)
            _write(folder / given.table / f"2.{given.format}", content)
        case "parts_of_others":
            _write(folder / given.table / f"1.{given.format}", content)
            fewer = Table(given.table, given.format, given.columns[:1], tuple(row[:1] for row in given.rows))
            _write(folder / given.table / f"2.{given.format}", table_bytes(fewer))
        case "hidden_too":
            _write(folder / name, content)
            _write(folder / f".{name}", content)
            _write(folder / f"_{name}", content)
        case "link":
            _write(outside / name, content)
            (folder / name).symlink_to(outside / name)
        case "itself_a_folder":
            (folder / name).mkdir()
        case _:
            _write(folder / name, content)


def _put_delta(given: Table, folder: Path) -> None:
    """A Delta table of which other rows were there before."""
    table = pa.table(
        {
            name: [None if value is None else cell_text(value) for value in column]
            for name, column in zip(given.columns, zip(*given.rows, strict=True), strict=True)
        },
        pa.schema([(name, pa.string()) for name in given.columns]),
    )
    write_deltalake(folder, table.slice(0, 1))
    write_deltalake(folder, table, mode="overwrite")
    for way, mille, token in given.breaks:
        log = folder / "_delta_log" / "00000000000000000001.json"
        log.write_bytes(broken(log.read_bytes(), [(way, mille, token)]))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _put_beside(name: str, folder: Path, outside: Path) -> None:
    """A file, a folder (`name/`) or a link (`name@target`), where nothing of that name is yet."""
    name, link, target = name.partition("@")
    path = folder / name
    if os.path.lexists(path) or any(parent.is_file() for parent in path.parents):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if name.endswith("/"):
        path.mkdir()
    elif target == "pipe":
        os.mkfifo(path)
    elif target == "loop":
        path.symlink_to(path)
    elif target == "outside":
        (outside / "linked").write_text(f"id,contact_id\n{IDS[0]},{IDS[0]}\n")
        path.symlink_to(outside / "linked")
    elif link:
        path.symlink_to(target)
    else:
        path.write_text(f"id,contact_id\n{IDS[0]},{IDS[0]}\n")


def put_obstacle(name: str, output: Path) -> None:
    """Something in the output folder where something else should be."""
    bare, link, _ = name.partition("@")
    path = output / bare
    if not name or os.path.lexists(path):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if link:
        path.symlink_to(output.parent / "outside" / "away")
    elif bare.endswith("/"):
        (path / "x").mkdir(parents=True)
    else:
        path.write_text("in the way")
