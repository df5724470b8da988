// A VM that cannot answer: renamed whole, its state with it, and nothing without a yes.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Context } from "../../../../src/context.ts";
import { parseVmName, pathsFor } from "../../../../src/domain/paths.ts";
import { asideName, putAside } from "../../../../src/domain/vm/put-aside.ts";
import { readRecord, writeRecord } from "../../../../src/domain/vm/record.ts";
import { EXIT, ToolError, UserError } from "../../../../src/errors.ts";
import type { Run } from "../../../../src/io/run.ts";

const world = vi.hoisted(() => ({ lima: undefined as unknown, stopped: [] as boolean[] }));
vi.mock("../../../../src/domain/vm/lima.ts", () => ({ requireLima: async () => world.lima }));
vi.mock("../../../../src/domain/vm/stop.ts", () => ({
  stopLocked: async (_: unknown, force: boolean) => world.stopped.push(force),
}));

let home: string;
let ctx: Context;
let said: string[];
/** What `limactl rename` does. */
let renaming: (from: string, to: string) => void;

const why = new UserError("Lima could not start the VM.", {
  details: ["no kernel"],
  hint: "See: agent-vm logs vm",
});
const lima = (...rest: string[]) => join(home, ".lima", ...rest);
const byLima = (from: string, to: string) => renameSync(lima(from), lima(to));
const fails = (): void => {
  throw new ToolError({ argv: ["limactl"], code: 1, stderrTail: "" });
};

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "aside-"));
  said = [];
  renaming = byLima;
  const env = { HOME: home };
  const paths = pathsFor(parseVmName("agent-vm"), { uid: 1000, env });
  const run: Run = async (argv) => {
    const words = argv.slice(argv.indexOf("--tty=false") + 1);
    if (words[0] === "rename") renaming(words[1] ?? "", words[2] ?? "");
    const list = readdirSync(lima()).map((name) =>
      JSON.stringify({ name, status: "Stopped", dir: lima(name), port: 0 }),
    );
    return { code: 0, stdout: words[0] === "list" ? list.join("\n") : "", stderr: "" };
  };
  world.lima = { run, uid: 1000, env, platform: "linux", binary: "/limactl", home, limaHome: lima() };
  world.stopped = [];
  const say = (text: string) => void said.push(text);
  ctx = {
    uid: 1000,
    env,
    paths,
    flags: { yes: true },
    out: { say, warn: say, step: () => ({ update: say, done: say, failed: say }) },
    confirm: { possible: false },
    commandLine: "agent-vm destroy",
    signal: new AbortController().signal,
  } as unknown as Context;
  mkdirSync(lima("agent-vm"), { recursive: true });
  writeFileSync(lima("agent-vm", "diffdisk"), "disk");
  mkdirSync(paths.logs, { recursive: true });
  writeFileSync(join(paths.logs, "limactl.log"), "log");
  writeFileSync(paths.knownHosts, "agent-vm-agent-vm ssh-ed25519 KEY\n");
  writeFileSync(paths.sshConfig, "Host agent-vm\n");
  writeFileSync(paths.workspaces, '{"version":1,"workspaces":[]}');
  const size = { vcpu: 4, memory: 8, disk: 100 };
  await writeRecord(paths, {
    phase: "ready",
    limaHome: lima(),
    image: "i",
    accel: "auto",
    createdAt: "t",
    ...size,
  });
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test("the instance and what this host knows of it get one new name; nothing is left under the old one", async () => {
  const before = await readRecord(ctx.paths);
  const { name, directory } = await putAside(ctx, why);
  expect(world.stopped).toEqual([true]);
  expect(readdirSync(lima())).toEqual([name]);
  expect(directory).toBe(lima(name));
  expect(readFileSync(join(directory, "diffdisk"), "utf8")).toBe("disk");
  const to = pathsFor(name, ctx);
  // "ready" stays, because work may be in it; the guest makes itself new host keys under a new name.
  expect(await readRecord(to)).toEqual({ ...before, phase: "ready", renamed: true });
  expect(existsSync(to.knownHosts)).toBe(false);
  expect(readFileSync(to.workspaces, "utf8")).toContain("workspaces");
  expect(readFileSync(join(to.logs, "limactl.log"), "utf8")).toBe("log");
  expect(await readRecord(ctx.paths)).toBeUndefined();
  for (const path of [ctx.paths.workspaces, ctx.paths.knownHosts, ctx.paths.sshConfig]) {
    expect(existsSync(path)).toBe(false);
  }
  expect(said.join("\n")).toContain("no kernel");
});

test("an instance that Lima cannot rename is moved", async () => {
  renaming = fails;
  const { name } = await putAside(ctx, why);
  expect(readdirSync(lima())).toEqual([name]);
});

test("when it cannot be renamed at all, it is as it was", async () => {
  renaming = (from, to) => {
    mkdirSync(lima(to, "in the way"), { recursive: true });
    fails();
    byLima(from, to);
  };
  await expect(putAside(ctx, why)).rejects.toThrow();
  expect(existsSync(lima("agent-vm", "diffdisk"))).toBe(true);
  expect(await readRecord(ctx.paths)).toBeDefined();
  expect(existsSync(ctx.paths.workspaces)).toBe(true);
  expect(readdirSync(join(ctx.paths.sharedState, "vm"))).toEqual(["agent-vm"]);
});

test("without a yes nothing is touched", async () => {
  const silent = { ...ctx, flags: { yes: false } };
  await expect(putAside(silent, why)).rejects.toMatchObject({ exit: EXIT.refused });
  expect(world.stopped).toEqual([]);
  expect(readdirSync(lima())).toEqual(["agent-vm"]);
});

test("a name that is taken is not taken again", async () => {
  const first = await putAside(ctx, why);
  mkdirSync(lima("agent-vm"));
  await writeRecord(ctx.paths, (await readRecord(pathsFor(first.name, ctx))) as never);
  const second = await putAside(ctx, why);
  expect(second.name).not.toBe(first.name);
  expect(readdirSync(lima()).sort()).toEqual([first.name, second.name].sort());
});

test("the name is one a VM can have, however long the old one is", () => {
  const now = new Date("2026-11-21T14:37:59Z");
  expect(asideName("agent-vm", now)).toBe("agent-vm-aside-20261121-1437");
  expect(asideName("agent-vm-2-for-somebody-else", now)).toBe("agent-vm-2-aside-20261121-1437");
  expect(asideName("123456789-x", now)).toBe("123456789-aside-20261121-1437");
});
