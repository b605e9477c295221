import { WaitingRoom } from "../../src/fleet/waiting-room.ts";

const mega = 1_048_576;
const busy = expect.objectContaining({ code: "ca-busy" });

/** How many questions of one size are let in. */
function letIn(room: WaitingRoom, node: string, bytes: number, most: number): (() => void)[] {
  const leaves: (() => void)[] = [];
  try {
    for (let count = 0; count < most; count += 1) leaves.push(room.enter(node, bytes));
  } catch (thrown) {
    expect(thrown).toEqual(busy);
  }
  return leaves;
}

test("a server that sends a hundred documents of eight megabytes is let in with a few, and another one as ever", () => {
  const room = new WaitingRoom();
  const document = 8 * mega;
  expect(letIn(room, "web01", document, 100)).toHaveLength(3);
  expect(letIn(room, "web02", document, 1)).toHaveLength(1);
  expect(letIn(room, "web02", 2_000, 50)).toHaveLength(50);
});

test("a server with hundreds of small questions is refused further ones until some are answered", () => {
  const room = new WaitingRoom();
  const leaves = letIn(room, "web01", 1_000, 1_000);
  expect(leaves).toHaveLength(500);
  leaves[0]?.();
  expect(letIn(room, "web01", 1_000, 10)).toHaveLength(1);
});

test("however many servers send documents, the hub holds no more than it has room for, and all of it again afterwards", () => {
  const room = new WaitingRoom();
  const servers = Array.from({ length: 100 }, (_none, index) => `web${index}`);
  for (let round = 0; round < 3; round += 1) {
    const leaves = servers.flatMap((node) => letIn(room, node, 8 * mega, 1));
    expect(leaves).toHaveLength(12);
    for (const leave of leaves) leave();
  }
});
