"""Everything a page shows happens when it is done: its files, commands, queries and answers, in their order."""

import shutil
from pathlib import Path

import pytest
from made_exports import make_exports
from pages import Page, pages
from play import Player
from sampled import PROOF

FIRST = ("README.md", "docs/concepts.md")
"""What is read first; these make what they need, and what the others go on from."""
PROOFS = ("docs/pipedrive.md", "docs/dynamics.md")
"""Pages that go the way of those of other presets."""
EXPORTS = "docs/exports.md"
"""The page that goes on from made exports."""


def marks(name: str) -> list[pytest.MarkDecorator]:
    return PROOF if name in PROOFS else [] if name in FIRST else [pytest.mark.long]


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=marks(page.name)) for page in pages()],
    ids=lambda some: some.name,
)
def test_the_page_is_true(page: Page, prepared: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    if page.name in FIRST:
        folder.mkdir()
    else:
        shutil.copytree(prepared, folder)
    if page.name == EXPORTS:
        make_exports(folder)
    player = Player(folder)
    for block in page.blocks():
        player.play(block)
