"""The rules that tests/mutations breaks are still where it looks for them; whether tests notice is seen by hand."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "mutations"))

from rules import MUTATIONS  # noqa: E402


def test_every_rule_to_be_broken_is_there_once() -> None:
    found = {m.rule: (ROOT / m.file).read_text(encoding="utf-8").count(m.old) for m in MUTATIONS}
    assert len(found) > 80
    assert {rule: count for rule, count in found.items() if count != 1} == {}
