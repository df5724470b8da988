// The workspaces as hosts of the user's own ssh: real ssh, scp, sftp, rsync and git against a real sshd.
import { execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { identityFile } from "../../src/adapters/limactl.ts";
import type { Context } from "../../src/context.ts";
import { plainShell } from "../../src/domain/session/plain.ts";
import { hostAlias, includeLine } from "../../src/domain/ssh-hosts/hosts.ts";
import { installHosts, removeHosts, showHosts } from "../../src/domain/ssh-hosts/install.ts";
import { hostsJson } from "../../src/domain/ssh-hosts/json.ts";
import { refreshHosts } from "../../src/domain/ssh-hosts/refresh.ts";
import { hostKeyAlias, sshConfig } from "../../src/domain/vm/ssh-config.ts";
import type { BranchName } from "../../src/domain/workspace/names.ts";
import { forgetWorkspace, listWorkspaces, reserveWorkspace } from "../../src/domain/workspace/registry.ts";
import { findRepository } from "../../src/domain/workspace/repository.ts";
import { EXIT } from "../../src/errors.ts";
import { printableJson } from "../../src/guard/sanitize.ts";
import { holdToForm } from "../answers.ts";
import { createContext, createRepository, git, refused } from "./guest.ts";
import { createLoopbackSshd, type LoopbackSshd } from "./loopback-sshd.ts";

/** As Debian has it: a program that the account's shell starts, so that it works where the shell went. */
const SFTP = "#!/bin/sh\nexec /usr/lib/openssh/sftp-server\n";

let guest: LoopbackSshd;
let base: string;
let home: string;
let ctx: Context;
let said: string[];
let port: number;
let dir: string;
let host: string;
let config: string;

/** What lima/provision/80-markers.sh puts into the guest, in this guest's places. */
function guestShell(): void {
  const script = readFileSync(resolve(import.meta.dirname, "../../lima/provision/80-markers.sh"), "utf8");
  const [, text = ""] = /<<'WORKSPACE'\n([\s\S]*?)\nWORKSPACE\n/.exec(script) ?? [];
  const [, line = ""] = /'1i (.*) # agent-vm' \/etc\/bash\.bashrc/.exec(script) ?? [];
  expect(text).toContain("cd --");
  const file = join(guest.home, "workspace.sh");
  writeFileSync(file, `${text}\n`);
  writeFileSync(
    join(guest.home, ".bashrc"),
    `${line.replace("/usr/local/share/agent-vm/workspace.sh", `'${file}'`)}\n`,
  );
  writeFileSync(join(guest.home, ".bash_profile"), ". ~/.bashrc\n");
}

beforeAll(async () => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "avh-")));
  home = join(base, "host home");
  writeFileSync(join(base, "sftp"), SFTP, { mode: 0o755 });
  guest = await createLoopbackSshd(join(base, "sftp"));
  const files = dirname(guest.target.configFile);
  appendFileSync(join(files, "sshd_config"), `SetEnv HOME=${guest.home}\nMaxSessions 200\n`);
  guestShell();
  await guest.start();
  const repo = createRepository(join(home, "shop"));
  said = [];
  ctx = createContext({ hostHome: home, repo, said, target: guest.target });
  const { paths } = ctx;
  port = Number(/Port (\d+)/.exec(readFileSync(join(files, "ssh_config"), "utf8"))?.[1]);
  const key = identityFile(paths.limaHome);
  mkdirSync(dirname(key), { recursive: true });
  mkdirSync(paths.state, { recursive: true });
  copyFileSync(join(files, "user_key"), key);
  chmodSync(key, 0o600);
  const [, ...pinned] = readFileSync(join(files, "known_hosts"), "utf8").trim().split(" ");
  writeFileSync(paths.knownHosts, `${hostKeyAlias(paths)} ${pinned.join(" ")}\n`);
  writeFileSync(paths.sshConfig, sshConfig(paths, { port, identityFile: key }));
  const { id } = await findRepository(ctx);
  const pair = { repoName: "shop", repoId: id, branch: "main" as BranchName };
  dir = (await reserveWorkspace(ctx, pair)).dir;
  host = hostAlias(paths.vm, dir);
  const workspace = join(guest.home, "workspace", dir);
  createRepository(workspace);
  writeFileSync(join(workspace, "a file"), "of the workspace\n");
  config = join(home, ".ssh/config");
  wrapper();
});

