// The guard of one session's terminal: a filter for each stream that ends there, and what puts the terminal back.
import { createTerminalFilter, type TerminalFilter } from "./terminal-filter.ts";
import { createModes } from "./terminal-modes.ts";
import type { RuleOptions } from "./terminal-rules.ts";

export interface ScreenGuard {
  /** A filter for one stream. */
  filter(): TerminalFilter;
  /** Bytes for the terminal after the session; empty when it left nothing behind. */
  restore(): string;
  /** True when the terminal may still send answers or reports that the session asked for. */
  talked(): boolean;
}

export function createScreenGuard(rules: RuleOptions): ScreenGuard {
  const modes = createModes();
  return {
    filter: () => createTerminalFilter({ ...rules, modes }),
    restore: modes.restore,
    talked: modes.talked,
  };
}
