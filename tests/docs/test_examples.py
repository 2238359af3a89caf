"""Everything a page shows happens when it is done: its files, commands, queries and answers, in their order."""

import shutil
from pathlib import Path

import pytest
from pages import Page, pages
from play import Player

FIRST = ("README.md", "docs/concepts.md")
"""What is read first; these make what they need, and what the others go on from."""


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=[pytest.mark.long] if page.name not in FIRST else []) for page in pages()],
    ids=lambda some: some.name,
)
def test_the_page_is_true(page: Page, prepared: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    if page.name in FIRST:
        folder.mkdir()
    else:
        shutil.copytree(prepared, folder)
    player = Player(folder)
    for block in page.blocks():
        player.play(block)
