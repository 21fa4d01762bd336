import type { ClaimType } from "./claim-history.ts";
import type { ClaimLine } from "./claim-lines.ts";
import { PLACES_OF_SERVICE } from "./code-sets.ts";
import { BLUE_BUTTON, coding, type Json, variable } from "./fhir.ts";

/** Where a professional's line was served. V2 has the same, but for the two of equipment, which moved to the item. */
export function lineLocation(
  { zip, clia, placeOfService = "11" }: ClaimLine,
  { apiVersion, type }: { readonly apiVersion: "v1" | "v2"; readonly type: ClaimType },
): Json {
  const ofCarrier = [
    variable("carr_line_prcng_lclty_cd", "40", "REST OF MASSACHUSETTS"),
    variable("prvdr_state_cd", "22", "Massachusetts"),
    ...(zip ? [variable("prvdr_zip", zip)] : []),
    ...(clia
      ? [
          {
            url: `${BLUE_BUTTON}carr_line_clia_lab_num`,
            valueIdentifier: { system: `${BLUE_BUTTON}carr_line_clia_lab_num`, value: clia },
          },
        ]
      : []),
  ];
  const ofEquipment = [
    variable("prvdr_state_cd", "22", "Massachusetts"),
    ...(apiVersion === "v1" ? equipmentVariables() : []),
  ];
  return {
    extension: type === "carrier" ? ofCarrier : ofEquipment,
    coding: [
      coding(`${BLUE_BUTTON}line_place_of_srvc_cd`, placeOfService, PLACES_OF_SERVICE[placeOfService]),
    ],
  };
}

/** What a line of durable medical equipment says of its pricing and its supplier. */
export function equipmentVariables(): readonly Json[] {
  return [
    variable("dmerc_line_prcng_state_cd", "22", "Massachusetts"),
    variable(
      "dmerc_line_supplr_type_cd",
      "6",
      "Institutional providers and independent laboratories for whom the carrier's own ID number is shown.",
    ),
  ];
}
