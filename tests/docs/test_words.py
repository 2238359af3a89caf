"""Code, SQL and tests use the words of the project, in lines and sentences of a readable length (`words.py` has both)."""

from collections.abc import Iterator
from pathlib import Path

from words import found_words, long_lines, long_sentences

ROOT = Path(__file__).parents[2]
LISTS = ("words", "test_words")
OLD_TABLES = "names that tables had up to version 4"
ALLOWED = {
    "pipelines/contact_merge/schema.py": ({"ledger.seen", "homes", "amended", "spellings"}, OLD_TABLES),
    "sql/ledger/deletions_before.sql": ({"ledger.seen"}, OLD_TABLES),
    "tests/older_warehouses.py": ({"spellings"}, OLD_TABLES),
    "tests/warehouse/test_warehouse_version.py": ({"ledger.seen", "spellings"}, OLD_TABLES),
}
"""Words that stay, by file, each with its reason."""


def texts() -> Iterator[tuple[str, Path, str]]:
    """The files of code, SQL and tests: name, path and text; not those that have the list itself."""
    for folder in ("pipelines", "sql", "tests"):
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix in (".py", ".sql") and path.stem not in LISTS:
                yield name, path, path.read_text(encoding="utf-8")


def test_no_word_is_used_that_is_not_ours() -> None:
    found = [(name, *word) for name, _, text in texts() for word in found_words(text, code=True)]
    allowed = {(name, word) for name, (words, _) in ALLOWED.items() for word in words}
    assert [(name, line, word) for name, line, word in found if (name, word) not in allowed] == []


def test_no_line_is_too_long() -> None:
    assert [(name, *line) for name, _, text in texts() for line in long_lines(text)] == []


def test_no_sentence_is_too_long() -> None:
    assert [(name, *sentence) for name, path, _ in texts() for sentence in long_sentences(path)] == []


def test_each_word_that_may_stay_is_there() -> None:
    found = {name: {word for _, word in found_words(text, code=True)} for name, _, text in texts()}
    assert {name: words - found[name] for name, (words, _) in ALLOWED.items() if words - found[name]} == {}
