// A VM that runs already: it may have been started by somebody else, past our checks.
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Context } from "../../../../src/context.ts";
import { parseVmName, pathsFor } from "../../../../src/domain/paths.ts";
import { startVm } from "../../../../src/domain/vm/start.ts";
import { EXIT } from "../../../../src/errors.ts";

const config = readFileSync(
  join(import.meta.dirname, "../../fixtures/effective-config-overridden.json"),
  "utf8",
);
vi.mock("../../../../src/domain/host/setup.ts", () => ({ ensureHost: async () => {} }));
vi.mock("../../../../src/domain/vm/lima.ts", () => ({
  requireLima: async () => ({
    run: async () => ({ code: 0, stdout: config, stderr: "" }),
    uid: 1000,
    env: {},
    binary: "limactl",
  }),
}));
vi.mock(import("../../../../src/domain/vm/observe.ts"), async (original) => ({
  ...(await original()),
  observeVm: async () => ({
    state: "running",
    record: { phase: "ready" } as never,
    instance: { name: "agent-vm", status: "Running", dir: "/x", port: 1 },
    holder: undefined,
    stalePids: false,
  }),
}));

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "start-"));
});
afterEach(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));

test("is refused when Lima's configuration opens it", async () => {
  const ctx = {
    paths: pathsFor(parseVmName("agent-vm"), { uid: 1000, env: { HOME: home } }),
    commandLine: "agent-vm start",
    settings: { image: "debian" },
    out: { say: () => {} },
    signal: new AbortController().signal,
    run: async () => {
      throw new Error("nothing is asked of the VM");
    },
  };
  await expect(startVm(ctx as unknown as Context)).rejects.toMatchObject({
    exit: EXIT.refused,
    details: expect.arrayContaining(["mounts is not empty"]),
    hint: expect.stringContaining("agent-vm restart"),
  });
});
