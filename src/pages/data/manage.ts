import type { HostName } from "../../model/host-name.ts";
import type { RenewalChoice } from "../../model/plan-renewal.ts";
import type { CallWish, CaMessage, DcvMethod, RequestState, ValidationStep } from "../../model/request.ts";
import type { Caller, EngineName } from "../../panel.ts";
import type { DcvRow } from "./requests.ts";

/** What the pages ask about one certificate's further life, and may cause. Each throws `not-found` for what is not theirs. */
export interface ManageData {
  readManage(caller: Caller, reference: string): Promise<ManageDetail>;
  installNow(caller: Caller, reference: string): Promise<void>;
  verifyNow(caller: Caller, reference: string): Promise<void>;
  /** Another certificate of the running term, with a new key. Null: the same names. */
  reissueNow(caller: Caller, reference: string, names: readonly HostName[] | null): Promise<string>;
  /** Begins the order of a new term, which costs money. Returns the draft that the order pages finish. */
  beginRenewal(caller: Caller, reference: string): Promise<string>;
  /** Has the panel's own certificate engine leave names of a website that carries this certificate alone, or look after them. */
  keepEngineAway(caller: Caller, reference: string, wish: EngineWish): Promise<void>;
  chooseRenewal(caller: Caller, reference: string, choice: RenewalChoice): Promise<void>;
  /** Cancels, which revokes what was issued (spec xolphin-api §5.6). */
  cancelRequest(caller: Caller, reference: string, reason: string): Promise<void>;
  /** PEM. The key only for levels that the administrator allows; that it was taken is written down. */
  readFile(caller: Caller, reference: string, part: FilePart): Promise<{ name: string; pem: string }>;

  readValidation(caller: Caller, reference: string): Promise<ValidationDetail>;
  changeValidation(
    caller: Caller,
    reference: string,
    change: { name: HostName; method: DcvMethod | null; email: string | null },
  ): Promise<void>;

  readAnswers(caller: Caller, reference: string): Promise<AnswersDetail>;
  sendMessage(caller: Caller, reference: string, text: string): Promise<void>;
  markRead(caller: Caller, reference: string): Promise<void>;
  sendDocument(
    caller: Caller,
    reference: string,
    document: { name: string; content: Uint8Array<ArrayBuffer>; description: string },
  ): Promise<void>;
  planCall(caller: Caller, reference: string, wish: CallWish): Promise<void>;
  sendAgreement(caller: Caller, reference: string, email: string): Promise<void>;
}

export type FilePart = "certificate" | "chain" | "full" | "key";

export interface EngineWish {
  readonly vhost: string;
  /** Null: all of the website's names. */
  readonly name: HostName | null;
  readonly away: boolean;
}

export interface ManageDetail {
  readonly reference: string;
  readonly names: readonly HostName[];
  readonly state: RequestState;
  readonly issued: boolean;
  readonly installed: boolean;
  readonly notAfter: Date | null;
  readonly termEnd: Date | null;
  /** When the next certificate comes by itself; null where it does not. */
  readonly nextAt: Date | null;
  /** The certificate that follows this one already. */
  readonly successor: string | null;
  /** Another certificate of this term can be had. */
  readonly canReissue: boolean;
  /** The term is near its end, so that the next one can be bought. */
  readonly canRenew: boolean;
  readonly choice: RenewalChoice;
  readonly policy: "ask" | "automatic";
  readonly canCancel: boolean;
  readonly mayTakeKey: boolean;
  /** By website that carries it, what the panel's own certificate engine leaves alone; empty where there is no such choice. */
  readonly engine: readonly { readonly vhost: string; readonly names: readonly EngineName[] }[];
}

export interface ValidationDetail {
  readonly reference: string;
  /** Those of this server, to which a zone can be delegated; empty where the settings name none. */
  readonly nameServers: readonly string[];
  readonly names: readonly (DcvRow & {
    readonly wildcard: boolean;
    /** The addresses that may approve by mail; empty where the CA could not be asked. */
    readonly approvers: readonly string[];
  })[];
}

export interface AnswersDetail {
  readonly reference: string;
  readonly name: HostName | null;
  readonly pending: boolean;
  readonly steps: readonly ValidationStep[];
  readonly messages: readonly CaMessage[];
  readonly unread: boolean;
  /** `YYYY-MM-DD` and `HH:mm` of calls that are planned. */
  readonly calls: readonly { readonly date: string; readonly time: string }[];
  readonly hasPhoneStep: boolean;
  readonly hasOrganisation: boolean;
  readonly contact: { readonly email: string; readonly phone: string };
}
