/** The NPI of the provider that a planted claim calls `number`; invented ones of drawn claims begin otherwise. */
export function plantedNpi(number: number): string {
  return `99991${String(number).padStart(5, "0")}`;
}
