"""Write docs/rules.md, the index of rules: `uv run python tests/mutations/page.py`.

Each mutation of `rules.py` says which rule it breaks, in which file, and which tests have to notice; that is turned round:
for each rule the file that keeps it, and the tests.
"""

import ast
import re
from itertools import groupby
from pathlib import Path
from textwrap import fill

from rules import MUTATIONS, Mutation

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "rules.md"
LONGEST = 130
STEP = re.compile(r"(\d): ")
HEAD = """\
# Rules: where each one is kept
Written by `uv run python tests/mutations/page.py` from [the mutation table](../tests/mutations/rules.py), rule by rule:
the file that keeps it, the marker of its line, and the tests that fail when it is broken. Tests are in `tests/`.
A line marked `circle` ends in `rule: circle`: `grep -rn "rule: circle" pipelines sql` finds it.
[Semantics](semantics.md) explains the rules, those too that no mutation breaks.

The steps are those of [the order of checks](semantics.md#the-order-of-checks).
To see a rule broken and noticed: `uv run python tests/mutations WORDS OF THE RULE`.
It breaks the rules that have all of these words.
"""


def rules_page() -> str:
    """The whole page."""
    rules = sorted(MUTATIONS, key=room)  # a stable order: within a room that of the table
    rooms = [name for name, _ in groupby(rules, key=room)]
    links = [f"- [{name}](#{name.lower().replace(' ', '-')})\n" for name in rooms]
    parts = [f"{HEAD}\n{''.join(links)}"]
    for name, of_room in groupby(rules, key=room):
        parts.append(f"## {name}\n" + "".join(entry(rule) for rule in of_room))
    return "\n".join(parts)


def room(rule: Mutation) -> str:
    """The heading over a rule: its step, if it has one, else the folder of its file, such as `fold`; a file of its own is one."""
    if step := STEP.match(rule.rule):
        return f"Step {step[1]}"
    inside = Path(rule.file.removeprefix("pipelines/contact_merge/").removeprefix("sql/"))
    return inside.parts[0].removesuffix(".py")


def entry(rule: Mutation) -> str:
    """One rule as a list item."""
    lines = [
        f"- {STEP.sub('', rule.rule)}",
        f"  - kept in [{rule.file}](../{rule.file}), marked `{rule.marker}`",
    ]
    lines += [f"  - noticed by {tests}" for word in rule.test.split(" or ") for tests in noticing(rule, word)]
    return "".join(f"{folded(line)}\n" for line in lines)


def folded(line: str) -> str:
    """A list item in lines of a readable length."""
    return fill(line, LONGEST, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


def noticing(rule: Mutation, word: str) -> list[str]:
    """The tests whose names begin with a word; of another word where its tests are, for those may become more."""
    files = sorted(path for pattern in rule.tests.split() for path in ROOT.glob(pattern))
    modules = [
        path for file in files for path in (sorted(file.glob("test_*.py")) if file.is_dir() else [file])
    ]
    found = [
        f"`{module.relative_to(ROOT / 'tests')}`: `{name}`"
        for module in modules
        for name in test_names(module)
        if word.startswith("test_") and name.startswith(word)
    ]
    return found or [f"tests with `{word}` in their names, in `{rule.tests.replace('tests/', '')}`"]


def test_names(module: Path) -> list[str]:
    """The test functions of a module."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return [
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


if __name__ == "__main__":
    PAGE.write_text(rules_page(), encoding="utf-8")
