-- Comments on what migrations 0007 and 0008 brought, names of CMS's claim and claim line feeds (CCLF) beside the CCW names, and the data
-- dictionary that all comments are read from.
--
-- A column's comment says what the column means. Then, where they apply and in this order: "Code system: X.", "CCW: X." (the variable in CMS's
-- codebooks), "CCLF: X." (the field, and the files that have it), the AB2D versions that carry it ("V1, V2, V3.", "V3 only.", "No version.")
-- and the trap. The view data_dictionary takes them apart.

comment on schema ab2d is 'Medicare Part A and B claims of a Part D sponsor''s members, from the CMS AB2D API, for analysts. Start with the view claim; join every claims table by eob_id, and people by beneficiary_id (source system, colon, patient id); the view person says which beneficiary ids are one person. The view data_dictionary describes every column. Codes and ids are text. There are no amounts, revenue codes, modifiers, discharge status or enrolment data, and denied claims cannot be told from paid ones in V2 and V3. Claims with substance use disorder data are left out by CMS. Permitted uses are limited by 42 CFR 423.153(g): to optimise therapeutic outcomes through improved medication use, and to improve care coordination. Not for coverage determinations under Part D, retroactive reviews of medically accepted indications, facilitating a switch to another plan of the same parent organisation, or marketing of benefits.';

-- People.

comment on table ab2d.patient is 'Grain: one row per patient id of a source system (beneficiary_id). Read the view beneficiary, which adds the service dates.';
comment on view ab2d.beneficiary is 'Grain: one row per patient id of a source system (beneficiary_id). One person may have several, e.g. one in ccw (V1, V2) and one in idr (V3); the view person joins them by MBI. No name, birth date, sex, death or enrolment: join your own roster by MBI.';
comment on column ab2d.beneficiary.first_service_date is 'Earliest service date among the current claims held here, of the contracts that you may see. V1, V2, V3. Earlier claims may exist at CMS: a first diagnosis near this day is not a new diagnosis.';
comment on column ab2d.beneficiary.last_service_date is 'Latest service date among the current claims held here, of the contracts that you may see. V1, V2, V3. Claims come weeks after the service.';
comment on table ab2d.beneficiary_contract is 'Grain: one row per beneficiary and contract that a claim of theirs was delivered to. It is not enrolment: members without a claim are missing.';
comment on column ab2d.beneficiary_contract.beneficiary_id is 'The person: source system, colon, patient id. Joins to beneficiary, person and the claims tables. V1, V2, V3.';
comment on column ab2d.beneficiary_contract.contract_number is 'CMS contract number that a claim of this person was delivered to; joins to contract. V1, V2, V3.';
comment on column ab2d.beneficiary_contract.is_only_contract is 'True where no other contract received a claim of this person under this beneficiary_id. V1, V2, V3.';
comment on column ab2d.beneficiary_contract.first_service_date is 'Earliest service date among the current claims that were delivered to this contract and are of its active source system; null if there is none. V1, V2, V3. Earlier claims may exist at CMS.';
comment on column ab2d.beneficiary_contract.last_service_date is 'Latest service date among the current claims that were delivered to this contract and are of its active source system; null if there is none. V1, V2, V3.';
comment on view ab2d.person is 'Grain: one row per beneficiary_id, with the person it stands for. Beneficiary ids that share an MBI, now or formerly, be it over a third, are one person. What does not look like an MBI (eleven characters, the first 1 to 9) joins nobody. Count people by person_id, never by current_mbi, which may be null.';
comment on column ab2d.person.person_id is 'The person: the first of their beneficiary ids in byte order. V1, V2, V3. It changes when a shared MBI comes to light, so keep MBIs in tables of your own.';
comment on column ab2d.person.current_mbi is 'MBI that the newest export to any of the person''s beneficiary ids calls current; null if none was sent. CCLF: BENE_MBI_ID (CCLF1 to CCLF6, CCLF8). V1, V2, V3.';
comment on function ab2d.beneficiaries_of(text) is 'All beneficiary ids of the person who has or had this MBI, also over an MBI in between; none for an unknown MBI. Dashes as on a card, blanks around it and small letters do not matter. What stands in for an MBI (UNKNOWN) finds whoever has it: that may be several people.';
comment on function ab2d.joined_beneficiaries() is 'Grain: one row per beneficiary id that shares an MBI with another, with the person it stands for. The view person has all the others too.';

-- The sponsor's own tables.

