// Things a guarded guest must not reach: real services on this host's loopback, in a LAN and at the metadata address.
import { createSocket, type Socket } from "node:dgram";
import { createServer, type Server } from "node:net";
import { execa } from "execa";

export interface HostServices {
  /** Ways from the guest to services that do answer, as "address port". */
  doors: string[];
  /** A UDP port of 127.0.0.1, and how many datagrams came. */
  udpPort: number;
  datagrams(): number;
  close(): Promise<void>;
}

const NAMESPACE = "avm-e2e-lan";
const LAN = "10.77.0.2";
const METADATA = "169.254.169.254";

/** Root gets a LAN of its own in a network namespace; elsewhere an address of this host's must do. */
export async function openHostServices(): Promise<HostServices> {
  const four = await listen("127.0.0.1");
  const six = await listen("::1");
  const udp = await datagrams();
  const lan = process.getuid?.() === 0 ? await openLan() : undefined;
  return {
    doors: [
      `192.168.5.2 ${port(four)}`,
      `::ffff:192.168.5.2 ${port(four)}`,
      `fec0::2 ${port(six)}`,
      ...(lan ? [`${LAN} ${lan.port}`, `${METADATA} ${lan.port}`] : []),
    ],
    udpPort: udp.socket.address().port,
    datagrams: udp.count,
    close: async () => {
      four.close();
      six.close();
      udp.socket.close();
      await lan?.close();
    },
  };
}

const port = (server: Server): number => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return address.port;
};

const listen = (host: string): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.on("error", () => {}).end("host\n"));
    server.once("error", reject);
    server.listen(0, host, () => resolve(server));
  });

async function datagrams(): Promise<{ socket: Socket; count(): number }> {
  let came = 0;
  const socket = createSocket("udp4");
  socket.on("message", () => {
    came += 1;
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return { socket, count: () => came };
}

const SERVE = `require("node:net").createServer((s) => s.on("error", () => {}).end("lan\\n"))
  .listen(18080, "0.0.0.0", () => console.log("up"));`;

async function openLan(): Promise<{ port: number; close(): Promise<void> }> {
  const ip = (...args: string[]) => execa("ip", args);
  await execa("ip", ["netns", "delete", NAMESPACE], { reject: false });
  await ip("netns", "add", NAMESPACE);
  const inside = (...args: string[]) => ip("-n", NAMESPACE, ...args);
  await ip("link", "add", "avme2e0", "type", "veth", "peer", "name", "avme2e1", "netns", NAMESPACE);
  await ip("address", "add", "10.77.0.1/24", "dev", "avme2e0");
  await ip("link", "set", "avme2e0", "up");
  await inside("address", "add", `${LAN}/24`, "dev", "avme2e1");
  await inside("address", "add", `${METADATA}/32`, "dev", "avme2e1");
  await inside("link", "set", "avme2e1", "up");
  await ip("route", "add", `${METADATA}/32`, "dev", "avme2e0");
  const server = execa("ip", ["netns", "exec", NAMESPACE, process.execPath, "-e", SERVE], { reject: false });
  await new Promise<void>((resolve, reject) => {
    server.stdout?.once("data", () => resolve());
    void server.then((end) => reject(new Error(`the LAN's service ended: ${end.stderr}`)));
  });
  return {
    port: 18080,
    close: async () => {
      server.kill("SIGKILL");
      await server;
      await execa("ip", ["netns", "delete", NAMESPACE], { reject: false });
    },
  };
}
