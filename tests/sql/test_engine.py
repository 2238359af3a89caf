"""SQL is executed in engine/ and nowhere else; its statements stand in sql/."""

import ast
from collections.abc import Iterator
from pathlib import Path

import contact_merge
import pytest

PACKAGE = Path(contact_merge.__file__).parent
EXECUTES = frozenset({"execute", "executemany", "extract_statements", "query", "sql"})
ALLOWED = "warehouse.py"  # opens the database: settings, what SQL may reach, attach; none of it reads or writes a table


def executions(text: str) -> Iterator[int]:
    """The lines of a module that execute SQL, or parse it to be executed."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in EXECUTES:
            yield node.lineno


def test_no_other_room_executes_sql() -> None:
    found = [
        f"{module}:{line}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if not (module := path.relative_to(PACKAGE).as_posix()).startswith("engine/") and module != ALLOWED
        for line in executions(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("module", ["engine/duck.py", "engine/tables.py", "engine/checks.py", ALLOWED])
def test_those_that_may_are_seen(module: str) -> None:
    assert list(executions((PACKAGE / module).read_text("utf-8")))
