// Credentials of the host on their way to a session: who else gets to see them, on the host and in the guest, and what of
// the user's home would come along. Without the guard the usual ways to hand them over are gone.
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { createInstance, type Lima } from "../../src/adapters/limactl.ts";
import { additions } from "../../src/domain/home/additions.ts";
import { unmount } from "../../src/domain/mount/unmount.ts";
import { sessionEnvironment } from "../../src/domain/session/environment.ts";
import { settingsSchema } from "../../src/domain/settings.ts";
import { instanceYaml, readTemplate } from "../../src/domain/vm/instance-yaml.ts";
import { logTo } from "../../src/domain/vm/log.ts";
import { createOutput } from "../../src/io/output.ts";
import { type Run, run } from "../../src/io/run.ts";
import { traced } from "../../src/io/trace.ts";
import { createWorld, placesOf, type World, write } from "../integration/guest.ts";
import { inSession, untilSeen, watched } from "../integration/in-session.ts";
import { attack } from "./attacks.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(async () => {
  await unmount(world.ctx);
  world.remove();
});

/** Another one for each play: what was once known as a secret stays hidden in this process. */
let key: string;
let env: Record<string, string>;
const fresh = () => {
  key = `sk-canary-${randomBytes(12).toString("hex")}`;
  env = { ANTHROPIC_API_KEY: key };
};

/** ssh as one would call it, in the world's guest. */
const plainly = async (options: readonly string[], command: string, call: Run = run) => {
  const { configFile, alias } = await world.ctx.target();
  return call(["ssh", "-F", configFile, "-o", "ControlPath=none", ...options, alias, command]);
};

const OVER_THE_CONNECTION = "values go over the connection";
/** Another one for each play. */
let sight: string;
const stays = () => `[ -n "$ANTHROPIC_API_KEY" ] && { ${untilSeen(sight)}; }`;
for (const [name, call] of Object.entries({
  "a key exported in ssh's command": () => plainly([], `export ANTHROPIC_API_KEY='${key}'; ${stays()}`),
  "a key set by ssh's SetEnv": () => plainly(["-o", `SetEnv=AGENT_VM_SEND_K=${key}`], untilSeen(sight)),
})) {
  attack(`this host's process list shows ${name}`, {
    guard: OVER_THE_CONNECTION,
    play: async (guarded) => {
      fresh();
      sight = join(world.guestHome, `seen-${randomBytes(4).toString("hex")}`);
      const seen = await watched(() => (guarded ? inSession(world, stays(), { env }) : call()), sight);
      if (!existsSync(sight)) throw new Error("the process list was not seen");
      return seen.includes(key);
    },
  });
}

attack("the trace of a --verbose call shows a key", {
  guard: OVER_THE_CONNECTION,
  play: async (guarded) => {
    fresh();
    let shown = "";
    const stream = { write: (text: string) => (shown += text) } as unknown as NodeJS.WritableStream;
    const out = createOutput({
      ...{ stdout: stream, stderr: stream, terminal: false },
      ...{ columns: 500, quiet: false, verbose: true },
    });
    const trace = traced(run, out);
    if (guarded) await inSession(world, ":", { env, run: trace, enter: trace });
    else await plainly([], `export ANTHROPIC_API_KEY='${key}'; :`, trace);
    if (!shown.includes("ssh")) throw new Error("there was no trace");
    return shown.includes(key);
  },
});

attack("a program of ours prints a key, and the log keeps it", {
  guard: "known secrets are masked, also cut in two",
  play: async (guarded) => {
    fresh();
    const ctx = { ...world.ctx, env };
    if (guarded) await sessionEnvironment(ctx);
    const name = `printed-${guarded}`;
    const { onData } = await logTo(ctx, name);
    for (const piece of [`it has ${key.slice(0, 15)}`, `${key.slice(15)}\nend\n`]) onData(Buffer.from(piece));
    const log = join(ctx.paths.logs, `${name}.log`);
    const text = () => (existsSync(log) ? readFileSync(log, "utf8") : "");
    while (!text().includes("end")) await new Promise((resolve) => setTimeout(resolve, 10));
    return text().includes(key);
  },
});

/** A session that finds its credential. */
async function had(given: Record<string, string>, look: string): Promise<void> {
  const printed = await inSession(world, `${look} && echo here`, { env: given });
  if (!printed.includes("here")) throw new Error("the session had no credential");
}