afterAll(() => {
  guest.remove();
  rmSync(base, { recursive: true, force: true });
});

beforeEach(async () => {
  rmSync(dirname(config), { recursive: true, force: true });
  rmSync(ctx.paths.sshHosts, { force: true });
  said.length = 0;
});

/** ssh that reads this test's configuration instead of the account's, and logs in as this account. */
function wrapper(): void {
  mkdirSync(join(base, "bin"));
  const text = `#!/bin/sh\nexec /usr/bin/ssh -F '${join(home, ".ssh/config")}' -o User=${userInfo().username} "$@"\n`;
  writeFileSync(join(base, "bin/ssh"), text);
  chmodSync(join(base, "bin/ssh"), 0o755);
}

/** A program of the user's, with that ssh. */
function host$(program: string, args: readonly string[], input = "") {
  const env = {
    PATH: `${join(base, "bin")}:${process.env["PATH"]}`,
    HOME: home,
    LC_ALL: "C",
    CANARY: "secret",
  };
  const { status, stdout, stderr } = spawnSync(program, args, { env, cwd: base, input, encoding: "utf8" });
  return { code: status, out: stdout.replaceAll("\r", ""), err: stderr };
}

function userFile(text: string, mode = 0o600): void {
  mkdirSync(dirname(config), { recursive: true, mode: 0o700 });
  writeFileSync(config, text, { mode });
}

const inWorkspace = () => join(guest.home, "workspace", dir);

describe("ssh with the workspace's host", () => {
  beforeEach(async () => {
    await installHosts(ctx, false);
  });

  test("runs a command in the workspace and gives its exit code", () => {
    const answer = host$("ssh", [host, "pwd; echo $AGENT_VM_WORKSPACE; echo [$AGENT_VM_SEND_DIR]; exit 7"]);
    expect(answer).toMatchObject({ code: 7, out: `${inWorkspace()}\n${dir}\n[]\n` });
  });

  test("begins a shell there, and its own shells where they are started", () => {
    const answer = host$("ssh", ["-tt", host], "cd /; bash -ic 'echo now in $PWD'; cd -; exit\n");
    expect(answer.out).toContain("now in /\n");
    expect(answer.out).toContain(`\n${inWorkspace()}\n`);
  });

  test("copies with scp, in both of its protocols, and sftp", () => {
    writeFileSync(join(base, "up"), "from the host\n");
    const ssh = join(base, "bin/ssh");
    for (const protocol of [[], ["-O"]]) {
      rmSync(join(inWorkspace(), "up"), { force: true });
      expect(host$("scp", ["-q", "-S", ssh, ...protocol, "up", `${host}:`]).err).toBe("");
      expect(readFileSync(join(inWorkspace(), "up"), "utf8")).toBe("from the host\n");
      expect(host$("scp", ["-q", "-S", ssh, ...protocol, `${host}:README.md`, "down"]).err).toBe("");
      expect(readFileSync(join(base, "down"), "utf8")).toBe("hello\n");
    }
    expect(host$("sftp", ["-q", "-S", ssh, "-b", "-", host], "pwd\n").out).toContain(inWorkspace());
  });

  test("is cloned from, fetched from and pushed to by git", () => {
    rmSync(join(base, "clone"), { recursive: true, force: true });
    expect(host$("git", ["clone", "-q", `${host}:.`, "clone"])).toMatchObject({ code: 0 });
    expect(git(join(base, "clone"), "rev-parse", "HEAD")).toBe(git(inWorkspace(), "rev-parse", "HEAD"));
    expect(host$("git", ["-C", "clone", "push", "-q", "origin", "HEAD:refs/heads/side"])).toMatchObject({
      code: 0,
    });
    expect(git(inWorkspace(), "rev-parse", "side")).toBe(git(inWorkspace(), "rev-parse", "main"));
  });

  const rsync = spawnSync("rsync", ["--version"]).status === 0;
  if (!rsync && process.env["AGENT_VM_REQUIRE_ALL"]) throw new Error("rsync is missing");
  test.skipIf(!rsync)("is a source and a target of rsync", () => {
    mkdirSync(join(base, "tree"), { recursive: true });
    writeFileSync(join(base, "tree/x"), "x\n");
    expect(host$("rsync", ["-a", "tree", `${host}:`])).toMatchObject({ code: 0, err: "" });
    expect(readFileSync(join(inWorkspace(), "tree/x"), "utf8")).toBe("x\n");
    expect(host$("rsync", ["-a", `${host}:README.md`, "back"])).toMatchObject({ code: 0, err: "" });
    expect(readFileSync(join(base, "back"), "utf8")).toBe("hello\n");
  });

  test("never begins elsewhere when the workspace is gone", () => {
    execFileSync("mv", [inWorkspace(), `${inWorkspace()}.away`]);
    try {
      const answer = host$("ssh", [host, "echo ran"]);
      expect(answer).toMatchObject({ code: 1, out: "" });
      expect(answer.err).toContain(`The workspace ${dir} is not in the VM`);
      const copied = host$("scp", ["-q", "-S", join(base, "bin/ssh"), "up", `${host}:`]);
      expect(copied.code).not.toBe(0);
      expect(existsSync(join(guest.home, "up"))).toBe(false);
    } finally {
      execFileSync("mv", [`${inWorkspace()}.away`, inWorkspace()]);
    }
  });

  test("forwards a port when it is asked to", () => {
    const answer = host$("ssh", [
      "-o",
      "ExitOnForwardFailure=yes",
      "-L",
      `${port + 1}:127.0.0.1:${port}`,
      host,
      `exec 3<>/dev/tcp/127.0.0.1/${port + 1}; head -c 4 <&3`,
    ]);
    expect(answer.out).toBe("SSH-");
  });

  test("refuses whoever shows another key", () => {
    const { knownHosts } = ctx.paths;
    const right = readFileSync(knownHosts, "utf8");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(base, "other")]);
    writeFileSync(knownHosts, `${hostKeyAlias(ctx.paths)} ${readFileSync(join(base, "other.pub"), "utf8")}`);
    try {
      userFile(
        `${includeLine(ctx.paths)}\nHost *\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n`,
      );
      expect(host$("ssh", [host, "true"]).code).toBe(255);
    } finally {
      writeFileSync(knownHosts, right);
    }
  });
});

