"""The elements of a JSON file that is one array, block by block, each byte for byte as it stands.

No element is looked into: brackets, quotes and commas are found by columns of bytes, so that a file of any size takes the
memory of a block and of its longest element.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from contact_merge.load.opening import open_bytes

BLOCK_BYTES = 4 << 20
_BLANK = b" \t\n\r"
_HEAD_BYTES = 1 << 16
_BOM = b"\xef\xbb\xbf"
_QUOTE, _BACKSLASH, _COMMA = b'"\\,'
_DEEPER = np.zeros(256, np.int8)
_DEEPER[list(b"[{")] = 1
_DEEPER[list(b"]}")] = -1
_STRUCTURAL = _DEEPER != 0
_STRUCTURAL[_COMMA] = True

_Positions = npt.NDArray[np.intp]


class ArrayError(Exception):
    """What is wrong with a file's array as a whole."""


def is_array(path: Path) -> bool:
    """Whether a file begins as an array of objects does, or an empty one; a line that is a list of something else does not."""
    with open_bytes(path) as file:
        head = file.read(_HEAD_BYTES).removeprefix(_BOM).lstrip(_BLANK)
    return head.startswith(b"[") and head[1:].lstrip(_BLANK)[:1] in (b"{", b"]", b"")


def elements(path: Path) -> Iterator[list[bytes]]:
    """The elements of such a file in their order, without white space around them; nothing between two commas is one, too.

    Raises:
        ArrayError: the array has no end, or something stands behind it.
    """
    scan = _Scan()
    waiting: list[bytes] = []  # of the element that the next block goes on with
    with open_bytes(path) as file:
        block = file.read(_HEAD_BYTES).removeprefix(_BOM).lstrip(_BLANK)[1:] or file.read(BLOCK_BYTES)
        while block:
            commas, end = scan.look(block)
            found: list[bytes] = []
            start = 0
            for comma in commas:
                found.append(b"".join([*waiting, block[start:comma]]).strip(_BLANK))
                waiting, start = [], comma + 1
                scan.elements += 1
            if end is not None:
                last = b"".join([*waiting, block[start:end]]).strip(_BLANK)
                yield [*found, last] if last or scan.elements else found
                _check_rest(block[end + 1 :])
                while rest := file.read(BLOCK_BYTES):
                    _check_rest(rest)
                return
            waiting.append(block[start:])
            yield found
            block = file.read(BLOCK_BYTES)
    raise ArrayError("its array has no end, so the file may have been cut off; write it again")


def _check_rest(rest: bytes) -> None:
    if rest.strip(_BLANK):
        raise ArrayError(
            "something stands behind the end of its array; write one array, or one object a line"
        )


class _Scan:
    """Where blocks of an array's text have commas between elements, and its end."""

    def __init__(self) -> None:
        self.elements = 0  # before a comma
        self._depth = 1
        self._in_text = False
        self._escaped = False  # whether the next character is

    def look(self, block: bytes) -> tuple[list[int], int | None]:
        """The positions of the commas between elements, and of the bracket that ends the array, if it is there."""
        codes = np.frombuffer(block, np.uint8)
        quotes = self._plain_quotes(codes)
        positions = np.flatnonzero(_STRUCTURAL[codes])
        in_text = (np.searchsorted(quotes, positions) + self._in_text) % 2 == 1
        positions = positions[~in_text]
        self._in_text = bool((len(quotes) + self._in_text) % 2)
        depth = self._depth + np.cumsum(_DEEPER[codes[positions]], dtype=np.int64)
        ends = np.flatnonzero(depth == 0)
        if len(ends):
            positions, depth = positions[: ends[0] + 1], depth[: ends[0] + 1]
        if len(depth):
            self._depth = int(depth[-1])
        commas = positions[(depth == 1) & (codes[positions] == _COMMA)]
        return commas.tolist(), int(positions[-1]) if len(ends) else None

    def _plain_quotes(self, codes: npt.NDArray[np.uint8]) -> _Positions:
        """The quotes that begin or end a text: those behind an even number of backslashes."""
        quotes = np.flatnonzero(codes == _QUOTE)
        slashes = np.flatnonzero(codes == _BACKSLASH)
        begun_escaped, self._escaped = self._escaped, False
        if not len(slashes):
            return quotes[1:] if begun_escaped and len(quotes) and quotes[0] == 0 else quotes
        # of each backslash the first one of its run; a run that an earlier block began with an odd number is one longer
        first = np.where(np.diff(slashes, prepend=-2) > 1, slashes, 0)
        length = slashes - np.maximum.accumulate(first) + 1
        if begun_escaped:
            length[np.maximum.accumulate(first) == 0] += slashes[0] == 0
        if slashes[-1] == len(codes) - 1:
            self._escaped = bool(length[-1] % 2)
        at = np.searchsorted(slashes, quotes - 1)
        behind = (at < len(slashes)) & (slashes[np.minimum(at, len(slashes) - 1)] == quotes - 1)
        escaped = behind & (length[np.minimum(at, len(slashes) - 1)] % 2 == 1)
        if begun_escaped and len(quotes) and quotes[0] == 0:
            escaped[0] = True
        return quotes[~escaped]
