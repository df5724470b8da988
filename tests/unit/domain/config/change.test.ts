// The user's file after `config set`, `unset` and `edit`: comments, order, links and permissions stay, and it is never one
// that cannot be used.
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Context } from "../../../../src/context.ts";
import { setSetting, unsetSetting } from "../../../../src/domain/config/change.ts";
import { editSettings } from "../../../../src/domain/config/edit.ts";
import { loadSettings } from "../../../../src/domain/load-settings.ts";
import { EXIT, UserError } from "../../../../src/errors.ts";
import { contextIn, newHome } from "../workspace/a-host.ts";

let home: string;
let ctx: Context;
let file: string;
beforeEach(() => {
  home = newHome();
  ctx = contextIn(home);
  file = ctx.paths.configFile;
  mkdirSync(dirname(file), { recursive: true });
});
afterEach(() => rmSync(home, { recursive: true }));

const read = () => readFileSync(file, "utf8");
async function refusal(work: Promise<unknown>): Promise<UserError> {
  const error = await work.catch((thrown: unknown) => thrown);
  if (error instanceof UserError) return error;
  throw error instanceof Error ? error : new Error("It was not refused.");
}

const MINE = `# my settings
memory: 4 # enough

# sessions
env:
  GH_TOKEN: # the host's
  B: "1"
mount: { git: hidden, stall: 30 }
without:
  - nested   # no KVM
  - releases
`;

/** Where a line comes between others the file is written anew, and comments come nearer. */
const ANEW = MINE.replace("nested   #", "nested #");

describe("set", () => {
  beforeEach(() => writeFileSync(file, MINE));

  test.each([
    ["memory", ["16"], MINE.replace("memory: 4", "memory: 16")],
    ["mount.git", ["visible"], MINE.replace("git: hidden", "git: visible")],
    ["mount.hide", ["a", "b"], ANEW.replace("stall: 30 }", "stall: 30, hide: [ a, b ] }")],
    ["env.B", ["two words"], MINE.replace('B: "1"', "B: two words")],
    ["git_name", ["5"], `${MINE}git_name: "5"\n`],
    ["without", ["tools"], MINE.replace(/without:[\s\S]*/, "without:\n  - tools\n")],
    ["aliases", ["false"], `${MINE}aliases: false\n`],
    ["workspace.carry", [".env.sandbox"], `${MINE}workspace:\n  carry:\n    - .env.sandbox\n`],
    ["notify", ["curl", "-d", "x"], `${MINE}notify:\n  - curl\n  - -d\n  - x\n`],
    ["env.A", [""], ANEW.replace('B: "1"', 'B: "1"\n  A: ""')],
    ["env.A", ["null"], ANEW.replace('B: "1"', 'B: "1"\n  A: null')],
    [
      "mirrors.https://a.example/",
      ["https://b.example/"],
      `${MINE}mirrors:\n  https://a.example/: https://b.example/\n`,
    ],
  ])("%s %j changes just that", async (key, words, after) => {
    await setSetting(ctx, key, words);
    expect(read()).toBe(after);
  });

  test.each([
    ["memory", ["0"], /memory cannot be 0: it can be a whole number from 1 to 128/],
    ["memory", ["lots"], /memory cannot be "lots"/],
    ["accel", ["xen"], /auto, kvm/],
    ["mount.git", ["no"], /hidden, read-only or visible/],
    ["without", ["games"], /without/],
    ["env.PATH", ["/x"], /cannot be sent/],
  ])("%s %j is refused with what can be, and writes nothing", async (key, words, said) => {
    const error = await refusal(setSetting(ctx, key, words));
    expect(error.exit).toBe(EXIT.usage);
    expect(error.details.join("\n")).toMatch(said);
    expect(read()).toBe(MINE);
  });

  test.each([
    ["memroy", "Did you mean memory?"],
    ["mount.gti", "Did you mean mount.git?"],
    ["memory.x", "agent-vm config set memory"],
    ["", "There are: accel"],
    ["__proto__", "There are: accel"],
  ])("%j is no setting: %s", async (key, hint) => {
    const error = await refusal(setSetting(ctx, key, ["1"]));
    expect(error).toMatchObject({ exit: EXIT.usage, hint: expect.stringContaining(hint) });
    expect(read()).toBe(MINE);
  });

  test("the value of a secret is not shown in the error", async () => {
    const error = await refusal(setSetting(ctx, "env.TOKEN", ["sesame\0open"]));
    expect(JSON.stringify([error.message, error.details, error.hint])).not.toContain("sesame");
  });

  test("what others use by an anchor is not changed with it", async () => {
    const text = "git_name: &me A\ngit_email: *me\n";
    writeFileSync(file, text);
    expect((await refusal(setSetting(ctx, "git_name", ["B"]))).hint).toContain("config edit");
    expect(read()).toBe(text);
  });

  test.each(["memory: [\n", "scan: never\n", "- a\n"])(
    "a file that is wrong stays as it is: %j",
    async (text) => {
      writeFileSync(file, text);
      expect((await refusal(setSetting(ctx, "vcpu", ["2"]))).exit).toBe(EXIT.usage);
      expect(read()).toBe(text);
    },
  );

  test("a wrong value can be put right, and taken out", async () => {
    writeFileSync(file, "# a\nscan: never\n");
    await setSetting(ctx, "scan", ["push"]);
    expect(read()).toBe("# a\nscan: push\n");
    writeFileSync(file, "# a\nscan: never\nmemory: 4\n");
    await unsetSetting(ctx, "scan");
    expect(read()).toContain("memory: 4\n");
    expect(read()).not.toContain("scan");
  });
});

