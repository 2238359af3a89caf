"""Worlds and histories in other shapes (SHAPES 1 and 2): any ids, names, children, references, deletions, lists of merged ids.

A shape is drawn beside a history of `histories`, and what that history's CRM exports is put into it, table by table: ids are
spelled in another type, columns have other names, children another form. The reference lives through the shaped history
while it is made, so that undos undo what was done. All that a seed draws is the same whenever it is drawn.

`CONTACT_MERGE_SHAPES=ids,names` chooses which features shapes may have: any of FEATURES, or a builder's GROUPS; `none` for the
default settings alone.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any
from zlib import crc32

import pyarrow as pa
from histories import History, Run, UndoStep, histories
from hypothesis import strategies as st
from reference import Endpoint, Refused, endpoint_of
from reference_layout import SIX, Layout, layout_of
from reference_records import Row
from reference_values import as_id, is_empty
from shape_ids import DOUBLE, FORMS, TEXT, WHOLE, IdForm
from world_values import CATALOGUE, KEY_TYPES, POOL, REQUEST_TYPES, TZ, Types
from worlds import KINDS_OF_TIME, World, batches, worlds

FEATURES = (
    "ids", "names", "system", "deleted", "merged_ids", "references",
    "enabled", "keys", "several", "lists", "separators", "where", "unique", "same",
)  # fmt: skip
GROUPS = {
    "all": FEATURES,
    "none": (),
    "forms": ("system", "deleted", "merged_ids", "references"),
    "children": ("enabled", "keys", "several", "lists", "separators", "where"),
    "counts": ("keys", "several", "lists", "unique", "same"),
}


def chosen_features(text: str | None = None) -> tuple[str, ...]:
    """The features that CONTACT_MERGE_SHAPES names."""
    words = (text or os.environ.get("CONTACT_MERGE_SHAPES") or "all").replace(",", " ").split()
    unknown = [word for word in words if word not in FEATURES and word not in GROUPS]
    assert not unknown, f"CONTACT_MERGE_SHAPES: {unknown} are none of {(*FEATURES, *GROUPS)}"
    named = {feature for word in words for feature in GROUPS.get(word, (word,))}
    return tuple(feature for feature in FEATURES if feature in named)


# -------------------------------------------------------------------------------- what a shaped history is


@dataclass
class Table:
    """Rows with the Arrow types of their columns, and the name of the file that holds them."""

    rows: list[Row]
    types: Types
    file: str


@dataclass
class ShapedRun:
    """A run: the tables in its input, their modes, and its requests."""

    tables: dict[str, Table]
    modes: dict[str, str]
    requests: list[Row]
    request_types: Types
    as_of: datetime


Step = ShapedRun | UndoStep


@dataclass(repr=False)
class Shaped:
    """A history in a shape. `settings` as a file has them; `json_text_fields`: the columns that hold JSON as text."""

    settings: dict[str, Any]
    json_text_fields: tuple[str, ...]
    steps: list[Step] = field(default_factory=list)

    def __repr__(self) -> str:
        """Short, for a failing one is shown as tables (shape_play)."""
        return f"Shaped(of {len(self.steps)} steps)"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What Hypothesis prints."""
        printer.text(repr(self))

    @property
    def layout(self) -> Layout:
        return layout_of(self.settings)


def perform(step: Step, endpoint: Endpoint, layout: Layout) -> bool:
    """Do one step on the reference; whether it was done (an undo may be refused)."""
    if isinstance(step, UndoStep):
        try:
            endpoint.undo([] if step.alone else step.request_ids, step.contact, as_of=step.as_of)
        except Refused:
            return False
        return True
    entity = step.tables.get(layout.table)
    types = entity.types if entity else {}
    times = layout.fitted({layout.table: list(types)}).updated
    endpoint.load(
        {name: table.rows for name, table in step.tables.items()},
        step.modes,  # pyright: ignore[reportArgumentType]
        as_of=step.as_of,
        columns=list(types) or None,
        kinds={column: KINDS_OF_TIME[types[column]] for column in times if column in types}
        if types
        else None,
    )
    endpoint.run(step.requests, step.as_of)
    return True


