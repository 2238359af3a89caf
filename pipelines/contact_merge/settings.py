"""Settings of a run (INTERFACE.md, 'Settings'): read once from TOML, checked as a whole, passed down."""

import re
from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec

from contact_merge.errors import SettingsError
from contact_merge.places import scheme_of
from contact_merge.preset import Preset, read_preset
from contact_merge.tables import API_KEYS

_MEMORY = r"(\d{1,9}(\.\d+)? *[KM]|\d{1,6}(\.\d+)? *G|\d{1,3}(\.\d+)? *T)i?B|(\d{1,2}(\.\d+)?|100(\.0+)?) *%"
RetiredIds = Literal["reject", "follow"]
LoadMode = Literal["replace", "upsert"]
Export = Literal["full", "none"]
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


class FileSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings that a file may hold, with their defaults.

    Attributes:
        retired_ids: whether a retired id is refused (404) or stands for its survivor.
        json_fields: columns of contacts that hold a JSON object as text, struct or map; folded key by key.
        max_duplicates: most duplicates a request may name (1 to 1000).
        load: per table, whether new rows replace the table or only those of the same key.
        export: whether files are written after a run.
        memory_limit: DuckDB's memory limit, such as "4GiB" or "50%"; null is 8 % of the machine's memory.
        temp_directory: where DuckDB spills; null is beside the warehouse.
        guards: what stops a run that would delete or reject a large share.
        file_mode: permissions of written files, octal text; their owner may always read and write them.
    """

    retired_ids: RetiredIds = "reject"
    json_fields: tuple[str, ...] = ("custom_fields",)
    max_duplicates: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 20
    load: dict[str, LoadMode] = {}
    export: Export = "full"
    guards: Guards = Guards()
    memory_limit: str | None = None
    temp_directory: Annotated[str, msgspec.Meta(pattern=r"^[^\x00]+$")] | None = None
    file_mode: str = "0600"


class Settings(FileSettings, frozen=True, forbid_unknown_fields=True):
    """What a command works with: the settings of a file, and the preset that they stand on.

    Attributes:
        preset: the tables and the rules of their fields (catalog.py).
    """

    preset: Preset = msgspec.field(default_factory=read_preset)

    def __post_init__(self) -> None:
        """Refuse what no type says; the error names the setting."""
        entity = self.preset.entity
        for table in self.load:
            if table not in (entity.table, *self.preset.children, API_KEYS):
                raise ValueError(f"Invalid enum value '{table}' - at `key` in `$.load`")
        for name in self.json_fields:
            if name in entity.system_columns:
                raise ValueError(f"{name} is a system column, which merges leave alone - at `$.json_fields`")
        if len(set(self.json_fields)) < len(self.json_fields):
            raise ValueError("Expected each column once - at `$.json_fields`")
        if self.memory_limit is not None and not re.fullmatch(_MEMORY, self.memory_limit):
            raise ValueError('Expected a size such as "4GiB", or a share such as "50%" - at `$.memory_limit`')
        if self.temp_directory is not None and scheme_of(self.temp_directory):
            raise ValueError("Expected a local folder - at `$.temp_directory`")
        if not re.fullmatch("0?[67][0-7]{2}", self.file_mode):
            raise ValueError('Expected permissions such as "0600" or "0640" - at `$.file_mode`')

    @property
    def mode_bits(self) -> int:
        """`file_mode` as an integer for os.open and os.chmod."""
        return int(self.file_mode, 8)


def read_settings(path: Path | None) -> Settings:
    """Read a TOML file; raises SettingsError for an unknown key, a wrong type or a value out of range."""
    if path is None:
        return Settings()
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"{path}: the settings file cannot be read: {error.strerror}; check --config."
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: the settings file is no UTF-8; write it again.") from error
    try:
        given = msgspec.toml.decode(text, type=FileSettings)
        return Settings(**msgspec.structs.asdict(given))
    except RecursionError:
        raise SettingsError(
            f"{path}: the values are nested too deeply. Settings are plain (docs/settings.md)."
        ) from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise SettingsError(f"{path}: {_shorten(error)}. Correct this setting (docs/settings.md).") from error


_CHOICES = {
    "retired_ids": ("it", RetiredIds),
    "load": ("a table of the input", LoadMode),
    "export": ("it", Export),
}


def _shorten(error: Exception) -> str:
    """The words of an error, which quote the key or value that is wrong, however long that is."""
    text = str(error)
    for name, (what, choices) in _CHOICES.items():
        if f"`$.{name}" in text:
            text += f" ({what} is " + " or ".join(f'"{choice}"' for choice in get_args(choices)) + ")"
    return text if len(text) <= 300 else f"{text[:150]} … {text[-150:]}"
