// The form in which the guest's program and we talk over one connection: "NAME BYTES\n" and so many bytes. Pure.

export interface Frame {
  name: string;
  /** One character per byte. */
  bytes: string;
}

/** Far more than the answers of hundreds of workspaces. */
const MOST_BYTES = 64 * 1024 * 1024;
const LONGEST_HEAD = 32;

export const frame = (name: string, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(`${name} ${bytes.length}\n`), bytes]);

/** Takes bytes as they come and gives whole frames. Throws RangeError for what is no frame: the VM decides what comes. */
export function frames(): (bytes: Uint8Array) => Frame[] {
  let pieces: Buffer[] = [];
  let length = 0;
  let wanted = 0;
  return (bytes) => {
    pieces.push(Buffer.from(bytes));
    length += bytes.length;
    // Joined only when it can be whole: a large frame comes in many pieces.
    if (length < wanted) return [];
    const found: Frame[] = [];
    let all = Buffer.concat(pieces);
    for (;;) {
      const head = headOf(all);
      wanted = head === undefined ? 0 : head.begin + head.size;
      if (head === undefined || all.length < wanted) break;
      found.push({ name: head.name, bytes: all.toString("latin1", head.begin, wanted) });
      all = all.subarray(wanted);
    }
    pieces = [all];
    length = all.length;
    return found;
  };
}

function headOf(all: Buffer): { name: string; size: number; begin: number } | undefined {
  const end = all.indexOf(10);
  if (end < 0 && all.length < LONGEST_HEAD) return undefined;
  const text = all.toString("latin1", 0, end < 0 ? LONGEST_HEAD : Math.min(end, LONGEST_HEAD));
  const [, name = "", size = ""] = /^(=?[a-z]+) (\d{1,9})$/.exec(text) ?? [];
  if (name === "" || Number(size) > MOST_BYTES) throw new RangeError("the VM sends what is no frame");
  return { name, size: Number(size), begin: end + 1 };
}
