/** What the program does about a fault of the table, for `docs/faults.md`. */
export interface FaultAnswer {
  readonly does: string;
  /** Exit codes of the run that meets it, the usual one first. */
  readonly exits: string;
}

/** By the fault's number. */
export const FAULT_ANSWERS: Readonly<Record<number, FaultAnswer>> = {
  1: {
    does: "Ends at once. The next run goes on from what was committed and what has landed.",
    exits: "none; then 0",
  },
  2: {
    does: "Stops within ten seconds, rolls back what is unfinished, frees the contract.",
    exits: "143, 130",
  },
  3: {
    does: "A file is synced, renamed and its folder synced before the ledger says that it has landed.",
    exits: "none; then 0",
  },
  4: {
    does: "The unfinished file is removed, never synced a second time; the next run downloads it again.",
    exits: "74",
  },
  5: {
    does: "Memory does not grow with a line or a file. If the system ends the program, nothing is half loaded.",
    exits: "the system's; then 0",
  },
  6: { does: "The unfinished file is removed; the message says that the disk is full.", exits: "73" },
  7: {
    does: "The watermark is the earlier of both clocks; tokens are renewed when they are refused, too.",
    exits: "0",
  },
  8: { does: "Every instant has an offset; the machine's time zone changes nothing.", exits: "0" },
  9: { does: "One runs. The others name it and ask AB2D for nothing.", exits: "75" },
  10: { does: "Stops before its next commit: another run may have begun.", exits: "75" },
  11: { does: "Refuses before it asks AB2D for anything.", exits: "78" },
  12: {
    does: "Migrations run one after the other, each in a transaction; one that fails leaves nothing, and who waits too long for a lock gives up.",
    exits: "0, 75, 78",
  },
  13: {
    does: "The file's transaction is undone and tried again; without the run's lock the run stops.",
    exits: "0, 69, 75",
  },
  14: { does: "Asks the ledger what was committed, and goes on from there.", exits: "0, 69, 75" },
  15: {
    does: "The file is tried again on a new connection; the run stops when nobody answers.",
    exits: "0, 69",
  },
  16: {
    does: "Nothing of the transaction is kept; the message says which disk to make room on.",
    exits: "69",
  },
  17: { does: "The file's transaction is tried again, up to eight times.", exits: "0, 69" },
  18: { does: "Staging is made again from the landed file.", exits: "0, 69, 75" },
  19: { does: "Says what is refused, and which right or setting to look at.", exits: "77, 78" },
  20: { does: "Refuses before it asks AB2D for anything.", exits: "78" },
  21: { does: "A new token is asked for before the old one ends, and once after a 401 or 403.", exits: "0" },
  22: { does: "Stops and names the causes: address, credentials, environment.", exits: "77" },
  23: { does: "Never asks again; tells what AB2D says of the request.", exits: "78, 64" },
  24: {
    does: "Looks again; a job that is gone for good ends the run, and the next one starts another.",
    exits: "0, 75",
  },
  25: {
    does: "Waits as long as it is told to, within bounds; takes over its own job, never somebody else's.",
    exits: "0, 75",
  },
  26: { does: "Starts one more job of the same window, then stops.", exits: "0, 69" },
  27: {
    does: "Waits longer each time, up to a bound; the job stays, and the next run goes on with it.",
    exits: "0, 69, 75",
  },
  28: {
    does: "Waits; a job that AB2D ends is the run's end, and a backfill brings smaller windows.",
    exits: "0, 75",
  },
  29: { does: "Starts a new job of the same window; what is loaded stays.", exits: "0" },
  30: { does: "One good download is enough.", exits: "0" },
  31: { does: "Loads the claims, keeps the error file, holds the watermark.", exits: "3" },
  32: {
    does: "Holds the watermark where claims of the window are held; otherwise nothing is new.",
    exits: "3, 0",
  },
  33: {
    does: "Can't be seen in one export. The overlap brings some, `ab2d reconcile` all, and says how many.",
    exits: "0",
  },
  34: { does: "Refuses the manifest.", exits: "76" },
  35: {
    does: "Compares the window that AB2D says it used with the one asked for; stops, or calls it a gap.",
    exits: "76, 3",
  },
  36: { does: "Gives a transfer up that is too slow, tries again, then stops.", exits: "0, 69" },
  37: { does: "Notices by a strict gunzip, length and SHA-256; downloads again.", exits: "0, 76" },
  38: {
    does: "Nothing of the file is loaded; downloads again, six times at most in two jobs.",
    exits: "0, 76",
  },
  39: {
    does: "Stops the transfer as soon as it has more bytes than the manifest says; downloads again.",
    exits: "0",
  },
  40: {
    does: "Takes gzip of any number of members and plain bytes; refuses what it did not ask for.",
    exits: "0, 76",
  },
  41: { does: "Follows none; the other host hears nothing.", exits: "76" },
  42: {
    does: "Takes the job's id and the file's name from the address, and asks the configured host.",
    exits: "0",
  },
  43: { does: "Refuses the manifest; no such path is ever asked for or written.", exits: "76" },
  44: { does: "Refuses the connection; beyond loopback nothing turns that off.", exits: "69" },
  45: { does: "Goes through it; its credentials are shown nowhere.", exits: "0, 69" },
  46: { does: "Keeps the line aside, whole; loads all others; holds the watermark.", exits: "3" },
  47: { does: "Keeps the text as received; in a column's text it is kept aside.", exits: "0, 3" },
  48: { does: "Keeps the text as received; in a column's text it is kept aside.", exits: "0, 3" },
  49: { does: "Keeps the line aside, byte for byte.", exits: "3" },
  50: { does: "Reads them as what they are, and counts blank lines.", exits: "0" },
  51: { does: "No lines.", exits: "0" },
  52: { does: "Keeps its place, length and hash aside, and the landed file.", exits: "3" },
  53: { does: "The last one counts, as everywhere; two ids or two times are kept aside.", exits: "0, 3" },
  54: { does: "Digits go to PostgreSQL as text.", exits: "0" },
  55: { does: "One is loaded, the others are counted as duplicates.", exits: "0" },
  56: { does: "The newest `lastUpdated` wins, whatever the order.", exits: "0" },
  57: { does: "The newer export wins, then the greater hash: the same whatever the order.", exits: "0" },
  58: {
    does: "Missing ranks lowest, the future as the export's start; what is no instant is kept aside.",
    exits: "0, 3",
  },
  59: { does: "The claim's rows move; none stay behind.", exits: "0" },
  60: { does: "Keeps other resources aside; unknown members stay in the text.", exits: "3, 0" },
  61: { does: "Nothing is lost, doubled or older than before.", exits: "0" },
};
