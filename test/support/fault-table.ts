import { FAULT_ANSWERS } from "../traps/fault-answers.ts";
import { FAULT_ROWS } from "../traps/fault-rows.ts";
import { HOST_ROWS } from "../traps/host-rows.ts";
import type { Row } from "../traps/row.ts";

const GROUPS = [
  { heading: "The process and its machine", first: 1, last: 12 },
  { heading: "PostgreSQL", first: 13, last: 20 },
  { heading: "AB2D", first: 21, last: 36 },
  { heading: "The transfer", first: 37, last: 45 },
  { heading: "The data", first: 46, last: 61 },
] as const;

const TRAPS = "test/traps.test.ts";
const EVERY_FAULT = "test/every-fault.test.ts";

/** The whole of `docs/faults.md`: every fault, what the program does, and the tests that look. */
export function faultTable(): string {
  const rows: Readonly<Record<number, Row>> = { ...HOST_ROWS, ...FAULT_ROWS };
  const section = ({ heading, first, last }: (typeof GROUPS)[number]): string[] => [
    `## ${heading}`,
    "",
    "| | fault | what the program does | exit | held by |",
    "| ---: | --- | --- | --- | --- |",
    ...Array.from({ length: last - first + 1 }, (_, index) => first + index).map((number) => {
      const { does, exits } = FAULT_ANSWERS[number]!;
      const row = rows[number]!;
      return `| ${number} | ${row.words} | ${does} | ${exits} | ${heldBy(number, row)} |`;
    }),
    "",
  ];
  return [
    "# Faults",
    "",
    "What can go wrong, what the program does about it, and the tests that look. In every row nothing is lost and nothing doubled: where a",
    "run does not end well, the watermark stays, and the next undisturbed run brings what is missing. [guarantees.md](guarantees.md) says",
    "what that rests on, [operations.md](operations.md) what to do about an exit code.",
    "",
    "This page is made of the tests' own list: `npm run docs`. Tests in `test/crash` have a short form and a long one, a campaign of hours;",
    "`…` stands for what a test fills in.",
    "",
    ...GROUPS.flatMap(section),
  ].join("\n");
}

/** The tests of a row, by file. */
function heldBy(number: number, { words, run, heldBy: others = [] }: Row): string {
  const byFile = new Map<string, string[]>();
  const add = (file: string, name: string) => byFile.set(file, [...(byFile.get(file) ?? []), name]);
  if (run) add(TRAPS, `row ${number}: ${words}`);
  for (const holder of others) {
    const [file, name] = holder.split(" > ");
    if (name !== undefined) add(file!, name.replaceAll(/\$\{\w+\}|\$\w+|%[is]/g, "…"));
    else add(holder.startsWith("fault ") ? EVERY_FAULT : TRAPS, holder);
  }
  return [...byFile]
    .map(([file, names]) => `\`${file}\`: ${names.map((name) => `*${name}*`).join(", ")}`)
    .join("; ");
}
