import type { SourceComparison, SourceFigures } from "../claims/compare-sources.ts";
import type { SourceSystem } from "../domain/api-version.ts";
import { type TableColumn, table } from "./table.ts";

const SOURCES = ["ccw", "idr"] as const satisfies readonly SourceSystem[];
const COLUMNS: readonly TableColumn[] = [
  { heading: "" },
  { heading: "V1, V2", align: "right" },
  { heading: "V3", align: "right" },
  { heading: "V3 less V1, V2", align: "right" },
];

interface Comparison {
  readonly before: SourceComparison;
  readonly after: SourceComparison;
  readonly hasSwitched: boolean;
}

/** Two sources of a contract side by side, for a person who has to trust one of them. */
export function comparisonText({ before, after, hasSwitched }: Comparison): string {
  const { sources, claimTypes, members } = after;
  const rows = [
    ...(hasSwitched
      ? [
          counted("current claims before", before.sources, "current_claims"),
          counted("current claims now", sources, "current_claims"),
        ]
      : [counted("current claims", sources, "current_claims")]),
    counted("claims", sources, "claims"),
    ...claimTypes.map((figures) => counted(`  ${figures.claim_type}`, figures, "claims")),
    counted("lines", sources, "lines"),
    counted("diagnoses", sources, "diagnoses"),
    counted("beneficiaries", sources, "beneficiaries"),
    counted("claim versions", sources, "versions"),
    counted("claim families", sources, "families"),
    plain("first service", sources, ({ first_service }) => first_service),
    plain("last service", sources, ({ last_service }) => last_service),
    plain("newest update", sources, ({ newest_update }) => newest_update?.toISOString()),
  ];
  return [
    table(COLUMNS, rows, { indent: "  " }),
    "",
    "  Claims are what analysts see, or would see with that source active. V3 has no claim groups: its families are single claims.",
    `  Members, matched by MBI: ${number(members.in_both)} in both, ${number(members.in_ccw_only)} in V1 and V2 only, ${number(members.in_idr_only)} in V3 only.`,
  ].join("\n");
}

type BySource = Readonly<Record<SourceSystem, SourceFigures>>;
type CountName = {
  [Name in keyof SourceFigures]: SourceFigures[Name] extends number ? Name : never;
}[keyof SourceFigures];

function counted(heading: string, sources: BySource, name: CountName): readonly string[] {
  const [ccw, idr] = SOURCES.map((source) => sources[source][name]) as [number, number];
  const difference = idr - ccw;
  return [heading, number(ccw), number(idr), `${difference > 0 ? "+" : ""}${number(difference)}`];
}

function plain(
  heading: string,
  sources: BySource,
  textOf: (figures: SourceFigures) => string | null | undefined,
): readonly string[] {
  return [heading, ...SOURCES.map((source) => textOf(sources[source]) ?? "none"), ""];
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
