"""The pages are plain English: short lines, short sentences, and one word for one thing."""

import pytest
from pages import Page, pages
from words import LONGEST_LINE, MOST_WORDS, found_words

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
    assert [(number, found) for number, text in page.prose() for found in found_words(text, code=False)] == []
