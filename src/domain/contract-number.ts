/** A Part D contract number: a letter and four letters or digits, such as `Z0001`. */
export type ContractNumber = string & { readonly contractNumber: unique symbol };

/** Reads a contract number, in any case. Returns `undefined` when `text` is none. */
export function parseContractNumber(text: string): ContractNumber | undefined {
  const number = text.trim().toUpperCase();
  return /^[A-Z0-9]{5}$/.test(number) ? (number as ContractNumber) : undefined;
}
