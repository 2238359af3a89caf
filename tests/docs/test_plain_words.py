"""The pages are plain English: short lines, short sentences, and one word for one thing."""

import re

import pytest
from pages import Page, pages

LONGEST_LINE, MOST_WORDS = 130, 35
NOT_OUR_WORDS = re.compile(
    r"\b("
    r"told|tells?|telling|made ready|put in place|taken away|take(?:s|n)? back|taking back|standing merges?|anew|"
    r"take(?:s|n)? in contacts|touch(?:es|ed|ing)?|members|hangs? together|amended|homes|spellings|"
    r"further columns?|offend(?:s|ing)?|looked at|excepted|swallow(?:s|ed)?|tangled|knotted|odd uuids|in a sentence|"
    r"came retired"
    r")\b",
    re.IGNORECASE,
)
"""The left-hand words of the project's word list, as far as they are no code."""
GENERATED = {"docs/rules.md"}
"""Its sentences are those of the mutation table."""


def ids(some: Page) -> str:
    return some.name


@pytest.mark.parametrize("page", pages(), ids=ids)
def test_no_line_is_too_long(page: Page) -> None:
    assert [
        (number, len(line)) for number, line in enumerate(page.lines, start=1) if len(line) > LONGEST_LINE
    ] == []


@pytest.mark.parametrize("page", [some for some in pages() if some.name not in GENERATED], ids=ids)
def test_no_sentence_is_too_long(page: Page) -> None:
    assert [
        (number, sentence) for number, sentence in page.sentences() if len(sentence.split()) > MOST_WORDS
    ] == []


@pytest.mark.parametrize("page", [some for some in pages() if some.name not in GENERATED], ids=ids)
def test_no_word_of_the_old_dialect_is_used(page: Page) -> None:
    assert [
        (number, found[0]) for number, text in page.prose() for found in NOT_OUR_WORDS.finditer(text)
    ] == []
