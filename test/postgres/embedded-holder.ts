import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this project. */
export const project = fileURLToPath(new URL("../../", import.meta.url));

const spawned: ChildProcess[] = [];

export interface HolderOptions {
  readonly folder?: string;
  /** Holder's folder for temporary files. */
  readonly tmp?: string;
  readonly as?: { uid: number; gid: number } | undefined;
  readonly variables?: Readonly<Record<string, string>>;
  /** Only starts the server and does nothing more. */
  readonly idle?: boolean;
  /** Root of the source code; default: this project. */
  readonly source?: string;
}

/** A process of its own that holds an embedded server until it is told to stop or killed. */
export interface Holder {
  readonly child: ChildProcess;
  readonly url: string;
  readonly folder: string;
  stop(): Promise<void>;
}

/** Starts a process that starts an embedded server, writes where it is as a line of JSON (or why it failed), and holds it. */
export function spawnHolder({
  folder,
  tmp,
  as,
  variables,
  idle = false,
  source = project,
}: HolderOptions): ChildProcess {
  const script = `
    import { startEmbeddedPostgres } from ${JSON.stringify(path.join(source, "src/postgres/embedded.ts"))};
    try {
      const { url, folder, stop } = await startEmbeddedPostgres(${JSON.stringify(folder === undefined ? {} : { folder })});
      process.stdout.write(JSON.stringify({ url, folder }) + "\\n");
      ${idle ? "" : 'process.stdin.once("data", () => stop().then(() => process.exit(0)));'}
    } catch ({ code, exitCode, hint, message }) {
      process.stdout.write(JSON.stringify({ code, exitCode, hint, message }) + "\\n");
    }`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
    ...as,
    cwd: project,
    env: { ...process.env, ...variables, ...(tmp === undefined ? {} : { TMPDIR: tmp }) },
    stdio: ["pipe", "pipe", "inherit"],
  });
  spawned.push(child);
  return child;
}

/** The same, once the server is ready. */
export async function startHolder(options: HolderOptions): Promise<Holder> {
  const child = spawnHolder(options);
  const [line] = (await once(child.stdout!, "data")) as [Buffer];
  const { url, folder, message } = JSON.parse(line.toString());
  if (url === undefined) throw new Error(message);
  return {
    child,
    url,
    folder,
    async stop() {
      child.stdin!.write("stop\n");
      await once(child, "exit");
    },
  };
}

/** Ends what is left of the processes started here. */
export function killHolders(): void {
  for (const child of spawned.splice(0)) child.kill("SIGKILL");
}
