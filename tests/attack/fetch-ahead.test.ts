// A pack that comes ahead of a fetch is another one than was asked for: nothing of it stays, and git's own fetch decides.
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { commit, git } from "../integration/guest.ts";
import { scene, setStage } from "./fetch-scene.ts";
import type { Ground } from "./git-host.ts";

setStage();

const MUCH = 17 * 1024 * 1024;

/** The branch has so much that it comes ahead. */
function plantMuch({ at }: Ground): void {
  git(at, "config", "core.compression", "0");
  writeFileSync(join(at, "big.bin"), randomBytes(MUCH));
  commit(at, { "small.txt": "s\n" });
  git(at, "add", "-A");
  git(at, "commit", "-q", "-m", "big");
}

/** A commit that nobody asked for, in a pack that is right. */
function other({ at }: Ground): { oid: string; pack: Buffer } {
  const oid = git(at, "commit-tree", "-m", "other", git(at, "rev-parse", "HEAD~1^{tree}"));
  const pack = execFileSync("git", ["-C", at, "pack-objects", "--stdout", "--revs", "-q"], {
    input: `${oid}\n`,
  });
  return { oid, pack };
}
const framed = (pack: Buffer, bytes = pack.length) =>
  Buffer.concat([Buffer.from(`${pack.subarray(-20).toString("hex")} ${bytes} 0\n`), pack]);

const planted = new Map<string, ReturnType<typeof other>>();

scene("another commit's pack ahead of a fetch", {
  guard: "git's quarantine",
  plant: (ground) => {
    plantMuch(ground);
    const made = other(ground);
    planted.set(ground.repo, made);
    ground.gives(framed(made.pack));
  },
  // What a reader would do that takes any pack that is whole.
  off: ({ repo }) =>
    spawnSync("git", ["-C", repo, "index-pack", "--stdin"], { input: planted.get(repo)?.pack ?? "" }),
  fired: ({ repo }) =>
    spawnSync("git", ["-C", repo, "cat-file", "-e", planted.get(repo)?.oid ?? ""]).status === 0,
});
