"""A preset with two child tables more than the package's own: one of which all rows move, and one like list memberships."""

from contact_merge import preset
from contact_merge.settings import Settings

OWN = preset.FOLDER / "leadlex.toml"
ADDED = """
[children.calls]
key = ["id"]
references = ["caller_id"]

[children.subscriptions]
key = ["topic_id", "channel", "contact_id"]
references = ["contact_id"]
unique = ["topic_id", "channel"]
"""


def with_children(sections: str, **settings: object) -> Settings:
    """Settings on the package's preset with sections of more children."""
    return Settings(preset=preset.parse_preset(OWN.read_text(encoding="utf-8") + sections), **settings)


def with_added_children(**settings: object) -> Settings:
    """Settings on that preset."""
    return with_children(ADDED, **settings)
