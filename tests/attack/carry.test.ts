// Carried files: what lies in a repository that was fetched tries to take more of the host along, and a hostile guest to
// write elsewhere, or to have the only copy deleted. Without the guard a plain program does the same work.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Context } from "../../src/context.ts";
import { cargoFor } from "../../src/domain/carry/cargo.ts";
import { lookAtCarried } from "../../src/domain/carry/look.ts";
import { readBelow } from "../../src/domain/carry/read-file.ts";
import { noteCarried } from "../../src/domain/carry/record.ts";
import { sendCarried } from "../../src/domain/carry/send.ts";
import { isSafe } from "../../src/domain/carry/state.ts";
import { settingsSchema } from "../../src/domain/settings.ts";
import { parseObservation } from "../../src/domain/sync/parse.ts";
import type { Branch } from "../../src/domain/workspace/branch.ts";
import { findRepository } from "../../src/domain/workspace/repository.ts";
import { UserError } from "../../src/errors.ts";
import { run } from "../../src/io/run.ts";
import { commit, createContext, createRepository, git, write } from "../integration/guest.ts";
import { attack } from "./attacks.ts";

interface Scene {
  ctx: Context;
  repo: string;
  /** Beside the repository, with a file "secret.yml". */
  outside: string;
  /** The guest's home, and the workspace in it. */
  home: string;
  workspace: string;
}

const SECRET = "the host's own\n";

async function onScene(play: (scene: Scene) => Promise<boolean>): Promise<boolean> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "av-carry-")));
  try {
    const [hostHome, outside, home] = ["host", "outside", "guest"].map((name) => join(base, name)) as [
      string,
      string,
      string,
    ];
    for (const directory of [hostHome, outside, home]) mkdirSync(directory);
    write(outside, "secret.yml", SECRET);
    const repo = createRepository(join(hostHome, "shop"));
    commit(repo, { ".gitignore": ".env*\n/config/\n/.GIT/\n" });
    const workspace = join(home, "workspace/shop-work");
    execFileSync("git", ["clone", "-q", repo, workspace], { stdio: "ignore" });
    const target = { configFile: "/dev/null", alias: "none", adminAlias: "none" };
    const ctx = createContext({ hostHome, repo, said: [], target });
    return await play({ ctx, repo, outside, home, workspace });
  } finally {
    spawnSync("chmod", ["-R", "u+rwX", base]);
    rmSync(base, { recursive: true, force: true });
  }
}

const granting = (ctx: Context, carry: string[]): Context => ({
  ...ctx,
  settings: settingsSchema.parse({ workspace: { carry } }),
});

async function cargoOf(ctx: Context, repo: string, projectFile = false) {
  const branch = { name: "main", oid: git(repo, "rev-parse", "HEAD"), created: false } as unknown as Branch;
  return (await cargoFor(ctx, { repo: await findRepository(ctx), branch }, projectFile))?.files ?? [];
}

const LINKS = "carry: links of the host";

/** `glob`: the files as a shell would find them. */
const leaks =
  (plant: (scene: Scene) => void, carry: string, glob = carry) =>
  (guarded: boolean) =>
    onScene(async (scene) => {
      plant(scene);
      const { ctx, repo } = scene;
      if (guarded) {
        const files = await cargoOf(granting(ctx, [carry]), repo);
        return files.some(({ bytes }) => bytes.toString() === SECRET);
      }
      return spawnSync("sh", ["-c", `cat ${glob}`], { cwd: repo, encoding: "utf8" }).stdout.includes(SECRET);
    });

attack("a commit that was fetched makes the granted directory a link out of the repository", {
  guard: LINKS,
  play: leaks(({ repo, outside }) => {
    symlinkSync(outside, join(repo, "config"));
    git(repo, "add", "-f", "config");
    git(repo, "commit", "-qm", "link");
  }, "config/*.yml"),
});

attack("a link in a granted directory leads to a file of the host", {
  guard: LINKS,
  play: leaks(({ repo, outside }) => {
    mkdirSync(join(repo, "config"));
    symlinkSync(join(outside, "secret.yml"), join(repo, "config/a.yml"));
  }, "config/*.yml"),
});

