// The keeper over a real sshd and real sshfs: a mount that is lost comes back when the VM answers, and only then.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server, type Socket, connect as tcp } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { endKeeper, keeperStatus } from "../../src/domain/keeper/ask.ts";
import { ensureKeeper } from "../../src/domain/keeper/ensure.ts";
import { keeperLog, livingKeeper } from "../../src/domain/keeper/record.ts";
import { keepMounted, mountOrWarn } from "../../src/domain/mount/keep.ts";
import { ensureMounted } from "../../src/domain/mount/mount.ts";
import { readMountRecord } from "../../src/domain/mount/record.ts";
import { type MountContext, mountState, reportMount } from "../../src/domain/mount/state.ts";
import { unmount } from "../../src/domain/mount/unmount.ts";
import { closedFile, readClosed } from "../../src/domain/mount/wish.ts";
import { parseVmName, pathsFor } from "../../src/domain/paths.ts";
import { settingsSchema } from "../../src/domain/settings.ts";
import { run } from "../../src/io/run.ts";
import { createLoopbackSshd, type LoopbackSshd } from "./loopback-sshd.ts";
import { type BuiltProgram, buildProgram } from "./program.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const HOSTILE = resolve(import.meta.dirname, "../attack/hostile-sftp.mjs");
const uid = process.getuid?.() ?? 0;

let program: BuiltProgram;
beforeAll(() => {
  program = buildProgram();
});
afterAll(() => program.remove());

let guest: LoopbackSshd;
let home: string;
let context: MountContext;
let warnings: string[];
let view: string;

/** A host with settings of its file, so that the keeper has them, too. */
async function begin({ subsystem, stall = 20 }: { subsystem?: string; stall?: number } = {}): Promise<void> {
  guest = await createLoopbackSshd(subsystem);
  await guest.start();
  home = realpathSync(mkdtempSync(join(tmpdir(), "host home-")));
  const env = { HOME: home, PATH: process.env["PATH"], AGENT_VM_PROGRAM_DIR: ROOT };
  const paths = pathsFor(parseVmName("agent-vm-test"), { uid, env });
  warnings = [];
  const quiet = () => undefined;
  const mount = { stall };
  mkdirSync(dirname(paths.configFile), { recursive: true });
  writeFileSync(paths.configFile, `mount: ${JSON.stringify(mount)}\n`);
  context = {
    paths,
    settings: settingsSchema.parse({ mount }),
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
  mkdirSync(paths.state, { recursive: true, mode: 0o700 });
  useConfig((text) => text);
}

/** The VM's ssh configuration, as `start` writes it. */
function useConfig(change: (text: string) => string): void {
  const text = readFileSync(guest.target.configFile, "utf8");
  writeFileSync(context.paths.sshConfig, change(text.replace("Host test-guest ", "Host agent-vm-test ")));
}

const target = () => ({
  configFile: context.paths.sshConfig,
  alias: "agent-vm-test",
  adminAlias: "agent-vm-test-admin",
});
const mount = (options = {}) => keepMounted(context, target(), options);

afterEach(async () => {
  guest.signal("SIGCONT");
  await unmount(context);
  await endKeeper(context.paths);
  await until(async () => (await livingKeeper(context.paths)) === undefined);
  guest.remove();
  if (existsSync(view)) chmodSync(view, 0o700);
  rmSync(home, { recursive: true, force: true });
});

const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));
const isMounted = () => readFileSync("/proc/self/mountinfo", "utf8").includes(view.replaceAll(" ", "\\040"));
const log = () => readFileSync(keeperLog(context.paths), "utf8");
/** In a process of its own that the test can lose: a dead mount holds whoever touches it. No status: it was held. */
const look = (command: string): Promise<{ status: number | null }> =>
  new Promise((done) => {
    const env = { ...context.env, view };
    const child = spawn("sh", ["-c", command], { cwd: "/", env, stdio: "ignore", detached: true });
    const timer = setTimeout(() => done({ status: null }), 20_000);
    child.once("exit", (status) => {
      clearTimeout(timer);
      done({ status });
    });
  });

