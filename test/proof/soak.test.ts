import { seededRandom } from "../simulation/events.ts";
import { soak } from "./soak.ts";

/* Half an hour with two hundred orders on all panels: `scripts/soak`. */

test("faults of every kind every second: all certificates are verified in the end, and nothing is left to do", async () => {
  const { verified, breaches, due, parked, handshakes, faults } = await soak({
    panels: ["directadmin"],
    orders: 4,
    seconds: 12,
    faultEverySeconds: 1,
    random: seededRandom(20_261_126),
  });
  expect(breaches).toEqual([]);
  expect({ verified, due, parked }).toEqual({ verified: 4, due: 0, parked: 0 });
  expect(handshakes).toBeGreaterThan(20);
  expect(faults.size).toBeGreaterThan(3);
}, 300_000);
