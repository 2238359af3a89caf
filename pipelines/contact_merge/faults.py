"""What is wrong with tables of settings: all of it, each fault with its key and what is allowed there.

The types of the structs that hold settings say what is allowed. A fault leaves out no other one: what is sound is kept, so that
rules between settings can be checked, too.
"""

import difflib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import inspect

_SHOWN = 80
"""So much of a key or a value goes into a message."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: the key as TOML writes it, and a sentence without its full stop."""

    key: str
    said: str

    def __str__(self) -> str:
        return f"{self.key}: {self.said}"


class FaultsError(ValueError):
    """Settings that cannot be used.

    Attributes:
        faults: all that is wrong with them.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)


def check_table(
    given: Mapping[str, Any], kind: type[msgspec.Struct]
) -> tuple[dict[str, Any], tuple[Fault, ...]]:
    """What is sound of a table as TOML has it, and the faults; a key that the struct needs may be missing."""
    faults: list[Fault] = []
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return _check_struct(given, info, "", faults), tuple(faults)


def quote(value: object) -> str:
    """A value as a message shows it, shortened."""
    if isinstance(value, Mapping):
        return "a table"
    try:
        text = json.dumps(value, ensure_ascii=False)
    except TypeError:  # a date or a time
        text = str(value)
    return _shorten("".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text))


def join_key(*parts: str) -> str:
    """A key as TOML writes it: parts that are no plain words stand in quotes."""
    return ".".join(part if re.fullmatch(r"[\w-]+", part, re.ASCII) else quote(part) for part in parts)


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN // 2]}…{text[-_SHOWN // 2 :]}"


def _check_struct(
    given: Mapping[str, Any], kind: inspect.StructType, at: str, faults: list[Fault]
) -> dict[str, Any]:
    types = {field.encode_name: field.type for field in kind.fields}
    sound: dict[str, Any] = {}
    for name, value in given.items():
        key = at + join_key(_shorten(name))
        if name not in types:
            faults.append(Fault(key, _unknown(name, list(types))))
            continue
        found = _check(value, types[name], key, faults)
        if found is not msgspec.UNSET:
            sound[name] = found
    return sound


def _unknown(name: str, names: list[str]) -> str:
    near = difflib.get_close_matches(name.lower(), names, n=1)
    others = f"the nearest is {near[0]}" if near else f"there are {_list(names, 'and')}"
    return f"there is no such setting; {others}"


def _check(value: Any, kind: inspect.Type, key: str, faults: list[Fault]) -> Any:
    """The value where it is sound, of a table what is; else UNSET."""
    inner = kind.type if isinstance(kind, inspect.Metadata) else kind
    match inner:
        case inspect.StructType() if isinstance(value, Mapping):
            return _check_struct(value, inner, f"{key}.", faults)
        case inspect.DictType() if isinstance(value, Mapping):
            sound = {}
            for name, item in value.items():
                its_key = f"{key}.{join_key(_shorten(name))}"
                if _check(name, inner.key_type, its_key, faults) is msgspec.UNSET:
                    continue
                found = _check(item, inner.value_type, its_key, faults)
                if found is not msgspec.UNSET:
                    sound[name] = found
            return sound
        case inspect.VarTupleType() if isinstance(value, list | tuple):
            before = len(faults)
            items = tuple(_check(item, inner.item_type, key, faults) for item in value)
            if len(faults) > before:
                return msgspec.UNSET
            if len(items) >= (inner.min_length or 0):
                return items
        case _ if _is_sound(value, inner):
            return value
        case _:
            pass
    faults.append(Fault(key, f"{quote(value)} is not allowed; it is {allowed(kind)}"))
    return msgspec.UNSET


def _is_sound(value: Any, kind: inspect.Type) -> bool:
    match kind:
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.IntType():
            return type(value) is int and _in_range(value, kind.ge, kind.le)
        case inspect.FloatType():
            return type(value) in (int, float) and _in_range(value, kind.ge, kind.le)
        case inspect.StrType():
            fits = (
                kind.pattern is None or re.fullmatch(kind.pattern, value) if isinstance(value, str) else False
            )
            return bool(fits) and (kind.min_length or 0) <= len(value) <= (kind.max_length or len(value))
        case inspect.LiteralType():
            return isinstance(value, str) and value in kind.values
        case inspect.UnionType():
            return any(_is_sound(value, each) for each in _unwrapped(kind.types))
        case _:
            return False


def _in_range(value: float, least: float | None, most: float | None) -> bool:
    """Whether a number is in a range; what is no number is in none."""
    return (least is None or value >= least) and (most is None or value <= most) and not math.isnan(value)


def _unwrapped(kinds: Iterable[inspect.Type]) -> list[inspect.Type]:
    return [kind.type if isinstance(kind, inspect.Metadata) else kind for kind in kinds]


def allowed(kind: inspect.Type) -> str:
    """What a setting of this type is, in words."""
    if isinstance(kind, inspect.Metadata):
        described = (kind.extra_json_schema or {}).get("description")
        return str(described) if described else allowed(kind.type)
    match kind:
        case inspect.LiteralType():
            return _list([quote(value) for value in kind.values], "or")
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType() | inspect.FloatType():
            number = "a whole number" if isinstance(kind, inspect.IntType) else "a number"
            return number if kind.ge is None else f"{number} from {kind.ge} to {kind.le}"
        case inspect.VarTupleType():
            some = "" if not kind.min_length else " that is not empty"
            return f"a list{some}, each {allowed(kind.item_type)}"
        case inspect.UnionType():
            kinds = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
            return _list(list(dict.fromkeys(map(allowed, kinds))), "or")
        case inspect.StrType():
            return "text"
        case _:
            return "a table"


def _list(words: list[str], last: str) -> str:
    """Words one after the other: `a, b or c`."""
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
