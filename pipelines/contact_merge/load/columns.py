"""What every reader checks of column names, and how the columns of a table's files come together."""

from collections.abc import Iterable, Mapping, Sequence

from contact_merge.errors import InputError
from contact_merge.tables import RESERVED_PREFIX
from contact_merge.warehouse import ident
from contact_merge.widening import widened


def check_names(place: str, names: Iterable[str]) -> None:
    """Refuse names that cannot stand side by side in a warehouse table.

    Raises:
        InputError: a column without a name, one twice (case alone tells none apart), or one with our prefix.
    """
    seen: dict[str, str] = {}
    for position, name in enumerate(names, start=1):
        if not name:
            raise InputError(f"{place}: column {position} has no name; name it or take it out.")
        if "\0" in name:
            raise InputError(f"{place}: the name of column {position} has a NUL character in it; rename it.")
        if name.lower().startswith(RESERVED_PREFIX):
            raise InputError(
                f"{place}: the column {name!r} begins with {RESERVED_PREFIX!r}, "
                "which is kept for helper columns; rename it."
            )
        if name.lower() in seen:
            other = seen[name.lower()]
            same = "is there twice" if other == name else f"differs from {other!r} in case alone"
            raise InputError(f"{place}: the column {name!r} {same}; rename one of them.")
        seen[name.lower()] = name


def check_needed(place: str, table: str, columns: Iterable[str], needed: Iterable[str]) -> None:
    """Refuse a table that lacks a column which it is of no use without.

    Raises:
        InputError: naming the column, and those that are there.
    """
    there = list(columns)
    for name in needed:
        if name not in there:
            known = ", ".join(map(repr, there)) or "none"
            raise InputError(f"{place}: the table {table} needs a column {name!r}; it has {known}.")


def united(table: str, files: Sequence[tuple[str, Mapping[str, str]]]) -> dict[str, str]:
    """The columns of all files of a table, as they first appear, with types that hold every value.

    Args:
        table: the table's name.
        files: each file's name and its columns with their types.

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
    check_names(table, columns)
    return columns


def select_items(given: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    """The select list that turns rows with the given columns into rows with all wanted ones."""
    items = []
    for name, kind in wanted.items():
        value = ident(name) if name in given else "null"
        items.append(value if given.get(name) == kind else f"cast({value} as {kind}) as {ident(name)}")
    return ", ".join(items)
