"""Settings of a run (INTERFACE.md, 'Settings'): read once from TOML, checked as a whole, passed down."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import msgspec

from contact_merge.errors import SettingsError
from contact_merge.faults import Fault, FaultsError, check_table, join_key, quote
from contact_merge.places import scheme_of
from contact_merge.preset import (
    DEFAULT,
    ChildTable,
    Column,
    Entity,
    Name,
    Preset,
    find_faults,
    overlay,
    read_preset,
)
from contact_merge.reading import CsvKeys, Reading, TypeName, find_reading_faults, read_reading
from contact_merge.tables import API_KEYS, REQUESTS, PresetName

_MEMORY = (
    r"((\d{1,9}(\.\d+)? *[KM]|\d{1,6}(\.\d+)? *G|\d{1,3}(\.\d+)? *T)i?B|(\d{1,2}(\.\d+)?|100(\.0+)?) *%)"
)
Memory = Annotated[
    str,
    msgspec.Meta(
        pattern=f"^{_MEMORY}$",
        description='a size such as "4GiB", or a share such as "50%"',
        examples=["4GiB"],
    ),
]
Folder = Annotated[
    str,
    msgspec.Meta(pattern=r"^[^\x00]+$", description="a folder of this machine", examples=["/var/tmp"]),
]
Mode = Annotated[
    str, msgspec.Meta(pattern="^0?[67][0-7]{2}$", description='permissions such as "0600" or "0640"')
]
RetiredIds = Literal["reject", "follow"]
LoadMode = Literal["replace", "upsert"]
Export = Literal["full", "none"]
ExportFormat = Literal["parquet", "csv"]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Guards(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which share on a run stops, if it concerns at least 50 rows.

    Attributes:
        max_deleted_share: of the live contacts, those that an export deletes.
        max_deleted_rows_share: the same of the rows of each child table.
        max_rejected_share: of the rows of each input table, those that cannot be used.
    """

    max_deleted_share: Share = 0.2
    max_deleted_rows_share: Share = 0.5
    max_rejected_share: Share = 0.2


class LoadKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How new rows of a table are taken in.

    Attributes:
        mode: whether they replace the table or only those of the same key.
        newest_by: the column whose greatest value says which of several rows with one key counts; without it the first does.
    """

    mode: LoadMode = "replace"
    newest_by: Name | None = None


class PlainSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings that are no tables of the CRM, with their defaults.

    Attributes:
        retired_ids: whether a retired id is refused (404) or stands for its survivor.
        json_fields: the older place of `json_fields` of the section `entity`, whose value it has where none is given here.
        max_duplicates: most duplicates a request may name (1 to 1000).
        load: per table, whether new rows replace the table or only those of the same key.
        export: whether files are written after a run.
        export_format: as what merged tables are written; as Parquet always.
        memory_limit: DuckDB's memory limit, such as "4GiB" or "50%"; where none is given 8 % of the machine's memory.
        temp_directory: where DuckDB spills; where none is given beside the warehouse.
        guards: what stops a run that would delete or reject a large share.
        file_mode: permissions of written files, octal text; their owner may always read and write them.
    """

    retired_ids: RetiredIds = "reject"
    json_fields: tuple[Column, ...] = cast("tuple[Column, ...]", msgspec.UNSET)
    max_duplicates: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 20
    load: dict[str, LoadMode] = {}
    export: Export = "full"
    export_format: tuple[ExportFormat, ...] = ("parquet",)
    guards: Guards = Guards()
    memory_limit: Memory | None = None
    temp_directory: Folder | None = None
    file_mode: Mode = "0600"


