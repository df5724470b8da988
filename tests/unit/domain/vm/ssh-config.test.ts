// The ssh configuration of a VM, as text and as the real ssh reads it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Paths, parseVmName, pathsFor } from "../../../../src/domain/paths.ts";
import { sshConfig, targetFor } from "../../../../src/domain/vm/ssh-config.ts";
import { run } from "../../../../src/io/run.ts";

const endpoint = { port: 60022, identityFile: "/home/ann/.lima/_config/user" };
const paths = pathsFor(parseVmName("agent-vm"), { uid: 1000, env: { HOME: "/home/ann" } });

/** A throw-away directory with the file in it, for paths below a directory of that name. */
function written(name: string, port = endpoint.port) {
  const top = mkdtempSync(join(tmpdir(), "avm-"));
  onTestFinished(() => rmSync(top, { recursive: true }));
  const directory = join(top, name);
  mkdirSync(directory, { recursive: true });
  const own: Paths = {
    ...paths,
    sockets: join(directory, "cm"),
    knownHosts: join(directory, "known_hosts"),
    sshConfig: join(directory, "ssh_config"),
  };
  const identityFile = join(directory, "key");
  writeFileSync(own.sshConfig, sshConfig(own, { port, identityFile }));
  return { ...targetFor(own), own, identityFile };
}

/** What the real ssh makes of the file for an alias: option → value. */
async function understood(configFile: string, alias: string): Promise<Map<string, string>> {
  const { stdout, stderr } = await run(["ssh", "-G", "-F", configFile, "--", alias]);
  expect(stderr).toBe("");
  const lines = stdout.trimEnd().split("\n");
  return new Map(lines.map((line) => [line.split(" ", 1)[0] ?? "", line.slice(line.indexOf(" ") + 1)]));
}

/** Each with its reason: without it a VM could pose as another, or take something of the user's. */
const ISOLATION = {
  "the pinned key alone is accepted": {
    stricthostkeychecking: "true",
    nohostauthenticationforlocalhost: "no",
    globalknownhostsfile: "/dev/null",
    userknownhostsfile: paths.knownHosts,
    hostkeyalias: "agent-vm-agent-vm",
    updatehostkeys: "false",
    hostkeyalgorithms: "ssh-ed25519",
  },
  "no key or agent of the user's is used or passed on": {
    identitiesonly: "yes",
    identityagent: "none",
    identityfile: endpoint.identityFile,
    preferredauthentications: "publickey",
    gssapiauthentication: "no",
    forwardagent: "no",
    forwardx11: "no",
    forwardx11trusted: "no",
  },
  "nothing is forwarded and nothing runs on the host": {
    clearallforwardings: "yes",
    tunnel: "false",
    permitlocalcommand: "no",
    enableescapecommandline: "no",
    canonicalizehostname: "false",
  },
  "it never asks and notices a dead guest": {
    batchmode: "yes",
    loglevel: "ERROR",
    connecttimeout: "10",
    serveraliveinterval: "5",
    serveralivecountmax: "3",
  },
  "it goes to the VM's port on loopback and shares its connection": {
    hostname: "127.0.0.1",
    port: "60022",
    compression: "no",
    controlmaster: "auto",
    controlpersist: "600",
  },
} as const;

describe("the real ssh understands for both accounts that", async () => {
  const file = mkdtempSync(join(tmpdir(), "avm-"));
  writeFileSync(join(file, "ssh_config"), sshConfig(paths, endpoint));
  const agent = await understood(join(file, "ssh_config"), "agent-vm");
  const admin = await understood(join(file, "ssh_config"), "agent-vm-admin");
  rmSync(file, { recursive: true });

  test.each(Object.entries(ISOLATION))("%s", (_reason, options) => {
    const names = Object.keys(options);
    for (const seen of [agent, admin]) {
      expect(Object.fromEntries(names.map((name) => [name, seen.get(name)]))).toEqual(options);
    }
  });

  test("only a session's variables are sent, and to the agent's account alone", () => {
    expect(agent.get("sendenv")).toBe("AGENT_VM_SEND_*");
    expect(admin.get("sendenv")).toBe(undefined);
  });

  test("no other environment is sent and no proxy is asked", () => {
    for (const seen of [agent, admin]) {
      for (const name of ["setenv", "proxycommand", "proxyjump", "localcommand", "remotecommand"]) {
        expect(seen.get(name)).toBe(undefined);
      }
    }
  });

  test("each account has its own name and socket", () => {
    expect([agent.get("user"), admin.get("user")]).toEqual(["agent", "vmadmin"]);
    expect(agent.get("controlpath")).toBe(join(paths.sockets, "agent"));
    expect(admin.get("controlpath")).toBe(join(paths.sockets, "admin"));
  });
});

test("the text says each option of isolation itself, so that no default of an ssh decides", () => {
  const text = sshConfig(paths, endpoint).toLowerCase();
  const names = Object.values(ISOLATION).flatMap((options) => Object.keys(options));
  const missing = [...names, "proxycommand none", "proxyjump none"].filter(
    (name) => !text.includes(`\n  ${name}`),
  );
  expect(missing).toEqual([]);
});

test("VMs of two names share no alias, no socket and no pin", () => {
  const other = pathsFor(parseVmName("agent-vm-2"), { uid: 1000, env: { HOME: "/home/ann" } });
  const words = (text: string) =>
    text.split("\n").filter((line) => /HostKeyAlias|ControlPath|UserKnownHosts|^Host a/.test(line));
  const mine = words(sshConfig(paths, endpoint));
  const theirs = words(sshConfig(other, endpoint));
  expect(mine).toHaveLength(6);
  expect(mine.filter((line) => theirs.includes(line))).toEqual([]);
});

describe("a path stays one value in ssh:", () => {
  const NAMES = [
    "plain",
    "two words",
    "it's",
    'a "b" c',
    "50% %h %d",
    "back\\slash",
    "$HOME ~x",
    "#no",
    "a=b,c",
    "ünï",
    "tab\there",
  ];

  test.each(NAMES)("%j as the control socket", async (name) => {
    const { configFile, alias, own } = written(name);
    mkdirSync(own.sockets);
    // Whoever listens at the path that we mean gets ssh's call, and hangs up.
    const called = new Promise<void>((resolve) => {
      const server = createServer((socket) => {
        socket.destroy();
        server.close(() => resolve());
      }).listen(join(own.sockets, "agent"));
      onTestFinished(() => void server.close());
    });
    const { code } = await run(["ssh", "-F", configFile, "-O", "check", "--", alias], { ok: "any" });
    expect(code).not.toBe(0);
    await called;
  });

  test.each(NAMES)("%j as the key and the pin", async (name) => {
    const { configFile, alias, own, identityFile } = written(name);
    const seen = await understood(configFile, alias);
    // Some versions show a path before, some after %% has become %.
    const shown = (text: string | undefined) => text?.replaceAll("%%", "%");
    expect(shown(seen.get("identityfile"))).toBe(shown(identityFile));
    expect(shown(seen.get("userknownhostsfile"))).toBe(shown(own.knownHosts));
    expect(seen.get("hostkeyalias")).toBe("agent-vm-agent-vm");
  });
});
