"""Whole numbers of 64 bits: they compare by value, so `42`, `"42"`, `42.0`, ` 042` and `+42` are one id."""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes its compute functions when it is imported)

import re

import numpy as np
import polars as pl
import pyarrow as pa

from contact_merge.ids.id_type import INTEGERS, REALS, TEXTS, WHITE_SPACE, Hashes, IdType, Key
from contact_merge.widening import BITS, EXACT_BITS

PATTERN = r"([+-]?)0*([0-9]{1,19})(?:\.0+)?"
"""Sign and digits of a whole number. Digits are ASCII; behind a point there are noughts alone."""
_WHOLE = re.compile(PATTERN)
_LARGEST = 2**63 - 1
_FITTING = frozenset(
    kind for kind, bits in BITS.items() if bits < 64 or (bits == 64 and not kind.startswith("U"))
)


class IntegerIds(IdType):
    """Whole numbers. Plain are those of whole numbers, and texts of digits with no sign but a minus and no nought in front.

    Source: SHAPES.md 1 and 3.
    """

    name = "integer"
    key_type = "BIGINT"
    arrow_type = pa.int64()
    fault = "no integer (a whole number of 64 bits)"
    looks = "whole numbers"
    plain_kinds = frozenset({"VARCHAR", *_FITTING})

    def value(self, text: str) -> Key | None:
        """The number that a text spells."""
        found = _WHOLE.fullmatch(text.strip())
        number = int(found[1] + found[2]) if found else None
        return number if number is not None and -_LARGEST - 1 <= number <= _LARGEST else None

    def key_texts(self, texts: pl.Series) -> pl.Series:
        """The numbers as they are written."""
        whole = f"^{PATTERN}$"
        stripped = texts.str.strip_chars(WHITE_SPACE)
        sign, digits = stripped.str.extract(whole, 1), stripped.str.extract(whole, 2)
        return (sign.str.replace("+", "", literal=True) + digits).cast(pl.Int64, strict=False).cast(pl.String)

    def key_of(self, value: str, kind: str) -> str:
        """Whole doubles, as far as all whole numbers are doubles; decimals without a fraction.

        Casts are tried, whatever stands before them: DuckDB may work them out for all rows.
        """
        if kind in _FITTING:
            return value if kind == "BIGINT" else f"cast({value} as bigint)"
        if kind in INTEGERS:
            return f"try_cast({value} as bigint)"
        if kind in REALS:
            most = 2 ** EXACT_BITS[kind]
            return f"case when abs({value}) <= {most} and {value} = trunc({value}) then try_cast({value} as bigint) end"
        if kind.startswith("DECIMAL"):
            whole = f"regexp_extract(cast({value} as varchar), '^(-?[0-9]*)(?:[.]0*)?$', 1)"
            return f"case when {value} = 0 then 0 else try_cast({whole} as bigint) end"
        return "cast(null as bigint)"

    def spelled(self, value: str, kind: str) -> str:
        """Text as it stands there; of numbers the digits."""
        return f"cast({value if kind in TEXTS else self.key_of(value, kind)} as varchar)"

    def plain_keys(self, ids: pa.Array) -> pa.Array | None:
        """Of whole numbers and texts; a text is read, and written again to see whether that gives the same."""
        if ids.null_count:
            return None
        if pa.types.is_integer(ids.type):
            return ids.cast(pa.int64())
        texts = ids.cast(pa.large_string())
        try:
            numbers = texts.cast(pa.int64())
        except pa.ArrowInvalid:
            return None
        return numbers if numbers.cast(pa.large_string()).equals(texts) else None

    def hashes(self, keys: pa.Array) -> Hashes:
        """The numbers themselves."""
        return keys.to_numpy().view(np.uint64)
