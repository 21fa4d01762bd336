/** A Part D contract number: five letters or digits, such as `Z0001`. */
export type ContractNumber = string & { readonly contractNumber: unique symbol };

/** Reads a contract number, in any case. Returns `undefined` when `text` is none. */
export function parseContractNumber(text: string): ContractNumber | undefined {
  const number = text.trim();
  // Tested before it is put in capitals: "ß" becomes "SS".
  return /^[A-Za-z0-9]{5}$/.test(number) ? (number.toUpperCase() as ContractNumber) : undefined;
}
