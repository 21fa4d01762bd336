import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { simulateCommand } from "../../src/commands/simulate.ts";
import { FAULT_GROUPS, FAULTS } from "../../src/simulator/faults/all-faults.ts";

const PAGE = readFileSync(new URL("../../docs/simulator.md", import.meta.url), "utf8");

describe("docs/simulator.md", () => {
  it.each(Object.entries(FAULT_GROUPS))(
    "lists the faults of %s as the simulator has them",
    (group, faults) => {
      const section = PAGE.split(/^### /m).find((text) => text.startsWith(`${group}\n`)) ?? "";
      const rows = section.match(/^\| `.*$/gm) ?? [];
      expect(rows).toEqual(
        faults.map(({ name, summary, client }) => `| \`${name}\` | ${summary} | ${client} |`),
      );
    },
  );

  it("has no other faults", () => {
    expect(PAGE.match(/^\| `[a-z0-9-]+` \|/gm)).toHaveLength(FAULTS.length);
  });

  it("has names in kebab case, each once, and summaries of one line", () => {
    expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(FAULTS.length);
    for (const { name, summary } of FAULTS) {
      expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(summary).toMatch(/^[^\n|]{10,160}[^.\n|]$/);
    }
  });

  it("is where the help of simulate sends people, next to all names", () => {
    const { help } = simulateCommand.options.find(({ flags }) => flags.startsWith("--fault "))!;
    expect(help).toContain("docs/simulator.md");
    for (const { name } of FAULTS) expect(help).toContain(name);
  });
});
