// What a program in a session shows and is given, on a real terminal (tmux) over a real sshd: as in plain ssh.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createSessionUser, type SessionUser } from "./terminal/session-user.ts";

let user: SessionUser;
beforeAll(async () => {
  user = await createSessionUser();
});
afterAll(() => user.remove());
afterEach(() => user.over());

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const ROWS = 29;
const bash = (script: string) => ["bash", "-c", script];
const runs = (script: string, timeout = 0) => user.enter({ run: bash(script), timeout });

/** The program's rows and its cursor when they have not changed for a while. */
async function atRest(): Promise<string> {
  let last = "";
  for (let same = 0; same < 5; ) {
    await pause(100);
    const rows = user.screen().split("\n").slice(0, ROWS);
    const now = `${rows.join("\n")}\n${user.value("#{cursor_x},#{cursor_y} #{cursor_flag} #{alternate_on}")}`;
    same = now === last ? same + 1 : 0;
    last = now;
  }
  return last;
}

/** The session's status line takes a row of its own. A plain program of the main screen has no other one. */
async function inBoth(script: string, act: () => Promise<void>, again = 2): Promise<string> {
  const plain = { plain: bash(script), rows: ROWS, how: "raw" } as const;
  const inSession = { run: bash(script), rows: ROWS + 1 };
  const screens: string[] = [];
  for (const options of [plain, inSession]) {
    await user.enter(options);
    await act();
    screens.push((await atRest()).replace(/ [01]$/, ""));
    await user.over();
  }
  const [without = "", within = ""] = screens;
  // A program that is slow to draw may be seen half-way.
  if (again > 0 && within !== without) return inBoth(script, act, again - 1);
  expect(without.trim().length).toBeGreaterThan(200);
  expect(within).toBe(without);
  return within;
}

describe("looks the same as in plain ssh:", () => {
  test("colours, styles, links, wide characters", async () => {
    const screen = await inBoth(
      `export LC_ALL=C.UTF-8; printf '\\033[?1049h\\033[2J\\033[H\\033[1;31mred\\033[0m \\033[38;2;9;99;199mtrue\\033[m \\033[4:3mwavy\\033[m ünï 日本 🚀 e\\u0301\\r\\n'
      printf '\\033[9mstruck\\033[m \\033[53mover\\033[m \\033]8;;https://example.org/a\\033\\\\link\\033]8;;\\033\\\\ ┌───┐\\033[10;20Hthere\\033[2;60H\\033[7mback\\033[27m\\033[5;10r\\033[9;1Hin margins\\n\\n\\n'
      for i in 1 2 3 4 5 6 7 8; do printf "\\033[3\${i}mline $i of some length to fill the screen\\033[K\\033[0m\\r\\n"; done
      printf '\\033[r\\033[20;1Hdone'; read -r _`,
      () => user.shows("done"),
    );
    expect(screen).toContain("38;2;9;99;199");
    expect(screen).toContain("日本 🚀");
  });

  test("vim, typed in, scrolled and split", async () => {
    const lines = Array.from({ length: 200 }, (_, at) => `int line_${at} = ${at}; // wörds 日本 "text"`);
    writeFileSync(join(user.guest.home, "file.c"), `${lines.join("\n")}\n`);
    const vim = `export LC_ALL=C.UTF-8; cd ~; exec vim -u NONE -N -i NONE -n +'syntax on' +'set nu hls' ${user.guest.home}/file.c`;
    await inBoth(vim, async () => {
      await user.shows("line_0");
      user.keys("50G", "ofrom the keyboard", "Escape");
      await user.shows("keyboard");
      user.keys("/line_1", "Enter", "C-e", "C-e", ":split", "Enter", "gg");
      await user.shows("line_0");
    });
  });

  test("less, a page further and back", async () => {
    const less = `export LC_ALL=C.UTF-8; seq 500 | sed 's/^/a line of text, number /' >/tmp/lines-$$; exec less /tmp/lines-$$`;
    await inBoth(less, async () => {
      await user.shows("number 28");
      user.keys("Space", "j", "j", "/number 77", "Enter");
      await user.shows("number 90");
    });
  });

  test("an agent's interface, drawn again and again at once", async () => {
    const line = "─".repeat(60);
    const frame = `\\033[?2026h\\033[?25l\\033[3;1H╭${line}╮\\033[4;1H│ \\033[1m✻ Working\\033[22m \\033[2m(%d s · esc to interrupt)\\033[22m\\033[K\\033[5;1H\\033[38;2;215;119;87m╰${line}╯\\033[39m\\033[6;1H\\033[7m \\033[27m\\033[?25h\\033[?2026l`;
    const script = `export LC_ALL=C.UTF-8; stty raw -echo; printf '\\033[?1049h\\033[2J\\033[?2004h\\033[?1004h\\033[>1u\\033[?u\\033[c'
      for i in 1 2 3 4 5 6 7 8 9; do printf '${frame}' $i; sleep 0.05; done; printf '\\033[8;1Hdone'; read -r _`;
    await inBoth(script, () => user.shows("done"));
  });
});

test("a new size of the window reaches the program", async () => {
  await runs("trap 'stty size' WINCH; stty size; while :; do sleep 0.1; done");
  await user.shows("29 100");
  user.tmux("resize-window", "-x", "71", "-y", "19");
  await user.shows("18 71");
});