attack("a directory above a carried file becomes a link after it was found", {
  guard: LINKS,
  play: (guarded) =>
    onScene(async ({ repo, outside }) => {
      write(repo, "config/secret.yml", "granted");
      renameSync(join(repo, "config"), join(repo, "config.was"));
      symlinkSync(outside, join(repo, "config"));
      if (!guarded) return readFileSync(join(repo, "config/secret.yml"), "utf8") === SECRET;
      return typeof (await readBelow(repo, "config/secret.yml", 1000)) !== "string";
    }),
});

attack("another repository inside gives its ignored files", {
  guard: "carry: other repositories",
  play: leaks(({ repo }) => {
    createRepository(join(repo, "config/inner"));
    write(repo, "config/inner/.env", SECRET);
  }, "config/inner/.env"),
});

attack("git's own directory in another case is taken for the workspace's", {
  guard: "carry: .git",
  play: leaks(({ repo }) => write(repo, ".GIT/hooks/post-checkout", SECRET), ".GI*/hooks/*"),
});

attack("a pattern leads out of the repository", {
  guard: "carry: patterns",
  play: (guarded) =>
    onScene(async ({ ctx, repo, outside }) => {
      const pattern = "../../outside/secret.yml";
      if (!guarded) return readFileSync(join(repo, pattern), "utf8") === SECRET && existsSync(outside);
      try {
        granting(ctx, [pattern]);
        return true;
      } catch {
        return false;
      }
    }),
});

for (const yes of [false, true]) {
  attack(`a project's file takes what it asks for, off a terminal${yes ? " with --yes" : ""}`, {
    guard: "carry: the user alone grants",
    play: (guarded) =>
      onScene(async ({ ctx, repo }) => {
        write(repo, ".env", SECRET);
        commit(repo, { ".agent-vm.yaml": "workspace: {carry: ['.env']}\n" });
        const of = { ...ctx, flags: { yes } };
        const files = await cargoOf(guarded ? of : granting(of, [".env"]), repo, guarded);
        return files.length > 0;
      }),
  });
}

attack("an ask that was agreed to once is changed to another one", {
  guard: "carry: the user alone grants",
  play: (guarded) =>
    onScene(async ({ ctx, repo }) => {
      write(repo, ".env", "sandbox");
      write(repo, "config/real.yml", SECRET);
      const ask = (...carry: string[]) =>
        commit(repo, { ".agent-vm.yaml": JSON.stringify({ workspace: { carry } }) });
      const answering = (answer: boolean): Context => ({
        ...ctx,
        confirm: { possible: true, ask: async () => answer },
      });
      ask(".env");
      await cargoOf(answering(true), repo, true);
      ask(".env", "config/*.yml");
      // Without the guard the agreement counts for whatever the file says.
      const files = await cargoOf(answering(!guarded), repo, true);
      return files.some(({ bytes }) => bytes.toString() === SECRET);
    }),
});

/** ssh as a local program, whose home is the guest's. */
const inGuest = ({ ctx, home }: Scene): Context => ({
  ...ctx,
  run: (argv, options) =>
    argv[0] === "ssh"
      ? run(["sh", "-c", argv.at(-1) ?? ""], { ...options, env: { ...process.env, HOME: home } as never })
      : run(argv, options),
});

const PATH = "config/a.yml";
const CONTENT = "carried\n";

async function send(scene: Scene, guarded: boolean, path = PATH): Promise<void> {
  const bytes = Buffer.from(CONTENT);
  if (guarded) {
    const file = { path, mode: 0o600, bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
    const what = { dir: "shop-work", top: scene.repo, files: [file], before: undefined, replace: true };
    await sendCarried(inGuest(scene), await scene.ctx.target(), what).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
    });
    return;
  }
  write(join(scene.home, "from"), path, CONTENT);
  execFileSync("sh", ["-c", 'tar -cf - "$1" | tar -xf - -C "$2"', "sh", path, scene.workspace], {
    cwd: join(scene.home, "from"),
  });
}

