"""The errors a user can cause or meet, and what the command line prints of them.

Each message is one plain sentence: what happened, where (file, row, column), and what to do next. Whatever is not
one of these is a defect of the pipeline and keeps its traceback.
"""


class ContactMergeError(Exception):
    """Base of all expected errors; exit code 2 (INTERFACE.md, 'Command line')."""


class InputError(ContactMergeError):
    """The input makes the whole run pointless: missing, unreadable, or of a type that cannot be held exactly."""


class SettingsError(ContactMergeError):
    """A setting is unknown or out of range."""


class WarehouseError(ContactMergeError):
    """The warehouse file cannot be opened, is held by another process, or is of another version."""


class ContactError(ContactMergeError):
    """An id names no contact that the warehouse ever held."""


class UndoError(ContactMergeError):
    """A merge that was to be taken back cannot be; nothing was."""