/** In any file that a session could have left: in the agent's home, or in memory. */
const inGuest = (word: string): boolean =>
  spawnSync("grep", ["-rsq", "--", word, world.guestHome, placesOf(world.guestHome)]).status === 0;

/** The session's place goes a moment after its last process. */
async function remains(word: string, guarded: boolean): Promise<boolean> {
  for (let tries = 0; guarded && tries < 600 && inGuest(word); tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  return inGuest(word);
}

attack("a key lies in the guest after the session", {
  guard: "a session's values are in no file",
  play: async (guarded) => {
    fresh();
    if (guarded) await had(env, '[ -n "$ANTHROPIC_API_KEY" ]');
    else
      await plainly(
        [],
        `printf '%s' 'export ANTHROPIC_API_KEY=${key}' >~/.agent-env; . ~/.agent-env; [ -n "$ANTHROPIC_API_KEY" ]`,
      );
    return remains(key, guarded);
  },
});

attack("Google's refresh token lies in the guest after the session", {
  guard: "the file is the session's own, in memory, and goes with it",
  play: async (guarded) => {
    fresh();
    const file = join(world.hostHome, "google.json");
    writeFileSync(file, JSON.stringify({ type: "authorized_user", refresh_token: key }), { mode: 0o600 });
    const google = { GOOGLE_APPLICATION_CREDENTIALS: file };
    if (guarded) await had(google, 'grep -q refresh_token "$GOOGLE_APPLICATION_CREDENTIALS"');
    else {
      const place = "~/.config/gcloud/application_default_credentials.json";
      const put: Run = (argv) => run(argv, { inputFile: file });
      await plainly([], `mkdir -p ~/.config/gcloud; cat >${place}`, put);
    }
    return remains(key, guarded);
  },
});

attack("a key gets into limactl's environment, its template and so into the guest", {
  guard: "limactl gets what it needs alone",
  play: async (guarded) => {
    fresh();
    const trace = join(world.hostHome, `limactl-${guarded}`);
    const limactl = join(world.hostHome, "limactl");
    writeFileSync(limactl, `#!/bin/sh\n{ env; cat; } >'${trace}'\n`);
    chmodSync(limactl, 0o755);
    const all = { ...world.ctx.env, ...env, PATH: process.env["PATH"] ?? "" };
    const template = await readTemplate(world.ctx.programDir);
    const machine = { vcpu: 1, memory: 1, disk: 1, vmType: "qemu" } as const;
    const yaml = await instanceYaml(template, [], machine);
    const { uid, hostHome: home } = { ...world.ctx, ...world };
    const lima: Lima = { run, uid, binary: limactl, limaHome: home, home, env: all, platform: "linux" };
    if (guarded) await createInstance(lima, "agent-vm", yaml, {});
    else
      await run([limactl, "create", "-"], { env: all, input: `${yaml}env:\n  ANTHROPIC_API_KEY: ${key}\n` });
    return readFileSync(trace, "utf8").includes(key);
  },
});

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "home-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const FILES: Record<string, string> = {
  "~/.netrc": ".netrc",
  "~/.git-credentials": ".git-credentials",
  "the user's ssh key": ".ssh/work",
  "an ssh key of another name": "keys/deploy",
  "the login of GitHub's command line": ".config/gh/hosts.yml",
  "gcloud's default login": ".config/gcloud/application_default_credentials.json",
};
for (const [name, path] of Object.entries(FILES)) {
  attack(`${name} comes along with the files for the agent's home`, {
    guard: "credentials are refused by name and content",
    play: async (guarded) => {
      fresh();
      const text = path.includes("keys/") ? `-----BEGIN OPENSSH PRIVATE KEY-----\n${key}\n` : key;
      write(home, path, text);
      return (await packed(guarded)).includes(key);
    },
  });
}

attack("a link in the directory brings a file from elsewhere", {
  guard: "links that lead out are refused",
  play: async (guarded) => {
    fresh();
    const notes = join(world.hostHome, "notes");
    writeFileSync(notes, key);
    rmSync(join(home, "link"), { force: true });
    symlinkSync(notes, join(home, "link"));
    return (await packed(guarded)).includes(key);
  },
});

/** What would go to the guest of the directory; nothing when that is refused. */
async function packed(guarded: boolean): Promise<string> {
  if (!guarded) return execFileSync("tar", ["-chf", "-", "-C", home, "."], { encoding: "latin1" });
  const settings = settingsSchema.parse({ home: { from: home } });
  const files = await additions({ ...world.ctx, settings }).catch(() => []);
  return files.map(({ content }) => String(content)).join("\n");
}