# -------------------------------------------------------------------------------- the shape of a warehouse


@dataclass
class ChildForm:
    """A child table to come. `section` is what the settings say of it; none where it is one of the six, as it is."""

    name: str
    section: Row | None
    types: Types
    reference_types: Types = field(default_factory=dict)

    @property
    def setting(self) -> Row:
        return {**SIX.get(self.name, {}), **(self.section or {})}


ODD = {
    "id": ["Id", "contact id", 'the "id"', "ID (Kontakt)", "owner.id", "it's", "contact_key", "r\u00e9f"],
    "workspace_id": ["org", "Org Id"],
    "created_at": ["CreatedDate", "created on"],
    "updated_at": ["LastModifiedDate", "changed 'at'"],
    "updated_date": ["ModifiedOn", "modified"],
    "merged_into_id": ["MasterRecordId", "master id", "master"],
}
TABLES = ["people", "order", "crm_persons", "accounts_2"]
CHILD_NAMES = ["deals", "group", "campaign_joiners", "table", "messages_2"]
REFERENCE_NAMES = ["WhoId", "owner contact", 'the "who"', "TargetId", "contact_id", "contact_key"]
KEY_TEXTS = ["1", "2", "10", "a", "A", "a ", "\u00e4", "z"]
TOPICS = ["x", "X", "y", "y ", None]


def _spelled_otherwise(name: str, random: Random) -> str:
    """A name as the settings have it: now and then it differs from the column's in case or in white space around it."""
    if random.random() < 0.8:
        return name
    return random.choice([name.upper(), name.lower(), f" {name}", f"{name} "])


@dataclass
class Shape:
    """How the tables of a history look.

    `names`: column of a default contact -> its name here. `types`: those of its columns. `added`: column -> type, of those that
    are new. `extra`: by place in the pool the newest cells of the added columns. `seen`: the places that ever had a row.
    """

    random: Random
    features: tuple[str, ...]
    ids: IdForm
    id_type: pa.DataType
    names: dict[str, str] = field(default_factory=dict)
    entity: Row = field(default_factory=dict)
    added: Types = field(default_factory=dict)
    children: dict[str, ChildForm] = field(default_factory=dict)
    disabled: list[str] = field(default_factory=list)
    pointer_type: pa.DataType = TEXT
    request_type: pa.DataType = TEXT
    types: Types = field(default_factory=dict)
    extra: dict[int, Row] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)

    def has(self, feature: str, share: float = 0.6) -> bool:
        """Whether a feature that may be used is used this time."""
        return feature in self.features and self.random.random() < share

    @property
    def table(self) -> str:
        return self.entity.get("table", "contacts")

    def some_id(self, type_: pa.DataType, count: int, garbage: float = 0.06, empty: float = 0.1) -> Any:
        """A cell that names a contact, or someone who is not there, or nobody."""
        way = self.random.random()
        if way < garbage:
            return self.ids.garbage(type_, self.random)
        if way < garbage + empty:
            return None
        return self.ids.spelled(self.random.randrange(min(count + 2, len(self.ids.pool))), type_, self.random)

    def settings(self, base: Row) -> Row:
        """The settings of the history with those of its shape."""
        found = dict(base)
        if self.entity:
            found["entity"] = dict(self.entity)
        sections = {name: {"enabled": False} for name in self.disabled}
        sections |= {form.name: form.section for form in self.children.values() if form.section is not None}
        if sections:
            found["children"] = sections
        return found


