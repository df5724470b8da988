// Holds the shape that ARCHITECTURE.md draws: who imports whom, who owns which library, what stays pure and small.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SETTING_NAMES, SETTING_RULES } from "../../src/domain/setting-rules.ts";
import { ROOT, readSources, type Source, source } from "./sources.ts";

/** Who may import whom: only the same layer and those after it. A name without an ending is a folder. */
const LAYERS = [
  ["main.ts", "sftp-guard.ts"],
  ["cli.ts", "commands.ts", "create-context.ts", "version.ts"],
  ["commands"],
  ["context.ts"],
  ["domain"],
  ["adapters"],
  ["io"],
];
/** Types that the layer below works with, by `import type`: the file → the layer below it that may. */
const TYPES_FROM_ABOVE: Record<string, string> = { "cli.ts": "commands", "context.ts": "domain" };
const FOR_ALL = ["errors.ts", "target.ts"];
const MAX_LINES = 300;

/** Each library has one owner, so that it can be changed in one place. */
const OWNERS: Record<string, readonly string[]> = {
  execa: ["io/run.ts"],
  "node:child_process": ["io/detached.ts", "io/piped.ts"],
  "@clack/prompts": ["io/confirm.ts"],
  "ssh2-sftp-client": ["adapters/sftp.ts"],
  "tar-stream": ["io/tar.ts"],
  yaml: ["io/yaml.ts"],
};
/** commander is every command's language, zod that of files which are loaded late themselves. */
const STATIC_LIBRARIES = ["commander", "zod/mini", "zod/v4/locales/en.js"];
/** Owners that are loaded late as a whole, so their library may stand in a plain import. */
const LATE_FILES = ["io/tar.ts", "io/yaml.ts"];

/** What is run: arguments, environment and the end are theirs. */
const PROGRAMS = ["main.ts", "sftp-guard.ts"];
/** io/ needs pids, signals and the terminal. */
const MAY_USE_PROCESS = /^((main|sftp-guard)\.ts$|io\/)/;