async function until(condition: () => boolean | Promise<boolean>, seconds = 60): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !(await condition()); await pause(50))
    if (Date.now() > end)
      throw new Error(
        `it did not happen; the keeper's log:\n${existsSync(keeperLog(context.paths)) ? log() : "none"}`,
      );
}
const isServed = async () =>
  (await mountState(context)).condition === "mounted" && (await look('ls "$view"')).status === 0;
const sshfsPid = async () => (await mountState(context)).pid ?? 0;
const members = (leader: number) =>
  execFileSync("ps", ["-A", "-o", "pid=,pgid=,args="], { encoding: "utf8" })
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
    .filter(([, , group]) => group === String(leader))
    .map(([, pid, , args = ""]) => ({ pid: Number(pid), args }));
const refusesWrites = () => {
  expect(() => writeFileSync(join(view, "lost.txt"), "an editor's file")).toThrow(/EACCES|EPERM/);
  expect(statSync(view).mode & 0o777).toBe(0o500);
};

describe("a mount that is lost", () => {
  beforeEach(() => begin());

  test("comes back after its sshfs was killed, as read-only as it was", async () => {
    await mount({ readOnly: true });
    const pid = await sshfsPid();
    process.kill(pid, "SIGKILL");
    await until(async () => (await sshfsPid()) !== pid && (await isServed()));
    expect((await readMountRecord(context.paths))?.readOnly).toBe(true);
    expect((await look('touch "$view/new"')).status).not.toBe(0);
    await until(() => log().includes("is there again"));
  });

  test("is closed to writers while the VM is away, and comes back when it answers", async () => {
    await mount();
    guest.stop();
    execFileSync("fusermount3", ["-u", view]);
    await until(() => log().includes("waiting for the VM"));
    refusesWrites();
    const report = await reportMount(context);
    expect(report).toMatchObject({ condition: "unmounted", wanted: true });
    expect(await keeperStatus(context.paths)).toMatchObject({ mount: "waiting", sessions: 0 });
    writeFileSync(join(guest.home, "workspace/after"), "");
    await guest.start();
    await until(isServed);
    expect(existsSync(join(view, "after"))).toBe(true);
    await until(async () => (await keeperStatus(context.paths))?.mount === "mounted");
  });

  test("is served again on a VM that came back at another port", async () => {
    await mount();
    guest.stop();
    const other = await createLoopbackSshd();
    try {
      await other.start();
      for (const name of ["host_key", "host_key.pub"])
        cpSync(join(dirname(guest.target.configFile), name), join(dirname(other.target.configFile), name));
      other.stop();
      await other.start();
      writeFileSync(join(other.home, "workspace/moved"), "");
      const port = /Port (\d+)/.exec(readFileSync(other.target.configFile, "utf8"))?.[1];
      const key = join(dirname(other.target.configFile), "user_key");
      useConfig((text) =>
        text.replace(/Port \d+/, `Port ${port}`).replace(/IdentityFile .*/, `IdentityFile ${key}`),
      );
      await until(async () => (await look('ls "$view/moved"')).status === 0);
    } finally {
      other.remove();
    }
  });

  test("does not come back after unmount, also when that came first", async () => {
    await mount();
    await unmount(context);
    await pause(3000);
    expect(isMounted()).toBe(false);
    await mount();
    process.kill(await sshfsPid(), "SIGKILL");
    await unmount(context);
    await pause(3000);
    expect(isMounted()).toBe(false);
    refusesWrites();
    expect(await reportMount(context)).toMatchObject({ condition: "unmounted", wanted: false });
  });

  test("is not fought for when somebody loses it again and again", async () => {
    await mount();
    writeFileSync(closedFile(context.paths), JSON.stringify({ kind: "lost", why: "ten times", at: "" }));
    process.kill(await sshfsPid(), "SIGKILL");
    await pause(3000);
    expect((await mountState(context)).condition).toBe("stale");
    // A command of the user's may.
    expect((await mountOrWarn(context, target()))?.condition).toBe("mounted");
    expect(await readClosed(context.paths)).toBeUndefined();
  });
});