comment on table ab2d.code_list is 'Grain: one row per list and code prefix. Yours to edit: a change takes effect in the view condition_evidence at once. The lists that are here to begin with are samples, which a clinician should own.';
comment on column ab2d.code_list.list_name is 'Name of the list, e.g. mtm:diabetes. The questions use lists whose names begin with mtm: or supd-exclusion:, and adverse-drug-event and fall-fracture.';
comment on column ab2d.code_list.code_system is 'ICD-10-CM or ICD-9-CM, as in claim_diagnosis.code_system. A list may have prefixes of both.';
comment on column ab2d.code_list.code_prefix is 'Beginning of the codes, upper case without dot: E11 has E11 itself and all codes below it. No prefix of a list may lie within another of the same list and code system.';
comment on column ab2d.code_list.code_prefix_end is 'What all codes with the prefix sort before, made from it: leave it out when you insert.';
comment on function ab2d.refuse_prefix_within_another() is 'Refuses a code prefix that lies within another of its list, or around one: diagnoses would be listed twice.';
comment on trigger no_prefix_lies_within_another on ab2d.code_list is 'Refuses a code prefix that lies within another of its list, or around one.';
comment on table ab2d.part_d_fill is 'Grain: one row per fill of a prescription: person, day, drug and contract. Yours to fill from your own Part D records; empty to begin with. Question 02 needs it.';
comment on column ab2d.part_d_fill.contract_number is 'CMS contract number that the fill belongs to; joins to contract.';
comment on column ab2d.part_d_fill.mbi is 'Medicare Beneficiary Identifier as it was at the fill, eleven capital letters and digits without dashes. Joins to beneficiary_identifier, which also knows former ones.';
comment on column ab2d.part_d_fill.ndc is 'Drug dispensed, eleven digits without dashes. Code system: NDC.';
comment on column ab2d.part_d_fill.drug_class is 'Your name for the class of the drug, in small letters. Question 02 looks for statin.';
comment on column ab2d.part_d_fill.fill_date is 'Day of the fill.';
comment on column ab2d.part_d_fill.days_supply is 'Days that the fill lasts; null if not known.';

-- Row-level security.

comment on table ab2d.contract_analyst is 'Grain: one row per role and contract whose claims its members may see while row-level security is on. The owner adds and removes rows.';
comment on column ab2d.contract_analyst.role_name is 'Name of a database role, a login or a group. Members of the role see the contract.';
comment on column ab2d.contract_analyst.contract_number is 'CMS contract number that members of the role may see; joins to contract.';
comment on function ab2d.visible_contracts() is 'The contracts that whoever runs the query may see while row-level security is on: those of the roles they are a member of.';
comment on function ab2d.are_all_contracts(text[]) is 'Whether these are all the contracts there are, the hidden ones included.';
comment on function ab2d.sees_contract(text) is 'Whether whoever runs the query may see this contract.';

-- Views of claims.

