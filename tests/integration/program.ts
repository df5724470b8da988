// The built program, for what starts it as a process of its own; in a directory whose name needs every quoting.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface BuiltProgram {
  /** What a Context has as `self`. */
  self: string[];
  remove(): void;
}

export function buildProgram(): BuiltProgram {
  const directory = mkdtempSync(join(tmpdir(), "av built, with 'quotes' "));
  execFileSync(process.execPath, ["scripts/build.mjs", join(directory, "dist")]);
  return {
    self: [process.execPath, join(directory, "dist/main.cjs")],
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
