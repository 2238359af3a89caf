"""What a run reports of itself while it works; the command line draws it, Dagster logs it."""

from typing import Protocol


class Progress(Protocol):
    """Steps one after the other, each with as many units as it may have to do."""

    def step(self, name: str, total: int | None = None) -> None:
        """Begin the next step; `total` is what `advance` adds up to, where that is known."""
        ...

    def doing(self, name: str) -> None:
        """Show what of the present step is being done."""
        ...

    def advance(self, n: int) -> None:
        """Count units of the present step as done."""
        ...