test("the call that is attacked below places the file where nothing is planted", async () => {
  const placed = await onScene(async (scene) => {
    await send(scene, true);
    return readFileSync(join(scene.workspace, PATH), "utf8") === CONTENT;
  });
  expect(placed).toBe(true);
});

const PLACES = "carry: links of the guest";
const lands =
  (plant: (scene: Scene) => void, path = PATH) =>
  (guarded: boolean) =>
    onScene(async (scene) => {
      plant(scene);
      await send(scene, guarded, path);
      return existsSync(join(scene.outside, "a.yml")) || existsSync(join(scene.outside, PATH));
    });

attack("the guest has a link in the place of a directory", {
  guard: PLACES,
  play: lands(({ workspace, outside }) => symlinkSync(outside, join(workspace, "config"))),
});

attack("the guest has a link in the place of the workspace", {
  guard: PLACES,
  play: lands(({ workspace, outside }) => {
    renameSync(workspace, `${workspace}.was`);
    createRepository(outside);
    write(outside, ".git/info/exclude", "/config/\n");
    mkdirSync(join(outside, "config"));
    symlinkSync(outside, workspace);
  }),
});

attack("the guest has a link in the place of a file, to be written through", {
  guard: PLACES,
  play: (guarded) =>
    onScene(async (scene) => {
      const { workspace, outside } = scene;
      mkdirSync(join(workspace, "config"));
      symlinkSync(join(outside, "secret.yml"), join(workspace, PATH));
      if (guarded) await send(scene, true);
      else writeFileSync(join(workspace, PATH), CONTENT);
      return readFileSync(join(outside, "secret.yml"), "utf8") !== SECRET;
    }),
});

attack("the guest's list of ignored paths is a link to a file elsewhere", {
  guard: PLACES,
  play: (guarded) =>
    onScene(async (scene) => {
      const { workspace, outside } = scene;
      const exclude = join(workspace, ".git/info/exclude");
      rmSync(exclude, { force: true });
      symlinkSync(join(outside, "secret.yml"), exclude);
      if (guarded) await send(scene, true);
      else writeFileSync(exclude, "/config/a.yml\n", { flag: "a" });
      return readFileSync(join(outside, "secret.yml"), "utf8") !== SECRET;
    }),
});

attack("the guest has a repository of its own in the place of a directory", {
  guard: "carry: other repositories",
  play: (guarded) =>
    onScene(async (scene) => {
      createRepository(join(scene.workspace, "config"));
      await send(scene, guarded);
      return lstatSync(join(scene.workspace, PATH), { throwIfNoEntry: false }) !== undefined;
    }),
});

const OID = "0".repeat(40);
const says = (claim: string) =>
  parseObservation(
    ["=closed", "=mark", "id", "=head", OID, "=carried", claim, "=status", "=done", ""].join("\0"),
  );

attack("a guest says of the only copy that it is as it was sent", {
  guard: "carry: the guest's word",
  play: (guarded) =>
    onScene(async ({ ctx, repo }) => {
      const sha256 = createHash("sha256").update(SECRET).digest("hex");
      const files = [{ path: ".env", sha256, bytes: SECRET.length }];
      await noteCarried(ctx, "shop-work", { version: 1, top: repo, files, kept: [] });
      const seen = says(`${sha256} .env`);
      // Without the guard the guest's word alone decides.
      if (!guarded) return seen.carried.every(({ sum }) => sum === sha256);
      return (await lookAtCarried(ctx, "shop-work", seen)).every(isSafe);
    }),
});

attack("a guest names another file in the place of the one that was carried", {
  guard: "carry: the guest's word",
  play: (guarded) =>
    onScene(async ({ ctx, repo }) => {
      write(repo, ".env", SECRET);
      const sha256 = createHash("sha256").update(SECRET).digest("hex");
      const files = [{ path: ".env", sha256, bytes: SECRET.length }];
      await noteCarried(ctx, "shop-work", { version: 1, top: repo, files, kept: [] });
      const seen = says(`${sha256} other`);
      if (!guarded) return seen.carried.every(({ sum }) => sum === sha256);
      return (await lookAtCarried(ctx, "shop-work", seen)).every(isSafe);
    }),
});
