// Submodules of a hostile workspace come home, their large files too: nothing of the host's runs on their bytes, nothing
// wrong is kept, and what goes to them is written nowhere else.
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { FILL } from "../../src/domain/lfs/guest/fill.ts";
import { OBJECTS, RUN_PERL } from "../../src/domain/lfs/guest/objects.ts";
import { writeObject } from "../../src/domain/lfs/store.ts";
import { callGuest } from "../../src/domain/sync/guest.ts";
import { commit, createRepository, git, write } from "../integration/guest.ts";
import { scene, setStage } from "./fetch-scene.ts";
import type { Ground } from "./git-host.ts";
import { executable } from "./host-traps.ts";

setStage();

const LOCAL = ["-c", "protocol.file.allow=always"];

/** A submodule `lib`, populated on both sides. */
function plantLibrary({ home, repo, at }: Ground): void {
  const library = join(home, "library");
  if (!existsSync(library)) createRepository(library);
  git(repo, ...LOCAL, "submodule", "add", "-q", library, "lib");
  git(repo, "commit", "-q", "-m", "lib");
  git(at, "pull", "-q", repo, "work");
  git(at, ...LOCAL, "submodule", "update", "-q", "--init");
}

function work({ at }: Ground, files: Record<string, string>): void {
  commit(join(at, "lib"), files);
  git(at, "commit", "-q", "-a", "-m", "lib");
}

const FILTERS = "^filter\\..*\\.(smudge|process|clean)$";

scene("a submodule's attributes that name a filter of the user's", {
  guard: "files that a filter would change stay",
  plant: (ground) => {
    plantLibrary(ground);
    executable(join(ground.home, "filter.sh"), `touch '${ground.canary}'; cat`);
    appendFileSync(
      join(ground.home, ".gitconfig"),
      `[filter "x"]\n\tsmudge = '${join(ground.home, "filter.sh")}'\n`,
    );
    work(ground, { ".gitattributes": "*.txt filter=x\n", "a.txt": "1\n" });
  },
  off: {
    change: (argv, options) => [argv.map((word) => (word === FILTERS ? "^none$" : word)), options],
  },
});

const CONTENT = "as the commit names it\n";
const OTHER = "as the VM would have it";
const idOf = (text: string) => createHash("sha256").update(text).digest("hex");
const pointer = (text: string) =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${idOf(text)}\nsize ${text.length}\n`;
const LIB = ".git/modules/lib";
const objectIn = (gitDir: string) => {
  const id = idOf(CONTENT);
  return join(gitDir, "lfs/objects", id.slice(0, 2), id.slice(2, 4), id);
};

scene("a large file of a submodule with another content than its name", {
  guard: "SHA-256",
  plant: (ground) => {
    plantLibrary(ground);
    work(ground, { "a.bin": pointer(CONTENT) });
    write("/", objectIn(join(ground.at, LIB)), OTHER);
  },
  off: async ({ repo }) => {
    const content = Readable.from([Buffer.from(OTHER)]);
    const object = { oid: idOf(CONTENT), from: 0, sum: createHash("sha256") };
    const { written } = await writeObject(join(repo, LIB, "lfs"), object, content);
    await written.keep();
  },
  refused: /is not what its commit names/,
  fired: ({ repo }) => existsSync(objectIn(join(repo, LIB))),
});

/** A constant script of the guest's without one of its guards. */
function lacking(script: string, guard: string): string {
  const rest = script.replace(guard, "");
  if (rest === script) throw new Error("there is no such guard");
  return rest;
}

/** What is refused is refused; what counts is where something was written. */
const called =
  (text: string, args: (ws: string) => string[], data = "") =>
  async ({ ctx, ws }: Ground): Promise<void> => {
    const call = { text, args: args(ws), data: Buffer.from(data) };
    await callGuest(ctx, await ctx.target(), call).catch(() => undefined);
  };

/** Outside of every workspace. */
const outside = ({ at, ws }: Ground) => join(dirname(dirname(at)), `outside-${ws}`);

const take = (program: string) =>
  called(
    RUN_PERL,
    (ws) => [program, "take", ws, "there", "", LIB],
    `${idOf(CONTENT)} ${CONTENT.length}\n${CONTENT}=\nend\n`,
  );

scene("a link where a submodule's large files would be put", {
  guard: "no link is followed",
  plant: (ground) => {
    plantLibrary(ground);
    renameSync(join(ground.at, LIB), join(ground.at, `${LIB}.real`));
    mkdirSync(outside(ground));
    symlinkSync(outside(ground), join(ground.at, LIB));
  },
  on: take(OBJECTS),
  off: take(lacking(OBJECTS, " exit 64 if -l $at")),
  fired: (ground) => existsSync(objectIn(outside(ground))),
});

const fill = (script: string) => called(script, (ws) => [ws, LIB, "lib"]);

scene("a link where a submodule's files would get their content", {
  guard: "no link is followed",
  plant: (ground) => {
    plantLibrary(ground);
    commit(join(ground.at, "lib"), { "a.bin": pointer(CONTENT) });
    commit(join(ground.at, "lib"), { ".gitattributes": "*.bin filter=lfs\n" });
    write("/", objectIn(join(ground.at, LIB)), CONTENT);
    renameSync(join(ground.at, "lib"), outside(ground));
    symlinkSync(outside(ground), join(ground.at, "lib"));
  },
  on: fill(FILL),
  off: fill(lacking(FILL, 'if [ $# -gt 1 ] && { linked "$git_dir" || linked "$path"; }; then exit 64; fi\n')),
  fired: (ground) => readFileSync(join(outside(ground), "a.bin"), "utf8") === CONTENT,
});
