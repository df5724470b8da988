// The terminal filter: what passes, what does not, and that nothing hides behind a split, a broken string or bad UTF-8.
import { describe, expect, test } from "vitest";
import { createTerminalFilter, type TerminalFilter } from "../../../src/guard/terminal-filter.ts";
import { createModes } from "../../../src/guard/terminal-modes.ts";
import type { RuleOptions } from "../../../src/guard/terminal-rules.ts";

const ESC = "\u001b";
const CSI = `${ESC}[`;
const BEL = "\u0007";
const ST = `${ESC}\\`;
const BAD = "\ufffd";

const usual: RuleOptions = { clipboard: false, questions: true };
const newFilter = (rules: Partial<RuleOptions> = {}): TerminalFilter =>
  createTerminalFilter({ ...usual, ...rules, modes: createModes() });
const bytesOf = (text: string | Uint8Array) => (typeof text === "string" ? Buffer.from(text) : text);
const shown = (text: string | Uint8Array, rules: Partial<RuleOptions> = {}): string =>
  Buffer.from(newFilter(rules)(bytesOf(text))).toString();

describe("passes as it is:", () => {
  test.each([
    ["text of any language", "plain ünï 日本語 עברית 🚀 \u00a0é\u0301 \u{10ffff}\r\n\tnext"],
    ["controls that move", "a\b\t\n\u000b\f\r\u000e\u000f\u0007"],
    ["colours", `${CSI}1;31mred${CSI}0m${CSI}38;2;1;2;3m${CSI}48:5:9m${CSI}4:3m${CSI}58:2::1:2:3m${CSI}m`],
    [
      "the cursor",
      `${CSI}H${CSI}12;40H${CSI}5A${CSI}B${CSI}3C${CSI}2D${CSI}7G${CSI}4d${CSI}s${CSI}u${ESC}7${ESC}8`,
    ],
    [
      "erasing and scrolling",
      `${CSI}2J${CSI}3J${CSI}K${CSI}?2J${CSI}3L${CSI}2M${CSI}4P${CSI}5@${CSI}2S${CSI}T${CSI}1;20r`,
    ],
    [
      "full-screen programs",
      `${CSI}?1049h${CSI}?1h${ESC}=${CSI}?25l${CSI}?7l${CSI}4h${CSI}2 q${CSI}!p${ESC}M${ESC}D`,
    ],
    ["mouse, focus and paste", `${CSI}?1000;1002;1003;1006h${CSI}?1004h${CSI}?2004h${CSI}?2026h${CSI}?1000l`],
    ["the line-drawing set", `${ESC}(0lqk${ESC}(B${ESC})0`],
    ["kitty's keyboard", `${CSI}>1u${CSI}=5;1u${CSI}<u${CSI}>4;2m${CSI}>4m`],
    ["questions with harmless answers", `${CSI}c${CSI}0c${CSI}5n${CSI}6n${ESC}]10;?${BEL}${ESC}]11;?${ST}`],
    [
      "links",
      `${ESC}]8;id=a1;https://example.org/a?b=c#d${ST}text${ESC}]8;;${ST}${ESC}]8;;mailto:a@b.c${BEL}`,
    ],
  ])("%s", (_what, text) => expect(shown(text)).toBe(text));
});

