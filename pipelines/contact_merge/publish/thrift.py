"""Thrift's compact protocol as far as Parquet's footers need it: bytes to values and back, whatever their fields stand for.

A struct is a dict: by the number of a field its kind and its value. A field that is newer than this program is kept like any
other, which a library with generated classes would drop. Bytes are not trusted: what cannot be read is a ThriftError.
"""

from dataclasses import dataclass

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, STRUCT = 1, 2, 3, 4, 5, 6, 7, 8, 9, 12
"""Kinds of values. There are others, which footers do not have: they cannot be read."""
_BITS = {I16: 16, I32: 32, I64: 64}
_DEEPEST = 32


class ThriftError(ValueError):
    """Bytes are no struct that can be read, or a field is missing or of another kind."""


@dataclass(slots=True)
class Items:
    """A list: values of one kind."""

    kind: int
    values: "list[Value]"


Value = bool | int | bytes | Items | dict[int, tuple[int, "Value"]]
Struct = dict[int, tuple[int, Value]]


def read_struct(data: bytes, at: int = 0) -> tuple[Struct, int]:
    """The struct that begins at a byte, and the place after it."""
    reader = _Reader(data, at)
    return reader.struct(0), reader.at


def write_struct(struct: Struct) -> bytes:
    """The bytes of a struct."""
    written = bytearray()
    _write_struct(written, struct)
    return bytes(written)


def integer(struct: Struct, field: int, missing: int | None = None) -> int:
    """A number; `missing` where the field is not there."""
    kind, value = struct.get(field, (I64, missing))
    if kind not in _BITS or not isinstance(value, int):
        raise ThriftError(f"Field {field} is no number.")
    return value


def binary(struct: Struct, field: int) -> bytes:
    """Bytes, or a text."""
    _, value = struct.get(field, (BINARY, None))
    if not isinstance(value, bytes) or struct[field][0] != BINARY:
        raise ThriftError(f"Field {field} is no text.")
    return value


def struct_in(struct: Struct, field: int) -> Struct:
    """A struct inside."""
    _, value = struct.get(field, (STRUCT, None))
    if not isinstance(value, dict):
        raise ThriftError(f"Field {field} is no struct.")
    return value


def structs(struct: Struct, field: int) -> list[Struct]:
    """A list of structs."""
    return [value for value in _items(struct, field) if isinstance(value, dict)]


def binaries(struct: Struct, field: int) -> list[bytes]:
    """A list of texts."""
    return [value for value in _items(struct, field) if isinstance(value, bytes)]


def _items(struct: Struct, field: int) -> list[Value]:
    _, value = struct.get(field, (LIST, None))
    if not isinstance(value, Items):
        raise ThriftError(f"Field {field} is no list.")
    return value.values


class _Reader:
    """Reads values one after the other; `at` is the place of the next byte."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at

    def struct(self, depth: int) -> Struct:
        if depth > _DEEPEST:
            raise ThriftError("Structs are nested too deep.")
        found: Struct = {}
        field = 0
        while head := self.byte():
            kind, step = head & 15, head >> 4
            field = field + step if step else self.integer(I16)
            if field in found or not 0 < field < 1 << 15:
                raise ThriftError(f"A field {field} is not possible here.")
            found[field] = kind, self.value(kind, depth)
        return found

    def value(self, kind: int, depth: int) -> Value:
        if kind in (TRUE, FALSE):
            return kind == TRUE
        if kind == BYTE:
            return self.byte()
        if kind in _BITS:
            return self.integer(kind)
        if kind == DOUBLE:
            return self.take(8)
        if kind == BINARY:
            return self.take(self.unsigned())
        if kind == LIST:
            return self.items(depth)
        if kind == STRUCT:
            return self.struct(depth + 1)
        raise ThriftError(f"A value of kind {kind} cannot be read.")

    def items(self, depth: int) -> Items:
        head = self.byte()
        kind, count = head & 15, head >> 4
        if count == 15:
            count = self.unsigned()
        if kind in (TRUE, FALSE, LIST) or count > len(self.data) - self.at:
            raise ThriftError("A list cannot be read.")
        return Items(kind, [self.value(kind, depth) for _ in range(count)])

    def byte(self) -> int:
        if self.at >= len(self.data):
            raise ThriftError("Bytes are missing.")
        self.at += 1
        return self.data[self.at - 1]

    def take(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            raise ThriftError("Bytes are missing.")
        self.at += count
        return self.data[self.at - count : self.at]

    def unsigned(self) -> int:
        value = 0
        for shift in range(0, 64, 7):
            byte = self.byte()
            value |= (byte & 127) << shift
            if byte < 128:
                if value >= 1 << 64:
                    break
                return value
        raise ThriftError("A number is too large.")

    def integer(self, kind: int) -> int:
        """A number whose sign is its last bit."""
        value = self.unsigned()
        if value >= 1 << _BITS[kind]:
            raise ThriftError("A number is too large.")
        return (value >> 1) ^ -(value & 1)


def _write_struct(written: bytearray, struct: Struct) -> None:
    last = 0
    for field, (kind, value) in sorted(struct.items()):
        if field - last < 16:
            written.append(field - last << 4 | kind)
        else:
            written.append(kind)
            _write_integer(written, field)
        last = field
        _write_value(written, kind, value)
    written.append(0)


def _write_value(written: bytearray, kind: int, value: Value) -> None:
    if isinstance(value, bool):
        return  # its kind says it
    if isinstance(value, int):
        if kind == BYTE:
            written.append(value)
        else:
            _write_integer(written, value)
    elif isinstance(value, bytes):
        if kind == BINARY:
            _write_unsigned(written, len(value))
        written += value
    elif isinstance(value, Items):
        count = len(value.values)
        written.append(min(count, 15) << 4 | value.kind)
        if count >= 15:
            _write_unsigned(written, count)
        for item in value.values:
            _write_value(written, value.kind, item)
    else:
        _write_struct(written, value)


def _write_integer(written: bytearray, value: int) -> None:
    _write_unsigned(written, value << 1 if value >= 0 else ~(value << 1))


def _write_unsigned(written: bytearray, value: int) -> None:
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    written.append(value)
