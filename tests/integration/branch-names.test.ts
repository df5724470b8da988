// Names of branches: those that git takes go to the guest and back, whatever a shell would make of them; others make nothing.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { prepareWorkspace, pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { listWorkspaces } from "../../src/domain/workspace/registry.ts";
import { EXIT } from "../../src/errors.ts";
import { commit, createWorld, git, refused, type World } from "./guest.ts";

let world: World;
/** One for all: each test leaves no workspace behind. */
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.remove());

const workspaces = () => readdirSync(join(world.guestHome, "workspace")).sort();

const STRANGE = [
  "feature/x",
  "a;b",
  "$(touch${IFS}pwned)",
  "`touch${IFS}pwned`",
  "it's",
  'say"hi"',
  "a|b&c",
  "#x",
  "!x",
  "<x>",
  "(x)",
  "{a,b}",
  "%2e%2e",
  "ünïcode-é",
  "分支/功能",
  "🦊",
  "\u202eevil",
  "refs/heads/x",
  "FETCH_HEAD",
  "heads/main",
  "origin/HEAD",
  "user@host",
  "0123456789abcdef0123456789abcdef01234567",
  "con",
  "@",
  `long-${"x".repeat(195)}`,
];

test.each(STRANGE)("the branch %s goes there and comes back", async (name) => {
  const { dir } = await prepareWorkspace(world.ctx, name);
  expect(dir).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/);
  expect(git(world.at(dir), "symbolic-ref", "HEAD")).toBe(`refs/heads/${name}`);
  const inside = commit(world.at(dir), { "a.txt": "1" });
  await fetchBranch(world.ctx, name);
  expect(git(world.repo, "rev-parse", `refs/heads/${name}`)).toBe(inside);
  await cleanBranch(world.ctx, name, false);
  expect(workspaces()).toEqual([]);
  for (const place of [world.repo, world.guestHome, join(world.guestHome, "workspace")]) {
    expect(existsSync(join(place, "pwned"))).toBe(false);
  }
});

test.each([
  "-x",
  "a..b",
  "a b",
  "HEAD",
  "@{-1}",
  "x.lock",
  "a~1",
  "a:b",
  "/a",
  "a/",
  "",
  "a\nb",
  "y".repeat(251),
])("%j is no branch, and nothing is made", async (name) => {
  const error = await refused(pushToWorkspace(world.ctx, name));
  expect(error.exit).toBe(EXIT.usage);
  expect(error.message).toContain("cannot be a branch's name");
  expect(workspaces()).toEqual([]);
  expect(await listWorkspaces(world.ctx)).toEqual([]);
});
