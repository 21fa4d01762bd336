-- Question 07: Which providers treat one member?
-- Asked by: the pharmacist who has to reach the prescribers.
-- Grain of the result: one row per provider (NPI), the most claims first.
-- Parameters: as_of (date): the 12 months that end with this day; mbi (text): any MBI that the person has or had.
-- Result: npi, provider_name, specialty_code, roles, claims, last_service_date.
-- Caveats: Billing organisations and facilities are left out.
--   The name is the newest one sent; in V2 it is often that of the billing group.
--   Providers whom CMS names by another id than an NPI are missing.
with treated as (
  select
    claim_provider.npi,
    claim_provider.provider_name,
    claim_provider.specialty_code,
    claim_provider.role,
    claim_provider.eob_id,
    claim_provider.service_to
  from ab2d.claim
  join ab2d.claim_provider using (eob_id)
  where claim.beneficiary_id in (
      select ab2d.beneficiaries_of(:mbi)
    )
    and claim.service_from > (:as_of::date - interval '12 months')::date
    and claim.service_from < :as_of::date + 1
    and claim_provider.role not in ('billing', 'facility')
    and claim_provider.npi is not null
  union all
  select
    claim_line.rendering_npi,
    null,
    claim_line.rendering_specialty_code,
    'rendering',
    claim_line.eob_id,
    claim_line.service_to
  from ab2d.claim
  join ab2d.claim_line using (eob_id)
  where claim.beneficiary_id in (
      select ab2d.beneficiaries_of(:mbi)
    )
    and claim.service_from > (:as_of::date - interval '12 months')::date
    and claim.service_from < :as_of::date + 1
    and claim_line.rendering_npi is not null
)
select
  npi,
  (array_agg(provider_name order by service_to desc, provider_name) filter (where provider_name is not null))[1] as provider_name,
  (
    array_agg(specialty_code order by service_to desc, specialty_code) filter (where specialty_code is not null)
  )[1] as specialty_code,
  array_agg(distinct role) as roles,
  count(distinct eob_id) as claims,
  max(service_to) as last_service_date
from treated
group by npi
order by claims desc, last_service_date desc, npi;
