// The agent's home and a repository's .agent-vm.yaml in a real VM.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, makeWorld, VM, type World } from "./world.ts";

let world: World;
let first: Answer;

const put = async (path: string, text: string) => {
  await mkdir(dirname(join(world.home, path)), { recursive: true });
  await writeFile(join(world.home, path), text);
};
const settings = (value: unknown) => put(".config/agent-vm/config.yaml", JSON.stringify(value));
const HOME = { from: "home", files: ["~/notes.md -> .claude/CLAUDE.md"] };

beforeAll(async () => {
  world = await makeWorld();
  await put(".gitconfig", '[user]\n\tname = "Ada \\"A\\" L."\n\temail = ada@example.org\n');
  await put("notes.md", "notes of the user\n");
  await put(".config/agent-vm/home/.local/bin/mine", "#!/bin/sh\necho mine\n");
  await settings({ home: HOME });
  first = await world.agentVm("start", "--yes", "--memory", "2", "--disk", "12");
});

afterAll(async () => {
  await world.agentVm("destroy", "--yes", "--force");
  await world.limactl(["delete", "--force", VM]);
  await world.remove();
});

describe("the home", () => {
  it("is there after the first start, with the user's own files and identity", async () => {
    expect(first.code, first.all).toBe(0);
    const { stdout, all } = await world.agent(
      [
        'cat ~/.claude/CLAUDE.md; stat -c "%a %U" ~/.local/bin/start-claude ~/.claude.json',
        "git config --get user.name; git config --get user.email",
        "cat ~/.agent-vm-info | head -n 1; bash -ic 'alias claude' 2>/dev/null",
      ].join("\n"),
    );
    expect(stdout.split("\n"), all).toEqual([
      "notes of the user",
      "755 agent",
      "644 agent",
      'Ada "A" L.',
      "ada@example.org",
      expect.stringContaining(`(${VM})`),
      "alias claude='start-claude'",
    ]);
  });

  it("costs nothing at the next start", async () => {
    const again = await world.agentVm("start");
    expect(again.stderr).not.toContain("the agent's home");
  });

  it("keeps what the agent changed, says so, and root follows no link of the agent's", async () => {
    await world.admin("echo root | sudo tee /etc/avm-canary >/dev/null");
    await world.agent(
      [
        "echo mine >>~/.claude/CLAUDE.md",
        "for file in .agent-vm-info .bash_aliases .local/bin/start-codex .config/agent-vm; do",
        '  rm -rf -- ~/"$file"; ln -s /etc/avm-canary ~/"$file"',
        "done",
        "rm -rf ~/.local/state/agent-vm; ln -s /etc ~/.local/state/agent-vm",
      ].join("\n"),
    );
    await put("notes.md", "newer notes\n");
    const blocked = await world.agentVm("start");
    expect(blocked.code, blocked.all).toBe(1);
    expect(blocked.stderr).toContain("90-home");
    await world.agent("rm ~/.local/state/agent-vm");
    const again = await world.agentVm("start");
    expect(again.code, again.all).toBe(0);
    expect(again.stderr).toContain(".claude/CLAUDE.md in the agent's home was changed there and stays");
    const files = await world.agent(
      "cat ~/.claude/CLAUDE.md ~/.claude/CLAUDE.md.agent-vm-new /etc/avm-canary",
    );
    expect(files.stdout.split("\n")).toEqual(["notes of the user", "mine", "newer notes", "root"]);
    const owner = await world.admin('stat -c "%a %U" /etc/avm-canary');
    expect(owner.stdout).toBe("644 root");
  });

  it("goes without aliases when they are not wanted", async () => {
    await settings({ home: HOME, aliases: false });
    expect((await world.agentVm("start")).code).toBe(0);
    expect((await world.agent("bash -ic 'alias claude' 2>/dev/null")).code).not.toBe(0);
  });

  it("takes no credential, whatever the configuration says", async () => {
    await put(".netrc", "machine x password canary\n");
    await settings({ home: { files: ["~/.netrc -> notes"] } });
    const refused = await world.agentVm("start");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("looks like a credential");
    await settings({ home: HOME });
  });
});

describe("a repository's .agent-vm.yaml", () => {
  const project = (value: unknown) =>
    world.commit(".agent-vm.yaml", JSON.stringify(value), "what workspaces need");

  it("is done once, before the first command", async () => {
    await project({
      packages: { apt: ["tree"] },
      setup: 'echo "$(id -un) $AGENT_VM_WORKSPACE" >>~/ran\n',
    });
    const connected = await world.agentVm("connect", "main", "--", "tree", "--version");
    expect(connected.code, connected.all).toBe(0);
    expect(connected.stdout).toContain("tree v");
    await world.agentVm("connect", "main", "--", "true");
    expect((await world.agent("cat ~/ran")).stdout).toMatch(/^agent my-project-main\.[0-9a-f]{12}$/);
  });

  it("is named when it fails, and can be left out", async () => {
    await world.git("checkout", "-q", "-b", "other");
    await project({ packages: { apt: ["no-such-package-of-debian"] } });
    const failed = await world.agentVm("connect", "other", "--", "true");
    expect(failed.code, failed.all).toBe(125);
    expect(failed.stderr).toContain("no-such-package-of-debian");
    expect((await world.agentVm("connect", "other", "--no-setup", "--", "true")).code).toBe(0);
  });

  it("cannot have a package removed", async () => {
    await project({ packages: { apt: ["nftables-"] } });
    const failed = await world.agentVm("connect", "other", "--", "true");
    expect(failed.code, failed.all).toBe(125);
    expect(failed.stderr).toContain("packages.apt.0");
    expect((await world.admin("dpkg-query -W nftables")).code).toBe(0);
  });
});
