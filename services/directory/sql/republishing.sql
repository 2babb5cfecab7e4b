-- name: forgotten_structures
-- Those whose present version the outbox no longer holds, with the origin of their last change.
select state::text, field_versions::text, history.origin
from structure
join structure_history as history on history.structure_id = structure.id and history.version = structure.version
where not exists (
    select from outbox
    where outbox.aggregate_id = structure.id
        and outbox.aggregate_version = structure.version
        and outbox.type = 'structure.changed.v1'
)
order by structure.id
