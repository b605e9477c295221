import { CodedError } from "../../src/errors.ts";
import { Records } from "../../src/fleet/records.ts";

/** A bucket without a bus, for what is decided by it; while it is `away`, all that uses it fails. */
export function recordsInMemory(): Records & { away: boolean } {
  const values = new Map<string, { text: string; revision: number }>();
  let latest = 0;
  const put = (key: string, value: unknown): true => {
    latest += 1;
    values.set(key, { text: JSON.stringify(value), revision: latest });
    return true;
  };
  const requireBus = (): void => {
    if (bucket.away) throw new CodedError("bus-unreachable");
  };
  const bucket: Records & { away: boolean } = Object.assign(Object.create(Records.prototype), {
    away: false,
    async read(key: string, schema: { parse(value: unknown): unknown }) {
      requireBus();
      const held = values.get(key);
      return held === undefined
        ? null
        : { value: schema.parse(JSON.parse(held.text)), revision: held.revision };
    },
    async create(key: string, value: unknown) {
      requireBus();
      return !values.has(key) && put(key, value);
    },
    async replace(key: string, value: unknown, revision: number) {
      requireBus();
      return values.get(key)?.revision === revision && put(key, value);
    },
    async write(key: string, value: unknown) {
      requireBus();
      put(key, value);
    },
    async remove(key: string) {
      requireBus();
      values.delete(key);
    },
    async keys(token: string) {
      requireBus();
      const found = [...values.keys()].filter((key) => key.startsWith(`${token}.`));
      return found.map((key) => key.slice(token.length + 1));
    },
  });
  return bucket;
}
