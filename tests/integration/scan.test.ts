// Secrets on their way to the VM and from it, over real git and a real sshd: seen, stopped, accepted, known.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Context } from "../../src/context.ts";
import { scanBranch, shownJson, shownLines } from "../../src/domain/scan/show.ts";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { EXIT } from "../../src/errors.ts";
import { githubToken, privateKey } from "../unit/domain/scan/secrets.ts";
import { canary, commit, createWorld, git, read, refused, type World, write } from "./guest.ts";

let world: World;
let ctx: Context;
beforeEach(async () => {
  world = await createWorld();
  ctx = { ...world.ctx, settings: { ...world.ctx.settings, scanner: "builtin" } };
  git(world.repo, "checkout", "-q", "-b", "work");
});
afterEach(() => world.remove());

const ws = "shop-work";
const inGuest = () => world.at(ws);
const push = (way: "plain" | "aside" | "reset" = "plain") => pushToWorkspace(ctx, "work", way);
const fetch = () => fetchBranch(ctx, "work");
const tip = (directory: string, ref = "HEAD") => git(directory, "rev-parse", ref);
const accepting = () => {
  ctx = { ...ctx, flags: { ...ctx.flags, acceptSecrets: true } };
};
const strictly = () => {
  ctx = { ...ctx, flags: { ...ctx.flags, acceptSecrets: false } };
};
const onTerminal = (answer: boolean) => {
  const asked: string[] = [];
  const ask = async (question: string) => {
    asked.push(question);
    return answer;
  };
  ctx = { ...ctx, confirm: { possible: true, ask } };
  return asked;
};
/** Everything below a directory as text. */
function allBelow(directory: string): string {
  if (!existsSync(directory)) return "";
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" }).map((name) =>
    join(directory, name),
  );
  return files
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, "latin1"))
    .join("\n");
}
const TOKEN = githubToken();
const withToken = (token = TOKEN) => ({ "src/a.ts": `const a = 1;\nconst t = "${token}";\n` });

