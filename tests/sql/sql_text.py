"""What a file of sql/ reads, and how many statements it has, from its text as a template.

A part of a name that the template fills in stands in one pair of braces, without filters: `raw.{kind}`. Both branches of an
`if` count, and so does the text of macros that the file imports.
"""

import re
from collections.abc import Iterator

from contact_merge.engine import header_of, sql_folder

_KEPT = r"'(?:[^']|'')*'|\{\{.*?\}\}"
_GONE = r"\{#.*?#\}|\{%.*?%\}|--[^\n]*"
_TOKEN = re.compile(f"({_KEPT})|{_GONE}", re.DOTALL)
_MACRO = re.compile(r"\{% macro (\w+)\(.*?%\}(.*?)\{%-? endmacro -?%\}", re.DOTALL)
_IMPORT = re.compile(r'\{% from "([\w/]+)\.sql" import ([\w, ]+) %\}')
_PART = r"(?:\w|\"|\{[^{}]*\})++"
_NAME = rf"{_PART}(?:\.{_PART})*+(?! ?\()(?: as \w++)?"
_READ = re.compile(rf"\b(?:(?<!distinct )from|join) ({_NAME}(?:, {_NAME})*)")
_CTE = re.compile(rf"({_PART}) as (?:materialized )?\((?= ?(?:select|with|from|\{{))")
_SIMPLE = r"[\w.]+(?: \+ 1)?"
_NO_NAMES = frozenset({"inner", "left", "select"})


def template_files() -> dict[str, str]:
    """The text of each file that is run, by its name under sql/ without an ending."""
    return {
        path.relative_to(sql_folder()).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(sql_folder().rglob("[!_]*.sql"))
    }


def tables_read(text: str) -> list[str]:
    """The tables and views that a template names as read, in the order of the alphabet; no common table expressions."""
    found = set()
    macros = [body for _, body in _MACRO.findall(text)]
    for statement in statements(";\n".join([_condition(text), text, *macros, *_imported(text)])):
        ends = [(name, _end(statement, start)) for name, start in _expressions(statement)]
        for match in _READ.finditer(statement):
            # an expression is known behind its end: within it, its name is that of a table
            known = [expression for expression, end in ends if match.start() > end]
            names = {name.split(" as ")[0] for name in match[1].split(", ")} - _NO_NAMES
            found |= {name for name in names if not any(_is_same(name, expression) for expression in known)}
    return sorted(found)


def statements(text: str) -> list[str]:
    """The statements of a template on one line each: without its macros, comments, what strings hold, and tags."""

    def kept(match: re.Match) -> str:
        token = match[1]
        if token is None:
            return " "
        if token.startswith("'"):
            return "''"
        inside = token[2:-2].strip()
        if inside.startswith('"'):  # one of some texts, as {{ "from" if loop.first else "inner join" }}
            return " ".join(re.findall(r'"([^"]*)"', inside))
        name = inside.split("|")[0].strip()
        return f"{{{name if re.fullmatch(_SIMPLE, name) else ''}}}"

    line = re.sub(r"\s+", " ", _TOKEN.sub(kept, _MACRO.sub(" ", text)))
    line = re.sub(r"\bdelete from", "delete", line)  # the table that changes is in the kind
    return [statement.strip() for statement in line.split(";") if statement.strip()]


def _condition(text: str) -> str:
    """The condition of `replace`, as a statement of its own."""
    _, _, condition = kind_of(text).partition(" where ")
    return f"delete where {condition}" if condition else ""


def kind_of(text: str) -> str:
    """The kind of a template, written as its names are."""
    return next(iter(statements(header_of(text).kind)), "")


def _imported(text: str) -> list[str]:
    """The text of each macro that a template imports."""
    bodies = []
    for file, names in _IMPORT.findall(text):
        macros = dict(_MACRO.findall((sql_folder() / f"{file}.sql").read_text(encoding="utf-8")))
        bodies += [macros[name] for name in names.split(", ")]
    return bodies


def _expressions(statement: str) -> Iterator[tuple[str, int]]:
    """The common table expressions of a statement: name, and where the bracket behind it opens."""
    for match in _CTE.finditer(statement):
        yield match[1], match.end() - 1


def _end(statement: str, start: int) -> int:
    """Where the bracket closes that opens at `start`."""
    depth = 0
    for position in range(start, len(statement)):
        depth += {"(": 1, ")": -1}.get(statement[position], 0)
        if depth == 0:
            return position
    raise AssertionError(f"a bracket stays open: {statement[start : start + 80]}")


def _is_same(name: str, expression: str) -> bool:
    """Whether a name may be that of an expression: `step_{step}` may be `step_0`, but `{table}` alone stands for a table."""
    if not (_literal(name) and _literal(expression)):
        return False
    return any(
        re.fullmatch(re.sub(r"\\\{.*?\\\}", r"(?:\\w|\{[^{}]*\})+", re.escape(one)), other)
        for one, other in ((name, expression), (expression, name))
    )


def _literal(name: str) -> str:
    return re.sub(r"\{.*?\}", "", name)
