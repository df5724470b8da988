// A guest that answers `cp` with an archive of its own making. Without the guard the same archive is unpacked as a
// plain program would: names joined to the destination, links made and followed, modes kept.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { type Header, pack } from "tar-stream";
import type { Context } from "../../src/context.ts";
import { bringFiles } from "../../src/domain/copy/bring.ts";
import { putFiles } from "../../src/domain/copy/put.ts";
import { UserError } from "../../src/errors.ts";
import { run } from "../../src/io/run.ts";
import { tarMembers } from "../../src/io/tar.ts";
import { createContext, createRepository } from "../integration/guest.ts";
import { attack } from "./attacks.ts";

/** Where the guest says that "d" lies. */
const REAL = "/home/agent/workspace/shop-work/d";

interface Scene {
  ctx: Context;
  /** What the user named as destination, a directory; beside it lies "outside" with a file "secret". */
  to: string;
  outside: string;
  repo: string;
  said: string[];
}

type Member = Partial<Header> & { name: string; content?: string };

interface Plan {
  /** Below REAL, unless absolute. */
  members?: Member[];
  /** The bytes after the head instead of `members`, or a change to them. */
  archive?: (bytes: Buffer) => Buffer;
  /** Makes the whole answer longer, with zeros. */
  length?: number;
  head?: { bytes?: number; count?: number; asked?: string; name?: string };
  plant?: (scene: Scene) => void;
  /** Below the repository: what the user types as destination, instead of `to`. */
  typed?: (scene: Scene) => string;
  succeeds: (scene: Scene) => boolean;
}

async function archiveOf(members: readonly Member[]): Promise<Buffer> {
  const archive = pack();
  for (const { content = "", name, ...more } of members) {
    const type = more.type ?? "file";
    archive.entry(
      { mode: 0o644, ...more, type, name: name.startsWith("/") ? name : `${REAL}/${name}` },
      content,
    );
  }
  archive.finalize();
  return buffer(archive as unknown as Readable);
}

interface Unpacking {
  to: string;
  name: string;
  said: string[];
}

/** What stands behind the guard, as a plain program would use it. */
async function unpackPlainly(archive: Buffer, { to, name, said }: Unpacking): Promise<void> {
  for await (const member of tarMembers(Readable.from([archive]))) {
    const rest = member.name.startsWith(REAL) ? `${name}${member.name.slice(REAL.length)}` : member.name;
    const path = rest.startsWith("/")
      ? Buffer.from(rest)
      : Buffer.from(join(to, Buffer.from(rest, "latin1").toString()));
    const text = path.toString();
    said.push(member.name);
    mkdirSync(dirname(text), { recursive: true });
    if (member.type === "directory") mkdirSync(path, { recursive: true });
    else if (member.type === "symlink") symlinkSync(member.target, path);
    else if (member.type === "link") linkSync(member.target, path);
    else if (member.type === "fifo") spawnSync("mkfifo", [text]);
    else {
      writeFileSync(path, "");
      for await (const chunk of member.content) writeFileSync(path, chunk, { flag: "a" });
      chmodSync(path, member.mode);
    }
  }
}

function createScene(): { scene: Scene; remove(): void } {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "av-cp-")));
  const [hostHome, to, outside] = ["home", "to", "outside"].map((name) => join(base, name)) as [
    string,
    string,
    string,
  ];
  for (const directory of [hostHome, to, outside]) mkdirSync(directory);
  writeFileSync(join(outside, "secret"), "the host's secret\n");
  const repo = createRepository(join(hostHome, "shop"));
  const said: string[] = [];
  const target = { configFile: "/dev/null", alias: "none", adminAlias: "none" };
  const ctx = createContext({ hostHome, repo, said, target });
  return {
    scene: { ctx, to, outside, repo, said },
    remove: () => {
      spawnSync("chmod", ["-R", "u+rwX", base]);
      rmSync(base, { recursive: true, force: true });
    },
  };
}

const play =
  ({ members = [], archive = (bytes) => bytes, length, head = {}, plant, typed, succeeds }: Plan) =>
  async (guarded: boolean): Promise<boolean> => {
    const { scene, remove } = createScene();
    try {
      plant?.(scene);
      const bytes = archive(await archiveOf([{ name: REAL, type: "directory", mode: 0o755 }, ...members]));
      const { asked = "d", name = "d", bytes: announced = 1_000_000, count = 100 } = head;
      const to = typed?.(scene) ?? scene.to;
      if (guarded) {
        const stream = join(scene.outside, "stream");
        writeFileSync(
          stream,
          Buffer.concat([Buffer.from(`ok\0${announced}\0${count}\0${1}\0${0}\0${name}\0${REAL}\0`), bytes]),
        );
        if (length !== undefined) truncateSync(stream, length);
        const ctx: Context = {
          ...scene.ctx,
          cwd: scene.repo,
          run: (argv, options) => run(argv[0] === "ssh" ? ["cat", stream] : argv, options),
        };
        const of = { dir: "shop-work", branch: "work", paths: [asked] };
        await bringFiles(ctx, scene.ctx.target as never, of, { to, force: false }).catch((error: unknown) => {
          if (!(error instanceof UserError)) throw error;
          scene.said.push(error.message, ...error.details);
        });
        rmSync(stream);
      } else {
        const whole =
          length === undefined ? bytes : Buffer.concat([bytes, Buffer.alloc(length - bytes.length)]);
        await unpackPlainly(whole, { to, name, said: scene.said }).catch(() => undefined);
      }
      return succeeds(scene);
    } finally {
      remove();
    }
  };

