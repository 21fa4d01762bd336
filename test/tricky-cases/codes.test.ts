import { describe, expect, it } from "vitest";
import { inEveryVersion, inVersions } from "./in-versions.ts";
import {
  DATA_ABSENT_REASON,
  diagnosesOf,
  drgOf,
  HCPCS,
  HIPPS,
  ICD_9_CM,
  ICD_10,
  ICD_10_CM,
  NDC,
  placeOf,
  procedureOf,
  serviceOf,
  VARIABLES,
} from "./shapes.ts";

const DIAGNOSES = "select code from ab2d.claim_diagnosis order by diagnosis_number";

describe("tricky cases: codes of diagnoses and procedures", () => {
  it("24 makes one diagnosis of two codings", async () => {
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      const diagnosis = diagnosesOf(version, [
        { code: "E119", system: ICD_10, alsoCoded: [{ system: ICD_10_CM, code: "E119" }] },
        { code: "I10", system: ICD_10_CM, alsoCoded: [{ system: ICD_10, code: "I10" }] },
      ]);
      await load([eob({ fields: { diagnosis } })]);
      expect(await rows("select code, code_system from ab2d.claim_diagnosis order by code")).toEqual([
        { code: "E119", code_system: "ICD-10-CM" },
        { code: "I10", code_system: "ICD-10-CM" },
      ]);
      expect(await rows("select diagnosis_count from ab2d.claim")).toEqual([{ diagnosis_count: 2 }]);
    });
  });

  it("25 writes E11.9, E119, e119 and E119 with blanks alike, and keeps what came", async () => {
    const written = ["E11.9", "E119", "e119", "E119 ", " e11.9"];
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      const diagnosis = diagnosesOf(
        version,
        written.map((code) => ({ code, types: ["principal"] })),
      );
      await load([eob({ fields: { diagnosis } })]);
      expect(await rows("select code, code_raw from ab2d.claim_diagnosis order by diagnosis_number")).toEqual(
        written.map((code_raw) => ({ code: "E119", code_raw })),
      );
      expect(await rows("select principal_diagnosis_code as code from ab2d.claim")).toEqual([
        { code: "E119" },
      ]);
    });
  });

  it("26 tells ICD-9 V1234 from ICD-10 V1234 by the system", async () => {
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      const diagnosis = diagnosesOf(version, [{ code: "V1234", system: ICD_9_CM }, { code: "V12.34" }]);
      await load([eob({ fields: { diagnosis } })]);
      expect(
        await rows("select code, code_system from ab2d.claim_diagnosis order by diagnosis_number"),
      ).toEqual([
        { code: "V1234", code_system: "ICD-9-CM" },
        { code: "V1234", code_system: "ICD-10-CM" },
      ]);
    });
  });

  it("27 takes a procedure under the address of ICD-10 for ICD-10-PCS", async () => {
    // V1 and V2 use one address for diagnoses and procedures; V3 has another for procedures.
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      const procedure = [
        procedureOf(version, { sequence: 1, code: "02HV33Z" }),
        { sequence: 2, procedureCodeableConcept: { coding: [{ system: ICD_9_CM, code: "38.93" }] } },
      ];
      await load([eob({ type: "inpatient", fields: { procedure } })]);
      expect(await rows("select code, code_system from ab2d.claim_procedure order by 1")).toEqual([
        { code: "02HV33Z", code_system: "ICD-10-PCS" },
        { code: "3893", code_system: "ICD-9-PCS" },
      ]);
      expect(await rows("select code_system from ab2d.claim_diagnosis")).toEqual([
        { code_system: "ICD-10-CM" },
      ]);
    });
  });

  it("28 reads the DRG that V1 writes as a diagnosis, and makes no diagnosis of it", async () => {
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      const { diagnosis: pseudo, ...fields } = drgOf(version, "291");
      const diagnosis = [
        ...diagnosesOf(version, [{ code: "I509" }, { code: "E119" }]),
        ...(pseudo ? [pseudo] : []),
      ];
      const { counts } = await load([eob({ type: "inpatient", fields: { ...fields, diagnosis } })]);
      expect(counts).toMatchObject({ new: 1, rejected: 0 });
      expect(await rows("select drg_code, diagnosis_count from ab2d.claim")).toEqual([
        { drg_code: "291", diagnosis_count: 2 },
      ]);
      expect(await rows("select diagnosis_number, code from ab2d.claim_diagnosis order by 1")).toEqual([
        { diagnosis_number: 1, code: "I509" },
        { diagnosis_number: 2, code: "E119" },
      ]);
    });
  });

  it("29 pads DRG 8 to 008", async () => {
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      const claims = ["8", "42", "008", "871"].map((code, index) => {
        const { diagnosis, ...fields } = drgOf(version, code);
        const own = diagnosis ? { diagnosis: [diagnosis] } : {};
        return eob({ claimId: `-${index}`, claimGroup: `g${index}`, fields: { ...fields, ...own } });
      });
      await load(claims);
      expect(await rows("select drg_code from ab2d.claim order by claim_id desc")).toEqual(
        ["871", "008", "042", "008"].map((drg_code) => ({ drg_code })),
      );
    });
  });

  it("30 keeps both roles of a diagnosis that is admitting and principal", async () => {
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      const diagnosis = diagnosesOf(version, [{ code: "I509", types: ["admitting", "principal"] }]);
      await load([eob({ type: "inpatient", fields: { diagnosis } })]);
      expect(
        await rows("select is_admitting, is_principal, diagnosis_types from ab2d.claim_diagnosis"),
      ).toEqual([{ is_admitting: true, is_principal: true, diagnosis_types: ["admitting", "principal"] }]);
      expect(
        await rows("select principal_diagnosis_code as p, admitting_diagnosis_code as a from ab2d.claim"),
      ).toEqual([{ p: "I509", a: "I509" }]);
    });
  });

  it("31 takes the lowest sequence of three to five principal diagnoses", async () => {
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      const codes = ["I10", "E119", "I509", "J449", "N183"];
      for (const count of [3, 4, 5]) {
        // Not in the order of their sequences.
        const diagnosis = diagnosesOf(
          version,
          codes.slice(0, count).map((code) => ({ code, types: ["principal"] })),
        ).reverse();
        const claimId = `-${count}`;
        await load([eob({ claimId, claimGroup: claimId, fields: { diagnosis } })]);
      }
      expect(
        await rows(
          `select principal_diagnosis_code as first, count(*) filter (where is_principal) as principals
          from ab2d.claim join ab2d.claim_diagnosis using (eob_id) group by eob_id, 1 order by 2`,
        ),
      ).toEqual([3, 4, 5].map((principals) => ({ first: "I10", principals })));
    });
  });

  it("32 keeps a code that a claim names twice", async () => {
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      const diagnosis = diagnosesOf(version, [
        { code: "E119", types: ["principal"] },
        { code: "I10" },
        { code: "E119" },
      ]);
      await load([eob({ fields: { diagnosis } })]);
      expect(await rows(DIAGNOSES)).toEqual(["E119", "I10", "E119"].map((code) => ({ code })));
      expect(
        await rows("select count(distinct eob_id) as claims from ab2d.claim_diagnosis where code = 'E119'"),
      ).toEqual([{ claims: 1 }]);
    });
  });

  it("38 takes off the literal quotes around a description", async () => {
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      const diagnosis = diagnosesOf(version, [
        { code: "E785", display: '"HYPERLIPIDEMIA, UNSPECIFIED"' },
        { code: "I10", display: "ESSENTIAL (PRIMARY) HYPERTENSION" },
        { code: "R69", display: 'AN "UNKNOWN" CAUSE' },
      ]);
      const procedure = [procedureOf(version, { display: '"INSERTION, PERC"' })];
      await load([eob({ type: "inpatient", fields: { diagnosis, procedure } })]);
      expect(
        await rows(
          "select description from ab2d.claim_diagnosis union all select description from ab2d.claim_procedure order by 1",
        ),
      ).toEqual(
        expect.arrayContaining(
          [
            "HYPERLIPIDEMIA, UNSPECIFIED",
            "ESSENTIAL (PRIMARY) HYPERTENSION",
            'AN "UNKNOWN" CAUSE',
            "INSERTION, PERC",
          ].map((description) => ({ description })),
        ),
      );
    });
  });
});

