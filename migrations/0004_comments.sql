-- Comments on the schemas, tables and views, and on every column that analysts read: they are the data dictionary.
-- A column's comment says what it means; then the code system, the CCW variable (the name in CMS's codebooks), the AB2D
-- versions that carry it, and the trap where there is one. The view claim repeats what claim_version says of a column.

-- Schemas.
comment on schema ab2d is 'Medicare Part A and B claims of a Part D sponsor''s members, from the CMS AB2D API, for analysts. Start with the view claim; join every claims table by eob_id, and people by beneficiary_id (source system, colon, patient id). Codes and ids are text. There are no amounts, revenue codes, modifiers, discharge status or enrolment data, and denied claims cannot be told from paid ones in V2 and V3. Claims with substance use disorder data are left out by CMS. Permitted uses are limited by 42 CFR 423.153(g): to optimise therapeutic outcomes through improved medication use, and to improve care coordination. Not for coverage determinations under Part D, retroactive reviews of medically accepted indications, facilitating a switch to another plan of the same parent organisation, or marketing of benefits.';
comment on schema ab2d_etl is 'The loader''s own tables: exports, files, rejected lines, watermarks, audit, and the claims as received. Holds protected health information that analysts do not need; not granted to them.';

-- Contracts and beneficiaries.

comment on table ab2d.contract is 'Grain: one row per Part D contract. A claim carries no contract; claim_contract says which contracts received it.';
comment on column ab2d.contract.contract_number is 'CMS contract number, five letters or digits, e.g. S0001. V1, V2, V3.';
comment on column ab2d.contract.contract_name is 'Name of the contract as configured; null if not given.';
comment on column ab2d.contract.attested_on is 'Day that the sponsor attested for this contract; CMS sends no claims from before it. Null if not given.';
comment on column ab2d.contract.active_source_system is 'Which claims count as current for this contract: ccw (V1 and V2) or idr (V3). The two are never mixed for one contract, since their ids do not match.';

comment on table ab2d.beneficiary is 'Grain: one row per patient id of a source system (beneficiary_id). One person may have several, one in ccw (V1, V2) and one in idr (V3), joined by MBI. No name, birth date, sex, death or enrolment: join your own roster by MBI.';
comment on column ab2d.beneficiary.beneficiary_id is 'Source system, colon, patient id, e.g. ccw:-10000000005142; the key here and the join column to all claims tables. V1, V2, V3. The same person has different values in V2 and V3.';
comment on column ab2d.beneficiary.source_system is 'ccw (V1 and V2) or idr (V3): which numbering patient_id belongs to. V1, V2, V3.';
comment on column ab2d.beneficiary.patient_id is 'Patient id as CMS sends it; text, negative in synthetic data. CCW: BENE_ID (V1, V2), BENE_XREF_EFCTV_SK (V3). V1, V2, V3.';
comment on column ab2d.beneficiary.current_mbi is 'Medicare Beneficiary Identifier that is current by the newest export; null if none was sent. V1, V2, V3. To find a person by an earlier MBI, use beneficiary_identifier.';
comment on column ab2d.beneficiary.first_service_date is 'Earliest service date among the claims held here. V1, V2, V3. Earlier claims may exist at CMS: a first diagnosis near this day is not a new diagnosis.';
comment on column ab2d.beneficiary.last_service_date is 'Latest service date among the claims held here. V1, V2, V3.';
comment on column ab2d.beneficiary.first_seen_at is 'When this beneficiary was first loaded here; not a CMS date. V1, V2, V3.';

comment on table ab2d.beneficiary_identifier is 'Grain: one row per beneficiary_id and MBI ever seen for it. Finds a person by a current or a former MBI; a join on beneficiary_id alone multiplies rows, so add is_current.';
comment on column ab2d.beneficiary_identifier.beneficiary_id is 'The person: source system, colon, patient id. Joins to beneficiary and the claims tables. V1, V2, V3.';
comment on column ab2d.beneficiary_identifier.mbi is 'Medicare Beneficiary Identifier, eleven characters without dashes. V1, V2, V3. The same MBI on a ccw and an idr beneficiary_id means the same person.';
comment on column ab2d.beneficiary_identifier.is_current is 'True on the one MBI that is valid now for this beneficiary_id, by the newest export. V1, V2, V3.';
comment on column ab2d.beneficiary_identifier.currency is 'current, historic or unknown: what the newest export that carried this MBI said of it. V1, V2, V3.';
comment on column ab2d.beneficiary_identifier.exported_at is 'Start of the newest export that carried this MBI for this person; -infinity if its date is unknown. V1, V2, V3.';
comment on column ab2d.beneficiary_identifier.first_seen_at is 'When this MBI was first loaded for this person; not a CMS date. V1, V2, V3.';

-- Claims: every version, and the view of the current ones.

