/** A column of a table: its heading and to which side its values lean. */
export interface TableColumn {
  readonly heading: string;
  readonly align?: "left" | "right";
}

/** Sets rows as text, columns apart by two spaces, a rule under the heading. Cells are cut at `maxWidth` characters. */
export function table(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  { maxWidth = 60, indent = "" }: { readonly maxWidth?: number; readonly indent?: string } = {},
): string {
  const cells = rows.map((row) =>
    row.map((cell) => (cell.length > maxWidth ? `${cell.slice(0, maxWidth - 1)}…` : cell)),
  );
  const widths = columns.map(({ heading }, index) =>
    Math.max(heading.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    columns
      .map(({ align }, index) =>
        align === "right"
          ? (row[index] ?? "").padStart(widths[index]!)
          : (row[index] ?? "").padEnd(widths[index]!),
      )
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [line(columns.map(({ heading }) => heading)), rule, ...cells.map(line)]
    .map((text) => indent + text)
    .join("\n");
}
