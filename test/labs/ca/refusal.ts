import type { Switches } from "./switches.ts";

/** Field name → texts, as the API reports refused parameters (spec xolphin-api §1.8). */
export type FieldErrors = Record<string, string[]>;

/** An answer that is an error. `status` 400 stands for refused parameters and is written as the switches say. */
export class Refusal extends Error {
  readonly status: number;
  readonly errors: FieldErrors | undefined;
  readonly headers: Record<string, string>;

  constructor(status: number, message: string, errors?: FieldErrors, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.errors = errors;
    this.headers = headers;
  }
}

export function notFound(): Refusal {
  return new Refusal(404, "Resource not found.");
}

export function refusedParameters(errors: FieldErrors): Refusal {
  return new Refusal(400, "The request could not be processed.", errors);
}

/** Collects what is wrong with a form, so that all of it is reported at once. */
export class FormErrors {
  private readonly errors: FieldErrors = {};

  add(field: string, text: string): void {
    this.errors[field] = [...(this.errors[field] ?? []), text];
  }

  has(field: string): boolean {
    return this.errors[field] !== undefined;
  }

  /** @throws Refusal when anything was added */
  refuseIfAny(): void {
    if (Object.keys(this.errors).length > 0) throw refusedParameters(this.errors);
  }
}

/** The body of a refusal in the form the switches ask for (spec §14 U12). */
export function refusalBody(refusal: Refusal, form: Switches["errors"]): Record<string, unknown> {
  const { message, errors } = refusal;
  if (errors === undefined || form === "message-only") return { message };
  switch (form) {
    case "map-of-arrays":
      return { message, errors };
    case "map-of-texts":
      return { message, errors: mapEach(errors, (texts) => texts.join(" ")) };
    case "array":
      return { message, errors: Object.values(errors).flat() };
    case "nested":
      return { message, errors: { children: mapEach(errors, (texts) => ({ errors: texts })) } };
  }
}

function mapEach(errors: FieldErrors, change: (texts: string[]) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(errors).map(([field, texts]) => [field, change(texts)]));
}
