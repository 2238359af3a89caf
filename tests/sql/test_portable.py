"""Statements that only move big tables, in sql/extract and sql/apply, keep to a subset of SQL that every engine understands.

The subset is a list of the nodes that SQLGlot may find in a rendered statement. What is not in the list is refused, also where
DuckDB and SQLGlot know it: an engine may know it not at all, or in another sense.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlglot
from added_children import with_children
from contact_merge.catalog import make_catalog
from contact_merge.columns import Column, ContactColumns, Field
from contact_merge.engine import render, sql_folder
from contact_merge.preset import read_preset
from contact_merge.schema import PLAN, overlaid, rehomed
from contact_merge.settings import Settings
from contact_merge.tables import KEY
from msgspec import structs
from sqlglot import exp

FOLDERS = ("apply", "extract")
NODES = frozenset(
    (
        exp.Select, exp.From, exp.Where, exp.With, exp.CTE, exp.Subquery, exp.Union, exp.Join, exp.Table, exp.TableAlias,
        exp.Identifier, exp.Column, exp.Alias, exp.Literal, exp.Null, exp.Boolean, exp.Paren,
        exp.And, exp.Or, exp.Not, exp.Is, exp.EQ, exp.NEQ, exp.In, exp.Case, exp.If, exp.Coalesce,
        exp.Group, exp.Order, exp.Ordered, exp.Count, exp.Min, exp.Max, exp.ArgMin, exp.Star, exp.Cast, exp.DataType,
        exp.Substring,
    )
)  # fmt: skip
"""Stars, casts and least values of others count only as `faults` says."""
PARTS = {
    exp.Join: {"this", "side", "kind", "on"},
    exp.Group: {"expressions"},
    exp.Union: {"this", "expression", "with_"},
}
"""Of some nodes the only parts that they may have: no ASOF, no USING, no GROUP BY ALL, no UNION BY NAME."""
CASTS = {
    ("survivor_id", "TEXT"): "it is text already",
    ("contact_key", "TEXT"): "a UUID has one text, and so has a whole number",
    ("_cm_key", "TEXT"): "a UUID has one text, and so has a whole number",
    ("contact_key", "UUID"): "only DuckDB reads the plan so: others have keys as text, and need no cast",
    ("survivor_key", "UUID"): "only DuckDB reads the plan so: others have keys as text, and need no cast",
    ("survivor_key", "BIGINT"): "it is one already",
    ("survivor_key", "INT"): "it is a whole number that the type holds",
}
"""By column and type, as SQLGlot spells it, why a cast gives the same values in each engine. Texts of numbers differ."""


def faults(text: str) -> Iterator[str]:
    """What in a statement is not in the portable subset."""
    for tree in sqlglot.parse(text, read="duckdb"):
        for node in tree.walk() if tree else ():
            name = type(node).__name__
            if type(node) not in NODES:
                yield name
            elif type(node) in PARTS:
                yield from (
                    f"{name} with {part}"
                    for part, value in node.args.items()
                    if value and part not in PARTS[type(node)]
                )
                if isinstance(node, exp.Union) and node.args.get("distinct"):
                    yield "Union without all"
            elif isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
                yield "Star"
            elif isinstance(node, exp.Cast) and (node.this.name, node.to.sql("duckdb")) not in CASTS:
                yield f"Cast of {node.this.name} to {node.to.sql('duckdb')}"
            elif isinstance(node, exp.ArgMin) and not _skips_null(node):
                yield "ArgMin that does not say what becomes of nulls"


def _skips_null(least: exp.ArgMin) -> bool:
    """Whether it reads `arg_min(v, case when v is not null then … end)`: some engines skip a null v, some do not."""
    place = least.expression
    if not isinstance(place, exp.Case) or place.args.get("default") or len(place.args["ifs"]) != 1:
        return False
    return place.args["ifs"][0].this == exp.Not(this=exp.Is(this=least.this, expression=exp.Null()))


def rendered() -> Iterator[tuple[str, str]]:
    """The statements of the folders with all children, types of ids and of their references, and both places of their rows."""
    manager = Field(0, "manager", "manager", "text", False, '"manager"', "VARCHAR", "first")
    contacts = (
        Column(0, "id", "VARCHAR", ()),
        Column(1, "updated_at", "TIMESTAMP", ()),
        Column(2, "manager", "VARCHAR", (manager,)),
    )
    plain = ContactColumns(contacts, read_preset().entity, "UUID")
    columns = replace(plain, reference_names=frozenset({"manager"}))
    for name in PLAN:
        yield (
            f"apply/{name}",
            render(f"apply/{name}", changing=columns.changing, references=columns.references),
        )
    keys = ["contact_key", "survivor_key"]
    yield (
        "apply/plan",
        render("apply/plan", key_type="UUID", table="child_targets", keys=keys, values=["survivor_id"]),
    )
    yield "apply/plan", render("apply/plan", key_type="UUID", table="retired", keys=keys[:1], values=())
    yield "apply/rows_to_rehome", render("apply/rows_to_rehome", keys="keys", type="VARCHAR")
    yield "apply/cells", render("apply/cells", cells="cells")
    plan = {name: name for name in PLAN}
    (calls,) = make_catalog(with_children(REFERENCES)).children[6:]
    kinds = {"who_id": "VARCHAR", "others": "VARCHAR[]", "kind": "VARCHAR", "weight": "INTEGER"}
    columns_of_calls = [Column(i, name, kind, ()) for i, (name, kind) in enumerate(kinds.items())]
    of_calls = {**plan, "cells_1": "cells_1", "cells_2": "cells_2"}
    for snapshot in (False, True):
        yield (
            "apply/child",
            rehomed(calls, columns_of_calls, rows="children", plan=of_calls, snapshot=snapshot),
        )
    for named_by in (KEY, "id"):
        for its in (plain, columns):
            yield "apply/entity", overlaid(its, rows="contacts", named_by=named_by, plan=plan)
    entity = structs.replace(columns.entity, id_type="salesforce")
    yield (
        "apply/entity",
        overlaid(
            replace(columns, entity=entity, key_type="VARCHAR"), rows="contacts", named_by="id", plan=plan
        ),
    )
    kinds = {
        "uuid": ("UUID", "VARCHAR"),
        "integer": ("BIGINT", "INTEGER", "VARCHAR"),
        "text": ("VARCHAR",),
        "salesforce": ("VARCHAR",),
    }
    types = [(id_type, type_) for id_type, its in kinds.items() for type_ in its]
    for any_child in make_catalog(Settings()).children:
        for id_type, type_ in types:
            child = replace(any_child, id_type=id_type)
            names = dict.fromkeys([*child.key, child.reference, 'a "name"'], type_)
            columns_of_child = [Column(i, name, kind, ()) for i, (name, kind) in enumerate(names.items())]
            for snapshot in (False, True):
                text = rehomed(child, columns_of_child, rows="children", plan=plan, snapshot=snapshot)
                yield f"apply/{'deduplicated_child' if child.deduplicated else 'child'}", text


REFERENCES = """
[children.calls]
references = ["who_id", "others"]
separator = ";"
where = { kind = ["Contact"], weight = [1] }
"""
"""A child with cells of several ids, of which some rows name nobody."""


def test_every_statement_is_portable() -> None:
    assert [(name, fault) for name, text in rendered() for fault in faults(text)] == []


def test_every_file_is_rendered_and_every_reason_is_needed() -> None:
    files = {
        f"{folder}/{path.stem}" for folder in FOLDERS for path in (sql_folder() / folder).glob("[!_]*.sql")
    }
    assert {name for name, _ in rendered()} == files
    trees = [sqlglot.parse_one(text, read="duckdb") for _, text in rendered()]
    casts = {(cast.this.name, cast.to.sql("duckdb")) for tree in trees for cast in tree.find_all(exp.Cast)}
    assert casts == CASTS.keys()


def is_refused(text: str) -> bool:
    """Whether a statement has a fault, or is none."""
    try:
        return any(faults(text))
    except sqlglot.ParseError:
        return True


REFUSED = {
    "select * from t": "Star",
    "select t.* from t": "Star",
    "from t": "Star",
    "select getvariable('x') as a from t": "Anonymous",
    "select a_macro(a) as a from t": "Anonymous",
    "select a from t qualify row_number() over (order by a) = 1": "Qualify",
    "select row_number() over () as a from t": "RowNumber",
    "select cast(number as varchar) as a from t": "Cast of number to TEXT",
    "select number::varchar as a from t": "Cast of number to TEXT",
    "select cast(number as uuid) as a from t": "Cast of number to UUID",
    "select try_cast(contact_key as uuid) as a from t": "TryCast",
    "select arg_min(a, b) as a from t": "ArgMin that does not say what becomes of nulls",
    "select arg_min(a, case when b is not null then b end) as a from t": "ArgMin that does not say what becomes of nulls",
    "select min_by(a, b) as a from t": "ArgMin that does not say what becomes of nulls",
    "select t.a from t asof join s on t.a >= s.a": "Join with method",
    "select t.a from t join s using (a)": "Join with using",
    "select t.a from t positional join s": "Join with method",
    "select a from t where a is not distinct from b": "NullSafeEQ",
    "select a from t where a = $a": "Placeholder",
    "select a from read_parquet('x.parquet')": "ReadParquet",
    "select a, count(*) as n from t group by all": "Group with all",
    "select a from t limit 1": "Limit",
    "select distinct a from t": "Distinct",
    "select a from t union select a from s": "Union without all",
    "select a from t union all by name select a from s": "Union with by_name",
    "select epoch_us(a) as a from t": "Anonymous",
    "select [a] as a from t": "Array",
    "select {'a': a} as a from t": "Struct",
    "select concat(a, b) as a from t": "Concat",
    "select a || b as a from t": "DPipe",
    "select a / b as a from t": "Div",
    "update t set a = 1": "Update",
    "create macro m(a) as a": "Create",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_engines_do_not_share_is_refused(text: str) -> None:
    assert REFUSED[text] in list(faults(text))


@pytest.mark.parametrize(
    "text",
    [
        "select arg_min(a, case when a is not null then b end) as a from t",
        "select a, count(*) as n, min(b) as b from t where a is not null group by a",
        "with s as (select a from t) select a from s union all select a from t left join s on s.a = t.b where t.b in ('x')",
    ],
)
def test_what_they_share_is_allowed(text: str) -> None:
    assert list(faults(text)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("children.", "children.*, children."),
        ("coalesce(", "first_filled("),
        ("left join", "asof left join"),
        ("child_targets.survivor_id as", "children.row_count as"),
    ],
)
def test_a_statement_of_ours_that_leaves_the_subset_is_found(old: str, new: str) -> None:
    broken = [text.replace(old, new) for name, text in rendered() if name == "apply/child" and old in text]
    assert broken
    assert all(map(is_refused, broken))
