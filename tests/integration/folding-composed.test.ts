// A host's disk on which git finds names in their composed Unicode form, however they lie there, as on macOS.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createFoldingWorld } from "./folding/world.ts";
import { commit, git, read, write } from "./guest.ts";
import { type, typeRefused } from "./unusual.ts";

test("its names are compared with those that the commits have", async () => {
  const world = await createFoldingWorld("files", { precomposed: true });
  onTestFinished(() => world.remove());
  const { repo } = world;
  const inside = world.at("shop-work");
  const tip = (directory: string) => git(directory, "rev-parse", "work");
  // What git writes there; elsewhere it knows nothing of it.
  git(repo, "config", "core.precomposeUnicode", "true");
  git(repo, "checkout", "-q", "-b", "work");
  await type(world, repo, "push work");
  const [composed, apart, other] = ["caf\u00e9", "cafe\u0301", "e\u0301.txt"];
  write(repo, "\u00e9.txt", "mine\n");
  commit(inside, { [apart]: "1\n", [other]: "theirs\n" });
  const { text } = await typeRefused(world, repo, "fetch work");
  expect(text).toContain("in the way: \u00e9.txt");
  expect(read(repo, "\u00e9.txt")).toBe("mine\n");
  rmSync(join(repo, "\u00e9.txt"));
  await type(world, repo, "fetch work");
  const names = readdirSync(repo);
  expect([names.includes(composed), names.includes(apart)]).toEqual([true, false]);
  // git itself shows the composed name as untracked from here on, as on macOS; nothing of ours is stopped by that.
  expect(git(repo, "-c", "core.quotePath=false", "status", "--porcelain")).toContain(composed);
  commit(inside, { [apart]: "2\n" });
  await type(world, repo, "fetch work");
  git(inside, "mv", apart, composed);
  git(inside, "mv", other, "\u00e9.txt");
  git(inside, "commit", "-q", "-m", "composed");
  await type(world, repo, "fetch work");
  expect([tip(repo), read(repo, composed)]).toEqual([tip(inside), "2\n"]);
  expect(git(repo, "status", "--porcelain")).toBe("");
}, 300_000);
