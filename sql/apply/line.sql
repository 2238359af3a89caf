{% from "merged/_survivor.sql" import membership_line %}
-- One row per contact in a line of memberships that ends in a contact: in whose line it is, and where.
-- grain: one row per contact in a line of memberships that ends in a contact
-- reads: fold.line, fold.redirects
-- kind: query
with

line as (

    {{ membership_line() }}

)

select
    contact_key,
    root_key,
    membership_position
from line
