// Archives in memory. The only importer of tar-stream. Static here and loaded lazily as a whole (see io/yaml.ts).
import { pack } from "tar-stream";

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
