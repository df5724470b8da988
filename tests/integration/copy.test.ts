// cp over a real sshd: files in and out, as `cp -r` has it, and nothing that is there is replaced unasked.
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../src/context.ts";
import { copy, type Streams } from "../../src/domain/copy/copy.ts";
import { prepareWorkspace } from "../../src/domain/workspace/prepare.ts";
import { Interrupted } from "../../src/errors.ts";
import { thisProcess } from "../../src/io/lock.ts";
import { createWorld, git, read, refused, type World, write } from "./guest.ts";

let world: World;
let here: string;
let there: string;
let piped: Buffer;
beforeAll(async () => {
  world = await createWorld();
  git(world.repo, "branch", "work");
  await prepareWorkspace(world.ctx, "work");
  there = world.at("shop-work");
  here = join(world.hostHome, "here");
});
afterAll(() => world.remove());
beforeEach(() => {
  rmSync(here, { recursive: true, force: true });
  mkdirSync(here);
  git(there, "clean", "-q", "-f", "-f", "-d", "-x");
  piped = Buffer.alloc(0);
});

const streams = (input: Readable = Readable.from([]), toTerminal = false): Streams => ({
  input,
  write: async (chunk) => {
    piped = Buffer.concat([piped, chunk]);
  },
  toTerminal,
});
interface Change {
  force?: boolean;
  input?: Readable;
  ctx?: Partial<Context>;
  toTerminal?: boolean;
}
/** Copies with `here` as the current directory. */
const cp = (words: string[], { force = false, input, ctx = {}, toTerminal }: Change = {}) =>
  copy({ ...world.ctx, cwd: here, flags: { yes: true, repo: world.repo }, ...ctx }, words, {
    force,
    streams: streams(input, toTerminal),
  });
/** Everything below a directory, sorted; the stage of a copy would be seen here. */
const all = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => !/^\.git(\/|$)/.test(name))
    .sort();
const leftNothing = () => {
  expect(all(here).filter((name) => name.includes(".agent-vm-cp"))).toEqual([]);
  expect(all(there).filter((name) => name.includes(".agent-vm-cp"))).toEqual([]);
};
const YEAR_2001 = 1_000_000_000;

