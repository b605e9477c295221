import { createCaTransport } from "../ca/ca-transport.ts";
import { getProducts } from "../ca/get-products.ts";
import type { Clock } from "../clock.ts";
import { silentLog } from "../logging.ts";
import type { Secret } from "../secret.ts";
import type { Settings } from "../settings.ts";
import { readSecretFile, readTrustFile } from "./secret-file.ts";

/** What an account needs to be tried. */
export interface CaLogin {
  readonly baseUrl: string;
  readonly username: string;
  readonly password: Secret;
  readonly trustFile: string | null;
}

/** Logs in at the CA once and lists products. Throws `ca-refused-us`, `ca-unreachable` or what else it says. */
export async function tryCaLogin(
  login: CaLogin,
  version: string,
  clock: Clock,
): Promise<{ products: number }> {
  const transport = createCaTransport({
    baseUrl: login.baseUrl,
    username: login.username,
    password: () => login.password,
    trust: readTrustFile(login.trustFile),
    userAgent: `xolphin-ssl/${version}`,
    clock,
    log: silentLog,
    deadlines: { connect: 5_000, idle: 10_000, get: 15_000 },
  });
  try {
    return { products: (await getProducts(transport, "user")).length };
  } finally {
    await transport.close();
  }
}

/** The same with what the settings say; `password` is the one in the file when null. */
export async function tryConfiguredCa(
  { ca }: Settings,
  password: Secret | null,
  version: string,
  clock: Clock,
): Promise<void> {
  const { baseUrl, username, trustFile, passwordFile } = ca;
  await tryCaLogin(
    { baseUrl, username: username ?? "", password: password ?? readSecretFile(passwordFile), trustFile },
    version,
    clock,
  );
}
