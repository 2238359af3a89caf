"""The README tells of every command, option, setting, outcome and exit code there is, and of no other."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest
import typer.main
from contact_merge import cli
from contact_merge.console import OUTCOMES
from contact_merge.settings import Settings
from contact_merge.tables import INPUT_TABLES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_group(cli.app).commands


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented_and_has_a_help_text(name: str) -> None:
    command = COMMANDS[name]
    assert f"contact-merge {name}" in README
    assert command.help
    for option in command.params:
        assert getattr(option, "help", None), f"{name} {option.name} has no help text"
        if option.param_type_name == "argument":
            assert re.search(rf"contact-merge {name} [^\n]*{re.escape(option.metavar)}", README), name
            continue
        for spelling in option.opts:
            assert f"`{spelling}" in README, f"{name} {spelling}"


def test_no_command_is_documented_that_does_not_exist() -> None:
    told = set(re.findall(r"\bcontact-merge ([a-z]+)\b", README))
    assert told == set(COMMANDS)


def test_the_test_command_is_what_ci_calls() -> None:
    """Of both ways to start uv; the first two code lines are all that a machine with nothing but Python needs."""
    blocks = re.findall(r"```\n(.*?)```", README, re.DOTALL)[:2]
    started = [line.split(" && ")[-1] for block in blocks for line in block.splitlines()]
    (demo, tests) = (line.removeprefix("python3 -m uv ") for line in started[:2])
    assert started[2:] == [f".venv-uv/bin/uv {demo}", f".venv-uv/bin/uv {tests}"]
    assert demo == "run -q contact-merge demo"
    assert f"python3 -m uv {tests} ||" in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-2]


def test_the_settings_block_of_the_readme_is_the_defaults() -> None:
    block = re.search(r"```toml\n(.*?)```", README, re.DOTALL)
    assert block is not None
    assert msgspec.convert(tomllib.loads(block[1]), Settings) == Settings()
    for field in Settings.__struct_fields__:
        assert re.search(rf"^(# )?(\[{field}\]|{field} = )", block[1], re.MULTILINE), field


@pytest.mark.parametrize("word", [*OUTCOMES, *INPUT_TABLES])
def test_every_outcome_and_table_is_documented(word: str) -> None:
    assert f"`{word}`" in README


def test_every_exit_code_is_documented_and_no_other() -> None:
    codes = {value for name, value in vars(cli).items() if name.isupper() and type(value) is int}
    table = README.partition("| exit code |")[2].partition("\n\n")[0]
    told = re.findall(r"^\| ([0-9, ]+) \|", table, re.MULTILINE)
    assert sorted(codes) == [int(code) for row in told for code in row.split(",")]


def test_what_the_readme_points_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    for link in links:
        assert (ROOT / link).exists(), link


def test_the_changelog_tells_of_every_command() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert [
        name for name in COMMANDS if f"`{name}`" not in changelog and f"contact-merge {name}" not in changelog
    ] == []