describe("is dropped:", () => {
  test.each([
    ["a title", `${ESC}]0;owned${BEL}`],
    ["a title, ended by ST", `${ESC}]2;owned${ST}`],
    ["an icon's name", `${ESC}]1;owned${BEL}`],
    ["screen's title", `${ESC}kowned${ST}`],
    ["an old terminal's title", `${ESC}]lowned${ST}`],
    ["the clipboard, written", `${ESC}]52;c;Y3VybA==${BEL}`],
    ["the clipboard, read", `${ESC}]52;c;?${BEL}`],
    ["iTerm's own commands", `${ESC}]1337;File=name=eA==;inline=1:AAAA${BEL}`],
    ["notifications", `${ESC}]9;hello${BEL}${ESC}]777;notify;a;b${BEL}${ESC}]99;;x${ST}`],
    [
      "the directory and the shell's marks",
      `${ESC}]7;file://host/etc${BEL}${ESC}]133;A${BEL}${ESC}]633;A${BEL}`,
    ],
    [
      "colours that stay",
      `${ESC}]4;1;rgb:0/0/0${BEL}${ESC}]10;#000${BEL}${ESC}]11;#000${ST}${ESC}]12;red${BEL}${ESC}]104${BEL}`,
    ],
    [
      "other questions in OSC",
      `${ESC}]4;1;?${BEL}${ESC}]12;?${BEL}${ESC}]10;?;?${BEL}${ESC}]50;?${BEL}${ESC}]60${BEL}`,
    ],
    ["the Linux console's palette", `${ESC}]P0000000${ESC}]R`],
    [
      "DCS: termcap, settings, sixels, a multiplexer's way through",
      `${ESC}P+q544e${ST}${ESC}P$qm${ST}${ESC}Pq#0~~${ST}${ESC}Ptmux;x${ST}`,
    ],
    ["APC, PM and SOS", `${ESC}_Gf=24;AAAA${ST}${ESC}^private${ST}${ESC}Xstart${ST}`],
    ["the terminal's kind", `${CSI}>c${CSI}>0c${CSI}=c${CSI}>q${CSI}>0q${ESC}Z\u0005`],
    ["the state of a mode", `${CSI}?2004$p${CSI}4$p${CSI}?u${CSI}?4m`],
    [
      "other reports",
      `${CSI}?6n${CSI}?15n${CSI}?996n${CSI}1x${CSI}1;1;1;1;5;5*y${CSI}&w${CSI}2$w${CSI}#|${CSI}?1;1;0S`,
    ],
    [
      "window operations",
      `${CSI}21t${CSI}20t${CSI}18t${CSI}14t${CSI}22;0t${CSI}23t${CSI}2t${CSI}8;1;1t${CSI}>2t`,
    ],
    ["printing", `${CSI}5i${CSI}?5i${CSI}i`],
    ["a locked keyboard, local echo, another Enter", `${CSI}2h${CSI}12l${CSI}20h`],
    [
      "VT52, Tektronix, other widths, reports at once",
      `${CSI}?2l${CSI}?38h${CSI}?3h${CSI}?2048h${CSI}?2031h${CSI}61"p`,
    ],
    ["other encodings and 8-bit answers", `${ESC}%@${ESC}%G${ESC} G${ESC}(%5${ESC}*0`],
    ["mouse highlighting", `${CSI}1;2;3;4;5T${CSI}?1001h`],
    ["counts beyond any screen", `${CSI}999999999b${CSI}1000b${CSI}999999A${CSI}?1000000h${CSI}38:5:999999m`],
    ["more numbers than a sequence has", `${CSI}1;2;3r${CSI}1;2b${CSI}>1;1u${CSI}<1;1u`],
    ["more modes than terminals take", `${CSI}?${"1049;".repeat(16)}1049h`],
    ["keys that mean something else", `${CSI}>1;2m${CSI}>0;1m${CSI}>4n`],
    ["control characters without use", "\u0000\u0001\u0005\u0010\u0011\u0013\u0018\u001a\u001c\u007f"],
    ["a file transfer's beginning", "\u0018"],
    ["C1 controls in UTF-8", "\u0080\u0085\u0090\u009b\u009c\u009d\u009f"],
    ["sequences that are none", `${CSI}1<2m${CSI}1 2m${CSI}?m${CSI}<m`],
  ])("%s", (_what, text) => {
    expect(shown(text)).toBe("");
    expect(shown(`before${text}after`)).toBe("beforeafter");
  });
});