const NAMES = "cp: names";
const LINKS = "cp: links";

attack("cp gets a file above its destination", {
  guard: NAMES,
  play: play({
    members: [{ name: "../../outside/planted", content: "x" }],
    succeeds: ({ outside }) => existsSync(join(outside, "planted")),
  }),
});

const ELSEWHERE = join(tmpdir(), `av-cp-absolute-${process.pid}`);
attack("cp gets a file with a path of its own", {
  guard: NAMES,
  play: play({
    members: [{ name: ELSEWHERE, content: "x" }],
    succeeds: () => {
      const there = existsSync(ELSEWHERE);
      rmSync(ELSEWHERE, { force: true });
      return there;
    },
  }),
});

attack("cp gets a name whose characters become dots and a slash when they are cut to bytes", {
  guard: NAMES,
  play: play({
    // U+012E and U+012F end with the bytes of "." and "/".
    members: [{ name: "\u012e\u012e\u012f\u012e\u012e\u012foutside\u012fplanted", content: "x" }],
    succeeds: ({ outside }) => existsSync(join(outside, "planted")),
  }),
});

for (const name of [".git", ".GIT", "git~1", ".g\u200cit", ".git. .", ".git::$INDEX_ALLOCATION"]) {
  attack(`cp gets git's own directory as ${JSON.stringify(name)}`, {
    guard: "cp: .git",
    play: play({
      members: [
        { name, type: "directory" },
        { name: `${name}/config`, content: "[core]\n\tfsmonitor = touch fired\n" },
      ],
      succeeds: ({ to }) => existsSync(join(to, "d")) && readdirSync(join(to, "d")).length > 0,
    }),
  });
}

attack("cp makes a directory that git takes for a repository, and obeys", {
  guard: "cp: .git",
  play: play({
    members: [
      { name: "HEAD", content: "ref: refs/heads/x\n" },
      { name: "objects", type: "directory", mode: 0o755 },
      { name: "refs", type: "directory", mode: 0o755 },
      {
        name: "config",
        content:
          '[core]\n\trepositoryformatversion = 0\n\tworktree = .\n\tfsmonitor = "touch fired; false"\n',
      },
    ],
    succeeds: ({ to, outside }) => {
      const env = { PATH: process.env["PATH"], HOME: outside, GIT_CONFIG_NOSYSTEM: "1" };
      spawnSync("git", ["status"], { cwd: join(to, "d"), env });
      return existsSync(join(to, "d/fired"));
    },
  }),
});

attack("cp gets another name than the pattern matches", {
  guard: "cp: what was asked for",
  play: play({
    head: { asked: "*.log", name: ".bashrc" },
    succeeds: ({ to }) => existsSync(join(to, ".bashrc")),
  }),
});

attack("cp makes a link out of what is copied", {
  guard: LINKS,
  play: play({
    members: [{ name: "l", type: "symlink", linkname: "../../outside/secret" }],
    succeeds: ({ to }) =>
      existsSync(join(to, "d/l")) && readFileSync(join(to, "d/l"), "utf8").includes("secret"),
  }),
});

attack("cp makes a link into the repository's own .git", {
  guard: LINKS,
  play: play({
    members: [{ name: "l", type: "symlink", linkname: ".git/hooks" }],
    succeeds: ({ to }) => lstatSync(join(to, "d/l"), { throwIfNoEntry: false }) !== undefined,
  }),
});

attack("cp writes through a link that came before", {
  guard: LINKS,
  play: play({
    members: [
      { name: "l", type: "symlink", linkname: "../../outside" },
      { name: "l/planted", content: "x" },
    ],
    succeeds: ({ outside }) => existsSync(join(outside, "planted")),
  }),
});

attack("cp writes through a link inside the copy that was fine by itself", {
  guard: LINKS,
  play: play({
    members: [
      { name: "a", type: "directory" },
      { name: "l", type: "symlink", linkname: "a" },
      { name: "l/x", content: "x" },
    ],
    succeeds: ({ to }) => existsSync(join(to, "d/a/x")),
  }),
});

attack("cp makes a hard link to a file of the host", {
  guard: "cp: kinds",
  play: play({
    // A file of the host that the test and the destination share a file system with.
    plant: () => writeFileSync(ELSEWHERE, "the host's"),
    members: [{ name: "h", type: "link", linkname: ELSEWHERE }],
    succeeds: ({ to }) => {
      rmSync(ELSEWHERE);
      return existsSync(join(to, "d/h"));
    },
  }),
});

