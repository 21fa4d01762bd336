// The simulator in a process of its own: `node serve-claims.js ROLL_OVER_BYTES FILE…` serves NDJSON files as one contract's claims,
// gzipped as AB2D stores them, as often as one asks. It says in one line of JSON where; it ends with its stdin.
import { startSimulator } from "../src/simulator/start-simulator.ts";

const CONTRACT = "Z0001";

const [rollOverBytes, ...files] = process.argv.slice(2);
const simulator = await startSimulator({
  contracts: [{ number: CONTRACT, files }],
  rollOverBytes: Number(rollOverBytes),
  maxDownloads: Number.POSITIVE_INFINITY,
  tokenSeconds: 24 * 60 * 60,
});
const { apiUrl, tokenUrl } = simulator;
const { clientId, clientSecret } = simulator.credentials(CONTRACT);
process.stdout.write(`${JSON.stringify({ apiUrl, tokenUrl, credentials: { clientId, clientSecret } })}\n`);
process.stdin.on("end", () => void simulator.stop()).resume();
