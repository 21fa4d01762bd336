import { createInterface } from "node:readline/promises";
import { EtlError, ExitCode } from "../errors.ts";

/**
 * Asks a question on a terminal and resolves to the line that is typed, without white space around it. Throws the signal's reason
 * on abort, and INTERRUPTED (130) when whoever sits there leaves by Ctrl-C or Ctrl-D.
 */
export async function askTerminal(question: string, signal: AbortSignal): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Without this, a question whose terminal is closed stays open for ever.
  const left = new Promise<never>((_resolve, reject) => {
    terminal.once("close", () => {
      reject(
        new EtlError("Stopped: a question was left without an answer", {
          code: "INTERRUPTED",
          exitCode: ExitCode.interrupted,
          hint: "Nothing was written. `ab2d init --help` lists the options that answer without questions.",
        }),
      );
    });
  });
  try {
    const answer = await Promise.race([terminal.question(question, { signal }), left]);
    return answer.trim();
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof EtlError)) return await left; // Newer versions of Node end the question with an error of their own.
    process.stdout.write("\n");
    throw error;
  } finally {
    left.catch(() => {});
    terminal.close();
  }
}
