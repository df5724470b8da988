// A hostile guest turns this host's own ssh connection around: it opens channels to the user's agent, screen and ports.
// Without the guard ssh has a user's ordinary configuration, with it the product makes the connection.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { type Lima, startInstance } from "../../src/adapters/limactl.ts";
import { closeMasters, runScript } from "../../src/adapters/ssh.ts";
import type { Context } from "../../src/context.ts";
import { bootInstance } from "../../src/domain/vm/boot.ts";
import { withProxy } from "../../src/domain/vm/proxy-forward.ts";
import { GUEST_PROXY_PORT } from "../../src/domain/vm/proxy-inputs.ts";
import { type VmRecord, writeRecord } from "../../src/domain/vm/record.ts";
import { hostKeyAlias, sshConfig, targetFor } from "../../src/domain/vm/ssh-config.ts";
import { makePrivate } from "../../src/io/private-directory.ts";
import { run } from "../../src/io/run.ts";
import type { Target } from "../../src/target.ts";
import { createContext } from "../integration/guest.ts";
import { freePort } from "../integration/loopback-sshd.ts";
import { attack } from "./attacks.ts";
import { addressOf, listening } from "./host-proxy.ts";
import { createHostileSshd, type Known, openAgent, openForwarded, openX11 } from "./hostile-sshd.ts";

const SECRET = "canary of this host";
/** A service on this host's loopback; `touched` once anybody was there. */
let service: Server;
let touched: boolean;
/** This host with its user's home, and the environment of their shell. */
let home: string;
let ctx: Context;
let env: Record<string, string>;
let agent: ReturnType<typeof spawn> | undefined;

beforeAll(async () => {
  service = await listening(
    createServer((socket) => {
      touched = true;
      socket.on("error", () => socket.destroy());
      socket.write(SECRET);
    }),
  );
});
afterAll(() => service.close());

beforeEach(async () => {
  touched = false;
  home = mkdtempSync(join(tmpdir(), "turned-"));
  const target: Target = { configFile: "", alias: "", adminAlias: "" };
  ctx = createContext({ hostHome: home, repo: home, said: [], target });
  env = { PATH: process.env["PATH"] ?? "", HOME: home, LC_ALL: "C" };
});
afterEach(() => {
  agent?.kill();
  agent = undefined;
  rmSync(home, { recursive: true, force: true });
});

interface Plan {
  /** What stands in the user's ssh configuration. */
  usual: readonly string[];
  /** The guest's part; true when it has got what it wanted. */
  channel: (known: Known) => Promise<boolean>;
  /** How the product connects. */
  ours?: (target: Target) => Promise<unknown>;
}

const anyCommand = (target: Target) => runScript(ctx.run, target, { text: "true\n" }, { env });

const play =
  ({ usual, channel, ours = anyCommand }: Plan) =>
  async (guarded: boolean): Promise<boolean> => {
    let got = false;
    touched = false;
    const guest = await createHostileSshd(mkdtempSync(join(home, "guest-")), async (known) => {
      got = await channel(known).catch(() => false);
    });
    try {
      if (guarded) await asProduct(guest, ours);
      else await asUser(guest.port, usual);
    } finally {
      guest.close();
    }
    return got;
  };

async function asProduct(
  guest: { port: number; hostKey: string },
  ours: (target: Target) => Promise<unknown>,
): Promise<void> {
  const { paths } = ctx;
  const target = targetFor(paths);
  mkdirSync(paths.state, { recursive: true, mode: 0o700 });
  await makePrivate(paths.sockets, ctx.uid);
  writeFileSync(paths.knownHosts, `${hostKeyAlias(paths)} ${guest.hostKey}`);
  writeFileSync(paths.sshConfig, sshConfig(paths, { port: guest.port, identityFile: "/dev/null" }));
  try {
    await ours(target);
  } finally {
    await closeMasters(ctx.run, target);
    rmSync(paths.sockets, { recursive: true, force: true });
  }
}

async function asUser(port: number, usual: readonly string[]): Promise<void> {
  const config = join(home, "users_config");
  const options = ["Hostname 127.0.0.1", `Port ${port}`, "StrictHostKeyChecking no", "LogLevel ERROR"];
  const lines = ["Host *", ...options, "UserKnownHostsFile /dev/null", ...usual];
  writeFileSync(config, lines.join("\n"));
  await run(["ssh", "-F", config, "guest", "true"], { env, ok: "any" });
}

/** Says something and waits until the answer holds the word, or for ten seconds. */
async function answers(channel: Duplex, say: Buffer | string, word: string): Promise<boolean> {
  let got = "";
  channel.on("error", () => undefined).on("data", (bytes) => (got += String(bytes)));
  channel.write(say);
  const patience = AbortSignal.timeout(10_000);
  while (!got.includes(word) && !patience.aborted && !channel.destroyed && !channel.readableEnded)
    await new Promise((resolve) => setTimeout(resolve, 10));
  channel.destroy();
  return got.includes(word);
}

