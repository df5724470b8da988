// How far a long transfer is: share, amount, rate and time left, on a terminal; nothing for what takes under a second.
import { bytesText } from "./bytes-text.ts";
import type { Output, Step } from "./output.ts";

export interface Progress {
  /** So many bytes more. */
  add(bytes: number): void;
  done(): void;
  failed(): void;
}

const SECOND = 1000;
const REDRAW = 250;
/** Milliseconds that the rate is taken from. */
const WINDOW = 5 * SECOND;

/** `total` is what is expected, in bytes; undefined when nobody knows. `now` gives milliseconds. */
export function startProgress(
  out: Output,
  text: string,
  { total, now = Date.now }: { total?: number | undefined; now?: () => number } = {},
): Progress {
  const since = now();
  const marks: { at: number; bytes: number }[] = [{ at: since, bytes: 0 }];
  let bytes = 0;
  let drawn = since;
  let step: Step | undefined;
  const timer = setTimeout(() => {
    step = out.step(text);
  }, SECOND).unref();
  const end = (how: "done" | "failed") => {
    clearTimeout(timer);
    step?.[how]();
    step = undefined;
  };
  return {
    add: (more) => {
      bytes += more;
      const at = now();
      if (at - drawn < REDRAW) return;
      drawn = at;
      marks.push({ at, bytes });
      while (marks.length > 2 && at - (marks[0]?.at ?? at) > WINDOW) marks.shift();
      step?.update(progressText(bytes, total, rateOf(marks)));
    },
    done: () => end("done"),
    failed: () => end("failed"),
  };
}

/** Bytes in a second, between the first and the last mark. */
function rateOf(marks: readonly { at: number; bytes: number }[]): number {
  const [first, last] = [marks[0], marks.at(-1)];
  if (!first || !last || last.at <= first.at) return 0;
  return ((last.bytes - first.bytes) * SECOND) / (last.at - first.at);
}

/** "45 %, 90 MB of 200 MB, 45 MB/s, 2 s left"; what is not known is left out. */
export function progressText(bytes: number, total: number | undefined, rate: number): string {
  const known = total !== undefined && total > 0 && bytes <= total;
  const left = known && rate > 0 ? timeText((total - bytes) / rate) : undefined;
  return [
    ...(known ? [`${Math.floor((100 * bytes) / total)} %`] : []),
    known ? `${bytesText(bytes)} of ${bytesText(total)}` : bytesText(bytes),
    ...(rate > 0 ? [`${bytesText(rate)}/s`] : []),
    ...(left === undefined ? [] : [`${left} left`]),
  ].join(", ");
}

function timeText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${whole % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