attack("cp makes a pipe that hangs whoever reads it", {
  guard: "cp: kinds",
  play: play({
    members: [{ name: "p", type: "fifo" }],
    succeeds: ({ to }) => existsSync(join(to, "d/p")) && lstatSync(join(to, "d/p")).isFIFO(),
  }),
});

attack("cp makes a file setuid and writable for everybody", {
  guard: "cp: modes",
  play: play({
    members: [{ name: "x", mode: 0o6777, content: "x" }],
    succeeds: ({ to }) => (statSync(join(to, "d/x")).mode & 0o6002) !== 0,
  }),
});

attack("cp follows a link that lies at its destination", {
  guard: "cp: destination",
  play: play({
    plant: ({ to, outside }) => symlinkSync(outside, join(to, "d")),
    members: [{ name: "planted", content: "x" }],
    succeeds: ({ outside }) => existsSync(join(outside, "planted")),
  }),
});

attack("cp writes a file through a link that lies at its destination", {
  guard: "cp: destination",
  play: play({
    plant: ({ to, outside }) => {
      mkdirSync(join(to, "d"));
      symlinkSync(join(outside, "secret"), join(to, "d/x"));
    },
    members: [{ name: "x", content: "overwritten" }],
    succeeds: ({ outside }) => readFileSync(join(outside, "secret"), "utf8") === "overwritten",
  }),
});

attack("cp follows a link that the VM's commits brought into the repository", {
  guard: "cp: destination",
  play: play({
    plant: ({ repo, outside }) => symlinkSync(outside, join(repo, "out")),
    typed: ({ repo }) => join(repo, "out"),
    members: [{ name: "planted", content: "x" }],
    succeeds: ({ outside }) => existsSync(join(outside, "d/planted")),
  }),
});

attack("cp replaces a file of the host", {
  guard: "cp: nothing is replaced unasked",
  play: play({
    plant: ({ to }) => {
      mkdirSync(join(to, "d"));
      writeFileSync(join(to, "d/own"), "own");
    },
    members: [{ name: "own", content: "the VM's" }],
    succeeds: ({ to }) => readFileSync(join(to, "d/own"), "utf8") !== "own",
  }),
});

attack("cp leaves half a file under its name when the stream breaks off", {
  guard: "cp: stage",
  play: play({
    members: [{ name: "x", content: "x".repeat(100_000) }],
    archive: (bytes) => bytes.subarray(0, 50_000),
    succeeds: ({ to }) => existsSync(join(to, "d")),
  }),
});

const MiB = 1024 * 1024;
const BLOCK = 512;

/** The archive up to its second header, which says another size. */
function promised(bytes: Buffer, size: number): Buffer {
  const cut = Buffer.from(bytes.subarray(0, 2 * BLOCK));
  const header = cut.subarray(BLOCK);
  header.write(`${size.toString(8).padStart(11, "0")} `, 124, "latin1");
  header.fill(" ", 148, 156);
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return cut;
}

attack("cp gets far more than was announced", {
  guard: "cp: sizes",
  play: play({
    head: { bytes: 10 },
    // The header promises it; the zeros that follow are cheap.
    members: [{ name: "big" }],
    archive: (bytes) => promised(bytes, 100 * MiB),
    length: 101 * MiB,
    succeeds: ({ to }) => existsSync(join(to, "d/big")) && statSync(join(to, "d/big")).size > 80 * MiB,
  }),
});

attack("cp gets files without an end", {
  guard: "cp: sizes",
  play: play({
    head: { count: 1 },
    members: Array.from({ length: 2000 }, (_, at) => ({ name: `f${at}` })),
    succeeds: ({ to }) => existsSync(join(to, "d")) && readdirSync(join(to, "d")).length > 1500,
  }),
});

attack("cp shows a name that steers the terminal", {
  guard: "cp: what is shown",
  play: play({
    members: [{ name: "\u001b]0;owned\u0007", type: "fifo" }],
    succeeds: ({ said }) => said.length > 0 && !said.join().includes("^["),
  }),
});

attack("cp sends a file that a link of the VM's commits leads to", {
  guard: "cp: sources",
  play: async (guarded) => {
    const { scene, remove } = createScene();
    try {
      const link = join(scene.repo, "notes.txt");
      symlinkSync(join(scene.outside, "secret"), link);
      if (!guarded) return readFileSync(link, "utf8").includes("secret");
      let sent = "";
      const ctx: Context = {
        ...scene.ctx,
        cwd: scene.repo,
        run: async (argv, options) => {
          if (argv[0] !== "ssh") return run(argv, options);
          if (options?.input instanceof Readable) sent += await buffer(options.input);
          return { code: 0, stdout: "placed\x001\x000\x000\0", stderr: "" };
        },
      };
      const putting = { dir: "shop-work", branch: "work", to: "", force: false };
      await putFiles(ctx, scene.ctx.target as never, putting, ["notes.txt"]).catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error;
      });
      return sent.includes("secret");
    } finally {
      remove();
    }
  },
});