describe("a user whose own configuration opens everything for every host", () => {
  const trap = () => join(base, "trap");
  const hostile = () => `Host *
  ForwardAgent yes
  ForwardX11 yes
  SendEnv LANG LC_*
  SetEnv CANARY=secret
  LocalForward ${port + 2} 127.0.0.1:${port}
  RemoteForward ${port + 3} 127.0.0.1:${port}
  ControlMaster auto
  ControlPath ${base}/cm-%C
  ControlPersist 1m
  ProxyCommand touch ${trap()}
  PermitLocalCommand yes
  LocalCommand touch ${trap()}
  RemoteCommand touch ${trap()}
  RequestTTY force
  StrictHostKeyChecking no
  UserKnownHostsFile ${base}/theirs
`;

  test("gives the VM nothing by that", async () => {
    userFile(hostile());
    await installHosts(ctx, false);
    const agent = join(base, "agent");
    const started = execFileSync("ssh-agent", ["-a", agent], { encoding: "utf8" });
    try {
      process.env["SSH_AUTH_SOCK"] = agent;
      const answer = host$("ssh", [
        host,
        `echo "[$SSH_AUTH_SOCK$DISPLAY$CANARY]"; (exec 3<>/dev/tcp/127.0.0.1/${port + 3}) 2>/dev/null && echo open; tty; pwd`,
      ]);
      expect(answer).toMatchObject({ code: 0, out: `[]\nnot a tty\n${inWorkspace()}\n`, err: "" });
    } finally {
      delete process.env["SSH_AUTH_SOCK"];
      process.kill(Number(/SSH_AGENT_PID=(\d+)/.exec(started)?.[1]));
    }
    expect(existsSync(trap())).toBe(false);
    expect(existsSync(join(base, "theirs"))).toBe(false);
  });

  test("is stopped where a variable would travel", async () => {
    userFile("Host *\n  SendEnv CANARY\n");
    await installHosts(ctx, false);
    const answer = host$("ssh", [host, "echo ran"]);
    expect(answer).toMatchObject({ code: 255, out: "" });
    expect(answer.err).toContain(`Host * !${ctx.paths.vm}.*`);
  });
});

