// Files into the guest over SFTP. The only importer of ssh2-sftp-client.
import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { posix } from "node:path";
import { EXIT, UserError } from "../errors.ts";

export interface SftpEndpoint {
  port: number;
  username: string;
  identityFile: string;
  /** The pinned host key, base64 as in known_hosts. */
  hostKey: string;
}

/** `path` is relative, below the destination. */
export type GuestFile =
  | { path: string; content: string | Uint8Array }
  /** A large file of the host, read when it is sent; another `id` is another content. */
  | { path: string; file: string; id: string }
  /** Content that is made when it is sent; another `id` is another content. */
  | { path: string; make: () => Promise<Uint8Array>; id: string };

/** Puts files below a directory of the guest (relative to the account's home), making directories as needed. */
export async function putFiles(
  endpoint: SftpEndpoint,
  directory: string,
  files: readonly GuestFile[],
): Promise<void> {
  const { default: Client } = await import("ssh2-sftp-client");
  const client = new Client();
  try {
    await client.connect({
      host: "127.0.0.1",
      port: endpoint.port,
      username: endpoint.username,
      privateKey: await readFile(endpoint.identityFile),
      readyTimeout: 60_000,
      algorithms: { serverHostKey: ["ssh-ed25519"] },
      hostVerifier: (key: Buffer) => same(key, Buffer.from(endpoint.hostKey, "base64")),
    });
    const home = homeOf(await client.cwd());
    const made = new Set<string>();
    for (const file of files) {
      const target = posix.join(home, directory, file.path);
      const parent = posix.dirname(target);
      if (!made.has(parent)) await client.mkdir(parent, true);
      made.add(parent);
      const content = await contentOf(file);
      await client.put(content, target, { writeStreamOptions: { mode: 0o600 } });
    }
  } catch (cause) {
    throw new UserError("Files could not be put into the VM.", {
      details: [cause instanceof Error ? cause.message : String(cause)],
      hint: "See its state with: agent-vm status",
      exit: EXIT.notReady,
      cause,
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The guest says where it is; a path there is made of it, so it must look like one. */
function homeOf(said: string): string {
  if (/^(\/[\w.-]+)+$/.test(said) && posix.normalize(said) === said) return said;
  throw new Error("the guest does not say where its home is");
}

async function contentOf(file: GuestFile): Promise<string | Buffer> {
  if ("file" in file) return file.file;
  return Buffer.from("make" in file ? await file.make() : file.content);
}

function same(one: Buffer, other: Buffer): boolean {
  const digest = (bytes: Buffer) => createHash("sha256").update(bytes).digest();
  return timingSafeEqual(digest(one), digest(other));
}
