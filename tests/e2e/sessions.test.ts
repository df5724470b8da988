// Sessions in a VM of their own, with the core alone: what limits and ends them.
import { afterAll, beforeAll, expect } from "vitest";
import { lifeCases } from "./session-life.ts";
import { makeWorld, VM, type World } from "./world.ts";

let world: World;

beforeAll(async () => {
  world = await makeWorld();
  const started = await world.agentVm("start", "--yes", "--memory", "2", "--disk", "12");
  expect(started.code, started.all).toBe(0);
});

afterAll(async () => {
  await world.agentVm("destroy", "--yes", "--force");
  await world.limactl(["delete", "--force", VM]);
  await world.remove();
});

lifeCases(() => world);
