import { createCaTransport } from "../ca/ca-transport.ts";
import { getProducts } from "../ca/get-products.ts";
import type { Clock } from "../clock.ts";
import { CodedError } from "../errors.ts";
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

export interface CaAnswer {
  readonly products: number;
  /** The CA's clock; null when it gave no time. */
  readonly date: Date | null;
}

/** Logs in at the CA once and lists products. Throws `ca-refused-us`, `ca-unreachable` or what else it says. */
export async function tryCaLogin(login: CaLogin, version: string, clock: Clock): Promise<CaAnswer> {
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
    const products = (await getProducts(transport, "user")).length;
    return { products, date: transport.time };
  } finally {
    await transport.close();
  }
}

/** The same with what the settings say; `password` is the one in the file when null. Throws `ca-account-missing` besides. */
export async function tryConfiguredCa(
  { ca }: Settings,
  password: Secret | null,
  version: string,
  clock: Clock,
): Promise<CaAnswer> {
  const { baseUrl, username, trustFile, passwordFile } = ca;
  if (username === null) throw new CodedError("ca-account-missing");
  return tryCaLogin(
    { baseUrl, username, password: password ?? readSecretFile(passwordFile), trustFile },
    version,
    clock,
  );
}