def make_shape(seed: int, features: Sequence[str], types: Types, json_fields: Sequence[str]) -> Shape:
    """Draw a shape for contacts of these columns."""
    random = Random(seed)
    ids = FORMS["uuid"]
    if "ids" in features and random.random() < 0.85:
        ids = FORMS[random.choice([name for name in FORMS if name != "uuid"])]
    shape = Shape(random, tuple(features), ids, random.choice(ids.types), types=types)
    shape.pointer_type, shape.request_type = random.choice(ids.types), random.choice(ids.types)
    if shape.request_type == DOUBLE:
        shape.request_type = WHOLE
    if ids.id_type != "uuid":
        shape.entity["id_type"] = ids.id_type
    if "names" in features:
        _draw_names(shape, types)
    if shape.has("system"):
        plain = [name for name in types if name in CATALOGUE and name not in json_fields]
        if plain:
            shape.entity["system"] = random.sample(plain, random.randint(1, min(2, len(plain))))
    if shape.has("deleted"):
        columns = random.sample(["IsDeleted", "archived at", "_deleted"], random.randint(1, 2))
        shape.added |= {column: random.choice([pa.bool_(), TEXT, TZ, WHOLE]) for column in columns}
        shape.entity["deleted"] = columns
    if shape.has("merged_ids"):
        shape.added["merged ids"] = random.choice([pa.list_(random.choice(ids.types)), TEXT])
        shape.entity["merged_ids"] = "merged ids"
    if shape.has("references"):
        columns = random.sample(["manager_id", 'Referred "By"'], random.randint(1, 2))
        shape.added |= {column: random.choice(ids.types) for column in columns}
        shape.entity["references"] = columns
    _draw_children(shape)
    return shape


def _draw_names(shape: Shape, types: Types) -> None:
    random = shape.random
    for name in types:
        if name in ODD and random.random() < 0.6:
            shape.names[name] = random.choice(ODD[name])
    lists: dict[str, list[str]] = {
        "created": [name for name in ("created_at", "created_date") if name in types],
        "updated": [name for name in ("updated_at", "updated_date") if name in types],
    }
    for key, names in lists.items():
        if any(name in shape.names for name in names):
            own = [shape.names.get(name, name) for name in names]
            shape.entity[key] = [_spelled_otherwise(name, random) for name in own]
    for key, name in (("id", "id"), ("workspace", "workspace_id"), ("merged_into", "merged_into_id")):
        if name in shape.names:
            shape.entity[key] = _spelled_otherwise(shape.names[name], random)
    if random.random() < 0.5:
        shape.entity["table"] = random.choice(TABLES)
    if random.random() < 0.5:
        shape.entity["event"] = random.choice(["person", "Account", "crm_contact"])
    if random.random() < 0.3:
        shape.entity["source"] = random.choice(["all people", "export-*"])


def _draw_children(shape: Shape) -> None:
    """For each kind of a default history's children the form in which it comes."""
    random, names = shape.random, list(CHILD_NAMES)
    child_features = {"keys", "several", "lists", "separators", "where", "unique", "same"} & set(
        shape.features
    )
    without = shape.has("enabled", 0.1)
    for kind in SIX:
        if without:
            shape.disabled.append(kind)
        elif child_features and random.random() < 0.75:
            name = (
                kind if random.random() < 0.4 else names.pop(random.randrange(len(names))) if names else kind
            )
            if name != kind and shape.has("enabled", 0.7):
                shape.disabled.append(kind)
            shape.children[kind] = _child_form(shape, name)
        else:
            shape.children[kind] = ChildForm(kind, None, {}, {"contact_id": random.choice(shape.ids.types)})


