import { CodedError } from "../errors.ts";
import { Secret } from "../secret.ts";
import type { PageResponse } from "./page-response.ts";
import type { PageCall, Route } from "./route.ts";
import { showTasks, type TaskSection, taskActions } from "./tasks.ts";

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
  const sections: TaskSection[] = found.slice(0, shown).map(({ id, name }) => ({
    title: name,
    facts: [{ term: words.number, text: String(id) }],
    forms: [{ name: "adopt", button: words.take, hidden: { number: String(id) } }],
  }));
  sections.push({
    title: words.byHand,
    texts: [found.length === 0 ? words.none : words.keyHelp],
    forms: [
      {
        name: "adopt",
        button: words.take,
        quiet: true,
        fields: [
          { kind: "text", name: "number", label: words.number },
          {
            kind: "area",
            name: "private",
            label: words.key,
            help: words.keyFieldHelp,
            rows: 6,
            max: longestKey,
            spell: false,
          },
        ],
      },
    ],
  });
  const back = { href: request.href("/requests"), text: language.texts.certificates };
  return showTasks(call, { title: words.title, intro: words.intro, back, sections }, said);
}
