"""UUIDs: all that Python's uuid.UUID takes after strip() is one; they compare by value (SEMANTICS.md, step 5)."""

import re
import uuid
from binascii import unhexlify

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from contact_merge.ids.id_type import FEWEST, WHITE_SPACE, Beginning, Hashes, IdType, Key

_ORDINARY = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_LENGTH, _DIGITS, _BYTES, _BLOCK = 36, 32, 16, 8192
_HYPHENS = (8, 13, 18, 23)
_PLAIN = bytes(byte if byte in b"0123456789abcdef-" else ord("x") for byte in range(256))
"""What each byte is in an id that is spelled as UUIDs are written; x is no digit."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)

Bytes = npt.NDArray[np.uint8]


class UuidIds(IdType):
    """UUIDs. Plain are those of lower-case hexadecimal digits in groups of 8, 4, 4, 4 and 12."""

    name = "uuid"
    key_type = "UUID"
    arrow_type = pa.uuid()
    fault = "no UUID"
    looks = "UUIDs"
    plain_kinds = frozenset({"VARCHAR", "UUID"})
    beginnings = "digits"

    def value(self, text: str) -> Key | None:
        """The UUID in any spelling that Python takes."""
        ordinary = uuid_value(text)
        return None if ordinary is None else uuid.UUID(ordinary)

    def key_texts(self, texts: pl.Series) -> pl.Series:
        """As they are usually written; non-standard UUIDs are read one by one, each of them once."""
        lower = texts.str.strip_chars(WHITE_SPACE).str.to_lowercase()
        ordinary = lower.str.contains(_ORDINARY)
        unusual = texts.filter(texts.is_not_null() & ~ordinary.fill_null(False)).unique()
        values = pl.Series([uuid_value(text) for text in unusual.to_list()], dtype=pl.String)
        spelled = pl.DataFrame({"text": texts, "value": lower, "ordinary": ordinary.fill_null(False)})
        unusual_values = pl.DataFrame({"text": unusual, "unusual_value": values})
        return (
            spelled.join(unusual_values, on="text", how="left", maintain_order="left")
            .select(pl.when("ordinary").then("value").otherwise("unusual_value").alias("value"))
            .to_series()
        )

    def key_of(self, value: str, kind: str) -> str:
        """What is no UUID already is read from its text."""
        return value if kind == "UUID" else f"uuid_value(cast({value} as varchar))"

    def plain_keys(self, ids: pa.Array) -> pa.Array | None:
        """Of texts, UUIDs, or their bytes."""
        values = uuid_bytes(ids)
        return None if values is None else uuid_array(values)

    def hashes(self, keys: pa.Array) -> Hashes:
        """A mix of both halves."""
        values = uuid_bytes(keys)
        return np.empty(0, np.uint64) if values is None else hashes(values)

    def beginning(self, text: str) -> Beginning | None:
        """Hexadecimal digits, whatever stands between them."""
        digits = re.sub(r"^urn:uuid:|[{}-]", "", text.strip().lower())
        if not re.fullmatch(f"[0-9a-f]{{{FEWEST},{_DIGITS - 1}}}", digits):
            return None
        return Beginning(digits, uuid.UUID(digits.ljust(_DIGITS, "0")), uuid.UUID(digits.ljust(_DIGITS, "f")))


def uuid_value(text: str) -> str | None:
    """The ordinary spelling of a UUID in any spelling that `uuid.UUID(text.strip())` takes; None for other text."""
    try:
        return str(uuid.UUID(text.strip()))
    except ValueError:
        return None


def uuid_bytes(ids: pa.Array) -> Bytes | None:
    """The 16 bytes of each id; None where one is missing, or is no UUID or spelled otherwise.

    Args:
        ids: texts, or UUIDs.
    """
    if ids.null_count:
        return None
    if isinstance(ids, pa.ExtensionArray):
        ids = ids.storage
    if pa.types.is_fixed_size_binary(ids.type):
        data = np.frombuffer(ids.buffers()[1] or b"", np.uint8)
        return data[ids.offset * _BYTES : (ids.offset + len(ids)) * _BYTES].reshape(-1, _BYTES)
    texts = _fixed_texts(ids.cast(pa.large_string()))
    if texts is None:
        return None
    values = []
    for first in range(0, len(ids), _BLOCK):
        block = bytes(texts[first * _LENGTH : (first + _BLOCK) * _LENGTH])
        rows = np.frombuffer(block, np.uint8).reshape(-1, _LENGTH)
        digits = block.translate(_PLAIN, b"-")
        if len(digits) != len(rows) * _DIGITS or any(
            (rows[:, place] != ord("-")).any() for place in _HYPHENS
        ):
            return None
        try:
            values.append(unhexlify(digits))
        except ValueError:
            return None
    return np.frombuffer(b"".join(values), np.uint8).reshape(-1, _BYTES)


def _fixed_texts(texts: pa.LargeStringArray) -> memoryview | None:
    """Texts that all have the length of a UUID, one after the other."""
    _, starts, data = texts.buffers()
    ends = np.frombuffer(starts or b"", np.int64)[texts.offset : texts.offset + len(texts) + 1]
    if (np.diff(ends) != _LENGTH).any():
        return None
    return memoryview(data)[ends[0] : ends[-1]] if len(texts) else memoryview(b"")


def hashes(values: Bytes) -> npt.NDArray[np.uint64]:
    """A hash of each id: those of equal ids are equal, and those of others hardly ever."""
    halves = values.view(np.uint64)
    return halves[:, 0] * _FACTOR ^ halves[:, 1]


def uuid_array(values: Bytes) -> pa.Array:
    """UUIDs for DuckDB."""
    storage = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(_BYTES), len(values), [None, pa.py_buffer(np.ascontiguousarray(values))]
    )
    return pa.ExtensionArray.from_storage(pa.uuid(), storage)