comment on view ab2d.condition_evidence is 'Grain: one row per diagnosis of a current claim and list that its code is on. A claim that lists a code twice has two rows: count distinct claims or days. Edit code_list to change the lists.';
comment on column ab2d.condition_evidence.list_name is 'The list, e.g. mtm:diabetes; see code_list. V1, V2, V3. One diagnosis may be on several lists.';
comment on view ab2d.claim_history is 'Grain: one row per claim version, with what became of it. Compare versions of one claim_family_key by version_number. Lines, diagnoses and procedures are kept of the current version only.';
comment on column ab2d.claim_history.outcome is 'current: this version counts. superseded: another version of its family does; where current_eob_id is null too, the newer one went to a contract that you don''t see. cancelled: no version of the family does, since CMS cancelled it. not_final: CMS marks it NotFinalAction and it has no successor in its family (always so in V3). other_source: final, but no contract that holds it takes its source system. V1, V2, V3.';
comment on column ab2d.claim_history.current_eob_id is 'The version of the family that counts now, this one or another; null where none does, and on a superseded one whose newer version went to a contract that you don''t see. Joins to claim. V1, V2, V3.';
comment on view ab2d.possible_duplicate_claim is 'Grain: one row per pair of current claims of one person that may be one claim twice; the first by eob_id is eob_id, the other is other_eob_id. Candidates only: nothing is removed from claim. Look at both before you leave one out. Set jit off before reading all of it.';
comment on column ab2d.possible_duplicate_claim.eob_id is 'One claim of the pair, the first in byte order; joins to claim and the claims tables. V1, V2, V3.';
comment on column ab2d.possible_duplicate_claim.other_eob_id is 'The other claim of the pair; joins to claim and the claims tables. V1, V2, V3.';
comment on column ab2d.possible_duplicate_claim.reason is 'control_number: both have the same claim_control_number (V3). same_stay: institutional claims of one source system, claim type and service dates. two_sources: one in ccw, one in idr, of one claim type and service dates; unless they are institutional, with a diagnosis code in common. V1, V2, V3. The latter two only where no billing or attending NPI differs.';
comment on column ab2d.possible_duplicate_claim.other_claim_type is 'Claim type of the other claim. V1, V2, V3. Differs from claim_type only where the reason is control_number.';
comment on column ab2d.possible_duplicate_claim.other_service_from is 'First day of the other claim. V1, V2, V3.';
comment on column ab2d.possible_duplicate_claim.other_service_to is 'Last day of the other claim. V1, V2, V3.';
comment on view ab2d.data_freshness is 'Grain: one row per contract, claim type and month of service; a contract without current claims has one row, its claim type and month null. Shows only the contracts that you may see. The columns up to newest_last_updated are the same on all rows of a contract: do not add them up.';
comment on column ab2d.data_freshness.contract_number is 'CMS contract number; joins to contract. V1, V2, V3.';
comment on column ab2d.data_freshness.last_run_command is 'sync, backfill or reconcile: the last run that has ended, of the contract''s active source system; null if there is none. Loads of files by hand (load) are left out.';
comment on column ab2d.data_freshness.last_run_state is 'complete, complete_with_gaps or failed: how that run ended.';
comment on column ab2d.data_freshness.last_run_gaps is 'Why that run is not known to be whole; empty for a run that is.';
comment on column ab2d.data_freshness.last_run_ended_at is 'When that run ended.';
comment on column ab2d.data_freshness.watermark is 'Start of the last complete export of the contract''s active source system: what CMS had by then is here. Null before the first one.';
comment on column ab2d.data_freshness.newest_last_updated is 'When CMS last changed any of the contract''s current claims; null if none says. V1, V2, V3.';
comment on column ab2d.data_freshness.claim_type is 'carrier, dme, hha, hospice, inpatient, outpatient, snf or other; null for a contract without current claims. CCW: NCH_CLM_TYPE_CD (derived). CCLF: CLM_TYPE_CD (CCLF1 to CCLF6). V1, V2, V3.';
comment on column ab2d.data_freshness.service_month is 'First day of the month that the claims'' last service day (service_to) is in; null for a contract without current claims. V1, V2, V3. The last months fill up for weeks.';
comment on column ab2d.data_freshness.claims is 'Number of current claims; 0 for a contract without any. V1, V2, V3. A claim of two contracts counts in both.';

comment on view ab2d.contract_completeness is 'Grain: one row per contract, API version and claim type. Shows only the contracts that you may see. A claim of two contracts counts in both.';
comment on column ab2d.contract_completeness.contract_number is 'CMS contract number; joins to contract. V1, V2, V3.';
comment on column ab2d.contract_completeness.api_version is 'AB2D version of the content stored: v1, v2 or v3. V1, V2, V3.';
comment on column ab2d.contract_completeness.claim_type is 'carrier, dme, hha, hospice, inpatient, outpatient, snf or other. CCW: NCH_CLM_TYPE_CD (derived). CCLF: CLM_TYPE_CD (CCLF1 to CCLF6). V1, V2, V3.';
comment on column ab2d.contract_completeness.versions is 'Claim versions that were delivered to the contract, whether they count or not. V1, V2, V3.';
comment on column ab2d.contract_completeness.current_claims is 'Of these, the current ones of the contract''s active source system: the claims, as in data_freshness. V1, V2, V3. A claim of the other system, current for another contract, is not counted.';
comment on column ab2d.contract_completeness.cancelled_families is 'Claims without any final version, counted by their newest one. V1, V2. Always 0 in V3, which sends no cancellation.';
comment on column ab2d.contract_completeness.newest_update is 'When CMS last changed any of the versions; null if none says. V1, V2, V3.';
comment on column ab2d.contract_completeness.newest_service_date is 'Latest service day (service_to) of the versions. V1, V2, V3.';
comment on column ab2d.contract_completeness.median_days_to_update is 'Half of the versions were last changed at most so many days after their last service day. V1, V2, V3.';
comment on statistics ab2d.claim_version_days_to_update is 'For question 15 and the view contract_completeness: tells the planner how few groups there are.';

-- The Tuva Project's input layer.

