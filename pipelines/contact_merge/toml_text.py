"""Values and keys as TOML writes them, on one line each."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any


def toml_key(*parts: str) -> str:
    """A key of nested tables; parts that are no plain words stand in quotes."""
    return ".".join(part if re.fullmatch(r"[\w-]+", part, re.ASCII) else toml_value(part) for part in parts)


def toml_value(value: Any) -> str:
    """Text, a number, true or false, a list or a table."""
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{toml_key(key)} = {toml_value(each)}" for key, each in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(toml_value, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
