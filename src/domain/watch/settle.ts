// Which events call the user at once, and which only when they last. Pure.
import type { WatchEvent } from "./events.ts";
import { type Notice, noticeOf } from "./notice.ts";

/** Milliseconds that a session must wait: some do so for a moment before they end or go on by themselves. */
export const LASTING = 2000;

/** Does something so many milliseconds later, unless what it gives is called before. */
export type Later = (milliseconds: number, what: () => void) => () => void;

/** Takes the events as they happen. */
export function settled(tell: (notice: Notice) => void, later: Later): (event: WatchEvent) => void {
  const waiting = new Map<string, () => void>();
  return (event) => {
    if (!("session" in event)) return;
    const { session } = event;
    waiting.get(session)?.();
    waiting.delete(session);
    const notice = noticeOf(event);
    if (notice === undefined) return;
    if (event.event !== "waiting") return tell(notice);
    const over = later(LASTING, () => {
      waiting.delete(session);
      tell(notice);
    });
    waiting.set(session, over);
  };
}
