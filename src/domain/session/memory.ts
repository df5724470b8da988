// How much of the VM's memory one session may take. Pure.

/** "512M", "4G". The VM's own size, which `--memory` gives, is another matter. */
export const MEMORY_SIZE = /^([1-9]\d{0,5})([MG])$/;

const UNITS = { M: 1024 ** 2, G: 1024 ** 3 } as const;
/** A shell and an agent's launcher need some; less than this only ends them. */
const LEAST = 64 * UNITS.M;

/** Bytes; undefined for what is no size, or too small. */
export function memoryBytes(text: string): number | undefined {
  const [, count, unit] = MEMORY_SIZE.exec(text) ?? [];
  const bytes = Number(count) * UNITS[unit as keyof typeof UNITS];
  return bytes >= LEAST ? bytes : undefined;
}
