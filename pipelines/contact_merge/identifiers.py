"""Ids as values: UUIDs compare by value, not by spelling (SEMANTICS.md, step 5), and blank text is no text."""

import uuid

import polars as pl

# What Python's str.isspace takes for white space; regex engines and SQL's trim each mean something else.
WHITE_SPACE = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
_ORDINARY = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


def uuid_value(text: str) -> str | None:
    """The ordinary spelling of a UUID in any spelling that `uuid.UUID(text.strip())` takes; None for other text."""
    try:
        return str(uuid.UUID(text.strip()))
    except ValueError:
        return None


def uuid_values(texts: pl.Series) -> pl.Series:
    """`uuid_value` of a column of text; non-standard UUIDs are read one by one, each of them once."""
    lower = texts.str.strip_chars(WHITE_SPACE).str.to_lowercase()
    ordinary = lower.str.contains(_ORDINARY)
    unusual = texts.filter(texts.is_not_null() & ~ordinary.fill_null(False)).unique()
    values = pl.Series([uuid_value(text) for text in unusual.to_list()], dtype=pl.String)
    spelled = pl.DataFrame({"text": texts, "value": lower, "ordinary": ordinary.fill_null(False)})
    unusual_values = pl.DataFrame({"text": unusual, "unusual_value": values})
    return (
        spelled.join(unusual_values, on="text", how="left", maintain_order="left")
        .select(pl.when("ordinary").then("value").otherwise("unusual_value").alias("value"))
        .to_series()
    )
