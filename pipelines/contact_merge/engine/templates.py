"""The files of sql/: their templates, their headers, and the statements that they stand for.

The files are Jinja templates (strict undefined). Identifiers reach them only through the filters `ident` and `plain` (which
makes a part of a name of ours), values only as bound parameters `$name`. Those whose names begin with `_` hold macros for other
templates; any other file begins so:

    -- One row per contact, with what it has: what the file is for.
    -- grain: one row per contact
    -- reads: component, raw.{table}
    -- kind: temp table component_rows

`reads` has the tables and views that the text reads, in the order of the alphabet, or `none`. A part of a name that the
template fills in has one brace there, for reads are not rendered. A line that goes on is indented. A kind is one of:

- `temp table NAME`, `temp view NAME`, `table NAME`, `view NAME`: one SELECT, which is created or replaced under that name.
  Comments on a view or table may follow it.
- `insert into NAME`, `insert into NAME by name`: one SELECT, whose rows are added.
- `replace NAME`, `replace NAME where CONDITION`: one SELECT, whose rows take the place of all rows, or of some, by name.
- `query`: one SELECT, whose rows the caller fetches.
- `check`: SELECTs of what is wrong, of how many rows were checked (and are exempt), and perhaps of those exempt.
- `kept NAME`: the columns of a table that stays, with comments.
- `change NAME`: one update, delete or drop.
- `macros`: temporary macros.
- `rule`: an expression that stands in other templates: the key of the field `field` in the row `row`. Of places that hold a
  value the one with the least key survives, nulls last. Of those with one key it is the first, or the last where the header
  has `ties: last`; so it is of all of them where the key is null. Users read the description.

There is no grain where there are no rows: in a change, in macros and in a rule.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import jinja2

from contact_merge.engine.quoting import ident, literal, plain


@cache
def sql_folder() -> Path:
    """Where the SQL files are: inside an installed package, or the repository's sql/ in an editable install."""
    inside = Path(__file__).parents[1] / "sql"
    return inside if inside.is_dir() else Path(__file__).parents[3] / "sql"


@cache
def _templates(folder: Path) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # the output is SQL: identifiers go through `ident`, values are bound
    )
    environment.filters["ident"] = ident
    environment.filters["literal"] = literal
    environment.filters["plain"] = plain
    return environment


def render(name: str, **variables: Any) -> str:
    """The text of sql/<name>.sql with its variables filled in."""
    return _render_in(sql_folder(), name, variables)


def _render_in(folder: Path, name: str, variables: Mapping[str, Any]) -> str:
    return _plain(folder, name) or _templates(folder).get_template(f"{name}.sql").render(variables)


@cache
def _plain(folder: Path, name: str) -> str | None:
    """A file in which nothing is to be filled in: to compile it as a template takes longer than to run it."""
    text = (folder / f"{name}.sql").read_text(encoding="utf-8")
    return None if "{" in text else text


def rule_names() -> list[str]:
    """The rules of fields, each a file of sql/rules/."""
    return sorted(path.stem for path in (sql_folder() / "rules").glob("*.sql"))


def expression(name: str, **variables: Any) -> str:
    """The expression of sql/<name>.sql, whose kind is `rule`, with its variables filled in; these can be hashed."""
    return _expression(sql_folder(), name, tuple(variables.items()))


@lru_cache(maxsize=10_000)
def _expression(folder: Path, name: str, variables: tuple[tuple[str, Any], ...]) -> str:
    """It is asked for each field, in every fold."""
    return _OPENING.sub("", _render_in(folder, name, dict(variables)), count=1).strip()


_HEADER = re.compile(r"^-- (grain|reads|ties|kind): (.*(?:\n--   .*)*)", re.MULTILINE)
_OPENING = re.compile(r"(?:^--.*\n)+", re.MULTILINE)


@dataclass(frozen=True)
class Header:
    """What a file of sql/ says of itself.

    Attributes:
        description: what it is for; where no more is to be said than its grain, that one.
        grain: what a row stands for; None where it has no rows.
        reads: the tables and views that it reads.
        ties: of a rule which of the places with one key counts, `first` or `last`.
        kind: what becomes of it, as the docstring of this module has it.
    """

    description: str
    grain: str | None
    reads: tuple[str, ...]
    ties: str
    kind: str


def header_of(text: str) -> Header:
    """The header of a file of sql/, rendered or not."""
    opening = _OPENING.search(text)
    lines = opening[0] if opening else ""
    found = {key: _one_line(value) for key, value in _HEADER.findall(lines)}
    grain, reads = found.get("grain"), found.get("reads", "none")
    return Header(
        description=_one_line(_HEADER.sub("", lines))
        or (f"{grain[:1].upper()}{grain[1:]}." if grain else ""),
        grain=grain,
        reads=() if reads == "none" else tuple(reads.split(", ")),
        ties=found.get("ties", "first"),
        kind=found.get("kind", ""),
    )


def read_header(name: str) -> Header:
    """The header of sql/<name>.sql."""
    return _header_in(sql_folder(), name)


@cache
def _header_in(folder: Path, name: str) -> Header:
    return header_of((folder / f"{name}.sql").read_text(encoding="utf-8"))


def describe(name: str, **variables: Any) -> str:
    """The description of sql/<name>.sql, with its variables filled in."""
    return _templates(sql_folder()).from_string(read_header(name).description).render(**variables)


def _one_line(comment: str) -> str:
    return " ".join(line.removeprefix("--").strip() for line in comment.splitlines()).strip()


@lru_cache(maxsize=1000)
def statements_of(text: str) -> str:
    """The statements that a rendered file stands for: its text, with what its kind puts before it."""
    kind = header_of(text).kind
    match kind.split(" ")[0]:
        case "temp" | "table" | "view":
            return f"create or replace {kind} as\n{text}"
        case "insert":
            return f"{kind}\n{text}"
        case "replace":
            table, *condition = kind.removeprefix("replace ").split(" where ", 1)
            where = f" where {condition[0]}" if condition else ""
            return f"delete from {table}{where};\ninsert into {table} by name\n{text}"
        case "query" | "check" | "kept" | "change" | "macros":
            return text
    raise ValueError(f"A file of sql/ has no kind that is known: {kind!r}.")