comment on view ab2d.tuva_medical_claim is 'Grain: one row per line of a current claim; a claim without lines has one row. Columns and order are those of medical_claim in the input layer of the Tuva Project; what AB2D does not send is null. For export: use claim and its tables for questions. Set jit off before reading much of it.';
comment on column ab2d.tuva_medical_claim.claim_line_number is 'Number of the line within its claim; 1 on the one row of a claim without lines. CCW: CLM_LINE_NUM (institutional), LINE_NUM (carrier, dme). CCLF: CLM_LINE_NUM (CCLF2, CCLF5, CCLF6). V1, V2, V3.';
comment on column ab2d.tuva_medical_claim.claim_type is 'institutional, professional, or undetermined where claim_type_code is not known. V1, V2, V3. Not the column claim_type of the claims tables, but claim_form.';
comment on column ab2d.tuva_medical_claim.payer is 'medicare on every row. V1, V2, V3.';
comment on column ab2d.tuva_medical_claim.plan is 'medicare on every row. V1, V2, V3.';
comment on column ab2d.tuva_medical_claim.admission_date is 'First day of an inpatient or snf claim, in place of the admission day, which AB2D does not send; null on other claims. CCW: CLM_FROM_DT. CCLF: CLM_FROM_DT (CCLF1). V1, V2, V3.';
comment on column ab2d.tuva_medical_claim.discharge_date is 'Last day of an inpatient or snf claim, in place of the discharge day, which AB2D does not send; null on other claims. CCW: CLM_THRU_DT. CCLF: CLM_THRU_DT (CCLF1). V1, V2, V3. An interim bill ends before the discharge.';
comment on column ab2d.tuva_medical_claim.drg_code_type is 'ms-drg where drg_code is filled. V1, V2, V3.';
comment on column ab2d.tuva_medical_claim.diagnosis_code_type is 'icd-10-cm or icd-9-cm: the code system of all diagnosis_code_ columns. CCW: ICD_DGNS_VRSN_CD1 to ICD_DGNS_VRSN_CD25. CCLF: DGNS_PRCDR_ICD_IND (CCLF4, CCLF5). V1, V2, V3. If a claim has codes of both, those of the first one''s system are here.';
comment on column ab2d.tuva_medical_claim.procedure_code_type is 'icd-10-pcs or icd-9-pcs: the code system of all procedure_code_ columns. CCW: ICD_PRCDR_VRSN_CD1 to ICD_PRCDR_VRSN_CD25. CCLF: DGNS_PRCDR_ICD_IND (CCLF3). V1, V2, V3.';
comment on column ab2d.tuva_medical_claim.data_source is 'cms-ab2d on every row. V1, V2, V3.';

-- Columns that are null on every row.
do $$
declare
  name text;
begin
  foreach name in array array[
    'admit_source_code', 'admit_type_code', 'discharge_disposition_code', 'bill_type_code', 'revenue_center_code', 'hcpcs_modifier_1',
    'hcpcs_modifier_2', 'hcpcs_modifier_3', 'hcpcs_modifier_4', 'hcpcs_modifier_5', 'rendering_tin', 'billing_tin', 'paid_date',
    'paid_amount', 'allowed_amount', 'charge_amount', 'coinsurance_amount', 'copayment_amount', 'deductible_amount',
    'total_cost_amount', 'in_network_flag', 'file_name', 'file_date'
  ] loop
    execute format('comment on column ab2d.tuva_medical_claim.%I is %L', name,
      'A column of Tuva''s; AB2D does not send it, so it is null on every row. No version.');
  end loop;
end
$$;

-- Columns that are there twenty-five times.
do $$
declare
  numbered record;
begin
  for numbered in
    select stem, number, description
    from (values
      ('diagnosis_code', 'Diagnoses of the claim, upper case without dot; the principal one is diagnosis_code_1, and each code is there once. Code system: see diagnosis_code_type. CCW: ICD_DGNS_CD1 to ICD_DGNS_CD25. CCLF: CLM_DGNS_CD (CCLF4), CLM_DGNS_1_CD to CLM_DGNS_12_CD (CCLF5). V1, V2, V3. Codes that are nothing but the diagnosis at admission, a reason for the visit or an external cause are in claim_diagnosis only.'),
      ('diagnosis_poa', 'Whether the diagnosis of the same number was present at admission: Y yes, N no, U unknown, W undetermined, 1 exempt; inpatient claims. CCW: CLM_POA_IND_SW1 to CLM_POA_IND_SW25. CCLF: CLM_POA_IND (CCLF4). V1, V2, V3.'),
      ('procedure_code', 'ICD procedures of the claim, upper case without dot; institutional claims only. Code system: see procedure_code_type. CCW: ICD_PRCDR_CD1 to ICD_PRCDR_CD25. CCLF: CLM_PRCDR_CD (CCLF3). V1, V2, V3. The first is the principal one in V3 only.'),
      ('procedure_date', 'Day of the procedure of the same number; null if not sent. CCW: PRCDR_DT1 to PRCDR_DT25. CCLF: CLM_PRCDR_PRFRM_DT (CCLF3). V1, V2, V3.')
    ) as described (stem, description)
    cross join generate_series(1, 25) as number
  loop
    execute format('comment on column ab2d.tuva_medical_claim.%I is %L', numbered.stem || '_' || numbered.number, numbered.description);
  end loop;
