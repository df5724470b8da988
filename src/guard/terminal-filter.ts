// Reads a session's output as a terminal does and gives on only what is listed (security facts, rule 4b). Pure.
//
// Whatever passes is written anew and whole: text in valid UTF-8, listed control characters, and complete sequences in
// their plainest form. So it does not matter how a terminal would have read the rest: it never gets a byte of it, and
// two streams of one terminal can only meet between sequences.
import type { TerminalModes } from "./terminal-modes.ts";
import { type Csi, passCsi, passEsc, passOsc, type RuleOptions } from "./terminal-rules.ts";
import { badLength, characterLength } from "./utf8.ts";

/** Takes bytes as they come; gives what the terminal may have by now. An unfinished character or sequence is kept. */
export type TerminalFilter = (bytes: Uint8Array) => Uint8Array;

export interface FilterOptions extends RuleOptions {
  /** Shared by the streams of one terminal. */
  modes: TerminalModes;
}

type State = "text" | "escape" | "csi" | "osc" | "osc end" | "string" | "string end";

interface Machine extends FilterOptions {
  state: State;
  /** The sequence so far, without its beginning. */
  held: number[];
  /** It is longer than anything that passes; the rest is not kept. */
  spoiled: boolean;
  /** A character that the last piece ended in the middle of. */
  cut: Uint8Array;
  out: Uint8Array[];
}

const MOST_CSI = 256;
const MOST_OSC = 2304;
/** A copied text, in base64. */
const MOST_CLIPBOARD = 128 * 1024;

const [BEL, SHIFT_OUT, CANCEL, SUBSTITUTE, ESC, DEL] = [0x07, 0x0e, 0x18, 0x1a, 0x1b, 0x7f];
const CANNOT_BE_READ = Buffer.from("\ufffd");
const NOTHING = new Uint8Array();

/** Bell to shift-in. The others ask (ENQ), begin file transfers (CAN) or do nothing. */
const isPassedControl = (byte: number): boolean => byte >= BEL && byte <= 0x0f;
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte >= 0x20 && byte < DEL) || (isPassedControl(byte) && byte !== SHIFT_OUT) ? 1 : 0,
);

export function createTerminalFilter(options: FilterOptions): TerminalFilter {
  const machine: Machine = { ...options, state: "text", held: [], spoiled: false, cut: NOTHING, out: [] };
  return (piece) => {
    const bytes = machine.cut.length > 0 ? Buffer.concat([machine.cut, piece]) : piece;
    machine.cut = NOTHING;
    machine.out = [];
    let at = 0;
    while (at < bytes.length) {
      if (machine.state === "text") at = text(machine, bytes, at);
      else if (isDropped(machine)) at = skip(machine, bytes, at);
      else if (step(machine, bytes[at] ?? 0)) at += 1;
    }
    const [only = NOTHING, ...more] = machine.out;
    return more.length === 0 ? only : Buffer.concat(machine.out);
  };
}

/** Text up to the next sequence or the end; gives the place after it. */
function text(machine: Machine, bytes: Uint8Array, start: number): number {
  let from = start;
  let at = start;
  const give = () => at > from && machine.out.push(bytes.subarray(from, at));
  for (;;) {
    while (at < bytes.length && PLAIN[bytes[at] as number] === 1) at++;
    if (at >= bytes.length) break;
    const passed = passedLength(machine, bytes, at);
    if (passed > 0) {
      at += passed;
      continue;
    }
    give();
    const byte = bytes[at] as number;
    from = at += byte < 0x80 ? 1 : dropCharacter(machine, bytes, at);
    if (byte === ESC) {
      begin(machine, "escape");
      return at;
    }
  }
  give();
  return at;
}

/** How many bytes pass as they are, from one that is not plain; 0 for none. */
function passedLength({ modes }: Machine, bytes: Uint8Array, at: number): number {
  const byte = bytes[at] as number;
  if (byte === ESC) {
    const length = simpleLength(bytes, at);
    // ESC [ m and ESC [ 0 m reset.
    const reset = length === 3 || (length === 4 && bytes[at + 2] === 0x30);
    if (length > 0 && bytes[at + length - 1] === COLOUR) modes.sawColour(reset);
    return length;
  }
  if (byte === SHIFT_OUT) modes.sawShift();
  if (byte < 0x80) return byte === SHIFT_OUT ? 1 : 0;
  return isC1(bytes, at) ? 0 : Math.max(0, characterLength(bytes, at));
}

const COLOUR = 0x6d;
/** Colours, moving the cursor, erasing: nothing that is to be remembered, colours aside. */
const SIMPLE_FINALS = new Set(Buffer.from("mABCDGHJKXdf@PLM"));

/** The commonest sequences, like ESC [ 1;31 m, are taken at once, with the rules' own result; 0 for any other. */
function simpleLength(bytes: Uint8Array, at: number): number {
  if (bytes[at + 1] !== 0x5b) return 0;
  let digits = 0;
  for (let next = at + 2; next < at + 40; next++) {
    const byte = bytes[next];
    if (byte === undefined) return 0;
    if (byte === 0x3b) digits = 0;
    else if (byte < 0x30 || byte > 0x39) return SIMPLE_FINALS.has(byte) ? next + 1 - at : 0;
    else if (++digits > 5) return 0;
  }
  return 0;
}

/** U+0080 to U+009F: control characters to a terminal in UTF-8. */
const isC1 = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0xc2 && (bytes[at + 1] ?? 0) >= 0x80 && (bytes[at + 1] ?? 0) < 0xa0;

function dropCharacter(machine: Machine, bytes: Uint8Array, at: number): number {
  const length = characterLength(bytes, at);
  if (length > 0) return length;
  if (length < 0) {
    machine.cut = bytes.slice(at);
    return -length;
  }
  machine.out.push(CANNOT_BE_READ);
  return badLength(bytes, at);
}

