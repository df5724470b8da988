// The agent's home as it is unpacked in the guest: what is put there, what stays, what a second time changes.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { gitConfig } from "../../src/domain/home/identity.ts";
import { homeInputs, manifestOf, merge } from "../../src/domain/home/inputs.ts";
import { makeTar } from "../../src/io/tar.ts";
import { createContext } from "./guest.ts";

const ROOT = join(import.meta.dirname, "../..");
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "av-home-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

type Files = Record<string, string>;
const at = (path: string) => join(home, path);
const read = (path: string) => readFileSync(at(path), "utf8");
const write = (path: string, text: string) => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
};
const bytes = (text: string) => Buffer.from(text);

/** Unpacks files as the agent would; gives the notes. `archive` replaces what is sent. */
async function unpack(files: Files, createOnly: string[] = [], archive?: Uint8Array): Promise<string[]> {
  const all = merge([
    Object.entries({ ".config/agent-vm/gitconfig": "", ...files }).map(([path, text]) => ({
      path,
      mode: path.includes("/bin/") ? 0o755 : 0o644,
      content: bytes(text),
    })),
  ]);
  const sentinel = { path: ".agent-vm-home", mode: 0o644, content: bytes(manifestOf(all)) };
  const { status, stdout, stderr } = spawnSync(
    "bash",
    [join(ROOT, "common/scripts/unpack-home.sh"), createOnly.join("\n")],
    {
      env: { HOME: home, PATH: "/usr/bin:/bin", LC_ALL: "C" },
      input: archive ?? (await makeTar([...all, sentinel])),
      encoding: "utf8",
    },
  );
  if (status !== 0) throw new Error(`exit ${status}: ${stderr}`);
  return stdout.split("\n").filter(Boolean);
}

describe("the first time", () => {
  test("everything is there, with modes, dotfiles and names with blanks", async () => {
    expect(await unpack({ ".claude/a b.md": "one", ".local/bin/tool": "#!/bin/sh\n" })).toEqual([]);
    expect(read(".claude/a b.md")).toBe("one");
    expect(statSync(at(".local/bin/tool")).mode & 0o777).toBe(0o755);
    expect(statSync(at(".claude/a b.md")).mode & 0o777).toBe(0o644);
    expect(existsSync(at(".local/state/agent-vm/home.new"))).toBe(false);
  });

  test("half an archive changes nothing", async () => {
    const whole = await makeTar([{ path: "a", mode: 0o644, content: bytes("x".repeat(5000)) }]);
    await expect(unpack({ a: "" }, [], whole)).rejects.toThrow();
    await expect(unpack({ a: "" }, [], whole.slice(0, 1500))).rejects.toThrow();
    expect(existsSync(at("a"))).toBe(false);
    expect(existsSync(at(".local/state/agent-vm/home"))).toBe(false);
  });

  test("a file that is not what the list says changes nothing", async () => {
    const archive = await makeTar([
      { path: "a", mode: 0o644, content: bytes("other") },
      {
        path: ".agent-vm-home",
        mode: 0o644,
        content: bytes(manifestOf([{ path: "a", mode: 0, content: bytes("a") }])),
      },
    ]);
    await expect(unpack({}, [], archive)).rejects.toThrow();
    expect(existsSync(at("a"))).toBe(false);
  });

  test("a file that is there already stays", async () => {
    write("a", "agent's");
    const notes = await unpack({ a: "ours" });
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/^note: a .*a\.agent-vm-new$/);
    expect(read("a")).toBe("agent's");
    expect(read("a.agent-vm-new")).toBe("ours");
  });
});

