"""The merged tables of INTERFACE 'Outputs', read off a state of the reference: one function a table.

Each gives a list of dictionaries, columns as INTERFACE names them.
"""

from reference_records import Row, name_of
from reference_state import State
from reference_values import Key, as_text, is_empty, same


def tables_of(state: State) -> dict[str, list[Row]]:
    """All tables that are a projection of the state."""
    live = [contact for contact in state.rows if state.is_live(contact)]
    return {
        state.layout.table: [state.replaced(contact, state.row(contact)) for contact in live],
        **{child.name: state.child_rows(child) for child in state.layout.children},
        "contact_redirects": redirects(state),
        "identity_map": [
            *({"contact_id": state.spell(c), "survivor_id": state.spell(c)} for c in live),
            *({"contact_id": r["retired_id"], "survivor_id": r["survivor_id"]} for r in redirects(state)),
        ],
        "dropped_children": dropped_children(state),
        "field_provenance": [row for contact in live for row in provenance(state, contact)],
        "field_conflicts": [row for contact in live for row in conflicts(state, contact)],
    }


def redirects(state: State) -> list[Row]:
    rows: list[Row] = []
    for contact, pointer in state.pointers().items():
        rows.append(
            {
                "retired_id": state.spell(contact),
                "primary_id": state.spell(pointer.target, pointer.sent),
                "survivor_id": state.spell_survivor(contact),
                "request_id": pointer.request_id,
                "retired_at": pointer.at,
            }
        )
    return rows


def dropped_children(state: State) -> list[Row]:
    """Rows that did not move (SHAPES 2, 'What does not move is not lost')."""
    rows: list[Row] = []
    for child in (child for child in state.layout.children if child.alike):
        [column] = child.references
        for contact, place, survivor, kept in state.dropped(child):
            pointer, row = state.pointer(contact), state.children[child.name][place]
            assert pointer is not None
            rows.append(
                {
                    "table": child.name,
                    "row": {**row, column: state.spell_like(row[column], contact)},
                    "survivor_id": state.spell(survivor),
                    "kept": state.rehome(child, state.children[child.name][kept]),
                    "request_id": pointer.request_id,
                }
            )
    return rows


def provenance(state: State, contact: Key) -> list[Row]:
    """The fields of a live contact whose value came from a retired one (the request as in choice C15)."""
    rows = []
    for f, line in state.lines(contact).items():
        kept = state.winner(f, line)
        if kept and kept.source != contact and f[0] in state.columns:
            source = state.spell(kept.source)
            request = kept.path[-1][2]
            rows.append(
                {
                    "contact_id": state.spell(contact),
                    "field": name_of(f),
                    "source_contact_id": source,
                    "request_id": request,
                }
            )
    return rows


def conflicts(state: State, contact: Key) -> list[Row]:
    """Every place of a live contact's lines that holds another non-empty value than the kept one."""
    rows = []
    for f, line in state.lines(contact).items():
        kept = state.winner(f, line)
        for place in line:
            if not kept or f[0] not in state.columns:
                continue
            if not is_empty(place.value) and not same(place.value, kept.value):
                rows.append(
                    {
                        "contact_id": state.spell(contact),
                        "field": name_of(f),
                        "kept_value": as_text(kept.value),
                        "kept_from": state.spell(kept.source),
                        "other_value": as_text(place.value),
                        "other_from": state.spell(place.source),
                        "request_id": kept.meeting(place),
                    }
                )
    return rows
