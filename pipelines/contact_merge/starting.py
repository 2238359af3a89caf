"""What a new user begins with: a settings file, an empty input folder, and a page on the tables that are expected there.

All three are made of the preset. In the settings file nothing is set but the preset: the rest are comments to take away.
"""

import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec

from contact_merge.errors import OutputError
from contact_merge.load.csv_records import Dialect
from contact_merge.load.inputs import ENDINGS
from contact_merge.preset import ChildTable, Entity, preset_text, read_preset
from contact_merge.reading import CsvKeys
from contact_merge.settings import FileSettings, PlainSettings
from contact_merge.settings_schema import describe_keys, settings_schema
from contact_merge.toml_text import toml_value

SETTINGS, INPUT, PAGE, OUTPUT = "settings.toml", "exports", "tables.md", "out"
"""Names of what is made, and of the output in the command that comes next."""
_HEAD = """\
# Settings of contact-merge: TOML, given with --config {settings}.
# A line that begins with # and no blank is a setting as it is in force already: take the # away to set something else.
# All other lines that begin with # are comments.
#
# What is in force, and where it comes from:  contact-merge config --show --config {settings}
# A schema by which editors complete this file:  contact-merge config --schema

preset = {preset}
"""
_LOAD = """\
# contacts = "upsert", or where of several rows with one key the newest counts:
# contacts = { mode = "upsert", newest_by = "updated_at" }
"""
_INPUTS = """
## merge_requests
What is to be merged. It may come later, and hold new requests alone: each is answered once.

| column | meaning |
| --- | --- |
| `request_id` | needed: any text |
| `requested_at` | needed: when it was asked, such as `2026-01-31T12:00:00Z` |
| `primary_id` | the id that shall remain |
| `duplicate_ids` | the ids that are merged into it, in order: a list, or a text with `,` or `;` between |
| `overwrite` | true: values of the duplicates win. Else they fill what is empty |
| any other | comes back with the answer |

## api_keys
Only where requests name the API keys that they were sent with. Without this table all requests are trusted.
"""
_ID_TYPES = {
    "uuid": "a UUID",
    "integer": "a whole number",
    "text": "a text",
    "salesforce": "an id of Salesforce, of 15 or 18 characters",
}


@dataclass(frozen=True)
class Started:
    """What was made.

    Attributes:
        preset: the name of the preset.
        settings: the settings file.
        input: the folder for the tables.
        page: the page on these tables.
        command: what to type when the tables are there.
    """

    preset: str
    settings: str
    input: str
    page: str
    command: str


def start(folder: Path, preset: str) -> Started:
    """Make all of it in a folder, which is made if it is not there.

    Raises:
        OutputError: something of it is there already; nothing is written then.
        OSError: the folder cannot be written to.
    """
    settings, tables, page = folder / SETTINGS, folder / INPUT, folder / PAGE
    for path in (settings, page):
        if path.exists() or path.is_symlink():
            raise OutputError(f"{path} is there already; move it away, or name another folder.")
    for path in (folder, tables):
        if path.exists() and not path.is_dir():
            raise OutputError(f"{path} is a file, not a folder; move it away, or name another folder.")
    tables.mkdir(parents=True, exist_ok=True)
    page.write_text(tables_page(preset), encoding="utf-8", newline="\n")
    settings.write_text(settings_text(preset), encoding="utf-8", newline="\n")
    options = {"--input": tables, "--output": folder / OUTPUT, "--config": settings}
    words = [word for option, path in options.items() for word in (option, str(path))]
    command = shlex.join(["contact-merge", "run", *words, "--dry-run"])
    return Started(preset, str(settings), str(tables), str(page), command)


def settings_text(preset: str) -> str:
    """A settings file in which nothing is set but the preset, and all else is a comment."""
    head = _HEAD.format(settings=SETTINGS, preset=toml_value(preset))
    return "\n".join([head, *_plain_settings(), *_preset_blocks(preset_text(preset)), _own_table()])


def _plain_settings() -> Iterator[str]:
    """The settings that are no tables of the CRM, with their defaults; sections last, and how files are read."""
    described, defaults = describe_keys(PlainSettings), PlainSettings()
    values = {
        name: getattr(defaults, name) for name in described if name != "json_fields"
    }  # the entity has it
    sections = {name: value for name, value in values.items() if isinstance(value, msgspec.Struct | dict)}
    for name, value in values.items():
        if value is None:
            example = settings_schema()["properties"][name]["examples"][0]
            yield f"{_comment(described[name])}# {name} = {toml_value(example)}\n"
        elif name not in sections:
            yield f"{_comment(described[name])}#{name} = {toml_value(value)}\n"
    for name, value in sections.items():
        keys = _keys(type(value), msgspec.to_builtins(value)) if isinstance(value, msgspec.Struct) else _LOAD
        yield f"{_comment(described[name])}[{name}]\n{keys}"
    standard = asdict(Dialect())
    described = describe_keys(FileSettings)
    yield f"{_comment(described['csv'])}[csv]\n{_keys(CsvKeys, {name: standard[name] for name in describe_keys(CsvKeys)})}"
    yield f'{_comment(described["types"])}[types]\n# phone of contacts, say: contacts.phone = "text"\n'


