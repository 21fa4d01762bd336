import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { type ContractNumber, parseContractNumber } from "../src/domain/contract-number.ts";
import { sync } from "../src/pipeline.ts";
import { startSimulator } from "../src/simulator/start-simulator.ts";
import { context } from "../test/support/context.ts";
import { jumpingClock } from "../test/support/jumping-clock.ts";
import { multiplyClaims } from "./multiply-claims.ts";

/** The contracts of the database that `fillClaims` makes; nine of ten members are the first one's. */
export const CONTRACTS = ["Z0001", "Z0002"] as const;
/** The most patients that are simulated; more are copies of these. */
const PATIENTS = 400;
/** Current claims of a simulated patient, about. */
const CLAIMS_A_PATIENT = 20;

/** How much a database holds. */
export interface Filled {
  readonly current_claims: number;
  readonly versions: number;
  readonly lines: number;
  readonly diagnoses: number;
  readonly members: number;
}

/**
 * Fills a migrated, empty database with at least `claims` current claims of two contracts: a simulator's population, loaded as the
 * product loads it, then multiplied. Two in three members have a fill of a statin.
 */
export async function fillClaims(pool: pg.Pool, { claims }: { readonly claims: number }): Promise<Filled> {
  const patients = Math.min(PATIENTS, Math.max(10, Math.round(claims / CLAIMS_A_PATIENT / 2)));
  await loadPopulation(pool, patients);
  const loaded = await heldIn(pool);
  await multiplyClaims(pool, {
    copies: Math.ceil(claims / loaded.current_claims) - 1,
    contracts: CONTRACTS,
  });
  await pool.query(
    `insert into ab2d.part_d_fill (contract_number, mbi, ndc, drug_class, fill_date, days_supply)
     select
       (
         select min(contract_number)
         from ab2d.beneficiary_contract
         where beneficiary_contract.beneficiary_id = patient.beneficiary_id
       ),
       current_mbi,
       '00071015523',
       'statin',
       (select max(last_service_date) - 30 from ab2d.beneficiary_contract),
       90
     from ab2d.patient
     where current_mbi is not null
       and abs(hashtext(beneficiary_id)) % 3 > 0
     on conflict do nothing`,
  );
  await pool.query("analyze ab2d.part_d_fill");
  return heldIn(pool);
}

async function loadPopulation(pool: pg.Pool, patients: number): Promise<void> {
  const clock = jumpingClock(new Date("2026-11-06T09:00:00Z"));
  const small = Math.max(1, Math.round(patients / 10));
  const [large, other] = CONTRACTS.map((number) => parseContractNumber(number) as ContractNumber);
  const simulator = await startSimulator({
    contracts: [
      { number: large!, patients: patients - small },
      { number: other!, patients: small },
    ],
    clock,
    jobSeconds: 20,
  });
  const landingDir = await mkdtemp(join(tmpdir(), "ab2d-bench-"));
  try {
    for (const contract of [large!, other!]) {
      const { run } = await sync(
        {
          contract,
          apiVersion: "v2",
          attestedOn: undefined,
          overlapDays: 1,
          sincePolicy: "run-start",
          apiUrl: simulator.apiUrl,
          tokenUrl: simulator.tokenUrl,
          credentials: simulator.credentials(contract),
          pollInterval: 30,
          landingDir,
          downloads: 3,
          loaders: 2,
          keepLanded: false,
        },
        context(pool, { clock }),
      );
      if (run.state !== "complete") throw new Error(`the run of ${contract} ended as ${run.state}`);
    }
  } finally {
    await simulator.stop();
    await rm(landingDir, { recursive: true, force: true });
  }
}

async function heldIn(pool: pg.Pool): Promise<Filled> {
  const { rows } = await pool.query<Filled>(
    `select
       (select count(*)::int from ab2d.claim) as current_claims,
       (select count(*)::int from ab2d.claim_version) as versions,
       (select count(*)::int from ab2d.claim_line) as lines,
       (select count(*)::int from ab2d.claim_diagnosis) as diagnoses,
       (select count(*)::int from ab2d.patient) as members`,
  );
  return rows[0]!;
}
