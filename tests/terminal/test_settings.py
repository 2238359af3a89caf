"""Settings: defaults, what is refused, and that a refusal says which setting of which file is wrong."""

from pathlib import Path
from typing import Any

import pytest
from contact_merge.cli import main
from contact_merge.errors import SettingsError
from contact_merge.faults import FaultsError
from contact_merge.preset import ChildTable
from contact_merge.settings import Settings, read_settings
from contact_merge.warehouse import open_warehouse


def write(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_the_defaults_hold() -> None:
    settings = read_settings(None)
    assert settings == Settings()
    assert settings.retired_ids == "reject"
    assert settings.json_fields == ("custom_fields",)
    assert settings.max_duplicates == 20
    assert settings.load == {}
    assert settings.export == "full"
    assert settings.mode_bits == 0o600


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    assert read_settings(write(tmp_path, "")) == Settings()


def test_every_setting_can_be_set(tmp_path: Path) -> None:
    settings = read_settings(
        write(
            tmp_path,
            """
            retired_ids = "follow"
            json_fields = ["custom_fields", "address"]
            max_duplicates = 1000
            export = "none"
            memory_limit = "2GiB"
            temp_directory = "/var/tmp"
            file_mode = "0640"
            [load]
            contacts = "upsert"
            notes = "replace"
            """,
        )
    )
    assert settings == Settings(
        retired_ids="follow",
        json_fields=("custom_fields", "address"),
        max_duplicates=1000,
        load={"contacts": "upsert", "notes": "replace"},
        export="none",
        memory_limit="2GiB",
        temp_directory="/var/tmp",
        file_mode="0640",
    )
    assert settings.mode_bits == 0o640


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("retired = 1", "retired: there is no such setting; the nearest is retired_ids."),
        ("zzz = 1", "zzz: there is no such setting; there are retired_ids, json_fields,"),
        ('"a b" = 1', '"a b": there is no such setting'),
        ('retired_ids = "ignore"', 'retired_ids: "ignore" is not allowed; it is "follow" or "reject".'),
        ("retired_ids = 2026-01-01", "retired_ids: 2026-01-01 is not allowed"),
        ("json_fields = 1", "json_fields: 1 is not allowed; it is a list, each the name of a column."),
        ("json_fields = [1]", "json_fields: 1 is not allowed; it is the name of a column."),
        ("max_duplicates = 0", "max_duplicates: 0 is not allowed; it is a whole number from 1 to 1000."),
        ("max_duplicates = 1001", "max_duplicates: 1001 is not allowed"),
        ("max_duplicates = true", "max_duplicates: true is not allowed"),
        ("max_duplicates = 2.5", "max_duplicates: 2.5 is not allowed"),
        ("guards = 1", "guards: 1 is not allowed; it is a table."),
        (
            "[guards]\nmax_deleted_share = nan",
            "guards.max_deleted_share: NaN is not allowed; it is a number from 0",
        ),
        (
            "[guards]\nmax_deleted = 1",
            "guards.max_deleted: there is no such setting; the nearest is max_deleted_share.",
        ),
        ('export = "some"', 'export: "some" is not allowed; it is "full" or "none".'),
        ('memory_limit = "much"', 'memory_limit: "much" is not allowed; it is a size such as "4GiB",'),
        ('memory_limit = " 50 % "', "memory_limit: "),
        ('memory_limit = "999999TB"', "memory_limit: "),
        ('memory_limit = "4GiB\\n"', 'memory_limit: "4GiB\\n" is not allowed'),
        ('temp_directory = "s3://spill"', 'temp_directory: "s3://spill" is no folder of this machine'),
        ('json_fields = ["id"]', 'json_fields: "id" is a system column'),
        ('json_fields = ["a", "a"]', 'json_fields: "a" is named twice'),
        (
            'file_mode = "0999"',
            'file_mode: "0999" is not allowed; it is permissions such as "0600" or "0640".',
        ),
        ("file_mode = 600", "file_mode: "),
        ('file_mode = "0440"', "file_mode: "),
        (
            '[load]\ncontacts = "append"',
            'load.contacts: "append" is not allowed; it is "replace" or "upsert" or a table.',
        ),
        ('[load]\nmerge_requests = "replace"', "load.merge_requests: "),
        ('[load]\ndeals = "upsert"\n[children.deals]', "load.deals: rows of deals have no key"),
        ("max_duplicates = ", "settings.toml"),
        ('export = "full"\nexport = "none"', "settings.toml"),
    ],
)
def test_an_unknown_key_or_a_value_out_of_range_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(write(tmp_path, text))
    assert said in str(refused.value)
    assert "settings.toml" in str(refused.value)


