// The mount with real sshfs and a real sshd: what both sides see, what the guest's files may not do, and what
// happens when either end dies.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { mountOrWarn } from "../../src/domain/mount/keep.ts";
import { ensureMounted } from "../../src/domain/mount/mount.ts";
import { type MountContext, mountState } from "../../src/domain/mount/state.ts";
import { unmount } from "../../src/domain/mount/unmount.ts";
import { parseVmName, pathsFor } from "../../src/domain/paths.ts";
import { settingsSchema } from "../../src/domain/settings.ts";
import { EXIT, ToolError } from "../../src/errors.ts";
import { type Run, run } from "../../src/io/run.ts";
import { createLoopbackSshd, type LoopbackSshd } from "./loopback-sshd.ts";
import { type BuiltProgram, buildProgram } from "./program.ts";

let guest: LoopbackSshd;
let home: string;
let context: MountContext;
let warnings: string[];
let view: string;
let workspace: string;

const uid = process.getuid?.() ?? 0;
/** Milliseconds, many more than it takes: what waits for a frozen guest waits for ever. */
const BOUND = 20_000;
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let program: BuiltProgram;
beforeAll(() => {
  program = buildProgram();
});
afterAll(() => program.remove());

beforeEach(async () => {
  guest = await createLoopbackSshd();
  await guest.start();
  workspace = join(guest.home, "workspace");
  home = realpathSync(mkdtempSync(join(tmpdir(), "host home-")));
  const env = { HOME: home, PATH: process.env["PATH"] };
  const paths = pathsFor(parseVmName("agent-vm-test"), { uid, env });
  warnings = [];
  const quiet = () => undefined;
  context = {
    paths,
    settings: settingsSchema.parse({}),
    self: program.self,
    run,
    platform: "linux",
    uid,
    env,
    signal: new AbortController().signal,
    commandLine: "agent-vm test",
    out: {
      answer: quiet,
      say: quiet,
      detail: quiet,
      warn: (text) => warnings.push(text),
      step: () => ({ update: quiet, done: quiet, failed: quiet }),
    },
  };
  view = paths.mountpoint;
});

afterEach(async () => {
  guest.signal("SIGCONT");
  await unmount(context);
  guest.remove();
  if (existsSync(view)) chmodSync(view, 0o700);
  rmSync(home, { recursive: true, force: true });
});

const withRun = (other: Run): MountContext => ({ ...context, run: other });
const isMounted = () => readFileSync("/proc/self/mountinfo", "utf8").includes(view.replaceAll(" ", "\\040"));
/** In a process of its own that the test can lose: a dead mount holds whoever touches it. */
const look = (command: string) =>
  spawnSync("sh", ["-c", command], {
    cwd: "/",
    env: { PATH: process.env["PATH"], view },
    encoding: "utf8",
    timeout: 20_000,
  });

async function seen(condition: () => boolean): Promise<number> {
  const since = Date.now();
  while (!condition()) {
    if (Date.now() - since > 3000) return Number.POSITIVE_INFINITY;
    await pause(50);
  }
  return Date.now() - since;
}

