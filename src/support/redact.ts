/** Words after which a value is nobody's business, as they stand in settings, headers, forms and logs. */
const telling =
  "authorization|proxy-authorization|cookie|set-cookie|password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key|session(?:[_-]?(?:id|key))?|credential|otp";

const pem = /-----BEGIN [A-Z0-9 ]{1,40}-----[\s\S]*?(?:-----END [A-Z0-9 ]{1,40}-----|$)/g;
const credentialsInUrl = /([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi;
const cookieHeader = /((?:set-)?cookie["']?\s*[:=]\s*["']?)[^"'\r\n]+/gi;
const namedValue = new RegExp(
  `((?:${telling})["']?\\s*[:=]\\s*(?:bearer |basic )?["']?)[^\\s"',;&}\\]]+`,
  "gi",
);
const mailAddress = /[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+/g;
const encodedMail = /[A-Za-z0-9._%+-]+%40[A-Za-z0-9.-]+\.[A-Za-z]{2,}/g;
/** Whatever looks like a key, token or digest; its beginning is enough to tell two of them apart. */
const longWord = /\b(?=[A-Za-z0-9+/_=-]*\d)(?=[A-Za-z0-9+/_=-]*[A-Za-z])[A-Za-z0-9+/_=-]{28,}/g;

/**
 * Makes a text fit to be sent to somebody else: known secrets in every form they are written in, everything that is named
 * like one, keys, cookies, mail addresses, and long words that could be tokens. What is left still tells what happened.
 */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const known = secrets
    .filter((secret) => secret.length >= 4)
    .flatMap(formsOf)
    .sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text.replace(pem, "[PEM removed]");
    for (const form of known) clean = clean.replaceAll(form, "[secret]");
    return clean
      .replace(credentialsInUrl, "$1[credentials]@")
      .replace(cookieHeader, "$1[removed]")
      .replace(namedValue, "$1[removed]")
      .replace(encodedMail, "[mail]")
      .replace(mailAddress, "[mail]")
      .replace(longWord, (word) => `${word.slice(0, 6)}…`);
  };
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, "utf8");
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ x: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    // Without padding, and without the last characters, which depend on what follows.
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
    bytes.toString("hex"),
  ];
}
