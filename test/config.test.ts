import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { stringify as yamlOf } from "yaml";
import {
  ENVIRONMENTS,
  flagOf,
  readSettingsFile,
  SETTINGS,
  type SettingName,
  type SettingSources,
  type Settings,
  settle,
} from "../src/config.ts";
import { EtlError } from "../src/errors.ts";

const NAMES = Object.keys(SETTINGS) as SettingName[];
const NOTHING: SettingSources = { flags: {}, env: {} };

/** Three valid texts for each setting, none of them its default, and what they become. */
const VALID: Record<SettingName, readonly (readonly [text: string, value: unknown])[]> = {
  databaseUrl: texts("postgres://a/a", "postgres://b/b", "postgres://c/c"),
  environment: texts("sandbox", "production", "sandbox"),
  apiUrl: texts("https://a.example", "https://b.example", "http://127.0.0.1:8080"),
  tokenUrl: texts("https://a.example/token", "https://b.example/token", "https://c.example/token"),
  credentialsFile: texts("a.txt", "b.txt", "C:\\c d\\c.txt"),
  apiVersion: texts("v1", "v3", "v1"),
  landingDir: texts("/a", "./b", "c d"),
  pollInterval: [
    ["5", 5],
    ["0.5", 0.5],
    ["3600", 3600],
  ],
  overlapDays: [
    ["0", 0],
    ["2", 2],
    ["1.5", 1.5],
  ],
  sincePolicy: texts("since-datetime", "since-datetime", "since-datetime"),
  downloads: [
    ["1", 1],
    ["2", 2],
    ["64", 64],
  ],
  loaders: [
    ["1", 1],
    ["4", 4],
    ["64", 64],
  ],
  contractsAtOnce: [
    ["1", 1],
    ["3", 3],
    ["64", 64],
  ],
  keepLanded: [
    ["true", true],
    ["true", true],
    ["true", true],
  ],
  rowLevelSecurity: texts("on", "off", "on"),
  logLevel: texts("debug", "info", "silent"),
};

const INVALID: Partial<Record<SettingName, readonly string[]>> = {
  environment: ["CANARY", "Sandbox"],
  apiUrl: ["CANARY", "api.CANARY.example"],
  tokenUrl: ["CANARY"],
  apiVersion: ["CANARY", "v4", "V2", "2"],
  pollInterval: ["CANARY", "0", "-1", "3601", "30s", "Infinity"],
  overlapDays: ["CANARY", "-1", "3661"],
  sincePolicy: ["CANARY"],
  downloads: ["CANARY", "0", "65", "1.5"],
  loaders: ["CANARY", "0", "65", "-2"],
  contractsAtOnce: ["CANARY", "0", "65", "-2"],
  keepLanded: ["CANARY", "yes", "True", "1"],
  rowLevelSecurity: ["CANARY", "true", "On"],
  logLevel: ["CANARY", "warning"],
};

function texts(...all: string[]): readonly (readonly [string, string])[] {
  return all.map((text) => [text, text]);
}

function problemsOf(sources: Partial<SettingSources>): string {
  try {
    settle({ ...NOTHING, ...sources });
  } catch (error) {
    expect(error).toBeInstanceOf(EtlError);
    expect(error).toMatchObject({ code: "CONFIGURATION_INVALID", exitCode: 78 });
    const { message, hint, stack, cause } = error as EtlError;
    expect(cause).toBeUndefined();
    expect(`${message} ${hint} ${stack}`).not.toContain("CANARY");
    return message;
  }
  return expect.unreachable("the settings were taken");
}

describe("SETTINGS", () => {
  it("have a variable each, and a flag unless they may hold a secret", () => {
    const variables = NAMES.map((name) => SETTINGS[name].env);
    expect(new Set(variables).size).toBe(NAMES.length);
    for (const name of NAMES) {
      expect(SETTINGS[name].env).toMatch(/^(AB2D_[A-Z_]+|DATABASE_URL)$/);
      expect(SETTINGS[name].help).toMatch(/^[A-Z].+\.$/);
    }
    expect(NAMES.filter((name) => !SETTINGS[name].flag)).toEqual(["databaseUrl"]);
  });

  it("have defaults that are valid", () => {
    expect(settle(NOTHING)).toEqual({
      apiVersion: "v2",
      landingDir: ".ab2d/landing",
      pollInterval: 30,
      overlapDays: 1,
      sincePolicy: "run-start",
      downloads: 4,
      loaders: 2,
      contractsAtOnce: 2,
      keepLanded: false,
      logLevel: "warn",
      contracts: [],
    });
  });
});

describe("flagOf()", () => {
  it("is the setting's name in kebab case", () => {
    expect(flagOf("pollInterval")).toBe("--poll-interval");
    expect(flagOf("loaders")).toBe("--loaders");
  });
});

describe("ENVIRONMENTS", () => {
  it("are https addresses", () => {
    for (const { apiUrl, tokenUrl } of Object.values(ENVIRONMENTS)) {
      expect([apiUrl, tokenUrl].map((url) => new URL(url).protocol)).toEqual(["https:", "https:"]);
    }
  });
});