describe("out of a workspace", () => {
  test("a file keeps content, mode and time, under its name or another", async () => {
    write(there, "a/run.sh", "#!/bin/sh\n");
    chmodSync(join(there, "a/run.sh"), 0o750);
    utimesSync(join(there, "a/run.sh"), YEAR_2001, YEAR_2001);
    await cp(["work:a/run.sh", "."]);
    await cp(["work:a/run.sh", "other"]);
    for (const name of ["run.sh", "other"]) {
      const seen = statSync(join(here, name));
      expect(read(here, name)).toBe("#!/bin/sh\n");
      expect(seen.mode & 0o777).toBe(0o750);
      expect(seen.mtimeMs / 1000).toBe(YEAR_2001);
    }
    expect(world.said.at(-1)).toBe(`Copied 1 file (10 bytes) to ${here}/other.`);
    leftNothing();
  });

  test("a directory goes into one that is there, and becomes one that is not", async () => {
    write(there, "d/sub/x.txt", "x\n");
    mkdirSync(join(there, "d/empty"));
    symlinkSync("sub/x.txt", join(there, "d/link"));
    utimesSync(join(there, "d/sub"), YEAR_2001, YEAR_2001);
    await cp(["work:d", "new"]);
    await cp(["work:d", "."]);
    await cp(["work:d", "new"]);
    await cp(["work:d/.", "content"]);
    mkdirSync(join(here, "content2"));
    await cp(["work:d/.", "content2"]);
    const tree = ["empty", "link", "sub", "sub/x.txt"];
    for (const [at, more] of [
      ["new", ["d", ...tree.map((name) => `d/${name}`)]],
      ["d", []],
      ["content", []],
      ["content2", []],
    ] as const) {
      expect(all(join(here, at))).toEqual([...tree, ...more].sort());
    }
    expect(readlinkSync(join(here, "d/link"))).toBe("sub/x.txt");
    expect(statSync(join(here, "d/sub")).mtimeMs / 1000).toBe(YEAR_2001);
    leftNothing();
  });

  test("patterns are expanded in the VM as a shell would, and by no shell", async () => {
    for (const name of [
      "a.txt",
      "b.txt",
      ".hidden.txt",
      "c.md",
      "[id].tsx",
      "$(touch fired).txt",
      "sp ace.txt",
    ])
      write(there, `p/${name}`, name);
    await cp(["work:p/*.txt", "work:p/[id].tsx", "."]);
    expect(all(here)).toEqual(["$(touch fired).txt", "[id].tsx", "a.txt", "b.txt", "sp ace.txt"]);
    expect(existsSync(join(there, "fired"))).toBe(false);
    await cp(["work:p/.h*", "."]);
    expect(all(here)).toContain(".hidden.txt");
    expect((await refused(cp(["work:p/*.rs", "."]))).message).toContain("There is no p/*.rs");
  });

  test("the whole workspace comes without .git, under its name", async () => {
    await cp(["work:", "."]);
    expect(all(here)).toEqual(["shop-work", "shop-work/.gitignore", "shop-work/README.md"]);
  });

  test("names of any bytes, long ones, and hard links come whole", async () => {
    const odd = Buffer.concat([Buffer.from(`${there}/odd-`), Buffer.from([0xff, 0x0a])]);
    writeFileSync(odd, "odd");
    const long = `${"n".repeat(200)}/${"m".repeat(200)}`;
    write(there, `l/${long}`, "long");
    await cp(["work:odd-*", "work:l", "."]);
    const names = readdirSync(here, { encoding: "latin1" });
    expect(names).toContain("odd-\u00ff\n");
    expect(read(join(here, "l"), long)).toBe("long");
  });

  test("a file that is there is asked about unless it is the same", async () => {
    write(there, "a.txt", "new");
    write(here, "a.txt", "old");
    const error = await refused(cp(["work:a.txt", "."]));
    expect([error.exit, error.details, error.hint]).toEqual([
      4,
      ["a.txt"].map((one) => join(here, one)),
      "Replace them with: --force",
    ]);
    expect(read(here, "a.txt")).toBe("old");
    const asked: string[] = [];
    const confirm = (answer: boolean) => ({
      possible: true,
      ask: async (question: string) => asked.push(question) > 0 && answer,
    });
    await refused(cp(["work:a.txt", "."], { ctx: { confirm: confirm(false) } }));
    expect(read(here, "a.txt")).toBe("old");
    await cp(["work:a.txt", "."], { ctx: { confirm: confirm(true) } });
    expect(asked).toEqual(["Replace it?", "Replace it?"]);
    expect(read(here, "a.txt")).toBe("new");
    await cp(["work:a.txt", "."]);
    write(there, "a.txt", "newer");
    await cp(["work:a.txt", "."], { force: true });
    expect(read(here, "a.txt")).toBe("newer");
    leftNothing();
  });

  test("a directory never takes a file's place, with --force neither", async () => {
    write(there, "d/x", "x");
    write(here, "d", "a file");
    expect((await refused(cp(["work:d", here], { force: true }))).exit).toBe(4);
    expect(read(here, "d")).toBe("a file");
    leftNothing();
  });

  test("a pipe or a device at the destination is left alone, with --force, too", async () => {
    spawnSync("mkfifo", [join(here, "pipe")]);
    for (const to of ["pipe", "/dev/null"])
      expect((await refused(cp(["work:README.md", to], { force: true }))).message).toContain(
        "neither a file",
      );
    expect(lstatSync(join(here, "pipe")).isFIFO()).toBe(true);
    expect((await refused(cp(["work:README.md", "none/"]))).message).toBe("none/ is no directory.");
    leftNothing();
  });

  test("what cannot be put in its place is named", async () => {
    write(there, "d/x", "x");
    mkdirSync(join(here, "d"), { mode: 0o555 });
    expect((await refused(cp(["work:d", "."]))).message).toBe(
      `${here}/d/x cannot be put in its place (EACCES).`,
    );
    chmodSync(join(here, "d"), 0o755);
    leftNothing();
  });

  test("merges into a directory that is there", async () => {
    write(there, "d/new.txt", "new");
    write(there, "d/same.txt", "same");
    write(here, "d/same.txt", "same");
    write(here, "d/own.txt", "own");
    await cp(["work:d", "."]);
    expect(all(join(here, "d"))).toEqual(["new.txt", "own.txt", "same.txt"]);
  });

  test("to standard output goes the content alone; never to a terminal", async () => {
    write(there, "a.txt", "one\n");
    write(there, "b.txt", "two\n");
    await cp(["work:a.txt", "work:b.txt", "-"]);
    expect(piped.toString()).toBe("one\ntwo\n");
    expect((await refused(cp(["work:a.txt", "-"], { toTerminal: true }))).exit).toBe(2);
    expect((await refused(cp(["work:", "-"]))).exit).toBe(2);
  });
});

