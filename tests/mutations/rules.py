"""The clauses of SEMANTICS.md, each with the place where it is kept, a change that breaks it, and the test that sees it."""

from dataclasses import dataclass

ACCESS = "pipelines/contact_merge/decide/access.py"
REPLAY = "pipelines/contact_merge/decide/replay.py"
VALIDATE = "pipelines/contact_merge/decide/validate.py"
RETIREMENT = "pipelines/contact_merge/decide/retirement.py"
REQUESTS = "pipelines/contact_merge/decide/requests.py"
LINES = "pipelines/contact_merge/fold/lines.py"
COUNTS = "pipelines/contact_merge/fold/counts.py"
JSON = "pipelines/contact_merge/fold/json_fields.py"
PIPELINE = "pipelines/contact_merge/pipeline.py"
UNDO = "pipelines/contact_merge/undo.py"


@dataclass(frozen=True)
class Mutation:
    """A rule broken on purpose.

    Attributes:
        rule: the clause, in a few words.
        file: where it is kept.
        old, new: the text there, and what stands in its place in the broken copy.
        test: words of the names of tests (`pytest -k`) that have to fail then.
        tests: the file or folder of these tests.
    """

    rule: str
    file: str
    old: str
    new: str
    test: str
    tests: str = "tests/test_reference*.py"