comment on table ab2d.claim_version is 'Grain: one row per EOB id, which is one version of a claim (the original, each adjustment, each cancellation). For history only: counting it counts superseded claims. Use the view claim for everything else.';
comment on column ab2d.claim_version.eob_id is 'Id of this version of the claim; the key here and the join column of every claims table. V1 and V2 use the same ids (carrier-123, or carrier--123 in synthetic data); V3 ids are bare numbers, may be negative, and never match a V1 or V2 id. V1, V2, V3.';
comment on column ab2d.claim_version.source_system is 'Where CMS took the claim from: ccw (V1 and V2) or idr (V3). Claims, patients and ids of the two never match; an MBI is the only bridge. V1, V2, V3.';
comment on column ab2d.claim_version.api_version is 'AB2D version of the content stored: v1, v2 or v3. V2 replaces V1 in place, because both use the same ids. V1, V2, V3.';
comment on column ab2d.claim_version.claim_id is 'CMS id of this one version of the claim; text, since it may be negative. An adjustment gets a new one, so count eob_id or claim_family_key instead. CCW: CLM_ID. V1, V2, V3.';
comment on column ab2d.claim_version.claim_group_id is 'CMS id shared by a claim and its adjustments. V1, V2. Always null in V3; use claim_family_key, which is never null.';
comment on column ab2d.claim_version.claim_control_number is 'Control number that the Medicare contractor gave the claim. It is not proven to link an adjustment to its original. CCW: CLM_CNTL_NUM (CARR_CLM_CNTL_NUM, FI_DOC_CLM_CNTL_NUM). V3 only.';
comment on column ab2d.claim_version.claim_family_key is 'Same value on all versions of one claim; never null, and opaque: do not take it apart. V1, V2, V3. Without a claim group (always so in V3) it stands for this version alone, so V3 adjustments are not linked to their originals.';
comment on column ab2d.claim_version.status is 'active or cancelled, as received. Use is_final or the view claim to pick claims. CCW: FINAL_ACTION. V1, V2, V3. In V3 always active, even for a superseded version, so it says nothing there.';
comment on column ab2d.claim_version.final_action is 'FinalAction or NotFinalAction: whether CMS regards this version as the last. CCW: CLM_FINL_ACTN_IND. V3 only; null is treated as final.';
comment on column ab2d.claim_version.is_final is 'True where this version says of itself that it counts: status active in V1 and V2, and not tagged NotFinalAction in V3. Necessary but not enough for is_current. V1, V2, V3.';
comment on column ab2d.claim_version.is_current is 'True on the one version of a claim that counts now: the newest final one whose source system is the active one of a contract that holds it. A cancelled claim has none. V1, V2, V3. Never count claim_version without it; the view claim applies it.';
comment on column ab2d.claim_version.version_number is 'Place of this version within its claim family, 1 is the oldest. Computed here, since CMS sends none, and may change when an older version arrives later. V1, V2, V3. In V3 normally 1.';
comment on column ab2d.claim_version.last_updated is 'When CMS last changed this version in its own store; null if not sent. It moves when the status changes, but not when an MBI changes. V1, V2, V3.';
comment on column ab2d.claim_version.beneficiary_id is 'The person the claim is for: source system, colon, patient id, e.g. ccw:-10000000005142. Joins to beneficiary and beneficiary_identifier. V1, V2, V3. The same person has different values in V2 and V3; match people by MBI.';
comment on column ab2d.claim_version.patient_id is 'Patient id as CMS sends it; text, negative in synthetic data. CCW: BENE_ID (V1, V2), BENE_XREF_EFCTV_SK (V3). V1, V2, V3. The V3 id differs from the V1 and V2 id of the same person.';
comment on column ab2d.claim_version.claim_type is 'carrier, dme, hha, hospice, inpatient, outpatient, snf or other, derived from claim_type_code. V1, V2, V3. carrier is physicians, labs and other non-institutional suppliers; other is an unknown code.';
comment on column ab2d.claim_version.claim_type_code is 'Claim type: 10 hha, 20 and 30 snf, 40 outpatient, 50 hospice, 60 to 64 inpatient, 71 and 72 carrier, 81 and 82 dme. CCW: NCH_CLM_TYPE_CD. V1, V2, V3. A four-digit code in V3 is a claim not yet fully adjudicated.';
comment on column ab2d.claim_version.claim_form is 'institutional or professional, derived from claim_type_code. V1, V2, V3. Derived because CMS labels outpatient (V1), hha and dme (V2) wrongly.';
comment on column ab2d.claim_version.near_line_record_code is 'Record type: V Part A institutional, W or U Part B institutional and home health, O carrier, M DME. CCW: NCH_NEAR_LINE_REC_IDENT_CD. V1, V2, V3. Some V3 claims have none.';
comment on column ab2d.claim_version.claim_query_code is 'Kind of bill, e.g. 3 final bill, 1 interim bill. Institutional claims only. CCW: CLAIM_QUERY_CODE. V1, V2, V3. Newer V3 data no longer has it.';
comment on column ab2d.claim_version.facility_type_code is 'First digit of the type of bill, e.g. 1 hospital. Institutional claims only. CCW: CLM_FAC_TYPE_CD. V1, V2. Null in V3.';
comment on column ab2d.claim_version.service_classification_code is 'Second digit of the type of bill. Institutional claims only. CCW: CLM_SRVC_CLSFCTN_TYPE_CD. V1 only.';
comment on column ab2d.claim_version.coverage_part is 'Free text naming the coverage, mostly Part A or Part B. For information only; do not filter by it. V3 only.';
comment on column ab2d.claim_version.service_from is 'First day that the claim covers; for inpatient about the admission day, which AB2D does not send. CCW: CLM_FROM_DT. V1, V2, V3.';
comment on column ab2d.claim_version.service_to is 'Last day that the claim covers; for inpatient about the discharge day, which AB2D does not send. CCW: CLM_THRU_DT. V1, V2, V3. An interim bill ends before the discharge.';
comment on column ab2d.claim_version.drg_code is 'Diagnosis related group of an inpatient stay, three digits with leading zeros. Code system: MS-DRG. CCW: CLM_DRG_CD. V1, V2, V3. Null on most other claims.';
comment on column ab2d.claim_version.principal_diagnosis_code is 'The first of the diagnoses marked principal, upper case without dot. Code system: ICD-10-CM, or ICD-9-CM on old claims. CCW: PRNCPAL_DGNS_CD. V1, V2, V3. A claim may mark several as principal; all are in claim_diagnosis.';
comment on column ab2d.claim_version.admitting_diagnosis_code is 'Diagnosis at admission, upper case without dot; institutional claims only. Code system: ICD-10-CM, or ICD-9-CM on old claims. CCW: ADMTG_DGNS_CD. V1, V2, V3. Mostly null.';
comment on column ab2d.claim_version.billing_npi is 'NPI of the organisation that billed. CCW: ORG_NPI_NUM. V1, V2, V3. V2 has it on carrier claims only; V3 only where the claim names it by NPI.';
comment on column ab2d.claim_version.facility_npi is 'NPI of the facility; institutional claims only. V1 only.';
comment on column ab2d.claim_version.facility_ccn is 'CMS certification number (CCN, OSCAR) of the facility; it tells acute, rehabilitation and long-term care hospitals apart. Institutional claims only. CCW: PRVDR_NUM. V1 only.';
comment on column ab2d.claim_version.attending_npi is 'NPI of the attending physician; institutional claims only. The first valid one; all are in claim_provider. CCW: AT_PHYSN_NPI. V1, V2, V3.';
comment on column ab2d.claim_version.operating_npi is 'NPI of the operating physician; institutional claims only. The first valid one; all are in claim_provider. CCW: OP_PHYSN_NPI. V1, V2, V3.';
comment on column ab2d.claim_version.other_operating_npi is 'NPI of another operating physician; institutional claims only. The first valid one; all are in claim_provider. CCW: OT_PHYSN_NPI. V1, V2, V3.';
comment on column ab2d.claim_version.referring_npi is 'NPI of the referring or ordering physician. The first valid one; all are in claim_provider. CCW: RFR_PHYSN_NPI. V2, V3. Null in V1. V2 also sends PINs and UPINs here; these are in claim_provider.id_raw only.';
comment on column ab2d.claim_version.line_count is 'Number of lines of this version, as received. V1, V2, V3.';
comment on column ab2d.claim_version.diagnosis_count is 'Number of coded diagnoses of this version. V1, V2, V3. A code that is listed twice counts twice.';
comment on column ab2d.claim_version.procedure_count is 'Number of coded ICD procedures of this version. V1, V2, V3. HCPCS services are in claim_line and not counted.';
comment on column ab2d.claim_version.is_part2_restricted is 'True where CMS marked the claim as substance use disorder data under 42 CFR Part 2. The export leaves such claims out, so true is an alarm. V1, V2, V3; only V3 sends the mark.';
comment on column ab2d.claim_version.meta_source is 'CMS system that the claim came from; NCH or NationalClaimsHistory is expected. V3 only.';
comment on column ab2d.claim_version.content_sha256 is 'Fingerprint of the claim apart from its update time and MBIs. Two equal values mean the same claim content. V1, V2, V3.';
comment on column ab2d.claim_version.first_seen_at is 'When this EOB id was first loaded here; not a CMS date. V1, V2, V3.';
comment on column ab2d.claim_version.superseded_at is 'When this version stopped being the current one, because of a newer version or a cancellation. Null while it is current. V1, V2, V3.';

