"""Small pieces of SQL text that the readers and loaders share."""

from collections.abc import Iterable, Mapping
from glob import escape
from pathlib import Path

import msgspec

from contact_merge.columns import comma_joined, json_of
from contact_merge.sql import ident, literal


def file_list(paths: Iterable[Path]) -> str:
    """An SQL list of exactly these local files: glob characters in their names stand for themselves."""
    return "[" + ", ".join(literal(escape(str(path.absolute()))) for path in paths) + "]"


def row_as_json(columns: Mapping[str, str], json_text: frozenset[str], row: str) -> str:
    """SQL of a row as one JSON object, all columns in their order; slices of JSON text stand as they are."""
    members = []
    for name, kind in columns.items():
        value = f"{row}.{ident(name)}"
        text = f"coalesce({value}, 'null')" if name in json_text else json_of(value, kind)
        members.append(f"{literal(msgspec.json.encode(name).decode() + ':')} || {text}")
    return f"'{{' || {comma_joined(members)} || '}}'"