end
$$;

-- Corrections of what was there.

comment on column ab2d.claim_contract.not_delivered_since is 'Start of the first full re-export (`ab2d reconcile`) that did not deliver the claim to this contract any more; null while it is delivered. V1, V2, V3. AB2D gives no reason: the member may have left, opted out, or been left out of that export by mistake. The claim stays.';
comment on column ab2d.claim_line.quantity is 'Number of services or units, may have decimals. CCW: LINE_SRVC_CNT (carrier, dme), REV_CNTR_UNIT_CNT (institutional, V1), REV_CNTR_NDC_QTY (institutional, V2). V1, V2, V3. 0 on most institutional lines, where V1 sends units and V2 an amount of drug: count lines instead.';
comment on column ab2d.claim_version.principal_diagnosis_code is 'The first of the diagnoses marked principal, upper case without dot. Code system: ICD-10-CM, or ICD-9-CM on old claims. CCW: PRNCPAL_DGNS_CD. V1, V2, V3. A claim may mark several as principal; all are in claim_diagnosis. V2 marks ICD_DGNS_CD1 too, and that may come first. Null on every V2 snf claim, which marks none.';
comment on column ab2d.claim_version.claim_query_code is 'Kind of bill, e.g. 3 final bill, 1 interim bill; other values occur, such as C. Institutional claims, rarely professional ones. CCW: CLAIM_QUERY_CODE. V1, V2, V3. Newer V3 data no longer has it.';
comment on column ab2d.claim_diagnosis.code_system is 'ICD-10-CM or ICD-9-CM; null if the system is not known, and then the diagnosis is on no code list. CCW: ICD_DGNS_VRSN_CD1 to ICD_DGNS_VRSN_CD25. V1, V2, V3. Check it where a code such as V1234 exists in both.';
comment on column ab2d.claim_line.hipps_code is 'Payment group of a home health or skilled nursing stay. Code system: HIPPS. CCW: REV_CNTR_APC_HIPPS_CD. V3 only, and never in hcpcs_code.';

-- Names in CMS's claim and claim line feeds (information packet, version 38, with CMS's own mapping of these files to BFD's fields).
do $$
declare
  named record;
  old_comment text;
  new_comment text;
