// A session on a real terminal (tmux) over a real sshd: with the guard it looks and feels as without.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ATerminal, createTerminal, type How } from "./terminal/a-terminal.ts";

let user: ATerminal;
beforeAll(async () => {
  user = await createTerminal();
});
afterAll(() => user.remove());

const shows = (text: string) => user.until(() => user.screen().includes(text));
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The screen when it has not changed for a while. */
async function atRest(): Promise<string> {
  let last = "";
  for (let same = 0; same < 5; ) {
    await pause(100);
    const now = `${user.screen()}${user.value("#{cursor_x},#{cursor_y} #{cursor_flag} #{alternate_on}")}`;
    same = now === last ? same + 1 : 0;
    last = now;
  }
  return last;
}

/** A program that is slow to draw may be seen half-way: what looks different is looked at again, both ways. */
async function inBoth(look: (how: How) => Promise<string>, again = 2): Promise<void> {
  const without = await look("raw");
  const guarded = await look("guarded");
  if (again > 0 && (guarded !== without || without.trim().length <= 200)) return inBoth(look, again - 1);
  expect(without.trim().length).toBeGreaterThan(200);
  expect(guarded).toBe(without);
}

describe("looks the same with the guard:", () => {
  test("colours, cursor moves and line drawing", () =>
    inBoth(async (how) => {
      const script = `printf '\\033[1;31mred\\033[0m \\033[38;2;9;99;199mtrue\\033[m \\033[4:3mwavy\\033[m ünï 日本 🚀\\r\\n'
        printf '\\033(0lqqqk\\033(B\\033[10;20Hthere\\033[2;1H\\033[7mback\\033[27m\\033[5;10r\\033[9;1Hin margins\\n\\n\\n'
        for i in 1 2 3 4 5 6 7 8; do printf "\\033[3${"$"}{i}mline $i of some length to fill the screen\\033[K\\033[0m\\r\\n"; done
        printf '\\033[r\\033[20;1Hdone'; read -r _`;
      await user.open(how, script);
      await shows("done");
      return atRest();
    }));

  test("vim, typed in and scrolled", () =>
    inBoth(async (how) => {
      const lines = Array.from(
        { length: 200 },
        (_, line) => `int line_${line} = ${line}; // wörds 日本 "text"`,
      );
      writeFileSync(join(user.guest.home, "file.c"), `${lines.join("\n")}\n`);
      await user.open(
        how,
        `export LC_ALL=C.UTF-8; exec vim -u NONE -N -i NONE -n +'syntax on' +'set nu hls' ${user.guest.home}/file.c`,
      );
      await shows("line_0");
      user.keys(
        "50G",
        "ofrom the keyboard",
        "Escape",
        "/line_1",
        "Enter",
        "C-e",
        "C-e",
        ":split",
        "Enter",
        "gg",
      );
      return atRest();
    }));

  test("an agent's interface: drawn again and again at once, asking, with paste and keyboard of its own", () =>
    inBoth(async (how) => {
      const box = (left: string, right: string) =>
        `\\033[38;2;215;119;87m${left}${"─".repeat(60)}${right}\\033[39m\\r\\n`;
      const begin =
        "\\033[?2004h\\033[?1004h\\033[>1u\\033[>4;2m\\033[>0q\\033[?u\\033[c\\033]0;✳ agent\\007";
      const frame = `\\033[?2026h\\033[?25l\\033[2K\\033[1A\\033[2K\\033[1A\\033[2K\\033[1A\\033[2K\\033[G${box("╭", "╮")}│ \\033[1m✻ Working\\033[22m \\033[2m(%d s · esc to interrupt)\\033[22m\\r\\n${box("╰", "╯")}\\033[7m \\033[27m\\033]8;;https://example.org/a\\007link\\033]8;;\\007\\033[?2026l`;
      const script = `stty raw -echo; printf '${begin}'; printf '\\r\\n\\n\\n'
        for i in 1 2 3 4 5 6 7 8 9; do printf '${frame}' $i; done; printf 'drawn\\r\\n'
        # The last question's answer passes in both ways.
        until [ "$(dd bs=1 count=1 2>/dev/null)" = c ]; do :; done; printf 'now\\r\\n'; dd bs=1 count=19 2>/dev/null | od -An -c | tr '\\n' ' '
        printf '\\r\\ndone\\033[?25h'; stty sane; read -r _`;
      await user.open(how, `export LC_ALL=C.UTF-8; ${script}`);
      await shows("now");
      user.tmux("set-buffer", "pasted\n");
      user.tmux("paste-buffer", "-p");
      await shows("done");
      expect(user.screen()).toContain("2   0   0   ~");
      return atRest();
    }));

  test("tmux in the VM, with two panes", () =>
    inBoth(async (how) => {
      const inner = "tmux -u -L inner-$$ -f /dev/null new-session -n fixed -x 100 -y 30";
      await user.open(
        how,
        `unset TMUX; exec ${inner} 'echo left; cat' \\; split-window -h 'echo right; cat' \\; set status-right ''`,
      );
      await shows("right");
      user.keys("typed", "Enter");
      const screen = await atRest();
      user.keys("C-b", ":kill-server", "Enter");
      return screen.replaceAll(/inner-\d+|\[\d+\]/g, "");
    }));
});

