"""Fold: standing merges in the ledger go in, the small tables that the merged views read come out.

Only contacts that hang together with a touched one are looked at, so a batch costs what it touches. The same way serves a
batch, an undo, a newer export and a rebuild: they differ in what they touch.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import duckdb
import polars as pl

from contact_merge.columns import ContactColumns
from contact_merge.fold.json_fields import Edit, Folded, JsonFold, Merge
from contact_merge.fold.json_text import parse_object
from contact_merge.fold.lines import Lines, draw_lines
from contact_merge.warehouse import render, run_sql


@dataclass(frozen=True)
class Membership:
    """The members in numbers: their standing merges and imported pointers, and the lines these make."""

    lines: Lines
    merges: pl.DataFrame
    imports: pl.DataFrame


def fold(con: duckdb.DuckDBPyConnection, columns: ContactColumns, *, answering: bool) -> Membership:
    """Fold all that hangs together with the contacts of the temp table `touched` (`contact_key`).

    Reads the temp view `all_merges` (ledger.merges and those of this batch) and, where `answering`, the temp tables `parts`
    and `ordered_requests`; then the temp tables `stretches`, `after_values` and the frames for responses are made too.
    Replaces the members' rows of fold.line, fold.redirects, fold.survivors, fold.amended, fold.json_provenance and
    fold.json_conflicts.
    """
    run_sql(con, "fold/members")
    merges, imports = _standing(con)
    lines = draw_lines(_count(con, "members"), merges, imports)
    con.register("places_frame", lines.places.to_arrow())
    con.register("edges_frame", lines.edges.to_arrow())
    con.register("imports_frame", lines.imports.to_arrow())
    linked = pl.concat([merges["p"], merges["d"], imports["d"], imports["t"]]).unique()
    con.register("linked", pl.DataFrame({"n": linked}).to_arrow())
    run_sql(con, "fold/member_line")
    run_sql(con, "fold/store_line")

    variables = columns.variables()
    run_sql(con, "fold/place_values", **variables)
    run_sql(con, "fold/edit_candidates")
    run_sql(con, "fold/changed_owners", **variables)
    candidates = _edit_candidates(con)
    edits = _amend(con, columns, candidates)
    if answering:
        run_sql(con, "fold/stretches")
        run_sql(con, "fold/after_values", **variables)
    _fold_json(con, columns, merges, edits, answering=answering)
    run_sql(con, "fold/store_values", **variables)
    return Membership(lines, merges, imports)


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return con.sql(f"select count(*) from {table}").fetchall()[0][0]


def _standing(con: duckdb.DuckDBPyConnection) -> tuple[pl.DataFrame, pl.DataFrame]:
    merges = con.sql(render("fold/standing_merges")).pl()
    con.register("member_merges", merges.to_arrow())
    imports = con.sql(render("fold/standing_imports")).pl()
    con.register("member_imports", imports.to_arrow())
    return merges, imports


def _edit_candidates(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The moments at which a raw row may show an edit; unchanged rows as they are now are left out."""
    return con.sql(
        "select edit_candidates.* from edit_candidates left join changed_owners using (n) "
        "where batch_no is not null or changed_owners.n is not null"
    ).pl()


def _amend(con: duckdb.DuckDBPyConnection, columns: ContactColumns, candidates: pl.DataFrame) -> pl.DataFrame:
    """Apply edits to the places, moment by moment; returns the candidates with the stretch that each then had."""
    con.register("edit_candidates_frame", candidates.to_arrow())
    con.execute("create or replace temp table edit_candidates as select * from edit_candidates_frame")
    con.unregister("edit_candidates_frame")
    found = []
    for batch_no in candidates["batch_no"].unique().sort(nulls_last=True).to_list():
        params = {"batch_no": batch_no}
        run_sql(con, "fold/extents_before", params)
        run_sql(con, "fold/edits", params, now=batch_no is None, **columns.variables())
        run_sql(con, "fold/amend_places", **columns.variables())
        found.append(
            con.sql(
                'select c.*, c.position - coalesce(e."left", 0) as first_position, '
                'c.position + coalesce(e."right", 0) as last_position '
                "from edit_candidates as c left join extents_before as e on e.n = c.n "
                "where c.batch_no is not distinct from cast($batch_no as bigint)",
                params=params,
            ).pl()
        )
    return pl.concat(found) if found else candidates