ENTITY = [
    ("entity = 1", "entity: 1 is not allowed; it is a table."),
    ('[entity]\nname = "people"', "entity.name: there is no such setting; there are table, id, workspace,"),
    ('[entity]\nid = ""', 'entity.id: "" is not allowed; it is the name of a column.'),
    ('[entity]\nid = " "', 'entity.id: " " is no name of a column.'),
    ('[entity]\nid = "_CM_id"', 'entity.id: "_CM_id" begins with _cm_,'),
    ('[entity]\nid_type = "guid"', 'entity.id_type: "guid" is not allowed; it is "integer", "salesforce", "text" or "uuid".'),
    ('[entity]\nevent = "my contact"', 'entity.event: "my contact" is not allowed; it is one plain word,'),
    ('[entity]\nfiles = "first"', "entity.files: "),
    ('[entity]\nsource = "a/b"', 'entity.source: "a/b" is not allowed; it is the name of a file without its ending,'),
    ('[entity]\nsource = ".contacts"', 'entity.source: ".contacts" is not allowed'),
    ('[entity]\ncreated = ["a", "A"]', 'entity.created: "A" is named twice; a column is named once.'),
    ('[entity]\nid = "workspace_id"', 'entity.workspace: "workspace_id" is named by entity.id, too'),
    ('[entity]\nreferences = ["boss"]\nsystem = ["boss"]', 'entity.references: "boss" is among entity.system, too'),
    ('[entity]\njson_fields = ["id"]', 'entity.json_fields: "id" is a system column'),
    ('[entity]\nreferences = ["boss"]\njson_fields = ["boss"]', 'entity.json_fields: "boss" is among entity.references, too'),
    ('json_fields = []\n[entity]\njson_fields = []', "json_fields: entity.json_fields is given, too, which is its place"),
]  # fmt: skip
NAMES = [
    "a/b",
    "a\\\\b",
    ".a",
    "_cm_a",
    "",
    " a",
    "a ",
    "a.",
    "a\\nb",
    "a\\u0000b",
    "a" * 101,
    "a*",
    "a\\u200bb",
    "é" * 101,
    "語" * 90,
]
CHILDREN = [
    ("[children]\nnotes = 1", "children.notes: 1 is not allowed; it is a table."),
    ("[children.note]\nenabled = false", "children.note: there is no such table to drop; there are notes, activities,"),
    ("[children.Notes]", 'children.Notes: "Notes" differs from "notes" in case alone'),
    ("[children.merges]", 'children.merges: "merges" is the name of something that this program makes'),
    ("[children.Field_Conflicts]", 'children.Field_Conflicts: "Field_Conflicts" is the name of something'),
    ("[children.api_keys]", 'children.api_keys: "api_keys" is another table of the input'),
    ("[children.do_not_merge]", 'children.do_not_merge: "do_not_merge" is another table of the input'),
    ("[children.contacts]", 'children.contacts: "contacts" is the name of two tables, for entity.table has it too'),
    ('[entity]\ntable = "notes"', 'children.notes: "notes" is the name of two tables, for entity.table has it too'),
    ('[children.deals]\nsource = "notes"', 'children.deals.source: "notes" is the source of two tables'),
    ("[children.deals]\nreference = []", "children.deals.reference: there is no such setting; the nearest is references."),
    ("[children.deals]\nreferences = []", "children.deals.references: [] is not allowed; it is a list that is not empty,"),
    ('[children.deals]\nreferences = ["a", "a "]', 'children.deals.references: "a " is named twice'),
    ('[children.deals]\nkey = ["_cm_key"]', 'children.deals.key: "_cm_key" begins with _cm_'),
    ('[children.deals]\nreferences = ["a", "b"]\nunique = ["c"]', "children.deals.unique: it needs exactly one reference"),
    ('[children.deals]\nreferences = ["a", "b"]\nsame = ["c"]', "children.deals.same: it needs exactly one reference"),
    ('[children.deals]\nseparator = ";"\nunique = ["c"]', "children.deals.unique: it needs a reference of one id a cell"),
    ('[children.deals]\nunique = ["c"]\nsame = ["d"]', "children.deals.same: children.deals.unique is given, too"),
    ('[children.list_memberships]\nsame = ["d"]', "children.list_memberships.same: children.list_memberships.unique is given"),
    ('[children.deals]\nunique = ["contact_id"]', 'children.deals.unique: "contact_id" is the reference'),
    ('[children.deals]\nwhere = { kind = "Contact" }', 'children.deals.where.kind: "Contact" is not allowed;'),
    ("[children.deals]\nwhere = { kind = [] }", "children.deals.where.kind: [] is not allowed"),
    ('[children.deals]\nwhere = { _cm_x = ["a"] }', 'children.deals.where: "_cm_x" begins with _cm_'),
    *((f'[children."{name}"]', "children.") for name in NAMES),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), [*ENTITY, *CHILDREN])
