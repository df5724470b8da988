// Starting an instance: what is refused, what is repaired first, and a KVM that runs nothing is given up.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Lima } from "../../../../src/adapters/limactl.ts";
import type { Context } from "../../../../src/context.ts";
import { type Boot, bootInstance, EMULATED_BOOT } from "../../../../src/domain/vm/boot.ts";
import type { VmRecord } from "../../../../src/domain/vm/record.ts";
import { EXIT, Interrupted, ToolError, type UserError } from "../../../../src/errors.ts";
import type { Run } from "../../../../src/io/run.ts";

const acceleration = vi.hoisted(() => ({ accel: "kvm" }));
vi.mock("../../../../src/domain/host/acceleration.ts", () => ({
  usableAcceleration: async () => ({ accel: acceleration.accel, why: "this host has no /dev/kvm" }),
}));

const fixture = (name: string) => readFileSync(join(import.meta.dirname, "../../fixtures", name), "utf8");
const say = vi.fn();
const step = { update: vi.fn(), done: vi.fn(), failed: vi.fn() };
const record = { phase: "ready", accel: "tcg" } as VmRecord;
let phase: VmRecord["phase"];

let directory: string;
let abort: AbortController;
let config: string;
/** limactl's words after its own options, in order. */
let called: string[];
/** The environment of `limactl start`. */
let startedWith: readonly string[];
/** What `limactl start` does; the signal ends it as the real one. */
let starting: (signal: AbortSignal | undefined) => Promise<void>;

const run: Run = async (argv, options) => {
  const words = argv.slice(argv.indexOf("--tty=false") + 1);
  called.push(words.join(" "));
  if (words[0] === "start") {
    startedWith = argv;
    await starting(options?.signal);
  }
  return { code: 0, stdout: words[0] === "list" ? config : "", stderr: "" };
};

const forever = (signal: AbortSignal | undefined) =>
  new Promise<void>((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(new Interrupted()));
  });

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "agent-vm-boot-"));
  mkdirSync(join(directory, "instance"));
  abort = new AbortController();
  config = fixture("effective-config.json");
  called = [];
  starting = async () => {};
  acceleration.accel = "kvm";
  phase = "ready";
  vi.clearAllMocks();
});
afterEach(() => {
  vi.useRealTimers();
  // A log may still be on its way to the disk.
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

function boot(status = "Stopped", stalePids = false): Promise<string> {
  const limaHome = join(directory, "lima");
  const ctx = {
    arch: "x64",
    commandLine: "agent-vm start",
    out: { step: vi.fn(() => step), say },
    paths: { vm: "agent-vm", logs: join(directory, "logs") },
    settings: { accel: "auto" },
    signal: abort.signal,
  };
  const lima: Lima = {
    run,
    uid: 1000,
    binary: "/bin/limactl",
    limaHome,
    home: directory,
    env: {},
    platform: "linux",
  };
  const instance = { name: "agent-vm", status, dir: join(directory, "instance"), port: 0 };
  return bootInstance(ctx as unknown as Context, { lima, instance, stalePids } satisfies Boot, {
    ...record,
    phase,
  });
}

const START = "start --timeout=40m agent-vm";

describe("KVM that runs nothing", () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));

  test("is given up after a minute: the VM is stopped, and emulation is named", async () => {
    starting = forever;
    const outcome = expect(boot()).rejects.toMatchObject({
      name: "UserError",
      exit: EXIT.notReady,
      message: expect.stringContaining("no sign of life"),
      hint: expect.stringContaining("--accel tcg"),
    });
    await vi.waitFor(() => expect(called).toContain(START));
    await vi.advanceTimersByTimeAsync(59_000);
    expect(called).not.toContain("stop --force agent-vm");
    await vi.advanceTimersByTimeAsync(1000);
    await outcome;
    expect(called.at(-1)).toBe("stop --force agent-vm");
    expect(step.failed).toHaveBeenCalledOnce();
  });

  test.each([
    ["a console that speaks is waited for", "kvm", "Linux version 6.12"],
    ["emulation may be silent for long", "tcg", ""],
  ])("%s", async (_name, accel, console) => {
    acceleration.accel = accel;
    writeFileSync(join(directory, "instance", "serial.log"), console);
    let finish = () => {};
    starting = () => new Promise((resolve) => (finish = resolve));
    const booted = boot();
    await vi.waitFor(() => expect(called).toContain(START));
    await vi.advanceTimersByTimeAsync(EMULATED_BOOT - 1000);
    finish();
    expect(await booted).toBe(accel);
    expect(called).not.toContain("stop --force agent-vm");
  });

  test("Ctrl-C while it boots is an interruption, not a silent KVM", async () => {
    starting = forever;
    const outcome = expect(boot()).rejects.toBeInstanceOf(Interrupted);
    await vi.waitFor(() => expect(called).toContain(START));
    abort.abort();
    await outcome;
    await vi.advanceTimersByTimeAsync(120_000);
    expect(called.at(-1)).toBe(START);
  });
});

