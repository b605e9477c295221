import { inspect } from "node:util";

const hidden = new WeakMap<Secret, string>();

/**
 * A text that must not be seen: a private key, password or token. Printing, logging, inspecting or serialising it
 * shows `***`; only `reveal()` gives it out, so a search for that word finds every place that can leak (design §1, I6).
 */
export class Secret {
  constructor(text: string) {
    hidden.set(this, text);
  }

  reveal(): string {
    return hidden.get(this) ?? "";
  }

  toString(): string {
    return "***";
  }

  toJSON(): string {
    return "***";
  }

  [inspect.custom](): string {
    return "***";
  }
}
