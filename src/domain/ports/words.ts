// Ports in words, for people. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import type { Forward, KeptForward } from "../keeper/messages.ts";
import { age } from "../session/rows.ts";
import type { Listener } from "./listening.ts";

export const forwardText = ({ kind, host, guest, branch }: Forward): string =>
  kind === "local"
    ? `http://127.0.0.1:${host} → port ${guest} of the VM${branch === "" ? "" : ` (${sanitize(branch, 60)})`}`
    : `port ${guest} of the VM → port ${host} of this host`;

export const listenerText = ({ port, program, pid }: Listener): string =>
  `${port}: ${sanitize(program, 40)} (process ${pid})`;

/** What `status` says; a port of this host that the VM can reach stands out. */
export const forwardLines = (forwards: readonly KeptForward[]): string[] =>
  forwards.map(
    (one) =>
      `${one.kind === "reverse" ? "! open to every workspace" : "forwarded"}: ${forwardText(one)}${one.up ? "" : ", interrupted"}`,
  );

/** Rows of `forward list`; `now`: seconds since 1970. */
export function forwardRows(forwards: readonly KeptForward[], now: number) {
  const head = ["FORWARDED", "SINCE", "STATE", "UNTIL"];
  const rows = forwards.map((one) => [
    forwardText(one),
    age(now - one.since),
    one.up ? "up" : "interrupted",
    one.holder === undefined ? "agent-vm forward stop" : `process ${one.holder} ends`,
  ]);
  return { head, rows };
}

export interface ShownListener extends Listener {
  branch: string | undefined;
  /** Ports of this host on which it is reached. */
  forwarded: number[];
}

/** Rows of `ports`; with `all` of every workspace. */
export function portRows(listeners: readonly ShownListener[], now: number, all: boolean) {
  const head = ["PORT", ...(all ? ["BRANCH"] : []), "PROGRAM", "PROCESS", "SINCE", "ADDRESS", "FORWARDED"];
  const rows = listeners.map((one) => [
    String(one.port),
    ...(all ? [sanitize(one.branch ?? (one.dir === "" ? "" : `(${one.dir})`), 40)] : []),
    sanitize(one.program, 30),
    String(one.pid),
    age(now - one.since),
    one.address === "loopback" ? "the VM alone" : one.address,
    one.forwarded.map((port) => `127.0.0.1:${port}`).join(", "),
  ]);
  return { head, rows };
}
