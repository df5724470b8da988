// Reads src/ the way the structure test wants it: each file with its text and the modules it imports.
import { readdirSync, readFileSync } from "node:fs";
import { join, posix, relative } from "node:path";

export interface Import {
  /** A path below src/ ("io/run.ts"), or a package or node: name. */
  from: string;
  /** `import type`: gone after the build. */
  typeOnly: boolean;
  /** `await import(…)`: loaded only when reached. */
  lazy: boolean;
}

export interface Source {
  /** Below src/, with forward slashes. */
  path: string;
  text: string;
  /** The text without comments and without what stands in strings. */
  code: string;
  imports: Import[];
}

export const ROOT = join(import.meta.dirname, "../..");
const SRC = join(ROOT, "src");

const STATIC = /^(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm;
const DYNAMIC = /\bimport\("([^"]+)"\)/g;

function importsOf(path: string, text: string): Import[] {
  const resolve = (name: string) =>
    name.startsWith(".") ? posix.normalize(posix.join(posix.dirname(path), name)) : name;
  const fixed = [...text.matchAll(STATIC)].map((match) => ({
    from: resolve(match[2] ?? ""),
    typeOnly: match[1] !== undefined,
    lazy: false,
  }));
  const lazy = [...text.matchAll(DYNAMIC)].map((match) => ({
    from: resolve(match[1] ?? ""),
    typeOnly: false,
    lazy: true,
  }));
  return [...fixed, ...lazy];
}

function bare(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/"(?:[^"\\\n]|\\.)*"/g, '""')
    .replace(/(^|\s)\/\/.*$/gm, "");
}

export function source(path: string, text: string): Source {
  return { path, text, code: bare(text), imports: importsOf(path, text) };
}

export function readSources(): Source[] {
  return readdirSync(SRC, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => source(relative(SRC, file).replaceAll("\\", "/"), readFileSync(file, "utf8")))
    .sort((a, b) => a.path.localeCompare(b.path));
}
