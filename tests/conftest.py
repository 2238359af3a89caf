"""What the tests share: the implementations that have to behave alike, and the sample tables."""

import os

# Beside others, a worker takes one thread, and so do the commands that it starts: there are as many workers as
# processors. Both libraries read their variable once. `-n 0` tests with all threads.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    os.environ.setdefault("SLURM_CPUS_ON_NODE", "1")  # the one variable that DuckDB takes its threads from

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from contact_merge import preset
from contact_merge.engine import sql_folder, templates
from contact_merge.samples import make_samples
from hypothesis import HealthCheck, Phase, settings
from pipeline_endpoint import MakeEndpoint, PipelineEndpoint
from reference import Endpoint, endpoint_of

# Worlds are large on purpose, and how fast one is drawn says nothing of what it shows. A failing one is printed as it
# was drawn: making it smaller takes minutes, and is there for the asking (`--hypothesis-profile=default`).
settings.register_profile(
    "worlds",
    max_examples=int(os.environ.get("CONTACT_MERGE_EXAMPLES", "6")),
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    print_blob=True,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("worlds")


def reference(settings: Mapping[str, Any]) -> Endpoint:
    """The endpoint in plain Python."""
    return endpoint_of(settings)


CASES = 2
"""Of a long test, with every commit."""

IMPLEMENTATIONS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "reference": reference,
    "pipeline": PipelineEndpoint,
}


@pytest.fixture(params=["reference", pytest.param("pipeline", marks=pytest.mark.long)])
def endpoint(request: pytest.FixtureRequest) -> MakeEndpoint:
    """Makes an endpoint of one implementation: `endpoint(retired_ids="follow", max_duplicates=3)`."""
    make = IMPLEMENTATIONS[request.param]
    return lambda **settings: make(settings)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of the cases of a long test the first two run with every commit, and the others are proofs; all pages of docs do run.

    So is half of the sentences on the pipeline, which random worlds compare with the reference that shows all of them.
    """
    cases: Counter[str] = Counter()
    for item in items:
        asked = getattr(item, "callspec", None)
        if asked is None or item.get_closest_marker("long") is None or "docs" in item.path.parts:
            continue
        test = item.nodeid.partition("[")[0]
        cases[test] += item.get_closest_marker("proof") is None
        is_sentence = asked.params.get("endpoint") == "pipeline"
        if cases[test] > CASES or (is_sentence and crc32(item.nodeid.encode()) % 2):
            item.add_marker("proof")


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample tables; only to be read."""
    folder = tmp_path_factory.mktemp("samples") / "in"
    make_samples(folder)
    return folder


@pytest.fixture
def set_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Sets the rule of all fields, in copies of what ships: its text is a file of sql/rules/, and the preset names it."""
    sql = shutil.copytree(sql_folder(), tmp_path / "sql")
    presets = shutil.copytree(preset.FOLDER, tmp_path / "presets")

    def make(rule: str) -> None:
        (sql / "rules/toy.sql").write_text(rule, "utf-8")
        own = presets / "leadlex.toml"
        text = own.read_text("utf-8")
        assert '{ rule = "first" }' in text
        own.write_text(text.replace('{ rule = "first" }', '{ rule = "toy" }'), "utf-8")
        preset.read_preset.cache_clear()

    monkeypatch.setattr(templates, "sql_folder", lambda: sql)
    monkeypatch.setattr(preset, "FOLDER", presets)
    yield make
    preset.read_preset.cache_clear()
