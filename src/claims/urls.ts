const VARIABLES = "https://bluebutton.cms.gov/resources/variables/";
const CODE_SYSTEMS = "https://bluebutton.cms.gov/fhir/CodeSystem/";
const STRUCTURES = "https://bluebutton.cms.gov/fhir/StructureDefinition/";
const CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem/";

/** The names that EOBs give to identifiers, code systems and extensions, as they stand on the wire. */
export const URLS = {
  // All versions: what AB2D itself stamps on, and national identifiers.
  stampedIdentifier: "http://hl7.org/fhir/StructureDefinition/elementdefinition-identifier",
  identifierCurrency: "https://bluebutton.cms.gov/resources/codesystem/identifier-currency",
  mbi: "http://hl7.org/fhir/sid/us-mbi",
  npi: "http://hl7.org/fhir/sid/us-npi",
  ndc: "http://hl7.org/fhir/sid/ndc",
  dataAbsentReason: "http://terminology.hl7.org/CodeSystem/data-absent-reason",

  // V1 and V2: variables of the Chronic Conditions Warehouse.
  claimId: `${VARIABLES}clm_id`,
  claimGroup: "https://bluebutton.cms.gov/resources/identifier/claim-group",
  claimType: `${VARIABLES}nch_clm_type_cd`,
  nearLineRecord: `${VARIABLES}nch_near_line_rec_ident_cd`,
  claimQuery: `${VARIABLES}claim_query_cd`,
  facilityType: `${VARIABLES}clm_fac_type_cd`,
  serviceClassification: `${VARIABLES}clm_srvc_clsfctn_type_cd`,
  providerNumber: `${VARIABLES}prvdr_num`,
  drg: `${VARIABLES}clm_drg_cd`,
  presentOnAdmission: `${VARIABLES}clm_poa_ind_sw`,
  externalCausePresentOnAdmission: `${VARIABLES}clm_e_poa_ind_sw`,
  hcpcs: "https://bluebutton.cms.gov/resources/codesystem/hcpcs",
  hcpcsCode: `${VARIABLES}hcpcs_cd`,
  revenueCenterNdc: `${VARIABLES}rev_cntr_ide_ndc_upc_num`,
  revenueCenterNdcQuantity: `${VARIABLES}rev_cntr_ndc_qty`,
  anesthesiaUnits: `${VARIABLES}carr_line_ansthsa_unit_cnt`,
  placeOfService: `${VARIABLES}line_place_of_srvc_cd`,
  providerState: `${VARIABLES}prvdr_state_cd`,
  providerZip: `${VARIABLES}prvdr_zip`,
  pricingLocality: `${VARIABLES}carr_line_prcng_lclty_cd`,
  pricingState: `${VARIABLES}dmerc_line_prcng_state_cd`,
  supplierType: `${VARIABLES}dmerc_line_supplr_type_cd`,
  cliaLabNumber: `${VARIABLES}carr_line_clia_lab_num`,
  carrierProviderType: `${VARIABLES}carr_line_prvdr_type_cd`,
  providerSpecialty: `${VARIABLES}prvdr_spclty`,
  participating: `${VARIABLES}prtcptng_ind_cd`,
  claimFormV1: "http://hl7.org/fhir/ex-claimtype",

  // V2 and V3: R4 and CARIN Blue Button.
  claimForm: "http://terminology.hl7.org/CodeSystem/claim-type",
  taxonomy: "http://nucc.org/provider-taxonomy",

  // V3: the Integrated Data Repository.
  idrClaimControlNumber: "https://bluebutton.cms.gov/identifiers/CLM-CNTL-NUM",
  idrFinalAction: `${CODE_SYSTEMS}Final-Action`,
  idrClaimType: `${CODE_SYSTEMS}CLM-TYPE-CD`,
  idrNearLineRecord: `${CODE_SYSTEMS}CLM-NRLN-RIC-CD`,
  idrClaimQuery: `${STRUCTURES}CLM-QUERY-CD`,
  idrDrg:
    "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software",
  idrCpt: "http://www.ama-assn.org/go/cpt",
  idrHcpcs: "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
  idrHipps:
    "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/ProspMedicareFeeSvcPmtGen/HIPPSCodes",
  idrAnesthesiaUnits: `${STRUCTURES}CLM-LINE-ANSTHSA-UNIT-CNT`,
  idrPlaceOfService: "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set",
  idrPricingLocality: `${STRUCTURES}CLM-PRCNG-LCLTY-CD`,
  idrProviderType: `${STRUCTURES}CLM-PRVDR-TYPE-CD`,
  idrProviderSpecialty: `${CODE_SYSTEMS}CLM-PRVDR-SPCLTY-CD`,
  idrProcedureType: `${CARIN}C4BBClaimProcedureType`,
  idrCareTeamRole: `${CARIN}C4BBClaimCareTeamRole`,

  // ICD: V1 and V2 use one address for ICD-10 diagnoses and procedures alike.
  icd10: "http://hl7.org/fhir/sid/icd-10",
  icd10Cm: "http://hl7.org/fhir/sid/icd-10-cm",
  icd9Cm: "http://hl7.org/fhir/sid/icd-9-cm",
  icd10Pcs: "http://www.cms.gov/Medicare/Coding/ICD10",
  icd9Pcs: "http://www.cms.gov/Medicare/Coding/ICD9",
} as const;