comment on view ab2d.claim is 'Grain: one row per claim: the current version of its family. Cancelled claims and superseded versions are not here. The starting point of most questions; join claim_line, claim_diagnosis, claim_procedure and claim_provider by eob_id.';
comment on column ab2d.claim.eob_id is 'Id of this version of the claim; the key here and the join column of every claims table. V1 and V2 use the same ids (carrier-123, or carrier--123 in synthetic data); V3 ids are bare numbers, may be negative, and never match a V1 or V2 id. V1, V2, V3.';
comment on column ab2d.claim.source_system is 'Where CMS took the claim from: ccw (V1 and V2) or idr (V3). Claims, patients and ids of the two never match; an MBI is the only bridge. V1, V2, V3.';
comment on column ab2d.claim.api_version is 'AB2D version of the content stored: v1, v2 or v3. V2 replaces V1 in place, because both use the same ids. V1, V2, V3.';
comment on column ab2d.claim.claim_id is 'CMS id of this one version of the claim; text, since it may be negative. An adjustment gets a new one, so count eob_id or claim_family_key instead. CCW: CLM_ID. V1, V2, V3.';
comment on column ab2d.claim.claim_group_id is 'CMS id shared by a claim and its adjustments. V1, V2. Always null in V3; use claim_family_key, which is never null.';
comment on column ab2d.claim.claim_control_number is 'Control number that the Medicare contractor gave the claim. It is not proven to link an adjustment to its original. CCW: CLM_CNTL_NUM (CARR_CLM_CNTL_NUM, FI_DOC_CLM_CNTL_NUM). V3 only.';
comment on column ab2d.claim.claim_family_key is 'Same value on all versions of one claim; never null, and opaque: do not take it apart. V1, V2, V3. Without a claim group (always so in V3) it stands for this version alone, so V3 adjustments are not linked to their originals.';
comment on column ab2d.claim.status is 'active or cancelled, as received. Use is_final or the view claim to pick claims. CCW: FINAL_ACTION. V1, V2, V3. In V3 always active, even for a superseded version, so it says nothing there.';
comment on column ab2d.claim.final_action is 'FinalAction or NotFinalAction: whether CMS regards this version as the last. CCW: CLM_FINL_ACTN_IND. V3 only; null is treated as final.';
comment on column ab2d.claim.version_number is 'Place of this version within its claim family, 1 is the oldest. Computed here, since CMS sends none, and may change when an older version arrives later. V1, V2, V3. In V3 normally 1.';
comment on column ab2d.claim.last_updated is 'When CMS last changed this version in its own store; null if not sent. It moves when the status changes, but not when an MBI changes. V1, V2, V3.';
comment on column ab2d.claim.beneficiary_id is 'The person the claim is for: source system, colon, patient id, e.g. ccw:-10000000005142. Joins to beneficiary and beneficiary_identifier. V1, V2, V3. The same person has different values in V2 and V3; match people by MBI.';
comment on column ab2d.claim.patient_id is 'Patient id as CMS sends it; text, negative in synthetic data. CCW: BENE_ID (V1, V2), BENE_XREF_EFCTV_SK (V3). V1, V2, V3. The V3 id differs from the V1 and V2 id of the same person.';
comment on column ab2d.claim.claim_type is 'carrier, dme, hha, hospice, inpatient, outpatient, snf or other, derived from claim_type_code. V1, V2, V3. carrier is physicians, labs and other non-institutional suppliers; other is an unknown code.';
comment on column ab2d.claim.claim_type_code is 'Claim type: 10 hha, 20 and 30 snf, 40 outpatient, 50 hospice, 60 to 64 inpatient, 71 and 72 carrier, 81 and 82 dme. CCW: NCH_CLM_TYPE_CD. V1, V2, V3. A four-digit code in V3 is a claim not yet fully adjudicated.';
comment on column ab2d.claim.claim_form is 'institutional or professional, derived from claim_type_code. V1, V2, V3. Derived because CMS labels outpatient (V1), hha and dme (V2) wrongly.';
comment on column ab2d.claim.near_line_record_code is 'Record type: V Part A institutional, W or U Part B institutional and home health, O carrier, M DME. CCW: NCH_NEAR_LINE_REC_IDENT_CD. V1, V2, V3. Some V3 claims have none.';
comment on column ab2d.claim.claim_query_code is 'Kind of bill, e.g. 3 final bill, 1 interim bill. Institutional claims only. CCW: CLAIM_QUERY_CODE. V1, V2, V3. Newer V3 data no longer has it.';
comment on column ab2d.claim.facility_type_code is 'First digit of the type of bill, e.g. 1 hospital. Institutional claims only. CCW: CLM_FAC_TYPE_CD. V1, V2. Null in V3.';
comment on column ab2d.claim.service_classification_code is 'Second digit of the type of bill. Institutional claims only. CCW: CLM_SRVC_CLSFCTN_TYPE_CD. V1 only.';
comment on column ab2d.claim.coverage_part is 'Free text naming the coverage, mostly Part A or Part B. For information only; do not filter by it. V3 only.';
comment on column ab2d.claim.service_from is 'First day that the claim covers; for inpatient about the admission day, which AB2D does not send. CCW: CLM_FROM_DT. V1, V2, V3.';
comment on column ab2d.claim.service_to is 'Last day that the claim covers; for inpatient about the discharge day, which AB2D does not send. CCW: CLM_THRU_DT. V1, V2, V3. An interim bill ends before the discharge.';
comment on column ab2d.claim.drg_code is 'Diagnosis related group of an inpatient stay, three digits with leading zeros. Code system: MS-DRG. CCW: CLM_DRG_CD. V1, V2, V3. Null on most other claims.';
comment on column ab2d.claim.principal_diagnosis_code is 'The first of the diagnoses marked principal, upper case without dot. Code system: ICD-10-CM, or ICD-9-CM on old claims. CCW: PRNCPAL_DGNS_CD. V1, V2, V3. A claim may mark several as principal; all are in claim_diagnosis.';
comment on column ab2d.claim.admitting_diagnosis_code is 'Diagnosis at admission, upper case without dot; institutional claims only. Code system: ICD-10-CM, or ICD-9-CM on old claims. CCW: ADMTG_DGNS_CD. V1, V2, V3. Mostly null.';
comment on column ab2d.claim.billing_npi is 'NPI of the organisation that billed. CCW: ORG_NPI_NUM. V1, V2, V3. V2 has it on carrier claims only; V3 only where the claim names it by NPI.';
comment on column ab2d.claim.facility_npi is 'NPI of the facility; institutional claims only. V1 only.';
comment on column ab2d.claim.facility_ccn is 'CMS certification number (CCN, OSCAR) of the facility; it tells acute, rehabilitation and long-term care hospitals apart. Institutional claims only. CCW: PRVDR_NUM. V1 only.';
comment on column ab2d.claim.attending_npi is 'NPI of the attending physician; institutional claims only. The first valid one; all are in claim_provider. CCW: AT_PHYSN_NPI. V1, V2, V3.';
comment on column ab2d.claim.operating_npi is 'NPI of the operating physician; institutional claims only. The first valid one; all are in claim_provider. CCW: OP_PHYSN_NPI. V1, V2, V3.';
comment on column ab2d.claim.other_operating_npi is 'NPI of another operating physician; institutional claims only. The first valid one; all are in claim_provider. CCW: OT_PHYSN_NPI. V1, V2, V3.';
comment on column ab2d.claim.referring_npi is 'NPI of the referring or ordering physician. The first valid one; all are in claim_provider. CCW: RFR_PHYSN_NPI. V2, V3. Null in V1. V2 also sends PINs and UPINs here; these are in claim_provider.id_raw only.';
comment on column ab2d.claim.line_count is 'Number of lines of this version, as received. V1, V2, V3.';
comment on column ab2d.claim.diagnosis_count is 'Number of coded diagnoses of this version. V1, V2, V3. A code that is listed twice counts twice.';
comment on column ab2d.claim.procedure_count is 'Number of coded ICD procedures of this version. V1, V2, V3. HCPCS services are in claim_line and not counted.';
comment on column ab2d.claim.is_part2_restricted is 'True where CMS marked the claim as substance use disorder data under 42 CFR Part 2. The export leaves such claims out, so true is an alarm. V1, V2, V3; only V3 sends the mark.';
comment on column ab2d.claim.meta_source is 'CMS system that the claim came from; NCH or NationalClaimsHistory is expected. V3 only.';
comment on column ab2d.claim.content_sha256 is 'Fingerprint of the claim apart from its update time and MBIs. Two equal values mean the same claim content. V1, V2, V3.';
comment on column ab2d.claim.first_seen_at is 'When this EOB id was first loaded here; not a CMS date. V1, V2, V3.';

