import { spawn } from "node:child_process";
import { errorCode } from "../../errors.ts";
import { serverEnvironment } from "./environment.ts";
import type { Home } from "./home.ts";

/** A server that this process has set off, seen through its watchdog. */
export interface Launch {
  /** Why and that it ended: the watchdog's exit code or the error of its start; `undefined` while it lives. */
  outcome(): string | undefined;
  /**
   * Takes our lifeline away. From now on only the holders of the named pipe keep the server; resolves when that is so (or the
   * watchdog is gone).
   */
  handOver(): Promise<void>;
}

/**
 * The watchdog, a POSIX shell in a session of its own. It starts the server and makes a named pipe, `holders.<pid of the
 * postmaster>`, that everybody who uses the server holds open for writing: the kernel closes it however a holder dies, so
 * end-of-file says that nobody is left. Until the starter holds the pipe too, its end of our stdin (3) does the same office.
 *
 * The end: the pipe is first renamed, so that nobody new gets in, and then read once more. Who got in at the last moment has
 * written a line (see `holdServer`), and the server stays. Else: fast shutdown, and after 5 s an immediate one.
 *
 * - 4 keeps the pipe from ending before it has had its first holder; 5 is the reading end, and a writer can open the pipe only
 *   while somebody reads: as long as this shell lives.
 * - The end of 6 (stdout) tells the starter that its lifeline is no longer needed.
 * - A service manager sends SIGTERM to the whole group; the watchdog has to outlive the server to clear up after it.
 * - A shell's background process ignores SIGINT, and so does the server until it has come to install its own: it then dies of
 *   the SIGTERM (which alone would wait for open sessions), or hears the next SIGINT a second later.
 */
const WATCHDOG = `
umask 077
home=$1 socket=$2 gone=$3
shift 3
exec 3<&0 6>&1 </dev/null >>"$home/postgres.log" 2>&1
trap : HUP INT QUIT TERM
pipe=$home/holders.$$
rm -f "$pipe"
[ -d "$socket" ] || mkdir "$socket" || exit 1
mkfifo "$pipe" && exec 4<>"$pipe" 5<"$pipe" || exit 1
"$@" 3<&- 4<&- 5<&- 6>&- &
server=$!
mv "$pipe" "$home/holders.$server"
pipe=$home/holders.$server
(
  trap '' HUP INT QUIT TERM
  read -r word <&3
  exec 3<&- 4<&- 6>&-
  while :; do
    while read -r word <&5; do :; done
    mv "$pipe" "$pipe.closing"
    read -r word <&5 || break
    mv "$pipe.closing" "$pipe"
  done
  exec 2>/dev/null
  nap=
  trap 'kill -KILL $nap; exit' USR1
  for second in 1 2 3 4 5; do
    kill -TERM $server && kill -INT $server || exit
    sleep 1 5<&- &
    nap=$!
    wait $nap
  done
  kill -QUIT $server
) &
watcher=$!
exec 3<&- 4<&- 6>&-
while kill -0 $server; do wait $server; done 2>/dev/null
{ kill -USR1 $watcher; wait $watcher; } 2>/dev/null
[ "$socket" = "$home" ] || rm -rf "$socket"
rm -f "$pipe" "$pipe.closing"
[ -z "$gone" ] || rm -rf "$gone"
`;

/**
 * Starts the server of a home below a watchdog that stops it when nobody holds it any more (and then removes an ephemeral
 * home). `command` is the server's command line, `socketFolder` is made if need be and removed at the end.
 */
export function launchServer(
  home: Home,
  { command, socketFolder }: { command: readonly string[]; socketFolder: string },
): Launch {
  const gone = home.ephemeral ? home.folder : "";
  const child = spawn("/bin/sh", ["-c", WATCHDOG, "sh", home.folder, socketFolder, gone, ...command], {
    ...home.account,
    env: serverEnvironment(),
    cwd: "/",
    // A session of its own: Ctrl-C in the terminal is for us, and the server stays until we are done.
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  let outcome: string | undefined;
  const released = new Promise<void>((resolve) => {
    child.stdout.on("close", () => resolve());
    child.on("exit", (code, signal) => {
      outcome ??= `exit code ${code ?? signal}`;
      resolve();
    });
    child.on("error", (error) => {
      outcome ??= errorCode(error) ?? "unknown error";
      resolve();
    });
  });
  child.stdin.on("error", () => {}); // a watchdog that is gone shows in its outcome
  child.stdout.resume();
  return {
    outcome: () => outcome,
    async handOver() {
      child.stdin.end();
      await released;
      child.unref();
    },
  };
}
