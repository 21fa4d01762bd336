import { URLS } from "../urls.ts";
import type { KnownPaths } from "./known-paths.ts";
import { knownPathsWith } from "./known-paths-of-all.ts";
import { CCW_CONSUMED, CLIA_SYSTEM } from "./known-paths-of-ccw.ts";

const BLUE_BUTTON = "https://bluebutton.cms.gov/resources/codesystem/";
const VARIABLES = "https://bluebutton.cms.gov/resources/variables/";
const ROLE = "careTeam[].role.coding[system=http://hl7.org/fhir/claimcareteamrole].code";
const DIAGNOSIS_TYPE = `diagnosis[].type[].coding[system=${BLUE_BUTTON}diagnosis-type].code`;
const PLACE = "item[].locationCodeableConcept";

/** Of the claim: what today's V1 filter lets through with all top-level extensions. */
const AMOUNTS = [
  "carr_clm_cash_ddctbl_apld_amt",
  "clm_op_bene_pmt_amt",
  "clm_op_prvdr_pmt_amt",
  "clm_pass_thru_per_diem_amt",
  "clm_pps_cptl_dsprprtnt_shr_amt",
  "clm_pps_cptl_excptn_amt",
  "clm_pps_cptl_fsp_amt",
  "clm_pps_cptl_ime_amt",
  "clm_pps_cptl_outlier_amt",
  "clm_pps_old_cptl_hld_hrmls_amt",
  "clm_tot_pps_cptl_amt",
  "dsh_op_clm_val_amt",
  "ime_op_clm_val_amt",
  "nch_bene_blood_ddctbl_lblty_am",
  "nch_bene_ip_ddctbl_amt",
  "nch_bene_pta_coinsrnc_lblty_amt",
  "nch_bene_ptb_coinsrnc_amt",
  "nch_bene_ptb_ddctbl_amt",
  "nch_carr_clm_alowd_amt",
  "nch_carr_clm_sbmtd_chrg_amt",
  "nch_clm_bene_pmt_amt",
  "nch_clm_prvdr_pmt_amt",
  "nch_drg_outlier_aprvd_pmt_amt",
  "nch_ip_ncvrd_chrg_amt",
  "nch_ip_tot_ddctn_amt",
  "nch_profnl_cmpnt_chrg_amt",
  "prpayamt",
];

/** V1: FHIR STU3. */
export const V1_PATHS: KnownPaths = knownPathsWith(`type.coding[system=${URLS.claimType}].code`, {
  consumed: [
    ...CCW_CONSUMED,
    `type.coding[system=${URLS.claimFormV1}].code`,
    `type.coding[system=${URLS.nearLineRecord}].code`,
    `type.coding[system=${URLS.serviceClassification}].code`,
    `provider.identifier(system=${URLS.providerNumber}).value`,
    "organization.display",
    `organization.identifier(system=${URLS.npi}).value`,
    "facility.display",
    `facility.identifier(system=${URLS.npi}).value`,
    ROLE,
    `careTeam[].provider.identifier(system=${URLS.npi}).value`,
    `careTeam[].extension[url=${URLS.npi}].valueCoding.{code,display}`,
    DIAGNOSIS_TYPE,
    `diagnosis[].packageCode.coding[system=${URLS.drg}].code`,
    "item[].{careTeamLinkId[],diagnosisLinkId[]}",
    `item[].service.coding[system=${URLS.hcpcs}].code`,
    `item[].service.extension[url=${URLS.revenueCenterNdc}].valueCoding.code`,
    `item[].service.extension[url=${URLS.anesthesiaUnits}].valueQuantity.value`,
    `item[].extension[url=${URLS.ndc}].valueCoding.code`,
    `item[].extension[url=${URLS.revenueCenterNdcQuantity}].valueQuantity.{value,code,unit}`,
    `${PLACE}.extension[url=${URLS.pricingState}].valueCoding.code`,
    `${PLACE}.extension[url=${URLS.supplierType}].valueCoding.code`,
  ],
  unread: [
    {
      reason: "Amounts of money: V2 and V3 have none, and nobody here may need them",
      paths: [
        ...AMOUNTS.map((name) => `extension[url=${VARIABLES}${name}].valueMoney.{value,system,code}`),
        `item[].extension[url=${VARIABLES}dmerc_line_scrn_svgs_amt].valueQuantity.value`,
      ],
    },
    {
      reason: "How a claim was paid or denied: AB2D cuts it in V2 and V3 and from V1's data dictionary",
      paths: ["asgmntcd", "carr_clm_pmt_dnl_cd", "clm_mdcr_non_pmt_rsn_cd"].map(
        (name) => `extension[url=${VARIABLES}${name}].valueCoding.code`,
      ),
    },
    {
      reason: "Numbers by which contractors and trials know the claim; no question asks for them",
      paths: ["carr_num", "clm_clncl_tril_num", "fi_doc_clm_cntl_num", "fi_num", "fi_orig_clm_cntl_num"].map(
        (name) => `extension[url=${VARIABLES}${name}].valueIdentifier.{system,value}`,
      ),
    },
    {
      reason: "Billing details of a line that V2 and V3 don't have",
      paths: [
        ...["betos_cd", "carr_line_mtus_cd", "line_bene_prmry_pyr_cd", "line_service_deductible"].map(
          (name) => `item[].extension[url=${VARIABLES}${name}].valueCoding.code`,
        ),
        `item[].extension[url=${VARIABLES}carr_line_mtus_cnt].valueQuantity.value`,
        `item[].extension[url=${VARIABLES}dmerc_line_mtus_cnt].valueQuantity.{value,system,code,unit}`,
        `item[].extension[url=${VARIABLES}suplrnum].valueIdentifier.{system,value}`,
      ],
    },
    {
      reason: "A link to a laboratory result that AB2D cuts",
      paths: [`item[].extension[url=${VARIABLES}line_hct_hgb_rslt_num].valueReference.reference`],
    },
    {
      reason: "Lines and ICD procedures are not joined: professional claims have no procedures",
      paths: ["item[].procedureLinkId[]"],
    },
    { reason: "A zero that AB2D's filter writes", paths: ["precedence"] },
    {
      reason: "Code system versions and systems that repeat the extension's address",
      paths: [
        `item[].service.coding[system=${URLS.hcpcs}].version`,
        `item[].extension[url=${URLS.revenueCenterNdcQuantity}].valueQuantity.system`,
        CLIA_SYSTEM,
      ],
    },
  ],
  values: {
    [ROLE]: ["primary", "assist", "other"],
    [DIAGNOSIS_TYPE]: ["principal", "admitting", "external", "external-first", "reason-for-visit"],
  },
});
