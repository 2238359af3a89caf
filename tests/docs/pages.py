"""README, CHANGELOG and the pages of docs/ as data: their blocks of code, prose, headings and links."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(r"^```(.*)$")
_LIST_ITEM = re.compile(r"^\s*(?:[-*]|\d+\.)\s+")
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")


@dataclass(frozen=True)
class Block:
    """One block of code.

    Attributes:
        page: the page's name.
        line: the number of its first line, the fence.
        language: the first word behind the fence; `file` is the second one, a path that the block is the content of.
        text: the code.
        before: the paragraph before it.
        table: the cells of the Markdown table right after it, row by row, without the line under the header.
    """

    page: str
    line: int
    language: str
    file: str
    text: str
    before: str
    table: list[list[str]]


@dataclass(frozen=True)
class Page:
    """One page: its lines, and what they hold."""

    path: Path
    lines: list[str]

    @property
    def name(self) -> str:
        """The path from the project's folder, such as `docs/commands.md`."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def text(self) -> str:
        """The whole text."""
        return "\n".join(self.lines)

    def blocks(self) -> list[Block]:
        """All blocks of code, in order."""
        found = []
        number = 0
        while number < len(self.lines):
            fence = _FENCE.match(self.lines[number])
            if not fence:
                number += 1
                continue
            end = self.lines.index("```", number + 1)
            language, _, file = fence[1].partition(" ")
            text = "".join(f"{line}\n" for line in self.lines[number + 1 : end])
            found.append(
                Block(
                    self.name, number + 1, language, file, text, self._paragraph(number), self._table(end + 1)
                )
            )
            number = end + 1
        return found

    def _paragraph(self, number: int) -> str:
        """The paragraph that ends before a line."""
        end = number
        while end and not self.lines[end - 1]:
            end -= 1
        start = end
        while start and self.lines[start - 1] and not self.lines[start - 1].startswith(("```", "#")):
            start -= 1
        return " ".join(self.lines[start:end])

    def _table(self, number: int) -> list[list[str]]:
        rows = []
        while number < len(self.lines) and not self.lines[number]:
            number += 1
        while number < len(self.lines) and self.lines[number].startswith("|"):
            rows.append([cell.strip().strip("`") for cell in self.lines[number].strip("|").split("|")])
            number += 1
        return [row for row in rows if not all(re.fullmatch(":?-+:?", cell) for cell in row)]

    def prose(self) -> list[tuple[int, str]]:
        """What a reader reads as sentences: (line, text) of each paragraph, list item, table cell and heading.

        Code, in blocks and between backticks, and pictures between `<pre>` tags are left out; of a link only its words stay.
        """
        found: list[tuple[int, str]] = []
        inside, fresh = False, True
        for number, line in enumerate(self.lines, start=1):
            if line.startswith(("```", "<pre>", "</pre>")):
                inside, fresh = not inside, True
            elif inside:
                continue
            elif line.lstrip().startswith("|"):
                found += [(number, _plain(cell)) for cell in line.strip(" |").split("|")]
                fresh = True
            elif not line.strip():
                fresh = True
            elif fresh or line.startswith("#") or _LIST_ITEM.match(line):
                found.append((number, _plain(_LIST_ITEM.sub("", line.lstrip("# ")))))
                fresh = line.startswith("#")
            else:
                start, text = found[-1]
                found[-1] = start, f"{text} {_plain(line.strip())}"
        return found

    def sentences(self) -> list[tuple[int, str]]:
        """The sentences of the prose, each with the line where its paragraph begins."""
        return [
            (number, sentence)
            for number, text in self.prose()
            for sentence in re.split(r"(?<=[.!?])\s+", text)
            if sentence
        ]

    def headings(self) -> list[str]:
        """All headings, without their marks."""
        inside, found = False, []
        for line in self.lines:
            inside ^= line.startswith("```")
            if not inside and line.startswith("#"):
                found.append(line.lstrip("#").strip())
        return found

    def section(self, heading: str) -> "Page":
        """The part of the page under a heading, up to the next one of its level or above."""
        inside, found, level = False, [], 0
        for line in self.lines:
            inside ^= line.startswith("```")
            marks = 0 if inside else len(line) - len(line.lstrip("#"))
            if level and marks and marks <= level:
                break
            if level:
                found.append(line)
            elif marks and line.lstrip("#").strip() == heading:
                level = marks
        assert level, f"{self.name} has no heading {heading!r}"
        return Page(self.path, found)

    def first_cells(self) -> list[str]:
        """What stands between backticks in the first cell of each row of the tables, in order."""
        rows = (line for line in self.lines if line.lstrip().startswith("|"))
        return [name for row in rows for name in re.findall(r"`([^`]+)`", row.strip().split(" | ")[0])]

    def anchors(self) -> set[str]:
        """What `#…` in a link may name, as GitHub makes it of headings."""
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in self.headings()}

    def links(self) -> list[str]:
        """The targets of all links and pictures."""
        return [target for _, target in _LINK.findall(self.text)]


def _plain(text: str) -> str:
    """A line without links' targets, emphasis and code."""
    text = re.sub(r"`[^`]*`", "CODE", text)
    return _LINK.sub(r"\1", text).replace("**", "")


def pages() -> list[Page]:
    """All pages: README, CHANGELOG, and those of docs/ in order of their names."""
    return [read(path) for path in (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md")))]


def page(name: str) -> Page:
    """One page by its name."""
    return read(ROOT / name)


def read(path: Path) -> Page:
    """The page in a file."""
    return Page(path, path.read_text(encoding="utf-8").splitlines())
