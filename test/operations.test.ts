import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseAllDocuments } from "yaml";
import { COMMANDS } from "../src/commands/index.ts";
import { flagOf, SETTINGS } from "../src/config.ts";
import { ExitCode } from "../src/errors.ts";

const root = new URL("../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

const KNOWN_CODES = new Set<number>(Object.values(ExitCode));
const EXAMPLES = [
  "cron/ab2d",
  "cron/ab2d-nightly",
  "systemd/ab2d@.service",
  "systemd/ab2d@.timer",
  "kubernetes/cronjob.yaml",
];
const UNITS = readdirSync(new URL("deploy/systemd/", root)).map((name) => `systemd/${name}`);

/** What docs/operations.md says that a scheduler does with each code. */
function exitTable(): ReadonlyMap<number, string> {
  const section = /## Exit codes\n(.*?)\n## /s.exec(read("docs/operations.md"))![1]!;
  const rows = [...section.matchAll(/^\| (\d+) \| [^|]+ \| ([^|]+) \| [^|]+ \|$/gm)];
  return new Map(rows.map(([, code, scheduler]) => [Number(code), scheduler!]));
}

function codesThat(wanted: RegExp): number[] {
  return [...exitTable()].filter(([, scheduler]) => wanted.test(scheduler)).map(([code]) => code);
}

/** The values of a directive in all units that have it. */
function directive(name: string): number[][] {
  return UNITS.flatMap((path) =>
    [...read(`deploy/${path}`).matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, values]) =>
      values!.split(" ").map(Number),
    ),
  );
}

describe("docs/operations.md", () => {
  it("has a row for every exit code, and no other", () => {
    expect([...exitTable().keys()]).toEqual(Object.values(ExitCode));
  });

  it("shows the example files as they are", () => {
    const page = read("docs/operations.md");
    for (const example of EXAMPLES) expect(page, example).toContain(`\n${read(`deploy/${example}`)}\`\`\`\n`);
  });
});

