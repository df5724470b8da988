// Terminals that do not show UTF-8: whether ours is one, and what our text is there. Pure.

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * False when the locale names another character set, "C" and "POSIX" among them (the order is POSIX': LC_ALL, LC_CTYPE,
 * LANG). Without any of them nothing is known, and today's terminals show UTF-8.
 */
export function showsUtf8({ LC_ALL, LC_CTYPE, LANG }: Environment): boolean {
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== "");
  return locale === undefined || /utf-?8/i.test(locale);
}

interface Streams {
  env: Environment;
  stdout: { isTTY?: boolean };
  stderr: { isTTY?: boolean };
}

/** Which streams must be told in ASCII. In a file or a pipe names stay as they are, whatever the locale. */
export const asciiStreams = ({ env, stdout, stderr }: Streams): { stdout: boolean; stderr: boolean } => ({
  stdout: stdout.isTTY === true && !showsUtf8(env),
  stderr: stderr.isTTY === true && !showsUtf8(env),
});

/** Signs of ours that have a plain spelling. */
const PLAIN: Record<string, string> = {
  "…": "...",
  "→": "->",
  "✓": "ok",
  "✗": "failed:",
  "×": "x",
  "·": "-",
  "–": "-",
  "—": "-",
  "↑": "^",
  "↓": "v",
  // Those of questions: open, answered, taken back, wrong; their frame; what is chosen and what is not.
  "◆": "*",
  "◇": "o",
  "■": "x",
  "▲": "!",
  "│": "|",
  "└": "'",
  "┌": ".",
  "─": "-",
  "●": ">",
  "○": "-",
};

const OTHERS = /\P{ASCII}/gu;

/**
 * The same in ASCII: such a terminal would take the bytes of UTF-8 for other characters, and some of them (C1) for
 * commands.
 */
export const inAscii = (text: string): string =>
  text.replace(OTHERS, (sign) => PLAIN[sign] ?? `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`);
