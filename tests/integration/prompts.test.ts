// Shell prompts and editors ask git about every directory they show: in the mount they get an answer, at once, and never
// one of the VM's.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureMounted } from "../../src/domain/mount/mount.ts";
import type { MountContext } from "../../src/domain/mount/state.ts";
import { unmount } from "../../src/domain/mount/unmount.ts";
import { settingsSchema } from "../../src/domain/settings.ts";
import { createContext, createRepository } from "./guest.ts";
import { createLoopbackSshd, type LoopbackSshd } from "./loopback-sshd.ts";
import { type BuiltProgram, buildProgram } from "./program.ts";

let guest: LoopbackSshd;
let program: BuiltProgram;
let home: string;
let context: MountContext;
let shown: string;

beforeAll(async () => {
  program = buildProgram();
  guest = await createLoopbackSshd();
  await guest.start();
  const workspace = createRepository(join(guest.home, "workspace/shop-main"));
  mkdirSync(join(workspace, "src/deep"), { recursive: true });
  home = realpathSync(mkdtempSync(join(tmpdir(), "avp-")));
  const made = createContext({ hostHome: home, repo: home, said: [], target: guest.target });
  context = { ...made, self: program.self, settings: settingsSchema.parse({ mount: { stall: 2 } }) };
  await ensureMounted(context, guest.target);
  shown = join(context.paths.mountpoint, "shop-main");
});

afterAll(async () => {
  guest.signal("SIGCONT");
  await unmount(context);
  guest.remove();
  program.remove();
  if (existsSync(context.paths.mountpoint)) chmodSync(context.paths.mountpoint, 0o700);
  rmSync(home, { recursive: true, force: true });
});

/** Far beyond what an answer takes on a busy machine, and far below "for ever". */
const LIMIT = 60_000;

function ask(argv: readonly string[], cwd: string, more: Record<string, string> = {}) {
  const [file = "", ...args] = argv;
  const env = { PATH: process.env["PATH"] ?? "", HOME: home, LC_ALL: "C.UTF-8", TERM: "xterm", ...more };
  const { status, signal, stdout, stderr } = spawnSync(file, args, {
    cwd,
    env,
    encoding: "utf8",
    timeout: LIMIT,
  });
  return { code: status, hung: signal !== null, out: stdout.trim(), err: stderr.trim() };
}

const places = () => [shown, join(shown, "src/deep")];

describe("in a workspace's directory in the mount", () => {
  test.each([
    ["git status", ["git", "status", "--porcelain"]],
    ["git rev-parse", ["git", "rev-parse", "--show-toplevel"]],
    ["what VS Code asks", ["git", "rev-parse", "--show-toplevel", "--git-dir", "--git-common-dir"]],
  ])("%s says that there is no repository", (_what, argv) => {
    for (const place of places()) {
      const answer = ask(argv, place);
      expect(answer).toMatchObject({ code: 128, hung: false, out: "" });
      expect(answer.err).toContain("not a git repository");
    }
  });

  const FISH = "fish_git_prompt; echo";
  const ZSH =
    "autoload -Uz vcs_info; zstyle ':vcs_info:*' check-for-changes true; vcs_info; print -r -- $vcs_info_msg_0_";
  const BASH =
    ". /usr/lib/git-core/git-sh-prompt; GIT_PS1_SHOWDIRTYSTATE=1 GIT_PS1_SHOWUNTRACKEDFILES=1 __git_ps1";
  for (const [shell, args] of [
    ["bash", ["-c", BASH]],
    ["zsh", ["-fc", ZSH]],
    ["fish", ["--no-config", "-c", FISH]],
  ] as const) {
    const missing = spawnSync(shell, ["--version"]).error !== undefined;
    test.skipIf(missing)(`${shell}'s git prompt is empty and without a warning`, () => {
      for (const place of places())
        expect(ask([shell, ...args], place)).toMatchObject({ hung: false, out: "", err: "" });
    });
  }

  test("an editor's button that makes a repository is refused, and leaves nothing", () => {
    expect(ask(["git", "init", "-q"], join(shown, "src"))).toMatchObject({ hung: false });
    expect(ask(["git", "init", "-q"], join(shown, "src")).code).not.toBe(0);
    expect(existsSync(join(guest.home, "workspace/shop-main/src/.git"))).toBe(false);
  });
});

describe("a home that is a repository itself", () => {
  beforeAll(() => {
    ask(["git", "init", "-q"], home);
    writeFileSync(join(home, ".git/info/exclude"), ".agent-vm-mounts/\n");
  });

  test("is not taken for the workspace's", () => {
    expect(ask(["git", "status", "--porcelain"], shown).err).toContain("not a git repository");
  });

  test("leaves the mount out where it is excluded, as TROUBLESHOOTING.md says", () => {
    const answer = ask(["git", "status", "--porcelain", "--untracked-files=all"], home);
    expect(answer).toMatchObject({ code: 0, hung: false });
    expect(answer.out).not.toContain("agent-vm-mounts");
  });
});

test("while the VM is silent a prompt gets an error, and does not wait for ever", () => {
  guest.signal("SIGSTOP");
  try {
    const answer = ask(["git", "-C", join(shown, "src"), "status"], "/");
    expect(answer.hung).toBe(false);
    expect(answer.code).not.toBe(0);
  } finally {
    guest.signal("SIGCONT");
  }
});
