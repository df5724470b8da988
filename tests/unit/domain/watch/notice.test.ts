// Which events call the user, in which words, and that nothing of the VM's steers a program.
import { describe, expect, test } from "vitest";
import type { SessionEvent } from "../../../../src/domain/watch/events.ts";
import { atMost, desktopWords, noticeOf } from "../../../../src/domain/watch/notice.ts";

const event = (change: Partial<SessionEvent> = {}): SessionEvent => ({
  ...{ event: "waiting", branch: "work", repo: "shop", dir: "shop-work", session: "0123456789abcdef" },
  ...{ kind: "agent", agent: "claude", title: "claude -p", guessed: false },
  ...change,
});
const text = (change: Partial<SessionEvent>) => noticeOf(event(change))?.text;

describe("a notice", () => {
  test.each<[Partial<SessionEvent>, string | undefined]>([
    [{}, "claude waits for you"],
    [{ event: "idle" }, "claude has gone quiet"],
    [{ event: "idle", kind: "command" }, undefined],
    [{ event: "finished" }, "claude has finished"],
    [{ event: "failed", exitCode: 3 }, "claude has failed with exit code 3"],
    [{ event: "killed", agent: "", title: "make" }, "make was killed"],
    [{ event: "lost" }, "claude ended with the VM"],
    [{ event: "started" }, undefined],
    [{ event: "working" }, undefined],
    [{ initial: true }, undefined],
    [{ kind: "shell", event: "finished" }, undefined],
  ])("of %j is %j", (change, says) => expect(text(change)).toBe(says));

  test("of a commit or the connection there is none", () => {
    expect(noticeOf({ event: "connected", vm: "running" })).toBeUndefined();
  });

  test("holds nothing that steers a terminal, a desktop or a shell", () => {
    const hostile = "\\74b\u001b]0;x\u0007<img src='http://h/'>&\u202e\n--help";
    const notice = noticeOf(
      event({ agent: hostile, branch: undefined, dir: `${hostile}${"x".repeat(300)}` }),
    );
    if (!notice) throw new Error("there is none");
    const all = [notice.title, notice.text, ...Object.values(notice.values)];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
    for (const one of all) expect(one).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(notice.title.length).toBeLessThan(80);
    const linux = desktopWords("linux", notice);
    expect(linux.slice(0, 3)).toEqual(["notify-send", "--app-name=agent-vm", "--"]);
    expect(linux[4]).not.toMatch(/<|&(?!amp;|lt;|gt;)/);
    expect(linux[4]?.replaceAll("\\\\", "")).not.toContain("\\");
    // What is a script does not hang on what is shown; what is shown is its arguments.
    const mac = desktopWords("darwin", notice);
    expect(mac.slice(-2)).toEqual([notice.title, notice.text]);
    expect(mac.slice(0, -2)).toEqual(
      desktopWords("darwin", { title: "", text: "", values: {} }).slice(0, -2),
    );
    expect(mac.slice(0, 3)).toEqual(["osascript", "-e", "on run argv"]);
    // The first word that is no option ends them.
    expect(notice.title).toMatch(/^agent-vm: /);
  });
});

test("a VM that makes up events does not flood the desktop", () => {
  const allowed = atMost();
  expect(Array.from({ length: 100 }, (_, at) => allowed(at)).filter(Boolean)).toHaveLength(5);
  expect(allowed(20_000)).toBe(true);
});
