import { describe, expect, it } from "vitest";
import { API_VERSIONS, type ApiVersion } from "../src/domain/api-version.ts";
import { generatedSource } from "../src/simulator/generated-source.ts";
import { type FreshDatabase, freshDatabase } from "./support/fresh-database.ts";
import { loadLines } from "./support/load-lines.ts";
import { sampleLines } from "./support/sample-lines.ts";

const TABLES = [
  "claim_version",
  "claim_line",
  "claim_diagnosis",
  "claim_procedure",
  "claim_provider",
  "claim_contract",
  "beneficiary",
  "beneficiary_identifier",
] as const;

/** What a version does not have on the wire; every other column of these tables is filled in every version. */
const NOT_CARRIED: Readonly<Record<string, readonly ApiVersion[]>> = {
  "claim_version.claim_group_id": ["v3"],
  "claim_version.claim_control_number": ["v1", "v2"],
  "claim_version.final_action": ["v1", "v2"],
  "claim_version.facility_type_code": ["v3"],
  "claim_version.service_classification_code": ["v2", "v3"],
  "claim_version.coverage_part": ["v1", "v2"],
  "claim_version.facility_npi": ["v2", "v3"],
  "claim_version.facility_ccn": ["v2", "v3"],
  "claim_version.referring_npi": ["v1"],
  "claim_version.meta_source": ["v1", "v2"],
  "claim_line.hipps_code": ["v1", "v2"],
  "claim_line.ndc_code": ["v3"],
  "claim_line.ndc_raw": ["v3"],
  "claim_line.ndc_quantity": ["v2", "v3"],
  "claim_line.ndc_quantity_unit": ["v2", "v3"],
  "claim_line.provider_state_code": ["v3"],
  "claim_line.provider_zip": ["v3"],
  "claim_line.clia_lab_number": ["v3"],
  "claim_diagnosis.description": ["v3"],
  "claim_procedure.description": ["v3"],
  "claim_procedure.is_principal": ["v1", "v2"],
  "claim_provider.taxonomy_code": ["v1"],
  "claim_provider.participating_code": ["v3"],
  "claim_provider.provider_type_code": ["v3"],
  "claim_provider.is_responsible": ["v3"],
};

/** What no export brings: `reconcile` finds it, whatever the version (test/reconcile.test.ts). */
const FOUND_LATER = ["claim_contract.not_delivered_since"];

interface Column {
  /** Table, dot, column. */
  readonly name: string;
  readonly comment: string;
}

async function columnsOf({ rows }: FreshDatabase): Promise<readonly Column[]> {
  const columns = await rows<Column>(
    `select relname || '.' || attname as name, coalesce(col_description(pg_class.oid, attnum), '') as comment
    from pg_class
    join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
    where relnamespace = 'ab2d'::regnamespace and relname = any($1)
    order by relname, attnum`,
    [TABLES],
  );
  return columns.filter(({ name }) => !FOUND_LATER.includes(name));
}

/** The columns that have a value somewhere; an empty list is none. */
async function filledColumns({ rows }: FreshDatabase, columns: readonly Column[]): Promise<Set<string>> {
  const filled = new Set<string>();
  for (const table of TABLES) {
    const names = columns.flatMap(({ name }) =>
      name.startsWith(`${table}.`) ? name.slice(table.length + 1) : [],
    );
    const counts = names.map((name) => `count(*) filter (where ${name}::text <> '{}')::integer as ${name}`);
    const [row] = await rows<Record<string, number>>(`select ${counts.join(", ")} from ab2d.${table}`);
    for (const name of names) if (row![name]! > 0) filled.add(`${table}.${name}`);
  }
  return filled;
}

/** The simulator's claims of all seven types, as they were at an instant. */
async function simulatedLines(apiVersion: ApiVersion, asOf: number): Promise<readonly string[]> {
  const source = generatedSource({ seed: 1, contract: "Z0001" }, { patients: 60, attestedOn: "2020-01-01" });
  const window = { apiVersion, asOf, after: undefined, until: undefined, serviceDates: [] };
  const lines: string[] = [];
  for await (const batch of source.batches(window)) lines.push(...batch.toString().split("\n").slice(0, -1));
  return lines;
}

/** The versions that a comment says carry its column: `V1, V2.` or `V3 only`, not what it says in brackets. */
function versionsSaid(comment: string): readonly ApiVersion[] | undefined {
  const said = /\b(V1, V2, V3|V1, V2|V2, V3|V[123] only)(?=[.;,])/.exec(comment)?.[1];
  return said === undefined
    ? undefined
    : API_VERSIONS.filter((version) => said.includes(version.toUpperCase()));
}

function carriers(name: string): readonly ApiVersion[] {
  return API_VERSIONS.filter((version) => !NOT_CARRIED[name]?.includes(version));
}

describe("columns of the claims tables", () => {
  it("say in their comments which versions carry them", async () => {
    const columns = await columnsOf(await freshDatabase());
    expect(columns.length).toBeGreaterThan(120);
    const wrong = columns.filter(
      ({ name, comment }) => versionsSaid(comment)?.join() !== carriers(name).join(),
    );
    expect(wrong).toEqual([]);
    // A list for a column that is not there would say nothing.
    const names = columns.map(({ name }) => name);
    expect(Object.keys(NOT_CARRIED).filter((name) => !names.includes(name))).toEqual([]);
  });

  it("are filled in the versions that carry them, and null in the others", { timeout: 120_000 }, async () => {
    const unexpected: Record<string, unknown> = {};
    for (const version of API_VERSIONS) {
      const database = await freshDatabase();
      const load = async (lines: readonly string[]) => {
        const { counts } = await loadLines(database, lines, { apiVersion: version });
        expect(counts).toMatchObject({ rejected: 0, excluded: 0 });
      };
      // Half a year apart: some claims have been cancelled and adjusted meanwhile.
      await load(await simulatedLines(version, Date.UTC(2026, 4, 21)));
      await load(await simulatedLines(version, Date.UTC(2026, 10, 21)));
      await load(sampleLines(version) ?? []);
      const types = await database.rows<{ claim_type: string }>("select distinct claim_type from ab2d.claim");
      expect(types.length).toBeGreaterThanOrEqual(7);
      const columns = await columnsOf(database);
      const filled = await filledColumns(database, columns);
      const wanted = new Set(
        columns.map(({ name }) => name).filter((name) => carriers(name).includes(version)),
      );
      unexpected[version] = {
        empty: [...wanted].filter((name) => !filled.has(name)),
        filled: [...filled].filter((name) => !wanted.has(name)),
      };
    }
    expect(unexpected).toEqual({
      v1: { empty: [], filled: [] },
      v2: { empty: [], filled: [] },
      v3: { empty: [], filled: [] },
    });
  });
});