describe("keys:", () => {
  test("Ctrl-C, Ctrl-Z and Ctrl-\\ reach a program that takes them", async () => {
    const traps = ["INT", "TSTP", "QUIT"].map((name) => `trap 'echo got ${name}' ${name};`).join(" ");
    await runs(`${traps} echo ready; while :; do sleep 0.05; done`);
    await user.shows("ready");
    for (const [key, name] of [
      ["C-c", "INT"],
      ["C-z", "TSTP"],
      ["C-\\", "QUIT"],
      ["C-c", "INT"],
    ] as const) {
      user.keys(key);
      await user.shows(`got ${name}`);
    }
  });

  test.each([
    ["C-c", 130],
    ["C-\\", 131],
  ])("%s ends a program that does not", async (key, code) => {
    await user.enter({ run: ["sh", "-c", "echo ready; exec sleep 100"] });
    await user.shows("ready");
    user.keys(key);
    expect((await user.ended()).code).toBe(code);
  });

  test("Ctrl-Z leaves nothing stuck, nor does a program that stops itself", async () => {
    await user.enter({ run: ["sh", "-c", "echo ready; exec cat"] });
    await user.shows("ready");
    user.keys("C-z");
    user.line("still there");
    await user.until(() => user.screen().split("still there").length === 3);
    await user.over();
    const stops = ["STOP", "TSTP"].map((name) => `kill -${name} $$; echo went on after ${name};`).join(" ");
    await runs(`${stops} read -r _; exit 5`, 60);
    await user.shows("went on after STOP");
    await user.shows("went on after TSTP");
    user.line("");
    expect((await user.ended()).code).toBe(5);
  });

  test("a limit of time ends one that has stopped or does not mind", async () => {
    await runs("trap '' TERM; echo ready; kill -STOP $$; while :; do sleep 0.1; done", 1);
    await user.shows("ready");
    expect((await user.ended()).code).toBe(124);
  }, 60_000);

  test("in the shell jobs stop and go on", async () => {
    await user.enter();
    await user.shows("leave: Ctrl-b d");
    user.line("sh -c 'printf wor%s king; exec sleep 100'");
    await user.shows("working");
    user.keys("C-z");
    await user.shows("Stopped");
    user.line("clear; kill %1; echo on$(echo ward)");
    await user.shows("onward");
  });

  test("the mouse and the window's focus reach the program that asked for them", async () => {
    await runs("stty raw -echo; printf '\\033[?1003h\\033[?1006h\\033[?1004hready'; exec cat -v");
    await user.shows("ready");
    await user.until(() => user.value("#{mouse_any_flag}#{mouse_sgr_flag}") === "11");
    user.keys("-l", "\u001b[<0;7;5M\u001b[O");
    await user.shows("^[[<0;7;5M");
    await user.shows("^[[O");
  });
});

describe("a paste of 1 MB", () => {
  const text = `${"pasted words and some more of them, and more\n".repeat(24_000)}end`;
  const sum = (whole: string) => createHash("sha256").update(whole).digest("hex");
  test.each([
    ["arrives whole", "", text],
    ["arrives whole and as a paste", "\\033[?2004h", `\u001b[200~${text}\u001b[201~`],
  ])(
    "%s",
    async (_what, begin, arrives) => {
      const file = join(user.place, "paste");
      writeFileSync(file, text);
      const got = join(user.guest.home, "got");
      await runs(
        `read -r _; stty raw -echo; printf '${begin}ready'; head -c ${Buffer.byteLength(arrives)} >${got}; printf whole; sleep 100`,
      );
      await user.shows("leave: Ctrl-b d");
      user.line("");
      await user.shows("ready");
      // The modes that a program asks for follow its text.
      await pause(500);
      user.tmux("load-buffer", file);
      user.tmux("paste-buffer", "-p", "-r");
      await user.shows("whole");
      expect(sum(readFileSync(got, "utf8"))).toBe(sum(arrives));
    },
    60_000,
  );
});

test("a copy reaches the user's clipboard when the user opted in, and else not", async () => {
  const script = "echo ready; read -r _; printf '\\033]52;c;aGVsbG8=\\007there'; sleep 100";
  for (const how of ["guarded", "clipboard"] as const) {
    await user.enter({ how, run: bash(script) });
    await user.shows("ready");
    user.line("");
    await user.shows("there");
    if (how === "clipboard") await user.until(() => user.tmux("list-buffers").includes("hello"));
    else await pause(500);
    expect(user.tmux("list-buffers").includes("hello")).toBe(how === "clipboard");
    await user.over();
  }
});

test("what a session writes is kept, with every key's echo, and no more of it than 8 MiB", async () => {
  await runs("head -c 12000000 /dev/zero | tr '\\\\0' x; echo; echo the end; read -r _");
  await user.shows("the end");
  const sessions = join(user.guest.home, ".local/state/agent-vm/sessions");
  const newest = readdirSync(sessions)
    .map((id) => join(sessions, id))
    .sort((one, other) => statSync(other).ctimeMs - statSync(one).ctimeMs)[0] as string;
  await user.until(
    () => existsSync(join(newest, "log.1")) && readFileSync(join(newest, "log"), "utf8").includes("the end"),
  );
  const sizes = ["log", "log.1"].map((name) => statSync(join(newest, name)).size);
  expect(Math.max(...sizes)).toBeLessThan(4_300_000);
});
