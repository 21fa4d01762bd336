/** True when an `Accept` header (absent: anything) takes one of `types`. Quality factors are not looked at. */
export function accepts(accept: string | undefined, types: readonly string[]): boolean {
  if (accept === undefined || accept.trim() === "") return true;
  return accept.split(",").some((range) => {
    const wanted = range.split(";")[0]!.trim().toLowerCase();
    if (wanted === "*/*") return true;
    return types.some((type) => wanted === type || wanted === `${type.split("/")[0]}/*`);
  });
}
