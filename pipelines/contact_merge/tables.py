"""The names that every package shares: tables of SEMANTICS.md ('Tables') and the helper columns beside the user's own."""

from enum import StrEnum

CONTACTS = "contacts"
CHILDREN = ("notes", "activities", "tasks", "emails", "documents")
MEMBERSHIPS = "list_memberships"
REQUESTS = "merge_requests"
API_KEYS = "api_keys"
KINDS = (*CHILDREN, MEMBERSHIPS)
DATA_TABLES = (CONTACTS, *KINDS)
DERIVED = (
    "contact_redirects", "merge_responses", "field_provenance", "field_conflicts", "identity_map", "dropped_children",
)  # fmt: skip
MERGED_TABLES = (*DATA_TABLES, *DERIVED)
INPUT_TABLES = (*DATA_TABLES, REQUESTS, API_KEYS)

POINTER = "merged_into_id"
WORKSPACE = "workspace_id"
UPDATED = ("updated_at", "updated_date")
ID_COLUMNS = frozenset({"id", "contact_id", "list_id", POINTER})  # of data tables
READ_NUMBERS = {  # columns that are read for what they say and may hold numbers, by table
    CONTACTS: frozenset({WORKSPACE}),
    MEMBERSHIPS: frozenset({"list_id"}),
    REQUESTS: frozenset({"request_id", "overwrite", "dry_run", "idempotency_key", "api_key_id"}),
    API_KEYS: frozenset({"api_key_id", WORKSPACE, "rate_limit"}),
}
SYSTEM_COLUMNS = frozenset({"id", WORKSPACE, "created_at", "created_date", *UPDATED, POINTER})

# Every column of ours that stands beside a user's column begins so; input columns may not.
RESERVED_PREFIX = "_cm_"
LOADED_PREFIX = "_cm_loaded_"  # raw.<this><table>: what loads made of a table; raw.<table> is a view over it
EARLIER_PREFIX = "_cm_earlier_"  # raw.<this><table>: that view as it was, while a batch replaces the table
REPLACED_PREFIX = "_cm_replaced_"  # raw.<this><table>: what that view reads
KEY = "_cm_key"  # raw.contacts: the id as a UUID value
INTO = "_cm_into"  # raw.contacts: merged_into_id as a UUID value, null where there is none
CONTACT_KEY = "_cm_contact_key"  # raw.<child>: contact_id as a UUID value


class Guard(StrEnum):
    """What stops a run that would delete or reject too much, and `--allow` lets pass for one run (SHAPES.md, 'Guards')."""

    DELETED = "deleted"
    REJECTED = "rejected"
