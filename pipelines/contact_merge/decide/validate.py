"""Step 5 of SEMANTICS.md: is the body of a request well formed? Works on the texts as sent, sees no contact."""

import polars as pl

from contact_merge.ids import UUIDS, WHITE_SPACE, IdType


def named_ids(requests: pl.DataFrame, id_type: IdType = UUIDS) -> pl.DataFrame:
    """One row per id that a request names: `seq`, `ord` (0 is the primary, duplicates from 1), `sent`, `value`.

    `sent` is the text without white space around it, `value` the text of its key, null where it is no id.
    """
    ids = pl.concat(
        [
            requests.select("seq", ord=pl.lit(0, dtype=pl.Int64), sent="primary_id"),
            requests.filter(pl.col("duplicate_ids").list.len() > 0)
            .select("seq", sent="duplicate_ids")
            .explode("sent")
            .with_columns(ord=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("seq"))
            .select("seq", "ord", "sent"),
        ]
    )
    return ids.with_columns(
        value=id_type.key_texts(ids["sent"]), sent=pl.col("sent").str.strip_chars(WHITE_SPACE)
    ).sort("seq", "ord")


def check_bodies(
    requests: pl.DataFrame, ids: pl.DataFrame, max_duplicates: int, id_type: IdType = UUIDS
) -> pl.DataFrame:
    """Find requests with a body that gives 400: `seq`, `message` (all reasons, joined).

    Args:
        requests: `seq`, `duplicate_ids` (an empty id null), `idempotency_key`, and the flags `duplicates_readable`,
            `overwrite_readable`, `dry_run_readable`.
        ids: what `named_ids` made of them.

    Source: SEMANTICS.md, step 5.
    """
    primary = ids.filter(pl.col("ord") == 0).select("seq", primary_value="value", primary_sent="sent")
    duplicates = ids.filter(pl.col("ord") > 0).join(primary.select("seq", "primary_value"), on="seq")
    bad = (
        duplicates.filter(pl.col("value").is_null() & pl.col("sent").is_not_null())  # rule: duplicate-is-uuid
        .group_by("seq", maintain_order=True)
        .agg(bad=pl.col("sent").str.head(80).unique(maintain_order=True).head(5).str.join(", "))
    )
    own = (
        duplicates.filter(pl.col("value") == pl.col("primary_value"))  # rule: primary-by-value
        .select("seq")
        .unique()
        .with_columns(own=True)
    )
    sent = pl.col("duplicate_ids").list.len()
    reasons = [
        pl.when(~pl.col("duplicates_readable")).then(
            pl.lit(
                "duplicate_ids is not a list of ids; as text it is a JSON array, or ids with commas between them"
            )
        ),
        pl.when(~pl.col("overwrite_readable")).then(pl.lit("overwrite is neither true nor false")),
        pl.when(~pl.col("dry_run_readable")).then(pl.lit("dry_run is neither true nor false")),
        pl.when(pl.col("primary_sent").is_null())
        .then(pl.lit("primary_id is missing"))
        .when(pl.col("primary_value").is_null())
        .then(pl.format(f"primary_id is {id_type.fault}: {{}}", pl.col("primary_sent").str.head(80))),
        pl.when(pl.col("duplicates_readable") & (sent.fill_null(0) == 0)).then(
            pl.lit("duplicate_ids is empty")
        ),
        pl.when(sent > max_duplicates).then(  # rule: max-duplicates
            pl.format("{} duplicates; at most {}", sent, pl.lit(max_duplicates))
        ),
        pl.when(pl.col("duplicate_ids").list.contains(None)).then(
            pl.lit("duplicate_ids holds an empty id (null or blank)")
        ),
        pl.when(pl.col("bad").is_not_null()).then(
            pl.format(f"duplicate_ids holds what is {id_type.fault}: {{}}", "bad")
        ),
        pl.when(pl.col("own").fill_null(False)).then(pl.lit("primary_id is among duplicate_ids")),
    ]
    again = pl.concat_str(
        pl.lit("A corrected request needs a new request_id"),
        pl.when(pl.col("idempotency_key").is_not_null()).then(pl.lit(" and a new idempotency_key")),
        ignore_nulls=True,
    )
    return (
        requests.join(primary, on="seq", how="left", maintain_order="left")
        .join(bad, on="seq", how="left", maintain_order="left")
        .join(own, on="seq", how="left", maintain_order="left")
        .select("seq", "idempotency_key", message=pl.concat_str(reasons, separator="; ", ignore_nulls=True))
        .filter(pl.col("message") != "")
        .with_columns(message=pl.format("{}. {}.", "message", again))
    )