class FileSettings(PlainSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All settings that a file may hold; of the sections any key may be missing.

    Attributes:
        preset: the CRM whose tables and columns hold where this file says nothing else.
        entity: the table that is merged, over that of the preset.
        children: the tables whose rows name it, over those of the preset.
        load: per table how new rows are taken in: its mode, or a table of that and more.
        csv: how the cells of all CSV files are written; a table named after one of the input says so of its files.
        types: per table and column the type that its values are cast to at every load.
    """

    preset: PresetName = DEFAULT
    load: dict[str, LoadMode | LoadKeys] = {}  # pyright: ignore[reportIncompatibleVariableOverride]
    csv: CsvKeys = CsvKeys()
    types: dict[str, dict[str, TypeName]] = {}
    entity: Entity
    children: dict[Name, ChildTable] = {}


class Settings(PlainSettings, frozen=True, forbid_unknown_fields=True):
    """What a command works with.

    Attributes:
        preset: the tables and the rules of their fields (catalog.py), with the user's sections over it.
        preset_name: which preset lies under them.
        written: the keys of these sections that the user's file has, such as `entity.id`, and `preset` where it names one.
        reading: how files are read.
    """

    preset: Preset = msgspec.field(default_factory=read_preset)
    preset_name: str = DEFAULT
    written: frozenset[str] = frozenset()
    reading: Reading = Reading()

    def __post_init__(self) -> None:
        """Refuse what no type says.

        Raises:
            FaultsError: all of it, each with its setting.
        """
        entity = self.preset.entity
        key = "entity.json_fields"
        if self.json_fields is not msgspec.UNSET:
            key = key if key in self.written else "json_fields"
            entity = msgspec.structs.replace(entity, json_fields=tuple(self.json_fields))
            msgspec.structs.force_setattr(self, "preset", msgspec.structs.replace(self.preset, entity=entity))
        msgspec.structs.force_setattr(self, "json_fields", entity.json_fields)
        plain = {name: getattr(self, name) for name in PlainSettings.__struct_fields__}
        given = {name: value for name, value in msgspec.to_builtins(plain).items() if value is not None}
        faults = [*check_table(given, PlainSettings)[1], *find_faults(self.preset, json_fields=key)]
        faults += self._faults_of_load()
        keyed = [entity.table, *(name for name, child in self.preset.children.items() if child.key)]
        loaded = (entity.table, *self.preset.children, API_KEYS)
        faults += find_reading_faults(self.reading, (*loaded, REQUESTS), loaded, keyed)
        if "parquet" not in self.export_format:
            faults.append(
                Fault(
                    "export_format",
                    f'{quote(list(self.export_format))} lacks "parquet", which is always written; give ["parquet", "csv"]',
                )
            )
        if self.temp_directory is not None and scheme_of(self.temp_directory):
            faults.append(
                Fault(
                    "temp_directory",
                    f"{quote(self.temp_directory)} is no folder of this machine; name one that is",
                )
            )
        if faults:
            raise FaultsError(faults)

    def _faults_of_load(self) -> Iterator[Fault]:
        tables = dict.fromkeys((self.preset.entity.table, *self.preset.children, API_KEYS))
        for table, mode in self.load.items():
            key = join_key("load", table)
            child = self.preset.children.get(table)
            if table not in tables:
                yield Fault(key, f"{quote(table)} is no table that is loaded; there are {', '.join(tables)}")
            elif mode == "upsert" and child is not None and not child.key:
                yield Fault(
                    key,
                    f'rows of {table} have no key by which they could be found again; give "replace", or the key',
                )

    @property
    def mode_bits(self) -> int:
        """`file_mode` as an integer for os.open and os.chmod."""
        return int(self.file_mode, 8)


def read_settings(path: Path | None) -> Settings:
    """Read a TOML file.

    Raises:
        SettingsError: the file cannot be read, or settings in it cannot be used; a line for each.
    """
    if path is None:
        return Settings()
    try:
        settings, faults = _settings_of(read_toml(path))
    except RecursionError:
        raise SettingsError(
            f"{path}: the values are nested too deeply. Settings are plain (docs/settings.md)."
        ) from None
    if settings is None or faults:
        lines = [f"{path}: {fault}." for fault in faults]
        todo = "Correct this setting" if len(faults) == 1 else f"Correct these {len(faults)} settings"
        raise SettingsError("\n".join([*lines[:-1], f"{lines[-1]} {todo} (docs/settings.md)."]))
    return settings


def read_toml(path: Path) -> dict[str, Any]:
    """What a settings file says, as TOML has it.

    Raises:
        SettingsError: the file cannot be read, or is no TOML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"{path}: the settings file cannot be read: {error.strerror}; check --config."
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: the settings file is no UTF-8; write it again.") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: {error}. Correct this (docs/settings.md).") from error


def _settings_of(given: dict[str, Any]) -> tuple[Settings | None, list[Fault]]:
    """The settings of a file, and all that is wrong with it: rules between settings are checked for what is sound."""
    given, reading, faults = read_reading(given)
    sound, found = check_table(given, FileSettings)
    faults += found
    if "preset" in given and "preset" not in sound:
        return None, faults  # which tables and columns there are is not known
    entity, children = sound.pop("entity", {}), sound.pop("children", {})
    written = {"preset"} & sound.keys() | {join_key("entity", key) for key in entity}
    preset_name = sound.pop("preset", DEFAULT)
    written |= {join_key("children", name, key) for name, section in children.items() for key in section}
    if "json_fields" in sound and "json_fields" in entity:
        faults.append(
            Fault("json_fields", "entity.json_fields is given, too, which is its place; take this one out")
        )
        del sound["json_fields"]
    preset, more = overlay(read_preset(preset_name), entity, children)
    plain = {
        name: getattr(value, name) for value in [msgspec.convert(sound, PlainSettings)] for name in sound
    }
    try:
        settings = Settings(
            **plain, preset=preset, preset_name=preset_name, written=frozenset(written), reading=reading
        )
    except FaultsError as error:
        return None, [*faults, *more, *error.faults]
    return settings, [*faults, *more]
