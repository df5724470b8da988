// A path to an open file or directory itself, for another program: also when something is mounted over it. Linux alone.
import type { FileHandle } from "node:fs/promises";

export const fdPath = ({ fd }: FileHandle): string => `/proc/${process.pid}/fd/${fd}`;
