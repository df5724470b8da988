// What a session leaves in the terminal is taken back, once, and nothing else is touched.
import { describe, expect, test } from "vitest";
import { createScreenGuard } from "../../../src/guard/screen-guard.ts";

const ESC = "\u001b";
const CSI = `${ESC}[`;
const guardAfter = (...pieces: string[]) => {
  const guard = createScreenGuard({ clipboard: false, questions: true });
  const filter = guard.filter();
  for (const piece of pieces) filter(Buffer.from(piece));
  return guard;
};

describe("is taken back:", () => {
  test.each([
    ["the alternate screen", `${CSI}?1049h`, `${CSI}?1049l`],
    ["a hidden cursor", `${CSI}?25l`, `${CSI}?25h`],
    ["no line wrap", `${CSI}?7l`, `${CSI}?7h`],
    ["the mouse", `${CSI}?1003;1006h`, `${CSI}?1003l${CSI}?1006l`],
    ["focus and paste", `${CSI}?2004h${CSI}?1004h`, `${CSI}?1004l${CSI}?2004l`],
    ["inverse video and keys", `${CSI}?5h${CSI}?1h${ESC}=`, `${CSI}?1l${CSI}?5l${ESC}>`],
    ["synchronized output", `${CSI}?2026h`, `${CSI}?2026l`],
    ["insert mode", `${CSI}4h`, `${CSI}4l`],
    ["a colour", `${CSI}31mtext`, `${CSI}m`],
    ["a colour of many words", `${CSI}38:2::1:2:3m`, `${CSI}m`],
    ["margins, with the cursor left where it is", `${CSI}3;9r`, `${ESC}7${CSI}r${ESC}8`],
    ["line drawing", `${ESC}(0`, `${ESC}(B`],
    ["the other character set", "\u000e", "\u000f"],
    ["an open link", `${ESC}]8;;https://a.b/${ESC}\\text`, `${ESC}]8;;${ESC}\\`],
    ["the cursor's form", `${CSI}4 q`, `${CSI}0 q`],
    ["other keys", `${CSI}>4;2m`, `${CSI}>4m`],
    ["kitty's keyboard, as often as it was pushed", `${CSI}>1u${CSI}>3u${CSI}<u${CSI}>5u`, `${CSI}<2u`],
    ["kitty's keyboard before its screen", `${CSI}?1049h${CSI}>1u`, `${CSI}<1u${CSI}?1049l`],
    ["kitty's keyboard that was set", `${CSI}=5;1u`, `${CSI}=0u`],
    [
      "kitty's keyboard on the screen that is left, and on the one that is entered",
      `${CSI}>31u${CSI}?1049h${CSI}>1u${CSI}=5u`,
      `${CSI}<1u${CSI}=0u${CSI}?1049l${CSI}<1u`,
    ],
    [
      "kitty's keyboard on the screen that was left before",
      `${CSI}?1049h${CSI}>31u${CSI}?1049l`,
      `${CSI}?1049h${CSI}<1u${CSI}?1049l`,
    ],
    ["kitty's keyboard, not popped by 0, which is none to some", `${CSI}>31u${CSI}<0u`, `${CSI}<1u`],
    ["kitty's keyboard, not popped by what few understand", `${CSI}>31u${CSI}<1;1u`, `${CSI}<1u`],
    [
      "kitty's keyboard on both screens, when a screen was asked for that not all terminals have",
      `${CSI}?47h${CSI}>31u${CSI}?47l${CSI}?1049h${CSI}<u${CSI}?1049l`,
      `${CSI}<1u${CSI}?1049h${CSI}<1u${CSI}?1049l`,
    ],
    [
      "the mouse, not off by more modes than terminals take",
      `${CSI}?1003h${CSI}?${"1;".repeat(40)}1003l`,
      `${CSI}?1003l`,
    ],
    ["margins, not gone by more numbers than they have", `${CSI}3;9r${CSI};;;r`, `${ESC}7${CSI}r${ESC}8`],
  ])("%s", (_what, sent, undo) => {
    const guard = guardAfter(sent);
    expect(guard.restore()).toBe(undo);
    expect(guard.restore()).toBe("");
    expect(guardAfter(...sent).restore()).toBe(undo);
  });
});

describe("needs nothing:", () => {
  test.each([
    ["plain text", "text\r\n"],
    [
      "a program that puts everything back",
      `${CSI}?1049h${CSI}?25l${CSI}?1049l${CSI}?25h${CSI}31mx${CSI}0m${CSI}1mx${CSI}m`,
    ],
    [
      "margins and keys that were put back",
      `${CSI}2;5r${CSI}r${ESC}=${ESC}>${ESC}(0${ESC}(B${CSI}2 q${CSI}0 q${CSI}>4;1m${CSI}>4;0m`,
    ],
    ["kitty's keyboard popped more often than pushed", `${CSI}>1u${CSI}<9u`],
    ["a closed link", `${ESC}]8;;https://a.b/${ESC}\\text${ESC}]8;;${ESC}\\`],
    ["the user's taste", `${CSI}?12h${CSI}?1034h${CSI}?1007h`],
    ["what was dropped", `${CSI}?2048h${CSI}?2l`],
  ])("%s", (_what, sent) => expect(guardAfter(sent).restore()).toBe(""));
});

test("the streams of one terminal are taken back together", () => {
  const guard = createScreenGuard({ clipboard: false, questions: true });
  guard.filter()(Buffer.from(`${CSI}?1000h`));
  guard.filter()(Buffer.from(`${CSI}?1049h`));
  expect(guard.restore()).toBe(`${CSI}?1000l${CSI}?1049l`);
});

describe("answers or reports may be under way", () => {
  test.each([
    `${CSI}c`,
    `${CSI}5n`,
    `${CSI}6n`,
    `${ESC}]11;?\u0007`,
    `${CSI}?1000h${CSI}?1000l`,
    `${CSI}?1004h`,
    `${CSI}>2u${CSI}<u`,
  ])("after %j", (sent) => expect(guardAfter(sent).talked()).toBe(true));

  test.each(["text", `${CSI}31m`, `${CSI}?1049h`, `${CSI}>c`, `${CSI}18t`])("not after %j", (sent) =>
    expect(guardAfter(sent).talked()).toBe(false),
  );
});
