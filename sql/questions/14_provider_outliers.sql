-- Question 14: Which providers give far more services per member than their specialty's others?
-- Asked by: the special investigations unit.
-- Grain of the result: one row per rendering provider and specialty.
-- Parameter: as_of (date): the 12 months that end with this day.
-- Result: rendering_npi, rendering_specialty_code, members, services, services_per_member, peers, peer_average, peer_deviation.
-- Caveats: Far more is above the average plus three standard deviations of at least 30 providers of the specialty, itself
--     included, with at least five members.
--   A service is a claim line; only this sponsor's members are seen, so low figures of a large practice say little.
--   A line without a link to its provider, as V3 mostly sends it, is taken for the claim's rendering provider if the claim has
--     exactly one;
--   V3 claims with several rendering providers are missing.
--   Claims of professionals and suppliers only: institutions' claims name no specialty, and in V1 nobody who rendered.
--   A claim without its provider's specialty, as older V3 claims are, takes it from the provider's others; whoever has none
--     there is left out.
--   A person whose contracts take V2 and V3 may have a claim in both: see ab2d.possible_duplicate_claim.
with rendering as materialized (
  select
    eob_id,
    npi,
    specialty_code
  from ab2d.claim_provider
  where role = 'rendering'
    and npi is not null
    and claim_type in ('carrier', 'dme')
    -- The claim's days: those of its lines are among them.
    and service_to > (:as_of::date - interval '12 months')::date
    and service_from < :as_of::date + 1
),
sole_rendering as (
  -- No having: the planner takes it to leave a handful of claims, and then compares each line with each of them.
  select
    eob_id,
    case when min(npi) = max(npi) then min(npi) end as npi,
    max(specialty_code) as specialty_code
  from rendering
  group by eob_id
),
known_specialty as (
  select
    npi,
    max(specialty_code) as specialty_code
  from rendering
  where specialty_code is not null
  group by npi
),
service as (
  select
    claim_line.beneficiary_id,
    coalesce(claim_line.rendering_npi, sole_rendering.npi) as rendering_npi,
    case
      when claim_line.rendering_npi is null then sole_rendering.specialty_code
      else claim_line.rendering_specialty_code
    end as rendering_specialty_code,
    count(*) as services
  from ab2d.claim_line
  left join sole_rendering using (eob_id)
  where claim_line.claim_type in ('carrier', 'dme')
    and claim_line.service_from > (:as_of::date - interval '12 months')::date
    and claim_line.service_from < :as_of::date + 1
  group by 1, 2, 3
),
provider as (
  select
    service.rendering_npi,
    coalesce(service.rendering_specialty_code, known_specialty.specialty_code) as rendering_specialty_code,
    count(distinct person.person_id) as members,
    sum(service.services) as services,
    sum(service.services) / count(distinct person.person_id) as services_per_member
  from service
  join ab2d.person using (beneficiary_id)
  left join known_specialty on known_specialty.npi = service.rendering_npi
  where service.rendering_npi is not null
    and coalesce(service.rendering_specialty_code, known_specialty.specialty_code) is not null
  group by 1, 2
),
compared as (
  select
    *,
    count(*) over specialty as peers,
    avg(services_per_member) over specialty as peer_average,
    stddev_samp(services_per_member) over specialty as peer_deviation
  from provider
  window specialty as (partition by rendering_specialty_code)
)
select
  rendering_npi,
  rendering_specialty_code,
  members,
  services,
  round(services_per_member, 2) as services_per_member,
  peers,
  round(peer_average, 2) as peer_average,
  round(peer_deviation, 2) as peer_deviation
from compared
where peers >= 30
  and members >= 5
  and services_per_member > peer_average + 3 * peer_deviation
order by services_per_member desc, rendering_npi, rendering_specialty_code;