begin
  for named in
    select relation, column_name, cclf_name
    from (values
      ('patient', 'current_mbi', 'BENE_MBI_ID (CCLF1 to CCLF6, CCLF8)'),
      ('beneficiary_identifier', 'mbi', 'BENE_MBI_ID (CCLF1 to CCLF6, CCLF8), CRNT_NUM and PRVS_NUM (CCLF9)'),
      ('claim_version', 'claim_id', 'CUR_CLM_UNIQ_ID (CCLF1 to CCLF6)'),
      ('claim_version', 'claim_control_number', 'CLM_CNTL_NUM (CCLF1, CCLF5, CCLF6)'),
      ('claim_version', 'claim_type_code', 'CLM_TYPE_CD (CCLF1 to CCLF6)'),
      ('claim_version', 'claim_query_code', 'CLM_QUERY_CD (CCLF1)'),
      ('claim_version', 'facility_type_code', 'CLM_BILL_FAC_TYPE_CD (CCLF1)'),
      ('claim_version', 'service_classification_code', 'CLM_BILL_CLSFCTN_CD (CCLF1)'),
      ('claim_version', 'service_from', 'CLM_FROM_DT (CCLF1 to CCLF6)'),
      ('claim_version', 'service_to', 'CLM_THRU_DT (CCLF1 to CCLF6)'),
      ('claim_version', 'drg_code', 'DGNS_DRG_CD (CCLF1)'),
      ('claim_version', 'principal_diagnosis_code', 'PRNCPL_DGNS_CD (CCLF1)'),
      ('claim_version', 'admitting_diagnosis_code', 'ADMTG_DGNS_CD (CCLF1)'),
      ('claim_version', 'billing_npi', 'FAC_PRVDR_NPI_NUM (CCLF1), CLM_BLG_PRVDR_NPI_NUM (CCLF1, CCLF6)'),
      ('claim_version', 'facility_ccn', 'PRVDR_OSCAR_NUM (CCLF1 to CCLF4)'),
      ('claim_version', 'attending_npi', 'ATNDG_PRVDR_NPI_NUM (CCLF1)'),
      ('claim_version', 'operating_npi', 'OPRTG_PRVDR_NPI_NUM (CCLF1)'),
      ('claim_version', 'other_operating_npi', 'OTHR_PRVDR_NPI_NUM (CCLF1)'),
      ('claim_version', 'referring_npi', 'CLM_RFRG_PRVDR_NPI_NUM (CCLF5, CCLF6), ORDRG_PRVDR_NPI_NUM (CCLF6)'),
      ('claim_line', 'line_number', 'CLM_LINE_NUM (CCLF2, CCLF5, CCLF6)'),
      ('claim_line', 'claim_type', 'CLM_TYPE_CD (CCLF1 to CCLF6)'),
      ('claim_line', 'service_from', 'CLM_LINE_FROM_DT (CCLF2, CCLF5, CCLF6), CLM_LINE_INSTNL_REV_CTR_DT (CCLF2)'),
      ('claim_line', 'service_to', 'CLM_LINE_THRU_DT (CCLF2, CCLF5, CCLF6)'),
      ('claim_line', 'hcpcs_code', 'CLM_LINE_HCPCS_CD (CCLF2, CCLF5, CCLF6)'),
      ('claim_line', 'hipps_code', 'CLM_REV_APC_HIPPS_CD (CCLF2)'),
      ('claim_line', 'quantity', 'CLM_LINE_SRVC_UNIT_QTY (CCLF2, CCLF5)'),
      ('claim_line', 'place_of_service_code', 'CLM_POS_CD (CCLF5, CCLF6)'),
      ('claim_line', 'provider_type_code', 'RNDRG_PRVDR_TYPE_CD (CCLF5)'),
      ('claim_line', 'rendering_npi', 'RNDRG_PRVDR_NPI_NUM (CCLF5)'),
      ('claim_line', 'rendering_specialty_code', 'CLM_PRVDR_SPCLTY_CD (CCLF5)'),
      ('claim_line', 'line_diagnosis_code', 'CLM_LINE_DGNS_CD (CCLF5)'),
      ('claim_diagnosis', 'claim_type', 'CLM_TYPE_CD (CCLF1 to CCLF6)'),
      ('claim_diagnosis', 'service_from', 'CLM_FROM_DT (CCLF1 to CCLF6)'),
      ('claim_diagnosis', 'service_to', 'CLM_THRU_DT (CCLF1 to CCLF6)'),
      ('claim_diagnosis', 'code', 'CLM_DGNS_CD (CCLF4), CLM_DGNS_1_CD to CLM_DGNS_12_CD (CCLF5)'),
      ('claim_diagnosis', 'code_system', 'DGNS_PRCDR_ICD_IND (CCLF4, CCLF5)'),
      ('claim_diagnosis', 'is_principal', 'PRNCPL_DGNS_CD (CCLF1)'),
      ('claim_diagnosis', 'is_admitting', 'ADMTG_DGNS_CD (CCLF1)'),
      ('claim_diagnosis', 'diagnosis_types', 'CLM_PROD_TYPE_CD (CCLF4)'),
      ('claim_diagnosis', 'present_on_admission', 'CLM_POA_IND (CCLF4)'),
      ('claim_procedure', 'claim_type', 'CLM_TYPE_CD (CCLF1 to CCLF6)'),
      ('claim_procedure', 'procedure_date', 'CLM_PRCDR_PRFRM_DT (CCLF3)'),
      ('claim_procedure', 'code', 'CLM_PRCDR_CD (CCLF3)'),
      ('claim_procedure', 'code_system', 'DGNS_PRCDR_ICD_IND (CCLF3)'),
      ('claim_provider', 'claim_type', 'CLM_TYPE_CD (CCLF1 to CCLF6)'),
      ('claim_provider', 'service_from', 'CLM_FROM_DT (CCLF1 to CCLF6)'),
      ('claim_provider', 'service_to', 'CLM_THRU_DT (CCLF1 to CCLF6)'),
      ('claim_provider', 'npi', 'ATNDG_PRVDR_NPI_NUM, OPRTG_PRVDR_NPI_NUM, OTHR_PRVDR_NPI_NUM or FAC_PRVDR_NPI_NUM (CCLF1), RNDRG_PRVDR_NPI_NUM or CLM_RFRG_PRVDR_NPI_NUM (CCLF5), by role'),
      ('claim_provider', 'specialty_code', 'CLM_PRVDR_SPCLTY_CD (CCLF5)'),
      ('claim_provider', 'provider_type_code', 'RNDRG_PRVDR_TYPE_CD (CCLF5)')
    ) as cclf (relation, column_name, cclf_name)
  loop
    select col_description(attrelid, attnum)
    into strict old_comment
    from pg_attribute
    where attrelid = format('ab2d.%I', named.relation)::regclass
      and attname = named.column_name;
    -- After the CCW name; without one, before the versions.
    new_comment := case
      when old_comment ~ 'CCW: [^.]+\.' then regexp_replace(old_comment, '(CCW: [^.]+\.)', format('\1 CCLF: %s.', named.cclf_name))
      else regexp_replace(old_comment, '\. (V[123](, V[123])*( only)?[.,;])', format('. CCLF: %s. \1', named.cclf_name))
    end;
    if new_comment is not distinct from old_comment then
      raise exception 'no place for the CCLF name in the comment on ab2d.%.%', named.relation, named.column_name;
    end if;
    execute format('comment on column ab2d.%I.%I is %L', named.relation, named.column_name, new_comment);
  end loop;
