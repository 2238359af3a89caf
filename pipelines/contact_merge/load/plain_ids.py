"""UUIDs that are spelled as UUIDs are written, by columns: lower-case hexadecimal digits in groups of 8, 4, 4, 4 and 12.

Nearly all ids are, and so they need no look at each. Anything else is left to the exact way of keys.py.
"""

from binascii import unhexlify

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_LENGTH, _DIGITS, _BYTES, _BLOCK = 36, 32, 16, 8192
_HYPHENS = (8, 13, 18, 23)
_PLAIN = bytes(byte if byte in b"0123456789abcdef-" else ord("x") for byte in range(256))
"""What each byte is in an id that is spelled as UUIDs are written; x is no digit."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)

Bytes = npt.NDArray[np.uint8]


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
