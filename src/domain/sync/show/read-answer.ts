// The guest's answer for diff and log as it streams: facts by name first, then lines, each shown as it comes.
import { Transform } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { UserError } from "../../../errors.ts";
import { fields, textOf } from "../parse.ts";

/** The first part of the guest's answer: facts by name, in their order. */
export type Facts = Map<string, string[]>;

const MAX_FACTS = 8 * 1024 * 1024;
/** Longer lines are shown in pieces, so that one line never fills the memory. */
const MAX_PIECE = 64 * 1024;

interface Reader {
  begin(facts: Facts): string[];
  line(text: string): string;
}

/** Bytes of the guest → text to show. An error of `begin` destroys the stream. */
export function readAnswer(reader: Reader): Transform {
  const decoder = new StringDecoder("utf8");
  let head: Buffer | undefined = Buffer.alloc(0);
  let rest = "";
  const body = (text: string): string => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    let out = lines.map((line) => `${reader.line(line)}\n`).join("");
    for (; rest.length > MAX_PIECE; rest = rest.slice(MAX_PIECE))
      out += reader.line(rest.slice(0, MAX_PIECE));
    return out;
  };
  const transform = (chunk: Buffer): string => {
    if (head === undefined) return body(decoder.write(chunk));
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("=body\0");
    if (end < 0 && head.length > MAX_FACTS) throw notUnderstood();
    if (end < 0) return "";
    const facts = parseFacts(head.subarray(0, end).toString("latin1"));
    const after = head.subarray(end + "=body\0".length);
    head = undefined;
    const lines = reader.begin(facts).map((line) => `${line}\n`);
    return lines.join("") + body(decoder.write(after));
  };
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => settle(done, () => transform(chunk)),
    flush: (done) => settle(done, () => (rest === "" ? "" : `${reader.line(rest)}\n`)),
  });
}

function settle(done: (error: Error | null, text?: string) => void, work: () => string): void {
  try {
    done(null, work());
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
  }
}

function parseFacts(answer: string): Facts {
  const words = fields(answer);
  const facts: Facts = new Map();
  for (let at = 0; at + 1 < words.length; at += 2) {
    const name = (words[at] ?? "").slice(1);
    facts.set(name, [...(facts.get(name) ?? []), textOf(words[at + 1] ?? "")]);
  }
  return facts;
}

export const notUnderstood = () =>
  new UserError("The VM's answer is not understood.", {
    hint: "If this stays, look at the workspace with: agent-vm connect",
  });
