import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { Secret } from "../secret.ts";
import { caAddresses } from "../setup/ca-account.ts";
import { noAnswers, type SetupAnswers } from "../setup/setup-answers.ts";

/** Asks the person at the terminal what only they know. An empty answer leaves everything as it is. */
export async function askQuestions(current: {
  readonly username: string | null;
  readonly baseUrl: string;
}): Promise<SetupAnswers> {
  const { username, baseUrl } = current;
  let quiet = false;
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (!quiet) process.stdout.write(chunk);
      done();
    },
  });
  const questions = createInterface({ input: process.stdin, output, terminal: true });
  try {
    const name = (
      await questions.question(`User name of the account at Xolphin [${username ?? "later"}]: `)
    ).trim();
    if (name === "" && username === null) return noAnswers;
    process.stdout.write("Its password (not shown; empty: as it is): ");
    quiet = true;
    const password = await questions.question("");
    quiet = false;
    process.stdout.write("\n");
    const system = (
      await questions.question(`Xolphin's live or test system? [${systemOf(baseUrl)}] `)
    ).trim();
    const open = (await questions.question("Open the firewall for Xolphin, if one is found? [y/N] ")).trim();
    const address = /^t/i.test(system) ? caAddresses.test : /^l/i.test(system) ? caAddresses.live : baseUrl;
    return {
      ...noAnswers,
      settings: { ca: { ...(name === "" ? {} : { username: name }), baseUrl: address } },
      caPassword: password === "" ? null : new Secret(password),
      openFirewall: /^y/i.test(open),
    };
  } finally {
    questions.close();
  }
}

/** The system by its name; an address of one's own as it is. */
function systemOf(baseUrl: string): string {
  const [name] = Object.entries(caAddresses).find(([, address]) => address === baseUrl) ?? [baseUrl];
  return name;
}