-- What a current claim consists of.

comment on table ab2d.claim_line is 'Grain: one row per line of a current claim. No amounts, revenue codes or modifiers: AB2D does not send them.';
comment on column ab2d.claim_line.eob_id is 'The claim that this row belongs to; the join column to claim and to every other claims table. V1, V2, V3.';
comment on column ab2d.claim_line.line_number is 'Number of the line within its claim. CCW: CLM_LINE_NUM (institutional), LINE_NUM (carrier, dme). V1, V2, V3. May have gaps and need not begin at 1.';
comment on column ab2d.claim_line.beneficiary_id is 'The person the claim is for: source system, colon, patient id, e.g. ccw:-10000000005142. Copied from the claim; joins to beneficiary and beneficiary_identifier. V1, V2, V3.';
comment on column ab2d.claim_line.claim_type is 'carrier, dme, hha, hospice, inpatient, outpatient, snf or other. Copied from the claim. CCW: NCH_CLM_TYPE_CD (derived). V1, V2, V3.';
comment on column ab2d.claim_line.service_from is 'First day of the service. CCW: LINE_1ST_EXPNS_DT, REV_CNTR_DT. V1, V2, V3. Most institutional lines have no date of their own and take the claim''s; see service_date_source.';
comment on column ab2d.claim_line.service_to is 'Last day of the service. CCW: LINE_LAST_EXPNS_DT. V1, V2, V3. Most institutional lines have no date of their own and take the claim''s; see service_date_source.';
comment on column ab2d.claim_line.service_date_source is 'line where the dates are the line''s own, claim where they are taken from the claim. V1, V2, V3. Use only line for questions about a single day.';
comment on column ab2d.claim_line.hcpcs_code is 'Service or item. Code system: HCPCS level II or CPT. CCW: HCPCS_CD. V1, V2, V3. HIPPS codes are in hipps_code; null on most institutional inpatient lines.';
comment on column ab2d.claim_line.hcpcs_system is 'hcpcs or cpt: code system of hcpcs_code. V1, V2, V3. Only V3 tells cpt apart; V1 and V2 say hcpcs for both.';
comment on column ab2d.claim_line.hipps_code is 'Payment group of a home health or skilled nursing stay. Code system: HIPPS. CCW: HCPCS_CD. V3 only, and never in hcpcs_code.';
comment on column ab2d.claim_line.ndc_code is 'Drug, eleven digits without dashes. Code system: NDC. CCW: LINE_NDC_CD, REV_CNTR_IDE_NDC_UPC_NUM. V1, V2. Null in V3, and wherever ndc_raw is not a real NDC.';
comment on column ab2d.claim_line.ndc_raw is 'What was sent in the place of the NDC; on institutional lines it may be a device exemption (IDE) number or a UPC. CCW: LINE_NDC_CD, REV_CNTR_IDE_NDC_UPC_NUM. V1, V2. Null in V3.';
comment on column ab2d.claim_line.quantity is 'Number of services or units, may have decimals. CCW: LINE_SRVC_CNT (carrier, dme), REV_CNTR_NDC_QTY (institutional). V1, V2, V3. 0 on most institutional lines, where it may be the drug quantity: count lines instead.';
comment on column ab2d.claim_line.ndc_quantity is 'Amount of the drug in ndc_quantity_unit. CCW: REV_CNTR_NDC_QTY. V1 only.';
comment on column ab2d.claim_line.ndc_quantity_unit is 'Unit of ndc_quantity, e.g. ML, UN, GR. CCW: REV_CNTR_NDC_QTY_QLFR_CD. V1 only.';
comment on column ab2d.claim_line.anesthesia_units is 'Anaesthesia time units; carrier claims only. CCW: CARR_LINE_ANSTHSA_UNIT_CNT. V1, V2, V3.';
comment on column ab2d.claim_line.place_of_service_code is 'Where the service took place, two digits with leading zero, e.g. 11 office, 23 emergency room. Code system: CMS place of service. CCW: LINE_PLACE_OF_SRVC_CD. V1, V2, V3. Carrier and dme only; null on institutional lines.';
comment on column ab2d.claim_line.provider_state_code is 'State of the provider. Code system: SSA state (22) or postal (IA), as sent: do not mix the two. CCW: PRVDR_STATE_CD. V1, V2. Null in V3.';
comment on column ab2d.claim_line.provider_zip is 'ZIP code of the provider, nine digits; carrier claims only. CCW: PRVDR_ZIP. V1, V2. Null in V3.';
comment on column ab2d.claim_line.pricing_locality_code is 'Medicare pricing locality; carrier claims only. CCW: CARR_LINE_PRCNG_LCLTY_CD. V1, V2, V3.';
comment on column ab2d.claim_line.pricing_state_code is 'State whose prices apply; dme claims only. Code system: SSA state. CCW: DMERC_LINE_PRCNG_STATE_CD. V1, V2, V3.';
comment on column ab2d.claim_line.supplier_type_code is 'Kind of supplier; dme claims only. CCW: DMERC_LINE_SUPPLR_TYPE_CD. V1, V2, V3.';
comment on column ab2d.claim_line.provider_type_code is 'Kind of provider; carrier claims only. CCW: CARR_LINE_PRVDR_TYPE_CD. V1, V2, V3.';
comment on column ab2d.claim_line.clia_lab_number is 'CLIA number of the laboratory; carrier claims only. CCW: CARR_LINE_CLIA_LAB_NUM. V1, V2. Null in V3.';
comment on column ab2d.claim_line.rendering_npi is 'NPI of who performed the service. CCW: PRF_PHYSN_NPI. V1, V2, V3. V3 usually has no link from line to provider, then null; see claim_provider with role rendering. Null on most institutional lines.';
comment on column ab2d.claim_line.rendering_specialty_code is 'Specialty of who performed the service, two characters. Code system: CMS provider specialty. CCW: PRVDR_SPCLTY. V1, V2, V3. Null wherever the line has no link to a provider, which is usual in V3.';
comment on column ab2d.claim_line.line_diagnosis_code is 'The first diagnosis that the line points to, upper case without dot. Code system: ICD-10-CM, or ICD-9-CM on old claims. CCW: LINE_ICD_DGNS_CD. V1, V2, V3. Null where the line points to none; see diagnosis_sequences for all.';
comment on column ab2d.claim_line.diagnosis_sequences is 'All diagnoses that the line points to: values of claim_diagnosis.diagnosis_number. V1, V2, V3. Empty if it points to none.';
comment on column ab2d.claim_line.care_team_sequences is 'All providers that the line points to: values of claim_provider.care_team_sequence. V1, V2, V3. Usually empty in V3.';

