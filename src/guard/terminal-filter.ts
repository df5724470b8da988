// Reads a session's output as a terminal does and gives on only what is listed (security facts, rule 4b). Pure.
//
// Whatever passes is written anew and whole: text in valid UTF-8, listed control characters, and complete sequences in
// their plainest form. So it does not matter how a terminal would have read the rest: it never gets a byte of it, and
// two streams of one terminal can only meet between sequences.
import {
  begin,
  DEL,
  ESC,
  type FilterOptions,
  isDropped,
  isPassedControl,
  type Machine,
  SHIFT_OUT,
  skip,
  step,
} from "./terminal-sequences.ts";
import { badLength, characterLength } from "./utf8.ts";

/** Takes bytes as they come; gives what the terminal may have by now. An unfinished character or sequence is kept. */
export type TerminalFilter = (bytes: Uint8Array) => Uint8Array;

const CANNOT_BE_READ = Buffer.from("\ufffd");
const NOTHING = new Uint8Array();

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
