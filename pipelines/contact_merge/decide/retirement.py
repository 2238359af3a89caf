"""Steps 6 to 8 of SEMANTICS.md: circles, missing and retired ids, and who is accepted. Sees ids, never values.

Requests of live contacts that share no contact that may retire with another request are accepted as a set. Only the rest is
walked, in order, over integers. A retired contact points to what it was merged into, and a look-up shortens the paths it
goes (union-find). So the walk takes linear time however deep the nesting.
"""

from dataclasses import dataclass, field

import polars as pl

from contact_merge.decide.pointers import lie_on_path

CIRCLE = -2
LIVE = -1


@dataclass(frozen=True)
class Answers:
    """The answers to the requests that were checked.

    Attributes:
        statuses: `seq`, `status` (200, 404, 409).
        accepted: `seq`, `ord` (0 the primary, duplicates from 1), `n`: the contacts of a 200, resolved, each once.
        bad: `seq`, `ord`, `survivor` (its `n`; null for an id that does not exist): the reasons of a 404.
    """

    statuses: pl.DataFrame
    accepted: pl.DataFrame
    bad: pl.DataFrame


@dataclass
class _Walk:
    """State and results of the sequential pass; contacts are positions in `contacts`, requests positions in `starts`.

    Attributes:
        accepted: the contacts of the requests that were accepted, one request after the other.
        counts: how many of them each request has; 0 where it was refused.
        bad: position of the request, of the id in it, and the end of its pointers, if it has some.
        suspects: requests with a retired primary, where its pointers ended before, and a duplicate that they may lead into.
    """

    into: list[int]
    live: list[bool]
    workspace: list[int]
    up: list[int] = field(default_factory=list)
    status: list[int] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    bad: list[tuple[int, int, int | None]] = field(default_factory=list)
    suspects: list[tuple[int, int, int]] = field(default_factory=list)

    def find(self, contact: int) -> int:
        """Where the pointers from a contact end now; the contact itself while it is live."""
        into = self.into
        end = contact
        while into[end] >= 0:
            end = into[end]
        while into[contact] >= 0 and into[contact] != end:
            into[contact], contact = end, into[contact]
        return end

    def lead_into(self, i: int, start: int, end: int, duplicates: list[int]) -> bool:
        """Whether the pointers of a retired primary lead into one of the duplicates; what only all pointers show is noted.

        Args:
            i: the request; it is refused in any case.
            start: where the primary's pointers ended before this batch; the primary itself where it was live.
            end: where they end now.
            duplicates: the contacts that it names besides, those that do not exist for it included.
        """
        if start in duplicates or end in duplicates:  # rule: into-a-duplicate
            return True
        self.suspects.extend((i, start, d) for d in duplicates if self.up[d] >= 0 and self.find(d) == end)
        return False

    def settle(self) -> None:
        """Make conflicts of the requests that were noted where the pointers do lead into a duplicate.

        A duplicate that was retired by then into the same contact lay on the path then if it does at the end of the batch.
        """
        on_path = lie_on_path(self.up, [(start, d) for _, start, d in self.suspects])
        conflicts = {i for (i, _, _), found in zip(self.suspects, on_path, strict=True) if found}
        for i in conflicts:
            self.status[i] = 409
        self.bad = [bad for bad in self.bad if bad[0] not in conflicts]


def _walk(
    walk: _Walk,
    named: list[int],
    visible: list[int],
    starts: list[int],
    dry: list[bool],
    key_workspace: list[int],
    conflict_before: list[bool],
    *,
    follow: bool,
) -> None:
    into, up = walk.into, walk.up
    first_live = [end if end >= 0 else n for n, end in enumerate(into)]
    up.extend([-1] * len(into))
    walk.counts.extend([0] * len(dry))
    for i in range(len(dry)):
        ids = visible[starts[i] : starts[i + 1]]
        primary = ids[0]
        accepted = min(ids) >= 0 and all(into[c] == LIVE for c in ids)  # rule: retired-is-not-found
        if not accepted:
            retired_primary = primary >= 0 and into[primary] >= 0
            end = walk.find(primary) if retired_primary else primary
            if (
                conflict_before[i]
                or any(c >= 0 and into[c] == CIRCLE for c in ids)  # rule: circle
                or (
                    retired_primary
                    and walk.lead_into(i, first_live[primary], end, named[starts[i] + 1 : starts[i + 1]])
                )
                or (
                    follow  # rule: primary-follows-into-duplicate
                    and retired_primary
                    and any(d >= 0 and walk.find(d) == end for d in ids[1:])
                )
            ):
                walk.status.append(409)
                continue
            if not follow:
                walk.status.append(404)
                for ordinal, c in enumerate(ids):
                    if c < 0 or into[c] >= 0:
                        walk.bad.append((i, ordinal, walk.find(c) if c >= 0 else None))
                continue
            ids = _resolve(walk, i, ids, key_workspace[i])
            if ids is None:
                walk.status.append(404)
                continue
        walk.status.append(200)
        walk.accepted.extend(ids)
        walk.counts[i] = len(ids)
        if not dry[i]:  # rule: dry-run-changes-nothing
            primary = ids[0]
            for c in ids[1:]:
                into[c] = up[c] = primary
    if walk.suspects:
        walk.settle()


def _in_sight(walk: _Walk, contact: int, primary: int, key_workspace: int) -> bool:
    """Whether an end of pointers is a live contact of the key's and the primary's workspace."""
    return (
        walk.live[contact]
        and key_workspace in (-1, walk.workspace[contact])
        and (primary < 0 or walk.workspace[contact] == walk.workspace[primary])
    )


