"""Any text without the white space around it; case counts: e-mail addresses, FHIR ids, composite ids."""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes its compute functions when it is imported)

import numpy as np
import polars as pl
import pyarrow as pa

from contact_merge.ids.id_type import REALS, TEXTS, WHITE_SPACE, Hashes, IdType, Key

_NESTED = ("]", ")")  # how the names of lists, structs, maps and unions end
_EXACT = 2**53
_FIRST_MARK, _DELETE = 0x21, 0x7F  # what is between them in ASCII is no white space


class TextIds(IdType):
    """Texts. Plain are those without white space around them.

    Source: SHAPES.md 1.
    """

    name = "text"
    key_type = "VARCHAR"
    arrow_type = pa.large_string()
    fault = "empty"
    looks = "text"
    plain_kinds = frozenset({"VARCHAR"})

    def value(self, text: str) -> Key | None:
        """The text without white space around it; nothing is left of an empty one."""
        return text.strip() or None

    def key_texts(self, texts: pl.Series) -> pl.Series:
        """The same of a column."""
        stripped = texts.str.strip_chars(WHITE_SPACE)
        return stripped.set(stripped == "", None)

    def key_of(self, value: str, kind: str) -> str:
        """The text of a value; of a whole number that came as a double its digits. Lists and the like are none."""
        text = f"cast({value} as varchar)"
        if kind in REALS:
            whole = f"abs({value}) <= {_EXACT} and {value} = trunc({value})"
            digits = f"cast(try_cast({value} as bigint) as varchar)"
            return f"case when isnan({value}) then null when {whole} then {digits} else {text} end"
        if kind.endswith(_NESTED) and not kind.startswith("DECIMAL"):
            return "cast(null as varchar)"
        return text

    def spelled(self, value: str, kind: str) -> str:
        """Text as it stands there; of other values their text."""
        return f"cast({value} as varchar)" if kind in TEXTS else self.key_of(value, kind)

    def id_spellings(self, key: str) -> tuple[str, ...]:
        """The key itself."""
        return (key,)

    def plain_keys(self, ids: pa.Array) -> pa.Array | None:
        """Of texts; only those that begin or end with another character than one of ASCII are read one by one.

        Raises:
            pa.ArrowInvalid: the bytes are no UTF-8.
        """
        if ids.null_count:
            return None
        texts = ids.cast(pa.large_string())
        texts.validate(full=True)
        if not len(texts):
            return texts
        _, offsets, data = texts.buffers()
        ends = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
        if (ends[1:] == ends[:-1]).any():
            return None
        marks = np.frombuffer(data, np.uint8)
        edges = np.stack((marks[ends[:-1]], marks[ends[1:] - 1]))
        odd = ((edges < _FIRST_MARK) | (edges >= _DELETE)).any(axis=0)
        if odd.any() and any(text != text.strip() for text in texts.filter(pa.array(odd)).to_pylist()):
            return None
        return texts

    def hashes(self, keys: pa.Array) -> Hashes:
        """Those of Polars."""
        return pl.Series(keys).hash().to_numpy()
