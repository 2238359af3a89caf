"""The settings in force, each with where it comes from: the user's file, the preset under it, or a default.

Settings are read elsewhere (settings.py). Here they become lines of TOML, or values for machines.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

import msgspec

from contact_merge.preset import ChildTable, preset_text
from contact_merge.settings import PlainSettings, Settings, read_settings, read_toml
from contact_merge.tables import API_KEYS
from contact_merge.toml_text import toml_key, toml_value

Source = Literal["file", "preset", "default"]
_COMMENT = 60
"""Where comments begin, if the line before is not longer."""


@dataclass(frozen=True)
class InForce:
    """One setting.

    Attributes:
        section: the tables in which it stands, the outermost first; none at the top.
        name: its own key.
        value: as TOML has it; None where nothing is set.
        source: where it comes from.
    """

    section: tuple[str, ...]
    name: str
    value: Any
    source: Source

    @property
    def key(self) -> str:
        """Its whole key."""
        return toml_key(*self.section, self.name)


@dataclass(frozen=True)
class Shown:
    """All settings in force.

    Attributes:
        preset: the name of the preset.
        config: the user's file; None where there is none.
        settings: in the order in which a settings file has them.
    """

    preset: str
    config: Path | None
    settings: tuple[InForce, ...]

    def to_json(self) -> dict[str, Any]:
        """For machines: the settings as a settings file nests them, and by its whole key where each comes from."""
        nested: dict[str, Any] = {}
        for each in self.settings:
            table = nested
            for part in each.section:
                table = table.setdefault(part, {})
            table[each.name] = each.value
        return {
            "preset": self.preset,
            "config": None if self.config is None else str(self.config),
            "settings": nested,
            "sources": {each.key: each.source for each in self.settings},
        }

    def lines(self) -> Iterator[str]:
        """A settings file that says all of it, with the source of each setting behind it."""
        names = {"file": str(self.config), "preset": f"preset {self.preset}", "default": "default"}
        for section, settings in groupby(self.settings, key=lambda each: each.section):
            if section:
                yield ""
                yield f"[{toml_key(*section)}]"
            for each in settings:
                if each.value is None:
                    yield f"# {toml_key(each.name)} is not set"
                else:
                    line = f"{toml_key(each.name)} = {toml_value(each.value)}"
                    yield f"{line.ljust(_COMMENT)}  # {names[each.source]}"


def show_settings(path: Path | None) -> Shown:
    """The settings in force with a user's file, or without one.

    Raises:
        SettingsError: the file cannot be used.
    """
    settings = read_settings(path)
    given = {} if path is None else read_toml(path)
    preset = tomllib.loads(preset_text(settings.preset_name))
    found = [InForce((), "preset", settings.preset_name, "file" if "preset" in given else "default")]
    found += _others(settings, given)
    found += _load(settings, given.get("load", {}))
    found += _reading(settings, given)
    found += _entity(settings, given, preset["entity"])
    found += _children(settings, given.get("children", {}), preset["children"])
    top = [each for each in found if not each.section]
    return Shown(settings.preset_name, path, (*top, *(each for each in found if each.section)))


def _others(settings: Settings, given: Mapping[str, Any]) -> Iterator[InForce]:
    """The settings that are no tables of the CRM; those that are tables of settings, key by key."""
    for name in PlainSettings.__struct_fields__:
        if name in ("json_fields", "load"):
            continue
        value = getattr(settings, name)
        plain = _plain_values(value)
        if isinstance(value, msgspec.Struct):
            written = given.get(name, {})
            yield from (InForce((name,), key, each, _source(key, written)) for key, each in plain.items())
        else:
            yield InForce((), name, plain, _source(name, given))


def _load(settings: Settings, given: Mapping[str, Any]) -> Iterator[InForce]:
    """How each table is loaded; those with more than a mode are sections."""
    tables = (settings.preset.entity.table, *settings.preset.children, API_KEYS)
    for table in sorted(tables, key=lambda name: name in settings.reading.newest_by):
        mode = _plain_values(settings.load.get(table, "replace"))
        if newest_by := settings.reading.newest_by.get(table):
            section, written = ("load", table), given[table]
            yield InForce(section, "mode", mode, _source("mode", written))
            yield InForce(section, "newest_by", newest_by, "file")
        else:
            yield InForce(("load",), table, mode, _source(table, given))


def _reading(settings: Settings, given: Mapping[str, Any]) -> Iterator[InForce]:
    """How files are read: what the user's file says, for there is no default but that of each file's ending."""
    for table, keys in sorted(settings.reading.csv.items()):
        section = ("csv", table) if table else ("csv",)
        for name, value in _plain_values(keys).items():
            if value is not None:
                yield InForce(section, name, value, "file")
    for table, columns in given.get("types", {}).items():
        yield from (InForce(("types", table), column, name, "file") for column, name in columns.items())


def _entity(settings: Settings, given: Mapping[str, Any], preset: Mapping[str, Any]) -> Iterator[InForce]:
    written = {
        **given.get("entity", {}),
        **{key: each for key, each in given.items() if key == "json_fields"},
    }
    for name, value in _plain_values(settings.preset.entity).items():
        yield InForce(("entity",), name, value, _source(name, written, preset))


def _children(settings: Settings, given: Mapping[str, Any], preset: Mapping[str, Any]) -> Iterator[InForce]:
    """Of each child table what is not as it is for any, and those that the user's file drops."""
    defaults = _plain_values(ChildTable())
    for table, child in settings.preset.children.items():
        written, before = given.get(table, {}), preset.get(table, {})
        for name, value in _plain_values(child).items():
            source = _source(name, written, before)
            if source != "default" or name == "references" or value != defaults[name]:
                yield InForce(("children", table), name, value, source)
    for table in preset:
        if table not in settings.preset.children:
            yield InForce(("children", table), "enabled", False, "file")


def _source(name: str, given: Mapping[str, Any], preset: Mapping[str, Any] | None = None) -> Source:
    if name in given:
        return "file"
    return "preset" if name in (preset or {}) else "default"


def _plain_values(value: Any) -> Any:
    """A value as JSON has it: tables and lists for structs and tuples."""
    return msgspec.json.decode(msgspec.json.encode(value))
