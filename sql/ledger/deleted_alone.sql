-- One row, if there is any, of a contact that is deleted while contacts hold none that is retired into it.
-- grain: one row
-- reads: fold.redirects, liveness, raw._cm_entity
-- kind: query
with

held as (

    select redirects.survivor_key
    from fold.redirects as redirects
    semi join raw._cm_entity as contacts on contacts._cm_key = redirects.retired_key

)

select liveness.contact_key
from liveness
anti join held on held.survivor_key = liveness.contact_key
where liveness.change = 'deleted'  -- rule: retired-into-deleted
limit 1
