import type { CaTransport } from "./ca-transport.ts";

/** R4: adds a document to a request; PDF is safe (spec xolphin-api §3.4). */
export async function uploadDocument(
  transport: CaTransport,
  id: number,
  {
    name,
    type,
    content,
    description,
  }: {
    readonly name: string;
    readonly type: string;
    readonly content: Uint8Array;
    readonly description: string;
  },
): Promise<void> {
  await transport.post(`requests/${id}/upload-document`, {
    document: { name, type, content },
    description,
  });
}
