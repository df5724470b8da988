// What in incoming commits could run or deceive by what a file is, wherever it lies: kind, name, size, content. Pure.
import { hidesCharacters, isDisguisedGit, isOddOnWindows, leavesRepository } from "./odd-names.ts";
import type { Change, Rule } from "./rule.ts";

export const MAX_SIZE = 10 * 1024 * 1024;
export const LINK = "120000";
export const GITLINK = "160000";
const EXECUTABLE = "100755";
const wasNot = (change: Change, mode: string) => change.before.every((one) => one.mode !== mode);

export const FILE_RULES: readonly Rule[] = [
  {
    id: "named-by-git",
    level: "AUTO",
    reason: "Your git configuration names it, so git runs or reads it.",
    is: ({ mode }, { named }, path) =>
      named.some(
        (one) =>
          one === path ||
          `${path}/` === one ||
          (one.endsWith("/") && path.startsWith(one)) ||
          (mode === LINK && one.startsWith(`${path}/`)),
      ),
    hit: { path: "tools/git-hooks/pre-push", named: ["tools/git-hooks/"] },
    miss: { path: "src/hooks/useUser.ts", named: ["tools/git-hooks/"] },
  },
  {
    id: "submodule-new",
    level: "AUTO",
    reason: "A new submodule: code from elsewhere that is not part of these commits.",
    is: (change) => change.mode === GITLINK && wasNot(change, GITLINK),
    hit: { path: "vendor/lib", mode: GITLINK },
    miss: { path: "vendor/lib", mode: GITLINK, before: [{ mode: GITLINK, oid: "1".repeat(40) }] },
  },
  {
    id: "link-outside",
    level: "AUTO",
    reason: "A link that leads out of the work tree: what is written or read there is yours.",
    is: ({ path, target }) => target !== undefined && leavesRepository(path, target),
    hit: { path: "docs/latest", mode: LINK, target: "../../.ssh/config" },
    miss: { path: "docs/latest", mode: LINK, target: "../README.md" },
  },
  {
    id: "submodule-moved",
    level: "BUILD",
    reason: "A submodule at another commit, which is not part of these commits.",
    is: (change) => change.mode === GITLINK,
    hit: { path: "vendor/lib", mode: GITLINK, before: [{ mode: GITLINK, oid: "1".repeat(40) }] },
    miss: "vendor/lib/README.md",
  },
  {
    id: "executable",
    level: "EXEC",
    reason: "It can be started as a program now.",
    is: (change) => change.mode === EXECUTABLE && wasNot(change, EXECUTABLE),
    hit: { path: "scripts/release.sh", mode: EXECUTABLE },
    miss: { path: "scripts/release.sh", mode: EXECUTABLE, before: [{ mode: EXECUTABLE, oid: "" }] },
  },
  {
    id: "git-in-disguise",
    level: "NAME",
    asks: true,
    reason: "Some file system takes that name for one of git's own.",
    is: ({ path }) => isDisguisedGit(path),
    hit: ".g\u00e2\u0080\u008cit/hooks/post-checkout",
    miss: "src/.gitkeep",
  },
  {
    id: "hidden-characters",
    level: "NAME",
    reason: "The name holds characters that cannot be seen.",
    is: ({ path }) => hidesCharacters(path),
    hit: "src/invoice\u00e2\u0080\u00aefdp.sh",
    miss: "docs/\u00c3\u00bcbersicht.md",
  },
  {
    id: "same-name",
    level: "NAME",
    reason: "Some file systems take it for another file of the tree.",
    is: ({ collides }) => collides !== undefined,
    hit: { path: "src/App.ts", collides: "src/app.ts" },
    miss: "src/app.ts",
  },
  {
    id: "windows-name",
    level: "NAME",
    reason: "Windows takes that name for another path or a device.",
    is: ({ path }) => isOddOnWindows(path),
    hit: "src/aux.c",
    miss: "src/auxiliary.c",
  },
  {
    id: "large-file",
    level: "SIZE",
    reason: "More than 10 MB.",
    is: ({ size }) => size !== undefined && size > MAX_SIZE,
    hit: { path: "assets/intro.mp4", size: MAX_SIZE + 1 },
    miss: { path: "assets/intro.mp4", size: MAX_SIZE },
  },
  {
    id: "hidden-order",
    level: "TEXT",
    reason: "Characters in it turn the order of the text that you see.",
    is: ({ hidden }) => hidden === "bidi",
    hit: { path: "src/login.ts", hidden: "bidi" },
    miss: "src/login.ts",
  },
  {
    id: "terminal-escape",
    level: "TEXT",
    reason: "Shown as it is, it would command your terminal.",
    is: ({ hidden }) => hidden === "escape",
    hit: { path: "notes.txt", hidden: "escape" },
    miss: "notes.txt",
  },
];
