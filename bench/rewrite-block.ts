import { readFileSync, writeFileSync } from "node:fs";

/** Puts `text` between the comments `<!-- NAME -->` and `<!-- /NAME -->` of a Markdown page, in place of what is there. */
export function rewriteBlock(page: string | URL, name: string, text: string): void {
  const before = readFileSync(page, "utf8");
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [before.indexOf(start) + start.length, before.indexOf(end)];
  if (from < start.length || to < from) throw new Error(`no block ${name} in ${page}`);
  writeFileSync(page, `${before.slice(0, from)}\n${text.trim()}\n${before.slice(to)}`);
}