describe("the next time", () => {
  test("an unchanged file is replaced, a missing one comes back, one no longer ours goes", async () => {
    await unpack({ a: "1", b: "1", c: "1", d: "1" });
    rmSync(at("b"));
    write("d", "agent's");
    expect(await unpack({ a: "2", b: "1" })).toEqual([]);
    expect([read("a"), read("b"), existsSync(at("c")), read("d")]).toEqual(["2", "1", false, "agent's"]);
  });

  test("a file the agent changed stays, ours comes beside it, and that is said once for each change of ours", async () => {
    await unpack({ a: "1" });
    write("a", "agent's");
    expect(await unpack({ a: "1" })).toEqual([]);
    expect(existsSync(at("a.agent-vm-new"))).toBe(false);
    expect(await unpack({ a: "2" })).toHaveLength(1);
    expect(await unpack({ a: "2" })).toEqual([]);
    expect([read("a"), read("a.agent-vm-new")]).toEqual(["agent's", "2"]);
  });

  test("what programs rewrite by themselves is left alone in silence", async () => {
    await unpack({ ".claude.json": "1" }, [".claude.json"]);
    write(".claude.json", "agent's");
    expect(await unpack({ ".claude.json": "2" }, [".claude.json"])).toEqual([]);
    expect(read(".claude.json")).toBe("agent's");
    expect(existsSync(at(".claude.json.agent-vm-new"))).toBe(false);
  });

  test("a mode is put right", async () => {
    await unpack({ ".local/bin/tool": "x" });
    chmodSync(at(".local/bin/tool"), 0o600);
    await unpack({ ".local/bin/tool": "x" });
    expect(statSync(at(".local/bin/tool")).mode & 0o777).toBe(0o755);
  });

  test("a link is neither followed nor replaced, and one in a directory's place hinders nothing else", async () => {
    const other = mkdtempSync(join(tmpdir(), "av-other-"));
    // What it leads to is what we put: only the link itself tells that the agent changed something.
    writeFileSync(join(other, "file"), "1");
    await unpack({ a: "1" });
    rmSync(at("a"));
    symlinkSync(join(other, "file"), at("a"));
    write("dir", "a file");
    const notes = await unpack({ a: "2", "dir/x": "1", z: "1" });
    expect(notes.map((note) => note.split(" ")[1])).toEqual(["a", "dir/x"]);
    expect(lstatSync(at("a")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(other, "file"), "utf8")).toBe("1");
    expect(read("z")).toBe("1");
    rmSync(other, { recursive: true });
  });
});

describe("git", () => {
  const git = (...args: string[]) =>
    spawnSync("git", ["config", "--global", ...args], {
      cwd: "/",
      env: { HOME: home, PATH: process.env["PATH"] },
      encoding: "utf8",
    }).stdout.trim();
  const ours = (name: string) => ({
    ".gitconfig": readFileSync(join(ROOT, "common/homedir/.gitconfig"), "utf8"),
    ".config/agent-vm/gitconfig": gitConfig({ name, email: "host@example.org" }),
  });

  test.each(['Ada "A" L.', "back\\slash", "# no comment; none", "Zoë", " blanks "])(
    "gives the name %j as it is",
    async (name) => {
      await unpack(ours(name), [".gitconfig"]);
      expect(git("--get", "--includes", "user.name")).toBe(name.trim());
      expect(git("--get", "--includes", "user.email")).toBe("host@example.org");
    },
  );

  test("what the agent set comes before the host's identity, also later", async () => {
    await unpack(ours("Host"), [".gitconfig"]);
    git("user.name", "Mine");
    expect(await unpack(ours("Host 2"), [".gitconfig"])).toEqual([]);
    expect(git("--get", "--includes", "user.name")).toBe("Mine");
    expect(git("--get", "--includes", "user.email")).toBe("host@example.org");
  });

  test("a configuration from before keeps its settings; the identity that stood for a missing one goes", async () => {
    write(".gitconfig", "[user]\n\tname = agent\n\temail = agent@agent-vm.invalid\n[alias]\n\tst = status\n");
    expect(await unpack(ours("Host"), [".gitconfig"])).toEqual([]);
    expect(git("--get", "--includes", "user.name")).toBe("Host");
    expect(git("--get", "alias.st")).toBe("status");
  });
});

test("the product's own home is what the archive holds, and the same files give the same bytes", async () => {
  const target = { configFile: "", alias: "", adminAlias: "" };
  const ctx = createContext({ hostHome: home, repo: home, said: [], target });
  write(".gitconfig", "[user]\n\tname = Host\n\temail = host@example.org\n");
  const [one, two] = [await homeInputs(ctx), await homeInputs(ctx)];
  const tar = async (inputs: typeof one) => {
    const found = inputs.find(({ path }) => path === "home/home.tar");
    return found && "make" in found ? Buffer.from(await found.make()) : undefined;
  };
  expect((await tar(one))?.equals((await tar(two)) ?? Buffer.alloc(0))).toBe(true);
  const guest = at("guest");
  mkdirSync(guest);
  const { status, stderr } = spawnSync("bash", [join(ROOT, "common/scripts/unpack-home.sh"), ""], {
    env: { HOME: guest, PATH: "/usr/bin:/bin" },
    input: await tar(one),
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, ""]);
  expect(statSync(join(guest, ".local/bin/start-claude")).mode & 0o777).toBe(0o755);
  expect(readFileSync(join(guest, ".config/agent-vm/gitconfig"), "utf8")).toContain('name = "Host"');
});
