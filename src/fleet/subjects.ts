/*
 * Every name on the bus, written once. `<node>` is a server's name as in `fleet.node`; it holds no dot, so it is always
 * one whole token of a subject, and permissions can be given for it.
 */

/** Where `intake` publishes accepted webhooks. */
export const hintSubject = "xs.hint";
/** Accepted webhooks, until the gateway has sent them on. */
export const hintStream = "XS_HINTS";
/** Tells about that stream; asked by the hub. */
export const hintInfoSubject = `$JS.API.STREAM.INFO.${hintStream}`;
/** The consumer that all gateways share. */
export const hintConsumer = "gateway";

/** What each server is to read again; at most one message per request, however often it was announced. */
export const wakeStream = "XS_WAKE";
export const wakeSubjects = "xs.wake.>";

export function wakeSubject(node: string, requestId: number): string {
  return `xs.wake.${node}.${requestId}`;
}

/** The subjects of one server's wake-ups; also what its consumer filters by. */
export function wakeSubjectsOf(node: string): string {
  return `xs.wake.${node}.>`;
}

/** Tells a server about its own consumer. */
export function wakeInfoSubject(node: string): string {
  return `$JS.API.CONSUMER.INFO.${wakeStream}.${node}`;
}

/** Named operations of servers: `xs.ask.<node>.<operation>`. */
export const askSubjects = "xs.ask.*.*";

export function askSubject(node: string, operation: string): string {
  return `xs.ask.${node}.${operation}`;
}

/** A server that has only a token asks for its credential here: `xs.join.<token's id>`. */
export const joinSubjects = "xs.join.*";

/** Answered by every bus server with its JetStream configuration; an import from the system account. */
export const configurationSubject = "xs.sys.jsz";
export const systemConfigurationSubject = "$SYS.REQ.SERVER.PING.JSZ";
/** The servers' account as the bus servers have it, and where they take a newer one; imports from the system account. */
export const accountSubject = "xs.sys.account";
export const accountChangeSubject = "xs.sys.account.change";
export const systemAccountChangeSubject = "$SYS.REQ.CLAIMS.UPDATE";

export function systemAccountSubject(account: string): string {
  return `$SYS.REQ.ACCOUNT.${account}.CLAIMS.LOOKUP`;
}

/** Who owns which order; written before the answer to an order. */
export const ownerBucket = "xs_owners";
/** What servers last said, sessions, leases, lists and spending. */
export const fleetBucket = "xs_fleet";

/** Answers to a participant come here; nobody else may listen. */
export function inboxOf(participant: string): string {
  return `_INBOX.${participant}`;
}

/**
 * Where answers to servers are sent: a place that the bus makes for each question that comes from their account, and takes the
 * answer there from. Nobody asks from within the hub's account.
 */
export const answerPlaces = "_R_.>";

export function isAnswerPlace(reply: string): boolean {
  return reply.startsWith("_R_.");
}

/** Whether a question is one to JetStream, to its API or into a stream or bucket; others are answered by participants. */
export function asksJetStream(subject: string): boolean {
  return ["$JS.API.", "$KV.", hintSubject, "xs.wake."].some((start) => subject.startsWith(start));
}

/** A server's name: one token of a subject, and fit for a file name. */
export const nodePattern = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/;
/** Names that the fleet's own participants have. */
export const reservedNodes: readonly string[] = ["gateway", "intake", "none"];