def _child_form(shape: Shape, name: str) -> ChildForm:
    """A child table that the settings describe."""
    random = shape.random
    section: Row = {}
    types: Types = {}
    inherits = SIX.get(name, {})
    columns = random.sample(REFERENCE_NAMES, 3)
    alike = [
        feature for feature in ("unique", "same") if feature in shape.features and random.random() < 0.35
    ]
    if "unique" in inherits and not alike:
        section["unique"] = []
    references = columns[: 1 if alike else random.randint(1, 3) if shape.has("several") else 1]
    section["references"] = references
    several = None
    if not alike:
        ways = [way for way in ("lists", "separators") if way in shape.features and random.random() < 0.5]
        several = random.choice(ways) if ways else None
    reference_types: Types = {}
    for column in references:
        reference_types[column] = random.choice(shape.ids.types)
        if several == "lists" and random.random() < 0.7:
            reference_types[column] = pa.list_(reference_types[column])
    if several == "separators":
        section["separator"] = random.choice([";", ",", ";;"])
        reference_types = dict.fromkeys(references, TEXT)
    way = random.choice(["none", "text", "whole", "two"]) if "keys" in shape.features else "text"
    keys: Types = {
        "none": {},
        "text": {"id": TEXT},
        "whole": {"Key": WHOLE},
        "two": {"K 1": TEXT, "k2": WHOLE},
    }[way]
    types |= keys
    if keys or inherits.get("key"):
        section["key"] = list(keys)
    if shape.has("where", 0.25):
        kind = random.choice([TEXT, WHOLE, pa.bool_()])
        types["Who Type"] = kind
        section["where"] = {"Who Type": {TEXT: ["Contact", "Person"], WHOLE: [1], pa.bool_(): [True]}[kind]}
    if alike:
        types |= {"Topic": TEXT, "sent": random.choice([WHOLE, TZ])}
        chosen = random.choice([["Topic"], ["Topic"], ["sent"], ["Topic", "sent"]])
        section[alike[0]] = chosen
        if alike[0] == "same" and "unique" in inherits:
            section["unique"] = []
    if "names" in shape.features and random.random() < 0.2:
        section["source"] = f"all {name}"
    return ChildForm(name, section, {**types, **reference_types, "body": TEXT}, reference_types)


# -------------------------------------------------------------------------------- tables in that shape


def shaped_contacts(shape: Shape, rows: Sequence[Row], types: Types, endpoint: Endpoint, count: int) -> Table:
    """Contacts in the shape; of the added columns the cells change now and then.

    A column that the settings name has to be there: where the default history drops it, it is empty.
    """
    names, lost = shape.names, [name for name in shape.entity.get("system", []) if name not in types]
    types = {**types, **{name: shape.types[name] for name in lost}}
    rows = [{**row, **dict.fromkeys(lost)} for row in rows]
    own = {names.get(name, name): type_ for name, type_ in types.items()}
    own[names.get("id", "id")] = shape.id_type
    if "merged_into_id" in types:
        own[names.get("merged_into_id", "merged_into_id")] = shape.pointer_type
    places = [_place_of(row["id"]) for row in rows]
    shape.seen |= {place for place in places if place is not None}
    made: list[Row] = []
    for place, row in zip(places, rows, strict=True):
        cells = {**row, "id": _id_cell(shape, row["id"], shape.id_type)}
        if "merged_into_id" in row:
            cells["merged_into_id"] = _id_cell(shape, row["merged_into_id"], shape.pointer_type)
        cells = {names.get(name, name): cell for name, cell in cells.items()}
        made.append({**cells, **_added_cells(shape, place, endpoint, count, "workspace_id" in types)})
    _leave_unclear_alone(shape, made, endpoint)
    return Table(made, {**own, **shape.added}, _file(shape.entity.get("source", shape.table)))


def _file(source: str) -> str:
    return source.replace("*", "2026")


def _place_of(cell: Any) -> int | None:
    key = as_id(cell)
    return POOL.index(key) if key in POOL else None


def _id_cell(shape: Shape, cell: Any, type_: pa.DataType) -> Any:
    """The cell of a default world in the shape: the same one is always spelled in the same way."""
    if is_empty(cell):
        return cell if type_ == TEXT else None
    own = Random(crc32(f"{shape.ids.id_type} {cell}".encode()))
    place = _place_of(cell)
    if place is None:
        return shape.ids.garbage(type_, own)
    if shape.ids.id_type == "uuid":
        return cell
    return shape.ids.spelled(place, type_, own)


def _added_cells(shape: Shape, place: int | None, endpoint: Endpoint, count: int, workspaces: bool) -> Row:
    """The added columns of a contact's row."""
    old = shape.extra.get(-1 if place is None else place, {})
    row: Row = {}
    for column, type_ in shape.added.items():
        if column in old and shape.random.random() < 0.75:
            row[column] = old[column]
        elif column in shape.entity.get("references", ()):
            row[column] = _reference_cell(shape, place, column, type_, endpoint, count)
        elif column == shape.entity.get("merged_ids"):
            row[column] = _list_cell(shape, type_, count, workspaces)
        else:
            row[column] = _flag_cell(shape, type_)
    shape.extra[-1 if place is None else place] = row
    return row


