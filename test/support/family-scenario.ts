import fc from "fast-check";
import { API_VERSIONS, type ApiVersion, type SourceSystem } from "../../src/domain/api-version.ts";
import { type Delivery, day, deliveriesOf, history } from "./family-history.ts";

/** Lines of one contract, export and API version that are brought in one run. */
export interface Run {
  /** 0 or 1. */
  readonly contract: number;
  readonly version: ApiVersion;
  /** Microseconds since 1970; `null` for stray files. */
  readonly exportedAt: number | null;
  readonly files: readonly (readonly string[])[];
  readonly loaders: number;
}

/** A contract's change to another active source. */
export interface Switch {
  readonly contract: number;
  readonly to: SourceSystem;
}

export interface FamilyScenario {
  /** The lines of each history. */
  readonly histories: readonly (readonly Delivery[])[];
  /** The contracts' active sources at the start. */
  readonly sources: readonly SourceSystem[];
  /** What is done, in its order. What stands in one step is done at once, each for another contract. */
  readonly steps: readonly (readonly (Run | Switch)[])[];
}

const source = fc.constantFrom<SourceSystem>("ccw", "ccw", "ccw", "idr");

/** Five exports and how they are brought: files in any order, some at once, some again, sources switched between them. */
const arrangement = fc.record({
  starts: fc.array(fc.constantFrom(null, day(2), day(4), day(6), day(8)), { minLength: 5, maxLength: 5 }),
  sources: fc.tuple(source, source),
  switches: fc.array(fc.record({ contract: fc.nat({ max: 1 }), to: source }), { maxLength: 3 }),
  /** How each export is brought to a contract in an API version: all its files in one run, or a run each; of these some again. */
  manners: fc.array(
    fc.record({
      isOneRun: fc.boolean(),
      loaders: fc.constantFrom(1, 1, 2),
      isBroughtAgain: fc.nat({ max: 5 }),
    }),
    { minLength: 30, maxLength: 30 },
  ),
  /** Places of runs and switches in time, and whether one begins together with the one before. */
  places: fc.array(fc.record({ place: fc.nat({ max: 1_000_000 }), isTogether: fc.nat({ max: 3 }) }), {
    minLength: 200,
    maxLength: 200,
  }),
});

type Arrangement = typeof arrangement extends fc.Arbitrary<infer Value> ? Value : never;

/** As many histories as wanted, which share files but no id. The same for the same seed. */
export function familyScenario(
  seed: number,
  { histories: count }: { readonly histories: number },
): FamilyScenario {
  const all = fc.tuple(arrangement, fc.array(history, { minLength: count, maxLength: count }));
  const [arranged, versions] = fc.sample(fc.noBias(all), { seed, numRuns: 1 })[0]!;
  const histories = versions.map((each, number) => deliveriesOf(each, { number, starts: arranged.starts }));
  return {
    histories,
    sources: arranged.sources,
    steps: stepsOf(arranged, runsOf(arranged, histories.flat())),
  };
}

/** The runs that bring every line. */
function runsOf({ starts, manners }: Arrangement, deliveries: readonly Delivery[]): Run[] {
  let manner = 0;
  return starts.flatMap((exportedAt, number) =>
    [0, 1].flatMap((contract) =>
      API_VERSIONS.flatMap((version) => {
        const { isOneRun, loaders, isBroughtAgain } = manners[manner++]!;
        const brought = deliveries
          .filter((line) => line.export === number && line.contract === contract && line.version === version)
          .sort((a, b) => a.place - b.place);
        const files = [0, 1, 2]
          .map((file) =>
            brought
              // In the file where it is already: twice there.
              .flatMap((line) =>
                [line.file, line.alsoInFile].flatMap((at) => (at === file ? line.line : [])),
              ),
          )
          .filter((lines) => lines.length > 0);
        if (files.length === 0) return [];
        const run = { contract, version, exportedAt };
        const runs: Run[] = isOneRun
          ? [{ ...run, files, loaders }]
          : files.map((lines) => ({ ...run, files: [lines], loaders: 1 }));
        return isBroughtAgain === 0 ? [...runs, { ...run, files: [files.flat()], loaders: 1 }] : runs;
      }),
    ),
  );
}

function stepsOf({ switches, places }: Arrangement, runs: readonly Run[]): (Run | Switch)[][] {
  const acts = [...runs, ...switches]
    .map((act: Run | Switch, index) => ({ act, ...places[index]! }))
    .sort((a, b) => a.place - b.place);
  const steps: (Run | Switch)[][] = [];
  for (const { act, isTogether } of acts) {
    const step = steps.at(-1);
    if (isTogether === 0 && step && !step.some(({ contract }) => contract === act.contract)) step.push(act);
    else steps.push([act]);
  }
  return steps;
}
