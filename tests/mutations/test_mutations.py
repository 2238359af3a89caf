"""The rules that tests/mutations breaks are still where it looks for them; whether tests notice is seen by hand."""

from pathlib import Path

from rules import MUTATIONS, with_words

ROOT = Path(__file__).parents[2]


def test_every_rule_to_be_broken_is_there_once() -> None:
    found = {m.rule: (ROOT / m.file).read_text(encoding="utf-8").count(m.old) for m in MUTATIONS}
    assert len(found) > 80
    assert {rule: count for rule, count in found.items() if count != 1} == {}


def test_words_choose_the_rules_that_have_all_of_them() -> None:
    [alone] = with_words(["named as a primary alone"])
    some = with_words(["Primary", "ALONE"])
    assert alone in some
    assert len(some) < 10
    assert with_words(["alone", "no such word"]) == []
    assert with_words([]) == MUTATIONS
