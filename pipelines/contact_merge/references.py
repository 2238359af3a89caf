"""What a row of a child table names: whether it names anybody, and whether a cell holds one id or several (SHAPES.md 2).

Loading, the merged tables and the checks ask here, so that all of them mean the same rows and the same ids.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import duckdb

from contact_merge.catalog import Child, Reference
from contact_merge.engine import columns_of, ident, literal
from contact_merge.widening import BITS, EXACT_BITS, NO_TYPE

_LIST = "[]"
_EXACT = 1 << 53
"""Beyond it a double does not say which whole number it was."""


@dataclass(frozen=True)
class Cells:
    """A column of references of a child table.

    Attributes:
        reference: the reference.
        type: the DuckDB type of the column.
        several: whether a cell holds several ids.
    """

    reference: Reference
    type: str
    several: bool

    @property
    def column(self) -> str:
        """The name of the column."""
        return self.reference.column

    @property
    def key_column(self) -> str:
        """The helper column with what it names."""
        return self.reference.key_column

    @property
    def is_list(self) -> bool:
        """Whether a cell is a list; else one that holds several is text."""
        return self.several and self.type.endswith(_LIST)

    @property
    def separator(self) -> str:
        """What stands between the ids of a text."""
        return self.reference.separator

    @property
    def part_type(self) -> str:
        """The type of an id in a cell."""
        if self.several and not self.is_list:
            return "VARCHAR"  # the pieces of a text
        return self.type.removesuffix(_LIST) if self.is_list else self.type

    def parts(self, cell: str) -> str:
        """SQL of the parts of a cell that holds several, as they stand there."""
        return cell if self.is_list else f"string_split({_text(cell, self.type)}, {literal(self.separator)})"

    def texts(self, cell: str) -> str:
        """SQL of these parts as texts."""
        parts = self.parts(cell)
        return parts if self.part_type == "VARCHAR" else f"cast({parts} as varchar[])"


def _text(value: str, type_name: str) -> str:
    return value if type_name == "VARCHAR" else f"cast({value} as varchar)"


def is_several(child: Child, reference: Reference, type_name: str) -> bool:
    """Whether a cell of this type holds several ids. Of the six tables of the API, without settings, it holds one."""
    return bool(reference.separator) or (not child.strict and type_name.endswith(_LIST))


def cells_of(child: Child, columns: Mapping[str, str]) -> list[Cells]:
    """The columns of references that a table has, and that hold anything.

    Args:
        columns: the user's columns of the table with their types.
    """
    return [
        Cells(reference, kind, is_several(child, reference, kind))
        for reference in child.references
        if (kind := columns.get(reference.column)) is not None and NO_TYPE not in kind
    ]


def may_name_several(child: Child) -> bool:
    """Whether a row may name several contacts, for all that settings say."""
    has_separator = any(reference.separator for reference in child.references)
    return not child.strict or has_separator or len(child.references) > 1


def named_keys(con: duckdb.DuckDBPyConnection, children: Iterable[Child]) -> dict[str, str]:
    """By table SQL of the list of what a row names, each key once; no text where a row names one at the most."""
    return {
        child.name: _named_keys(child, columns_of(con, "raw", child.name)) if may_name_several(child) else ""
        for child in children
    }


def _named_keys(child: Child, columns: Mapping[str, str]) -> str:
    lists = {
        reference: is_several(child, reference, columns.get(reference.column, "VARCHAR"))
        for reference in child.references
    }
    if len(lists) == 1 and not any(lists.values()):
        return ""
    items = [
        reference.key_column if is_list else f"[{reference.key_column}]"
        for reference, is_list in lists.items()
    ]
    return f"list_distinct(list_concat({', '.join(items)}))"


def key_type_of(child: Child, reference: Reference, columns: Mapping[str, str], key_type: str) -> str:
    """The type of the helper column of a reference."""
    several = is_several(child, reference, columns.get(reference.column, "VARCHAR"))
    return key_type + _LIST if several else key_type


def names_somebody(child: Child, columns: Mapping[str, str], row: str = "") -> str:
    """SQL of whether a row names the entity at all, by `where`; no text where every row does.

    Values compare by what they say: 1, "1" and 1.0 are the same, and so are true and "true". The SQL is portable.

    Args:
        columns: the user's columns of the table with their types.
        row: the alias of the row.
    """
    prefix = f"{row}." if row else ""
    conditions = [
        _is_one_of(prefix + ident(name), columns.get(name), values) for name, values in child.where.items()
    ]
    return " and ".join(conditions)


def _is_one_of(cell: str, kind: str | None, values: Iterable[str | int | float | bool]) -> str:
    """SQL of whether a cell of a type says one of some values."""
    texts = {text for text in map(_said, values) if not text.isspace() and text}
    if kind is None or NO_TYPE in kind:
        return "false"  # nothing is said in a column that is not there
    if kind == "BOOLEAN":
        found = sorted(texts & {"true", "false"})
    elif kind in BITS:
        found = sorted(text for text in texts if _is_written_so(text))
    elif kind in EXACT_BITS:
        found = [f"cast({number!r} as {kind})" for number in sorted(_numbers(texts))]
    else:
        cell, found = _text(cell, kind), [literal(text) for text in sorted(texts)]
    return f"{cell} in ({', '.join(found)})" if found else "false"


def _said(value: str | int | float | bool) -> str:
    """The text of a value of the settings."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _text_of(value)
    return str(value)


def _text_of(number: float) -> str:
    """The text that a double says: a whole number that came as one is a whole number."""
    return str(int(number)) if number.is_integer() and abs(number) <= _EXACT else repr(number)


def _is_written_so(text: str) -> bool:
    """Whether a whole number is written so."""
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and str(int(text)) == text and len(digits) <= 39


def _numbers(texts: Iterable[str]) -> Iterator[float]:
    """The doubles that say one of some texts."""
    for text in texts:
        try:
            number = float(text)
        except ValueError:
            continue
        if math.isfinite(number) and _text_of(number) == text:
            yield number
