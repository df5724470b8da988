// The line in the user's ssh configuration, and the hosts as the real ssh reads them.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Paths, parseVmName, pathsFor } from "../../../src/domain/paths.ts";
import {
  CHECK,
  checkScript,
  hostAlias,
  hostsText,
  includeLine,
} from "../../../src/domain/ssh-hosts/hosts.ts";
import { difference, placeOf, withInclude, withoutInclude } from "../../../src/domain/ssh-hosts/include.ts";
import { type BranchName, isWorkspaceDir, workspaceDir } from "../../../src/domain/workspace/names.ts";
import { run } from "../../../src/io/run.ts";
import { HOSTILE_PAIRS, idOf } from "./workspace/hostile-names.ts";

const LINE = 'Include "/home/ann/.local/state/agent-vm/vm/*/ssh_hosts"';

describe("the line", () => {
  test.each([
    ["no file", undefined],
    ["an empty file", ""],
    ["usual lines", "# mine\nHost x\n  User y\n"],
    ["no final newline", "Host x\n  User y"],
    ["CRLF", "Host x\r\n  User y\r\n"],
    ["CRLF without an end", "Host x\r\n  User y"],
    ["one line break", "\n"],
    ["another Include", 'Include "/home/ann/other"\nHost *\n'],
  ])("goes in and out of %s without a trace", (_what, text) => {
    const installed = withInclude(text, LINE);
    expect(placeOf(installed, LINE)).toBe("effective");
    expect(installed.startsWith(LINE)).toBe(true);
    expect(installed.endsWith(text || "\n")).toBe(true);
    expect(withoutInclude(installed, LINE)).toBe(text);
  });

  test("is ended as the file's lines are", () => {
    expect(withInclude("Host x\r\n", LINE)).toBe(`${LINE}\r\nHost x\r\n`);
    expect(withInclude("Host x\n", LINE)).toBe(`${LINE}\nHost x\n`);
  });

  test("is too late below what counts before it, or makes it a block's", () => {
    expect(placeOf(`Host x\n  User y\n${LINE}\n`, LINE)).toBe("too late");
    expect(placeOf(` match all\n${LINE}\n`, LINE)).toBe("too late");
    expect(placeOf(`StrictHostKeyChecking no\n${LINE}\n`, LINE)).toBe("too late");
    expect(placeOf(`# Host x\n\n  include ~/other\n${LINE}\r\n`, LINE)).toBe("effective");
    expect(placeOf("Host x\n", LINE)).toBe("missing");
  });

  test("is shown as a patch", () => {
    expect(difference("f", "a\nb\nc\nd\n", `${LINE}\na\nb\nc\nd\n`)).toBe(
      ["--- f", "+++ f", "@@ -1,3 +1,4 @@", `+${LINE}`, " a", " b", " c"].join("\n"),
    );
    expect(difference("f", `a\n${LINE}\nb\n`, "a\nb\n")).toBe(
      ["--- f", "+++ f", "@@ -1,3 +1,2 @@", " a", `-${LINE}`, " b"].join("\n"),
    );
    expect(difference("f", undefined, `${LINE}\n`)).toBe(
      ["--- /dev/null", "+++ f", "@@ -0,0 +1,1 @@", `+${LINE}`].join("\n"),
    );
  });
});

/** Hosts in a directory of their own, and the user's file that includes them, behind an `ssh` that reads it. */
function world(dirs: readonly string[], own: string, vm = "agent-vm") {
  const top = mkdtempSync(join(tmpdir(), "avm hosts "));
  onTestFinished(() => rmSync(top, { recursive: true }));
  const paths = pathsFor(parseVmName(vm), { uid: 1000, env: { HOME: top } });
  mkdirSync(paths.state, { recursive: true });
  writeFileSync(checkScript(paths), CHECK);
  writeFileSync(paths.sshHosts, hostsText(paths, { port: 2222, identityFile: "/k e%y" }, dirs), {
    mode: 0o600,
  });
  const config = join(top, "config");
  writeFileSync(config, withInclude(own, includeLine(paths)), { mode: 0o600 });
  const bin = join(top, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "ssh"), `#!/bin/sh\nexec /usr/bin/ssh -F "${config}" "$@"\n`);
  chmodSync(join(bin, "ssh"), 0o755);
  return { paths, env: { PATH: `${bin}:${process.env["PATH"]}`, HOME: top } };
}

async function understood({ env }: { env: Record<string, string> }, host: string): Promise<string[]> {
  const { stdout } = await run(["ssh", "-G", "--", host], { env });
  return stdout.trimEnd().split("\n");
}

const HOSTILE = `Host *
  HostName evil.example
  Port 1
  User root
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  HostKeyAlias other
  ForwardAgent yes
  ForwardX11 yes
  ForwardX11Trusted yes
  SendEnv LANG LC_*
  SetEnv SECRET=1
  LocalForward 4000 127.0.0.1:22
  RemoteForward 4001 127.0.0.1:22
  DynamicForward 4002
  ControlMaster auto
  ControlPath /tmp/%C
  ControlPersist yes
  ProxyJump jump.example
  PermitLocalCommand yes
  LocalCommand touch /tmp/x
  RemoteCommand evil
  RequestTTY force
  Tunnel yes
  IdentityAgent /tmp/agent
  AddKeysToAgent yes
  GSSAPIAuthentication yes
  PasswordAuthentication yes
`;

