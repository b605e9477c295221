import { type LoadHook, register, stripTypeScriptTypes } from "node:module";
import { isMainThread } from "node:worker_threads";

/*
 * Hands every module to Jazzer.js as JavaScript: it counts branches in modules that say they are, and Node says of ours that they
 * are TypeScript. Given to Node with `--import`, before Jazzer.js adds its own hook.
 */
if (isMainThread) register(import.meta.url);

export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  if (loaded.format !== "module-typescript") return loaded;
  const source = Buffer.from(loaded.source as Uint8Array).toString("utf8");
  // Types become spaces: places in messages stay right.
  return { ...loaded, format: "module", source: stripTypeScriptTypes(source) };
};