def _fold_json(
    con: duckdb.DuckDBPyConnection,
    columns: ContactColumns,
    merges: pl.DataFrame,
    edits: pl.DataFrame,
    *,
    answering: bool,
) -> None:
    """Fold the JSON fields; makes the frames `json_survivors`, `json_after` and `json_given` (empty without such fields)."""
    con.execute("delete from fold.json_provenance where contact_key in (select contact_key from members)")
    con.execute("delete from fold.json_conflicts where contact_key in (select contact_key from members)")
    survivors: dict[int, dict[str, object]] = defaultdict(dict)
    after: dict[int, dict[str, object]] = defaultdict(dict)
    given: dict[tuple[int, int], dict[str, object]] = defaultdict(dict)
    schema: dict[str, pl.DataType | type[pl.DataType]] = {}
    history: list[Merge] = []
    lines: dict[int, list[tuple[int, int, int | None]]] = {}
    owners: list[int] = []
    if columns.json:
        history = _history(con, merges, answering=answering)
        lines = _lines(con)
        owners = [n for (n,) in con.sql(
            "select distinct p from member_merges anti join (select d as p from member_merges) using (p)"
        ).fetchall()]  # fmt: skip
    for field in columns.json:
        i = field.i
        texts = dict(con.sql(f"select n, f{i} from place_values where f{i} is not null").fetchall())
        folded = JsonFold(texts, lines).fold(history, _json_edits(con, field.of, edits), owners)
        for n, text in folded.survivors.items():
            survivors[n] |= {f"f{i}": text}
        for seq, (text, keys, by_duplicate) in folded.after.items():
            populated = [f"{field.label}.{key}" for key in keys]
            after[seq] |= {f"f{i}": text, f"o{i}": parse_object(text) is not None, f"k{i}": populated}
            for ordinal, names in by_duplicate.items():
                given[seq, ordinal] |= {f"k{i}": [f"{field.label}.{key}" for key in names]}
        schema |= {f"f{i}": pl.String, f"o{i}": pl.Boolean, f"k{i}": pl.List(pl.String)}
        _store_told(con, field.column, folded)
    rows = [{"n": n, "known": True, **values} for n, values in survivors.items()]
    _register(con, "json_survivors", rows, {"n": pl.Int64, "known": pl.Boolean, **schema})
    rows = [{"seq": seq, "known": True, **values} for seq, values in after.items()]
    _register(con, "json_after", rows, {"seq": pl.Int64, "known": pl.Boolean, **schema})
    rows = [{"seq": seq, "ord": ordinal, **values} for (seq, ordinal), values in given.items()]
    _register(con, "json_given", rows, {"seq": pl.Int64, "ord": pl.Int64, **schema})


def _register(con: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, object]], schema: dict) -> None:
    con.register(name, pl.DataFrame(rows, schema=schema).to_arrow())


def _history(con: duckdb.DuckDBPyConnection, merges: pl.DataFrame, *, answering: bool) -> list[Merge]:
    """Standing merges and this batch's dry runs as requests, in order."""
    text = "select batch_no, seq, p, list(d order by ordinal), any_value(overwrite), false, false from member_merges group by all"
    standing = [Merge(*row) for row in con.sql(text).fetchall()] if merges.height else []
    if not answering:
        return sorted(standing, key=lambda merge: merge.seq)
    asked = con.sql(
        "select seq, any_value(n) filter (where ord = 0), list(n order by ord) filter (where ord > 0), "
        "any_value(overwrite), any_value(dry_run) from stretches group by seq"
    ).fetchall()
    answered = {
        seq: Merge(0, seq, primary, duplicates or [], overwrite, dry_run, True)
        for seq, primary, duplicates, overwrite, dry_run in asked
    }
    return sorted(
        [merge for merge in standing if merge.seq not in answered] + list(answered.values()),
        key=lambda m: m.seq,
    )


def _lines(con: duckdb.DuckDBPyConnection) -> dict[int, list[tuple[int, int, int | None]]]:
    lines: dict[int, list[tuple[int, int, int | None]]] = defaultdict(list)
    for owner, *place in con.sql(
        "select owner, position, n, joined_seq from member_line order by owner, position"
    ).fetchall():
        lines[owner].append(tuple(place))
    return lines


def _json_edits(con: duckdb.DuckDBPyConnection, of: Callable[[str], str], edits: pl.DataFrame) -> list[Edit]:
    if edits.is_empty():
        return []
    con.register("edits_frame", edits.to_arrow())
    rows = con.sql(
        f"select e.batch_no, e.n, {of('old_row')}, "
        f"case when e.batch_no is null then {of('contacts')} else {of('new_row')} end, "
        "e.owner, e.first_position, e.last_position from edits_frame as e "
        "left join ledger.seen as old_row on old_row._cm_key = e.contact_key and old_row._cm_batch = e.last_version "
        "left join ledger.seen as new_row on new_row._cm_key = e.contact_key and new_row._cm_batch = e.version "
        "left join raw.contacts as contacts on contacts._cm_key = e.contact_key"
    ).fetchall()
    con.unregister("edits_frame")
    return [Edit(*row) for row in rows]


def _store_told(con: duckdb.DuckDBPyConnection, field: str, folded: Folded) -> None:
    """Store where the values of a JSON field's keys came from, and what was not taken."""
    numbers = {"n": pl.Int64, "json_key": pl.String, "source": pl.Int64, "seq": pl.Int64}
    _insert(
        con,
        pl.DataFrame(folded.provenance, schema=numbers, orient="row"),
        "insert into fold.json_provenance "
        "select c.contact_key, $field, frame.json_key, s.contact_key, frame.seq from frame "
        "inner join members as c on c.n = frame.n inner join members as s on s.n = frame.source",
        field,
    )
    texts = {
        "n": pl.Int64, "json_key": pl.String, "kept_value": pl.String, "kept": pl.Int64,
        "other_value": pl.String, "other": pl.Int64, "seq": pl.Int64,
    }  # fmt: skip
    _insert(
        con,
        pl.DataFrame(folded.conflicts, schema=texts, orient="row"),
        "insert into fold.json_conflicts select c.contact_key, $field, frame.json_key, frame.kept_value, k.contact_key, "
        "frame.other_value, o.contact_key, frame.seq from frame inner join members as c on c.n = frame.n "
        "inner join members as k on k.n = frame.kept inner join members as o on o.n = frame.other",
        field,
    )


def _insert(con: duckdb.DuckDBPyConnection, frame: pl.DataFrame, text: str, field: str) -> None:
    con.register("frame", frame.to_arrow())
    con.execute(text, {"field": field})
    con.unregister("frame")
