"""A preset is read strictly, and a catalog made of one has what the other rooms ask for."""

from pathlib import Path

import msgspec
import pytest
from added_children import ADDED, OWN, with_added_children
from contact_merge.catalog import make_catalog
from contact_merge.preset import parse_preset
from contact_merge.settings import Settings, read_settings

TEXT = OWN.read_text(encoding="utf-8")


def test_the_catalog_of_the_defaults() -> None:
    catalog = make_catalog(Settings())
    assert catalog.data_tables == (
        "contacts", "notes", "activities", "tasks", "emails", "documents", "list_memberships",
    )  # fmt: skip
    assert catalog.input_tables[-2:] == ("merge_requests", "api_keys")
    assert [child.name for child in catalog.deduplicated] == ["list_memberships"]
    assert catalog.entity.system_columns == {
        "id", "workspace_id", "created_at", "created_date", "updated_at", "updated_date", "merged_into_id",
    }  # fmt: skip
    assert catalog.id_columns == {"id", "contact_id", "merged_into_id"}
    assert catalog.unique_columns == {"list_id"}
    assert catalog.read_numbers("contacts") == {"workspace_id"}
    assert catalog.read_numbers("list_memberships") == {"list_id"}
    assert catalog.read_numbers("notes") == set()


def test_added_children_come_last() -> None:
    catalog = make_catalog(with_added_children())
    assert catalog.kinds[-3:] == ("list_memberships", "calls", "subscriptions")
    assert [child.name for child in catalog.deduplicated] == ["list_memberships", "subscriptions"]
    assert catalog.unique_columns == {"list_id", "topic_id", "channel"}
    assert "caller_id" in catalog.id_columns
    assert [child.needed for child in catalog.children[-2:]] == [
        ("id", "caller_id"),
        ("topic_id", "channel", "contact_id"),
    ]


def test_a_field_has_its_own_rule_or_that_of_all() -> None:
    catalog = make_catalog(Settings())
    assert catalog.rule_of("email") == "first"
    own = parse_preset(TEXT + 'email = { rule = "first" }\n')
    assert own.fields.keys() == {"*", "email"}


def test_only_tables_of_the_api_that_no_setting_names_are_strict(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(
        """
        [children.notes]
        source = "all_notes"
        [children.tasks]
        references = ["contact_id"]
        [children.emails]
        key = []
        [children.deals]
        """,
        encoding="utf-8",
    )
    catalog = make_catalog(read_settings(path))
    assert [child.name for child in catalog.children if not child.strict] == [
        "notes",
        "tasks",
        "emails",
        "deals",
    ]


def test_what_the_user_named_is_required_and_ids_are(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(
        """
        [entity]
        workspace = "org"
        created = ["made", "found"]
        merged_into = ""
        [children.notes]
        unique = ["title"]
        [children.tasks]
        references = ["who", "what"]
        where = { kind = ["call"] }
        [children.deals]
        """,
        encoding="utf-8",
    )
    catalog = make_catalog(read_settings(path))
    assert catalog.required("contacts") == {
        "id": "", "org": "entity.workspace", "made": "entity.created", "found": "entity.created",
    }  # fmt: skip
    assert catalog.required("notes") == {"title": "children.notes.unique"}
    assert catalog.required("tasks") == {
        "who": "children.tasks.references", "what": "children.tasks.references", "kind": "children.tasks.where",
    }  # fmt: skip
    assert catalog.required("deals") == {}
    assert make_catalog(Settings()).required("list_memberships") == {"list_id": "", "contact_id": ""}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('table = "contacts"', 'table = "contacts"\nname = "people"', "unknown field `name`"),
        ('id = "id"\n', "", "missing required field `id`"),
        ("[children.notes]", '[children."my/notes"]', "matching regex"),
        ('references = ["caller_id"]', "references = []", "length >= 1"),
        ('{ rule = "first" }', '{ rule = "newest" }', "Expected a rule: first"),
        ('"*" = { rule = "first" }', "", 'Expected a rule of "*"'),
    ],
)  # fmt: skip
def test_a_preset_that_is_wrong_is_refused(old: str, new: str, said: str) -> None:
    text = TEXT + ADDED
    assert old in text
    with pytest.raises(msgspec.ValidationError) as refused:
        parse_preset(text.replace(old, new))
    assert said in str(refused.value)
