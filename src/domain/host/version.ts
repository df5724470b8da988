// Versions of other programs, as they print them. Pure.

export type Version = readonly number[];

/** The first dotted number in a text: "go version go1.24.4 linux/amd64" is [1, 24, 4]. */
export function parseVersion(text: string): Version | undefined {
  const found = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return found?.slice(1).map((part) => Number(part ?? 0));
}

export function atLeast(version: Version, wanted: Version): boolean {
  for (const [place, number] of wanted.entries()) {
    const own = version[place] ?? 0;
    if (own !== number) return own > number;
  }
  return true;
}

export const LIMACTL_WANTED = "2.2.0";
/** Older ones let any guest user become root. */
const LIMACTL_MINIMUM: Version = [2, 1, 3];

/** True for a limactl that is new enough, and for one built without a version, which Lima itself takes as newest. */
export function goodLimactl(output: string): boolean {
  const version = parseVersion(output);
  return version === undefined ? output.includes("limactl version") : atLeast(version, LIMACTL_MINIMUM);
}

/** The Go that limactl's module asks for. */
export const GO_WANTED: Version = [1, 25, 7];
/** From here on Go fetches a newer Go by itself. */
export const GO_MINIMUM: Version = [1, 21, 0];
/** Emulation of older ones crashes Debian 13's kernel. */
export const QEMU_MINIMUM: Version = [8, 0, 0];