def _resolve(walk: _Walk, i: int, ids: list[int], key_workspace: int) -> list[int] | None:
    """The live contacts that the ids of a request stand for (`follow`), each once; None, with reasons noted, for a 404."""
    resolved: dict[int, None] = {}  # rule: follow-to-survivors
    fine = True
    for ordinal, c in enumerate(ids):
        end = walk.find(c) if c >= 0 else -1
        if end < 0 or not _in_sight(walk, end, ids[0], key_workspace):  # rule: survivors-in-sight
            fine = False
            walk.bad.append((i, ordinal, end if c >= 0 and end != c else None))
        else:
            resolved[end] = None
    return list(resolved) if fine else None


def _answer_in_order(
    requests: pl.DataFrame,
    named: pl.DataFrame,
    contacts: pl.DataFrame,
    conflicts: pl.DataFrame,
    *,
    follow: bool,
) -> Answers:
    """The answers to requests that depend on each other, or name a retired contact; arguments as `answer` has them."""
    order = requests.join(conflicts.with_columns(conflict=True), on="seq", how="left", maintain_order="left")
    starts = [0, *named.group_by("seq", maintain_order=True).len()["len"].cum_sum().to_list()]
    walk = _Walk(
        into=contacts.select(
            pl.when("circle").then(CIRCLE).otherwise(pl.coalesce(pl.when("retired").then("end_n"), LIVE))
        )
        .to_series()
        .to_list(),
        live=contacts["live"].to_list(),
        workspace=contacts["workspace"].to_list(),
    )
    _walk(
        walk,
        named["n"].to_list(),
        named["visible_n"].to_list(),
        starts,
        order["dry_run"].to_list(),
        order["key_workspace"].to_list(),
        order["conflict"].fill_null(False).to_list(),
        follow=follow,
    )
    seqs = order["seq"]
    counts = pl.Series(walk.counts, dtype=pl.UInt32)
    first = counts.cum_sum() - counts
    accepted = (
        pl.DataFrame({"seq": seqs, "first": first, "count": counts})
        .select(pl.col("seq", "first").repeat_by("count"))
        .explode("seq", "first", empty_as_null=False)
        .select(
            "seq",
            ord=pl.int_range(pl.len(), dtype=pl.Int64) - pl.col("first"),
            n=pl.Series(walk.accepted, dtype=pl.Int64),
        )
    )
    bad = named.select("seq", "ord")[[starts[i] + ordinal for i, ordinal, _ in walk.bad]]
    survivors = pl.Series("survivor", [survivor for *_, survivor in walk.bad], dtype=pl.Int64)
    return Answers(
        statuses=pl.DataFrame({"seq": seqs, "status": pl.Series(walk.status, dtype=pl.Int32)}),
        accepted=accepted,
        bad=bad.with_columns(survivors),
    )


def answer(
    requests: pl.DataFrame,
    ids: pl.DataFrame,
    contacts: pl.DataFrame,
    conflicts: pl.DataFrame,
    *,
    follow: bool,
) -> Answers:
    """Accept or refuse requests that passed step 5, in order.

    Args:
        requests: `seq`, `dry_run`, `key_workspace`, ordered by `seq`.
        ids: `seq`, `ord`: what each names, each contact once; `visible`: it exists for this request; `n`, `retired`,
            `end_n` of that contact.
        contacts: `n` (0, 1, ..), `live`, `retired`, `circle`, `end_n` (null unless retired into something),
            `workspace` (an integer, the same for all where the column is absent): every contact named, and every end,
            ordered by `n`.
        conflicts: `seq` of requests whose retired primary led into one of their duplicates before this batch.
        follow: the setting `retired_ids = "follow"`.

    Source: SEMANTICS.md, steps 6 to 8, and `retired_ids`.
    """
    named = ids.with_columns(
        visible_n=pl.when("visible").then("n").otherwise(-1),  # rule: pointers-unseen
        retired=pl.col("visible") & pl.col("retired"),
        contact=pl.when("visible").then(pl.coalesce("end_n", "n")),
    )
    whole = named.group_by("seq", maintain_order=True).agg(
        missing=(pl.col("visible_n") < 0).any(), retired=pl.col("retired").any()
    )
    shared = (
        named.filter(pl.col("contact").is_not_null())
        .group_by("contact")
        .agg(uses=pl.col("seq").n_unique(), retires=(pl.col("ord") > 0).any())
        # where a retired id stands for its survivor, one that is only ever named as primary can retire, too
        .filter((pl.col("uses") > 1) & (pl.col("retires") | follow))  # rule: primary-alone-retires
    )
    dependent = named.join(shared, on="contact", how="semi").select("seq").unique()
    walked = pl.concat([dependent, whole.filter("retired").select("seq")]).unique()
    alone = whole.join(walked, on="seq", how="anti", maintain_order="left")
    accepted_alone = named.join(
        alone.filter(~pl.col("missing")), on="seq", how="semi", maintain_order="left"
    ).with_columns(ord=pl.int_range(pl.len(), dtype=pl.Int64).over("seq"))
    bad_alone = named.join(alone.filter("missing"), on="seq", how="semi", maintain_order="left").filter(
        pl.col("visible_n") < 0
    )

    in_order = _answer_in_order(
        requests.join(walked, on="seq", how="semi", maintain_order="left"),
        named.join(walked, on="seq", how="semi", maintain_order="left"),
        contacts,
        conflicts,
        follow=follow,
    )
    return Answers(
        statuses=pl.concat(
            [
                alone.select("seq", status=pl.when("missing").then(404).otherwise(200).cast(pl.Int32)),
                in_order.statuses,
            ]
        ),
        accepted=pl.concat([accepted_alone.select("seq", "ord", "n"), in_order.accepted]),
        bad=pl.concat([bad_alone.select("seq", "ord", survivor=pl.lit(None, dtype=pl.Int64)), in_order.bad]),
    )
