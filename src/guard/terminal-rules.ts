// Which control sequences of a session the user's terminal gets: a list of what passes, everything else is dropped. Pure.

export interface RuleOptions {
  /** Lets the session write the clipboard (OSC 52); it never reads it. */
  clipboard: boolean;
  /** Lets the few harmless questions and reports through; without somebody to read the answers none. */
  questions: boolean;
}

/** `CSI prefix params intermediates final`, each as plain ASCII. */
export interface Csi {
  prefix: string;
  params: readonly string[];
  intermediates: string;
  final: string;
}

/** Cursor, erasing, inserting, scrolling, tabs, saving the cursor. */
const PLAIN_FINALS = "@ABCDEFGHIJKLMPSXZ`adefgs";
/** Insert, and screen's cursor visibility. Not: keyboard lock, local echo, line feeds for Enter. */
const ANSI_MODES = ["4", "34"];
/**
 * Keys, margins, cursor, screens, mouse, focus, paste, synchronized output. Not among them: VT52 (another language),
 * Tektronix, column switching, printing, and all that make the terminal report by itself at once.
 */
const PRIVATE_MODES = [
  ...["1", "5", "6", "7", "9", "12", "25", "45", "47", "66", "69"],
  ...["1000", "1002", "1003", "1004", "1005", "1006", "1007", "1015", "1016"],
  ...["1034", "1047", "1048", "1049", "2004", "2026"],
];
/** The terminal tells by itself of the mouse and of focus. */
export const REPORTS = ["9", "1000", "1002", "1003", "1004"];
/** modifyOtherKeys; the other key resources would outlive the session. */
const KEY_RESOURCE = "4";

const NUMBER = /^\d{0,5}$/;
const COLOUR = /^\d{0,5}(?::\d{0,5}){0,9}$/;
/** A character repeated more often than any line is wide would only keep the terminal busy. */
const REPEATED = /^\d{0,3}$/;
/** Terminals that take only so many ignore a sequence of more, and would not do what we note. */
const MOST_PARAMS = 16;
const only = (params: readonly string[], most: number) => params.length <= most;

/** The sequence as the terminal gets it, without its ESC [; undefined when nothing of it passes. */
export function passCsi(csi: Csi, { questions }: RuleOptions): string | undefined {
  const { prefix, params, intermediates, final } = csi;
  const whole = prefix + params.join(";") + intermediates + final;
  // A count of millions would keep the terminal busy.
  if (!params.every((one) => (final === "m" && prefix === "" ? COLOUR : NUMBER).test(one))) return undefined;
  switch (intermediates + final) {
    case "m":
      return prefix === "" || (prefix === ">" && isKeyResource(params)) ? whole : undefined;
    case "h":
    case "l":
      return passModes(csi, questions);
    case "J":
    case "K":
      return prefix === "" || prefix === "?" ? whole : undefined;
    case "T":
      // With five it is mouse highlighting, which waits for an answer.
      return prefix === "" && only(params, 1) ? whole : undefined;
    case "u":
      // Kitty's keyboard: push, pop and set. "?" asks. With a second number only "=" is understood everywhere.
      return prefix !== "?" && only(params, prefix === "=" ? 2 : 1) ? whole : undefined;
    case "b":
      return prefix === "" && only(params, 1) && REPEATED.test(params.join()) ? whole : undefined;
    case "r":
      return prefix === "" && only(params, 2) ? whole : undefined;
    case "n":
      return questions && prefix === "" && /^[56]$/.test(params.join()) ? whole : undefined;
    case "c":
      return questions && prefix === "" && /^0?$/.test(params.join()) ? whole : undefined;
    case " q":
    case "!p":
      return prefix === "" && only(params, 1) ? whole : undefined;
    default:
      return prefix === "" && intermediates === "" && PLAIN_FINALS.includes(final) ? whole : undefined;
  }
}

const isKeyResource = (params: readonly string[]): boolean =>
  only(params, 2) && Number(params[0]) === Number(KEY_RESOURCE);

/** Of several modes in one sequence those that may. */
function passModes({ prefix, params, intermediates, final }: Csi, reports: boolean): string | undefined {
  const modes = prefix === "?" ? PRIVATE_MODES : prefix === "" ? ANSI_MODES : [];
  const passed = params.filter((one) => modes.includes(one) && (reports || !REPORTS.includes(one)));
  if (passed.length === 0 || passed.length > MOST_PARAMS || intermediates !== "") return undefined;
  return `${prefix}${passed.join(";")}${final}`;
}

/**
 * Cursor saved and restored, index, tab stop, keypad; the ASCII and line-drawing sets for G0 and G1. Not: RIS (see the
 * filter), other encodings (after `% @` single bytes are control characters), 8-bit answers.
 */
const ESC_SEQUENCE = /^[78DEHM=>]$|^[()][0AB12]$/;

/** True when ESC and the rest of its sequence pass. */
export const passEsc = (sequence: string): boolean => ESC_SEQUENCE.test(sequence);

/**
 * A link's parameters, and the characters of an address (RFC 3986) that needs no other program than a browser or mailer.
 * To a mailer an address alone: what else may stand there can attach a file of the host.
 */
const LINK =
  /^8;[\w.:=/+%@-]{0,250};(?:https?:\/\/[\w.~:/?#[\]@!$&'()*+,;=%-]{1,2000}|mailto:[\w.+-]{1,100}@[\w.-]{1,200})$/i;
const LINK_END = /^8;[\w.:=/+%@-]{0,250};$/;
const CLIPBOARD = /^52;[cpqs0-7]{0,12};[A-Za-z0-9+/]*={0,2}$/;

/**
 * The text of an OSC as the terminal gets it; undefined when it is dropped. Titles, notifications, directories, fonts,
 * colours (they would stay after the session) and whatever a terminal invents are not listed. A link to elsewhere
 * becomes the end of a link, or its text would belong to the link before.
 */
export function passOsc(text: string, { clipboard, questions }: RuleOptions): string | undefined {
  if (text.startsWith("8;")) return LINK.test(text) || LINK_END.test(text) ? text : "8;;";
  if (text === "10;?" || text === "11;?") return questions ? text : undefined;
  return clipboard && CLIPBOARD.test(text) ? text : undefined;
}
