// A workspace opened in an editor: which one, with which words, where, and what is said when nothing can be opened.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../src/context.ts";
import { keepMounted } from "../../src/domain/mount/keep.ts";
import { writeClosed } from "../../src/domain/mount/wish.ts";
import { EDITORS, wordsFor } from "../../src/domain/open/editors.ts";
import { type Opening, openWorkspace } from "../../src/domain/open/open.ts";
import { settingsSchema } from "../../src/domain/settings.ts";
import { sshConfig } from "../../src/domain/vm/ssh-config.ts";
import type { BranchName } from "../../src/domain/workspace/names.ts";
import { reserveWorkspace } from "../../src/domain/workspace/registry.ts";
import { findRepository } from "../../src/domain/workspace/repository.ts";
import { EXIT, UserError } from "../../src/errors.ts";
import { createContext, createRepository, refused } from "./guest.ts";

const BRANCH = "fix/É;$(id)'";

let base: string;
let home: string;
let bin: string;
let ctx: Context;
let said: string[];
let dir: string;

beforeEach(async () => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "avo-")));
  home = join(base, "host home");
  bin = join(base, "bin");
  mkdirSync(bin);
  const repo = createRepository(join(home, "Shop"));
  said = [];
  const target = { configFile: "/nonexistent", alias: "none", adminAlias: "none" };
  ctx = createContext({ hostHome: home, repo, said, target });
  ctx = { ...ctx, env: { ...ctx.env, PATH: `${bin}:${ctx.env["PATH"]}`, DISPLAY: ":0" } };
  mkdirSync(ctx.paths.state, { recursive: true });
  writeFileSync(ctx.paths.sshConfig, sshConfig(ctx.paths, { port: 2222, identityFile: "/key" }));
  const { id } = await findRepository(ctx);
  dir = (await reserveWorkspace(ctx, { repoName: "Shop", repoId: id, branch: BRANCH as BranchName })).dir;
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

