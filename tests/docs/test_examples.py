"""Everything a page shows happens when it is done: its files, commands, queries and answers, in their order."""

import shutil
from pathlib import Path

import pytest
from pages import Page, pages
from play import Player


@pytest.mark.parametrize("page", pages(), ids=lambda some: some.name)
def test_the_page_is_true(page: Page, prepared: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    if page.name in (
        "README.md",
        "docs/concepts.md",
    ):  # they make what they need, and what the others go on from
        folder.mkdir()
    else:
        shutil.copytree(prepared, folder)
    player = Player(folder)
    for block in page.blocks():
        player.play(block)