describe("becomes something else:", () => {
  const soft = `${CSI}!p${ESC}(B\u000f${CSI}H${CSI}2J`;
  test.each([
    ["a full reset, a soft one", `${ESC}c`, soft],
    [
      "a full reset after a change, that and the change undone",
      `${CSI}?1000h${ESC}c`,
      `${CSI}?1000h${CSI}?1000l${soft}`,
    ],
    ["modes, those of them that may", `${CSI}?1049;2;1h${CSI}?3;4l`, `${CSI}?1049;1h`],
    ["a link to a file, the end of a link", `${ESC}]8;;file:///etc/passwd${BEL}`, `${ESC}]8;;${BEL}`],
    ["a link of another program", `${ESC}]8;;ssh://-oProxyCommand=x${ST}`, `${ESC}]8;;${ST}`],
    [
      "a letter that takes a file with it, the end of a link",
      `${ESC}]8;;mailto:a@b.c?attach=/etc/passwd${ST}`,
      `${ESC}]8;;${ST}`,
    ],
    ["a link with odd bytes", `${ESC}]8;;https://a/ü b${ST}`, `${ESC}]8;;${ST}`],
    ["an endless link", `${ESC}]8;;https://a/${"x".repeat(9000)}${ST}`, `${ESC}]8;;${ST}`],
  ])("%s", (_what, text, result) => expect(shown(text)).toBe(result));
});

describe("of UTF-8", () => {
  const mixed = (...parts: (string | number)[]) =>
    Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from([part]))));
  test.each([
    [
      "8-bit controls are no characters",
      mixed("a", 0x9b, "31mb", 0x9d, "0;t", 0x9c),
      `a${BAD}31mb${BAD}0;t${BAD}`,
    ],
    ["8-bit controls within characters are characters", "Û ✜ 蛛 ݝ", "Û ✜ 蛛 ݝ"],
    ["overlong forms are refused", mixed(0xc0, 0x9b, 0xe0, 0x80, 0x9b, 0xc1, 0x9b), BAD.repeat(7)],
    [
      "surrogates and what is beyond are refused",
      mixed(0xed, 0xa0, 0x80, 0xf4, 0x90, 0x80, 0x80, 0xff),
      BAD.repeat(8),
    ],
    [
      "a cut character does not swallow what follows",
      mixed(0xe6, 0x97, ESC, "]0;t", 7, "x", 0xf0, 0x9f, "y"),
      `${BAD}x${BAD}y`,
    ],
    ["a cut character does not swallow a colour", mixed(0xc3, `${CSI}31m`), `${BAD}${CSI}31m`],
    ["a sequence is broken by a character", `${CSI}31ümx`, "ümx"],
  ])("%s", (_what, text, result) =>
    // As bytes: to read bad ones as text would repair them.
    expect(Buffer.from(newFilter()(bytesOf(text)))).toEqual(Buffer.from(result)),
  );
});

describe("as terminals have it,", () => {
  test.each([
    ["a control within a sequence acts at once", `${CSI}3\r\n1mx`, `\r\n${CSI}31mx`],
    ["CAN ends a sequence", `${CSI}31\u0018mx`, "mx"],
    ["SUB ends a string", `${ESC}]0;t\u001ax`, "x"],
    ["ESC begins anew", `${CSI}31${CSI}32mx${ESC}${ESC}[1mz`, `${CSI}32mx${CSI}1mz`],
    ["ESC within a title begins anew", `${ESC}]0;t${CSI}1mx`, `${CSI}1mx`],
    ["ESC within a string begins a title", `${ESC}Pq${ESC}]0;t${BEL}x`, "x"],
    ["ESC within a link leaves the link", `${ESC}]8;;https://a${ESC}]0;t${BEL}x`, "x"],
    ["doubled ESC of a multiplexer hides nothing", `${ESC}Ptmux;${ESC}${ESC}]52;c;eA==${BEL}${ST}x`, "x"],
    ["BEL ends no DCS", `${ESC}P1${BEL}]0;t${ST}x`, "x"],
    ["a C1 end is no end", `${ESC}]0;t\u009c${CSI}1m`, `${CSI}1m`],
    ["DEL within a sequence is nothing", `${CSI}3\u007f1mx`, `${CSI}31mx`],
  ])("%s", (_what, text, result) => expect(shown(text)).toBe(result));
});