comment on table ab2d.claim_diagnosis is 'Grain: one row per coded diagnosis of a current claim. The same code may be listed more than once in a claim: count distinct eob_id or code.';
comment on column ab2d.claim_diagnosis.eob_id is 'The claim that this row belongs to; the join column to claim and to every other claims table. V1, V2, V3.';
comment on column ab2d.claim_diagnosis.diagnosis_number is 'Number of the diagnosis within its claim. V1, V2, V3. Not the same in V1 and V2 for one claim, and not a rank; use is_principal.';
comment on column ab2d.claim_diagnosis.beneficiary_id is 'The person the claim is for: source system, colon, patient id, e.g. ccw:-10000000005142. Copied from the claim; joins to beneficiary and beneficiary_identifier. V1, V2, V3.';
comment on column ab2d.claim_diagnosis.claim_type is 'carrier, dme, hha, hospice, inpatient, outpatient, snf or other. Copied from the claim. CCW: NCH_CLM_TYPE_CD (derived). V1, V2, V3.';
comment on column ab2d.claim_diagnosis.service_from is 'First day that the claim covers. Copied from the claim. CCW: CLM_FROM_DT. V1, V2, V3.';
comment on column ab2d.claim_diagnosis.service_to is 'Last day that the claim covers. Copied from the claim. CCW: CLM_THRU_DT. V1, V2, V3.';
comment on column ab2d.claim_diagnosis.code is 'Diagnosis, upper case without dot, e.g. E119 for E11.9. Code system: see code_system. CCW: ICD_DGNS_CD1 to ICD_DGNS_CD25. V1, V2, V3. Search with E11%, never with a dot.';
comment on column ab2d.claim_diagnosis.code_raw is 'The code as received. V1, V2, V3. V3 sends a dot, V1 and V2 do not.';
comment on column ab2d.claim_diagnosis.code_system is 'ICD-10-CM or ICD-9-CM. CCW: ICD_DGNS_VRSN_CD1 to ICD_DGNS_VRSN_CD25. V1, V2, V3. Check it where a code such as V1234 exists in both.';
comment on column ab2d.claim_diagnosis.description is 'Text sent with the code. Not authoritative; join a code table instead. V1, V2. Null in V3, and often in V1 and V2.';
comment on column ab2d.claim_diagnosis.is_principal is 'True where the claim marks this diagnosis as principal. CCW: PRNCPAL_DGNS_CD. V1, V2, V3. Several may be marked; claim.principal_diagnosis_code has the first.';
comment on column ab2d.claim_diagnosis.is_admitting is 'True where this is the diagnosis at admission; institutional claims only. CCW: ADMTG_DGNS_CD. V1, V2, V3. It may be the principal one too.';
comment on column ab2d.claim_diagnosis.is_external_cause is 'True where this is an external cause of injury. CCW: ICD_DGNS_E_CD1 to ICD_DGNS_E_CD12. V1, V2, V3. In V2 home health claims do not mark it.';
comment on column ab2d.claim_diagnosis.is_reason_for_visit is 'True where this is the patient''s reason for the visit; outpatient claims. CCW: RSN_VISIT_CD1 to RSN_VISIT_CD3. V1, V2, V3.';
comment on column ab2d.claim_diagnosis.diagnosis_types is 'All the roles that the claim gives this diagnosis. V1, V2, V3. V1 gives none to secondary diagnoses: then other. The four is_ columns are easier to use.';
comment on column ab2d.claim_diagnosis.present_on_admission is 'Whether the condition was present at admission: Y yes, N no, U unknown, W undetermined, 1 exempt; inpatient claims. CCW: CLM_POA_IND_SW1 to CLM_POA_IND_SW25. V1, V2, V3.';