end
$$;

-- A view's column that is a table's says what the table's says.
do $$
declare
  repeated record;
begin
  for repeated in
    select
      copy.view_name,
      view_column.attname as view_column,
      col_description(source_column.attrelid, source_column.attnum) as description
    from (values
      ('claim', 'claim_version', null, null),
      ('beneficiary', 'patient', null, null),
      ('person', 'patient', 'beneficiary_id', 'beneficiary_id'),
      ('condition_evidence', 'claim_diagnosis', null, null),
      ('claim_history', 'claim_version', null, null),
      ('possible_duplicate_claim', 'person', 'person_id', 'person_id'),
      ('possible_duplicate_claim', 'claim_version', 'claim_type', 'claim_type'),
      ('possible_duplicate_claim', 'claim_version', 'service_from', 'service_from'),
      ('possible_duplicate_claim', 'claim_version', 'service_to', 'service_to'),
      ('tuva_medical_claim', 'claim_version', 'claim_id', 'eob_id'),
      ('tuva_medical_claim', 'person', 'person_id', 'person_id'),
      ('tuva_medical_claim', 'person', 'member_id', 'current_mbi'),
      ('tuva_medical_claim', 'claim_version', 'claim_start_date', 'service_from'),
      ('tuva_medical_claim', 'claim_version', 'claim_end_date', 'service_to'),
      ('tuva_medical_claim', 'claim_line', 'claim_line_start_date', 'service_from'),
      ('tuva_medical_claim', 'claim_line', 'claim_line_end_date', 'service_to'),
      ('tuva_medical_claim', 'claim_line', 'place_of_service_code', 'place_of_service_code'),
      ('tuva_medical_claim', 'claim_version', 'drg_code', 'drg_code'),
      ('tuva_medical_claim', 'claim_line', 'service_unit_quantity', 'quantity'),
      ('tuva_medical_claim', 'claim_line', 'hcpcs_code', 'hcpcs_code'),
      ('tuva_medical_claim', 'claim_line', 'rendering_npi', 'rendering_npi'),
      ('tuva_medical_claim', 'claim_version', 'billing_npi', 'billing_npi'),
      ('tuva_medical_claim', 'claim_version', 'facility_npi', 'facility_npi'),
      ('tuva_medical_claim', 'claim_version', 'ingest_datetime', 'first_seen_at')
    ) as copy (view_name, source_name, view_column, source_column)
    join pg_attribute as view_column
      on view_column.attrelid = format('ab2d.%I', copy.view_name)::regclass
      and view_column.attnum > 0
      and (copy.view_column is null or view_column.attname = copy.view_column)
    join pg_attribute as source_column
      on source_column.attrelid = format('ab2d.%I', copy.source_name)::regclass
      and source_column.attname = coalesce(copy.source_column, view_column.attname)
    -- The view claim has comments of migration 0004, now without CCLF names; elsewhere a comment of the view's own stays.
    where copy.view_name = 'claim'
      or col_description(view_column.attrelid, view_column.attnum) is null
  loop
    execute format('comment on column ab2d.%I.%I is %L', repeated.view_name, repeated.view_column, repeated.description);
  end loop;