/** A stand-in that writes its words down. */
function install(
  name: string,
  script = 'for word; do printf "%s\\0" "$word"; done >"$0.words.new" && mv "$0.words.new" "$0.words"',
) {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

async function wordsOf(name: string): Promise<string[]> {
  const file = join(bin, `${name}.words`);
  for (let tries = 0; !existsSync(file) && tries < 600; tries++)
    await new Promise((done) => setTimeout(done, 50));
  return readFileSync(file, "utf8").split("\0").slice(0, -1);
}

const mounted = async () => ({ mountpoint: ctx.paths.mountpoint });
const unmounted = () => Promise.reject(new UserError("sshfs is not installed.", { exit: EXIT.notReady }));
const run = (opening: Opening = {}) => openWorkspace(ctx, BRANCH, { mounted, ...opening });
const inMount = () => join(ctx.paths.mountpoint, dir);
const host = () => `agent-vm-test.${dir.toLowerCase()}`;
const path = () => `/home/agent/workspace/${dir}`;
const configured = () => existsSync(join(home, ".ssh/config"));

describe("in the mount", () => {
  test("the first editor that is installed gets the directory", async () => {
    install("zed");
    install("code");
    expect(await run()).toBe(inMount());
    expect(await wordsOf("code")).toEqual([inMount()]);
    expect(configured()).toBe(false);
  });

  test.each(["cursor", "zeditor", "intellij-idea-community", "subl"])(
    "%s is found by its program",
    async (program) => {
      install(program);
      await run();
      expect(await wordsOf(program)).toEqual([inMount()]);
    },
  );

  test("the option counts before the setting, and the setting before what is installed", async () => {
    for (const name of ["code", "zed", "cursor"]) install(name);
    ctx = { ...ctx, settings: settingsSchema.parse({ editor: "zed" }) };
    await run();
    expect(await wordsOf("zed")).toEqual([inMount()]);
    await run({ in: "cursor" });
    expect(await wordsOf("cursor")).toEqual([inMount()]);
  });

  test("a program of one's own gets it as its last word", async () => {
    install("my-editor");
    ctx = { ...ctx, settings: settingsSchema.parse({ editor: ["my-editor", "--new", "a b"] }) };
    await run();
    expect(await wordsOf("my-editor")).toEqual(["--new", "a b", inMount()]);
  });

  test("what editors said over the years does not fill the disk", async () => {
    install("code");
    mkdirSync(ctx.paths.logs, { recursive: true });
    const log = join(ctx.paths.logs, "open.log");
    writeFileSync(log, "said\n".repeat(400_000));
    await run();
    expect(statSync(log).size).toBeLessThan(1024 * 1024);
  });

  test("one that ends with an error is told, with what it said", async () => {
    install("code", "printf 'no\\033[31m luck\\n' >&2; exit 3");
    const error = await refused(run());
    expect(error.message).toBe("Visual Studio Code could not be started.");
    expect(error.details.join()).toContain("luck");
  });
});

describe("over ssh", () => {
  test.each([
    ["code", () => ["--remote", `ssh-remote+${host()}`, path()]],
    ["cursor", () => ["--remote", `ssh-remote+${host()}`, path()]],
    ["zed", () => [`ssh://${host()}${path()}`]],
  ])("%s gets the workspace's host", async (name, words) => {
    install(name);
    expect(await run({ in: name, remote: true })).toBe(`${host()}:${path()}`);
    expect(await wordsOf(name)).toEqual(words());
    expect(readFileSync(ctx.paths.sshHosts, "utf8")).toContain(` ${host()}\n`);
  });

  test("a JetBrains IDE comes by Gateway's link", async () => {
    install("idea");
    install("xdg-open");
    await run({ in: "idea", remote: true });
    expect(await wordsOf("xdg-open")).toEqual([
      `jetbrains-gateway://connect#type=ssh&host=${host()}&user=agent&projectPath=${path()}`,
    ]);
  });

  test("nothing is written without a yes", async () => {
    install("code");
    ctx = { ...ctx, flags: { yes: false } };
    expect((await refused(run({ remote: true }))).exit).toBe(EXIT.refused);
    expect(configured()).toBe(false);
  });

  test("what that means is said once", async () => {
    install("code");
    const told = () => said.filter((line) => line.includes("believes that server"));
    await run({ remote: true });
    await run({ remote: true });
    expect(told()).toHaveLength(1);
  });

  test("it is what happens without a mount, and said", async () => {
    install("code");
    expect(await run({ mounted: unmounted })).toBe(`${host()}:${path()}`);
    expect(said.join("\n")).toContain("not mounted, so it is opened over ssh");
    expect(await wordsOf("code")).toContain("--remote");
  });

  test("it is not what happens where the mount was closed on a VM that broke the protocol", async () => {
    install("code");
    await writeClosed(ctx.paths, { kind: "breach", why: "it sent what nobody asked for", at: "" });
    const error = await refused(run({ mounted: keepMounted }));
    expect(error.message).toContain("it sent what nobody asked for");
    expect(existsSync(join(bin, "code.words"))).toBe(false);
    expect(configured()).toBe(false);
  });

  test("an editor that has no such way is not started", async () => {
    install("subl");
    expect((await refused(run({ in: "subl", remote: true }))).message).toContain(
      "no way to open a directory over ssh",
    );
    expect((await refused(run({ in: "subl", mounted: unmounted }))).message).toContain("sshfs");
  });
});

describe("without a window", () => {
  test("path and steps are told where no editor is", async () => {
    // Whatever this machine has: the programs that are needed, and no others.
    const own = join(bin, "own");
    mkdirSync(own);
    for (const name of ["git", "ssh", "sh"])
      symlinkSync(
        execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim(),
        join(own, name),
      );
    install("code");
    ctx = { ...ctx, env: { ...ctx.env, PATH: own } };
    expect(await run()).toBe(inMount());
    expect(said.join("\n")).toContain(`Open this directory in your editor: ${inMount()}`);
  });

  test("and where there is no display", async () => {
    install("code");
    ctx = { ...ctx, env: { ...ctx.env, DISPLAY: undefined } };
    expect(await run({ remote: true })).toBe(`${host()}:${path()}`);
    expect(said.join("\n")).toContain(`connect to the ssh host ${host()} and open ${path()} there`);
    expect(existsSync(join(bin, "code.words"))).toBe(false);
  });

  test("but an editor's own terminal has its window", async () => {
    install("code");
    ctx = { ...ctx, env: { ...ctx.env, DISPLAY: undefined, VSCODE_IPC_HOOK_CLI: "/sock" } };
    await run();
    expect(await wordsOf("code")).toEqual([inMount()]);
  });

  test("a named one that is missing is told, and an unknown one refused", async () => {
    await run({ in: "rider" });
    expect(said.join("\n")).toContain("Rider was not found here");
    expect((await refused(run({ in: "vi" }))).exit).toBe(EXIT.usage);
  });
});

test("a path in a url is encoded, and never more than one word", () => {
  const place = { dir: "/a b;$(id)", host: "h", path: "/home/a b/#?&x" };
  for (const { local, remote = [] } of EDITORS) {
    expect(wordsFor(local, place)).toEqual(["/a b;$(id)"]);
    for (const word of wordsFor(remote, place).filter((one) => one.includes("://"))) {
      expect(word).toContain("/home/a%20b/%23%3F%26x");
      expect(new URL(word).toString()).toBe(word);
    }
  }
});
