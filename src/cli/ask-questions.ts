import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { Secret } from "../secret.ts";
import { caAddresses } from "../setup/ca-account.ts";
import { noAnswers, type SetupAnswers } from "../setup/setup-answers.ts";

/** Asks the person at the terminal what only they know. An empty answer leaves everything as it is. */
export async function askQuestions(username: string | null): Promise<SetupAnswers> {
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
    const test = (await questions.question("Is it an account on Xolphin's test system? [y/N] ")).trim();
    const open = (await questions.question("Open the firewall for Xolphin, if one is found? [y/N] ")).trim();
    const address = caAddresses[/^y/i.test(test) ? "test" : "live"];
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
