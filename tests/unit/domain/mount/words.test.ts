// How the mount's state reads.
import { expect, test } from "vitest";
import { type MountSituation, mountWords } from "../../../../src/domain/mount/words.ts";

const say = (change: {
  state?: string;
  mount?: Partial<MountSituation["mount"]>;
  keeper?: MountSituation["keeper"];
}) =>
  mountWords({
    state: change.state ?? "running",
    mount: { condition: "unmounted", mountpoint: "/m", wanted: true, ...change.mount },
    keeper: change.keeper,
  });
const closed = {
  kind: "breach",
  why: "the VM broke the file protocol (x\u001b[2J)",
  at: "2030-01-01",
} as const;

test.each([
  ["mounted", say({ mount: { condition: "mounted" } })],
  [
    "mounted, waiting for the VM: what is opened there gives an error",
    say({ state: "not answering", mount: { condition: "mounted" } }),
  ],
  ["unmounted", say({ mount: { wanted: false } })],
  ["occupied", say({ mount: { condition: "occupied" } })],
  ["unmounted, waiting for the VM: it comes back when the VM answers", say({ keeper: { mount: "waiting" } })],
  ["stale, and nobody brings it back; mount again: agent-vm mount", say({ mount: { condition: "stale" } })],
  ["unmounted, and nobody brings it back; mount again: agent-vm mount", say({ keeper: {} })],
  [
    "closed at 2030-01-01: the VM broke the file protocol (x^[[2J); to mount again: agent-vm mount",
    say({ mount: { closed, wanted: false } }),
  ],
])("%s", (expected, text) => expect(text).toBe(expected));
