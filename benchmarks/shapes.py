"""The shapes of merges that generate.py makes, and how many contacts their requests name."""

SHAPES = ("mixed", "pairs", "clusters", "chain", "star", "forest")


def contacts_needed(shape: str, requests: int) -> int:
    """How many contacts the requests of a shape name."""
    return {
        "mixed": 3 * requests + 3,
        "pairs": 2 * requests,
        "clusters": 3 * requests + 3,
        "chain": requests + 1,
        "star": 20 * requests + 1,
        "forest": requests + max(1, requests // 10),
    }[shape]
