import { afterAll, describe, expect, it } from "vitest";
import { EXTENT } from "./extent.ts";
import { copyProgram, type Edit } from "./program-copy.ts";
import { SEEDED_BUGS } from "./seeded-bugs.ts";
import { type Finding, seededCampaign } from "./seeded-campaign.ts";

const only = process.env["BUG"];
const found: string[] = [];

async function campaignOf(edits: readonly Edit[]): Promise<Finding | undefined> {
  const program = await copyProgram({ witnessed: true, edits });
  const startedAt = performance.now();
  try {
    const { finding, rounds } = await seededCampaign(program, { seed: EXTENT.seed });
    found.push(
      `${rounds} ${finding?.disturbance}: ${finding?.says} ${Math.round(performance.now() - startedAt)} ms`,
    );
    return finding;
  } finally {
    await program.remove();
  }
}

describe("the campaign", () => {
  it("finds nothing in the program as it is", { timeout: 600_000 }, async () => {
    expect(await campaignOf([])).toBeUndefined();
  });
  it.each(SEEDED_BUGS.filter(({ name }) => !only || only.split(",").includes(name)))(
    "finds $name",
    { timeout: 600_000 },
    async ({ name, edits }) => {
      const finding = await campaignOf(edits);
      found.push(`  ^ ${name}`);
      expect(finding).toBeDefined();
    },
  );
  afterAll(() => {
    process.stdout.write(`seeded bugs:\n${found.join("\n")}\n`);
  });
});
