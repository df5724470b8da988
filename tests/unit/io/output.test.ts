// Where words go, and how a long step looks on a terminal and elsewhere.
import { Writable } from "node:stream";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { asStep, createOutput, type OutputOptions } from "../../../src/io/output.ts";
import { takeScreen } from "../../../src/io/taken-screen.ts";

/** An output with what was written to it so far. */
function watched(options: Partial<OutputOptions> = {}) {
  const written = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof written) =>
    new Writable({
      write: (bytes, _encoding, done) => {
        written[name] += String(bytes);
        done();
      },
    });
  const plain = { terminal: false, columns: 40, quiet: false, verbose: false };
  const out = createOutput({ stdout: stream("stdout"), stderr: stream("stderr"), ...plain, ...options });
  return { out, written };
}

/** What a terminal shows of the text: a cleared line is gone. */
const onScreen = (text: string) => text.split("\n").map((line) => line.split("\r\u001b[2K").at(-1));

test("answers go to standard output and everything else to standard error", () => {
  const { out, written } = watched({ verbose: true });
  out.answer("answer");
  out.say("said");
  out.warn("look out");
  out.detail("detail");
  expect(written).toEqual({ stdout: "answer\n", stderr: "said\nwarning: look out\ndetail\n" });
});

test("a control character that nobody cleaned before is visible in each of them", () => {
  const { out, written } = watched({ verbose: true });
  const foreign = "x\u001b]0;t\u0007\u009b2J\u202ey";
  out.answer(foreign);
  out.say(foreign);
  out.warn(foreign);
  out.detail(foreign);
  out.step(foreign).done();
  const shown = `${written.stdout}${written.stderr}`;
  expect(shown.match(/x\^\[\]0;t\^G\\x9b2J\\u\{202e\}y/g)).toHaveLength(6);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  expect(shown).not.toMatch(/[\u001b\u0007\u009b\u202e]/);
});

test("while something has the screen, narration on a terminal waits; into a file it does not", () => {
  const { out, written } = watched({ verbose: true, terminal: true });
  const file = watched({ verbose: true });
  const first = takeScreen();
  const second = takeScreen();
  out.detail("+ git log → 0 (3 ms)");
  for (let at = 0; at < 205; at++) out.detail(`line ${at}`);
  const step = out.step("look", "late");
  file.out.detail("kept");
  out.warn("look out");
  step.done();
  first();
  expect(written.stderr).toBe("");
  second();
  second();
  expect(written.stderr.split("\n").slice(0, 2)).toEqual(["(7 lines before these are left out)", "line 6"]);
  expect(written.stderr).toMatch(/line 204\nwarning: look out\n$/);
  expect(file.written.stderr).toBe("kept\n");
  out.detail("after");
  expect(written.stderr).toMatch(/look out\nafter\n$/);
});

test("details are told only when asked for", () => {
  const { out, written } = watched();
  out.detail("detail");
  expect(written.stderr).toBe("");
});

test("quiet does not hide what the user is asked about", () => {
  const { out, written } = watched({ quiet: true });
  out.say("said");
  out.say("this would go", "asked");
  expect(written).toEqual({ stdout: "", stderr: "this would go\n" });
});

test("quiet leaves answers and warnings", () => {
  const { out, written } = watched({ quiet: true, terminal: true });
  out.answer("answer");
  out.say("said");
  out.warn("look out");
  const step = out.step("work");
  step.update("half");
  step.done();
  out.step("more").failed();
  expect(written).toEqual({ stdout: "answer\n", stderr: "warning: look out\n" });
});

test("a step ends with its work, however that ends, so that the next line begins on its own", async () => {
  const { out, written } = watched({ terminal: true });
  expect(await asStep(out, "one", async () => 1)).toBe(1);
  const failing = asStep(out, "two", () => Promise.reject(new Error("no")));
  await expect(failing).rejects.toThrow("no");
  expect(onScreen(written.stderr)).toEqual(["✓ one (0.0 s)", "✗ two (0.0 s)", ""]);
});

