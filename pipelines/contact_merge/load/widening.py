"""When two types of one column can be held by one without losing a value.

Text stays text and numbers stay numbers: a type counts as wider only where every value of both comes back equal and of
its own kind. So whole numbers widen to larger ones and to decimals, REAL to DOUBLE, and a struct to one with more
fields; text and a number have no common type here.
"""

import re

_SIGNED = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64, "HUGEINT": 128}
_UNSIGNED = {"UTINYINT": 8, "USMALLINT": 16, "UINTEGER": 32, "UBIGINT": 64, "UHUGEINT": 128}
_EXACT_BITS = {"FLOAT": 24, "DOUBLE": 53}
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_MAX_DECIMAL_DIGITS = 38
_DIGITS = {8: 3, 16: 5, 32: 10, 64: 20}


def widened(old_type: str, new_type: str) -> str | None:
    """The narrowest DuckDB type that holds every value of both types exactly; None where there is none."""
    if old_type == new_type:
        return old_type
    pair = {old_type, new_type}
    if pair <= {"VARCHAR", "JSON"} or (("VARCHAR" in pair) and any(kind.startswith("ENUM(") for kind in pair)):
        return "VARCHAR"
    if '"NULL"' in pair or "NULL" in pair:
        return next(kind for kind in (old_type, new_type) if kind not in {"NULL", '"NULL"'})
    if old_type.endswith("[]") and new_type.endswith("[]"):
        inner = widened(old_type[:-2], new_type[:-2])
        return None if inner is None else f"{inner}[]"
    return _wider_integer(old_type, new_type) or _wider_number(old_type, new_type)


def _wider_integer(old_type: str, new_type: str) -> str | None:
    """Of two integer types; where only one has a sign, the signed type that the unsigned one fits into."""
    if old_type in _SIGNED and new_type in _SIGNED:
        return max(old_type, new_type, key=_SIGNED.__getitem__)
    if old_type in _UNSIGNED and new_type in _UNSIGNED:
        return max(old_type, new_type, key=_UNSIGNED.__getitem__)
    if old_type in _UNSIGNED:
        old_type, new_type = new_type, old_type
    if old_type in _SIGNED and new_type in _UNSIGNED:
        bits = max(_SIGNED[old_type], 2 * _UNSIGNED[new_type])
        return next((name for name, size in _SIGNED.items() if size == bits), None)
    return None


def _wider_number(old_type: str, new_type: str) -> str | None:
    """Of decimals and floats, with each other or with integers."""
    if {old_type, new_type} == {"FLOAT", "DOUBLE"}:
        return "DOUBLE"
    for real, other in ((old_type, new_type), (new_type, old_type)):
        bits = {**_SIGNED, **_UNSIGNED}.get(other)
        if real in _EXACT_BITS and bits is not None:
            return real if bits <= _EXACT_BITS[real] else ("DOUBLE" if bits <= _EXACT_BITS["DOUBLE"] else None)
    old, new = _decimal(old_type), _decimal(new_type)
    if old is None or new is None:
        return None
    scale = max(old[1], new[1])
    whole = max(old[0] - old[1], new[0] - new[1])
    return f"DECIMAL({whole + scale},{scale})" if whole + scale <= _MAX_DECIMAL_DIGITS else None


def _decimal(kind: str) -> tuple[int, int] | None:
    """Digits and scale of a decimal, or of the decimal that holds an integer type."""
    bits = {**_SIGNED, **_UNSIGNED}.get(kind)
    if bits is not None:
        return (_DIGITS[bits], 0) if bits in _DIGITS else None
    match = _DECIMAL.fullmatch(kind)
    return (int(match[1]), int(match[2])) if match else None
