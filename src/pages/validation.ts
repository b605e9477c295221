import { asHostName, displayName, registrableName, withoutWildcard } from "../model/host-name.ts";
import type { DcvMethod } from "../model/request.ts";
import type { ValidationDetail } from "./data/manage.ts";
import type { PageResponse } from "./page-response.ts";
import type { PageCall, Route } from "./route.ts";
import { showTasks, type TaskField, type TaskSection, taskActions } from "./tasks.ts";

const methods: readonly DcvMethod[] = ["DNS", "FILE", "EMAIL"];

/** How each name is validated: what to publish, checking again, another way, the mail once more. */
export const validationRoute: Route = {
  path: "/validation",
  view: (call, notice) => show(call, { notice, problem: null }),
  actions: taskActions((call, problem) => show(call, { notice: null, problem }), {
    async check(call, form) {
      await change(call, form, null);
      return { notice: call.language.texts.validate.checked };
    },
    async change(call, form) {
      const method = methods.find((known) => known === form.get("method")) ?? null;
      await change(call, form, method);
      return { notice: call.language.texts.validate.changed };
    },
  }),
};

async function change(
  { data, request }: PageCall,
  form: ReadonlyMap<string, string>,
  method: DcvMethod | null,
): Promise<void> {
  const name = asHostName(form.get("name") ?? "");
  const email = form.get("email") ?? "";
  if (name === null) return;
  await data.changeValidation(request.caller, request.query.get("id") ?? "", {
    name,
    method,
    email: email === "" ? null : email,
  });
}

async function show(
  call: PageCall,
  said: { readonly notice: string | null; readonly problem: string | null },
): Promise<PageResponse> {
  const { request, language } = call;
  const words = language.texts.validate;
  const detail = await call.data.readValidation(request.caller, request.query.get("id") ?? "");
  const back = {
    href: request.href("/request", { id: detail.reference }),
    text: words.back,
  };
  const sections = detail.names.map((name) => section(call, name, detail.nameServers));
  return showTasks(call, { title: words.title, intro: words.intro, back, sections }, said);
}

function section(
  call: PageCall,
  name: ValidationDetail["names"][number],
  nameServers: readonly string[],
): TaskSection {
  const { texts, error } = call.language;
  const words = texts.validate;
  const title = displayName(name.name);
  const state = texts.dcvStates[name.state];
  if (name.state === "validated") return { title, badge: { tone: "good", text: state } };
  const tone = name.state === "needs-you" ? "act" : "busy";
  const elsewhere = name.reason === "dcv-zone-elsewhere" || name.reason === "dcv-not-visible";
  const { record, file } = name;
  const facts =
    record !== null
      ? [
          { term: texts.record.owner, text: `${record.owner}.` },
          { term: texts.record.type, text: record.type },
          { term: texts.record.value, text: record.type === "CNAME" ? `${record.value}.` : record.value },
        ]
      : file !== null
        ? [
            { term: texts.file.address, text: `http://${file.host}${file.path}` },
            { term: texts.file.content, text: file.content },
          ]
        : [];
  const intro = record !== null ? texts.recordIntro : file !== null ? texts.fileIntro : "";
  return {
    title,
    badge: { tone, text: state },
    record: true,
    facts,
    texts: [
      ...(name.reason === null ? [] : [error(name.reason).sentence]),
      ...(name.email === null ? [] : [texts.emailSent(name.email)]),
      ...(record !== null && elsewhere ? onceForAll(call, name, nameServers) : []),
      ...(intro === "" ? [] : [intro]),
    ],
    forms: [
      {
        name: "check",
        button: name.method === "EMAIL" ? words.mailAgain : words.checkAgain,
        hidden: { name: name.name },
      },
      {
        name: "change",
        button: words.change,
        quiet: true,
        hidden: { name: name.name },
        fields: methodFields(call, name),
      },
    ],
  };
}

/**
 * What spares the holder the same work for every later certificate. A record of its own can't be delegated, because its
 * owner changes with the key (spec xolphin-api §9.2); the zone that it lies in can.
 */
function onceForAll(
  { language }: PageCall,
  { name, wildcard }: ValidationDetail["names"][number],
  nameServers: readonly string[],
): string[] {
  const words = language.texts.validate;
  const zone = withoutWildcard(name);
  const servers = nameServers.join(", ");
  const whole = registrableName(zone) === zone;
  return [
    wildcard ? words.onceForAllWildcard : words.onceForAll,
    ...(nameServers.length === 0
      ? []
      : [
          whole
            ? words.delegateDomain(displayName(zone), servers)
            : words.delegateName(displayName(zone), servers),
        ]),
  ];
}

function methodFields({ language }: PageCall, name: ValidationDetail["names"][number]): TaskField[] {
  const { texts } = language;
  const possible = methods.filter(
    (method) => (method !== "FILE" || !name.wildcard) && (method !== "EMAIL" || name.approvers.length > 0),
  );
  const ways: TaskField = {
    kind: "select",
    name: "method",
    label: texts.validate.way,
    options: possible.map((value) => ({
      value,
      text: texts.dcvMethods[value],
      selected: value === name.method,
    })),
  };
  if (name.approvers.length === 0) return [ways];
  return [
    ways,
    {
      kind: "select",
      name: "email",
      label: texts.validate.approver,
      help: texts.validate.approverHelp,
      options: name.approvers.map((value) => ({ value, text: value, selected: value === name.email })),
    },
  ];
}
