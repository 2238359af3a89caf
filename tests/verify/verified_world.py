"""A warehouse in which some of everything has happened, for tests of `verify`, and the means to damage it.

Contacts are letters (story.py). Values of fields begin with `secret`, for no check may ever show one.

- batch 1: r1 b fills a, r2 d and e overwrite c; r3 a dry run, r4 a refusal, r5 a merge (l fills k), r6 its replay.
  In its export x points into a, y and w point at each other, v points nowhere
- batch 2: a was edited; r7 a fills f (a chain), r8 h fills g
- batch 3: g is gone from the export; r9 j fills i
- batch 4: r9 is undone
- batch 5: r10 is a refusal alone, and a note of the same run cannot be used
"""

import json
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import duckdb
from contact_merge.settings import Settings
from contact_merge.verify import CheckResult, verify
from pipeline_endpoint import PipelineEndpoint
from story import Story, id_of

LETTERS = "abcdefghijklmnvwxy"
REBUILT, APPENDED = "projection_rebuilt", "ledger_appended"


def people(**changed: Any) -> dict[str, dict[str, Any]]:
    """The contacts of an export; a letter given as None is not in it."""
    rows: dict[str, dict[str, Any]] = {
        letter: {
            "full_name": f"secret {letter}",
            "phone": None,
            "score": None,
            "tags": None,
            "custom_fields": None,
            "merged_into_id": None,
        }
        for letter in LETTERS
    }
    rows["b"] |= {
        "phone": "secret 2",
        "score": 7,
        "tags": ["secret"],
        "custom_fields": '{"plan":"secret","z":0}',
    }
    rows["a"] |= {"custom_fields": '{"own":"secret own"}'}
    rows["d"] |= {"phone": "secret d", "custom_fields": '{"plan":1.10}'}
    rows["e"] |= {"phone": "secret e", "score": 9}
    rows["h"] |= {"phone": "secret h"}
    rows["j"] |= {"phone": "secret j"}
    rows["l"] |= {"phone": "secret l"}
    pointers = {"x": "a", "y": "w", "w": "y", "v": "z"}
    for letter, target in pointers.items():
        rows[letter] |= {"merged_into_id": id_of(target)}
    for letter, fields in changed.items():
        if fields is None:
            del rows[letter]
        else:
            rows[letter] |= fields
    return rows


@cache
def the_world() -> PipelineEndpoint:
    """All of it, run once; copy it to damage it."""
    endpoint = PipelineEndpoint({})
    story = Story(endpoint)
    story.load(
        people(),
        notes="a b b x v j m",
        emails="d h",
        lists="L:a L:b M:b L:d M:d M:e L:h L:x K:y L:m",
    )
    story.batch(
        story.request("a", "b"),
        story.request("c", "d", "e", overwrite=True),
        story.request("m", "n", dry_run=True),
        story.request("m", "b"),
        story.request("k", "l", idempotency_key="once"),
        story.request("k", "l", idempotency_key="once"),
    )
    edited = {"a": {"full_name": "secret edit", "custom_fields": '{"own":"secret new"}'}}
    story.load(people(**edited))
    story.batch(story.request("f", "a"), story.request("g", "h"))
    story.load(people(**edited, g=None))
    story.ask("i", "j")
    story.undo("r9")
    story.load(notes="a b b x v j m nobody")
    story.ask("m", "b")
    return endpoint


class Copy:
    """A copy of the world, to be damaged."""

    def __init__(self, output: Path, folder: Path) -> None:
        self.output = folder / "out"
        shutil.copytree(output, self.output)
        self.warehouse = self.output / "warehouse.duckdb"

    def execute(self, *statements: str) -> None:
        """Change the warehouse behind the pipeline's back; `{a}` stands for the id of a."""
        with duckdb.connect(str(self.warehouse)) as con:
            con.execute("set timezone = 'UTC'")
            for statement in statements:
                con.execute(with_ids(statement))

    def manifest(self) -> dict[str, Any]:
        return json.loads((self.output / "manifest.json").read_text("utf-8"))

    def write_manifest(self, **changed: Any) -> None:
        (self.output / "manifest.json").write_text(json.dumps(self.manifest() | changed), "utf-8")

    def verify(self, *, files: bool) -> list[CheckResult]:
        return verify(self.warehouse, self.output if files else None, Settings())

    def failures(self, *, files: bool = False) -> dict[str, list[str]]:
        """The checks that fail, with their samples."""
        return {result.name: result.samples for result in self.verify(files=files) if not result.passed}


def with_ids(text: str) -> str:
    """Text in which `{a}` is the id of the contact a."""
    for letter in ascii_lowercase:
        text = text.replace(f"{{{letter}}}", id_of(letter))
    return text


def check_failures(found: dict[str, list[str]], expected: dict[str, str]) -> None:
    """Exactly the expected checks failed, each with a sample that names the row, and none shows a value."""
    assert found.keys() == expected.keys(), found
    for name, part in expected.items():
        assert any(with_ids(part) in sample for sample in found[name]), (name, found[name])
        assert not any("secret" in sample for sample in found[name]), (name, found[name])


def view(table: str, selected: str) -> tuple[str, ...]:
    """A merged view that has come to say something else."""
    return (
        f"alter view merged.{table} rename to before",
        f"create view merged.{table} as {selected.replace('THIS', 'merged.before')}",
    )


@dataclass(frozen=True)
class Damage:
    """What is done to a warehouse, and the checks that fail, each with a piece of a sample."""

    label: str
    statements: tuple[str, ...]
    fails: dict[str, str]
