// A bash command line as words, with nothing in it expanded or run, and words written for such a line. Pure.

export type Quote = "" | "'" | '"';

export interface BashLine {
  /** The words before the one at the cursor, as the program would get them. */
  words: string[];
  /** The word at the cursor, up to it. */
  current: string;
  /** The beginning of `current` that readline leaves as it is: it replaces what follows. */
  kept: string;
  /** The quote that is open at the cursor. */
  quote: Quote;
}

const ESCAPED_IN_QUOTES = new Set(["$", "`", '"', "\\", "\n"]);

interface State {
  words: string[];
  current: string | undefined;
  kept: number;
  quote: Quote;
}

/** `line` ends at the cursor; `breaks` is COMP_WORDBREAKS, at whose characters readline begins a word of its own. */
export function readBashLine(line: string, breaks: string): BashLine {
  const state: State = { words: [], current: undefined, kept: 0, quote: "" };
  const characters = [...line];
  for (let at = 0; at < characters.length; at += 1) {
    const one = characters[at] ?? "";
    const next = characters[at + 1];
    const escapes =
      one === "\\" && state.quote !== "'" && (state.quote === "" || ESCAPED_IN_QUOTES.has(next ?? "\n"));
    if (!escapes) {
      take(state, one, breaks);
      continue;
    }
    at += 1;
    if (next !== "\n") state.current = (state.current ?? "") + (next ?? "");
  }
  const current = state.current ?? "";
  return { words: state.words, current, kept: current.slice(0, state.kept), quote: state.quote };
}

function take(state: State, one: string, breaks: string): void {
  const sofar = state.current ?? "";
  if (one === state.quote) {
    state.quote = "";
    state.kept = 0;
  } else if (state.quote !== "") {
    state.current = sofar + one;
  } else if (one === "'" || one === '"') {
    state.quote = one;
    state.current = sofar;
    state.kept = sofar.length;
  } else if (/[ \t\n]/.test(one)) {
    if (state.current !== undefined) state.words.push(state.current);
    state.current = undefined;
    state.kept = 0;
  } else {
    state.current = sofar + one;
    if (breaks.includes(one)) state.kept = state.current.length;
  }
}

/** ASCII that means nothing to bash, and all beyond ASCII. */
const PLAIN = /[A-Za-z0-9_.,/:=@%+-]|[\u0080-\u{10ffff}]/u;

/** The text as it is written so that bash takes it literally, after a quote that is open already. */
export function writeForBash(text: string, quote: Quote): string {
  return [...text].map((one) => written(one, quote)).join("");
}

function written(one: string, quote: Quote): string {
  if (quote === "'") return one === "'" ? "'\\''" : one;
  // History would be expanded inside of double quotes, and a backslash there would stay.
  if (quote === '"') return one === "!" ? '"\\!"' : ESCAPED_IN_QUOTES.has(one) ? `\\${one}` : one;
  return PLAIN.test(one) ? one : `\\${one}`;
}
