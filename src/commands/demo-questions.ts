/** What the demo asks, to show that an analyst needs no FHIR. */
export const DEMO_QUESTIONS: readonly { readonly question: string; readonly sql: string }[] = [
  {
    question: "Which members were in hospital most, and for what? (inpatient claims of the last two years)",
    sql: `
      select
        beneficiary.current_mbi as mbi,
        count(*)::int as stays,
        sum(claim.service_to - claim.service_from + 1)::int as days,
        max(claim.service_to)::text as last_discharge,
        string_agg(distinct claim.principal_diagnosis_code, ', ') as principal_diagnoses
      from ab2d.claim
      join ab2d.beneficiary using (beneficiary_id)
      where claim.claim_type = 'inpatient'
        and claim.service_from > current_date - interval '2 years'
      group by beneficiary.current_mbi
      order by days desc, mbi
      limit 5`,
  },
  {
    question: "How many members have claims with these conditions?",
    sql: `
      select
        condition,
        count(distinct claim_diagnosis.beneficiary_id)::int as members,
        count(distinct claim_diagnosis.eob_id)::int as claims
      from (values
        ('diabetes, type 2', 'E11%'),
        ('hypertension', 'I10%'),
        ('heart failure', 'I50%'),
        ('chronic kidney disease', 'N18%'),
        ('COPD', 'J44%')
      ) as wanted (condition, code_pattern)
      join ab2d.claim_diagnosis on claim_diagnosis.code like wanted.code_pattern
      group by condition
      order by members desc, condition`,
  },
  {
    question: "What did the last fortnight change? (every version is kept; ab2d.claim has the current ones)",
    sql: `
      select
        claim_type,
        count(*) filter (where is_current and version_number = 1)::int as new_or_touched,
        count(*) filter (where is_current and version_number > 1)::int as adjusted_claims,
        count(*) filter (where not is_final)::int as cancelled_versions
      from ab2d.claim_version
      where last_updated > current_date - interval '14 days'
      group by claim_type
      order by new_or_touched desc, claim_type`,
  },
];
