"""Ids of each type (SHAPES 1), for worlds: a pool of keys, hostile writings of them, and what is no id at all.

A cell is made by a `Random`, so that the same seed gives the same world. Arrow types say in what form a column holds ids:
text, 64 bit integers or doubles.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import pyarrow as pa
from reference_values import Key, as_id, salesforce_checksum
from world_values import GARBAGE_IDS, ID_SPELLINGS, POOL

TEXT, WHOLE, DOUBLE = pa.string(), pa.int64(), pa.float64()
BLANKS: list[Callable[[str], str]] = [
    lambda text: f" {text}",
    lambda text: f"{text}\n",
    lambda text: f"\u3000{text}\u00a0",
    lambda text: f"\t{text} ",
]
SMALL = [42, 0, -7, 7, 1, 100, -42, 2**31, 420, 12, -1, 2**40, 10, 8]
LARGE = [
    2**53,
    2**53 + 1,
    2**53 + 2,
    42,
    0,
    -(2**53) - 1,
    2**63 - 1,
    -(2**63),
    7,
    -7,
    10**18,
    10**18 + 1,
    1,
    9,
]
TEXTS = [
    "ada@example.org",
    "Ada@example.org",
    "acct:17|18",
    "acct:17",
    "a b",
    "a  b",
    "42",
    "042",
    "42.0",
    "é",
]
TEXTS += ["e\u0301", "x" * 40, "{1}", "null"]
FIRST = ["003Dn00000AbCdE", "003Dn00000AbCde", "003Dn00000aBCdE", "003dn00000AbCdE"]
FIRST += [f"003Dn0000{place:02}XyZa" for place in range(10)]


def _integer_texts(key: Key) -> list[str]:
    sign, digits = ("-", str(key)[1:]) if int(key) < 0 else ("", str(key))
    return [
        f"{sign}0{digits}",
        f" {sign}0{digits}",
        f"{sign}{digits}.0",
        f"{key} ",
        *(["-0"] if key == 0 else []),
    ]


@dataclass(frozen=True)
class IdForm:
    """A type of ids. `pool` has the keys of contacts by their place; `types`: the Arrow types that hold them all."""

    id_type: str
    pool: tuple[Key, ...]
    types: tuple[pa.DataType, ...]

    def place_of(self, cell: Any) -> int | None:
        """The place of the contact that a cell names."""
        key = as_id(cell, self.id_type)
        return self.pool.index(key) if key in self.pool else None

    def plain(self, place: int, type_: pa.DataType) -> Any:
        """The usual form of an id."""
        key = self.pool[place]
        if type_ == DOUBLE:
            return float(key)
        if type_ == WHOLE:
            return int(key)
        return key + salesforce_checksum(key) if self.id_type == "salesforce" else str(key)

    def spelled(self, place: int, type_: pa.DataType, random: Random) -> Any:
        """An id in some form: mostly the usual one."""
        text = self.plain(place, type_)
        if type_ != TEXT or random.random() < 0.6:
            return text
        if self.id_type == "uuid":
            return random.choice(ID_SPELLINGS)(text)
        if self.id_type == "integer":
            return random.choice(_integer_texts(self.pool[place]))
        if self.id_type == "salesforce" and random.random() < 0.6:
            return text[:15]
        return random.choice(BLANKS)(text)

    def garbage(self, type_: pa.DataType, random: Random) -> Any:
        """What is no id of this type, or empty."""
        if type_ == WHOLE:
            return None
        if type_ == DOUBLE:
            return random.choice([None, float("nan"), 4.5, float(2**53 + 2), float("inf")])
        if self.id_type == "uuid":
            return random.choice(GARBAGE_IDS)
        wrong = {
            "integer": [
                "4x",
                "4.5",
                "\u0664\u0662",
                "4_2",
                "0x2a",
                "99999999999999999999",
                "--1",
                "1 2",
                ".",
            ],
            "salesforce": [
                FIRST[0] + salesforce_checksum(FIRST[1]),
                FIRST[0] + salesforce_checksum(FIRST[0]).lower(),
                FIRST[0][:14],
                FIRST[0] + "A",
                FIRST[0][:14] + "-",
                FIRST[0][:14] + "é",
            ],
            "text": [],
        }
        return random.choice([None, "", " ", *wrong[self.id_type]])


FORMS: dict[str, IdForm] = {
    "uuid": IdForm("uuid", tuple(POOL), (TEXT,)),
    "small integers": IdForm("integer", tuple(SMALL), (TEXT, WHOLE, DOUBLE)),
    "large integers": IdForm("integer", tuple(LARGE), (TEXT, WHOLE)),
    "text": IdForm("text", tuple(TEXTS), (TEXT,)),
    "salesforce": IdForm("salesforce", tuple(FIRST), (TEXT,)),
}
