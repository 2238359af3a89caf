{# One row per contact in a line of memberships that ends in a contact: whose first membership of a list stays. The columns
   `of_redirect` are those of its redirect, null for the survivor. #}
{% macro membership_line(of_redirect=()) -%}
select
        line.contact_key,
        line.root_key,
        line.membership_position
        {%- for column in of_redirect %},
        redirects.{{ column }}
        {%- endfor %}

    from fold.line as line
    left join fold.redirects as redirects on redirects.retired_key = line.contact_key
    where redirects.retired_key is null or redirects.is_contact
{%- endmacro %}
{# The survivor's id as contact_id of a child table, spelled as contacts spell it where the column can hold that: text. #}
{% macro survivor_id(child_targets, type) -%}
{%- if type == "VARCHAR" -%}
cast({{ child_targets }}.survivor_id as varchar)
{%- else -%}
cast({{ child_targets }}.survivor_key as {{ type }})
{%- endif -%}
{%- endmacro %}
