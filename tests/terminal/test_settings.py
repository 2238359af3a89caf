"""Settings: defaults, what is refused, and that a refusal says which setting of which file is wrong."""

from pathlib import Path

import pytest
from contact_merge.errors import SettingsError
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
        ("retired = 1", "retired"),
        ('retired_ids = "ignore"', '$.retired_ids` (it is "reject" or "follow")'),
        ("json_fields = 1", "$.json_fields"),
        ("max_duplicates = 0", "$.max_duplicates"),
        ("max_duplicates = 1001", "$.max_duplicates"),
        ("max_duplicates = true", "$.max_duplicates"),
        ("max_duplicates = 2.5", "$.max_duplicates"),
        ('export = "some"', '$.export` (it is "full" or "none")'),
        ('memory_limit = "much"', "$.memory_limit"),
        ('memory_limit = " 50 % "', "$.memory_limit"),
        ('memory_limit = "999999TB"', "$.memory_limit"),
        ('json_fields = ["id"]', "system column"),
        ('json_fields = ["a", "a"]', "$.json_fields"),
        ('file_mode = "0999"', "$.file_mode"),
        ("file_mode = 600", "$.file_mode"),
        ('file_mode = "0440"', "$.file_mode"),
        ('[load]\ncontacts = "append"', "$.load"),
        ('[load]\nmerge_requests = "replace"', "merge_requests"),
        ("max_duplicates = ", "settings.toml"),
        ('export = "full"\nexport = "none"', "settings.toml"),
    ],
)
def test_an_unknown_key_or_a_value_out_of_range_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(write(tmp_path, text))
    assert said in str(refused.value)
    assert "settings.toml" in str(refused.value)


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
