"""An explanation as a person reads it: who the contact is, what happened, newest last, then its values."""

from typing import TYPE_CHECKING

from contact_merge.console import open_console, print_heading, print_paragraph, print_table, short_id
from contact_merge.explain.explanation import Event, Explanation, Imported, Merged, Unmerged
from contact_merge.times import iso_text

if TYPE_CHECKING:
    from rich.console import Console


def print_explanation(explanation: Explanation, pointer: str) -> None:
    """Print all of it on stdout; `pointer` is the column of imported pointers."""
    console = open_console()
    print_paragraph(console, headline(explanation), style="bold")
    if len(explanation.chain) > 1:
        print_heading(console, "Its redirect path")
        for step in explanation.chain:
            by = "imported" if step.request_id is None else step.request_id
            print_paragraph(console, f"{step.retired_id} -> {step.primary_id} ({by})", indent=2)
    if explanation.story:
        print_heading(console, "What happened, newest last")
        for event in explanation.story:
            first, *more = lines_of(event, pointer)
            print_paragraph(console, first, indent=2)
            for line in more:
                print_paragraph(console, line, indent=4)
    if explanation.edits:
        print_heading(console, "Edited since the last merge")
        for edit in explanation.edits:
            print_paragraph(console, f"{edit.field}: {_show(edit.before)} -> {_show(edit.now)}", indent=2)
    if explanation.chain:
        _print_given(console, explanation)
    else:
        _print_fields(console, explanation)
    if explanation.children:
        print_heading(
            console, "Rows that name it" if not explanation.absorbed else "Rows, by the contact they name"
        )
        for children in explanation.children:
            itself = " (itself)" if children.contact_id == explanation.contact_id else ""
            dropped = children.memberships_dropped
            gone = f" ({dropped:,} did not move: there is one like it)" if dropped else ""
            print_paragraph(console, f"{children.contact_id}{itself}: {_rows(children.rows)}{gone}", indent=2)


def headline(explanation: Explanation) -> str:
    """What the contact is now, in one or two sentences."""
    here = explanation.contact_id
    absorbed = len(explanation.absorbed)
    others = f"{absorbed:,} other contact{'s are' if absorbed > 1 else ' is'} retired into it"
    match explanation.state:
        case "live":
            return (
                f"{here} is a live contact; {others if absorbed else 'no other contact is retired into it'}."
            )
        case "deleted":
            gone = f"{here} was deleted{_by(explanation)}: the contacts as last loaded do not hold it."
            if absorbed:
                return f"{gone} {others[0].upper()}{others[1:]} and keep pointing to it."
            return (
                gone if explanation.story else f"{gone} Its values were not kept, for no merge ever named it."
            )
        case "missing" if absorbed:
            return f"{here} is no contact that was ever loaded; {others}."
        case "missing":
            return f"{here} is no contact that was ever loaded, nor is it listed any more as merged into one."
        case "circle":
            return f"{here} is retired, but its pointers run in a circle: no contact is its survivor."
    end = {
        "live": "",
        "deleted": f", which was deleted since{_by(explanation)}: the contacts as last loaded do not hold it",
        "missing": ", which is no contact that was ever loaded",
        None: "",
    }[explanation.survivor_state]
    return f"{here} is retired; it is {explanation.survivor_id} now{end}."


def _by(explanation: Explanation) -> str:
    deleted = explanation.deleted
    return "" if deleted is None else f" by the export of batch {deleted.batch_id} ({iso_text(deleted.at)})"


