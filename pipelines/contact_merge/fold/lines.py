"""Place the contacts of accepted merges in lines (SEMANTICS.md, 'A fact to build on').

All merges, in any nesting, place the contacts that end in one survivor in one line. A contact starts as itself. A fill
appends its duplicates' lines on the right, an overwrite puts them in front, duplicates in listed order. In a second line
every merge appends, and imported pointers do too. It decides list memberships and counts.

How places are found without building a line: each contact knows how many places its stretch has on the left and on the right of
its own. A merge fixes the distance of the duplicate from its primary, for good, since stretches only grow at their ends.
Going through the merges once forward gives these distances. Going once backward, for a primary retires after its
duplicates, adds them up along the path to the owner. Merges whose contacts no other merge retires need no walk:
their distances are running sums.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from contact_merge.fold.ranges import Flags, Numbers, run_begins


@dataclass(frozen=True)
class Lines:
    """Places and stretches, in numbers of contacts.

    Attributes:
        places: a row a contact: `n`, `owner`, `position`, `brought_seq`, `root`, `membership_position`, `circle` (bool).
        edges: a row a merge: `seq`, `ordinal`, `p`, `d`, `owner`. `left`, `right` are the primary's extents after the request,
            `d_left`, `d_right` the duplicate's own. `boundary` is the place in the owner's line that this merge joined to the
            one on its left. `membership_root` is whose line of memberships it was appended to,
            `membership_extent` that one's extent after the request.
        imports: a row a pointer that appended to a line of memberships, in order: `event`, `d`, where it went `root`,
            and that one's extent after it, `membership_extent`.
    """

    places: pa.Table
    edges: pa.Table
    imports: pa.Table


def draw_lines(count: int, merges: pl.DataFrame, imports: pl.DataFrame) -> Lines:
    """Draw the lines of contacts 0 to count - 1.

    Args:
        merges: active merges, `batch_no`, `seq`, `ordinal`, `p`, `d`, `overwrite`, ordered by `seq`, `ordinal`.
        imports: active imported pointers, `batch_no`, `d`, `t`, none of them on a circle with a merge. Numbers ascend
            with the ids that they stand for.
    """
    p, d, overwrite = (merges[name].to_numpy() for name in ("p", "d", "overwrite"))
    seq = merges["seq"].to_numpy()
    walks = _is_dependent(count, p, d, imports)
    simple, dependent = np.flatnonzero(~walks), merges.filter(walks)
    contacts = pl.concat([dependent["p"], dependent["d"], imports["d"], imports["t"]]).unique().sort()
    walk = _Walk(contacts.len())
    walked = _to_indexes(dependent, contacts, "p", "d")
    walk.go(walked, _to_indexes(imports, contacts, "d", "t"))

    walked_edges = _from_indexes(walk.edges(walked), contacts, "membership_root")
    edges = {name: np.zeros(len(p), np.int64) for name in _DISTANCES}
    for name, values in edges.items():
        values[walks] = walked_edges[name].to_numpy()
    _add_simple(edges, simple, seq, p, overwrite)

    n = np.arange(count)
    places = {
        "owner": n.copy(),
        "position": np.zeros(count, np.int64),
        "brought_seq": np.full(count, _NONE),
        "root": n.copy(),
        "membership_position": np.zeros(count, np.int64),
    }
    circle = np.zeros(count, np.bool_)
    walked_places = _from_indexes(walk.places(), contacts, "n", "owner", "root")
    at = walked_places["n"].to_numpy()
    circle[at] = walked_places["circle"].to_numpy()
    for name, values in places.items():
        values[at] = walked_places[name].fill_null(_NONE).to_numpy()
    places["owner"][d[simple]] = places["root"][d[simple]] = p[simple]
    places["position"][d[simple]] = edges["rel"][simple]
    places["brought_seq"][d[simple]] = seq[simple]
    places["membership_position"][d[simple]] = edges["membership_rel"][simple]

    position, brought = places["position"][d], places["brought_seq"]
    boundary = np.where(overwrite, position + edges["d_right"] + 1, position - edges["d_left"])
    return Lines(
        places=pa.table(
            {"n": n, **places, "brought_seq": pa.array(brought, mask=brought == _NONE), "circle": circle}
        ),
        edges=pa.table(
            {
                **{"seq": seq, "ordinal": merges["ordinal"].to_numpy(), "p": p, "d": d},
                **{name: edges[name] for name in _DISTANCES if name not in ("rel", "membership_rel")},
                **{"owner": places["owner"][d], "boundary": boundary},
            }
        ),
        imports=_from_indexes(walk.import_edges(), contacts, "d", "root").to_arrow(),
    )


def _to_indexes(frame: pl.DataFrame, contacts: pl.Series, *columns: str) -> pl.DataFrame:
    """The contacts in some columns as their indexes in `contacts`, which ascend."""
    return frame.with_columns(
        contacts.search_sorted(frame[column]).cast(pl.Int64).alias(column) for column in columns
    )


def _from_indexes(frame: pl.DataFrame, contacts: pl.Series, *columns: str) -> pl.DataFrame:
    return frame.with_columns(contacts.gather(frame[column]).alias(column) for column in columns)


def _is_dependent(count: int, p: Numbers, d: Numbers, imports: pl.DataFrame) -> Flags:
    """Which merges have to be walked: their primary retires too, or one of its duplicates is no single contact."""
    pointed, merged_into, retired, dependent = (np.zeros(count, np.bool_) for _ in range(4))
    pointed[imports["d"].to_numpy()] = pointed[imports["t"].to_numpy()] = True
    merged_into[p] = retired[d] = True
    dependent[p[merged_into[d] | pointed[d]]] = True
    return (dependent | retired | pointed)[p]


def _add_simple(
    edges: dict[str, Numbers], simple: Numbers, seq: Numbers, p: Numbers, overwrite: Flags
) -> None:
    """Add distances and extents of merges of single contacts into primaries that stay, those with the numbers `simple`.

    They are running sums over the merges into one primary; a request's extents are those after its last duplicate.
    """
    which = simple[np.argsort(p[simple], kind="stable")]
    into, overwrites = p[which], overwrite[which]
    begins = run_begins(into)
    sizes = np.diff(begins, append=len(which))

    def running(values: Numbers) -> Numbers:
        sums = np.cumsum(values)
        return sums - np.repeat(sums[begins] - values[begins], sizes)

    before, behind = running(overwrites.astype(np.int64)), running((~overwrites).astype(np.int64))
    appended = before + behind
    requests = np.union1d(begins, run_begins(seq[which]))
    in_request = np.diff(requests, append=len(which))
    last = np.repeat(requests + in_request - 1, in_request)
    first = np.repeat(requests, in_request)
    edges["left"][which], edges["right"][which] = before[last], behind[last]
    edges["rel"][which] = np.where(overwrites, before - before[first] - before[last], behind)
    edges["membership_rel"][which], edges["membership_extent"][which] = appended, appended[last]
    edges["membership_root"][which] = into


_DISTANCES = (
    "rel", "membership_rel", "left", "right", "d_left", "d_right", "membership_root", "membership_extent",
)  # fmt: skip
_NONE = -1


class _Walk:
    """The pass over dependent merges; each contact has its index in flat lists of integers."""

    def __init__(self, count: int) -> None:
        self.left = [0] * count
        self.right = [0] * count
        self.membership_extent = [0] * count
        self.rel = [0] * count
        self.membership_rel = [0] * count
        self.parent = [-1] * count
        self.parent_seq = [0] * count
        self.membership_parent = [-1] * count
        self.up = list(range(count))
        self.circle = [False] * count
        self.events: list[int] = []
        self.after: list[tuple[int, int, int, int]] = []
        self.imported: list[tuple[int, int, int]] = []

    def find(self, contact: int) -> int:
        """Where the pointers from a contact end."""
        up = self.up
        end = contact
        while up[end] != end:
            end = up[end]
        while up[contact] != end:
            up[contact], contact = end, up[contact]
        return end

    def go(self, merges: pl.DataFrame, imports: pl.DataFrame) -> None:
        """Walk merges and imported pointers in time: batch by batch, the pointers of a batch before its requests."""
        loads = [
            (batch, pointers.sort("d").select("d", "t").rows())  # rule: order-of-pointers
            for (batch,), pointers in imports.sort("batch_no").group_by("batch_no", maintain_order=True)
        ]
        loads.reverse()
        seqs, primaries, duplicates = (merges[c].to_list() for c in ("seq", "p", "d"))
        batches, overwrites = merges["batch_no"].to_list(), merges["overwrite"].to_list()
        i, n = 0, len(seqs)
        while i < n:
            while loads and loads[-1][0] <= batches[i]:
                self._load(loads.pop()[1])
            j = i + 1
            while j < n and seqs[j] == seqs[i]:
                j += 1
            self._merge(primaries[i], duplicates[i:j], seqs[i], overwrite=overwrites[i])
            i = j
        while loads:
            self._load(loads.pop()[1])

    def _merge(self, p: int, duplicates: list[int], seq: int, *, overwrite: bool) -> None:
        left, right = self.left, self.right
        # an imported pointer may have retired the primary since: it had no effect before a merge was undone
        root = self.find(p)
        if overwrite:
            left[p] += sum(left[d] + right[d] + 1 for d in duplicates)
            place = -left[p]  # rule: overwrite-in-front
        else:
            place = right[p] + 1
            right[p] += sum(left[d] + right[d] + 1 for d in duplicates)
        for d in duplicates:
            self.rel[d] = place + left[d]
            place += left[d] + right[d] + 1
            self.parent[d] = p
            self.parent_seq[d] = seq
            self._append(root, d)  # rule: memberships-go-on
        after = (left[p], right[p], root, self.membership_extent[root])
        self.after.extend(after for _ in duplicates)

    def _append(self, p: int, d: int) -> None:
        self.membership_rel[d] = self.membership_extent[p] + 1  # rule: memberships-append
        self.membership_extent[p] += self.membership_extent[d] + 1
        self.membership_parent[d] = p
        self.up[d] = p
        self.events.append(d)

    def _load(self, pointers: list[tuple[int, int]]) -> None:
        """Imported pointers of one batch: each retired contact's line goes to where all pointers together end."""
        target = dict(pointers)
        ends: dict[int, int] = {}
        for d in target:
            path, passed = [], set()
            contact = d
            while contact in target and contact not in ends and contact not in passed:
                path.append(contact)
                passed.add(contact)
                contact = self.find(target[contact])
            end = ends.get(contact, contact)
            if contact in passed:  # rule: circle-stays
                self.circle[contact] = True
            for step in path:
                ends[step] = end
        for d, _ in pointers:
            if ends[d] != d:
                self._append(ends[d], d)
                self.imported.append((d, ends[d], self.membership_extent[ends[d]]))

    def edges(self, merges: pl.DataFrame) -> pl.DataFrame:
        """The merges walked, with their distances and extents."""
        after = pl.DataFrame(
            self.after,
            schema=dict.fromkeys(("left", "right", "membership_root", "membership_extent"), pl.Int64),
            orient="row",
        )
        d = merges["d"]

        def of_duplicate(values: list[int]) -> pl.Series:
            return pl.Series(values, dtype=pl.Int64).gather(d)

        return (
            pl.concat([merges, after], how="horizontal")
            .with_columns(
                rel=of_duplicate(self.rel),
                membership_rel=of_duplicate(self.membership_rel),
                d_left=of_duplicate(self.left),
                d_right=of_duplicate(self.right),
            )
            .select(*_DISTANCES)
        )

    def import_edges(self) -> pl.DataFrame:
        """The pointers walked, in order: the contact, where it went, and how many that one then had behind it."""
        rows = pl.DataFrame(
            self.imported, schema=dict.fromkeys(("d", "root", "membership_extent"), pl.Int64), orient="row"
        )
        return rows.with_columns(event=pl.int_range(pl.len(), dtype=pl.Int64))

    def places(self) -> pl.DataFrame:
        """Places of all contacts, added up from the last merge to the first: a primary's is known before its duplicates'."""
        count = len(self.up)
        owner = list(range(count))
        root = list(range(count))
        position = [0] * count
        membership_position = [0] * count
        brought: list[int | None] = [None] * count
        circle = list(self.circle)
        for d in reversed(self.events):
            m = self.membership_parent[d]
            root[d] = root[m]
            circle[d] = circle[m]
            membership_position[d] = membership_position[m] + self.membership_rel[d]
            p = self.parent[d]
            if p >= 0:
                owner[d] = owner[p]
                position[d] = position[p] + self.rel[d]
                brought[d] = self.parent_seq[d] if brought[p] is None else brought[p]
        return pl.DataFrame(
            {
                "n": pl.int_range(count, dtype=pl.Int64, eager=True),
                "owner": pl.Series(owner, dtype=pl.Int64),
                "position": pl.Series(position, dtype=pl.Int64),
                "brought_seq": pl.Series(brought, dtype=pl.Int64),
                "root": pl.Series(root, dtype=pl.Int64),
                "membership_position": pl.Series(membership_position, dtype=pl.Int64),
                "circle": circle,
            }
        )
