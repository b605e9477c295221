import type { FormFields } from "./multipart-form.ts";

export type DcvType = "DNS" | "FILE" | "EMAIL";

/** What order, reissue and renewal have in common (spec xolphin-api §3.3.1). */
export interface OrderForm {
  readonly csr: string;
  /** The common name first. */
  readonly names: readonly string[];
  readonly dcvType: DcvType;
  readonly dcv: readonly {
    readonly name: string;
    readonly type: DcvType;
    readonly approverEmail: string | null;
  }[];
  /** Our own unique reference: the only way to find an order whose reply was lost. */
  readonly reference: string;
  readonly approverEmail: string | null;
  readonly withoutFreeName: boolean;
  readonly language: string | null;
  /** Company and representative, under the CA's own field names. */
  readonly organisation: Readonly<Record<string, string>>;
}

/** The parts of the form; what is not said is left out, never sent empty or false (U35). */
export function orderFields(form: OrderForm): FormFields {
  const [, ...others] = form.names;
  return {
    ...form.organisation,
    csr: form.csr,
    dcvType: form.dcvType,
    subjectAlternativeNames: others.length === 0 ? null : others.join(","),
    dcv: JSON.stringify(
      form.dcv.map(({ name, type, approverEmail }) => ({ domain: name, dcvType: type, approverEmail })),
    ),
    reference: form.reference,
    approverEmail: form.approverEmail,
    disableFreeSan: form.withoutFreeName ? 1 : null,
    language: form.language,
  };
}
