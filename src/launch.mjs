#!/usr/bin/env node
// Runs the program from a checkout: compiles `src` into `dist` when it has changed since, then starts it. Node 20 cannot run
// TypeScript; compiled code starts three times as fast as through a loader (0.35 s against 1.1 s) and takes 60 MB less.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const built = `${root}dist/cli.js`;

/** When the newest source file was written, in milliseconds. */
function newestSource() {
  const sources = readdirSync(`${root}src`, { recursive: true }).filter((name) => name.endsWith(".ts"));
  return Math.max(...sources.map((name) => statSync(`${root}src/${name}`).mtimeMs));
}

function compiler() {
  try {
    return createRequire(import.meta.url).resolve("typescript/bin/tsc");
  } catch {
    process.stderr.write("ab2d: Cannot start: the packages are not installed\n      Run npm ci first.\n");
    process.exit(78);
  }
}

function build() {
  const tsc = compiler();
  const fresh = `${root}dist.${process.pid}`;
  const { status } = spawnSync(
    process.execPath,
    [tsc, "-p", `${root}tsconfig.build.json`, "--outDir", fresh],
    {
      stdio: ["ignore", 2, 2],
    },
  );
  if (status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    process.exit(70);
  }
  // Another process may build at the same time: whoever renames last wins, and both have built the same.
  const stale = `${root}dist.${process.pid}.stale`;
  try {
    if (existsSync(`${root}dist`)) renameSync(`${root}dist`, stale);
    renameSync(fresh, `${root}dist`);
  } catch (error) {
    if (!existsSync(built)) throw error;
  }
  for (const folder of [stale, fresh]) rmSync(folder, { recursive: true, force: true });
}

if (!existsSync(built) || statSync(built).mtimeMs < newestSource()) build();
await import("../dist/cli.js");
