import type { CaTransport } from "./ca-transport.ts";

/** R4: adds a document to a request; PDF is safe (spec xolphin-api §3.4). */
export async function uploadDocument(
  transport: CaTransport,
  id: number,
  document: {
    readonly name: string;
    readonly type: string;
    readonly content: Uint8Array<ArrayBuffer>;
    readonly description: string;
  },
): Promise<void> {
  const file = new Blob([document.content], { type: document.type });
  await transport.post(`requests/${id}/upload-document`, {
    document: { file, name: document.name },
    description: document.description,
  });
}
