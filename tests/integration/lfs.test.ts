// Git LFS both ways over real git, git-lfs and sshd: content instead of pointers on both sides, and no server is asked.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { fetchJson } from "../../src/domain/sync/fetch/fetch-json.ts";
import { fetchSummary } from "../../src/domain/sync/fetch/fetch-text.ts";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { prepareWorkspace, pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { listWorkspaces } from "../../src/domain/workspace/registry.ts";
import { examine } from "../../src/domain/workspace/unsaved.ts";
import { ToolError } from "../../src/errors.ts";
import { commit, createWorld, git, read, refused, type World, write } from "./guest.ts";
import { ATTRIBUTES, configIn, configOf, idOf, placeOf, setUpLfs, storedIn } from "./large-files.ts";

let world: World;

beforeEach(async () => {
  world = await createWorld();
  setUpLfs(configIn(world.guestHome), configOf(world.repo));
  // Whoever asks a server leaves a trace and gets nothing.
  git(world.repo, "remote", "add", "origin", "ssh://git@127.0.0.1:1/shop.git");
  git(world.repo, "checkout", "-q", "-b", "work");
  commit(world.repo, ATTRIBUTES);
});
afterEach(() => world.remove());

const push = () => pushToWorkspace(world.ctx, "work");
const fetch = () => fetchBranch(world.ctx, "work", { acceptRisk: true });
const at = () => world.at("shop-work");
const said = () => world.said.join("\n");
const unsaved = async () => {
  const all = await listWorkspaces(world.ctx);
  const { examined } = await examine(world.ctx, await world.ctx.target(), all);
  return examined[0] ?? { lines: ["it is not there"] };
};
const stored = (repository: string, text: string) => storedIn(join(repository, ".git"), text);
const clean = (directory: string) => git(directory, "status", "--porcelain");

describe("a push", () => {
  test("makes a workspace with the files themselves, and its tree is clean", async () => {
    commit(world.repo, { "a.bin": "content a\n", "dir/b c.bin": "content b\n" });
    await push();
    expect(read(at(), "a.bin")).toBe("content a\n");
    expect(read(at(), "dir/b c.bin")).toBe("content b\n");
    expect(clean(at())).toBe("");
    expect(read(at(), ".git/lfs/objects/../../HEAD")).toContain("work");
    expect(git(at(), "show", "HEAD:a.bin")).toContain("oid sha256:");
    expect(said()).not.toContain("LFS");
  });

  test("brings what is new, and the commits between the base and the branch can be checked out", async () => {
    commit(world.repo, { "a.bin": "one\n" });
    await push();
    commit(world.repo, { "a.bin": "two\n" });
    commit(world.repo, { "a.bin": "three\n" });
    await push();
    expect(read(at(), "a.bin")).toBe("three\n");
    expect(clean(at())).toBe("");
    git(at(), "checkout", "-q", "HEAD~1");
    expect(read(at(), "a.bin")).toBe("two\n");
    git(at(), "checkout", "-q", "HEAD~1");
    expect(read(at(), "a.bin")).toBe("one\n");
  });

  test("keeps the pointer of what is not here, says so, and fills it in later", async () => {
    commit(world.repo, { "a.bin": "here\n", "b.bin": "elsewhere\n" });
    const away = stored(world.repo, "elsewhere\n");
    renameSync(away, join(world.hostHome, "away"));
    await push();
    expect(read(at(), "a.bin")).toBe("here\n");
    expect(read(at(), "b.bin")).toContain(`oid sha256:${idOf("elsewhere\n")}`);
    expect(clean(at())).toBe("");
    expect(said()).toContain("git lfs fetch");
    expect(said()).toContain("not here: b.bin");
    renameSync(join(world.hostHome, "away"), away);
    rmSync(join(at(), "a.bin"));
    await push();
    expect(read(at(), "b.bin")).toBe("elsewhere\n");
    // What the agent deleted stays deleted.
    expect(clean(at())).toBe(" D a.bin");
  });

  test("takes what another workspace of the repository has without sending it", async () => {
    commit(world.repo, { "a.bin": "shared\n" });
    await push();
    git(world.repo, "branch", "two");
    const sent: string[] = [];
    const run: typeof world.ctx.run = (argv, options) => {
      if (argv.some((word) => word.includes(" -- take shop-two "))) sent.push("objects");
      return world.ctx.run(argv, options);
    };
    await prepareWorkspace({ ...world.ctx, run }, "two");
    expect(sent).toEqual([]);
    expect(read(world.at("shop-two"), "a.bin")).toBe("shared\n");
  });

  test("of a repository without Git LFS starts no program for it", async () => {
    git(world.repo, "checkout", "-q", "main");
    git(world.repo, "checkout", "-q", "-b", "plain");
    const words: string[] = [];
    const run: typeof world.ctx.run = (argv, options) => {
      words.push(argv.join(" "));
      return world.ctx.run(argv, options);
    };
    await pushToWorkspace({ ...world.ctx, run }, "plain");
    commit(world.repo, { "x.txt": "x\n" });
    await pushToWorkspace({ ...world.ctx, run }, "plain");
    const ofLfs = (line: string) =>
      (line.startsWith("git") && /blob:limit|lfs\.storage/.test(line)) ||
      / -- (lacks|take|give) |git-lfs/.test(line);
    expect(words.filter(ofLfs).map((line) => line.slice(0, 200))).toEqual([]);
  });

  test("that is cut off leaves nothing half, and the next one sends what is missing", async () => {
    commit(world.repo, { "a.bin": "first\n", "b.bin": "second\n" });
    let cut = true;
    const sent: string[] = [];
    const run: typeof world.ctx.run = async (argv, options) => {
      if (!argv.some((word) => word.includes(" -- take "))) return world.ctx.run(argv, options);
      const parts: Buffer[] = [];
      const input = options?.input;
      if (!(input instanceof Readable)) throw new Error("no stream");
      for await (const part of input) parts.push(part as Buffer);
      const whole = Buffer.concat(parts);
      sent.push(whole.toString());
      // All of the first, and the second without its last bytes.
      return world.ctx.run(argv, { ...options, input: cut ? whole.subarray(0, -8) : whole });
    };
    const error = await refused(pushToWorkspace({ ...world.ctx, run }, "work"));
    expect(error.hint).toContain("goes on with what is missing");
    const waiting = world.at(".agent-vm.new.~lfs.shop-work");
    const files = readdirSync(waiting, { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    );
    expect(files).toHaveLength(1);
    cut = false;
    await pushToWorkspace({ ...world.ctx, run }, "work");
    const first = sent[0]?.includes(`${files[0]?.name} `);
    expect(first).toBe(true);
    expect(sent[1]).not.toContain(files[0]?.name);
    expect([read(at(), "a.bin"), read(at(), "b.bin")]).toEqual(["first\n", "second\n"]);
    expect(existsSync(waiting)).toBe(false);
  });

  test("of a shallow clone brings the files, too", async () => {
    commit(world.repo, { "a.bin": "one\n" });
    const shallow = join(world.hostHome, "shallow");
    git(world.hostHome, "clone", "-q", "--no-checkout", "--depth", "1", `file://${world.repo}`, shallow);
    cpSync(join(world.repo, ".git/lfs"), join(shallow, ".git/lfs"), { recursive: true });
    await pushToWorkspace({ ...world.ctx, cwd: shallow }, "work");
    expect(read(world.at("shallow-work"), "a.bin")).toBe("one\n");
    expect(clean(world.at("shallow-work"))).toBe("");
  });

  test("sends nothing that is damaged here", async () => {
    commit(world.repo, { "a.bin": "content a\n" });
    writeFileSync(stored(world.repo, "content a\n"), "CONTENT A\n");
    const error = await refused(push());
    expect(error.message).toContain("damaged");
    expect(existsSync(at())).toBe(false);
  });
});

describe("a fetch", () => {
  beforeEach(async () => {
    commit(world.repo, { "a.bin": "one\n" });
    await push();
  });

  test("brings the content, and the host's files follow with it", async () => {
    commit(at(), { "a.bin": "two, from the VM\n", "new.bin": "new\n" });
    await fetch();
    expect(read(world.repo, "a.bin")).toBe("two, from the VM\n");
    expect(read(world.repo, "new.bin")).toBe("new\n");
    expect(clean(world.repo)).toBe("");
    expect(readFileSync(stored(world.repo, "new\n"), "utf8")).toBe("new\n");
  });

  test("that is only tried tells of them", async () => {
    const tried = async () => {
      const fetched = await fetchBranch(world.ctx, "work", { dryRun: true, acceptRisk: true });
      return [fetchSummary(fetched).join("\n"), fetchJson("work", fetched, undefined).largeFiles] as const;
    };
    expect((await tried())[0]).not.toContain("Git LFS");
    commit(at(), { "a.bin": "two, from the VM\n", "new.bin": "new\n" });
    expect(await tried()).toEqual([expect.stringContaining("It would bring large files (Git LFS)"), null]);
    // As after a fetch that ended before the large files came.
    git(world.repo, "fetch", "-q", at(), "HEAD:refs/agent-vm/shop-work/heads/work");
    const [text, json] = await tried();
    expect(text).toContain("It would bring up to 2 large files (Git LFS), 21 bytes.");
    expect(json).toEqual({ count: 2, bytes: 21 });
    expect(existsSync(stored(world.repo, "new\n"))).toBe(false);
  });

  test("of a branch that nothing has checked out brings the content, too", async () => {
    git(world.repo, "checkout", "-q", "main");
    commit(at(), { "a.bin": "two\n" });
    commit(at(), { "a.bin": "three\n" });
    await fetch();
    for (const text of ["two\n", "three\n"]) expect(existsSync(stored(world.repo, text))).toBe(true);
    git(world.repo, "checkout", "-q", "work");
    expect(read(world.repo, "a.bin")).toBe("three\n");
  });

  test("that ends while files are written takes them back", async () => {
    commit(at(), { "a.bin": "two, from the VM\n", "new.bin": "new\n" });
    const run: typeof world.ctx.run = async (argv, options) => {
      if (!argv.includes("read-tree") || !argv.includes("-u")) return world.ctx.run(argv, options);
      // As far as git-lfs came.
      write(world.repo, "a.bin", "two, from");
      write(world.repo, "new.bin", "ne");
      throw new ToolError({ argv, code: 130, stderrTail: "" });
    };
    await refused(fetchBranch({ ...world.ctx, run }, "work", { acceptRisk: true }));
    expect(read(world.repo, "a.bin")).toBe("one\n");
    expect(existsSync(join(world.repo, "new.bin"))).toBe(false);
    expect(clean(world.repo)).toBe("");
    await fetch();
    expect(read(world.repo, "new.bin")).toBe("new\n");
  });

  test("leaves branch and files alone when an object is nowhere", async () => {
    commit(at(), { "a.bin": "lost\n" });
    // A tree with the pointer, or git would make the object again from the file.
    write(at(), "a.bin", `${git(at(), "show", "HEAD:a.bin")}\n`);
    rmSync(stored(at(), "lost\n"));
    const before = git(world.repo, "rev-parse", "work");
    const error = await refused(fetch());
    expect(error.message).toContain("neither here nor in the workspace");
    expect(error.details.join()).toContain("a.bin");
    expect(git(world.repo, "rev-parse", "work")).toBe(before);
    expect(read(world.repo, "a.bin")).toBe("one\n");
  });

  test("says it when git-lfs is not set up on the host", async () => {
    commit(at(), { "a.bin": "two\n" });
    // As on a host whose configuration has no such filter.
    const none = { code: 1, stdout: "", stderr: "" };
    const run: typeof world.ctx.run = async (argv, options) =>
      argv.some((word) => word.startsWith("^filter")) ? none : world.ctx.run(argv, options);
    const error = await refused(fetchBranch({ ...world.ctx, run }, "work", { acceptRisk: true }));
    expect(error.hint).toContain("git lfs install");
    expect(read(world.repo, "a.bin")).toBe("one\n");
  });

  test("asks no server that the tree or the repository names, and lets the tree leave nothing out", async () => {
    commit(at(), {
      ".lfsconfig": "[lfs]\n\turl = http://127.0.0.1:1/evil\n\tfetchexclude = *\n",
      "a.bin": "two\n",
    });
    await fetch();
    expect(read(world.repo, "a.bin")).toBe("two\n");
    expect(clean(world.repo)).toBe("");
  });

  test("puts objects where lfs.storage says", async () => {
    const place = join(world.hostHome, "large");
    mkdirSync(dirname(place), { recursive: true });
    renameSync(join(world.repo, ".git/lfs"), place);
    git(world.repo, "config", "lfs.storage", place);
    commit(at(), { "a.bin": "two\n" });
    await fetch();
    expect(read(world.repo, "a.bin")).toBe("two\n");
    expect(existsSync(join(place, placeOf(idOf("two\n"))))).toBe(true);
    commit(world.repo, { "a.bin": "three\n" });
    await push();
    expect(read(at(), "a.bin")).toBe("three\n");
  });
});

describe("clean", () => {
  beforeEach(async () => {
    commit(world.repo, { "a.bin": "one\n" });
    await push();
  });

  test("finds nothing to save where the host has all content, and all that only the VM has", async () => {
    commit(at(), { "a.bin": "fetched\n" });
    await fetch();
    expect((await unsaved()).lines).toEqual([]);
    // What an edit left in the store and nothing names is nobody's work.
    write(at(), "a.bin", "an edit\n");
    git(at(), "add", "a.bin");
    git(at(), "reset", "-q", "--hard");
    expect(existsSync(stored(at(), "an edit\n"))).toBe(true);
    expect((await unsaved()).lines).toEqual([]);
    // In the store alone, named by a commit that the host lacks.
    commit(at(), { "b.bin": "only here\n" });
    git(at(), "rm", "-q", "b.bin");
    git(at(), "commit", "-q", "-m", "gone from the tree");
    expect((await unsaved()).lines).toContain("large files (Git LFS) the host has not: 1");
    rmSync(stored(at(), "only here\n"));
    rmSync(stored(world.repo, "fetched\n"));
    rmSync(stored(at(), "fetched\n"));
    // In the tree alone, for a commit that both have.
    expect((await unsaved()).lines).toContain("large files (Git LFS) the host has not: 1");
  });

  test("saves what only the VM has, and restore puts it back", async () => {
    commit(at(), { "b.bin": "only here\n" });
    commit(at(), { "b.bin": "later\n" });
    await cleanBranch(world.ctx, "work", false);
    expect(existsSync(at())).toBe(false);
    await restore(world.ctx, { branch: "work" });
    expect(readFileSync(stored(at(), "only here\n"), "utf8")).toBe("only here\n");
    // What the save left to the host's store is there again, too.
    expect(readFileSync(stored(at(), "one\n"), "utf8")).toBe("one\n");
    expect([read(at(), "a.bin"), read(at(), "b.bin")]).toEqual(["one\n", "later\n"]);
    expect(clean(at())).toBe("");
    git(at(), "checkout", "-q", "HEAD~1");
    expect(read(at(), "b.bin")).toBe("only here\n");
  });
});

test("the scan for secrets looks behind pointers", async () => {
  const text = `${["AKIA", "QX3MPLR7VTWZ2NDK"].join("")}\n`;
  commit(world.repo, { "keys.bin": text });
  const error = await refused(push());
  expect(error.details.join()).toContain("keys.bin");
  expect(existsSync(at())).toBe(false);
});

test("the scan for secrets reads what comes later than its commit, at each fetch until it is accepted", async () => {
  const text = `${["AKIA", "QX3MPLR7VTWZ2NDK"].join("")}\n`;
  await push();
  // Nothing on the host follows the commit, whose content is nowhere at first.
  git(world.repo, "checkout", "-q", "main");
  commit(at(), { "keys.bin": text });
  // Without the file in its tree, or the workspace's git would put the content into the store by itself.
  git(at(), "checkout", "-q", "--detach", "HEAD~1");
  const away = join(world.hostHome, "away");
  renameSync(stored(at(), text), away);
  const ctx = { ...world.ctx, settings: { ...world.ctx.settings, scan: "both" as const } };
  const fetchScanned = () => fetchBranch(ctx, "work", { acceptRisk: true });
  await fetchScanned();
  expect(said()).toContain("missing: keys.bin");
  renameSync(away, stored(at(), text));
  for (const again of [1, 2]) {
    const error = await refused(fetchScanned());
    expect(error.details.join(), `time ${again}`).toContain("keys.bin");
    expect(error.hint).toContain("agent-vm fetch --accept-secrets work");
    // It came all the same: the second time nothing is left to come.
    expect(existsSync(stored(world.repo, text))).toBe(true);
  }
  const accepting = { ...ctx, flags: { ...ctx.flags, acceptSecrets: true } };
  await fetchBranch(accepting, "work", { acceptRisk: true });
  await fetchScanned();
});

test("the scan for secrets reads what was missing when its commit was looked into, before it is sent", async () => {
  const text = `${["AKIA", "QX3MPLR7VTWZ2NDK"].join("")}\n`;
  commit(world.repo, { "keys.bin": text, "b.bin": "harmless\n" });
  const away = (name: string) => renameSync(stored(world.repo, name), join(world.hostHome, idOf(name)));
  const back = (name: string) => renameSync(join(world.hostHome, idOf(name)), stored(world.repo, name));
  away(text);
  away("harmless\n");
  await push();
  back("harmless\n");
  await push();
  expect(read(at(), "b.bin")).toBe("harmless\n");
  back(text);
  for (const again of [1, 2]) {
    const error = await refused(push());
    expect(error.details.join(), `time ${again}`).toContain("keys.bin");
    expect(error.hint).toContain("agent-vm push --accept-secrets work");
  }
  expect(existsSync(stored(at(), text))).toBe(false);
  const accepting = { ...world.ctx, flags: { ...world.ctx.flags, acceptSecrets: true } };
  await pushToWorkspace(accepting, "work");
  expect(read(at(), "keys.bin")).toBe(text);
  // In another workspace it is known.
  git(world.repo, "branch", "two");
  await pushToWorkspace(world.ctx, "two");
  expect(read(world.at("shop-two"), "keys.bin")).toBe(text);
});
