"""Decide: the new requests of a batch go in, a response code and the accepted contacts of each come out.

Works on the request table and on ids alone. The eight steps of SEMANTICS.md ('What happens to one request') are taken in
their order, each in a module of its own: access (1-3), replay (4), validate (5), retirement (6-8).
"""

import duckdb
import polars as pl

from contact_merge.decide.access import check_access
from contact_merge.decide.pointers import lie_on_path
from contact_merge.decide.replay import find_replays
from contact_merge.decide.retirement import Answers, answer
from contact_merge.decide.validate import check_bodies, named_ids
from contact_merge.engine import columns_of, fetch, frames, relation, run_sql
from contact_merge.ids import ID_TYPES
from contact_merge.preset import Entity
from contact_merge.settings import Settings
from contact_merge.tables import ENTITY_VIEW


def decide(con: duckdb.DuckDBPyConnection, settings: Settings, entity: Entity) -> int:
    """Decide the requests of the temp table `new_requests` (see load/); the entity's columns are named as its table has them.

    Makes the temp tables
        `ordered_requests`: the requests with their position `seq` among all ever processed;
        `decisions`: `seq`, `status`, `code`, `message`, `counted`, `first_use`, `replay_of`, `rate_limit_limit`,
            `rate_limit_remaining`, `rate_limit_reset`; status is null for a replay;
        `accepted_contacts`: `seq`, `ord` (0 the primary, duplicates from 1), `contact_key`: the contacts of each 200.

    Returns the number of requests.
    """
    run_sql(con, "decide/ordered_requests")
    access, replays, malformed, sound = _check(con, settings, entity)
    answers, messages = _answer(con, settings, entity, sound, access)

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
        access.drop("status", "code", "message", "key_workspace")
        .join(codes, on="seq", how="left", maintain_order="left")
        .join(replays, on="seq", how="left", maintain_order="left")
        .with_columns(pl.col("first_use").fill_null(False))
    )
    with frames(con, decisions_frame=decisions, accepted_frame=answers.accepted):
        run_sql(con, "decide/decisions")
        run_sql(con, "decide/accepted_contacts")
    return access.height