def lines_of(event: Event, pointer: str = "merged_into_id") -> list[str]:
    """One event: what happened, then who asked for it and what it brought; `pointer` as `print_explanation` has it."""
    at = iso_text(event.at)
    match event:
        case Imported(target_id=None, listed=True):
            return [
                f"{at} {event.contact_id}: an export lists it no more among the ids merged into another contact."
            ]
        case Imported(listed=True):
            idle = f", without effect while {event.idle_while} is active" if event.idle_while else ""
            return [
                f"{at} {event.contact_id} was already retired into {event.target_id} when imported, which lists it among the "
                f"ids merged into it{idle}."
            ]
        case Imported(target_id=None):
            return [f"{at} {event.contact_id}: an export emptied its {pointer}."]
        case Imported(idle_while=str() as request):
            return [
                f"{at} {event.contact_id}: its {pointer} names {event.target_id}, without effect while {request} is active."
            ]
        case Imported():
            return [
                f"{at} {event.contact_id} was already retired into {event.target_id} when imported, by its {pointer}."
            ]
        case Unmerged():
            back = ", ".join(event.restored_ids)
            return [f"{at} {event.request_id} was undone: {back} no longer merged into {event.primary_id}."]
        case Merged():
            kind = "overwrite" if event.overwrite else "fill"
            return [
                f"{at} {event.request_id} merged into {event.primary_id} ({kind}):",
                *(
                    f"{contact.contact_id}: {_line_of_contact(contact.fields_populated, contact.moved)}"
                    + (f"; undone {iso_text(contact.undone_at)}" if contact.undone_at else "")
                    for contact in event.retired
                ),
                _line_of_request(event),
            ]


def _line_of_contact(fields: list[str], moved: dict[str, int]) -> str:
    gave = f"gave {', '.join(fields)}" if fields else "gave no field"
    rows = _rows(moved)
    return f"{gave}; brought {rows}" if rows else gave


def _rows(by_kind: dict[str, int]) -> str:
    """Numbers of rows as one says them: 1 note, 2 activities."""
    names = {kind: kind.replace("_", " ") for kind in by_kind}
    ones = {kind: _one(name) for kind, name in names.items()}
    return ", ".join(
        f"{rows:,} {(ones if rows == 1 else names)[kind]}" for kind, rows in by_kind.items() if rows
    )


def _one(name: str) -> str:
    """The singular of a word."""
    for ending, instead in (
        ("ies", "y"),
        ("sses", "ss"),
        ("xes", "x"),
        ("ches", "ch"),
        ("shes", "sh"),
        ("s", ""),
    ):
        if name.endswith(ending):
            return name.removesuffix(ending) + instead
    return name


def _line_of_request(event: Merged) -> str:
    key = "" if event.api_key_id is None else f" with key {event.api_key_id}"
    extra = "".join(f"; {name}: {text}" for name, text in event.extra_columns.items())
    return f"asked at {iso_text(event.requested_at)}{key}{extra}"


def _print_fields(console: "Console", explanation: Explanation) -> None:
    short = _short_ids(explanation)
    rows = [
        (
            field.field,
            field.value,
            short[field.source_id] if field.source_id != explanation.contact_id else "itself",
            field.request_id,
        )
        for field in explanation.fields
    ]
    if rows:
        print_table(console, "Its values now", ("field", "value", "came from", "by request"), rows)
    others = [
        (
            field.field,
            other.value,
            short[other.contact_id] if other.contact_id != explanation.contact_id else "itself",
            other.request_id,
        )
        for field in explanation.fields
        for other in field.not_taken
    ]
    if others:
        print_table(console, "Not taken", ("field", "value", "of", "met by request"), others)


def _print_given(console: "Console", explanation: Explanation) -> None:
    short = _short_ids(explanation)
    rows = []
    for field in explanation.fields:
        if field.source_id == explanation.contact_id:
            rows.append((field.field, field.value, f"taken, by {field.request_id}"))
        rows += [
            (field.field, other.value, f"not taken; {short[field.source_id]} gave {field.value}")
            for other in field.not_taken
        ]
    if rows:
        print_table(
            console,
            f"What became of its values at {explanation.survivor_id}",
            ("field", "value", "there"),
            rows,
        )


def _short_ids(explanation: Explanation) -> dict[str, str]:
    """Each contact by the first 8 characters of its id, as long as no two share them."""
    ids = {explanation.contact_id, *explanation.absorbed, *(step.primary_id for step in explanation.chain)}
    for field in explanation.fields:
        ids |= {field.source_id, *(other.contact_id for other in field.not_taken)}
    unique = len({contact[:8] for contact in ids}) == len(ids)
    return {contact: short_id(contact) if unique else contact for contact in ids}


def _show(value: str | None) -> str:
    return "empty" if value is None else value
