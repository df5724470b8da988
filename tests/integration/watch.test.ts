// What is told as it happens, over a real sshd and tmux: events, the live overview, and a VM that goes and comes back.
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../src/context.ts";
import { unmount } from "../../src/domain/mount/unmount.ts";
import { runCommand } from "../../src/domain/session/run-command.ts";
import { settingsSchema } from "../../src/domain/settings.ts";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import type { VmState } from "../../src/domain/vm/state.ts";
import { psView } from "../../src/domain/watch/ps-view.ts";
import { showLive } from "../../src/domain/watch/show.ts";
import { statusView } from "../../src/domain/watch/status-view.ts";
import { watchEvents } from "../../src/domain/watch/watch.ts";
import { describeAll } from "../../src/domain/workspace/describe.ts";
import { prepareWorkspace } from "../../src/domain/workspace/prepare.ts";
import { type Run, run } from "../../src/io/run.ts";
import { holdToForm } from "../answers.ts";
import { commit, createWorld, git, type World, write } from "./guest.ts";
import { type Condition, eventually, keptIn, tmuxIn } from "./guest-sessions.ts";

let world: World;
let over: AbortController;
let work: Promise<void> | undefined;
beforeEach(async () => {
  world = await createWorld();
  over = new AbortController();
});
afterEach(async () => {
  over.abort();
  await work;
  tmuxIn(world, "kill-server");
  await unmount(world.ctx);
  world.remove();
});

const until = (condition: Condition) => eventually(condition, () => said.slice(-20));

let said: string[];
/** ssh calls that the watch made. */
let calls: number;
function watching(change: Partial<Context> = {}): Context {
  said = [];
  calls = 0;
  const say = (text: string) => void said.push(text);
  const answer = (text: string) => {
    if (text.startsWith("{")) holdToForm(["watch"], text);
    say(text);
  };
  const counted: Run = async (argv, options) => {
    if (argv[0] === "ssh") calls += 1;
    return run(argv, options);
  };
  return {
    ...world.ctx,
    run: counted,
    signal: over.signal,
    out: { ...world.ctx.out, answer, say, warn: say },
    ...change,
  };
}
const reach = async () => ({ state: "running" as VmState, target: await world.ctx.target() });