describe("tricky cases: codes of services and drugs", () => {
  const LINES = "select hcpcs_code, hcpcs_system, hipps_code from ab2d.claim_line order by line_number";

  it("33 takes no data-absent-reason for a HCPCS", async () => {
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      const absent = { system: DATA_ABSENT_REASON, code: "not-applicable" };
      await load([
        eob({
          items: [
            { sequence: 1, ...serviceOf(version, absent) },
            { sequence: 2, ...serviceOf(version, absent, { system: HCPCS[version], code: "J2270" }) },
          ],
        }),
      ]);
      expect(await rows(LINES)).toEqual([
        { hcpcs_code: null, hcpcs_system: null, hipps_code: null },
        { hcpcs_code: "J2270", hcpcs_system: "hcpcs", hipps_code: null },
      ]);
    });
  });

  it("34 makes one line of a HCPCS under two systems", async () => {
    const second = { v1: HCPCS.v1, v2: `${VARIABLES}hcpcs_cd`, v3: "http://www.ama-assn.org/go/cpt" };
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      const twice = [HCPCS[version], second[version]].map((system) => ({ system, code: "99213" }));
      await load([eob({ items: [{ sequence: 1, ...serviceOf(version, ...twice) }] })]);
      expect(await rows(LINES)).toEqual([{ hcpcs_code: "99213", hcpcs_system: "hcpcs", hipps_code: null }]);
    });
  });

  it("35 keeps V3's HIPPS out of hcpcs_code", async () => {
    await inVersions(["v3"], async ({ version, eob, load, rows }) => {
      await load([
        eob({
          type: "hha",
          items: [
            { sequence: 1, ...serviceOf(version, { system: HIPPS, code: "1AA11" }) },
            {
              sequence: 2,
              ...serviceOf(version, { system: HIPPS, code: "2BB21" }, { system: HCPCS.v3, code: "G0299" }),
            },
          ],
        }),
      ]);
      expect(await rows(LINES)).toEqual([
        { hcpcs_code: null, hcpcs_system: null, hipps_code: "1AA11" },
        { hcpcs_code: "G0299", hcpcs_system: "hcpcs", hipps_code: "2BB21" },
      ]);
    });
  });

  it("36 keeps what is no NDC in ndc_raw only", async () => {
    const sent = ["00641612525", "00000000000", "000000000", "987654321", "4901234567894", "G123456"];
    const drug = (url: string, code: string) => ({
      extension: [{ url, valueCoding: { system: url, code } }],
    });
    const revenueCenter = `${VARIABLES}rev_cntr_ide_ndc_upc_num`;
    const places = {
      v1: [(code: string) => drug(NDC, code), (code: string) => ({ service: drug(revenueCenter, code) })],
      v2: [(code: string) => ({ productOrService: drug(NDC, code) })],
      // V3 has no place for an NDC that AB2D does not cut.
      v3: [(code: string) => ({ productOrService: drug(NDC, code) })],
    };
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      for (const [index, place] of places[version].entries()) {
        const items = sent.map((code, line) => ({ sequence: line + 1, ...place(code) }));
        await load([eob({ claimId: `-${index}`, claimGroup: `g${index}`, items })]);
      }
      const wanted = sent.map((ndc_raw, line) =>
        version === "v3"
          ? { ndc_raw: null, ndc_code: null }
          : { ndc_raw, ndc_code: line === 0 ? ndc_raw : null },
      );
      expect(
        await rows("select ndc_raw, ndc_code from ab2d.claim_line order by eob_id, line_number"),
      ).toEqual(places[version].flatMap(() => wanted));
    });
  });

  it("37 keeps the zero of place of service 07", async () => {
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      await load([eob({ type: "carrier", items: [{ sequence: 1, ...placeOf(version, "07") }] })]);
      expect(await rows("select place_of_service_code as place from ab2d.claim_line")).toEqual([
        { place: "07" },
      ]);
    });
  });
});
