"""The names that every package shares: single tables, and the helper columns beside the user's own (catalog.py has the rest)."""

from enum import StrEnum
from typing import Literal

REQUESTS = "merge_requests"
API_KEYS = "api_keys"
DO_NOT_MERGE = "do_not_merge"

# Every column of ours that stands beside a user's column begins so; input columns may not.
RESERVED_PREFIX = "_cm_"
LOADED_PREFIX = "_cm_loaded_"  # raw.<this><table>: what loads made of a table; raw.<table> is a view over it.
EARLIER_PREFIX = "_cm_earlier_"  # raw.<this><table>: that view as it was, while a batch replaces the table.
REPLACED_PREFIX = "_cm_replaced_"  # raw.<this><table>: what that view reads.
KEYS_PREFIX = "_cm_keys_"  # raw.<this><table>: the keys of a snapshot, row for row (snapshots.py).
REPLACED_KEYS_PREFIX = "_cm_replaced_keys_"  # raw.<this><table>: those of one that a batch replaces.
ALIKE_PREFIX = (
    "_cm_alike_"  # raw.<this><child>: what is compared of rows of which some are dropped, row for row.
)
FLAGGED = "_cm_flagged"  # raw.<this>: the contacts that flagged rows deleted, and how new these rows were.
ROW = "_cm_row"  # in both: the number of the row, from 0.
VALUE_PREFIX = (
    "_cm_value_"  # raw._cm_alike_<child>: what a row says in a column that is compared, numbered from 1.
)
KEY = "_cm_key"  # raw.<entity>: the id, as ids compare.
INTO = "_cm_into"  # raw.<entity>: the pointer, as ids compare; null where there is none
NAMED_PREFIX = (
    "_cm_named_"  # raw.<entity>, fold.survivors: what the reference <this><column> names, as ids compare
)
ID = "_cm_id"  # raw.<entity>: the id as outputs spell it
CONTACT_KEY = "_cm_contact_key"  # raw.<child>: what its first reference names, as ids compare
ENTITY_VIEW = "_cm_entity"  # raw.<this>: raw.<entity>, whatever that one's name is

PresetName = Literal["leadlex", "hubspot", "salesforce", "pipedrive", "dynamics"]
"""The files of presets/, the default first (preset.py)."""


class Guard(StrEnum):
    """What stops a run that would delete or reject too much, and `--allow` lets pass for one run (SHAPES.md, 'Guards')."""

    DELETED = "deleted"
    REJECTED = "rejected"
