/** One of the checks of `ab2d verify`. */
export interface Check {
  /** Of its file in `sql/checks`, which returns the rows that are wrong. */
  readonly name: string;
  /** What it means when it finds something. */
  readonly meaning: string;
  readonly heal: string;
}

const REPAIR = "ab2d verify --repair";
const REDELIVER = "ab2d verify --repair, then ab2d reconcile for every contract";
const RECONCILE = "ab2d reconcile for every contract";

/** The checks in the order in which they are told: first what came, then what was made of it. */
export const CHECKS: readonly Check[] = [
  {
    name: "line_accounting",
    meaning: "The ledger does not account for every line of a file.",
    heal: "ab2d sync CONTRACT --full; please report it, with the rows",
  },
  {
    name: "run_accounting",
    meaning: "A run is called complete although a file of it is not loaded.",
    heal: RECONCILE,
  },
  {
    name: "watermark",
    meaning: "A watermark does not follow from the runs before it: claims may have been passed over.",
    heal: RECONCILE,
  },
  {
    name: "fingerprint",
    meaning: "Rows of a table were lost, doubled or edited since they were loaded.",
    heal: REDELIVER,
  },
  { name: "eob_text", meaning: "The text of an EOB is not the line that was loaded.", heal: REDELIVER },
  {
    name: "eob_awaited",
    meaning: "An EOB was lost or edited and waits for its line to be delivered again.",
    heal: RECONCILE,
  },
  {
    name: "redelivery",
    meaning: "A repair took over rows that were not as loaded. Their contract was not exported whole since.",
    heal: RECONCILE,
  },
  { name: "eob_and_version", meaning: "EOBs and headers of claims do not go together.", heal: REPAIR },
  { name: "current_claim", meaning: "Another version of a claim should be current.", heal: REPAIR },
  { name: "claim_line", meaning: "A claim has too many lines or too few.", heal: REPAIR },
  { name: "claim_diagnosis", meaning: "A claim has too many diagnoses or too few.", heal: REPAIR },
  { name: "claim_procedure", meaning: "A claim has too many procedures or too few.", heal: REPAIR },
  {
    name: "claim_provider",
    meaning: "Providers of a claim that is not current, or not there.",
    heal: REPAIR,
  },
  {
    name: "claim_contract",
    meaning: "Contracts and the claims that they hold do not go together.",
    heal: REPAIR,
  },
  { name: "patient", meaning: "A patient is missing, or contradicts the id or the MBIs.", heal: REPAIR },
  {
    name: "beneficiary_contract",
    meaning: "A beneficiary's contracts or service dates are not those of the claims.",
    heal: REPAIR,
  },
  { name: "current_mbi", meaning: "Another MBI of a beneficiary should be current.", heal: REPAIR },
  { name: "stamped_mbi", meaning: "An MBI that came with a claim is missing.", heal: RECONCILE },
  { name: "leftover", meaning: "A load left rows that it should have taken away.", heal: REPAIR },
];

/** What `--deep` adds: by table, what it means that a row is not what its EOB maps to. */
export const DEEP_CHECKS: Readonly<Record<string, Omit<Check, "name">>> = {
  "ab2d_etl.eob": {
    meaning: "An EOB contradicts its own text, or this version of the program can't read it.",
    heal: REDELIVER,
  },
  "ab2d.claim_version": { meaning: "A header is not what its EOB says.", heal: REPAIR },
  "ab2d.claim_line": { meaning: "A line is not what its EOB says.", heal: REPAIR },
  "ab2d.claim_diagnosis": { meaning: "A diagnosis is not what its EOB says.", heal: REPAIR },
  "ab2d.claim_procedure": { meaning: "A procedure is not what its EOB says.", heal: REPAIR },
  "ab2d.claim_provider": { meaning: "A provider is not what its EOB says.", heal: REPAIR },
};
