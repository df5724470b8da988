// Builds SFTP packets for tests, sound ones and others, with nothing of the code that is tested.

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};
export const u64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};
export const str = (value: string | Buffer): Buffer => {
  const bytes = typeof value === "string" ? Buffer.from(value, "utf8") : value;
  return Buffer.concat([u32(bytes.length), bytes]);
};
export const packet = (type: number, ...fields: Buffer[]): Buffer => {
  const body = Buffer.concat([Buffer.from([type]), ...fields]);
  return Buffer.concat([u32(body.length), body]);
};

export const FILE = 0o100644;
export const DIRECTORY = 0o040755;
export const LINK = 0o120777;

/** Size, owner, mode and times, as OpenSSH's server sends them. */
export const attributes = (mode: number): Buffer =>
  Buffer.concat([u32(0xf), u64(5n), u32(2001), u32(2001), u32(mode), u32(1), u32(2)]);
export const NO_ATTRIBUTES = u32(0);

export const entry = (name: string | Buffer, mode = FILE): Buffer =>
  Buffer.concat([str(name), str("-rw-r--r-- 1 a a 5 Jan 1 00:00 it"), attributes(mode)]);

const PATH = "workspace/shop/a.txt";

/** One request of every kind, by name. */
export const REQUESTS = {
  open: (id: number, path = PATH, flags = 1) => packet(3, u32(id), str(path), u32(flags), NO_ATTRIBUTES),
  close: (id: number, handle = "h") => packet(4, u32(id), str(handle)),
  read: (id: number, handle = "h", length = 100) => packet(5, u32(id), str(handle), u64(0n), u32(length)),
  write: (id: number, handle = "h") => packet(6, u32(id), str(handle), u64(0n), str("data")),
  lstat: (id: number, path = PATH) => packet(7, u32(id), str(path)),
  fstat: (id: number, handle = "h") => packet(8, u32(id), str(handle)),
  setstat: (id: number, path = PATH) => packet(9, u32(id), str(path), u32(4), u32(0o644)),
  chown: (id: number, path = PATH) => packet(9, u32(id), str(path), u32(2), u32(0), u32(0)),
  fsetstat: (id: number, handle = "h") => packet(10, u32(id), str(handle), u32(4), u32(0o644)),
  opendir: (id: number, path = PATH) => packet(11, u32(id), str(path)),
  readdir: (id: number, handle = "h") => packet(12, u32(id), str(handle)),
  remove: (id: number, path = PATH) => packet(13, u32(id), str(path)),
  mkdir: (id: number, path = PATH) => packet(14, u32(id), str(path), NO_ATTRIBUTES),
  rmdir: (id: number, path = PATH) => packet(15, u32(id), str(path)),
  stat: (id: number, path = PATH) => packet(17, u32(id), str(path)),
  rename: (id: number, from = PATH, to = PATH) => packet(18, u32(id), str(from), str(to)),
  readlink: (id: number, path = PATH) => packet(19, u32(id), str(path)),
  symlink: (id: number, path = PATH, target = "b") => packet(20, u32(id), str(target), str(path)),
  posixRename: (id: number, from = PATH, to = PATH) =>
    packet(200, u32(id), str("posix-rename@openssh.com"), str(from), str(to)),
  hardlink: (id: number, from = PATH, to = PATH) =>
    packet(200, u32(id), str("hardlink@openssh.com"), str(from), str(to)),
  statvfs: (id: number, path = PATH) => packet(200, u32(id), str("statvfs@openssh.com"), str(path)),
  fsync: (id: number, handle = "h") => packet(200, u32(id), str("fsync@openssh.com"), str(handle)),
} as const;

/** One answer of every kind. */
export const ANSWERS = {
  status: (id: number, code = 0) => packet(101, u32(id), u32(code), str("Success"), str("")),
  handle: (id: number, handle = "h") => packet(102, u32(id), str(handle)),
  data: (id: number, length = 100) => packet(103, u32(id), str(Buffer.alloc(length, "x"))),
  names: (id: number, ...entries: Buffer[]) => packet(104, u32(id), u32(entries.length), ...entries),
  attributes: (id: number, mode = FILE) => packet(105, u32(id), attributes(mode)),
  figures: (id: number, block = 4096n) =>
    packet(201, u32(id), u64(block), u64(block), ...Array.from({ length: 9 }, () => u64(7n))),
} as const;

export const VERSION = packet(2, u32(3), str("posix-rename@openssh.com"), str("1"), str("evil@x"), str("1"));
