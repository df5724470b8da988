// Submodules of a hostile workspace come home: nothing of theirs runs on the host, and no name leads anywhere else.
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../../src/context.ts";
import { holderOf, hostCloneOf } from "../../src/domain/submodules/host-clone.ts";
import { findRepository } from "../../src/domain/workspace/repository.ts";
import { commit, createRepository, git } from "../integration/guest.ts";
import { fetch, scene, setStage } from "./fetch-scene.ts";
import { type Ground, without } from "./git-host.ts";
import { executable } from "./host-traps.ts";

setStage();

const LOCAL = ["-c", "protocol.file.allow=always"];

/** A submodule `lib`, populated on both sides. */
function plantLibrary({ home, repo, at }: Ground): void {
  const library = createRepository(join(home, "library"));
  git(repo, ...LOCAL, "submodule", "add", "-q", library, "lib");
  git(repo, "commit", "-q", "-m", "lib");
  git(at, "pull", "-q", repo, "work");
  git(at, ...LOCAL, "submodule", "update", "-q", "--init");
}

function work({ at }: Ground, files: Record<string, string>): void {
  commit(join(at, "lib"), files);
  git(at, "commit", "-q", "-a", "-m", "lib");
}

scene("a hook in a submodule's tree", {
  guard: "core.hooksPath",
  plant: (ground) => {
    plantLibrary(ground);
    git(join(ground.repo, "lib"), "config", "core.hooksPath", ".husky");
    commit(join(ground.at, "lib"), { ".husky/post-index-change": "" });
    executable(join(ground.at, "lib/.husky/post-index-change"), `touch '${ground.canary}'`);
    work(ground, { ".husky/post-index-change": `#!/bin/sh\ntouch '${ground.canary}'\n` });
    // It lies there from the first fetch on, and springs at the second.
  },
  off: async ({ ctx, ...ground }) => {
    const bare = without(ctx, { args: ["core.hooksPath=/dev/null"] });
    await fetch(bare);
    work({ ctx, ...ground }, { "a.txt": "1\n" });
    await fetch(bare);
  },
  on: async (ground) => {
    await fetch(ground.ctx);
    work(ground, { "a.txt": "1\n" });
    await fetch(ground.ctx);
  },
});

const FILTERS = "^filter\\..*\\.(smudge|process|clean)$";

scene("a submodule's attributes that name a filter of the user's", {
  guard: "files that a filter would change stay",
  plant: (ground) => {
    plantLibrary(ground);
    executable(join(ground.home, "filter.sh"), `touch '${ground.canary}'; cat`);
    appendFileSync(
      join(ground.home, ".gitconfig"),
      `[filter "x"]\n\tsmudge = '${join(ground.home, "filter.sh")}'\n`,
    );
    work(ground, { ".gitattributes": "*.txt filter=x\n", "a.txt": "1\n" });
  },
  off: {
    change: (argv, options) => [argv.map((word) => (word === FILTERS ? "^none$" : word)), options],
  },
});

const OUT = "../../../victim/.git";

/** Makes the canary when a program gets to know of the other repository. */
const watching = ({ ctx, home, canary }: Ground): Context => {
  const victim = join(home, "victim");
  const run: Context["run"] = (argv, options) => {
    if (JSON.stringify([argv, options?.env]).includes(victim)) writeFileSync(canary, "");
    return ctx.run(argv, options);
  };
  return { ...ctx, run };
};

scene("a submodule whose name leads to another repository of the host", {
  guard: "the rule for names",
  plant: ({ home, at }) => {
    const victim = createRepository(join(home, "victim"));
    const oid = git(victim, "rev-parse", "HEAD");
    git(at, "update-index", "--add", "--cacheinfo", `160000,${oid},lib`);
    commit(at, { ".gitmodules": `[submodule "${OUT}"]\n\tpath = lib\n\turl = ./lib\n` });
  },
  off: async (ground) => {
    const ctx = watching(ground);
    const holder = await holderOf(ctx, await findRepository(ctx));
    await hostCloneOf(ctx, holder, { name: OUT, path: "lib", oid: "1".repeat(40) });
  },
  // git's own check of objects refuses such a name, too: here it is left out.
  on: (ground) => fetch(without(watching(ground), { args: ["fetch.fsckObjects=true"] })),
});
