"""The shapes of merges that generate.py makes, and how many contacts their requests name."""

SHAPES = ("mixed", "pairs", "clusters", "chain", "star", "forest", "arrivals")


def contacts_needed(shape: str, requests: int) -> int:
    """How many contacts the requests of a shape name."""
    return {
        "mixed": 3 * requests + 3,
        "pairs": 2 * requests,
        "clusters": 3 * requests + 3,
        "chain": requests + 1,
        "star": 20 * requests + 1,
        "forest": requests + max(1, requests // 10),
        "arrivals": requests + 1,
    }[shape]


def requests_possible(shape: str, contacts: int) -> int:
    """How many requests of a shape so many contacts are enough for."""
    return {
        "mixed": (contacts - 3) // 3,
        "pairs": contacts // 2,
        "clusters": (contacts - 3) // 3,
        "chain": contacts - 1,
        "star": (contacts - 1) // 20,
        "forest": (10 * contacts + 9) // 11,
        "arrivals": contacts - 1,
    }[shape]