describe("a mounted workspace", () => {
  beforeEach(async () => {
    await ensureMounted(context, guest.target);
  });

  test("shows each side the other's edits within a second", async () => {
    const file = join(view, "guest.txt");
    const round = async (lengths: readonly number[]): Promise<number> => {
      const delays: number[] = [];
      for (const length of lengths) {
        writeFileSync(join(workspace, "guest.txt"), "x".repeat(length));
        writeFileSync(join(workspace, `new-${length}`), "");
        delays.push(await seen(() => existsSync(file) && readFileSync(file, "utf8").length === length));
        delays.push(await seen(() => readdirSync(view).includes(`new-${length}`)));
        // At another moment of the clock's second, with all of it looked at just before.
        await pause(370);
        statSync(file);
      }
      return Math.max(...delays);
    };
    // Polling and a busy machine may add a little to what sshfs and the kernel keep; one undisturbed round counts.
    let slowest = await round([1, 20, 300]);
    for (let more = 2; more < 6 && slowest >= 1200; more++)
      slowest = await round([1, 20, 300].map((one) => one + more));
    expect(slowest).toBeLessThan(1200);
    writeFileSync(join(view, "host.txt"), "from the host");
    expect(readFileSync(join(workspace, "host.txt"), "utf8")).toBe("from the host");
  });

  test("is not mounted a second time, and is found at once", async () => {
    const first = await mountState(context);
    const since = Date.now();
    const again = await ensureMounted(withRun(noProgram), guest.target);
    expect(Date.now() - since).toBeLessThan(4000);
    expect(again).toEqual(first);
    expect(again.condition).toBe("mounted");
  });

  test("answers when asked for it", async () => {
    const first = await mountState(context);
    expect(await ensureMounted(context, guest.target, { probe: true })).toEqual(first);
  });

  test("belongs to somebody else, so that git does not read its configuration", () => {
    const canary = join(home, "canary");
    execFileSync("git", ["init", "-q", join(workspace, "repo")]);
    execFileSync("git", [
      "-C",
      join(workspace, "repo"),
      "config",
      "core.fsmonitor",
      `touch '${canary}'; false`,
    ]);
    expect(statSync(view).uid).not.toBe(uid);
    expect(statSync(join(view, "repo")).uid).not.toBe(uid);
    const inside = spawnSync("git", ["status"], { cwd: join(view, "repo"), encoding: "utf8" });
    expect(inside.status).toBe(128);
    expect(existsSync(canary)).toBe(false);
    // The canary would have fired: the same repository as a directory of our own.
    spawnSync("git", ["status"], { cwd: join(workspace, "repo") });
    expect(existsSync(canary)).toBe(true);
  });

  test("leads to no file of the host by a symbolic link", () => {
    writeFileSync(join(home, "secret"), "host secret");
    writeFileSync(join(workspace, "plain"), "guest's own");
    symlinkSync(join(home, "secret"), join(workspace, "absolute"));
    symlinkSync("../../../secret", join(workspace, "upwards"));
    symlinkSync(join(home, "planted"), join(workspace, "planted"));
    symlinkSync("plain", join(workspace, "inside"));
    expect(() => readFileSync(join(view, "absolute"))).toThrow("EACCES");
    expect(() => readFileSync(join(view, "upwards"))).toThrow("EACCES");
    expect(() => writeFileSync(join(view, "planted"), "x")).toThrow("EACCES");
    expect(existsSync(join(home, "planted"))).toBe(false);
    expect(readFileSync(join(view, "inside"), "utf8")).toBe("guest's own");
  });

  test("runs no program of the guest on the host", () => {
    const program = join(workspace, "run.sh");
    writeFileSync(program, "#!/bin/sh\necho ran\n", { mode: 0o755 });
    expect(execFileSync(program, { encoding: "utf8" })).toBe("ran\n");
    expect(() => execFileSync(join(view, "run.sh"))).toThrow("EACCES");
  });

  test("is taken away at once, and then refuses to be written to", async () => {
    expect(await unmount(context)).toBe(true);
    expect(isMounted()).toBe(false);
    expect(() => writeFileSync(join(view, "lost.txt"), "an editor's file")).toThrow("EACCES");
    expect(await unmount(context)).toBe(false);
    expect((await mountState(context)).condition).toBe("unmounted");
  });

  test("is not left to an editor's writes when it goes by itself", () => {
    execFileSync("fusermount3", ["-u", view]);
    expect(() => writeFileSync(join(view, "lost.txt"), "an editor's file")).toThrow("EACCES");
  });

  /** Never 0, which would be this process's own group. */
  const mountPid = async (): Promise<number> => {
    const { pid } = await mountState(context);
    if (pid === undefined) throw new Error("no sshfs serves it");
    return pid;
  };

  test("whose sshfs was killed is stale, and is repaired", async () => {
    const pid = await mountPid();
    process.kill(pid, "SIGKILL");
    await seen(() => look('stat -f "$view"').status !== 0);
    expect((await mountState(context)).condition).toBe("stale");
    writeFileSync(join(workspace, "still-here"), "");
    const repaired = await ensureMounted(context, guest.target);
    expect(repaired.condition).toBe("mounted");
    expect(repaired.pid).not.toBe(pid);
    expect(existsSync(join(view, "still-here"))).toBe(true);
  });

  test("outlives a restart of the guest's sshd", async () => {
    guest.stop();
    await pause(500);
    expect(isMounted()).toBe(true);
    await guest.start();
    writeFileSync(join(workspace, "after"), "");
    expect((await ensureMounted(context, guest.target, { probe: true })).condition).toBe("mounted");
    expect(existsSync(join(view, "after"))).toBe(true);
  });

  test("whose server hangs is made anew when another one answers", async () => {
    const first = await mountState(context);
    guest.signal("SIGSTOP");
    const blocked = spawn("ls", [join(view, "not-cached")], { stdio: "ignore" });
    const freed = new Promise((resolve) => blocked.once("exit", resolve));
    await pause(300);
    guest.stop();
    await guest.start();
    const repaired = await ensureMounted(context, guest.target, { probe: true });
    await freed;
    expect(repaired.condition).toBe("mounted");
    expect(first.condition).toBe("mounted");
    expect(look('ls "$view"').status).toBe(0);
  });

  test("is taken away in bounded time when the guest is frozen, and frees who waits for it", async () => {
    const pid = await mountPid();
    guest.signal("SIGSTOP");
    const blocked = spawn("ls", [join(view, "not-cached")], { stdio: "ignore" });
    const freed = new Promise((resolve) => blocked.once("exit", resolve));
    await pause(500);
    expect(blocked.exitCode).toBeNull();
    const since = Date.now();
    expect(await unmount(context)).toBe(true);
    await freed;
    expect(Date.now() - since).toBeLessThan(BOUND);
    expect(isMounted()).toBe(false);
    // The process that was killed may be a moment in going.
    await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 30_000 }).toBe(false);
  });

  test("is taken away in bounded time while another command waits for a frozen guest", async () => {
    guest.signal("SIGSTOP");
    const waiting = ensureMounted(context, guest.target, { probe: true }).then(
      () => undefined,
      (error: unknown) => error,
    );
    await pause(500);
    const since = Date.now();
    await unmount(context);
    expect(Date.now() - since).toBeLessThan(BOUND);
    expect(isMounted()).toBe(false);
    expect(await waiting).toMatchObject({ message: "The workspaces were unmounted meanwhile." });
  });

  test("is called stalled while a frozen guest leaves requests unanswered", async () => {
    guest.signal("SIGSTOP");
    const blocked = spawn("ls", [join(view, "not-cached")], { stdio: "ignore" });
    const condition = async () => (await mountState(context)).condition;
    // Its request may take a moment to be made.
    await expect.poll(condition, { timeout: 30_000 }).toBe("stalled");
    guest.signal("SIGCONT");
    await new Promise((resolve) => blocked.once("exit", resolve));
    expect(await condition()).toBe("mounted");
  });
});

