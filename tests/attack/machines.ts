// Two machines on one port of the host, one at a time: the VM whose key is pinned, and an impostor. What each is told
// and given it writes down.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import type { Context } from "../../src/context.ts";
import type { Paths } from "../../src/domain/paths.ts";
import { hostKeyAlias, sshConfig, targetFor } from "../../src/domain/vm/ssh-config.ts";
import { createContext } from "../integration/guest.ts";
import { freePort } from "../integration/loopback-sshd.ts";

export interface Machine {
  /** Its only host key, as base64. */
  hostKey: string;
  home: string;
  /** Everything it was told and given since it began to listen: commands, environment, keys of an agent. */
  got(): string;
}

export interface Machines {
  vm: Machine;
  impostor: Machine;
  base: string;
  port: number;
  identityFile: string;
  ctx: Context;
  /** From now on this one is on the port; connections to the other one are gone. */
  listen(machine: Machine): Promise<void>;
  /** The product's ssh configuration and pin, as `start` writes them. */
  writeConfig(paths: Paths): void;
  /** What Lima itself calls the VM with. */
  limaOptions: string[];
  remove(): void;
}

const keygen = (file: string, comment = "") =>
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", file]);
const publicKey = (file: string) => readFileSync(`${file}.pub`, "utf8").split(" ")[1]?.trim() ?? "";

export async function until(found: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await found()); tries += 1) {
    if (tries > 1200) throw new Error("it did not come");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

const opens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => socket.destroy() && resolve(true));
    socket.once("error", () => resolve(false));
  });

function createMachine(base: string, name: string, port: number): Machine & { config: string } {
  const directory = join(base, name);
  const home = join(directory, "home");
  mkdirSync(home, { recursive: true });
  keygen(join(directory, "host_key"));
  // A second one of the same kind: what a machine may want to be known by, too.
  keygen(join(directory, "more_key"));
  const book = join(directory, "got");
  const answer = join(directory, "answer");
  const note = `{ echo "$SSH_ORIGINAL_COMMAND"; env; ssh-add -l; } >>${book} 2>&1`;
  writeFileSync(answer, `#!/bin/sh\n${note}\nexec sh -c "$SSH_ORIGINAL_COMMAND"\n`);
  chmodSync(answer, 0o755);
  const config = join(directory, "sshd_config");
  const lines = [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${directory}/host_key`,
    `HostKey ${directory}/more_key`,
    `AuthorizedKeysFile ${base}/user_key.pub`,
    "PidFile none",
    "StrictModes no",
    "UsePAM no",
    "AcceptEnv *",
    `SetEnv HOME=${home}`,
    `ForceCommand ${answer}`,
    "Subsystem sftp internal-sftp",
  ];
  writeFileSync(config, `${lines.join("\n")}\n`);
  const got = () => (existsSync(book) ? readFileSync(book, "utf8") : "");
  return { hostKey: publicKey(join(directory, "host_key")), home, got, config };
}

export async function createMachines(): Promise<Machines> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "two-")));
  const port = await freePort();
  const hostHome = join(base, "host");
  // Where Lima keeps it.
  const identityFile = join(hostHome, ".lima/_config/user");
  mkdirSync(dirname(identityFile), { recursive: true });
  keygen(identityFile);
  copyFileSync(`${identityFile}.pub`, join(base, "user_key.pub"));
  const vm = createMachine(base, "vm", port);
  const impostor = createMachine(base, "impostor", port);
  const unknown = { configFile: "", alias: "", adminAlias: "" };
  const made = createContext({ hostHome, repo: hostHome, said: [], target: unknown });
  const ctx = { ...made, target: async () => targetFor(made.paths) };
  let server: ChildProcess | undefined;
  const stop = () => {
    // The connections are of its process group.
    if (server?.pid !== undefined) process.kill(-server.pid, "SIGKILL");
    server = undefined;
  };
  const writeConfig = (paths: Paths) => {
    for (const directory of [paths.state, paths.sockets])
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    // An ordinary user's sshd knows that user's account alone.
    const text = sshConfig(paths, { port, identityFile }).replaceAll(/^ {2}User \w+$/gm, `  User ${ME}`);
    writeFileSync(paths.sshConfig, text);
    writeFileSync(paths.knownHosts, `${hostKeyAlias(paths)} ssh-ed25519 ${vm.hostKey}\n`);
  };
  return {
    vm,
    impostor,
    base,
    port,
    identityFile,
    ctx,
    listen: async (machine) => {
      stop();
      await until(async () => !(await opens(port)));
      for (const one of [vm, impostor]) rmSync(join(dirname(one.config), "got"), { force: true });
      const { config } = machine === vm ? vm : impostor;
      server = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", config], { stdio: "ignore", detached: true });
      await until(() => opens(port));
    },
    writeConfig,
    limaOptions: [
      ...["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "NoHostAuthenticationForLocalhost=yes"],
      ...["BatchMode=yes", "LogLevel=ERROR", `IdentityFile=${identityFile}`, `Port=${port}`, `User=${ME}`],
    ].flatMap((option) => ["-o", option]),
    remove: () => {
      stop();
      rmSync(base, { recursive: true, force: true });
    },
  };
}

const ME = userInfo().username;

export interface AnAgent {
  socket: string;
  stop(): void;
}

/** The user's ssh agent with one key, whose comment is the word. */
export async function createAgent(base: string, word: string): Promise<AnAgent> {
  const socket = join(base, "agent");
  const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
  await until(() => existsSync(socket));
  keygen(join(base, "agent_key"), word);
  const env = { ...process.env, SSH_AUTH_SOCK: socket };
  execFileSync("ssh-add", ["-q", join(base, "agent_key")], { env });
  return { socket, stop: () => void agent.kill() };
}
