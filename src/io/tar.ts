// Archives: small ones made in memory, others as streams. The only importer of tar-stream. Static here and loaded lazily
// as a whole (see io/yaml.ts).
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, type Header, pack } from "tar-stream";

export interface ArchiveFile {
  /** Relative, parts separated by "/". */
  path: string;
  mode: number;
  content: Uint8Array;
}

/** The same files give the same bytes: their order is kept, and no time, owner or account stands in it. */
export async function makeTar(files: readonly ArchiveFile[]): Promise<Uint8Array> {
  const archive = pack();
  const chunks: Uint8Array[] = [];
  const whole = (async () => {
    for await (const chunk of archive as AsyncIterable<Uint8Array>) chunks.push(chunk);
  })();
  for (const { path, mode, content } of files) {
    await new Promise<void>((resolve, reject) => {
      const header = { name: path, mode, mtime: new Date(0), uid: 0, gid: 0 };
      archive.entry(header, Buffer.from(content), (error) => (error ? reject(error) : resolve()));
    });
  }
  archive.finalize();
  await whole;
  return Buffer.concat(chunks);
}

/** What an archive says of a member: nothing of it is checked. Names have one character per byte. */
export interface TarMember {
  name: string;
  /** "file", "directory", "symlink" and more; null for what the library does not know. */
  type: string | null;
  mode: number;
  size: number;
  mtime: Date;
  target: string;
  content: AsyncIterable<Uint8Array>;
}

/**
 * The members of an archive as it comes; what is not read of one is passed over. Throws the error of `source`, and its
 * own for what is no archive, or one without its end. A member's header takes 4 MiB of memory at most.
 */
export async function* tarMembers(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarMember> {
  const archive = extract({ filenameEncoding: "latin1" } as unknown as Parameters<typeof extract>[0]);
  const fed = pipeline(source, archive as unknown as NodeJS.WritableStream);
  // It is looked at when the archive is over.
  fed.catch(() => undefined);
  for await (const entry of archive) {
    const { name, type = null, mode = 0, size = 0, mtime, linkname } = entry.header;
    yield {
      ...{ name, type, mode, size },
      mtime: mtime ?? new Date(0),
      target: linkname ?? "",
      content: entry as unknown as AsyncIterable<Uint8Array>,
    };
    entry.resume();
  }
  await fed;
}

export type PackedMember = Pick<Header, "name" | "mode" | "mtime"> &
  (
    | { type: "directory" }
    | { type: "symlink"; linkname: string }
    | { type: "file"; size: number; content: Uint8Array | Readable }
  );

/** An archive of what `members` gives, made as it is read. */
export function packTar(members: AsyncIterable<PackedMember>): Readable {
  const archive = pack();
  const add = async () => {
    for await (const member of members) {
      const { content, ...header } = member.type === "file" ? member : { ...member, content: undefined };
      await new Promise<void>((resolve, reject) => {
        const done = (error?: Error | null) => (error ? reject(error) : resolve());
        if (content === undefined) archive.entry(header, done);
        else if (content instanceof Uint8Array) archive.entry(header, Buffer.from(content), done);
        else pipeline(content, archive.entry(header, done)).catch(reject);
      });
    }
    archive.finalize();
  };
  add().catch((error: Error) => archive.destroy(error));
  return archive as unknown as Readable;
}
