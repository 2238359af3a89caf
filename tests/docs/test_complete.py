"""The pages list every command, option, setting, check, outcome, table, column and exit code there is, and no other."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import dagster as dg
import duckdb
import msgspec
import pytest
import typer.main
from contact_merge import cli
from contact_merge.catalog import DERIVED, make_catalog
from contact_merge.console import OUTCOMES
from contact_merge.definitions import defs
from contact_merge.defs.merge import MergeConfig
from contact_merge.defs.undo import UndoConfig
from contact_merge.ids import IdTypeName
from contact_merge.preset import ChildTable, Entity
from contact_merge.settings import FileSettings, Guards, Settings, read_settings
from contact_merge.tables import Guard
from contact_merge.verify import FILE_CHECKS, WAREHOUSE_CHECKS
from pages import ROOT, page, pages

pytestmark = pytest.mark.xdist_group("docs")  # whose fixture is made once

COMMANDS = typer.main.get_group(cli.app).commands
SHARED = "Options that several commands have"
MENTION = re.compile(r"\b(docs/\w+\.md)(?:, '([^']+)')?")


def warehouse_of_the_demo(prepared: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(prepared / "out/demo/warehouse.duckdb"), read_only=True)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented_and_has_a_help_text(name: str) -> None:
    command, commands = COMMANDS[name], page("docs/commands.md")
    section, shared = commands.section(name), commands.section(SHARED)
    assert f"contact-merge {name}" in section.text
    assert f"| [`{name}`](#{name}) |" in commands.text
    assert name in commands.section("json").first_cells()
    assert command.help
    for option in command.params:
        assert getattr(option, "help", None), f"{name} {option.name} has no help text"
        if option.param_type_name == "argument":
            assert f"`{option.metavar}`" in section.text, name
            continue
        for spelling in option.opts:
            there = f"`{spelling}" in section.text or f"`{spelling}" in shared.text
            assert there, f"{name} {spelling}"


@pytest.mark.parametrize("name", COMMANDS)
def test_no_option_is_documented_that_the_command_does_not_have(name: str) -> None:
    there = {spelling for option in COMMANDS[name].params for spelling in option.opts}
    cells = page("docs/commands.md").section(name).first_cells()
    assert {cell.split()[0] for cell in cells if cell.startswith("--")} - there == set()


def test_no_command_is_documented_that_does_not_exist() -> None:
    shown = {name for some in pages() for name in re.findall(r"\bcontact-merge ([a-z]+)\b(?! is)", some.text)}
    assert shown == set(COMMANDS)


def test_every_guard_is_documented() -> None:
    section = page("docs/commands.md").section("run")
    assert [guard for guard in Guard if f"`{guard}`" not in section.text] == []


def test_every_exit_code_is_documented_and_no_other() -> None:
    codes = {value for name, value in vars(cli).items() if name.isupper() and type(value) is int}
    rows = re.findall(r"^\| ([0-9]+) \|", page("docs/commands.md").section("Exit codes").text, re.MULTILINE)
    assert sorted(codes) == [int(code) for code in rows]


def test_the_settings_file_of_the_page_is_the_defaults(tmp_path: Path) -> None:
    [block] = [block for block in page("docs/settings.md").blocks() if block.file == "settings.toml"]
    file = tmp_path / "settings.toml"
    file.write_text(block.text, encoding="utf-8")
    read = read_settings(file)
    assert msgspec.structs.replace(read, written=frozenset()) == Settings()
    for field in FileSettings.__struct_fields__:
        assert re.search(rf"^(# )?(\[{field}[\].]|{field} = )", block.text, re.MULTILINE), field


def test_every_setting_is_documented_with_its_default() -> None:
    settings = page("docs/settings.md")
    rows = settings.section("Settings").text
    for field in FileSettings.__struct_fields__:
        assert f"| [`{field}`](#{field}) |" in rows
        default = getattr(Settings(), field, None)
        if isinstance(default, str | int):
            assert f"| [`{field}`](#{field}) | `{json.dumps(default)}` |" in rows
        assert settings.section(field).text.strip()


@pytest.mark.parametrize(("section", "kind"), [("entity", Entity), ("children", ChildTable)])
def test_every_key_of_a_table_is_documented_and_no_other(section: str, kind: type[msgspec.Struct]) -> None:
    documented = page("docs/tables.md").section(section).first_cells()
    assert sorted(documented) == sorted(kind.__struct_fields__)
    [block] = [block for block in page("docs/settings.md").blocks() if block.file == "settings.toml"]
    its = block.text.partition(f"[{section}")[2].partition("\n\n")[0]
    assert [
        name for name in kind.__struct_fields__ if not re.search(rf"^(# )?{name} = ", its, re.MULTILINE)
    ] == []


def test_every_type_of_ids_is_documented_and_no_other() -> None:
    documented = page("docs/tables.md").section("Ids").first_cells()
    assert set(get_args(IdTypeName)) == {name.strip('"') for name in documented} - {"id_type"}


def test_every_limit_of_a_guard_is_documented_with_its_default() -> None:
    rows = page("docs/settings.md").section("guards").text
    for field in Guards.__struct_fields__:
        assert f"| `{field}` | {getattr(Guards(), field)} |" in rows


def test_every_check_is_documented_and_no_other() -> None:
    listed = page("docs/commands.md").section("verify").first_cells()
    assert [name for name in listed if not name.startswith("--")] == [*WAREHOUSE_CHECKS, *FILE_CHECKS]
    operators = page("docs/operators.md").section("Verify")
    assert [name for name in FILE_CHECKS if f"`{name}`" not in operators.text] == []


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_is_documented(outcome: str) -> None:
    assert f"`{outcome}`" in page("docs/semantics.md").section("The order of checks").text


def test_every_input_table_is_documented_and_no_other() -> None:
    headings = page("docs/input.md").section("The tables").headings()
    assert {table for heading in headings for table in heading.split(", ")} == set(
        make_catalog(Settings()).input_tables
    )


def test_every_reason_for_a_reject_of_the_demo_is_documented(prepared: Path) -> None:
    page_text = page("docs/input.md").section("What is rejected").text
    with warehouse_of_the_demo(prepared) as warehouse:
        reasons = [reason for (reason,) in warehouse.execute("select reason from raw.rejects").fetchall()]
    assert len(set(reasons)) >= 10
    assert {reason for reason in reasons if reason.partition(" (")[0] not in page_text} == set()


@pytest.mark.parametrize("view", [*(view for view in DERIVED if view != "merge_responses"), "idle_pointers"])
def test_every_column_of_an_output_is_documented_and_no_other(prepared: Path, view: str) -> None:
    heading = "The warehouse" if view == "idle_pointers" else view
    with warehouse_of_the_demo(prepared) as warehouse:
        columns = warehouse.sql(f"select * from merged.{view} limit 0").columns
    listed = page("docs/outputs.md").section(heading).first_cells()
    assert [name for name in listed if "." not in name] == columns


def test_every_column_of_a_response_is_documented_before_the_extra_ones(prepared: Path) -> None:
    with warehouse_of_the_demo(prepared) as warehouse:
        columns = warehouse.sql("select * from merged.merge_responses limit 0").columns
    listed = page("docs/outputs.md").section("merge_responses").first_cells()
    assert columns[: len(listed)] == listed
    assert columns[len(listed) :] == ["requested_by", "reason", "score"]


def test_every_table_of_the_ledger_is_documented_and_no_other(prepared: Path) -> None:
    with warehouse_of_the_demo(prepared) as warehouse:
        there = warehouse.execute("select table_name from duckdb_tables() where schema_name = 'ledger'")
        tables = {f"ledger.{name}" for (name,) in there.fetchall()}
    listed = page("docs/outputs.md").section("The warehouse").first_cells()
    assert {name for name in listed if name.startswith("ledger.")} == tables


def test_everything_that_dagster_shows_is_documented() -> None:
    text = page("docs/dagster.md").text
    definitions: Any = defs()
    repository = definitions.get_repository_def()
    graph = definitions.resolve_asset_graph()
    names = {job.name for job in repository.get_all_jobs()} - {"__ASSET_JOB"}
    names |= {some.name for some in (*repository.sensor_defs, *repository.schedule_defs)}
    names |= {key.name for key in graph.asset_check_keys} - {*WAREHOUSE_CHECKS, *FILE_CHECKS}
    names |= {spec.group_name for spec in definitions.resolve_all_asset_specs()}
    names |= {op.name for op in definitions.resolve_job_def("merge_contacts").nodes}
    for config in (MergeConfig, UndoConfig):
        names |= set(config.model_fields)
    assert names >= {"new_input", "merge_contacts", "allow", "batch", "no_rejects", "output"}
    assert {name for name in names if f"`{name}`" not in text} == set()
    assert isinstance(definitions, dg.Definitions)


def test_every_environment_variable_is_documented() -> None:
    code = (ROOT / "pipelines/contact_merge/defs/resources.py").read_text(encoding="utf-8")
    there = set(re.findall(r"\bCONTACT_MERGE_\w+", code))
    assert len(there) == 4
    assert {name for name in page("docs/dagster.md").first_cells() if name.startswith("CONTACT")} == there


def test_the_changelog_names_every_command() -> None:
    changelog = page("CHANGELOG.md").text
    assert [
        name for name in COMMANDS if f"`{name}`" not in changelog and f"contact-merge {name}" not in changelog
    ] == []


def test_pages_that_messages_name_are_there() -> None:
    code = [path for folder in ("pipelines", "sql") for path in (ROOT / folder).rglob("*.*")]
    texts = [path.read_text(encoding="utf-8") for path in code if path.suffix in (".py", ".sql")]
    named = {found.groups() for text in texts for found in MENTION.finditer(text)}
    assert ("docs/operators.md", "Backup and restore") in named
    for name, heading in named:
        assert not heading or heading in page(name).headings(), f"{name} has no heading {heading!r}"
    assert [text for text in texts if "README, '" in text] == []