describe("the hosts", () => {
  test("are of a user whose own options are all on, and none of them counts", async () => {
    const made = world(["shop-main"], HOSTILE);
    const seen = await understood(made, "agent-vm.shop-main");
    for (const line of [
      "hostname 127.0.0.1",
      "port 2222",
      "user agent",
      "stricthostkeychecking true",
      `userknownhostsfile ${made.paths.knownHosts}`,
      "globalknownhostsfile /dev/null",
      "hostkeyalias agent-vm-agent-vm",
      "forwardagent no",
      "forwardx11 no",
      "forwardx11trusted no",
      "setenv AGENT_VM_SEND_DIR=shop-main",
      "clearallforwardings yes",
      "controlmaster false",
      "controlpersist no",
      "permitlocalcommand no",
      "requesttty auto",
      "tunnel false",
      "identityagent none",
      "identitiesonly yes",
      "addkeystoagent false",
      "passwordauthentication no",
      "batchmode yes",
    ])
      expect(seen).toContain(line);
    const without = ["proxyjump", "controlpath", "setenv SECRET"];
    expect(seen.filter((line) => without.some((word) => line.startsWith(word)))).toEqual([]);
    expect(seen.filter((line) => /^(proxycommand|remotecommand) (?!none)/.test(line))).toEqual([]);
  });

  test("take forwards of the command line when the configuration adds none", async () => {
    const seen = await understood(world(["a-b"], "Host *\n  SendEnv LANG LC_*\n"), "agent-vm.a-b");
    expect(seen).toContain("clearallforwardings no");
    expect(seen.filter((line) => /^proxycommand (?!none)/.test(line))).toEqual([]);
  });

  test.each([
    ["Debian and Ubuntu", "SendEnv LANG LC_* COLORTERM NO_COLOR"],
    ["Fedora", "SendEnv LANG LC_CTYPE LC_ALL LANGUAGE\n  SendEnv XMODIFIERS"],
  ])("are reached with what %s sends to every host", async (_system, lines) => {
    const seen = await understood(world(["a-b"], `Match final all\n  ${lines}\n`), "agent-vm.a-b");
    expect(seen).toContain("sendenv LANG");
    expect(seen.filter((one) => /^proxycommand (?!none)/.test(one))).toEqual([]);
  });

  test.each(["SendEnv LANG NO_COLOR_TOKEN", "SendEnv GITHUB_TOKEN", "SendEnv *", "SendEnv LC_* FOO"])(
    "are not reached with %s",
    async (line) => {
      const made = world(["a-b"], `Host *\n  ${line}\n`);
      const answer = await run(["ssh", "-T", "--", "agent-vm.a-b", "true"], { env: made.env, ok: "any" });
      expect(answer.code).toBe(255);
      expect(answer.stderr).toContain("Host * !agent-vm.*");
      const left = await understood(world(["a-b"], `Host * !agent-vm.*\n  ${line}\n`), "agent-vm.a-b");
      expect(left.filter((one) => /^proxycommand (?!none)/.test(one))).toEqual([]);
    },
  );

  test("match nobody else", async () => {
    const made = world(["shop-main", "shop-1.2"], "Host *\n  User me\n");
    for (const host of [
      "agent-vm.shop-mai",
      "agent-vm.shop-1x2",
      "agent-vm",
      "xagent-vm.shop-main",
      "example.org",
    ]) {
      const seen = await understood(made, host);
      expect(seen).toContain(`hostname ${host}`);
      expect(seen).toContain("user me");
      expect(seen.filter((line) => line.startsWith("setenv"))).toEqual([]);
    }
  });

  test("have a name for every branch, and no two the same", async () => {
    const taken = new Set<string>();
    const lower = new Set<string>();
    for (const { repo, branch, ...rest } of HOSTILE_PAIRS) {
      const pair = { repoName: repo, repoId: idOf({ repo, ...rest }), branch: branch as BranchName };
      taken.add(workspaceDir(pair, (name) => lower.has(name.toLowerCase())));
      lower.clear();
      for (const dir of taken) lower.add(dir.toLowerCase());
    }
    expect(taken.size).toBe(HOSTILE_PAIRS.length);
    expect([...taken].every(isWorkspaceDir)).toBe(true);
    const made = world([...taken], "");
    for (const dir of [...taken].filter((_, index) => index % 20 === 0))
      expect(await understood(made, hostAlias("agent-vm", dir))).toContain(`setenv AGENT_VM_SEND_DIR=${dir}`);
  });

  test("of two VMs are told apart", async () => {
    expect(hostAlias("agent-vm-2", "a-b")).not.toBe(hostAlias("agent-vm", "a-b"));
    const { paths } = world([], "");
    const other: Paths = { ...pathsFor(parseVmName("other"), { uid: 1000, env: { HOME: paths.home } }) };
    expect(includeLine(other)).toBe(includeLine(paths));
    expect(dirname(other.sshHosts)).not.toBe(dirname(paths.sshHosts));
  });

  test.each(["/home/a'b", "/home/a%b", "/home/a*b", "/home/$x", '/home/a"b'])(
    "are not promised below %s",
    (home) => {
      expect(() => includeLine(pathsFor(parseVmName("agent-vm"), { uid: 1, env: { HOME: home } }))).toThrow(
        "special",
      );
    },
  );
});
