/**
 * The environment of everything that the embedded server runs: a short list, so that neither a stray `PGPORT` nor a secret of
 * ours (`DATABASE_URL`, `AB2D_…`) gets into a server process.
 */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const { PATH = "/usr/local/bin:/usr/bin:/bin", TMPDIR, SystemRoot, TEMP, TMP } = process.env;
  const given = Object.entries({ PATH, TMPDIR, SystemRoot, TEMP, TMP }).filter(
    ([, value]) => value !== undefined,
  );
  return { ...Object.fromEntries(given), LC_ALL: "C", TZ: "UTC" };
}
