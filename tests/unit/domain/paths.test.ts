// Where things lie: for root and for an ordinary user, for each VM apart, and short enough for sockets.
import { describe, expect, test } from "vitest";
import { type HostIdentity, parseVmName, pathsFor } from "../../../src/domain/paths.ts";
import { EXIT } from "../../../src/errors.ts";

const paths = (host: Partial<HostIdentity> = {}, vm = "agent-vm") =>
  pathsFor(parseVmName(vm), { uid: 1000, env: { HOME: "/home/ann" }, ...host });

describe("a VM's name", () => {
  test.each(["agent-vm", "a", "0", "vm-2-x", "x".repeat(30)])("can be %s", (name) => {
    expect(parseVmName(name)).toBe(name);
  });

  test.each([
    ...["", "-a", "a-", "a--b", "A", "a_b", "a.b", "a b", "a/b", "..", ".", "a\n", "ü", "$(id)", "--vm"],
    "x".repeat(31),
  ])("cannot be %j", (name) => {
    expect(() => parseVmName(name)).toThrow(expect.objectContaining({ exit: EXIT.usage }));
  });
});

describe("an ordinary user", () => {
  test("gets the usual directories and Lima's usual home", () => {
    expect(paths()).toEqual({
      vm: "agent-vm",
      home: "/home/ann",
      state: "/home/ann/.local/state/agent-vm/vm/agent-vm",
      sharedState: "/home/ann/.local/state/agent-vm",
      cache: "/home/ann/.cache/agent-vm",
      configFile: "/home/ann/.config/agent-vm/config.yaml",
      limaHome: "/home/ann/.lima",
      sockets: "/home/ann/.local/state/agent-vm/vm/agent-vm/cm",
      mountpoint: "/home/ann/.agent-vm-mounts/workspace",
      sshConfig: "/home/ann/.local/state/agent-vm/vm/agent-vm/ssh_config",
      sshHosts: "/home/ann/.local/state/agent-vm/vm/agent-vm/ssh_hosts",
      knownHosts: "/home/ann/.local/state/agent-vm/vm/agent-vm/known_hosts",
      record: "/home/ann/.local/state/agent-vm/vm/agent-vm/vm.json",
      workspaces: "/home/ann/.local/state/agent-vm/vm/agent-vm/workspaces.json",
      logs: "/home/ann/.local/state/agent-vm/vm/agent-vm/logs",
    });
  });

  test("can choose them with XDG variables and LIMA_HOME", () => {
    const env = {
      HOME: "/home/ann",
      XDG_STATE_HOME: "/x/state",
      XDG_CACHE_HOME: "/x/cache",
      XDG_CONFIG_HOME: "/x/config",
      LIMA_HOME: "/x/lima",
    };
    expect(paths({ env })).toMatchObject({
      state: "/x/state/agent-vm/vm/agent-vm",
      cache: "/x/cache/agent-vm",
      configFile: "/x/config/agent-vm/config.yaml",
      limaHome: "/x/lima",
      mountpoint: "/home/ann/.agent-vm-mounts/workspace",
    });
  });
});

describe("root", () => {
  const root = (env: Record<string, string> = {}) => paths({ uid: 0, env: { HOME: "/root", ...env } });

  test("keeps what the system account must reach outside of its own home", () => {
    expect(root()).toMatchObject({
      state: "/root/.local/state/agent-vm/vm/agent-vm",
      cache: "/var/cache/agent-vm",
      limaHome: "/var/lib/agent-vm/lima",
    });
  });

  test("cannot send Lima elsewhere with LIMA_HOME, which the account could not write", () => {
    expect(root({ LIMA_HOME: "/root/.lima", XDG_CACHE_HOME: "/root/c" })).toMatchObject({
      cache: "/var/cache/agent-vm",
      limaHome: "/var/lib/agent-vm/lima",
    });
  });

  test("can with our own variables", () => {
    const env = { AGENT_VM_SYSTEM_DIR: "/srv/avm", AGENT_VM_CACHE_DIR: "/srv/cache" };
    expect(root(env)).toMatchObject({ cache: "/srv/cache", limaHome: "/srv/avm/lima" });
  });
});

test("two VMs share the cache and the repositories' ids, and nothing else", () => {
  const one = paths();
  const two = paths({}, "agent-vm-2");
  const shared = Object.keys(one).filter(
    (key) => one[key as keyof typeof one] === two[key as keyof typeof two],
  );
  expect(shared.sort()).toEqual(["cache", "configFile", "home", "limaHome", "sharedState"]);
  expect(two.mountpoint).toBe("/home/ann/.agent-vm-mounts/agent-vm-2/workspace");
});

describe("the sockets' directory", () => {
  const LONG = `/home/${"long".repeat(15)}`;
  const sockets = (home: string, vm?: string, runtime?: string) =>
    paths({ env: { HOME: home, ...(runtime !== undefined && { XDG_RUNTIME_DIR: runtime }) } }, vm).sockets;

  test("leaves room for a name and what ssh adds to it, whatever the home and the VM are called", () => {
    for (const home of ["/root", "/home/ann", LONG, `/${"deep/".repeat(40)}`]) {
      for (const vm of ["a", "agent-vm", "x".repeat(30)]) {
        expect(`${sockets(home, vm)}/agent`.length + 17).toBeLessThanOrEqual(107);
      }
    }
  });

  test("moves to the user's runtime directory when the state's path is long", () => {
    expect(sockets(LONG, "agent-vm", "/run/user/1000")).toMatch(
      /^\/run\/user\/1000\/agent-vm-1000\/[0-9a-f]{8}$/,
    );
    expect(sockets(LONG)).toMatch(/^\/tmp\/agent-vm-1000\/[0-9a-f]{8}$/);
  });

  test("is another one for each state, and the same each time", () => {
    const places = [sockets(LONG, "a"), sockets(LONG, "b"), sockets(`${LONG}x`, "a")];
    expect(new Set(places).size).toBe(3);
    expect(sockets(LONG, "a")).toBe(places[0]);
  });
});
