"""What JSON lines hold: their keys, the type of each key's values, and the broken lines among them.

All of it follows from every value, never from a sample. DuckDB looks at all lines (sql/load/json_*.sql);
Python only at the few where DuckDB's idea of JSON, or of a number, may not be the right one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb
import msgspec

from contact_merge.engine import run_sql
from contact_merge.json_text import is_filled
from contact_merge.load.json_lines import (
    UNREADABLE,
    LineFile,
    line_reader,
    object_text,
    slice_decoder,
    strict_object,
)
from contact_merge.widening import NO_TYPE

VIEW = "json_line_batches"
_BITS = {
    kind: 1 << position
    for position, kind in enumerate(
        (
            "string", "boolean", "object", "negative", "integer", "ubigint", "hugeint", "large", "double", "lax",
            "empty[]", "string[]", "boolean[]", "integer[]", "double[]", "mixed[]",
        )
    )
}  # fmt: skip
_LAX = "lax"  # the kind of values that DuckDB takes and JSON does not have, NaN and Infinity
_INTEGERS = {"negative": "BIGINT", "integer": "BIGINT", "ubigint": "UBIGINT", "hugeint": "HUGEINT"}
_SINGLE = {"string", "boolean", "negative", "integer", "ubigint", "hugeint", "large", "double"}
SPELLED = "spelled"  # no type: text, of a string what it says, of any other value what stands there
_PLAIN = {"string": "VARCHAR", "boolean": "BOOLEAN"}


def key_names(con: duckdb.DuckDBPyConnection, files: Sequence[LineFile]) -> list[list[str]]:
    """All keys of each file, as they first appear; notes broken lines, and lines to be rewritten, in `files`."""
    found: list[tuple[int, int, list[str]]] = []
    repeats = False
    for file_no, line_no, names, line in list(_rows(con, files, "load/json_key_sets")):
        keys = names if line is None else _strict_object(files[file_no], line_no, line)
        repeats = repeats or len(set(names or ())) < len(names or ())
        found.append((file_no, line_no, [*keys]))
    if repeats:
        for file_no, line_no, line in list(_rows(con, files, "load/json_repeating")):
            files[file_no].rewritten[line_no] = object_text(_strict_object(files[file_no], line_no, line))
    of_file: list[dict[str, None]] = [{} for _ in files]
    for file_no, _, names in sorted(found):
        of_file[file_no] |= dict.fromkeys(names)
    return [list(names) for names in of_file]


def _strict_object(file: LineFile, line_no: int, line: str) -> dict[str, bytes]:
    """The object of a line after a strict look at it; an empty one where the line is broken, which is noted."""
    values = strict_object(line)
    if isinstance(values, str):
        file.broken[line_no] = (values, line)
        return {}
    return values


def _rows(
    con: duckdb.DuckDBPyConnection, files: Sequence[LineFile], sql: str, **variables: Any
) -> Iterator[tuple]:
    """The rows of a query over all lines."""
    con.register(VIEW, line_reader(files))
    result = run_sql(con, sql, **variables)
    while batch := result.fetchmany(10_000):
        yield from batch
    con.unregister(VIEW)


@dataclass(frozen=True)
class FileGroup:
    """Files that spell each key in one way.

    Attributes:
        files: the files, which stand one after the other.
        names: their keys, by the names that the columns have.
    """

    files: list[LineFile]
    names: dict[str, str]


def key_types(con: duckdb.DuckDBPyConnection, groups: Sequence[FileGroup]) -> dict[str, str | None]:
    """The type of each key's values: SPELLED where they are texts and other values that are no lists or objects.

    None where only their JSON text holds all of them as they are.
    """
    kinds: dict[str, set[str]] = {}
    for group in groups:
        for name, of_one in _kinds_of_files(con, group).items():
            kinds.setdefault(name, set()).update(of_one)
    types = {name: _type_of(of_one) for name, of_one in kinds.items()}
    reals = [name for name, kind in types.items() if kind in {"DOUBLE", "DOUBLE[]"}]
    inexact: set[str] = set()
    for group in groups:
        own = {group.names[name]: name for name in reals if name in group.names}
        if own:
            inexact |= {own[key] for key in _inexact(con, group.files, list(own))}
    types |= dict.fromkeys(inexact)
    return {
        name: SPELLED if kind is None and "string" in kinds[name] and kinds[name] <= _SINGLE else kind
        for name, kind in types.items()
    }


def has_value(con: duckdb.DuckDBPyConnection, files: Sequence[LineFile], name: str) -> bool:
    """Whether a key has a value other than null and blank text in any line."""
    decode = slice_decoder([name])
    found = False
    for _, _, line in _rows(con, files, "load/json_lines"):
        try:
            (text,) = decode(line)
        except UNREADABLE:
            continue  # the last pass reports it
        found = found or (text is not None and is_filled(text.decode()))
    return found


def _kinds_of_files(con: duckdb.DuckDBPyConnection, group: FileGroup) -> dict[str, set[str]]:
    """The kinds of values of each key of some files; notes the lines with NaN or Infinity, which are broken."""
    if not group.names:
        return {}
    keys = list(group.names.values())
    kinds = _kinds(con, group.files, keys)
    if any(_LAX in of_one for of_one in kinds.values()):
        files = {file.number: file for file in group.files}
        for file_no, line_no, line in list(_rows(con, group.files, "load/json_not_a_number")):
            _strict_object(files[file_no], line_no, line)
        kinds = _kinds(con, group.files, keys, settled=True)
    return {name: kinds[key] for name, key in group.names.items()}


def _kinds(
    con: duckdb.DuckDBPyConnection, files: Sequence[LineFile], names: Sequence[str], *, settled: bool = False
) -> dict[str, set[str]]:
    """The kinds of values of each key; `settled` says that no line with NaN or Infinity is left."""
    structure = msgspec.json.encode(dict.fromkeys(names, "JSON")).decode()
    (row,) = _rows(
        con, files, "load/json_kinds", names=names, structure=structure, settled=settled, bits=_BITS
    )
    return {
        name: {kind for kind, bit in _BITS.items() if (bits or 0) & bit}
        for name, bits in zip(names, row, strict=True)
    }


def _type_of(kinds: set[str]) -> str | None:
    """The type for values of these kinds (json_kinds.sql), whose doubles are still to be checked."""
    if kinds and all(kind.endswith("[]") for kind in kinds):
        inner = _type_of({kind[:-2] for kind in kinds if kind != "empty[]"})
        return None if inner in {None, "UBIGINT", "HUGEINT"} else f"{inner}[]"
    if len(kinds) <= 1:
        known = {**_PLAIN, **_INTEGERS, "double": "DOUBLE"}
        return known.get(*kinds) if kinds else NO_TYPE
    if kinds <= _INTEGERS.keys():
        if "hugeint" in kinds or {"negative", "ubigint"} <= kinds:
            return "HUGEINT"
        return "UBIGINT" if "ubigint" in kinds else "BIGINT"
    return "DOUBLE" if kinds <= {*_INTEGERS, "double"} else None


def _inexact(con: duckdb.DuckDBPyConnection, files: Sequence[LineFile], names: Sequence[str]) -> set[str]:
    """The keys with a number that DOUBLE does not hold: the shortest text of the double is another number.

    A number of up to 15 digits is always held; only lines with a longer one are checked.
    """
    found: set[str] = set()
    decode = slice_decoder(names)
    for _, _, line in _rows(con, files, "load/json_long_numbers"):
        try:
            texts = decode(line)
        except UNREADABLE:
            continue  # the last pass reports it
        for name, text in zip(names, texts, strict=True):
            if text is not None and name not in found and not all(map(_is_double, _numbers(text))):
                found.add(name)
    return found


def _numbers(text: bytes) -> Iterable[str]:
    value = msgspec.json.decode(text, type=list[msgspec.Raw]) if text.startswith(b"[") else [text]
    return (bytes(number).decode() for number in value if bytes(number) != b"null")


def _is_double(number: str) -> bool:
    shortest = repr(float(number))
    return shortest == number or ("inf" not in shortest and Decimal(shortest) == Decimal(number))