comment on table ab2d.claim_procedure is 'Grain: one row per coded ICD procedure of a current claim; institutional claims only. Services coded in HCPCS or CPT are in claim_line.';
comment on column ab2d.claim_procedure.eob_id is 'The claim that this row belongs to; the join column to claim and to every other claims table. V1, V2, V3.';
comment on column ab2d.claim_procedure.procedure_number is 'Number of the procedure within its claim. V1, V2, V3.';
comment on column ab2d.claim_procedure.beneficiary_id is 'The person the claim is for: source system, colon, patient id, e.g. ccw:-10000000005142. Copied from the claim; joins to beneficiary and beneficiary_identifier. V1, V2, V3.';
comment on column ab2d.claim_procedure.claim_type is 'carrier, dme, hha, hospice, inpatient, outpatient, snf or other. Copied from the claim. CCW: NCH_CLM_TYPE_CD (derived). V1, V2, V3.';
comment on column ab2d.claim_procedure.procedure_date is 'Day of the procedure; null if not sent. CCW: PRCDR_DT1 to PRCDR_DT25. V1, V2, V3. It may lie outside the claim''s service dates.';
comment on column ab2d.claim_procedure.code is 'Procedure, upper case without dot. Code system: see code_system. CCW: ICD_PRCDR_CD1 to ICD_PRCDR_CD25. V1, V2, V3.';
comment on column ab2d.claim_procedure.code_raw is 'The code as received. V1, V2, V3.';
comment on column ab2d.claim_procedure.code_system is 'ICD-10-PCS or ICD-9-PCS (ICD-9-CM volume 3). CCW: ICD_PRCDR_VRSN_CD1 to ICD_PRCDR_VRSN_CD25. V1, V2, V3.';
comment on column ab2d.claim_procedure.description is 'Text sent with the code. Not authoritative; join a code table instead. V1, V2. Null in V3.';
comment on column ab2d.claim_procedure.is_principal is 'True where this is the principal procedure. V3 only; null in V1 and V2, which do not say.';

