// The members of the VM's archive, each judged, into the stage; and what of them is left out.
import type { TarMember } from "../../io/tar.ts";
import type { Head } from "./head.ts";
import { createJudge } from "./member.ts";
import type { Received } from "./receive.ts";
import type { Stage } from "./stage.ts";
import { type LeftOut, noteLeftOut } from "./words.ts";

export interface Written {
  files: number;
  bytes: number;
  left: LeftOut;
  /** Something of every source came. */
  all: boolean;
}

/** Writes what may be written, and notes what may not. */
export async function writeJudged({ head, members }: Received, stage: Stage): Promise<Written> {
  const judge = createJudge(head.sources, stage.folds);
  const written: Written = { files: 0, bytes: 0, left: new Map(), all: false };
  const came = new Set<number>();
  for await (const member of members) {
    const judgement = judge(member);
    if (judgement.as === "left out") {
      noteLeftOut(written.left, judgement.why, shortName(head, member.name));
      continue;
    }
    const { as, index, path } = judgement;
    came.add(index);
    const at = Buffer.from(path === "" ? `/${index}` : `/${index}/${path}`, "latin1");
    const where = Buffer.concat([Buffer.from(stage.directory), at]);
    if (!(await put(stage, { as, where }, member))) {
      noteLeftOut(written.left, "name", shortName(head, member.name));
      continue;
    }
    if (as !== "directory") written.files += 1;
    if (as === "file") written.bytes += member.size;
  }
  written.all = came.size === head.sources.length;
  return written;
}

/** False for a name that this file system does not take, or that lies below such a one. */
async function put(
  stage: Stage,
  { as, where }: { as: "file" | "directory" | "link"; where: Buffer },
  member: TarMember,
): Promise<boolean> {
  try {
    if (as === "directory") stage.makeDirectory(where, member);
    else if (as === "link") stage.keepLink(where, member);
    else await stage.writeFile(where, member);
    return true;
  } catch (error) {
    if (NOT_A_NAME.includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}

const NOT_A_NAME = ["ENAMETOOLONG", "EILSEQ", "EINVAL", "ENOENT"];

/** As the user knows it: from the source's own name on. */
function shortName({ sources }: Head, name: string): string {
  const source = sources.find(({ real }) => name === real || name.startsWith(`${real}/`));
  return source ? `${source.name}${name.slice(source.real.length)}`.replace(/^\//, "") : name;
}
