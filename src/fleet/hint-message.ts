import { z } from "zod";
import { asHostName } from "../model/host-name.ts";

/** A webhook, or a change that the list walk saw, on its way over the bus: which request to read again, and why. */
export const hintMessage = z.strictObject({
  receivedAt: z.iso.datetime().transform((text) => new Date(text)),
  source: z.string().max(64),
  requestId: z.int().positive(),
  status: z.string().max(64),
  state: z.string().max(64).nullable(),
  domain: z
    .string()
    .max(253)
    .nullable()
    .transform((text) => (text === null ? null : asHostName(text))),
});

export type HintMessage = z.output<typeof hintMessage>;