describe("into a workspace", () => {
  test("files and directories keep content, mode and time", async () => {
    write(here, "d/run.sh", "#!/bin/sh\n");
    write(here, "d/.git/config", "[core]\n");
    write(here, "ü note.txt", "ü");
    chmodSync(join(here, "d/run.sh"), 0o750);
    utimesSync(join(here, "d/run.sh"), YEAR_2001, YEAR_2001);
    symlinkSync("run.sh", join(here, "d/link"));
    mkdirSync(join(there, "in"));
    await cp(["d", "ü note.txt", "work:in"]);
    expect(all(join(there, "in"))).toEqual(["d", "d/link", "d/run.sh", "ü note.txt"]);
    const seen = statSync(join(there, "in/d/run.sh"));
    expect([seen.mode & 0o777, seen.mtimeMs / 1000]).toEqual([0o750, YEAR_2001]);
    await cp(["d", "work:new/"]);
    await cp(["d/.", "work:in"]);
    expect(all(join(there, "new"))).toEqual(["link", "run.sh"]);
    expect(existsSync(join(there, "in/run.sh"))).toBe(true);
    await cp(["ü note.txt", "work:renamed"]);
    expect(read(there, "renamed")).toBe("ü");
    leftNothing();
  });

  test("a file of the workspace that differs is not replaced unasked", async () => {
    write(here, "a.txt", "host");
    write(here, "b.txt", "b");
    write(there, "a.txt", "agent");
    const error = await refused(cp(["a.txt", "b.txt", "work:"]));
    expect([error.exit, error.details]).toEqual([4, ["./a.txt"]]);
    expect([read(there, "a.txt"), existsSync(join(there, "b.txt"))]).toEqual(["agent", false]);
    leftNothing();
    for (const answer of [false, true]) {
      const confirm = { possible: true, ask: async () => answer };
      const done = cp(["a.txt", "work:"], { ctx: { confirm } });
      await (answer ? done : refused(done));
      expect(read(there, "a.txt")).toBe(answer ? "host" : "agent");
      leftNothing();
    }
    write(there, "a.txt", "agent");
    await cp(["a.txt", "work:"], { force: true });
    expect(read(there, "a.txt")).toBe("host");
  });

  test("standard input becomes a file", async () => {
    await cp(["-", "work:dump.sql"], { input: Readable.from([Buffer.from("select "), Buffer.from("1;\n")]) });
    expect(read(there, "dump.sql")).toBe("select 1;\n");
    expect((await refused(cp(["-", "work:"]))).exit).toBe(2);
  });

  test("a link that is named is followed, to a file too large to be read at once", async () => {
    write(here, "big", "x".repeat(3_000_000));
    symlinkSync("big", join(here, "latest"));
    await cp(["latest", "work:"]);
    expect(lstatSync(join(there, "latest")).size).toBe(3_000_000);
    expect(lstatSync(join(there, "latest")).isFile()).toBe(true);
  });

  test("a directory that nobody may write in goes with its mode, also into one that is there", async () => {
    write(here, "d/sub/x", "x");
    for (const name of ["d/sub", "d"]) chmodSync(join(here, name), 0o555);
    try {
      await cp(["d", "work:"]);
      for (const name of ["d", "d/sub"]) expect(statSync(join(there, name)).mode & 0o777).toBe(0o555);
      spawnSync("chmod", ["-R", "u+w", there]);
      rmSync(join(there, "d/sub"), { recursive: true });
      await cp(["d", "work:"]);
      expect(statSync(join(there, "d/sub")).mode & 0o777).toBe(0o555);
    } finally {
      spawnSync("chmod", ["-R", "u+w", here, there]);
    }
    leftNothing();
  });

  test("more names than a command line holds", async () => {
    const names = Array.from({ length: 1500 }, (_, at) => `${"n".repeat(100)}${at}`);
    for (const name of names) writeFileSync(join(here, name), "");
    await cp([...names, "work:"]);
    expect(all(there)).toEqual(expect.arrayContaining([...names]));
  });

  test.each([
    ["a destination that is no directory", ["a.txt", "b.txt", "work:README.md"], 2],
    ["a destination without a directory", ["a.txt", "work:no/such/name"], 1],
    ["git's own directory, at the destination", ["a.txt", "work:.git/hooks"], 4],
    ["git's own directory, named", ["../shop/.git", "work:"], 4],
    ["what lies in git's own directory", ["../shop/.git/config", "work:"], 4],
    ["a source that is not there", ["c.txt", "work:"], 1],
    ["two of one name", ["a.txt", "../here/a.txt", "work:"], 2],
    ["another workspace", ["other:x", "work:"], 2],
    ["no workspace at all", ["a.txt", "b.txt"], 2],
    ["a branch without a workspace", ["a.txt", "none:"], 1],
  ])("refuses %s", async (_name, words, exit) => {
    write(here, "a.txt", "a");
    write(here, "b.txt", "b");
    const before = all(there);
    const error = await refused(cp(words));
    expect(error.exit).toBe(exit);
    expect(all(there)).toEqual(before);
  });
});

