import { URLS } from "../urls.ts";

const PLACE = "item[].locationCodeableConcept";

/** What the mapper reads in V1 and V2 alike: both serve the Chronic Conditions Warehouse. */
export const CCW_CONSUMED: readonly string[] = [
  `identifier[system=${URLS.claimId}].value`,
  `identifier[system=${URLS.claimGroup}].value`,
  `type.coding[system=${URLS.claimType}].code`,
  // Read to keep Part D out.
  "type.coding[system=https://bluebutton.cms.gov/resources/codesystem/eob-type].code",
  `billablePeriod.extension[url=${URLS.claimQuery}].valueCoding.code`,
  `facility.extension[url=${URLS.facilityType}].valueCoding.code`,
  "careTeam[].responsible",
  `careTeam[].extension[url=${URLS.participating}].valueCoding.code`,
  `careTeam[].extension[url=${URLS.carrierProviderType}].valueCoding.code`,
  `careTeam[].qualification.coding[system=${URLS.providerSpecialty}].code`,
  `diagnosis[].extension[url=${URLS.presentOnAdmission}N].valueCoding.code`,
  `diagnosis[].extension[url=${URLS.externalCausePresentOnAdmission}N].valueCoding.code`,
  "item[].locationAddress.state",
  `${PLACE}.coding[system=${URLS.placeOfService}].code`,
  `${PLACE}.extension[url=${URLS.providerState}].valueCoding.code`,
  `${PLACE}.extension[url=${URLS.providerZip}].valueCoding.code`,
  `${PLACE}.extension[url=${URLS.pricingLocality}].valueCoding.code`,
  `${PLACE}.extension[url=${URLS.cliaLabNumber}].valueCoding.code`,
  `${PLACE}.extension[url=${URLS.cliaLabNumber}].valueIdentifier.value`,
];

/** The system of the laboratory's number, which repeats the extension's address. */
export const CLIA_SYSTEM = `${PLACE}.extension[url=${URLS.cliaLabNumber}].valueIdentifier.system`;
