// Git LFS's pointer files: what stands in a commit for the content of a large file. Pure.

/** Content by its SHA-256 (64 hexadecimal digits) and its length in bytes. */
export interface Pointer {
  oid: string;
  size: number;
}

/** The shortest and the longest pointer there is, in bytes: nothing else needs to be read. */
export const SHORTEST = 126;
export const LONGEST = 140;

const POINTER =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v1\noid sha256:([0-9a-f]{64})\nsize ([1-9]\d{0,14})\n$/;

/** The pointer that the bytes are, to the letter as git-lfs writes it; undefined for everything else. */
export function parsePointer(bytes: Uint8Array): Pointer | undefined {
  if (bytes.length < SHORTEST || bytes.length > LONGEST) return undefined;
  const [, oid, size] = POINTER.exec(Buffer.from(bytes).toString("latin1")) ?? [];
  return oid === undefined ? undefined : { oid, size: Number(size) };
}

/** git-lfs looks no further into a file. */
export const READ_BY_LFS = 1024;

/** True for what git-lfs might take for a pointer in an older or looser form, with programs to run (extensions) or not. */
export const mayPassForPointer = (bytes: Uint8Array): boolean =>
  /git-media|hawser|git-lfs/.test(Buffer.from(bytes.subarray(0, READ_BY_LFS)).toString("latin1"));

export const isOid = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);

/** An object, and how many bytes of it are where it goes, from a transfer that broke off. */
export interface Begun extends Pointer {
  from: number;
}

/** As the guest's program reads them. */
export const linesOf = (pointers: readonly (Pointer & Partial<Begun>)[]): string =>
  pointers.map(({ oid, size, from = 0 }) => `${oid} ${size} ${from}\n`).join("");
