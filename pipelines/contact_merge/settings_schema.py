"""What settings are, for editors and for people: a JSON Schema of the settings file, and a sentence on each key.

Both come of the structs of settings.py and preset.py: types say what is allowed, docstrings what a key means.
"""

import re
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from typing import Any

import msgspec
from msgspec import inspect

from contact_merge.settings import FileSettings

_ENTRY = re.compile(r"^ {4}(?P<names>\w+(?:, \w+)*): (?P<text>.*)$")
_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def settings_schema() -> dict[str, Any]:
    """The JSON Schema of a settings file: any key may be missing, and no other one is allowed.

    It refers to nothing, for some editors show no description beside a reference.
    """
    [whole], parts = msgspec.json.schema_components([FileSettings], ref_template="{name}")
    structs = {kind.__name__: kind for kind in _structs(inspect.type_info(FileSettings))}
    resolved = _Resolver(parts, structs).resolve(whole)
    csv = resolved["properties"]["csv"]
    csv["additionalProperties"] = {**csv, "description": "The same of one table."}
    schema = {"$schema": _DRAFT, "title": "Settings of contact-merge", **resolved}
    return msgspec.json.decode(msgspec.json.encode(schema))  # lists for the tuples of defaults


def describe_keys(kind: type[msgspec.Struct]) -> dict[str, str]:
    """A sentence on each key of a struct, in the order of its keys, from the docstrings of the struct and of those it extends."""
    said: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        said |= _attributes(each.__doc__ or "")
    return {name: said[name] for name in kind.__struct_fields__}


def _attributes(docstring: str) -> dict[str, str]:
    """The entries of a docstring's section `Attributes`, by name."""
    lines = cleandoc(docstring).partition("Attributes:\n")[2].partition("\n\n")[0].splitlines()
    found: dict[str, str] = {}
    names: list[str] = []
    for line in lines:
        if entry := _ENTRY.match(line):
            names = entry["names"].split(", ")
            found |= dict.fromkeys(names, entry["text"])
        else:
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return {name: _sentence(text) for name, text in found.items()}


def _sentence(text: str) -> str:
    """An entry as a sentence: docstrings begin it small, and may leave out the full stop."""
    return f"{text[0].upper()}{text[1:].rstrip('.')}."


def _structs(kind: inspect.Type) -> Iterator[type[msgspec.Struct]]:
    """All structs of which a type is made."""
    match kind:
        case inspect.StructType():
            yield kind.cls
            inner = [field.type for field in kind.fields]
        case inspect.DictType():
            inner = [kind.value_type]
        case inspect.UnionType():
            inner = list(kind.types)
        case inspect.Metadata():
            inner = [kind.type]
        case _:
            inner = []
    for each in inner:
        yield from _structs(each)


class _Resolver:
    """Puts the schema of each struct where it is meant."""

    def __init__(self, parts: Mapping[str, Any], structs: Mapping[str, type[msgspec.Struct]]) -> None:
        self._parts = parts
        self._structs = structs

    def resolve(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """A schema without references, and without null, which TOML does not have."""
        if "$ref" in schema:
            return self._struct(schema["$ref"])
        if "anyOf" in schema:
            kinds = [self.resolve(each) for each in schema["anyOf"] if each != {"type": "null"}]
            return kinds[0] if len(kinds) == 1 else {**schema, "anyOf": kinds}
        if isinstance(values := schema.get("additionalProperties"), Mapping):
            return {**schema, "additionalProperties": self.resolve(values)}
        return dict(schema)

    def _struct(self, name: str) -> dict[str, Any]:
        """The schema of a struct, with a description of each key."""
        kind, properties = self._structs[name], self._parts[name]["properties"]
        return {
            "description": (kind.__doc__ or "").partition("\n")[0],
            "type": "object",
            "properties": {
                key: {**self.resolve(properties[key]), "description": sentence}
                for key, sentence in describe_keys(kind).items()
            },
            "additionalProperties": False,
        }
