// What a host's git configuration, hooks and environment would run: git run by hand runs it, the tool's own calls of git
// do not. All of it is planted at once, each with a canary of its own, and played against every command.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { query } from "../../src/adapters/git.ts";
import { EXIT } from "../../src/errors.ts";
import { run } from "../../src/io/run.ts";
import { commit, createRepository, git, write } from "../integration/guest.ts";
import { runCommand } from "../model/command.ts";
import { attack } from "./attacks.ts";
import { createField, type Field, type Ground } from "./git-host.ts";
import { executable, type Snare, TRAPS, type Trap } from "./host-traps.ts";

const snareOf = (place: string, trap: Trap): Snare => {
  const path = join(place, trap.id ?? `trap${TRAPS.indexOf(trap)}`);
  return { path, run: `touch ${path}.fired`, program: `${path}.sh` };
};
const fired = (place: string, trap: Trap) => existsSync(`${snareOf(place, trap).path}.fired`);

/** Gives the variables that go with it. */
function set(where: { repo: string; home: string; place: string }, trap: Trap): Record<string, string> {
  const { repo, home, place } = where;
  const { config, global, plant, env } = trap;
  const snare = snareOf(place, trap);
  executable(snare.program, snare.run);
  plant?.(repo, snare);
  const file = global ? join(home, ".gitconfig") : join(repo, ".git/config");
  for (const [key, value] of config?.(snare) ?? []) git("/", "config", "--file", file, "--add", key, value);
  return env?.(snare) ?? {};
}

const SIGNED = (tree: string, parent: string) => `tree ${tree}
parent ${parent}
author A <a@example.org> 1700000000 +0000
committer A <a@example.org> 1700000000 +0000
gpgsig -----BEGIN PGP SIGNATURE-----
 
 x
 -----END PGP SIGNATURE-----

signed
`;

/** A file to quarrel over, and a signed commit. */
function fill(repo: string): void {
  commit(repo, { "both.txt": "1\n2\n3\n" });
  const [tree, parent] = [git(repo, "rev-parse", "HEAD^{tree}"), git(repo, "rev-parse", "HEAD")];
  const { stdout } = spawnSync("git", ["-C", repo, "hash-object", "-t", "commit", "-w", "--stdin"], {
    input: SIGNED(tree, parent),
    encoding: "utf8",
  });
  git(repo, "reset", "-q", "--hard", stdout.trim());
}

/** A commit that no branch has. */
function aside(repo: string, files: Record<string, string>): string {
  const oid = commit(repo, files);
  git(repo, "reset", "-q", "--hard", "HEAD~1");
  return oid;
}