/** Names that promise purity; any other file promises it by ending its first line with "Pure.". */
const PURE_NAMES = /(^|\/)(names|layout|policy|plan|review|snapshot|verdict|options)\.ts$/;
const PURE_MODULES = ["node:path", "node:path/posix", "node:crypto", "zod/mini"];
const IMPURE_CODE = /\b(process\.|Date\.now|new Date\(\)|Math\.random|randomBytes|randomUUID|fetch\()/;

/** The ways out of what the VM said, which is no string: each parser, and what it lets through. */
const PARSERS: Record<string, string> = {
  fields: "words to compare with ours, ids and numbers by a pattern, names to show",
  parseIncoming: "paths that go back to the VM as data",
  parseAhead: "a name and ids by patterns, a number",
  parseCarried: "words of a list",
  parseEnsured: "a word of a list, ids, names to compare",
  parseEverything: "as parseOverview and parseSessions",
  parseFacts: "lines by patterns",
  parseInstalled: "lines by a pattern",
  parseInventory: "paths that go back to the VM as data, cleaned titles",
  parseLacks: "ids by a pattern, to compare with ours",
  parseLeft: "a word to compare, a number by a pattern",
  parseLiving: "yes or no",
  parseListening: "numbers by patterns, names to compare and to show",
  parseMarks: "single letters",
  parseMembers: "ids and numbers by patterns, names to compare",
  parseOpened: "yes or no",
  parseOverview: "ids and numbers by a pattern, names to show and to compare",
  parsePut: "a word of a list, a number by a pattern, names to show",
  parseProbe: "lines by patterns",
  parseProcesses: "numbers by a pattern, names to compare and to show",
  parseSessions: "ids, states and numbers by patterns, names to compare and to show",
  parseWholeSessions: "as parseSessions",
  parseSizes: "numbers by a pattern, names to compare",
  parseSettled: "words of a list",
  parseSnapshot: "references by a rule, ids, paths that go back to the VM as data",
  parseStill: "ids by a pattern, to compare with ours",
  parseSubmodules: "a word of a list, ids by a pattern, names to compare and to show",
  saysDamaged: "yes or no",
};
/** Who reads what an ssh call of its own printed, beside runScript. */
const READERS: Record<string, string> = {
  "adapters/ssh.ts": "seals it; host keys by a pattern",
  "domain/carry/send.ts": "seals it; cleaned lines",
  "domain/copy/bring-call.ts": "an archive whose members pass a judge; cleaned lines",
  "domain/copy/put-call.ts": "seals it; cleaned lines",
  "domain/keeper/keep-forwards.ts": "one word to compare",
  "domain/keeper/tunnel.ts": "one word to compare, ids by a pattern",
  "domain/lfs/bring.ts": "large files, each by the size and the SHA-256 that were asked for; cleaned lines",
  "domain/project-file/set-up.ts": "cleaned lines to the screen and a log",
  "domain/session/session-log.ts": "cleaned lines to the screen",
  "domain/ssh-hosts/understood.ts": "nothing of the VM's: whether ssh understands a file",
  "domain/sync/ahead/ship.ts": "nothing of the VM's: how much was sent",
  "domain/sync/push/create.ts": "nothing of the VM's: how much was sent",
  "domain/sync/guest.ts": "seals it",
  "domain/sync/homeward/stream.ts": "a pack whose size was announced, which git proves; cleaned lines",
  "domain/sync/save/opaque.ts": "a checksum by a pattern",
  "domain/sync/show/show.ts": "a stream to the screen, cleaned line by line",
  "domain/vm/base.ts": "one word to compare",
  "domain/watch/channel.ts": "seals the answers; names to compare",
  "domain/vm/proxy-way.ts": "one word to compare",
  "domain/vm/upgrade.ts": "cleaned lines to the screen and a log",
};

/**
 * Words of the environment that the program knows, beside settings: none takes a guard away. The
 * attacks leave a guard out by calling what lies behind it, so that a build has no switch for tests.
 */
const VARIABLES = new Set([
  ...["NAME", "CACHE_DIR", "SYSTEM_DIR", "PROGRAM_DIR", "VERSION", "DEBIAN_MIRROR", "BUILD_TMP"],
  // Words of ours for programs that we start, and settings that messages name.
  ...[
    "GUARD_PROGRAM",
    "GUARD_FILE",
    "SESSION",
    "SESSION_FILES",
    "KEYS",
    "WORKSPACE",
    "FAILED",
    "SEND_",
    "SEND_DIR",
    // Asked by ssh whether the user's own configuration adds to our hosts.
    "ASKED",
    "SEND_AGENT_VM_SESSION",
  ],
  // What the user's own notification command gets.
  ...["EVENT", "BRANCH", "REPO", "AGENT", "EXIT_CODE", "TEXT"],
  "SEND_GOOGLE_FILE",
  // Settings, as their rules say.
  ...SETTING_NAMES.filter((name) => SETTING_RULES[name].variable).map((name) => name.toUpperCase()),
]);
const FOR_TESTS = /\b(NODE_ENV|VITEST\w*|import\.meta\.(env|vitest))\b/g;

const layerOf = (path: string) =>
  LAYERS.findIndex((layer) => layer.some((name) => path === name || path.startsWith(`${name}/`)));
const isOurs = (name: string) => name.endsWith(".ts");
const packageOf = (name: string) =>
  name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
const isPure = (file: Source) =>
  PURE_NAMES.test(file.path) || /\bPure\.$/.test(file.text.split("\n", 1)[0] ?? "");

function wrongDirection(file: Source): string[] {
  const wrong = file.imports.filter(({ from, typeOnly }) => {
    if (FOR_ALL.includes(file.path)) return true;
    if (!isOurs(from) || FOR_ALL.includes(from)) return false;
    if (file.path.startsWith("guard/")) return !from.startsWith("guard/");
    if (from.startsWith("guard/")) return false;
    const reader = TYPES_FROM_ABOVE[from];
    if (reader && typeOnly && file.path.startsWith(`${reader}/`)) return false;
    return layerOf(file.path) < 0 || layerOf(from) < layerOf(file.path);
  });
  return wrong.map(({ from }) => `${file.path} imports ${from}`);
}

function wrongOwner(file: Source): string[] {
  return file.imports.flatMap(({ from, typeOnly, lazy }) => {
    const owners = OWNERS[from.startsWith("node:") ? from : packageOf(from)];
    if (typeOnly) return [];
    if (LATE_FILES.includes(from) && !lazy) return [`${file.path} loads ${from} before it is needed`];
    if (isOurs(from)) return [];
    if (owners && !owners.includes(file.path)) return [`${file.path} imports ${from}, which ${owners} owns`];
    const mayBeStatic = LATE_FILES.includes(file.path) || STATIC_LIBRARIES.includes(from);
    const early = !lazy && !from.startsWith("node:") && !mayBeStatic;
    return early ? [`${file.path} loads ${from} before it is needed`] : [];
  });
}

function impure(file: Source, all: readonly Source[]): string[] {
  if (!isPure(file)) return [];
  const bad = file.imports.filter(({ from, typeOnly }) => {
    if (typeOnly || PURE_MODULES.includes(from) || FOR_ALL.includes(from)) return false;
    const other = all.find((one) => one.path === from);
    return !other || !(isPure(other) || from.startsWith("guard/"));
  });
  const word = IMPURE_CODE.exec(file.code)?.[0];
  return [
    ...bad.map(({ from }) => `${file.path} imports ${from}`),
    ...(word ? [`${file.path}: ${word}`] : []),
  ];
}

function eagerCommand(file: Source, all: readonly Source[]): string[] {
  if (!file.path.startsWith("commands/")) return [];
  const early = file.imports.filter(({ from, typeOnly, lazy }) => {
    const other = all.find((one) => one.path === from);
    return !typeOnly && !lazy && isOurs(from) && !FOR_ALL.includes(from) && !(other && isPure(other));
  });
  return early
    .filter(({ from }) => !from.startsWith("commands/"))
    .map(({ from }) => `${file.path} imports ${from} before its command is chosen`);
}

function readsTheVm(file: Source): string[] {
  const opens = file.imports.some(({ from }) => from === "guard/from-guest.ts");
  const calls = opens ? (file.code.match(/\bparsed(\(| as )/g)?.length ?? 0) : 0;
  const known = [...file.code.matchAll(/\bparsed\(\w+, (\w+)\)/g)].filter(([, name = ""]) => name in PARSERS);
  const seals = opens && /\bfromGuest\(/.test(file.code);
  const asks = /\bsshArgv\(/.test(file.code) || /\["ssh(-keyscan)?"/.test(file.text);
  const reads = asks && /\b(stdout|stderr|into|onLine|onData)\b/.test(file.code);
  return [
    ...(calls > known.length ? [`${file.path} parses what the VM said with something nobody knows`] : []),
    ...((reads || seals) && !(file.path in READERS) ? [`${file.path} reads what an ssh call printed`] : []),
  ];
}

function unknownVariable(file: Source): string[] {
  const names = [...file.text.matchAll(/\bAGENT_VM_([A-Z_]+)/g)].map(([, name = ""]) => name);
  const unknown = [...names.filter((name) => !VARIABLES.has(name)), ...(file.text.match(FOR_TESTS) ?? [])];
  return unknown.map((name) => `${file.path} knows a variable nobody else does: ${name}`);
}

const sources = readSources();
const all = (rule: (file: Source) => string[]) => sources.flatMap(rule);

describe("the sources", () => {
  test("import in one direction", () => expect(all(wrongDirection)).toEqual([]));

  test("reach each library through its owner, and late", () => expect(all(wrongOwner)).toEqual([]));

  test("that are pure stay pure", () => expect(all((file) => impure(file, sources))).toEqual([]));

  test("take what the VM said by known parsers alone", () => expect(all(readsTheVm)).toEqual([]));

  test("have no switch that takes a guard away", () => expect(all(unknownVariable)).toEqual([]));

  test("of a command load its work when the command runs", () =>
    expect(all((file) => eagerCommand(file, sources))).toEqual([]));

  test("leave the process to the programs", () => {
    const users = sources.filter(
      (file) => /\bprocess\.\w/.test(file.code) && !MAY_USE_PROCESS.test(file.path),
    );
    expect(users.map((file) => file.path)).toEqual([]);
    const enders = sources.filter(
      (file) => /process\.(exit|exitCode|argv|env)\b/.test(file.code) && !PROGRAMS.includes(file.path),
    );
    expect(enders.map((file) => file.path)).toEqual([]);
  });

  test(`are at most ${MAX_LINES} lines long and begin with their job`, () => {
    const long = sources.filter((file) => file.text.split("\n").length - 1 > MAX_LINES);
    expect(long.map((file) => file.path)).toEqual([]);
    expect(sources.filter((file) => !file.text.startsWith("// ")).map((file) => file.path)).toEqual([]);
  });
});

describe("the tests", () => {
  test("never run alone and never wait for later", () => {
    const files = readdirSync(join(ROOT, "tests"), { recursive: true, encoding: "utf8" });
    const marked = files.filter(
      (file) =>
        file.endsWith(".test.ts") &&
        /\b(test|it|describe)\.(only|todo)\b/.test(readFileSync(join(ROOT, "tests", file), "utf8")),
    );
    expect(marked).toEqual([]);
  });
});

describe("the rules find", () => {
  const bad = (path: string, text: string) => source(path, text);
  const OPENS = 'import { parsed } from "../guard/from-guest.ts";\n';
  test.each([
    ["an import upwards", wrongDirection, bad("io/a.ts", 'import { b } from "../domain/b.ts";')],
    ["a lazy import upwards", wrongDirection, bad("adapters/a.ts", 'await import("../domain/b.ts");')],
    ["a folder nobody knows", wrongDirection, bad("utils/a.ts", 'import { b } from "../io/run.ts";')],
    ["a guard that reaches out", wrongDirection, bad("guard/a.ts", 'import { b } from "../io/run.ts";')],
    ["errors.ts importing", wrongDirection, bad("errors.ts", 'import { b } from "./target.ts";')],
    ["context as a value", wrongDirection, bad("domain/a.ts", 'import { b } from "../context.ts";')],
    ["a stranger's library", wrongOwner, bad("domain/a.ts", 'const { execa } = await import("execa");')],
    ["a second door to processes", wrongOwner, bad("io/a.ts", 'import { spawn } from "node:child_process";')],
    ["a library loaded early", wrongOwner, bad("io/run.ts", 'import { execa } from "execa";')],
    ["a late file loaded early", wrongOwner, bad("domain/a.ts", 'import { p } from "../io/yaml.ts";')],
    ["a file in pure code", (file: Source) => impure(file, []), bad("a/plan.ts", 'import "node:fs";')],
    ["a clock in pure code", (file: Source) => impure(file, []), bad("a.ts", "// A. Pure.\nDate.now();")],
    ["an unknown parser", readsTheVm, bad("domain/a.ts", `${OPENS}const dir = parsed(said, String);`)],
    ["a parser made on the spot", readsTheVm, bad("domain/a.ts", `${OPENS}parsed(said, (text) => text);`)],
    [
      "the output of an ssh call",
      readsTheVm,
      bad("domain/a.ts", "const { stdout } = await ctx.run(sshArgv(target, words));"),
    ],
    [
      "lines of an ssh call",
      readsTheVm,
      bad("domain/a.ts", 'await ctx.run(["ssh", "-F", file, alias], { onLine: take });'),
    ],
    [
      "a variable that nobody knows",
      unknownVariable,
      bad("guard/a.ts", 'if (env["AGENT_VM_NO_GUARD"]) return true;'),
    ],
    ["a build for tests", unknownVariable, bad("guard/a.ts", "if (import.meta.env.TEST) return true;")],
    [
      "an eager command",
      (file: Source) => eagerCommand(file, []),
      bad("commands/a.ts", 'import { b } from "../domain/b.ts";'),
    ],
  ])("%s", (_name, rule, file) => expect(rule(file)).toHaveLength(1));
});