end
$$;

-- Indexes of earlier migrations.

comment on index ab2d.beneficiary_identifier_mbi is 'For questions 03 and 07: finds people by any MBI they ever had. The view person joins beneficiary ids by it.';
comment on index ab2d.claim_version_beneficiary_id is 'For questions 03 and 07, and for all claims of one member in any view.';
comment on index ab2d.claim_version_claim_family_key is 'For the loader and the view claim_history: finds the versions of one claim.';
comment on index ab2d.claim_contract_contract_number is 'For question 15, the view data_freshness and row-level security: finds the claims of one contract.';
comment on index ab2d.claim_contract_not_delivered is 'For ab2d reconcile and status: finds the claims that a contract is not delivered any more.';
comment on index ab2d.one_current_version_per_family is 'Holds that at most one version of a claim is current.';
comment on index ab2d.one_current_mbi_per_beneficiary is 'Holds that at most one MBI of a beneficiary id is current.';

-- Grain: one row per column of schema ab2d.
create view ab2d.data_dictionary with (security_invoker = true) as
with described as (
  select
    pg_class.relname::text as table_name,
    case pg_class.relkind when 'v' then 'view' else 'table' end as kind,
    pg_attribute.attname::text as column_name,
    row_number() over (partition by pg_class.oid order by pg_attribute.attnum)::integer as ordinal_position,
    format_type(pg_attribute.atttypid, pg_attribute.atttypmod) as data_type,
    case when pg_class.relkind <> 'v' then not pg_attribute.attnotnull end as is_nullable,
    col_description(pg_class.oid, pg_attribute.attnum) as description,
    obj_description(pg_class.oid, 'pg_class') as table_description
  from pg_catalog.pg_class
  join pg_catalog.pg_attribute on pg_attribute.attrelid = pg_class.oid
  where pg_class.relnamespace = 'ab2d'::regnamespace
    and pg_class.relkind in ('r', 'p', 'v', 'm')
    and pg_attribute.attnum > 0
    and not pg_attribute.attisdropped
),
taken_apart as (
  select
    *,
    substring(description from '(?:^|\. )(V[123](?:, V[123])*|No version)(?: only)?[.,;]') as versions
  from described
)
select
  table_name,
  kind,
  column_name,
  ordinal_position,
  data_type,
  is_nullable,
  description,
  substring(description from 'Code system: ([^.]+)\.') as code_system,
  substring(description from 'CCW: ([^.]+)\.') as ccw_name,
  substring(description from 'CCLF: ([^.]+)\.') as cclf_name,
  strpos(versions, 'V1') > 0 as in_v1,
  strpos(versions, 'V2') > 0 as in_v2,
  strpos(versions, 'V3') > 0 as in_v3,
  table_description
from taken_apart;

comment on view ab2d.data_dictionary is 'Grain: one row per column of schema ab2d, in the order of the table by ordinal_position. Made from the comments in the database.';
comment on column ab2d.data_dictionary.table_name is 'Name of the table or view.';
comment on column ab2d.data_dictionary.kind is 'table or view.';
comment on column ab2d.data_dictionary.column_name is 'Name of the column.';
comment on column ab2d.data_dictionary.ordinal_position is 'Place of the column within its table, from 1.';
comment on column ab2d.data_dictionary.data_type is 'Type of the column.';
comment on column ab2d.data_dictionary.is_nullable is 'True where the column may be null, false where it never is; null for a view, which does not say.';
comment on column ab2d.data_dictionary.description is 'The whole comment on the column: its meaning, code system, names at CMS, versions and trap.';
comment on column ab2d.data_dictionary.code_system is 'Code system of the column''s values; null where they are no codes.';
comment on column ab2d.data_dictionary.ccw_name is 'Variable in CMS''s Chronic Conditions Warehouse codebooks; null where there is none.';
comment on column ab2d.data_dictionary.cclf_name is 'Field in CMS''s claim and claim line feeds, with the files that have it; null where there is none.';
comment on column ab2d.data_dictionary.in_v1 is 'Whether claims of AB2D version 1 may fill the column; null where the column is not from claims.';
comment on column ab2d.data_dictionary.in_v2 is 'Whether claims of AB2D version 2 may fill the column; null where the column is not from claims.';
comment on column ab2d.data_dictionary.in_v3 is 'Whether claims of AB2D version 3 may fill the column; null where the column is not from claims.';
comment on column ab2d.data_dictionary.table_description is 'The comment on the table, which begins with its grain.';
