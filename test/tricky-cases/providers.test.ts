import { describe, expect, it } from "vitest";
import { inEveryVersion, inVersions, type VersionBench } from "./in-versions.ts";
import { linkTo, memberOf, npiOf, US_NPI } from "./shapes.ts";

/** Every column whose name says that it holds an NPI, and the taxpayer's number that must not be in one. */
async function npisHeld({ rows }: VersionBench): Promise<readonly (string | null)[]> {
  const columns = await rows<{ table_name: string; column_name: string }>(
    `select table_name, column_name
    from information_schema.columns
    join information_schema.tables using (table_schema, table_name)
    where table_schema = 'ab2d' and table_type = 'BASE TABLE' and column_name ~ '(^|_)npi$'`,
  );
  expect(columns.length).toBeGreaterThanOrEqual(8);
  const queries = columns.map(
    ({ table_name, column_name }) => `select ${column_name} as npi from ab2d.${table_name}`,
  );
  const held = await rows<{ npi: string | null }>(queries.join(" union all "));
  return held.map(({ npi }) => npi).filter((npi) => npi !== null);
}

describe("tricky cases: providers", () => {
  it("39 takes ten digits for an NPI, and nothing else that is called one", async () => {
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      // The last two: a check digit that fails (CMS's test data has none that holds), and an entry that names nobody.
      const sent = ["PCP316413", "K25852", "8765676", "12345678901", "1234567893", "9999999999", undefined];
      const careTeam = sent.map((value, index) =>
        memberOf(version, { sequence: index + 1, provider: { identifier: npiOf(version, value) } }),
      );
      const items = sent.map((_, index) => ({ sequence: index + 1, ...linkTo(version, index + 1) }));
      const { counts } = await load([eob({ type: "carrier", items, fields: { careTeam } })]);
      expect(counts).toMatchObject({ new: 1, rejected: 0 });
      const isNpi = (value: string | undefined) => value === "1234567893" || value === "9999999999";
      expect(
        await rows("select npi, id_raw, id_type, role from ab2d.claim_provider order by provider_number"),
      ).toEqual(
        sent
          .filter((value) => value !== undefined)
          .map((value) => ({
            npi: isNpi(value) ? value : null,
            id_raw: value,
            id_type: "npi",
            role: "rendering",
          })),
      );
      expect(await rows("select rendering_npi as npi from ab2d.claim_line order by line_number")).toEqual(
        sent.map((value) => ({ npi: isNpi(value) ? value : null })),
      );
    });
    // V2 pairs each provider with a UPIN, mostly an empty one.
    await inVersions(["v2"], async ({ eob, load, rows }) => {
      const upin = { coding: [{ system: "http://terminology.hl7.org/CodeSystem/v2-0203", code: "UPIN" }] };
      const careTeam = [undefined, "K25852"].map((value, index) =>
        memberOf("v2", { sequence: index + 1, provider: { identifier: { type: upin, value } } }),
      );
      await load([eob({ fields: { careTeam } })]);
      expect(await rows("select npi, id_raw, id_type from ab2d.claim_provider")).toEqual([
        { npi: null, id_raw: "K25852", id_type: "upin" },
      ]);
    });
  });

  it("40 never takes a taxpayer's number for an NPI", async () => {
    const tax = "999887777";
    await inEveryVersion(async (bench) => {
      const { version, eob, load, rows } = bench;
      const identifier = npiOf(version, tax);
      const role = { v1: "primary", v2: "primary", v3: "rendering" }[version];
      const careTeam = [
        memberOf(version, { sequence: 1, provider: { identifier } }),
        memberOf(version, {
          sequence: 2,
          role: version === "v1" ? "assist" : "attending",
          provider: { identifier },
        }),
        {
          ...memberOf(version, { sequence: 3, role, provider: { identifier } }),
          extension: [{ url: US_NPI, valueCoding: { system: US_NPI, code: tax } }],
        },
        memberOf(version, { sequence: 4, provider: { reference: `#${tax}` } }),
        memberOf(version, { sequence: 5, provider: { reference: "#careteam-provider-5" } }),
      ];
      const claims = (["carrier", "inpatient"] as const).map((type, index) =>
        eob({
          type,
          claimId: `-${index}`,
          claimGroup: `g${index}`,
          items: [{ sequence: 1, ...linkTo(version, 1, 2, 3, 4, 5) }],
          fields: {
            careTeam,
            organization: { identifier },
            facility: { identifier },
            provider: version === "v3" ? { reference: `#${tax}` } : { identifier },
            contained: [
              { resourceType: "Practitioner", id: "careteam-provider-5", identifier: [identifier] },
              { resourceType: "Organization", id: tax, identifier: [identifier] },
            ],
          },
        }),
      );
      const { counts } = await load(claims);
      expect(counts).toMatchObject({ new: 2, rejected: 0 });
      expect(await npisHeld(bench)).toEqual([]);
      // What was sent stays findable as what it is: no NPI.
      const found = await rows("select npi, id_raw from ab2d.claim_provider");
      expect(found.length).toBeGreaterThan(2);
      expect(new Set(found.map((row) => JSON.stringify(row)))).toEqual(
        new Set([JSON.stringify({ npi: null, id_raw: tax })]),
      );
    });
  });

  it("41 follows a provider's reference as far as it leads", async () => {
    const billing = 'select billing_npi from ab2d.claim order by claim_id collate "C"';
    const dataAbsent = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
    const providers = [
      { reference: "#provider-org" },
      { reference: "#1548226988" },
      { extension: [{ url: dataAbsent, valueCode: "unknown" }] },
    ];
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      await load(
        providers.map((provider, index) =>
          eob({ claimId: `-${index}`, claimGroup: `g${index}`, fields: { provider } }),
        ),
      );
      // Only V3 refers to an organisation by its NPI.
      expect(await rows(billing)).toEqual([
        { billing_npi: null },
        { billing_npi: version === "v3" ? "1548226988" : null },
        { billing_npi: null },
      ]);
      expect(await rows("select role, npi from ab2d.claim_provider")).toEqual(
        version === "v3" ? [{ role: "billing", npi: "1548226988" }] : [],
      );
    });
    await inVersions(["v3"], async ({ version, eob, load, rows }) => {
      const practitioner = {
        resourceType: "Practitioner",
        id: "careteam-provider-1",
        identifier: [npiOf(version, "1234567893")],
      };
      const careTeam = [
        memberOf(version, { provider: { reference: "#careteam-provider-1" } }),
        memberOf(version, { sequence: 2, provider: { reference: "#careteam-provider-2" } }),
      ];
      await load([
        eob({
          type: "carrier",
          items: [{ sequence: 1, ...linkTo(version, 1) }],
          fields: { careTeam, contained: [practitioner, practitioner] },
        }),
      ]);
      expect(await rows("select role, npi, care_team_sequence from ab2d.claim_provider")).toEqual([
        { role: "rendering", npi: "1234567893", care_team_sequence: 1 },
      ]);
      expect(await rows("select rendering_npi from ab2d.claim_line")).toEqual([
        { rendering_npi: "1234567893" },
      ]);
    });
  });
});
