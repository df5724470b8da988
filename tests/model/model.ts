// The world of one sequence: a host with a repository, a guest behind sshd, and what the steps need to act in it.
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createRepository, createWorld, type World } from "../integration/guest.ts";
import { withSettings } from "./command.ts";
import { ask, git } from "./git.ts";
import type { Places } from "./kept.ts";
import { hasGitLfs, LARGE_RULE, LARGE_RULE_TEXT, setUpGitLfs } from "./large.ts";
import { isRepository, SUBMODULE, submodulesOf } from "./places.ts";
import { createRandom, type Random } from "./random.ts";

export interface Model extends Places {
  world: World;
  random: Random;
  /** Of the next file's content: no two versions are ever alike. */
  counter: number;
  traits: Traits;
}

/** What the repository has beside its own commits. Most have nothing: such a sequence takes twice the time. */
export interface Traits {
  /** How deep: 2 is a submodule inside a submodule. */
  submodules: 0 | 1 | 2;
  /** Where the large files are. */
  large: "" | "outside" | "inside";
}

/** By what is left of the seed after a division by 16. */
const KINDS: Record<number, Traits> = {
  1: { submodules: 1, large: "" },
  3: { submodules: 2, large: "" },
  5: { submodules: 0, large: "outside" },
  7: { submodules: 2, large: "inside" },
  9: { submodules: 1, large: "" },
  11: { submodules: 1, large: "inside" },
  13: { submodules: 0, large: "outside" },
};

/** The same for the same seed, unless git-lfs is missing. */
export function traitsOf(seed: number): Traits {
  const { submodules, large } = KINDS[seed % 16] ?? { submodules: 0, large: "" };
  return { submodules, large: large !== "" && hasGitLfs() ? large : "" };
}

/** The first is used most; the second shares the repository, so its workspace is seeded from the first. */
export const BRANCHES = ["work", "side/two"] as const;

/** Some that are ignored, some that clash as file and directory, some that nobody would choose. */
export const NAMES = [
  "a.txt",
  "b.txt",
  "c.txt",
  "dir/d.txt",
  "dir/deep/e.txt",
  "f",
  "f/below.txt",
  ".env",
  "sp ace.txt",
  "line\nbreak.txt",
  "\u00fcn\u00ef/c\u00f6d\u00e9.txt",
  "-dash",
  ":(top)magic",
  Buffer.from([0x6e, 0x6f, 0x74, 0xff, 0x75, 0x74, 0x66]).toString("latin1"),
].map((name) => (name.includes("\xff") ? name : Buffer.from(name, "utf8").toString("latin1")));

export async function createModel(seed: number): Promise<Model> {
  const plain = await createWorld();
  // In a bundle the sources do not know where they lie.
  const world = { ...plain, ctx: withSettings({ ...plain.ctx, programDir: process.cwd() }) };
  const { repo, hostHome, guestHome } = world;
  const model = {
    world,
    repo,
    hostHome,
    guestHome,
    now: 1_790_000_000,
    random: createRandom(seed),
    counter: 0,
    traits: traitsOf(seed),
  };
  for (const name of ["a.txt", "b.txt", "dir/d.txt"]) put(model, repo, name, fresh(model));
  const { submodules, large } = model.traits;
  if (large) for (const home of [hostHome, guestHome]) setUpGitLfs(home);
  if (large === "outside") addLarge(model, repo);
  if (submodules > 0) addSubmodules(model);
  git(model, repo, "add", "-A");
  git(model, repo, "commit", "-q", "-m", "base");
  put(model, repo, "c.txt", fresh(model));
  git(model, repo, "add", "-A");
  git(model, repo, "commit", "-q", "-m", "second");
  // Only a branch that is checked out has files that could follow.
  if (submodules > 0 || large) git(model, repo, "switch", "-q", "-c", BRANCHES[0]);
  return model;
}

/** The innermost first: what is above takes it as a submodule. Each is populated, and nothing asks a remote again. */
function addSubmodules(model: Model): void {
  const { hostHome, repo, traits } = model;
  const local = ["-c", "protocol.file.allow=always", "submodule", "--quiet"];
  const library = createRepository(join(hostHome, "library"));
  if (traits.submodules > 1) {
    git(model, library, ...local, "add", createRepository(join(hostHome, "inner")), SUBMODULE);
    git(model, library, "commit", "-q", "-m", "inner");
  }
  git(model, repo, ...local, "add", library, SUBMODULE);
  git(model, repo, ...local, "update", "--init", "--recursive");
  if (traits.large !== "inside") return;
  for (const place of [...submodulesOf(repo).values()].reverse()) {
    addLarge(model, place);
    git(model, place, "add", "-A");
    git(model, place, "commit", "-q", "-m", "large");
  }
}

function addLarge(model: Model, directory: string): void {
  put(model, directory, LARGE_RULE, LARGE_RULE_TEXT);
  put(model, directory, "large/one.bin", fresh(model));
}

/** Text that exists nowhere else; sometimes with other line endings. */
export function fresh(model: Model): string {
  model.counter += 1;
  const text = `version ${model.counter}\none\ntwo\nthree\n`;
  return model.random.chance(0.15) ? text.replaceAll("\n", "\r\n") : text;
}

const bytesOf = (directory: string, name: string) =>
  Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(name, "latin1")]);

/** Writes a file whose name has one character per byte, over whatever stands there; false when it cannot be. */
export function put(_: Model, directory: string, name: string, text: string): boolean {
  const path = bytesOf(directory, name);
  try {
    const slash = name.lastIndexOf("/");
    if (slash > 0) mkdirSync(bytesOf(directory, name.slice(0, slash)), { recursive: true });
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(path);
    writeFileSync(path, text);
    return true;
  } catch {
    return false;
  }
}

/** The workspace's place in the guest; undefined when the host's map or the guest has none. */
export function workspaceOf(model: Model, branch: string): string | undefined {
  const map = model.world.ctx.paths.workspaces;
  if (!existsSync(map)) return undefined;
  const all = JSON.parse(readFileSync(map, "utf8")) as { workspaces: { dir: string; branch: string }[] };
  const dir = all.workspaces.find((one) => one.branch === branch)?.dir;
  const place = dir === undefined ? undefined : join(model.guestHome, "workspace", dir);
  return place !== undefined && isRepository(place) ? place : undefined;
}

/** Nothing edits them: without the rule no file is large, and with text in the other `git status` itself fails. */
const KEPT_AS_THEY_ARE = [LARGE_RULE, ".gitmodules"];

/** Every path that git tracks there and a step may change. */
export const tracked = (model: Model, directory: string): string[] =>
  git(model, directory, "ls-files", "-z")
    .split("\0")
    .filter((path) => path !== "" && !KEPT_AS_THEY_ARE.includes(path));

export const parentOf = (model: Model, directory: string, commit: string): string =>
  ask(model, directory, "rev-parse", "--verify", "-q", `${commit}~1`);

export const pathIn = (directory: string, name: string): Buffer => bytesOf(directory, name);
export const parentDirectory = dirname;