comment on table ab2d.claim_provider is 'Grain: one row per person or organisation, and role, of a current claim. Several rows per claim: filter by role before counting.';
comment on column ab2d.claim_provider.eob_id is 'The claim that this row belongs to; the join column to claim and to every other claims table. V1, V2, V3.';
comment on column ab2d.claim_provider.provider_number is 'Number of the row within its claim, given by the loader. No meaning of its own. V1, V2, V3.';
comment on column ab2d.claim_provider.beneficiary_id is 'The person the claim is for: source system, colon, patient id, e.g. ccw:-10000000005142. Copied from the claim; joins to beneficiary and beneficiary_identifier. V1, V2, V3.';
comment on column ab2d.claim_provider.claim_type is 'carrier, dme, hha, hospice, inpatient, outpatient, snf or other. Copied from the claim. CCW: NCH_CLM_TYPE_CD (derived). V1, V2, V3.';
comment on column ab2d.claim_provider.service_from is 'First day that the claim covers. Copied from the claim. CCW: CLM_FROM_DT. V1, V2, V3.';
comment on column ab2d.claim_provider.service_to is 'Last day that the claim covers. Copied from the claim. CCW: CLM_THRU_DT. V1, V2, V3.';
comment on column ab2d.claim_provider.role is 'attending, operating, other_operating, rendering, referring, billing or facility; made alike for all versions. V1, V2, V3. V1 has no referring, facility is V1 only.';
comment on column ab2d.claim_provider.role_raw is 'The role as received; for an organisation of the header the element that names it: organization, facility, provider. V1, V2, V3. Do not compare versions by it: primary is the attending or rendering physician in V1, but the billing organisation in V2.';
comment on column ab2d.claim_provider.care_team_sequence is 'Number that lines point to by claim_line.care_team_sequences. V1, V2, V3. Null for organisations of the claim as a whole.';
comment on column ab2d.claim_provider.npi is 'National Provider Identifier, ten digits. CCW: AT_PHYSN_NPI, OP_PHYSN_NPI, OT_PHYSN_NPI, PRF_PHYSN_NPI, RFR_PHYSN_NPI or ORG_NPI_NUM, by role. V1, V2, V3. Null where something else was sent; see id_raw.';
comment on column ab2d.claim_provider.id_raw is 'The provider''s identifier as received. V1, V2, V3. It may be a UPIN, PIN or other local number that V2 calls an NPI: use npi for joins.';
comment on column ab2d.claim_provider.id_type is 'The kind of identifier that id_raw is. V1, V2, V3. V2 sends UPINs and PINs labelled as NPI: a row has a usable NPI only where npi is not null.';
comment on column ab2d.claim_provider.provider_name is 'Name of the provider; mostly null. V1, V2, V3. The billing organisation in V1 and V2, the person in V3.';
comment on column ab2d.claim_provider.specialty_code is 'Specialty of the provider, two characters. Code system: CMS provider specialty. CCW: PRVDR_SPCLTY. V1, V2, V3. Carrier claims mostly.';
comment on column ab2d.claim_provider.taxonomy_code is 'Specialty of the provider, ten characters. Code system: NUCC provider taxonomy. V2, V3. Mostly null.';
comment on column ab2d.claim_provider.participating_code is 'Whether the provider takes Medicare''s price; carrier and dme claims. CCW: PRTCPTNG_IND_CD. V1, V2. Null in V3.';
comment on column ab2d.claim_provider.provider_type_code is 'Kind of provider; carrier claims only. CCW: CARR_LINE_PRVDR_TYPE_CD. V1, V2. Null in V3, which has it in claim_line.provider_type_code.';
comment on column ab2d.claim_provider.is_responsible is 'True where the claim names this provider as responsible. V1, V2. Null in V3.';