/** The trap alone, and the command that people type. */
function byHand(trap: Trap): boolean {
  const place = realpathSync(mkdtempSync(join(tmpdir(), "trap-")));
  try {
    const repo = createRepository(join(place, "repo"));
    fill(repo);
    git(repo, "branch", "other", aside(repo, { "both.txt": "1\n2\ntheirs\n" }));
    commit(repo, { "both.txt": "1\n2\nmine\n" });
    write(repo, "both.txt", "changed\n");
    writeFileSync(join(place, ".gitconfig"), "[user]\n\tname = A\n\temail = a@example.org\n");
    const env = set({ repo, home: place, place }, trap);
    const base = { PATH: process.env["PATH"], HOME: place, LC_ALL: "C", GIT_SSH_VARIANT: "ssh" };
    spawnSync("sh", ["-c", trap.command], {
      cwd: repo,
      timeout: 10_000,
      env: { ...base, path: snareOf(place, trap).path, ...env },
    });
    return fired(place, trap);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

let field: Field;
let ground: Ground;
let place: string;
/** Of git, on the host. */
const calls: { argv: readonly string[]; env: Readonly<Record<string, string | undefined>> }[] = [];

/** Every command that calls git on the host, with all traps set; each must do its work. */
async function ourCommands(): Promise<void> {
  const { repo, home, at, ctx: plain } = ground;
  fill(repo);
  git(repo, "checkout", "-q", "-b", "side");
  const clash = aside(repo, { "both.txt": "1\n2\nmine\n" });
  const apart = aside(repo, { "mine.txt": "1\n" });
  git(repo, "checkout", "-q", "work");
  const variables = TRAPS.map((trap) => set({ repo, home, place }, trap));
  const watched: typeof run = (argv, options) => {
    if (argv.includes("git")) calls.push({ argv, env: options?.env ?? process.env });
    return run(argv, options);
  };
  const ctx = { ...plain, run: watched, env: Object.assign({}, plain.env, ...variables) };
  const does = async (line: string, exit = 0) => {
    const outcome = await runCommand(ctx, line.split(" "));
    expect([line, outcome.exit, exit === 0 ? outcome.text : []]).toEqual([line, exit, []]);
  };
  const hostHas = (branch: string, oid: string) =>
    writeFileSync(join(repo, ".git/refs/heads", branch), `${oid}\n`);
  await does("push work");
  await does("status");
  commit(at, { "a.txt": "1\n" });
  await does("diff work");
  await does("log work");
  await does("fetch work");
  await does("scan work");
  await does("push side");
  const inSide = at.replace(/work$/, "side");
  commit(inSide, { "both.txt": "1\n2\ntheirs\n" });
  hostHas("side", clash);
  await does("fetch side --merge", EXIT.refused);
  hostHas("side", apart);
  await does("fetch side --rebase host");
  commit(inSide, { "b.txt": "1\n" });
  await does("fetch side --merge");
  commit(inSide, { "c.txt": "1\n" });
  await does("clean side");
  await does("restore side");
}

beforeAll(async () => {
  place = realpathSync(mkdtempSync(join(tmpdir(), "traps-")));
  field = await createField();
  ground = await field.lay();
  await ourCommands();
}, 120_000);
afterAll(async () => {
  await field.remove();
  rmSync(place, { recursive: true, force: true });
});

test("every call of git has the pins, and no variable of the caller's", () => {
  expect(calls.length).toBeGreaterThan(50);
  for (const { argv, env } of calls) {
    for (const pin of ["core.hooksPath=/dev/null", "core.fsmonitor=false", "credential.helper="])
      expect(argv).toContain(pin);
    expect(["ssh", "file", "none"]).toContain(env["GIT_ALLOW_PROTOCOL"]);
    expect(env["GIT_ASKPASS"]).toBe("/bin/false");
    for (const name of ["GIT_DIR", "GIT_EXTERNAL_DIFF", "GIT_EDITOR", "GIT_PAGER", "GIT_PROXY_COMMAND"])
      expect(env).not.toHaveProperty(name);
    expect(env["GIT_SSH_COMMAND"] ?? "ssh -F").toMatch(/^ssh -F/);
  }
});

for (const trap of TRAPS) {
  attack(trap.name, {
    guard: trap.guard,
    play: async (guarded) => (guarded ? fired(place, trap) : byHand(trap)),
  });
}

attack("a partial clone whose remote is a program, asked by a plain question", {
  guard: "GIT_ALLOW_PROTOCOL",
  play: async (guarded) => {
    const home = realpathSync(mkdtempSync(join(tmpdir(), "trap-")));
    try {
      const repo = createRepository(join(home, "repo"));
      const canary = join(home, "canary");
      git(repo, "config", "extensions.partialClone", "origin");
      git(repo, "config", "remote.origin.promisor", "true");
      git(repo, "config", "remote.origin.url", `ext::touch ${canary}`);
      git(repo, "config", "protocol.ext.allow", "always");
      const question = ["rev-parse", "--verify", "--quiet", `${withoutTree(repo)}:.gitmodules`];
      const env = { PATH: process.env["PATH"], HOME: home, LC_ALL: "C" };
      const { signal } = new AbortController();
      if (guarded) await query({ run, env, signal }, repo, question).catch(() => undefined);
      else spawnSync("git", ["-C", repo, ...question], { env });
      return existsSync(canary);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
});

attack("a partial clone whose remote is reached by ssh, asked for an object that a commit names", {
  guard: "GIT_NO_LAZY_FETCH",
  play: async (guarded) => {
    const home = realpathSync(mkdtempSync(join(tmpdir(), "trap-")));
    try {
      const repo = createRepository(join(home, "repo"));
      const canary = join(home, "canary");
      git(repo, "config", "remote.origin.promisor", "true");
      git(repo, "config", "remote.origin.url", "ssh://host.invalid/repo");
      git(repo, "config", "core.sshCommand", `touch ${canary};`);
      const question = ["cat-file", "-e", "1".repeat(40)];
      const env = { PATH: process.env["PATH"], HOME: home, LC_ALL: "C" };
      const { signal } = new AbortController();
      if (guarded) await query({ run, env, signal }, repo, question).catch(() => undefined);
      else spawnSync("git", ["-C", repo, ...question], { env });
      return existsSync(canary);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
});

/** A commit whose files are not here. */
function withoutTree(repo: string): string {
  const input = SIGNED("1".repeat(40), git(repo, "rev-parse", "HEAD"));
  return spawnSync("git", ["-C", repo, "hash-object", "-t", "commit", "-w", "--literally", "--stdin"], {
    input,
    encoding: "utf8",
  }).stdout.trim();
}
