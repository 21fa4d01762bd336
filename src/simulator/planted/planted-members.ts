import { MTM_TARGETING } from "./01-mtm-targeting.ts";
import { DIABETES_WITHOUT_STATIN } from "./02-diabetes-without-statin.ts";
import { MEMBER_HISTORY } from "./03-member-history.ts";
import { READMISSIONS } from "./04-readmissions.ts";
import { RECENT_DISCHARGES } from "./05-recent-discharges.ts";
import { EMERGENCY_VISITS } from "./06-emergency-visits.ts";
import { MEMBER_PROVIDERS } from "./07-member-providers.ts";
import { NEW_DIABETES } from "./08-new-diabetes.ts";
import { PART_B_DRUGS } from "./09-part-b-drugs.ts";
import { DRUG_HARM } from "./10-drug-harm.ts";
import { CARE_SETTING } from "./11-care-setting.ts";
import { RESOURCE_USE } from "./12-resource-use.ts";
import { SAME_SERVICE_TWICE } from "./13-same-service-twice.ts";
import { PROVIDER_OUTLIERS } from "./14-provider-outliers.ts";
import { FRESHNESS } from "./15-freshness.ts";
import type { PlantedMember } from "./planted-member.ts";

/** All planted members, in the order of their patient numbers. */
export const PLANTED_MEMBERS: readonly PlantedMember[] = [
  ...MTM_TARGETING,
  ...DIABETES_WITHOUT_STATIN,
  ...MEMBER_HISTORY,
  ...READMISSIONS,
  ...RECENT_DISCHARGES,
  ...EMERGENCY_VISITS,
  ...MEMBER_PROVIDERS,
  ...NEW_DIABETES,
  ...PART_B_DRUGS,
  ...DRUG_HARM,
  ...CARE_SETTING,
  ...RESOURCE_USE,
  ...SAME_SERVICE_TWICE,
  ...PROVIDER_OUTLIERS,
  ...FRESHNESS,
];
