// Who looks into the texts: gitleaks when it is installed, for what is text; otherwise and for the rest our own rules.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { gitleaks } from "../../adapters/gitleaks.ts";
import type { Context } from "../../context.ts";
import { UserError } from "../../errors.ts";
import { findProgram } from "../../io/which.ts";
import type { Change } from "./changes.ts";
import { findSecrets, type Match, textIn } from "./match.ts";
import { LEVELS, type Level, RULES } from "./rules.ts";

export interface Hit extends Match {
  change: Change;
}

export interface Engine {
  take(change: Change, bytes: Buffer): Promise<void>;
  /** All hits. Throws ToolError or UserError when not everything was looked into. */
  end(): Promise<Hit[]>;
  /** Nothing of it runs any more; also after a failure elsewhere. */
  close(): Promise<void>;
}

/** What will look: a name for people, and a mark that is another one when it would find other things. */
export interface Scanner {
  name: string;
  mark: string;
  program?: string;
}

export async function chooseScanner(ctx: Context): Promise<Scanner> {
  const program = ctx.settings.scanner === "builtin" ? undefined : await findProgram("gitleaks", ctx.env);
  if (program === undefined) return { name: "agent-vm's own rules", mark: `builtin ${rulesMark()}` };
  const { size, mtimeMs } = await stat(program);
  const mark = `gitleaks ${program} ${size} ${Math.floor(mtimeMs)} ${rulesMark()}`;
  return { name: "gitleaks", mark, program };
}

function rulesMark(): string {
  const words = RULES.flatMap(({ id, pattern, entropy, strong, not }) => [id, pattern, entropy, strong, not]);
  return createHash("sha256").update(words.map(String).join("\n")).digest("hex").slice(0, 16);
}

/** What is kept of one look; with more, nobody reads the list, and the rest is not looked for. */
const MAX_HITS = 10_000;

export function ownRules(check: () => void): Engine {
  const hits: Hit[] = [];
  return {
    take: async (change, bytes) => {
      for (const match of findSecrets(bytes, check)) {
        if (hits.length >= MAX_HITS) throw tooMany();
        hits.push({ ...match, change });
      }
    },
    end: async () => hits,
    close: async () => undefined,
  };
}

const tooMany = (): UserError =>
  new UserError(`The scan for secrets found more than ${MAX_HITS} places and was given up.`, {
    hint: "Files of that kind are generated ones as a rule: leave them out of the commits.",
  });

/** Before the first text, so that none can pass for a file of another kind. */
const HEADER = "# texts\n";
const LINE_BREAK = Buffer.from("\n");

/** Everything that is text goes to gitleaks as one stream; where each begins tells whose a finding is. */
export function withGitleaks(ctx: Context, program: string, directory: string, own: Engine): Engine {
  const input = new PassThrough();
  let failed = false;
  const over = new AbortController();
  const signal = AbortSignal.any([ctx.signal, over.signal]);
  const report = gitleaks({ ...ctx, signal }, program, { directory, input });
  report.catch(() => {
    failed = true;
    input.emit("drain");
  });
  const starts: { line: number; change: Change }[] = [];
  let line = 1;
  const write = async (bytes: Buffer | string) => {
    if (!failed && !input.write(bytes)) await once(input, "drain");
  };
  return {
    take: async (change, bytes) => {
      if (failed) await report;
      const { text, wide, binary } = textIn(bytes);
      if (binary) return own.take(change, bytes);
      if (starts.length === 0) await write(HEADER);
      const known = wide ? Buffer.from(text) : bytes;
      starts.push({ line: line + 1, change });
      line += linesIn(known) + 1;
      await write(known);
      await write(LINE_BREAK);
    },
    end: async () => {
      input.end();
      const leaks = await report;
      if (leaks.length > MAX_HITS) throw tooMany();
      const hits = leaks.flatMap((leak): Hit[] => {
        const start = startOf(starts, leak.line);
        if (start === undefined) throw new UserError("gitleaks named a line that was not sent to it.");
        const value = Buffer.from(leak.secret).toString("latin1");
        const level = levelOfLeak(leak.rule);
        return [{ rule: leak.rule, level, value, line: leak.line - start.line + 1, change: start.change }];
      });
      return [...(await own.end()), ...hits];
    },
    close: async () => {
      over.abort();
      await report.catch(() => undefined);
    },
  };
}

function linesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}

/** The last one that begins at or before the line. */
function startOf<T extends { line: number }>(starts: readonly T[], line: number): T | undefined {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle]?.line ?? 0) <= line) low = middle + 1;
    else high = middle;
  }
  return starts[low - 1];
}

/** gitleaks knows no levels: a rule of ours that has one of its names, guesses medium, the rest high. */
export function levelOfLeak(rule: string): Level {
  const same = RULES.find((own) => own.id === rule)?.level;
  return (
    same ??
    (/^(generic|curl-|jwt|slack-webhook|hashicorp-tf-password|sourcegraph)/.test(rule)
      ? LEVELS[1]
      : LEVELS[0])
  );
}
