// Which names of packages are taken, and which would be something else to a package manager.
import { describe, expect, test } from "vitest";
import { mergePackages, packagesSchema } from "../../../src/domain/package-names.ts";

const taken = (kind: "apt" | "npm" | "python", name: string) =>
  packagesSchema.safeParse({ [kind]: [name] }).success;

describe("Debian", () => {
  test.each(["g++", "libstdc++6", "python3.13-dev", "0ad", "php8.4-cli"])("%s", (name) =>
    expect(taken("apt", name)).toBe(true),
  );
  test.each([
    ["an order to remove", "openssh-server-"],
    ["an option", "-oAPT::x=y"],
    ["an option with two minuses", "--purge"],
    ["two in one", "a b"],
    ["a line break", "ab\ncd"],
    ["a path", "./x.deb"],
    ["a release", "vim/sid"],
    ["a version", "vim=1"],
    ["a task", "web-server^"],
    ["capital letters", "Vim"],
    ["a shell's words", "vim;id"],
    ["nothing", ""],
    ["one letter", "a"],
    ["a pattern", "lib.*"],
    ["a name that is too long", "a".repeat(200)],
  ])("%s is refused", (_what, name) => expect(taken("apt", name)).toBe(false));
});

describe("npm", () => {
  test.each(["pnpm", "@scope/tool", "typescript@5.9.2", "tool@^2", "tool@next", "@a/b@~1.2"])("%s", (name) =>
    expect(taken("npm", name)).toBe(true),
  );
  test.each([
    "--prefix=/",
    "git+https://example.org/x.git",
    "https://example.org/x.tgz",
    "user/repository",
    "./local",
    "../x",
    "file:x",
    "a@npm:b",
    "a@file:b",
    "a b",
    "$(id)",
    "a@ ",
  ])("%s is refused", (name) => expect(taken("npm", name)).toBe(false));
});

describe("Python", () => {
  test.each(["ruff", "black[jupyter]", "mypy==1.17.0", "zope.interface"])("%s", (name) =>
    expect(taken("python", name)).toBe(true),
  );
  test.each(["--index-url=x", "git+https://x/y", "x @ https://y", "./x", "a;b", "a b", "ruff>=1", "-r"])(
    "%s is refused",
    (name) => expect(taken("python", name)).toBe(false),
  );
});

test("lists are short, known and merged without repetition", () => {
  expect(packagesSchema.safeParse({ apt: Array(201).fill("vim") }).success).toBe(false);
  expect(packagesSchema.safeParse({ brew: ["x"] }).success).toBe(false);
  const one = packagesSchema.parse({ apt: ["jq", "vim"] });
  const two = packagesSchema.parse({ apt: ["vim", "tree"], npm: ["pnpm"] });
  expect(mergePackages(one, two)).toEqual({ apt: ["jq", "vim", "tree"], npm: ["pnpm"], python: [] });
});
