// Remembers what a session changed in the user's terminal, and takes back what it left behind. Pure.
import { type Csi, REPORTS } from "./terminal-rules.ts";

export interface TerminalModes {
  /** A CSI that the terminal gets. */
  saw(csi: Csi): void;
  /** SGR, which comes too often to be taken apart: true for a reset. */
  sawColour(reset: boolean): void;
  /** ESC with its intermediate and final, as `(0`. */
  sawEsc(sequence: string): void;
  sawOsc(text: string): void;
  sawShift(): void;
  /** What undoes all that is left of it, once; empty when the session left the terminal as it was. */
  restore(): string;
  /** True when the terminal may have answers or reports under way. */
  talked(): boolean;
}

/** On in a terminal that nobody touched; the other modes here are off. */
const USUALLY_ON = ["7", "25"];
/** Modes whose usual state is known. Blinking (12), Meta (1034) and scrolling (1007) are the user's taste. */
const TAKEN_BACK = [
  ...["2026", "1000", "1002", "1003", "1004", "1005", "1006", "1015", "1016", "9", "2004"],
  ...["1", "5", "6", "69", "66", "7", "25", "47", "1047", "1049"],
];
/** The alternate screen. */
const SCREENS = ["47", "1047", "1049"];
/** The one of them that all terminals know; the others some pass over. */
const SURE_SCREEN = "1049";
const CSI = "\u001b[";

/** Kitty's keyboard; each screen has a stack of its own. */
interface Keyboard {
  /** Entries above what the session found. */
  pushed: number;
  set: boolean;
}

interface Seen {
  modes: Map<string, boolean>;
  main: Keyboard;
  alternate: Keyboard;
  onAlternate: boolean;
  /** On which screen the terminal is may be another than we think: nothing counts as taken back. */
  unsure: boolean;
  marks: Set<string>;
  talked: boolean;
}

/** What else undoes itself by one sequence, in this order; taken back when its mark is there. */
const UNDO: readonly (readonly [mark: string, sequence: string])[] = [
  ["other keys", `${CSI}>4m`],
  ["link", "\u001b]8;;\u001b\\"],
  ["insert", `${CSI}4l`],
  ["keypad", "\u001b>"],
  ["shift", "\u000f"],
  ["G0", "\u001b(B"],
  ["G1", "\u001b)B"],
  ["cursor style", `${CSI}0 q`],
  ["colour", `${CSI}m`],
  // It moves the cursor, which is put back.
  ["margins", `\u001b7${CSI}r\u001b8`],
];

/** Sequences that set or clear a mark: true sets it. */
const MARKED: Readonly<Record<string, readonly [mark: string, on: (params: readonly string[]) => boolean]>> =
  {
    ">m": ["other keys", (params) => Number(params[1] ?? 0) > 0],
    " q": ["cursor style", (params) => Number(params[0] ?? 0) > 0],
    r: ["margins", (params) => params.some((one) => one !== "")],
    "=": ["keypad", () => true],
    ">": ["keypad", () => false],
  };

const untouched = () => ({
  modes: new Map<string, boolean>(),
  main: { pushed: 0, set: false },
  alternate: { pushed: 0, set: false },
  onAlternate: false,
  unsure: false,
  marks: new Set<string>(),
});

export function createModes(): TerminalModes {
  const seen: Seen = { ...untouched(), talked: false };
  const mark = (name: string, on: boolean) => void (on ? seen.marks.add(name) : seen.marks.delete(name));
  const marked = (key: string, params: readonly string[]) => {
    const [name, on] = MARKED[key] ?? [];
    if (name !== undefined && on !== undefined) mark(name, on(params));
  };
  return {
    saw: (csi) => {
      const { prefix, params, intermediates, final } = csi;
      marked(prefix + intermediates + final, params);
      if (prefix === "" && "hl".includes(final) && params.includes("4")) mark("insert", final === "h");
      note(seen, csi);
    },
    sawColour: (reset) => mark("colour", !reset),
    sawEsc: (sequence) => {
      marked(sequence, []);
      if (sequence.startsWith("(")) mark("G0", sequence !== "(B");
      if (sequence.startsWith(")")) mark("G1", sequence !== ")B");
    },
    sawOsc: (text) => {
      if (text.endsWith(";?")) seen.talked = true;
      else if (text.startsWith("8;")) mark("link", !/^8;[^;]*;$/.test(text));
    },
    sawShift: () => mark("shift", true),
    restore: () => {
      const undo = restore(seen);
      Object.assign(seen, untouched());
      return undo;
    },
    talked: () => seen.talked,
  };
}

function note(seen: Seen, { prefix, params, final }: Csi): void {
  if (prefix === "?" && "hl".includes(final)) noteModes(seen, params, final === "h");
  if (final === "u" && prefix !== "") noteKeyboard(seen, prefix, params);
  if (prefix === "" && "nc".includes(final)) seen.talked = true;
}

function noteModes(seen: Seen, params: readonly string[], on: boolean): void {
  for (const one of params) {
    if (TAKEN_BACK.includes(one)) seen.modes.set(one, on);
    if (!SCREENS.includes(one)) continue;
    seen.onAlternate = on;
    if (one !== SURE_SCREEN) seen.unsure = true;
  }
  if (on && params.some((one) => REPORTS.includes(one))) seen.talked = true;
}

function noteKeyboard(seen: Seen, prefix: string, params: readonly string[]): void {
  const keyboard = seen.onAlternate ? seen.alternate : seen.main;
  if (prefix === "=") keyboard.set = true;
  if (prefix === ">") keyboard.pushed += 1;
  // To some terminals 0 is 1 and to others none.
  const popped = params[0] === "" || params[0] === undefined ? 1 : Number(params[0]);
  if (prefix === "<" && !seen.unsure) keyboard.pushed = Math.max(0, keyboard.pushed - popped);
  // Keys that are let go are reports, too.
  if (prefix !== "<") seen.talked = true;
}

/** Keyboards first, the present screen's before it is left. */
function restore(seen: Seen): string {
  const { modes, onAlternate, marks } = seen;
  const { main, alternate } = seen.unsure ? onEach(seen) : seen;
  const [here, there] = onAlternate ? [alternate, main] : [main, alternate];
  const wrong = TAKEN_BACK.filter((one) => {
    const usual = USUALLY_ON.includes(one);
    return (modes.get(one) ?? usual) !== usual;
  });
  const elsewhere = undone(there);
  return [
    undone(here),
    ...(elsewhere !== "" && !onAlternate ? [`${CSI}?1049h${elsewhere}${CSI}?1049l`] : []),
    ...wrong.map((one) => `${CSI}?${one}${USUALLY_ON.includes(one) ? "h" : "l"}`),
    ...(onAlternate ? [elsewhere] : []),
    ...UNDO.flatMap(([mark, sequence]) => (marks.has(mark) ? [sequence] : [])),
  ].join("");
}

/** What was done to either may have been done to the other. */
function onEach({ main, alternate }: Seen): Record<"main" | "alternate", Keyboard> {
  const both = { pushed: main.pushed + alternate.pushed, set: main.set || alternate.set };
  return { main: both, alternate: both };
}

const undone = ({ pushed, set }: Keyboard): string =>
  (pushed > 0 ? `${CSI}<${Math.min(pushed, 99)}u` : "") + (set ? `${CSI}=0u` : "");
