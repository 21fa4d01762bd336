import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import type { asEtlError } from "../../src/as-etl-error.ts";
import type { sync } from "../../src/pipeline.ts";
import type { createPool } from "../../src/postgres/pool.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const load = createRequire(import.meta.url);

/** A change of the copied source, TypeScript or SQL: `find` has to be there exactly once, so that it can't rot silently. */
export interface Edit {
  /** From the project's folder: `src/pipeline.ts`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** What the tests call of a program in their own process. */
export interface ProgramModules {
  readonly sync: typeof sync;
  readonly createPool: typeof createPool;
  readonly asEtlError: typeof asEtlError;
}

/** The program as it stood when the copy was made, so that a campaign of an hour is about one state of the source. */
export interface ProgramCopy {
  /** What to hand to `node` before the program's own arguments. */
  readonly nodeArgs: readonly string[];
  /** Loads the copy into this process. */
  modules(): ProgramModules;
  /** The await in `file` that begins with `text`, which is there once, as the witness names it. */
  siteOf(file: string, text: string): string;
  remove(): Promise<void>;
}

/**
 * What an await calls: `begun` once its promise is made, so that a statement or a request is on its way, `done` once it has
 * resolved. The process kills itself at the wanted one, and without that writes how often it came past each.
 */
const WITNESS = `
import { writeFileSync } from "node:fs";
const { AB2D_TEST_DIE_AT: wanted, AB2D_TEST_AWAITS_FILE: file } = process.env;
const [place, times] = (wanted ?? "").split("#");
const counts = {};
const pass = (phase) => (site, value) => {
  const key = site + " " + phase;
  counts[key] = (counts[key] ?? 0) + 1;
  if (key === place && counts[key] === Number(times)) process.kill(process.pid, "SIGKILL");
  return value;
};
globalThis.awaitBegun = pass("begun");
globalThis.awaitDone = pass("done");
if (file) process.on("exit", () => writeFileSync(file, JSON.stringify(counts)));
`;

/**
 * Compiles the program into a folder of its own; `witnessed`: with every await of it counted; `edits`: with its source changed
 * before. Throws when an edit doesn't fit the source.
 */
export async function copyProgram({
  witnessed = false,
  edits = [],
}: {
  readonly witnessed?: boolean;
  readonly edits?: readonly Edit[];
} = {}): Promise<ProgramCopy> {
  const edited = await editedTexts(edits);
  const folder = await mkdtemp(join(tmpdir(), "ab2d-program-"));
  const sources = await readdir(join(ROOT, "src"), { recursive: true });
  const texts = new Map<string, string>();
  for (const name of sources.filter((source) => source.endsWith(".ts"))) {
    const text = edited.get(`src/${name}`) ?? (await readFile(join(ROOT, "src", name), "utf8"));
    texts.set(name, text);
    const target = join(folder, "dist", name.replace(/\.ts$/, ".js"));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, compiled(text, { name, witnessed: witnessed && !/^simulator/.test(name) }));
  }
  await writeFile(join(folder, "witness.mjs"), WITNESS);
  for (const part of ["sql", "migrations", "package.json"]) {
    await cp(join(ROOT, part), join(folder, part), { recursive: true });
  }
  for (const [file, text] of edited) if (file.endsWith(".sql")) await writeFile(join(folder, file), text);
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return {
    modules() {
      if (witnessed) load(join(folder, "witness.mjs"));
      return Object.assign(
        {},
        ...["pipeline.js", "postgres/pool.js", "as-etl-error.js"].map((name) =>
          load(join(folder, "dist", name)),
        ),
      );
    },
    siteOf(file, text) {
      const source = texts.get(file)!;
      const before = source.slice(0, placeOf(source, { file, find: `await ${text}` })).split("\n");
      return `${file}:${before.length}:${before.at(-1)!.length + 1}`;
    },
    nodeArgs: [
      "--max-semi-space-size=4",
      ...(witnessed ? ["--import", join(folder, "witness.mjs")] : []),
      join(folder, "dist/cli.js"),
    ],
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The texts of the files that `edits` change. */
async function editedTexts(edits: readonly Edit[]): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const edit of edits) {
    const text = texts.get(edit.file) ?? (await readFile(join(ROOT, edit.file), "utf8"));
    const place = placeOf(text, edit);
    texts.set(edit.file, text.slice(0, place) + edit.replace + text.slice(place + edit.find.length));
  }
  return texts;
}

function placeOf(text: string, { file, find }: Pick<Edit, "file" | "find">): number {
  const place = text.indexOf(find);
  if (place === -1 || text.includes(find, place + 1)) {
    throw new Error(`${file} has ${place === -1 ? "no" : "more than one"} place that reads: ${find}`);
  }
  return place;
}

const compiledBefore = new Map<string, string>();

/** JavaScript of a source text, compiled once: most files of one copy are those of the next. */
function compiled(
  text: string,
  { name, witnessed }: { readonly name: string; readonly witnessed: boolean },
): string {
  const key = `${name} ${witnessed}\n${text}`;
  const known = compiledBefore.get(key) ?? compiledAnew(text, { name, witnessed });
  compiledBefore.set(key, known);
  return known;
}

function compiledAnew(
  text: string,
  { name, witnessed }: { readonly name: string; readonly witnessed: boolean },
): string {
  return ts.transpileModule(text, {
    fileName: name,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
    ...(witnessed ? { transformers: { before: [witnessAwaits] } } : {}),
  }).outputText;
}

/** `await x` becomes `awaitDone(site, await awaitBegun(site, x))`. */
function witnessAwaits(context: ts.TransformationContext): (file: ts.SourceFile) => ts.SourceFile {
  const { factory } = context;
  return (file) => {
    const visit = (node: ts.Node): ts.Node => {
      if (!ts.isAwaitExpression(node)) return ts.visitEachChild(node, visit, context);
      const { line, character } = file.getLineAndCharacterOfPosition(node.getStart(file));
      const site = factory.createStringLiteral(`${file.fileName}:${line + 1}:${character + 1}`);
      const call = (witness: string, value: ts.Expression) =>
        factory.createCallExpression(factory.createIdentifier(witness), undefined, [site, value]);
      const inner = ts.visitNode(node.expression, visit) as ts.Expression;
      return call("awaitDone", factory.createAwaitExpression(call("awaitBegun", inner)));
    };
    return ts.visitNode(file, visit) as ts.SourceFile;
  };
}
