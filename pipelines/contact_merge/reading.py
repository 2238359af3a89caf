"""The settings of how files are read (SHAPES.md 3): `[csv]`, `[types]`, and `newest_by` of `[load]`."""

import codecs
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Annotated, Any, cast

import msgspec

from contact_merge.faults import Fault, check_table, join_key, quote
from contact_merge.names import find_name, fold_name
from contact_merge.tables import API_KEYS, REQUESTS

One = Annotated[
    str, msgspec.Meta(pattern=r"^[^\r\n\x00]$", description='one character, such as ";" or "\\t"')
]
AtMostOne = Annotated[
    str, msgspec.Meta(pattern=r"^[^\r\n\x00]?$", description="one character, or no text for none")
]
REQUEST_COLUMNS = frozenset(
    {
        "request_id", "primary_id", "duplicate_ids", "overwrite", "dry_run", "idempotency_key", "api_key_id",
        "requested_at",
    }
)  # fmt: skip
"""The columns of requests that have types of ours."""
_TYPES = {
    "text": "VARCHAR", "varchar": "VARCHAR", "string": "VARCHAR", "boolean": "BOOLEAN", "tinyint": "TINYINT",
    "smallint": "SMALLINT", "integer": "INTEGER", "bigint": "BIGINT", "hugeint": "HUGEINT", "float": "FLOAT",
    "double": "DOUBLE", "date": "DATE", "time": "TIME", "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMP WITH TIME ZONE", "uuid": "UUID",
}  # fmt: skip
_DECIMAL = re.compile(r"decimal\s*\(\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)", re.IGNORECASE)
_NAMES = 'one such as "text", "bigint", "decimal(18,2)", "double", "boolean", "date", "timestamp" or "uuid"'

TypeName = Annotated[str, msgspec.Meta(description=_NAMES, examples=["text"])]


class CsvKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `[csv]`, or `[csv.<table>]`, says of how the cells of CSV files are written; None where it does not say.

    Attributes:
        delimiter: what stands between two cells, such as ";" or "\\t"; a comma where none is given.
        quote: what stands around a cell, or no text where nothing does; a double quote where none is given.
        escape: what stands before a quote inside of a cell; the quote where none is given.
        encoding: what Python calls the encoding; utf-8 where none is given.
        null: the texts that are null, as they stand before escapes are resolved; the empty text alone where none are given.
    """

    delimiter: One | None = None
    quote: AtMostOne | None = None
    escape: AtMostOne | None = None
    encoding: str | None = None
    null: tuple[str, ...] = cast("tuple[str, ...]", msgspec.UNSET)

    def over(self, other: "CsvKeys") -> "CsvKeys":
        """These, and of the other what these do not say."""
        said = msgspec.structs.asdict(self).items()
        own = {name: value for name, value in said if value is not None and value is not msgspec.UNSET}
        return msgspec.structs.replace(other, **own)


class Reading(msgspec.Struct, frozen=True):
    """How files are read.

    Attributes:
        csv: by table how its CSV files are written; of all tables under no name.
        types: by table and column the DuckDB type that its values are cast to.
        newest_by: by table the column whose greatest value says which of several rows with one key counts.
    """

    csv: dict[str, CsvKeys] = {}
    types: dict[str, dict[str, str]] = {}
    newest_by: dict[str, str] = {}

    def types_of(self, table: str, columns: Iterable[str]) -> dict[str, str]:
        """The types that columns of a table are given, by the names that these have; those that are not there are left out."""
        there = list(columns)
        found = {find_name(name, there): kind for name, kind in self.types.get(table, {}).items()}
        return {name: kind for name, kind in found.items() if name is not None}


def read_reading(given: Mapping[str, Any]) -> tuple[dict[str, Any], Reading, list[Fault]]:
    """Settings as TOML has them without what this page is of, that, and what is wrong with it."""
    rest = dict(given)
    faults: list[Fault] = []
    csv = _csv(rest.pop("csv", {}), faults)
    types = _types(rest.pop("types", {}), faults)
    newest_by: dict[str, str] = {}
    if isinstance(rest.get("load"), Mapping):
        rest["load"], newest_by = _load(rest["load"], faults)
    return rest, Reading(csv, types, newest_by), faults


def find_reading_faults(
    reading: Reading, tables: Collection[str], loaded: Collection[str], keyed: Collection[str]
) -> Iterator[Fault]:
    """What tables the settings name that there are not.

    Args:
        tables: all tables of the input.
        loaded: those that may be upserted.
        keyed: those of which rows have a key.
    """
    for section, names in (("csv", reading.csv), ("types", reading.types)):
        for name in names:
            if name and name not in tables:
                yield Fault(
                    join_key(section, name),
                    f"{quote(name)} is no table of the input; take this out, or name one of {', '.join(tables)}",
                )
    for column in reading.types.get(REQUESTS, {}):
        if fold_name(column) in REQUEST_COLUMNS:
            key = join_key("types", REQUESTS, column)
            yield Fault(
                key, "this column of requests is read for what it says, whatever its type; take it out"
            )
    if API_KEYS in reading.types:
        yield Fault(
            join_key("types", API_KEYS), "keys are read for what they say, whatever their types; take it out"
        )
    for name in reading.newest_by:
        key = f"{join_key('load', name)}.newest_by"
        if name in loaded and name not in keyed:
            yield Fault(
                key,
                f"{name} has no rows with a key of which the newest could count; take it out, or give the key",
            )


def _csv(given: Any, faults: list[Fault]) -> dict[str, CsvKeys]:
    if not isinstance(given, Mapping):
        faults.append(Fault("csv", f"{quote(given)} is not allowed; it is a table"))
        return {}
    general = {name: value for name, value in given.items() if not isinstance(value, Mapping)}
    tables = {name: value for name, value in given.items() if isinstance(value, Mapping)}
    found: dict[str, CsvKeys] = {}
    for name, section in {"": general, **tables}.items():
        if not section:
            continue
        prefix = join_key("csv", name) if name else "csv"
        sound, wrong = check_table(section, CsvKeys)
        faults += (Fault(f"{prefix}.{fault.key}", fault.said) for fault in wrong)
        found[name] = msgspec.convert(sound, CsvKeys)
        faults += (Fault(f"{prefix}.{fault.key}", fault.said) for fault in _faults_of_csv(found[name]))
    return found


def _faults_of_csv(keys: CsvKeys) -> Iterator[Fault]:
    delimiter, quotes = keys.delimiter or ",", '"' if keys.quote is None else keys.quote
    escape = quotes if keys.escape is None else keys.escape
    if keys.encoding is not None and not _is_encoding(keys.encoding):
        yield Fault(
            "encoding",
            f'{quote(keys.encoding)} is no encoding that Python knows; give one such as "utf-8", "utf-16" or "windows-1252"',
        )
    if delimiter in {quotes, escape}:
        yield Fault("delimiter", f"{quote(delimiter)} is the quote or the escape, too; give another one")


def _is_encoding(name: str) -> bool:
    """Whether Python reads text of this encoding in pieces."""
    try:
        codecs.lookup(name)
        io.TextIOWrapper(io.BytesIO(b"a"), encoding=name, errors="replace").read()
    except (LookupError, ValueError, TypeError):
        return False
    return True


def _types(given: Any, faults: list[Fault]) -> dict[str, dict[str, str]]:
    if not isinstance(given, Mapping):
        faults.append(Fault("types", f"{quote(given)} is not allowed; it is a table"))
        return {}
    found: dict[str, dict[str, str]] = {}
    for table, columns in given.items():
        if not isinstance(columns, Mapping):
            key = join_key("types", table)
            faults.append(
                Fault(
                    key,
                    f"{quote(columns)} is not allowed; a line of [types] is <table>.<column> = <type>",
                )
            )
            continue
        for column, name in columns.items():
            kind = type_named(name) if isinstance(name, str) else None
            if kind is None:
                faults.append(
                    Fault(
                        join_key("types", table, column),
                        f"{quote(name)} is no type of a column; it is {_NAMES}",
                    )
                )
            else:
                found.setdefault(table, {})[column] = kind
    return found


def type_named(name: str) -> str | None:
    """The DuckDB type of a name, as `[types]` has it; None where there is none."""
    decimal = _DECIMAL.fullmatch(name.strip())
    if decimal:
        digits, scale = int(decimal[1]), int(decimal[2])
        return f"DECIMAL({digits},{scale})" if 1 <= digits <= 38 and scale <= digits else None
    return _TYPES.get(name.strip().lower())


def _load(given: Mapping[str, Any], faults: list[Fault]) -> tuple[dict[str, Any], dict[str, str]]:
    """The mode of each table, and the columns of `newest_by`."""
    modes: dict[str, Any] = {}
    newest_by: dict[str, str] = {}
    for table, value in given.items():
        if not isinstance(value, Mapping):
            modes[table] = value
            continue
        key = join_key("load", table)
        modes[table] = value.get("mode", "replace")
        faults += (
            Fault(f"{key}.{join_key(name)}", "there is no such setting; there are mode and newest_by")
            for name in value
            if name not in {"mode", "newest_by"}
        )
        column = value.get("newest_by")
        if isinstance(column, str) and column:
            newest_by[table] = column
        elif column is not None:
            faults.append(
                Fault(f"{key}.newest_by", f"{quote(column)} is not allowed; it is the name of a column")
            )
    return modes, newest_by