test("the window's size reaches the guest, at first and when it changes", async () => {
  await user.open("guarded", `trap 'stty size' WINCH; stty size; while :; do sleep 0.1; done`);
  await shows("30 100");
  user.tmux("resize-window", "-x", "71", "-y", "19");
  await shows("19 71");
});

test("keys go to the guest as they are: Ctrl-C, Ctrl-Z, Ctrl-\\, Ctrl-S, Ctrl-V", async () => {
  await user.open(
    "guarded",
    "stty raw -echo; echo ready; dd bs=1 count=5 2>/dev/null | od -An -tx1; stty sane; read -r _",
  );
  await shows("ready");
  user.keys("C-c", "C-z", "C-\\", "C-s", "C-v");
  await shows("03 1a 1c 13 16");
});

test("jobs of the guest's shell stop and go on", async () => {
  await user.open("guarded", `exec bash --norc -i`);
  await shows("$");
  // What is typed is shown, too: the word comes from the program alone.
  user.keys("sh -c 'printf wor%s king; exec sleep 100'", "Enter");
  await shows("working");
  user.keys("C-z");
  await shows("Stopped");
  user.keys("kill %1; exit 7", "Enter");
  await pause(300);
  user.keys("exit 7", "Enter");
  expect((await user.ended()).code).toBe(7);
});

test("the exit code is the command's, and the last output is not lost", async () => {
  await user.open("guarded", "seq 1 20000; printf 'the end'; exit 23");
  expect(await user.ended()).toEqual({ code: 23, waiting: "" });
  expect(user.screen()).toContain("20000");
  expect(user.screen()).toContain("the end");
});

test("what is no terminal gets every byte", async () => {
  const script = "printf '\\033]0;title\\007\\302\\233\\377\\033[c'";
  await user.open("guarded", script, '$SESSION </dev/null >"$PLACE/bytes" 2>&1');
  expect((await user.ended()).code).toBe(0);
  const bytes = readFileSync(join(user.place, "bytes"));
  expect(bytes.toString("latin1")).toBe("\u001b]0;title\u0007\u00c2\u009b\u00ff\u001b[c");
});

test("with the clipboard opted in a copy arrives, a title does not", async () => {
  await user.open("clipboard", "printf '\\033]52;c;aGVsbG8=\\007\\033]0;FAKE\\007there'; read -r _");
  await shows("there");
  await user.until(() => user.tmux("list-buffers").includes("hello"));
  expect(user.value("#{pane_title}")).toBe("my title");
});

