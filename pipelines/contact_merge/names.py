"""When two names are the same: as they are written, or but for case and white space around them (SHAPES.md 1)."""

from collections.abc import Iterable


def fold_name(name: str) -> str:
    """What two names have in common that differ only in case or in white space around them."""
    return name.strip().casefold()


def find_name(name: str, there: Iterable[str]) -> str | None:
    """The one of some names that a name means: itself, or else the first that `fold_name` takes for the same; None: none."""
    names = list(there)
    if name in names:
        return name
    folded = fold_name(name)
    return next((other for other in names if fold_name(other) == folded), None)


def spell(name: str, there: Iterable[str]) -> str:
    """A name as some others spell it, where one of them is the same."""
    return find_name(name, there) or name


def spell_all(names: Iterable[str], there: Iterable[str]) -> tuple[str, ...]:
    """Names as some others spell them."""
    others = list(there)
    return tuple(spell(name, others) for name in names)
