"""A warehouse as an older version of the program left it, made of one of this version."""

import json
from pathlib import Path

import duckdb
from contact_merge.engine import run_sql


def downgrade_to_3(warehouse: Path) -> None:
    """Version 3 had no guards, no deletions and no views over what was loaded, and other names for some tables.

    It recorded no settings, and sealed none.
    """
    with duckdb.connect(str(warehouse)) as con:
        con.execute("update ledger.batches set settings = null")
        for (batch_no,) in con.execute("select batch_no from ledger.batches order by batch_no").fetchall():
            run_sql(con, "ledger/seal_batch", {"batch_no": batch_no})
        newest = con.execute("select digest from ledger.batches order by batch_no desc limit 1").fetchone()
        manifest = warehouse.with_name("manifest.json")
        listed = json.loads(manifest.read_text(encoding="utf-8"))
        manifest.write_text(json.dumps({**listed, "ledger_digest": newest and newest[0]}), encoding="utf-8")
        loaded, snapshots = (
            con.execute(
                f"select {kind}_name from duckdb_{kind}s() where starts_with({kind}_name, '_cm_loaded_')"
            ).fetchall()
            for kind in ("table", "view")
        )
        for (name,) in snapshots:
            con.execute(f"create table raw.copied as from raw.{name}")
            con.execute(f"drop view raw.{name}")
            con.execute(f"alter table raw.copied rename to {name}")
            con.execute(f"drop table raw.{name.replace('loaded', 'keys')}")
        tables = [name.removeprefix("_cm_loaded_") for (name,) in [*loaded, *snapshots]]
        for statement in (
            "drop table raw._cm_snapshots",
            "drop table raw._cm_flagged",
            "alter table ledger.contact_versions rename to seen",
            "drop table fold.kept",
            "drop table fold.conflicts",
            "alter table if exists fold.id_spellings rename to spellings",
            "alter table fold.line rename membership_position to member_position",
            "drop view fold.child_targets",
            "alter table ledger.batches drop column allowed",
            "alter table ledger.batches drop column settings",
            "alter table ledger.batches drop column event",
            "drop view if exists raw._cm_entity",
            "drop table ledger.deletions",
            *(f"drop view raw.{table}" for table in tables),
            *(f"alter table raw._cm_loaded_{table} rename to {table}" for table in tables),
            "drop table ledger.restored",
            "alter table ledger.warehouse drop column restored_since",
            "update ledger.warehouse set version = 3",
        ):
            con.execute(statement)
