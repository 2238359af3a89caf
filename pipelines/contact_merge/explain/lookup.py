"""Which contact is asked for: by its id in any spelling, by a beginning of it, or by a value of a column."""

import difflib

import duckdb

from contact_merge.columns import ContactColumns, kind_of
from contact_merge.engine import columns_of, fetch
from contact_merge.errors import ContactError
from contact_merge.explain.identity import look_up
from contact_merge.ids import WHITE_SPACE, Key, id_type_of
from contact_merge.ids.id_type import FEWEST
from contact_merge.names import find_name
from contact_merge.widening import NO_TYPE

_SHOWN = 5  # so many of the contacts that it may be are named


def find_contact(
    con: duckdb.DuckDBPyConnection, columns: ContactColumns, sent: str, by: str | None = None
) -> Key:
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
    id_type = id_type_of(columns.entity)
    value = id_type.value(sent)
    if value is not None:
        return value
    beginning = id_type.beginning(sent)
    if beginning is None:
        nor = (
            f", nor a beginning of one ({FEWEST} {id_type.beginnings} or more)" if id_type.beginnings else ""
        )
        raise ContactError(
            f"The id is {id_type.fault}{nor}; to look for another value name its column, like --by email."
        )
    rows = fetch(
        con,
        "explain/by_beginning",
        {"first": str(beginning.least), "last": str(beginning.greatest), "shown": _SHOWN},
        key_type=columns.key_type,
    )
    if not rows:
        raise ContactError(
            f"No contact that this warehouse holds, or ever held or merged, has an id that begins with {beginning.text}."
        )
    if len(rows) > 1:
        raise ContactError(
            f"{rows[0][1]:,} contacts have ids that begin with {beginning.text}: {_list_names(con, columns, rows)}; "
            f"give more {id_type.beginnings}."
        )
    return rows[0][0]


def _by_value(con: duckdb.DuckDBPyConnection, contacts: ContactColumns, by: str, value: str) -> Key:
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


def _list_names(con: duckdb.DuckDBPyConnection, columns: ContactColumns, rows: list[tuple[Key, int]]) -> str:
    """The first of the contacts that it may be, as contacts spell them."""
    names = [look_up(con, columns, contact).contact_id or str(contact) for contact, *_ in rows]
    more = rows[0][1] - len(rows)
    return ", ".join(names) + (f" and {more:,} more" if more else "")