const REQUEST_IDENTITIES = Buffer.from([0, 0, 0, 1, 11]);
attack("the guest asks the user's ssh agent", {
  guard: "no agent is forwarded, whatever the user's configuration says",
  play: async (guarded) => {
    env["SSH_AUTH_SOCK"] = join(home, "agent");
    const key = join(home, `key-${guarded}`);
    agent ??= spawn("ssh-agent", ["-D", "-a", env["SSH_AUTH_SOCK"]], { stdio: ["ignore", "pipe", "ignore"] });
    if (!guarded && agent.stdout) await once(agent.stdout, "data");
    spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", SECRET, "-f", key]);
    spawnSync("ssh-add", ["-q", key], { env });
    const channel = async (known: Known) => answers(await openAgent(known), REQUEST_IDENTITIES, SECRET);
    return play({ usual: ["ForwardAgent yes"], channel })(guarded);
  },
});

/** How a program greets its X server, with the cookie that ssh checks. */
function hello(cookie: string): Buffer {
  const name = Buffer.from("MIT-MAGIC-COOKIE-1\0\0");
  const head = Buffer.alloc(12);
  head.write("l");
  for (const [at, value] of [11, 0, 18, 16].entries()) head.writeUInt16LE(value, 2 + 2 * at);
  return Buffer.concat([head, name, Buffer.from(cookie, "hex")]);
}

attack("the guest draws on the user's screen", {
  guard: "no X11 is forwarded, whatever the user's configuration says",
  play: async (guarded) => {
    env["DISPLAY"] = `127.0.0.1:${addressOf(service).port - 6000}`;
    const channel = async (known: Known) => answers(await openX11(known), hello(known.cookie), SECRET);
    return play({ usual: ["ForwardX11 yes", "ForwardX11Trusted yes"], channel })(guarded);
  },
});

const PORT = 28_999;
attack("the guest opens a forward to this host's loopback that the user has for other hosts", {
  guard: "no forward of the user's configuration is made",
  play: (guarded) =>
    play({
      usual: [`RemoteForward 127.0.0.1:${PORT} 127.0.0.1:${addressOf(service).port}`],
      channel: async (known) => answers(await openForwarded(known, PORT), "hello", SECRET),
    })(guarded),
});

attack("a server of the guest's answers on this host's loopback", {
  guard: "no forward of the user's configuration is made",
  play: async (guarded) => {
    const port = await freePort();
    const channel = async () => {
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      socket.destroy();
      return true;
    };
    return play({ usual: [`LocalForward 127.0.0.1:${port} 127.0.0.1:8080`], channel })(guarded);
  },
});

/** SOCKS: version 5, then CONNECT to 127.0.0.1. */
const socks = (port: number) =>
  Buffer.from([5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, Math.floor(port / 256), port % 256]);

attack("the guest goes to this host's loopback through the forward for its proxy", {
  guard: "the forward leads to the relay alone",
  play: async (guarded) => {
    const { port } = addressOf(service);
    const tries = [socks(port), `GET http://127.0.0.1:${port}/ HTTP/1.1\r\n\r\n`];
    let refused = false;
    const channel = async (known: Known) => {
      const asked = await openForwarded(known, GUEST_PROXY_PORT);
      refused = await answers(asked, `CONNECT 127.0.0.1:${port} HTTP/1.1\r\n\r\n`, "403 Forbidden");
      for (const say of tries) await answers(await openForwarded(known, GUEST_PROXY_PORT), say, SECRET);
      await openForwarded(known, port).catch(() => undefined);
      return touched;
    };
    const record = { ...RECORD, proxy: { noProxy: [] } };
    const proxied = { ...ctx, env: { ...env, https_proxy: `http://127.0.0.1:${port}` } };
    const ours = async (target: Target) => {
      await writeRecord(ctx.paths, record);
      let ended = false;
      await withProxy(
        { ...proxied, run: (...call) => ctx.run(...call).finally(() => (ended = true)) },
        target,
        async () => {
          while (!ended) await new Promise((resolve) => setTimeout(resolve, 10));
        },
      );
    };
    const got = await play({ usual: [`RemoteForward 127.0.0.1:${GUEST_PROXY_PORT}`], channel, ours })(
      guarded,
    );
    expect(refused, "the relay must be there").toBe(guarded);
    return got;
  },
});

const RECORD: VmRecord = {
  ...{ phase: "ready", limaHome: "/", image: "x", accel: "tcg", vcpu: 1, memory: 1, disk: 1 },
  createdAt: "2026-01-01T00:00:00.000Z",
};

attack("an override of Lima's puts the guest's ports on this host", {
  guard: "the effective configuration is checked before a start",
  play: async (guarded) => {
    const fixture = join(import.meta.dirname, "../unit/fixtures/effective-config-overridden.json");
    let started = false;
    const limactl: typeof run = async (argv) => {
      started ||= argv.includes("start");
      return { code: 0, stdout: argv.includes("list") ? readFileSync(fixture, "utf8") : "", stderr: "" };
    };
    const lima = {
      run: limactl,
      uid: 1000,
      binary: "limactl",
      limaHome: home,
      home,
      env,
      platform: "linux",
    } as Lima;
    const instance = { name: "agent-vm", status: "Stopped", dir: home, port: 0 };
    try {
      if (guarded) await bootInstance(ctx, { lima, instance, stalePids: false }, RECORD);
      else await startInstance(lima, instance.name, {}, {});
    } catch {
      // It is refused.
    }
    return started;
  },
});
