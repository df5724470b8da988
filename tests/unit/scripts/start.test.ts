// What starts the bundle: by the code that is kept beside it, by the bundle alone when that is not whole.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ROOT } from "../sources.ts";

// Up to fourteen starts of Node in one test, each of seconds where much else runs.
vi.setConfig({ testTimeout: 120_000 });

let place: string;
const at = (name: string) => join(place, name);
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "start-"));
  copyFileSync(join(ROOT, "scripts/start.cjs"), at("main.cjs"));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const program = (word: string, more = "") => {
  const functions = Array.from({ length: 200 }, (_, n) => `const f${n} = (x) => [x, "${n}", f${n}.name];`);
  const calls = functions.map((_, n) => `f${n}(${n})`);
  const body = `${functions.join("\n")}\n[${calls}];\nconsole.log("${word}");\n${more}\n`;
  writeFileSync(at("program.cjs"), `(function (require, module, exports, __filename, __dirname) {${body}})`);
};
const start = (...words: string[]) => {
  const argv = [at("main.cjs"), ...words];
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
  return { status, signal, stdout, stderr };
};
const says = (word: string) => ({ status: 0, signal: null, stdout: `${word}\n`, stderr: "" });

test("what is kept is made once, and nothing else lies there", () => {
  program("one");
  expect(start()).toEqual(says("one"));
  const kept = readFileSync(at("program.cache"));
  expect(start()).toEqual(says("one"));
  expect(readFileSync(at("program.cache")).equals(kept)).toBe(true);
  expect(readdirSync(place).sort()).toEqual(["main.cjs", "program.cache", "program.cjs"]);
});

test("what is damaged, cut off or of another program of the same length does not count, and is made anew", () => {
  program("one");
  start();
  const kept = readFileSync(at("program.cache"));
  const damaged = Buffer.from(kept);
  damaged.fill(0xa5, 200, kept.length - 200);
  for (const bytes of [damaged, kept.subarray(0, 2), kept.subarray(0, -100), Buffer.alloc(0)]) {
    writeFileSync(at("program.cache"), bytes);
    expect(start()).toEqual(says("one"));
    expect(readFileSync(at("program.cache")).length).toBeGreaterThan(1000);
    expect(start()).toEqual(says("one"));
  }
  program("two");
  expect(start()).toEqual(says("two"));
});

test("the code that a command needed is kept too when it ran well, some times, and then no more", () => {
  program(
    "one",
    'const later = () => process.argv[2]; later(); if (later() === "bad") process.exitCode = 1;',
  );
  const keptNow = () => readFileSync(at("program.cache"));
  start();
  const first = keptNow();
  for (const words of [["bad"], ["--option"], ["../x"], ["a b"]]) start(...words);
  expect(keptNow().equals(first)).toBe(true);
  const texts = [1, 2, 3].map(() => {
    expect(start("--quiet", "connect", "other")).toEqual(says("one"));
    return keptNow().toString("latin1");
  });
  expect(texts.map((text) => text.match(/connect/g)?.length)).toEqual([1, 2, 3]);
  expect(start("connect")).toEqual(says("one"));
  expect(keptNow().toString("latin1")).toBe(texts[2]);
});

test("the version is said without the program, and only when nothing else is asked", () => {
  program("one");
  for (const word of ["--version", "-V"]) expect(start(word)).toEqual(says("AGENT_VM_VERSION"));
  expect(readdirSync(place)).not.toContain("program.cache");
  for (const words of [
    ["--version", "--json"],
    ["connect", "--version"],
  ])
    expect(start(...words)).toEqual(says("one"));
});

test("where nothing can be written it starts all the same, and does not make what it cannot keep", () => {
  program(
    "one",
    `const { rmSync } = require("node:fs");
const { Script } = require("node:vm");
Script.prototype.createCachedData = () => { console.log("made"); throw new Error("made"); };
rmSync(__dirname, { recursive: true });`,
  );
  expect(start()).toEqual(says("one"));
});

test("a Node that is too old is told what is needed", () => {
  const asIf = (version: string) => {
    const code = `Object.defineProperty(process.versions, "node", { value: "${version}" }); require("./scripts/node-version.cjs");`;
    const { status, stderr } = spawnSync(process.execPath, ["-e", code], { cwd: ROOT, encoding: "utf8" });
    return { status, stderr };
  };
  for (const version of ["20.19.0", "22.1.0"]) expect(asIf(version)).toEqual({ status: 0, stderr: "" });
  for (const version of ["8.17.0", "18.20.4", "20.18.3"]) {
    const told = asIf(version);
    expect(told.status).toBe(3);
    expect(told.stderr).toContain(`20.19 or newer; this is v${version}`);
  }
});
