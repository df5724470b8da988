// A pack from a file goes into a repository as a fetch would take it: no stricter, no laxer, and not by half.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { receivePack } from "../../src/adapters/receive-pack.ts";
import { run } from "../../src/io/run.ts";
import { createRepository, git } from "./guest.ts";

let base: string;
let repo: string;
let other: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "receive-"));
  repo = createRepository(join(base, "repo"));
  other = join(base, "other");
  git(base, "clone", "-q", repo, other);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const REF = "refs/agent-vm/w/incoming/work";
const host = { run, env: process.env, signal: new AbortController().signal };

/** A commit of the other repository on top of what both have; without an address git's check takes it for an error. */
function commitWith(author: string): string {
  const text = `tree ${git(other, "rev-parse", "HEAD^{tree}")}\nparent ${git(other, "rev-parse", "HEAD")}\nauthor ${author} 1700000000 +0000\ncommitter A <a@example.org> 1700000000 +0000\n\nx\n`;
  const args = ["-C", other, "hash-object", "-t", "commit", "-w", "--literally", "--stdin"];
  return execFileSync("git", args, { input: text, encoding: "utf8" }).trim();
}
const WRONG = "A a@example.org";

async function receive(oid: string, { what = oid } = {}): Promise<string> {
  const input = `${what}\n^${git(repo, "rev-parse", "HEAD")}\n`;
  const pack = execFileSync("git", ["-C", other, "pack-objects", "-q", "--revs", "--stdout"], { input });
  writeFileSync(join(base, "pack"), pack);
  const outcome = await receivePack(host, {
    ...{ directory: repo, gitDir: join(repo, ".git"), pack: join(base, "pack"), limit: 100 },
    ...{ commands: join(base, "commands"), make: [{ ref: REF, oid }] },
  });
  return outcome.how === "unfit" ? `unfit: ${outcome.error.failure.stderrTail}` : outcome.how;
}
const packs = () => readdirSync(join(repo, ".git/objects/pack"));

test("what is right comes, also where the user hides what is ours", async () => {
  git(repo, "config", "transfer.hideRefs", "refs/agent-vm");
  const oid = commitWith("A <a@example.org>");
  expect(await receive(oid)).toBe("taken");
  expect(git(repo, "rev-parse", REF)).toBe(oid);
});

test("what a fetch would not take leaves nothing", async () => {
  expect(await receive(commitWith(WRONG))).toMatch(/^unfit: .*missingEmail/s);
  expect(packs()).toEqual([]);
});

test("what the user lets pass in a fetch passes", async () => {
  git(repo, "config", "fetch.fsck.missingEmail", "ignore");
  expect(await receive(commitWith(WRONG))).toBe("taken");
});

test("what the user lets pass in a push to this repository alone does not", async () => {
  git(repo, "config", "receive.fsck.missingEmail", "ignore");
  expect(await receive(commitWith(WRONG))).toBe("left");
  expect(packs()).toEqual([]);
});

test("another commit than the one that was asked for leaves nothing", async () => {
  const [asked, sent] = [commitWith("A <a@example.org>"), commitWith("B <b@example.org>")];
  expect(await receive(asked, { what: sent })).toBe("left");
  expect(packs()).toEqual([]);
});
