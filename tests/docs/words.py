"""The word list of the project: which words its texts and names do not use, and how long lines and sentences may be."""

import ast
import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path

LONGEST_LINE, MOST_WORDS = 130, 35
NOT_OUR_WORDS = re.compile(
    r"\b("
    r"told|tells?|telling|made ready|put in place|taken away|take(?:s|n)? back|taking back|standing merges?|anew|"
    r"take(?:s|n)? in contacts|(?<!\.)touch(?:es|ed|ing)?|members|hangs? together|amend(?:s|ed)?|homes|"
    r"(?<!id )spellings|further columns?|offend(?:s|ing)?|looked at|excepted|swallow(?:s|ed)?|tangled|knotted|"
    r"odd uuids?|in a sentence|came retired"
    r")\b",
    re.IGNORECASE,
)
"""The left-hand words of the word list, as far as they are no code."""
NOT_OUR_NAMES = re.compile(
    r"\b(Held Error|Held|Way|Part|File Part|known of|keep seen|ledger\.seen|uuid is odd|further)\b|\b[abwef]\{\{"
)
"""Names that are not ours in code, in which `_` and the change from small to capital letters count as blanks."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_ENTRY = re.compile(r"(\s*)(?:\| |[-*] |\d+\. |`?[\w.()\[\]]+`?(?:, `?[\w.()\[\]]+`?)*(?: \([^)]*\))?: )")


def found_words(text: str, *, code: bool) -> list[tuple[int, str]]:
    """The words of a text that are not ours, each with its line; one may be broken between two lines."""
    lines = [_as_words(line) if code else line for line in text.splitlines()]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    joined = " ".join(lines)
    patterns = (NOT_OUR_WORDS, NOT_OUR_NAMES) if code else (NOT_OUR_WORDS,)
    return sorted(
        (bisect_right(starts, m.start()), m[0]) for found in patterns for m in found.finditer(joined)
    )


def _as_words(line: str) -> str:
    """A line of code with its names taken apart, and without the mark of a comment."""
    line = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", line.strip().removeprefix("--").removeprefix("#"))
    return re.sub(r"[_\s]+", " ", line)


def long_lines(text: str) -> list[tuple[int, int]]:
    """The lines that are too long, with their lengths."""
    return [
        (number, len(line)) for number, line in enumerate(text.splitlines(), 1) if len(line) > LONGEST_LINE
    ]


def long_sentences(path: Path) -> list[tuple[int, str]]:
    """The sentences of comments, docstrings and error messages of a file that are too long."""
    text = path.read_text(encoding="utf-8")
    paragraphs = _python_paragraphs(text) if path.suffix == ".py" else _comments_of_sql(text)
    return [
        (number, sentence)
        for number, paragraph in paragraphs
        for sentence in _SENTENCE_END.split(paragraph)
        if len(sentence.split()) > MOST_WORDS
    ]


def _python_paragraphs(text: str) -> Iterator[tuple[int, str]]:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            yield from _paragraphs(node.lineno, node.value.value.splitlines())
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            for argument in node.exc.args:
                yield node.lineno, _message(argument)
    comments = [
        (token.start[0], token.string.removeprefix("#").strip())
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT
    ]
    yield from _together(comments)


def _message(node: ast.expr) -> str:
    """The text of a string, with a word for each value in it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "VALUE"
            for part in node.values
        )
    return ""


def _comments_of_sql(text: str) -> Iterator[tuple[int, str]]:
    lines = enumerate(text.splitlines(), 1)
    yield from _together(
        [(n, line.strip().removeprefix("--")) for n, line in lines if line.lstrip().startswith("--")]
    )


def _together(comments: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Comments on lines that follow each other are one text."""
    block: list[tuple[int, str]] = []
    for number, comment in comments:
        if block and number != block[-1][0] + 1:
            yield from _paragraphs(block[0][0], [line for _, line in block])
            block = []
        block.append((number, comment))
    yield from _paragraphs(block[0][0] if block else 0, [line for _, line in block])


def _paragraphs(first: int, lines: list[str]) -> Iterator[tuple[int, str]]:
    """The paragraphs of a text; an entry of a list, as of arguments, is one, with the lines that are not indented less."""
    start, words, entry = first, "", 0
    for number, line in enumerate(lines, first):
        found = _ENTRY.match(line)
        indent = len(line) - len(line.lstrip())
        if not line.strip() or found or indent < entry:
            if words:
                yield start, words
            start, words, entry = number, line.strip(), len(found[1]) if found else 0
        else:
            words = f"{words} {line.strip()}".strip()
    if words:
        yield start, words
