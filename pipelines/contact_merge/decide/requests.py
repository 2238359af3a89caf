"""Decide: the new requests of a batch go in, a response code and the accepted contacts of each come out.

Works on the request table and on ids alone. The eight steps of SEMANTICS.md ('What happens to one request') are taken in
their order, each in a module of its own: access (1-3), replay (4), validate (5), retirement (6-8).
"""

import duckdb
import polars as pl

from contact_merge.decide.access import check_access
from contact_merge.decide.replay import find_replays
from contact_merge.decide.retirement import Answers, answer
from contact_merge.decide.validate import check_bodies, named_ids
from contact_merge.settings import Settings
from contact_merge.tables import WORKSPACE
from contact_merge.warehouse import columns_of, render, run_sql

_BODY = (
    "seq, request_id, primary_id, duplicate_ids, duplicates_readable, overwrite, overwrite_readable, dry_run, "
    "dry_run_readable, idempotency_key, api_key_id, requested_at"
)


def decide(con: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    """Decide the requests of the temp table `new_requests` (see load/).

    Makes the temp tables
        `ordered_requests`: the requests with their place `seq` among all ever processed;
        `decisions`: `seq`, `status`, `code`, `message`, `counted`, `first_use`, `replay_of`, `rate_limit_limit`,
            `rate_limit_remaining`, `rate_limit_reset`; status is null for a replay;
        `parts`: `seq`, `ord` (0 the primary, duplicates from 1), `contact_key`: the contacts of each 200.

    Returns the number of requests.
    """
    run_sql(con, "decide/ordered_requests")
    requests = con.sql(f"select {_BODY} from ordered_requests order by seq").pl()
    has_keys = bool(columns_of(con, "raw", "api_keys"))
    keys = con.sql("select * from raw.api_keys").pl() if has_keys else None
    access = check_access(requests, keys, con.sql(render("decide/earlier_counts")).pl())

    passed = _only(requests, access.filter(pl.col("status").is_null()))
    replays = find_replays(passed, con.sql(render("decide/first_uses")).pl())
    fresh = passed.join(
        replays.filter(pl.col("replay_of").is_not_null()), on="seq", how="anti", maintain_order="left"
    )

    ids = named_ids(fresh)
    malformed = check_bodies(fresh, ids, settings.max_duplicates)
    sound = fresh.join(malformed, on="seq", how="anti", maintain_order="left")
    answers, messages = _answer(con, settings, sound, _only(ids, sound), access)

    codes = pl.concat(
        [
            access.filter(pl.col("status").is_not_null()).select("seq", "status", "code", "message"),
            malformed.select(
                "seq", status=pl.lit(400, pl.Int32), code=pl.lit("validation_error"), message="message"
            ),
            messages,
        ]
    )
    decisions = (
        requests.select("seq")
        .join(access.drop("status", "code", "message", "key_workspace"), on="seq", maintain_order="left")
        .join(codes, on="seq", how="left", maintain_order="left")
        .join(replays, on="seq", how="left", maintain_order="left")
        .with_columns(pl.col("first_use").fill_null(False))
    )
    con.register("decisions_frame", decisions.to_arrow())
    con.register("parts_frame", answers.accepted.to_arrow())
    con.execute("create or replace temp table decisions as select * from decisions_frame order by seq")
    con.execute(
        "create or replace temp table parts as "
        "select seq, ord, cast(key as uuid) as contact_key from parts_frame order by seq, ord"
    )
    con.unregister("decisions_frame")
    con.unregister("parts_frame")
    return requests.height


def _only(rows: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    return rows.join(wanted.select("seq"), on="seq", how="semi", maintain_order="left")


def _answer(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    requests: pl.DataFrame,
    ids: pl.DataFrame,
    access: pl.DataFrame,
) -> tuple[Answers, pl.DataFrame]:
    """Steps 6 to 8 for well-formed requests, and their `seq`, `status`, `code`, `message`."""
    follow = settings.retired_ids == "follow"
    contacts, restricted = _named_contacts(con, ids)
    ids = ids.rename({"value": "key"}).unique(["seq", "key"], keep="first", maintain_order=True)
    ids = ids.join(access.select("seq", "key_workspace"), on="seq", how="left", maintain_order="left").join(
        contacts.select("key", "n", "end_n", "contact_id", "live", "retired", "workspace_id"),
        on="key",
        how="left",
        maintain_order="left",
    )
    exists = pl.col("live").fill_null(False) | pl.col("retired").fill_null(False)
    for_key = pl.lit(True)
    if restricted:
        for_key = pl.col("key_workspace").is_null() | (
            pl.col("workspace_id").eq(pl.col("key_workspace")).fill_null(False)
        )
    ids = ids.with_columns(visible=exists & for_key)
    primary = ids.filter((pl.col("ord") == 0) & pl.col("visible")).select(
        "seq", primary_workspace="workspace_id", has_primary=True
    )
    ids = ids.join(primary, on="seq", how="left", maintain_order="left").with_columns(
        visible=pl.col("visible")
        & (pl.col("has_primary").is_null() | pl.col("workspace_id").eq_missing(pl.col("primary_workspace")))
    )
    workspaces = _numbers(contacts["workspace_id"])
    numbered = contacts.join(
        workspaces, on="workspace_id", how="left", nulls_equal=True, maintain_order="left"
    )
    asked = (
        requests.select("seq", "dry_run")
        .join(access.select("seq", "key_workspace"), on="seq", how="left", maintain_order="left")
        .join(workspaces, left_on="key_workspace", right_on="workspace_id", how="left", maintain_order="left")
        .with_columns(
            key_workspace=pl.when(pl.col("key_workspace").is_null() | (not restricted))
            .then(-1)
            .otherwise(pl.col("workspace").fill_null(-3))
        )
    )
    conflicts = _conflicts_before(con, ids, contacts)
    named = ids.select("seq", "ord", "key", "visible", "n", "retired", "end_n")
    answers = answer(asked, named, numbered, conflicts, follow=follow)

    spelled = contacts.select(survivor="key", survivor_id="contact_id", survivor_workspace="workspace_id")
    same = pl.col("survivor_workspace").eq_missing(pl.col("workspace_id"))
    in_sight = same if restricted else pl.lit(True)
    reasons = (
        answers.bad.join(ids, on=["seq", "ord"], how="left")
        .join(spelled, on="survivor", how="left")
        .sort("seq", "ord")
        .with_columns(
            name=pl.when("visible").then(pl.coalesce("contact_id", "sent")).otherwise("sent"),
        )
        .with_columns(
            reason=pl.when(pl.col("survivor").is_null())
            .then(pl.format("{} was not found", "name"))
            .when(in_sight & pl.col("survivor_id").is_not_null())
            .then(pl.format("{} is retired, merged into {}", "name", "survivor_id"))
            .otherwise(pl.format("{} is retired", "name"))
        )
    )
    not_found = reasons.group_by("seq", maintain_order=True).agg(
        status=pl.lit(404, pl.Int32),
        code=pl.lit("not_found"),
        message=pl.col("reason").str.join("; ") + ".",
    )
    circular = (
        "The retirement pointers of these contacts run in a circle, or from the primary into a duplicate."
    )
    messages = pl.concat(
        [
            answers.statuses.filter(pl.col("status") == 200).with_columns(
                code=pl.lit(None, pl.String), message=pl.lit(None, pl.String)
            ),
            not_found,
            answers.statuses.filter(pl.col("status") == 409).with_columns(
                code=pl.lit("merge_conflict"), message=pl.lit(circular)
            ),
        ]
    )
    return answers, messages


def _named_contacts(con: duckdb.DuckDBPyConnection, ids: pl.DataFrame) -> tuple[pl.DataFrame, bool]:
    """Every contact that the ids name, and every end: see sql/decide/named_contacts.sql; and whether workspaces count."""
    has_workspace = WORKSPACE in columns_of(con, "raw", "contacts")
    con.register("named_keys", ids.select(key=pl.col("value").unique()).to_arrow())
    text = render(
        "decide/named_contacts",
        has_workspace=has_workspace,
        ledger_has_workspace=WORKSPACE in columns_of(con, "ledger", "seen"),
    )
    contacts = con.sql(text).pl().with_row_index("n").with_columns(pl.col("workspace_id").cast(pl.String))
    con.unregister("named_keys")
    ends = contacts.select(end_key="key", end_n="n")
    return contacts.join(ends, on="end_key", how="left", maintain_order="left"), has_workspace


def _numbers(values: pl.Series) -> pl.DataFrame:
    """Each distinct value, null included, with a number from 0: `workspace_id`, `workspace`."""
    return (
        values.unique()
        .to_frame("workspace_id")
        .with_columns(workspace=pl.int_range(pl.len(), dtype=pl.Int64))
    )


def _conflicts_before(
    con: duckdb.DuckDBPyConnection, ids: pl.DataFrame, contacts: pl.DataFrame
) -> pl.DataFrame:
    """Requests whose retired primary led into one of their retired duplicates before this batch: `seq` (step 6)."""
    ended = (
        ids.filter("visible")
        .join(contacts.select("key", "end_key"), on="key")
        .filter(pl.col("end_key").is_not_null())
    )
    primaries = ended.filter(pl.col("ord") == 0).select("seq", "end_key", primary="key")
    pairs = primaries.join(ended.filter(pl.col("ord") > 0), on=["seq", "end_key"]).select(
        "seq", "end_key", "primary", duplicate="key"
    )
    if pairs.is_empty():
        return pl.DataFrame(schema={"seq": pl.Int64})
    con.register("end_keys", pairs.select(key=pl.col("end_key").unique()).to_arrow())
    pointers = {key: (target, seq) for key, target, seq in con.sql(render("decide/pointers")).fetchall()}
    con.unregister("end_keys")
    imported = any(seq is None for _, seq in pointers.values())
    found = []
    for seq, primary, duplicates in pairs.group_by("seq", "primary").agg("duplicate").iter_rows():
        targets = set(duplicates)
        # Merges retire a contact later than those merged into it, so nothing is met after the last target retired.
        last = max(pointers[d][1] or 0 for d in targets)
        place = primary
        while place in pointers and (imported or pointers[place][1] <= last):
            place = pointers[place][0]
            if place in targets:
                found.append(seq)
                break
    return pl.DataFrame({"seq": found}, schema={"seq": pl.Int64})
