// A terminal's output as lines of plain text: sequences go, what was written over goes with them. Pure.

export interface PlainText {
  take(bytes: Uint8Array): void;
  /** The last line, when it has no end of its own. */
  end(): void;
}

/** A line that never ends is given in pieces. */
const LONGEST = 64 * 1024;

/** ESC [ …, the strings of OSC, DCS, APC, PM and SOS, and every shorter sequence. */
const SEQUENCE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)|[ -/]*[0-~])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const UNFINISHED = /\u001b(?:\[[0-?]*[ -/]*|[\]PX^_][^\u0007\u001b\u009c]*\u001b?|[ -/]*)$/;

/** Gives each line as it ends. The text is still foreign: whoever shows it cleans it. */
export function createPlainText(onLine: (line: string) => void): PlainText {
  const decoder = new TextDecoder();
  let rest = "";
  const give = (text: string) => onLine(written(text.replace(SEQUENCE, "")));
  return {
    take: (bytes) => {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) give(line);
      while (rest.length > LONGEST) {
        const unfinished = UNFINISHED.exec(rest.slice(0, LONGEST))?.index;
        // A sequence longer than that is none.
        const at = unfinished === undefined || unfinished === 0 ? LONGEST : unfinished;
        give(rest.slice(0, at));
        rest = rest.slice(at);
      }
    },
    end: () => {
      if (rest !== "") give(rest);
      rest = "";
    },
  };
}

/** What is to be read at the end of a line in which the cursor went back: to its start, or by one. */
function written(line: string): string {
  const text = line.replace(/\r+$/, "").split("\r").at(-1) ?? "";
  if (!text.includes("\b")) return text.trimEnd();
  const shown: string[] = [];
  for (const letter of text) {
    if (letter === "\b") shown.pop();
    else shown.push(letter);
  }
  return shown.join("").trimEnd();
}
