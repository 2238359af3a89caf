"""Random histories: of every contact that ever was, `explain` shows what the merged views say.

As many as one likes: `CONTACT_MERGE_EXPLAINED=200 uv run pytest -m long tests/explain/test_explain_histories.py`.
"""

import os
from collections import Counter
from collections.abc import Iterable
from typing import Any

import duckdb
import pytest
from contact_merge.catalog import make_catalog
from contact_merge.explain import Explanation, explain_contact
from contact_merge.ids import uuid_value
from contact_merge.settings import Settings
from histories import History, histories, play
from hypothesis import HealthCheck, given, seed, settings
from pipeline_endpoint import PipelineEndpoint

pytestmark = [pytest.mark.long, pytest.mark.proof]

EXPLAINED = int(os.environ.get("CONTACT_MERGE_EXPLAINED", "3"))
CATALOG = make_catalog(Settings())


class Views:
    """The merged views of a warehouse, by contact."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.live = {contact for (contact,) in con.execute("select id from merged.contacts").fetchall()}
        self.redirects = by_first(con.execute("select * from merged.contact_redirects").fetchall())
        self.sources = by_first(con.execute("select * from merged.field_provenance").fetchall())
        self.conflicts = by_first(con.execute("select * from merged.field_conflicts").fetchall())
        owners = {
            kind: con.execute(f"select contact_id from merged.{kind}").fetchall() for kind in CATALOG.kinds
        }
        self.rows = {
            kind: Counter(uuid_value(contact) for (contact,) in rows) for kind, rows in owners.items()
        }
        known = {uuid_value(contact) for contact in (*self.live, *self.redirects)}
        kept = con.execute("select distinct cast(_cm_key as varchar) from ledger.contact_versions").fetchall()
        self.gone = {contact for (contact,) in kept if contact not in known}

    def check_live(self, explanation: Explanation) -> None:
        assert (explanation.state, explanation.survivor_id, explanation.chain) == (
            "live",
            explanation.contact_id,
            [],
        )
        brought = [
            (f.field, f.source_id, f.request_id) for f in explanation.fields if f.request_id is not None
        ]
        assert sorted(brought) == sorted(self.sources.get(explanation.contact_id, []))
        others = [
            (f.field, f.value, f.source_id, other.value, other.contact_id, other.request_id)
            for f in explanation.fields
            for other in f.not_taken
        ]
        assert sorted(others) == sorted(self.conflicts.get(explanation.contact_id, []))
        rows = Counter(
            kind for each in explanation.children for kind, n in each.rows.items() for _ in range(n)
        )
        rows["list_memberships"] -= sum(each.memberships_dropped for each in explanation.children)
        assert {k: rows[k] for k in CATALOG.kinds} == {
            k: self.rows[k][uuid_value(explanation.contact_id)] for k in CATALOG.kinds
        }

    def check_retired(self, explanation: Explanation) -> None:
        [(primary, survivor, request, _)] = self.redirects[explanation.contact_id]
        assert explanation.state == ("retired" if survivor else "circle")
        assert (explanation.survivor_id, explanation.survivor_state == "live") == (
            survivor,
            survivor in self.live,
        )
        assert (explanation.chain[0].primary_id, explanation.chain[0].request_id) == (primary, request)


def by_first(rows: Iterable[tuple[Any, ...]]) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for first, *rest in rows:
        found.setdefault(first, []).append(tuple(rest))
    return found


@seed(0)
@settings(
    max_examples=EXPLAINED,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
@given(histories())
def test_every_contact_of_a_random_history_is_explained_as_the_views_say(history: History) -> None:
    endpoint = PipelineEndpoint(history.settings)
    for _ in play(history, endpoint):
        pass
    with duckdb.connect(str(endpoint.output / "warehouse.duckdb"), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        views = Views(con)
        for contact in views.live | views.redirects.keys() | views.gone:
            explanation = explain_contact(con, contact, CATALOG)
            if contact in views.live:
                views.check_live(explanation)
            elif contact in views.redirects:
                views.check_retired(explanation)
            else:
                assert explanation.state in ("deleted", "missing")
