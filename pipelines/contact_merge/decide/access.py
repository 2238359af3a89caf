"""Steps 1 to 3 of SEMANTICS.md: may this key send this request now? One row a request in, one row a request out."""

import polars as pl

SCOPE = "write:contacts"
_MINUTE = 60_000_000


def check_access(requests: pl.DataFrame, keys: pl.DataFrame | None, earlier: pl.DataFrame) -> pl.DataFrame:
    """Check key, scope and rate limit.

    Args:
        requests: `seq`, `api_key_id`, `requested_at` (UTC), ordered by `seq`.
        keys: `api_key_id`, `workspace_id`, `scopes`, `expires_at`, `revoked_at`, `rate_limit` (a minute); None where
            there is no api_keys table and every request is trusted.
        earlier: `api_key_id`, `minute` (minutes since 1970), `earlier`: requests that counted in batches before.

    Returns:
        `seq`, `status`, `code`, `message` (null where all is well), `key_workspace`, `counted` (passed steps 1 and 2),
        `rate_limit_limit`, `rate_limit_remaining`, `rate_limit_reset` (epoch seconds).

    Source: SEMANTICS.md, 'What happens to one request', steps 1 to 3.
    """
    if keys is None:
        keys = pl.DataFrame(
            schema={
                "api_key_id": pl.String,
                "workspace_id": pl.String,
                "scopes": pl.List(pl.String),
                "expires_at": pl.Datetime("us", "UTC"),
                "revoked_at": pl.Datetime("us", "UTC"),
                "rate_limit": pl.Int64,
            }
        )
        trusted = pl.lit(True)
    else:
        trusted = pl.lit(False)
    ended = (pl.col("expires_at") <= pl.col("requested_at")) | (  # rule: key-ends-at-its-moment
        pl.col("revoked_at") <= pl.col("requested_at")
    )
    checked = (
        requests.select("seq", "api_key_id", "requested_at")
        .join(keys.with_columns(known=True), on="api_key_id", how="left", maintain_order="left")
        .with_columns(
            valid=trusted | (pl.col("known").fill_null(False) & ~ended.fill_null(False)),  # rule: known-key
            scoped=trusted | pl.col("scopes").list.contains(SCOPE).fill_null(False),  # rule: scope
            minute=pl.col("requested_at").dt.epoch("us") // _MINUTE,
        )
        .with_columns(counted=pl.col("valid") & pl.col("scoped"))
        .join(earlier, on=["api_key_id", "minute"], how="left", maintain_order="left")
    )
    limited = pl.col("counted") & pl.col("rate_limit").is_not_null()
    used = pl.col("earlier").fill_null(0) + pl.col("counted").cast(pl.Int64).cum_sum().over(  # rule: all-runs
        "api_key_id", "minute"
    )
    checked = checked.with_columns(used=used).with_columns(
        too_many=limited & (pl.col("used") > pl.col("rate_limit"))  # rule: rate-limit
    )
    code = (
        pl.when(~pl.col("valid"))
        .then(pl.lit("invalid_key"))
        .when(~pl.col("scoped"))
        .then(pl.lit("insufficient_permissions"))
        .when("too_many")
        .then(pl.lit("rate_limited"))
    )
    message = (
        pl.when(~pl.col("valid"))
        .then(pl.lit("The API key is missing, unknown, expired or revoked."))
        .when(~pl.col("scoped"))
        .then(pl.lit(f"The API key lacks the scope {SCOPE}."))
        .when("too_many")
        .then(pl.format("More than {} requests of this API key in this minute.", "rate_limit"))
    )
    status = pl.when(~pl.col("valid")).then(401).when(~pl.col("scoped")).then(403).when("too_many").then(429)
    return checked.select(
        "seq",
        status.cast(pl.Int32).alias("status"),
        code.alias("code"),
        message.alias("message"),
        pl.col("workspace_id").alias("key_workspace"),
        "counted",
        pl.when(limited).then("rate_limit").alias("rate_limit_limit"),
        pl.when(limited)
        .then(pl.max_horizontal(pl.col("rate_limit") - pl.col("used"), 0))  # rule: remaining-at-least-0
        .alias("rate_limit_remaining"),
        pl.when(limited).then((pl.col("minute") + 1) * 60).alias("rate_limit_reset"),
    )