describe("settle()", () => {
  it.each(NAMES)("takes %s from the flag, then the variable, then ab2d.yaml", (name) => {
    const [flag, variable, yaml] = VALID[name];
    const sources = {
      flags: { [name]: flag![0] },
      env: { [SETTINGS[name].env]: variable![0] },
      yaml: yamlOf({ [name]: yaml![0] }),
    };
    const settled = (from: Partial<SettingSources>): unknown => settle({ ...NOTHING, ...from })[name];
    expect(settled(sources)).toBe(flag![1]);
    expect(settled({ ...sources, flags: {} })).toBe(variable![1]);
    expect(settled({ yaml: sources.yaml })).toBe(yaml![1]);
    expect(settled({ ...sources, env: {} })).toBe(flag![1]);
    expect(settled({ env: sources.env })).toBe(variable![1]);
  });

  it("mixes sources, each setting from its own", () => {
    const choice = fc.record(
      Object.fromEntries(NAMES.map((name) => [name, fc.subarray(["flag", "env", "yaml"])])) as Record<
        SettingName,
        fc.Arbitrary<string[]>
      >,
    );
    fc.assert(
      fc.property(choice, (given) => {
        const flags: Partial<Record<SettingName, string>> = {};
        const env: Record<string, string> = {};
        const yaml: Record<string, string> = {};
        const expected: Record<string, unknown> = { ...settle(NOTHING) };
        for (const name of NAMES) {
          const [flag, variable, text] = VALID[name];
          if (given[name].includes("flag")) flags[name] = flag![0];
          if (given[name].includes("env")) env[SETTINGS[name].env] = variable![0];
          if (given[name].includes("yaml")) yaml[name] = text![0];
          const first = given[name].includes("flag") ? flag : given[name].includes("env") ? variable : text;
          if (given[name].length > 0) expected[name] = first![1];
        }
        expect(settle({ flags, env, yaml: yamlOf(yaml) })).toEqual(expected);
      }),
    );
  });

  it("takes an empty variable, and an empty key in ab2d.yaml, for one that is not set", () => {
    const env = Object.fromEntries(NAMES.map((name) => [SETTINGS[name].env, ""]));
    expect(settle({ flags: {}, env })).toEqual(settle(NOTHING));
    const yaml = `${NAMES.map((name) => `${name}:`).join("\n")}\ncontracts:\n`;
    expect(settle({ ...NOTHING, yaml })).toEqual(settle(NOTHING));
  });

  it("takes numbers and booleans of YAML as they are", () => {
    expect(
      settle({ ...NOTHING, yaml: "pollInterval: 5\nkeepLanded: true\noverlapDays: 0\nloaders: 3" }),
    ).toMatchObject({
      pollInterval: 5,
      keepLanded: true,
      overlapDays: 0,
      loaders: 3,
    });
  });

  it.each(["", "\n", "# nothing yet\n", "---\n", "{}"])("takes %j for a file without settings", (yaml) => {
    expect(settle({ ...NOTHING, yaml })).toEqual(settle(NOTHING));
  });

  it.each(Object.entries(INVALID))(
    "refuses what is no %s, names where it stands, and does not repeat it",
    (key, values) => {
      const name = key as SettingName;
      for (const value of values!) {
        expect(problemsOf({ flags: { [name]: value } })).toContain(`${flagOf(name)}: `);
        expect(problemsOf({ env: { [SETTINGS[name].env]: value } })).toContain(`${SETTINGS[name].env}: `);
        expect(problemsOf({ yaml: yamlOf({ [name]: value }) })).toContain(`${name} in ab2d.yaml: `);
      }
    },
  );

  it("says what it wants instead", () => {
    expect(problemsOf({ env: { AB2D_API_VERSION: "v9" } })).toBe(
      "Cannot use the settings: AB2D_API_VERSION: must be one of v1, v2, v3",
    );
    expect(problemsOf({ env: { AB2D_API_URL: "x" } })).toBe(
      "Cannot use the settings: AB2D_API_URL: is not a URL",
    );
  });

  it("looks at the value that counts, not at those it hides", () => {
    const env = { AB2D_API_VERSION: "CANARY", AB2D_LOADERS: "CANARY" };
    expect(
      settle({ flags: { apiVersion: "v1", loaders: "1" }, env, yaml: "apiVersion: CANARY" }),
    ).toMatchObject({
      apiVersion: "v1",
      loaders: 1,
    });
  });

  it("lists all problems together", () => {
    const message = problemsOf({
      flags: { loaders: "CANARY" },
      env: { AB2D_API_URL: "CANARY", AB2D_LOG_LEVEL: "CANARY" },
      yaml: `
        apiVersion: CANARY
        landingDir: [CANARY]
        pollIntervall: CANARY
        contracts:
          - { number: CANARY-number, attestedOn: CANARY }
          - { number: Z0001, secret: CANARY-value }`,
    });
    for (const part of [
      "--loaders: ",
      "AB2D_API_URL: ",
      "AB2D_LOG_LEVEL: ",
      "apiVersion in ab2d.yaml: ",
      "landingDir in ab2d.yaml: ",
      "pollIntervall is no setting",
      "contracts.0.number in ab2d.yaml: ",
      "contracts.0.attestedOn in ab2d.yaml: ",
      "contracts.1 in ab2d.yaml: ",
    ]) {
      expect(message).toContain(part);
    }
  });

  it("names the known settings beside an unknown key", () => {
    const message = problemsOf({ yaml: "database_url: CANARY" });
    expect(message).toContain("database_url is no setting");
    for (const name of [...NAMES, "contracts"]) expect(message).toContain(name);
  });

  it.each(NAMES)("refuses a list or a mapping for %s", (name) => {
    for (const value of [["CANARY"], { CANARY: 1 }, [], {}]) {
      expect(problemsOf({ yaml: yamlOf({ [name]: value }) })).toContain(
        `${name} in ab2d.yaml: must be a single value`,
      );
    }
  });

  it.each([
    ["a list", "- CANARY"],
    ["a text", "databaseUrl postgres://u:CANARY@h/d"],
    ["a number", "5"],
    ["YAML that breaks off", 'databaseUrl: "CANARY'],
    ["a key twice", "apiVersion: CANARY\napiVersion: CANARY2"],
    ["wrong indentation", "contracts:\n  - number: CANARY\n apiVersion: v2"],
    ["two documents", "apiVersion: v1\n---\nlandingDir: CANARY"],
    ["an unknown tag", "databaseUrl: !env postgres://u:CANARY@h/d"],
    ["an alias to nothing", "databaseUrl: *CANARY"],
  ])("refuses %s for the file, quotes nothing of it and prints nothing", async (_, yaml) => {
    const warnings: Error[] = [];
    const note = (warning: Error): number => warnings.push(warning);
    process.on("warning", note);
    expect(problemsOf({ yaml })).toMatch(/^Cannot use the settings: ab2d\.yaml: is not /);
    await new Promise(setImmediate); // A warning is emitted a tick later.
    process.off("warning", note);
    expect(warnings).toEqual([]);
  });

  describe("with contracts", () => {
    function contractsOf(yaml: string): Settings["contracts"] {
      return settle({ ...NOTHING, yaml }).contracts;
    }

    it("reads each with what is its own", () => {
      expect(
        contractsOf(`
          contracts:
            - number: z0001
            - { number: S5810, name: Harbor Rx, credentialsFile: s5810.txt, attestedOn: 2024-02-29, apiVersion: v3 }`),
      ).toEqual([
        { number: "Z0001" },
        {
          number: "S5810",
          name: "Harbor Rx",
          credentialsFile: "s5810.txt",
          attestedOn: "2024-02-29",
          apiVersion: "v3",
        },
      ]);
    });

    it("takes none for an empty list", () => {
      expect(contractsOf("contracts: []")).toEqual([]);
      expect(contractsOf("contracts:")).toEqual([]);
    });

    it.each([
      ["no list", "contracts: CANARY", "contracts in ab2d.yaml"],
      ["a number alone", "contracts: [CANARY]", "contracts.0 in ab2d.yaml"],
      ["no number", "contracts: [{ apiVersion: v1 }]", "contracts.0.number in ab2d.yaml"],
      ["a number that is none", "contracts: [{ number: CANARY1 }]", "is not a contract number such as Z0001"],
      ["a number of YAML", "contracts: [{ number: 12345 }]", "contracts.0.number in ab2d.yaml"],
      ["an unknown key", "contracts: [{ number: Z0001, attested: CANARY }]", "attested"],
      [
        "an unknown version",
        "contracts: [{ number: Z0001, apiVersion: CANARY }]",
        "contracts.0.apiVersion in ab2d.yaml",
      ],
      ["an empty file name", 'contracts: [{ number: Z0001, credentialsFile: "" }]', "is empty"],
      [
        "a day that is none",
        "contracts: [{ number: Z0001, attestedOn: 2024-02-30 }]",
        "is not a date such as 2024-03-01",
      ],
      [
        "another notation of a day",
        "contracts: [{ number: Z0001, attestedOn: 03/01/2024 }]",
        "is not a date such as 2024-03-01",
      ],
      [
        "a time",
        "contracts: [{ number: Z0001, attestedOn: 2024-03-01T00:00:00Z }]",
        "is not a date such as 2024-03-01",
      ],
    ])("refuses %s", (_, yaml, part) => {
      expect(problemsOf({ yaml })).toContain(part);
    });
  });
});

describe("readSettingsFile()", () => {
  it("reads the file's text, or nothing where there is none", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "config-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = path.join(folder, "ab2d.yaml");
    expect(readSettingsFile(file)).toBeUndefined();
    await writeFile(file, "loaders: 3\n");
    expect(readSettingsFile(file)).toBe("loaders: 3\n");
  });
});
