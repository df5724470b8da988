// What must not be restored is refused, and what was interrupted goes on.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { saveDirectoryAsTar } from "../../src/domain/sync/save/save-other.ts";
import { listSaves, saveDirectory, writeSave } from "../../src/domain/vault/records.ts";
import type { Save } from "../../src/domain/vault/save.ts";
import { vaultPath } from "../../src/domain/vault/vault.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { EXIT, Interrupted } from "../../src/errors.ts";
import { commit, createWorld, git, read, refused, type World, write } from "./guest.ts";
import { remove, save, seen, shell } from "./saving.ts";

let world: World;
let at: string;
beforeEach(async () => {
  world = await createWorld();
  await pushToWorkspace(world.ctx, "work");
  at = world.at("shop-work");
});
afterEach(() => world.remove());

const again = () => restore(world.ctx, { branch: "work" });
const workspaces = () => readdirSync(join(world.guestHome, "workspace")).sort();

/** A workspace with a commit, a tar and a stash, saved and gone. */
async function gone(): Promise<{ before: ReturnType<typeof seen>; made: Save }> {
  commit(at, { "a.txt": "1\n" });
  write(at, "a.txt", "stashed\n");
  git(at, "stash", "-q");
  write(at, "new.txt", "n\n");
  write(at, "nested/f", "f\n");
  git(join(at, "nested"), "init", "-q");
  commit(join(at, "nested"), { f: "inside\n" });
  const before = seen(at);
  const made = await save(world);
  await remove(world);
  return { before, made };
}

describe("it is refused", () => {
  test("when nothing was saved, or nothing of that name", async () => {
    for (const asked of [
      { branch: "work" },
      { save: "nonsense" },
      { branch: "work", save: "20260101-000000-0000" },
      {},
    ]) {
      const error = await refused(restore(world.ctx, asked));
      expect(error.exit).toBe(EXIT.usage);
      expect(error.hint).toContain("agent-vm trash list");
    }
  });

  test("when the branch has a workspace, with a way to look at the save", async () => {
    write(at, "new.txt", "saved\n");
    const { id } = await save(world, "wip");
    write(at, "new.txt", "newer\n");
    const before = seen(at);
    const error = await refused(again());
    expect(error.exit).toBe(EXIT.refused);
    expect(error.hint).toContain("agent-vm clean work");
    const command = error.details.find((line) => line.startsWith("See"))?.replace("See what it holds: ", "");
    expect(shell(world.repo, command ?? "false")).toContain("new.txt");
    expect(error.details.join()).toContain(id);
    expect(seen(at)).toEqual(before);
    expect(workspaces()).toEqual(["shop-work"]);
  });

  test("when a deletion was interrupted: what was on its way out is put back", async () => {
    await save(world);
    write(at, "newer.txt", "after the save\n");
    renameSync(at, world.at(".agent-vm.leaving.shop-work"));
    const error = await refused(again());
    expect(error.exit).toBe(EXIT.refused);
    expect(error.message).toContain("interrupted");
    expect(read(at, "newer.txt")).toBe("after the save\n");
    expect(workspaces()).toEqual(["shop-work"]);
  });

  const damages: [string, (made: Save) => void][] = [
    [
      "a piece with another checksum",
      (made) => {
        const path = join(saveDirectory(world.ctx, made), "files.tar");
        const bytes = readFileSync(path);
        bytes[600] = (bytes[600] ?? 0) ^ 1;
        writeFileSync(path, bytes);
      },
    ],
    ["a missing piece", (made) => rmSync(join(saveDirectory(world.ctx, made), "files.tar"))],
    [
      "a missing reference",
      (made) =>
        git(vaultPath(world.ctx, made.repoId).gitDir, "update-ref", "-d", `refs/saves/${made.id}/own/tree`),
    ],
    [
      "a damaged object",
      (made) => {
        const { gitDir } = vaultPath(world.ctx, made.repoId);
        const packs = join(gitDir, "objects/pack");
        for (const name of readdirSync(packs).filter((one) => one.endsWith(".pack"))) {
          const bytes = readFileSync(join(packs, name)).fill(0, 20, 60);
          rmSync(join(packs, name));
          writeFileSync(join(packs, name), bytes);
        }
      },
    ],
  ];
  test.each(damages)("and said to be damaged: %s", async (_name, damage) => {
    const { made } = await gone();
    damage(made);
    const error = await refused(again());
    expect(error.message).toContain("damaged");
    expect(error.details.length).toBeGreaterThan(0);
    expect(workspaces()).toEqual([]);
  });
});

