import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { acceleratedClock } from "../clock.ts";
import { parseContractNumber } from "../domain/contract-number.ts";
import { ExitCode, errorCode } from "../errors.ts";
import { FAULTS } from "../simulator/faults/all-faults.ts";
import type { Fault } from "../simulator/faults/fault.ts";
import { faultNamed } from "../simulator/faults/fault-named.ts";
import { startSimulator } from "../simulator/start-simulator.ts";
import { type CommandSpec, type OptionValues, prepareWorkingFolder, usageError } from "./command.ts";

const EXAMPLE = "simulate --contract Z0001 --patients 100";
/** Where credentials files of simulated contracts go. */
const FOLDER = ".ab2d/simulator";
/** The simulator lives so many days behind the calendar, so that days can pass without reaching the future. */
const DAYS_BEHIND = 56;

export const simulateCommand: CommandSpec = {
  name: "simulate",
  summary:
    "Run an AB2D on loopback: synthetic patients whose claims change with time. For trying things out.",
  args: [],
  options: [
    { flags: "--port <n>", help: "Port on 127.0.0.1. Default: any free one." },
    {
      flags: "--contract <number>",
      help: "A contract to serve; may be repeated. Default: Z0001.",
      repeats: true,
    },
    { flags: "--patients <n>", help: "Patients of each contract. Default: 100." },
    { flags: "--seed <n>", help: "Everything invented derives from it. Default: 1." },
    {
      flags: "--file <path>",
      help: "Serve this NDJSON file instead of inventing claims; may be repeated.",
      repeats: true,
    },
    { flags: "--job-seconds <n>", help: "How long a job runs. Default: 2." },
    {
      flags: "--days-behind <n>",
      help: `How far the simulator's date lies in the past at first. Default: ${DAYS_BEHIND}.`,
    },
    {
      flags: "--since-datetime",
      help: "Round _since and return the Since-Datetime header, as documented in 2021.",
    },
    {
      flags: "--fault <name>",
      help: `Misbehave; may be repeated. docs/simulator.md says what each does. Names: ${FAULTS.map(({ name }) => name).join(", ")}.`,
      repeats: true,
    },
    {
      flags: "--fault-seed <n>",
      help: "The moments at which faults strike derive from it. Default: the seed.",
    },
    { flags: "--speed <n>", help: "Seconds of the simulator's time in one second. Default: 1." },
  ],
  settings: [],
  examples: [
    EXAMPLE,
    "simulate --contract Z0001 --contract Z0002 --port 8480",
    "simulate --fault truncated-gzip --fault queued-for-days --speed 3600",
  ],
  async run(_args, options, { signal, say, log }) {
    const numbers = ((options["contract"] as readonly string[] | undefined) ?? ["Z0001"]).map((text) => {
      const contract = parseContractNumber(text);
      if (contract === undefined)
        throw usageError("Cannot simulate: --contract is no contract number", EXAMPLE);
      return contract;
    });
    const daysBehind = wholeNumber(options, "daysBehind") ?? DAYS_BEHIND;
    const speed = wholeNumber(options, "speed") ?? 1;
    if (speed === 0)
      throw usageError("Cannot simulate: --speed is 0, so that time would stand still", EXAMPLE);
    const clock = acceleratedClock({ startsAt: new Date(Date.now() - daysBehind * 86_400_000), speed });
    const faults = ((options["fault"] as readonly string[] | undefined) ?? []).map(faultNamed);
    const faultSeed = wholeNumber(options, "faultSeed");
    const patients = wholeNumber(options, "patients");
    const files = options["file"] as readonly string[] | undefined;
    const port = wholeNumber(options, "port");
    if (port !== undefined && port > 65_535)
      throw usageError("Cannot simulate: --port is over 65535", EXAMPLE);
    const seed = wholeNumber(options, "seed");
    const jobSeconds = wholeNumber(options, "jobSeconds");
    const simulator = await startSimulator({
      contracts: numbers.map((number) => ({
        number,
        ...(patients === undefined ? {} : { patients }),
        ...(files === undefined ? {} : { files }),
      })),
      clock,
      log,
      sinceDatetime: options["sinceDatetime"] === true,
      ...(port === undefined ? {} : { port }),
      ...(seed === undefined ? {} : { seed }),
      ...(jobSeconds === undefined ? {} : { jobSeconds }),
      ...(faultSeed === undefined ? {} : { faultSeed }),
      faults,
      onAdvance: (days) => clock.advance(days * 86_400_000),
    }).catch((error: unknown) => {
      if (errorCode(error) !== "EADDRINUSE") throw error;
      throw usageError(`Cannot simulate: port ${port} is in use`, "simulate --port 8480");
    });
    try {
      prepareWorkingFolder();
      mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
      for (const number of numbers) {
        writeFileSync(join(FOLDER, `${number}.credentials`), simulator.credentials(number).base64, {
          mode: 0o600,
        });
      }
      const { apiUrl, tokenUrl } = simulator;
      say(introduction({ apiUrl, tokenUrl, numbers, faults, speed, today: clock.now() }));
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      return { text: "The simulator has stopped.", json: { stopped: true }, exitCode: ExitCode.ok };
    } finally {
      await simulator.stop();
    }
  },
};

interface Introduction {
  readonly apiUrl: string;
  readonly tokenUrl: string;
  readonly numbers: readonly string[];
  readonly faults: readonly Fault[];
  readonly speed: number;
  readonly today: Date;
}

function introduction({ apiUrl, tokenUrl, numbers, faults, speed, today }: Introduction): string {
  const date = today.toISOString().slice(0, 10);
  return [
    `AB2D simulator for ${numbers.join(", ")}; its date is ${date}${speed === 1 ? "" : `, its time runs ${speed} times as fast`}.`,
    ...faults.map(({ name, summary }) => `Fault ${name}: ${summary}.`),
    "",
    "In another terminal:",
    `  export AB2D_API_URL=${apiUrl}`,
    `  export AB2D_TOKEN_URL=${tokenUrl}`,
    `  export AB2D_CREDENTIALS_FILE=${join(FOLDER, `${numbers[0]}.credentials`)}`,
    `  export AB2D_POLL_INTERVAL=5`,
    `  npm run -s ab2d -- sync ${numbers[0]}`,
    "",
    `A fortnight passes: curl -X POST '${apiUrl}/simulator/advance?days=14'`,
    `Three hours pass:  curl -X POST '${apiUrl}/simulator/advance?hours=3'`,
    "Ctrl-C stops it.",
  ].join("\n");
}

function wholeNumber(options: OptionValues, name: string): number | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw usageError(`Cannot simulate: ${flag} is no whole number`, EXAMPLE);
}
