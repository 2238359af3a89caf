"""Steps 5 to 7 of SEMANTICS 'What happens to one request': what the reference asks before it merges.

In go a request and the state, out come the ids that the merge is made with, or a Refusal is raised.
"""

from dataclasses import dataclass
from typing import Any

from reference_layout import Layout
from reference_records import Row
from reference_state import State
from reference_values import UNREADABLE, Key, said


class Refusal(Exception):
    """A request that ends with a status other than 200."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def validate(request: Row, max_duplicates: int, layout: Layout) -> tuple[Key, list[Key]]:
    """Step 5: the keys that the request names, a duplicate named twice once, at its first place."""
    sent = request.get("duplicate_ids")
    flags = (request.get("overwrite"), request.get("dry_run"))
    if sent is UNREADABLE or UNREADABLE in flags:
        raise Refusal(400, "validation_error", "duplicate_ids or a flag can't be read")
    primary, duplicates = layout.read(request.get("primary_id")), [layout.read(text) for text in sent or []]
    if not duplicates or len(duplicates) > max_duplicates:
        raise Refusal(400, "validation_error", f"1 to {max_duplicates} duplicates, not {len(duplicates)}")
    usable = [duplicate for duplicate in duplicates if duplicate is not None]
    if primary is None or len(usable) < len(duplicates):
        raise Refusal(400, "validation_error", "an id is missing or none")
    if primary in usable:
        raise Refusal(400, "validation_error", "primary_id is among the duplicates")
    return primary, list(dict.fromkeys(usable))


@dataclass
class Scope:
    """The workspaces that a request is limited to: its key's and its primary's. Others do not exist (C3).

    Without the column `workspace_id` there is no check; the primary's counts where the primary is seen.
    """

    state: State
    workspaces: list[Any]

    @classmethod
    def of(cls, state: State, primary: Key, key: Row | None) -> "Scope":
        if not state.has_workspaces:
            return cls(state, [])
        scope = cls(state, [key["workspace_id"]] if key and said(key.get("workspace_id")) else [])
        if scope.sees(primary):
            scope.workspaces.append(state.workspace(primary))
        return scope

    def sees(self, contact: Key) -> bool:
        """Whether an id is one of a contact, live or retired, of these workspaces."""
        exists = contact in self.state.rows or self.state.is_retired(contact)
        return exists and all(said(self.state.workspace(contact)) == said(w) for w in self.workspaces)

    def path(self, contact: Key) -> list[Key]:
        """Step 6: the ids from this one along the retirement pointers; round in a circle is a conflict.

        Only an id that the request names has to be seen: pointers lead through other workspaces too.
        """
        path = [contact]
        while self.sees(contact) and (pointer := self.state.pointer(path[-1])):
            if pointer.target in path:
                raise Refusal(409, "merge_conflict", f"{self.state.spell(contact)} comes round in a circle")
            path.append(pointer.target)
        return path

    def require_apart(self, path: list[Key], duplicates: list[Key]) -> None:
        """The second half of step 6: the pointers of a retired primary must not lead into a duplicate (C7), seen or not."""
        for duplicate in duplicates:
            if duplicate in path[1:]:
                spelled = self.state.spell(duplicate)
                raise Refusal(409, "merge_conflict", f"the primary is retired into {spelled}")

    def into_nobody(self, contact: Key) -> str:
        """Of a retired id whose survivor is not among the contacts: who that is, unless of another or no known workspace."""
        end = self.state.survivor(contact)
        if end is None or end in self.state.rows:
            return ""
        if self.state.has_workspaces and (
            end not in self.state.known
            or said(self.state.workspace(end)) != said(self.state.workspace(contact))
        ):
            return ""
        return f" into {self.state.spell_survivor(contact)}, which is not among the contacts"

    def require_live(self, primary: Key, duplicates: list[Key]) -> tuple[Key, list[Key]]:
        """Steps 6 and 7 where retired ids are rejected: the ids themselves."""
        paths = {contact: self.path(contact) for contact in (primary, *duplicates)}
        self.require_apart(paths[primary], duplicates)
        bad, hint = [], ""
        for contact, path in paths.items():
            if not self.sees(contact):
                bad.append(f"{contact} does not exist")
            elif len(path) > 1 and self.sees(path[-1]):
                bad.append(f"{self.state.spell(contact)} is retired into {self.state.spell(path[-1])}")
                hint = '. The setting retired_ids = "follow" helps'
            elif len(path) > 1:
                bad.append(f"{self.state.spell(contact)} is retired{self.into_nobody(contact)}")
        if bad:
            raise Refusal(404, "not_found", "; ".join(bad) + hint)
        return primary, duplicates

    def resolve(self, primary: Key, duplicates: list[Key]) -> tuple[Key, list[Key]]:
        """Steps 6 and 7 where retired ids stand for their survivors: the survivors, each once."""
        paths = {contact: self.path(contact) for contact in (primary, *duplicates)}
        ends = [paths[duplicate][-1] for duplicate in duplicates]
        self.require_apart(paths[primary], [*duplicates, *ends])
        bad = [
            f"{self.state.spell(contact)} is retired{self.into_nobody(contact)}"
            if self.sees(contact)
            else f"{contact} does not exist"
            for contact, path in paths.items()
            if not (self.sees(contact) and self.sees(path[-1]))
        ]
        if bad:
            raise Refusal(404, "not_found", "; ".join(bad))
        survivor = paths[primary][-1]
        return survivor, [end for end in dict.fromkeys(ends) if end != survivor]