function begin(machine: Machine, state: State): void {
  machine.state = state;
  machine.held = [];
  machine.spoiled = false;
}

/** One byte of a sequence; false when the byte is to be read again in the state that it brought about. */
function step(machine: Machine, byte: number): boolean {
  switch (machine.state) {
    case "osc":
    case "string":
      return inString(machine, byte);
    case "osc end":
    case "string end":
      return afterString(machine, byte);
    default:
      return inSequence(machine, byte);
  }
}

/** Within ESC or CSI: a control character acts at once, and the sequence goes on. */
function inSequence(machine: Machine, byte: number): boolean {
  if (byte >= 0x80) return ends(machine, false);
  if (byte === CANCEL || byte === SUBSTITUTE) return ends(machine, true);
  if (byte === ESC) begin(machine, "escape");
  else if (byte < 0x20) control(machine, byte);
  else if (byte !== DEL) machine.state === "csi" ? inCsi(machine, byte) : inEscape(machine, byte);
  return true;
}

function ends(machine: Machine, consumed: boolean): boolean {
  begin(machine, "text");
  return consumed;
}

function control({ out, modes }: Machine, byte: number): void {
  if (!isPassedControl(byte)) return;
  if (byte === SHIFT_OUT) modes.sawShift();
  out.push(Uint8Array.of(byte));
}

function keep(machine: Machine, byte: number, most: number): void {
  if (machine.held.length < most) machine.held.push(byte);
  else machine.spoiled = true;
}

const heldText = ({ held }: Machine): string => Buffer.from(held).toString("latin1");
const give = (machine: Machine, sequence: string) => machine.out.push(Buffer.from(sequence, "latin1"));

/** What ESC begins. Screen's title (k) is a string like the rest, whatever this terminal makes of it. */
const BEGINNINGS: Record<string, State> = {
  ...{ "[": "csi", "]": "osc" },
  ...{ P: "string", X: "string", "^": "string", _: "string", k: "string" },
};

function inEscape(machine: Machine, byte: number): void {
  keep(machine, byte, MOST_CSI);
  if (byte < 0x30) return;
  const sequence = heldText(machine);
  if (sequence === "c") resetGently(machine);
  else if (passEsc(sequence)) {
    machine.modes.sawEsc(sequence);
    give(machine, `\u001b${sequence}`);
  }
  begin(machine, BEGINNINGS[sequence] ?? "text");
}

/** Instead of a full reset (RIS), which would also take the scrollback, the colours and the title: what `reset` is for. */
const resetGently = (machine: Machine) =>
  give(machine, `${machine.modes.restore()}\u001b[!p\u001b(B\u000f\u001b[H\u001b[2J`);

function inCsi(machine: Machine, byte: number): void {
  keep(machine, byte, MOST_CSI);
  if (byte < 0x40) return;
  const parts = /^([<-?]?)([\d:;]*)([ -/]*)([@-~])$/.exec(heldText(machine));
  // Of one that is too long the final byte was not kept.
  if (parts) giveCsi(machine, parts);
  begin(machine, "text");
}

function giveCsi(
  machine: Machine,
  [, prefix = "", params = "", intermediates = "", final = ""]: string[],
): void {
  const csi: Csi = { prefix, params: params.split(";"), intermediates, final };
  const passed = passCsi(csi, machine);
  if (passed === undefined) return;
  if (csi.prefix === "" && final === "m") machine.modes.sawColour(params === "" || params === "0");
  else machine.modes.saw(csi);
  give(machine, `\u001b[${passed}`);
}

/** Only ST, BEL (for OSC), CAN, SUB and ESC end a string: bytes over 0x7f are its text. */
function inString(machine: Machine, byte: number): boolean {
  if (byte === ESC) machine.state = machine.state === "osc" ? "osc end" : "string end";
  else if (byte === CANCEL || byte === SUBSTITUTE) begin(machine, "text");
  else if (machine.state === "osc") inOsc(machine, byte);
  return true;
}

function inOsc(machine: Machine, byte: number): void {
  if (byte === BEL) giveOsc(machine, "\u0007");
  else keep(machine, byte, machine.clipboard ? MOST_CLIPBOARD : MOST_OSC);
  // The Linux console's palette has no end: ESC ] R, and ESC ] P with seven digits.
  const [first] = machine.held;
  if (first === 0x52 || (first === 0x50 && machine.held.length === 8)) begin(machine, "text");
}

const isDropped = ({ state, spoiled }: Machine): boolean =>
  state === "string" || (state === "osc" && spoiled);

/** The rest of a string that does not pass is passed over quickly. */
function skip(machine: Machine, bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && (bytes[at] as number) >= 0x20) at++;
  if (at < bytes.length) inString(machine, bytes[at] as number);
  return at + 1;
}

/** After an ESC within a string: its end, or the beginning of another sequence, which leaves the string unfinished. */
function afterString(machine: Machine, byte: number): boolean {
  if (byte !== 0x5c) {
    begin(machine, "escape");
    return false;
  }
  if (machine.state === "osc end") giveOsc(machine, "\u001b\\");
  else begin(machine, "text");
  return true;
}

/** With the end that it came with: a terminal answers with the same. */
function giveOsc(machine: Machine, end: string): void {
  const passed = machine.spoiled
    ? passOsc(heldText(machine).slice(0, 2), machine)
    : passOsc(heldText(machine), machine);
  if (passed !== undefined) {
    machine.modes.sawOsc(passed);
    give(machine, `\u001b]${passed}${end}`);
  }
  begin(machine, "text");
}
