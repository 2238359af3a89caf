"""What the operating system has to allow this process. It is checked first: libraries end the process where it is short."""

import resource

from contact_merge.errors import ContactMergeError

OPEN_FILES = 64
ADDRESS_SPACE = 4 * 2**30
"""Bytes; a run on a few rows reserves 2.8 GiB for threads and libraries, most of which it never uses."""


class SystemLimitError(ContactMergeError):
    """The operating system allows this process too little for any run."""


def check_limits() -> None:
    """Raise the limit of open files where that is allowed; SystemLimitError where a limit is too low for any run."""
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if _below(files, OPEN_FILES):
        if _below(most, OPEN_FILES):
            raise SystemLimitError(
                f"The system lets this process hold {most} files open; it needs {OPEN_FILES}: raise the limit "
                "(`ulimit -n`)."
            )
        resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, most))
    space, _ = resource.getrlimit(resource.RLIMIT_AS)
    if _below(space, ADDRESS_SPACE):
        raise SystemLimitError(
            f"The system allows this process {space // 2**20:,} MiB of address space; it needs "
            f"{ADDRESS_SPACE // 2**20:,} MiB: raise the limit (`ulimit -v`), and bound the memory that is used by "
            "the setting memory_limit instead."
        )


def _below(limit: int, needed: int) -> bool:
    return limit != resource.RLIM_INFINITY and limit < needed
