"""Each file of sql/ begins with a header, and the header is right: grain, kind, and the tables that the text reads."""

import re
from collections.abc import Iterator

import duckdb
import pytest
from contact_merge.engine import header_of, run_sql
from sql_text import kind_of, statements, tables_read, template_files

FILES = template_files()
KINDS = re.compile(
    r"(temp table|temp view|table|view|kept|change) \S+|insert into \S+( by name)?|replace \S+( where .+)?"
    r"|query|check|macros|rule"
)
BODIES = {
    "temp|table|view|insert|replace|query|check": r"with|select|from",
    "kept": r"create (or replace )?table|comment on",
    "change": r"update|delete|drop table if exists",
    "macros": r"create or replace temp macro",
    "rule": r"(?!(?:select|with|from)\b).*",
}
"""By the first word of the kind, how a statement begins."""


def faults(text: str) -> Iterator[str]:
    """What is wrong with the header of a file, or with its text under that header."""
    header = header_of(text)
    kind = kind_of(text)
    if not header.description:
        yield "no description"
    if not re.fullmatch(KINDS, kind):
        yield "no kind that is known"
    has_rows = not kind.startswith(("change", "macros", "rule"))
    if has_rows and not re.match(r"one row\b", header.grain or ""):
        yield "no grain"
    if not has_rows and header.grain is not None:
        yield "a grain where there are no rows"
    if "-- ties: " in text and (kind != "rule" or header.ties not in {"first", "last"}):
        yield "ties that say nothing"
    if "-- reads: " not in text:
        yield "no reads"
    if list(header.reads) != tables_read(text):
        yield f"reads {', '.join(tables_read(text)) or 'none'}"
    yield from faults_of_body(kind, statements(text))


def faults_of_body(kind: str, found: list[str]) -> Iterator[str]:
    """What is wrong with the statements of a file of this kind."""
    word = (kind.split() or ["none"])[0]
    begins = "|".join(begin for words, begin in BODIES.items() if word in words.split("|"))
    if kind.startswith(("table", "view")):
        found = [found[0], *(one for one in found[1:] if not one.startswith("comment on "))]
    if not all(re.match(rf"({begins})\b", one) for one in found):
        yield f"not all begin as those of a {word}"
    if len(found) > 1 and word not in {"check", "kept", "macros"}:
        yield "more than one statement"
    if word == "kept" and not re.search(rf" table (if not exists )?{re.escape(kind[5:])} \(", found[0]):
        yield "another table is made"


@pytest.mark.parametrize("name", FILES)
def test_a_header_says_what_the_text_does(name: str) -> None:
    assert list(faults(FILES[name])) == []


def test_a_file_without_a_kind_is_not_run() -> None:
    with duckdb.connect() as con, pytest.raises(ValueError, match="no kind that is known: ''"):
        run_sql(con, "fold/_values")


HEADER = """\
-- One row per contact that is live: its newest row.
-- grain: one row per contact
-- reads: fold.redirects, raw.contacts
-- kind: temp table live
"""
BODY = """\
select contacts.*
from raw.contacts as contacts
anti join fold.redirects as redirects on redirects.retired_key = contacts._cm_key
"""


def test_a_right_one_has_no_fault() -> None:
    assert list(faults(HEADER + BODY)) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (HEADER.splitlines()[0] + "\n", "", None),  # its grain says enough
        ("-- grain: one row per contact\n", "", "no grain"),
        ("grain: one row per contact", "grain: contacts", "no grain"),
        ("-- kind: temp table live\n", "", "no kind that is known"),
        ("temp table live", "model", "no kind that is known"),
        ("-- reads: fold.redirects, raw.contacts\n", "", "no reads"),
        ("reads: fold.redirects, raw.contacts", "reads: raw.contacts", "reads fold.redirects, raw.contacts"),
        ("reads: fold", "reads: component, fold", "reads fold.redirects, raw.contacts"),
        (
            "fold.redirects, raw.contacts",
            "raw.contacts, fold.redirects",
            "reads fold.redirects, raw.contacts",
        ),
        ("from raw", "from fold.line, raw", "reads fold.line, fold.redirects, raw.contacts"),
        ("select contacts", "create table live as select contacts", "not all begin as those of a temp"),
        ("._cm_key\n", "._cm_key; delete from fold.line\n", "more than one statement"),
        ("._cm_key\n", "._cm_key; delete from fold.line\n", "not all begin as those of a temp"),
        ("._cm_key\n", "._cm_key; comment on table live is 'x'\n", "more than one statement"),
        ("temp table live", "change live", "a grain where there are no rows"),
        ("temp table live", "change live", "not all begin as those of a change"),
        ("temp table live", "macros", "not all begin as those of a macros"),
        ("temp table live", "rule", "a grain where there are no rows"),
        ("temp table live", "rule", "not all begin as those of a rule"),
        ("-- kind", "-- ties: last\n-- kind", "ties that say nothing"),
        ("temp table live", "kept live", "another table is made"),
    ],
)
def test_a_wrong_one_is_found(old: str, new: str, fault: str | None) -> None:
    text = (HEADER + BODY).replace(old, new)
    assert text != HEADER + BODY
    assert (fault in faults(text)) if fault else (list(faults(text)) == [])


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("select 1 from a semi join b using (n) asof left join c.d as d using (n)", ["a", "b", "c.d"]),
        ("with a as (select * from a), b as (select * from a) select * from b, c", ["a", "c"]),
        ("with a as (select 1) select * from a; select * from a", ["a"]),
        ("with a as materialized (from b) from a", ["b"]),
        ("select 'from a' -- from b\nfrom c {# from d #}", ["c"]),
        ("select a is distinct from b, a is not distinct\n from c from unnest([1])", []),
        ("select n in (select n from a), exists (from b) from (select 1)", ["a", "b"]),
        ("{% if x %}from a{% else %}from raw.{{ kind | ident }}{% endif %}", ["a", "raw.{kind}"]),
        ('{{ "from" if loop.first else "inner join" }} a_{{ n }}{{ "" if loop.first else " using (k)" }}', ["a_{n}"]),
        ("with step_0 as (select 1), step_{{ n + 1 }} as (from step_{{ n }}) from step_{{ last }}", []),
        ("with earlier as (select 1 from {{ earlier }}) select 1 from {{ new }} join earlier", ["{earlier}", "{new}"]),
        ("-- kind: replace a where n in (select n from b)\nselect * from c", ["b", "c"]),
        ("delete from a where n in (select n from b)", ["b"]),
        ('{% from "merged/_survivor.sql" import membership_line %}{{ membership_line() }}', ["fold.line", "fold.redirects"]),
    ],
)  # fmt: skip
def test_what_a_text_reads(text: str, reads: list[str]) -> None:
    assert tables_read(text) == reads


@pytest.mark.parametrize(
    ("ties", "fault"), [("first", []), ("last", []), ("none", ["ties that say nothing"])]
)
def test_of_places_with_one_key_a_rule_takes_the_first_or_the_last(ties: str, fault: list[str]) -> None:
    rule = f"-- The longest text.\n-- reads: none\n-- ties: {ties}\n-- kind: rule\n-length({{{{ field.of(row) }}}})\n"
    assert list(faults(rule)) == fault