describe("the file", () => {
  test("is made for its owner alone where there is none", async () => {
    rmSync(dirname(file), { recursive: true });
    await setSetting(ctx, "memory", ["6"]);
    expect(read()).toBe("memory: 6\n");
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("may hold comments alone, or nothing", async () => {
    for (const text of ["# later\n", "---\n", "{}\n", "\n"]) {
      writeFileSync(file, text);
      await setSetting(ctx, "memory", ["6"]);
      expect(await loadSettings(file, {}, {})).toMatchObject({ memory: 6 });
      if (text.startsWith("#")) expect(read()).toContain("# later");
    }
  });

  test("keeps its permissions, and stays the target of a link", async () => {
    const real = join(home, "dotfiles", "agent-vm.yaml");
    mkdirSync(dirname(real));
    writeFileSync(real, MINE);
    chmodSync(real, 0o640);
    symlinkSync(real, file);
    await setSetting(ctx, "memory", ["16"]);
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, "utf8")).toContain("memory: 16 # enough");
    expect(statSync(real).mode & 0o777).toBe(0o640);
    expect(readdirSync(dirname(real))).toEqual(["agent-vm.yaml"]);
  });

  test("is made where a link leads that has no target yet", async () => {
    symlinkSync("../later.yaml", file);
    await setSetting(ctx, "memory", ["16"]);
    expect(readFileSync(join(dirname(file), "../later.yaml"), "utf8")).toBe("memory: 16\n");
  });

  test("takes what several write at once", async () => {
    await Promise.all([
      setSetting(ctx, "memory", ["6"]),
      setSetting(ctx, "vcpu", ["3"]),
      setSetting(ctx, "disk", ["60"]),
    ]);
    expect(await loadSettings(file, {}, {})).toMatchObject({ memory: 6, vcpu: 3, disk: 60 });
  });
});

describe("unset", () => {
  test("takes out a value, and a map that it leaves empty", async () => {
    writeFileSync(file, MINE);
    expect(await unsetSetting(ctx, "env.B")).toBe(true);
    expect(read()).toBe(MINE.replace('  B: "1"\n', ""));
    expect(await unsetSetting(ctx, "env.GH_TOKEN")).toBe(true);
    expect(read()).not.toContain("env");
    expect(await unsetSetting(ctx, "vcpu")).toBe(false);
  });

  test("takes out a name that is no setting", async () => {
    writeFileSync(file, "memroy: 3 # ?\nmemory: 4\n");
    await unsetSetting(ctx, "memroy");
    expect(read()).toBe("memory: 4\n");
    expect((await refusal(unsetSetting(ctx, "memroy"))).hint).toBe("Did you mean memory?");
  });

  test("leaves the comments when nothing else is left", async () => {
    writeFileSync(file, "# mine\nmemory: 4\n");
    await unsetSetting(ctx, "memory");
    expect(read()).toBe("# mine\n");
  });
});

