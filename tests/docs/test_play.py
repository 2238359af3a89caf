"""The player of pages notices a page that says what does not happen."""

import shutil
from pathlib import Path

import pytest
from pages import DOCS, Page
from play import Player

pytestmark = pytest.mark.xdist_group("docs")  # whose fixture is made once

RUN = "contact-merge history --warehouse out/warehouse.duckdb"
QUERY = "```sql\nselect id from merged.contacts\n```\n"
EVENT = '```json\n{"event": "contact.merged", "data": {"merged_id": "%s"}}\n```'


def play(text: str, prepared: Path, folder: Path) -> None:
    shutil.copytree(prepared, folder / "pages")
    player = Player(folder / "pages")
    for block in Page(DOCS / "page.md", text.splitlines()).blocks():
        player.play(block)


@pytest.mark.parametrize(
    "text",
    [
        f"```sh\n{RUN}\n```\n```text\n…\n000001   2026-02-02T02:00:00Z   run   2   0   2 merged\n```",
        f"```sh\n{RUN} --nonsense  # exit code 2\n```",
        f"{QUERY}| id |\n| --- |\n| A |",
        EVENT % "C",
    ],
)
def test_what_is_true_passes(text: str, prepared: Path, tmp_path: Path) -> None:
    play(text, prepared, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        f"```sh\n{RUN}\n```\n```text\n000002   2026-02-02T02:00:00Z   run   2   0   2 merged\n```",
        f"```sh\n{RUN} --nonsense\n```",
        f"```sh\n{RUN}  # exit code 1\n```",
        f"{QUERY}| id |\n| --- |\n| B |",
        f"{QUERY}| name |\n| --- |\n| A |",
        EVENT % "A",
    ],
)
def test_what_is_false_is_noticed(text: str, prepared: Path, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        play(text, prepared, tmp_path)