describe("a copy that cannot be", () => {
  test("for a file of the host that cannot be read ends with the system's reason", async () => {
    write(here, "d/a", "a");
    write(here, "d/b", "b");
    chmodSync(join(here, "d/b"), 0);
    await expect(cp(["d", "work:"])).rejects.toThrow(/EACCES/);
    expect(existsSync(join(there, "d"))).toBe(false);
    leftNothing();
  });

  test("is told before all of it was sent", async () => {
    write(here, "big", "x".repeat(20_000_000));
    expect((await refused(cp(["big", "work:no/such/name"]))).message).toContain("There is no directory");
  });

  test("into a directory of the VM that nobody may write in says so", async () => {
    mkdirSync(join(there, "closed"), { mode: 0o555 });
    write(here, "a", "a");
    expect((await refused(cp(["a", "work:closed"]))).details.join()).toContain("Permission denied");
  });
});

describe("interrupted", () => {
  test("a copy to the VM leaves nothing of it there", async () => {
    const stop = new AbortController();
    const input = new PassThrough();
    write(here, "big", "x".repeat(3_000_000));
    const slow: Context["run"] = (argv, options = {}) => {
      const { input: whole } = options;
      if (!(whole instanceof Readable)) return world.ctx.run(argv, options);
      // Half of it goes, then Ctrl-C comes.
      let sent = 0;
      whole.on("data", (chunk: Buffer) => {
        sent += chunk.length;
        if (sent > 1_500_000) return void setTimeout(() => stop.abort(), 300);
        input.write(chunk);
      });
      return world.ctx.run(argv, { ...options, input });
    };
    const before = all(there);
    await expect(cp(["big", "work:"], { ctx: { run: slow, signal: stop.signal } })).rejects.toThrow(
      Interrupted,
    );
    await expect.poll(() => all(there), { timeout: 20_000 }).toEqual(before);
  });

  test("at the question, a copy to the VM leaves nothing of it there", async () => {
    write(here, "a.txt", "host");
    write(there, "a.txt", "agent");
    const stop = new AbortController();
    const confirm = {
      possible: true,
      ask: async () => {
        stop.abort();
        return false;
      },
    };
    await expect(cp(["a.txt", "work:"], { ctx: { confirm, signal: stop.signal } })).rejects.toThrow();
    leftNothing();
  });

  test("standard input that does not end is left", async () => {
    const stop = new AbortController();
    const input = new PassThrough();
    input.write("x");
    input.once("data", () => stop.abort());
    await expect(cp(["-", "work:x"], { input, ctx: { signal: stop.signal } })).rejects.toThrow(Interrupted);
    expect(existsSync(join(there, "x"))).toBe(false);
  });

  test("a copy from the VM leaves nothing of it here", async () => {
    write(there, "big", "x".repeat(30_000_000));
    const stop = new AbortController();
    const run: Context["run"] = (argv, options = {}) => {
      options.into?.once("data", () => stop.abort());
      return world.ctx.run(argv, options);
    };
    await expect(cp(["work:big", "."], { ctx: { run, signal: stop.signal } })).rejects.toThrow(Interrupted);
    expect(all(here)).toEqual([]);
  });

  test("a guest that goes away is told so", async () => {
    world.stopGuest();
    write(here, "a.txt", "a");
    expect((await refused(cp(["a.txt", "work:"]))).exit).toBe(3);
    expect((await refused(cp(["work:README.md", "."]))).exit).toBe(3);
    leftNothing();
    await world.startGuest();
  });
});

