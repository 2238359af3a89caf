"""Which contact is asked for: by its id in any spelling, by a beginning of it, or by a value of a column."""

import difflib
import re
from uuid import UUID

import duckdb

from contact_merge.columns import ContactColumns, kind_of
from contact_merge.engine import columns_of, fetch
from contact_merge.errors import ContactError
from contact_merge.explain.identity import look_up
from contact_merge.identifiers import WHITE_SPACE, uuid_value
from contact_merge.names import find_name
from contact_merge.widening import NO_TYPE

_SHOWN = 5  # so many of the contacts that it may be are named
_DIGITS = 32  # of a UUID
_FEWEST = 6  # digits of a beginning


def find_contact(
    con: duckdb.DuckDBPyConnection, columns: ContactColumns, sent: str, by: str | None = None
) -> UUID:
    """The key of the contact that is asked for.

    Args:
        sent: an id in any spelling, or a beginning of one that no other contact has; with `by` a value.
        by: a column of contacts.

    Raises:
        ContactError: it is none, or may be several; its message holds no value.

    Source: INTERFACE.md, 'Command line'.
    """
    if by is not None:
        return _by_value(con, columns, by, sent)
    value = uuid_value(sent)
    if value is not None:
        return UUID(value)
    digits = re.sub(r"^urn:uuid:|[{}-]", "", sent.strip().lower())
    if not re.fullmatch(f"[0-9a-f]{{{_FEWEST},{_DIGITS - 1}}}", digits):
        raise ContactError(
            f"The id is no UUID, nor a beginning of one ({_FEWEST} digits or more); to look for another value name its column, "
            "like --by email."
        )
    first, last = (str(UUID(digits.ljust(_DIGITS, filler))) for filler in "0f")
    rows = fetch(
        con,
        "explain/by_beginning",
        {"first": first, "last": last, "shown": _SHOWN},
        key_type=columns.key_type,
    )
    if not rows:
        raise ContactError(
            f"No contact that this warehouse holds, or ever held or merged, has an id that begins with {digits}."
        )
    if len(rows) > 1:
        raise ContactError(
            f"{rows[0][1]:,} contacts have ids that begin with {digits}: {_list_names(con, columns, rows)}; give more digits."
        )
    return rows[0][0]


def _by_value(con: duckdb.DuckDBPyConnection, contacts: ContactColumns, by: str, value: str) -> UUID:
    columns = {column.name: column.type for column in contacts.columns}
    column = find_name(by, columns)
    if column is None:
        near = difflib.get_close_matches(by, columns) or list(columns)[:20]
        raise ContactError(
            f"{contacts.entity.table} have no column {by!r}; name one of theirs, such as {', '.join(near)}."
        )
    type_name = columns[column]
    rows = (
        []
        if type_name == NO_TYPE or not value.strip()
        else fetch(
            con,
            "explain/by_value",
            {"value": value, "stripped": value.strip(), "blanks": WHITE_SPACE, "shown": _SHOWN},
            column=column,
            type=type_name,
            is_text=kind_of(type_name) == "text",
            in_versions=column in columns_of(con, "ledger", "contact_versions"),
            in_survivors=column in columns_of(con, "fold", "survivors"),
        )
    )
    if not rows:
        raise ContactError(f"No contact has this value in {column}.")
    contact, found, end = rows[0]
    if found == 1:
        return contact
    if end is None:
        raise ContactError(
            f"{found:,} contacts have this value in {column}: {_list_names(con, contacts, rows)}; give one of these ids."
        )
    return end


def _list_names(con: duckdb.DuckDBPyConnection, columns: ContactColumns, rows: list[tuple[UUID, int]]) -> str:
    """The first of the contacts that it may be, as contacts spell them."""
    names = [look_up(con, columns, contact).contact_id or str(contact) for contact, *_ in rows]
    more = rows[0][1] - len(rows)
    return ", ".join(names) + (f" and {more:,} more" if more else "")
