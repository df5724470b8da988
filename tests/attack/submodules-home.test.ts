// Submodules of a hostile workspace come home: nothing of the host's runs on their bytes.
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { commit, createRepository, git } from "../integration/guest.ts";
import { scene, setStage } from "./fetch-scene.ts";
import type { Ground } from "./git-host.ts";
import { executable } from "./host-traps.ts";

setStage();

const LOCAL = ["-c", "protocol.file.allow=always"];

/** A submodule `lib`, populated on both sides. */
function plantLibrary({ home, repo, at }: Ground): void {
  const library = join(home, "library");
  if (!existsSync(library)) createRepository(library);
  git(repo, ...LOCAL, "submodule", "add", "-q", library, "lib");
  git(repo, "commit", "-q", "-m", "lib");
  git(at, "pull", "-q", repo, "work");
  git(at, ...LOCAL, "submodule", "update", "-q", "--init");
}

function work({ at }: Ground, files: Record<string, string>): void {
  commit(join(at, "lib"), files);
  git(at, "commit", "-q", "-a", "-m", "lib");
}

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
