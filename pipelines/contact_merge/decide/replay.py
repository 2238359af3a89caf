"""Step 4 of SEMANTICS.md: which requests repeat an idempotency key and get the first response again."""

import polars as pl

_DAY = 24 * 3600 * 1_000_000


def find_replays(requests: pl.DataFrame, first_uses: pl.DataFrame) -> pl.DataFrame:
    """Find the replays among requests that passed steps 1 to 3.

    A key space (`api_key_id`, `idempotency_key`) holds one entry, its newest first use. A request less than 24 hours
    after it (or before it, where it arrives late) is a replay; any other becomes the new first use. Only keys that
    are used more than once are walked, in the order of processing.

    Args:
        requests: `seq`, `request_id`, `api_key_id`, `idempotency_key`, `requested_at`, `dry_run`, ordered by `seq`.
        first_uses: `api_key_id`, `idempotency_key`, `requested_at`, `request_id` of the newest first use in the ledger.

    Returns:
        `seq`, `replay_of` (request id; null for a first use), `first_use` (bool): a row for each request with a key.

    Source: SEMANTICS.md, step 4.
    """
    space = ["api_key_id", "idempotency_key"]  # rule: key-space
    keyed = requests.filter(
        ~pl.col("dry_run") & pl.col("idempotency_key").is_not_null()  # rule: dry-run-has-no-key
    ).with_columns(at=pl.col("requested_at").dt.epoch("us"))
    earlier = first_uses.select(*space, first_at=pl.col("requested_at").dt.epoch("us"), first_id="request_id")
    keyed = keyed.join(earlier, on=space, how="left", nulls_equal=True, maintain_order="left").with_columns(
        repeated=(pl.len().over(space) > 1) | pl.col("first_id").is_not_null()
    )
    once = keyed.filter(~pl.col("repeated")).select(
        "seq", replay_of=pl.lit(None, dtype=pl.String), first_use=pl.lit(True)
    )
    repeated = keyed.filter("repeated").sort(*space, "seq")
    replay_of: list[str | None] = []
    current: tuple[str | None, str] | None = None
    first_at, first_id = 0, None
    for api_key, key, at, request_id, known_at, known_id in repeated.select(
        *space, "at", "request_id", "first_at", "first_id"
    ).iter_rows():
        if current != (api_key, key):  # rule: keys-by-api-key
            current, first_at, first_id = (api_key, key), known_at, known_id
        if first_id is not None and at < first_at + _DAY:  # rule: 24-hours
            replay_of.append(first_id)
        else:
            replay_of.append(None)
            first_at, first_id = at, request_id
    walked = repeated.select("seq").with_columns(
        replay_of=pl.Series(replay_of, dtype=pl.String),
        first_use=pl.Series([r is None for r in replay_of], dtype=pl.Boolean),
    )
    return pl.concat([once, walked])