describe("another file system below what is copied", () => {
  const shared = `/dev/shm/av-copy-${process.pid}`;
  beforeEach(() => writeFileSync(shared, "x"));
  afterEach(() => rmSync(shared));

  test("is not walked into, on neither side, and named", async () => {
    expect(statSync("/dev/shm").dev).not.toBe(statSync("/dev").dev);
    const out = await refused(cp(["work:/dev", "."]));
    expect(out.exit).toBe(4);
    expect(out.details).toContain("left out, because it is mounted there: /dev/shm");
    expect(existsSync(join(here, "dev", shared.slice("/dev".length)))).toBe(false);
    const back = await refused(cp(["/dev", "work:"]));
    expect(back.details.join("\n")).toMatch(/another file system.*\/dev\/shm/);
    expect(existsSync(join(there, "dev", shared.slice("/dev".length)))).toBe(false);
  });

  test("is copied when it is named itself", async () => {
    await cp([`work:${shared}`, "."]);
    expect(readdirSync(here)).toEqual([shared.slice("/dev/shm/".length)]);
  });
});

describe("killed", () => {
  const notes = () => readdirSync(join(world.ctx.paths.state, "copies"));
  /** A process that has ended, as the copy's that was killed. */
  const dead = () => spawnSync("true").pid;
  const noted = (id: string, where: object, pid = dead()) =>
    write(
      join(world.ctx.paths.state, "copies"),
      `${id}.json`,
      JSON.stringify({ pid, started: "1", hostname: hostname(), ...where }),
    );
  const id = (digit: string) => digit.repeat(16);
  beforeEach(() => rmSync(join(world.ctx.paths.state, "copies"), { recursive: true, force: true }));
  const ours = async () => ({ ...(await thisProcess()), hostname: hostname() });

  test("what a copy of this host left is cleared by the next one, and nothing else", async () => {
    const stage = (digit: string) => join(here, `.agent-vm-cp.${id(digit)}`);
    for (const digit of ["a", "b", "c", "d"]) write(stage(digit), "half", "half");
    // One that lives, one of another host, one that nobody noted.
    noted(id("a"), { stage: stage("a") });
    noted(id("b"), { stage: stage("b"), ...(await ours()) });
    noted(id("c"), { stage: stage("c"), hostname: "elsewhere" });
    // Neither a link in its place nor what has another name.
    symlinkSync(there, stage("e"));
    noted(id("e"), { stage: stage("e") });
    write(here, "mine/half", "mine");
    noted(id("f"), { stage: join(here, "mine") });
    await cp(["work:README.md", "."]);
    expect(readdirSync(here).sort()).toEqual(
      [...["b", "c", "d", "e"].map((digit) => `.agent-vm-cp.${id(digit)}`), "README.md", "mine"].sort(),
    );
    expect(read(there, "README.md")).toBe("hello\n");
    expect(notes().sort()).toEqual([`${id("b")}.json`, `${id("c")}.json`]);
    for (const name of notes()) rmSync(join(world.ctx.paths.state, "copies", name));
  });

  test("what a copy left in the VM is cleared by the next one, unless a program works on it", async () => {
    mkdirSync(join(there, "in"));
    const stage = (digit: string, at = there) => join(at, `.agent-vm-cp.${id(digit)}`);
    const guest = (digit: string, to: string) => ({ guest: { dir: "shop-work", to, mark: id(digit) } });
    write(stage("a"), "0/half", "half");
    chmodSync(join(stage("a"), "0"), 0o555);
    noted(id("a"), guest("a", "name"));
    write(stage("b", join(there, "in")), "0", "half");
    noted(id("b"), guest("b", "in"));
    write(stage("c"), "0", "half");
    noted(id("c"), { ...guest("c", ""), ...(await ours()) });
    write(stage("d"), "0", "half");
    noted(id("d"), guest("d", ""));
    symlinkSync(world.guestHome, stage("e"));
    noted(id("e"), guest("e", ""));
    const holder = spawn("flock", ["-x", stage("d"), "-c", "echo held; exec cat"]);
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    write(here, "a.txt", "a");
    await cp(["a.txt", "work:"]);
    holder.stdin.end();
    const left = [there, join(there, "in")]
      .flatMap((at) => readdirSync(at).sort())
      .filter((name) => /agent-vm-cp/.test(name));
    expect(left).toEqual(["c", "d", "e"].map((digit) => `.agent-vm-cp.${id(digit)}`));
    expect(existsSync(join(world.guestHome, "workspace"))).toBe(true);
    expect(notes()).toEqual([`${id("c")}.json`]);
    rmSync(join(world.ctx.paths.state, "copies", `${id("c")}.json`));
  });

  test("at the question: it is noted while it waits", async () => {
    write(here, "a.txt", "host");
    write(there, "a.txt", "agent");
    let waiting: string[] = [];
    const confirm = {
      possible: true,
      ask: async () => {
        waiting = notes();
        // Another copy meanwhile leaves it alone.
        write(here, "b.txt", "b");
        await cp(["b.txt", "work:"]);
        return true;
      },
    };
    await cp(["a.txt", "work:"], { ctx: { confirm } });
    expect(waiting).toHaveLength(1);
    expect(notes()).toEqual([]);
    expect(read(there, "a.txt")).toBe("host");
  });
});

