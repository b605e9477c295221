import { CodedError } from "../errors.ts";
import { asHostName, displayName } from "../model/host-name.ts";
import { Secret } from "../secret.ts";
import type { AdoptableRow } from "./data/adopting.ts";
import type { PageResponse } from "./page-response.ts";
import type { PageCall, Route } from "./route.ts";
import { showTasks, type TaskField, type TaskSection, taskActions } from "./tasks.ts";
import type { Texts } from "./texts/en/index.ts";

const longestKey = 16_384;
const shown = 50;

/** Certificates that were ordered elsewhere, taken over without a new order. */
export const takeOverRoute: Route = {
  path: "/take-over",
  view: (call, notice) => show(call, { notice, problem: null }),
  actions: taskActions((call, problem) => show(call, { notice: null, problem }), {
    async adopt(call, form) {
      const number = (form.get("number") ?? "").trim();
      if (!/^[1-9]\d{0,14}$/.test(number)) throw new CodedError("input-invalid");
      const pem = (form.get("private") ?? "").trim();
      if (pem.length > longestKey) throw new CodedError("key-invalid");
      const key = pem === "" ? null : new Secret(`${pem}\n`);
      const id = await call.data.adopt(call.request.caller, Number(number), key);
      return { notice: call.language.texts.takeOver.taken, show: { path: "/request", query: { id } } };
    },
  }),
};

async function show(
  call: PageCall,
  said: { readonly notice: string | null; readonly problem: string | null },
): Promise<PageResponse> {
  const { request, language } = call;
  const words = language.texts.takeOver;
  const found = await call.data.findAdoptable(request.caller);
  const sections = found.slice(0, shown).map((row) => foundSection(call, row));
  sections.push({
    title: words.byHand,
    texts: [found.length === 0 ? words.none : words.keyHelp],
    forms: [
      {
        name: "adopt",
        button: words.take,
        quiet: true,
        fields: [{ kind: "text", name: "number", label: words.number }, keyField(words, words.keyFieldHelp)],
      },
    ],
  });
  const back = { href: request.href("/requests"), text: language.texts.certificates };
  return showTasks(call, { title: words.title, intro: words.intro, back, sections }, said);
}

/** One of those that were found: which it is, where it is in use, and whether its key is at hand. */
function foundSection({ language }: PageCall, row: AdoptableRow): TaskSection {
  const words = language.texts.takeOver;
  const { id, name, facts, carriedBy, keyFound } = row;
  const known = asHostName(name);
  const looked =
    facts === null
      ? []
      : [
          { term: words.serial, text: facts.serial },
          { term: language.texts.columns.validUntil, text: language.day(facts.notAfter) },
          { term: words.inUse, text: carriedBy === null ? words.notInUse : displayName(carriedBy) },
        ];
  const asksKey = facts !== null && !keyFound;
  return {
    // As the CA writes it, which need not be a host name.
    title: known === null ? name : displayName(known),
    facts: [{ term: words.number, text: String(id) }, ...looked],
    texts: facts === null ? [] : [keyFound ? words.keyFound : words.keyNotFound],
    forms: [
      {
        name: "adopt",
        button: words.take,
        hidden: { number: String(id) },
        ...(asksKey ? { fields: [keyField(words, words.keyFieldHelp)] } : {}),
      },
    ],
  };
}

function keyField(words: Texts["takeOver"], help: string): TaskField {
  return { kind: "area", name: "private", label: words.key, help, rows: 6, max: longestKey, spell: false };
}
