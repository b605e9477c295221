/** PEM with lines of 64 (RFC 7468). */
export function toPem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** The first block with one of these labels, or undefined; text around it is allowed, spaces for line ends are not. */
export function fromPem(text: string, labels: readonly string[]): Buffer | undefined {
  for (const label of labels) {
    const match = new RegExp(
      `-----BEGIN ${label}-----\\r?\\n([A-Za-z0-9+/=\\r\\n]+?)\\r?\\n-----END ${label}-----`,
    ).exec(text);
    if (match?.[1] !== undefined) return Buffer.from(match[1].replace(/[\r\n]/g, ""), "base64");
  }
  return undefined;
}