def test_tables_that_cannot_be_are_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(write(tmp_path, text))
    assert f"settings.toml: {said}" in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_all_faults_are_reported_a_line_each(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        max_duplicates = 0
        retired = 1
        [entity]
        id_type = "guid"
        created = ["a", "a"]
        [children.deals]
        references = ["x", "y"]
        unique = ["z"]
        [children.tasks]
        enabled = "no"
        """,
    )
    with pytest.raises(SettingsError) as refused:
        read_settings(path)
    assert str(refused.value).splitlines() == [
        f"{path}: max_duplicates: 0 is not allowed; it is a whole number from 1 to 1000.",
        f"{path}: retired: there is no such setting; the nearest is retired_ids.",
        f'{path}: entity.id_type: "guid" is not allowed; it is "integer", "salesforce", "text" or "uuid".',
        f'{path}: children.tasks.enabled: "no" is not allowed; it is true or false.',
        f'{path}: entity.created: "a" is named twice; a column is named once.',
        f"{path}: children.deals.unique: it needs exactly one reference, and children.deals.references has 2. "
        "Correct these 6 settings (docs/settings.md).",
    ]


def test_the_command_shows_a_line_for_each_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, "max_duplicates = 0\n[entity]\nid = 1\n")
    assert main(["run", "--input", str(tmp_path), "--output", str(tmp_path), "--config", str(path)]) == 2
    assert [line.partition(": ")[2].partition(": ")[2] for line in capsys.readouterr().err.splitlines()] == [
        "max_duplicates: 0 is not allowed; it is a whole number from 1 to 1000.",
        "entity.id: 1 is not allowed; it is the name of a column. Correct these 2 settings (docs/settings.md).",
    ]


def test_sections_stand_over_the_tables_of_the_preset(tmp_path: Path) -> None:
    settings = read_settings(
        write(
            tmp_path,
            """
            [children.deals]
            key = ["deal_id"]
            [entity]
            id = "contact_no"
            created = ["made"]
            [children.notes]
            references = ["who"]
            [children.emails]
            enabled = false
            [children."Campaign rows"]
            """,
        )
    )
    preset = settings.preset
    assert (preset.entity.id, preset.entity.created, preset.entity.table) == (
        "contact_no",
        ("made",),
        "contacts",
    )
    assert preset.entity.updated == ("updated_at", "updated_date")
    assert list(preset.children) == [
        "notes", "activities", "tasks", "documents", "list_memberships", "deals", "Campaign rows",
    ]  # fmt: skip
    assert preset.children["notes"] == ChildTable(key=("id",), references=("who",))
    assert preset.children["Campaign rows"] == ChildTable(references=("contact_id",))
    assert settings.written == {
        "entity.id", "entity.created", "children.deals.key", "children.notes.references", "children.emails.enabled",
    }  # fmt: skip


def test_json_fields_stand_in_the_entity_or_where_they_did(tmp_path: Path) -> None:
    older = read_settings(write(tmp_path, 'json_fields = ["a"]'))
    newer = read_settings(write(tmp_path, '[entity]\njson_fields = ["a"]'))
    assert older.json_fields == older.preset.entity.json_fields == ("a",)
    assert newer.json_fields == newer.preset.entity.json_fields == ("a",)
    assert older == Settings(json_fields=("a",))


def test_without_children_there_are_none(tmp_path: Path) -> None:
    text = "".join(f"[children.{name}]\nenabled = false\n" for name in Settings().preset.children)
    assert read_settings(write(tmp_path, text)).preset.children == {}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"memory_limit": "much"}, "memory_limit"),
        ({"json_fields": ("id",)}, "json_fields"),
        ({"load": {"x": "upsert"}}, "load.x"),
    ],
)
def test_settings_made_in_python_are_checked_too(given: dict[str, Any], said: str) -> None:
    with pytest.raises(FaultsError, match=said):
        Settings(**given)


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=r"the settings file cannot be read: (No such|Is a)"):
        read_settings(tmp_path / name)


def test_a_file_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(b'temp_directory = "\xff"')
    with pytest.raises(SettingsError, match="no UTF-8"):
        read_settings(path)


@pytest.mark.parametrize("limit", ["64MB", "1.5 GiB", "90 %", "999TiB", "999999GiB"])
def test_any_memory_limit_that_may_be_set_opens_a_warehouse(tmp_path: Path, limit: str) -> None:
    with open_warehouse(tmp_path / "warehouse.duckdb", Settings(memory_limit=limit)) as con:
        assert con.execute("select 1").fetchall() == [(1,)]
