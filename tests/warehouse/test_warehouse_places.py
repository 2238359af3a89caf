"""Where a warehouse cannot be: among the outputs, in a file that is no database, in a folder, in another program's database."""

import shutil
from pathlib import Path

import duckdb
import pytest
from contact_merge import cli
from contact_merge.samples import make_samples

pytestmark = pytest.mark.long


@pytest.mark.parametrize(
    "name", ["merged/contacts.parquet", "manifest.json", "preview/w.duckdb", ".lock", "events/w"]
)
@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_a_warehouse_among_the_outputs_is_refused(
    tmp_path: Path, samples: Path, capsys: pytest.CaptureFixture[str], name: str, options: list[str]
) -> None:
    out = tmp_path / "out"
    arguments = [
        "run", "--input", str(samples), "--output", str(out), "--warehouse", str(out / name), *options,
    ]  # fmt: skip
    assert cli.main(arguments) == 2
    assert "would replace the warehouse" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("link_to_outputs", [True, False])
def test_a_link_does_not_hide_that_a_warehouse_is_among_the_outputs(
    tmp_path: Path, samples: Path, capsys: pytest.CaptureFixture[str], link_to_outputs: bool
) -> None:
    out = tmp_path / "out"
    (out / "merged").mkdir(parents=True)
    if link_to_outputs:
        place, target = tmp_path / "w.duckdb", out / "merged/contacts.parquet"
    else:
        place, target = out / "merged/contacts.parquet", tmp_path / "w.duckdb"
    place.symlink_to(target)
    assert cli.main(["run", "--input", str(samples), "--output", str(out), "--warehouse", str(place)]) == 2
    assert "would replace the warehouse" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["w.csv", "w.json", "w.parquet", "w.tsv"])
@pytest.mark.parametrize("command", ["run", "undo", "verify", "explain", "rebuild"])
def test_a_file_that_duckdb_would_read_as_a_table_is_no_warehouse(
    tmp_path: Path, samples: Path, capsys: pytest.CaptureFixture[str], name: str, command: str
) -> None:
    place = tmp_path / name
    if name == "w.parquet":
        shutil.copy(samples / "contacts.parquet", place)
    else:
        place.write_text('{"a": 1}\n' if name == "w.json" else "a\n1\n", encoding="utf-8")
    before = place.read_bytes()
    given = {
        "run": ["--input", str(samples), "--output", str(tmp_path / "out")],
        "undo": ["--output", str(tmp_path / "out"), "req-001"],
        "rebuild": ["--output", str(tmp_path / "out")],
        "explain": ["aaaaaaaa-0000-4000-8000-000000000001"],
        "verify": [],
    }[command]
    assert cli.main([command, "--warehouse", str(place), *given]) == 2
    assert "no DuckDB database" in capsys.readouterr().err
    assert place.read_bytes() == before
    assert not (tmp_path / "out/manifest.json").exists()


@pytest.mark.parametrize("place", [".", "", "a?b.duckdb", "a\\b.duckdb"])
def test_a_path_for_no_file_is_refused(
    tmp_path: Path,
    samples: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["run", "--input", str(samples), "--output", "out", "--warehouse", place]) == 2
    printed = capsys.readouterr().err
    assert "this is a folder" in printed or "reads a" in printed or "there is no path" in printed
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("export", ["full", "none"])
@pytest.mark.parametrize("command", ["run", "undo", "rebuild"])
def test_another_program_s_database_is_left_as_it_is(
    tmp_path: Path, samples: Path, capsys: pytest.CaptureFixture[str], export: str, command: str
) -> None:
    place = tmp_path / "theirs.duckdb"
    with duckdb.connect(str(place)) as con:
        con.execute("create schema raw")
        con.execute("create table raw.contacts as select 1 as a")
    before = place.read_bytes()
    (tmp_path / "settings.toml").write_text(f'export = "{export}"\n', encoding="utf-8")
    given = {"run": ["--input", str(samples)], "undo": ["req-001"], "rebuild": []}[command]
    common = ["--warehouse", str(place), "--output", str(tmp_path / "out")]
    assert cli.main([command, *common, "--config", str(tmp_path / "settings.toml"), *given]) == 2
    assert "contact-merge: " in capsys.readouterr().err
    assert place.read_bytes() == before


def test_a_run_for_which_memory_is_too_little_leaves_nothing(
    tmp_path: Path, samples: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "settings.toml").write_text('memory_limit = "1KB"\n', encoding="utf-8")
    out = tmp_path / "out"
    arguments = ["--input", str(samples), "--output", str(out), "--config", str(tmp_path / "settings.toml")]
    assert cli.main(["run", *arguments]) == 2
    assert "raise memory_limit" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("name", ["a*b", "[x]", "a?b", "x[1"])
def test_folders_may_have_names_that_look_like_patterns(tmp_path: Path, name: str) -> None:
    folder, output, warehouse = tmp_path / name, tmp_path / f"{name} out", tmp_path / "w.duckdb"
    make_samples(folder)
    assert (
        cli.main(
            ["run", "--input", str(folder), "--output", str(output), "--warehouse", str(warehouse), "--quiet"]
        )
        == 1
    )
    assert cli.main(["verify", "--warehouse", str(warehouse), "--output", str(output), "--quiet"]) == 0
