// What is wanted in the VM against what the guest says is installed.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  changes,
  drift,
  type Lists,
  parseInstalled,
  wantedSoftware,
} from "../../../../src/domain/vm/software.ts";
import { ROOT } from "../../sources.ts";

const lists: Lists = {
  "apt-core": "# core\ngit\n",
  "apt-packages": "gh\n\n",
  "apt-containers": "podman\n",
  "npm-packages": "@openai/codex@0.1.0 codex\nopencode-ai@1.2.3 opencode\n",
  "python-packages": "ruff==0.12.7\n",
  versions:
    "node 24.1.0 amd64 sha512:00 https://x/\nnode 24.1.0 arm64 sha512:00 https://x/\nnpm 11.0.0 all sha512:00 https://x/\n",
};

test("the lists are read for one architecture", () => {
  expect(wantedSoftware(lists, "arm64")).toEqual([
    { kind: "apt", name: "git" },
    { kind: "apt", name: "gh" },
    { kind: "apt", name: "podman" },
    { kind: "npm", name: "@openai/codex", version: "0.1.0" },
    { kind: "npm", name: "opencode-ai", version: "1.2.3" },
    { kind: "python", name: "ruff", version: "0.12.7" },
    { kind: "release", name: "node", version: "24.1.0" },
    { kind: "release", name: "npm", version: "11.0.0" },
  ]);
});

describe("what the guest says", () => {
  test("is read by kind and name", () => {
    const found = parseInstalled(
      "apt git 1:2.47.3-0+deb13u1\nnpm @openai/codex 0.1.0\nrelease node 24.1.0\n",
    );
    expect([...found]).toEqual([
      ["apt git", "1:2.47.3-0+deb13u1"],
      ["npm @openai/codex", "0.1.0"],
      ["release node", "24.1.0"],
    ]);
  });

  test.each([
    "apt git",
    "apt git 1 2",
    "pip git 1",
    "apt git \u001b[31m1",
    " apt git 1",
    `apt ${"x".repeat(101)} 1`,
  ])("is ignored in another form: %j", (line) => expect(parseInstalled(`${line}\n`).size).toBe(0));
});

describe("drift", () => {
  const wanted = wantedSoftware(lists, "amd64");
  const all = new Map(wanted.map(({ kind, name, version }) => [`${kind} ${name}`, version ?? "any"]));

  test("is nothing when all is there in its version", () => expect(drift(wanted, all)).toEqual([]));

  test("is what is missing and what has another version", () => {
    const installed = new Map(all);
    installed.delete("apt gh");
    installed.set("python ruff", "0.13.0");
    expect(drift(wanted, installed)).toEqual([
      { kind: "apt", name: "gh", wanted: undefined, installed: undefined },
      { kind: "python", name: "ruff", wanted: "0.12.7", installed: "0.13.0" },
    ]);
  });
});

test("changes are what differs between two looks", () => {
  const before = new Map([
    ["apt git", "1"],
    ["apt gone", "1"],
    ["apt same", "1"],
  ]);
  const after = new Map([
    ["apt git", "2"],
    ["apt new", "1"],
    ["apt same", "1"],
  ]);
  expect(changes(before, after)).toEqual([
    { name: "git", before: "1", after: "2" },
    { name: "gone", before: "1", after: undefined },
    { name: "new", before: undefined, after: "1" },
  ]);
});

describe("the lists in the repository", () => {
  const read = (name: string) => readFileSync(join(ROOT, "common/packages", `${name}.txt`), "utf8");
  const entries = (name: string) =>
    read(name)
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));

  test.each(["apt-core", "apt-packages", "apt-containers"])(
    "%s has Debian's names alone, sorted, once",
    (name) => {
      const names = entries(name);
      for (const one of names) expect(one).toMatch(/^[a-z0-9][a-z0-9+.-]+$/);
      expect(names).toEqual([...new Set(names)].sort());
    },
  );

  test("agents are pinned and name their command", () => {
    for (const one of entries("npm-packages")) {
      expect(one).toMatch(/^(@[a-z0-9-]+\/)?[a-z0-9-]+@\d+\.\d+\.\d+ [a-z]+$/);
    }
  });

  test("Python tools are pinned", () => {
    for (const one of entries("python-packages")) expect(one).toMatch(/^[a-z0-9-]+==\d+(\.\d+)+$/);
  });

  test("single files have a version, an architecture, a hash and a https url", () => {
    for (const one of entries("versions")) {
      expect(one).toMatch(
        /^[a-z]+ \d+\.\d+\.\d+ (amd64|arm64|all) (sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}) https:\/\/\S+$/,
      );
    }
  });

  test("say where their entries come from", () => {
    for (const name of ["apt-core", "apt-packages", "apt-containers", "npm-packages", "python-packages"]) {
      expect(read(name)).toContain("Source: ");
    }
  });
});
