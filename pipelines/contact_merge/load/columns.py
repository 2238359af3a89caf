"""What every reader checks of column names, and how the columns of a table's files come together."""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from contact_merge.casts import exact, is_nested
from contact_merge.engine import ident, literal
from contact_merge.errors import InputError
from contact_merge.faults import join_key
from contact_merge.names import find_name, fold_name
from contact_merge.tables import RESERVED_PREFIX
from contact_merge.widening import BITS, EXACT_BITS, widen

_UNNAMED = re.compile(r"\s*|Unnamed: \d+")
_SHOWN, _NAMED = 80, 20  # so much of a name, so many names, go into a message
_SURE = {
    "id", "workspace_id", "created_at", "created_date", "updated_at", "updated_date", "merged_into_id", "contact_id",
    "list_id", "request_id", "primary_id", "requested_at", "api_key_id", "email", "name", "first_name", "last_name",
    "full_name", "phone", "title", "subject", "body", "status",
}  # fmt: skip
"""What exports call their columns most often."""


def holds_names(header: Iterable[str]) -> bool:
    """Whether the first line of a CSV file is surely no row of data, so that messages may show it.

    That is so where one of the usual names is in it, whatever separates the cells.
    """
    return any(usual for cell in header for usual in _usual_names(cell))


def _usual_names(cell: str) -> list[bool]:
    """Of each text between separators in a cell, whether it is a usual name."""
    return [name.strip().lower() in _SURE for name in re.split(r"[;|\t]", cell)]


def check_names(location: str, names: Iterable[str | None], *, show_names: bool = True) -> None:
    """Refuse names that cannot stand side by side in a warehouse table.

    Args:
        location: the file or table, for messages.
        names: the names in their order; None for a column that may have none.
        show_names: whether messages may show them.

    Raises:
        InputError: a column without a name, one twice (but for case, or white space around it), or one with our prefix.
    """
    known: dict[str, tuple[int, str]] = {}
    for position, name in enumerate(names, start=1):
        if name is None:
            continue
        this = f"the column {name[:_SHOWN]!r}" if show_names else f"column {position}"
        if not name:
            raise InputError(f"{location}: column {position} has no name; name it or take it out.")
        if "\0" in name:
            raise InputError(
                f"{location}: the name of column {position} has a NUL character in it; rename it."
            )
        if name.lower().startswith(RESERVED_PREFIX):
            raise InputError(
                f"{location}: {this} begins with {RESERVED_PREFIX!r}, which is kept for helper columns; rename it."
            )
        if fold_name(name) in known:
            first, other = known[fold_name(name)]
            that = repr(other[:_SHOWN]) if show_names else f"column {first}"
            alone = "case" if other.strip() == other and name.strip() == name else "case or outer blanks"
            same = "is there twice" if other == name else f"differs from {that} in {alone} alone"
            raise InputError(f"{location}: {this} {same}; rename one of them.")
        known[fold_name(name)] = position, name


def is_unnamed(name: str) -> bool:
    """Whether a column has no name, or the one that pandas writes for none; without a value it is dropped."""
    return _UNNAMED.fullmatch(name) is not None


def no_name(location: str, position: int) -> InputError:
    """The refusal of a column that has values, but no name."""
    return InputError(
        f"{location}: column {position} has values and no name; name it or take it out (pandas leaves its index out by "
        "index=False)."
    )


def check_needed(
    location: str,
    table: str,
    columns: Iterable[str],
    needed: Mapping[str, str],
    *,
    show_names: bool = True,
    renamed: str = "",
) -> None:
    """Refuse a table that lacks a column which it is of no use without.

    Args:
        needed: the columns, each with the setting by which the user named it, or no text.
        renamed: how to say that such a column has another name.

    Raises:
        InputError: naming the column, and those that are there if they may be shown.
    """
    there = list(columns)
    for name, setting in needed.items():
        if find_name(name, there) is None:
            known = _known(there, name) or "none"
            if not show_names:
                known = f"{_others(len(there))}; put the names of all columns into its first line"
            why = f", which the setting {setting} names" if setting else ""
            how = f"; {renamed}" if renamed and not setting else ""
            raise InputError(
                f"{location}: the table {table} needs a column {name!r}{why}; it has {known}{how}."
            )