def _check(
    con: duckdb.DuckDBPyConnection, settings: Settings, entity: Entity
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Steps 1 to 5: access, replays, requests with a bad body, and `seq`, `dry_run` of those that are sound.

    Makes the temp table `named_ids`: `seq`, `ord`, `sent`, `contact_key` of each id that a sound request names.
    """
    requests = relation(con, "decide/bodies").pl()
    has_keys = bool(columns_of(con, "raw", "api_keys"))
    keys = relation(con, "decide/api_keys").pl() if has_keys else None
    access = check_access(requests, keys, relation(con, "decide/earlier_counts").pl())

    passed = _only(requests, access.filter(pl.col("status").is_null()))
    replays = find_replays(passed, relation(con, "decide/first_uses").pl())
    fresh = passed.join(
        replays.filter(pl.col("replay_of").is_not_null()), on="seq", how="anti", maintain_order="left"
    )
    id_type = ID_TYPES[entity.id_type]
    ids = named_ids(fresh, id_type)
    malformed = check_bodies(fresh, ids, settings.max_duplicates, id_type)
    sound = fresh.select("seq", "dry_run").join(malformed, on="seq", how="anti", maintain_order="left")
    with frames(con, ids_frame=_only(ids, sound)):
        run_sql(con, "decide/named_ids", key_type=id_type.key_type)
    return access, replays, malformed, sound


def _only(rows: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    return rows.join(wanted.select("seq"), on="seq", how="semi", maintain_order="left")


def _answer(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    entity: Entity,
    requests: pl.DataFrame,
    access: pl.DataFrame,
) -> tuple[Answers, pl.DataFrame]:
    """Steps 6 to 8 for sound requests (`seq`, `dry_run`), and their `seq`, `status`, `code`, `message`."""
    follow = settings.retired_ids == "follow"
    contacts, restricted = _named_contacts(con, entity)
    workspaces = _numbers(contacts["workspace_id"])
    contacts = contacts.select(
        pl.exclude("workspace_id"),
        _workspace_numbers(contacts["workspace_id"], workspaces, nulls_equal=True),  # rule: null-workspaces
    )
    asked = requests.join(access.select("seq", "key_workspace"), on="seq", how="left", maintain_order="left")
    asked = asked.with_columns(
        key_workspace=pl.when(pl.col("key_workspace").is_null() | (not restricted))
        .then(-1)
        .otherwise(_workspace_numbers(asked["key_workspace"], workspaces).fill_null(-3))
    )
    named = relation(con, "decide/contacts_of_requests").pl()
    named = (
        named.hstack(contacts.select("live", "retired", "end_n", "workspace")[named["n"]])
        .join(asked.select("seq", "key_workspace"), on="seq", how="left", maintain_order="left")
        .with_columns(
            visible=(pl.col("live") | pl.col("retired"))
            & (
                (pl.col("key_workspace") == -1)  # rule: key-workspace
                | (pl.col("key_workspace") == pl.col("workspace"))
            )
        )
        .drop("live", "key_workspace")
    )
    primary = named.filter((pl.col("ord") == 0) & pl.col("visible")).select(
        "seq", primary_workspace="workspace"
    )
    named = (
        named.join(primary, on="seq", how="left", maintain_order="left")
        .with_columns(
            visible=pl.col("visible")
            & (pl.col("workspace") == pl.coalesce("primary_workspace", "workspace"))  # rule: one-workspace
        )
        .drop("primary_workspace")
    )
    conflicts = _conflicts_before(con, named)
    answers = answer(asked, named, contacts, conflicts, follow=follow)
    return answers, _messages(con, answers, named, contacts, restricted=restricted)


def _messages(
    con: duckdb.DuckDBPyConnection,
    answers: Answers,
    named: pl.DataFrame,
    contacts: pl.DataFrame,
    *,
    restricted: bool,
) -> pl.DataFrame:
    """`seq`, `status`, `code`, `message` of each answer; a survivor of another workspace is not named (`restricted`).

    A 404 that names a live survivor also names the setting that follows retired ids. Where they are followed no 404 names a
    live survivor, for an id with one in sight is no reason then.
    """
    in_sight = pl.col("workspace") == pl.col("survivor_workspace") if restricted else pl.lit(True)
    id_of = ["seq", "ord"]
    reasons = (
        answers.bad.join(named.select(*id_of, "n", "visible", "workspace"), on=id_of)
        .join(_sent_ids(con, answers.bad), on=id_of)
        .join(
            contacts.select(survivor="n", survivor_workspace="workspace", survivor_live="live"),
            on="survivor",
            how="left",
        )
    )
    spelled = _contact_ids(con, pl.concat([reasons["n"], reasons["survivor"]]))
    reasons = (
        reasons.join(spelled.select("n", "contact_id"), on="n", how="left")
        .join(spelled.select(survivor="n", survivor_id="contact_id"), on="survivor", how="left")
        .sort("seq", "ord")
        .with_columns(
            name=pl.when("visible").then(pl.coalesce("contact_id", "sent")).otherwise("sent"),  # rule: unseen
            names_survivor=in_sight & pl.col("survivor_id").is_not_null(),  # rule: survivor-unseen
        )
        .with_columns(
            reason=pl.when(pl.col("survivor").is_null())
            .then(pl.format("{} was not found", "name"))
            .when("names_survivor")
            .then(
                pl.format("{} is retired, merged into {}", "name", "survivor_id")
                + pl.when("survivor_live")
                .then(pl.lit(""))
                .otherwise(pl.lit(", which is not among the contacts"))
            )
            .otherwise(pl.format("{} is retired", "name")),
        )
    )
    hint = '. The setting retired_ids = "follow" lets a retired id stand for its survivor.'
    not_found = reasons.group_by("seq", maintain_order=True).agg(
        status=pl.lit(404, pl.Int32),
        code=pl.lit("not_found"),
        message=pl.col("reason").str.join("; ")
        + pl.when((pl.col("names_survivor") & pl.col("survivor_live")).any())
        .then(pl.lit(hint))
        .otherwise(pl.lit(".")),
    )
    circular = (
        "The retirement pointers of these contacts run in a circle, or from the primary into a duplicate."
    )
    return pl.concat(
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


def _named_contacts(con: duckdb.DuckDBPyConnection, entity: Entity) -> tuple[pl.DataFrame, bool]:
    """Every contact that `named_ids` names, and every end: `n`, `live`, `retired`, `circle`, `end_n`, `workspace_id`, by `n`.

    Makes the temp table `named_contacts` (sql/decide/named_contacts.sql). Returns besides whether workspaces count.
    """
    has_workspace = entity.workspace in columns_of(con, "raw", ENTITY_VIEW)
    run_sql(
        con,
        "decide/named_contacts",
        entity=entity,
        has_workspace=has_workspace,
        ledger_has_workspace=entity.workspace in columns_of(con, "ledger", "contact_versions"),
    )
    return relation(con, "decide/contacts_with_ends").pl(), has_workspace


def _sent_ids(con: duckdb.DuckDBPyConnection, wanted: pl.DataFrame) -> pl.DataFrame:
    """Some ids of `named_ids` as they were sent: `seq`, `ord`, `sent`."""
    with frames(con, bad_ids_frame=wanted.select("seq", "ord")):
        return relation(con, "decide/sent_ids").pl()


def _contact_ids(con: duckdb.DuckDBPyConnection, numbers: pl.Series) -> pl.DataFrame:
    """Some of the named contacts: `n`, `key` (its value as text), `contact_id` (as it is spelled, if it is there)."""
    with frames(con, numbers_frame=numbers.drop_nulls().unique().to_frame("n")):
        return relation(con, "decide/contact_ids").pl()


def _numbers(values: pl.Series) -> pl.DataFrame:
    """Each distinct value, null included, with a number from 0: `workspace_id`, `workspace`."""
    return (
        values.unique()
        .to_frame("workspace_id")
        .with_columns(workspace=pl.int_range(pl.len(), dtype=pl.Int64))
    )


def _workspace_numbers(
    values: pl.Series, workspaces: pl.DataFrame, *, nulls_equal: bool = False
) -> pl.Series:
    return (
        values.to_frame("workspace_id")
        .join(workspaces, on="workspace_id", how="left", nulls_equal=nulls_equal, maintain_order="left")
        .get_column("workspace")
    )


def _conflicts_before(con: duckdb.DuckDBPyConnection, named: pl.DataFrame) -> pl.DataFrame:
    """Requests whose retired primary led into one of their retired duplicates before this batch: `seq` (step 6)."""
    ended = named.filter(pl.col("end_n").is_not_null())
    primaries = ended.filter((pl.col("ord") == 0) & pl.col("visible")).select("seq", "end_n", primary_n="n")
    pairs = primaries.join(ended.filter(pl.col("ord") > 0).select("seq", "end_n", "n"), on=["seq", "end_n"])
    if pairs.is_empty():
        return pl.DataFrame(schema={"seq": pl.Int64})
    keys = _contact_ids(con, pl.concat([pairs["n"], pairs["primary_n"]]))
    pairs = pairs.join(keys.select("n", duplicate="key"), on="n").join(
        keys.select(primary_n="n", primary="key"), on="primary_n"
    )
    with frames(con, ends_frame=pairs.select(n=pl.col("end_n").unique())):
        pointers = fetch(con, "decide/pointers")
    number = {key: n for n, (key, _) in enumerate(pointers)}
    on_path = lie_on_path(
        [number.get(target, -1) for _, target in pointers],
        [
            (number[primary], number[duplicate])
            for primary, duplicate in pairs.select("primary", "duplicate").iter_rows()
        ],
    )
    return pairs.filter(pl.Series(on_path, dtype=pl.Boolean)).select("seq").unique()  # rule: over-batches
