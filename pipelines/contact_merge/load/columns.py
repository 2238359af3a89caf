"""What every reader checks of column names, and how the columns of several files of one table come together."""

from collections.abc import Mapping, Sequence

from contact_merge.errors import InputError
from contact_merge.load.widening import widened
from contact_merge.tables import RESERVED_PREFIX


def check_names(place: str, names: Sequence[str]) -> None:
    """Refuse names that no warehouse table can have side by side.

    Raises:
        InputError: a column without a name, one twice (case does not tell columns apart), or one with our prefix.
    """
    seen: dict[str, str] = {}
    for position, name in enumerate(names, start=1):
        if not name:
            raise InputError(f"{place}: column {position} has no name; name it or take it out.")
        if name.lower().startswith(RESERVED_PREFIX):
            raise InputError(
                f"{place}: the column {name!r} begins with {RESERVED_PREFIX}, which is kept for helper columns; rename it."
            )
        other = seen.setdefault(name.lower(), name)
        if other is not name:
            same = "is there twice" if other == name else f"differs from {other!r} in case alone"
            raise InputError(f"{place}: the column {name!r} {same}; rename one of them.")


def united(table: str, files: Sequence[tuple[str, Mapping[str, str]]]) -> dict[str, str]:
    """The columns of all files of a table, in the order in which they first appear, with types that hold every value.

    Raises:
        InputError: two files give a column types that no third one holds without loss.
    """
    columns: dict[str, str] = {}
    first_in: dict[str, str] = {}
    for file, given in files:
        for name, kind in given.items():
            if name not in columns:
                columns[name], first_in[name] = kind, file
                continue
            wider = widened(columns[name], kind)
            if wider is None:
                raise InputError(
                    f"{table}: the column {name!r} is {columns[name]} in {first_in[name]} but {kind} in {file}, and no type "
                    "holds both without loss; write it with one type in all files."
                )
            columns[name] = wider
    check_names(table, list(columns))
    return columns
