"""`init` makes a settings file in which nothing is set but the preset, an empty folder, and a page on the tables."""

import json
import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from contact_merge.cli import main
from contact_merge.preset import read_preset
from contact_merge.reading import CsvKeys, Reading
from contact_merge.settings import Settings, read_settings
from contact_merge.starting import settings_text, tables_page
from contact_merge.tables import PresetName

NAMES = get_args(PresetName)


@pytest.mark.parametrize("name", NAMES)
def test_in_the_settings_file_nothing_is_set_but_the_preset(tmp_path: Path, name: str) -> None:
    assert main(["init", "--preset", name, str(tmp_path)]) == 0
    settings = read_settings(tmp_path / "settings.toml")
    assert settings == Settings(preset=read_preset(name), preset_name=name, written=frozenset({"preset"}))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exports", "settings.toml", "tables.md"]
    assert list((tmp_path / "exports").iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_each_comment_without_a_blank_is_a_setting_as_it_is_in_force(tmp_path: Path, name: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(
        re.sub(r"^#(?=[^ \n])|^#(?=    \S)", "", settings_text(name), flags=re.M), encoding="utf-8"
    )
    settings = read_settings(path)
    assert msgspec.structs.replace(settings, written=frozenset(), reading=Reading()) == Settings(
        preset=read_preset(name), preset_name=name
    )
    assert settings.reading == Reading({"": CsvKeys(",", '"', '"', "utf-8", ("",))})
    entity = {f"entity.{key}" for key in settings.preset.entity.__struct_fields__}
    assert {key for key in settings.written if key.startswith("entity.")} == entity


@pytest.mark.parametrize("name", NAMES)
def test_the_page_has_each_table_and_each_column_that_the_preset_names(name: str) -> None:
    preset, page = read_preset(name), tables_page(name)
    tables = [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")]
    assert tables == [preset.entity.table, *preset.children, "merge_requests", "api_keys"]
    named = [preset.entity.system_columns, preset.entity.references, preset.entity.json_fields]
    named += [(*child.key, *child.references, *child.unique) for child in preset.children.values()]
    assert [column for columns in named for column in columns if f"`{column}`" not in page] == []


def test_the_folder_is_made_and_leadlex_is_the_default(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new" / "cr m"
    paths = f"--input '{folder}/exports' --output '{folder}/out' --config '{folder}/settings.toml'"
    assert main(["init", str(folder), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made == {
        "preset": "leadlex",
        "settings": f"{folder}/settings.toml",
        "input": f"{folder}/exports",
        "page": f"{folder}/tables.md",
        "command": f"contact-merge run {paths} --dry-run",
    }


@pytest.mark.parametrize("there", ["settings.toml", "tables.md"])
def test_nothing_that_is_there_is_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], there: str
) -> None:
    (tmp_path / there).write_text("mine", encoding="utf-8")
    assert main(["init", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"contact-merge: {tmp_path}/{there} is there already; move it away, or name another folder.\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text(encoding="utf-8") == "mine"


def test_a_link_that_leads_nowhere_counts_as_there(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").symlink_to(tmp_path / "nowhere")
    assert main(["init", str(tmp_path)]) == 2
    assert not (tmp_path / "nowhere").exists()


def test_tables_that_are_there_stay(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports/contacts.csv").write_text("id\n", encoding="utf-8")
    assert main(["init", "--quiet", str(tmp_path)]) == 0
    assert (tmp_path / "exports/contacts.csv").read_text(encoding="utf-8") == "id\n"


@pytest.mark.parametrize("there", ["", "exports"])
def test_a_file_in_place_of_a_folder_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], there: str
) -> None:
    folder = tmp_path / "crm"
    if there:
        folder.mkdir()
    (folder / there).write_text("", encoding="utf-8")
    assert main(["init", str(folder)]) == 2
    assert "is a file, not a folder; move it away, or name another folder." in capsys.readouterr().err
    assert not (folder / "settings.toml").exists()


def test_an_unknown_preset_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--preset", "zoho", str(tmp_path)]) == 2
    assert "'zoho' is not one of 'leadlex', 'hubspot'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert main(["init", str(tmp_path / "file" / "crm")]) == 2
    assert capsys.readouterr().err == f"contact-merge: {tmp_path}/file/crm/exports: Not a directory.\n"
