// Which programs of the VM listen, and in which workspace they run; one round trip.
import type { Context } from "../../context.ts";
import { parsed } from "../../guard/from-guest.ts";
import type { Target } from "../../target.ts";
import { callGuest } from "../sync/guest.ts";
import { fields, textOf } from "../sync/parse.ts";
import { LISTENING } from "./guest/listening.ts";
import { isPort } from "./spec.ts";

export interface Listener {
  port: number;
  /** "loopback": reached from within the VM alone, and by `forward`. */
  address: "any" | "loopback" | "other";
  pid: number;
  /** Seconds since 1970. */
  since: number;
  /** The program's name as the guest says; to show. */
  program: string;
  /** The workspace's directory as the guest says, to compare and to show; "" for none. */
  dir: string;
}

/** Of an answer; a hostile guest's could be without end. */
const MOST_BYTES = 1024 * 1024;
const MOST = 1000;

/** By port. Throws UserError (3) when the VM does not answer. */
export async function lookWhoListens(ctx: Context, target: Target): Promise<Listener[]> {
  const said = await callGuest(ctx, target, { text: LISTENING, most: MOST_BYTES });
  return parsed(said, parseListening);
}

const SIZE = 8;

/** The answer of LISTENING. What is not as it should be is left out. One program on IPv4 and IPv6 is one. */
export function parseListening(answer: string): Listener[] {
  const words = fields(answer);
  const found = new Map<string, Listener>();
  for (
    let at = words.indexOf("=port");
    at >= 0 && found.size < MOST;
    at = words.indexOf("=port", at + SIZE)
  ) {
    const [, port = "", address = "", pid = "", since = "", program = "", cwd = "", space = ""] = words.slice(
      at,
      at + SIZE,
    );
    const numbers = [port, pid, since].map((text) => (/^\d{1,10}$/.test(text) ? Number(text) : Number.NaN));
    const [number = 0, process = 0, start = 0] = numbers;
    if (numbers.some(Number.isNaN) || !isPort(number)) continue;
    const one: Listener = {
      port: number,
      address: kindOf(address),
      pid: process,
      since: start,
      program: textOf(program),
      dir: textOf(space) || workspaceOf(textOf(cwd)),
    };
    const key = `${number} ${process}`;
    const before = found.get(key);
    if (before === undefined || before.address === "loopback") found.set(key, one);
  }
  return [...found.values()].sort((one, other) => one.port - other.port || one.pid - other.pid);
}

/** As the kernel writes them: IPv6 as four little-endian words. */
function kindOf(address: string): Listener["address"] {
  if (/^0+$/.test(address)) return "any";
  if (/^(?:[0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F)$/.test(address)) return "loopback";
  return "other";
}

/** "~/workspace/DIR/…" → DIR. */
const workspaceOf = (cwd: string): string => /^\/.*?\/workspace\/([^/]+)/.exec(cwd)?.[1] ?? "";
