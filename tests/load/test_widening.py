"""When two types of a column can be held by one."""

import pytest
from contact_merge.widening import widen


@pytest.mark.parametrize(
    ("old", "new", "wider"),
    [
        ("BIGINT", "BIGINT", "BIGINT"),
        ("INTEGER", "BIGINT", "BIGINT"),
        ("BIGINT", "UBIGINT", "HUGEINT"),
        ("UTINYINT", "TINYINT", "SMALLINT"),
        ("FLOAT", "DOUBLE", "DOUBLE"),
        ("INTEGER", "DOUBLE", "DOUBLE"),
        ("INTEGER", "DECIMAL(4,1)", "DECIMAL(11,1)"),
        ("DECIMAL(10,2)", "DECIMAL(8,4)", "DECIMAL(12,4)"),
        ("UUID", "VARCHAR", "VARCHAR"),
        ("JSON", "VARCHAR", "VARCHAR"),
        ("INTEGER[]", "BIGINT[]", "BIGINT[]"),
        ("STRUCT(a INTEGER)", "STRUCT(a BIGINT, b VARCHAR)", "STRUCT(a BIGINT, b VARCHAR)"),
        ('"NULL"', "BIGINT", "BIGINT"),
    ],
)
def test_a_type_that_holds_every_value_of_both_is_taken(old: str, new: str, wider: str) -> None:
    assert widen(old, new) == wider
    assert widen(new, old) == wider or old.startswith("STRUCT")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("BIGINT", "DOUBLE"),
        ("VARCHAR", "BIGINT"),
        ("VARCHAR", "BOOLEAN"),
        ("VARCHAR", "VARCHAR[]"),
        ("STRUCT(a INTEGER)", "STRUCT(a INTEGER)[]"),
        ("STRUCT(a INTEGER)[]", "STRUCT(b INTEGER)"),
        ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"),
        ("DATE", "TIMESTAMP"),
        ("DECIMAL(38,0)", "DECIMAL(38,2)"),
        ("HUGEINT", "UHUGEINT"),
        ("STRUCT(a INTEGER)", "STRUCT(A INTEGER)"),
        ("STRUCT(a INTEGER)", "STRUCT(a VARCHAR)"),
    ],
)
def test_where_a_value_or_its_kind_would_be_lost_there_is_none(old: str, new: str) -> None:
    assert widen(old, new) is None
    assert widen(new, old) is None