/** The guest's programs call another of that name first, which goes on as the real one when `script` does not end it. */
function withProgram(name: string, script: string): Run {
  const bin = join(world.guestHome, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\nexec /usr/bin/${name} "$@"\n`, { mode: 0o755 });
  return (argv, options) =>
    run(
      argv.map((one) => one.replace(/^sh -c/, `env PATH=${bin}:/usr/bin:/bin sh -c`)),
      options,
    );
}

interface Told {
  event: string;
  branch?: string;
  exitCode?: number;
  initial?: true;
  subject?: string;
}
const events = (): Told[] => said.flatMap((text) => (text.startsWith("{") ? [JSON.parse(text) as Told] : []));
const names = () => events().map((one) => one.event);

function watchAll(change: Partial<Context> = {}, notify = false): void {
  work = watchEvents(watching(change), { notify, reach });
}
const runs = (script: string, branch = "work") =>
  runCommand({ ...world.ctx, afterDashes: ["sh", "-c", script] }, { branch, detach: true });

const EVERYTHING = { trees: true, lines: false, sizes: true, view: statusView };
function overview(columns = 80): void {
  const screen = { terminal: false, columns, stdout: new PassThrough() };
  work = showLive(watching({ columns }), { ...EVERYTHING, reach }, screen);
}
const last = () => said.at(-1) ?? "";

describe("watch", () => {
  test("tells what begins, waits, works, ends and is committed, over one connection", async () => {
    await prepareWorkspace(world.ctx, "work");
    watchAll();
    await until(() => names().includes("connected"));
    const state = 'printf "%s %s\\n" "$1" "$(date +%s)" >"$AGENT_VM_SESSION_FILES/state"';
    await runs(
      `say() { ${state}; }; gate() { until [ -e "$HOME/$1" ]; do sleep 0.1; done; }
       gate a; say waiting; gate b; say working; gate c; git commit -q --allow-empty -m "it is done"; gate d; exit 3`,
    );
    for (const [gate, event] of [
      ["", "started"],
      ["a", "waiting"],
      ["b", "working"],
      ["c", "committed"],
      ["d", "failed"],
    ] as const) {
      if (gate !== "") writeFileSync(join(world.guestHome, gate), "");
      await until(() => names().includes(event));
    }
    const order = names().filter((name) => name !== "idle");
    expect(order).toEqual(["connected", "started", "waiting", "working", "committed", "failed"]);
    expect(events().every((one) => one.event === "connected" || one.branch === "work")).toBe(true);
    expect(events().find((one) => one.event === "failed")?.exitCode).toBe(3);
    expect(events().find((one) => one.event === "committed")?.subject).toBe("it is done");
    expect(calls).toBe(1);
  });

  test("tells what is there at the beginning, and a process that went without a word", async () => {
    await runs("sleep 100");
    watchAll();
    await until(() => events().some((one) => one.initial === true));
    const id = JSON.parse(said.find((text) => text.includes("initial")) ?? "{}").session as string;
    process.kill(Number(readFileSync(keptIn(world, id, "about"), "utf8").split("\0")[5]), "SIGKILL");
    await until(() => names().includes("killed"));
  });

  test("says that the VM is away, goes on when it is back, and tells what happened meanwhile", async () => {
    await prepareWorkspace(world.ctx, "work");
    watchAll();
    await until(() => names().includes("connected"));
    world.stopGuest();
    await until(() => names().includes("disconnected"));
    expect(said.some((text) => text.includes("does not answer"))).toBe(true);
    commit(world.at("shop-work"), { "new.txt": "1" }, "while nobody looked");
    await world.startGuest();
    await until(() => names().includes("committed"));
    expect(said).toContain("The VM answers again.");
  });

  test("asks again for sessions that were not told in time, and takes none for new or gone", async () => {
    const works = 'until [ -e "$HOME/over" ]; do sleep 0.1; done';
    await runs(works);
    const busy = join(world.guestHome, "busy");
    writeFileSync(busy, "");
    const asked = join(world.guestHome, "asked");
    watchAll({
      run: withProgram("timeout", `[ "$1" != 30 ] || { echo >>'${asked}'; [ ! -e '${busy}' ] || exit 124; }`),
    });
    const times = () => readFileSync(asked, "utf8").length;
    await until(() => names().includes("connected") && times() > 2);
    expect(names()).toEqual(["connected"]);
    rmSync(busy);
    await until(() => names().length > 1);
    writeFileSync(busy, "");
    const before = times();
    await runs(works, "other");
    await until(() => times() > before + 1);
    rmSync(busy);
    await until(() => events().some((one) => one.branch === "other"));
    writeFileSync(join(world.guestHome, "over"), "");
    const finished = () => events().filter((one) => one.event === "finished");
    await until(() => finished().length === 2);
    expect(
      events()
        .filter((one) => !["finished", "idle"].includes(one.event))
        .map((one) => [one.event, one.branch, one.initial]),
    ).toEqual([
      ["connected", undefined, undefined],
      ["working", "work", true],
      ["started", "other", undefined],
    ]);
  });

  test("calls the user by his own command, with cleaned words and no shell between", async () => {
    const program = join(world.hostHome, "notify me.sh");
    const got = join(world.hostHome, "got");
    writeFileSync(
      program,
      `#!/bin/sh\nprintf '%s|%s|%s|%s\\n' "$1" "$AGENT_VM_EVENT" "$AGENT_VM_TEXT" "$AGENT_VM_EXIT_CODE" >>'${got}'\n`,
    );
    chmodSync(program, 0o755);
    const settings = settingsSchema.parse({ notify: [program, "$(id) 'word'"] });
    watchAll({ settings }, true);
    await until(() => names().includes("connected"));
    await runs("exit 4; printf '\u001b]0;x\u0007'", "work");
    await until(() => names().includes("failed"));
    const seen = () => spawnSync("cat", [got], { encoding: "utf8" }).stdout;
    await until(() => seen().includes("\n"));
    expect(seen()).toMatch(/^\$\(id\) 'word'\|failed\|.*has failed with exit code 4\|4\n$/);
    expect(seen()).not.toContain("\u001b");
  });
});

