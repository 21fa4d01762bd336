import { afterAll, describe, expect, it } from "vitest";
import { EXTENT } from "./extent.ts";
import { copyProgram, type Edit } from "./program-copy.ts";
import { SEEDED_BUGS } from "./seeded-bugs.ts";
import { type CampaignResult, endsWell, seededCampaign } from "./seeded-campaign.ts";

const IS_LONG = EXTENT.stride !== undefined;
/** Bugs that the first rounds of the first seed find; the long form tries all of them. */
const SOON_FOUND = new Set(["loaded-before-merge", "checksum-not-compared", "older-wins"]);
const FIRST_ROUNDS = 4;
const SEEDS = IS_LONG ? [0, 1, 2].map((more) => EXTENT.seed + more) : [1];

/** `AB2D_TEST_BUGS=name,name` tries these alone. */
const only = process.env["AB2D_TEST_BUGS"]?.split(",");
const BUGS = SEEDED_BUGS.filter(({ name }) => (only ? only.includes(name) : IS_LONG || SOON_FOUND.has(name)));
const report: string[] = [];
let foundCount = 0;

/** Campaigns of one seed after the other until one finds something. */
async function campaignsOf(edits: readonly Edit[]): Promise<CampaignResult> {
  const program = await copyProgram({ witnessed: true, edits });
  try {
    expect(await endsWell(program)).toBe(true);
    let rounds = 0;
    let unreached = 0;
    for (const seed of SEEDS) {
      const result = await seededCampaign(program, { seed, ...(IS_LONG ? {} : { rounds: FIRST_ROUNDS }) });
      rounds += result.rounds;
      unreached += result.unreached;
      if (result.finding) return { ...result, rounds, unreached };
    }
    return { finding: undefined, rounds, unreached };
  } finally {
    await program.remove();
  }
}

describe("the campaign", () => {
  it("finds nothing in the program as it is", { timeout: 3_600_000 }, async () => {
    const { finding, rounds, unreached } = await campaignsOf([]);
    expect(finding).toBeUndefined();
    report.push(`the program as it is: nothing in ${rounds} rounds, ${unreached} kills that never came`);
  });

  it.each(BUGS)("finds $name", { timeout: 1_800_000 }, async ({ name, edits }) => {
    const { finding, rounds } = await campaignsOf(edits);
    if (finding === undefined) report.push(`${name}: NOT FOUND in ${rounds} rounds`);
    expect(finding).toBeDefined();
    foundCount += 1;
    report.push(`${name}: round ${rounds}, ${finding!.disturbance}: ${finding!.says}`);
  });

  afterAll(() => {
    process.stdout.write(
      `crash campaign, seeded bugs: ${foundCount} of ${BUGS.length} found\n  ${report.join("\n  ")}\n`,
    );
  });
});

describe("a copy of the program", () => {
  it.each([
    { find: "export function syncs(", says: "no place" },
    { find: "import ", says: "more than one place" },
  ])("is not made when a change has $says to go to", async ({ find, says }) => {
    const edits = [{ file: "src/pipeline.ts", find, replace: "" }];
    await expect(copyProgram({ edits })).rejects.toThrow(says);
  });
});
