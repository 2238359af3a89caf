"""The questions of docs/analysts.md: each query gives rows with the columns that the page says, on the demo's warehouse."""

import re
from pathlib import Path

import duckdb
import pytest
from pages import Block, page

QUESTIONS = [block for block in page("analysts.md").blocks() if block.language == "sql"]


def columns_of(question: Block) -> list[str]:
    """The names after 'Gives', as far as nothing but commas stands between them."""
    given = re.match(r"Gives (`\w+`(?:, `\w+`)*)", question.before)
    assert given is not None, question.before
    return re.findall(r"\w+", given[1])


def test_there_is_a_heading_for_each_question() -> None:
    assert sum(heading.endswith("?") for heading in page("analysts.md").headings()) == len(QUESTIONS) >= 10


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: f"line {question.line}")
def test_each_query_gives_rows_with_the_columns_that_the_page_says(prepared: Path, question: Block) -> None:
    with duckdb.connect(str(prepared / "out/demo/warehouse.duckdb"), read_only=True) as warehouse:
        answer = warehouse.sql(question.text)
        assert answer.columns == columns_of(question)
        assert answer.fetchall()
