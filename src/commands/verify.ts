import { ExitCode } from "../errors.ts";
import { type CheckResult, type RepairResult, repair, verify } from "../pipeline/verify.ts";
import { type CommandSpec, withDatabase } from "./command.ts";
import { table } from "./table.ts";

export const verifyCommand: CommandSpec = {
  name: "verify",
  summary: "Prove that what was loaded is all there, as it was loaded; say what is wrong and how to heal it.",
  args: [],
  options: [
    {
      flags: "--deep",
      help: "Also map every stored EOB again and compare every column of every row with the claims tables.",
    },
    {
      flags: "--repair",
      help: "Derive the claims tables anew where they differ from the stored EOBs, then verify again. Nobody may be loading.",
    },
  ],
  settings: [],
  examples: ["verify", "verify --deep", "verify --repair --deep", "verify --json"],
  async run(_args, options, door) {
    const deep = options["deep"] === true;
    return withDatabase(door, { schema: "have" }, async ({ pool }) => {
      const context = { pool, signal: door.signal };
      const before = await verify({ deep }, context);
      const repaired = options["repair"] === true ? await repair(context) : undefined;
      const after = repaired === undefined ? undefined : await verify({ deep }, context);
      const last = after ?? before;
      return {
        text: [
          ...(repaired === undefined ? [] : ["Before the repair:", resultText(before), repairText(repaired)]),
          resultText(last),
        ].join("\n\n"),
        json: {
          deep,
          is_sound: isSound(last),
          checks: last,
          ...(repaired === undefined ? {} : { before, repaired }),
        },
        exitCode: isSound(last) ? ExitCode.ok : ExitCode.invariantBroken,
      };
    });
  },
};

function isSound(results: readonly CheckResult[]): boolean {
  return results.every(({ found }) => found === 0);
}

function resultText(results: readonly CheckResult[]): string {
  const wrong = results.filter(({ found }) => found > 0);
  if (wrong.length === 0) return `All is well: ${results.length} checks found nothing.`;
  return [
    table(
      [
        { heading: "check" },
        { heading: "found", align: "right" },
        { heading: "what it means" },
        { heading: "heal with" },
      ],
      wrong.map(({ name, found, meaning, heal }) => [name, found.toLocaleString("en-US"), meaning, heal]),
      { maxWidth: 110 },
    ),
    "",
    ...wrong.flatMap(({ name, file, detail }) => {
      if (file !== null) return [`The rows of ${name}: psql -f ${file}`];
      const parts = Object.entries(detail ?? {}).map(
        ([what, count]) => `${count.toLocaleString("en-US")} ${what}`,
      );
      return parts.length === 0 ? [] : [`${name}: ${parts.join(", ")}`];
    }),
    `${wrong.length} of ${results.length} checks found something.`,
  ].join("\n");
}

function repairText({ awaited, headers, claims, held_again, families, accepted }: RepairResult): string {
  const number = (value: number): string => value.toLocaleString("en-US");
  return [
    `Repaired: ${number(headers)} headers and the rows below ${number(claims)} more claims written anew, ${number(families)} families put right, ${number(held_again)} claims given back to the contract of their file.`,
    ...(awaited > 0 ? [`${number(awaited)} EOBs wait for their line to be delivered again.`] : []),
    ...(accepted.length > 0 ? [`Taken over as they are: ${accepted.join(", ")}.`] : []),
  ].join("\n");
}
