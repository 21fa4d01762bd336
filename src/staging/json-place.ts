import type { Token } from "stream-json/parser.js";

/** Where the parser is: how deep, and under which key on each level (`null` where the level is an array). */
export class JsonPlace {
  depth = 0;
  readonly keys: (string | null)[] = [];
  #key: string | undefined;

  follow(token: Token): void {
    switch (token.name) {
      case "startArray":
        this.keys[this.depth] = null;
        this.depth += 1;
        break;
      case "startObject":
      case "startString":
      case "startNumber":
        this.depth += 1;
        break;
      case "endObject":
      case "endArray":
      case "endString":
      case "endNumber":
        this.depth -= 1;
        this.keys.length = Math.min(this.keys.length, this.depth);
        break;
      case "startKey":
        this.#key = "";
        break;
      case "stringChunk":
        if (this.#key !== undefined && this.#key.length < 64) this.#key += token.value;
        break;
      case "endKey":
        this.keys[this.depth - 1] = this.#key ?? "";
        this.#key = undefined;
        break;
      default:
        break;
    }
  }
}
