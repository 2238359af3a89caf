"""Run the checks of sql/checks/."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from contact_merge.engine.tables import count


@dataclass(frozen=True)
class Checked:
    """What a check selects.

    Attributes:
        rows_checked: how many rows it checked.
        exempt: how many of them are exempt.
        violations: how many rows violate it.
        samples: the first of these, each as the names of its columns, followed by their values.
        exempt_samples: the first of the exempt rows that are worth naming, likewise.
    """

    rows_checked: int
    exempt: int
    violations: int
    samples: list[str]
    exempt_samples: list[str]


def run_check(con: duckdb.DuckDBPyConnection, text: str, params: Mapping[str, Any], samples: int) -> Checked:
    """Run the rendered text of a check; makes the temp table `violations`.

    Args:
        params: among others those that its second statement names.
        samples: how many rows are named.
    """
    violations, figures, *exempt_rows = con.extract_statements(text)
    con.execute(f"create or replace temp table violations as {violations.query.rstrip(';')}")
    bound = {key: params[key] for key in figures.named_parameters} or None
    rows_checked, *exempt = con.execute(figures, bound).fetchall()[0]
    found = count(con, "violations")
    exempt_samples = _samples(con, exempt_rows[0].query, samples) if exempt_rows else []
    return Checked(
        rows_checked=int(rows_checked),
        exempt=int(exempt[0]) if exempt else 0,
        violations=found,
        samples=_samples(con, "from violations", samples),
        exempt_samples=exempt_samples,
    )


def _samples(con: duckdb.DuckDBPyConnection, query: str, samples: int) -> list[str]:
    """The first rows of a query: the names of their columns, each followed by its value."""
    rows = con.execute(f"select * from ({query.rstrip(';')}) order by all limit {samples}")
    names = [column[0] for column in rows.description]
    return [
        ", ".join(f"{name} {value}" for name, value in zip(names, row, strict=True) if value is not None)
        for row in rows.fetchall()
    ]
