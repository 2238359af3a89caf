"""What every type of ids says of itself."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from contact_merge.widening import BITS, EXACT_BITS

Key = UUID | int | str
"""What ids compare by."""
Hashes = npt.NDArray[np.uint64]
# What Python's str.isspace takes for white space; regex engines and SQL's trim each mean something else.
WHITE_SPACE = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
FEWEST = 6
"""Marks of a beginning by which an id may be looked for."""
TEXTS = frozenset({"VARCHAR", "JSON"})
INTEGERS = frozenset(BITS)
REALS = frozenset(EXACT_BITS)


class Beginning(NamedTuple):
    """What some ids begin with: as it compares, and the least and the greatest key of such ids."""

    text: str
    least: Key
    greatest: Key


class IdType(ABC):
    """A type of ids.

    Attributes:
        name: its name in the settings.
        key_type: the DuckDB type of the values by which ids compare.
        arrow_type: the same in Arrow.
        fault: what is said of a value that is no id, after `is`.
        looks: what is said of ids that are of this type, after `the ids look like`.
        plain_kinds: DuckDB types of columns whose ids may be plain.
        beginnings: what a beginning is made of by which an id may be looked for; none where it may not.
    """

    name: ClassVar[str]
    key_type: ClassVar[str]
    arrow_type: ClassVar[pa.DataType]
    fault: ClassVar[str]
    looks: ClassVar[str]
    plain_kinds: ClassVar[frozenset[str]]
    beginnings: ClassVar[str] = ""

    @abstractmethod
    def value(self, text: str) -> Key | None:
        """The key of the id that a text spells; None where it is no id."""

    def key_text(self, text: str) -> str | None:
        """The same as text that DuckDB casts to `key_type`."""
        key = self.value(text)
        return None if key is None else str(key)

    @abstractmethod
    def key_texts(self, texts: pl.Series) -> pl.Series:
        """`key_text` of a column."""

    def expression(self, value: str, kind: str | None) -> str:
        """SQL of the key that a value spells, null where it is no id; of text it calls the macro `<name>_value`.

        Args:
            value: SQL of the value.
            kind: its DuckDB type; None where there is no such column.
        """
        if kind is None:
            return f"cast(null as {self.key_type})"
        if kind in TEXTS:
            return f"{self.name}_value({value if kind == 'VARCHAR' else f'cast({value} as varchar)'})"
        return self.key_of(value, kind)

    @abstractmethod
    def key_of(self, value: str, kind: str) -> str:
        """`expression` of a value that is no text; it calls no macro but for UUIDs."""

    def spelled(self, value: str, kind: str) -> str:
        """SQL of the text by which outputs name the id of a row; whole numbers have no point."""
        return f"cast({value} as varchar)"

    def id_spellings(self, key: str) -> tuple[str, ...]:
        """SQL of each spelling that whole tables have their ids in, of SQL of a key; plain ids have the first."""
        return (f"cast({key} as varchar)",)

    def plain_text(self, key: str) -> str:
        """SQL of the one spelling that plain ids have, of SQL of a key."""
        return self.id_spellings(key)[0]

    def same(self, key: str, column: str, kind: str) -> str:
        """SQL of whether a column of plain ids has a key, in the portable subset.

        Args:
            key: SQL of the key.
            column: SQL of the column.
            kind: its DuckDB type, one of `plain_kinds`.
        """
        return f"{self.plain_text(key) if kind in TEXTS else key} = {column}"

    @abstractmethod
    def plain_keys(self, ids: pa.Array) -> pa.Array | None:
        """The keys of ids that are all spelled as `plain_text` has them; None where one is missing, or is otherwise.

        Args:
            ids: of a type that DuckDB reads as one of `plain_kinds`.
        """

    @abstractmethod
    def hashes(self, keys: pa.Array) -> Hashes:
        """A hash of each of some keys that `plain_keys` gave: those of equal keys are equal, those of others hardly ever."""

    def beginning(self, text: str) -> Beginning | None:
        """What ids begin with that begin so; None where no id does, or it is too short."""
        return None

    def macros(self) -> dict[str, Any]:
        """What the file of its macros reads."""
        return {"white_space": WHITE_SPACE}
