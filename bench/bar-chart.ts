export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Drawn in the colour of what it is about. */
  readonly isOurs: boolean;
}

const WIDTH = 760;
const BAR = 18;
const STEP = 26;
const TOP = 40;
const LABELS = 330;
const VALUES = 60;

/** Horizontal bars as an SVG image, in colours that can be read on light and on dark ground. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ value }) => value));
  const height = TOP + bars.length * STEP + 8;
  const drawn = bars.map(({ label, value, isOurs }, index) => {
    const y = TOP + index * STEP;
    const width = Math.max(1, Math.round((value / most) * (WIDTH - LABELS - VALUES)));
    return [
      `  <text x="${LABELS - 8}" y="${y + 14}" text-anchor="end">${escaped(label)}</text>`,
      `  <rect x="${LABELS}" y="${y}" width="${width}" height="${BAR}" rx="2" fill="${isOurs ? "#1f77d0" : "#9aa5b1"}"/>`,
      `  <text x="${LABELS + width + 6}" y="${y + 14}">${value.toFixed(1)}</text>`,
    ].join("\n");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}">
  <style>text { font: 13px system-ui, sans-serif; fill: #59636e; } .title { font-weight: 600; }</style>
  <text class="title" x="8" y="22">${escaped(title)}</text>
${drawn.join("\n")}
</svg>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