MUTATIONS = [
    # ---------------------------------------------------------------- what happens to one request
    Mutation(
        "1: a key ends at the moment of `revoked_at`, `expires_at`",
        ACCESS,
        '(pl.col("expires_at") <= pl.col("requested_at"))',
        '(pl.col("expires_at") < pl.col("requested_at"))',
        "test_a_key_ends_at_the_very_moment",
    ),
    Mutation(
        "1: an unknown or missing key",
        ACCESS,
        'trusted | (pl.col("known").fill_null(False) & ~ended.fill_null(False))',
        "trusted | ~ended.fill_null(False)",
        "test_a_missing_or_unknown_key_is_401",
    ),
    Mutation(
        "2: the scope",
        ACCESS,
        'trusted | pl.col("scopes").list.contains(SCOPE).fill_null(False)',
        "pl.lit(True)",
        "test_a_key_without_the_scope_is_403",
    ),
    Mutation(
        "3: more than `rate_limit` in a minute",
        ACCESS,
        'pl.col("used") > pl.col("rate_limit")',
        'pl.col("used") >= pl.col("rate_limit")',
        "one_too_many_for_a_limit_of_two",
    ),
    Mutation(
        "3: requests of earlier batches count, dry runs and replays too",
        ACCESS,
        'pl.col("earlier").fill_null(0) + ',
        "pl.lit(0) + ",
        "test_requests_of_the_runs_before_count_too",
    ),
    Mutation(
        "3: `rate_limit_remaining` is never below 0",
        ACCESS,
        'pl.max_horizontal(pl.col("rate_limit") - pl.col("used"), 0)',
        'pl.col("rate_limit") - pl.col("used")',
        "one_too_many_for_a_limit_of_two",
    ),
    Mutation(
        "4: less than 24 hours",
        REPLAY,
        "at < first_at + _DAY",
        "at <= first_at + _DAY",
        "less_than_24_hours_from_its_first_use",
    ),
    Mutation(
        "4: a dry run neither reads nor writes keys",
        REPLAY,
        '~pl.col("dry_run") & (',
        "pl.lit(True) & (",
        "test_a_dry_run_neither_reads_nor_writes_keys",
    ),
    Mutation(
        "4: a key space for each API key",
        REPLAY,
        "if current != (api_key, key):\n            current,",
        "if current is None or current[1] != key:\n            current,",
        "test_each_api_key_has_its_own_idempotency_keys",
    ),
    Mutation(
        "4: blank is no key",
        REPLAY,
        ".str.strip_chars(WHITE_SPACE).str.len_bytes() > 0",
        ".str.len_bytes() > 0",
        "test_a_blank_idempotency_key_is_none",
    ),
    Mutation(
        "5: a duplicate that is no UUID",
        VALIDATE,
        'duplicates.filter(pl.col("value").is_null())',
        "duplicates.filter(pl.lit(False))",
        "test_an_id_that_is_no_uuid_is_400",
    ),
    Mutation(
        "5: at most 20 duplicates, as sent",
        VALIDATE,
        "pl.when(sent > max_duplicates)",
        "pl.when(sent > max_duplicates + 1)",
        "test_more_than_twenty_duplicates_as_sent_are_400 or test_the_maximum_is_a_setting",
    ),
    Mutation(
        "5: the primary among its duplicates, by value",
        VALIDATE,
        'pl.col("value") == pl.col("primary_value")',
        'pl.col("sent") == pl.col("primary_value")',
        "test_ids_compare_by_value_not_by_spelling",
    ),
    Mutation(
        "5: a duplicate named twice counts once",
        REQUESTS,
        'unique(["seq", "key"], keep="first", maintain_order=True)',
        'unique(["seq", "key", "ord"], keep="first", maintain_order=True)',
        "spelling or twice",
    ),
    Mutation(
        "6: a circle",
        RETIREMENT,
        "or any(c >= 0 and into[c] == CIRCLE for c in ids)",
        "",
        "test_pointers_in_a_circle_are_409 or test_a_circle_counts_before",
    ),
    Mutation(
        "6: from the retired primary into a duplicate",
        RETIREMENT,
        "or (retired_primary and walk.leads_into(first_live[primary], end, known))",
        "",
        "test_a_retired_primary_that_leads_into_a_duplicate_is_409",
    ),
    Mutation(
        "6: the same across batches",
        REQUESTS,
        "            if place in targets:\n                found.append(seq)",
        "            if False:\n                found.append(seq)",
        "test_a_retired_primary_that_leads_into_a_duplicate_is_409",
    ),
    Mutation(
        "7: a contact retired earlier is not found",
        RETIREMENT,
        "accepted = min(ids) >= 0 and all(into[c] == LIVE for c in ids)",
        "accepted = min(ids) >= 0",
        "retired",
    ),
    Mutation(
        "7: the key's workspace",
        REQUESTS,
        "visible=exists & for_key",
        "visible=exists",
        "test_a_key_touches_only_its_workspace",
    ),
    Mutation(
        "7: the primary's workspace",
        REQUESTS,
        'pl.col("has_primary").is_null() | pl.col("workspace_id").eq_missing(pl.col("primary_workspace"))',
        "pl.lit(True)",
        "test_contacts_of_two_workspaces_are_not_merged",
    ),
    Mutation(
        "7: two nulls are the same workspace",
        REQUESTS,
        'pl.col("workspace_id").eq_missing(pl.col("primary_workspace"))',
        '(pl.col("workspace_id") == pl.col("primary_workspace")).fill_null(False)',
        "test_two_nulls_are_the_same_workspace",
    ),
    Mutation(
        "8: a dry run changes nothing",
        RETIREMENT,
        "        if not dry[i]:",
        "        if True:",
        "test_a_dry_run_changes_nothing_for_the_requests_after_it",
    ),
    Mutation(
        "8: a dry run is no merge",
        "sql/ledger/new_merges.sql",
        "decisions.status = 200 and not requests.dry_run",
        "decisions.status = 200",
        "test_a_dry_run_answers_as_if_and_changes_nothing",
    ),
    Mutation(
        "The order within a run: `requested_at`, then `request_id`",
        "sql/decide/ordered_requests.sql",
        "order by new_requests.requested_at, new_requests.request_id",
        "order by new_requests.request_id",
        "test_requests_of_a_batch_are_answered_in_order_of_time_then_of_id",
    ),
    Mutation(
        "`follow`: retired ids stand for their survivors, the primary drops out of its duplicates",
        RETIREMENT,
        "resolved = {primary: None}",
        "resolved = dict.fromkeys(ids)",
        "follow",
    ),
    Mutation(
        "`follow`: a retired primary whose survivor is a duplicate is still 409",
        RETIREMENT,
        "and any(walk.find(d) == end for d in known)",
        "and False",
        "test_follow_refuses_a_retired_primary_whose_survivor_is_a_duplicate",
    ),
    # ---------------------------------------------------------------- imported pointers
    Mutation(
        "Imported pointers: in ascending id of the retired",
        LINES,
        'pointers.sort("d").select("d", "t").rows()',
        'pointers.sort("d", descending=True).select("d", "t").rows()',
        "imported",
        "tests/test_reference_*.py",
    ),
    Mutation(
        "Imported pointers: in a circle rows stay as they are",
        LINES,
        "            if place in seen:\n                self.circle[place] = True",
        "            if False:\n                self.circle[place] = True",
        "test_where_pointers_end_in_no_contact_or_a_circle_rows_stay",
    ),
    Mutation(
        "Imported pointers: the ledger's counts before",
        "sql/fold/standing_imports.sql",
        "anti join member_merges on member_merges.d = contacts.n\n",
        "",
        "test_a_pointer_of_the_ledger_counts_before_an_imported_one",
    ),
    Mutation(
        "Imported pointers: held with an empty one the contact is live again",
        "sql/fold/standing_imports.sql",
        "order by imports.batch_no desc",
        "order by imports.target_key is null, imports.batch_no desc",
        "ends_where_it_is_empty",
    ),
    # ---------------------------------------------------------------- folding
    Mutation(
        "Values are carried over untouched: minus zero inside a list",
        "sql/fold/_values.sql",
        '{%- if ("[" in type or "(" in type)',
        '{%- if false and ("[" in type or "(" in type)',
        "test_a_contact_takes_values_of_any_type",
        "tests/test_values_carried.py",
    ),
    Mutation(
        "A column whose type changed is widened, so that what merges saw stays whole",
        "pipelines/contact_merge/ledger.py",
        '(("ledger.seen", old), ("raw.contacts", type_name))',
        '(("ledger.seen", old),)',
        "test_a_column_of_another_type",
        "tests/test_columns.py",
    ),
    Mutation(
        "Fill takes the first non-empty value, not the last (survivors)",
        "sql/fold/store_values.sql",
        '"place_values.position")',
        '"-place_values.position")',
        "test_fill_takes_the_first_value_among_the_duplicates",
    ),
    Mutation(
        "Fill takes the first non-empty value, not the last (responses)",
        "sql/fold/after_values.sql",
        'field.type, "turn")',
        'field.type, "-turn")',
        "test_fill_takes_the_first_value_among_the_duplicates or populated",
    ),
    Mutation(
        "Overwrite: the primary's value comes last",
        "sql/fold/stretches.sql",
        "then 1000000 else named.ord end",
        "then named.ord else named.ord end",
        "overwrite or populated or events_tell",
    ),
    Mutation(
        "Overwrite puts duplicates in front, in listed order",
        LINES,
        "            place = -left[p]\n",
        "            place = right[p] + 1\n",
        "overwrite_in_the_middle or under_overwrite",
    ),
    Mutation(
        "Empty: white space of Unicode",
        "sql/fold/_values.sql",
        "\\x{00A0}",
        "",
        "test_fill_takes_the_first_value_among_the_duplicates",
    ),
    Mutation(
        "Empty: NaN",
        "sql/fold/_values.sql",
        " and not isnan({{ column }})",
        "",
        "test_not_a_number_is_empty_but_infinity_is_a_value",
    ),
    Mutation(
        "Empty: an empty list",
        "sql/fold/_values.sql",
        "array_length({{ column }}) > 0",
        "{{ column }} is not null",
        "test_an_empty_list_is_empty",
    ),
    Mutation(
        "Empty: an empty map",
        "sql/fold/_values.sql",
        "cardinality({{ column }}) > 0",
        "{{ column }} is not null",
        "test_an_empty_map_is_empty",
    ),
    Mutation(
        "JSON: an empty key that only a duplicate has is not taken",
        JSON,
        "if not entry.filled or name in giver:",
        "if name in giver:",
        "json or object or slice or empties",
        "tests/test_reference_folding.py tests/test_reference_time.py",
    ),
    Mutation(
        "JSON: values are compared by their text",
        JSON,
        "and not (name in before and before[name].filled and before[name].value == now[name].value)",
        "",
        "test_a_key_overwritten_by_an_equal_value_is_not_populated",
    ),
    Mutation(
        "JSON: a duplicate's key fills only an empty one",
        JSON,
        "if merge.overwrite or mine is None or not mine.filled:",
        "if True:",
        "test_objects_fold_key_by_key",
    ),
    Mutation(
        "`fields_populated`: only those that differ from before",
        "sql/fold/responses.sql",
        " and after_values.a{{ field.i }} is distinct from after_values.b{{ field.i }}\n",
        "\n",
        "populated or populates",
    ),
    Mutation(
        "The source of a value is the first in line that has it",
        "sql/merged/field_provenance.sql",
        "arg_min(contact_key, position)",
        "arg_max(contact_key, position)",
        "sources or equal_value_in_front or chain",
        "tests/test_reference_folding.py tests/test_reference_time.py",
    ),
    Mutation(
        "A conflict is told where two places met",
        "sql/merged/field_conflicts.sql",
        "max(case when position > first{{ field.i }} then joined_seq end)",
        "min(case when position > first{{ field.i }} then joined_seq end)",
        "conflict",
        "tests/test_reference_folding.py",
    ),
    Mutation(
        "`updated_at` becomes the time of the run",
        "sql/fold/store_values.sql",
        '{{ later("contacts." ~ (column.name | ident), column.type, "batches.as_of") }}',
        "contacts.{{ column.name | ident }}",
        "test_an_update_time_becomes_that_of_the_run",
    ),
    Mutation(
        "Children go to the survivor",
        "sql/merged/child.sql",
        "when redirects.retired_key is null then",
        "when true then",
        "test_children_go_to_the_survivor",
    ),
    Mutation(
        "The primary's memberships stay, of the duplicates' the first for each list",
        "sql/merged/list_memberships.sql",
        "min(line.member_position) over",
        "max(line.member_position) over",
        "memberships",
    ),
    Mutation(
        "Memberships append even under overwrite",
        LINES,
        "self.member_rel[d] = self.members[p] + 1",
        "self.member_rel[d] = self.members[p] + 1 if self.rel[d] > 0 else self.rel[d]",
        "test_memberships_of_a_chain_append",
    ),
    Mutation(
        "Counts: a membership that was dropped did not move",
        COUNTS,
        "        - (lost_sum.gather(last) - lost_sum.gather(first))\n",
        "",
        "test_counts_are_of_rows_that_really_moved or membership",
        "tests/test_reference_children.py",
    ),
    Mutation(
        "Counts: a membership dropped by this very merge did not move",
        COUNTS,
        'list_memberships=still_held - order["lost"].gather(first)',
        "list_memberships=still_held",
        "test_counts_are_of_rows_that_really_moved",
    ),
    Mutation(
        "The duplicates are gone from merged contacts",
        "sql/merged/contacts.sql",
        "anti join retired on",
        "left join retired on",
        "gone or live or pointers",
        "tests/test_reference_retired.py tests/test_reference_time.py",
    ),
    # ---------------------------------------------------------------- over time
    Mutation(
        "Later edits win",
        "sql/fold/edits.sql",
        "    or e{{ field.i }}\n",
        "    and e{{ field.i }}\n",
        "test_a_later_edit_of_the_survivor_wins",
        "tests/test_reference_time.py",
    ),
    Mutation(
        "A CRM that took over the merged value edited nothing",
        "sql/fold/edits.sql",
        '        and {{ value(field.of("new_row"), field.kind) }} is distinct from made.f{{ field.i }} as e{{ field.i }},',
        "        as e{{ field.i }},",
        "took_over or taken_over",
    ),
    Mutation(
        "A merge is done when it is done: it keeps the rows it saw",
        "sql/fold/place_values.sql",
        "case when member_line.base_batch is null then",
        "case when true then",
        "test_later_changes_of_a_retired_contact_do_not_reach_the_survivor",
    ),
    Mutation(
        "JSON objects are edited key by key",
        JSON,
        "if _value(new, name) != _value(old, name) and _value(new, name) != _value(made, name)",
        "if False",
        "test_objects_are_edited_key_by_key",
    ),
    Mutation(
        "Redirects to a deleted survivor stay, and children keep naming it",
        "sql/fold/store_line.sql",
        "not member_line.circle and survivor.id is not null as is_contact",
        "not member_line.circle and member_line.root_key in (select _cm_key from raw.contacts) as is_contact",
        "test_a_live_contact_that_vanishes_is_deleted or keep_naming or vanishes",
        "tests/test_reference_time.py",
    ),
    # ---------------------------------------------------------------- undo
    Mutation(
        "Undo leaves every other merge standing",
        "sql/fold/standing_merges.sql",
        "anti join reversed_merges on reversed_merges.seq = merges.seq and reversed_merges.retired_key = merges.retired_key",
        "anti join reversed_merges on reversed_merges.retired_key = merges.retired_key or reversed_merges.seq <= merges.seq",
        "undo or taken_back",
    ),
    Mutation(
        "Undo brings back a contact that the export lost",
        "sql/ledger/restore_rows.sql",
        "where newest._cm_batch = newest._cm_newest",
        "where false",
        "test_a_contact_that_the_export_lost_comes_back",
    ),
    Mutation(
        "Undo of one contact out of a request",
        "sql/ledger/chosen_reversals.sql",
        "where $contact_key is null or merges.retired_key = cast($contact_key as uuid)",
        "where $contact_key is null or true",
        "test_undo_of_one_contact_leaves_the_rest_of_its_request",
    ),
    Mutation(
        "Undo: all or nothing, a line for each bad id",
        UNDO,
        "    if lines:\n",
        "    if len(lines) == len(request_ids):\n",
        "test_an_undo_with_a_bad_id_undoes_nothing_and_names_each",
    ),
    # ---------------------------------------------------------------- tables
    Mutation(
        "Load: the first row of a key stays",
        "sql/load/rejected_rows.sql",
        "            order by keyed.row_id\n",
        "            order by keyed.row_id desc\n",
        "test_the_first_row_of_an_id_stays",
        "tests/load",
    ),
    Mutation(
        "Load: a pointer that is no UUID is noted, its row stays",
        "sql/load/noted_rows.sql",
        "where _cm_into is null and not is_blank(cast({{ pointer }} as varchar));",
        "where false;",
        "test_a_pointer_that_is_no_uuid_is_noted",
        "tests/load",
    ),
    Mutation(
        "Load: the same request with another body goes to the rejects",
        "sql/load/new_requests.sql",
        "when requests.body_hash <> numbered.body_hash then 'the ledger has this request_id with another body'",
        "when false then ''",
        "test_a_request_of_the_ledger_is_left_out_or_with_another_body_rejected",
        "tests/load",
    ),
    Mutation(
        "Load: a request without `request_id` or `requested_at`",
        "sql/load/new_requests.sql",
        "when is_blank(requested_text) then 'requested_at is missing'",
        "when false then ''",
        "test_a_request_without_id_or_time_is_rejected",
        "tests/load",
    ),
    Mutation(
        "Load: a Parquet type that would be bent is refused",
        "pipelines/contact_merge/load/parquet.py",
        "    if pa.types.is_duration(kind):",
        "    if False:",
        "test_a_type_that_cannot_be_held_exactly_is_refused",
        "tests/load",
    ),
    Mutation(
        "Load: text that is no JSON object is noted",
        "sql/load/noted_rows.sql",
        "where (is_object and is_lax) or (not is_object and not is_blank(text));",
        "where is_object and is_lax;",
        "test_a_json_field_that_is_no_object_is_noted",
        "tests/load",
    ),
    Mutation(
        "Load: a time without zone is UTC",
        "pipelines/contact_merge/warehouse.py",
        "set TimeZone = 'UTC'",
        "set TimeZone = 'Asia/Tokyo'",
        "test_a_time_without_zone_is_utc",
        "tests/load",
    ),
]
