// How `watch --notify` calls the user: the real notify-send to a real session bus, and the bell of a real terminal.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../src/context.ts";
import type { SessionEvent } from "../../src/domain/watch/events.ts";
import { noticeOf } from "../../src/domain/watch/notice.ts";
import { createNotifier } from "../../src/domain/watch/notify.ts";
import { type Run, run } from "../../src/io/run.ts";
import { createDesktop, type Desktop } from "./desktop.ts";
import { type ATerminal, createTerminal } from "./terminal/a-terminal.ts";

const event = (change: Partial<SessionEvent>): SessionEvent => ({
  ...{ event: "waiting", branch: "work", repo: "shop", dir: "shop-work", session: "0123456789abcdef" },
  ...{ kind: "agent", agent: "claude", title: "claude -p", guessed: false },
  ...change,
});

describe("the desktop", () => {
  let desktop: Desktop;
  let warned: string[];
  let over: Promise<unknown> | undefined;
  let notify: ReturnType<typeof createNotifier>;
  beforeEach(async () => {
    desktop = await createDesktop();
    warned = [];
    const env = { ...(process.env as Record<string, string>), ...desktop.env };
    const told: Run = (argv, options) => {
      const running = run(argv, { ...options, env });
      over = running.catch(() => undefined);
      return running;
    };
    const out = { warn: (text: string) => void warned.push(text) };
    const ctx = { run: told, env: {}, platform: "linux", out } as unknown as Context;
    notify = createNotifier(ctx, "desktop");
  });
  afterEach(() => desktop.remove());

  /** Tells of an event, and waits until that is over. */
  async function tell(change: Partial<SessionEvent>): Promise<void> {
    const notice = noticeOf(event(change));
    if (!notice) throw new Error("it calls nobody");
    notify(notice);
    await over;
    await new Promise(setImmediate);
  }

  test("shows who waits, and where", async () => {
    await tell({});
    expect(desktop.shown).toEqual([
      { app: "agent-vm", title: "agent-vm: work", text: "claude waits for you" },
    ]);
  });

  /** The text as a desktop shows it, which takes it for markup. */
  const seen = (text: string): string => {
    expect(text).not.toMatch(/[<>]|&(?!(amp|lt|gt);)/);
    return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  };
  test.each([
    ["markup", '<b>x</b> & &lt;<img src="http://h/">'],
    ["backslashes, which notify-send reads as C does", "\\74img src=x\\76 \\n\\033[2J \\ \\\\ \\377"],
    ["a dash before it", "--help"],
    ["a variable, a quote", "$(id) `id` %s ' \" ; %n"],
    ["another language", "ü 漢字 🎉"],
  ])("takes %s for text", async (_, name) => {
    await tell({ agent: name, branch: undefined, dir: name });
    expect(warned).toEqual([]);
    const [{ title, text } = { title: "", text: "" }] = desktop.shown;
    expect(seen(text)).toBe(`${name} waits for you`);
    // The title is never markup.
    expect(title).toBe(`agent-vm: ${name}`);
  });

  test("gets a short line of what is long, and no control characters", async () => {
    const long = `a\n\u001b]0;x\u0007\u202e${"<".repeat(10_000)}`;
    await tell({ agent: long, branch: long });
    const [{ title, text } = { title: "", text: "" }] = desktop.shown;
    for (const one of [title, seen(text)]) {
      expect(one.length).toBeLessThan(100);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
      expect(one).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    }
  });

  test("that takes none is told once", async () => {
    desktop.leave();
    await tell({});
    await tell({});
    expect(desktop.shown).toEqual([]);
    expect(warned).toEqual([expect.stringContaining("so the terminal's bell rings instead")]);
  });
});

describe("the bell", () => {
  let terminal: ATerminal;
  beforeAll(async () => {
    terminal = await createTerminal("watch-driver");
  });
  afterAll(() => terminal.remove());

  const rung = () => terminal.value("#{window_bell_flag}") === "1";
  const sessions = () => join(terminal.guest.home, ".local/state/agent-vm/sessions");
  /** A session whose process is gone. */
  function dead(id: string): void {
    mkdirSync(join(sessions(), id), { recursive: true });
    const about = ["1", "", "", "command", "", "1", "1", "another boot", "1", "make"];
    writeFileSync(join(sessions(), id, "about"), `${about.join("\0")}\0`);
  }

  test("of the user's terminal rings, for what happens and not for what was there", async () => {
    dead("0".repeat(16));
    await terminal.open("raw", terminal.place);
    await terminal.until(() => terminal.screen().includes('"connected"'));
    expect(rung()).toBe(false);
    dead("1".repeat(16));
    await terminal.until(() => terminal.screen().includes('"lost"'));
    await terminal.until(rung);
  });

  test("is not written where no terminal is", async () => {
    await terminal.open("raw", terminal.place, `$SESSION 2>"$PLACE/said"`);
    await terminal.until(() => terminal.screen().includes('"connected"'));
    dead("2".repeat(16));
    await terminal.until(() => terminal.screen().includes('"lost"'));
    terminal.keys("C-c");
    await terminal.ended();
    expect(rung()).toBe(false);
    expect(readFileSync(join(terminal.place, "said"), "utf8")).not.toContain("\u0007");
  });
});