describe("a step off a terminal", () => {
  test("is one plain line at its start and one at its end", () => {
    const { out, written } = watched();
    const step = out.step("start the VM");
    step.update("40 %");
    step.done();
    expect(written.stderr).toMatch(/^… start the VM\n✓ start the VM \(\d+\.\d s\)\n$/);
    expect(written.stderr).not.toContain("\u001b");
  });

  test("says that it failed, or what came of it", () => {
    const { out, written } = watched();
    out.step("build").failed();
    out.step("build").done("built 3 files");
    expect(written.stderr).toMatch(/✗ build \(.*\n… build\n✓ built 3 files \(/);
  });
});

describe("a step on a terminal", () => {
  test("is one line that is replaced", () => {
    const { out, written } = watched({ terminal: true });
    const step = out.step("start");
    step.update("40 %");
    expect(onScreen(written.stderr)).toEqual([expect.stringMatching(/^… start\b.*: 40 %$/)]);
    step.done();
    expect(onScreen(written.stderr)).toEqual([expect.stringMatching(/^✓ start \(/), ""]);
  });

  test("counts the seconds until it ends", () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { out, written } = watched({ terminal: true });
    const step = out.step("start");
    vi.advanceTimersByTime(2000);
    expect(onScreen(written.stderr)).toEqual(["… start (2 s)"]);
    step.done();
    vi.advanceTimersByTime(5000);
    expect(onScreen(written.stderr)).toEqual(["✓ start (2.0 s)", ""]);
  });

  test("never is longer than the line, so that it can be replaced", () => {
    const { out, written } = watched({ terminal: true });
    out.step("x".repeat(100)).update("y".repeat(100));
    for (const line of written.stderr.split("\r\u001b[2K")) expect(line.length).toBeLessThan(40);
  });

  test("never wraps, whatever the guest's words are made of", () => {
    for (const word of ["日", "🚀", "\t", "\n"]) {
      const { out, written } = watched({ terminal: true });
      out.step("start").update(word.repeat(100));
      for (const line of written.stderr.split("\r\u001b[2K")) {
        const columns = [...line].reduce((sum, one) => sum + (/[日🚀]/u.test(one) ? 2 : 1), 0);
        expect(columns).toBeLessThan(40);
        expect(line).not.toMatch(/[\t\n]/);
      }
    }
  });

  test("makes room for words that come meanwhile, answers too", () => {
    const { out, written } = watched({ terminal: true });
    const step = out.step("start");
    out.say("a note");
    step.update("on");
    out.answer("answer");
    step.done();
    expect(onScreen(written.stderr).slice(0, 1)).toEqual(["a note"]);
    expect(onScreen(written.stderr).join("\n")).not.toContain("…");
    expect(written.stdout).toBe("answer\n");
  });
});

describe("a step that is mostly short", () => {
  test("shows nothing for a second, then itself, and leaves nothing", () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { out, written } = watched({ terminal: true });
    const step = out.step("look at the VM", "late");
    vi.advanceTimersByTime(900);
    expect(written.stderr).toBe("");
    vi.advanceTimersByTime(1200);
    expect(written.stderr).toContain("… look at the VM (2 s)");
    step.done();
    expect(onScreen(written.stderr)).toEqual([""]);
  });

  test("is silent off a terminal, and while another step is shown", () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const off = watched();
    const quiet = off.out.step("look", "late");
    vi.advanceTimersByTime(3000);
    quiet.done();
    expect(off.written.stderr).toBe("");
    const { out, written } = watched({ terminal: true });
    const step = out.step("look", "late");
    const other = out.step("boot");
    vi.advanceTimersByTime(3000);
    expect(written.stderr).not.toContain("look");
    other.done();
    vi.advanceTimersByTime(1000);
    expect(written.stderr).toContain("look");
    step.done();
  });
});

test("a terminal without UTF-8 gets ASCII, a file what there is", () => {
  const { out, written } = watched({ terminal: true, ascii: { stdout: false, stderr: true } });
  out.answer("ü");
  out.say("→ ü");
  out.step("work…").done();
  expect(written.stdout).toBe("ü\n");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII
  expect(written.stderr).not.toMatch(/[^\u0000-\u007f]/);
  expect(written.stderr).toContain("-> \\u{fc}");
});