def _reference_cell(
    shape: Shape, place: int | None, column: str, type_: pa.DataType, endpoint: Endpoint, count: int
) -> Any:
    """An id of the entity. What a CRM takes over from the merged table has tests of its own: not that."""
    cell, state = shape.some_id(type_, count, garbage=0.04, empty=0.2), endpoint.state
    contact = None if place is None else shape.ids.pool[place]
    if contact in state.last_merges and contact in state.rows:
        kept = state.replaced(contact, state.row(contact)).get(column)
        if as_id(kept, shape.ids.id_type) == as_id(cell, shape.ids.id_type):
            return state.rows[contact].get(column)
    return cell


def _list_cell(shape: Shape, type_: pa.DataType, count: int, workspaces: bool) -> Any:
    """A list of merged ids, mostly none. Of ids that never had a row no workspace is known: none of them beside workspaces."""
    random = shape.random
    if random.random() < 0.75:
        return random.choice([None, None, [] if type_ != TEXT else ""])
    places = random.sample(range(min(count + 2, len(shape.ids.pool))), random.randint(1, 2))
    item = TEXT if type_ == TEXT else type_.value_type
    cells = [
        shape.ids.spelled(place, item, random) if place in shape.seen else shape.ids.plain(place, item)
        for place in places
        if place in shape.seen or not workspaces
    ]
    if type_ != TEXT:
        return cells
    if shape.ids.id_type == "text":
        return (
            "["
            + ", ".join('"' + cell.replace("\t", "\\t").replace("\n", "\\n") + '"' for cell in cells)
            + "]"
        )
    return ";".join(cell.strip() for cell in cells)


def _flag_cell(shape: Shape, type_: pa.DataType) -> Any:
    """A flag or a time that deletes, mostly none."""
    random, deleted = shape.random, shape.random.random() < 0.12
    if type_ == pa.bool_():
        return True if deleted else random.choice([None, False])
    if type_ == WHOLE:
        return 1 if deleted else random.choice([None, 0])
    if type_ == TZ:
        return datetime(2026, 1, 2, tzinfo=UTC) if deleted else None
    return random.choice(
        ["true", " TRUE ", "1", "2026-01-02T03:04:05Z"] if deleted else [None, "", "false", "0"]
    )


def _leave_unclear_alone(shape: Shape, rows: list[Row], endpoint: Endpoint) -> None:
    """Withdraw flags of which SHAPES says too little: of a contact whose pointer the same row takes away; of all contacts."""
    columns = shape.entity.get("deleted", [])
    if not columns:
        return
    layout = layout_of(shape.settings({})).fitted({shape.table: list(rows[0])}) if rows else None
    if layout is None:
        return
    alive = 0
    for row in rows:
        contact = layout.read(row[layout.id])
        pointed = contact in endpoint.state.imported and layout.own_pointer(row) is None
        if layout.is_deleted(row) and contact is not None and pointed:
            row.update(dict.fromkeys(columns))
        alive += contact is not None and not layout.is_deleted(row)
    if not alive:
        for row in rows:
            row.update(dict.fromkeys(columns))


def shaped_children(shape: Shape, form: ChildForm, count: int) -> Table:
    """Rows of a child table: of contacts that are there, of others, of nobody; keys come twice now and then."""
    random = shape.random
    if form.section is None:
        return _default_children(shape, form, count)
    rows: list[Row] = []
    alike = form.setting.get("unique") or form.setting.get("same")
    for number in range(random.randint(2, 12) if alike else random.randint(0, 6)):
        row: Row = {}
        for column, type_ in form.types.items():
            if column in form.reference_types:
                row[column] = _child_cell(shape, form, type_, count)
            elif column in form.setting.get("key", ()):
                row[column] = _key_cell(random, type_)
            elif column == "Who Type":
                values = {TEXT: ["Contact", "Contact", "Person", "Lead", None], WHOLE: [1, 1, 2, None]}
                row[column] = random.choice(values.get(type_, [True, True, False, None]))
            elif column == "Topic":
                row[column] = random.choice(TOPICS)
            elif column == "sent":
                sent = random.choice([0, 1, None])
                row[column] = (
                    sent if sent is None or type_ == WHOLE else datetime(2026, 1, 1 + sent, tzinfo=UTC)
                )
            else:
                row[column] = str(number)
        rows.append(row)
    return Table(rows, form.types, _file(form.section.get("source", form.name)))