describe("the user's file", () => {
  test.each([
    ["as it usually is", "# mine\n\nHost x\n  User y\n"],
    ["without a final newline", "Host x\n  User y"],
    ["with CRLF", "Host x\r\n  User y\r\n"],
    ["in another encoding", Buffer.from([0x23, 0xe9, 0x0a]).toString("latin1")],
    ["empty", ""],
  ])("%s gets one line, and has it taken away", async (_how, text) => {
    userFile("");
    writeFileSync(config, text, "latin1");
    chmodSync(config, 0o640);
    const shown = await installHosts(ctx, true);
    expect(readFileSync(config, "latin1")).toBe(text);
    expect(shown).toContain(`+${includeLine(ctx.paths)}`);
    await installHosts(ctx, false);
    expect(readFileSync(config, "latin1").endsWith(text)).toBe(true);
    expect(readFileSync(config, "latin1").split("\n")[0]?.trim()).toBe(includeLine(ctx.paths));
    expect(statSync(config).mode & 0o777).toBe(0o640);
    expect(host$("ssh", [host, "pwd"]).out).toBe(`${inWorkspace()}\n`);
    await installHosts(ctx, false);
    expect(await installHosts(ctx, true)).toBe("Nothing is to be changed.");
    expect(await removeHosts(ctx, true)).toContain(`-${includeLine(ctx.paths)}`);
    await removeHosts(ctx, false);
    expect(readFileSync(config, "latin1")).toBe(text);
    expect(statSync(config).mode & 0o777).toBe(0o640);
    expect(existsSync(ctx.paths.sshHosts)).toBe(false);
  });

  test("is left alone where ssh is too old for the hosts: it would end at them, whomever it is to reach", async () => {
    userFile("Host x\n");
    const old: Context["run"] = async (argv, options) => {
      const sample = argv[argv.indexOf("-F") + 1] ?? "";
      writeFileSync(sample, `${readFileSync(sample, "utf8")}  OfTheFuture yes\n`);
      return ctx.run(argv, options);
    };
    const error = await refused(installHosts({ ...ctx, run: old }, false));
    expect(error.exit).toBe(EXIT.notReady);
    expect(error.details.join()).toMatch(/bad configuration option: ofthefuture/i);
    expect(readFileSync(config, "utf8")).toBe("Host x\n");
    expect(existsSync(ctx.paths.sshHosts)).toBe(false);
  });

  test("is made when it is missing, and goes again", async () => {
    await installHosts(ctx, false);
    expect(statSync(config).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(config)).mode & 0o777).toBe(0o700);
    await removeHosts(ctx, false);
    expect(existsSync(config)).toBe(false);
  });

  test("stays a link where it is one", async () => {
    userFile("");
    const dotfiles = join(base, "dotfiles");
    writeFileSync(dotfiles, "Host x\n");
    rmSync(config);
    symlinkSync(dotfiles, config);
    await installHosts(ctx, false);
    expect(lstatSync(config).isSymbolicLink()).toBe(true);
    expect(readFileSync(dotfiles, "utf8")).toBe(`${includeLine(ctx.paths)}\nHost x\n`);
    await removeHosts(ctx, false);
    expect(readFileSync(dotfiles, "utf8")).toBe("Host x\n");
  });

  test.each([
    ["read-only", () => chmodSync(config, 0o400)],
    [
      "a link that leads nowhere",
      () => {
        rmSync(config);
        symlinkSync(join(base, "nowhere"), config);
      },
    ],
  ])("that is %s is left alone, and the line is named", async (_how, make) => {
    userFile("Host x\n");
    make();
    const error = await refused(installHosts(ctx, false));
    expect(error.details).toEqual([includeLine(ctx.paths)]);
    expect(lstatSync(config).isSymbolicLink() || readFileSync(config, "utf8") === "Host x\n").toBe(true);
  });

  test.each(["Host x", "ForwardAgent yes"])("with our line below %j is named", async (above) => {
    userFile(`${above}\n${includeLine(ctx.paths)}\n`);
    expect((await refused(installHosts(ctx, false))).message).toContain("below other options");
  });

  test("takes more lines at its end, also where it was empty", async () => {
    userFile("");
    await installHosts(ctx, false);
    appendFileSync(config, "Host more\n");
    expect(
      readFileSync(config, "utf8")
        .split("\n")
        .map((line) => line.trimEnd()),
    ).toEqual([includeLine(ctx.paths), "Host more", ""]);
    await removeHosts(ctx, false);
    expect(readFileSync(config, "utf8")).toBe("Host more\n");
  });
});

