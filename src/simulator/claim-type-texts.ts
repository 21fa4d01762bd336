import type { ClaimType } from "./claim-history.ts";

/** `NCH_CLM_TYPE_CD` and its text in V1 and V2. */
export const NCH_CLAIM_TYPES: Readonly<Record<string, string>> = {
  "10": "Home Health Agency (HHA) claim",
  "20": "Non swing bed Skilled Nursing Facility (SNF) claim",
  "30": "Swing bed SNF claim",
  "40": "Hospital Outpatient claim",
  "50": "Hospice claim",
  "60": "Inpatient claim",
  "61": "Inpatient 'Full-Encounter' claim",
  "71": "Local carrier non-durable medical equipment, prosthetics, orthotics, and supplies (DMEPOS) claim",
  "72": "Local carrier DMEPOS claim",
  "81": "Durable medical equipment regional carrier (DMERC); non-DMEPOS claim",
  "82": "DMERC; DMEPOS claim",
};

/** The text of V3's `CLM-TYPE-CD`. */
export const IDR_CLAIM_TYPES: Readonly<Record<ClaimType, string>> = {
  carrier: "MEDICARE PART B PROFESSIONAL PHYSICIAN/SUPPLIER CLAIM (NON-DMEPOS)",
  dme: "MEDICARE DME CLAIM",
  hha: "MEDICARE HOME HEALTH CLAIM",
  hospice: "MEDICARE HOSPICE CLAIM",
  inpatient: "MEDICARE INPATIENT CLAIM",
  outpatient: "MEDICARE OUTPATIENT CLAIM",
  snf: "MEDICARE SNF NON-SWING BED CLAIM",
};

const PART_A =
  "Part A institutional claim record (inpatient [IP], skilled nursing facility [SNF], hospice [HOS], or home health agency [HHA])";
const PART_B_INSTITUTIONAL = "Part B institutional claim record (outpatient [HOP], HHA)";

/** `NCH_NEAR_LINE_REC_IDENT_CD` and its text. */
export const NEAR_LINE_RECORDS: Readonly<Record<ClaimType, readonly [code: string, display: string]>> = {
  carrier: [
    "O",
    "Part B physician/supplier claim record (processed by local carriers; can include DMEPOS services)",
  ],
  dme: ["M", "Part B DMEPOS claim record (processed by DME Regional Carrier)"],
  hha: ["W", PART_B_INSTITUTIONAL],
  hospice: ["V", PART_A],
  inpatient: ["V", PART_A],
  outpatient: ["W", PART_B_INSTITUTIONAL],
  snf: ["V", PART_A],
};

/** `CLM_FAC_TYPE_CD` with its text, and `CLM_SRVC_CLSFCTN_TYPE_CD`: the first two digits of a type of bill. */
export const FACILITY_TYPES: Readonly<
  Partial<Record<ClaimType, readonly [code: string, display: string, serviceClassification: string]>>
> = {
  hha: ["3", "Home Health Agency (HHA)", "3"],
  hospice: ["8", "Ambulatory Surgery Center (ASC) or other special facility (e.g. hospice)", "1"],
  inpatient: ["1", "Hospital", "1"],
  outpatient: ["1", "Hospital", "3"],
  snf: ["2", "Skilled Nursing Facility (SNF)", "1"],
};

/** A diagnosis or procedure text as V1 and V2 print it: with literal quotes when it has a comma. */
export function printedDisplay(display: string | undefined): string | undefined {
  return display?.includes(",") ? `"${display}"` : display;
}
