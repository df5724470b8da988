// A guest's sshd that talks without an end where ssh shows it to its user: beside the files that it serves.
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ServerChannel } from "ssh2";
import { afterAll } from "vitest";
import { attack } from "./attacks.ts";
import { createHost, type Host, removeBuilt } from "./host.ts";
import { createHostileSshd } from "./hostile-sshd.ts";

afterAll(removeBuilt);

const LINE = `${"\x1b]52;c;Y2FuYXJ5\x07".repeat(50)}\n`;
const TALK = LINE.repeat(40);

/** Serves the files and talks, for as long as it is heard. */
function talkative(home: string): (channel: ServerChannel) => void {
  return (channel) => {
    const server = spawn("/usr/lib/openssh/sftp-server", ["-d", home], { stdio: ["pipe", "pipe", "ignore"] });
    channel.pipe(server.stdin);
    server.stdout.pipe(channel);
    const talk = setInterval(() => channel.stderr.write(TALK), 5);
    for (const event of ["close", "error"]) channel.on(event, () => clearInterval(talk));
    server.stdin.on("error", () => undefined);
    channel.on("close", () => server.kill());
  };
}

/** What ssh says when it is asked for the files by itself. */
async function plainSsh({ guest, home }: Host): Promise<string> {
  const log = join(home, "plain.log");
  const file = openSync(log, "a");
  const ssh = spawn("ssh", ["-F", guest.target.configFile, guest.target.alias, "-s", "sftp"], {
    stdio: ["pipe", "ignore", file],
  });
  for (const end = Date.now() + 30_000; statSync(log).size <= ENOUGH && Date.now() < end; )
    await new Promise((done) => setTimeout(done, 50));
  ssh.kill("SIGKILL");
  closeSync(file);
  return log;
}

const ENOUGH = 64 * 1024;

attack("a server's words fill the log of the mount, and steer the terminal of who reads it", {
  guard: "ssh's own words alone are kept",
  play: async (guarded) => {
    const host = await createHost();
    const directory = dirname(host.guest.target.configFile);
    const server = await createHostileSshd(directory, async () => undefined, talkative(host.guest.home));
    try {
      const config = readFileSync(host.guest.target.configFile, "utf8");
      writeFileSync(host.guest.target.configFile, config.replace(/Port \d+/, `Port ${server.port}`));
      writeFileSync(join(directory, "known_hosts"), `test-guest ${server.hostKey}`);
      if (!guarded) return statSync(await plainSsh(host)).size > ENOUGH;
      await host.mount();
      await new Promise((done) => setTimeout(done, 2000));
      if (!host.isMounted()) throw new Error("it is not mounted");
      const log = host.mountLog();
      return log.length > ENOUGH || log.includes("\x1b");
    } finally {
      await host.remove();
      server.close();
    }
  },
});
