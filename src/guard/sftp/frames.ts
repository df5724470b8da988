// Cuts a stream of bytes into SFTP packets, with never more than one packet in memory. Pure.
import { Violation } from "./violation.ts";

/** What OpenSSH's server and client hold to, in bytes without the length itself. */
export const MAX_PACKET = 256 * 1024;

const LENGTH = 4;

/**
 * Gives a function that takes the stream's chunks and calls `onPacket` with each packet, its length included, in order.
 * A packet within one chunk is a view of it. It throws Violation on a length that no program sends.
 */
export function createFrames(onPacket: (packet: Buffer) => void): (chunk: Buffer) => void {
  /** The beginning of a packet whose rest is to come; before its length is known, as long as that. */
  let part = Buffer.alloc(0);
  let filled = 0;
  const fill = (chunk: Buffer, at: number): number => {
    const copied = chunk.copy(part, filled, at);
    filled += copied;
    return at + copied;
  };
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (filled === 0 && chunk.length - at >= LENGTH) {
        const whole = LENGTH + lengthAt(chunk, at);
        if (chunk.length - at >= whole) {
          onPacket(chunk.subarray(at, at + whole));
          at += whole;
          continue;
        }
        part = Buffer.allocUnsafe(whole);
      } else if (filled === 0) part = Buffer.allocUnsafe(LENGTH);
      at = fill(chunk, at);
      if (filled < part.length) return;
      if (filled === LENGTH) part = Buffer.concat([part, Buffer.allocUnsafe(lengthAt(part, 0))]);
      else {
        filled = 0;
        onPacket(part);
      }
    }
  };
}

function lengthAt(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32BE(at);
  if (length < 1 || length > MAX_PACKET) throw new Violation("a packet of a length that no program sends");
  return length;
}
