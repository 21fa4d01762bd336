import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../src/commands/index.ts";
import { SETTINGS } from "../src/config.ts";
import { cliReference } from "./support/cli-reference.ts";
import { dataDictionary } from "./support/data-dictionary.ts";
import { faultTable } from "./support/fault-table.ts";
import { freshDatabase } from "./support/fresh-database.ts";

const root = new URL("../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

describe("the documentation", () => {
  it("has the command line as the program has it", async () => {
    await expect(cliReference()).toMatchFileSnapshot("../docs/cli.md");
  });

  it("has the columns as the database has them", async () => {
    await expect(await dataDictionary(await freshDatabase())).toMatchFileSnapshot(
      "../docs/data-dictionary.md",
    );
  });

  it("has the faults, and the tests of each, as the tests have them", async () => {
    await expect(faultTable()).toMatchFileSnapshot("../docs/faults.md");
  });

  it("names tests of faults that are in the files it names", () => {
    const named = [...read("docs/faults.md").matchAll(/`(test\/[^`]+)`: ((?:\*[^*]+\*(?:, )?)+)/g)];
    expect(named.length).toBeGreaterThan(61);
    for (const [, file, names] of named) {
      const source = read(file!).replaceAll(/\(\s+/g, "(");
      for (const [, name] of names!.matchAll(/\*([^*]+)\*/g)) {
        // Rows, traps and faults are rows of lists, which test/traps.test.ts looks through.
        if (/^(row|trap|fault) /.test(name!)) continue;
        const parts = name!.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
        expect(source, `${file} > ${name}`).toMatch(new RegExp(`\\(["\`]${parts.join("\\S+")}["\`]`));
      }
    }
  });

  it("names every command and setting", () => {
    const reference = read("docs/cli.md");
    for (const { name } of COMMANDS) expect(reference).toContain(`### ${name}`);
    for (const { env } of Object.values(SETTINGS)) expect(reference).toContain(env);
  });

  it("explains every gap that a run can end with", () => {
    const gaps = /export type Gap = ([^;]+);/
      .exec(read("src/control/complete-run.ts"))![1]!
      .match(/\w+(?=")/g)!;
    expect(gaps.length).toBeGreaterThan(3);
    for (const gap of gaps) expect(read("docs/operations.md")).toContain(`\`${gap}\``);
  });

  it("explains every reason for which a line is rejected", () => {
    const reasons = new Set(
      ["src/claims/rows.ts", "src/claims/read-news.ts", "src/staging/stage.ts"].flatMap((path) => {
        const source = read(path);
        const listed = /export type MappingRejection =([^;]+);/.exec(source)?.[1]?.match(/\w+(?=")/g) ?? [];
        return [
          ...listed,
          ...(source.match(/(?<=return ")[a-z0-9_]+(?=")|(?<=reason: ")[a-z0-9_]+(?=")/g) ?? []),
        ];
      }),
    );
    expect(reasons.size).toBeGreaterThan(15);
    for (const reason of reasons) expect(read("docs/operations.md")).toContain(`\`${reason}\``);
  });

  it("links to files that are there", () => {
    const pages = [
      "README.md",
      "CONTRIBUTING.md",
      "CHANGELOG.md",
      ...readdirSync(new URL("docs/", root)).map((name) => `docs/${name}`),
    ];
    for (const page of pages) {
      for (const [, target] of read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
        expect(
          () => read(new URL(target!, new URL(page, root)).href.slice(root.href.length)),
          `${page} → ${target}`,
        ).not.toThrow();
      }
    }
  });
});