describe("the hosts", () => {
  test("are shown without being installed", async () => {
    expect(await showHosts(ctx)).toContain(`Host ${host}\n`);
    expect(said.join()).toContain("--install");
    expect(existsSync(ctx.paths.sshHosts)).toBe(false);
  });

  test("are data with --json, which says whether they are installed, and by what ssh reaches them", async () => {
    const seen = async () => {
      const value = await hostsJson(ctx);
      holdToForm(["ssh-config", "--json"], printableJson(value));
      return value;
    };
    expect((await seen()).installed).toBe(false);
    await installHosts(ctx, false);
    const { installed, include, config: file, hosts } = await seen();
    expect([installed, file]).toEqual([true, config]);
    expect(readFileSync(config, "utf8").split("\n")[0]).toBe(include);
    const told = execFileSync("ssh", ["-F", config, "-G", host], { encoding: "utf8" });
    const mine = hosts.find((one) => one.host === host);
    expect(mine).toMatchObject({ dir, hostname: "127.0.0.1", port });
    expect(told).toContain(`port ${mine?.port}\n`);
    expect(told).toContain(`user ${mine?.user}\n`);
    expect(told).toContain(`identityfile ${mine?.identityFile}\n`);
    expect(told).toContain(`hostkeyalias ${mine?.hostKeyAlias}\n`);
    writeFileSync(config, `User somebody\n${include}\n`);
    expect((await seen()).installed).toBe(false);
  });

  test("follow the VM's port and its workspaces, once they are installed", async () => {
    const { id } = await findRepository(ctx);
    const pair = { repoName: "shop", repoId: id, branch: "é/x" as BranchName };
    const before = await reserveWorkspace(ctx, pair);
    expect(existsSync(ctx.paths.sshHosts)).toBe(false);
    await forgetWorkspace(ctx, before.dir);
    await installHosts(ctx, false);
    const made = await reserveWorkspace(ctx, pair);
    const hosts = () => readFileSync(ctx.paths.sshHosts, "utf8");
    expect(hosts()).toContain(`Host ${hostAlias(ctx.paths.vm, made.dir)}\n`);
    await forgetWorkspace(ctx, made.dir);
    expect(hosts()).not.toContain(made.dir);
    const right = readFileSync(ctx.paths.sshConfig, "utf8");
    writeFileSync(ctx.paths.sshConfig, right.replace(`Port ${port}`, "Port 1"));
    await refreshHosts(ctx, await listWorkspaces(ctx));
    expect(hosts()).toContain("\n  Port 1\n");
    writeFileSync(ctx.paths.sshConfig, right);
  });
});

describe("agent-vm ssh", () => {
  test("runs a command as it is given, in the workspace, without keys", async () => {
    const kept = join(base, "words");
    const command = [
      "sh",
      "-c",
      'printf "%s|" "$PWD" "$ANTHROPIC_API_KEY" "$@" >"$0"; exit 5',
      kept,
      "a b",
      "$(id)",
    ];
    const env = { ...ctx.env, ANTHROPIC_API_KEY: "canary" };
    const code = await plainShell({ ...ctx, env, afterDashes: command }, "main", false);
    expect(code).toBe(5);
    expect(readFileSync(kept, "utf8")).toBe(`${inWorkspace()}||a b|$(id)|`);
  });

  test("makes nothing", async () => {
    const error = await refused(plainShell(ctx, "not-there", false));
    expect(error.hint).toContain("agent-vm connect");
    expect(git(ctx.cwd, "branch", "--list", "not-there")).toBe("");
  });
});
