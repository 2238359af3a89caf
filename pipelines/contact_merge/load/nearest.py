"""Which table a name may have meant: one that is spelled a little otherwise, or stands in a longer name.

A name is split into words, all in small letters. It is near a table where its words, singular or plural, are the table's.
Other words may stand before them (`hubspot_contacts`), and behind them what exports add (`contacts_2026-01-01`,
`contacts-all`). It is near, too, where its words are the end of the table's (`requests`), or where it differs by one slip
of the hand. Any other word behind makes it another thing: `contact_tags`.
"""

import re
from collections.abc import Iterable

_ADDED = re.compile(
    r"\d.*|v\d+|export(s|ed)?|extract|dump|backup|copy|all|full|new|old|latest|final|data|table|rows|part"
)


def nearest_table(name: str, tables: Iterable[str]) -> str | None:
    """The one of these tables that a name without its ending may have meant; None where none is near."""
    words = _words(name)
    while len(words) > 1 and _ADDED.fullmatch(words[-1]):
        words.pop()
    if not words:
        return None
    stem = _one("".join(words))
    words_of = {table: its for table in tables if (its := _words(table))}
    parts_of = {table: [_one(word) for word in its] for table, its in words_of.items()}
    for table, parts in parts_of.items():
        if [_one(word) for word in words[-len(parts) :]] == parts or stem == "".join(parts):
            return table
    for table, parts in parts_of.items():
        if len(parts) > 1 and stem == parts[-1]:
            return table
    whole = "".join(words)
    return next(
        (
            table
            for table, parts in parts_of.items()
            if _is_one_slip(stem, "".join(parts)) or _is_one_slip(whole, "".join(words_of[table]))
        ),
        None,
    )


def _words(name: str) -> list[str]:
    """The words of a name, in small letters."""
    return re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())


def _one(word: str) -> str:
    """The singular of a word."""
    return re.sub("ies$", "y", word) if word.endswith("ies") else word.rstrip("s")


def _is_one_slip(name: str, meant: str) -> bool:
    """Whether one letter was left out, doubled, changed for another one (not the first), or swapped with its neighbour."""
    for at in range(len(meant)):
        before, letter, behind = meant[:at], meant[at], meant[at + 1 :]
        if name in (before + behind, before + 2 * letter + behind, before + behind[:1] + letter + behind[1:]):
            return True
        if at and len(name) == len(meant) and name.startswith(before) and name.endswith(behind):
            return True
    return False
