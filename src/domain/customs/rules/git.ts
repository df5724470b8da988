// What git itself, its hooks and its helpers take from a work tree. Pure.
import type { Rule } from "../rule.ts";

export const GIT_RULES: readonly Rule[] = [
  {
    id: "hook-folder",
    level: "AUTO",
    reason: "git runs what lies there as hooks, where core.hooksPath points to it.",
    paths: [".husky/", ".githooks/", ".git-hooks/", ".hooks/"],
    hit: ".husky/post-merge",
    miss: "packages/app/src/hooks/useCart.ts",
  },
  {
    id: "hook-manager",
    level: "AUTO",
    needs: "hook manager",
    reason: "The git hooks of this repository run what it names.",
    paths: [
      "{.,}lefthook{-local,}.{yml,yaml,toml,json}",
      ".lefthook{-local,}/",
      ".pre-commit-config.{yml,yaml}",
      ".{overcommit,pre-commit-hooks}.{yml,yaml}",
      ".simple-git-hooks.*",
    ],
    hit: ".pre-commit-config.yaml",
    miss: "docs/pre-commit-config.yaml",
  },
  {
    id: "git-attributes",
    level: "AUTO",
    needs: "git drivers",
    reason: "It says which files your filters and drivers get to work on.",
    paths: ["**/.gitattributes"],
    hit: "assets/.gitattributes",
    miss: "docs/gitattributes.md",
  },
  {
    id: "lfs-server",
    level: "AUTO",
    reason: "git-lfs sends requests, with your credentials, to where it says.",
    paths: [".lfsconfig"],
    hit: ".lfsconfig",
    miss: "docs/.lfsconfig",
  },
  {
    id: "submodule-list",
    level: "AUTO",
    reason: "git fetches from the addresses in it.",
    paths: [".gitmodules"],
    hit: ".gitmodules",
    miss: "docs/gitmodules.md",
  },
  {
    id: "bare-repository",
    level: "AUTO",
    reason: "git takes its directory for a repository and runs what the configuration beside it names.",
    // At the top the repository's own .git comes first.
    is: (_change, _active, folded) => folded.endsWith("/head"),
    hit: "fixtures/shop.git/HEAD",
    miss: "HEAD/readme.md",
  },
];
