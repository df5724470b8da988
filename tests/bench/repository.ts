// Repositories for the measurements: the same bytes on every run.
import { spawn, spawnSync } from "node:child_process";
import { createCipheriv, createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { git } from "../integration/guest.ts";

export interface Shape {
  commits: number;
  files: number;
  /** Files that one commit changes, and the new lines of 64 characters in each. */
  changed: number;
  lines: number;
  /** Deltas are looked for, as a repository that git has tidied up has them. */
  packed: boolean;
}

/** Bytes that look random and are not. */
function* words(seed: string): Generator<string, never> {
  for (let at = 0; ; at++) {
    const digest = createHash("sha512").update(`${seed} ${at}`).digest("base64");
    yield digest.slice(0, 64);
  }
}

/** A repository with one branch `main`; in each commit some files get new lines at their end, old ones leave. */
export function makeRepository(directory: string, shape: Shape): string {
  mkdirSync(directory, { recursive: true });
  git(directory, "init", "-q", "-b", "main");
  const source = words("agent-vm");
  const contents = new Map<number, string[]>();
  const parts: string[] = [];
  for (let commit = 1; commit <= shape.commits; commit++) {
    const subject = `change ${commit}\n`;
    const when = 1_700_000_000 + commit * 60;
    parts.push(
      `commit refs/heads/main\nmark :${commit}\ncommitter A <a@example.org> ${when} +0000\ndata ${subject.length}\n${subject}`,
    );
    if (commit > 1) parts.push(`from :${commit - 1}\n`);
    for (let nth = 0; nth < shape.changed; nth++) {
      const file = (commit * shape.changed + nth) % shape.files;
      const fresh = Array.from({ length: shape.lines }, () => source.next().value);
      const lines = [...(contents.get(file) ?? []), ...fresh].slice(-2 * shape.lines);
      contents.set(file, lines);
      const text = `${lines.join("\n")}\n`;
      parts.push(`M 100644 inline d${file % 20}/f${file}.txt\ndata ${text.length}\n${text}\n`);
    }
  }
  const { status, stderr } = spawnSync("git", ["-C", directory, "fast-import", "--quiet"], {
    input: parts.join(""),
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(String(stderr));
  if (shape.packed) git(directory, "repack", "-q", "-a", "-d", "--window=2");
  git(directory, "checkout", "-q", "-f", "main");
  return directory;
}

/** A repository with one branch `main` whose `tree` has many files that cannot be made smaller; one commit for every thousand. */
export async function makeWide(
  directory: string,
  { files, bytes }: { files: number; bytes: number },
): Promise<string> {
  mkdirSync(directory, { recursive: true });
  git(directory, "init", "-q", "-b", "main");
  const source = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16));
  const zeros = Buffer.alloc(bytes);
  const into = spawn("git", ["-C", directory, "fast-import", "--quiet"], {
    stdio: ["pipe", "inherit", "inherit"],
  });
  async function* commands() {
    for (let file = 0; file < files; file += 1) {
      if (file % 1000 === 0)
        yield `commit refs/heads/main\ncommitter A <a@example.org> ${1_700_000_000 + file} +0000\ndata 5\nmore\n\n`;
      yield `M 100644 inline tree/d${file % 300}/f${file}.bin\ndata ${bytes}\n`;
      yield source.update(zeros);
      yield "\n";
    }
  }
  await pipeline(commands, into.stdin);
  const [code] = into.exitCode === null ? await once(into, "close") : [into.exitCode];
  if (code !== 0) throw new Error("fast-import failed");
  git(directory, "checkout", "-q", "-f", "main");
  return directory;
}
