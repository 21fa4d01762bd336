-- Question 03: What is the health history of one member?
-- Asked by: the pharmacist who prepares a comprehensive medication review.
-- Grain of the result: one row per current claim of the person, newest first.
-- Parameter: mbi (text): any MBI that the person has or had.
-- Result: eob_id, claim_type, service_from, service_to, drg_code, diagnoses, hcpcs_codes, procedures, treating_npis.
-- Caveats: Superseded and cancelled versions are absent; ab2d.claim_history has them.
--   Diagnoses begin with the claim's principal one; at most 25 codes are shown. Descriptions come with V1 and V2 only.
--   A claim that two source systems hold is listed twice: see ab2d.possible_duplicate_claim.
select
  claim.eob_id,
  claim.claim_type,
  claim.service_from,
  claim.service_to,
  claim.drg_code,
  diagnosis.diagnoses,
  line.hcpcs_codes,
  procedure.procedures,
  provider.treating_npis
from ab2d.claim
cross join lateral (
  select
    string_agg(concat_ws(' ', code, description), '; ' order by place) as diagnoses
  from (
    select
      claim_diagnosis.code,
      max(claim_diagnosis.description) as description,
      row_number() over (
        order by
          (claim_diagnosis.code = claim.principal_diagnosis_code) is true desc,
          bool_or(claim_diagnosis.is_principal) desc,
          min(claim_diagnosis.diagnosis_number)
      ) as place
    from ab2d.claim_diagnosis
    where claim_diagnosis.eob_id = claim.eob_id
    group by claim_diagnosis.code
  ) as coded
  where place <= 25
) as diagnosis
cross join lateral (
  select string_agg(distinct claim_line.hcpcs_code, ', ' order by claim_line.hcpcs_code) as hcpcs_codes
  from ab2d.claim_line
  where claim_line.eob_id = claim.eob_id
) as line
cross join lateral (
  select
    string_agg(
      concat_ws(' ', to_char(claim_procedure.procedure_date, 'YYYY-MM-DD'), claim_procedure.code, claim_procedure.description),
      '; '
      order by claim_procedure.procedure_date, claim_procedure.procedure_number
    ) as procedures
  from ab2d.claim_procedure
  where claim_procedure.eob_id = claim.eob_id
) as procedure
cross join lateral (
  select string_agg(distinct claim_provider.npi, ', ' order by claim_provider.npi) as treating_npis
  from ab2d.claim_provider
  where claim_provider.eob_id = claim.eob_id
    and claim_provider.role in ('attending', 'rendering')
) as provider
where claim.beneficiary_id in (
  select ab2d.beneficiaries_of(:mbi)
)
order by claim.service_from desc, claim.service_to desc, claim.eob_id;