describe("it goes on", () => {
  /** A context whose command dies at the n-th program that speaks to the VM: before it runs, or after. */
  function dying(count: number, after: boolean) {
    const end = new AbortController();
    let calls = 0;
    const run: typeof world.ctx.run = async (argv, options) => {
      const speaks = argv.includes("push") || argv[0] === "ssh";
      if (end.signal.aborted) throw new Interrupted();
      if (!speaks || ++calls < count) return world.ctx.run(argv, options);
      if (after) await world.ctx.run(argv, options);
      end.abort();
      throw new Interrupted();
    };
    return { ctx: { ...world.ctx, run, signal: end.signal }, done: () => calls < count };
  }

  test("after it was ended at any step", async () => {
    const { before } = await gone();
    let steps = 0;
    for (let count = 1; ; count += 1) {
      const one = dying(count, count % 2 === 0);
      const worked = await restore(one.ctx, { branch: "work" }).then(
        () => true,
        (error: unknown) => {
          if (!(error instanceof Interrupted)) throw error;
          return false;
        },
      );
      if (worked) break;
      steps += 1;
      if (existsSync(at)) {
        // Ended right after the last step.
        expect(seen(at)).toEqual(before);
        rmSync(at, { recursive: true });
        continue;
      }
      await again();
      expect(seen(at)).toEqual(before);
      expect(workspaces()).toEqual(["shop-work"]);
      rmSync(at, { recursive: true });
    }
    expect(steps).toBeGreaterThanOrEqual(5);
  }, 120_000);

  test("after the connection was cut", async () => {
    const { before } = await gone();
    const run: typeof world.ctx.run = async (argv, options) => {
      if (argv.includes("push")) world.stopGuest();
      return world.ctx.run(argv, options);
    };
    const error = await refused(restore({ ...world.ctx, run }, { branch: "work" }));
    expect(error.exit).toBe(EXIT.notReady);
    await world.startGuest();
    await again();
    expect(seen(at)).toEqual(before);
    expect(workspaces()).toEqual(["shop-work"]);
  });
});

describe("what belongs to no repository", () => {
  /** A repository of the agent's own, kept as `destroy` keeps it; names are bytes. */
  async function kept(path: string): Promise<Save> {
    const place = placeOf(path);
    shell(
      world.guestHome,
      `mkdir -p "$(printf '${escaped(path)}')"; cd "$(printf '${escaped(path)}')"; echo f >file.txt; git init -q; git -c user.name=A -c user.email=a@b commit -q --allow-empty -m x`,
    );
    expect(existsSync(place)).toBe(true);
    const other = { path, title: `~/${path}`, bytes: 1000 };
    return (await saveDirectoryAsTar(world.ctx, await world.ctx.target(), other)).save;
  }
  const escaped = (path: string) =>
    [...Buffer.from(path, "latin1")].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  const placeOf = (path: string) => Buffer.from(`${world.guestHome}/${path}`, "latin1");
  const names = (directory: string) => readdirSync(directory).sort();

  test.each(["workspace/mystery", "some where/.deep/tool", "tool", "odd/\xff"])(
    "comes back below the home: %s",
    async (path) => {
      const made = await kept(path);
      const top = path.split("/")[0] ?? "";
      const error = await refused(restore(world.ctx, { save: made.id }));
      expect(error.exit).toBe(EXIT.refused);
      rmSync(placeOf(path), { recursive: true });
      if (top !== path && top !== "workspace") rmSync(join(world.guestHome, top), { recursive: true });
      await restore({ ...world.ctx, cwd: "/" }, { save: made.id });
      const file = Buffer.concat([placeOf(path), Buffer.from("/file.txt")]);
      expect(readFileSync(file, "utf8")).toBe("f\n");
      expect(existsSync(Buffer.concat([placeOf(path), Buffer.from("/.git/HEAD")]))).toBe(true);
      expect(names(world.guestHome).filter((one) => one.startsWith(".agent-vm"))).toEqual([]);
      expect((await refused(restore(world.ctx, { save: made.id }))).exit).toBe(EXIT.refused);
      expect(await listSaves(world.ctx)).toHaveLength(1);
    },
  );

  test("never outside of the home", async () => {
    const made = await kept("workspace/mystery");
    mkdirSync(join(world.guestHome, "in"));
    await writeSave(world.ctx, { ...made, dir: "in/../../out" });
    await refused(restore(world.ctx, { save: made.id }));
    expect(existsSync(join(world.guestHome, "../out"))).toBe(false);
  });
});
