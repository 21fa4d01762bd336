import { describe, expect, it } from "vitest";
import { API_VERSIONS, type ApiVersion } from "../../src/domain/api-version.ts";
import { type EobOptions, eob } from "../support/eob.ts";
import { sampleLines } from "../support/sample-lines.ts";
import { type ViewBench, viewBench } from "../support/view-bench.ts";
import {
  type DiagnosisOptions,
  diagnosesOf,
  drgOf,
  HCPCS,
  ICD_9_CM,
  linkTo,
  memberOf,
  npiOf,
  placeOf,
  procedureOf,
  serviceOf,
  typeOf,
} from "../tricky-cases/shapes.ts";

const numbered = (stem: string) => Array.from({ length: 25 }, (_, index) => `${stem}_${index + 1}`);

const typed = (type: string, names: readonly string[]) => names.map((name) => `${name}:${type}`);

/** `stg_input_layer__medical_claim` of the Tuva Project: its columns in their order, and their types as PostgreSQL has them. */
const TUVA_COLUMNS = [
  ..."claim_id:text claim_line_number:integer claim_type:text person_id:text member_id:text payer:text plan:text".split(
    " ",
  ),
  ...typed("date", "claim_start_date claim_end_date claim_line_start_date claim_line_end_date".split(" ")),
  ...typed("date", ["admission_date", "discharge_date"]),
  ...typed("text", "admit_source_code admit_type_code discharge_disposition_code".split(" ")),
  ...typed(
    "text",
    "place_of_service_code bill_type_code drg_code_type drg_code revenue_center_code".split(" "),
  ),
  "service_unit_quantity:numeric",
  ...typed("text", ["hcpcs_code", ...numbered("hcpcs_modifier").slice(0, 5)]),
  ...typed("text", "rendering_npi rendering_tin billing_npi billing_tin facility_npi".split(" ")),
  "paid_date:date",
  ...typed("numeric", "paid_amount allowed_amount charge_amount coinsurance_amount".split(" ")),
  ...typed("numeric", "copayment_amount deductible_amount total_cost_amount".split(" ")),
  ...typed("text", ["diagnosis_code_type", ...numbered("diagnosis_code"), ...numbered("diagnosis_poa")]),
  ...typed("text", ["procedure_code_type", ...numbered("procedure_code")]),
  ...typed("date", numbered("procedure_date")),
  ..."in_network_flag:boolean file_name:text file_date:date".split(" "),
  "ingest_datetime:timestamp with time zone",
  "data_source:text",
];

/** Those of a claim's columns that begin with a stem and are filled, of its first line. */
async function filled({ rows }: ViewBench, stem: string, claimId?: string): Promise<readonly string[]> {
  const [row] = await rows<Record<string, string | null>>(
    `select * from ab2d.tuva_medical_claim where $1::text is null or claim_id = $1
    order by claim_id, claim_line_number limit 1`,
    [claimId ?? null],
  );
  return numbered(stem).flatMap((name) => (row![name] === null ? [] : [row![name]!]));
}

const codeOf = ({ column }: ViewBench, name: string) =>
  column(`select ${name} from ab2d.tuva_medical_claim order by claim_id, claim_line_number`);

const PRINCIPAL_PROCEDURE = [
  {
    coding: [
      { system: "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBClaimProcedureType", code: "principal" },
    ],
  },
];

/** A claim with these diagnoses, in V2 if no other version is named. */
const diagnosed = (
  diagnoses: readonly DiagnosisOptions[],
  version: ApiVersion = "v2",
  options: EobOptions = {},
) => eob({ version, ...options, fields: { ...options.fields, diagnosis: diagnosesOf(version, diagnoses) } });

