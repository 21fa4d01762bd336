/** Our words for the care team roles of V2 and V3. V2 names the billing organisation `primary`. */
export const R4_ROLES: ReadonlyMap<string, string> = new Map([
  ["attending", "attending"],
  ["operating", "operating"],
  ["otheroperating", "other_operating"],
  ["referring", "referring"],
  ["rendering", "rendering"],
  ["performing", "rendering"],
  ["primary", "billing"],
]);
