// A host with a mounted guest, for attacks: the product's mount, or one with a protection left out, beside a secret and
// a canary. What is left out is chosen here alone; the product has no switch for it.
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ROOT, sshfsLine } from "../../src/adapters/sshfs.ts";
import { ensureMounted } from "../../src/domain/mount/mount.ts";
import { mountOptions } from "../../src/domain/mount/options.ts";
import type { MountContext } from "../../src/domain/mount/state.ts";
import { unmount } from "../../src/domain/mount/unmount.ts";
import { parseVmName, pathsFor } from "../../src/domain/paths.ts";
import { settingsSchema } from "../../src/domain/settings.ts";
import { run } from "../../src/io/run.ts";
import { createLoopbackSshd, type LoopbackSshd } from "../integration/loopback-sshd.ts";
import { type BuiltProgram, buildProgram } from "../integration/program.ts";

export interface Host {
  guest: LoopbackSshd;
  context: MountContext;
  /** The guest's side of what is mounted. */
  workspace: string;
  /** The mountpoint. */
  view: string;
  home: string;
  secret: string;
  /** Made by whatever an attack gets to run. */
  canary: string;
  fired(): boolean;
  /** As the user's `mount` does, also after a breach. */
  mount(): Promise<void>;
  /** Without the guard, and with other options. */
  mountPlain(change: (options: readonly string[]) => string[]): Promise<void>;
  mountLog(): string;
  isMounted(): boolean;
  /** A program of the user's in a process that the test can lose; seconds until it is given up. */
  does(command: string, limit?: number): Done;
  remove(): Promise<void>;
}

export interface Done {
  stdout: string;
  stderr: string;
  /** Null when it had to be given up. */
  status: number | null;
  seconds: number;
}

export const UID = process.getuid?.() ?? 0;

let program: BuiltProgram | undefined;
/** Once for a file of tests. */
export const built = (): BuiltProgram => {
  program ??= buildProgram();
  return program;
};
export const removeBuilt = (): void => program?.remove();

/** What the guest's server does; without one it is honest. */
export type Trick = { trick: string } & Record<string, string | number>;

const HOSTILE = resolve(import.meta.dirname, "hostile-sftp.mjs");
const encode = (trick: Trick) => Buffer.from(JSON.stringify(trick)).toString("base64url");

export async function createHost(trick?: Trick, settings: Record<string, unknown> = {}): Promise<Host> {
  const subsystem = trick && `${process.execPath} ${HOSTILE} ${encode(trick)}`;
  const guest = await createLoopbackSshd(subsystem);
  await guest.start();
  const home = realpathSync(mkdtempSync(join(tmpdir(), "victim-")));
  const context = contextOf(home, settings);
  const view = context.paths.mountpoint;
  const canary = join(home, "canary");
  const secret = join(home, "secret");
  writeFileSync(secret, "the host's secret", { mode: 0o600 });
  const isMounted = () => readFileSync("/proc/self/mountinfo", "utf8").includes(` ${view} `);
  return {
    guest,
    context,
    workspace: join(guest.home, ROOT),
    view,
    home,
    secret,
    canary,
    fired: () => existsSync(canary),
    mount: async () => void (await ensureMounted(context, guest.target, { reopen: true })),
    mountPlain: async (change) => {
      mkdirSync(view, { recursive: true });
      const options = mountOptions({ uid: UID, containSymlinks: true, readOnly: false });
      const guard = { program: "none", file: "none", setup: "none" };
      const { argv } = sshfsLine(guest.target, { mountpoint: view, options: [], guard });
      spawn("sshfs", [...argv.slice(1, -1), change(options).join(",")], {
        stdio: "ignore",
        detached: true,
      }).unref();
      for (let tries = 0; !isMounted(); tries += 1) {
        if (tries > 400) throw new Error("sshfs did not mount");
        await new Promise((done) => setTimeout(done, 50));
      }
    },
    mountLog: () => readFileSync(join(context.paths.logs, "mount.log"), "utf8"),
    isMounted,
    does: (command, limit = 20) => does(home, command, limit),
    remove: async () => {
      guest.stop();
      spawnSync("fusermount3", ["-u", "-z", view]);
      await unmount(context).catch(() => undefined);
      guest.remove();
      if (existsSync(view)) chmodSync(view, 0o700);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function does(home: string, command: string, limit: number): Done {
  const since = Date.now();
  const { stdout, stderr, status } = spawnSync("sh", ["-c", command], {
    cwd: "/",
    env: { PATH: process.env["PATH"], HOME: home, LC_ALL: "C", view: viewOf(home), home },
    encoding: "utf8",
    timeout: limit * 1000,
    killSignal: "SIGKILL",
  });
  return { stdout, stderr, status, seconds: (Date.now() - since) / 1000 };
}

const pathsOf = (home: string) =>
  pathsFor(parseVmName("agent-vm-test"), { uid: UID, env: { HOME: home, PATH: process.env["PATH"] } });
const viewOf = (home: string) => pathsOf(home).mountpoint;

function contextOf(home: string, settings: Record<string, unknown>): MountContext {
  const quiet = () => undefined;
  return {
    paths: pathsOf(home),
    settings: settingsSchema.parse({ mount: settings }),
    self: built().self,
    run,
    platform: "linux",
    uid: UID,
    env: { HOME: home, PATH: process.env["PATH"] },
    signal: new AbortController().signal,
    commandLine: "agent-vm test",
    out: {
      answer: quiet,
      say: quiet,
      detail: quiet,
      warn: quiet,
      step: () => ({ update: quiet, done: quiet, failed: quiet }),
    },
  };
}

/** Options without those of the names, and with more. */
export const changed =
  (without: readonly string[], more: readonly string[] = []) =>
  (options: readonly string[]): string[] => [
    ...options.filter((option) => !without.includes(option.split("=", 1)[0] ?? "")),
    ...more,
  ];