describe("ab2d.tuva_medical_claim", () => {
  it("has the columns of Tuva's input layer, in its order", async () => {
    const { column } = await viewBench();
    expect(
      await column(
        `select column_name || ':' || data_type from ab2d.data_dictionary
        where table_name = 'tuva_medical_claim' order by ordinal_position`,
      ),
    ).toEqual(TUVA_COLUMNS);
  });

  it("has a row for each line, numbered as in the claim, and one for a claim without lines", async () => {
    const bench = await viewBench();
    const line = (sequence: number) => ({ sequence, quantity: { value: sequence } });
    await bench.load([
      eob({ claimId: "1", claimGroup: "g1", items: [line(7), line(2), line(3)] }),
      eob({ claimId: "2", claimGroup: "g2", items: [] }),
      eob({ claimId: "3", claimGroup: "g3", status: "cancelled", items: [line(1)] }),
    ]);
    expect(
      await bench.rows(
        `select claim_id, claim_line_number, service_unit_quantity, diagnosis_code_1, claim_line_start_date::text
        from ab2d.tuva_medical_claim order by 1, 2`,
      ),
    ).toEqual([
      ...[2, 3, 7].map((number) => ({
        claim_id: "outpatient-1",
        claim_line_number: number,
        service_unit_quantity: `${number}`,
        diagnosis_code_1: "E119",
        claim_line_start_date: "2024-02-01",
      })),
      {
        claim_id: "outpatient-2",
        claim_line_number: 1,
        service_unit_quantity: null,
        diagnosis_code_1: "E119",
        claim_line_start_date: "2024-02-01",
      },
    ]);
  });

  it("has the principal diagnosis first, that of the claim's header before others marked so, then all by number", async () => {
    for (const version of API_VERSIONS) {
      const bench = await viewBench();
      await bench.load(
        [
          diagnosed(
            [
              { code: "Z00" },
              { code: "I10", types: ["principal"] },
              { code: "A01" },
              { code: "E119", types: ["principal"] },
            ],
            version,
          ),
        ],
        { apiVersion: version },
      );
      expect(await bench.column("select principal_diagnosis_code from ab2d.claim")).toEqual(["I10"]);
      expect(await filled(bench, "diagnosis_code")).toEqual(["I10", "E119", "Z00", "A01"]);
      expect(await codeOf(bench, "diagnosis_code_type")).toEqual(["icd-10-cm"]);
    }
  });

  it("has a code that is listed twice once, where it counts most, and no more than 25", async () => {
    const bench = await viewBench();
    const many = Array.from({ length: 30 }, (_, index) => ({ code: `B${10 + index}` }));
    await bench.load([
      diagnosed([
        { code: "Z00" },
        { code: "I10" },
        ...many,
        { code: "I10", types: ["principal"] },
        { code: "Z00" },
      ]),
    ]);
    expect(await filled(bench, "diagnosis_code")).toEqual([
      "I10",
      "Z00",
      ...many.slice(0, 23).map(({ code }) => code),
    ]);
  });

  it("leaves out what is nothing but the diagnosis at admission, a reason for the visit or an external cause", async () => {
    const other = { v1: "external", v2: "externalcauseofinjury", v3: "externalcauseofinjury" };
    const reason = { v1: "reason-for-visit", v2: "patientreasonforvisit", v3: "patientreasonforvisit" };
    for (const version of API_VERSIONS) {
      const bench = await viewBench();
      await bench.load(
        [
          diagnosed(
            [
              { code: "I10", types: ["principal", "admitting"] },
              { code: "R05", types: ["admitting"] },
              { code: "R06", types: [reason[version]] },
              { code: "W19", types: [other[version]] },
              { code: "E119", types: ["secondary"] },
              { code: "R07", types: [reason[version], "other"] },
            ],
            version,
          ),
        ],
        { apiVersion: version },
      );
      expect(await filled(bench, "diagnosis_code")).toEqual(["I10", "E119", "R07"]);
    }
  });

  it("keeps to one code system a claim, that of its first code", async () => {
    const bench = await viewBench();
    const nine = { code: "25000", system: ICD_9_CM };
    await bench.load([
      diagnosed(
        [{ code: "E119" }, { ...nine, types: ["principal"] }, { code: "4019", system: ICD_9_CM }],
        "v2",
        {
          claimId: "1",
          claimGroup: "g1",
        },
      ),
      diagnosed([{ code: "E119", types: ["principal"] }, nine, { code: "X1", system: "urn:own" }], "v2", {
        claimId: "2",
        claimGroup: "g2",
      }),
      diagnosed([{ code: "X1", system: "urn:own" }], "v2", { claimId: "3", claimGroup: "g3" }),
    ]);
    expect(await codeOf(bench, "diagnosis_code_type")).toEqual(["icd-9-cm", "icd-10-cm", null]);
    expect(await filled(bench, "diagnosis_code", "outpatient-1")).toEqual(["25000", "4019"]);
    expect(await filled(bench, "diagnosis_code", "outpatient-2")).toEqual(["E119"]);
    expect(await filled(bench, "diagnosis_code", "outpatient-3")).toEqual([]);
  });

  it("has each diagnosis's present on admission beside it", async () => {
    const bench = await viewBench();
    const diagnosis = diagnosesOf("v3", [
      { code: "Z00" },
      { code: "I10", types: ["principal"] },
      { code: "A01" },
      // Again, with another answer: the first one counts.
      { code: "A01" },
    ]).map((each, index) => ({ ...each, onAdmission: { coding: [{ code: ["N", "Y", "U", "N"][index] }] } }));
    await bench.load([eob({ version: "v3", type: "inpatient", fields: { diagnosis } })], {
      apiVersion: "v3",
    });
    expect(await filled(bench, "diagnosis_code")).toEqual(["I10", "Z00", "A01"]);
    expect(await filled(bench, "diagnosis_poa")).toEqual(["Y", "N", "U"]);
  });

  it("has procedures by number with their days, and their code system", async () => {
    const bench = await viewBench();
    const procedure = [
      procedureOf("v2", { sequence: 2, code: "02HV33Z", date: "2024-02-02T00:00:00-05:00" }),
      procedureOf("v2", { sequence: 1, code: "0DTJ4ZZ", date: "2024-02-03T00:00:00-05:00" }),
      procedureOf("v2", { sequence: 3, code: "02HV33Z", date: "2024-02-02T00:00:00-05:00" }),
    ];
    await bench.load([
      eob({ type: "inpatient", fields: { procedure } }),
      eob({ claimId: "2", claimGroup: "g2" }),
    ]);
    expect(await codeOf(bench, "procedure_code_type")).toEqual(["icd-10-pcs", null]);
    expect(await filled(bench, "procedure_code", "inpatient--1000")).toEqual(["0DTJ4ZZ", "02HV33Z"]);
    expect(
      await bench.column(
        "select procedure_date_1::text || ' ' || procedure_date_2::text from ab2d.tuva_medical_claim where claim_id = 'inpatient--1000'",
      ),
    ).toEqual(["2024-02-03 2024-02-02"]);
  });

  it("has V3's principal procedure first", async () => {
    const bench = await viewBench();
    const procedure = [
      procedureOf("v3", { sequence: 1, code: "02HV33Z" }),
      { ...procedureOf("v3", { sequence: 2, code: "0DTJ4ZZ" }), type: PRINCIPAL_PROCEDURE },
    ];
    await bench.load([eob({ version: "v3", type: "inpatient", fields: { procedure } })], {
      apiVersion: "v3",
    });
    expect(await filled(bench, "procedure_code")).toEqual(["0DTJ4ZZ", "02HV33Z"]);
  });

  it("takes the dates of stays for admission and discharge, and of nothing else", async () => {
    const bench = await viewBench();
    const types = ["carrier", "dme", "hha", "hospice", "inpatient", "outpatient", "snf"] as const;
    await bench.load(types.map((type) => eob({ type, claimId: type, claimGroup: type })));
    expect(
      await bench.column(
        `select concat_ws(' ', claim_id, admission_date, discharge_date)
        from ab2d.tuva_medical_claim
        where coalesce(admission_date, discharge_date) is not null
        order by 1`,
      ),
    ).toEqual(["inpatient-inpatient 2024-02-01 2024-02-03", "snf-snf 2024-02-01 2024-02-03"]);
  });

  it("has header, line and member as the claims tables have them", async () => {
    for (const version of API_VERSIONS) {
      const bench = await viewBench();
      const { diagnosis: drgDiagnosis, supportingInfo } = drgOf(version, "8");
      const stay = eob({
        version,
        type: "inpatient",
        claimId: "1",
        claimGroup: "g1",
        from: "2024-03-01",
        to: "2024-03-09",
      });
      if (drgDiagnosis) (stay.diagnosis as unknown[]).push(drgDiagnosis);
      if (supportingInfo) stay.supportingInfo = supportingInfo;
      const visit = eob({
        version,
        type: "carrier",
        claimId: "2",
        claimGroup: "g2",
        items: [
          {
            sequence: 1,
            quantity: { value: 2 },
            servicedPeriod: { start: "2024-02-02", end: "2024-02-02" },
            ...serviceOf(version, { system: HCPCS[version], code: "G0008" }),
            ...placeOf(version, "11"),
            ...linkTo(version, 1),
          },
        ],
        fields: { careTeam: [memberOf(version, { provider: { identifier: npiOf(version, "1234567893") } })] },
      });
      await bench.load([stay, visit], { apiVersion: version });
      const rows = await bench.rows(
        `select claim_type, person_id, member_id, payer, plan, claim_start_date::text, claim_end_date::text,
          claim_line_start_date::text, admission_date::text, discharge_date::text, drg_code_type, drg_code,
          place_of_service_code, hcpcs_code, rendering_npi, data_source
        from ab2d.tuva_medical_claim order by claim_type`,
      );
      const both = {
        person_id: `${version === "v3" ? "idr" : "ccw"}:-10000000005142`,
        member_id: "1S00E00DP42",
        payer: "medicare",
        plan: "medicare",
        data_source: "cms-ab2d",
      };
      expect(rows).toEqual([
        {
          ...both,
          claim_type: "institutional",
          claim_start_date: "2024-03-01",
          claim_end_date: "2024-03-09",
          claim_line_start_date: "2024-03-01",
          admission_date: "2024-03-01",
          discharge_date: "2024-03-09",
          drg_code_type: "ms-drg",
          drg_code: "008",
          place_of_service_code: null,
          hcpcs_code: null,
          rendering_npi: null,
        },
        {
          ...both,
          claim_type: "professional",
          claim_start_date: "2024-02-01",
          claim_end_date: "2024-02-03",
          claim_line_start_date: "2024-02-02",
          admission_date: null,
          discharge_date: null,
          drg_code_type: null,
          drg_code: null,
          place_of_service_code: "11",
          hcpcs_code: "G0008",
          rendering_npi: "1234567893",
        },
      ]);
    }
  });

  it("calls the form of a claim of unknown type undetermined", async () => {
    const bench = await viewBench();
    const { coding } = typeOf("v2", "99") as { coding: readonly unknown[] };
    await bench.load([eob({ fields: { type: { coding: coding.slice(0, 1) } } })]);
    expect(await bench.column("select claim_form from ab2d.claim")).toEqual([null]);
    expect(await codeOf(bench, "claim_type")).toEqual(["undetermined"]);
  });

  it("gives a claim to one person, though they have several ids and MBIs", async () => {
    const bench = await viewBench();
    const mbis = ["1AA0AA0AA00", "2BB0BB0BB00"];
    await bench.load([
      eob({ claimId: "1", claimGroup: "g1", patientId: "-1", mbis }),
      eob({ claimId: "2", claimGroup: "g2", patientId: "-2", mbis }),
    ]);
    expect(await codeOf(bench, "person_id")).toEqual(["ccw:-1", "ccw:-1"]);
    const members = await codeOf(bench, "member_id");
    expect(members[0]).toBe(members[1]);
  });

  it("reads one claim after the other, by primary key", async () => {
    const bench = await viewBench();
    await bench.load([eob()]);
    const plan = await bench.pool.connect();
    try {
      // Tables this small are read whole; without that choice the plan is the one of large ones.
      await plan.query("set enable_seqscan = off; set enable_bitmapscan = off");
      const { rows } = await plan.query<{ "QUERY PLAN": string }>(
        "explain (costs off) select * from ab2d.tuva_medical_claim",
      );
      const text = rows.map((row) => row["QUERY PLAN"]).join("\n");
      for (const table of ["claim_line", "claim_diagnosis", "claim_procedure"]) {
        expect(text).toMatch(
          new RegExp(
            `Index Scan using ${table}_pkey on ${table}.*\\n\\s+Index Cond: \\(eob_id = claim_version.eob_id\\)`,
          ),
        );
      }
      expect(text.split("\n")[0]).toMatch(/^Nested Loop/);
    } finally {
      plan.release();
    }
  });
});

const samples = API_VERSIONS.map((version) => ({ version, lines: sampleLines(version) }));

describe.skipIf(samples.some(({ lines }) => !lines))(
  "ab2d.tuva_medical_claim of CMS's published samples (skipped when they are not beside the checkout)",
  () => {
    it("has as many rows as there are lines, each of another claim or number", async () => {
      for (const { version, lines } of samples) {
        const bench = await viewBench();
        await bench.load(lines!, { apiVersion: version });
        expect(
          await bench.rows(
            `select count(*)::int as rows, count(distinct (claim_id, claim_line_number))::int as keys
            from ab2d.tuva_medical_claim`,
          ),
        ).toEqual(
          await bench.rows(
            `select count(*)::int as rows, count(*)::int as keys
            from ab2d.claim left join ab2d.claim_line using (eob_id)`,
          ),
        );
        expect(
          await bench.rows(
            `select eob_id from ab2d.tuva_medical_claim as tuva join ab2d.claim on eob_id = tuva.claim_id
            where diagnosis_code_1 is distinct from principal_diagnosis_code and principal_diagnosis_code is not null
              or claim_line_number is null
              or tuva.claim_type is distinct from claim_form`,
          ),
        ).toEqual([]);
      }
    });
  },
);