def _preset_blocks(text: str) -> Iterator[str]:
    """The text of a preset: its sections stay, what stands in them becomes comments, and the entity has all its keys."""
    given = tomllib.loads(text)["entity"]
    others = {name: value for name, value in _defaults(Entity).items() if name not in given}
    for block in text.rstrip("\n").split("\n\n"):
        if block.startswith("[fields]"):
            continue
        lines = [line if line.startswith(("# ", "[")) else f"#{line}" for line in block.splitlines()]
        more = _keys(Entity, others) if lines[0] == "[entity]" else ""
        yield "".join(f"{line}\n" for line in lines) + more


def _keys(kind: type[msgspec.Struct], values: Mapping[str, Any]) -> str:
    """Settings of a section as they are in force, each under what it means."""
    described = describe_keys(kind)
    return "".join(f"{_comment(described[name])}#{name} = {toml_value(values[name])}\n" for name in values)


def _defaults(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The keys of a struct that have a default, with it."""
    fields = msgspec.structs.fields(kind)
    return {field.name: field.default for field in fields if field.default is not msgspec.NODEFAULT}


def _own_table() -> str:
    keys = "".join(f"#   {name}: {sentence}\n" for name, sentence in describe_keys(ChildTable).items())
    return f"# A table of your own that names the entity is a section, [children.deals] say, with these keys:\n{keys}"


def _comment(sentence: str) -> str:
    return f"# {sentence}\n"


def tables_page(preset: str) -> str:
    """A page in Markdown: each table that is expected, its file, and the columns of it that mean something."""
    tables = read_preset(preset)
    expects = [line.removeprefix("# ") for line in preset_text(preset).partition("\n\n")[0].splitlines()]
    entity = tables.entity
    parts = [
        f"# Tables of the preset {preset}\n",
        *(f"{line}\n" for line in expects),
        f"\nPut each table into `{INPUT}/`: one file, or a folder of files, that end in {ENDINGS}.\n",
        f"Only {_code(entity.table)} has to be there, and of columns only those that are needed.\n",
        "Names of columns may differ in case.\n",
        _section(entity.table, "What is merged.", _columns_of_entity(entity)),
        *(_section(name, "", _columns_of_child(entity, child)) for name, child in tables.children.items()),
        _INPUTS,
    ]
    return "".join(parts)


def _section(table: str, sentence: str, rows: Mapping[str, str]) -> str:
    lines = [f"\n## {table}", *filter(None, [sentence]), "", "| column | meaning |", "| --- | --- |"]
    lines += [f"| {names} | {meaning} |" for names, meaning in rows.items()]
    return "".join(f"{line}\n" for line in lines)


def _columns_of_entity(entity: Entity) -> dict[str, str]:
    rows = {
        _code(entity.id): f"needed: the id, {_ID_TYPES[entity.id_type]}",
        _code(entity.workspace): "rows of two workspaces are never merged",
        _code(*entity.created): "when a row was made",
        _code(*entity.updated): "when it was changed",
        _code(entity.merged_into): "the id into which the CRM has merged this one already",
        _code(entity.merged_ids): "the ids that the CRM has merged into this one",
        _code(*entity.deleted): "true, or a time: the row is deleted",
        _code(*entity.references): "ids of the same table",
        _code(*entity.json_fields): "JSON objects, merged key by key",
        _code(*entity.system): "stay as they are",
        "any other": "a field: it is merged",
    }
    return {names: meaning for names, meaning in rows.items() if names}


def _columns_of_child(entity: Entity, child: ChildTable) -> dict[str, str]:
    several = f", several with {_code(child.separator)} between" if child.separator else ""
    rows = {_code(*child.key): "no two rows have the same"}
    rows[_code(*child.references)] = f"names {_code(entity.table)}{several}"
    if child.unique:
        rows[_code(*child.unique)] = "a survivor has one row of each value"
    for column, values in child.where.items():
        rows[_code(column)] = f"only rows with {_code(*map(str, values))} name anybody"
    return {**rows, "any other": "kept as it is"}


def _code(*names: str) -> str:
    return ", ".join(f"`{name}`" for name in names if name)