describe("a push", () => {
  test("with a secret is refused, and nothing reaches the VM", async () => {
    const id = commit(world.repo, withToken());
    const error = await refused(push());
    expect(error.exit).toBe(EXIT.refused);
    expect(error.message).toBe('1 secret would reach the VM with "work". Nothing was sent.');
    expect(error.details).toEqual([
      `high  github-token  src/a.ts:2  ${id.slice(0, 10)}  ghp_… (40 characters)`,
    ]);
    expect(error.hint).toContain("agent-vm push --accept-secrets work");
    expect(existsSync(inGuest())).toBe(false);
    expect(allBelow(world.at(""))).not.toContain(TOKEN);
  });

  test.each(["plain", "aside", "reset"] as const)(
    "%s to a workspace that exists is refused as well",
    async (way) => {
      await push();
      const before = git(inGuest(), "for-each-ref");
      commit(world.repo, withToken());
      expect((await refused(push(way))).exit).toBe(EXIT.refused);
      expect(git(inGuest(), "for-each-ref")).toBe(before);
    },
  );

  test("of base and tags is looked into, too", async () => {
    git(world.repo, "checkout", "-q", "main");
    commit(world.repo, withToken());
    git(world.repo, "checkout", "-q", "work");
    expect((await refused(push())).details.join()).toContain("github-token");
    expect(existsSync(inGuest())).toBe(false);
  });

  test("goes on when the user accepts, and is not asked again for what has gone", async () => {
    commit(world.repo, withToken());
    accepting();
    await push();
    expect(read(inGuest(), "src/a.ts")).toContain(TOKEN);
    strictly();
    commit(world.repo, { "b.txt": "1\n" });
    await push();
    expect(tip(inGuest())).toBe(tip(world.repo));
  });

  test("asks on a terminal: no keeps everything here, yes sends, --yes answers nothing", async () => {
    commit(world.repo, withToken());
    const asked = onTerminal(false);
    const error = await refused(push());
    expect([error.exit, error.message]).toEqual([EXIT.refused, "Nothing was sent."]);
    expect(ctx.flags.yes).toBe(true);
    expect(asked).toEqual(["Send all of it to the VM?"]);
    expect(world.said.join("\n")).toContain("high  github-token  src/a.ts:2");
    expect(existsSync(inGuest())).toBe(false);
    onTerminal(true);
    await push();
    expect(tip(inGuest())).toBe(tip(world.repo));
  });

  test("leaves out what the host's remote has, and looks into what it has not", async () => {
    commit(world.repo, withToken());
    git(world.repo, "update-ref", "refs/remotes/origin/work", "HEAD");
    await push();
    commit(world.repo, { "src/a.ts": `${read(world.repo, "src/a.ts")}const more = 1;\n` });
    await push();
    commit(world.repo, { "src/a.ts": `${read(world.repo, "src/a.ts")}const k = "${githubToken(2)}";\n` });
    expect((await refused(push())).details).toHaveLength(1);
  });

  test("finds a secret that a later commit takes away, that a merge makes, or that a message says", async () => {
    commit(world.repo, withToken());
    commit(world.repo, { "src/a.ts": "const a = 1;\n" });
    git(world.repo, "checkout", "-q", "-b", "side", "main");
    commit(world.repo, { "s.txt": "s\n" });
    git(world.repo, "checkout", "-q", "work");
    git(world.repo, "merge", "-q", "--no-commit", "--no-ff", "side");
    commit(world.repo, { "README.md": `${githubToken(2)}\n` }, `merge\n\n${githubToken(3)}`);
    const { details } = await refused(push());
    expect(details.map((line) => line.split("  ")[2]).sort()).toEqual([
      "(the commit's message):3",
      "README.md:1",
      "src/a.ts:2",
    ]);
  });

  test("finds a secret in the name of a file and in a tag's message, and shows it there neither", async () => {
    commit(world.repo, { [`dumps/${TOKEN}.txt`]: `"${githubToken(2)}"\n` });
    git(world.repo, "tag", "-a", "-m", `release\n\n${githubToken(3)}`, "v1");
    const { details } = await refused(push());
    expect(details.map((line) => line.split("  ")[2]).sort()).toEqual([
      "(a file's name):1",
      expect.stringMatching(/^\(a tag's message\):\d+$/),
      "dumps/***.txt:1",
    ]);
    accepting();
    await push();
    const seen = JSON.stringify([details, world.said]) + allBelow(ctx.paths.sharedState);
    expect(seen).not.toContain(TOKEN.slice(0, 12));
  });

  test("a file that is only renamed is nothing new", async () => {
    commit(world.repo, withToken());
    git(world.repo, "update-ref", "refs/remotes/origin/work", "HEAD");
    git(world.repo, "mv", "src/a.ts", "b.ts");
    git(world.repo, "commit", "-q", "-m", "moved");
    await push();
    expect(tip(inGuest())).toBe(tip(world.repo));
  });

  test("what may be a secret is told and stops nothing", async () => {
    commit(world.repo, { "a.py": 'password = "correct-horse-battery"\n' });
    await push();
    expect(world.said.join("\n")).toContain("Perhaps a secret: low  assigned-in-quotes  a.py:1");
  });

  test("large files are named that nobody looked into, text of a megabyte is read", async () => {
    const filler = `${"x".repeat(99)}\n`.repeat(15_000);
    commit(world.repo, {
      "big.bin": `\0${"x".repeat(2 * 1024 * 1024)}`,
      "huge.txt": "y".repeat(17 * 1024 * 1024),
    });
    await push();
    const said = world.said.join("\n");
    expect(said).toContain("Not looked into for secrets: big.bin: a large binary file, 2 MiB");
    expect(said).toContain("Not looked into for secrets: huge.txt: a large file, 17 MiB");
    commit(world.repo, { "text.txt": `${filler}${TOKEN}\n` });
    expect((await refused(push())).details.join()).toContain("text.txt:15001");
  });

  test("no attribute, filter or text conversion of the repository has a part in it", async () => {
    const { program, fired } = canary(world.hostHome, "scan");
    for (const key of [
      "filter.x.smudge",
      "filter.x.clean",
      "diff.x.textconv",
      "diff.external",
      "core.pager",
    ]) {
      git(world.repo, "config", key, program);
    }
    git(world.repo, "config", "diff.relative", "true");
    git(world.repo, "config", "diff.noprefix", "true");
    write(world.repo, ".git/info/attributes", "* -diff binary diff=x\n");
    ctx = { ...ctx, cwd: join(world.repo, "below") };
    commit(world.repo, { "below/x": "", ".gitattributes": "* -diff -text\n", ...withToken() });
    expect((await refused(push())).details.join()).toContain("src/a.ts:2");
    expect(fired()).toBe(false);
  });

  test("with the scan off nothing is looked for", async () => {
    commit(world.repo, withToken());
    ctx = { ...ctx, settings: { ...ctx.settings, scan: "off" } };
    await push();
    expect(tip(inGuest())).toBe(tip(world.repo));
  });

  test("of a commit that passed before asks git for nothing but that", async () => {
    commit(world.repo, { "b.txt": "1\n" });
    await push();
    git(world.repo, "branch", "second");
    const seen: string[] = [];
    const run: Context["run"] = (argv, options) => {
      seen.push(argv.find((word) => ["log", "cat-file"].includes(word)) ?? "");
      return ctx.run(argv, options);
    };
    await pushToWorkspace({ ...ctx, run }, "second");
    expect(seen.filter((word) => word !== "")).toEqual([]);
  });
});

describe("a scan that fails", () => {
  const broken = (where: string) => {
    const run: Context["run"] = (argv, options) =>
      argv.includes(where) ? ctx.run(["false"], options) : ctx.run(argv, options);
    return { ...ctx, run };
  };

  test.each(["log", "cat-file"])("(git %s) stops the push, and nothing is sent", async (verb) => {
    commit(world.repo, { "b.txt": "1\n" });
    const error = await refused(pushToWorkspace(broken(verb), "work"));
    expect([error.exit, error.message]).toEqual([
      EXIT.failed,
      "The scan for secrets failed, so nothing was passed on.",
    ]);
    expect(error.hint).toContain("AGENT_VM_SCAN=off");
    expect(existsSync(inGuest())).toBe(false);
  });

  test("is not passed over by accepting secrets", async () => {
    commit(world.repo, { "b.txt": "1\n" });
    accepting();
    expect((await refused(pushToWorkspace(broken("log"), "work"))).exit).toBe(EXIT.failed);
  });

  test("(an object is missing) stops the push", async () => {
    commit(world.repo, { "b.txt": "only here\n" });
    const oid = tip(world.repo, "HEAD:b.txt");
    const file = join(world.repo, ".git/objects", oid.slice(0, 2), oid.slice(2));
    chmodSync(file, 0o600);
    writeFileSync(file, "");
    expect((await refused(push())).message).toContain("The scan for secrets failed");
    expect(existsSync(inGuest())).toBe(false);
  });

  test("stops a fetch: the branch stays where it is", async () => {
    await push();
    const before = tip(world.repo, "work");
    commit(inGuest(), { "g.txt": "1\n" });
    expect((await refused(fetchBranch(broken("log"), "work"))).exit).toBe(EXIT.failed);
    expect(tip(world.repo, "work")).toBe(before);
  });
});

describe("a fetch", () => {
  test("of a secret leaves the branch, and the commits under their reference", async () => {
    await push();
    const before = tip(world.repo, "work");
    const theirs = commit(inGuest(), withToken());
    const error = await refused(fetch());
    expect(error.exit).toBe(EXIT.refused);
    expect(error.message).toContain('1 secret came with the commits of "work". Your branch did not move');
    expect(error.details.join()).toContain("src/a.ts:2");
    expect(tip(world.repo, "work")).toBe(before);
    expect(existsSync(join(world.repo, "src/a.ts"))).toBe(false);
    expect(tip(world.repo, `refs/agent-vm/${ws}/heads/work`)).toBe(theirs);
    // Asked again, the same answer: refused commits have not passed.
    expect((await refused(fetch())).exit).toBe(EXIT.refused);
    accepting();
    await fetch();
    expect(tip(world.repo, "work")).toBe(theirs);
    // What came from there and was accepted may go back.
    strictly();
    commit(world.repo, { "b.txt": "1\n" });
    git(world.repo, "checkout", "-q", "work");
    commit(world.repo, { "b.txt": "1\n" });
    await push();
    expect(tip(inGuest())).toBe(tip(world.repo, "work"));
  });

  test("looks into nothing when only pushes are scanned", async () => {
    await push();
    const theirs = commit(inGuest(), withToken());
    ctx = { ...ctx, settings: { ...ctx.settings, scan: "push" } };
    await fetch();
    expect(tip(world.repo, "work")).toBe(theirs);
  });

  test("files of the workspace that name findings as known mute nothing", async () => {
    commit(world.repo, withToken());
    await scanBranch(ctx, "work", true);
    const notes = join(ctx.paths.sharedState, "scan");
    const [name = ""] = readdirSync(notes);
    const baseline = read(notes, name);
    await push();
    const muting = {
      ".agent-vm-baseline.json": baseline,
      [`scan/${name}`]: baseline,
      ".gitleaksignore": "*",
    };
    commit(inGuest(), { ...muting, "c.ts": `"${githubToken(7)}"\n` });
    expect((await refused(fetch())).details.join()).toContain("c.ts:1");
  });
});

test("a commit of the VM's that names one of yours as its parent does not make that one known there", async () => {
  await push();
  const old = tip(inGuest());
  git(world.repo, "checkout", "-q", "-b", "mine");
  const mine = commit(world.repo, withToken());
  // What a hostile server could do without having the objects: their ids are in what a fetch asks for.
  git(inGuest(), "fetch", "-q", world.repo, "mine");
  git(inGuest(), "reset", "-q", "--hard", mine);
  commit(inGuest(), { "g.txt": "1\n" });
  await fetch();
  git(inGuest(), "reset", "-q", "--hard", old);
  expect((await refused(push())).details.join()).toContain("src/a.ts:2");
  expect(tip(inGuest())).toBe(old);
});

describe("the baseline", () => {
  test("makes what is found known, in this user's state alone, and only at its path", async () => {
    commit(world.repo, withToken());
    const shown = await scanBranch(ctx, "work", true);
    expect([shown.known, shown.outgoing.findings]).toEqual([1, []]);
    const file = join(
      ctx.paths.sharedState,
      "scan",
      readdirSync(join(ctx.paths.sharedState, "scan"))[0] ?? "",
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(git(world.repo, "status", "--porcelain")).toBe("");
    await push();
    expect(tip(inGuest())).toBe(tip(world.repo));
    commit(world.repo, { "other.ts": `"${TOKEN}"\n` });
    expect((await refused(push())).details.join()).toContain("other.ts:1");
  });

  test("of what was fetched lets the branch move", async () => {
    await push();
    const theirs = commit(inGuest(), withToken());
    await refused(fetch());
    await scanBranch(ctx, "work", true);
    await fetch();
    expect(tip(world.repo, "work")).toBe(theirs);
  });

  test("that is damaged stops the push", async () => {
    commit(world.repo, withToken());
    await scanBranch(ctx, "work", true);
    const notes = join(ctx.paths.sharedState, "scan");
    for (const text of ["{}", "null", "{", '{"version":1,"known":[]}']) {
      write(notes, readdirSync(notes)[0] ?? "", text);
      const error = await refused(push());
      expect(error.message).toContain("is not what agent-vm wrote");
      expect(error.hint).toContain("what you accepted of the scan");
    }
    expect(existsSync(inGuest())).toBe(false);
  });
});

describe("agent-vm scan", () => {
  test("shows both ways without the VM", async () => {
    await push();
    const theirs = commit(inGuest(), { "g.ts": `"${githubToken(2)}"\n` });
    await refused(fetch());
    const ours = commit(world.repo, { "h.pem": privateKey() });
    const away = async () => {
      throw new Error("the VM was woken");
    };
    const shown = await scanBranch({ ...ctx, target: away }, undefined, false);
    expect(shown.outgoing.findings).toMatchObject([{ rule: "private-key", commit: ours, line: 1 }]);
    expect(shown.incoming.findings).toMatchObject([{ rule: "github-token", commit: theirs, line: 1 }]);
    expect(shownLines(shown).join("\n")).toContain("To the VM: 1 new commit, 1 finding");
  });
});

describe("values", () => {
  test("stand whole in no output, error, JSON or state", async () => {
    commit(
      world.repo,
      { ...withToken(), "k.pem": privateKey(), "c.env": `API_TOKEN=${githubToken(9)}xyz\n` },
      TOKEN,
    );
    const error = await refused(push());
    const shown = await scanBranch(ctx, "work", false);
    await scanBranch(ctx, "work", true);
    const { message, details, hint } = error;
    const seen = JSON.stringify([message, details, hint, shownJson(shown), shownLines(shown), world.said]);
    const all = seen + allBelow(ctx.paths.sharedState);
    expect(shown.outgoing.findings.length).toBeGreaterThan(2);
    const secrets = [TOKEN, githubToken(9), ...privateKey().split("\n").slice(1, -2)];
    for (const secret of secrets)
      for (const part of [secret, secret.slice(0, 12), secret.slice(-12)]) expect(all).not.toContain(part);
  });
});

describe("with gitleaks", () => {
  const bin = () => join(world.hostHome, "bin");
  const install = (program: string) => {
    mkdirSync(bin());
    cpSync(program, join(bin(), "gitleaks"));
    chmodSync(join(bin(), "gitleaks"), 0o755);
    const env = { ...world.ctx.env, PATH: `${bin()}:${world.ctx.env["PATH"]}` };
    ctx = { ...world.ctx, env };
  };
  /** The real one where a path to it is given. */
  const program = process.env["AGENT_VM_TEST_GITLEAKS"] ?? join(import.meta.dirname, "gitleaks-stand-in.mjs");

  test("its findings stop a push, at the right file and line, also among many and binary files", async () => {
    install(program);
    const many = Array.from({ length: 50 }, (_, index) => [`f${index}.txt`, "a\n".repeat(index)] as const);
    commit(world.repo, {
      ...Object.fromEntries(many),
      "p.bin": `\0${githubToken(5)}`,
      "z/a.ts": `x\n\n"${TOKEN}"`,
    });
    const { details, message } = await refused(push());
    expect(message).toContain("2 secrets");
    expect(details.map((line) => line.split("  ").slice(1, 3).join(" ")).sort()).toEqual([
      "github-pat z/a.ts:3",
      "github-token p.bin:1",
    ]);
    expect(JSON.stringify(details)).not.toContain(TOKEN);
    expect(existsSync(inGuest())).toBe(false);
  });

  test("no configuration of the repository, no comment and no variable mutes it", async () => {
    install(program);
    const allow = `[allowlist]\nregexes = ['''.*''']\n[extend]\ndisabledRules = ["github-pat"]\n`;
    write(world.hostHome, "evil.toml", allow);
    ctx = { ...ctx, env: { ...ctx.env, GITLEAKS_CONFIG: join(world.hostHome, "evil.toml") } };
    await push();
    const theirs = { ".gitleaks.toml": allow, ".gitleaksignore": "src/a.ts:github-pat:1\n" };
    commit(inGuest(), { ...theirs, "0.zip": "PK\u0003\u0004", "src/a.ts": `"${TOKEN}" # gitleaks:allow\n` });
    commit(world.repo, {
      ".gitleaks.toml": allow,
      ".gitleaksignore": "*\n",
      "b.ts": `"${githubToken(3)}" # gitleaks:allow\n`,
    });
    expect((await refused(push("aside"))).details.join()).toContain("b.ts:1");
    git(world.repo, "reset", "-q", "--hard", "HEAD~1");
    expect((await refused(fetch())).details.join()).toContain("src/a.ts:1");
  });

  test.each([
    ["says nothing", "#!/bin/sh\ncat >/dev/null\n"],
    ["ends early", "#!/bin/sh\nexit 1\n"],
    ["is killed", "#!/bin/sh\nkill -9 $$\n"],
    ["says that something was found and not what", "#!/bin/sh\ncat >/dev/null\necho '[]'\nexit 43\n"],
    ["is too old for the call", "#!/bin/sh\necho 'unknown command \"stdin\"' >&2\nexit 1\n"],
  ])("one that %s stops the push", async (_name, script) => {
    const broken = join(world.hostHome, "broken");
    writeFileSync(broken, script);
    install(broken);
    commit(world.repo, { "b.txt": "1\n", "large.txt": `${"z".repeat(99)}\n`.repeat(20_000) });
    const error = await refused(push());
    expect(error.exit).toBe(EXIT.failed);
    expect(error.hint).toContain("AGENT_VM_SCANNER=builtin");
    expect(existsSync(inGuest())).toBe(false);
  });

  test("it does not outlive a scan that fails elsewhere", async () => {
    const waiting = join(world.hostHome, "waiting");
    const note = join(world.hostHome, "pid");
    writeFileSync(waiting, `#!/bin/sh\necho $$ >'${note}'\nexec cat >/dev/null\n`);
    install(waiting);
    commit(world.repo, { "b.txt": "1\n" });
    const run: Context["run"] = async (argv, options) => {
      if (!argv.includes("cat-file")) return world.ctx.run(argv, options);
      await vi.waitFor(() => expect(existsSync(note)).toBe(true), 20_000);
      return world.ctx.run(["false"], options);
    };
    ctx = { ...ctx, run };
    expect((await refused(push())).exit).toBe(EXIT.failed);
    expect(existsSync(`/proc/${readFileSync(note, "utf8").trim()}`)).toBe(false);
  });

  test("leaves nothing of what it was given", async () => {
    install(program);
    commit(world.repo, { "b.txt": `${githubToken(4)}\n` });
    await refused(push());
    expect(allBelow(ctx.paths.state) + allBelow(ctx.paths.sharedState)).not.toContain(githubToken(4));
    expect(readdirSync(join(ctx.paths.state, "tmp"))).toEqual([]);
  });
});
