"""Fold: standing merges in the ledger go in, the small tables that the merged views read come out.

Only contacts that hang together with a touched one are looked at, so a batch costs what it touches. The same way serves a
batch, an undo, a newer export and a rebuild: they differ in what they touch.
"""

import duckdb

from contact_merge.columns import ContactColumns
from contact_merge.fold.circles import idle_pointers
from contact_merge.fold.counts import count_moved
from contact_merge.fold.json_state import fold_json
from contact_merge.fold.lines import draw_lines
from contact_merge.ledger import stand
from contact_merge.schema import FOLDED, make_value_tables
from contact_merge.sql import run_sql
from contact_merge.tables import KINDS


def find_members(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temp tables `members`, all that hangs together with the contacts of the temp table `touched`, and
    `member_rows`, their newest rows.
    """
    run_sql(con, "fold/members")
    run_sql(con, "fold/member_rows")


def fold(con: duckdb.DuckDBPyConnection, columns: ContactColumns, *, answering: bool) -> None:
    """Fold the members.

    Reads the temp tables `members` and `member_rows`, the temp view `all_merges` (ledger.merges and those of this batch)
    and, where `answering`, the temp tables `accepted_contacts` and `ordered_requests`; then the temp tables `stretches`,
    `after_values`, `moved` and those of the JSON fields for responses are made too.
    Replaces the members' rows of fold.line, fold.redirects, fold.idle_pointers, fold.survivors, fold.overrides,
    fold.json_provenance and fold.json_conflicts.
    """
    _draw(con)
    run_sql(con, "fold/member_line")
    con.unregister("places_frame")

    variables = columns.variables()
    run_sql(con, "fold/place_values", **variables)
    run_sql(con, "fold/edit_candidates")
    run_sql(con, "fold/changed_owners", **variables)
    # a row as it is now that no merge left otherwise shows no edit
    con.execute(
        "delete from edit_candidates where batch_no is null and n not in (select n from changed_owners)"
    )
    _amend(con, columns)
    if answering:
        run_sql(con, "fold/stretches")
    con.unregister("edges_frame")

    def meanwhile() -> None:
        run_sql(con, "fold/spelled")
        run_sql(con, "fold/store_line")
        con.unregister("idle_frame")
        if answering:
            run_sql(con, "fold/after_values", **variables)
            count_moved(con)

    fold_json(con, columns, answering=answering, meanwhile=meanwhile)
    run_sql(con, "fold/store_values", **variables)


def rebuild_fold(con: duckdb.DuckDBPyConnection, columns: ContactColumns) -> None:
    """Empty the tables of the schema fold and fill them from raw tables and ledger."""
    for table in FOLDED:
        con.execute(f"delete from fold.{table}")
    make_value_tables(con, columns)
    find_id_spellings(con)
    run_sql(con, "fold/touched_ever")
    stand(con)
    find_members(con)
    fold(con, columns, answering=False)


def find_id_spellings(con: duckdb.DuckDBPyConnection) -> None:
    """Look in the raw tables for contacts that are not everywhere spelled as contacts spell them; fills fold.id_spellings."""
    run_sql(con, "fold/find_id_spellings", kinds=KINDS)


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return con.sql(f"select count(*) from {table}").fetchall()[0][0]


def _draw(con: duckdb.DuckDBPyConnection) -> None:
    """Draw the members' lines: `places_frame`, `edges_frame` and `imports_frame`, as fold/lines.py describes them.

    Makes the temp tables `member_merges` and `member_imports` of the standing merges and imported pointers; those without
    effect stand in `idle_frame` (fold/circles.py).
    """
    run_sql(con, "fold/member_merges")
    run_sql(con, "fold/member_imports")
    merges = con.sql(
        "select batch_no, seq, ordinal, p, d, overwrite from member_merges order by seq, ordinal"
    ).pl()
    imports = con.sql("select batch_no, d, t from member_imports order by batch_no, d").pl()
    idle = idle_pointers(merges, imports)
    con.register("idle_frame", idle.to_arrow())
    if not idle.is_empty():
        con.execute("delete from member_imports where d in (select d from idle_frame)")
        imports = imports.join(idle, on="d", how="anti", maintain_order="left")
    lines = draw_lines(_count(con, "members"), merges, imports)
    con.register("places_frame", lines.places.to_arrow())
    con.register("edges_frame", lines.edges.to_arrow())
    con.register("imports_frame", lines.imports.to_arrow())


def _amend(con: duckdb.DuckDBPyConnection, columns: ContactColumns) -> None:
    """Apply edits to the places, moment by moment."""
    moments = "select distinct batch_no from edit_candidates order by batch_no nulls last"
    for (batch_no,) in con.execute(moments).fetchall():
        run_sql(con, "fold/edits", {"batch_no": batch_no}, now=batch_no is None, **columns.variables())
        run_sql(con, "fold/amend_places", **columns.variables())