test("a session that is cut off leaves the terminal as it was, and nothing of the mouse for the shell", async () => {
  const modes =
    "\\033[?1049h\\033[?1h\\033=\\033[?25l\\033[?1003h\\033[?1006h\\033[?2004h\\033[4h\\033[31m\\033(0\\033[3;9r";
  await user.open("guarded", `printf '${modes}'; printf 'x\\033[c\\033[c'; while :; do sleep 1; done`);
  await user.until(() => user.value("#{alternate_on}#{mouse_any_flag}#{keypad_cursor_flag}") === "111");
  user.guest.stop();
  const { code, waiting } = await user.ended();
  await user.guest.start();
  expect(code).toBe(255);
  expect(waiting).toBe("");
  const flags =
    "#{alternate_on}#{mouse_any_flag}#{mouse_sgr_flag}#{keypad_cursor_flag}#{keypad_flag}#{insert_flag}#{cursor_flag}";
  expect(user.value(flags)).toBe("0000001");
  expect(user.value("#{scroll_region_upper},#{scroll_region_lower}")).toBe("0,29");
});

test("a session that is ended by a signal to us ends, and leaves the terminal as it was", async () => {
  const noted = `sh -c 'echo $$ >"$0"; exec "$@"' "$PLACE/pid" $SESSION`;
  await user.open("guarded", "printf '\\033[?1049h\\033[?1003hthere'; sleep 100", noted);
  await shows("there");
  process.kill(Number(readFileSync(join(user.place, "pid"), "utf8")), "SIGTERM");
  expect(await user.ended()).toEqual({ code: 130, waiting: "" });
  expect(user.value("#{alternate_on}#{mouse_any_flag}")).toBe("00");
});

test("answers of a terminal that is slow do not reach the host's shell", async () => {
  const go = join(user.guest.home, "go");
  const script = `echo there; until [ -e ${go} ]; do sleep 0.05; done; printf '\\033[c\\033[5n\\033[6n'`;
  await user.open("guarded", script);
  await shows("there");
  const server = Number(user.value("#{pid}"));
  process.kill(server, "SIGSTOP");
  writeFileSync(go, "");
  await pause(800);
  process.kill(server, "SIGCONT");
  expect(await user.ended()).toEqual({ code: 0, waiting: "" });
});

test("a terminal that takes nothing holds the guest back, and nothing is lost", async () => {
  const progress = join(user.guest.home, "progress");
  const script = `i=0
    while [ $i -lt 4000 ]; do
      i=$((i + 1)); echo $i >${progress}
      printf '%2000s\r\n' $i
    done
    echo all is here; read -r _`;
  await user.open("guarded", script);
  const server = Number(user.value("#{pid}"));
  await user.until(() => existsSync(progress));
  process.kill(server, "SIGSTOP");
  const at = () => readFileSync(progress, "utf8").trim();
  let before = "";
  try {
    for (let tries = 0; before !== at() || before === ""; tries++) {
      expect(tries).toBeLessThan(20);
      before = at();
      await pause(1000);
    }
  } finally {
    process.kill(server, "SIGCONT");
  }
  expect(Number(before)).toBeLessThan(4000);
  await shows("all is here");
  expect(user.screen()).toContain("4000");
});

test("an echo takes a few milliseconds at most longer", async () => {
  const script = `stty raw -echo; printf ready; exec dd bs=1 2>/dev/null`;
  const median = async (how: How) => {
    await user.open(how, script);
    await shows("ready");
    const times: number[] = [];
    for (let round = 0; round < 15; round++) {
      const since = performance.now();
      user.keys("x");
      while (!user.screen().includes(`ready${"x".repeat(round + 1)}`)) await pause(1);
      times.push(performance.now() - since);
    }
    return times.sort((one, other) => one - other)[7] ?? 0;
  };
  let longer = Number.POSITIVE_INFINITY;
  // Others are at work on this machine, now more, now less: one undisturbed comparison counts.
  for (let tries = 0; tries < 4 && longer >= 25; tries++) {
    const without = await median("raw");
    const guarded = await median("guarded");
    console.log(`echo: ${without.toFixed(1)} ms without the guard, ${guarded.toFixed(1)} ms with it`);
    longer = guarded - without;
  }
  expect(longer).toBeLessThan(25);
});