describe("chosen by the user", () => {
  const copy = `${ESC}]52;c;Y3VybA==${BEL}`;
  test("the clipboard is written, never read", () => {
    expect(shown(copy, { clipboard: true })).toBe(copy);
    expect(shown(`${ESC}]52;c;?${BEL}${ESC}]52;;?${ST}${ESC}]52;c;a b${BEL}`, { clipboard: true })).toBe("");
  });

  test("a long text is copied, one without end is not", () => {
    const long = (size: number) => `${ESC}]52;c;${"QUJD".repeat(size / 4)}${BEL}`;
    expect(shown(long(100_000), { clipboard: true })).toBe(long(100_000));
    expect(shown(long(1_000_000), { clipboard: true })).toBe("");
  });

  test("without somebody who reads the answers no question passes, and no report is turned on", () => {
    const alone = (text: string) => shown(text, { questions: false });
    expect(alone(`${CSI}c${CSI}5n${CSI}6n${ESC}]10;?${BEL}${ESC}]11;?${BEL}x`)).toBe("x");
    expect(alone(`${CSI}?1000h${CSI}?25;1003;1006;1004l`)).toBe(`${CSI}?25;1006l`);
  });
});

/** The same numbers in each run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const PIECES = [
  ...[
    ESC,
    CSI,
    `${ESC}]`,
    `${ESC}P`,
    `${ESC}_`,
    `${ESC}X`,
    `${ESC}k`,
    ST,
    BEL,
    "\u0018",
    "\u001a",
    "\u0005",
    "\u007f",
    "\r\n",
  ],
  ...[
    "0;",
    "52;c;eA==",
    "8;;https://a.b/",
    "8;;file:///",
    "8;;",
    "11;?",
    "1049;2",
    "?",
    ">",
    "$",
    " ",
    "1;31",
    "99999999",
  ],
  ...[
    "m",
    "h",
    "l",
    "c",
    "n",
    "t",
    "q",
    "p",
    "u",
    "i",
    "H",
    "J",
    "r",
    "Z",
    "\\",
    "k",
    "]",
    "[",
    "(0",
    "%@",
    "text",
  ],
  ...["\u009b", "\u009d", "\u009c", "ü", "日", "🚀"],
].map((piece) => Buffer.from(piece));
const RAW = [0x80, 0x9b, 0x9c, 0x9d, 0xc0, 0xc2, 0xe0, 0xe2, 0xed, 0xf0, 0xf4, 0xff].map((byte) =>
  Buffer.from([byte]),
);

function stream(next: () => number): Buffer {
  const all = [...PIECES, ...RAW];
  const count = 5 + Math.floor(next() * 60);
  return Buffer.concat(
    Array.from({ length: count }, () => all[Math.floor(next() * all.length)] ?? Buffer.alloc(0)),
  );
}

/** Feeds it in pieces of random sizes, among them none and one byte. */
function inPieces(bytes: Buffer, next: () => number, rules: RuleOptions): string {
  const filter = newFilter(rules);
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = Math.floor(next() * next() * 12);
    out.push(Buffer.from(filter(bytes.subarray(at, at + size))));
    at += size;
  }
  return Buffer.concat(out).toString("latin1");
}

