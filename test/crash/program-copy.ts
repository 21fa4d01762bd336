import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The program as it stood when the copy was made, so that a campaign of an hour is about one state of the source. */
export interface ProgramCopy {
  /** What to hand to `node` before the program's own arguments. */
  readonly nodeArgs: readonly string[];
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

/** Compiles the program into a folder of its own; `witnessed`: with every await of it counted. */
export async function copyProgram({
  witnessed = false,
}: {
  readonly witnessed?: boolean;
} = {}): Promise<ProgramCopy> {
  const folder = await mkdtemp(join(tmpdir(), "ab2d-program-"));
  const sources = await readdir(join(ROOT, "src"), { recursive: true });
  for (const name of sources.filter((source) => source.endsWith(".ts"))) {
    const text = await readFile(join(ROOT, "src", name), "utf8");
    const target = join(folder, "dist", name.replace(/\.ts$/, ".js"));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, compiled(text, { name, witnessed: witnessed && !/^simulator/.test(name) }));
  }
  await writeFile(join(folder, "witness.mjs"), WITNESS);
  for (const part of ["sql", "migrations", "package.json"]) {
    await cp(join(ROOT, part), join(folder, part), { recursive: true });
  }
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return {
    nodeArgs: [
      "--max-semi-space-size=4",
      ...(witnessed ? ["--import", join(folder, "witness.mjs")] : []),
      join(folder, "dist/cli.js"),
    ],
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function compiled(text: string, { name, witnessed }: { readonly name: string; readonly witnessed: boolean }) {
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
