// `agent-vm` alone and a Tab, beside a VM that lives and one that is stopped: what is known is told, nothing is woken.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Context } from "../../src/context.ts";
import { candidatesOf } from "../../src/domain/completion/sources.ts";
import { firstLookJson } from "../../src/domain/first-look/json.ts";
import { firstLook } from "../../src/domain/first-look/look.ts";
import type { VmName } from "../../src/domain/paths.ts";
import { killSession } from "../../src/domain/session/kill.ts";
import { runCommand } from "../../src/domain/session/run-command.ts";
import { quoted } from "../../src/domain/sync/plan.ts";
import { writeRecord } from "../../src/domain/vm/record.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { printableJson } from "../../src/guard/sanitize.ts";
import { holdToForm } from "../answers.ts";
import { createWorld, placesOf, type World } from "./guest.ts";

let world: World;
let ctx: Context;
let calls: string;

/** Lima with one instance, stopped; notes how it is called. */
const LIMACTL = `#!/bin/sh
echo "$*" >>"$0.calls"
case "$*" in
  *--version*) echo "limactl version 2.1.3" ;;
  *list*) echo '{"name":"test-guest","status":"Stopped","dir":"/nowhere","port":0}' ;;
esac
`;

beforeAll(async () => {
  world = await createWorld();
  const { configFile } = await world.ctx.target();
  const bin = join(world.hostHome, "bin");
  calls = join(bin, "limactl.calls");
  mkdirSync(bin);
  writeFileSync(join(bin, "limactl"), LIMACTL);
  chmodSync(join(bin, "limactl"), 0o755);
  const limaHome = join(world.hostHome, ".lima");
  mkdirSync(limaHome);
  const paths = { ...world.ctx.paths, vm: "test-guest" as VmName, sshConfig: configFile, limaHome };
  ctx = { ...world.ctx, paths, env: { ...world.ctx.env, PATH: `${bin}:${process.env["PATH"]}` } };
  mkdirSync(dirname(paths.record), { recursive: true });
  const size = { vcpu: 1, memory: 1, disk: 10 };
  const made = { limaHome, image: "auto", accel: "auto", createdAt: "2026-01-01", ...size };
  await writeRecord(paths, { phase: "ready", ...made });
  await pushToWorkspace(ctx, "old", "plain");
  await pushToWorkspace(ctx, "new", "plain");
});
afterAll(() => {
  spawnSync("tmux", ["-S", join(placesOf(world.guestHome), "tmux"), "kill-server"]);
  world.remove();
});

test("with a connection that lives: sessions by their state, and their ids at a Tab", async () => {
  await runCommand({ ...ctx, afterDashes: ["sleep", "600"] }, { branch: "old", detach: true });
  const { facts, advice } = await firstLook(ctx);
  const { lines, next } = advice;
  expect(lines[0]).toBe("The VM test-guest is running.");
  expect(lines).toContain("This repository has 2 workspaces:");
  expect(lines.some((line) => /^ {2}old {2}sleep 600 \S/.test(line))).toBe(true);
  expect(next).toBe("agent-vm --vm test-guest connect new");
  const json = firstLookJson(facts, advice);
  holdToForm(["--json"], printableJson(json));
  expect(json).toMatchObject({ state: "running", elsewhere: 0, next, sessions: [{ title: "sleep 600" }] });
  expect(json.workspaces.map(({ branch }) => branch)).toEqual(["new", "old"]);
  // A Tab waits a moment only, and others are at work on this machine.
  let found = await candidatesOf(ctx, "session");
  for (let tries = 0; found.length === 0 && tries < 50; tries++) found = await candidatesOf(ctx, "session");
  expect(found).toHaveLength(1);
  expect(found[0]?.value).toMatch(/^[0-9a-f]{16}$/);
  expect(found[0]?.description).toMatch(/^command, /);
  expect(existsSync(calls)).toBe(false);
  await killSession(ctx, "old", { grace: 5 });
});

test("without: Lima is asked for its list alone, and no new connection is made", async () => {
  world.stopGuest();
  const ran: string[] = [];
  const noting: Context = {
    ...ctx,
    run: (argv, options) => {
      ran.push(argv.join(" "));
      return ctx.run(argv, options);
    },
  };
  const { facts, advice } = await firstLook(noting);
  const { lines, next } = advice;
  expect(lines[0]).toBe("The VM test-guest is stopped.");
  expect(lines).toContain("  old");
  const json = printableJson(firstLookJson(facts, advice));
  holdToForm(["--json"], json);
  expect(JSON.parse(json)).not.toHaveProperty("sessions");
  expect(next).toBe("agent-vm --vm test-guest connect new");
  const { repo } = world;
  const { advice: elsewhere } = await firstLook({ ...noting, cwd: "/", flags: { ...noting.flags, repo } });
  expect(elsewhere.next).toBe(`agent-vm --vm test-guest --repo ${quoted(repo)} connect new`);
  const asked = readFileSync(calls, "utf8").trim().split("\n");
  expect(asked.filter((call) => !/--version|list/.test(call))).toEqual([]);
  expect(await candidatesOf(noting, "session")).toEqual([]);
  expect((await candidatesOf(noting, "workspace")).map(({ value }) => value)).toEqual(["old", "new"]);
  expect(ran.filter((line) => /^ssh /.test(line) && !line.includes(" -O check "))).toEqual([]);
});
