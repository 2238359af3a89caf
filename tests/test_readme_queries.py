"""The queries and the notebook snippet of the README, run as they stand there on the demo's warehouse."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
from contact_merge.pipeline import run
from contact_merge.samples import AS_OF, make_samples
from contact_merge.settings import Settings
from pipeline_endpoint import QUIET

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
PAGE = README.split("## Questions an analyst asks\n")[1].split("\n## ")[0]


class Question(NamedTuple):
    name: str
    columns: list[str]
    query: str


def questions() -> list[Question]:
    """Each question in bold, the columns that it says it gives, and its SQL."""
    asked = re.findall(r"^\*\*(.+?)\*\*(.*?)```sql\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)
    return [Question(name, _columns(prose), query) for name, prose, query in asked]


def _columns(prose: str) -> list[str]:
    """The names after 'Gives', as far as nothing but commas stands between them."""
    given = re.match(r"\s+Gives\s+(`\w+`(?:,\s+`\w+`)*)", prose)
    assert given is not None, prose
    return re.findall(r"\w+", given[1])


QUESTIONS = questions()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo was run."""
    folder = tmp_path_factory.mktemp("questions")
    make_samples(folder / "data_samples")
    run(
        folder / "data_samples",
        folder / "out/demo",
        warehouse=None,
        dry_run=False,
        as_of=AS_OF,
        settings=Settings(),
        progress=QUIET,
    )
    return folder


@pytest.fixture
def warehouse(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(folder / "out/demo/warehouse.duckdb"), read_only=True) as con:
        yield con


def rows_of(warehouse: duckdb.DuckDBPyConnection, question: str) -> list[tuple[Any, ...]]:
    [query] = [asked.query for asked in QUESTIONS if asked.name == question]
    return warehouse.sql(query).fetchall()


def test_every_sql_block_of_the_readme_is_such_a_question() -> None:
    assert len(QUESTIONS) == README.count("```sql") >= 8


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_each_query_gives_rows_with_the_columns_that_the_readme_says(
    warehouse: duckdb.DuckDBPyConnection, question: Question
) -> None:
    answer = warehouse.sql(question.query)
    assert answer.columns == question.columns
    assert answer.fetchall()


def test_the_answers_are_those_of_the_demo(warehouse: duckdb.DuckDBPyConnection) -> None:
    maria = "0f98a2d1-feac-54fc-852d-f723d12259fc"
    [swallowed] = rows_of(warehouse, "Who swallowed this id?")
    assert swallowed[2:5] == (maria, "req-002", "sales-ops")
    [orders] = rows_of(warehouse, "Who are the contacts of my own table now?")
    assert orders == (maria, 2, 200)
    retired = warehouse.sql("select count(*) from ledger.merges").fetchall()[0][0]
    assert len(rows_of(warehouse, "What did the last batch change?")) == retired
    merged = rows_of(warehouse, "How much did each requester merge?")
    assert sum(contacts for *_, contacts, _ in merged) == retired
    [shared] = rows_of(warehouse, "Which emails are shared by live contacts?")
    assert shared[:2] == ("tess.time@clockwork.example", 2)


def test_a_filter_that_names_no_column_filters_every_merged_view(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    """As one that draws a sample: DuckDB 2.0 loses it over some joins."""
    names = warehouse.execute("select view_name from duckdb_views() where schema_name = 'merged'").fetchall()
    assert ("contacts",) in names and ("list_memberships",) in names
    kept = {
        name: warehouse.execute(f"select * from merged.{name} where random() < 0").fetchall()
        for (name,) in names
    }
    assert not [name for name, rows in kept.items() if rows]


def test_the_notebook_snippet_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [snippet] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    exec(snippet, names)
    assert names["contacts"].height
    assert names["provenance"].height
