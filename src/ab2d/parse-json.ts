/** The value of `text`, or `undefined` when it isn't JSON. `JSON.parse`'s own error quotes the text and must not travel. */
export function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
