import { readFile, stat, writeFile } from "node:fs/promises";
import { chdir, cwd } from "node:process";
import { describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../src/clock.ts";
import type { Door, OptionValues } from "../src/commands/command.ts";
import { initCommand } from "../src/commands/init.ts";
import { settingsFile } from "../src/commands/settings-file.ts";
import { SETTINGS, type SettingName, settle } from "../src/config.ts";
import { silentLog } from "../src/log.ts";
import { silentProgress } from "../src/progress.ts";
import { temporaryFolder } from "./support/load-lines.ts";

const NAMES = Object.keys(SETTINGS) as SettingName[];

/** Runs init in a folder of its own. `answers` are what a person types, in turn. */
async function setup() {
  const before = cwd();
  chdir(await temporaryFolder());
  onTestFinished(() => chdir(before));
  const questions: string[] = [];
  return {
    questions,
    init(
      options: OptionValues = {},
      { flags = {}, answers }: { flags?: Door["flags"]; answers?: readonly string[] } = {},
    ) {
      const left = answers && [...answers];
      const door: Door = {
        settings: settle({ flags, env: {} }),
        flags,
        env: {},
        clock: systemClock,
        log: silentLog,
        progress: silentProgress,
        signal: new AbortController().signal,
        isTerminal: answers !== undefined,
        say: () => {},
        ...(left
          ? {
              ask: async (question: string) => {
                questions.push(question);
                return left.shift()!;
              },
            }
          : {}),
      };
      return initCommand.run([], options, door);
    },
    async written() {
      const yaml = await readFile("ab2d.yaml", "utf8");
      return { yaml, settings: settle({ flags: {}, env: {}, yaml }) };
    },
  };
}

describe("ab2d init", () => {
  it("writes what the options say, as settings that the program reads back", async () => {
    const bench = await setup();
    const result = await bench.init(
      { contract: ["z0001"], attestedOn: "2024-03-01" },
      {
        flags: {
          environment: "production",
          apiVersion: "v3",
          credentialsFile: "/etc/ab2d/a: b #1",
          loaders: "4",
        },
      },
    );
    expect(result.exitCode).toBe(0);
    const { settings } = await bench.written();
    expect(settings).toMatchObject({
      environment: "production",
      apiVersion: "v3",
      loaders: 4,
      contracts: [{ number: "Z0001", credentialsFile: "/etc/ab2d/a: b #1", attestedOn: "2024-03-01" }],
    });
    expect(settings.credentialsFile).toBeUndefined();
    expect((await stat("ab2d.yaml")).mode & 0o777).toBe(0o644);
    expect(result.text).toContain("ab2d doctor");
    expect(result.text).toContain("base64 > '/etc/ab2d/a: b #1'");
  });

  it("writes without a question, and without a setting, when it is told nothing off a terminal", async () => {
    const bench = await setup();
    const result = await bench.init();
    expect((await bench.written()).settings).toEqual(settle({ flags: {}, env: {} }));
    expect(result.json).toMatchObject({ file: "ab2d.yaml", contracts: [] });
    expect(result.text).toContain("which AB2D to ask");
  });

  it("asks on a terminal, again where an answer can't be used", async () => {
    const bench = await setup();
    await bench.init(
      {},
      {
        answers: [
          "moon",
          "",
          "v9",
          "",
          "",
          "Z1",
          "z0001, Z0002",
          "creds",
          "2024-02-30",
          "2024-03-01",
          "",
          "",
        ],
      },
    );
    expect((await bench.written()).settings).toMatchObject({
      environment: "sandbox",
      apiVersion: "v2",
      contracts: [
        { number: "Z0001", credentialsFile: "creds", attestedOn: "2024-03-01" },
        { number: "Z0002", credentialsFile: "/etc/ab2d/Z0002.credentials" },
      ],
    });
    expect(bench.questions[1]).toMatch(/^Please answer sandbox or production/);
  });

  it("asks nothing when options say it", async () => {
    const bench = await setup();
    await bench.init({ contract: ["Z0001"] }, { answers: [] });
    expect(bench.questions).toEqual([]);
  });

  it("never overwrites a file, whatever is in it", async () => {
    const bench = await setup();
    await writeFile("ab2d.yaml", "# mine");
    await expect(bench.init({}, { answers: [] })).rejects.toMatchObject({
      code: "SETTINGS_EXIST",
      exitCode: 78,
    });
    expect(await readFile("ab2d.yaml", "utf8")).toBe("# mine");
    expect(bench.questions).toEqual([]);
  });

  it.each<[string, OptionValues, Door["flags"]]>([
    ["a contract that is none", { contract: ["Z1"] }, {}],
    ["a date that is none", { contract: ["Z0001"], attestedOn: "2024-02-30" }, {}],
    ["a date of no contract", { attestedOn: "2024-02-28" }, {}],
    ["one credentials file for two contracts", { contract: ["Z0001", "Z0002"] }, { credentialsFile: "a" }],
  ])("refuses %s with exit 64, and writes nothing", async (_, options, flags) => {
    const bench = await setup();
    await expect(bench.init(options, { flags })).rejects.toMatchObject({ code: "USAGE", exitCode: 64 });
    await expect(readFile("ab2d.yaml")).rejects.toThrow("ENOENT");
  });
});

describe("settingsFile()", () => {
  it("explains every setting, and sets none that it was not told", () => {
    const text = settingsFile({ settings: {}, contracts: [] });
    for (const name of NAMES) {
      expect(text).toContain(SETTINGS[name].help);
      expect(text).toContain(`(${SETTINGS[name].env})`);
    }
    expect(text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).toEqual([]);
  });

  it("has the defaults as comments: without their marks they change nothing", () => {
    const text = settingsFile({ settings: {}, contracts: [] });
    const uncommented = text.replaceAll(/^# (?=\w+:| {2}- | {4}\w+:)/gm, "");
    const { contracts, ...settings } = settle({ flags: {}, env: {}, yaml: uncommented });
    const { contracts: _none, ...defaults } = settle({ flags: {}, env: {} });
    expect(settings).toEqual(defaults);
    expect(contracts).toMatchObject([{ number: "Z0001", attestedOn: "2024-03-01" }]);
    expect(uncommented).toContain("\npollInterval: 30\n");
  });

  it("has no place for the database's password", () => {
    expect(
      settingsFile({ settings: { databaseUrl: "postgres://a:canary@b/c" }, contracts: [] }),
    ).not.toContain("canary");
  });
});