describe("an emulated guest that hangs in its boot", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    acceleration.accel = "tcg";
    phase = "creating";
    starting = forever;
  });

  test("is waited for when it was ready once: what it holds is not risked", async () => {
    phase = "ready";
    let finish = () => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));
    starting = (signal) => Promise.race([finished, forever(signal)]);
    const booted = boot();
    await vi.waitFor(() => expect(called).toContain(START));
    await vi.advanceTimersByTimeAsync(3 * EMULATED_BOOT);
    finish();
    expect(await booted).toBe("tcg");
    expect(called.slice(1)).toEqual([START]);
  });

  test("is stopped and started once more, and then has all the time there is", async () => {
    const booted = boot();
    await vi.waitFor(() => expect(called).toContain(START));
    let finish = () => {};
    starting = () => new Promise((resolve) => (finish = resolve));
    await vi.advanceTimersByTimeAsync(EMULATED_BOOT);
    await vi.waitFor(() => expect(called.slice(1)).toEqual([START, "stop --force agent-vm", START]));
    expect(say).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("once more"));
    await vi.advanceTimersByTimeAsync(3 * EMULATED_BOOT);
    finish();
    expect(await booted).toBe("tcg");
    expect(called).toHaveLength(4);
  });

  test("is left alone at Ctrl-C, which is no late boot", async () => {
    const outcome = expect(boot()).rejects.toBeInstanceOf(Interrupted);
    await vi.waitFor(() => expect(called).toContain(START));
    abort.abort();
    await outcome;
    await vi.advanceTimersByTimeAsync(2 * EMULATED_BOOT);
    expect(called.slice(1)).toEqual([START]);
  });
});

describe("a configuration that opens the VM", () => {
  beforeEach(() => {
    config = fixture("effective-config-overridden.json");
  });

  test.each(["Stopped", "Running"])("is refused by name before anything is started (%s)", async (status) => {
    await expect(boot(status)).rejects.toMatchObject({
      exit: EXIT.refused,
      details: expect.arrayContaining(["mounts is not empty", "plain is off"]),
      hint: expect.stringContaining("override.yaml"),
    });
    expect(called).toHaveLength(1);
  });
});

describe("before the start", () => {
  test("a running VM is left as it is", async () => {
    expect(await boot("Running")).toBe("tcg");
    expect(called).toHaveLength(1);
  });

  test("a broken one's own processes are ended", async () => {
    await boot("Broken");
    expect(called.slice(1)).toEqual(["stop --force agent-vm", START]);
  });

  test.each(["Broken", "Running"])(
    "pids of strangers are forgotten, and nobody is killed (%s)",
    async (status) => {
      const file = (name: string) => join(directory, "instance", name);
      for (const name of ["ha.pid", "qemu.pid", "ha.sock", "disk", "lima.yaml"])
        writeFileSync(file(name), "1");
      await boot(status, true);
      expect(called.slice(1)).toEqual([START]);
      expect(() => readFileSync(file("ha.pid"))).toThrow("ENOENT");
      expect(() => readFileSync(file("ha.sock"))).toThrow("ENOENT");
      expect(readFileSync(file("disk"), "utf8")).toBe("1");
    },
  );

  test("emulation is forced where KVM cannot be used, and only there", async () => {
    await boot();
    expect(startedWith.join(" ")).not.toContain("QEMU_SYSTEM");
    acceleration.accel = "tcg";
    await boot();
    expect(startedWith).toContainEqual(expect.stringMatching(/^QEMU_SYSTEM_X86_64=.*-accel tcg/));
  });
});

test("a start that fails says what the host agent wrote", async () => {
  starting = () =>
    Promise.reject(new ToolError({ argv: ["limactl"], code: 1, stderrTail: "see ha.stderr.log" }));
  const failure = boot().catch((error: unknown) => error as UserError);
  expect(await failure).toMatchObject({ exit: EXIT.notReady, details: ["see ha.stderr.log"] });
  const log = '{"level":"fatal","msg":"failed to run QEMU"}\n';
  writeFileSync(join(directory, "instance", "ha.stderr.log"), log);
  await expect(boot()).rejects.toMatchObject({ details: ["failed to run QEMU"] });
  expect(step.failed).toHaveBeenCalledTimes(2);
});