const noProgram: Run = async (argv) => {
  throw new Error(`no program was to be run: ${argv.join(" ")}`);
};

describe("mounting", () => {
  test("by several at once makes one mount", async () => {
    const states = await Promise.all([1, 2, 3].map(() => ensureMounted(context, guest.target)));
    expect(new Set(states.map((state) => state.pid)).size).toBe(1);
  });

  test("is done only when the guest has answered", async () => {
    guest.signal("SIGSTOP");
    let done = false;
    const mounting = ensureMounted(context, guest.target).finally(() => {
      done = true;
    });
    await pause(700);
    expect(done).toBe(false);
    guest.signal("SIGCONT");
    expect((await mounting).condition).toBe("mounted");
  });

  test("closes the directory beneath before the guest has answered", async () => {
    guest.signal("SIGSTOP");
    const mounting = ensureMounted(context, guest.target).catch(() => undefined);
    await expect.poll(isMounted, { timeout: 30_000 }).toBe(true);
    await pause(300);
    // What mounts runs in this process: it cannot look in between.
    execFileSync("fusermount3", ["-u", "-z", view]);
    expect(statSync(view).mode & 0o777).toBe(0o500);
    guest.signal("SIGCONT");
    await mounting;
  });

  test("gives one warning and goes on when sshfs is missing", async () => {
    const missing: Run = async (argv, options) => {
      if (argv[0] !== "sshfs") return await run(argv, options);
      throw new ToolError({ argv, code: undefined, stderrTail: "", reason: "ENOENT" });
    };
    expect(await mountOrWarn(withRun(missing), guest.target)).toBeUndefined();
    expect(warnings).toEqual([
      "The workspaces are not mounted. sshfs is not installed. Install it with: agent-vm setup",
    ]);
  });

  test("is refused when the installed sshfs follows every symbolic link", async () => {
    const old: Run = async (argv, options) => {
      const result = await run(argv, options);
      return { ...result, stdout: result.stdout.replaceAll("contain_symlinks", "") };
    };
    await expect(ensureMounted(withRun(old), guest.target)).rejects.toMatchObject({ exit: EXIT.notReady });
    expect(isMounted()).toBe(false);
  });

  test("fails with sshfs' own words when the guest does not answer, and leaves nothing behind", async () => {
    guest.stop();
    const failure = ensureMounted(context, guest.target);
    await expect(failure).rejects.toMatchObject({ exit: EXIT.notReady });
    await expect(failure).rejects.toHaveProperty(
      "details",
      expect.arrayContaining([expect.stringContaining("refused")]),
    );
    expect((await mountState(context)).condition).toBe("unmounted");
    expect(() => writeFileSync(join(view, "lost.txt"), "")).toThrow("EACCES");
    await guest.start();
    expect((await ensureMounted(context, guest.target)).condition).toBe("mounted");
  });

  test("is refused over files that it would hide", async () => {
    mkdirSync(view, { recursive: true });
    writeFileSync(join(view, "written-while-unmounted"), "work");
    await expect(ensureMounted(context, guest.target)).rejects.toMatchObject({
      exit: EXIT.refused,
      details: ["written-while-unmounted"],
    });
    expect(readFileSync(join(view, "written-while-unmounted"), "utf8")).toBe("work");
  });

  /** The guard as sshfs starts it for one connection, over an ssh that ends at once. */
  function connection() {
    const [node = "", main = ""] = program.self;
    const [closed, log] = [join(home, "closed.json"), join(home, "log")];
    const rules = { git: "hidden", hide: [], readOnly: false };
    const word = Buffer.from(JSON.stringify({ rules, root: "workspace", stall: 2000, log, closed })).toString(
      "base64url",
    );
    writeFileSync(join(home, "ssh"), `#!/bin/sh\necho x >>"${home}/connected"\n`, { mode: 0o755 });
    // It stays open: at its end the guard would end ssh, perhaps before that has begun.
    const input = join(home, "input");
    execFileSync("mkfifo", [input]);
    const connect = () => {
      const open = openSync(input, "r+");
      try {
        return spawnSync(node, [join(dirname(main), "sftp-guard.mjs"), word], {
          env: { PATH: `${home}:${process.env["PATH"]}` },
          stdio: [open, "pipe", "pipe"],
          timeout: 20_000,
        });
      } finally {
        closeSync(open);
      }
    };
    return { connect, closed, log };
  }

  test("finds its log small at each connection, however often it connects", () => {
    const { connect, log } = connection();
    writeFileSync(log, "a line of before\n".repeat(100_000));
    expect(connect().status).toBe(0);
    const text = readFileSync(log, "utf8");
    expect(text.length).toBeLessThan(300_000);
    expect(text).toMatch(/^(a line of before\n)+/);
  });

  test("connects no more after a breach of protocol, whoever asks for it", () => {
    const { connect, closed } = connection();
    writeFileSync(closed, JSON.stringify({ kind: "breach", why: "x", at: "" }));
    expect(connect().status).toBe(0);
    expect(existsSync(join(home, "connected"))).toBe(false);
    rmSync(closed);
    connect();
    expect(existsSync(join(home, "connected"))).toBe(true);
  });

  test("repairs a mount of unknown making", async () => {
    await ensureMounted(context, guest.target);
    rmSync(join(context.paths.state, "mount.json"));
    expect((await mountState(context)).condition).toBe("stale");
    expect((await ensureMounted(context, guest.target)).condition).toBe("mounted");
  });
});
