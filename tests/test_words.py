"""Code, SQL and tests use the words of the project, in lines and sentences of a readable length (`words.py` has both)."""

from collections.abc import Iterator
from pathlib import Path

from words import found_words, long_lines, long_sentences

ROOT = Path(__file__).parents[1]
LISTS = ("words", "test_words")
NOT_YET = (
    *(
        f"pipelines/contact_merge/{name}"
        for name in ("fold/", "explain/", "columns", "console", "defs/checks", "digests")
    ),
    *(f"pipelines/contact_merge/{name}" for name in ("losses", "pipeline", "schema", "undo", "verify")),
    *(f"sql/{name}/" for name in ("checks", "explain", "fold", "ledger", "merged")),
    "sql/decide/named_contacts",
    *(
        f"tests/{name}"
        for name in ("cases/test_cases_pointers", "mutations/rules", "reference", "test_columns")
    ),
    *(
        f"tests/test_{name}"
        for name in ("digests", "dropped", "explain", "folded", "histories", "lookups", "names_of")
    ),
    *(
        f"tests/test_{name}"
        for name in ("pipeline_histories", "reference", "spelled", "verify", "warehouse_version")
    ),
)
ALLOWED = {
    "tests/faults/fuzz_values.py": ("members", "a name that a column of the user may have"),
}
"""Words that stay, by file, each with its reason."""


def texts() -> Iterator[tuple[str, Path, str]]:
    """The files of code, SQL and tests: name, path and text; not those that have the list itself."""
    for folder in ("pipelines", "sql", "tests"):
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix in (".py", ".sql") and not name.startswith(NOT_YET) and path.stem not in LISTS:
                yield name, path, path.read_text(encoding="utf-8")


def test_no_word_is_used_that_is_not_ours() -> None:
    found = [(name, *word) for name, _, text in texts() for word in found_words(text, code=True)]
    assert [(name, line, word) for name, line, word in found if word not in ALLOWED.get(name, ())[:1]] == []


def test_no_line_is_too_long() -> None:
    assert [(name, *line) for name, _, text in texts() for line in long_lines(text)] == []


def test_no_sentence_is_too_long() -> None:
    assert [(name, *sentence) for name, path, _ in texts() for sentence in long_sentences(path)] == []


def test_each_word_that_may_stay_is_there() -> None:
    words = {name: [word for _, word in found_words(text, code=True)] for name, _, text in texts()}
    assert [name for name, (word, _) in ALLOWED.items() if word not in words[name]] == []
