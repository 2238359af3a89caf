"""Plays the blocks of a page, one after the other, in a folder: what they say happens has to happen.

| block | what is done |
| --- | --- |
| ```` ```csv exports/contacts.csv ```` | the file is written; any language with a path does so |
| `sh` | every line that begins with contact-merge is run in this process; `# exit code 2` behind it is checked, else 0 |
| `text` | each of its lines was printed by the last command, in this order; `…` stands for what is left out |
| `sql` | the query runs on the warehouse of the last command, or on files; a Markdown table after it is its whole answer |
| `json` | an event, a reject, the manifest or what the last command printed has all that it shows; "…" stands for any value |
| `python` | the code runs |

Ids of the three contacts may be written A, B and C in what a page shows.
"""

import contextlib
import io
import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
from contact_merge.cli import main
from pages import Block

CONTACT = re.compile(r"\b([abcd])\1{7}-\1{4}-4\1{3}-\1{4}-\1{12}\b")


class Player:
    """A folder in which blocks are played, and what the last command printed there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.printed = ""
        self.warehouse = folder / "out" / "warehouse.duckdb"

    def play(self, block: Block) -> None:
        """Do what a block says and compare with what it shows."""
        where = f"{block.page}, line {block.line}"
        with contextlib.chdir(self.folder):
            if block.file:
                path = self.folder / block.file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, encoding="utf-8")
            elif block.language == "sh":
                for line in block.text.replace("\\\n", " ").splitlines():
                    if line.startswith("contact-merge"):
                        self.type(line)
            elif block.language == "text":
                missing = next(not_printed(block.text, self.printed), None)
                assert missing is None, f"{where}: {missing!r} was not printed:\n{self.printed}"
            elif block.language == "sql":
                answer = self.ask(block.text)
                assert not block.table or answer == block.table, f"{where}: {answer}"
            elif block.language == "json":
                shown = json.loads(block.text)
                assert any(has(there, shown) for there in self.objects()), f"{where}: there is no such object"
            elif block.language == "python":
                exec(compile(block.text, where, "exec"), {})

    def type(self, line: str) -> None:
        """Run one command line; its exit code is the one behind `#`, or 0."""
        command, _, comment = line.partition("  #")
        words = shlex.split(command)[1:]
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            columns(120),
        ):
            code = main(words)
        self.printed = out.getvalue() + err.getvalue()
        wanted = re.search(r"exit code (\d+)", comment)
        assert code == int(wanted[1] if wanted else 0), f"{line}\n{self.printed}"
        if words[0] == "demo":
            self.warehouse = self.folder / "out/demo/warehouse.duckdb"
        for option, inside in (("--output", "warehouse.duckdb"), ("--warehouse", "")):
            if option in words:
                self.warehouse = self.folder / words[words.index(option) + 1] / inside

    def objects(self) -> Iterator[Any]:
        """What was last printed, where that is JSON, and every object in files beside the warehouse, by letters."""
        texts = [self.printed] if self.printed.startswith("{") else []
        for path in sorted(self.warehouse.parent.rglob("*.json*")):
            text = path.read_text(encoding="utf-8")
            texts += text.splitlines() if path.suffix == ".jsonl" else [text]
        return (json.loads(lettered(text)) for text in texts)

    def ask(self, query: str) -> list[list[str]]:
        """The answer to a query, as a Markdown table has it: names, then rows."""
        there = self.warehouse.exists()
        with duckdb.connect(str(self.warehouse) if there else ":memory:", read_only=there) as con:
            con.execute("set TimeZone = 'UTC'")
            answer = con.sql(query)
            return [answer.columns, *([_cell(value) for value in row] for row in answer.fetchall())]


@contextlib.contextmanager
def columns(width: int) -> Iterator[None]:
    """A terminal of this width."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = str(width)
    try:
        yield
    finally:
        del os.environ["COLUMNS"]
        if before is not None:
            os.environ["COLUMNS"] = before


def has(there: Any, shown: Any) -> bool:
    """Whether a JSON value has what is shown of it, in the order in which it is shown."""
    if isinstance(there, dict) and isinstance(shown, dict):
        keys = iter(there)
        return all(key in keys and has(there[key], value) for key, value in shown.items())
    return shown in ("…", there)


def not_printed(shown: str, printed: str) -> Iterator[str]:
    """The lines of `shown` that `printed` does not have in this order; a line of `…` stands for any."""
    left = iter(_alike(line) for line in printed.splitlines())
    for line in shown.splitlines():
        if line.strip() not in ("", "…") and _alike(line) not in left:
            yield line


def _alike(line: str) -> str:
    """A line without what differs from run to run: blanks, seconds, and how the three contacts' ids are written."""
    return lettered(re.sub(r"\b\d+\.\d s\b", "… s", " ".join(line.split())))


def lettered(text: str) -> str:
    """A text with the letters of the three contacts in place of their ids."""
    return CONTACT.sub(lambda found: found[1].upper(), text)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_cell(part) for part in value)
    return lettered(str(value))