describe("an unmount", () => {
  test("ends within five seconds while the keeper tries to mount", async () => {
    await begin();
    await mount();
    guest.stop();
    // A VM that answers, and whose file server says nothing.
    const config = join(dirname(guest.target.configFile), "sshd_config");
    writeFileSync(
      config,
      readFileSync(config, "utf8").replace(/Subsystem sftp .*/, "Subsystem sftp /bin/sleep 1000"),
    );
    process.kill(await sshfsPid(), "SIGKILL");
    await guest.start();
    // An attempt that began before the VM was back takes its time to fail.
    await until(() => existsSync(join(context.paths.state, "locks/mount.lock")));
    await pause(300);
    const since = Date.now();
    await unmount(context);
    expect(Date.now() - since).toBeLessThan(5000);
    expect(isMounted()).toBe(false);
    await pause(2000);
    expect(isMounted()).toBe(false);
  });
});

describe("a breach of protocol", () => {
  test("closes the mount until the user mounts it again", async () => {
    const trick = Buffer.from(JSON.stringify({ trick: "unsolicited", after: 12 })).toString("base64url");
    await begin({ subsystem: `${process.execPath} ${HOSTILE} ${trick}` });
    await mount();
    await until(async () => (await look('ls -l "$view"; touch "$view/x"')).status !== 0 && !isMounted());
    await until(async () => (await readClosed(context.paths)) !== undefined);
    refusesWrites();
    await until(async () => (await keeperStatus(context.paths))?.mount === "idle");
    await pause(3000);
    expect(isMounted()).toBe(false);
    // What `start` and `connect` do.
    expect(await mountOrWarn(context, target())).toBeUndefined();
    expect(warnings.join()).toContain("the VM broke the file protocol (an answer that nobody asked for)");
    expect((await reportMount(context)).closed?.kind).toBe("breach");
    // Nor does a stop forgive it.
    await unmount(context);
    expect((await reportMount(context)).closed?.kind).toBe("breach");
    expect((await mount({ probe: true, reopen: true })).condition).toBe("mounted");
    expect(await readClosed(context.paths)).toBeUndefined();
  });
});

describe("the keeper", () => {
  beforeEach(() => begin());

  test("is one for a VM, without a terminal, and goes when nothing is wanted", async () => {
    await mount();
    await Promise.all([1, 2, 3].map(() => ensureKeeper(context)));
    const { pid } = (await livingKeeper(context.paths)) ?? { pid: 0 };
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [, , , session, terminal] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    expect([session, terminal]).toEqual([String(pid), "0"]);
    // A second one, however it is started, ends by itself.
    const second = spawnSync(
      program.self[0] ?? "",
      [program.self[1] ?? "", "--vm", "agent-vm-test", "keeper"],
      {
        env: context.env,
        encoding: "utf8",
        timeout: 20_000,
      },
    );
    expect(second.status).toBe(3);
    expect((await livingKeeper(context.paths))?.pid).toBe(pid);
    await unmount(context);
    await until(async () => (await livingKeeper(context.paths)) === undefined);
    await until(() => log().includes("nothing is left to keep"));
  });

  test("is not mistaken for a stranger who has its number by now", async () => {
    const stranger = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    const record = { pid: stranger.pid, started: "1", program: program.self.at(-1) };
    writeFileSync(join(context.paths.state, "keeper.json"), JSON.stringify(record));
    await mount();
    expect((await livingKeeper(context.paths))?.pid).not.toBe(stranger.pid);
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    stranger.kill();
  });

  test("is made anew when it was killed, and at the first command of another version", async () => {
    await mount();
    const first = (await livingKeeper(context.paths))?.pid ?? 0;
    process.kill(first, "SIGKILL");
    await until(async () => (await livingKeeper(context.paths)) === undefined);
    await mount();
    const second = (await livingKeeper(context.paths))?.pid ?? 0;
    expect(second).not.toBe(first);
    const upgraded = buildProgram();
    try {
      context = { ...context, self: upgraded.self };
      await mount();
      const third = await livingKeeper(context.paths);
      expect(third?.program).toBe(upgraded.self.at(-1));
      expect(existsSync(`/proc/${second}`)).toBe(false);
      process.kill(await sshfsPid(), "SIGKILL");
      await until(isServed);
    } finally {
      await unmount(context);
      upgraded.remove();
    }
  });
});

