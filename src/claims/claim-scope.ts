import type { ClaimForm, ClaimType } from "./claim-type.ts";
import type { Dialect } from "./dialect.ts";

/** What the rows below a claim's header take over from it, and how to read them. */
export interface ClaimScope {
  readonly dialect: Dialect;
  readonly eobId: string;
  readonly beneficiaryId: string;
  readonly claimType: ClaimType;
  readonly claimForm: ClaimForm | null;
  readonly serviceFrom: string;
  readonly serviceTo: string;
}
