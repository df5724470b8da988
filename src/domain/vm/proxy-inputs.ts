// What the guest is told about the proxy: where it is on its own loopback, and what is reached without it. Pure.
import type { GuestFile } from "../../adapters/sftp.ts";
import type { VmRecord } from "./record.ts";

/** Where the guest finds the way to this host's proxy, on its own loopback. */
export const GUEST_PROXY_PORT = 28128;

/** Always reached directly. */
const OWN = ["localhost", "127.0.0.1", "::1"];

/** An empty file where the VM uses none. No credentials are ever in it: they are added on the host. */
export function proxyFiles(record: Pick<VmRecord, "proxy"> | undefined): GuestFile[] {
  const proxy = record?.proxy;
  const list = proxy && [...new Set([...OWN, ...proxy.noProxy])].join(",");
  return [
    { path: "proxy", content: list === undefined ? "" : `http://127.0.0.1:${GUEST_PROXY_PORT} ${list}\n` },
  ];
}
