import { type ContractNumber, parseContractNumber } from "../../src/domain/contract-number.ts";
import { type EobOptions, eob } from "./eob.ts";
import { freshDatabase } from "./fresh-database.ts";
import { loadLines } from "./load-lines.ts";
import { type Login, type RoleBench, roleBench, roleNames } from "./role-bench.ts";

/** Three contracts. */
export const [A, B, C] = ["Z1111", "Z2222", "Z3333"].map((number) => parseContractNumber(number)) as [
  ContractNumber,
  ContractNumber,
  ContractNumber,
];
/** MBIs of members of one contract, of both, of a member who moved (old, new), and of nobody's. */
export const MBI = {
  ofA: "1S00E00DP11",
  ofB: "1S00E00DP22",
  ofBoth: "1S00E00DP33",
  old: "1S00E00DP44",
  new: "1S00E00DP55",
  ofC: "1S00E00DP66",
  ofNone: "1S00E00DP99",
};

/** What an analyst of one contract must not meet in any row: what only the other contracts have. */
export const FOREIGN: Readonly<Record<string, readonly string[]>> = {
  [A]: [
    B,
    C,
    "--22",
    "--34",
    "--55",
    "--66",
    "--99",
    "ccw:-202",
    "ccw:-606",
    "ccw:-909",
    MBI.ofB,
    MBI.ofC,
    MBI.ofNone,
  ],
  [B]: [
    A,
    C,
    "--11",
    "--12",
    "--44",
    "--66",
    "--99",
    "ccw:-101",
    "ccw:-606",
    "ccw:-909",
    MBI.ofA,
    MBI.ofC,
    MBI.ofNone,
  ],
};

/** Rows that analysts see of each table and view: of A, of B, of all three contracts, of none. */
export const COUNTS: Readonly<
  Record<string, readonly [ofA: number, ofB: number, ofAll: number, ofNone: number]>
> = {
  "ab2d.beneficiary": [3, 3, 6, 0],
  "ab2d.beneficiary_contract": [3, 3, 7, 0],
  "ab2d.beneficiary_identifier": [4, 4, 7, 0],
  "ab2d.claim": [3, 4, 8, 0],
  "ab2d.claim_contract": [4, 4, 9, 0],
  "ab2d.claim_diagnosis": [3, 5, 9, 0],
  "ab2d.claim_history": [4, 4, 9, 0],
  "ab2d.claim_line": [3, 4, 8, 0],
  "ab2d.claim_procedure": [3, 4, 8, 0],
  "ab2d.claim_provider": [3, 4, 8, 0],
  "ab2d.claim_version": [4, 4, 9, 0],
  "ab2d.condition_evidence": [3, 4, 8, 0],
  "ab2d.contract": [1, 1, 3, 0],
  "ab2d.contract_analyst": [1, 1, 3, 0],
  "ab2d.contract_completeness": [1, 1, 3, 0],
  "ab2d.data_freshness": [1, 1, 3, 0],
  "ab2d.part_d_fill": [1, 2, 3, 0],
  "ab2d.patient": [3, 3, 6, 0],
  "ab2d.person": [3, 3, 6, 0],
  "ab2d.possible_duplicate_claim": [0, 1, 2, 0],
  "ab2d.tuva_medical_claim": [3, 4, 8, 0],
};

/** What everybody may see whole: no row of a person or contract is there. */
export const PUBLIC = ["ab2d.code_list", "ab2d.data_dictionary"];

const RELATIONS = `
  select format('%I.%I', nspname, relname) as name, relname::text as own_name, nspname::text as schema, relkind = 'r' as is_table
  from pg_class
  join pg_namespace on pg_namespace.oid = relnamespace
  where relkind in ('r', 'p', 'v', 'm') and nspname in ('ab2d', 'ab2d_etl')
  order by name`;

/** A table or view. */
export interface Relation {
  readonly name: string;
  readonly own_name: string;
  readonly schema: string;
  readonly is_table: boolean;
}

/** The tables and views of a schema, by name. */
export async function relationsOf({ database }: RoleBench, schema: string): Promise<readonly Relation[]> {
  return (await database.rows<Relation>(RELATIONS)).filter((relation) => relation.schema === schema);
}