def _key_cell(random: Random, type_: pa.DataType) -> Any:
    if random.random() < 0.05:
        return None if type_ == WHOLE else random.choice([None, "", " "])
    return random.randrange(-2, 11) if type_ == WHOLE else random.choice(KEY_TEXTS)


def _child_cell(shape: Shape, form: ChildForm, type_: pa.DataType, count: int) -> Any:
    """A reference, or several in one cell."""
    random, separator = shape.random, (form.section or {}).get("separator", "")
    if not separator and not pa.types.is_list(type_):
        return shape.some_id(type_, count)
    item = type_.value_type if pa.types.is_list(type_) else TEXT
    cells = [shape.some_id(item, count, empty=0.03) for _ in range(random.choice([0, 1, 2, 2, 3, 4]))]
    cells = _without_repeats_of_the_unknown(shape, cells, count)
    if pa.types.is_list(type_):
        return cells or random.choice([None, []])
    glue = separator if random.random() < 0.7 else f"{separator} "
    return (
        glue.join("" if cell is None else cell.strip() for cell in cells)
        if cells
        else random.choice([None, "", " "])
    )


def _without_repeats_of_the_unknown(shape: Shape, cells: list[Any], count: int) -> list[Any]:
    """SHAPES leaves open whether an id that leads to no contact stays twice."""
    kept: list[Any] = []
    for cell in cells:
        key = as_id(cell, shape.ids.id_type)
        place = shape.ids.place_of(cell)
        known = place is not None and place in shape.seen
        if known or key is None or key not in [as_id(other, shape.ids.id_type) for other in kept]:
            kept.append(cell)
    return kept


def _default_children(shape: Shape, form: ChildForm, count: int) -> Table:
    """One of the six tables of the API as it is without settings."""
    random, type_ = shape.random, form.reference_types["contact_id"]
    rows: list[Row] = []
    for number in range(random.randint(0, 5)):
        owner = shape.some_id(type_, count)
        if form.name == "list_memberships":
            rows.append(
                {
                    "list_id": random.choice(["L", "L", "M", "l", "L ", "", None]),
                    "contact_id": owner,
                    "by": "x",
                }
            )
        else:
            identity = f"00000000-0000-4000-8000-{list(SIX).index(form.name):04}{random.randrange(8):08}"
            rows.append({"id": identity, "contact_id": owner, "body": str(number)})
    key, last = ("list_id", "by") if form.name == "list_memberships" else ("id", "body")
    return Table(rows, {key: TEXT, "contact_id": type_, last: TEXT}, form.name)


def shaped_requests(shape: Shape, requests: Sequence[Row]) -> tuple[list[Row], Types]:
    """Requests in the shape, and the types of their columns."""
    made = []
    for request in requests:
        row, sent = dict(request), request["duplicate_ids"]
        row["primary_id"] = _id_cell(shape, row["primary_id"], shape.request_type)
        if isinstance(sent, list):
            row["duplicate_ids"] = [_id_cell(shape, cell, shape.request_type) for cell in sent]
        made.append(row)
    listed_ = pa.list_(shape.request_type)
    return made, {**REQUEST_TYPES, "primary_id": shape.request_type, "duplicate_ids": listed_}


# -------------------------------------------------------------------------------- histories in a shape


