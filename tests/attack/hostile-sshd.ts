// A hostile guest's sshd: lets everybody in, grants whatever is asked for, and opens channels into the host, asked or not.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import ssh2, { type Connection, type ServerChannel } from "ssh2";

export interface HostileSshd {
  port: number;
  /** A line for known_hosts without its name. */
  hostKey: string;
  close(): void;
}

/** What a connection's client let the server know. */
export interface Known {
  client: Connection;
  /** The cookie of X11, when the client asked for that. */
  cookie: string;
}

/**
 * `attack` is played when the client runs its command; the command ends when that is over. `serve` is what the client
 * gets when it asks for files.
 */
export async function createHostileSshd(
  directory: string,
  attack: (known: Known) => Promise<void>,
  serve?: (channel: ServerChannel) => void,
): Promise<HostileSshd> {
  const key = join(directory, "hostile_key");
  spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  const server = new ssh2.Server({ hostKeys: [readFileSync(key)] }, (client) => {
    const known: Known = { client, cookie: "" };
    client.on("error", () => undefined);
    client.on("authentication", (asked) => asked.accept());
    client.on("request", (accept) => accept?.());
    client.on("session", (acceptSession) => {
      const session = acceptSession();
      session.on("auth-agent", (accept) => accept?.());
      session.on("x11", (accept, _reject, { cookie }) => {
        known.cookie = String(cookie);
        accept?.();
      });
      session.on("env", (accept) => accept?.());
      session.on("subsystem", (accept) => serve?.(accept()));
      session.on("exec", (accept) => {
        const channel = accept();
        const end = () => {
          channel.exit(0);
          channel.end();
        };
        attack(known).then(end, end);
      });
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: readFileSync(`${key}.pub`, "utf8"),
    close: () => void server.close(),
  };
}

type Opened = (error: Error | undefined, channel: Duplex) => void;

const opened = (open: (done: Opened) => void): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    open((error, channel) => (error ? reject(error) : resolve(channel)));
    setTimeout(() => reject(new Error("no answer to the channel")), 10_000);
  });

/** A channel to what the client may have been told to forward for that port of the guest. */
export const openForwarded = ({ client }: Known, port: number): Promise<Duplex> =>
  opened((done) => client.forwardOut("127.0.0.1", port, "127.0.0.1", 1, done));

export const openX11 = ({ client }: Known): Promise<Duplex> =>
  opened((done) => client.x11("127.0.0.1", 1, done));

/** What the library has in no public call. */
interface Inner {
  _chanMgr: { add(done: Opened & { type: string }): number };
  _protocol: { openssh_authAgent(channel: number, window: number, packet: number): void };
}

export const openAgent = ({ client }: Known): Promise<Duplex> =>
  opened((done) => {
    const inner = client as unknown as Inner;
    const channel = inner._chanMgr.add(Object.assign(done, { type: "auth-agent@openssh.com" }));
    inner._protocol.openssh_authAgent(channel, 1024 * 1024, 32 * 1024);
  });
