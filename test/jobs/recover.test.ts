import { recoverIntents } from "../../src/jobs/recover.ts";
import { workPriority } from "../../src/store/work.ts";
import { testNow } from "../fakes/test-authority.ts";
import { InstallerStage } from "./installer-stage.ts";

let stage: InstallerStage;
beforeEach(() => {
  stage = new InstallerStage();
});
afterEach(() => stage.close());

const begin = (kind: string, key: string): number => stage.store.intents.begin(kind, key, {}, testNow);

test("with nothing begun there is nothing to look at", () => {
  recoverIntents(stage.context);
  expect([stage.planned(), stage.logged]).toEqual([[], []]);
});

test("F-01 an order whose reply nobody wrote down is looked for at once, and stays begun", () => {
  const id = begin("order", "xs-1");
  recoverIntents(stage.context);
  expect(stage.planned()).toEqual([
    { kind: "advance", key: "xs-1", priority: workPriority.user, at: testNow },
  ]);
  expect(stage.store.intents.open().map((open) => open.id)).toEqual([id]);
  expect(stage.logged).toEqual([
    {
      level: "warn",
      message: "an effect was begun and its outcome is unknown; reading back",
      fields: { kind: "order", key: "xs-1" },
    },
  ]);
});

test("F-02 a return to the old pair goes on, and stays begun until it is back", () => {
  const id = begin("take-back", "7");
  recoverIntents(stage.context);
  expect(stage.planned()).toEqual([{ kind: "verify", key: "7", priority: workPriority.issued, at: testNow }]);
  expect(stage.store.intents.open().map((open) => open.id)).toEqual([id]);
});

test("F-02 an installation is read back by installing again", () => {
  stage.issued("xs-1");
  const row = stage.row("xs-1", "installing");
  begin("install", String(row.id));
  recoverIntents(stage.context);
  expect(stage.planned()).toEqual([
    { kind: "install", key: "xs-1", priority: workPriority.issued, at: testNow },
  ]);
  expect(stage.outcomes()).toEqual([
    { kind: "install", key: String(row.id), outcome: "read back after a restart" },
  ]);
});

test("an installation that is gone leaves nothing to do", () => {
  begin("install", "999");
  recoverIntents(stage.context);
  expect(stage.planned()).toEqual([]);
  expect(stage.store.intents.open()).toEqual([]);
});
