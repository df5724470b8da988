// Somebody else in the VM's place, and what a VM is given that it should not have: over a real sshd, with ssh as Lima or
// a plain program calls it, and as the product does.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { transfer } from "../../src/adapters/git.ts";
import { putFiles } from "../../src/adapters/sftp.ts";
import { masterAlive, runScript } from "../../src/adapters/ssh.ts";
import type { World } from "../../src/cli.ts";
import { createContext } from "../../src/create-context.ts";
import { parseVmName, pathsFor } from "../../src/domain/paths.ts";
import { pinnedKey } from "../../src/domain/vm/pin.ts";
import { readyGuest } from "../../src/domain/vm/ready.ts";
import type { VmRecord } from "../../src/domain/vm/record.ts";
import { SEND_PREFIX, targetFor } from "../../src/domain/vm/ssh-config.ts";
import { EXIT, UserError } from "../../src/errors.ts";
import { sshArgv, type Target } from "../../src/target.ts";
import { createRepository, refused } from "../integration/guest.ts";
import { attack } from "./attacks.ts";
import { type AnAgent, createAgent, createMachines, type Machines, until } from "./machines.ts";

const CANARY = "CANARY-OF-THE-HOST";
const PLAIN = { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent" };

let two: Machines;
let target: Target;
let agent: AnAgent;
const masters: ChildProcess[] = [];
beforeAll(async () => {
  two = await createMachines();
  two.writeConfig(two.ctx.paths);
  target = targetFor(two.ctx.paths);
  agent = await createAgent(two.base, CANARY);
});
afterAll(() => {
  for (const master of masters) master.kill();
  agent.stop();
  two.remove();
});

const record = { phase: "ready", accel: "tcg" } as VmRecord;
const endpoint = () => ({ port: two.port, identityFile: two.identityFile });
/** ssh without the product's configuration: the words are options, and perhaps a command. */
const ssh = (options: readonly string[], env: Record<string, string> = {}) =>
  spawnSync("ssh", [...options, "127.0.0.1", "true"], { env: { ...PLAIN, ...env }, stdio: "ignore" });
/** The product's own call; an impostor makes it fail. */
const calls = async (env: Record<string, string> = {}) => {
  const script = { text: "true" };
  await runScript(two.ctx.run, target, script, { env: { ...PLAIN, ...env }, ownConnection: true });
};

const lima = () => ["-F", "/dev/null", ...two.limaOptions];

attack("another machine on the VM's port", {
  guard: "own configuration with the pinned key",
  play: async (guarded) => {
    await two.listen(two.impostor);
    if (guarded) await refused(readyGuest(two.ctx, endpoint(), record));
    else ssh(lima());
    return two.impostor.got() !== "";
  },
});

attack("another machine, with StrictHostKeyChecking and the pin alone", {
  guard: "no exception for localhost",
  play: async (guarded) => {
    await two.listen(two.impostor);
    const pins = join(two.base, "pins");
    writeFileSync(pins, `[127.0.0.1]:${two.port} ssh-ed25519 ${two.vm.hostKey}\n`);
    const strict = ["-o", "StrictHostKeyChecking=yes", "-o", `UserKnownHostsFile=${pins}`];
    if (guarded) await refused(calls());
    else ssh(["-F", "/dev/null", ...strict, ...two.limaOptions]);
    return two.impostor.got() !== "";
  },
});

/** A connection to whoever listens now, with nothing checked, kept at the path. */
async function unpinnedMaster(path: string): Promise<void> {
  const options = ["-o", "ControlMaster=yes", "-o", `ControlPath=${path}`, "-N"];
  masters.push(spawn("ssh", [...lima(), ...options, "127.0.0.1"], { env: PLAIN, stdio: "ignore" }));
  await until(() => existsSync(path));
}

attack("another machine, while an unpinned connection of Lima's lives", {
  guard: "control sockets of our own",
  play: async (guarded) => {
    await two.listen(two.impostor);
    const socket = join(two.base, `lima-${guarded}`);
    await unpinnedMaster(socket);
    const shared = ["-F", target.configFile, "-o", `ControlPath=${socket}`, target.alias, "true"];
    if (guarded) await refused(runScript(two.ctx.run, target, { text: "true" }));
    else spawnSync("ssh", shared, { env: PLAIN, stdio: "ignore" });
    return two.impostor.got() !== "";
  },
});

attack("a control socket planted where others can write", {
  guard: "the sockets' directory is the user's alone",
  play: async (guarded) => {
    await two.listen(two.impostor);
    const uid = process.getuid?.() ?? 0;
    // Our own state's path is too long for a socket, so they lie in the runtime directory.
    const env = {
      ...PLAIN,
      HOME: join(two.base, `${"h".repeat(70)}${guarded}`),
      XDG_RUNTIME_DIR: join(two.base, guarded ? "r1" : "r0"),
    };
    const paths = pathsFor(parseVmName("agent-vm"), { uid, env });
    two.writeConfig(paths);
    chmodSync(paths.sockets, 0o777);
    await unpinnedMaster(join(paths.sockets, "agent"));
    const { stdin, stdout, stderr } = process;
    const world = { ...two.ctx, argv: [], env, uid, stdin, stdout, stderr } satisfies World;
    const command = new Command("status");
    if (guarded) {
      const error = await refused(createContext(world, command, undefined));
      expect(error).toMatchObject({ exit: EXIT.refused, message: expect.stringContaining(paths.sockets) });
    } else {
      const open = targetFor(paths);
      expect(await masterAlive(two.ctx.run, open)).toBe(true);
      await two.ctx.run(sshArgv(open, ["true"]));
    }
    return two.impostor.got() !== "";
  },
});

attack("another machine that takes files by SFTP", {
  guard: "the pinned key, in SFTP too",
  play: async (guarded) => {
    await two.listen(two.impostor);
    const { username } = await import("node:os").then(({ userInfo }) => userInfo());
    const hostKey = guarded ? await pinnedKey(two.ctx) : two.impostor.hostKey;
    const put = putFiles({ ...endpoint(), username, hostKey }, "taken", [{ path: "a", content: "secret" }]);
    if (guarded) await refused(put);
    else await put.catch(() => undefined);
    return two.impostor.got() !== "";
  },
});

attack("a session's key for whoever has the port", {
  guard: "own configuration with the pinned key",
  play: async (guarded) => {
    await two.listen(two.impostor);
    const name = `${SEND_PREFIX}API_KEY`;
    if (guarded) await refused(calls({ [name]: CANARY }));
    else ssh([...lima(), "-o", `SendEnv=${name}`], { [name]: CANARY });
    return two.impostor.got().includes(CANARY);
  },
});

attack("commits for whoever has the port", {
  guard: "git calls ssh with our configuration",
  play: async (guarded) => {
    await two.listen(two.impostor);
    const repo = join(two.base, `repo-${guarded}`);
    createRepository(repo);
    const place = "workspace/shop";
    if (guarded) {
      const refspecs = ["refs/heads/main:refs/heads/main"];
      // What the user set for git must not come before ours.
      const env = { ...two.ctx.env, GIT_SSH_COMMAND: `ssh ${lima().join(" ")}` };
      const push = transfer({ ...two.ctx, env }, repo, { target, dir: "shop", verb: "push", refspecs });
      await expect(push).rejects.toThrow();
    } else {
      const there = join(two.impostor.home, place);
      mkdirSync(there, { recursive: true });
      execFileSync("git", ["init", "-q", "--bare", there]);
      const env = { ...process.env, GIT_SSH_COMMAND: `ssh ${lima().join(" ")}` };
      execFileSync("git", ["-C", repo, "push", "-q", `ssh://127.0.0.1/~/${place}`, "main"], {
        env,
        stdio: "ignore",
      });
    }
    return two.impostor.got().includes("git-receive-pack");
  },
});

/** The user's own configuration file, which ssh reads unless it is given another one. */
function userConfig(...lines: string[]): string[] {
  const file = join(two.base, "users_config");
  writeFileSync(file, ["Host *", ...lines, ""].join("\n"));
  return ["-F", file, ...two.limaOptions];
}

attack("the user's agent, by the user's configuration", {
  guard: "own configuration, nothing of ~/.ssh or /etc/ssh",
  play: async (guarded) => {
    await two.listen(two.vm);
    const env = { SSH_AUTH_SOCK: agent.socket };
    if (guarded) await calls(env);
    else ssh(userConfig("  ForwardAgent yes"), env);
    expect(two.vm.got()).not.toBe("");
    return two.vm.got().includes(CANARY);
  },
});

attack("a secret of the environment, by the user's configuration", {
  guard: "own configuration, nothing of ~/.ssh or /etc/ssh",
  play: async (guarded) => {
    await two.listen(two.vm);
    const env = { LC_SECRET: CANARY };
    if (guarded) await calls(env);
    else ssh(userConfig("  SendEnv LC_*"), env);
    expect(two.vm.got()).not.toBe("");
    return two.vm.got().includes(CANARY);
  },
});

attack("a VM that adds keys to those it is known by", {
  guard: "UpdateHostKeys no",
  play: async (guarded) => {
    await two.listen(two.vm);
    const { knownHosts } = two.ctx.paths;
    const before = readFileSync(knownHosts, "utf8");
    if (guarded) await calls();
    else {
      const options = ["-o", "UpdateHostKeys=yes", "-o", "ControlPath=none"];
      const old = join(two.base, "known_hosts.old");
      writeFileSync(old, before);
      // The keys are told and proved beside what runs.
      const stays = `for try in $(seq 300); do cmp -s '${old}' '${knownHosts}' || break; sleep 0.1; done`;
      spawnSync("ssh", [...options, "-F", target.configFile, target.alias, stays], { env: PLAIN });
    }
    expect(two.vm.got()).not.toBe("");
    const after = readFileSync(knownHosts, "utf8");
    writeFileSync(knownHosts, before);
    return after !== before;
  },
});

describe("a VM that was replaced", () => {
  test("is told from one that does not answer, with both keys and the way on", async () => {
    await two.listen(two.impostor);
    const error = await refused(readyGuest(two.ctx, endpoint(), record));
    expect(error.exit).toBe(EXIT.notReady);
    expect(error.message).toContain(`port ${two.port} is not the VM`);
    const shown = execFileSync("ssh-keygen", ["-l", "-f", join(two.base, "impostor/host_key.pub")], {
      encoding: "utf8",
    });
    expect(error.details).toContain(`shown now: ${shown.split(" ")[1]}`);
    expect(error.hint).toContain("agent-vm restart");
    expect(error.hint).toContain("agent-vm destroy");
    expect(two.impostor.got()).toBe("");
  });

  test("is not thought of when the VM's own key is shown", async () => {
    await two.listen(two.vm);
    const wrong = `${two.base}/agent_key`;
    two.writeConfig(two.ctx.paths);
    const text = readFileSync(target.configFile, "utf8");
    writeFileSync(target.configFile, text.replaceAll(two.identityFile, wrong));
    const error = await readyGuest(two.ctx, endpoint(), record).catch((thrown: unknown) => thrown);
    two.writeConfig(two.ctx.paths);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toBe("The VM does not answer over ssh.");
  });
});