describe("commands in the documents and examples", () => {
  it("exist, with every option that they are shown with", () => {
    const wrong: string[] = [];
    let checked = 0;
    for (const path of ["docs/operations.md", "docs/guarantees.md", ...DEPLOYED]) {
      for (const line of commandLines(read(path), path)) {
        checked += 1;
        const problem = problemOf(line);
        if (problem) wrong.push(`${path}: ab2d ${line.join(" ")}: ${problem}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(checked).toBeGreaterThan(40);
  });

  it("are noticed when they don't", () => {
    expect(problemOf(["sing"])).toBe("no such command");
    expect(problemOf(["sync", "Z0001", "--from", "2024-03-01"])).toBe("no option --from");
  });
});

const DEPLOYED = [...EXAMPLES, ...UNITS].map((path) => `deploy/${path}`);

/** The words after `ab2d` in code spans and code blocks of a document, or anywhere in another file. */
function commandLines(text: string, path: string): string[][] {
  const isDocument = path.endsWith(".md");
  const code = isDocument
    ? [
        ...[...text.matchAll(/^```(?!text)\w*\n(.*?)^```$/gms)].map(([, block]) => block!),
        ...[...text.replaceAll(/^```.*?^```$/gms, "").matchAll(/`([^`\n]+)`/g)].map(([, span]) => span!),
      ]
    : [text];
  const lines = code.flatMap((block) => block.split("\n")).filter((line) => !/^\s*#/.test(line));
  const commands = lines.flatMap((line) => [
    ...line.matchAll(/(?:^|[(]|&& |`|bin\/)ab2d ([a-z][^|&;)>#`]*)/g),
    ...[...line.matchAll(/args: \[([^\]]+)\]/g)].map((match) => [match[0], match[1]!.replaceAll(",", "")]),
  ]);
  return commands.map(([, words]) =>
    words!
      .replaceAll(/"[^"]*"/g, "WORD")
      .trim()
      .split(/\s+/),
  );
}

function problemOf([name, ...words]: readonly string[]): string | undefined {
  const spec = COMMANDS.find((command) => command.name === name);
  if (spec === undefined) return "no such command";
  const known = new Set([
    "--json",
    "--quiet",
    "-q",
    "--help",
    ...spec.options.flatMap(({ flags }) => flags.match(/--?[a-z][a-z-]*/g) ?? []),
    ...spec.settings.map(flagOf),
  ]);
  const unknown = words.find((word) => word.startsWith("-") && !known.has(word));
  return unknown && `no option ${unknown}`;
}

describe("deploy/systemd", () => {
  it("tries again what the exit table says, and nothing else", () => {
    const values = directive("RestartForceExitStatus");
    expect(values.length).toBe(2);
    for (const codes of values) expect(codes).toEqual(codesThat(/^Again/));
    for (const codes of directive("SuccessExitStatus")) expect(codes).toEqual([ExitCode.terminated]);
  });

  it("differs between sync and reconcile in the command alone", () => {
    const asSync = read("deploy/systemd/ab2d-reconcile@.service")
      .replace("ab2d reconcile %i", "ab2d sync %i")
      .replace("reconciliation", "claims");
    const withoutHeading = (unit: string): string => unit.slice(unit.indexOf("\n"));
    expect(withoutHeading(asSync)).toBe(withoutHeading(read("deploy/systemd/ab2d@.service")));
  });

  it("hands in settings that there are", () => {
    const known = new Set<string>(Object.values(SETTINGS).map(({ env }) => env));
    const named = [...read("deploy/systemd/ab2d@.service").matchAll(/^Environment=(\w+)=/gm)];
    expect(named.length).toBeGreaterThan(1);
    for (const [, name] of named) expect(known).toContain(name);
  });

  const hasAnalyze = spawnSync("systemd-analyze", ["--version"]).status === 0;
  it.skipIf(!hasAnalyze)("is taken by systemd-analyze verify", () => {
    const folder = temporaryFolder();
    // The program need not be installed here.
    for (const path of UNITS) {
      const unit = read(`deploy/${path}`).replace("/usr/local/bin/ab2d", "/bin/true");
      writeFileSync(join(folder, path.slice("systemd/".length)), unit);
    }
    for (const name of readdirSync(folder)) {
      const { status, stderr } = spawnSync("systemd-analyze", ["verify", join(folder, name)], {
        encoding: "utf8",
      });
      expect(stderr, name).not.toMatch(/@/);
      expect(status, name).toBe(0);
    }
  });
});

describe("deploy/kubernetes/cronjob.yaml", () => {
  // As Kubernetes reads it: YAML 1.1, where 0400 is octal.
  const documents = parseAllDocuments(read("deploy/kubernetes/cronjob.yaml"), { version: "1.1" });
  const [claim, cronJob] = documents.map((document) => document.toJS());
  const job = cronJob.spec.jobTemplate.spec;
  const pod = job.template.spec;
  const [container] = pod.containers;

  it("is YAML, of a volume claim and a CronJob that never runs twice at once", () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
    expect([claim.kind, cronJob.kind]).toEqual(["PersistentVolumeClaim", "CronJob"]);
    expect(cronJob.spec.concurrencyPolicy).toBe("Forbid");
  });

  it("gives up at once on what the exit table does not say to try again", () => {
    const { onExitCodes } = job.podFailurePolicy.rules.find(
      ({ action }: { action: string }) => action === "FailJob",
    );
    expect(onExitCodes.containerName).toBe(container.name);
    expect(onExitCodes.values).toEqual(codesThat(/^(Stop|Tell)/));
    for (const code of codesThat(/^Again/)) expect(onExitCodes.values).not.toContain(code);
    expect(job.backoffLimit).toBeGreaterThan(0);
    // What podFailurePolicy demands.
    expect(pod.restartPolicy).toBe("Never");
  });

  it("mounts the secret for its group alone, and all that it writes to", () => {
    const [credentials, landing] = pod.volumes;
    expect(credentials.secret.defaultMode).toBe(0o400);
    expect(pod.securityContext.fsGroup).toBe(pod.securityContext.runAsGroup);
    expect(landing.persistentVolumeClaim.claimName).toBe(claim.metadata.name);
    expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
    const mounts = container.volumeMounts as { name: string; mountPath: string }[];
    const pathOf = (volume: { name: string }): string =>
      mounts.find(({ name }) => name === volume.name)!.mountPath;
    const settingOf = (wanted: string): string =>
      container.env.find(({ name }: { name: string }) => name === wanted).value;
    expect(settingOf("AB2D_CREDENTIALS_FILE")).toContain(`${pathOf(credentials)}/`);
    expect(settingOf("AB2D_LANDING_DIR")).toContain(`${pathOf(landing)}/`);
    expect(container.workingDir).toBe(pathOf(landing));
    const known = new Set<string>(Object.values(SETTINGS).map(({ env }) => env));
    for (const { name } of container.env) expect(known).toContain(name);
  });
});

describe.skipIf(process.platform === "win32")("deploy/cron/ab2d-nightly", () => {
  it("is silent when all is well", () => {
    expect(nightly([ExitCode.ok])).toEqual({ status: ExitCode.ok, stdout: "", runs: 1 });
  });

  it("tries again what the exit table says, up to its number of attempts", () => {
    const [first, second] = codesThat(/^Again/);
    expect(nightly([first!, second!, ExitCode.ok])).toEqual({ status: ExitCode.ok, stdout: "", runs: 3 });
    const { status, stdout, runs } = nightly([first!, first!, first!, first!, ExitCode.ok]);
    expect({ status, runs }).toEqual({ status: first, runs: 4 });
    expect(stdout).toBe(`ab2d sync Z0001: exit ${first}\nattempt 4: sync Z0001 --quiet\n`);
  });

  it("tells of anything else at once, and exits with its code", () => {
    const others = [...KNOWN_CODES].filter(
      (code) => code !== ExitCode.ok && !codesThat(/^Again/).includes(code),
    );
    for (const code of [...others, 137]) {
      const { status, stdout, runs } = nightly([code, ExitCode.ok]);
      expect({ status, runs }).toEqual({ status: code, runs: 1 });
      expect(stdout).toContain(`exit ${code}\n`);
    }
  });
});

/** Runs the script with an `ab2d` on its path that ends with one code after the other. */
function nightly(codes: readonly number[]): { status: number | null; stdout: string; runs: number } {
  const folder = temporaryFolder();
  const counter = join(folder, "runs");
  writeFileSync(
    join(folder, "ab2d"),
    `#!/bin/sh\necho x >> '${counter}'\nn=$(wc -l < '${counter}')\necho "attempt $((n)): $*" >&2\nshift $#\nset -- ${codes.join(" ")}\nshift $((n - 1))\nexit "$1"\n`,
    { mode: 0o755 },
  );
  const script = new URL("deploy/cron/ab2d-nightly", root).pathname;
  const { status, stdout } = spawnSync("sh", [script, "Z0001"], {
    encoding: "utf8",
    env: { PATH: `${folder}:${process.env["PATH"]}`, AB2D_TRIES: "4", AB2D_PAUSE: "0" },
  });
  return { status, stdout, runs: readFileSync(counter, "utf8").length / 2 };
}

describe("docs/guarantees.md", () => {
  const page = read("docs/guarantees.md");

  it("numbers its promises, each with a test that holds it", () => {
    const rows = [...page.matchAll(/^\| (\d+) \|(?:[^|]*\|){2} ([^|]*) \|$/gm)];
    expect(rows.map(([, number]) => Number(number))).toEqual(rows.map((_, index) => index + 1));
    expect(rows.length).toBeGreaterThan(15);
    for (const [, number, heldBy] of rows) expect(heldBy, `promise ${number}`).toMatch(/`test\//);
  });

  it("names files that are there, and constraints that they have", () => {
    const files = [...page.matchAll(/`((?:test|migrations)\/[^`]*)`/g)].map(([, path]) => path!);
    expect(files.length).toBeGreaterThan(20);
    for (const path of files) expect(existsSync(new URL(path, root)), path).toBe(true);
    const constraints = [...page.matchAll(/`(\w+)` in `(migrations\/[^`]+)`/g)];
    expect(constraints.length).toBeGreaterThan(1);
    for (const [, name, path] of constraints) expect(read(path!)).toContain(name);
  });

  it("says what to do about everything that is not promised", () => {
    const [, ...sections] = page.slice(page.indexOf("## What is not promised")).split("\n### ");
    expect(sections.length).toBeGreaterThan(7);
    for (const section of sections) expect(section, section.split("\n")[0]).toContain("*What to do:*");
  });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "ab2d-operations-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
