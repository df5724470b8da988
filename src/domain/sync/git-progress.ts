// git's progress as words for a step: its meters alone, told by their form. Pure.

/** "remote: Counting objects:  50% (5/10), 1.2 MiB | 3.4 MiB/s", or a bare count while nobody knows how many. */
const METER =
  /^(?:remote: )?([A-Z][a-z]+(?: [a-z]+){0,3}):\s+(?:(\d{1,3})% \((\d+)\/(\d+)\)|(\d+))((?:, [\d.]+ [KMGi]*(?:bytes|B)(?: \| [\d.]+ [KMGi]*(?:bytes|B)\/s)?)?)(, done\.?)?$/;

/**
 * What a line of git's says of how far it is; undefined for a line that is no meter: names of references, addresses,
 * whatever the other side says. `then` is what begins when the last meter has ended, which git itself says nothing of.
 */
export function progressOf(line: string, then?: string): string | undefined {
  const [whole, what = "", percent, done, all, count, amount = "", ended] = METER.exec(line) ?? [];
  if (whole === undefined) return undefined;
  if (ended !== undefined && then !== undefined) return then;
  const far = percent === undefined ? (count ?? "") : `${percent} % (${done} of ${all})`;
  return `${what.toLowerCase()}: ${far}${amount}`;
}

/** For `onLine` of a transfer. */
export function showProgress(update: (text: string) => void, then?: string): (line: string) => void {
  return (line) => {
    const text = progressOf(line, then);
    if (text !== undefined) update(text);
  };
}