describe("a connection", () => {
  test("that is dead without a word gives errors in time, and a new one serves", async () => {
    await begin({ stall: 2 });
    const relay = await createRelay(
      Number(/Port (\d+)/.exec(readFileSync(guest.target.configFile, "utf8"))?.[1]),
    );
    try {
      useConfig((text) => text.replace(/Port \d+/, `Port ${relay.port}`));
      await mount();
      relay.silence();
      expect((await look('ls "$view/not-cached"')).status).not.toBeNull();
      await until(isServed);
    } finally {
      relay.close();
    }
  });

  test("whose server never greets holds nobody", async () => {
    await begin({ stall: 2 });
    await ensureMounted(context, target());
    guest.stop();
    const config = join(dirname(guest.target.configFile), "sshd_config");
    writeFileSync(
      config,
      readFileSync(config, "utf8").replace(/Subsystem sftp .*/, "Subsystem sftp /bin/sleep 1000"),
    );
    await guest.start();
    expect((await look('ls "$view/not-cached"')).status).toBe(2);
  });

  test("that was asleep with a request under way gets its answer", async () => {
    await begin({ stall: 2 });
    await mount();
    const pid = await sshfsPid();
    guest.signal("SIGSTOP");
    const asking = spawn("ls", [join(view, "not-cached")], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    asking.stderr.on("data", (bytes) => (said += String(bytes)));
    const done = new Promise((resolved) => asking.once("exit", resolved));
    await pause(500);
    process.kill(-pid, "SIGSTOP");
    guest.signal("SIGCONT");
    await pause(4000);
    process.kill(-pid, "SIGCONT");
    await done;
    expect(said).toContain("No such file");
    expect(await sshfsPid()).toBe(pid);
  });

  test("that slept for longer than ssh waits for a sign of life goes on", async () => {
    await begin();
    await mount();
    const pid = await sshfsPid();
    process.kill(-pid, "SIGSTOP");
    await pause(17_000);
    process.kill(-pid, "SIGCONT");
    expect((await look('ls "$view"')).status).toBe(0);
    writeFileSync(join(guest.home, "workspace/new"), "");
    await until(() => existsSync(join(view, "new")));
  });

  test("whose guard is frozen is replaced by the keeper", async () => {
    await begin({ stall: 2 });
    await mount();
    const pid = await sshfsPid();
    const guard = members(pid).find(({ args }) => args.includes("sftp-guard.mjs"));
    process.kill(guard?.pid ?? 0, "SIGSTOP");
    const asking = spawn("ls", [join(view, "not-cached")], { stdio: "ignore" });
    const done = new Promise((resolved) => asking.once("exit", resolved));
    await done;
    await until(async () => (await sshfsPid()) !== pid && (await isServed()));
    await until(() => log().includes("the mount was hung"));
  });
});

interface Relay {
  port: number;
  /** What is connected gets nothing any more, not even its end; new connections are served. */
  silence(): void;
  close(): void;
}

async function createRelay(port: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = tcp(port, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on("error", () => undefined);
      one.pipe(other);
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    silence: () => {
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
      }
      sockets.clear();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
