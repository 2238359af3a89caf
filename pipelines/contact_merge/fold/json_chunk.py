"""A chunk of the JSON fold, read out of the warehouse: connected contacts, by number from 0.

A line may be millions of contacts long, so its texts, places and merges stay columns. Python makes one object of them at a
time: as objects they would take ten times the memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa

from contact_merge.columns import Field
from contact_merge.engine import fetch, has_rows, relation, run_sql
from contact_merge.fold.ranges import Numbers, RangeMaximum, numbers_of, run_begins


@dataclass(frozen=True)
class Sizes:
    """How much the JSON fold holds at once; what comes out is the same whatever they are.

    Attributes:
        contacts: of a chunk, which is larger where more of them are connected.
        merges: that are Python's objects.
        objects: of contacts; beyond that one is made again from its text when it is needed.
        rows: that are Python's objects, on their way to a table.
        frames: of so many rows each, of conflicts that wait to be stored.
    """

    contacts: int = 100_000
    merges: int = 10_000
    objects: int = 200_000
    rows: int = 100_000
    frames: int = 20


class Merge(NamedTuple):
    """A request on contacts by number, duplicates in listed order; `answered` are those of the batch being decided."""

    batch_no: int
    seq: int
    primary: int
    duplicates: list[int]
    overwrite: bool
    dry_run: bool
    answered: bool


class Edit(NamedTuple):
    """A raw row that differs from the one that the last merge used; `batch_no` None for the row as it is now."""

    batch_no: int | None
    contact: int
    old: str | None
    new: str | None
    owner: int
    first_position: int
    last_position: int


class Texts:
    """A text or none for each number."""

    def __init__(self, texts: pa.LargeStringArray) -> None:
        _, starts, data = texts.buffers()
        first, after = texts.offset, texts.offset + len(texts)
        self._starts = memoryview(starts).cast("q")[first : after + 1]
        self._data = memoryview(data) if data else memoryview(b"")
        self._known = memoryview(texts.is_valid().cast(pa.int8()).to_numpy())

    def get(self, number: int) -> str | None:
        """The text of a number."""
        if not self._known[number]:
            return None
        return str(self._data[self._starts[number] : self._starts[number + 1]], "utf-8")


class Lines:
    """Places of lines, line after line, each by position.

    Attributes:
        contacts: the contact at each place.
        owner: and whose line it is in.

    Args:
        places: `owner`, `position`, `number`, `joined_seq`, ordered by `owner`, `position`.
    """

    def __init__(self, places: pa.Table) -> None:
        self.owner, self._positions, self.contact, joined = (
            numbers_of(places, name) for name in ("owner", "position", "number", "joined_seq")
        )
        self.contacts = self.contact.data
        self.met = RangeMaximum(joined)
        begins = run_begins(self.owner)
        afters = np.append(begins[1:], len(self.owner))[: len(begins)]
        spans = zip(begins.tolist(), afters.tolist(), strict=True)
        self._spans = dict(zip(self.owner[begins].tolist(), spans, strict=True))

    def whole(self, owner: int, *, backwards: bool) -> range:
        """The places of an owner's line in order, or backwards."""
        first, after = self._spans.get(owner, (0, 0))
        return range(after - 1, first - 1, -1) if backwards else range(first, after)

    def between(self, owner: int, first_position: int, last_position: int) -> memoryview:
        """The contacts between two positions of an owner's line, both included: a line has no gaps."""
        first, after = self._spans.get(owner, (0, 0))
        if first < after:
            start = int(self._positions[first])
            first, after = first + first_position - start, first + last_position - start + 1
        return self.contacts[first:after]


@dataclass(frozen=True)
class Chunk:
    """What is folded together.

    Attributes:
        contacts: by number, `n` of the contact in the component.
        merges: `batch_no`, `seq`, `p`, `duplicates`, `overwrite`, `dry_run`, `answered`, by `seq`.
        lines: the lines of all owners.
        texts: by number of the field the texts that places began with.
        edits: by number of the field the edits.
    """

    contacts: Numbers
    merges: pl.DataFrame
    lines: Lines
    texts: dict[int, Texts]
    edits: dict[int, list[Edit]]

    def requests(self, at_once: int) -> Iterator[Merge]:
        """The merges; so many at once are Python's objects."""
        for some in self.merges.iter_slices(at_once):
            yield from map(Merge._make, zip(*(column.to_list() for column in some), strict=True))

    def name_contacts(self, rows: pa.Table, *columns: str) -> pa.Table:
        """Rows whose columns of contacts have `n` in place of their numbers in the chunk."""
        for column in columns:
            numbers = pa.array(self.contacts[rows.column(column).to_numpy()])
            rows = rows.set_column(rows.column_names.index(column), column, numbers)
        return rows

    def name_places(self, rows: pa.Table) -> pa.Table:
        """Rows whose columns `kept` and `other` have `n` of contacts in place of places; added are `n`, whose line they are in,
        and `seq` by which the two places met.
        """
        kept, other = rows.column("kept").to_numpy(), rows.column("other").to_numpy()
        lines = self.lines
        named = {
            "kept": self.contacts[lines.contact[kept]],
            "other": self.contacts[lines.contact[other]],
            "n": self.contacts[lines.owner[kept]],
            "seq": lines.met.between(np.minimum(kept, other) + 1, np.maximum(kept, other)),
        }
        return pa.table({name: rows.column(name) for name in rows.column_names} | named)

    def owners(self) -> list[int]:
        """Contacts into which an active merge went and that none retired, ascending."""
        real = self.merges.filter(~pl.col("dry_run"))
        retired = real.select(p=pl.col("duplicates").explode())
        went_into = real.filter(pl.col("duplicates").list.len() > 0).select("p").unique()
        return went_into.join(retired, on="p", how="anti")["p"].sort().to_list()


def read_chunks(
    con: duckdb.DuckDBPyConnection, fields: list[Field], *, size: int, answering: bool
) -> Iterator[Chunk]:
    """Chunk after chunk, from the temp tables `json_chunks` and `json_merges`, which are made here.

    Args:
        size: contacts of a chunk, which is larger where more of them are connected.
        answering: whether requests of this batch are to be answered.
    """
    run_sql(con, "fold/json_chunks", {"size": size}, answering=answering)
    run_sql(con, "fold/json_merges", answering=answering)
    edited = has_rows(con, "edit_candidates")
    for (chunk,) in fetch(con, "fold/json_chunk_numbers"):
        params = {"chunk": chunk}
        yield Chunk(
            contacts=_contacts(con, chunk),
            merges=relation(con, "fold/json_chunk_merges", params).pl(),
            lines=Lines(relation(con, "fold/json_chunk_lines", params).to_arrow_table()),
            texts={field.i: _texts(con, field, chunk) for field in fields},
            edits={field.i: _edits(con, field, chunk) if edited else [] for field in fields},
        )


def _contacts(con: duckdb.DuckDBPyConnection, chunk: int) -> Numbers:
    return numbers_of(relation(con, "fold/json_chunk_contacts", {"chunk": chunk}).to_arrow_table(), "n")


def _texts(con: duckdb.DuckDBPyConnection, field: Field, chunk: int) -> Texts:
    texts = relation(con, "fold/json_chunk_texts", {"chunk": chunk}, field=field).to_arrow_table()
    return Texts(texts.column("text").cast(pa.large_string()).combine_chunks())


def _edits(con: duckdb.DuckDBPyConnection, field: Field, chunk: int) -> list[Edit]:
    return [Edit(*row) for row in fetch(con, "fold/json_chunk_edits", {"chunk": chunk}, field=field)]
