"""`config` shows the settings in force, each with where it comes from, and the schema of a settings file."""

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from contact_merge.cli import main
from contact_merge.preset import ChildTable, Entity, read_preset
from contact_merge.settings import FileSettings, Guards, Settings, read_settings
from contact_merge.settings_schema import describe_keys, settings_schema
from contact_merge.settings_shown import show_settings
from contact_merge.starting import settings_text
from contact_merge.toml_text import toml_key, toml_value

OWN = """
preset = "salesforce"
retired_ids = "follow"
[guards]
max_deleted_share = 0.05
[load]
Task = "upsert"
[load.Contact]
mode = "upsert"
newest_by = "LastModifiedDate"
[csv]
delimiter = ";"
[csv.Task]
null = ["", "-"]
[types.Contact]
Phone = "text"
[entity]
system = ["OwnerId"]
[children.Event]
enabled = false
[children.Task]
where = { "Who.Type" = ["Contact"] }
[children."My notes"]
references = ["who"]
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    return path


def test_each_setting_says_where_it_comes_from(own: Path) -> None:
    sources = {each.key: each.source for each in show_settings(own).settings}
    assert {key for key, source in sources.items() if source == "file"} == {
        "preset", "retired_ids", "guards.max_deleted_share", "load.Task", "entity.system", "children.Event.enabled",
        "load.Contact.mode", "load.Contact.newest_by", "csv.delimiter", "csv.Task.null", "types.Contact.Phone",
        "children.Task.where", 'children."My notes".references',
    }  # fmt: skip
    assert {sources[key] for key in ("entity.id", "children.Task.key", "children.CampaignMember.unique")} == {
        "preset"
    }
    assert {
        sources[key] for key in ("max_duplicates", "memory_limit", "load.CampaignMember", "entity.source")
    } == {"default"}


def test_what_is_shown_is_a_settings_file_with_the_same_settings(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "--show", "--config", str(own)]) == 0
    shown = own.with_name("shown.toml")
    shown.write_text(capsys.readouterr().out, encoding="utf-8")
    before, after = read_settings(own), read_settings(shown)
    tables = ["Contact", *read_preset("salesforce").children, "My notes", "api_keys"]
    load = {
        table: "upsert" if table in ("Task", "Contact") else "replace" for table in tables if table != "Event"
    }
    assert after.load == load
    assert msgspec.structs.replace(after, written=before.written, load=before.load) == before


def test_a_line_names_its_source(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "--show", "--config", str(own)]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert f'retired_ids = "follow" # {own}' in lines
    assert 'id_type = "salesforce" # preset salesforce' in lines
    assert "max_duplicates = 20 # default" in lines
    assert "# memory_limit is not set" in lines
    event = lines.index("[children.Event]")
    assert lines[event + 1] == f"enabled = false # {own}"


def test_the_older_place_of_json_fields_is_the_users_own(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('json_fields = ["a"]', encoding="utf-8")
    [found] = [each for each in show_settings(path).settings if each.name == "json_fields"]
    assert (found.key, found.value, found.source) == ("entity.json_fields", ["a"], "file")


def test_without_a_file_all_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "--show", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["preset"], shown["config"]) == ("leadlex", None)
    assert set(shown["sources"].values()) == {"preset", "default"}
    assert msgspec.convert(shown["settings"]["entity"], Entity) == Settings().preset.entity
    assert shown["settings"]["children"]["list_memberships"] == {
        "key": ["list_id", "contact_id"], "references": ["contact_id"], "unique": ["list_id"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Invalid value for --show or --schema: give one of both."),
        (["--show", "--schema"], "Invalid value for --show or --schema: give one of both."),
        (["--schema", "--config", "settings.toml"], "Invalid value for --config: the schema is the same for all files."),
        (["--show", "--config", "missing.toml"], "missing.toml: the settings file cannot be read"),
    ],
)  # fmt: skip
def test_wrong_usage_is_refused(capsys: pytest.CaptureFixture[str], options: list[str], said: str) -> None:
    assert main(["config", *options]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""


def test_faults_of_a_file_are_reported_as_by_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('preset = "zoho"\nretired = 1', encoding="utf-8")
    assert main(["config", "--show", "--config", str(path)]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert 'preset: "zoho" is not allowed' in first
    assert "retired: there is no such setting" in second


# ------------------------------------------------------------------------------- the schema


def faults(text: str) -> list[str]:
    """What the schema refuses of a settings file, by key."""
    validator = jsonschema.Draft202012Validator(settings_schema())
    return [error.json_path.removeprefix("$.") for error in validator.iter_errors(tomllib.loads(text))]


def test_the_schema_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "--schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema == settings_schema()
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("text", [OWN, "", settings_text("leadlex"), settings_text("dynamics")])
def test_it_takes_what_a_run_takes(text: str) -> None:
    assert faults(text) == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("retired = 1", "$"),
        ('preset = "zoho"', "preset"),
        ("max_duplicates = 0", "max_duplicates"),
        ("max_duplicates = 2.5", "max_duplicates"),
        ('memory_limit = "much"', "memory_limit"),
        ("[guards]\nmax_deleted_share = 2", "guards.max_deleted_share"),
        ('[load]\ncontacts = "append"', "load.contacts"),
        ('[load.contacts]\nnewest = "changed"', "load.contacts"),
        ('[csv]\ndelimiter = ";;"', "csv.delimiter"),
        ("[csv.contacts]\nnull = 1", "csv.contacts.null"),
        ("[types]\ncontacts.phone = 1", "types.contacts.phone"),
        ('[entity]\nid_type = "guid"', "entity.id_type"),
        ('[entity]\nid = ""', "entity.id"),
        ('[entity]\nname = "people"', "entity"),
        ('[children."a/b"]', "children"),
        ("[children.deals]\nreferences = []", "children.deals.references"),
        ("[children.deals]\nwhere = { kind = 1 }", "children.deals.where.kind"),
    ],
)  # fmt: skip
def test_it_refuses_what_a_run_refuses(tmp_path: Path, text: str, key: str) -> None:
    assert faults(text) == [key]
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    assert main(["config", "--show", "--config", str(path)]) == 2


def test_it_describes_each_key() -> None:
    schema = settings_schema()
    entity, children = (schema["properties"][name] for name in ("entity", "children"))
    described = [
        (FileSettings, schema),
        (Guards, schema["properties"]["guards"]),
        (Entity, entity),
        (ChildTable, children["additionalProperties"]),
    ]
    for kind, part in described:
        assert list(part["properties"]) == list(kind.__struct_fields__)
        said = {name: each["description"] for name, each in part["properties"].items()}
        assert said == describe_keys(kind)
        assert [text for text in said.values() if not text.endswith(".") or "  " in text] == []


@pytest.mark.parametrize(
    "value", ["", 'a "quoted" \\ text\n\x7f\u2028é', 1, -2.5, True, ["a", 1], {"a b": {"c": []}}, {}]
)
def test_values_are_written_as_toml_reads_them(value: Any) -> None:
    assert tomllib.loads(f"{toml_key('é', 'x')} = {toml_value(value)}") == {"é": {"x": value}}
