// Objects of a repository through one `git cat-file`, in order, one in memory at a time; no filter ever runs on them.
import { Writable } from "node:stream";
import { ToolError } from "../errors.ts";
import { sanitize } from "../guard/sanitize.ts";
import { type GitHost, git } from "./git.ts";

/** Nothing is got from a remote for it (partial clones), and no replacement is taken for the object itself. */
const ENVIRONMENT = { GIT_NO_REPLACE_OBJECTS: "1", GIT_NO_LAZY_FETCH: "1", GIT_ALLOW_PROTOCOL: "none" };

const lines = (oids: readonly string[]): string => oids.map((oid) => `${oid}\n`).join("");

/** The sizes of those objects that are here and of the type, in bytes. */
export async function sizesOf(
  host: GitHost,
  directory: string,
  oids: readonly string[],
  type: "blob" | "commit" | "tag",
): Promise<Map<string, number>> {
  const args = ["cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)"];
  const { stdout } = await git(host, directory, args, { input: lines(oids), env: ENVIRONMENT });
  const words = stdout.split("\n").map((line) => line.split(" "));
  return new Map(
    words.flatMap(([oid = "", is, size]) => (is === type ? [[oid, Number(size)] as const] : [])),
  );
}

/** Hands each object's bytes to `take`, in the order of `oids`; reads on when that is done. Throws ToolError for a missing one. */
export async function readObjects(
  host: GitHost,
  directory: string,
  oids: readonly string[],
  take: (oid: string, bytes: Buffer) => void | Promise<void>,
): Promise<void> {
  if (oids.length === 0) return;
  let count = 0;
  const { into, taken, failure } = reader((oid, bytes) => {
    count += 1;
    return take(oid, bytes);
  });
  try {
    await git(host, directory, ["cat-file", "--batch"], { input: lines(oids), env: ENVIRONMENT, into });
  } catch (error) {
    throw failure() ?? error;
  }
  await taken;
  if (failure() !== undefined) throw failure();
  if (count !== oids.length) throw incomplete(`${count} of ${oids.length} objects came`);
}

const incomplete = (stderrTail: string): ToolError =>
  new ToolError({ argv: ["git", "cat-file", "--batch"], code: 0, stderrTail });

const NEWLINE = 10;

/** Records are "oid type size" LF bytes LF. */
function reader(take: (oid: string, bytes: Buffer) => void | Promise<void>) {
  let pieces: Buffer[] = [];
  let held = 0;
  let wanted: { oid: string; size: number } | undefined;
  let failed: unknown;
  const join = () => {
    const all = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
    pieces = [all];
    return all;
  };
  const rest = (bytes: Buffer) => {
    pieces = [bytes];
    held = bytes.length;
  };
  const step = async (): Promise<boolean> => {
    if (wanted === undefined) {
      const all = join();
      const end = all.indexOf(NEWLINE);
      if (end < 0) return false;
      const [oid = "", type, size] = all.subarray(0, end).toString("latin1").split(" ");
      if (size === undefined || type === "missing") throw incomplete(sanitize(`${oid} ${type}`));
      wanted = { oid, size: Number(size) };
      rest(all.subarray(end + 1));
    }
    if (held < wanted.size + 1) return false;
    const all = join();
    const { oid, size } = wanted;
    wanted = undefined;
    await take(oid, all.subarray(0, size));
    rest(all.subarray(size + 1));
    return true;
  };
  const into = new Writable({
    write(chunk: Buffer, _encoding, done) {
      pieces.push(chunk);
      held += chunk.length;
      const all = async () => {
        while (held > 0 && (await step()));
      };
      all().then(() => done(), done);
    },
  });
  const taken = new Promise<void>((resolve) => {
    into.once("close", resolve);
    into.once("error", (error) => {
      failed = error;
    });
  });
  return { into, taken, failure: () => failed };
}