def shape_history(history: History, seed: int, features: Sequence[str]) -> Shaped:
    """A history in a shape drawn by a seed."""
    first = history.steps[0]
    assert isinstance(first, Run)
    json_fields = history.settings.get("json_fields", ["custom_fields"])
    shape = make_shape(seed, features, first.contact_types, json_fields)
    shaped = Shaped(shape.settings(history.settings), history.json_text_fields)
    endpoint, layout = endpoint_of(shaped.settings), shaped.layout
    count = len(first.tables["contacts"])
    for step in history.steps:
        made = (
            _undo(shape, endpoint, step.as_of)
            if isinstance(step, UndoStep)
            else _run(shape, step, endpoint, count, more=0.15 if shaped.steps else 0.6)
        )
        if made is not None:
            shaped.steps.append(made)
            perform(made, endpoint, layout)
    return shaped


def _run(shape: Shape, run: Run, endpoint: Endpoint, count: int, *, more: float = 0.15) -> ShapedRun:
    """A run in the shape; `more` is the share of the other child tables that come with it."""
    tables: dict[str, Table] = {}
    modes: dict[str, str] = {}
    others = [kind for kind in shape.children if kind not in run.tables and shape.random.random() < more]
    modes_of_others = {kind: shape.random.choice(["replace", "upsert"]) for kind in others}
    for name, rows in {**run.tables, **{kind: [] for kind in others}}.items():
        if name == "contacts":
            tables[shape.table] = shaped_contacts(shape, rows, run.contact_types, endpoint, count)
            own, keyed = shape.table, True
        elif name == "api_keys":
            tables[name] = Table(list(rows), KEY_TYPES, name)
            own, keyed = name, True
        elif name in shape.children:
            form = shape.children[name]
            tables[form.name] = shaped_children(shape, form, count)
            own, keyed = form.name, bool(form.setting.get("key"))
        else:
            continue
        if {**run.modes, **modes_of_others}.get(name) == "upsert" and keyed:
            modes[own] = "upsert"
    requests, types = shaped_requests(shape, run.requests)
    return ShapedRun(tables, modes, requests, types, run.as_of)


def _undo(shape: Shape, endpoint: Endpoint, as_of: datetime) -> UndoStep | None:
    """An undo of active merges, or of one contact out of one; at times of one undone before."""
    random = shape.random
    gone = endpoint.state.retired.values()
    active = sorted({pointer.request_id for pointer in gone if pointer.request_id})
    ids = active if active and random.random() < 0.9 else sorted(endpoint.merges)
    if not ids:
        return None
    chosen = random.sample(ids, min(len(ids), random.randint(1, 2)))
    if len(chosen) > 1 or random.random() < 0.6:
        return UndoStep(chosen, None, as_of)
    contact = random.choice(endpoint.merges[chosen[0]].duplicates)
    spelled = shape.ids.spelled(shape.ids.pool.index(contact), TEXT, random)
    return UndoStep(chosen, spelled, as_of, alone=contact in endpoint.state.retired and random.random() < 0.5)


def shape_world(world: World, seed: int, features: Sequence[str], *, cut: bool) -> Shaped:
    """A world in a shape: in one run, or in the batches into which it is cut, each with a load before it."""
    json_fields = world.settings.get("json_fields", ["custom_fields"])
    shape = make_shape(seed, features, world.contact_types, json_fields)
    shaped = Shaped(shape.settings(world.settings), world.json_text_fields)
    run = Run(world.tables(), world.contact_types, {}, world.requests, world.as_of)
    whole = _run(shape, run, endpoint_of(shaped.settings), len(world.contacts), more=0.6)
    if not cut:
        shaped.steps.append(whole)
        return shaped
    for requests in batches(world):
        made, types = shaped_requests(shape, requests)
        shaped.steps.append(ShapedRun(whole.tables, {}, made, types, world.as_of))
    return shaped


@st.composite
def shaped_worlds(draw: st.DrawFn, features: Sequence[str], cut: bool) -> Shaped:
    """A world in a shape of these features."""
    return shape_world(draw(worlds()), draw(st.integers(0, 2**32)), features, cut=cut)


@st.composite
def shaped_histories(draw: st.DrawFn, features: Sequence[str]) -> Shaped:
    """A history in a shape of these features."""
    return shape_history(draw(histories()), draw(st.integers(0, 2**32)), features)
