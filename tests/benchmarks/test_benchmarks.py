"""The benchmarks work, at tiny sizes, and check that outputs are right; how long anything takes is not checked."""

import importlib.util
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from contact_merge.settings import Settings
from contact_merge.warehouse import open_warehouse

pytestmark = pytest.mark.long

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def bench(tmp_path: Path, line: str) -> dict[str, Any]:
    """The figures of one command of run.py; it fails where an output of what it measured is not right."""
    file = tmp_path / "figures.json"
    options = ["--repeat", "1", "--work", str(tmp_path), "--json", str(file)]
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "run.py"), *shlex.split(line), *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(file.read_text(encoding="utf-8"))


def test_merge_is_measured_beside_both_yardsticks(tmp_path: Path) -> None:
    figures = bench(tmp_path, "merge --contacts 300 --requests 40")
    assert [len(rounds) for rounds in figures["processes"].values()] == [1, 1, 1]
    assert [measure["most"] for measure in figures["measures"]] == [1.25, 1.25, None]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figures.json", "inputs"]


def test_shapes_are_measured_whole_and_deciding_alone(tmp_path: Path) -> None:
    figures = bench(tmp_path, "shapes --shapes forest --sizes 40")
    assert [measure["what"].split(": ")[1].split(",")[0] for measure in figures["measures"]] == [
        "whole run",
        "the pass request by request (retirement._walk)",
        "accept or refuse (retirement.answer)",
        "all of contact_merge.decide",
    ]


def test_rivals_merge_independent_pairs_as_we_do(tmp_path: Path) -> None:
    figures = bench(tmp_path, "rivals --shapes pairs --contacts 300 --requests 40")
    there = importlib.util.find_spec("pandas") is not None
    rivals = ["SQLite loop", *(["pandas script"] if there else []), "depth-1 SQL"]
    same = [
        note for note in figures["notes"] if "pairs: 0 contacts and 0 child rows differ from ours" in note
    ]
    assert [note.split(",")[0] for note in same] == rivals
    assert any("pandas script was left out" in note for note in figures["notes"]) is not there


def test_move_compresses_as_the_warehouse_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    move = importlib.import_module("move")
    with open_warehouse(tmp_path / "warehouse.duckdb", Settings()) as con:
        setting = con.execute("select current_setting('disabled_compression_methods')").fetchall()[0][0]
    assert set(setting.lower().split(",")) == set(move.AS_PRODUCT.split(","))


def test_readme_lists_every_command_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    run = importlib.import_module("run")
    readme = (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    for line in run.ALL.values():
        run.make_parser().parse_args(shlex.split(line))
        assert f"benchmarks/run.py {line}`" in readme


def test_a_report_is_made_of_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    report, figures = importlib.import_module("report"), importlib.import_module("figures")
    result = figures.Result("merge", "3 contacts", "merge --contacts 3")
    result.processes = {name: [figures.Figures(s, 2, 0.5, 10) for s in (2, 4)] for name in ("run", "move")}
    result.ratio("run ÷ move", "run", "move", most=1.25)
    result.measures.append(figures.Measure("rival ÷ run", "×", [50.0, 60.0], least=100))
    figures.stamp(result)
    figures.save(result, tmp_path / "merge.json")
    found = {"merge": figures.load(tmp_path / "merge.json")}
    tables = report.markdown(found)
    assert "| run | 2.00 / 3.00 / 4.00 | 2.00 | 0.50 | 10.0 |" in tables
    assert "| run ÷ move | 1.00 / 1.00 / 1.00 × | ≤ 1.25 × | reached |" in tables
    assert "| rival ÷ run | 50.0 / 55.0 / 60.0 × | ≥ 100 × | missed |" in tables
    assert report.plot(found).count("<rect") == 1 + 2
