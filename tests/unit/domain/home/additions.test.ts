// The user's own files for the agent's home: what is read, and what is refused by name.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../../../src/context.ts";
import { additions } from "../../../../src/domain/home/additions.ts";
import { parseVmName, pathsFor } from "../../../../src/domain/paths.ts";
import { type Settings, settingsSchema } from "../../../../src/domain/settings.ts";
import { EXIT, UserError } from "../../../../src/errors.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "av-home-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const put = (path: string, text = "text\n", mode = 0o644) => {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), text, { mode });
};

function read(setting: Settings["home"]) {
  const settings = settingsSchema.parse(setting === undefined ? {} : { home: setting });
  const paths = pathsFor(parseVmName("agent-vm-test"), { uid: 1000, env: { HOME: home } });
  return additions({ settings, paths } as Context);
}
const paths = async (setting: Settings["home"]) => (await read(setting)).map(({ path }) => path);

async function refusal(setting: Settings["home"]): Promise<string> {
  const error = await read(setting).then(
    () => new Error("it was not refused"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof UserError)) throw error;
  expect(error.exit).toBe(EXIT.usage);
  return error.message;
}

describe("what is read", () => {
  test("is nothing without a setting", async () => {
    put(".claude/CLAUDE.md");
    expect(await read(undefined)).toEqual([]);
  });

  test("is a directory with its modes and dotfiles, without what git keeps there", async () => {
    put("for-agents/.claude/skills/x/SKILL.md");
    put("for-agents/.local/bin/tool", "#!/bin/sh\n", 0o700);
    put("for-agents/.git/config");
    const found = await read({ from: "~/for-agents" });
    expect(found.map(({ path, mode }) => [path, mode.toString(8)])).toEqual([
      [".claude/skills/x/SKILL.md", "644"],
      [".local/bin/tool", "755"],
    ]);
  });

  test("is single files and directories, each with its place", async () => {
    put(".claude/CLAUDE.md");
    put("skills/one/SKILL.md");
    const files = ["~/.claude/CLAUDE.md -> .claude/CLAUDE.md", "~/skills -> ~/.claude/skills"];
    expect(await paths({ files })).toEqual([".claude/CLAUDE.md", ".claude/skills/one/SKILL.md"]);
  });

  test("begins beside the configuration file, and follows links within the directory", async () => {
    put(".config/agent-vm/home/a");
    symlinkSync("a", join(home, ".config/agent-vm/home/b"));
    expect(await paths({ from: "home" })).toEqual(["a", "b"]);
  });
});

describe("what is refused", () => {
  test("a credential below the directory", async () => {
    put("d/.claude/.credentials.json");
    expect(await refusal({ from: "~/d" })).toMatch("looks like a credential");
  });

  test("a credential under another name, by a link or in the list", async () => {
    put("d/.netrc");
    symlinkSync(".netrc", join(home, "d/notes"));
    expect(await refusal({ files: ["~/d/notes -> notes"] })).toMatch("looks like a credential");
    put(".codex/auth.json");
    expect(await refusal({ files: ["~/.codex/auth.json -> x"] })).toMatch("looks like a credential");
    put(".ssh/config");
    expect(await refusal({ files: ["~/.ssh -> notes"] })).toMatch("looks like a credential");
  });

  test("a credential's place", async () => {
    put("x");
    expect(await refusal({ files: ["~/x -> .codex/auth.json"] })).toMatch("credential");
  });

  test("a private key under any name", async () => {
    put("d/notes", "-----BEGIN OPENSSH PRIVATE KEY-----\n");
    expect(await refusal({ from: "~/d" })).toMatch("private key");
  });

  test("a link out of the directory, to a file and to a directory", async () => {
    put("secret");
    put("d/a");
    symlinkSync("../secret", join(home, "d/link"));
    expect(await refusal({ from: "~/d" })).toMatch("outside");
    rmSync(join(home, "d/link"));
    put("other/x");
    symlinkSync("../other", join(home, "d/link"));
    expect(await refusal({ from: "~/d" })).toMatch("outside");
  });

  test("a place outside the home, or one of agent-vm's own", async () => {
    put("x");
    const wrong = ["../x", "a/../../x", ".ssh/authorized_keys", ".config/agent-vm/gitconfig", "workspace/x"];
    for (const place of wrong) await refusal({ files: [`~/x -> ${place}`] });
  });

  test("a file that is too large, and one that is none", async () => {
    put("big");
    truncateSync(join(home, "big"), 5 * 1024 * 1024);
    expect(await refusal({ files: ["~/big -> big"] })).toMatch("larger than 4 MiB");
    expect(await refusal({ files: ["/dev/null -> x"] })).toMatch("neither a file nor a directory");
    expect(await refusal({ files: ["~/missing -> x"] })).toMatch("does not exist");
    expect(await refusal({ from: "~/missing" })).toMatch("no directory");
  });
});