describe("edit", () => {
  const editing = (script: string, answers: boolean[] = []): Context => ({
    ...ctx,
    env: { ...ctx.env, VISUAL: `sh -c '${script}' "an editor"` },
    confirm: { possible: true, ask: async () => answers.shift() ?? false },
  });
  const left = () => readdirSync(dirname(file)).sort();

  test("puts a good file in place", async () => {
    writeFileSync(file, MINE);
    expect(await editSettings(editing('sed -i s/4/8/ "$1"'))).toBe(true);
    expect(read()).toBe(MINE.replace("memory: 4", "memory: 8"));
    expect(left()).toEqual(["config.yaml"]);
  });

  test("begins a new file with the schema's place", async () => {
    expect(await editSettings(editing('echo memory: 7 >>"$1"'))).toBe(true);
    expect(read()).toMatch(/^# yaml-language-server: \$schema=file:\/\/.*\/common\/schemas\/config\.json\n/);
    expect(await loadSettings(file, {}, {})).toMatchObject({ memory: 7 });
  });

  test("changes nothing when nothing was changed", async () => {
    expect(await editSettings(editing("true"))).toBe(false);
    expect(existsSync(file)).toBe(false);
    expect(left()).toEqual([]);
  });

  test("asks again after an error, with the edit as it is", async () => {
    writeFileSync(file, "memory: 4\n");
    const script = 'grep -q 999 "$1" && sed -i s/999/9/ "$1" || sed -i s/4/999/ "$1"';
    expect(await editSettings(editing(script, [true]))).toBe(true);
    expect(read()).toBe("memory: 9\n");
  });

  test.each([
    ["is wrong", 'echo memory: 999 >"$1"', "memory: 999\n", EXIT.usage],
    ["is no YAML", 'echo memory: [ >"$1"', "memory: [\n", EXIT.usage],
    ["came from an editor that failed", 'echo memory: 9 >"$1"; exit 3', "memory: 9\n", EXIT.failed],
  ])("keeps an edit that %s beside the file, which is as it was", async (_why, script, text, exit) => {
    writeFileSync(file, "memory: 4\n");
    const error = await refusal(editSettings(editing(script)));
    expect(error.exit).toBe(exit);
    expect(read()).toBe("memory: 4\n");
    const [, other = ""] = left();
    expect(left()).toEqual(["config.yaml", expect.stringMatching(/^config\.yaml\.\d+\.edited$/)]);
    expect(readFileSync(join(dirname(file), other), "utf8")).toBe(text);
    expect(error.details.join("\n")).toContain(other);
  });

  test("keeps each of several edits that were not taken, also those of one second", async () => {
    writeFileSync(file, "memory: 4\n");
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      for (const value of [997, 998, 999])
        await refusal(editSettings(editing(`echo memory: ${value} >"$1"`)));
    } finally {
      vi.useRealTimers();
    }
    const texts = left().map((name) => readFileSync(join(dirname(file), name), "utf8"));
    expect(texts.sort()).toEqual([4, 997, 998, 999].map((value) => `memory: ${value}\n`));
  });

  test("does not write over what somebody else changed meanwhile", async () => {
    writeFileSync(file, "memory: 4\n");
    const script = `echo vcpu: 2 >"${file}"; echo memory: 9 >"$1"`;
    expect((await refusal(editSettings(editing(script)))).exit).toBe(EXIT.refused);
    expect(read()).toBe("vcpu: 2\n");
    expect(left()).toHaveLength(2);
  });

  test("says how to name an editor where there is none", async () => {
    const error = await refusal(editSettings(ctx));
    expect(error.hint).toContain("EDITOR");
  });
});
