-- Question 09: Which drugs were given under Part B, to be checked against Part D therapy?
-- Asked by: the pharmacist who looks for interactions and double therapy.
-- Grain of the result: one row per claim line with a drug, newest first.
-- Parameter: as_of (date): the 12 months that end with this day.
-- Result: person_id, current_mbi, service_from, hcpcs_code, ndc_code, ndc_raw, quantity, rendering_npi, claim_type, eob_id,
--     line_number.
-- Caveats: Drugs are HCPCS J0000 to J9999, Q0000 to Q9999 and C9000 to C9999, immune globulins 90281 to 90399, vaccines 90476 to
--     90756, and lines with an NDC.
--   Only claims of professionals, suppliers and outpatient departments are looked at: drugs of a stay are not paid one by one.
--   Radiopharmaceuticals (A95 and others), newer vaccines (90759, COVID-19) and drugs under other codes are missing.
--   Q5001 to Q5010 say where hospice care was given and are left out; other Q and C codes may be supplies or fees.
--   V3 carries no NDC: there, lines that only an NDC would show are missing.
--   The field of an outpatient line (ndc_raw) may hold another kind of code; ndc_code is empty then, and the line is here for
--     its HCPCS code alone.
--   A person whose contracts take V2 and V3 may have a claim in both: see ab2d.possible_duplicate_claim.
select
  person.person_id,
  person.current_mbi,
  claim_line.service_from,
  claim_line.hcpcs_code,
  claim_line.ndc_code,
  claim_line.ndc_raw,
  claim_line.quantity,
  claim_line.rendering_npi,
  claim_line.claim_type,
  claim_line.eob_id,
  claim_line.line_number
from ab2d.claim_line
join ab2d.person using (beneficiary_id)
where claim_line.claim_type in ('carrier', 'outpatient', 'dme')
  and (
    claim_line.hcpcs_code >= 'J0000' and claim_line.hcpcs_code <= 'J9999'
    or claim_line.hcpcs_code >= 'Q0000' and claim_line.hcpcs_code < 'Q5001'
    or claim_line.hcpcs_code > 'Q5010' and claim_line.hcpcs_code <= 'Q9999'
    or claim_line.hcpcs_code >= 'C9000' and claim_line.hcpcs_code <= 'C9999'
    -- 90460 to 90474 between them are for giving a vaccine.
    or claim_line.hcpcs_code >= '90281' and claim_line.hcpcs_code <= '90399'
    or claim_line.hcpcs_code >= '90476' and claim_line.hcpcs_code <= '90756'
    -- Whatever has ndc_code has ndc_raw, by which an index finds it.
    or claim_line.ndc_raw is not null and claim_line.ndc_code is not null
  )
  and claim_line.service_from > (:as_of::date - interval '12 months')::date
  and claim_line.service_from < :as_of::date + 1
order by claim_line.service_from desc, person.person_id, claim_line.eob_id, claim_line.line_number;
