// What a guarded guest must not reach: answers "outside" on port 8080 of every address, over TCP and UDP.
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

const PORT = 8080;
const server = createServer((socket) => socket.on("error", () => {}).end("outside\n"));
const datagrams = createSocket("udp4");
datagrams.on("message", (_message, { port, address }) => datagrams.send("outside\n", port, address));
server.listen(PORT, "::", () => datagrams.bind(PORT, () => console.log("up")));
