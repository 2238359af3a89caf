"""The benchmarks work, at tiny sizes, and check that outputs are right; how long anything takes is not checked."""

import importlib.util
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from contact_merge.engine import PARQUET

pytestmark = [pytest.mark.long, pytest.mark.proof]

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


def goals(figures: dict[str, Any]) -> list[float]:
    return [measure["most"] for measure in figures["measures"] if measure["most"] is not None]


@pytest.mark.parametrize(("name", "expected"), [("merge", [1, 2]), ("wide", [1.4])])
def test_a_merge_is_measured_beside_both_moves_and_the_direct_one(
    tmp_path: Path, name: str, expected: list[float]
) -> None:
    figures = bench(tmp_path, f"{name} --contacts 300 --requests 40")
    assert [len(rounds) for rounds in figures["processes"].values()] == [1, 1, 1, 1]
    assert goals(figures) == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figures.json", "inputs"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [("batch --new 20", [0.06]), ("nightly --new 20", [0.7]), ("verify", [1.5]), ("undo --new 20", [])],
)
def test_a_loaded_warehouse_is_measured_beside_both_moves(
    tmp_path: Path, line: str, expected: list[float]
) -> None:
    figures = bench(tmp_path, f"{line} --contacts 300 --requests 40")
    beside = [measure["what"].partition(" ÷ move, ")[2] for measure in figures["measures"]]
    assert beside == ["DuckDB's defaults", "with our Parquet settings"] * (len(beside) // 2)
    assert goals(figures) == expected
    assert not (tmp_path / "loaded").exists()


def test_nights_show_seconds_and_sizes_of_each(tmp_path: Path) -> None:
    figures = bench(tmp_path, "nights --nights 3 --contacts 300 --new 20")
    assert len(figures["processes"]["one night"]) == 3
    values = {measure["what"]: measure["values"] for measure in figures["measures"]}
    seconds = [night["seconds"] for night in figures["processes"]["one night"]]
    assert values["night 3 ÷ night 2"] == [seconds[2] / seconds[1]]
    assert [len(sizes) for what, sizes in values.items() if "size after each night" in what] == [3, 3, 3]


def test_each_night_exports_as_many_contacts_and_no_retired_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    generate, night = importlib.import_module("generate"), importlib.import_module("night")
    generate.generate(tmp_path / "all", contacts=90, requests=30, shape="arrivals")
    gone: set[str] = set()
    for n in range(3):
        folder = tmp_path / str(n)
        night.night(tmp_path / "all", folder, first=10 * n, until=10 * (n + 1))
        contacts = set(pq.read_table(folder / "contacts.parquet")["id"].to_pylist())
        requests = pq.read_table(folder / "merge_requests.parquet").to_pylist()
        duplicates = {id_ for request in requests for id_ in request["duplicate_ids"]}
        assert (len(contacts), len(requests), len(duplicates)) == (70, 10, 10)
        assert duplicates | {request["primary_id"] for request in requests} <= contacts
        assert set(pq.read_table(folder / "notes.parquet")["contact_id"].to_pylist()) <= contacts
        assert not contacts & gone
        gone |= duplicates


def test_disk_is_shown_in_parts_that_add_up(tmp_path: Path) -> None:
    figures = bench(tmp_path, "disk --contacts 300 --requests 40")
    value = {measure["what"]: measure["values"][0] for measure in figures["measures"]}
    snapshots, keys, rest = (
        value[f"{part} ÷ Parquet input"] for part in ("snapshots", "keys", "rest of the warehouse")
    )
    assert min(snapshots, keys, rest) > 0
    allowed = 40 * 8000 / (value["Parquet input"] * 2**20)
    together = value["snapshots, keys and rest, less 8 KB a request, ÷ Parquet input"]
    assert together == pytest.approx(snapshots + keys + rest - allowed)
    assert goals(figures) == [1.35, 1]


def test_shapes_are_measured_whole_and_deciding_alone(tmp_path: Path) -> None:
    figures = bench(tmp_path, "shapes --shapes forest --contacts 44 88")
    assert [measure["what"] for measure in figures["measures"]] == [
        "forest of 44 contacts: whole run",
        "forest of 88 contacts: whole run",
        "forest: a request at 88 ÷ at 44 contacts",
        "forest of 88 contacts: accept or refuse alone",
    ]


def test_a_shape_has_as_many_requests_as_its_contacts_are_enough_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    shapes = importlib.import_module("shapes")
    for shape in shapes.SHAPES:
        for contacts in range(30, 80):
            most = shapes.requests_possible(shape, contacts)
            assert shapes.contacts_needed(shape, most) <= contacts < shapes.contacts_needed(shape, most + 1)


def test_rivals_merge_independent_pairs_as_we_do(tmp_path: Path) -> None:
    figures = bench(tmp_path, "rivals --shapes pairs --contacts 300 --requests 40")
    there = importlib.util.find_spec("pandas") is not None
    rivals = ["SQLite loop", *(["pandas script"] if there else []), "depth-1 SQL"]
    same = [
        note for note in figures["notes"] if "pairs: 0 contacts and 0 child rows differ from ours" in note
    ]
    assert [note.split(",")[0] for note in same] == rivals
    assert any("pandas script was left out" in note for note in figures["notes"]) is not there
    assert [note for note in figures["notes"] if note.startswith("direct, pairs: ")]
    assert goals(figures) == [*([0.75] if there else []), 1.2, 2]


@pytest.mark.parametrize(("shape", "requests"), [("pairs", 100), ("star", 12)])
def test_the_direct_merge_fills_as_we_do_where_lines_do_not_nest(
    tmp_path: Path, shape: str, requests: int
) -> None:
    """Without overwrite and with JSON as plain text, which is all that it claims."""
    given, ours, theirs = (tmp_path / name for name in ("in", "out", "direct"))
    (tmp_path / "settings.toml").write_text("json_fields = []\n")
    generate = [sys.executable, BENCHMARKS / "generate.py", given, "--contacts", "300"]
    run = [Path(sys.executable).with_name("contact-merge"), "run", "--input", given, "--output", ours]
    for command in (
        [*generate, "--shape", shape, "--requests", str(requests), "--overwrite", "0"],
        [*run, "--config", tmp_path / "settings.toml", "--as-of", "2026-11-25T12:00:00Z"],
        [sys.executable, BENCHMARKS / "rivals" / "direct.py", given, theirs, "2026-11-25T12:00:00"],
    ):
        subprocess.run(command, check=True, capture_output=True)
    compare = [sys.executable, BENCHMARKS / "rivals" / "compare.py", ours / "merged", theirs]
    differing = json.loads(subprocess.run(compare, check=True, capture_output=True).stdout)
    assert len(differing) == 8
    assert set(differing.values()) == {0}
    retired = pq.read_metadata(given / "contacts.parquet").num_rows
    retired -= pq.read_metadata(theirs / "contacts.parquet").num_rows
    assert retired == requests * (1 if shape == "pairs" else 20)


def test_the_direct_merge_follows_chains_to_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS / "rivals"))
    direct = importlib.import_module("direct")
    assert direct.survivors(["C", "B", "E"], ["B", "A", "D"]) == {"C": "A", "B": "A", "E": "D"}


def test_what_is_measured_does_not_find_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    measure = importlib.import_module("measure")
    with pytest.raises(RuntimeError, match="hidden by benchmarks/without_pandas"):
        measure.measure([sys.executable, "-c", "import pandas"])


def test_move_writes_parquet_as_we_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    assert importlib.import_module("move").OUR_PARQUET == PARQUET


def test_readme_lists_every_command_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    run = importlib.import_module("run")
    readme = (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    for name in run.SUITES:
        run.make_parser().parse_args([name])
        assert f"benchmarks/run.py {name}`" in readme


def test_a_report_is_made_of_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    report, figures = importlib.import_module("report"), importlib.import_module("figures")
    result = figures.Result("merge", "merge --contacts 3", "3 contacts")
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
    commit = result.machine["commit"]
    assert (
        f"| merge: run ÷ move | 1.00 / 1.00 / 1.00 × | ≤ 1.25 × | reached | `run.py merge --contacts 3` | {commit} |"
        in tables
    )
    assert report.plot(found).count("<rect") == 1 + 2
