"""Salesforce's record ids: 15 letters and digits of which the case counts, or these and three more for who ignores case.

Each of the three is a digit of base 32 that says which of five characters are capitals: the first is its lowest bit.
"""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes its compute functions when it is imported)

import re
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from contact_merge.ids.id_type import FEWEST, WHITE_SPACE, Beginning, Hashes, IdType, Key

_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHORT, _LONG = 15, 18
_FIVES = (0, 5, 10)
PATTERN = f"[A-Za-z0-9]{{{_SHORT}}}(?:[A-Z0-5]{{3}})?"
_ID = re.compile(PATTERN)
_BEGINNING = re.compile(f"[A-Za-z0-9]{{{FEWEST},{_LONG - 1}}}")
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], np.uint64)
_OTHERS = np.ones(256, np.bool_)
_OTHERS[list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")] = False
"""Whether a byte is no letter or digit."""
_DIGIT_BYTES = np.frombuffer(_DIGITS.encode(), np.uint8)


class SalesforceIds(IdType):
    """Salesforce ids: the first 15 characters decide, and the last three of 18 have to be their checksum. Plain are those of 18.

    Source: SHAPES.md 1.
    """

    name = "salesforce"
    key_type = "VARCHAR"
    arrow_type = pa.large_string()
    fault = "no Salesforce id (15 or 18 letters and digits, the last three of 18 their checksum)"
    looks = "Salesforce ids"
    plain_kinds = frozenset({"VARCHAR"})
    beginnings = "letters and digits"

    def value(self, text: str) -> Key | None:
        """The first 15 characters."""
        spelled = text.strip()
        if not _ID.fullmatch(spelled):
            return None
        first = spelled[:_SHORT]
        return first if spelled in (first, first + checksum(first)) else None

    def key_texts(self, texts: pl.Series) -> pl.Series:
        """The same of a column; each id is read once."""
        stripped = texts.str.strip_chars(WHITE_SPACE).rename("text")
        known = stripped.unique().drop_nulls()
        keys = pl.Series("key", [self.value(text) for text in known.to_list()], dtype=pl.String)
        found = pl.DataFrame({"text": known, "key": keys})
        return stripped.to_frame().join(found, on="text", how="left", maintain_order="left")["key"]

    def key_of(self, value: str, kind: str) -> str:
        """No number is one."""
        return "cast(null as varchar)"

    def id_spellings(self, key: str) -> tuple[str, ...]:
        """All 18 characters; reports have 15."""
        return f"({key} || {checksum_in_sql(key)})", key

    def same(self, key: str, column: str, kind: str) -> str:
        """The first 15 of the column are compared."""
        return f"{key} = substr({column}, 1, {_SHORT})"

    def plain_keys(self, ids: pa.Array) -> pa.Array | None:
        """Of texts."""
        if ids.null_count:
            return None
        texts = ids.cast(pa.large_string())
        _, offsets, data = texts.buffers()
        ends = np.frombuffer(offsets or b"", np.int64)[texts.offset : texts.offset + len(texts) + 1]
        if not len(texts):
            return texts
        if (np.diff(ends) != _LONG).any():
            return None
        marks = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]].reshape(-1, _LONG)
        first = marks[:, :_SHORT]
        if _OTHERS[first].any():
            return None
        capitals = (first <= ord("Z")) & (first >= ord("A"))
        for number, start in enumerate(_FIVES):
            digits = capitals[:, start : start + 5] @ np.array([1, 2, 4, 8, 16], np.uint8)
            if (_DIGIT_BYTES[digits] != marks[:, _SHORT + number]).any():
                return None
        starts = np.arange(0, (len(texts) + 1) * _SHORT, _SHORT, dtype=np.int64)
        buffers = [None, pa.py_buffer(starts), pa.py_buffer(np.ascontiguousarray(first))]
        return pa.Array.from_buffers(pa.large_string(), len(texts), buffers)

    def hashes(self, keys: pa.Array) -> Hashes:
        """A mix of both halves of 16 bytes."""
        if not len(keys):
            return np.empty(0, np.uint64)
        bytes_ = np.frombuffer(keys.buffers()[2], np.uint8)[: len(keys) * _SHORT].reshape(-1, _SHORT)
        halves = np.pad(bytes_, ((0, 0), (0, 1))).view(np.uint64)
        mixed = halves * _FACTORS
        return mixed[:, 0] ^ (mixed[:, 1] >> np.uint64(29)) ^ mixed[:, 1]

    def beginning(self, text: str) -> Beginning | None:
        """Letters and digits, with their case; of more than 15 the rest has to begin the checksum."""
        spelled = text.strip()
        if not _BEGINNING.fullmatch(spelled):
            return None
        first = spelled[:_SHORT]
        if len(spelled) > _SHORT and not checksum(first).startswith(spelled[_SHORT:]):
            return None
        return Beginning(spelled, first.ljust(_SHORT, "0"), first.ljust(_SHORT, "z"))

    def macros(self) -> dict[str, Any]:
        """With SQL of the checksum."""
        return {**super().macros(), "checksum": checksum_in_sql, "pattern": PATTERN}


def checksum(first: str) -> str:
    """The last three characters of an id of 18, of which these are the first 15."""
    fives = (first[start : start + 5] for start in _FIVES)
    return "".join(
        _DIGITS[sum(1 << place for place, mark in enumerate(five) if "A" <= mark <= "Z")] for five in fives
    )


def checksum_in_sql(first: str) -> str:
    """SQL of `checksum`, of SQL of the first 15 characters."""
    return " || ".join(f"substr('{_DIGITS}', 1 + {_capitals(first, start)}, 1)" for start in _FIVES)


def _capitals(first: str, start: int) -> str:
    return " + ".join(
        f"case when substr({first}, {start + place + 1}, 1) between 'A' and 'Z' then {1 << place} else 0 end"
        for place in range(5)
    )
