import type { Tone } from "../model/whose-turn.ts";
import type { Caller } from "../panel.ts";
import type { TestedPath } from "./data/service.ts";
import { type Route, showPage } from "./route.ts";
import type { Language } from "./texts/texts.ts";
import { whose } from "./whose.ts";

/** Every path of the service, tried while the page is opened: what works, what does not, and whose turn it is. */
export const selfTestRoute: Route = {
  path: "/self-test",
  async view(call) {
    const { request, language } = call;
    const tested = await call.data.selfTest(request.caller);
    const wrong = tested.filter(({ level }) => level === "bad").length;
    return showPage(call, "self-test", {
      texts: language.texts,
      headline: language.texts.service.testedHeadline(wrong),
      tone: (wrong === 0 ? "good" : "act") satisfies Tone,
      rows: tested.map((path) => rowOf(path, language, request.caller)).sort((a, b) => a.rank - b.rank),
      againHref: request.href("/self-test"),
      settingsHref: request.href("/settings"),
    });
  },
};

const ranks = { bad: 0, warn: 1, good: 2 } as const;
const tones = { bad: "act", warn: "busy", good: "good" } as const satisfies Record<TestedPath["level"], Tone>;

function rowOf({ check, level, code, detail, owner }: TestedPath, language: Language, caller: Caller) {
  const { texts } = language;
  const said = code === null ? null : language.error(code);
  return {
    rank: ranks[level],
    check,
    tone: tones[level],
    level: texts.service.levels[level],
    sentence: said?.sentence ?? detail,
    detail: said === null ? "" : detail,
    next: said?.next ?? "",
    owner: said === null ? "" : whose(language, owner, caller, null),
  };
}
