import type { Home } from "./home.ts";

/**
 * PostgreSQL's settings for an embedded server, but for where it listens. UTC, durable unless ephemeral, and a log of its own
 * that never holds the contents of rows: `log_min_messages=log` lets through what the server has to say, start, stop and crash,
 * but no session's errors, whose very message can quote a value (`invalid input syntax for type date: "…"`).
 */
export function serverSettings({ ephemeral }: Pick<Home, "ephemeral">): Record<string, string> {
  return {
    timezone: "UTC",
    log_timezone: "UTC",
    log_min_messages: "log",
    log_min_error_statement: "panic",
    log_error_verbosity: "terse",
    log_statement: "none",
    log_min_duration_statement: "-1",
    log_parameter_max_length: "0",
    log_parameter_max_length_on_error: "0",
    log_checkpoints: "off",
    ...(ephemeral
      ? {
          fsync: "off",
          synchronous_commit: "off",
          full_page_writes: "off",
          wal_level: "minimal",
          max_wal_senders: "0",
        }
      : {}),
  };
}
