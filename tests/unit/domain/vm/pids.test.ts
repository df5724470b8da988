// Pid files that outlived their processes: strangers are told from the VM's own.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Instance } from "../../../../src/adapters/limactl.ts";
import { hasForeignPids, removeStalePids } from "../../../../src/domain/vm/pids.ts";
import { type Run, run as realRun } from "../../../../src/io/run.ts";

let instance: Instance;
beforeEach(() => {
  const dir = mkdtempSync(join(tmpdir(), "agent-vm-pids-"));
  instance = { name: "agent-vm", status: "Broken", dir, port: 0 };
});
afterEach(() => rmSync(instance.dir, { recursive: true }));

const write = (name: string, text: string) => writeFileSync(join(instance.dir, name), text);

const QEMU = "/usr/bin/qemu-system-x86_64 -m 8192 -name lima-agent-vm";
const AGENT = "/usr/local/bin/limactl hostagent --pidfile /home/ann/.lima/agent-vm/ha.pid agent-vm";

/** A host with these processes; `ps` ends with 1 for any other number. */
const host = (processes: Record<string, string>) =>
  vi.fn<Run>(async (argv) => {
    const command = processes[argv.at(-1) ?? ""];
    return { code: command === undefined ? 1 : 0, stdout: command ? `${command}\n` : "", stderr: "" };
  });

describe("the pids are the VM's own when", () => {
  test("both processes live", async () => {
    write("ha.pid", "100\n");
    write("qemu.pid", "101\n");
    expect(await hasForeignPids(host({ 100: AGENT, 101: QEMU }), instance)).toBe(false);
  });

  test("one lives and the other has died", async () => {
    write("ha.pid", "100");
    write("qemu.pid", "101");
    expect(await hasForeignPids(host({ 101: QEMU }), instance)).toBe(false);
  });

  test("nobody has those numbers", async () => {
    write("ha.pid", "100");
    write("qemu.pid", "101");
    expect(await hasForeignPids(host({}), instance)).toBe(false);
  });

  test("there are no files, and then nobody is asked", async () => {
    const run = host({});
    expect(await hasForeignPids(run, instance)).toBe(false);
    expect(run).not.toHaveBeenCalled();
  });

  test.each(["", "abc", "-1", "1 2", "0x10", "$(id)", "100; true"])(
    "a file holds no number: %j",
    async (text) => {
      write("qemu.pid", text);
      const run = host({});
      expect(await hasForeignPids(run, instance)).toBe(false);
      expect(run).not.toHaveBeenCalled();
    },
  );
});

describe("a stranger is found when", () => {
  test.each([
    [
      "the host agent's number",
      { "ha.pid": "100", "qemu.pid": "101" },
      { 100: "/usr/bin/gedit notes", 101: QEMU },
    ],
    ["QEMU's number", { "ha.pid": "100", "qemu.pid": "101" }, { 100: AGENT, 101: "postgres: writer" }],
    ["the only number", { "qemu.pid": "101" }, { 101: "-bash" }],
    ["QEMU's number, being a host agent", { "qemu.pid": "101" }, { 101: AGENT }],
  ])("it has %s", async (_name, files, processes) => {
    for (const [name, text] of Object.entries(files)) write(name, text ?? "");
    expect(await hasForeignPids(host(processes), instance)).toBe(true);
  });

  test("the real ps tells of a real process", async () => {
    write("ha.pid", String(process.pid));
    expect(await hasForeignPids(realRun, instance)).toBe(true);
    write("ha.pid", String(2 ** 22 + 1));
    expect(await hasForeignPids(realRun, instance)).toBe(false);
  });
});

test("only pid files and sockets are removed", async () => {
  for (const name of [
    "ha.pid",
    "qemu.pid",
    "ha.sock",
    "qmp.sock",
    "disk",
    "lima.yaml",
    "serial.log",
    "x.pid.old",
  ]) {
    write(name, "1");
  }
  await removeStalePids(instance);
  expect(readdirSync(instance.dir).sort()).toEqual(["disk", "lima.yaml", "serial.log", "x.pid.old"]);
});