function claim(claimId: string, patientId: string, options: EobOptions): Record<string, unknown> {
  const procedure = [
    {
      sequence: 1,
      procedureCodeableConcept: { coding: [{ system: "http://hl7.org/fhir/sid/icd-10", code: "02HV33Z" }] },
    },
  ];
  const coding = [
    { system: "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBClaimCareTeamRole", code: "attending" },
  ];
  const identifier = { type: { coding: [{ code: "npi" }] }, value: "1234567893" };
  return eob({
    type: "inpatient",
    claimId,
    claimGroup: claimId,
    patientId,
    fields: { procedure, careTeam: [{ sequence: 1, provider: { identifier }, role: { coding } }] },
    ...options,
  });
}

/** A role that others are members of. */
export const TEAM = "nologin";

/** Three contracts, and analysts of them. */
export interface AnalystBench extends RoleBench {
  /** A login that is a member of ab2d_analyst, for contracts. */
  analyst(contracts: readonly string[], options?: string): Promise<Login>;
}

/** Three contracts: claims of one, of two, of a member who went from A to B, and a claim that no contract holds. */
export async function analystBench(): Promise<AnalystBench> {
  const nextName = roleNames();
  const database = await freshDatabase();
  const load = (contract: ContractNumber, day: string, lines: readonly unknown[]) =>
    loadLines(database, lines, { contract, exportedAt: new Date(`${day}T00:00:00Z`) });
  const shared = claim("-33", "-303", { mbis: [MBI.ofBoth] });
  await load(A, "2024-04-01", [
    claim("-11", "-101", { mbis: [MBI.ofA], claimGroup: "-11" }),
    claim("-12", "-101", { mbis: [MBI.ofA], claimGroup: "-11", lastUpdated: "2024-03-20T00:00:00Z" }),
    shared,
    claim("-44", "-404", { mbis: [MBI.old] }),
    claim("-99", "-909", { mbis: [MBI.ofNone], from: "2023-01-01", to: "2023-01-02" }),
  ]);
  const moved = [
    { mbi: MBI.new, currency: "current" },
    { mbi: MBI.old, currency: "historic" },
  ];
  await load(B, "2024-06-01", [
    claim("-22", "-202", { mbis: [MBI.ofB], diagnoses: ["E119", "I10"] }),
    shared,
    claim("-34", "-303", { mbis: [MBI.ofBoth] }),
    claim("-55", "-404", { mbis: moved }),
  ]);
  await load(C, "2024-06-02", [claim("-66", "-606", { mbis: [MBI.ofC] })]);
  await database.rows("delete from ab2d.claim_contract where eob_id = 'inpatient--99'");
  await database.rows("delete from ab2d.beneficiary_contract where beneficiary_id = 'ccw:-909'");
  await database.rows("delete from ab2d.code_list");
  await database.rows("insert into ab2d.code_list values ('diabetes', 'ICD-10-CM', 'E11')");
  await database.rows(
    `insert into ab2d.part_d_fill values
      ($1, $4, '00071015523', 'statin', '2024-01-01', 30),
      ($2, $5, '00071015523', 'statin', '2024-01-01', 30),
      ($2, $6, '00071015523', 'statin', '2024-01-01', $3)`,
    [A, B, 30, MBI.ofA, MBI.ofB, MBI.ofBoth],
  );
  const bench = await roleBench(database, nextName);
  await bench.grant("on");
  return {
    ...bench,
    async analyst(contracts, options = "") {
      const login = await bench.login(`in role ab2d_analyst ${options}`);
      for (const contract of contracts) {
        await database.rows("insert into ab2d.contract_analyst values ($1, $2)", [login.name, contract]);
      }
      return login;
    },
  };
}

/** How many rows a role sees of each of those. */
export async function countsOf({ rows }: Pick<Login, "rows">): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of Object.keys(COUNTS)) {
    const [row] = await rows<{ count: number }>(`select count(*) as count from ${name}`);
    counts[name] = row!.count;
  }
  return counts;
}

/** A column of {@link COUNTS}. */
export function expectedCounts(column: 0 | 1 | 2 | 3): Record<string, number> {
  return Object.fromEntries(Object.entries(COUNTS).map(([name, counts]) => [name, counts[column]]));
}
