"""Presets are settings files that are read first: names and rules, over which the user's own keys stand."""

import csv
import json
from pathlib import Path
from typing import get_args

import pytest
from contact_merge.catalog import make_catalog
from contact_merge.errors import SettingsError
from contact_merge.preset import FOLDER, ChildTable, find_faults, preset_text, read_preset
from contact_merge.preset_samples import make_preset_samples
from contact_merge.recorded import settings_text
from contact_merge.settings import Settings, read_settings
from contact_merge.tables import PresetName

NAMES = get_args(PresetName)
OF_CRMS = [name for name in NAMES if name != "leadlex"]


def read(folder: Path, text: str) -> Settings:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path)


def test_each_name_is_a_file_that_ships_and_no_other_file_is_there() -> None:
    assert sorted(NAMES) == sorted(path.stem for path in FOLDER.iterdir())
    assert NAMES[0] == Settings().preset_name == "leadlex"


@pytest.mark.parametrize("name", NAMES)
def test_each_is_sound_and_says_which_export_it_expects(name: str) -> None:
    assert list(find_faults(read_preset(name))) == []
    head = preset_text(name).partition("\n\n")[0]
    assert all(line.startswith("# ") for line in head.splitlines())
    assert "It expects " in head


def test_the_file_names_its_preset(tmp_path: Path) -> None:
    assert read(tmp_path, 'preset = "hubspot"').preset == read_preset("hubspot")
    assert read(tmp_path, 'preset = "leadlex"').preset == Settings().preset


def test_the_users_keys_stand_over_those_of_the_preset(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        """
        preset = "hubspot"
        [entity]
        id = "Record ID"
        system = ["Contact owner"]
        [children.deals]
        source = "hubspot-crm-exports-deals-*"
        [children.calls]
        enabled = false
        [children.invoices]
        references = ["contact"]
        """,
    )
    preset, own = read_preset("hubspot"), settings.preset
    assert (own.entity.id, own.entity.system) == ("Record ID", ("Contact owner",))
    assert own.entity.merged_ids == preset.entity.merged_ids == "hs_merged_object_ids"
    assert own.children["deals"] == ChildTable(
        key=("hs_object_id",),
        references=("Associated Contact IDs",),
        separator=";",
        source="hubspot-crm-exports-deals-*",
    )
    assert list(own.children) == [*(name for name in preset.children if name != "calls"), "invoices"]
    assert settings.written == {
        "preset", "entity.id", "entity.system", "children.deals.source", "children.calls.enabled",
        "children.invoices.references",
    }  # fmt: skip


def test_the_settings_in_force_are_recorded_with_the_name_of_the_preset(tmp_path: Path) -> None:
    recorded = json.loads(settings_text(read(tmp_path, 'preset = "pipedrive"\n[entity]\nid = "ID"')))
    assert (recorded["preset"], recorded["written"]) == ("pipedrive", ["entity.id", "preset"])
    assert (recorded["entity"]["id"], recorded["entity"]["event"]) == ("ID", "person")
    assert list(recorded["children"]) == list(read_preset("pipedrive").children)


@pytest.mark.parametrize("name", NAMES)
def test_a_column_that_a_preset_names_may_be_absent_but_for_ids(tmp_path: Path, name: str) -> None:
    settings = read(tmp_path, f'preset = "{name}"')
    catalog = make_catalog(settings)
    assert catalog.required(catalog.entity.table) == {settings.preset.entity.id: ""}
    if name != "leadlex":  # whose six tables are those of the API
        assert {table: catalog.required(table) for table in catalog.kinds} == {
            table: {} for table in catalog.kinds
        }


@pytest.mark.parametrize("name", OF_CRMS)
def test_the_sample_has_the_columns_that_its_preset_names(tmp_path: Path, name: str) -> None:
    make_preset_samples(tmp_path)
    preset = read_preset(name)
    tables = {path.stem: columns_of(path) for path in (tmp_path / name).iterdir()}
    entity = preset.entity
    assert {entity.id, *entity.created, *entity.updated} <= tables[entity.table]
    assert {entity.merged_into, entity.merged_ids, *entity.deleted} & tables[entity.table]
    children = {table: child for table, child in preset.children.items() if table in tables}
    assert len(children) >= 3
    for table, child in children.items():
        assert {*child.key, *child.references, *child.unique} <= tables[table], table
    assert tables.keys() - children.keys() == {entity.table, "merge_requests"}


def columns_of(path: Path) -> set[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return set(next(csv.reader(file)) if path.suffix == ".csv" else json.loads(next(file)))


def test_an_unknown_preset_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, 'preset = "zoho"\n[children.calls]\nenabled = false')
    assert len(str(refused.value).splitlines()) == 1
    assert 'preset: "zoho" is not allowed; it is "dynamics", "hubspot", "leadlex", "pipedrive" or' in str(
        refused.value
    )