comment on table ab2d.claim_contract is 'Grain: one row per claim version and contract that it was delivered to. A claim that spans a change of contract has two rows, so count distinct eob_id across contracts.';
comment on column ab2d.claim_contract.eob_id is 'The claim version; the join column to claim, claim_version and every other claims table. V1, V2, V3.';
comment on column ab2d.claim_contract.contract_number is 'The contract whose export delivered it; joins to contract. V1, V2, V3. The claim itself names no contract.';
comment on column ab2d.claim_contract.first_run_id is 'The loader''s run that first delivered it to this contract. V1, V2, V3.';
comment on column ab2d.claim_contract.first_seen_at is 'When it was first loaded for this contract; not a CMS date. V1, V2, V3.';

-- The loader's tables.

comment on table ab2d_etl.run is 'Grain: one row per window of claims brought for a contract, however many processes it took.';

comment on table ab2d_etl.export_job is 'Grain: one row per export that AB2D accepted.';

comment on table ab2d_etl.output_file is 'Grain: one row per file that a manifest lists or that load was given, with the outcome of its lines.';

comment on table ab2d_etl.rejected_line is 'Grain: one row per line of a file that could not be loaded, kept as received. Holds protected health information.';

comment on table ab2d_etl.watermark is 'Grain: one row per contract and source system: where its next export starts from.';

comment on table ab2d_etl.audit_event is 'Grain: one row per thing done that an auditor asks for. Rows are added, never changed.';

comment on table ab2d_etl.schema_drift is 'Grain: one row per API version and place in a claim that was not as expected, counted.';

comment on table ab2d_etl.staged_line is 'Grain: one row per line of the batch that a loader is at. Emptied by the load; lost in a crash, and made again.';

comment on table ab2d_etl.staged_mbi is 'Grain: one row per beneficiary and MBI seen in the batch that a loader is at. Emptied by the load; lost in a crash, and made again.';

comment on table ab2d_etl.touched_family is 'Grain: one row per claim family whose current version a file may have changed. Emptied by the load; lost in a crash, and made again.';

comment on table ab2d_etl.eob is 'Grain: one row per EOB id: the newest text as received, and what decides which text is newest. Holds protected health information.';

comment on view ab2d_etl.newest_mbi is 'Grain: one row per beneficiary with an MBI that is called current: the newest of those.';
comment on view ab2d_etl.family_order is 'Grain: one row per claim version: its place in its family, and whether it should be the current one. Compared with what claim_version says.';
