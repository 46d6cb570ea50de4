-- One row for each entity; the verdict is 'protected', 'exposed' or 'unknown' and never null.
select
    organization.tenant_id                as entity_id,
    organization.name                     as entity_name,
    'unknown'                             as verdict,
    json_object('code', 'not_read')       as detail
from organization
