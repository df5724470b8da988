// auth login and what auth status asks the VM, over a real sshd with stand-ins for the agents' programs.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Context } from "../../src/context.ts";
import { findAgent, loadAgents } from "../../src/domain/agents/catalog.ts";
import { login } from "../../src/domain/auth/login.ts";
import { lookInside } from "../../src/domain/auth/look.ts";
import { EXIT } from "../../src/errors.ts";
import { type Run, run } from "../../src/io/run.ts";
import { createWorld, refused, type World, write } from "./guest.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.remove());

/** A program of that name in the guest, found through a PATH that the look and the session get. */
function program(name: string, script: string): void {
  const bin = join(world.guestHome, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

let calls: (readonly string[])[];
/** On a terminal as far as the command knows; the test's own run has none, so ssh is not asked for one. */
function onTerminal(change: Partial<Context> = {}): Context {
  calls = [];
  const withBin: Run = (argv, { passThrough: _, ...options } = {}) => {
    const plain = argv.map((one) => (one === "-tt" ? "-T" : one));
    calls.push(plain);
    const remote = plain.at(-1) ?? "";
    return run([...plain.slice(0, -1), `PATH="$HOME/bin:$PATH" ${remote}`], options);
  };
  return { ...world.ctx, interactive: true, run: withBin, ...change };
}

test("a look tells what is installed and which login files are there, and reads none of them out", async () => {
  program("codex", "true");
  program("copilot", "true");
  write(world.guestHome, ".codex/auth.json", "canary-token");
  write(world.guestHome, ".copilot/config.json", '{"trusted_folders":[]}');
  write(world.guestHome, ".claude/.credentials.json", "");
  let printed = "";
  const ctx = onTerminal();
  const watched: Run = async (argv, options) => {
    const result = await ctx.run(argv, options);
    printed += result.stdout;
    return result;
  };
  const agents = await loadAgents(ctx);
  const found = await lookInside({ run: watched }, await ctx.target(), agents);
  expect(found.get("codex")).toEqual({ installed: true, loggedIn: true });
  expect(found.get("copilot")).toEqual({ installed: true, loggedIn: false });
  expect(found.get("claude")?.loggedIn).toBe(false);
  expect(printed).not.toContain("canary");
  expect(printed).toMatch(/^[iyn-]+$/);
  expect(calls).toHaveLength(1);
});

test("a login runs the agent's own, without the host's keys, and is believed only when its file is there", async () => {
  const SCRIPT =
    'echo "$* ${OPENAI_API_KEY-no key}" >"$HOME/called"; [ ! -e "$HOME/works" ] || { mkdir -p "$HOME/.codex"; echo x >"$HOME/.codex/auth.json"; }';
  program("codex", SCRIPT);
  const ctx = onTerminal({ env: { ...world.ctx.env, OPENAI_API_KEY: "sk-canary-1234567" } });
  const error = await refused(login(ctx, "codex"));
  expect(error.message).toBe("Codex is not logged in.");
  expect(world.said.join("\n")).toContain("credentials: proxy");
  write(world.guestHome, "works", "");
  await login(ctx, "codex");
  const agents = await loadAgents(ctx);
  const found = await lookInside(ctx, await ctx.target(), [findAgent(agents, "codex")]);
  expect(found.get("codex")?.loggedIn).toBe(true);
  expect(world.said.at(-1)).toBe("Codex is logged in inside the VM.");
  const { readFileSync } = await import("node:fs");
  expect(readFileSync(join(world.guestHome, "called"), "utf8")).toBe("login --device-auth no key\n");
});

test("a login is refused without a terminal, and where the agent is not installed", async () => {
  expect((await refused(login(world.ctx, "codex"))).exit).toBe(EXIT.usage);
  expect((await refused(login(onTerminal(), "codex"))).exit).toBe(EXIT.notReady);
});
