import { admin, openRouter, pageRequest } from "./page-fixtures.ts";

const settings = (changes = {}) => pageRequest("/settings", { caller: admin, ...changes });

function submission(token: string, fields: Record<string, string>): ReturnType<typeof settings> {
  return settings({ form: new Map(Object.entries({ token, action: "save-account", ...fields })) });
}

test("the first thing an administrator is told is that the account is missing, with the way to enter it", async () => {
  const { data, html } = openRouter();
  data.service = { ...data.service, caUsername: null };
  expect(await html(pageRequest("/admin", { caller: admin }))).toMatch(/href="\/plugin\/settings"/);
  const page = await html(settings());
  expect(page).toMatch(/Enter the account at Xolphin/);
  expect(page).toContain("https://server.example.nl:9770/webhook");
});

test("the password is asked for and never shown", async () => {
  const { html } = openRouter();
  expect(await html(settings())).toMatch(
    /<input[^>]*type="password"[^>]*name="password"[^>]*autocomplete="new-password">/,
  );
});

test("an account that is entered is saved, and the page says what happens next", async () => {
  const { data, tokens, html } = openRouter();
  const page = await html(
    submission(tokens.issue(admin), {
      username: " account@example.nl ",
      password: "pa:ss wörd",
      system: "test",
    }),
  );
  expect(data.entered).toEqual([{ username: "account@example.nl", password: "pa:ss wörd", system: "test" }]);
  expect(page).toMatch(/The service begins anew/);
  expect(page).not.toContain("pa:ss wörd");
});

test("a refused account is said so, a CA that can't be asked does not stop anybody", async () => {
  const { data, tokens, html } = openRouter();
  data.caProblem = "ca-refused-us";
  const fields = { username: "a@b.nl", password: "pa:ss wörd", system: "live" };
  const page = await html(submission(tokens.issue(admin), fields));
  expect(page).toMatch(/role="alert">Xolphin refuses the account/);
  // Nobody has to type the name twice for a mistake in the password, which is not shown.
  expect(page).toContain(`value="${fields.username}"`);
  expect(page).not.toContain(fields.password);
  data.caProblem = "ca-unreachable";
  expect(await html(submission(tokens.issue(admin), fields))).toMatch(
    /could not be tried: Xolphin can&#39;t be reached/,
  );
  expect(data.entered).toHaveLength(1);
});

test("a form from elsewhere, and a system that there is not, change nothing (T-14)", async () => {
  const { data, tokens, html } = openRouter();
  const fields = { username: "a@b.nl", password: "pa:ss wörd", system: "live" };
  expect(await html(submission("forged", fields))).toMatch(/form-expired/);
  expect(await html(submission(tokens.issue(admin), { ...fields, system: "http://evil" }))).toMatch(
    /input-invalid/,
  );
  expect(data.entered).toEqual([]);
});

test("the self-test shows what is wrong first, with what to do and whose turn it is", async () => {
  const { html } = openRouter();
  const page = await html(pageRequest("/self-test", { caller: admin }));
  expect(page).toMatch(/One thing does not work/);
  expect(page.indexOf("Check the CA account")).toBeLessThan(page.indexOf("12 GB free"));
  expect(page).toMatch(/Whose turn is it: Yours\./);
});
