// Large files (Git LFS) from a guest that lies about them: nothing wrong gets into the host's store, nothing leaves it,
// and no server that the VM names is asked.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll } from "vitest";
import { bringObjects } from "../../src/domain/lfs/bring.ts";
import { writeObject } from "../../src/domain/lfs/store.ts";
import { run } from "../../src/io/run.ts";
import { commit, git, write } from "../integration/guest.ts";
import { scene, setStage } from "./fetch-scene.ts";
import type { Ground } from "./git-host.ts";

setStage();

const CONTENT = "as the commit names it\n";
const OTHER = "as the VM would like it";
const idOf = (text: string) => createHash("sha256").update(text).digest("hex");
const below = (id: string) => join(id.slice(0, 2), id.slice(2, 4), id);
const store = ({ repo }: Ground) => join(repo, ".git/lfs");
const object = (ground: Ground, text: string) => join(store(ground), "objects", below(idOf(text)));

const pointer = (id: string, size: number) =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${id}\nsize ${size}\n`;

/** A commit of the guest with a pointer, and what lies in its store under that name. */
function plantObject(
  { at, repo }: Ground,
  { id, size, content }: { id: string; size: number; content: string },
) {
  // The host's own git-lfs is set up; without its filter nothing would follow.
  for (const [key, value] of FILTER) git(repo, "config", `filter.lfs.${key}`, value);
  // Before there are attributes, so that the guest's git-lfs takes no part.
  commit(at, { "a.bin": pointer(id, size) });
  commit(at, { ".gitattributes": "*.bin filter=lfs\n" });
  write(join(at, ".git/lfs/objects"), below(id), content);
}

const FILTER = [
  ["clean", "git-lfs clean -- %f"],
  ["smudge", "git-lfs smudge -- %f"],
  ["process", "git-lfs filter-process"],
  ["required", "true"],
] as const;

/** What a store would do that believes its guest. */
async function keep(ground: Ground, name: string, content: string) {
  const what = { oid: name, from: 0, sum: createHash("sha256") };
  await (await writeObject(store(ground), what, Readable.from([Buffer.from(content)]))).written.keep();
}

scene("a large file with another content than its name", {
  guard: "SHA-256",
  plant: (ground) => plantObject(ground, { id: idOf(CONTENT), size: OTHER.length, content: OTHER }),
  off: (ground) => keep(ground, idOf(CONTENT), OTHER),
  refused: /is not what its commit names/,
  fired: (ground) => existsSync(object(ground, CONTENT)),
});

/** The guest's perl is not asked: this comes instead. */
const answers = ({ at }: Ground, text: string) => writeFileSync(join(dirname(dirname(at)), "large"), text);

scene("a large file that is larger than its pointer says", {
  guard: "size",
  plant: (ground) => {
    plantObject(ground, { id: idOf(CONTENT), size: 5, content: CONTENT });
    answers(ground, `1 5\n${idOf(CONTENT)} ${CONTENT.length}\n${CONTENT}end\n`);
  },
  off: async (ground) => {
    answers(ground, `1 ${CONTENT.length}\n${idOf(CONTENT)} ${CONTENT.length}\n${CONTENT}end\n`);
    const objects = [{ oid: idOf(CONTENT), size: CONTENT.length }];
    await bringObjects(
      ground.ctx,
      await ground.ctx.target(),
      { dir: ground.ws as never },
      {
        store: store(ground),
        objects,
      },
    );
  },
  refused: /not what was asked for/,
  fired: (ground) => existsSync(object(ground, CONTENT)),
});

scene("more large files than were asked for", {
  guard: "each that was asked for, once",
  plant: (ground) => {
    plantObject(ground, { id: idOf(CONTENT), size: CONTENT.length, content: CONTENT });
    answers(ground, `2 46\n${idOf(OTHER)} ${OTHER.length}\n${OTHER}end\n`);
  },
  off: (ground) => keep(ground, idOf(OTHER), OTHER),
  refused: /not what was asked for/,
  fired: (ground) => existsSync(object(ground, OTHER)),
});

const PATH = `${"../".repeat(3)}outside${"a".repeat(48)}`;

scene("a pointer with a path for its name", {
  guard: "pointers to the letter",
  plant: (ground) => plantObject(ground, { id: PATH, size: CONTENT.length, content: CONTENT }),
  off: async (ground) => {
    mkdirSync(join(store(ground), "objects"), { recursive: true });
    writeFileSync(join(store(ground), "objects", PATH.slice(0, 2), PATH.slice(2, 4), PATH), CONTENT);
  },
  refused: /not as git-lfs writes them/,
  fired: ({ home }) =>
    readdirSync(home, { recursive: true, encoding: "utf8" }).some((name) => name.includes("outside")),
});

const elsewhereOf = ({ home }: Ground) => join(home, "elsewhere");

scene("a link in the store, through which the VM's bytes would leave it", {
  guard: "directories of the store's own",
  plant: (ground) => {
    plantObject(ground, { id: idOf(CONTENT), size: CONTENT.length, content: CONTENT });
    mkdirSync(elsewhereOf(ground));
    mkdirSync(join(store(ground), "objects"), { recursive: true });
    symlinkSync(elsewhereOf(ground), join(store(ground), "objects", idOf(CONTENT).slice(0, 2)));
  },
  off: (ground) => write(store(ground), join("objects", below(idOf(CONTENT))), CONTENT),
  refused: /no directory of its own/,
  fired: (ground) => readdirSync(elsewhereOf(ground)).length > 0,
});

let asked = 0;
const listener = createServer((_request, response) => {
  asked += 1;
  response.writeHead(404).end();
});
beforeAll(async () => {
  await once(listener.listen(0, "127.0.0.1"), "listening");
});
afterAll(() => void listener.close());

/** The commit's own server, and a file whose content the VM keeps back. */
function plantServer(ground: Ground, content: string | undefined): void {
  asked = 0;
  const { port } = listener.address() as AddressInfo;
  plantObject(ground, { id: idOf(CONTENT), size: CONTENT.length, content: CONTENT });
  if (content === undefined) rmSync(join(ground.at, ".git/lfs"), { recursive: true });
  const out = content === undefined ? "" : "\tfetchexclude = *\n";
  commit(ground.at, { ".lfsconfig": `[lfs]\n\turl = http://127.0.0.1:${port}/evil\n${out}` });
}

/** The user's own git and git-lfs, while the server here can answer. */
async function pull({ ctx, repo, home, url }: Ground): Promise<void> {
  const { configFile } = await ctx.target();
  const env = { PATH: process.env["PATH"] ?? "", HOME: home, GIT_SSH_COMMAND: `ssh -F '${configFile}'` };
  await run(["git", "-C", repo, "pull", "-q", url, "work"], { env, ok: "any" });
}

scene("a server in .lfsconfig, for a large file that the VM keeps back", {
  guard: "no pointer without its content",
  plant: (ground) => {
    mkdirSync(store(ground), { recursive: true });
    plantServer(ground, undefined);
  },
  off: pull,
  refused: /neither here nor in the workspace/,
  fired: () => asked > 0,
});

scene("files that .lfsconfig would leave as pointers", {
  guard: "lfs.fetchexclude",
  plant: (ground) => plantServer(ground, CONTENT),
  off: async (ground) => {
    write(store(ground), join("objects", below(idOf(CONTENT))), CONTENT);
    await pull(ground);
  },
  fired: ({ repo }) => statSync(join(repo, "a.bin")).size !== CONTENT.length,
});
