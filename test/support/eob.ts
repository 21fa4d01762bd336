import { type ApiVersion, sourceSystemOf } from "../../src/domain/api-version.ts";

type Json = Record<string, unknown>;

export interface EobOptions {
  /** Default `v2`. */
  readonly version?: ApiVersion;
  /** Default `outpatient`. */
  readonly type?: "carrier" | "dme" | "hha" | "hospice" | "inpatient" | "outpatient" | "snf";
  /** The resource id; default is made of type and claim id as the version does it. */
  readonly id?: string;
  /** Default `-1000`. */
  readonly claimId?: string;
  /** Default `-77`; `null` leaves the identifier out. V3 never has one. */
  readonly claimGroup?: string | null;
  /** Default `active`. */
  readonly status?: string;
  /** V3's Final-Action tag; default `FinalAction`, `null` leaves it out. */
  readonly finalAction?: string | null;
  /** Default `2024-03-01T10:20:30.456-05:00`; `null` leaves it out. */
  readonly lastUpdated?: string | null;
  /** Without `Patient/`; default `-10000000005142`. */
  readonly patientId?: string;
  /** Default one current MBI. An MBI alone is current; `currency: null` leaves the extension out. */
  readonly mbis?: readonly (string | { readonly mbi: string; readonly currency: string | null })[];
  /** First and last day; default 2024-02-01 and 2024-02-03. */
  readonly from?: string;
  readonly to?: string;
  /** ICD-10 codes in sequence from 1; the first is principal. Default `E119`. */
  readonly diagnoses?: readonly string[];
  /** Entries of `item[]`; default one with a sequence and a quantity. */
  readonly items?: readonly unknown[];
  /** Top-level fields that replace what the builder wrote; `undefined` removes one. */
  readonly fields?: Readonly<Json>;
}

const BLUE_BUTTON = "https://bluebutton.cms.gov/";
const VARIABLES = `${BLUE_BUTTON}resources/variables/`;
const TYPE_CODES = {
  carrier: "71",
  dme: "82",
  hha: "10",
  hospice: "50",
  inpatient: "60",
  outpatient: "40",
  snf: "20",
} as const;

/** A small EOB that loads: a test names what it is about and leaves the rest. */
export function eob(options: EobOptions = {}): Json {
  const { version = "v2", type = "outpatient", claimId = "-1000", status = "active" } = options;
  const { from = "2024-02-01", to = "2024-02-03", patientId = "-10000000005142" } = options;
  const isIdr = sourceSystemOf(version) === "idr";
  const { id = isIdr ? claimId : `${type}-${claimId}` } = options;
  const {
    mbis = ["1S00E00DP42"],
    diagnoses = ["E119"],
    items = [{ sequence: 1, quantity: { value: 1 } }],
  } = options;
  const resource: Json = {
    resourceType: "ExplanationOfBenefit",
    id,
    meta: metaOf(options, isIdr),
    extension: mbis.map((entry) =>
      stamp(typeof entry === "string" ? { mbi: entry, currency: "current" } : entry),
    ),
    identifier: identifiersOf(options, claimId, isIdr),
    status,
    type: { coding: typeCodings(version, type) },
    patient: { reference: `Patient/${patientId}` },
    billablePeriod: { start: from, end: to },
    diagnosis: diagnoses.map((code, index) => diagnosis(version, code, index)),
    item: items,
  };
  if (version === "v1") resource.precedence = 0;
  for (const [key, value] of Object.entries(options.fields ?? {})) {
    if (value === undefined) delete resource[key];
    else resource[key] = value;
  }
  return resource;
}

function metaOf(
  { lastUpdated = "2024-03-01T10:20:30.456-05:00", finalAction = "FinalAction" }: EobOptions,
  isIdr: boolean,
): Json {
  const meta: Json = lastUpdated === null ? {} : { lastUpdated };
  if (!isIdr) return meta;
  meta.source = "NCH";
  meta.tag =
    finalAction === null ? [] : [{ system: `${BLUE_BUTTON}fhir/CodeSystem/Final-Action`, code: finalAction }];
  return meta;
}

function stamp({ mbi, currency }: { readonly mbi: string; readonly currency: string | null }): Json {
  const url = `${BLUE_BUTTON}resources/codesystem/identifier-currency`;
  return {
    url: "http://hl7.org/fhir/StructureDefinition/elementdefinition-identifier",
    valueIdentifier: {
      ...(currency === null ? {} : { extension: [{ url, valueCoding: { code: currency } }] }),
      system: "http://hl7.org/fhir/sid/us-mbi",
      value: mbi,
    },
  };
}

function identifiersOf({ version, claimGroup = "-77" }: EobOptions, claimId: string, isIdr: boolean): Json[] {
  const uc = {
    type: {
      coding: [{ system: "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType", code: "uc" }],
    },
  };
  if (isIdr) {
    return [
      { ...uc, value: claimId },
      { system: `${BLUE_BUTTON}identifiers/CLM-CNTL-NUM`, value: "97500579086776SHU" },
    ];
  }
  const type = version === "v1" ? {} : uc;
  const identifiers: Json[] = [{ ...type, system: `${VARIABLES}clm_id`, value: claimId }];
  if (claimGroup !== null) {
    identifiers.push({
      ...type,
      system: `${BLUE_BUTTON}resources/identifier/claim-group`,
      value: claimGroup,
    });
  }
  return identifiers;
}

function typeCodings(version: ApiVersion, type: keyof typeof TYPE_CODES): Json[] {
  const code = TYPE_CODES[type];
  const form = type === "carrier" || type === "dme" ? "professional" : "institutional";
  if (version === "v3") {
    return [
      { system: `${BLUE_BUTTON}fhir/CodeSystem/CLM-TYPE-CD`, code },
      { system: "http://terminology.hl7.org/CodeSystem/claim-type", code: form },
    ];
  }
  const formSystem =
    version === "v1"
      ? "http://hl7.org/fhir/ex-claimtype"
      : "http://terminology.hl7.org/CodeSystem/claim-type";
  return [
    { system: `${VARIABLES}nch_clm_type_cd`, code },
    { system: `${BLUE_BUTTON}resources/codesystem/eob-type`, code: type.toUpperCase() },
    { system: formSystem, code: form },
  ];
}

function diagnosis(version: ApiVersion, code: string, index: number): Json {
  const system = version === "v3" ? "http://hl7.org/fhir/sid/icd-10-cm" : "http://hl7.org/fhir/sid/icd-10";
  const coded: Json = { sequence: index + 1, diagnosisCodeableConcept: { coding: [{ system, code }] } };
  if (index > 0) return coded;
  const typeSystem =
    version === "v1"
      ? `${BLUE_BUTTON}resources/codesystem/diagnosis-type`
      : "http://terminology.hl7.org/CodeSystem/ex-diagnosistype";
  coded.type = [{ coding: [{ system: typeSystem, code: "principal" }] }];
  return coded;
}
