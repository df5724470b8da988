// The pinned host key against a real sshd: when a key may have changed, it is looked at before it is pinned anew.
import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { answersPinned } from "../../src/domain/vm/pin.ts";
import { createWorld, type World } from "./guest.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.remove());

/** Where the loopback target's configuration looks for keys. */
const knownHosts = async () => {
  const { configFile } = await world.ctx.target();
  return /UserKnownHostsFile (\S+)/.exec(readFileSync(configFile, "utf8"))?.[1] ?? "";
};

test("a VM that shows the pinned key passes", async () => {
  expect(await answersPinned(world.ctx, await world.ctx.target())).toBe(true);
});

test("a VM with another key does not, nor one of which nothing is pinned", async () => {
  const path = await knownHosts();
  const other = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  writeFileSync(path, `test-guest ssh-ed25519 ${other}\n`);
  expect(await answersPinned(world.ctx, await world.ctx.target())).toBe(false);
  writeFileSync(path, "");
  expect(await answersPinned(world.ctx, await world.ctx.target())).toBe(false);
});
