// What package managers, compilers and shells read at every call. Pure.
import type { Rule } from "../rule.ts";

export const TOOL_RULES: readonly Rule[] = [
  {
    id: "package-manager",
    level: "AUTO",
    reason: "npm, yarn, pnpm and bun run what it names at any call, also without install scripts.",
    paths: [
      ".npmrc",
      ".yarnrc{.yml,}",
      ".yarn/{releases,plugins}/",
      ".pnpmfile.{c,m,}js",
      ".pnp{.loader,}.{c,m,}js",
      "bunfig.toml",
    ],
    hit: ".yarnrc.yml",
    miss: "packages/ui/.npmrc",
  },
  {
    id: "toolchain",
    level: "AUTO",
    reason: "The compiler's launcher runs or fetches what it names at any call.",
    paths: [
      ".cargo/config{.toml,}",
      "rust-toolchain{.toml,}",
      "gradlew{.bat,}",
      "gradle/wrapper/",
      "mvnw{.cmd,}",
      ".mvn/",
      ".bazelrc",
      "tools/bazel",
      ".bundle/config",
    ],
    hit: "gradle/wrapper/gradle-wrapper.properties",
    miss: "crates/cli/src/config.toml",
  },
  {
    id: "mise",
    level: "AUTO",
    needs: "mise",
    reason: "mise runs its hooks and sources when a shell enters the folder.",
    paths: ["{.,}mise{.local,}.toml", "{.,}mise/", ".config/mise.toml", ".config/mise/"],
    hit: "mise.toml",
    miss: "docs/mise.toml",
  },
  {
    id: "shell-environment",
    level: "BUILD",
    reason: "A shell or tool that enters the folder may take variables and programs from it.",
    paths: ["{.envrc,.env,.env.*,.tool-versions,flake.nix,flake.lock,shell.nix,devbox.json,.nvmrc}"],
    hit: ".envrc",
    miss: "docs/env.md",
  },
];