describe("the host's side", () => {
  test("a mounted workspace is not looked at", async () => {
    const mount = join(world.hostHome, ".agent-vm-mounts/workspace");
    mkdirSync(mount, { recursive: true });
    symlinkSync(mount, join(here, "m"));
    for (const to of [mount, "m", "m/x"]) expect((await refused(cp(["work:README.md", to]))).exit).toBe(2);
    expect((await refused(cp(["m/x", "work:"]))).exit).toBe(2);
    symlinkSync(world.hostHome, join(here, "home"));
    const paths = { ...world.ctx.paths, home: join(here, "home") };
    for (const to of [mount, join(paths.home, ".agent-vm-mounts")])
      expect((await refused(cp(["work:README.md", to], { ctx: { paths } }))).exit).toBe(2);
  });

  test("a directory above the mounts is copied without them; nobody looks at one", async () => {
    const mount = join(here, ".agent-vm-mounts");
    write(mount, "workspace/shop/x", "x");
    chmodSync(mount, 0);
    write(here, "notes", "n");
    try {
      const error = await refused(
        cp([".", "work:all/"], { ctx: { paths: { ...world.ctx.paths, home: here } } }),
      );
      expect([error.exit, error.details.join()]).toEqual([4, expect.stringContaining(mount)]);
    } finally {
      chmodSync(mount, 0o755);
    }
    expect(all(join(there, "all"))).toEqual(["notes"]);
  });

  test("nothing goes into git's own directory, through a link neither", async () => {
    symlinkSync(join(world.repo, ".git/hooks"), join(here, "hooks"));
    for (const to of ["../shop/.git/hooks", "hooks", "../shop/.git/new"])
      expect((await refused(cp(["work:README.md", to]))).exit).toBe(4);
  });

  test("a link of the user's own is followed to its directory", async () => {
    mkdirSync(join(world.hostHome, "elsewhere"));
    symlinkSync(join(world.hostHome, "elsewhere"), join(here, "downloads"));
    await cp(["work:README.md", "downloads"]);
    expect(all(join(world.hostHome, "elsewhere"))).toEqual(["README.md"]);
  });

  test("what the VM's user may not read is named, and the rest is copied", async () => {
    write(there, "d/a", "a");
    write(there, "d/b", "b");
    chmodSync(join(there, "d/a"), 0);
    const error = await refused(cp(["work:d", "."]));
    expect(error.exit).toBe(1);
    expect(error.details.join("\n")).toContain("d/a");
    expect(all(here)).toEqual(["d", "d/b"]);
    expect(readFileSync(join(here, "d/b"), "utf8")).toBe("b");
  });
});
