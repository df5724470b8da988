// Foreign text on the user's terminal: every class of character that could steer it becomes visible.
import { describe, expect, test } from "vitest";
import { printable, printableJson, sanitize, sanitizeLines } from "../../../src/guard/sanitize.ts";

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => String.fromCodePoint(from + index));

/** Rule 4a's classes. */
const CLASSES: [string, string[], RegExp][] = [
  ["C0 control characters", range(0x00, 0x1f), /^\^[@-_]$/],
  ["DEL", ["\u007f"], /^\^\?$/],
  ["C1 control characters", range(0x80, 0x9f), /^\\x[89][0-9a-f]$/],
  [
    "bidi controls",
    ["\u061c", "\u200e", "\u200f", ...range(0x202a, 0x202e), ...range(0x2066, 0x2069)],
    /^\\u\{[0-9a-f]+\}$/,
  ],
  ["zero-width characters", ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff"], /^\\u\{[0-9a-f]+\}$/],
  ["line and paragraph separators", ["\u2028", "\u2029"], /^\\u\{202[89]\}$/],
  ["invisible operators", range(0x2061, 0x2065), /^\\u\{206[1-5]\}$/],
  ["tags", range(0xe0000, 0xe007f), /^\\u\{e00[0-7][0-9a-f]\}$/],
  [
    "soft hyphens, joiners, fillers, annotations, variants",
    [..."\u00ad\u034f\u115f\u1160\u17b4\u180e\u3164\uffa0\ufff9\ufffb\u{1d173}\u{e0100}"],
    /^\\u\{[0-9a-f]+\}$/,
  ],
];

describe("made visible:", () => {
  test.each(CLASSES)("%s", (_name, characters, form) => {
    for (const one of characters) {
      expect(sanitize(one)).toMatch(form);
      expect(sanitize(`a${one}b${one}`)).toBe(`a${sanitize(one)}b${sanitize(one)}`);
    }
  });

  test.each([
    ["a title", "\u001b]0;owned\u0007", "^[]0;owned^G"],
    ["the clipboard", "\u001b]52;c;Y3VybA==\u001b\\", "^[]52;c;Y3VybA==^[\\"],
    ["a cleared screen", "\u001b[2J\u001b[H", "^[[2J^[[H"],
    ["an 8-bit CSI", "\u009b2J", "\\x9b2J"],
    ["an overwritten line", "real\rfake", "real^Mfake"],
    ["erased letters", "safe\b\b\b\bevil", "safe^H^H^H^Hevil"],
    ["a name read backwards", "gpj.\u202exe", "gpj.\\u{202e}xe"],
    ["a forged line", "ok\nagent-vm: all is saved", "ok^Jagent-vm: all is saved"],
  ])("%s", (_name, text, shown) => expect(sanitize(text)).toBe(shown));
});

test("ordinary text of any language stays as it is", () => {
  const text = "feature/ünï-日本語-עברית-🚀 a;b $(id) `x` 'q' \"d\" 100% \\ \u00a0é ❤\ufe0f";
  expect(sanitize(text)).toBe(text);
});

test("a long text is cut, after it was made visible", () => {
  expect(sanitize("x".repeat(200))).toHaveLength(200);
  expect(sanitize("x".repeat(201))).toBe(`${"x".repeat(199)}…`);
  expect(sanitize("\u001b".repeat(150))).toHaveLength(200);
  expect(sanitize("abcdef", 4)).toBe("abc…");
});

test("a cut leaves no half character", () => {
  expect(sanitize("🚀".repeat(10), 6)).toBe("🚀🚀…");
  expect(sanitize("🚀".repeat(10), 7)).toBe("🚀🚀🚀…");
});

describe("many lines", () => {
  test("are split first, so that none is forged by another kind of break", () => {
    expect(sanitizeLines("one\ntwo\r\nthree\rfour\u2028five\u0085six\u000bseven")).toEqual([
      "one",
      "two",
      "three",
      "four\\u{2028}five\\x85six^Kseven",
    ]);
  });

  test("lose blank lines and blanks at their ends; a tab is a space", () => {
    expect(sanitizeLines("\n  a\tb  \n\n\t\nc\n")).toEqual(["  a b", "c"]);
  });

  test("are cut one by one", () => {
    expect(sanitizeLines(`${"x".repeat(300)}\nshort`, 10)).toEqual([`${"x".repeat(9)}…`, "short"]);
  });

  test("no control character is left of any bytes", () => {
    const bytes = Buffer.from(
      Array.from({ length: 4096 }, (_, index) => (index * 7919 + (index >> 3)) % 256),
    );
    const forbidden = CLASSES.flatMap(([, characters]) => characters);
    for (const text of [bytes.toString("latin1"), bytes.toString("utf8")]) {
      const shown = sanitizeLines(text).join("");
      expect(forbidden.filter((one) => shown.includes(one))).toEqual([]);
    }
  });
});

describe("a text of ours with foreign parts", () => {
  test("keeps its lines and tabs, and nothing else that steers", () => {
    expect(printable("one\ttab\n  → ünï 日本\n")).toBe("one\ttab\n  → ünï 日本\n");
    expect(printable("a\u001b]0;t\u0007\nb\u009bc\rd\u202ee")).toBe("a^[]0;t^G\nb\\x9bc^Md\\u{202e}e");
  });

  test("as JSON says the same without the characters", () => {
    const foreign = CLASSES.flatMap(([, characters]) => characters).join("");
    const value = { [`name${foreign}`]: [foreign, "ünï 日本 🚀"], plain: 1 };
    const json = printableJson(value);
    expect(JSON.parse(json)).toEqual(value);
    expect([...foreign].filter((one) => one !== "\n" && json.includes(one))).toEqual([]);
    expect(json).toContain("ünï 日本 🚀");
  });
});
