"""What the tests of verify share: a copy of one warehouse with all that can go wrong in it, to be damaged."""

from pathlib import Path

import pytest
from verified_world import Copy, the_world


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(the_world().output, tmp_path)
