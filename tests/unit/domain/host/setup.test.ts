// Two commands that find the same host not ready make it ready once, one after the other, whatever their homes are.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Context } from "../../../../src/context.ts";
import { ensureHost } from "../../../../src/domain/host/setup.ts";

const host = vi.hoisted(() => ({ ready: false, atWork: 0, most: 0, made: 0 }));
vi.mock("../../../../src/domain/host/observe.ts", () => ({ observeHost: async () => ({}) }));
vi.mock("../../../../src/domain/host/plan.ts", () => ({
  planFor: () => ({ missing: host.ready ? [] : [{ what: "an account" }], byHand: [], steps: [] }),
  describeStep: () => "",
}));
vi.mock("../../../../src/domain/host/apply.ts", () => ({
  applyPlan: async (_ctx: Context, { missing }: { missing: unknown[] }) => {
    host.atWork += 1;
    host.most = Math.max(host.most, host.atWork);
    await new Promise((resolve) => setTimeout(resolve, 50));
    host.made += missing.length;
    host.ready = true;
    host.atWork -= 1;
  },
}));

let base: string;
const said: string[] = [];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "agent-vm-setup-"));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const command = (home: string) =>
  ({
    paths: {
      vm: "agent-vm",
      limaHome: join(base, home, "lima"),
      sharedState: join(base, home),
      cache: join(base, "cache"),
    },
    flags: { yes: true },
    out: { say: (text: string) => said.push(text) },
    commandLine: "agent-vm setup",
    signal: new AbortController().signal,
  }) as unknown as Context;

test("two at once make it ready once, one after the other", async () => {
  const image = "/some/image.qcow2";
  const obtained = await Promise.all(["one", "two"].map((home) => ensureHost(command(home), { image })));
  expect(obtained).toEqual([["an account"], ["an account"]]);
  expect(host).toMatchObject({ made: 1, most: 1 });
  expect(said.filter((text) => text.startsWith("Waiting"))).toHaveLength(1);
});