/** What may stand in the output, written a second time and in another way than the filter's rules. */
const GRAMMAR = new RegExp(
  [
    "[\\x07-\\x0f\\x20-\\x7e\\u00a0-\\ud7ff\\ue000-\\u{10ffff}]",
    `${ESC}[78DEHM=>]`,
    `${ESC}[()][0AB12]`,
    `${ESC}\\[[\\d:;]*m`,
    `${ESC}\\[[\\d;]*[@A-HJKLMPSTXZ\`abdefgrsu]`,
    `${ESC}\\[\\??[0-3]?[JK]`,
    `${ESC}\\[(?:\\?(?:${["1", "5", "6", "7", "9", "12", "25", "45", "47", "66", "69", "10\\d\\d", "2004", "2026"].join("|")})(?:;\\d+)*|4|34)[hl]`,
    `${ESC}\\[[<=>][\\d;]*u`,
    `${ESC}\\[>4(?:;\\d*)?m`,
    `${ESC}\\[0?c`,
    `${ESC}\\[[56]n`,
    `${ESC}\\[\\d*(?: q|!p)`,
    `${ESC}\\]8;[\\w.:=/+%@-]*;(?:(?:https?://|mailto:)[\\x21-\\x7e]*)?(?:\\x07|${ESC}\\\\)`,
    `${ESC}\\]1[01];\\?(?:\\x07|${ESC}\\\\)`,
  ].join("|"),
  "gu",
);
const decode = (bytes: Uint8Array) =>
  new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);

describe("of 5,000 random streams", () => {
  const next = random(7);
  const streams = Array.from({ length: 5000 }, () => stream(next));

  test("each gives the same in any pieces", () => {
    for (const bytes of streams) {
      const whole = Buffer.from(newFilter()(bytes)).toString("latin1");
      const split = inPieces(bytes, next, usual);
      if (split !== whole)
        expect({ bytes: bytes.toString("latin1"), out: split }).toEqual({ bytes, out: whole });
    }
  });

  test("none gives anything but valid UTF-8 and listed sequences", () => {
    for (const bytes of streams) {
      const rest = decode(newFilter()(bytes)).replace(GRAMMAR, "");
      if (rest !== "") expect({ bytes: bytes.toString("latin1"), rest }).toEqual({ rest: "" });
    }
  });

  test("none changes when it goes through twice", () => {
    for (const bytes of streams) {
      const once = Buffer.from(newFilter()(bytes));
      if (!once.equals(newFilter()(once))) expect(once.toString("latin1")).toBe(bytes.toString("latin1"));
    }
  });
});

test("text does not wait: each piece comes out at once, an unfinished sequence when it is whole", () => {
  const filter = newFilter();
  const steps = ["a", "b\r", `c${CSI}3`, "1", "mred", `${ESC}]8;;https://a`, "/b", `${BEL}link`];
  const out = steps.map((step) => Buffer.from(filter(Buffer.from(step))).toString());
  expect(out).toEqual(["a", "b\r", "c", "", `${CSI}31mred`, "", "", `${ESC}]8;;https://a/b${BEL}link`]);
});

test("a piece of plain text is given on without a copy", () => {
  const piece = Buffer.from("plain text, ünï\r\n");
  const given = newFilter()(piece);
  expect([given.buffer === piece.buffer, given.byteOffset, given.length]).toEqual([
    true,
    piece.byteOffset,
    piece.length,
  ]);
});

test.each([
  ["OSC", `${ESC}]0;`],
  ["link", `${ESC}]8;;https://a/`],
  ["clipboard", `${ESC}]52;c;`],
  ["DCS", `${ESC}P`],
  ["CSI", CSI],
  ["ESC", `${ESC}(`],
])("an endless %s takes no memory", (_what, start) => {
  const filter = newFilter({ clipboard: true });
  const piece = Buffer.alloc(1024 * 1024, start === CSI ? "1" : start === `${ESC}(` ? " " : "A");
  filter(Buffer.from(start));
  const before = process.memoryUsage();
  for (let round = 0; round < 12; round++) expect(filter(piece).length).toBe(0);
  const after = process.memoryUsage();
  const grown = after.heapUsed + after.external - before.heapUsed - before.external;
  expect(grown).toBeLessThan(8 * 1024 * 1024);
});
