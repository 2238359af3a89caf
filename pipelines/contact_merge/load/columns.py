"""What every reader checks of column names, and how the columns of a table's files come together."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

from contact_merge.errors import InputError
from contact_merge.sql import ident
from contact_merge.tables import RESERVED_PREFIX, SYSTEM_COLUMNS
from contact_merge.widening import BITS, EXACT_BITS, widened

_TOLD, _NAMED = 80, 20  # so much of a name, so many names, go into a message
_SURE = SYSTEM_COLUMNS | {
    "contact_id", "list_id", "request_id", "primary_id", "requested_at", "api_key_id", "email", "name", "first_name",
    "last_name", "full_name", "phone", "title", "subject", "body", "status",
}  # fmt: skip


def holds_names(header: Iterable[str]) -> bool:
    """Whether the first line of a CSV file is surely no row of data, so that messages may tell it: one of the usual names is
    in it, whatever parts the cells.
    """
    return any(usual for cell in header for usual in _usual_parts(cell))


def _usual_parts(cell: str) -> list[bool]:
    """Of each part of a cell, whether it is a usual name."""
    return [part.strip().lower() in _SURE for part in re.split(r"[;|\t]", cell)]


def check_names(place: str, names: Iterable[str], *, told: bool = True) -> None:
    """Refuse names that cannot stand side by side in a warehouse table.

    Args:
        place: the file or table, for messages.
        names: the names in their order.
        told: whether messages may tell them.

    Raises:
        InputError: a column without a name, one twice (case alone tells none apart), or one with our prefix.
    """
    seen: dict[str, tuple[int, str]] = {}
    for position, name in enumerate(names, start=1):
        this = f"the column {name[:_TOLD]!r}" if told else f"column {position}"
        if not name:
            raise InputError(f"{place}: column {position} has no name; name it or take it out.")
        if "\0" in name:
            raise InputError(f"{place}: the name of column {position} has a NUL character in it; rename it.")
        if name.lower().startswith(RESERVED_PREFIX):
            raise InputError(
                f"{place}: {this} begins with {RESERVED_PREFIX!r}, which is kept for helper columns; rename it."
            )
        if name.lower() in seen:
            first, other = seen[name.lower()]
            that = repr(other[:_TOLD]) if told else f"column {first}"
            same = "is there twice" if other == name else f"differs from {that} in case alone"
            raise InputError(f"{place}: {this} {same}; rename one of them.")
        seen[name.lower()] = position, name


def check_needed(
    place: str, table: str, columns: Iterable[str], needed: Iterable[str], *, told: bool = True
) -> None:
    """Refuse a table that lacks a column which it is of no use without.

    Raises:
        InputError: naming the column, and those that are there if they may be told.
    """
    there = list(columns)
    for name in needed:
        if name not in there:
            known = _known(there, name) or "none"
            if not told:
                known = f"{_others(len(there))}; put the names of all columns into its first line"
            raise InputError(f"{place}: the table {table} needs a column {name!r}; it has {known}.")


def _known(there: list[str], needed: str) -> str:
    """Names that are no row's values, whatever became of a file: the usual ones, and those like the one that is needed."""
    alike = difflib.get_close_matches(needed, there)
    named = [name for name in there if all(_usual_parts(name)) or name in alike][:_NAMED]
    known = ", ".join(repr(name[:_TOLD]) for name in named)
    others = len(there) - len(named)
    more = _others(others) if others else ""
    return " and ".join(filter(None, [known, more]))


def _others(count: int) -> str:
    return f"{count} other{'s' if count > 1 else ''}"


def united(
    table: str, files: Sequence[tuple[str, Mapping[str, str]]], *, told: bool = True
) -> dict[str, str]:
    """The columns of all files of a table, as they first appear, with types that hold every value.

    Args:
        table: the table's name.
        files: each file's name and its columns with their types.
        told: whether messages may tell names of columns.

    Raises:
        InputError: two files give a column types that no third one holds without loss.
    """
    columns: dict[str, str] = {}
    first_in: dict[str, str] = {}
    for file, given in files:
        for name, kind in given.items():
            first_in.setdefault(name, file)
            wider = widened(columns.get(name, kind), kind)
            if wider is None:
                raise InputError(
                    f"{table}: the column {name!r} is {columns[name]} in {first_in[name]}, {kind} in {file}: "
                    "no type holds both; write it with one type in all files."
                )
            columns[name] = wider
    check_names(table, columns, told=told)
    return columns


def select_items(given: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    """The select list that turns rows with the given columns into rows with all wanted ones."""
    items = []
    for name, kind in wanted.items():
        value = ident(name) if name in given else "null"
        cast = "try_cast" if given.get(name) in EXACT_BITS and kind in BITS else "cast"  # NaN is no number
        items.append(value if given.get(name) == kind else f"{cast}({value} as {kind}) as {ident(name)}")
    return ", ".join(items)
