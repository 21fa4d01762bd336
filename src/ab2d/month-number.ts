const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The number of a month by its English name's first three letters, January being 0, or -1. */
export function monthNumber(name: string): number {
  return MONTHS.indexOf(name);
}
