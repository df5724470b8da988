// A real sshd on a free loopback port that plays the guest for sshfs: its home is a temporary directory.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { Target } from "../../src/target.ts";
import { removeTree } from "./remove-tree.ts";

export interface LoopbackSshd {
  target: Target;
  /** The guest's home; `workspace` below it is what gets mounted. */
  home: string;
  start(): Promise<void>;
  /** Ends sshd and every connection. */
  stop(): void;
  /** A frozen guest: sshd and every connection get the signal and answer nothing. */
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  remove(): void;
}

/** No connection gets such a port for its own end: one that is free stays so, also while the guest is down. */
const LOWEST = 12_000;
const HIGHEST = 32_000;

export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(port)) return port;
  }
}

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });

function opens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => socket.destroy() && resolve(true));
    socket.once("error", () => resolve(false));
  });
}

/** A process and all its descendants, the oldest first. */
function family(pid: number): number[] {
  const children = readdirSync("/proc").filter((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] === String(pid);
    } catch {
      return false;
    }
  });
  return [pid, ...children.flatMap((child) => family(Number(child)))];
}

function writeFiles(
  directory: string,
  home: string,
  how: { port: number; subsystem: string | undefined },
): Target {
  const { port, subsystem = "internal-sftp -d" } = how;
  for (const name of ["host_key", "user_key"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(directory, name)]);
  }
  const serverConfig = [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${directory}/host_key`,
    `AuthorizedKeysFile ${directory}/user_key.pub`,
    "PidFile none",
    "StrictModes no",
    "UsePAM no",
    // As lima/provision/20-sshd.sh has it for the agent's account.
    "AcceptEnv AGENT_VM_SEND_*",
    `Subsystem sftp ${subsystem} ${home}`,
  ];
  writeFileSync(join(directory, "sshd_config"), `${serverConfig.join("\n")}\n`);
  const hostKey = readFileSync(join(directory, "host_key.pub"), "utf8");
  writeFileSync(join(directory, "known_hosts"), `test-guest ${hostKey}`);
  const clientConfig = [
    "Host test-guest test-guest-admin",
    "  Hostname 127.0.0.1",
    `  Port ${port}`,
    `  User ${userInfo().username}`,
    `  IdentityFile ${directory}/user_key`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile ${directory}/known_hosts`,
    "  HostKeyAlias test-guest",
    "  StrictHostKeyChecking yes",
    "  BatchMode yes",
    "  SendEnv AGENT_VM_SEND_*",
    "  LogLevel ERROR",
  ];
  const configFile = join(directory, "ssh_config");
  writeFileSync(configFile, `${clientConfig.join("\n")}\n`);
  return { configFile, alias: "test-guest", adminAlias: "test-guest-admin" };
}

/** `subsystem`: the command of another SFTP server than OpenSSH's own; it gets the home as its last argument. */
export async function createLoopbackSshd(subsystem?: string): Promise<LoopbackSshd> {
  const directory = mkdtempSync(join(tmpdir(), "sshd-"));
  const home = join(directory, "home");
  mkdirSync(join(home, "workspace"), { recursive: true });
  const port = await freePort();
  const target = writeFiles(directory, home, { port, subsystem });
  let server: ChildProcess | undefined;
  const all = () => (server?.pid ? family(server.pid) : []);
  const kill = (name: NodeJS.Signals) => {
    for (const pid of all().reverse()) {
      try {
        process.kill(pid, name);
      } catch {
        // It has ended meanwhile.
      }
    }
  };
  const stop = () => {
    kill("SIGKILL");
    server = undefined;
  };
  return {
    target,
    home,
    start: async () => {
      // One that was killed a moment ago may still listen: the new one would end, and the old one seem to be it.
      for (let tries = 0; tries < 400 && (await opens(port)); tries++)
        await new Promise((resolve) => setTimeout(resolve, 50));
      server = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", join(directory, "sshd_config")], {
        stdio: "ignore",
      });
      for (let tries = 0; !(await opens(port)); tries++) {
        if (tries > 400) throw new Error("sshd does not listen");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    stop,
    signal: kill,
    remove: () => {
      stop();
      // What a session still writes at its end comes in between.
      removeTree(directory);
    },
  };
}
