import { ExitCode } from "../../errors.ts";
import type { CommandResult } from "../command.ts";
import type { Check } from "./check.ts";

const WORDS: Readonly<Record<Check["outcome"], string>> = {
  ok: "ok",
  warning: "warning",
  failure: "failed",
  skipped: "skipped",
};
const WIDTH = 110;

/** Sets checks as an aligned list, each that is not ok with its cure, and as JSON. Exits with the code of the first failure. */
export function doctorReport(checks: readonly Check[]): CommandResult {
  const titles = checks.map(({ contract, name }) => (contract ? `${contract} ${name}` : name));
  const titleWidth = Math.max(...titles.map((title) => title.length));
  const indent = " ".repeat("skipped".length + 2 + titleWidth + 2);
  const lines = checks.flatMap(({ outcome, found, cure }, index) => [
    `${WORDS[outcome].padEnd("skipped".length)}  ${titles[index]!.padEnd(titleWidth)}  ${wrap(found, indent)}`,
    ...(cure ? [`${indent}→ ${wrap(cure, `${indent}  `)}`] : []),
  ]);
  const count = (outcome: Check["outcome"]): number =>
    checks.filter((check) => check.outcome === outcome).length;
  return {
    text: [...lines, "", closingLine(checks.length, count)].join("\n"),
    json: {
      checks: checks.map(({ name, contract, outcome, found, cure }) => ({
        name,
        ...(contract ? { contract } : {}),
        outcome,
        found,
        cure: cure ?? null,
      })),
      failures: count("failure"),
      warnings: count("warning"),
    },
    exitCode: checks.find(({ outcome }) => outcome === "failure")?.exitCode ?? ExitCode.ok,
  };
}

function closingLine(total: number, count: (outcome: Check["outcome"]) => number): string {
  const [failures, warnings, skips] = [count("failure"), count("warning"), count("skipped")];
  return [
    `${total} checks: ${count("ok")} ok`,
    ...(warnings > 0 ? [warnings === 1 ? "1 warning" : `${warnings} warnings`] : []),
    ...(failures > 0 ? [`${failures} failed`] : []),
    ...(skips > 0 ? [`${skips} skipped`] : []),
  ].join(", ");
}

/** Breaks `text` at spaces so that lines fit; what has no space, such as a path, stays whole. */
function wrap(text: string, indent: string): string {
  const room = Math.max(40, WIDTH - indent.length);
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= room) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${indent}`);
}
