"""The folder in which the examples of the pages run: the demo, and the three contacts of docs/concepts.md, run once."""

from pathlib import Path

import pytest
from contact_merge.samples import make_data_samples
from pages import page
from play import Player


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data_samples/ and out/demo/, and exports/ and out/ as 'Three contacts' of concepts.md leaves them."""
    folder = tmp_path_factory.mktemp("pages")
    make_data_samples(folder / "data_samples")
    player = Player(folder)
    player.type("contact-merge demo --quiet")
    for block in page("docs/concepts.md").blocks():
        if block.language == "sh":
            player.play(block)
            break
        player.play(block)
    return folder
