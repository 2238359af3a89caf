"""Whether a contact lies on the path of another one's pointers, for many pairs at once and in linear time."""

from collections.abc import Iterable, Sequence


def lie_on_path(up: Sequence[int], pairs: Iterable[tuple[int, int]]) -> list[bool]:
    """Of each pair, whether the pointers of the first contact lead over or into the second.

    All contacts whose pointers lead into one are numbered in one stretch that begins with it, so that two comparisons answer.

    Args:
        up: by contact, the one that it points to, -1 for none; no circles.
        pairs: contacts, as positions in `up`.
    """
    order: list[int] = []
    known = [False] * len(up)
    for start in range(len(up)):
        path, contact = [], start
        while contact >= 0 and not known[contact]:
            known[contact] = True
            path.append(contact)
            contact = up[contact]
        order.extend(reversed(path))

    size = [1] * len(up)
    for contact in reversed(order):
        if up[contact] >= 0:
            size[up[contact]] += size[contact]

    first, free, beyond = [0] * len(up), [0] * len(up), 0
    for contact in order:
        if up[contact] < 0:
            first[contact] = beyond
            beyond += size[contact]
        else:
            first[contact] = free[up[contact]]
            free[up[contact]] += size[contact]
        free[contact] = first[contact] + 1
    return [first[into] <= first[contact] < first[into] + size[into] for contact, into in pairs]  # rule: path
