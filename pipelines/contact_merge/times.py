"""Times as people and files write them: ISO 8601, in UTC."""

from datetime import UTC, datetime


def utc_time(text: str) -> datetime:
    """An ISO 8601 time as UTC; one without zone is UTC.

    Raises:
        ValueError: it is none, or not within the years 1 to 9999.
    """
    try:
        time = datetime.fromisoformat(text.strip())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except OverflowError as error:
        raise ValueError from error


def iso_text(time: datetime) -> str:
    """A time in UTC as text, with Z."""
    return time.isoformat().replace("+00:00", "Z")
