// Reads control sequences byte by byte, and gives on what of each is listed (terminal-rules.ts). Pure.
import type { TerminalModes } from "./terminal-modes.ts";
import { type Csi, passCsi, passEsc, passOsc, type RuleOptions } from "./terminal-rules.ts";

export interface FilterOptions extends RuleOptions {
  /** Shared by the streams of one terminal. */
  modes: TerminalModes;
}

type State = "text" | "escape" | "csi" | "osc" | "osc end" | "string" | "string end";

/** A terminal that reads one stream. */
export interface Machine extends FilterOptions {
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

const [BEL, CANCEL, SUBSTITUTE] = [0x07, 0x18, 0x1a];
export const [SHIFT_OUT, ESC, DEL] = [0x0e, 0x1b, 0x7f];

/** Bell to shift-in. The others ask (ENQ), begin file transfers (CAN) or do nothing. */
export const isPassedControl = (byte: number): boolean => byte >= BEL && byte <= 0x0f;

/** The machine reads on in a state, with nothing held. */
export function begin(machine: Machine, state: State): void {
  machine.state = state;
  machine.held = [];
  machine.spoiled = false;
}

/** One byte of a sequence; false when the byte is to be read again in the state that it brought about. */
export function step(machine: Machine, byte: number): boolean {
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

/** Whether it is in a string of which nothing passes. */
export const isDropped = ({ state, spoiled }: Machine): boolean =>
  state === "string" || (state === "osc" && spoiled);

/** The rest of a string that does not pass is passed over quickly. */
export function skip(machine: Machine, bytes: Uint8Array, start: number): number {
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
