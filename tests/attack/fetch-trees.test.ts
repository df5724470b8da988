// Commits with trees that git itself would not make: names that a checkout would follow into .git or out of the work
// tree. They do not get into the host's repository at all.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { git } from "../integration/guest.ts";
import { scene, setStage } from "./fetch-scene.ts";
import type { Ground } from "./git-host.ts";

setStage();

interface Entry {
  mode: string;
  name: string;
  oid: string;
}
/** A commit whose tree git itself would not make. */
function crafted({ at }: Ground, entries: (blob: (text: string) => string, tree: string) => Entry[]): void {
  const hash = (type: string, input: string | Buffer) =>
    spawnSync("git", ["-C", at, "hash-object", "-t", type, "-w", "--literally", "--stdin"], { input })
      .stdout.toString()
      .trim();
  const blob = (text: string) => hash("blob", text);
  const inner = hash("tree", treeOf([{ mode: "100755", name: "post-checkout", oid: blob("#!/bin/sh\n") }]));
  const tree = hash("tree", treeOf(entries(blob, inner)));
  const tip = git(at, "commit-tree", "-p", "refs/heads/work", "-m", "crafted", tree);
  git(at, "update-ref", "refs/heads/work", tip);
}
const treeOf = (entries: Entry[]) =>
  Buffer.concat(
    entries.map(({ mode, name, oid }) =>
      Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, "hex")]),
    ),
  );

const TREES: [name: string, says: RegExp, (blob: (text: string) => string, tree: string) => Entry[]][] = [
  ...[".git", ".GIT", "git~1", ".g\u200cit"].map((name): (typeof TREES)[number] => [
    JSON.stringify(name).replace("\u200c", "\\u200c"),
    /hasDotgit/,
    (_, oid) => [{ mode: "40000", name, oid }],
  ]),
  ['".."', /hasDotdot/, (_, oid) => [{ mode: "40000", name: "..", oid }]],
  ['"../../evil"', /fullPathname/, (blob) => [{ mode: "100644", name: "../../evil", oid: blob("x") }]],
  [
    "a name twice",
    /duplicateEntries/,
    (blob) => ["1", "2"].map((text) => ({ mode: "100644", name: "a", oid: blob(text) })),
  ],
  [
    "a submodule address that is an option",
    /gitmodulesUrl/,
    (blob) => {
      const text = '[submodule "x"]\n\tpath = x\n\turl = --upload-pack=touch\n';
      return [{ mode: "100644", name: ".gitmodules", oid: blob(text) }];
    },
  ],
  [
    "a link in place of .gitmodules",
    /gitmodulesSymlink/,
    (blob) => [{ mode: "120000", name: ".gitmodules", oid: blob("/etc/passwd") }],
  ],
];
for (const [name, says, entries] of TREES) {
  scene(`a tree with ${name}`, {
    guard: "fetch.fsckObjects",
    plant: (ground) => crafted(ground, entries),
    off: { args: ["fetch.fsckObjects=true"] },
    refused: says,
    // The commit got in.
    fired: ({ repo, at }) => {
      const tip = git(at, "rev-parse", "refs/heads/work");
      return spawnSync("git", ["-C", repo, "cat-file", "-e", tip]).status === 0;
    },
  });
}

/** So much that it comes as a file that goes on where it broke off, before git's own fetch. */
const MUCH = 17 * 1024 * 1024;

scene("a tree with .git in a pack that comes ahead", {
  guard: "receive.fsckObjects",
  plant: (ground) => {
    git(ground.at, "config", "core.compression", "0");
    crafted(ground, (blob, oid) => [
      { mode: "40000", name: ".git", oid },
      { mode: "100644", name: "big.txt", oid: blob(randomBytes((MUCH / 4) * 3).toString("base64")) },
    ]);
  },
  off: { args: ["receive.fsckObjects=true"] },
  refused: /hasDotgit/,
  fired: ({ repo, at }) =>
    spawnSync("git", ["-C", repo, "cat-file", "-e", git(at, "rev-parse", "refs/heads/work")]).status === 0,
});