describe("the live overview", () => {
  test("shows each kind of change as it happens, in one connection", async () => {
    await prepareWorkspace(world.ctx, "work");
    overview(100);
    const shows = async (what: RegExp, change: () => unknown) => {
      expect(last()).not.toMatch(what);
      await change();
      await until(() => what.test(last()));
    };
    await until(() => /work +equal/.test(last()) && /MB/.test(last()));
    const place = world.at("shop-work");
    await shows(/\?1/, () => write(place, "new.txt", "1"));
    await shows(/M1 \?1/, () => appendFileSync(join(place, "README.md"), "more"));
    await shows(/\?2/, () => write(place, "a new/directory/x.txt", "1"));
    await shows(/workspace ahead 1/, () => commit(place, { "a.txt": "1" }));
    await shows(/ahead 1 .*\$1/, () => git(place, "stash"));
    expect(calls).toBe(1);
    await shows(/equal/, () => fetchBranch(world.ctx, "work"));
    const other = commit(world.repo, { "h.txt": "1" });
    await shows(/rewritten on the host/, () => git(world.repo, "update-ref", "refs/heads/work", other));
    await shows(/other/, () => prepareWorkspace(world.ctx, "other"));
    await shows(/sh .*working/, () => runs("sleep 100", "other"));
  });

  test("of 50 workspaces fits 80 columns and 200", async () => {
    await prepareWorkspace(world.ctx, "work");
    const map = JSON.parse(readFileSync(world.ctx.paths.workspaces, "utf8"));
    const one = map.workspaces[0];
    for (let at = 1; at < 50; at++) {
      const branch = `feature/number-${at}-with-a-long-name`;
      const dir = `shop-feature-number-${at}`;
      git(world.repo, "branch", branch, "work");
      execFileSync("cp", ["-a", world.at("shop-work"), world.at(dir)]);
      git(world.at(dir), "checkout", "-q", "-b", branch);
      map.workspaces.push({ ...one, dir, branch });
    }
    writeFileSync(world.ctx.paths.workspaces, JSON.stringify(map));
    for (const columns of [80, 200]) {
      overview(columns);
      await until(
        () =>
          last()
            .split("\n")
            .filter((line) => / equal /.test(line)).length === 50,
      );
      for (const line of last().split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
      write(world.at("shop-feature-number-49"), `new-${columns}.txt`, "1");
      await until(() => /number-49.*(\?\d|untracked)/.test(last()));
      expect(calls).toBe(1);
      over.abort();
      await work;
      over = new AbortController();
    }
  });

  test("of sessions shows what they write", async () => {
    const screen = { terminal: false, columns: 120, stdout: new PassThrough() };
    await runs('until [ -e "$HOME/go" ]; do sleep 0.1; done; echo and on it goes; sleep 100');
    const what = { trees: false, lines: true, sizes: false, view: psView(false) };
    work = showLive(watching({ columns: 120 }), { ...what, reach }, screen);
    await until(() => /work .*working\?/.test(last()));
    writeFileSync(join(world.guestHome, "go"), "");
    await until(() => last().includes("and on it goes"));
  });
});

describe("where not all can be watched", () => {
  /** What the guest's program is, but for a word of it. */
  const otherwise =
    (from: string, to: string): Run =>
    (argv, options) => {
      const changed = argv.map((one) => one.replace(from, () => to));
      if (argv[0] === "ssh") expect(changed).not.toEqual(argv);
      return run(changed, options);
    };
  async function seesAll(ctx: Context): Promise<void> {
    await prepareWorkspace(world.ctx, "work");
    await prepareWorkspace(world.ctx, "other");
    work = watchEvents(ctx, { notify: false, reach });
    await until(() => names().includes("connected"));
    // The first looks are at all, whatever is watched.
    for (const round of ["first", "again"]) {
      for (const branch of ["work", "other"]) {
        const subject = `${round} in ${branch}`;
        commit(world.at(`shop-${branch}`), { "deep/down/new.txt": round }, subject);
        await until(() => events().some((one) => one.subject === subject));
      }
    }
  }

  test("more directories than the limit: the rest is looked at in turns", async () => {
    await seesAll(watching({ run: otherwise("my $MOST = 40000", "my $MOST = 3") }));
  });

  test("a kernel whose calls are not known: all are looked at in turns", async () => {
    await seesAll(watching({ run: otherwise("uname -m", "echo other") }));
  });
});

test("status tells the sessions in the same round trip", async () => {
  await runs("sleep 100");
  const ctx = watching();
  const { workspaces, sessions } = await describeAll(ctx, await ctx.target());
  expect(workspaces.map((one) => one.branch)).toEqual(["work"]);
  expect(sessions?.map((one) => [one.branch, one.state])).toEqual([["work", "working"]]);
  expect(calls).toBe(1);
});

test("a tmux that does not answer keeps no workspace from being told", async () => {
  await runs("sleep 100");
  const ctx = watching({ run: withProgram("tmux", "exec sleep 1000") });
  const { workspaces, sessions } = await describeAll(ctx, await ctx.target());
  expect(workspaces.map((one) => one.branch)).toEqual(["work"]);
  expect(sessions).toBeUndefined();
});
