import { expect } from "vitest";
import type { ApiVersion } from "../../src/domain/api-version.ts";
import { type ContractNumber, parseContractNumber } from "../../src/domain/contract-number.ts";
import { cutOver } from "../../src/pipeline/cut-over.ts";
import { mbisAt } from "../../src/simulator/patient.ts";
import { type FillRow, plantedFills } from "../../src/simulator/planted/planted-fills.ts";
import { startSimulator } from "../../src/simulator/start-simulator.ts";
import { context } from "./context.ts";
import { days, type SyncBench, syncBench } from "./sync-bench.ts";
import type { Asked } from "./true-answers.ts";
import { type TruePerson, trueClaims } from "./true-claims.ts";

/** The day that the questions are asked for. */
export const AS_OF = "2026-09-30";
const SEED = 4;
const PATIENTS = 60;
/** Before a planted member's MBI changes: V3 shows the current one only. */
const FIRST_EXPORT = "2026-07-20T09:00:00Z";
const DAYS_TO_SECOND_EXPORT = 109;

/** A database that was filled as in life, and the truth about its one contract. */
export interface QuestionBench extends Asked {
  readonly bench: SyncBench;
  readonly persons: readonly TruePerson[];
}

/** Brings a population by two exports, between which MBIs change and claims are replaced, and the sponsor's fills. */
export async function questionBench(apiVersion: ApiVersion): Promise<QuestionBench> {
  const bench = await syncBench({
    seed: SEED,
    patients: PATIENTS,
    plantedOn: AS_OF,
    startsAt: FIRST_EXPORT,
  });
  expect((await bench.sync({ apiVersion })).run.state).toBe("complete");
  bench.clock.advance(days(DAYS_TO_SECOND_EXPORT));
  expect((await bench.sync({ apiVersion })).run.state).toBe("complete");
  const { versions, persons } = truthOf(bench, apiVersion);
  const fills = [
    ...plantedFills(bench.simulator.population(bench.contract).patients, AS_OF),
    ...persons.flatMap((person, index) => fillsOf(person, index)),
  ];
  await insertFills(bench, bench.contract, fills);
  const codeLists = await bench.database.rows<Asked["codeLists"][number]>(
    "select list_name, code_prefix from ab2d.code_list",
  );
  return { apiVersion, asOf: AS_OF, versions, codeLists, fills, bench, persons };
}

/** Goes on with V3, whose claims then take the place of the others: the persons stay who they are, where an MBI tells. */
export async function afterCutOver(before: QuestionBench): Promise<QuestionBench> {
  const { bench } = before;
  const done = await cutOver(
    bench.request({ apiVersion: "v3" }),
    context(bench.database.pool, { clock: bench.clock }),
  );
  expect(done.outcome).toBe("switched");
  return inVersion(before, "v3", before.apiVersion);
}

/** The truth of the same population as another version of the API tells it; `personsFrom` is that of `trueClaims`. */
export function inVersion(
  asked: QuestionBench,
  apiVersion: ApiVersion,
  personsFrom: ApiVersion = apiVersion,
): QuestionBench {
  return { ...asked, apiVersion, ...truthOf(asked.bench, apiVersion, personsFrom) };
}

function truthOf({ contract, clock }: SyncBench, apiVersion: ApiVersion, personsFrom = apiVersion) {
  const versions = trueClaims(
    { seed: SEED, contract },
    { patients: PATIENTS, plantedOn: AS_OF, at: clock.now(), apiVersion, personsFrom },
  );
  return { versions, persons: [...new Set(versions.map(({ person }) => person))] };
}

/** Adds another contract to the database, with stories, members and fills of its own. */
export async function addContract({ bench, apiVersion }: QuestionBench): Promise<ContractNumber> {
  const contract = parseContractNumber("Z0002") as ContractNumber;
  const simulator = await startSimulator({
    contracts: [{ number: contract, patients: 10, plantedOn: AS_OF }],
    clock: bench.clock,
    seed: SEED,
  });
  try {
    const { apiUrl, tokenUrl } = simulator;
    const credentials = simulator.credentials(contract);
    const { run } = await bench.sync({ contract, apiVersion, apiUrl, tokenUrl, credentials });
    expect(run.state).toBe("complete");
    await insertFills(bench, contract, plantedFills(simulator.population(contract).patients, AS_OF));
  } finally {
    await simulator.stop();
  }
  return contract;
}

/** Of the drawn members, two in three have a statin: in time, the year before, or after the day that is asked for. */
function fillsOf({ patient, planted }: TruePerson, index: number): readonly FillRow[] {
  const mbi = mbisAt(patient, Date.parse(FIRST_EXPORT)).current;
  if (planted || mbi === undefined || index % 3 === 0) return [];
  const fillDate = ["2026-03-02", "2025-12-31", "2026-10-01", AS_OF][Math.floor(index / 3) % 4]!;
  return [{ mbi, ndc: "00071015523", drugClass: "statin", fillDate, daysSupply: 90 }];
}

async function insertFills(
  { database }: SyncBench,
  contract: ContractNumber,
  fills: readonly FillRow[],
): Promise<void> {
  for (const { mbi, ndc, drugClass, fillDate, daysSupply } of fills) {
    await database.rows(
      "insert into ab2d.part_d_fill (contract_number, mbi, ndc, drug_class, fill_date, days_supply) values ($1, $2, $3, $4, $5, $6)",
      [contract, mbi, ndc, drugClass, fillDate, daysSupply],
    );
  }
}