def _known(there: list[str], needed: str) -> str:
    """Those names that are surely names and no values of a row: the usual ones, and those like the one that is needed."""
    alike = difflib.get_close_matches(needed, there)
    named = [name for name in there if all(_usual_names(name)) or name in alike][:_NAMED]
    known = ", ".join(repr(name[:_SHOWN]) for name in named)
    others = len(there) - len(named)
    more = _others(others) if others else ""
    return " and ".join(filter(None, [known, more]))


def _others(count: int) -> str:
    return f"{count} other{'s' if count > 1 else ''}"


def unite(
    table: str,
    files: Sequence[tuple[str, Mapping[str, str]]],
    *,
    show_names: bool = True,
    settled: Collection[str] = (),
) -> dict[str, str]:
    """The columns of all files of a table, as they first appear, with types that hold every value.

    Args:
        table: the table's name.
        files: each file's name and its columns with their types.
        show_names: whether messages may show names of columns.
        settled: columns whose types the settings give: text where files have different ones, to be cast.

    Raises:
        InputError: two files give a column types that no third one holds without loss.
    """
    columns: dict[str, str] = {}
    first_in: dict[str, str] = {}
    spelled: dict[str, str] = {}
    given_types = {fold_name(name) for name in settled}
    for file, given in files:
        for own, kind in given.items():
            name = spelled.setdefault(fold_name(own), own)  # rule: names-of-files
            first_in.setdefault(name, file)
            wider = widen(columns.get(name, kind), kind)
            if wider is None and fold_name(name) in given_types:
                wider = "VARCHAR"
            if wider is None:
                raise InputError(
                    f"{table}: the column {name!r} is {columns[name]} in {first_in[name]}, {kind} in {file}: "
                    f'no type holds both; write it with one type in all files, or {join_key(table, name)} = "text" into [types] '
                    "of the settings."
                )
            columns[name] = wider
    check_names(table, columns, show_names=show_names)
    return columns


def select_items(given: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    """The select list that turns rows with the given columns into rows with all wanted ones."""
    return ", ".join(
        f"{converted(name, given[name], kind)} as {ident(name)}"
        if name in given
        else f"cast(null as {kind}) as {ident(name)}"
        for name, kind in wanted.items()
    )


def file_items(
    given: Mapping[str, str], wanted: Mapping[str, str], constants: Mapping[str, str | None]
) -> str:
    """As `select_items`, for the rows of a file, which may spell a column otherwise than the first one did.

    Args:
        given, wanted: columns with their types.
        constants: the columns that its folders give, with their text.
    """
    own = {fold_name(name): name for name in given}
    texts = {fold_name(name): literal(text) for name, text in constants.items() if text is not None}
    return ", ".join(
        f"{converted(own[fold_name(name)], given[own[fold_name(name)]], kind)} as {ident(name)}"
        if fold_name(name) in own
        else f"cast({texts.get(fold_name(name), 'null')} as {kind}) as {ident(name)}"
        for name, kind in wanted.items()
    )


def converted(name: str, given: str, wanted: str) -> str:
    """SQL of a column as another type that holds its values."""
    if given == wanted:
        return ident(name)
    if "BLOB" in given and "UUID" in wanted:
        return _uuids(ident(name), given)
    if given in EXACT_BITS and wanted == "VARCHAR":
        return f"said({ident(name)})"
    if not is_nested(wanted) and widen(given, wanted) != wanted:
        return exact(ident(name), given, wanted)
    cast = "try_cast" if given in EXACT_BITS and wanted in BITS else "cast"  # NaN is no number
    return f"{cast}({ident(name)} as {wanted})"


def _uuids(value: str, given: str) -> str:
    """SQL of sixteen bytes as a UUID, of a list of such of each."""
    if given.endswith("[]"):
        return f"list_transform({value}, lambda _cm_bytes: {_uuids('_cm_bytes', given[:-2])})"
    return f"cast(hex({value}) as uuid)"
