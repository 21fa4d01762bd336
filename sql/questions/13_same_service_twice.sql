-- Question 13: Which services were billed twice: same person, day, code and rendering provider on different claims?
-- Asked by: the special investigations unit.
-- Grain of the result: one row per person, day, HCPCS code and rendering NPI, newest first.
-- Parameter: as_of (date): the 12 months that end with this day.
-- Result: person_id, current_mbi, service_from, hcpcs_code, rendering_npi, claims, eob_ids.
-- Caveats: AB2D sends no modifiers: repeats by right (25, 59, 76, right and left) look like duplicates.
--   Only current claims and lines with a date of their own are looked at, and only services whose rendering provider is known.
--   A line without a link to its provider, as V3 mostly sends it, is taken for the claim's rendering provider if the claim has
--     exactly one.
--   V3 does not say which claim an adjustment replaces: see ab2d.possible_duplicate_claim before calling a pair a duplicate.
--   A person whose contracts take V2 and V3 may have a claim in both: see ab2d.possible_duplicate_claim.
with service as materialized (
  select
    person.person_id,
    person.current_mbi,
    claim_line.service_from,
    claim_line.hcpcs_code,
    claim_line.rendering_npi,
    claim_line.eob_id
  from ab2d.claim_line
  join ab2d.person using (beneficiary_id)
  where claim_line.hcpcs_code is not null
    and claim_line.service_date_source = 'line'
    and claim_line.service_from > (:as_of::date - interval '12 months')::date
    and claim_line.service_from < :as_of::date + 1
),
-- Few: so the providers of few claims are looked up.
on_two_claims as (
  select
    person_id,
    service_from,
    hcpcs_code
  from service
  group by person_id, service_from, hcpcs_code
  having min(eob_id) <> max(eob_id)
),
rendered as (
  select
    service.person_id,
    service.current_mbi,
    service.service_from,
    service.hcpcs_code,
    coalesce(service.rendering_npi, sole_rendering.npi) as rendering_npi,
    service.eob_id
  from on_two_claims
  join service using (person_id, service_from, hcpcs_code)
  cross join lateral (
    select
      case when min(claim_provider.npi) = max(claim_provider.npi) then min(claim_provider.npi) end as npi
    from ab2d.claim_provider
    where service.rendering_npi is null
      and claim_provider.eob_id = service.eob_id
      and claim_provider.role = 'rendering'
  ) as sole_rendering
)
select
  person_id,
  current_mbi,
  service_from,
  hcpcs_code,
  rendering_npi,
  count(distinct eob_id) as claims,
  array_agg(distinct eob_id) as eob_ids
from rendered
where rendering_npi is not null
group by person_id, current_mbi, service_from, hcpcs_code, rendering_npi
having min(eob_id) <> max(eob_id)
order by service_from desc, person_id, hcpcs_code, rendering_npi;
