// A question to a keeper: once more when it was about to end, and never a second wait for one that is silent.
import { afterEach, expect, test, vi } from "vitest";
import { askKept } from "../../../../src/domain/keeper/ask-kept.ts";
import type { KeeperHost } from "../../../../src/domain/keeper/ensure.ts";
import { UserError } from "../../../../src/errors.ts";

const world = vi.hoisted(() => ({ asked: 0, ensured: 0, errors: [] as unknown[] }));
vi.mock("../../../../src/domain/keeper/ask.ts", async (original) => ({
  ...(await original<object>()),
  askKeeper: async () => {
    world.asked += 1;
    const error = world.errors.shift();
    if (error !== undefined) throw error;
    return { connected: true };
  },
}));
vi.mock("../../../../src/domain/keeper/ensure.ts", () => ({
  ensureKeeper: async () => {
    world.ensured += 1;
  },
}));
afterEach(() => {
  Object.assign(world, { asked: 0, ensured: 0, errors: [] });
});

const host = { paths: {}, signal: new AbortController().signal } as unknown as KeeperHost;
const failing = (code: string) => Object.assign(new Error(code), { code });
const ask = (...errors: unknown[]) => {
  world.errors = errors;
  return askKept(host, { ask: "status" });
};

test("one that has just ended is asked again, as a new one", async () => {
  expect(await ask(failing("ECONNREFUSED"))).toMatchObject({ connected: true });
  expect([world.asked, world.ensured]).toEqual([2, 2]);
});

test.each([
  ["a silent one", failing("ETIMEDOUT")],
  ["a refusal", new UserError("No.")],
])("%s is final", async (_name, error) => {
  await expect(ask(error)).rejects.toBe(error);
  expect(world.asked).toBe(1);
});
