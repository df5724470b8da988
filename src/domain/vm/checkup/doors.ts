// Real services on this host, open for the moment of a check: what comes in there is seen here, whatever the guest says.
import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:net";
import { networkInterfaces } from "node:os";

export interface Door {
  /** As in the checkup's lines: "loopback4". */
  name: string;
  /** For people: "this host's loopback (IPv4)". */
  title: string;
  /** As the guest would reach it; "gateway" and "link" are found out there. */
  address: string;
  port: number;
}

export interface Doors {
  list: readonly Door[];
  token: string;
  /** Names of the doors through which the token came. */
  arrived(): ReadonlySet<string>;
  close(): void;
}

/** Nothing listens at the metadata address; the try tells whether the way there is open. */
const METADATA: Door = {
  name: "metadata",
  title: "the metadata address",
  address: "169.254.169.254",
  port: 80,
};

/** Opens one listener on each address of this host that the guest may not reach; an address it has not is left out. */
export async function openDoors(): Promise<Doors> {
  const token = randomBytes(16).toString("hex");
  const arrived = new Set<string>();
  const servers: Server[] = [];
  const list: Door[] = [METADATA];
  const open = async (host: string, doors: readonly Omit<Door, "port">[]) => {
    const names = doors.map(({ name }) => name);
    const server = await listen(host, token, () => {
      for (const name of names) arrived.add(name);
    });
    if (server === undefined) return;
    servers.push(server.server);
    list.push(...doors.map((door) => ({ ...door, port: server.port })));
  };
  await open("127.0.0.1", [{ name: "loopback4", title: "this host's loopback (IPv4)", address: "gateway" }]);
  await open("::1", [{ name: "loopback6", title: "this host's loopback (IPv6)", address: "fec0::2" }]);
  await open("::1", [{ name: "link6", title: "this host's loopback (link-local)", address: "link" }]);
  const own = ownAddress();
  if (own !== undefined)
    await open(own, [{ name: "lan", title: `this host's address ${own}`, address: own }]);
  return {
    list,
    token,
    arrived: () => arrived,
    close: () => {
      for (const server of servers) server.close();
    },
  };
}

function ownAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find(({ internal, family }) => !internal && family === "IPv4")?.address;
}

interface Listening {
  server: Server;
  port: number;
}

/** Undefined where the address cannot be had (no IPv6). Reads no more than the token and never answers. */
function listen(host: string, token: string, came: () => void): Promise<Listening | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      let text = "";
      socket.setTimeout(10_000, () => socket.destroy());
      socket.on("error", () => {});
      socket.on("data", (bytes: Buffer) => {
        text += bytes.toString("latin1");
        if (text.startsWith(token)) came();
        if (text.length >= token.length) socket.destroy();
      });
    });
    server.once("error", () => resolve(undefined));
    server.listen(0, host, () => {
      const address = server.address();
      resolve(address !== null && typeof address === "object" ? { server, port: address.port } : undefined);
    });
  });
}
